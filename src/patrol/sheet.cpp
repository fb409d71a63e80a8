#include "patrol/sheet.hpp"

#include <algorithm>

#include "base/time.hpp"

namespace chengge::patrol {

namespace {

std::int64_t day_number(const std::string& day) { return days_from_date(*parse_date(day)); }

std::int64_t fee_of(const SheetInput& input, const std::pair<std::string, std::string>& days) {
    const auto first = day_number(days.first), last = day_number(days.second);
    const auto from = std::max(first, day_number(input.valid_from)), to = std::min(last, day_number(input.valid_to));
    if (to < from) return 0;
    const auto length = last - first + 1;
    return (input.month_fee_cents * (to - from + 1) * 2 + length) / (2 * length);
}

// What a rule takes beyond its cap is given back in a line of its own.
void add_relief(std::vector<SheetLine>& lines, const std::string& rule, std::int64_t taken, std::int64_t cap) {
    if (taken <= cap) return;
    lines.push_back({.rule = rule, .part = "relief", .quantity = 1, .cents = taken - cap});
}

} // namespace

std::optional<std::pair<std::string, std::string>> days_of_month(const std::string& month) {
    if (month.size() != 7) return std::nullopt;
    const auto first = parse_date(month + "-01");
    if (!first) return std::nullopt;
    auto next = *first;
    next.month == 12 ? (next.month = 1, ++next.year) : ++next.month;
    return std::pair{format_date(*first), format_date(date_from_days(days_from_date(next) - 1))};
}

std::vector<SheetLine> make_lines(const PatrolData& data, const SheetInput& input) {
    std::vector<SheetLine> lines;
    const auto days = days_of_month(input.month);
    if (!days) return lines;
    if (const auto fee = fee_of(input, *days); fee > 0) lines.push_back({.rule = "month_fee", .part = "pay", .cents = fee});
    if (input.unit_price_cents > 0)
        for (const auto key : input.finds) lines.push_back({.rule = "find", .part = "pay", .case_key = key, .cents = input.unit_price_cents});
    const auto pay = sum_lines(lines).pay_cents;
    std::int64_t taken = 0, all = 0;
    for (const auto& shift : input.presence) {
        if (shift.missing() == 0) continue;
        const auto cents = shift.missing() * data.absent.cents;
        lines.push_back({.rule = data.absent.code, .part = "deduct", .day = shift.day, .shift = shift.shift, .promised = shift.promised, .present = shift.present,
                         .quantity = shift.missing(), .points = shift.missing() * data.absent.points, .cents = -cents});
        taken += cents;
    }
    if (data.absent.cap_cents > 0) {
        add_relief(lines, data.absent.code, taken, data.absent.cap_cents);
        taken = std::min(taken, data.absent.cap_cents);
    }
    all += taken;
    std::map<std::string, std::int64_t> by_kind;
    for (const auto& charge : input.charges) {
        lines.push_back({.rule = charge.kind, .part = "deduct", .finding_key = charge.finding_key, .points = charge.points, .cents = -charge.cents});
        by_kind[charge.kind] += charge.cents;
    }
    for (const auto& [code, cents] : by_kind) {
        const auto* kind = data.find_kind(code);
        const auto cap = kind == nullptr ? 0 : kind->cap_cents;
        if (cap > 0) add_relief(lines, code, cents, cap);
        all += cap > 0 ? std::min(cents, cap) : cents;
    }
    add_relief(lines, "month_cap", all, pay * data.settings.deduction_cap_percent / 100);
    return lines;
}

SheetSums sum_lines(const std::vector<SheetLine>& lines) {
    SheetSums sums;
    for (const auto& line : lines) {
        sums.points += line.points;
        (line.part == "pay" ? sums.pay_cents : sums.total_cents) += line.cents;
    }
    sums.deducted_cents = -sums.total_cents;
    sums.total_cents += sums.pay_cents;
    return sums;
}

std::string sheet_text(const std::string& number, const std::string& lot, const std::string& month, const std::vector<SheetLine>& lines) {
    const auto key = [](const std::optional<std::int64_t>& value) { return value ? std::to_string(*value) : std::string(); };
    std::string text = number + "|" + lot + "|" + month + "\n";
    for (const auto& line : lines)
        text += line.rule + "|" + line.part + "|" + key(line.finding_key) + "|" + key(line.case_key) + "|" + line.day + "|" + line.shift + "|" + std::to_string(line.quantity) + "|" + std::to_string(line.points) + "|" +
                std::to_string(line.cents) + "\n";
    return text;
}

std::string money_text(std::int64_t cents) {
    const auto size = cents < 0 ? -cents : cents;
    const auto rest = std::to_string(size % 100);
    return (cents < 0 ? "-" : "") + std::to_string(size / 100) + "." + (rest.size() < 2 ? "0" + rest : rest);
}

} // namespace chengge::patrol
