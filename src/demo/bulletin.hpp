// A month's bulletin counted from the database, each figure with its counting rule (口径), once from the cases as they stand
// and once from their steps; knows nothing of how the month was made.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/rules.hpp"
#include "storage/database.hpp"

namespace chengge::demo {

struct MonthCounts {
    std::int64_t reports = 0, simple = 0, dispatched = 0;
    std::int64_t declined = 0, not_filed = 0, merged = 0, cancelled = 0, waiting = 0;
    std::int64_t handled_on_time = 0, handled_late = 0, overdue = 0, running = 0, without_unit = 0; // of the month's dispatched
    std::int64_t overdue_from_before = 0;
    std::int64_t reworked = 0, redispatched = 0;
    std::int64_t events = 0; // of the dispatched
    std::map<std::pair<std::string, std::string>, std::int64_t> classes; // (kind, code) of the dispatched
    std::map<std::string, std::int64_t> steps; // "case/dispatch" → cases
    std::int64_t found() const { return simple + dispatched; }
    std::int64_t handled() const { return handled_on_time + handled_late; }
};

// The database must be as of the month's end.
MonthCounts count_month(storage::Database& database, std::int64_t from_ms, std::int64_t to_ms);

// Every sum that must come out to the case, and whether it does.
struct Reconciliation {
    std::string what;
    std::int64_t left = 0, right = 0;
    bool holds() const { return left == right; }
};
std::vector<Reconciliation> reconcile(const MonthCounts& counts);

// Markdown; `has_published` puts the bulletin of 2023-02 beside.
std::string bulletin_text(const MonthCounts& counts, const rules::Taxonomy& taxonomy, const std::string& month, bool has_published);

} // namespace chengge::demo
