// data/patrol: kinds of findings, what they cost, shifts and numbers, with a city's own laid over them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::patrol {

struct FindingKind {
    std::string code, zh, en;
    std::vector<std::string> fits; // closed, simple, patrol
    std::string charged;           // reporter, checker, lot, nobody
    std::int64_t points = 0, cents = 0, cap_cents = 0; // cents ≥ 0; cap of a lot and month, 0 = none
    bool needs_photo = false, contests = false;
    bool fits_to(std::string_view what) const;
};
struct StaffRule {
    std::string code, zh, en;
    std::int64_t points = 0, cents = 0, cap_cents = 0; // for each person short in a shift
};
struct Shift {
    std::string code, zh, en, from, to; // "07:00"
    // Minutes after the day's midnight; the end is behind the beginning.
    int from_minute = 0, to_minute = 0;
};
struct PatrolSettings {
    int objection_working_days = 3;
    int sample_size_max = 500;
    int score_full = 100;
    int deduction_cap_percent = 30; // of the month's pay
    int present_acts_min = 1;
};

struct PatrolData {
    PatrolSettings settings;
    std::vector<FindingKind> kinds;
    StaffRule absent;
    std::vector<Shift> shifts;
    const FindingKind* find_kind(std::string_view code) const;
    const Shift* find_shift(std::string_view code) const;
};

// Refusal: bad_data with file, line and reason of the first fault.
Result<std::shared_ptr<const PatrolData>> load_patrol_data(const std::string& folder, const std::string& overlay);

} // namespace chengge::patrol
