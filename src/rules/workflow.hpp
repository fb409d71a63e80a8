// The four workflow tables (case, assignment, task, request) as data, and the proofs the loader makes
// of them. Which state follows which act is data/workflow/*.json; the words for guards, effects,
// selectors and conditions are a closed list known to decide.cpp.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "rules/calendar.hpp"
#include "rules/data_folder.hpp"

namespace chengge::rules {

struct WorkflowState {
    std::string code, zh, en;
    std::vector<std::string> levels; // empty = the machine has none (case)
    bool is_initial = false;
    bool is_final = false;
    bool is_paused = false;   // handling clocks stand still while the case is in it
    std::string clock;        // assignment: "runs", "stopped", "restarts" or empty
    std::string stage;        // the stage clock that runs in it; empty = none
    std::string at;           // whose work: supervision_center, city_command_center, holder, issuer, decider, reporter
    std::string role;         // which role's work
    std::string waits_for;    // the stage clock stands while a task of this kind is open
    std::vector<std::string> lives_while; // request: the states of its part, or of the case, in which it has a meaning
    std::string lapses_to;                // request: where it goes when its meaning is gone
};

// A change of another subject that an act brings with it.
struct Side {
    std::string on;                // case, tasks, parent, children, failed_units, approved_units, …
    std::vector<std::string> from; // applied only to subjects in one of these states
    std::string to;
    std::string when;              // a condition, or empty
};

struct ActionRow {
    std::string machine; // case, assignment, task, request
    std::string code, zh, en;
    std::vector<std::string> levels;
    std::vector<std::string> from;
    std::string to; // empty = stays
    std::string by; // anyone, part, centers, supervision_center, city_command_center, holder, issuer, assignee, decider,
                    // last_actor, reporter, platform
    std::vector<std::string> roles;
    std::vector<std::string> guards, needs, effects;
    std::vector<Side> sides;
    std::string request;        // the kind of request the act opens
    std::string receivers;      // which list of receivers is offered
    std::vector<std::string> targets; // the states that may be asked for (need "target")
    bool takes_assistants = false;    // 协办 units may be named beside the receiver
    bool is_recallable = false;       // whoever did it may take it back (撤回)
    std::string key;            // on the desk
    std::string style;          // primary, normal, quiet, danger
    std::string tells_reporter; // a row of reporter_sentences.csv
    bool is_enabled = true;
    bool fits(std::string_view level, std::string_view state) const;
};

struct Machine {
    std::string name;
    std::vector<WorkflowState> states;
    std::vector<ActionRow> actions;
    // The state of a level; nullptr when there is none.
    const WorkflowState* find_state(std::string_view level, std::string_view code) const;
};

struct LabelRow {
    std::string code, zh, en;
    std::string extra; // stages: the group; sources: "1" when staff
};

// How grave a supervision order (督办) is, and until when a reply is due when nobody says it.
struct SupervisionLevel {
    std::string code, zh, en;
    Limit reply;
};

// One round of an approval: who decides. A kind without rounds is decided once, as its action says.
struct ApprovalRound {
    std::string kind;
    std::string at; // issuer, holder, supervision_center, city_command_center
    std::string role;
};

// 台账: every request of a kind, with the share of the month's filed cases that may be approved.
struct Ledger {
    std::string kind, zh, en;
    double share = 0;        // 0 = no cap
    std::int64_t least = 0;  // so many may be approved a month however few cases there are
    std::string higher_role; // may approve beyond the cap; empty = nobody
    // How many may be approved in a month of so many filed cases; INT64_MAX without a cap.
    std::int64_t limit(std::int64_t filed) const;
};

// What may be handled on the spot (简易): a class, or all whose code begins so.
struct SimpleClass {
    std::string edition, kind, class_code;
};

// How a case is verified or checked: of the rows that fit it the one that says most. Empty columns fit all.
struct CheckPolicy {
    std::string stage;  // verify, check
    std::string source, class_code, unit; // the class, or all whose code begins so
    std::int64_t rework_least = 0;        // so many reworks or more
    std::string method; // always, sample, photo, video, reporter, free
    double share = 1;   // of a sample
    std::string chooser; // nearest, crossed, random: who comes first in the list of checkers
    bool may_be_reporter = false;
};

struct WorkflowSettings {
    bool rework_restarts = true; // a reworked unit gets a new full limit
    double yellow_share = 0.8;
    int suspension_days_max = 365;
    int extensions_max = 2;
    double ledger_warning_share = 0.8; // of a cap
    int recall_minutes = 10;           // within which one's own last step may be taken back
    int appeal_days = 15;              // after closing
    int contest_days = 30;             // after closing
    int contests_max = 2;
    int delegation_days_max = 30;
    int simple_minutes_max = 120;      // between finding and handling on the spot
    double simple_metres_max = 50;     // between the two
    double simple_check_share = 0.1;   // of simple cases that are checked
    Limit return_window{4, LimitUnit::working_hour}; // since the offer; afterwards a unit keeps what it has
    int returns_max = 2; // approved ones, then the case is disputed
};

struct Workflow {
    std::array<Machine, 4> machines; // case, assignment, task, request
    std::vector<LabelRow> stages, stage_groups, sources, levels, reporter_sentences, return_reasons;
    std::vector<SupervisionLevel> supervision_levels;
    std::vector<ApprovalRound> approval_rounds; // in order, kind by kind
    std::vector<Ledger> ledgers;
    std::vector<SimpleClass> simple_classes;
    std::vector<CheckPolicy> check_policies;
    WorkflowSettings settings;
    const Machine& machine(std::string_view name) const;
    const SupervisionLevel* find_supervision_level(std::string_view code) const;
    const Ledger* find_ledger(std::string_view kind) const;
    // The round-th approval of a kind; nullptr beyond the last.
    const ApprovalRound* find_round(std::string_view kind, std::int64_t round) const;
    const LabelRow* find_label(const std::vector<LabelRow>& rows, std::string_view code) const;
};

// Reads workflow/ of the folder and, over it, of its overlay (rows merged by code and levels) and
// proves it. Every fault is added to the folder's; the result is usable only when there is none.
Workflow load_workflow(DataFolder& folder, const std::vector<std::string>& roles);

// The proofs: states, roles, guards, effects, selectors and conditions exist; with all actions every
// state is reachable and reaches an end; with the enabled ones no reachable state is a trap.
void prove_workflow(const Workflow& workflow, const std::vector<std::string>& roles, DataFolder& folder);

// The closed vocabularies of decide.cpp.
const std::vector<std::string>& known_guards();
const std::vector<std::string>& known_effects();
const std::vector<std::string>& known_selectors();
const std::vector<std::string>& known_conditions();

} // namespace chengge::rules
