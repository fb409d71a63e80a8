// JSON bodies: the parser, the typed reader, the bodies of reports and steps.
#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"
#include "cases/case_bodies.hpp"
#include "fuzz.hpp"

using namespace chengge;

namespace {

// The library reads numbers of more than 15 digits to a neighbour of what was meant, which is far more
// than a coordinate needs.
bool has_long_number(const json::value& value) {
    if (value.is_double()) return to_json_text(value).find_first_of("e") != std::string::npos || to_json_text(value).size() > 15;
    if (value.is_array()) return std::any_of(value.get_array().begin(), value.get_array().end(), has_long_number);
    if (value.is_object()) return std::any_of(value.get_object().begin(), value.get_object().end(), [](const auto& member) { return has_long_number(member.value()); });
    return false;
}

} // namespace

FUZZ(input) {
    if (const auto value = parse_json(input)) {
        const auto text = to_json_text(*value);
        const auto again = parse_json(text);
        ASSERT(again);
        ASSERT(has_long_number(*value) || to_json_text(*again) == text);
        JsonReader reader(*value);
        const auto text_of_a = reader.maybe_text("a", 10).value_or("");
        ASSERT(reader.error() || count_characters(text_of_a) <= 10);
        reader.maybe_number("b");
        reader.maybe_integer("c");
        reader.flag("d", true);
        reader.text("e");
        reader.find("f");
    }
    if (const auto report = cases::read_report(std::string(input))) {
        ASSERT(!report->case_id.is_nil());
        ASSERT(count_characters(report->description) <= 2000);
        ASSERT(is_utf8(report->description));
    }
    if (const auto step = cases::read_step(std::string(input))) {
        ASSERT(!step->step_id.is_nil());
        ASSERT(is_utf8(step->opinion) && is_utf8(step->action));
    }
}
