#include "rules/clocks.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace chengge::rules {

namespace {

Limit limit_of(const Assignment& assignment) {
    const auto unit = parse_limit_unit(assignment.limit_unit);
    ASSERT(unit);
    return {assignment.limit_value, *unit};
}

// The whole time allowed, extensions included.
std::int64_t allowed_ms(const Assignment& assignment) {
    return Calendar::length_ms(limit_of(assignment)) * (1 + assignment.extension_count);
}

void start_clock(const Rules& rules, Assignment& assignment, std::int64_t now_ms) {
    assignment.clock_from_ms = now_ms;
    const auto left = allowed_ms(assignment) - assignment.used_ms;
    // What was overdue when it stopped stays as late as it was.
    if (left > 0 || !assignment.deadline_ms)
        assignment.deadline_ms = rules.calendar.add(now_ms, std::max<std::int64_t>(left, 0), limit_of(assignment).unit);
}

void stop_clock(const Rules& rules, Assignment& assignment, std::int64_t now_ms) {
    assignment.used_ms += rules.calendar.elapsed_ms(limit_of(assignment), *assignment.clock_from_ms, now_ms);
    assignment.clock_from_ms.reset();
}

MaybeMs handling_yellow(const Rules& rules, const Assignment& assignment) {
    if (!assignment.clock_from_ms) return std::nullopt;
    const auto share = static_cast<std::int64_t>(static_cast<double>(allowed_ms(assignment)) * rules.workflow.settings.yellow_share);
    return rules.calendar.add(*assignment.clock_from_ms, std::max<std::int64_t>(share - assignment.used_ms, 0), limit_of(assignment).unit);
}

// Fills in whose work a state is and until when.
struct Wanted {
    const Rules& rules;
    const Case& c;
    const Context& context;
    std::vector<StageClock> clocks;

    void add(const WorkflowState* state, const std::string& kind, const Uuid& id, const std::string& holder,
             const std::string& issuer, const Uuid& person, const std::string& decider_role) {
        if (state == nullptr || state->stage.empty()) return;
        StageClock clock;
        clock.stage = state->stage;
        clock.subject_kind = kind;
        clock.subject_id = id;
        clock.role = state->role.empty() ? decider_role : state->role;
        clock.person_id = person;
        if (state->at == "supervision_center" || state->at == "reporter") clock.organisation = context.supervision_center;
        else if (state->at == "city_command_center") clock.organisation = context.city_command_center;
        else if (state->at == "issuer") clock.organisation = issuer;
        else clock.organisation = holder;
        clocks.push_back(std::move(clock));
    }
};

std::vector<StageClock> wanted_clocks(const Rules& rules, const Case& c, const Context& context) {
    Wanted wanted{rules, c, context, {}};
    const auto* state = rules.workflow.machine("case").find_state("", c.state);
    ASSERT(state != nullptr);
    if (state->is_paused || state->is_final) {
        // A request about a closed case (appeal) still waits for its decision.
    } else {
        const bool waits = std::any_of(c.tasks.begin(), c.tasks.end(), [&](const Task& task) {
            return !task.finished_ms && task.kind == state->waits_for;
        });
        if (!waits) wanted.add(state, "case", {}, "", "", state->at == "reporter" ? c.reporter_id : Uuid{}, "");
        for (const auto& one : c.assignments) {
            const bool is_asked = std::any_of(c.requests.begin(), c.requests.end(), [&](const Request& request) {
                return !request.decided_ms && request.assignment_id == one.id && request.kind == "send_back";
            });
            // While a return is being decided the unit has nothing to do.
            if (!is_asked)
                wanted.add(rules.workflow.machine("assignment").find_state(one.level, one.state), "assignment", one.id,
                           one.organisation, one.issuer, one.person_id, "");
        }
        for (const auto& one : c.tasks)
            wanted.add(rules.workflow.machine("task").find_state(one.kind, one.state), "task", one.id, one.organisation, "", one.person_id, "");
    }
    for (const auto& one : c.requests)
        wanted.add(rules.workflow.machine("request").find_state(one.kind, one.state), "request", one.id, one.decider, one.organisation, {},
                   one.state == "answered" ? one.asker_role : one.decider_role);
    return wanted.clocks;
}

bool is_same_work(const StageClock& a, const StageClock& b) {
    return a.stage == b.stage && a.subject_kind == b.subject_kind && a.subject_id == b.subject_id &&
           a.organisation == b.organisation && a.role == b.role && a.person_id == b.person_id;
}

// The unit whose handling limit a handling stage shows: its own or the crew's unit's.
const Assignment* unit_of(const Case& c, const Uuid& assignment_id) {
    const auto* one = find_assignment(c, assignment_id);
    if (one != nullptr && one->level == "crew") one = find_assignment(c, one->parent_id);
    return one;
}

bool is_held_clock(const Case& c, const StageClock& clock) { return clock.subject_kind != "request" && is_held(c, clock.stage); }

// A clock that stands still has no deadline; what it had is kept.
void hold_clock(StageClock& clock, std::int64_t at_ms) {
    clock.held_ms = at_ms;
    if (clock.stage != "handle") { // a unit's own clock keeps what is left of it
        clock.kept_deadline_ms = clock.deadline_ms;
        clock.kept_yellow_ms = clock.yellow_ms;
    }
    clock.deadline_ms.reset();
    clock.yellow_ms.reset();
}

void release_clock(const Rules& rules, StageClock& clock, std::int64_t at_ms) {
    const auto limit = rules.stage_limits.find(clock.stage);
    const auto later = [&](MaybeMs kept) -> MaybeMs {
        // What was past when it stopped stays as late as it was.
        if (!kept || *kept <= *clock.held_ms || limit == rules.stage_limits.end()) return kept;
        return rules.calendar.add(at_ms, rules.calendar.elapsed_ms(limit->second, *clock.held_ms, *kept), limit->second.unit);
    };
    clock.deadline_ms = later(clock.kept_deadline_ms);
    clock.yellow_ms = later(clock.kept_yellow_ms);
    clock.kept_deadline_ms.reset();
    clock.kept_yellow_ms.reset();
    clock.held_ms.reset();
}

void set_limits(const Rules& rules, const Case& c, StageClock& clock) {
    if (clock.held_ms) return;
    if (clock.stage == "handle") {
        const auto* unit = unit_of(c, clock.subject_id);
        if (unit == nullptr || unit->limit_value <= 0) return;
        clock.deadline_ms = unit->deadline_ms;
        clock.yellow_ms = handling_yellow(rules, *unit);
        return;
    }
    if (clock.stage == "simple_handle") { // the window of the simple procedure, by the clock on the wall
        clock.deadline_ms = c.reported_ms + rules.workflow.settings.simple_minutes_max * minute_ms;
        clock.yellow_ms = c.reported_ms + static_cast<std::int64_t>(rules.workflow.settings.simple_minutes_max * minute_ms * rules.workflow.settings.yellow_share);
        return;
    }
    if (clock.stage == "reply") { // the order itself says until when
        const auto* order = find_request(c, clock.subject_id);
        if (order == nullptr || !order->until_ms) return;
        clock.deadline_ms = order->until_ms;
        clock.yellow_ms = clock.started_ms + static_cast<std::int64_t>(static_cast<double>(std::max<std::int64_t>(*order->until_ms - clock.started_ms, 0)) * rules.workflow.settings.yellow_share);
        return;
    }
    const auto found = rules.stage_limits.find(clock.stage);
    if (found == rules.stage_limits.end() || clock.deadline_ms) return;
    const auto length = Calendar::length_ms(found->second);
    clock.deadline_ms = rules.calendar.add(clock.started_ms, length, found->second.unit);
    clock.yellow_ms = rules.calendar.add(
        clock.started_ms, static_cast<std::int64_t>(static_cast<double>(length) * rules.workflow.settings.yellow_share),
        found->second.unit);
}

} // namespace

