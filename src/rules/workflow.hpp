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
    std::string at;           // whose work: supervision_center, city_command_center, holder, issuer, decider
    std::string role;         // which role's work
    std::string waits_for;    // the stage clock stands while a task of this kind is open
};

// A change of another subject that an act brings with it.
struct Side {
    std::string on;                // case, parent, children, failed_units, approved_units, …
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
    std::string by; // anyone, part, centers, supervision_center, city_command_center, holder, issuer, assignee, decider
    std::vector<std::string> roles;
    std::vector<std::string> guards, needs, effects;
    std::vector<Side> sides;
    std::string request;        // the kind of request the act opens
    std::string receivers;      // which list of receivers is offered
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

struct WorkflowSettings {
    bool rework_restarts = true; // a reworked unit gets a new full limit
    double yellow_share = 0.8;
    int suspension_days_max = 365;
    int extensions_max = 2;
    Limit return_window{4, LimitUnit::working_hour}; // since the offer; afterwards a unit keeps what it has
    int returns_max = 2; // approved ones, then the case is disputed
};

struct Workflow {
    std::array<Machine, 4> machines; // case, assignment, task, request
    std::vector<LabelRow> stages, stage_groups, sources, levels, reporter_sentences, return_reasons;
    std::vector<SupervisionLevel> supervision_levels;
    WorkflowSettings settings;
    const Machine& machine(std::string_view name) const;
    const SupervisionLevel* find_supervision_level(std::string_view code) const;
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
