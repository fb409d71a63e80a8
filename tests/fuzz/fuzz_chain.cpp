// The chain's bytes of any step can be told apart again; roots and keys of another platform.
#include "base/json.hpp"
#include "base/text.hpp"
#include "cases/case_roots.hpp"
#include "cases/chain.hpp"
#include "fuzz.hpp"

using namespace chengge;

namespace {

// "CG1", then each field with its length: how many there are, or -1 when that is not what it is.
int count_fields(std::string_view bytes) {
    if (!bytes.starts_with("CG1")) return -1;
    bytes.remove_prefix(3);
    for (int count = 0;; ++count) {
        if (bytes.empty()) return count;
        if (bytes.size() < 4) return -1;
        std::size_t length = 0;
        for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
        if (bytes.size() - 4 < length) return -1;
        bytes.remove_prefix(4 + length);
    }
}

} // namespace

FUZZ(input) {
    // Of another's evidence pack: one step has one spelling.
    if (const auto step = cases::parse_chain_bytes(input)) ASSERT(cases::chain_bytes(step->step, step->body_hash) == input);
    if (const auto value = parse_json(input); value && value->is_object()) {
        if (const auto root = cases::root_of_json(*value)) {
            cases::root_hash(*root);
            const auto again = cases::root_of_json(cases::to_json(*root));
            ASSERT(again && cases::root_bytes(*again) == cases::root_bytes(*root));
        }
        (void)cases::key_of_json(*value);
    }
    rules::Step step;
    for (auto* field : {&step.platform, &step.action, &step.from, &step.to, &step.changes, &step.opinion}) *field = fuzz::take_line(input);
    for (const auto* field : {&step.platform, &step.action, &step.from, &step.to, &step.changes})
        if (!is_utf8(*field)) return; // never gets so far
    const auto bytes = cases::chain_bytes(step, std::string(32, 'h'));
    const auto again = cases::parse_chain_bytes(bytes);
    ASSERT(again && cases::chain_bytes(again->step, again->body_hash) == bytes);
    ASSERT(count_fields(bytes) == 23);
    ASSERT(cases::chain_next(cases::chain_start({}), bytes).size() == 32);
    auto other = step;
    other.action += "x";
    ASSERT(cases::chain_bytes(other, std::string(32, 'h')) != bytes);
}
