// The demo's disputed cases (疑难案件) of the last working days.
#pragma once

#include "demo/case_story.hpp"

namespace chengge::demo {

struct PlannedDispute {
    StoryPlan plan;
    std::int64_t reported_ms = 0;
};

// One that waits to be looked at, one that was looked at and waits for a ruling, one ruled on and given out; by the time of report, all
// before the city's day of `now_ms`. The same seed gives the same.
std::vector<PlannedDispute> plan_disputes(const City& city, const rules::Calendar& calendar, std::uint64_t seed, std::int64_t now_ms);

} // namespace chengge::demo
