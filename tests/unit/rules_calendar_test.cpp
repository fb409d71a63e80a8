#include "rules/calendar.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "rules/rules.hpp"
#include "rules/rules_report.hpp"

namespace rules_calendar_test {

using namespace chengge;
using namespace chengge::rules;

namespace {

std::shared_ptr<const Rules> load() {
    auto loaded = load_rules({.folder = CHENGGE_SOURCE "/data"});
    EXPECT_TRUE(loaded) << (loaded ? "" : print_faults(loaded.error()));
    return loaded ? *loaded : nullptr;
}

const Rules& city_rules() {
    static const auto loaded = load();
    return *loaded;
}

std::int64_t at(std::string_view text) { return *parse_instant(text); }

std::string deadline(std::string_view from, double value, LimitUnit unit) {
    return format_rfc3339(city_rules().calendar.deadline(at(from), {value, unit})).substr(0, 16);
}

// Counts minute by minute, straight from the JSON files: shares nothing with the calendar but them.
class NaiveClock {
public:
    NaiveClock() {
        const auto first = days_from_date({2018, 1, 1});
        const auto last = days_from_date({2028, 1, 1});
        for (auto day = first; day < last; ++day) {
            const int weekday = weekday_of(day);
            is_off_[day] = weekday == 0 || weekday == 6;
        }
        for (int year = 2018; year <= 2026; ++year) {
            const auto file =
                load_json(CHENGGE_SOURCE "/data/calendar/" + std::to_string(year) + ".json");
            EXPECT_TRUE(file.has_value());
            for (const auto& day : file->at("days").as_array())
                is_off_[days_from_date(*parse_date(std::string(day.at("date").as_string())))] =
                    day.at("is_off").as_bool();
        }
        first_minute_ = first * 1440;
        for (auto day = first; day < last; ++day)
            for (int minute = 0; minute < 1440; ++minute)
                works_.push_back(!is_off_[day] && ((minute >= 480 && minute < 720) ||
                                                   (minute >= 840 && minute < 1080)));
    }
    // The end of the minute in which the last of `minutes` working minutes runs.
    std::int64_t walk(std::int64_t from_minute, std::int64_t minutes) const {
        auto minute = from_minute;
        while (minutes > 0) minutes -= works_[static_cast<std::size_t>(minute++ - first_minute_)];
        return minute;
    }
    std::int64_t count(std::int64_t from_minute, std::int64_t to_minute) const {
        std::int64_t minutes = 0;
        for (auto minute = from_minute; minute < to_minute; ++minute)
            minutes += works_[static_cast<std::size_t>(minute - first_minute_)];
        return minutes;
    }

private:
    std::map<std::int64_t, bool> is_off_;
    std::int64_t first_minute_ = 0;
    std::vector<std::uint8_t> works_;
};

} // namespace

TEST(Calendar, DeadlinesEqualANaiveMinuteCount) {
    const NaiveClock naive;
    const auto& calendar = city_rules().calendar;
    Random random(20261122);
    const auto first = at("2018-01-01"), span = (at("2026-12-20") - first) / minute_ms;
    constexpr LimitUnit units[] = {LimitUnit::urgent_hour, LimitUnit::urgent_day,
                                   LimitUnit::working_hour, LimitUnit::working_day};
    for (int sample = 0; sample < 24'000; ++sample) {
        const auto from = first + random.between(0, span - 1) * minute_ms;
        const auto unit = units[sample % 4];
        const auto quarters = random.between(1, unit == LimitUnit::working_day ? 80 : 64);
        const Limit limit{static_cast<double>(quarters) / 4, unit};
        const auto local_minute = (from + city_offset_minutes * minute_ms) / minute_ms;
        const auto minutes = quarters * 15 *
                             (unit == LimitUnit::urgent_day    ? 24
                              : unit == LimitUnit::working_day ? 8
                                                               : 1);
        const bool is_urgent = unit == LimitUnit::urgent_hour || unit == LimitUnit::urgent_day;
        const auto expected =
            is_urgent ? local_minute + minutes : naive.walk(local_minute, minutes);
        const auto found = calendar.deadline(from, limit);
        ASSERT_EQ(found, (expected - city_offset_minutes) * minute_ms)
            << format_rfc3339(from) << " + " << describe_limit(limit, "en");
        ASSERT_EQ(calendar.elapsed_ms(limit, from, found), Calendar::length_ms(limit));
        if (sample % 8 == 2) {
            ASSERT_EQ(calendar.working_ms(from, found),
                      naive.count(local_minute, expected) * minute_ms);
        }
    }
}

TEST(Calendar, ALimitEndingAtASessionsEndEndsThen) {
    EXPECT_EQ(deadline("2026-09-29T14:00", 4, LimitUnit::working_hour), "2026-09-29T18:00");
    EXPECT_EQ(deadline("2026-09-29T08:00", 4, LimitUnit::working_hour), "2026-09-29T12:00");
    EXPECT_EQ(deadline("2026-09-29T08:00", 1, LimitUnit::working_day), "2026-09-29T18:00");
}

TEST(Calendar, AStartOutsideSessionsCountsFromTheNextOne) {
    EXPECT_EQ(deadline("2026-09-29T12:30", 1, LimitUnit::working_hour), "2026-09-29T15:00");
    EXPECT_EQ(deadline("2026-09-29T18:00", 0.25, LimitUnit::working_hour), "2026-09-30T08:15");
    EXPECT_EQ(deadline("2026-09-29T03:00", 0.5, LimitUnit::working_hour), "2026-09-29T08:30");
}

TEST(Calendar, HolidaysAreSkippedAndMakeUpDaysCount) {
    EXPECT_EQ(deadline("2026-09-30T16:30", 4, LimitUnit::working_hour), "2026-10-08T10:30");
    EXPECT_EQ(deadline("2026-09-30T16:30", 4, LimitUnit::urgent_hour), "2026-09-30T20:30");
    EXPECT_EQ(deadline("2026-09-30T16:30", 4, LimitUnit::urgent_day), "2026-10-04T16:30");
    // 2018-12-29 was a make-up Saturday and 2018-12-31 off, by the notice for 2019.
    EXPECT_EQ(deadline("2018-12-28T17:00", 2, LimitUnit::working_hour), "2018-12-29T09:00");
    EXPECT_EQ(deadline("2018-12-29T17:00", 2, LimitUnit::working_hour), "2019-01-02T09:00");
    // The second notice of 2020 prolonged the Spring Festival to 2 February.
    EXPECT_FALSE(city_rules().calendar.is_workday({2020, 1, 31}));
    EXPECT_TRUE(city_rules().calendar.is_workday({2020, 2, 3}));
}

TEST(Calendar, AnEmptyYearCountsAsMissing) {
    const auto& calendar = city_rules().calendar;
    EXPECT_TRUE(calendar.has_year(2026));
    EXPECT_FALSE(calendar.has_year(2027));
    EXPECT_EQ(calendar.missing_years(at("2026-12-31T10:00"), at("2027-01-04T10:00")),
              std::vector<int>{2027});
    EXPECT_TRUE(calendar.is_workday({2027, 10, 1}));
    const auto text =
        print_deadline(calendar, at("2026-12-31T16:00"), {1, LimitUnit::working_day}, true);
    EXPECT_NE(text.warning.find("2027"), std::string::npos);
    const auto warnings = find_warnings(city_rules(), {2026, 11, 22});
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].file.find("2027"), std::string::npos);
}

