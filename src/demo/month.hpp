// One month of the model city to its published figures: every find a case whose steps have been decided by the rules, none
// inserted; what the month's bulletin says is counted afterwards from the database (bulletin.hpp).
#pragma once

#include "demo/history.hpp"

namespace chengge::demo {

// How many of each are to be made.
struct MonthFigures {
    int simple = 0, dispatched = 0; // found = simple + dispatched
    int handled = 0, late = 0;      // of the dispatched ones; late ones are among the handled
    int running = 0;                // not handled when the month ends, and still in time
    int overdue = 0;                // not handled and overdue when the month ends, from this month and from before
    int reworked = 0, redispatched = 0;
    int declined = 0, not_filed = 0, merged = 0, cancelled = 0, waiting = 0; // reports that became no find
    int overdue_of_month() const { return dispatched - handled - running; }
    int from_before() const { return overdue - overdue_of_month(); }
    int reports() const { return simple + dispatched + declined + not_filed + merged + cancelled + waiting; }
    // The bulletin of 2023-02; what it does not say (running, and the reports that became no find) is judgement.
    static MonthFigures published();
    // All of them by that share, each at least one where there was any.
    MonthFigures scaled(double share) const;
};

struct MonthOptions {
    std::uint64_t seed = 1;
    std::int64_t from_ms = 0, to_ms = 0; // of the city's month
    MonthFigures figures;
    int threads = 2;
};

// Adds the month in order of report; returns how many cases it made, those from before included. The same seed gives the
// same cases. Throws when a planned case could not come out as planned.
Result<std::int64_t> add_month(const HistoryParts& parts, const MonthOptions& options, const std::function<void(std::int64_t)>& tell = {});

} // namespace chengge::demo
