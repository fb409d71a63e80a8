// What is found in the model city, how often, where and in which words: the published mix of the
// city it is modelled on (bulletin of 2023-02; see the README for the figures).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "rules/rules.hpp"

namespace chengge::mix {

struct Finding {
    const rules::ProblemClass* problem = nullptr; // of edition 2026
    const rules::FilingRow* row = nullptr;
    std::string description;
};

// How much of what is dispatched is of a class, per cent.
struct ClassShare {
    const char* kind;
    const char* code;
    double weight;
};
std::span<const ClassShare> class_shares();

// What the bulletin of 2023-02 says of the leading classes: per cent of the events, per cent of the components.
inline constexpr double published_event_percent = 87.49;
std::span<const ClassShare> published_shares();

// Of a class: one of its filing rows, in words somebody would use.
Finding make_finding(const rules::Taxonomy& taxonomy, std::string_view kind, std::string_view code, Random& random);

Finding draw_finding(const rules::Taxonomy& taxonomy, Random& random);

// "采集员上报" mostly; a row of data/workflow/sources.csv.
std::string draw_source(Random& random);

// What somebody writes with an act; several wordings each, empty for acts that need none.
std::string draw_opinion(const std::string& action, Random& random);

// How busy an hour of the day is, 0…1, and a day of the week.
double share_of_hour(int hour);
double share_of_day(bool is_workday);

// How much of its limit a unit takes: the bulletin of 2023-02 has 10 % handled late and 21 % overdue and
// open when the month ends; those take weeks.
inline constexpr double limit_shares_open = 400; // never within a history
double draw_length_share(Random& random);

} // namespace chengge::mix