void run_handling_clocks(const Rules& rules, const Case& before, Case& after, std::int64_t now_ms) {
    const auto* case_state = rules.workflow.machine("case").find_state("", after.state);
    ASSERT(case_state != nullptr);
    const bool is_still = case_state->is_paused || case_state->is_final;
    for (auto& one : after.assignments) {
        if (one.level != "unit" || one.limit_value <= 0) continue;
        const auto* state = rules.workflow.machine("assignment").find_state(one.level, one.state);
        ASSERT(state != nullptr);
        const bool is_at_work = !is_still && (state->clock == "runs" || state->clock == "restarts");
        const bool should_run = is_at_work && !is_held(after, "handle");
        const auto* old = find_assignment(before, one.id);
        const bool is_entered = old == nullptr || old->state != one.state;
        if (state->clock == "restarts" && is_entered && rules.workflow.settings.rework_restarts) {
            one.used_ms = 0;
            one.deadline_ms.reset();
            one.clock_from_ms.reset();
        }
        if (should_run && !one.clock_from_ms) start_clock(rules, one, now_ms);
        else if (!should_run && one.clock_from_ms) stop_clock(rules, one, now_ms);
        // Held before its time was over, it is not late whatever day comes.
        if (is_at_work && !should_run && one.used_ms < allowed_ms(one)) one.deadline_ms.reset();
    }
}

void run_stage_clocks(const Rules& rules, Case& c, const Context& context) {
    auto wanted = wanted_clocks(rules, c, context);
    for (auto& clock : c.clocks) {
        if (clock.stopped_ms) continue;
        const auto found = std::find_if(wanted.begin(), wanted.end(), [&](const StageClock& one) { return is_same_work(one, clock); });
        if (found == wanted.end()) clock.stopped_ms = context.now_ms;
        else wanted.erase(found);
        if (clock.stopped_ms) continue;
        // Of a merge that is undone: what held the clock may be over.
        if (clock.held_ms && !is_held_clock(c, clock)) release_clock(rules, clock, context.now_ms);
        set_limits(rules, c, clock); // an extension moves the deadline
    }
    for (auto& clock : wanted) {
        clock.started_ms = context.now_ms;
        set_limits(rules, c, clock);
        if (is_held_clock(c, clock)) hold_clock(clock, context.now_ms);
        c.clocks.push_back(std::move(clock));
    }
}

void hold_clocks(const Rules& rules, Case& c, std::int64_t from_ms) {
    if (is_held(c, "handle"))
        for (auto& one : c.assignments)
            if (one.clock_from_ms) stop_clock(rules, one, std::max(from_ms, *one.clock_from_ms));
    for (auto& clock : c.clocks)
        if (!clock.stopped_ms && !clock.held_ms && is_held_clock(c, clock)) hold_clock(clock, std::max(from_ms, clock.started_ms));
}

void release_clocks(const Rules& rules, Case& c, std::int64_t until_ms) {
    const auto at_ms = std::max(until_ms, latest_ms(c));
    run_handling_clocks(rules, c, c, at_ms);
    for (auto& clock : c.clocks)
        if (!clock.stopped_ms && clock.held_ms) release_clock(rules, clock, at_ms);
}

void extend_clock(const Rules& rules, Assignment& assignment, std::int64_t now_ms) {
    if (!assignment.clock_from_ms) return;
    stop_clock(rules, assignment, now_ms);
    start_clock(rules, assignment, now_ms);
}

} // namespace chengge::rules
