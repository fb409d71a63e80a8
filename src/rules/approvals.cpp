// Requests: asked by one, decided by another in one or more rounds (data/workflow/approvals.csv), capped by
// their ledger (ledgers.csv). Orders (督办, 批示) are requests too, replied to rather than decided.
#include "base/assert.hpp"
#include "rules/act.hpp"
#include "rules/clocks.hpp"

namespace chengge::rules {

namespace {

constexpr int reply_days_max = 90;

std::string place_of(const Act& act, const ApprovalRound& round, const Assignment* part) {
    if (round.at == "supervision_center") return act.context.supervision_center;
    if (round.at == "city_command_center" || part == nullptr) return act.context.city_command_center;
    return round.at == "issuer" ? part->issuer : part->organisation;
}

const Assignment* part_of(const Act& act, const Request& request) { return find_assignment(act.c, request.assignment_id); }

bool has_next_round(const Act& act) {
    const auto* request = act.subject.request;
    return request != nullptr && !request->decided_ms && act.rules.workflow.find_round(request->kind, request->round + 1) != nullptr &&
           act.rules.workflow.find_round(request->kind, request->round)->role == request->decider_role;
}

// Nobody approves what they have asked for themselves, also not as somebody's deputy.
Result<void> check_second_person(const Act& act) {
    const auto* request = act.subject.request;
    const auto& actor = act.context.actor;
    const bool is_own = request != nullptr && !request->asked_by.is_nil() && (request->asked_by == actor.person_id || request->asked_by == actor.hand());
    return allow(!is_own, "request_is_own");
}

Result<void> check_cap(const Act& act) {
    const auto* ledger = act.subject.request != nullptr ? act.rules.workflow.find_ledger(act.subject.request->kind) : nullptr;
    if (ledger == nullptr) return {};
    const auto count = act.context.ledgers.find(ledger->kind);
    if (count == act.context.ledgers.end() || count->second.approved < ledger->limit(count->second.filed)) return {};
    if (!ledger->higher_role.empty() && contains(act.context.actor.roles, ledger->higher_role)) return {};
    return fail("cap_reached", {{"kind", ledger->zh}, {"kind_en", ledger->en}, {"approved", std::to_string(count->second.approved)}, {"filed", std::to_string(count->second.filed)}});
}

void give_to_next_round(Act& act) {
    auto& request = *act.subject.request;
    const auto* round = act.rules.workflow.find_round(request.kind, ++request.round);
    ASSERT(round != nullptr);
    request.decider = place_of(act, *round, part_of(act, request));
    request.decider_role = round->role;
}

// The own part of the asker that was late: what an appeal is about.
Assignment* late_part(const Act& act) {
    for (auto& one : act.c.assignments)
        if (one.level == "unit" && one.organisation == act.context.actor.organisation && one.finished_ms && one.deadline_ms && *one.finished_ms > *one.deadline_ms) return &one;
    return nullptr;
}

bool has_appealed(const Act& act) {
    return std::any_of(act.c.requests.begin(), act.c.requests.end(), [&](const Request& one) { return one.kind == "appeal" && one.state != "withdrawn" && one.organisation == act.context.actor.organisation; });
}

bool was_approved(const Act& act, std::string_view kind) {
    return std::any_of(act.c.requests.begin(), act.c.requests.end(), [&](const Request& one) { return one.kind == kind && one.state == "approved"; });
}

void order(Act& act) {
    const auto& receiver = *act.command.receiver;
    ask(act, receiver.organisation, decider_role_of(receiver.kind));
    auto& order = act.c.requests.back();
    // An order is replied to by whoever has the work, whatever rounds there are.
    order.decider = receiver.organisation;
    order.decider_role = decider_role_of(receiver.kind);
    order.asker_role = role_for(act.row, act.context.actor);
}

void order_supervision(Act& act) {
    const auto& command = act.command;
    order(act);
    auto& order = act.c.requests.back();
    const auto* level = act.rules.workflow.find_supervision_level(command.supervision_level);
    ASSERT(level != nullptr);
    order.level = level->code;
    ++act.c.supervise_count;
    if (command.needs_reply) {
        if (!order.until_ms) order.until_ms = act.rules.calendar.add(act.context.now_ms, Calendar::length_ms(level->reply), level->reply.unit);
        return;
    }
    order.state = "noted";
    order.until_ms.reset();
    order.decided_ms = act.context.now_ms;
}

void extend_limit(Act& act) {
    if (auto* assignment = asked_about(act)) {
        ++assignment->extension_count;
        extend_clock(act.rules, *assignment, act.context.now_ms);
    }
}

} // namespace

bool is_order(std::string_view request_kind) { return request_kind == "supervision" || request_kind == "instruction"; }

void ask(Act& act, std::string decider, std::string role) {
    const auto* part = act.subject.assignment;
    if (const auto* first = act.rules.workflow.find_round(act.row.request, 0)) {
        decider = place_of(act, *first, part);
        role = first->role;
    }
    Request request;
    request.id = act.make_id();
    request.kind = act.row.request;
    request.state = "asked";
    if (part != nullptr) request.assignment_id = part->id;
    request.organisation = act.context.actor.organisation;
    request.decider = std::move(decider);
    request.decider_role = std::move(role);
    request.asked_ms = act.context.now_ms;
    request.until_ms = act.command.until_ms;
    request.return_reason = act.command.return_reason;
    request.asked_by = act.context.actor.hand();
    request.asked_seq = act.seq();
    act.c.requests.push_back(std::move(request));
}

Assignment* asked_about(Act& act) {
    return act.subject.request != nullptr ? find_part(act.c.assignments, act.subject.request->assignment_id) : nullptr;
}

void lapse_requests(Act& act) {
    const auto& machine = act.rules.workflow.machine("request");
    for (auto& request : act.c.requests) {
        const auto* state = machine.find_state(request.kind, request.state);
        if (request.decided_ms || state == nullptr || state->lives_while.empty()) continue;
        const auto* part = request.kind == "appeal" ? nullptr : part_of(act, request); // an appeal lives with the closed case
        if (contains(state->lives_while, part != nullptr ? part->state : act.c.state)) continue;
        request.state = state->lapses_to;
        request.decided_ms = act.context.now_ms;
        request.decided_seq = act.seq();
    }
}

void add_approval_words(Guards& guards, Effects& effects) {
    guards["has_next_round"] = [](const Act& act) { return allow(has_next_round(act), "action_not_allowed"); };
    guards["is_last_round"] = [](const Act& act) { return allow(!has_next_round(act), "action_not_allowed"); };
    guards["second_person"] = check_second_person;
    guards["within_cap"] = check_cap;
    guards["has_higher_role"] = [](const Act& act) {
        const auto* ledger = act.subject.request != nullptr ? act.rules.workflow.find_ledger(act.subject.request->kind) : nullptr;
        return allow(ledger != nullptr && !ledger->higher_role.empty() && act.subject.request->decider_role != ledger->higher_role && !has_next_round(act), "action_not_allowed");
    };
    guards["not_overdue"] = [](const Act& act) {
        const auto* assignment = act.subject.assignment;
        return allow(assignment != nullptr && (!assignment->deadline_ms || act.context.now_ms <= *assignment->deadline_ms), "already_overdue");
    };
    guards["may_extend"] = [](const Act& act) {
        return allow(act.subject.assignment != nullptr && act.subject.assignment->extension_count < act.rules.workflow.settings.extensions_max, "extended_enough");
    };
    guards["never_suspended"] = [](const Act& act) { return allow(!was_approved(act, "suspension"), "suspended_before"); };
    guards["never_deferred"] = [](const Act& act) { return allow(act.c.is_deferred == 0, "deferred_before"); };
    guards["until_within_year"] = [](const Act& act) {
        const auto limit = act.context.now_ms + act.rules.workflow.settings.suspension_days_max * day_ms;
        return allow(act.command.until_ms && *act.command.until_ms > act.context.now_ms && *act.command.until_ms <= limit, "until_out_of_range");
    };
    guards["suspension_is_over"] = [](const Act& act) {
        return allow(act.c.suspended_until_ms && act.context.now_ms >= *act.c.suspended_until_ms, "action_not_allowed");
    };
    guards["reply_time_fits"] = [](const Act& act) {
        const auto& until = act.command.until_ms;
        return allow(!until || (*until > act.context.now_ms && *until <= act.context.now_ms + reply_days_max * day_ms), "reply_time_out_of_range");
    };
    guards["never_appealed"] = [](const Act& act) { return allow(!has_appealed(act), "appealed_before"); };
    guards["own_part_was_late"] = [](const Act& act) { return allow(late_part(act) != nullptr, "was_in_time"); };
    guards["within_appeal_days"] = [](const Act& act) {
        return allow(act.c.closed_ms && act.context.now_ms <= *act.c.closed_ms + act.rules.workflow.settings.appeal_days * day_ms, "appeal_too_late");
    };

    effects["next_round"] = give_to_next_round;
    effects["give_to_higher"] = [](Act& act) {
        act.subject.request->decider = act.context.city_command_center;
        act.subject.request->decider_role = act.rules.workflow.find_ledger(act.subject.request->kind)->higher_role;
    };
    effects["order_supervision"] = order_supervision;
    effects["order_instruction"] = order;
    effects["ask_issuer"] = [](Act& act) { ask(act, act.subject.assignment->issuer, "dispatcher"); };
    effects["ask_supervision"] = [](Act& act) { ask(act, act.context.supervision_center, "shift_leader"); };
    effects["ask_appeal"] = [](Act& act) {
        const auto* late = late_part(act);
        ASSERT(late != nullptr);
        const auto id = late->id;
        ask(act, act.context.supervision_center, "shift_leader");
        act.c.requests.back().assignment_id = id;
    };
    effects["keep_target"] = [](Act& act) { act.c.requests.back().level = act.command.target; };
    effects["decide_request"] = [](Act& act) {
        act.subject.request->decided_ms = act.context.now_ms;
        act.subject.request->decided_seq = act.seq();
    };
    effects["extend_limit"] = extend_limit;
    effects["exclude_overrun"] = [](Act& act) {
        if (auto* part = asked_about(act)) part->is_excluded = 1;
    };
    effects["set_deferred"] = [](Act& act) { act.c.is_deferred = 1; };
    effects["set_appealed"] = [](Act& act) { act.c.is_appealed = 1; };
    effects["remember_resume"] = [](Act& act) { act.c.resume_to = act.c.state; };
    effects["suspend_until"] = [](Act& act) { act.c.suspended_until_ms = act.subject.request->until_ms; };
    effects["clear_suspended"] = [](Act& act) {
        act.c.resume_to.clear();
        act.c.suspended_until_ms.reset();
    };
}

} // namespace chengge::rules
