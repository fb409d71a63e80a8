// long: one act is read from the top, from what it needs to the clocks that run after it.
#include "rules/decide.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/assert.hpp"
#include "base/digest.hpp"
#include "rules/clocks.hpp"

namespace chengge::rules {

namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

// The subject of an act inside the case: exactly one pointer is set, none for the case itself.
struct Subject {
    Assignment* assignment = nullptr;
    Task* task = nullptr;
    Request* request = nullptr;
    std::string level; // of the assignment, kind of task or request, empty for the case
    std::string* state = nullptr;
};

template <class Part>
Part* find_part(std::vector<Part>& parts, const Uuid& id) {
    for (auto& part : parts)
        if (part.id == id) return &part;
    return nullptr;
}

std::optional<Subject> find_subject(Case& c, const std::string& kind, const Uuid& id) {
    Subject subject;
    if (kind == "case") {
        subject.state = &c.state;
        return subject;
    }
    if (kind == "assignment") {
        if (auto* one = find_part(c.assignments, id)) {
            subject.assignment = one;
            subject.level = one->level;
            subject.state = &one->state;
            return subject;
        }
    } else if (kind == "task") {
        if (auto* one = find_part(c.tasks, id)) {
            subject.task = one;
            subject.level = one->kind;
            subject.state = &one->state;
            return subject;
        }
    } else if (kind == "request") {
        if (auto* one = find_part(c.requests, id)) {
            subject.request = one;
            subject.level = one->kind;
            subject.state = &one->state;
            return subject;
        }
    }
    return std::nullopt;
}

// Everything a guard or effect may look at.
struct Act {
    const Rules& rules;
    const ActionRow& row;
    const Command& command;
    const Context& context;
    Case& c;
    Subject subject;
    int ids_made = 0;

    // New parts get ids that follow from the step's, so that a replay makes the same ones.
    Uuid make_id() {
        auto seed = command.step_id.raw();
        seed += static_cast<char>(++ids_made);
        auto id = uuid_from_raw(sm3(seed).substr(0, 16));
        id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);
        id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
        return id;
    }
};

// The role by which the actor may; empty = may not.
std::string role_for(const ActionRow& row, const Actor& actor) {
    for (const auto& role : row.roles)
        if (contains(actor.roles, role)) return role;
    return "";
}

bool is_final(const Rules& rules, const Assignment& assignment) {
    const auto* state = rules.workflow.machine("assignment").find_state(assignment.level, assignment.state);
    return state == nullptr || state->is_final;
}

bool has_open_task(const Case& c) {
    return std::any_of(c.tasks.begin(), c.tasks.end(), [](const Task& task) { return !task.finished_ms; });
}

bool has_open_request(const Case& c, const Uuid& assignment_id) {
    return std::any_of(c.requests.begin(), c.requests.end(), [&](const Request& request) {
        return !request.decided_ms && request.assignment_id == assignment_id && request.kind != "supervision";
    });
}

// A supervision order runs beside the work: it is no stage of the case.
bool is_about_order(const Case& c, const StageClock& clock) {
    const auto* request = clock.subject_kind == "request" ? find_request(c, clock.subject_id) : nullptr;
    return request != nullptr && request->kind == "supervision";
}

bool has_failed_unit(const Act& act) {
    return std::any_of(act.c.assignments.begin(), act.c.assignments.end(), [&](const Assignment& one) {
        return one.state == "failed_check" && act.subject.assignment != nullptr && one.parent_id == act.subject.assignment->id;
    });
}

constexpr int reply_days_max = 90;

// Who in an organisation replies to a supervision order; empty = nobody there can.
std::string decider_role_of(std::string_view kind) {
    if (is_unit_kind(kind)) return "department_manager";
    if (kind == "city_command_center" || kind == "district_command_center") return "dispatcher";
    return kind == "supervision_center" ? "shift_leader" : "";
}

// --- guards -----------------------------------------------------------------------------------------

using Guard = std::function<Result<void>(const Act&)>;

Result<void> allow(bool is_allowed, const char* code) {
    if (is_allowed) return {};
    return fail(code);
}

Result<void> check_class(const Act& act) {
    const auto& command = act.command;
    if (command.class_code.empty()) return allow(!act.c.class_code.empty(), "needs_class");
    const auto edition = command.edition.empty() ? std::string("2026") : command.edition;
    return allow(act.rules.taxonomy.find_class(edition, command.kind, command.class_code) != nullptr, "class_unknown");
}