TEST(Calendar, FarDatesKeepWeekends) {
    const auto& calendar = city_rules().calendar;
    EXPECT_EQ(deadline("1990-01-05T17:00", 2, LimitUnit::working_hour),
              "1990-01-08T09:00"); // over a weekend
    EXPECT_EQ(calendar.working_ms(at("1990-01-05T17:00"), at("1990-01-08T09:00")), 2 * hour_ms);
    EXPECT_EQ(deadline("2150-01-02T17:00", 2, LimitUnit::working_hour), "2150-01-05T09:00");
    EXPECT_EQ(calendar.working_ms(at("2026-11-23T09:00"), at("2026-11-23T08:00")), 0);
}

TEST(Deadline, ExplainsDayByDay) {
    const auto text = print_deadline(city_rules().calendar, at("2026-09-30T16:30"),
                                     {4, LimitUnit::working_hour}, true);
    EXPECT_EQ(text.answer, "2026-10-08T10:30:00+08:00\n");
    EXPECT_NE(text.explanation.find("2026-09-30 周三  16:30–18:00  计 1:30，剩余 2:30"),
              std::string::npos)
        << text.explanation;
    EXPECT_NE(text.explanation.find("2026-10-01 周四  法定节假日，不计时"), std::string::npos);
    EXPECT_NE(text.explanation.find("2026-10-08 周四  08:00–10:30  计 2:30，剩余 0:00"),
              std::string::npos);
    EXPECT_TRUE(text.warning.empty());
}

} // namespace rules_calendar_test
