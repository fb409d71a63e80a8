// data/hotline: the intake desk's words, script, shifts and numbers, with a city's own laid over them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::hotline {

struct Label {
    std::string list, code, zh, en; // list: a column of labels.csv, a post (phrases)
};
struct Shift {
    std::string code, zh, en, from, to; // "08:00"
};
struct Question {
    Label words;
    std::vector<Label> choices;
};
struct ProblemDistance {
    std::string kind, class_code; // class_code may be empty: the whole kind
    double metres = 0;
};

struct HotlineSettings {
    int claim_minutes = 30;
    int handed_minutes = 480;        // a claim that a shift has handed on
    int call_back_attempts_max = 3;
    double call_back_sample = 0.05;  // of the closed cases nobody asked a call for
    int repeat_days = 30;
    int duplicate_closed_days = 7;   // so long after its closing a case is still shown as a duplicate
    double duplicate_score_min = 0.55;
};

struct HotlineData {
    HotlineSettings settings;
    std::vector<Label> labels, phrases;
    std::vector<Shift> shifts;
    std::vector<Question> questions;
    Label opening, closing, reopened; // of the script
    std::vector<ProblemDistance> distances;
    const Label* find_label(std::string_view list, std::string_view code) const;
    // Within how many metres two reports may mean the same problem.
    double distance_of(std::string_view kind, std::string_view class_code) const;
};

// Refusal: bad_data with file, line and reason of the first fault.
Result<std::shared_ptr<const HotlineData>> load_hotline_data(const std::string& folder, const std::string& overlay);

} // namespace chengge::hotline
