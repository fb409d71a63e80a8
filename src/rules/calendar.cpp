#include "rules/calendar.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace chengge::rules {

namespace {

struct UnitName {
    LimitUnit unit;
    std::string_view id, zh, en;
};
constexpr UnitName unit_names[] = {
    {LimitUnit::urgent_hour, "urgent_hour", "紧急工作时", "urgent hour"},
    {LimitUnit::urgent_day, "urgent_day", "紧急工作日", "urgent day"},
    {LimitUnit::working_hour, "working_hour", "工作时", "working hour"},
    {LimitUnit::working_day, "working_day", "工作日", "working day"},
};

// The table of working days covers these years; beyond them only weekends are known.
constexpr int first_year = 2000;
constexpr int last_year = 2100;

bool is_weekday(std::int64_t day) {
    const int weekday = weekday_of(day);
    return weekday != 0 && weekday != 6;
}

// Days from Monday to Friday in [from, to).
std::int64_t count_weekdays(std::int64_t from, std::int64_t to) {
    std::int64_t count = (to - from) / 7 * 5;
    for (auto day = from + (to - from) / 7 * 7; day < to; ++day) count += is_weekday(day);
    return count;
}

bool is_working_unit(LimitUnit unit) {
    return unit == LimitUnit::working_hour || unit == LimitUnit::working_day;
}

std::int64_t day_of(std::int64_t at_ms, int offset_minutes) {
    const auto local = at_ms + offset_minutes * minute_ms;
    return local / day_ms - (local % day_ms < 0);
}

} // namespace

std::optional<LimitUnit> parse_limit_unit(std::string_view text) {
    for (const auto& name : unit_names)
        if (name.id == text) return name.unit;
    return std::nullopt;
}

std::string_view format_limit_unit(LimitUnit unit) {
    return unit_names[static_cast<std::size_t>(unit)].id;
}

std::string describe_limit(const Limit& limit, std::string_view language) {
    const auto& name = unit_names[static_cast<std::size_t>(limit.unit)];
    if (language != "en") return fmt::format("{} {}", limit.value, name.zh);
    return fmt::format("{} {}{}", limit.value, name.en, limit.value == 1 ? "" : "s");
}

Calendar::Calendar(std::vector<Session> sessions, std::vector<CalendarYear> years,
                   int offset_minutes)
    : sessions_(std::move(sessions)), years_(std::move(years)), offset_minutes_(offset_minutes) {
    ASSERT(!sessions_.empty());
    first_day_ = days_from_date({first_year, 1, 1});
    const auto end_day = days_from_date({last_year + 1, 1, 1});
    std::vector<bool> works;
    works.reserve(static_cast<std::size_t>(end_day - first_day_));
    for (auto day = first_day_; day < end_day; ++day) works.push_back(is_weekday(day));
    for (const auto& year : years_)
        for (const auto& [date, is_off] : year.days) {
            const auto day = days_from_date(date);
            if (day >= first_day_ && day < end_day)
                works[static_cast<std::size_t>(day - first_day_)] = !is_off;
        }
    workdays_before_.reserve(works.size() + 1);
    workdays_before_.push_back(0);
    for (const bool is_work : works) workdays_before_.push_back(workdays_before_.back() + is_work);
}

// Working days since first_day_, negative before it.
std::int64_t Calendar::workdays_until(std::int64_t day) const {
    const auto end_day = first_day_ + static_cast<std::int64_t>(workdays_before_.size()) - 1;
    if (day < first_day_) return -count_weekdays(day, first_day_);
    if (day > end_day) return workdays_before_.back() + count_weekdays(end_day, day);
    return workdays_before_[static_cast<std::size_t>(day - first_day_)];
}

bool Calendar::is_workday(Date date) const {
    const auto day = days_from_date(date);
    return workdays_until(day + 1) > workdays_until(day);
}

bool Calendar::has_year(int year) const {
    return std::ranges::any_of(years_,
                               [&](const auto& y) { return y.year == year && !y.days.empty(); });
}

const std::vector<Session>& Calendar::sessions() const { return sessions_; }

std::int64_t Calendar::session_ms_per_day() const {
    std::int64_t minutes = 0;
    for (const auto& session : sessions_) minutes += session.to_minute - session.from_minute;
    return minutes * minute_ms;
}

double Calendar::session_hours_per_day() const {
    return static_cast<double>(session_ms_per_day()) / static_cast<double>(hour_ms);
}

// Working milliseconds from first_day_ to the instant.
std::int64_t Calendar::worked_until(std::int64_t at_ms) const {
    const auto day = day_of(at_ms, offset_minutes_);
    const auto before = workdays_until(day);
    auto worked = before * session_ms_per_day();
    if (workdays_until(day + 1) == before) return worked;
    const auto of_day = at_ms + offset_minutes_ * minute_ms - day * day_ms;
    for (const auto& session : sessions_)
        worked += std::clamp<std::int64_t>(of_day - session.from_minute * minute_ms, 0,
                                           (session.to_minute - session.from_minute) * minute_ms);
    return worked;
}

std::int64_t Calendar::working_ms(std::int64_t from_ms, std::int64_t to_ms) const {
    return to_ms <= from_ms ? 0 : worked_until(to_ms) - worked_until(from_ms);
}

std::int64_t Calendar::elapsed_ms(const Limit& limit, std::int64_t from_ms,
                                  std::int64_t to_ms) const {
    if (is_working_unit(limit.unit)) return working_ms(from_ms, to_ms);
    return std::max<std::int64_t>(0, to_ms - from_ms);
}

std::int64_t Calendar::length_ms(const Limit& limit) {
    const auto unit_ms = [&] {
        switch (limit.unit) {
        case LimitUnit::urgent_hour: return hour_ms;
        case LimitUnit::urgent_day: return day_ms;
        case LimitUnit::working_hour: return hour_ms;
        case LimitUnit::working_day: return 8 * hour_ms; // GB/T 30428.8: a working day is 8 hours
        }
        return hour_ms;
    }();
    return std::llround(limit.value * static_cast<double>(unit_ms));
}

std::int64_t Calendar::add(std::int64_t from_ms, std::int64_t length_ms, LimitUnit unit) const {
    if (length_ms <= 0) return from_ms;
    if (!is_working_unit(unit)) return from_ms + length_ms;
    const auto per_day = session_ms_per_day();
    const auto target = worked_until(from_ms) + length_ms;
    // The last day before which less than the target has been worked: galloping, then halving.
    auto low = day_of(from_ms, offset_minutes_);
    std::int64_t step = 1;
    while (workdays_until(low + step) * per_day < target) step *= 2;
    auto high = low + step; // here enough has been worked
    while (high - low > 1) {
        const auto middle = low + (high - low) / 2;
        (workdays_until(middle) * per_day < target ? low : high) = middle;
    }
    auto remaining = target - workdays_until(low) * per_day;
    for (const auto& session : sessions_) {
        const auto session_ms = (session.to_minute - session.from_minute) * minute_ms;
        if (remaining <= session_ms)
            return low * day_ms - offset_minutes_ * minute_ms + session.from_minute * minute_ms +
                   remaining;
        remaining -= session_ms;
    }
    ASSERT(false);
    return from_ms;
}

std::vector<int> Calendar::missing_years(std::int64_t from_ms, std::int64_t to_ms) const {
    std::vector<int> missing;
    const int last = city_date(std::max(from_ms, to_ms), offset_minutes_).year;
    for (int year = city_date(from_ms, offset_minutes_).year; year <= last; ++year)
        if (!has_year(year)) missing.push_back(year);
    return missing;
}

} // namespace chengge::rules
