// long: one act is read from the top, from what it needs to the clocks that run after it.
#include "rules/decide.hpp"

#include <utility>

#include "base/assert.hpp"
#include "rules/act.hpp"
#include "rules/clocks.hpp"

namespace chengge::rules {

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

std::string role_for(const ActionRow& row, const Actor& actor) {
    for (const auto& role : row.roles)
        if (contains(actor.roles, role)) return role;
    return "";
}

bool is_final(const Rules& rules, const Assignment& assignment) {
    const auto* state = rules.workflow.machine("assignment").find_state(assignment.level, assignment.state);
    return state == nullptr || state->is_final;
}

std::string decider_role_of(std::string_view kind) {
    if (is_unit_kind(kind)) return "department_manager";
    if (kind == "city_command_center" || kind == "district_command_center") return "dispatcher";
    return kind == "supervision_center" ? "shift_leader" : "";
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

namespace {

bool has_open_task(const Case& c) {
    return std::any_of(c.tasks.begin(), c.tasks.end(), [](const Task& task) { return !task.finished_ms; });
}

bool has_open_request(const Case& c, const Uuid& assignment_id) {
    return std::any_of(c.requests.begin(), c.requests.end(), [&](const Request& request) {
        return !request.decided_ms && request.assignment_id == assignment_id && !is_order(request.kind);
    });
}

bool is_about_order(const Case& c, const StageClock& clock) {
    const auto* request = clock.subject_kind == "request" ? find_request(c, clock.subject_id) : nullptr;
    return request != nullptr && is_order(request->kind);
}

bool has_failed_unit(const Act& act) {
    return std::any_of(act.c.assignments.begin(), act.c.assignments.end(), [&](const Assignment& one) {
        return one.state == "failed_check" && act.subject.assignment != nullptr && one.parent_id == act.subject.assignment->id;
    });
}

// --- guards -----------------------------------------------------------------------------------------

Result<void> check_class(const Act& act) {
    const auto& command = act.command;
    if (command.class_code.empty()) return allow(!act.c.class_code.empty(), "needs_class");
    const auto edition = command.edition.empty() ? std::string("2026") : command.edition;
    return allow(act.rules.taxonomy.find_class(edition, command.kind, command.class_code) != nullptr, "class_unknown");
}

bool fits_case(const FilingRow& row, const Case& c) { return row.area_class.empty() || row.area_class == c.area_class; }

// Where nobody says which: the row that the report chose, else the only one that fits; empty = a person has to choose.
std::string meant_filing_row(const Rules& rules, const Case& c) {
    if (!c.filing_row.empty()) return c.filing_row;
    std::string meant;
    for (const auto* row : rules.taxonomy.rows_of(c.edition, c.kind, c.class_code)) {
        if (!fits_case(*row, c)) continue;
        if (!meant.empty()) return "";
        meant = row->id;
    }
    return meant;
}

Result<void> check_row(const Act& act) {
    const auto* row = act.rules.taxonomy.find_row(act.command.filing_row);
    if (row == nullptr) return fail("filing_row_unknown");
    const bool fits = row->edition == act.c.edition && row->kind == act.c.kind && row->class_code == act.c.class_code && fits_case(*row, act.c);
    return allow(fits, "row_not_of_class");
}

Result<void> check_checker(const Act& act) {
    const auto& receiver = *act.command.receiver;
    if (receiver.person_id.is_nil()) return fail("needs_receiver");
    if (!contains(receiver.person_roles, "inspector") && !contains(receiver.person_roles, "collector"))
        return fail("receiver_not_fitting");
    const auto* policy = check_policy_of(act.rules, contains(act.row.effects, "add_verify_task") ? "verify" : "check", act.c);
    return allow(receiver.person_id != act.c.reporter_id || (policy != nullptr && policy->may_be_reporter), "checker_is_reporter");
}

const Guards& guards();

bool was_given(const Assignment& one) { return one.state != "recalled"; }

// Each assisting unit by the same measure as the receiver beside whom it helps, and named once.
Result<void> check_assistants(const Act& act) {
    const auto& assistants = act.command.assistants;
    if (assistants.empty()) return {};
    if (!act.row.takes_assistants || assistants.size() > 8) return fail("receiver_not_fitting");
    std::vector<std::string> named{act.command.receiver->organisation};
    for (const auto& one : assistants) {
        auto command = act.command;
        command.receiver = one;
        const Act alone{act.rules, act.row, command, act.context, act.c, act.subject};
        for (const auto& guard : act.row.guards) {
            if (!guard.starts_with("receiver_") || guard == "receiver_fits_ruling") continue; // a ruling names who leads
            TRY(guards().find(guard)->second(alone));
        }
        if (contains(named, one.organisation)) return fail("assistant_named_twice");
        named.push_back(one.organisation);
    }
    return {};
}

Guards standard_guards() {
    return {
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
        {"never_dispatched", [](const Act& act) { return allow(std::none_of(act.c.assignments.begin(), act.c.assignments.end(), was_given), "already_dispatched"); }},
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
        {"receiver_holds_work", [](const Act& act) {
             const auto& receiver = *act.command.receiver;
             return allow(receiver.is_open && receiver.organisation != act.context.actor.organisation && contains(holders_of(act.rules, act.c), receiver.organisation) &&
                              !decider_role_of(receiver.kind).empty(),
                          "receiver_not_fitting");
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
        {"lead_fits", [](const Act& act) {
             const auto& lead = act.command.lead;
             if (lead->id == act.c.id) return allow(false, "merge_into_itself");
             if (lead->has_followers) return allow(false, "has_merged_cases");
             return allow(!lead->is_over, "lead_is_over");
         }},
        {"is_assisting", [](const Act& act) { return allow(act.subject.assignment != nullptr && act.subject.assignment->part == "assisting", "action_not_allowed"); }},
        {"assistants_fit", check_assistants}};
}

// Guards that look at what the person fills in; not asked for allowed_actions.
bool is_about_input(std::string_view guard) {
    static const std::vector<std::string> others{"row_fits", "lead_fits", "has_class", "until_within_year", "reply_time_fits", "assistants_fit", "target_fits", "place_is_near", "within_cap", "second_person", "is_verified"};
    return guard.starts_with("receiver_") || contains(others, guard);
}

// --- effects ----------------------------------------------------------------------------------------

void give_part(Act& act, const Receiver& receiver, std::string level, std::string part, const Uuid& parent, const std::string& issuer) {
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
        if (receiver == *act.command.receiver) one.responsibility_row = act.command.responsibility_row; // of whom the row speaks
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
    const auto above = act.subject.assignment != nullptr ? act.subject.assignment->id : Uuid{};
    const auto give = [&](const Receiver& receiver, const char* part) {
        give_part(act, receiver, receiver.kind == "district_command_center" ? "command" : "unit", part, above, act.context.actor.organisation);
    };
    // What a command centre was asked to help with, its units help with.
    const bool is_assisting = act.subject.assignment != nullptr && act.subject.assignment->part == "assisting";
    give(*act.command.receiver, is_assisting ? "assisting" : "lead");
    for (const auto& one : act.command.assistants) give(one, "assisting");
}

void set_report(Act& act) {
    if (act.row.to.empty()) act.c.state = "reported";
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
    const bool had_unit = std::any_of(act.c.assignments.begin(), act.c.assignments.end(), [](const Assignment& one) { return one.level == "unit" && was_given(one); });
    act.c.redispatch_count += had_unit;
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

Effects standard_effects() {
    return {
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
             give_part(act, *act.command.receiver, "unit", part, parent, issuer);
         }},
        {"add_crew", [](Act& act) {
             const auto& unit = *act.subject.assignment;
             give_part(act, *act.command.receiver, "crew", unit.part, unit.id, unit.organisation);
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
                 return part != nullptr && part->level == "unit" && part->part == "lead";
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
        {"join_lead", [](Act& act) { act.c.merged_into = act.command.lead->id; }},
        {"leave_lead", leave_lead},
    };
}

// --- sides ------------------------------------------------------------------------------------------

Conditions standard_conditions() {
    return {
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
}

Selectors standard_selectors() {
    return {
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
}

// The closed vocabulary of the tables.
struct Words {
    Guards guards = standard_guards();
    Effects effects = standard_effects();
    Conditions conditions = standard_conditions();
    Selectors selectors = standard_selectors();
    Words() {
        add_approval_words(guards, effects);
        add_special_words(guards, effects, conditions, selectors);
    }
};
const Words& words() {
    static const Words all;
    return all;
}
const Guards& guards() { return words().guards; }
const Effects& effects() { return words().effects; }
const Conditions& conditions() { return words().conditions; }
const Selectors& selectors() { return words().selectors; }

void apply_side(Act& act, const Side& side) {
    if (!side.when.empty() && !conditions().find(side.when)->second(act)) return;
    if (side.on == "case") {
        if (contains(side.from, act.c.state)) act.c.state = side.to;
        return;
    }
    if (side.on == "tasks") {
        for (auto& one : act.c.tasks) {
            if (!contains(side.from, one.state) || one.finished_ms) continue;
            one.state = side.to;
            one.finished_ms = act.context.now_ms;
        }
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

bool stands_right(const ActionRow& row, const Subject& subject, const Act& act) {
    const auto& actor = act.context.actor;
    if (row.by == "platform") return actor.organisation_kind == "platform";
    if (row.by == "reporter") return !act.c.reporter_id.is_nil() && actor.person_id == act.c.reporter_id;
    if (row.by == "last_actor") return true; // the guard says whose step it was
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
        if (need == "target" && command.target.empty()) return fail("needs_target");
        if (need == "place" && !command.distance_m) return fail("needs_place");
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
        if (command.report ? row.from.empty() : row.fits(subject.level, *subject.state)) return &row;
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
            .actor_id = act.context.actor.hand(),
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
        all.emplace_back("tasks");
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
    const auto* bulk = find_bulk_action(command.action);
    if (bulk == nullptr && !is_known_action(rules, command.action)) return fail("action_unknown", {{"action", command.action}});
    if (command.version && *command.version != before.version) return fail("stale_version");
    Decision decision;
    decision.after = command.report ? *command.report : before;
    Case& c = decision.after;
    const bool is_report = command.report.has_value();
    if (!is_report) take_up_holds(rules, c, context);
    const auto subject = find_subject(c, command.subject_kind, command.subject_id);
    if (!subject) return fail("subject_unknown");
    const auto& machine = rules.workflow.machine(command.subject_kind);
    const auto* row = bulk != nullptr ? bulk : find_row(machine, command, *subject);
    if (row == nullptr) return fail("action_not_allowed");
    std::optional<Command> filled;
    if (command.filing_row.empty() && contains(row->needs, "filing_row")) {
        filled = command;
        filled->filing_row = meant_filing_row(rules, c);
    }
    Act act{rules, *row, filled ? *filled : command, context, c, *subject};
    const auto role = role_for(*row, context.actor);
    if (role.empty() || !stands_right(*row, *subject, act) || is_at_rest(rules, c, command.subject_kind)) return fail("action_not_allowed");
    TRY(check_needs(act));
    for (const auto& guard : row->guards) TRY(guards().find(guard)->second(act));
    const auto from = is_report ? std::string() : *subject->state;
    if (bulk != nullptr) TRY(apply_bulk(act, before));
    if (!row->to.empty()) *act.subject.state = row->to;
    for (const auto& effect : row->effects) effects().find(effect)->second(act);
    for (const auto& side : row->sides) apply_side(act, side);
    lapse_requests(act);
    c.acted_for = context.actor.deputy_id.is_nil() ? Uuid{} : context.actor.person_id;
    take_up_holds(rules, c, context); // what has become of it may be covered now
    // A step taken back is as if it had not been: clocks are held against the case before it.
    const bool is_recall = contains(row->effects, "restore_previous");
    run_handling_clocks(rules, is_recall ? *context.previous : before, c, context.now_ms);
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
            const Act act{rules, row, nothing, context, copy, *subject};
            if (role_for(row, context.actor).empty() || !stands_right(row, *subject, act)) continue;
            const bool passes = std::all_of(row.guards.begin(), row.guards.end(), [&](const std::string& guard) {
                return is_about_input(guard) || guards().find(guard)->second(act);
            });
            if (!passes) continue;
            AllowedAction one{&row, id, row.needs, "", ""};
            if (!c.class_code.empty()) std::erase(one.needs, "class");
            const auto* state = rules.workflow.machine(kind).find_state(subject->level, *subject->state);
            if (state != nullptr) one.stage = state->stage;
            if (subject->request != nullptr && (contains(row.guards, "within_cap") || contains(row.guards, "has_next_round"))) one.request = subject->request->kind;
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
