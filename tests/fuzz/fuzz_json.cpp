// JSON bodies: the parser, the typed reader, the bodies of reports and steps.
#include "base/json.hpp"
#include "base/text.hpp"
#include "cases/case_bodies.hpp"
#include "fuzz.hpp"

using namespace chengge;

FUZZ(input) {
    if (const auto value = parse_json(input)) {
        const auto text = to_json_text(*value);
        const auto again = parse_json(text);
        ASSERT(again && to_json_text(*again) == text);
        JsonReader reader(*value);
        ASSERT(count_characters(reader.maybe_text("a", 10).value_or("")) <= 10);
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
