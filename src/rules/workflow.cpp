#include "rules/workflow.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace chengge::rules {

namespace {

std::string text_of(const json::object& row, std::string_view name, std::string otherwise = "") {
    const auto* value = row.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::move(otherwise);
}

bool flag_of(const json::object& row, std::string_view name, bool otherwise) {
    const auto* value = row.if_contains({name.data(), name.size()});
    return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

std::vector<std::string> texts_of(const json::object& row, std::string_view name) {
    std::vector<std::string> texts;
    const auto* value = row.if_contains({name.data(), name.size()});
    if (value == nullptr || !value->is_array()) return texts;
    for (const auto& item : value->get_array())
        if (item.is_string()) texts.emplace_back(item.get_string());
    return texts;
}

WorkflowState state_of(const json::object& row) {
    return {.code = text_of(row, "code"),
            .zh = text_of(row, "zh"),
            .en = text_of(row, "en"),
            .levels = texts_of(row, "levels"),
            .is_initial = flag_of(row, "is_initial", false),
            .is_final = flag_of(row, "is_final", false),
            .is_paused = flag_of(row, "is_paused", false),
            .clock = text_of(row, "clock"),
            .stage = text_of(row, "stage"),
            .at = text_of(row, "at"),
            .role = text_of(row, "role"),
            .waits_for = text_of(row, "waits_for"),
            .lives_while = texts_of(row, "lives_while"),
            .lapses_to = text_of(row, "lapses_to")};
}

ActionRow action_of(const json::object& row, const std::string& machine) {
    ActionRow action{.machine = machine,
                     .code = text_of(row, "code"),
                     .zh = text_of(row, "zh"),
                     .en = text_of(row, "en"),
                     .levels = texts_of(row, "levels"),
                     .from = texts_of(row, "from"),
                     .to = text_of(row, "to"),
                     .by = text_of(row, "by"),
                     .roles = texts_of(row, "roles"),
                     .guards = texts_of(row, "guards"),
                     .needs = texts_of(row, "needs"),
                     .effects = texts_of(row, "effects"),
                     .sides = {},
                     .request = text_of(row, "request"),
                     .receivers = text_of(row, "receivers"),
                     .targets = texts_of(row, "targets"),
                     .takes_assistants = flag_of(row, "takes_assistants", false),
                     .is_recallable = flag_of(row, "recallable", false),
                     .key = text_of(row, "key"),
                     .style = text_of(row, "style", "normal"),
                     .tells_reporter = text_of(row, "tells_reporter"),
                     .is_enabled = flag_of(row, "enabled", true)};
    if (const auto* sides = row.if_contains("sides"); sides != nullptr && sides->is_array())
        for (const auto& side : sides->get_array())
            if (const auto* object = side.if_object())
                action.sides.push_back({text_of(*object, "on"), texts_of(*object, "from"), text_of(*object, "to"), text_of(*object, "when")});
    return action;
}

// Rows of the overlay replace members of the row with the same code and levels, or are added.
void merge_rows(json::array& base, const json::array& overlay) {
    const auto key = [](const json::value& row) {
        const auto* object = row.if_object();
        if (object == nullptr) return std::string();
        std::string text = text_of(*object, "code");
        for (const auto& level : texts_of(*object, "levels")) text += "/" + level;
        return text;
    };
    for (const auto& row : overlay) {
        const auto found = std::find_if(base.begin(), base.end(), [&](const json::value& one) { return key(one) == key(row); });
        if (found == base.end() || !found->is_object() || !row.is_object()) {
            base.push_back(row);
            continue;
        }
        for (const auto& member : row.get_object()) found->get_object()[member.key()] = member.value();
    }
}

json::array rows_of(const json::value& table, const char* name) {
    const auto* object = table.if_object();
    const auto* rows = object != nullptr ? object->if_contains(name) : nullptr;
    return rows != nullptr && rows->is_array() ? rows->get_array() : json::array();
}

Machine load_machine(DataFolder& folder, const std::string& name) {
    Machine machine;
    machine.name = name;
    json::array states, actions;
    for (const auto& document : folder.documents("workflow/" + name + ".json")) {
        merge_rows(states, rows_of(document.value, "states"));
        merge_rows(actions, rows_of(document.value, "actions"));
    }
    for (const auto& row : states)
        if (row.is_object()) machine.states.push_back(state_of(row.get_object()));
    for (const auto& row : actions)
        if (row.is_object()) machine.actions.push_back(action_of(row.get_object(), name));
    return machine;
}

std::vector<LabelRow> load_labels(DataFolder& folder, const std::string& name, const char* extra = "") {
    std::vector<LabelRow> rows;
    for (const auto& row : folder.table("workflow/" + name + ".csv", {"code", "zh", "en"}, {"code"}))
        rows.push_back({row.text("code"), row.text("zh"), row.text("en"), row.text(extra)});
    return rows;
}

std::vector<SupervisionLevel> load_supervision_levels(DataFolder& folder) {
    std::vector<SupervisionLevel> levels;
    const auto files = folder.list("workflow");
    // A rule set of before there were supervision orders has no such file.
    if (!contains(files, "supervision_levels.csv")) return levels;
    for (const auto& row : folder.table("workflow/supervision_levels.csv", {"code", "zh", "en", "reply_value", "reply_unit"}, {"code"})) {
        const auto value = folder.positive_number(row, "reply_value");
        const auto unit = parse_limit_unit(row.text("reply_unit"));
        if (!unit) folder.add_fault(row, "unknown unit " + row.text("reply_unit"));
        if (row.text("zh").empty() || row.text("en").empty()) folder.add_fault(row, "the level needs a name in both languages");
        if (value && unit) levels.push_back({row.text("code"), row.text("zh"), row.text("en"), {*value, *unit}});
    }
    return levels;
}

// Rule sets of before there were approvals in rounds, ledgers and so on have no such files.
bool has_table(DataFolder& folder, const std::string& name) { return contains(folder.list("workflow"), name); }

std::optional<double> share_of(DataFolder& folder, const DataRow& row, const char* column) {
    if (row.text(column).empty() || row.text(column) == "0") return 0.0;
    const auto share = folder.positive_number(row, column);
    if (share && *share > 1) folder.add_fault(row, std::string(column) + " is a share, at most 1");
    return share;
}

void load_approvals(DataFolder& folder, const std::vector<std::string>& roles, Workflow& workflow) {
    static const std::vector<std::string> places{"issuer", "holder", "supervision_center", "city_command_center"};
    const auto check_role = [&](const DataRow& row, const std::string& role) {
        if (!contains(roles, role)) folder.add_fault(row, "unknown role " + role);
    };
    if (has_table(folder, "approvals.csv"))
        for (const auto& row : folder.table("workflow/approvals.csv", {"kind", "round", "at", "role"}, {"kind", "round"})) {
            if (!contains(places, row.text("at"))) folder.add_fault(row, "unknown place " + row.text("at"));
            check_role(row, row.text("role"));
            workflow.approval_rounds.push_back({row.text("kind"), row.text("at"), row.text("role")});
        }
    if (has_table(folder, "ledgers.csv"))
        for (const auto& row : folder.table("workflow/ledgers.csv", {"code", "zh", "en", "share", "least", "higher_role"}, {"code"})) {
            if (!row.text("higher_role").empty()) check_role(row, row.text("higher_role"));
            const auto least = row.text("least") == "0" ? std::optional<double>(0) : folder.positive_number(row, "least");
            const auto share = share_of(folder, row, "share");
            if (least && share) workflow.ledgers.push_back({row.text("code"), row.text("zh"), row.text("en"), *share, static_cast<std::int64_t>(*least), row.text("higher_role")});
        }
}

void load_checks(DataFolder& folder, Workflow& workflow) {
    static const std::vector<std::string> methods{"always", "sample", "photo", "video", "reporter", "free"}, choosers{"nearest", "crossed", "random", ""};
    if (has_table(folder, "simple_classes.csv"))
        for (const auto& row : folder.table("workflow/simple_classes.csv", {"edition", "kind", "class_code"}, {"edition", "kind", "class_code"}))
            workflow.simple_classes.push_back({row.text("edition"), row.text("kind"), row.text("class_code")});
    if (!has_table(folder, "check_policies.csv")) return;
    const std::vector<std::string> columns{"code", "stage", "source", "class_code", "unit", "rework_least", "method", "share", "chooser", "may_be_reporter"};
    for (const auto& row : folder.table("workflow/check_policies.csv", columns, {"code"})) {
        if (!contains(methods, row.text("method"))) folder.add_fault(row, "unknown method " + row.text("method"));
        if (!contains(choosers, row.text("chooser"))) folder.add_fault(row, "unknown chooser " + row.text("chooser"));
        if (row.text("stage") != "verify" && row.text("stage") != "check") folder.add_fault(row, "stage is verify or check");
        const auto rework = row.text("rework_least").empty() ? std::optional<double>(0) : folder.positive_number(row, "rework_least");
        const auto share = share_of(folder, row, "share");
        if (rework && share)
            workflow.check_policies.push_back({row.text("stage"), row.text("source"), row.text("class_code"), row.text("unit"), static_cast<std::int64_t>(*rework),
                                               row.text("method"), *share, row.text("chooser"), row.text("may_be_reporter") == "1"});
    }
    // The row that says most comes first, one about failed work before all, wherever a city has put it.
    const auto says = [](const CheckPolicy& one) { return !one.source.empty() + !one.class_code.empty() + !one.unit.empty() + 3 * (one.rework_least > 0); };
    std::stable_sort(workflow.check_policies.begin(), workflow.check_policies.end(), [&](const CheckPolicy& a, const CheckPolicy& b) { return says(a) > says(b); });
}

WorkflowSettings load_settings(DataFolder& folder) {
    WorkflowSettings settings;
    for (const auto& document : folder.documents("workflow/settings.json")) {
        JsonReader reader(document.value);
        const auto fault = [&](const std::string& name, const std::string& reason) {
            folder.add_fault(document.file, document.line_of("\"" + name + "\""), name + " " + reason);
        };
        if (const auto clock = reader.maybe_text("rework_clock")) {
            if (*clock != "restart" && *clock != "continue") fault("rework_clock", "is restart or continue");
            settings.rework_restarts = *clock == "restart";
        }
        settings.yellow_share = reader.maybe_number("yellow_share").value_or(settings.yellow_share);
        settings.suspension_days_max = static_cast<int>(reader.maybe_integer("suspension_days_max").value_or(settings.suspension_days_max));
        settings.extensions_max = static_cast<int>(reader.maybe_integer("extensions_max").value_or(settings.extensions_max));
        for (const auto& [name, into] : {std::pair<const char*, int*>{"recall_minutes", &settings.recall_minutes}, {"appeal_days", &settings.appeal_days},
                                         {"contest_days", &settings.contest_days}, {"contests_max", &settings.contests_max},
                                         {"delegation_days_max", &settings.delegation_days_max}, {"simple_minutes_max", &settings.simple_minutes_max}}) {
            *into = static_cast<int>(reader.maybe_integer(name).value_or(*into));
            if (*into < 0 || *into > 100'000) fault(name, "lies in 0 … 100000");
        }
        for (const auto& [name, into] : {std::pair<const char*, double*>{"ledger_warning_share", &settings.ledger_warning_share}, {"simple_check_share", &settings.simple_check_share}}) {
            *into = reader.maybe_number(name).value_or(*into);
            if (*into < 0 || *into > 1) fault(name, "lies in [0, 1]");
        }
        settings.simple_metres_max = reader.maybe_number("simple_metres_max").value_or(settings.simple_metres_max);
        settings.return_window.value = reader.maybe_number("return_window_working_hours").value_or(settings.return_window.value);
        settings.returns_max = static_cast<int>(reader.maybe_integer("returns_max").value_or(settings.returns_max));
        if (settings.return_window.value <= 0) fault("return_window_working_hours", "is above 0");
        if (settings.returns_max < 1) fault("returns_max", "is at least 1");
        if (reader.error()) fault(reader.error()->facts.at("member"), reader.error()->facts.at("reason"));
        if (settings.yellow_share <= 0 || settings.yellow_share > 1) fault("yellow_share", "lies in (0, 1]");
    }
    return settings;
}

// --- proofs -----------------------------------------------------------------------------------------

using Node = std::pair<std::string, std::string>; // level, state

// Levels of the assignment machine (or "" of the case) that a selector can reach.
std::pair<std::string, std::vector<std::string>> target_of(const std::string& selector) {
    static const std::map<std::string, std::pair<std::string, std::vector<std::string>>> targets{
        {"case", {"case", {""}}},
        {"tasks", {"task", {"verify", "check", "recheck", "spot_check"}}},
        {"open_parts", {"assignment", {"command", "unit", "crew"}}},
        {"recalled_parts", {"assignment", {"command", "unit", "crew"}}},
        {"assisting_beside", {"assignment", {"command", "unit", "crew"}}},
        {"lead_unit", {"assignment", {"unit"}}},
        {"lead_commands", {"assignment", {"command"}}},
        {"parent", {"assignment", {"command", "unit"}}},
        {"children", {"assignment", {"unit", "crew"}}},
        {"failed_units", {"assignment", {"unit"}}},
        {"approved_units", {"assignment", {"unit"}}},
        {"approved_commands", {"assignment", {"command"}}},
        {"subject_assignment", {"assignment", {"command", "unit"}}},
        {"subject_parent", {"assignment", {"command"}}}};
    const auto found = targets.find(selector);
    return found == targets.end() ? std::pair<std::string, std::vector<std::string>>{} : found->second;
}

std::vector<std::string> levels_or_none(const std::vector<std::string>& levels) {
    return levels.empty() ? std::vector<std::string>{""} : levels;
}

// All moves of a machine: its own rows' and other rows' side effects.
std::map<Node, std::set<Node>> edges_of(const Workflow& workflow, const Machine& machine, bool enabled_only) {
    std::map<Node, std::set<Node>> edges;
    const auto connect = [&](const std::string& level, const std::vector<std::string>& from, const std::string& to) {
        if (to.empty() || machine.find_state(level, to) == nullptr) return;
        for (const auto& state : from)
            if (machine.find_state(level, state) != nullptr) edges[{level, state}].insert({level, to});
    };
    for (const auto& state : machine.states)
        for (const auto& level : levels_or_none(state.levels)) connect(level, {state.code}, state.lapses_to);
    for (const auto& other : workflow.machines)
        for (const auto& action : other.actions) {
            if (enabled_only && !action.is_enabled) continue;
            if (other.name == machine.name)
                for (const auto& level : levels_or_none(action.levels)) connect(level, action.from, action.to);
            for (const auto& side : action.sides) {
                const auto [name, levels] = target_of(side.on);
                if (name != machine.name) continue;
                for (const auto& level : levels) connect(level, side.from, side.to);
            }
        }
    return edges;
}

std::set<Node> reach(const std::map<Node, std::set<Node>>& edges, std::set<Node> seen) {
    std::vector<Node> open(seen.begin(), seen.end());
    while (!open.empty()) {
        const auto node = open.back();
        open.pop_back();
        const auto found = edges.find(node);
        if (found == edges.end()) continue;
        for (const auto& next : found->second)
            if (seen.insert(next).second) open.push_back(next);
    }
    return seen;
}

// Where the rows of a machine stand, for the faults.
struct Source {
    DataFolder& folder;
    std::vector<DataDocument> documents;
    void add(const std::string& code, std::string reason) {
        // The overlay wins, so a row of both is blamed on the overlay.
        const auto needle = "\"code\": \"" + code + "\"";
        for (auto document = documents.rbegin(); document != documents.rend(); ++document)
            if (code.empty() || document->text.find(needle) != std::string::npos) {
                folder.add_fault(document->file, code.empty() ? 0 : document->line_of(needle), std::move(reason));
                return;
            }
        folder.add_fault(documents.front().file, 0, std::move(reason));
    }
};

// Whether some action opens requests of the kind.
bool is_opened(const Workflow& workflow, const std::string& kind, bool enabled_only) {
    for (const auto& machine : workflow.machines)
        for (const auto& action : machine.actions)
            if (action.request == kind && (action.is_enabled || !enabled_only)) return true;
    return false;
}

void prove_machine(const Workflow& workflow, const Machine& machine, bool enabled_only, Source& source) {
    std::set<Node> initial, all;
    for (const auto& state : machine.states)
        for (const auto& level : levels_or_none(state.levels)) {
            all.insert({level, state.code});
            if (state.is_initial && (machine.name != "request" || is_opened(workflow, level, enabled_only)))
                initial.insert({level, state.code});
        }
    const auto edges = edges_of(workflow, machine, enabled_only);
    const auto reached = reach(edges, initial);
    const auto describe = [&](const Node& node) {
        return "state " + node.second + (node.first.empty() ? "" : " (" + node.first + ")");
    };
    if (!enabled_only)
        for (const auto& node : all)
            if (!reached.contains(node)) source.add(node.second, describe(node) + " cannot be reached");
    for (const auto& node : reached) {
        const auto ends = reach(edges, {node});
        const bool has_end = std::any_of(ends.begin(), ends.end(), [&](const Node& end) {
            return machine.find_state(end.first, end.second)->is_final;
        });
        if (!has_end)
            source.add(node.second, describe(node) + " is a trap: no end can be reached from it" +
                                        (enabled_only ? " with the enabled actions" : ""));
    }
}

void check_words(const std::vector<std::string>& used, const std::vector<std::string>& known, const std::string& what,
                 const std::string& code, Source& source) {
    for (const auto& word : used)
        if (!contains(known, word)) source.add(code, "unknown " + what + " " + word);
}

void check_action(const Workflow& workflow, const Machine& machine, const ActionRow& action, const std::vector<std::string>& roles,
                  Source& source) {
    static const std::vector<std::string> needs{"opinion", "media", "receiver", "filing_row", "until", "class", "supervision_level", "target", "place", "return_reason", "red_line", "lead"};
    static const std::vector<std::string> by{"anyone", "part", "centers", "supervision_center", "city_command_center", "holder", "issuer", "assignee", "decider", "last_actor", "reporter", "platform"};
    static const std::vector<std::string> styles{"primary", "normal", "quiet", "danger"};
    // What the platform does by itself is nobody's post.
    if (action.by != "platform") check_words(action.roles, roles, "role", action.code, source);
    for (const auto& target : action.targets)
        if (workflow.machine("case").find_state("", target) == nullptr) source.add(action.code, "unknown target " + target);
    check_words(action.guards, known_guards(), "guard", action.code, source);
    check_words(action.effects, known_effects(), "effect", action.code, source);
    check_words(action.needs, needs, "need", action.code, source);
    check_words({action.by}, by, "by", action.code, source);
    check_words({action.style}, styles, "style", action.code, source);
    if (action.roles.empty()) source.add(action.code, "action " + action.code + " has no role");
    if (action.zh.empty() || action.en.empty()) source.add(action.code, "action " + action.code + " has no label");
    for (const auto& level : levels_or_none(action.levels)) {
        for (const auto& state : action.from)
            if (machine.find_state(level, state) == nullptr) source.add(action.code, "action " + action.code + " comes from unknown state " + state);
        if (!action.to.empty() && machine.find_state(level, action.to) == nullptr)
            source.add(action.code, "action " + action.code + " leads to unknown state " + action.to);
    }
    for (const auto& side : action.sides) {
        check_words({side.on}, known_selectors(), "selector", action.code, source);
        if (!side.when.empty()) check_words({side.when}, known_conditions(), "condition", action.code, source);
        const auto [name, levels] = target_of(side.on);
        if (name.empty()) continue;
        const auto& target = workflow.machine(name);
        const bool is_known = std::any_of(levels.begin(), levels.end(), [&](const std::string& level) { return target.find_state(level, side.to) != nullptr; });
        if (!is_known) source.add(action.code, "a side effect of " + action.code + " leads to unknown state " + side.to);
    }
}

} // namespace

bool ActionRow::fits(std::string_view level, std::string_view state) const {
    return (levels.empty() || contains(levels, level)) && contains(from, state);
}

const WorkflowState* Machine::find_state(std::string_view level, std::string_view code) const {
    for (const auto& state : states)
        if (state.code == code && (state.levels.empty() || contains(state.levels, level))) return &state;
    return nullptr;
}

const Machine& Workflow::machine(std::string_view name) const {
    for (const auto& one : machines)
        if (one.name == name) return one;
    ASSERT(false);
    std::abort();
}

const LabelRow* Workflow::find_label(const std::vector<LabelRow>& rows, std::string_view code) const {
    for (const auto& row : rows)
        if (row.code == code) return &row;
    return nullptr;
}

const SupervisionLevel* Workflow::find_supervision_level(std::string_view code) const {
    for (const auto& level : supervision_levels)
        if (level.code == code) return &level;
    return nullptr;
}

const Ledger* Workflow::find_ledger(std::string_view kind) const {
    for (const auto& ledger : ledgers)
        if (ledger.kind == kind) return &ledger;
    return nullptr;
}

const ApprovalRound* Workflow::find_round(std::string_view kind, std::int64_t round) const {
    for (const auto& one : approval_rounds)
        if (one.kind == kind && round-- == 0) return &one;
    return nullptr;
}

std::int64_t Ledger::limit(std::int64_t filed) const {
    if (share <= 0) return std::numeric_limits<std::int64_t>::max();
    return std::max(least, static_cast<std::int64_t>(share * static_cast<double>(filed)));
}

Workflow load_workflow(DataFolder& folder, const std::vector<std::string>& roles) {
    Workflow workflow;
    const std::array<std::string, 4> names{"case", "assignment", "task", "request"};
    for (std::size_t i = 0; i < names.size(); ++i) workflow.machines[i] = load_machine(folder, names[i]);
    workflow.stages = load_labels(folder, "stages", "group");
    workflow.stage_groups = load_labels(folder, "stage_groups");
    workflow.sources = load_labels(folder, "sources", "is_staff");
    workflow.levels = load_labels(folder, "levels");
    workflow.reporter_sentences = load_labels(folder, "reporter_sentences");
    // A rule set of before returns had reasons has no such file.
    if (contains(folder.list("workflow"), "return_reasons.csv")) workflow.return_reasons = load_labels(folder, "return_reasons");
    workflow.supervision_levels = load_supervision_levels(folder);
    load_approvals(folder, roles, workflow);
    load_checks(folder, workflow);
    workflow.settings = load_settings(folder);
    if (folder.faults.empty()) prove_workflow(workflow, roles, folder);
    return workflow;
}

void prove_workflow(const Workflow& workflow, const std::vector<std::string>& roles, DataFolder& folder) {
    for (const auto& machine : workflow.machines) {
        Source source{folder, folder.documents("workflow/" + machine.name + ".json")};
        for (const auto& state : machine.states) {
            if (!state.role.empty()) check_words({state.role}, roles, "role", state.code, source);
            if (!state.stage.empty() && workflow.find_label(workflow.stages, state.stage) == nullptr)
                source.add(state.code, "unknown stage " + state.stage);
            if (state.zh.empty() || state.en.empty()) source.add(state.code, "state " + state.code + " has no label");
        }
        for (const auto& action : machine.actions) check_action(workflow, machine, action, roles, source);
        prove_machine(workflow, machine, false, source);
        prove_machine(workflow, machine, true, source);
    }
}

} // namespace chengge::rules