Result<void> check_row(const Act& act) {
    const auto* row = act.rules.taxonomy.find_row(act.command.filing_row);
    if (row == nullptr) return fail("filing_row_unknown");
    const bool fits = row->edition == act.c.edition && row->kind == act.c.kind && row->class_code == act.c.class_code &&
                      (row->area_class.empty() || row->area_class == act.c.area_class);
    return allow(fits, "row_not_of_class");
}

Result<void> check_checker(const Act& act) {
    const auto& receiver = *act.command.receiver;
    if (receiver.person_id.is_nil()) return fail("needs_receiver");
    if (!contains(receiver.person_roles, "inspector") && !contains(receiver.person_roles, "collector"))
        return fail("receiver_not_fitting");
    return allow(receiver.person_id != act.c.reporter_id, "checker_is_reporter");
}

const std::map<std::string, Guard, std::less<>>& guards() {
    static const std::map<std::string, Guard, std::less<>> table{
        {"has_class", check_class},
        {"row_fits", check_row},
        {"receiver_is_person", check_checker},
        {"has_filing_row", [](const Act& act) { return allow(!act.c.filing_row.empty(), "needs_filing_row"); }},
        {"no_open_task", [](const Act& act) { return allow(!has_open_task(act.c), "task_open"); }},
        {"no_open_request", [](const Act& act) {
             const auto id = act.subject.assignment != nullptr ? act.subject.assignment->id : Uuid{};
             return allow(!has_open_request(act.c, id), "request_open");
         }},
        {"no_open_return", [](const Act& act) {
             // While a return is being decided nothing else is done to the part.
             const bool is_asked = std::any_of(act.c.requests.begin(), act.c.requests.end(), [&](const Request& request) {
                 return !request.decided_ms && request.kind == "send_back" && act.subject.assignment != nullptr &&
                        request.assignment_id == act.subject.assignment->id;
             });
             return allow(!is_asked, "request_open");
         }},
        {"no_failed_unit", [](const Act& act) { return allow(!has_failed_unit(act), "action_not_allowed"); }},
        {"never_dispatched", [](const Act& act) { return allow(act.c.assignments.empty(), "already_dispatched"); }},
        {"receiver_is_unit_or_command", [](const Act& act) {
             const auto& receiver = *act.command.receiver;
             const bool is_unit = is_unit_kind(receiver.kind) && receiver.command_center == act.context.city_command_center;
             return allow(receiver.is_open && (is_unit || receiver.kind == "district_command_center"), "receiver_not_fitting");
         }},
        {"receiver_is_own_unit", [](const Act& act) {
             const auto& receiver = *act.command.receiver;
             return allow(receiver.is_open && is_unit_kind(receiver.kind) && act.subject.assignment != nullptr &&
                              receiver.command_center == act.subject.assignment->organisation,
                          "receiver_not_fitting");
         }},
        {"receiver_is_other_unit", [](const Act& act) {
             const auto& receiver = *act.command.receiver;
             return allow(receiver.is_open && is_unit_kind(receiver.kind) && act.subject.assignment != nullptr &&
                              receiver.command_center == act.subject.assignment->issuer &&
                              receiver.organisation != act.subject.assignment->organisation,
                          "receiver_not_fitting");
         }},
        {"receiver_is_own_crew", [](const Act& act) {
             const auto& receiver = *act.command.receiver;
             if (act.subject.assignment == nullptr) return allow(false, "receiver_not_fitting");
             const auto& unit = act.subject.assignment->organisation;
             const bool is_crew = receiver.kind == "crew" && receiver.parent == unit;
             const bool is_own_person = receiver.organisation == unit && !receiver.person_id.is_nil() && contains(receiver.person_roles, "handler");
             return allow(receiver.is_open && (is_crew || is_own_person), "receiver_not_fitting");
         }},
        {"not_overdue", [](const Act& act) {
             const auto* assignment = act.subject.assignment;
             return allow(assignment != nullptr && (!assignment->deadline_ms || act.context.now_ms <= *assignment->deadline_ms), "already_overdue");
         }},
        {"may_extend", [](const Act& act) {
             return allow(act.subject.assignment != nullptr && act.subject.assignment->extension_count < act.rules.workflow.settings.extensions_max, "extended_enough");
         }},
        {"never_suspended", [](const Act& act) {
             const bool was = std::any_of(act.c.requests.begin(), act.c.requests.end(), [](const Request& one) { return one.kind == "suspension" && one.state == "approved"; });
             return allow(!was, "suspended_before");
         }},
        {"until_within_year", [](const Act& act) {
             const auto limit = act.context.now_ms + act.rules.workflow.settings.suspension_days_max * day_ms;
             return allow(act.command.until_ms && *act.command.until_ms > act.context.now_ms && *act.command.until_ms <= limit, "until_out_of_range");
         }},
        {"receiver_holds_work", [](const Act& act) {
             const auto& receiver = *act.command.receiver;
             return allow(receiver.is_open && receiver.organisation != act.context.actor.organisation && contains(holders_of(act.rules, act.c), receiver.organisation) &&
                              !decider_role_of(receiver.kind).empty(),
                          "receiver_not_fitting");
         }},
        {"reply_time_fits", [](const Act& act) {
             const auto& until = act.command.until_ms;
             return allow(!until || (*until > act.context.now_ms && *until <= act.context.now_ms + reply_days_max * day_ms), "reply_time_out_of_range");
         }},
        {"in_return_window", [](const Act& act) {
             const auto* part = act.subject.assignment;
             const auto& window = act.rules.workflow.settings.return_window;
             if (part == nullptr || act.context.now_ms <= act.rules.calendar.deadline(part->offered_ms, window)) return allow(true, "");
             return Result<void>(fail("return_window_over", {{"limit", describe_limit(window, "zh")}, {"limit_en", describe_limit(window, "en")}}));
         }},
        {"not_binding", [](const Act& act) {
             // The centre above the unit that a ruling names passes on and does not hand up.
             const auto* part = act.subject.assignment;
             const bool is_ruled_center = part != nullptr && act.c.is_disputed == 2 && part->organisation == act.c.ruled_center;
             return allow(part == nullptr || (part->is_binding == 0 && !is_ruled_center), "binding_dispatch");
         }},
        {"not_disputed", [](const Act& act) { return allow(act.c.is_disputed != 1, "case_disputed"); }},
        {"never_disputed", [](const Act& act) { return allow(act.c.is_disputed == 0, "action_not_allowed"); }},
        {"is_disputed", [](const Act& act) { return allow(act.c.is_disputed == 1, "action_not_allowed"); }},
        {"has_red_line", [](const Act& act) { return allow(!act.c.red_line.empty(), "site_record_missing"); }},
        {"receiver_fits_ruling", [](const Act& act) {
             const auto& receiver = act.command.receiver->organisation;
             return allow(act.c.is_disputed != 2 || receiver == act.c.ruled_unit || receiver == act.c.ruled_center, "ruling_names_other");
         }},
        {"receiver_is_unit", [](const Act& act) { return allow(act.command.receiver->is_open && is_unit_kind(act.command.receiver->kind), "receiver_not_fitting"); }},
        {"never_appealed", [](const Act& act) { return allow(act.c.is_appealed == 0, "appealed_before"); }},
        {"lead_fits", [](const Act& act) {
             const auto& lead = act.command.lead;
             if (lead->id == act.c.id) return allow(false, "merge_into_itself");
             if (lead->has_followers) return allow(false, "has_merged_cases");
             return allow(!lead->is_over, "lead_is_over");
         }},
        {"is_assisting", [](const Act& act) { return allow(act.subject.assignment != nullptr && act.subject.assignment->part == "assisting", "action_not_allowed"); }}};
    return table;
}

