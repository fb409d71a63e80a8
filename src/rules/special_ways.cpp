// What goes beside the standard path: taking one's own step back (撤回), several units (联合处置), closing
// fast, the administrator's hand, a contested closure, the simple procedure (简易), the policy of checks.
#include "base/assert.hpp"
#include "rules/act.hpp"

namespace chengge::rules {

namespace {

// --- 撤回 -------------------------------------------------------------------------------------------

bool is_recallable(const Rules& rules, const LastStep& last) {
    const auto& actions = rules.workflow.machine(last.subject_kind).actions;
    return std::any_of(actions.begin(), actions.end(), [&](const ActionRow& row) { return row.code == last.action && row.is_recallable; });
}

Result<void> check_recall(const Act& act) {
    const auto& last = act.context.last;
    if (!last || last->seq != act.c.version || last->actor_id != act.context.actor.hand() || !is_recallable(act.rules, *last)) return fail("recall_not_yours");
    if (last->is_opened) return fail("recall_opened");
    const auto minutes = act.rules.workflow.settings.recall_minutes;
    if (act.context.now_ms > last->at_ms + minutes * minute_ms) return fail("recall_too_late", {{"minutes", std::to_string(minutes)}});
    return {};
}

// The case as it was before its newest step; parts that the step had made stay, and end.
void restore_previous(Act& act) {
    ASSERT(act.context.previous);
    const Case now = std::move(act.c);
    act.c = *act.context.previous;
    act.c.id = now.id;
    act.c.version = now.version;
    act.c.accepted_day = now.accepted_day; // a number that was given stays
    const auto keep = [](const auto& from, auto& into, auto&& end) {
        for (auto i = into.size(); i < from.size(); ++i) {
            into.push_back(from[i]);
            end(into.back());
        }
    };
    keep(now.assignments, act.c.assignments, [](Assignment&) {}); // the row's side ends them
    keep(now.tasks, act.c.tasks, [&](Task& one) {
        if (one.finished_ms) return;
        one.state = "withdrawn";
        one.finished_ms = act.context.now_ms;
    });
    keep(now.requests, act.c.requests, [&](Request& one) {
        if (one.decided_ms) return;
        one.state = "withdrawn";
        one.decided_ms = act.context.now_ms;
        one.decided_seq = act.seq();
    });
    keep(now.clocks, act.c.clocks, [](StageClock&) {});
    act.subject = *find_subject(act.c, "case", {});
}

// --- 联合处置 ---------------------------------------------------------------------------------------

const Assignment* parent_of(const Case& c, const Assignment& one) { return one.parent_id.is_nil() ? nullptr : find_assignment(c, one.parent_id); }

// Whether the assignment, or one above it, helps beside the one that was asked about.
bool is_assisting_beside(const Act& act, const Assignment& one, const Assignment& asked) {
    for (const auto* at = &one; at != nullptr; at = parent_of(act.c, *at))
        if (at->part == "assisting" && at->level != "crew" && at->parent_id == asked.parent_id && at->id != asked.id) return true;
    return false;
}

bool is_above(const Case& c, const Assignment& one, const Assignment* lead) {
    for (; lead != nullptr; lead = parent_of(c, *lead))
        if (lead->id == one.id) return true;
    return false;
}

// --- 简易 -------------------------------------------------------------------------------------------

std::int64_t rework_of(const Case& c) {
    const auto failed = std::count_if(c.tasks.begin(), c.tasks.end(), [](const Task& one) { return one.kind == "check" && one.state == "failed"; });
    return std::max(c.rework_count, static_cast<std::int64_t>(failed));
}

bool has_passed(const Case& c, std::string_view kind) {
    return std::any_of(c.tasks.begin(), c.tasks.end(), [&](const Task& one) { return one.kind == kind && one.state == "passed"; });
}

bool is_drawn_simple(const Act& act) { return is_drawn(act.c, act.rules.workflow.settings.simple_check_share); }

std::string_view check_method(const Act& act) {
    const auto* policy = check_policy_of(act.rules, "check", act.c);
    if (policy == nullptr) return "always";
    // Who is not drawn is closed by its photographs.
    if (policy->method == "sample") return is_drawn(act.c, policy->share) ? "always" : "photo";
    return policy->method;
}

Result<void> check_verified(const Act& act) {
    const auto* policy = check_policy_of(act.rules, "verify", act.c);
    if (policy == nullptr || has_passed(act.c, "verify")) return {};
    const bool is_due = policy->method == "always" || (policy->method == "sample" && is_drawn(act.c, policy->share));
    return allow(!is_due, "needs_verify");
}

void add_check_words(Guards& guards, Effects& effects) {
    guards["is_verified"] = check_verified;
    for (const auto* method : {"photo", "video", "reporter"})
        guards[std::string("check_by_") + method] = [method](const Act& act) { return allow(check_method(act) == method, "check_on_site"); };
    guards["is_not_reporter"] = [](const Act& act) { return allow(act.c.reporter_id.is_nil() || act.context.actor.hand() != act.c.reporter_id, "checker_is_reporter"); };
    guards["receiver_is_independent"] = [](const Act& act) {
        const auto& who = act.command.receiver->person_id;
        const bool has_checked = std::any_of(act.c.tasks.begin(), act.c.tasks.end(), [&](const Task& one) { return one.person_id == who && one.finished_ms; });
        return allow(!has_checked, "checker_not_independent");
    };
    guards["receiver_is_another"] = [](const Act& act) { return allow(act.subject.task != nullptr && act.command.receiver->person_id != act.subject.task->person_id, "receiver_not_fitting"); };
    effects["give_task"] = [](Act& act) {
        act.subject.task->person_id = act.command.receiver->person_id;
        act.subject.task->organisation = act.command.receiver->organisation;
        act.subject.task->offered_ms = act.context.now_ms;
    };
    effects["add_recheck_task"] = [](Act& act) { add_task(act, "recheck"); };
    effects["add_spot_task"] = [](Act& act) { add_task(act, "spot_check"); };
}

void add_simple_words(Guards& guards, Effects& effects) {
    guards["simple_class"] = [](const Act& act) { return allow(is_simple_class(act.rules, act.c), "class_not_simple"); };
    guards["within_simple_time"] = [](const Act& act) {
        const auto minutes = act.rules.workflow.settings.simple_minutes_max;
        if (act.context.now_ms <= act.c.reported_ms + minutes * minute_ms) return Result<void>{};
        return Result<void>(fail("simple_too_late", {{"minutes", std::to_string(minutes)}}));
    };
    guards["place_is_near"] = [](const Act& act) {
        const auto metres = act.rules.workflow.settings.simple_metres_max;
        if (act.command.distance_m && *act.command.distance_m <= metres) return Result<void>{};
        return Result<void>(fail("simple_too_far", {{"metres", std::to_string(static_cast<int>(metres))}}));
    };
    guards["simple_is_settled"] = [](const Act& act) { return allow(!is_drawn_simple(act) || has_passed(act.c, "spot_check"), "drawn_for_check"); };
    guards["simple_is_drawn"] = [](const Act& act) { return allow(is_drawn_simple(act), "not_drawn"); };
    effects["set_simple"] = [](Act& act) { act.c.is_simple = 1; };
    effects["clear_simple"] = [](Act& act) {
        act.c.is_simple = 0;
        act.c.handled_ms.reset();
    };
}

Result<void> check_target(const Act& act) {
    const auto& target = act.command.target;
    if (!contains(act.row.targets, target) || target == act.c.state) return fail("target_not_fitting");
    const bool needs_row = target != "accepted" && target != "reported";
    return allow((!needs_row || !act.c.filing_row.empty()) && (target != "accepted" || !act.c.class_code.empty()), "target_not_fitting");
}

} // namespace

const CheckPolicy* check_policy_of(const Rules& rules, std::string_view stage, const Case& c) {
    const auto* lead = lead_assignment(c);
    for (const auto& policy : rules.workflow.check_policies) {
        if (policy.stage != stage || (!policy.source.empty() && policy.source != c.source)) continue;
        if (!policy.class_code.empty() && !c.class_code.starts_with(policy.class_code)) continue;
        if (!policy.unit.empty() && (lead == nullptr || lead->organisation != policy.unit)) continue;
        if (rework_of(c) >= policy.rework_least) return &policy;
    }
    return nullptr;
}

bool is_drawn(const Case& c, double share) {
    const auto digest = sm3(c.id.raw() + static_cast<char>(rework_of(c)));
    std::uint32_t draw = 0;
    for (int i = 0; i < 4; ++i) draw = draw << 8 | static_cast<std::uint8_t>(digest[static_cast<std::size_t>(i)]);
    return draw < share * 4294967296.0;
}

bool is_simple_class(const Rules& rules, const Case& c) {
    return !c.class_code.empty() && std::any_of(rules.workflow.simple_classes.begin(), rules.workflow.simple_classes.end(), [&](const SimpleClass& one) {
        return one.edition == c.edition && one.kind == c.kind && c.class_code.starts_with(one.class_code);
    });
}

void add_special_words(Guards& guards, Effects& effects, Conditions& conditions, Selectors& selectors) {
    add_check_words(guards, effects);
    add_simple_words(guards, effects);
    guards["may_recall"] = check_recall;
    guards["target_fits"] = check_target;
    guards["within_contest_days"] = [](const Act& act) {
        return allow(act.c.closed_ms && act.context.now_ms <= *act.c.closed_ms + act.rules.workflow.settings.contest_days * day_ms, "contest_too_late");
    };
    guards["may_contest"] = [](const Act& act) {
        const auto rechecked = std::count_if(act.c.tasks.begin(), act.c.tasks.end(), [](const Task& one) { return one.kind == "recheck" && one.state != "withdrawn"; });
        return allow(rechecked < act.rules.workflow.settings.contests_max, "contested_enough");
    };
    guards["is_lead"] = [](const Act& act) { return allow(act.subject.assignment != nullptr && act.subject.assignment->part == "lead", "lead_asks"); };
    guards["case_is_dispatched"] = [](const Act& act) { return allow(act.c.state == "dispatched", "action_not_allowed"); };

    effects["restore_previous"] = restore_previous;
    effects["move_case"] = [](Act& act) { act.c.state = act.subject.request->level; };

    conditions["subject_leads"] = [](Act& act) {
        const auto* asked = asked_about(act);
        return asked != nullptr && asked->part == "lead";
    };
    conditions["subject_leads_first_level"] = [](Act& act) {
        const auto* asked = asked_about(act);
        return asked != nullptr && asked->part == "lead" && asked->parent_id.is_nil();
    };
    conditions["siblings_of_asked_in"] = [](Act& act) {
        const auto* asked = asked_about(act);
        return asked != nullptr && std::all_of(act.c.assignments.begin(), act.c.assignments.end(),
                                               [&](const Assignment& one) { return one.level == "crew" || one.parent_id != asked->parent_id || is_final(act.rules, one); });
    };
    // Of a failed check only the lead's line is asked again; assisting parts stand, unless the dispatcher reworks them.
    conditions["lead_line_has_command"] = [](Act& act) {
        const auto* root = lead_root(act.c);
        return root != nullptr && root->level == "command" && root->state == "approved";
    };
    conditions["lead_line_is_unit"] = [](Act& act) {
        const auto* root = lead_root(act.c);
        return root == nullptr || root->level != "command" || root->state != "approved";
    };

    selectors["open_parts"] = [](Act& act, const Assignment& one) { return !is_final(act.rules, one); };
    selectors["recalled_parts"] = [](Act& act, const Assignment& one) {
        const auto& old = act.context.previous->assignments;
        return find_assignment(*act.context.previous, one.id) == nullptr && act.c.assignments.size() > old.size();
    };
    selectors["assisting_beside"] = [](Act& act, const Assignment& one) {
        const auto* asked = asked_about(act);
        return asked != nullptr && is_assisting_beside(act, one, *asked);
    };
    selectors["lead_unit"] = [](Act& act, const Assignment& one) {
        const auto* lead = lead_assignment(act.c);
        return lead != nullptr && lead->id == one.id;
    };
    selectors["lead_commands"] = [](Act& act, const Assignment& one) { return is_above(act.c, one, lead_assignment(act.c)); };
}

} // namespace chengge::rules
