// Civil dates and RFC 3339 text for a city with a fixed UTC offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chengge {

inline constexpr std::int64_t minute_ms = 60'000;
inline constexpr std::int64_t hour_ms = 60 * minute_ms;
inline constexpr std::int64_t day_ms = 24 * hour_ms;
// China has one civil time and no daylight saving: UTC+8.
inline constexpr int city_offset_minutes = 480;

struct Date {
    int year = 1970;
    int month = 1; // 1..12
    int day = 1;   // 1..31
    auto operator<=>(const Date&) const = default;
};

// Days since 1970-01-01 of a civil date, and back.
std::int64_t days_from_date(Date date);
Date date_from_days(std::int64_t days);
// 0 = Sunday … 6 = Saturday.
int weekday_of(std::int64_t days);

// The civil date on which an instant falls in the city's time.
Date city_date(std::int64_t at_ms, int offset_minutes = city_offset_minutes);
// The instant of the city's midnight that begins the date.
std::int64_t city_midnight_ms(Date date, int offset_minutes = city_offset_minutes);

// "2026-09-30" and "20260930".
std::string format_date(Date date);
std::string format_date_compact(Date date);
std::optional<Date> parse_date(std::string_view text);

// RFC 3339 with the city's offset: "2026-09-30T16:30:00+08:00"; milliseconds only when not zero.
std::string format_rfc3339(std::int64_t at_ms, int offset_minutes = city_offset_minutes);
// Accepts RFC 3339 and, without an offset, the city's time: "2026-09-30T16:30", "2026-09-30 16:30:05".
std::optional<std::int64_t> parse_instant(std::string_view text,
                                          int offset_minutes = city_offset_minutes);

} // namespace chengge