// Guards that look at what the person fills in; not asked for allowed_actions.
bool is_about_input(std::string_view guard) {
    return guard.starts_with("receiver_") || guard == "row_fits" || guard == "lead_fits" || guard == "has_class" || guard == "until_within_year" || guard == "reply_time_fits";
}

// --- effects ----------------------------------------------------------------------------------------

using Effect = std::function<void(Act&)>;

void give_part(Act& act, std::string level, std::string part, const Uuid& parent, const std::string& issuer) {
    const auto& receiver = *act.command.receiver;
    Assignment one;
    one.id = act.make_id();
    one.parent_id = parent;
    one.state = level == "crew" ? "handling" : "offered";
    one.level = std::move(level);
    one.part = std::move(part);
    one.organisation = receiver.organisation;
    one.issuer = issuer;
    one.person_id = one.level == "crew" ? receiver.person_id : Uuid{};
    one.offered_ms = act.context.now_ms;
    if (one.level != "crew") {
        one.responsibility_row = act.command.responsibility_row;
        one.is_automatic = act.command.is_automatic;
        one.is_binding = act.c.is_disputed == 2;
    }
    if (one.level == "unit") {
        const auto* row = act.rules.taxonomy.find_row(act.c.filing_row);
        ASSERT(row != nullptr);
        one.limit_value = row->limit.value;
        one.limit_unit = format_limit_unit(row->limit.unit);
    }
    // The vector may move: the subject is found again by its id.
    const auto subject_id = act.subject.assignment != nullptr ? act.subject.assignment->id : Uuid{};
    act.c.assignments.push_back(std::move(one));
    if (!subject_id.is_nil()) act.subject = *find_subject(act.c, "assignment", subject_id);
}

