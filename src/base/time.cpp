#include "base/time.hpp"

#include <charconv>
#include <cstdio>

namespace chengge {

namespace {

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
    return value / by - (value % by != 0 && (value < 0) != (by < 0));
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in_month(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

// Reads exactly `digits` digits from the front of the text.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Date> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || *month < 1 || *month > 12 || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
    return Date{*year, *month, *day};
}

std::optional<std::int64_t> take_time_of_day_ms(std::string_view& text) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    std::int64_t ms = *hour * hour_ms + *minute * minute_ms;
    if (take(text, ':')) {
        const auto second = take_number(text, 2);
        if (!second || *second > 59) return std::nullopt;
        ms += *second * 1000;
        if (take(text, '.')) {
            int scale = 100;
            bool any = false;
            while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
                ms += (text.front() - '0') * scale;
                scale /= 10;
                any = true;
                text.remove_prefix(1);
            }
            if (!any) return std::nullopt;
        }
    }
    return ms;
}

std::optional<int> take_offset_minutes(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return 0;
    const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
    if (sign == 0) return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 14 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    return sign * (*hour * 60 + *minute);
}

} // namespace

std::int64_t days_from_date(Date date) {
    // Days of the proleptic Gregorian calendar, counted in 400-year eras that begin in March.
    const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    const std::int64_t era = floor_div(year, 400);
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t month_from_march = (date.month + 9) % 12;
    const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

Date date_from_days(std::int64_t days) {
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = floor_div(shifted, 146'097);
    const std::int64_t day_of_era = shifted - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    return {static_cast<int>(year_of_era + era * 400) + (month <= 2 ? 1 : 0), month, day};
}

int weekday_of(std::int64_t days) { return static_cast<int>(((days + 4) % 7 + 7) % 7); }

Date city_date(std::int64_t at_ms, int offset_minutes) {
    return date_from_days(floor_div(at_ms + offset_minutes * minute_ms, day_ms));
}

std::int64_t city_midnight_ms(Date date, int offset_minutes) {
    return days_from_date(date) * day_ms - offset_minutes * minute_ms;
}

std::string format_date(Date date) {
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
    return text;
}

std::string format_date_compact(Date date) {
    char text[32];
    std::snprintf(text, sizeof text, "%04d%02d%02d", date.year, date.month, date.day);
    return text;
}

std::optional<Date> parse_date(std::string_view text) {
    const auto date = take_date(text);
    return text.empty() ? date : std::nullopt;
}

std::string format_rfc3339(std::int64_t at_ms, int offset_minutes) {
    const auto local = at_ms + offset_minutes * minute_ms;
    const auto days = floor_div(local, day_ms);
    const auto of_day = local - days * day_ms;
    const auto date = date_from_days(days);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", date.year, date.month, date.day,
                  static_cast<int>(of_day / hour_ms), static_cast<int>(of_day / minute_ms % 60),
                  static_cast<int>(of_day / 1000 % 60));
    std::string result = text;
    if (of_day % 1000 != 0) {
        std::snprintf(text, sizeof text, ".%03d", static_cast<int>(of_day % 1000));
        result += text;
    }
    if (offset_minutes == 0) return result + "Z";
    const int absolute = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    std::snprintf(text, sizeof text, "%c%02d:%02d", offset_minutes < 0 ? '-' : '+', absolute / 60,
                  absolute % 60);
    return result + text;
}

std::optional<std::int64_t> parse_instant(std::string_view text, int offset_minutes) {
    const auto date = take_date(text);
    if (!date) return std::nullopt;
    std::int64_t of_day = 0;
    if (!text.empty()) {
        if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
        const auto time = take_time_of_day_ms(text);
        if (!time) return std::nullopt;
        of_day = *time;
        if (!text.empty()) {
            const auto offset = take_offset_minutes(text);
            if (!offset || !text.empty()) return std::nullopt;
            offset_minutes = *offset;
        }
    }
    return days_from_date(*date) * day_ms + of_day - offset_minutes * minute_ms;
}

} // namespace chengge
