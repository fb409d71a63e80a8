// A case and its parts as plain values: what the four workflow tables work on. Codes name
// organisations, 128-bit ids name people; local database keys are unknown here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/ids.hpp"

namespace chengge::rules {

using MaybeMs = std::optional<std::int64_t>; // an instant, UTC milliseconds

// One unit's part in a case (主办/协办): a command centre passes on, a unit answers for the work,
// a crew does it.
struct Assignment {
    Uuid id;
    Uuid parent_id;      // nil for the first level
    std::string level;   // "command" | "unit" | "crew"
    std::string part;    // "lead" | "assisting"
    std::string state;   // data/workflow/assignment.json
    std::string organisation; // who has it
    std::string issuer;       // who gave it and takes it back through the gate
    Uuid person_id;           // crew: the handler, when named
    double limit_value = 0;   // 0 = no clock of its own
    std::string limit_unit;
    std::int64_t offered_ms = 0;
    MaybeMs clock_from_ms;    // set while the handling clock runs
    std::int64_t used_ms = 0; // charged before clock_from_ms, in the limit's own time
    MaybeMs deadline_ms;      // while running: when it ends; stopped: when it would have ended
    MaybeMs finished_ms;      // fed back for the last time
    std::int64_t rework_count = 0;
    std::int64_t extension_count = 0;
    std::int64_t is_excluded = 0; // its overrun stays on record and out of the statistics (appeal)
    std::string responsibility_row; // of the responsibility list, by which it was given
    std::int64_t is_automatic = 0;  // nobody had a hand in it
    std::int64_t is_binding = 0;    // given by a ruling: cannot be sent back
    bool operator==(const Assignment&) const = default;
};

// 核实, 核查, 复核, 抽查: one errand for one person.
struct Task {
    Uuid id;
    std::string kind;  // "verify" | "check" | "recheck" | "spot_check"
    std::string state; // data/workflow/task.json
    std::string organisation;
    Uuid person_id;
    std::int64_t offered_ms = 0;
    MaybeMs finished_ms;
    bool operator==(const Task&) const = default;
};

// 退回, 延期, 缓办, 挂账, 作废, 申诉, 快速结案, 管理员处理: asked by one, decided by another. 督办, 批示 too:
// ordered by one, replied to by whoever holds the work.
struct Request {
    Uuid id;
    std::string kind;
    std::string state; // data/workflow/request.json
    Uuid assignment_id; // nil when it is about the case
    std::string organisation; // who asks
    std::string decider;      // the organisation that decides
    std::string decider_role;
    std::int64_t asked_ms = 0;
    MaybeMs until_ms; // what is asked for, where the kind has one; a reply: until when
    MaybeMs decided_ms;
    std::string level;      // of a supervision order: data/workflow/supervision_levels.csv; of an administrator's hand: the state
    std::string asker_role; // of an order: who settles it
    Uuid asked_by;          // whose hand it was; nobody approves their own request
    std::int64_t asked_seq = 0, decided_seq = 0; // the steps by which it was asked and decided
    std::int64_t round = 0; // approvals passed before the one it waits for
    std::string return_reason; // of a send_back: data/workflow/return_reasons.csv
    bool operator==(const Request&) const = default;
};

// A stage with its own limit: who has to act, since when, until when. Open ones are the inbox.
struct StageClock {
    std::string stage; // data/time_limits/stages.csv
    std::string subject_kind; // "case" | "assignment" | "task" | "request"
    Uuid subject_id;          // nil for the case itself
    std::string organisation;
    std::string role;
    Uuid person_id; // nil = anyone of the role there
    std::int64_t started_ms = 0;
    MaybeMs stopped_ms;
    MaybeMs deadline_ms;
    MaybeMs yellow_ms; // when 80 % of the limit has run
    MaybeMs held_ms;   // 三防: since when it stands still; its deadline and yellow are kept meanwhile
    MaybeMs kept_deadline_ms, kept_yellow_ms;
    bool operator==(const StageClock&) const = default;
};

struct Case {
    Uuid id;
    std::string platform; // whose pen: the platform that appends steps
    std::int64_t epoch = 1;
    std::int64_t version = 0; // seq of the last step
    std::string state;        // data/workflow/case.json
    std::string resume_to;    // while suspended
    std::string edition, kind, class_code; // of the problem; empty until known
    std::string filing_row;
    std::string asset_id;
    std::string source; // data/workflow/sources.csv
    std::string level;  // daily, ordinary, serious, major
    double raw_lon = 0, raw_lat = 0;
    std::string coord_type;
    double lon = 0, lat = 0; // CGCS2000
    std::string cell_code, community_code, district_code; // district: who manages the place
    std::string area_class;
    std::string address; // the place in words
    Uuid reporter_id;    // nil when the reporter has no account
    std::int64_t reported_ms = 0;
    MaybeMs observed_ms; // when the client says it saw it
    MaybeMs accepted_ms;
    std::string accepted_day; // 20261122, of the case number
    MaybeMs filed_ms;
    MaybeMs handled_ms;
    MaybeMs closed_ms;
    std::string rules_version;
    std::int64_t rework_count = 0;
    std::int64_t redispatch_count = 0;
    std::int64_t send_back_count = 0;
    std::int64_t remind_count = 0;
    std::int64_t supervise_count = 0;
    std::int64_t is_deferred = 0;
    std::int64_t is_appealed = 0;
    std::int64_t is_simple = 0;  // 简易: found, handled and archived on the spot, counted apart
    MaybeMs suspended_until_ms;  // while suspended: when it resumes by itself
    Uuid acted_for;              // for whom the newest step was taken (代); nil = the actor themselves
    Uuid merged_into; // 并案: the case that stands for this one; nil = none
    std::int64_t is_disputed = 0; // 疑难: 1 until the ruling, 2 after it
    std::string red_line;         // what it is about on the spot, WKT, CGCS2000
    std::string ruled_unit, ruled_center; // whom the ruling names and the command centre above
    std::string hold_decision; // 三防: the number of the decision by which clocks stand still; empty = none
    std::string hold_stages;   // whose clocks, separated by spaces
    std::string excluded_by;   // 剔除考核: the number of the decision
    std::vector<Assignment> assignments;
    std::vector<Task> tasks;
    std::vector<Request> requests;
    std::vector<StageClock> clocks;
    bool operator==(const Case&) const = default;
};

// --- one list of fields for each part: the chain's `changes`, the store and the audit use it --------

template <class Owner, class Member>
struct Field {
    const char* name;
    Member Owner::*member;
};
template <class Owner, class Member>
constexpr Field<Owner, Member> field(const char* name, Member Owner::*member) {
    return {name, member};
}

// Every field that steps may change, named as its column.
inline constexpr auto assignment_fields = std::make_tuple(
    field("id", &Assignment::id), field("parent_id", &Assignment::parent_id), field("level", &Assignment::level),
    field("part", &Assignment::part), field("state", &Assignment::state),
    field("organisation", &Assignment::organisation), field("issuer", &Assignment::issuer),
    field("person_id", &Assignment::person_id), field("limit_value", &Assignment::limit_value),
    field("limit_unit", &Assignment::limit_unit), field("offered_ms", &Assignment::offered_ms),
    field("clock_from_ms", &Assignment::clock_from_ms), field("used_ms", &Assignment::used_ms),
    field("deadline_ms", &Assignment::deadline_ms), field("finished_ms", &Assignment::finished_ms),
    field("rework_count", &Assignment::rework_count), field("extension_count", &Assignment::extension_count),
    field("is_excluded", &Assignment::is_excluded), field("responsibility_row", &Assignment::responsibility_row),
    field("is_automatic", &Assignment::is_automatic),
    field("is_binding", &Assignment::is_binding));

inline constexpr auto task_fields = std::make_tuple(
    field("id", &Task::id), field("kind", &Task::kind), field("state", &Task::state),
    field("organisation", &Task::organisation), field("person_id", &Task::person_id),
    field("offered_ms", &Task::offered_ms), field("finished_ms", &Task::finished_ms));

inline constexpr auto request_fields = std::make_tuple(
    field("id", &Request::id), field("kind", &Request::kind), field("state", &Request::state),
    field("assignment_id", &Request::assignment_id), field("organisation", &Request::organisation),
    field("decider", &Request::decider), field("decider_role", &Request::decider_role),
    field("asked_ms", &Request::asked_ms), field("until_ms", &Request::until_ms),
    field("decided_ms", &Request::decided_ms), field("level", &Request::level),
    field("asker_role", &Request::asker_role), field("asked_by", &Request::asked_by),
    field("asked_seq", &Request::asked_seq), field("decided_seq", &Request::decided_seq),
    field("round", &Request::round), field("return_reason", &Request::return_reason));

inline constexpr auto clock_fields = std::make_tuple(
    field("stage", &StageClock::stage), field("subject_kind", &StageClock::subject_kind),
    field("subject_id", &StageClock::subject_id), field("organisation", &StageClock::organisation),
    field("role", &StageClock::role), field("person_id", &StageClock::person_id),
    field("started_ms", &StageClock::started_ms), field("stopped_ms", &StageClock::stopped_ms),
    field("deadline_ms", &StageClock::deadline_ms), field("yellow_ms", &StageClock::yellow_ms),
    field("held_ms", &StageClock::held_ms), field("kept_deadline_ms", &StageClock::kept_deadline_ms),
    field("kept_yellow_ms", &StageClock::kept_yellow_ms));

// Without id, version and the parts.
inline constexpr auto case_fields = std::make_tuple(
    field("platform", &Case::platform), field("epoch", &Case::epoch), field("state", &Case::state),
    field("resume_to", &Case::resume_to), field("edition", &Case::edition), field("kind", &Case::kind),
    field("class_code", &Case::class_code), field("filing_row", &Case::filing_row),
    field("asset_id", &Case::asset_id), field("source", &Case::source), field("level", &Case::level),
    field("raw_lon", &Case::raw_lon), field("raw_lat", &Case::raw_lat), field("coord_type", &Case::coord_type),
    field("lon", &Case::lon), field("lat", &Case::lat), field("cell_code", &Case::cell_code),
    field("community_code", &Case::community_code), field("district_code", &Case::district_code),
    field("area_class", &Case::area_class), field("address", &Case::address),
    field("reporter_id", &Case::reporter_id), field("reported_ms", &Case::reported_ms),
    field("observed_ms", &Case::observed_ms), field("accepted_ms", &Case::accepted_ms),
    field("accepted_day", &Case::accepted_day), field("filed_ms", &Case::filed_ms),
    field("handled_ms", &Case::handled_ms), field("closed_ms", &Case::closed_ms),
    field("rules_version", &Case::rules_version), field("rework_count", &Case::rework_count),
    field("redispatch_count", &Case::redispatch_count), field("send_back_count", &Case::send_back_count),
    field("remind_count", &Case::remind_count),
    field("supervise_count", &Case::supervise_count), field("is_deferred", &Case::is_deferred),
    field("is_appealed", &Case::is_appealed), field("is_simple", &Case::is_simple),
    field("suspended_until_ms", &Case::suspended_until_ms), field("acted_for", &Case::acted_for),
    field("is_disputed", &Case::is_disputed), field("red_line", &Case::red_line), field("ruled_unit", &Case::ruled_unit),
    field("ruled_center", &Case::ruled_center), field("merged_into", &Case::merged_into),
    field("hold_decision", &Case::hold_decision), field("hold_stages", &Case::hold_stages), field("excluded_by", &Case::excluded_by));

// What the chain writes for a value: empty for none, decimal integers, shortest doubles, hyphenated ids.
const std::string& field_text(const std::string& value);
std::string field_text(std::int64_t value);
std::string field_text(double value);
std::string field_text(const Uuid& value);
std::string field_text(const MaybeMs& value);

// Sorted "name=value" lines of what differs: "state=filed", "assignment/0/state=offered",
// "clock/3/stopped_ms=…"; backslash and newline in values are escaped.
std::string changes_between(const Case& before, const Case& after);
// Everything in which the case differs from an empty one; the audit folds changes and compares.
std::vector<std::pair<std::string, std::string>> flatten(const Case& c);
// The case that steps with these changes, in their order, have made; id and version are not among them.
Case case_of_changes(const std::vector<std::string>& changes);

const Assignment* find_assignment(const Case& c, const Uuid& id);
const Task* find_task(const Case& c, const Uuid& id);
const Request* find_request(const Case& c, const Uuid& id);
// The last instant at which something is known to have happened to the case.
std::int64_t latest_ms(const Case& c);
// The unit that leads, or the command centre while no unit has it; nullptr before dispatch.
const Assignment* lead_assignment(const Case& c);
// The first-level assignment above the lead unit.
const Assignment* lead_root(const Case& c);

} // namespace chengge::rules