void add_assignment(Act& act) {
    const auto level = act.command.receiver->kind == "district_command_center" ? "command" : "unit";
    const auto* above = act.subject.assignment;
    give_part(act, level, "lead", above != nullptr ? above->id : Uuid{}, act.context.actor.organisation);
}

void add_task(Act& act, const char* kind) {
    const auto& receiver = *act.command.receiver;
    act.c.tasks.push_back({.id = act.make_id(),
                           .kind = kind,
                           .state = "offered",
                           .organisation = receiver.organisation,
                           .person_id = receiver.person_id,
                           .offered_ms = act.context.now_ms,
                           .finished_ms = std::nullopt});
}

void ask(Act& act, std::string decider, std::string role) {
    act.c.requests.push_back({.id = act.make_id(),
                              .kind = act.row.request,
                              .state = "asked",
                              .assignment_id = act.subject.assignment != nullptr ? act.subject.assignment->id : Uuid{},
                              .organisation = act.context.actor.organisation,
                              .decider = std::move(decider),
                              .decider_role = std::move(role),
                              .asked_ms = act.context.now_ms,
                              .until_ms = act.command.until_ms,
                              .decided_ms = std::nullopt,
                              .return_reason = act.command.return_reason});
}

void order_supervision(Act& act) {
    const auto& command = act.command;
    ask(act, command.receiver->organisation, decider_role_of(command.receiver->kind));
    auto& order = act.c.requests.back();
    const auto* level = act.rules.workflow.find_supervision_level(command.supervision_level);
    ASSERT(level != nullptr);
    order.level = level->code;
    order.asker_role = role_for(act.row, act.context.actor);
    ++act.c.supervise_count;
    if (command.needs_reply) {
        if (!order.until_ms) order.until_ms = act.rules.calendar.add(act.context.now_ms, Calendar::length_ms(level->reply), level->reply.unit);
        return;
    }
    order.state = "noted";
    order.until_ms.reset();
    order.decided_ms = act.context.now_ms;
}

Assignment* asked_about(Act& act) {
    return act.subject.request != nullptr ? find_part(act.c.assignments, act.subject.request->assignment_id) : nullptr;
}

void set_report(Act& act) {
    act.c.state = "reported";
    act.c.platform = act.context.platform;
    act.c.reported_ms = act.context.now_ms;
    act.c.rules_version = act.rules.version_sm3;
}

void set_class(Act& act) {
    if (act.command.class_code.empty()) return;
    act.c.edition = act.command.edition.empty() ? "2026" : act.command.edition;
    act.c.kind = act.command.kind;
    act.c.class_code = act.command.class_code;
}

void count_redispatch(Act& act) {
    const bool had_unit = std::any_of(act.c.assignments.begin(), act.c.assignments.end(), [](const Assignment& one) { return one.level == "unit"; });
    act.c.redispatch_count += had_unit;
}

void extend_limit(Act& act) {
    if (auto* assignment = asked_about(act)) {
        ++assignment->extension_count;
        extend_clock(act.rules, *assignment, act.context.now_ms);
    }
}

// A merge that is undone never was: the stage runs on with the limit it had.
void leave_lead(Act& act) {
    act.c.merged_into = {};
    act.c.state = std::exchange(act.c.resume_to, "");
    const auto* state = act.rules.workflow.machine("case").find_state("", act.c.state);
    ASSERT(state != nullptr);
    for (auto clock = act.c.clocks.rbegin(); clock != act.c.clocks.rend(); ++clock) {
        if (clock->subject_kind != "case" || clock->stage != state->stage) continue;
        clock->stopped_ms.reset();
        return;
    }
}

