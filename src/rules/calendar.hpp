// Working time and deadlines (GB/T 30428.8, CJ/T 315): four units, two of which run always and two
// only inside the city's working sessions.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace chengge::rules {

enum class LimitUnit { urgent_hour, urgent_day, working_hour, working_day };
std::optional<LimitUnit> parse_limit_unit(std::string_view text); // "urgent_hour" …
std::string_view format_limit_unit(LimitUnit unit);

struct Limit {
    double value = 0; // > 0; fractions are allowed
    LimitUnit unit = LimitUnit::working_hour;
    bool operator==(const Limit&) const = default;
};
// "2 紧急工作时" / "2 urgent hours".
std::string describe_limit(const Limit& limit, std::string_view language);

// Minutes of the day at which a session begins and ends, e.g. 480–720 and 840–1080.
struct Session {
    int from_minute = 0;
    int to_minute = 0;
};

// One year's public holidays and make-up workdays; weekends are known without it.
struct CalendarYear {
    int year = 0;
    std::map<Date, bool> days; // true = off, false = make-up workday
    std::vector<std::string> sources;
};

class Calendar {
public:
    Calendar(std::vector<Session> sessions, std::vector<CalendarYear> years,
             int offset_minutes = city_offset_minutes);
    bool is_workday(Date date) const;
    // False for a year without a calendar or with an empty one: weekends only.
    bool has_year(int year) const;
    const std::vector<Session>& sessions() const;
    double session_hours_per_day() const;

    // Working milliseconds between two instants (0 when to ≤ from).
    std::int64_t working_ms(std::int64_t from_ms, std::int64_t to_ms) const;
    // What of the limit's own time has run between two instants: working_ms for working units,
    // plain difference for urgent ones.
    std::int64_t elapsed_ms(const Limit& limit, std::int64_t from_ms, std::int64_t to_ms) const;
    // The limit's length in its own time: 1 working_day = 8 h, 1 urgent_day = 24 h.
    static std::int64_t length_ms(const Limit& limit);
    // The instant when `length_ms` of the unit's own time has run since `from_ms`. A limit ending
    // exactly at a session's end ends then; a start outside sessions counts from the next session.
    std::int64_t add(std::int64_t from_ms, std::int64_t length_ms, LimitUnit unit) const;
    std::int64_t deadline(std::int64_t from_ms, const Limit& limit) const {
        return add(from_ms, length_ms(limit), limit.unit);
    }
    // Years touched by the interval that have no calendar.
    std::vector<int> missing_years(std::int64_t from_ms, std::int64_t to_ms) const;

private:
    std::int64_t workdays_until(std::int64_t day) const;
    std::int64_t session_ms_per_day() const;
    std::int64_t worked_until(std::int64_t at_ms) const;
    std::vector<Session> sessions_;
    std::vector<CalendarYear> years_;
    int offset_minutes_ = 0;
    std::int64_t first_day_ = 0;
    std::vector<std::int32_t> workdays_before_; // prefix sums from first_day_
};

} // namespace chengge::rules
