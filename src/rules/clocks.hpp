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

// Stops what runs of the stages held, as of a moment that may lie before; what is left stays left (as with 挂账).
void hold_clocks(const Rules& rules, Case& c, std::int64_t from_ms);
// Lets run on what was held, as of a moment that may lie before. The case's hold was cleared.
void release_clocks(const Rules& rules, Case& c, std::int64_t until_ms);

// One more original limit (延期); the clock goes on.
void extend_clock(const Rules& rules, Assignment& assignment, std::int64_t now_ms);

} // namespace chengge::rules