const std::map<std::string, Effect, std::less<>>& effects() {
    static const std::map<std::string, Effect, std::less<>> table{
        {"set_report", set_report},
        {"set_class", set_class},
        {"set_accepted", [](Act& act) {
             act.c.accepted_ms = act.context.now_ms;
             // The day of the case number stays that of the first acceptance.
             if (act.c.accepted_day.empty()) act.c.accepted_day = format_date_compact(city_date(act.context.now_ms));
         }},
        {"set_filing_row", [](Act& act) {
             act.c.filing_row = act.command.filing_row;
             act.c.rules_version = act.rules.version_sm3;
         }},
        {"set_filed", [](Act& act) { act.c.filed_ms = act.context.now_ms; }},
        {"set_closed", [](Act& act) { act.c.closed_ms = act.context.now_ms; }},
        {"clear_closed", [](Act& act) { act.c.closed_ms.reset(); }},
        {"set_handled", [](Act& act) { act.c.handled_ms = act.context.now_ms; }},
        {"add_verify_task", [](Act& act) { add_task(act, "verify"); }},
        {"add_check_task", [](Act& act) { add_task(act, "check"); }},
        {"finish_task", [](Act& act) { act.subject.task->finished_ms = act.context.now_ms; }},
        {"add_assignment", add_assignment},
        {"add_sibling", [](Act& act) {
             const auto parent = act.subject.assignment->parent_id;
             const auto issuer = act.subject.assignment->issuer;
             const auto part = act.subject.assignment->part;
             give_part(act, "unit", part, parent, issuer);
         }},
        {"add_crew", [](Act& act) {
             const auto& unit = *act.subject.assignment;
             give_part(act, "crew", unit.part, unit.id, unit.organisation);
         }},
        {"set_fed_back", [](Act& act) {
             act.subject.assignment->finished_ms = act.context.now_ms;
             if (auto* parent = find_part(act.c.assignments, act.subject.assignment->parent_id); parent != nullptr && parent->level == "unit")
                 parent->finished_ms = act.context.now_ms;
         }},
        {"count_rework", [](Act& act) {
             ++act.subject.assignment->rework_count;
             act.subject.assignment->finished_ms.reset();
             ++act.c.rework_count;
         }},
        {"count_redispatch", count_redispatch},
        {"count_send_back", [](Act& act) { ++act.c.send_back_count; }},
        {"dispute_after_returns", [](Act& act) {
             // What district centres hand up is not a unit's return.
             const auto returns = std::count_if(act.c.requests.begin(), act.c.requests.end(), [&](const Request& one) {
                 const auto* part = one.kind == "send_back" && one.state == "approved" ? find_assignment(act.c, one.assignment_id) : nullptr;
                 return part != nullptr && part->level == "unit";
             });
             if (act.c.is_disputed == 0 && returns >= act.rules.workflow.settings.returns_max) act.c.is_disputed = 1;
         }},
        {"set_disputed", [](Act& act) { act.c.is_disputed = 1; }},
        {"set_red_line", [](Act& act) { act.c.red_line = act.command.red_line; }},
        {"set_ruling", [](Act& act) {
             act.c.is_disputed = 2;
             act.c.ruled_unit = act.command.receiver->organisation;
             act.c.ruled_center = act.command.receiver->command_center;
         }},
        {"count_remind", [](Act& act) { ++act.c.remind_count; }},
        {"order_supervision", order_supervision},
        {"ask_issuer", [](Act& act) { ask(act, act.subject.assignment->issuer, "dispatcher"); }},
        {"ask_supervision", [](Act& act) { ask(act, act.context.supervision_center, "shift_leader"); }},
        {"decide_request", [](Act& act) { act.subject.request->decided_ms = act.context.now_ms; }},
        {"extend_limit", extend_limit},
        {"set_deferred", [](Act& act) { act.c.is_deferred = 1; }},
        {"set_appealed", [](Act& act) { act.c.is_appealed = 1; }},
        {"remember_resume", [](Act& act) { act.c.resume_to = act.c.state; }},
        {"join_lead", [](Act& act) { act.c.merged_into = act.command.lead->id; }},
        {"leave_lead", leave_lead}};
    return table;
}

