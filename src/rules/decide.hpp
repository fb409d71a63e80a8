// The pure heart: may this person do this to this case now, and what is the case afterwards? Knows
// the tables, the calendar and the classes; touches nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "rules/case_model.hpp"
#include "rules/rules.hpp"

namespace chengge::rules {

// Who acts.
struct Actor {
    Uuid person_id;
    std::vector<std::string> roles;
    std::string organisation;
    std::string organisation_kind; // data/organisations/kinds.csv; "platform" for what it does by itself
    Uuid deputy_id;                // who acts for the person (授权); nil = the person
    // Whose hand it is.
    const Uuid& hand() const { return deputy_id.is_nil() ? person_id : deputy_id; }
};

// To whom something is given, with what the rules must know of it.
struct Receiver {
    std::string organisation;
    std::string kind;           // of the organisation
    std::string parent;         // organisation above it
    std::string command_center; // the command centre above it
    bool is_open = true;
    Uuid person_id;             // nil = the organisation
    std::vector<std::string> person_roles;
    bool operator==(const Receiver&) const = default;
};

struct MediaRef {
    Uuid id;
    std::string sm3_hex;
    bool operator==(const MediaRef&) const = default;
};

// The case into which another is merged (并案), as it is now.
struct LeadCase {
    Uuid id;
    bool is_over = false;       // ended, or merged itself
    bool has_followers = false; // the case that is to be merged has others merged into it
};

// Where a unit's work goes (机构调整).
struct UnitMove {
    std::string from;
    Receiver to;
};

// What one decision over many cases does to this one. Its acts are known to every version of the tables, so that
// cases begun under earlier ones are reached too: move_units (机构调整), hold_clocks and release_clocks (三防),
// exclude_case (剔除考核).
struct BulkAct {
    std::string decision;         // its number
    std::vector<UnitMove> moves;  // move_units
    std::vector<Uuid> unnamed;    // move_units: people named in a part who did not go where it goes
};

// 三防: the clocks of some stages stand still, of cases in these places and classes, from a moment on.
struct StandingHold {
    std::string decision;
    std::vector<std::string> stages;  // "handle": also each unit's handling clock
    std::vector<std::string> regions; // codes of managing districts, subdistricts, communities, cells; empty = everywhere
    std::vector<std::string> classes; // "2026/event/06": all whose key begins so; empty = every class
    std::int64_t from_ms = 0;
    MaybeMs until_ms;
    bool covers(const Case& c) const;
    bool is_on(std::int64_t now_ms) const { return from_ms <= now_ms && (!until_ms || now_ms < *until_ms); }
};

// An act that is asked for.
struct Command {
    Uuid step_id;
    std::string action;
    std::string subject_kind = "case"; // case, assignment, task, request
    Uuid subject_id;                   // nil for the case
    std::optional<std::int64_t> version; // of the case the person saw; none = not checked here
    std::string opinion;
    std::vector<MediaRef> media;
    std::optional<Receiver> receiver;
    std::vector<Receiver> assistants; // dispatch: 协办 units beside the receiver
    std::string target;               // the state that is asked for (管理员处理)
    std::optional<double> distance_m; // from the case's place to where it is done
    std::string filing_row;
    std::string edition, kind, class_code; // accept: the class, when the report had none
    MaybeMs until_ms;
    std::string supervision_level;   // supervise
    bool needs_reply = true;         // supervise
    std::optional<LeadCase> lead;    // merge
    std::string return_reason;       // ask_send_back
    std::string red_line;            // record_site: WKT
    std::string responsibility_row;  // dispatch: the row of the list that names the receiver
    bool is_automatic = false;       // dispatch without a person
    std::optional<Case> report; // action report: the fixed fields of the new case
    std::optional<BulkAct> bulk; // of a decision over many cases
};

// The newest step of the case, for who may want to take it back (撤回).
struct LastStep {
    std::int64_t seq = 0;
    std::string action, subject_kind;
    Uuid actor_id;
    std::int64_t at_ms = 0;
    bool is_opened = false; // by whoever has the work now
};

// What a ledger counts of the month (台账).
struct LedgerCount {
    std::int64_t approved = 0, filed = 0;
};

// The world around the act.
struct Context {
    std::int64_t now_ms = 0;
    Actor actor;
    std::string platform;            // 440800
    std::string supervision_center;  // organisation codes
    std::string city_command_center;
    std::optional<LastStep> last;    // nothing: nothing to take back
    std::optional<Case> previous;    // recall: the case before its newest step
    std::map<std::string, LedgerCount, std::less<>> ledgers; // by kind of request; missing = no cap asked
    // 三防: whatever is done to a case they cover stops its clocks as of their beginning, or lets them run on as of
    // their end; one that has ended stays here until every case has been reached.
    std::vector<StandingHold> holds;
};

// One line of the history; the chain is made over these fields and the case's.
struct Step {
    Uuid case_id;
    std::int64_t seq = 0;
    std::int64_t epoch = 1;
    std::string platform;
    Uuid step_id;
    std::string action, from, to; // states of the subject
    std::string subject_kind;
    Uuid subject_id;
    Uuid actor_id;
    std::string role, organisation;
    std::string receiver_organisation;
    Uuid receiver_person;
    std::string filing_row;
    std::int64_t at_ms = 0;
    std::int64_t recorded_ms = 0;
    MaybeMs deadline_ms; // the handling deadline after the step
    std::string rules_version;
    std::vector<MediaRef> media;
    std::string opinion;
    std::string changes; // case_model.hpp
};

struct Decision {
    Case after;
    Step step;
    const ActionRow* row = nullptr; // of the rules given
};

// Refusals: action_unknown, stale_version, action_not_allowed, needs_… (opinion, media, receiver,
// filing_row, until, class, supervision_level, target, place, return_reason, red_line, lead), receiver_not_fitting, row_not_of_class, checker_is_reporter, and a code
// for each guard. With the same arguments always the same answer.
Result<Decision> decide(const Rules& rules, const Case& before, const Command& command, const Context& context);

// The acts of decisions over many cases, for their labels.
const std::vector<ActionRow>& bulk_actions();
// Whether the clocks of a stage stand still by a decision.
bool is_held(const Case& c, std::string_view stage);

struct AllowedAction {
    const ActionRow* row = nullptr;
    Uuid subject_id; // nil for the case
    std::vector<std::string> needs;
    std::string stage; // of the subject's state, when it is the actor's own work
    std::string request; // the kind of request it approves
};
// What the actor may do now, in the order of the tables; checks everything that does not depend on
// what the person would still fill in.
std::vector<AllowedAction> allowed_actions(const Rules& rules, const Case& c, const Context& context);

// The policy of verifying or checking a case: the row that fits and says most; nullptr when none fits.
const CheckPolicy* check_policy_of(const Rules& rules, std::string_view stage, const Case& c);
// Whether a case is in a sample of this share; drawn anew after each rework, always the same answer.
bool is_drawn(const Case& c, double share);
// 简易: whether the class may be handled on the spot.
bool is_simple_class(const Rules& rules, const Case& c);

// Kinds of organisations that can answer for work: not centres, crews, contractors or the public.
bool is_unit_kind(std::string_view kind);
// Who has the case's work in hand: organisations with an open stage, and units and command centres
// whose part is not finished; in the order of the case, each once.
std::vector<std::string> holders_of(const Rules& rules, const Case& c);
// Green to 80 %, yellow to 100 %, red after; "none" without a deadline.
std::string_view light_of(MaybeMs deadline_ms, MaybeMs yellow_ms, std::int64_t now_ms);
// The open clock that names the case's stage in lists: the lead's before the others'; nullptr when none.
const StageClock* leading_clock(const Case& c);

} // namespace chengge::rules
