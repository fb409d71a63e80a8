#include "cases/chain.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace chengge::cases {

namespace {

void append_text(std::string& out, const std::string& value) {
    if (is_surely_nfc(value)) append_field(out, value);
    else append_field(out, to_nfc(value));
}

std::string media_text(const std::vector<rules::MediaRef>& media) {
    std::vector<std::string> hashes;
    for (const auto& one : media) hashes.push_back(one.sm3_hex);
    std::sort(hashes.begin(), hashes.end());
    return join(hashes, "\n");
}

} // namespace

void append_field(std::string& out, const std::string& value) {
    const auto length = static_cast<std::uint32_t>(value.size());
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 255);
    out += value;
}

std::string chain_start(const Uuid& case_id) { return sm3(std::string(1, '\0') + format_uuid(case_id)); }

std::string chain_bytes(const rules::Step& step, const std::string& hash_of_body) {
    using rules::field_text;
    std::string out;
    out.reserve(step.changes.size() + 1024);
    out = "CG1";
    const auto add = [&](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) append_text(out, value);
        else append_field(out, field_text(value)); // numbers and ids
    };
    const auto add_all = [&](const auto&... values) { (add(values), ...); };
    add_all(step.case_id, step.seq, step.epoch, step.platform, step.step_id, step.action, step.from, step.to, step.subject_kind,
            step.subject_id, step.receiver_organisation, step.receiver_person, step.filing_row, step.changes, step.actor_id,
            step.role, step.organisation, step.at_ms, step.recorded_ms, step.deadline_ms, step.rules_version,
            media_text(step.media));
    append_field(out, hash_of_body);
    return out;
}

std::string chain_next(const std::string& previous, const std::string& bytes) {
    return sm3("\x01" + previous + sm3(bytes));
}

std::string body_hash(const std::string& salt, const std::string& opinion, const std::string& contact) {
    std::string bytes = salt;
    append_text(bytes, opinion);
    append_text(bytes, contact);
    return sm3(bytes);
}

std::string contact_text(const std::string& name, const std::string& phone) {
    return name.empty() && phone.empty() ? "" : name + "\n" + phone;
}

} // namespace chengge::cases