// --- sides ------------------------------------------------------------------------------------------

// The first-level assignment above the lead unit.
const Assignment* lead_root(const Case& c) {
    const auto* lead = lead_assignment(c);
    while (lead != nullptr && !lead->parent_id.is_nil()) lead = find_assignment(c, lead->parent_id);
    return lead;
}

using Condition = std::function<bool(Act&)>;

const std::map<std::string, Condition, std::less<>>& conditions() {
    static const std::map<std::string, Condition, std::less<>> table{
        {"lead_is_unit", [](Act& act) {
             const auto* root = lead_root(act.c);
             return root != nullptr && root->level == "unit";
         }},
        {"lead_is_command", [](Act& act) {
             const auto* root = lead_root(act.c);
             return root != nullptr && root->level == "command";
         }},
        {"all_parts_in", [](Act& act) {
             return std::all_of(act.c.assignments.begin(), act.c.assignments.end(), [&](const Assignment& one) { return is_final(act.rules, one) || one.level == "crew"; });
         }},
        {"siblings_in", [](Act& act) {
             const auto parent = act.subject.assignment->parent_id;
             return std::all_of(act.c.assignments.begin(), act.c.assignments.end(), [&](const Assignment& one) { return one.parent_id != parent || is_final(act.rules, one); });
         }},
        {"subject_is_first_level", [](Act& act) {
             const auto* assignment = asked_about(act);
             return assignment != nullptr && assignment->parent_id.is_nil();
         }}};
    return table;
}

using Selector = std::function<bool(Act&, const Assignment&)>;

const std::map<std::string, Selector, std::less<>>& selectors() {
    static const std::map<std::string, Selector, std::less<>> table{
        {"parent", [](Act& act, const Assignment& one) { return act.subject.assignment != nullptr && one.id == act.subject.assignment->parent_id; }},
        {"children", [](Act& act, const Assignment& one) { return act.subject.assignment != nullptr && one.parent_id == act.subject.assignment->id; }},
        {"failed_units", [](Act& act, const Assignment& one) {
             // A command centre replaces only what it gave out itself.
             const auto above = act.subject.assignment != nullptr ? act.subject.assignment->id : Uuid{};
             return one.level == "unit" && (above.is_nil() || one.parent_id == above);
         }},
        {"approved_units", [](Act&, const Assignment& one) { return one.level == "unit"; }},
        {"approved_commands", [](Act&, const Assignment& one) { return one.level == "command"; }},
        {"subject_assignment", [](Act& act, const Assignment& one) { return act.subject.request != nullptr && one.id == act.subject.request->assignment_id; }},
        {"subject_parent", [](Act& act, const Assignment& one) {
             const auto* asked = asked_about(act);
             return asked != nullptr && one.id == asked->parent_id;
         }}};
    return table;
}

void apply_side(Act& act, const Side& side) {
    if (!side.when.empty() && !conditions().find(side.when)->second(act)) return;
    if (side.on == "case") {
        if (contains(side.from, act.c.state)) act.c.state = side.to;
        return;
    }
    const auto& selects = selectors().find(side.on)->second;
    for (auto& one : act.c.assignments)
        if (contains(side.from, one.state) && selects(act, one)) one.state = side.to;
}

// --- who may ----------------------------------------------------------------------------------------

bool is_center(std::string_view kind) {
    return kind == "supervision_center" || kind == "city_command_center" || kind == "district_command_center";
}

bool stands_right(const ActionRow& row, const Subject& subject, const Actor& actor) {
    if (row.by == "anyone" || row.by == "part") return true; // the service has checked the data scope
    if (row.by == "centers") return is_center(actor.organisation_kind);
    if (row.by == "supervision_center" || row.by == "city_command_center") return actor.organisation_kind == row.by;
    if (row.by == "holder" && subject.assignment != nullptr)
        return actor.organisation == subject.assignment->organisation &&
               (subject.assignment->person_id.is_nil() || subject.assignment->person_id == actor.person_id);
    if (row.by == "holder" && subject.request != nullptr) return actor.organisation == subject.request->organisation;
    if (row.by == "issuer" && subject.assignment != nullptr) return actor.organisation == subject.assignment->issuer;
    if (row.by == "assignee" && subject.task != nullptr) return subject.task->person_id == actor.person_id;
    if (row.by == "decider" && subject.request != nullptr)
        return actor.organisation == subject.request->decider && contains(actor.roles, subject.request->decider_role);
    return false;
}

