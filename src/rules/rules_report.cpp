#include "rules/rules_report.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"

namespace chengge::rules {

namespace {

// The best ground any of the class's limits stands on.
std::string basis_of(const Taxonomy& taxonomy, const ProblemClass& problem) {
    std::set<std::string> bases;
    for (const auto* row : taxonomy.rows_of(problem.edition, problem.kind, problem.code))
        bases.insert(row->basis);
    for (const auto* basis : {"local", "sourced", "mapped"})
        if (bases.contains(basis)) return basis;
    return "default";
}

struct Tally {
    int classes = 0;
    int local_extensions = 0;
    std::map<std::string, int> by_basis;
    std::size_t rows = 0;
};

std::string format_minutes(std::int64_t ms) {
    const auto seconds = ms / 1000;
    std::string text = fmt::format("{}:{:02}", seconds / 3600, seconds / 60 % 60);
    return seconds % 60 == 0 ? text : text + fmt::format(":{:02}", seconds % 60);
}

std::string format_clock(std::int64_t of_day_ms) {
    const auto seconds = of_day_ms / 1000;
    std::string text = fmt::format("{:02}:{:02}", seconds / 3600, seconds / 60 % 60);
    return seconds % 60 == 0 ? text : text + fmt::format(":{:02}", seconds % 60);
}

// One line for one day of a working limit; `left_ms` goes down by what the day gives.
std::string explain_day(const Calendar& calendar, std::int64_t day, std::int64_t from_ms,
                        std::int64_t until_ms, std::int64_t& left_ms, bool is_en) {
    constexpr std::string_view weekdays_zh[] = {"周日", "周一", "周二", "周三",
                                                "周四", "周五", "周六"};
    constexpr std::string_view weekdays_en[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const auto date = date_from_days(day);
    const auto weekday = static_cast<std::size_t>(weekday_of(day));
    const bool is_weekend = weekday == 0 || weekday == 6;
    const bool is_work = calendar.is_workday(date);
    auto line = fmt::format("{} {}  ", format_date(date),
                            is_en ? weekdays_en[weekday] : weekdays_zh[weekday]);
    if (!is_work)
        return line + (is_weekend
                           ? (is_en ? "weekend or holiday, not counted" : "周末或节假日，不计时")
                           : (is_en ? "public holiday, not counted" : "法定节假日，不计时"));
    if (is_weekend) line += is_en ? "make-up workday  " : "调休上班  ";
    const auto midnight = city_midnight_ms(date);
    std::int64_t given = 0;
    std::vector<std::string> spans;
    for (const auto& session : calendar.sessions()) {
        const auto begin = std::max(from_ms, midnight + session.from_minute * minute_ms);
        const auto end = std::min(until_ms, midnight + session.to_minute * minute_ms);
        if (begin >= end) continue;
        given += end - begin;
        spans.push_back(format_clock(begin - midnight) + "–" + format_clock(end - midnight));
    }
    left_ms -= given;
    if (spans.empty()) return line + (is_en ? "no session left today" : "当日已无办公时段");
    return line + fmt::format(fmt::runtime(is_en ? "{}  counts {}, left {}" : "{}  计 {}，剩余 {}"),
                              join(spans, ", "), format_minutes(given), format_minutes(left_ms));
}

std::string explain(const Calendar& calendar, std::int64_t from_ms, std::int64_t until_ms,
                    const Limit& limit, bool is_en) {
    std::string text =
        fmt::format(fmt::runtime(is_en ? "from {}, {}\n" : "起算 {}，时限 {}\n"),
                    format_rfc3339(from_ms), describe_limit(limit, is_en ? "en" : "zh"));
    if (limit.unit == LimitUnit::urgent_hour || limit.unit == LimitUnit::urgent_day)
        return text + (is_en ? "runs without pause: nights, weekends and holidays count\n"
                             : "连续计时，夜间、周末、节假日不扣除\n");
    auto left_ms = Calendar::length_ms(limit);
    text += fmt::format(fmt::runtime(is_en ? "= {} of working sessions (1 working day = 8 hours)\n"
                                           : "= 办公时段内 {}（1 工作日 = 8 小时）\n"),
                        format_minutes(left_ms));
    const auto last = days_from_date(city_date(until_ms));
    for (auto day = days_from_date(city_date(from_ms)); day <= last; ++day)
        text += explain_day(calendar, day, from_ms, until_ms, left_ms, is_en) + "\n";
    return text + (is_en ? "ends " : "到期 ") + format_rfc3339(until_ms) + "\n";
}

} // namespace

std::string print_faults(const std::vector<DataFault>& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += fmt::format("{}:{}:{}\n", fault.file, fault.line, fault.reason);
    return text;
}

std::string print_validation(const Rules& rules, const std::vector<DataFault>& warnings) {
    std::map<std::pair<std::string, std::string>, Tally> tallies;
    for (const auto& problem : rules.taxonomy.classes()) {
        auto& tally = tallies[{problem.edition, problem.kind}];
        ++tally.classes;
        tally.local_extensions += problem.is_local_extension;
        ++tally.by_basis[basis_of(rules.taxonomy, problem)];
        tally.rows += rules.taxonomy.rows_of(problem.edition, problem.kind, problem.code).size();
    }
    std::string text;
    for (const auto& one : tallies) {
        const auto& key = one.first;
        const auto& tally = one.second;
        const auto count = [&](const char* basis) {
            const auto found = tally.by_basis.find(basis);
            return found == tally.by_basis.end() ? 0 : found->second;
        };
        const bool is_complete = std::ranges::all_of(rules.major_classes, [&](const auto& major) {
            return major.edition != key.first || major.kind != key.second || major.is_complete;
        });
        text += fmt::format(
            "edition {} {:<9}  classes {:>3}{}  limits: sourced {}, mapped {}, default {}, local {}  rows {}{}\n",
            key.first, key.second, tally.classes,
            tally.local_extensions ? fmt::format(" ({} local)", tally.local_extensions) : "",
            count("sourced"), count("mapped"), count("default"), count("local"), tally.rows,
            is_complete ? "" : "  (edition not fully known)");
    }
    int years = 0;
    for (int year = 2000; year <= 2100; ++year) years += rules.calendar.has_year(year);
    text += fmt::format("stage limits {}\nresponsible kinds {}\ncalendar years {}\nversion {}\n",
                        rules.stage_limits.size(), rules.responsible_kinds.size(), years,
                        rules.version_sm3);
    for (const auto& warning : warnings)
        text += fmt::format("warning: {}:{}:{}\n", warning.file, warning.line, warning.reason);
    return text;
}

Result<std::string> print_classes(const Rules& rules, std::string_view edition,
                                  std::string_view kind) {
    std::string text = "edition,kind,code,name,major_code,major_name,evidence\n";
    std::set<std::string, std::less<>> editions, kinds;
    for (const auto& problem : rules.taxonomy.classes()) {
        editions.insert(problem.edition);
        kinds.insert(problem.kind);
        if ((!edition.empty() && problem.edition != edition) ||
            (!kind.empty() && problem.kind != kind))
            continue;
        const auto fields = {problem.edition, problem.kind,       problem.code,
                             problem.name,    problem.major_code, problem.major_name};
        for (const auto& field : fields) text += csv_field(field) + ",";
        text += csv_field(problem.evidence) + "\n";
    }
    if (!edition.empty() && !editions.contains(edition))
        return fail("bad_argument", {{"argument", "--edition " + std::string(edition)},
                                     {"reason", "must be 2026 or 2013"}});
    if (!kind.empty() && !kinds.contains(kind))
        return fail("bad_argument", {{"argument", "--kind " + std::string(kind)},
                                     {"reason", "must be component or event"}});
    return text;
}

DeadlineText print_deadline(const Calendar& calendar, std::int64_t from_ms, const Limit& limit,
                            bool is_explained, std::string_view language) {
    const bool is_en = language == "en";
    const auto until_ms = calendar.deadline(from_ms, limit);
    DeadlineText text;
    text.answer = format_rfc3339(until_ms) + "\n";
    if (is_explained) text.explanation = explain(calendar, from_ms, until_ms, limit, is_en);
    const bool is_urgent =
        limit.unit == LimitUnit::urgent_hour || limit.unit == LimitUnit::urgent_day;
    std::vector<std::string> years;
    if (!is_urgent)
        for (const int year : calendar.missing_years(from_ms, until_ms))
            years.push_back(std::to_string(year));
    if (!years.empty())
        text.warning =
            fmt::format(fmt::runtime(is_en ? "no calendar for {}: weekends only are taken off\n"
                                           : "{} 年没有节假日日历，只扣除周末\n"),
                        join(years, is_en ? ", " : "、"));
    return text;
}

} // namespace chengge::rules
