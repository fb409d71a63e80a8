#include "base/time.hpp"

#include <gtest/gtest.h>

namespace base_time_test {

using namespace chengge;

TEST(Time, RoundTripsEveryDayOfACentury) {
    for (std::int64_t day = days_from_date({1970, 1, 1}); day < days_from_date({2070, 1, 1}); ++day)
        ASSERT_EQ(days_from_date(date_from_days(day)), day);
}

TEST(Time, ReadsLocalTextAsTheCitysTime) {
    EXPECT_EQ(format_rfc3339(*parse_instant("2026-09-30T16:30")), "2026-09-30T16:30:00+08:00");
    EXPECT_EQ(*parse_instant("2026-09-30T08:30:00Z"), *parse_instant("2026-09-30 16:30"));
    EXPECT_FALSE(parse_instant("2026-02-30T08:30"));
    EXPECT_FALSE(parse_instant("2026-09-30T24:30"));
    EXPECT_FALSE(parse_instant("2026-09-30T08:30junk"));
}

TEST(Time, KnowsWeekdays) {
    EXPECT_EQ(weekday_of(days_from_date({2026, 11, 22})), 0); // a Sunday
    EXPECT_EQ(weekday_of(days_from_date({2018, 1, 1})), 1);
}

} // namespace base_time_test