// Nothing is handled, verified or checked while the case is suspended or over.
bool is_at_rest(const Rules& rules, const Case& c, const std::string& subject_kind) {
    if (subject_kind != "assignment" && subject_kind != "task") return false;
    const auto* state = rules.workflow.machine("case").find_state("", c.state);
    return state == nullptr || state->is_paused || state->is_final;
}

Result<void> check_needs(const Act& act) {
    const auto& command = act.command;
    for (const auto& need : act.row.needs) {
        if (need == "opinion" && command.opinion.empty()) return fail("needs_opinion", {{"action", act.row.zh}, {"action_en", act.row.en}});
        if (need == "media" && command.media.empty()) return fail("needs_media", {{"action", act.row.zh}, {"action_en", act.row.en}});
        if (need == "receiver" && !command.receiver) return fail("needs_receiver", {{"action", act.row.zh}, {"action_en", act.row.en}});
        if (need == "filing_row" && command.filing_row.empty()) return fail("needs_filing_row");
        if (need == "until" && !command.until_ms) return fail("needs_until");
        if (need == "lead" && !command.lead) return fail("needs_lead");
        if (need == "return_reason" && act.rules.workflow.find_label(act.rules.workflow.return_reasons, command.return_reason) == nullptr) return fail("needs_return_reason");
        if (need == "red_line" && command.red_line.empty()) return fail("needs_red_line");
        if (need == "supervision_level" && act.rules.workflow.find_supervision_level(command.supervision_level) == nullptr) return fail("needs_supervision_level");
    }
    return {};
}

// The enabled row for the action in the subject's present state.
const ActionRow* find_row(const Machine& machine, const Command& command, const Subject& subject) {
    for (const auto& row : machine.actions) {
        if (row.code != command.action || !row.is_enabled) continue;
        if (command.action == "report" || row.fits(subject.level, *subject.state)) return &row;
    }
    return nullptr;
}

bool is_known_action(const Rules& rules, std::string_view code) {
    for (const auto& machine : rules.workflow.machines)
        for (const auto& row : machine.actions)
            if (row.code == code) return true;
    return false;
}

Step step_of(const Act& act, const Case& before, std::string from, std::string role) {
    const auto& command = act.command;
    const auto* lead = lead_assignment(act.c);
    return {.case_id = act.c.id,
            .seq = act.c.version,
            .epoch = act.c.epoch,
            .platform = act.c.platform,
            .step_id = command.step_id,
            .action = command.action,
            .from = std::move(from),
            .to = *act.subject.state,
            .subject_kind = act.row.machine,
            .subject_id = command.subject_id,
            .actor_id = act.context.actor.person_id,
            .role = std::move(role),
            .organisation = act.context.actor.organisation,
            .receiver_organisation = command.receiver ? command.receiver->organisation : "",
            .receiver_person = command.receiver ? command.receiver->person_id : Uuid{},
            .filing_row = command.filing_row,
            .at_ms = act.context.now_ms,
            .recorded_ms = act.context.now_ms,
            .deadline_ms = lead != nullptr ? lead->deadline_ms : std::nullopt,
            .rules_version = act.c.rules_version,
            .media = command.media,
            .opinion = command.opinion,
            .changes = changes_between(before, act.c)};
}

template <class Table>
std::vector<std::string> names_of(const Table& table) {
    std::vector<std::string> names;
    for (const auto& [name, value] : table) names.push_back(name);
    return names;
}

} // namespace

bool is_unit_kind(std::string_view kind) {
    return kind == "department" || kind == "company" || kind == "central_unit" || kind == "subdistrict" || kind == "county";
}

const std::vector<std::string>& known_guards() {
    static const auto names = names_of(guards());
    return names;
}
const std::vector<std::string>& known_effects() {
    static const auto names = names_of(effects());
    return names;
}
const std::vector<std::string>& known_selectors() {
    static const auto names = [] {
        auto all = names_of(selectors());
        all.emplace_back("case");
        return all;
    }();
    return names;
}
const std::vector<std::string>& known_conditions() {
    static const auto names = names_of(conditions());
    return names;
}

