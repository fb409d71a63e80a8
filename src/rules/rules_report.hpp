// What `chengge rules …` prints: texts only, no streams, so that tests read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rules.hpp"

namespace chengge::rules {

// One line a fault: file:line:reason.
std::string print_faults(const std::vector<DataFault>& faults);

// Counts of classes per edition and kind, of classes whose limits are sourced, mapped or default,
// of rows, stages and calendar years, the rule set's version, then the warnings.
std::string print_validation(const Rules& rules, const std::vector<DataFault>& warnings);

// CSV: edition,kind,code,name,major_code,major_name,evidence. An empty edition or kind means all;
// refusal bad_argument for an unknown one.
Result<std::string> print_classes(const Rules& rules, std::string_view edition,
                                  std::string_view kind);

struct DeadlineText {
    std::string answer;      // RFC 3339 in the city's time, one line
    std::string explanation; // day by day, empty unless asked for
    std::string warning;     // a touched year has no calendar; empty when all have
};
// `language` is zh or en.
DeadlineText print_deadline(const Calendar& calendar, std::int64_t from_ms, const Limit& limit,
                            bool is_explained, std::string_view language = "zh");

} // namespace chengge::rules
