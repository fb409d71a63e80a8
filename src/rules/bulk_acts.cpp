// What one decision does to each of many cases: work that goes to another unit (机构调整), clocks that stand still and
// run on (三防), exclusion from the evaluation (剔除考核). These acts belong to no table: a case keeps the tables that it
// began with, and every version must know them.
#include "base/assert.hpp"
#include "base/text.hpp"
#include "rules/act.hpp"
#include "rules/clocks.hpp"

namespace chengge::rules {

namespace {

ActionRow row_of(const char* code, const char* zh, const char* en) {
    ActionRow row;
    row.machine = "case";
    row.code = code;
    row.zh = zh;
    row.en = en;
    row.by = "platform";
    row.roles = {"platform"};
    row.style = "quiet";
    return row;
}

bool is_over(const Rules& rules, const Case& c) {
    const auto* state = rules.workflow.machine("case").find_state("", c.state);
    return state != nullptr && state->is_final;
}

// A part that may still be worked on, or again: what was given back, replaced or waived stays with whom it was.
bool is_alive(const Rules& rules, const Assignment& one) { return !is_final(rules, one) || one.state == "approved"; }

// 机构调整: whoever had the work before, the case goes on where it is; no limit begins anew.
bool move_units(const Rules& rules, Case& c, const BulkAct& bulk) {
    bool has_moved = false;
    const auto move = [&](std::string& organisation) {
        for (const auto& one : bulk.moves) {
            if (one.from != organisation) continue;
            organisation = one.to.organisation;
            has_moved = true;
            return;
        }
    };
    const auto unname = [&](Uuid& person) {
        if (std::find(bulk.unnamed.begin(), bulk.unnamed.end(), person) != bulk.unnamed.end()) person = {};
    };
    if (!is_over(rules, c)) { // a closed case stays with who was responsible then
        for (auto& one : c.assignments) {
            if (!is_alive(rules, one)) continue;
            const auto organisation = one.organisation;
            move(one.organisation);
            move(one.issuer);
            if (organisation == one.organisation || one.person_id.is_nil()) continue;
            for (auto& clock : c.clocks)
                if (!clock.stopped_ms && clock.subject_id == one.id) unname(clock.person_id);
            unname(one.person_id);
        }
        for (auto& one : c.tasks)
            if (!one.finished_ms) move(one.organisation);
        move(c.ruled_unit);
        move(c.ruled_center);
    }
    for (auto& one : c.requests) {
        if (one.decided_ms) continue;
        move(one.organisation);
        move(one.decider);
    }
    for (auto& clock : c.clocks)
        if (!clock.stopped_ms) move(clock.organisation);
    return has_moved;
}

bool in_region(const Case& c, const std::string& code) {
    if (code.size() <= 6) return c.district_code == code; // who manages the place
    return code.size() < 15 ? c.community_code.starts_with(code) : c.cell_code == code;
}

} // namespace

bool StandingHold::covers(const Case& c) const {
    const auto fits = [](const std::vector<std::string>& list, auto&& one) { return list.empty() || std::any_of(list.begin(), list.end(), one); };
    const auto key = c.class_code.empty() ? std::string() : class_key(c.edition, c.kind, c.class_code);
    return fits(regions, [&](const std::string& code) { return in_region(c, code); }) && fits(classes, [&](const std::string& prefix) { return key.starts_with(prefix); });
}

const std::vector<ActionRow>& bulk_actions() {
    static const std::vector<ActionRow> rows{
        row_of("move_units", "机构调整移交", "Moved by reorganisation"),
        row_of("hold_clocks", "三防停止计时", "Clocks stopped for an emergency"),
        row_of("release_clocks", "三防恢复计时", "Clocks run on after an emergency"),
        row_of("exclude_case", "批量剔除考核", "Excluded from the evaluation"),
    };
    return rows;
}

const ActionRow* find_bulk_action(std::string_view code) {
    for (const auto& row : bulk_actions())
        if (row.code == code) return &row;
    return nullptr;
}

bool is_held(const Case& c, std::string_view stage) { return !c.hold_decision.empty() && (" " + c.hold_stages + " ").find(" " + std::string(stage) + " ") != std::string::npos; }

void take_up_holds(const Rules& rules, Case& c, const Context& context) {
    if (is_over(rules, c)) { // nothing runs any more
        c.hold_decision.clear();
        c.hold_stages.clear();
        return;
    }
    if (!c.hold_decision.empty()) {
        const auto hold = std::find_if(context.holds.begin(), context.holds.end(), [&](const StandingHold& one) { return one.decision == c.hold_decision; });
        if (hold == context.holds.end() || !hold->until_ms || *hold->until_ms > context.now_ms) return;
        c.hold_decision.clear();
        c.hold_stages.clear();
        release_clocks(rules, c, *hold->until_ms);
    }
    for (const auto& hold : context.holds) {
        if (!hold.is_on(context.now_ms) || !hold.covers(c)) continue;
        c.hold_decision = hold.decision;
        c.hold_stages = join(hold.stages, " ");
        return hold_clocks(rules, c, hold.from_ms);
    }
}

Result<void> apply_bulk(Act& act, const Case& before) {
    ASSERT(act.command.bulk);
    const auto& bulk = *act.command.bulk;
    auto& c = act.c;
    const auto& action = act.command.action;
    if (action == "move_units") return allow(move_units(act.rules, c, bulk), "nothing_to_do");
    // What stands in the context was done when the case was taken up.
    if (action == "hold_clocks") return allow(before.hold_decision != bulk.decision && c.hold_decision == bulk.decision, "nothing_to_do");
    if (action == "release_clocks") return allow(before.hold_decision == bulk.decision && c.hold_decision != bulk.decision, "nothing_to_do");
    ASSERT(action == "exclude_case");
    if (!c.excluded_by.empty()) return fail("nothing_to_do");
    c.excluded_by = bulk.decision;
    for (auto& one : c.assignments)
        if (one.level == "unit" && one.state != "recalled") one.is_excluded = 1;
    return {};
}

} // namespace chengge::rules