Result<Decision> decide(const Rules& rules, const Case& before, const Command& command, const Context& asked) {
    // A machine's clock may be set back; a case's time does not run backwards.
    auto context = asked;
    context.now_ms = std::max(context.now_ms, latest_ms(before));
    if (!is_known_action(rules, command.action)) return fail("action_unknown", {{"action", command.action}});
    if (command.version && *command.version != before.version) return fail("stale_version");
    Decision decision;
    decision.after = command.report ? *command.report : before;
    Case& c = decision.after;
    const bool is_report = command.action == "report";
    if (is_report != command.report.has_value()) return fail("action_not_allowed");
    const auto subject = find_subject(c, command.subject_kind, command.subject_id);
    if (!subject) return fail("subject_unknown");
    const auto& machine = rules.workflow.machine(command.subject_kind);
    const auto* row = find_row(machine, command, *subject);
    const auto role = row != nullptr ? role_for(*row, context.actor) : "";
    if (row == nullptr || role.empty() || !stands_right(*row, *subject, context.actor) ||
        is_at_rest(rules, c, command.subject_kind))
        return fail("action_not_allowed");
    Act act{rules, *row, command, context, c, *subject};
    TRY(check_needs(act));
    for (const auto& guard : row->guards) TRY(guards().find(guard)->second(act));
    const auto from = is_report ? std::string() : *subject->state;
    if (!row->to.empty()) *act.subject.state = row->to;
    for (const auto& effect : row->effects) effects().find(effect)->second(act);
    for (const auto& side : row->sides) apply_side(act, side);
    run_handling_clocks(rules, before, c, context.now_ms);
    run_stage_clocks(rules, c, context);
    c.version = before.version + 1;
    decision.step = step_of(act, before, from, role);
    decision.row = row;
    return decision;
}

std::vector<AllowedAction> allowed_actions(const Rules& rules, const Case& c, const Context& context) {
    std::vector<AllowedAction> allowed;
    Case copy = c;
    const Command nothing;
    const auto consider = [&](const std::string& kind, const Uuid& id) {
        const auto subject = find_subject(copy, kind, id);
        if (is_at_rest(rules, c, kind)) return;
        for (const auto& row : rules.workflow.machine(kind).actions) {
            if (!row.is_enabled || !row.fits(subject->level, *subject->state)) continue;
            if (role_for(row, context.actor).empty() || !stands_right(row, *subject, context.actor)) continue;
            const Act act{rules, row, nothing, context, copy, *subject};
            const bool passes = std::all_of(row.guards.begin(), row.guards.end(), [&](const std::string& guard) {
                return is_about_input(guard) || guards().find(guard)->second(act);
            });
            if (!passes) continue;
            AllowedAction one{&row, id, row.needs, ""};
            if (!c.class_code.empty()) std::erase(one.needs, "class");
            const auto* state = rules.workflow.machine(kind).find_state(subject->level, *subject->state);
            if (state != nullptr) one.stage = state->stage;
            allowed.push_back(std::move(one));
        }
    };
    // Work given to one's own unit or person comes before what may be done to the case as a whole.
    for (const auto& one : c.requests) consider("request", one.id);
    for (const auto& one : c.tasks) consider("task", one.id);
    for (const auto& one : c.assignments) consider("assignment", one.id);
    consider("case", {});
    return allowed;
}

std::string_view light_of(MaybeMs deadline_ms, MaybeMs yellow_ms, std::int64_t now_ms) {
    if (!deadline_ms) return "none";
    if (now_ms > *deadline_ms) return "red";
    return yellow_ms && now_ms >= *yellow_ms ? "yellow" : "green";
}

std::vector<std::string> holders_of(const Rules& rules, const Case& c) {
    std::vector<std::string> holders;
    const auto add = [&](const std::string& organisation) {
        if (!organisation.empty() && !contains(holders, organisation)) holders.push_back(organisation);
    };
    for (const auto& one : c.assignments)
        if (one.level != "crew" && !is_final(rules, one)) add(one.organisation);
    for (const auto& clock : c.clocks)
        if (!clock.stopped_ms && !is_about_order(c, clock)) add(clock.organisation);
    return holders;
}

const StageClock* leading_clock(const Case& c) {
    const StageClock* leading = nullptr;
    // A pending decision names the stage; else the newest open clock.
    for (const auto& clock : c.clocks) {
        if (clock.stopped_ms || is_about_order(c, clock)) continue;
        if (leading == nullptr || leading->subject_kind != "request") leading = &clock;
    }
    return leading;
}

} // namespace chengge::rules
