// 扣款单: what a month costs or brings a lot, as lines whose sums are everything that is shown. Money is whole cents. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "patrol/patrol_data.hpp"

namespace chengge::patrol {

// What a shift promised (承诺人数) and who was there.
struct Promise {
    std::string shift;
    std::int64_t workday = 0, restday = 0; // people
};
struct ShiftPresence {
    std::string day, shift;
    std::int64_t promised = 0, present = 0;
    std::int64_t missing() const { return promised > present ? promised - present : 0; }
};
// A finding that counts, as it was charged when it was found.
struct Charge {
    std::int64_t finding_key = 0;
    std::string kind;
    std::int64_t points = 0, cents = 0;
};

struct SheetInput {
    std::string month;                // 2026-09
    std::string valid_from, valid_to; // of the contract, days; both included
    std::int64_t month_fee_cents = 0, unit_price_cents = 0;
    std::vector<Charge> charges;
    std::vector<ShiftPresence> presence;
    std::vector<std::int64_t> finds; // keys of the cases that are paid by the piece
};

// One line: `part` pay (cents > 0), deduct (cents ≤ 0) or relief (cents > 0: what goes beyond a cap).
struct SheetLine {
    std::string rule, part;
    std::optional<std::int64_t> finding_key, case_key;
    std::string day, shift;
    std::int64_t promised = 0, present = 0;
    std::int64_t quantity = 1, points = 0, cents = 0;
};

struct SheetSums {
    std::int64_t points = 0, pay_cents = 0, deducted_cents = 0, total_cents = 0; // deducted ≥ 0; total = pay − deducted
};

// The month's fee for the days of the contract in it, rounded to a cent, half up; then finds, shifts, findings, caps of each
// rule, the cap of all.
std::vector<SheetLine> make_lines(const PatrolData& data, const SheetInput& input);
SheetSums sum_lines(const std::vector<SheetLine>& lines);
// What a confirmed sheet's SM3 is made over.
std::string sheet_text(const std::string& number, const std::string& lot, const std::string& month, const std::vector<SheetLine>& lines);
// "2026-09" → first and last day; nothing when it is no month.
std::optional<std::pair<std::string, std::string>> days_of_month(const std::string& month);
// 12345 → "123.45".
std::string money_text(std::int64_t cents);

} // namespace chengge::patrol
