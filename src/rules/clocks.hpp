// The clocks of a case, derived from its states after every step: the handling clock of each unit and
// the stage clocks that make the inbox (CJJ/T 106: stage limits stand beside the handling limit).
#pragma once

#include "rules/decide.hpp"

namespace chengge::rules {

// Starts, stops, resumes or restarts each unit's handling clock as its state says. The gate, the
// review and the check never count against the unit; nothing runs while the case is suspended.
void run_handling_clocks(const Rules& rules, const Case& before, Case& after, std::int64_t now_ms);

// Closes the stage clocks whose work is done and opens those of the present states.
void run_stage_clocks(const Rules& rules, Case& c, const Context& context);

// One more original limit (延期); the clock goes on.
void extend_clock(const Rules& rules, Assignment& assignment, std::int64_t now_ms);

} // namespace chengge::rules
