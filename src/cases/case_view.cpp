// Cases as the JSON of the contract: words from the rules, names from the directory, nothing that the
// viewer may not know.
#include "cases/case_state.hpp"

#include <algorithm>
#include <limits>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge::cases {

using rules::MaybeMs;

namespace {

json::value maybe_text(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

std::string id_text(const Uuid& id, const Uuid& otherwise) { return format_uuid(id.is_nil() ? otherwise : id); }

json::object subject_json(const std::string& kind, const Uuid& id, const Uuid& case_id) {
    return {{"kind", kind}, {"id", id_text(id, case_id)}};
}

// Phone numbers in what people wrote are for the supervision centre only.
std::string words_for(const ViewContext& view, const std::string& text) {
    return view.viewer.scope.sees_reporter ? text : identity::mask_phones_in(text);
}

// Departments never learn who reported; nor who of the collectors verified or checked.
bool is_hidden(const ViewContext& view, const rules::Case& c, const Uuid& person, std::string_view role) {
    if (view.viewer.scope.sees_reporter || person == view.viewer.person_id) return false;
    return person == c.reporter_id || role == "collector" || role == "citizen";
}

// For whom the step was taken (代): what it says, or what the step before it left.
Uuid acted_for(const StoredStep& stored, const Uuid& before) {
    const auto& changes = stored.step.changes;
    const auto at = changes.starts_with("acted_for=") ? std::size_t{0} : changes.find("\nacted_for=");
    if (at == std::string::npos) return before;
    const auto from = changes.find('=', at) + 1;
    return parse_uuid(changes.substr(from, changes.find('\n', from) - from)).value_or(Uuid{});
}

json::object step_json(const ViewContext& view, const rules::Case& c, const StoredStep& stored, const Uuid& for_person) {
    const auto& step = stored.step;
    const auto level = [&]() -> std::string {
        if (step.subject_kind == "assignment")
            if (const auto* one = rules::find_assignment(c, step.subject_id)) return one->level;
        if (step.subject_kind == "task")
            if (const auto* one = rules::find_task(c, step.subject_id)) return one->kind;
        if (step.subject_kind == "request")
            if (const auto* one = rules::find_request(c, step.subject_id)) return one->kind;
        return "";
    }();
    std::string label = step.action;
    for (const auto& row : view.rules.workflow.machine(step.subject_kind).actions)
        if (row.code == step.action) label = view.pick(row.zh, row.en);
    for (const auto& row : rules::bulk_actions())
        if (row.code == step.action) label = view.pick(row.zh, row.en);
    const bool hides_actor = is_hidden(view, c, step.actor_id, step.role);
    json::array media;
    for (const auto& one : step.media) media.emplace_back(format_uuid(one.id));
    auto receiver = step.receiver_person.is_nil() ? view.organisation_name(step.receiver_organisation, step.at_ms) : view.person_name(step.receiver_person);
    if (!step.receiver_person.is_nil() && !view.viewer.scope.sees_reporter && step.subject_kind == "case") receiver.clear();
    return {{"step_id", format_uuid(step.step_id)},
            {"seq", step.seq},
            {"action", step.action},
            {"action_label", label},
            {"subject", subject_json(step.subject_kind, step.subject_id, c.id)},
            {"from", step.from},
            {"to", step.to},
            {"from_label", view.state_label(step.subject_kind, level, step.from)},
            {"to_label", view.state_label(step.subject_kind, level, step.to)},
            {"actor_name", hides_actor ? json::value(nullptr) : step.actor_id.is_nil() && step.role == "dispatcher" ? json::value(view.pick("系统自动", "Automatic")) : maybe_text(view.person_name(step.actor_id))},
            {"acted_for", for_person.is_nil() || hides_actor ? json::value(nullptr) : maybe_text(view.person_name(for_person))},
            {"role", step.role},
            {"role_label", step.role == platform_role ? view.pick("系统", "The platform") : view.identity.role_label(step.role, view.language)},
            {"organisation_name", view.organisation_name(step.organisation, step.at_ms)},
            {"receiver_name", maybe_text(receiver)},
            {"opinion", maybe_text(words_for(view, step.opinion))},
            {"media", std::move(media)},
            {"at", format_rfc3339(step.at_ms)},
            {"deadline_at", instant_json(step.deadline_ms)},
            {"chain", to_hex(stored.chain)}};
}

std::optional<rules::Limit> limit_of(const rules::Assignment& one) {
    const auto unit = rules::parse_limit_unit(one.limit_unit);
    if (!unit || one.limit_value <= 0) return std::nullopt;
    return rules::Limit{one.limit_value, *unit};
}

// What has been charged to the unit so far, in the limit's own time.
std::int64_t used_ms(const ViewContext& view, const rules::Assignment& one, const rules::Limit& limit) {
    return one.used_ms + (one.clock_from_ms ? view.rules.calendar.elapsed_ms(limit, *one.clock_from_ms, view.now_ms) : 0);
}

MaybeMs yellow_of(const rules::Case& c, const rules::Assignment& one) {
    for (const auto& clock : c.clocks)
        if (clock.stage == "handle" && !clock.stopped_ms && clock.deadline_ms == one.deadline_ms) return clock.yellow_ms;
    return std::nullopt;
}

json::object assignment_json(const ViewContext& view, const rules::Case& c, const rules::Assignment& one) {
    json::object object{{"assignment_id", format_uuid(one.id)},
                        {"parent_id", one.parent_id.is_nil() ? json::value(nullptr) : json::value(format_uuid(one.parent_id))},
                        {"level", one.level},
                        {"part", one.part},
                        {"state", one.state},
                        {"state_label", view.state_label("assignment", one.level, one.state)},
                        {"organisation_code", one.organisation},
                        {"organisation_name", view.organisation_name(one.organisation)},
                        {"person_name", one.person_id.is_nil() ? json::value(nullptr) : maybe_text(view.person_name(one.person_id))},
                        {"offered_at", format_rfc3339(one.offered_ms)},
                        {"deadline_at", instant_json(one.deadline_ms)},
                        {"finished_at", instant_json(one.finished_ms)},
                        {"rework_count", one.rework_count},
                        {"extension_count", one.extension_count},
                        {"is_excluded", one.is_excluded != 0},
                        {"responsibility_row", maybe_text(one.responsibility_row)},
                        {"is_automatic", one.is_automatic != 0},
                        {"is_binding", one.is_binding != 0},
                        {"light", one.clock_from_ms ? std::string(rules::light_of(one.deadline_ms, yellow_of(c, one), view.now_ms)) : "none"}};
    if (const auto limit = limit_of(one)) {
        object["limit_text"] = rules::describe_limit(*limit, view.language);
        object["limit_ms"] = rules::Calendar::length_ms(*limit) * (1 + one.extension_count);
        object["used_ms"] = used_ms(view, one, *limit);
    }
    return object;
}

json::object task_json(const ViewContext& view, const rules::Case& c, const rules::Task& one, const std::vector<StoredStep>& steps) {
    MaybeMs deadline;
    for (const auto& clock : c.clocks)
        if (clock.subject_id == one.id) deadline = clock.deadline_ms;
    json::value opinion = nullptr;
    for (const auto& stored : steps)
        if (stored.step.subject_id == one.id && !stored.step.opinion.empty()) opinion = words_for(view, stored.step.opinion);
    const bool hides = is_hidden(view, c, one.person_id, "collector");
    const auto* kind = view.rules.workflow.find_label(view.rules.workflow.stages, one.kind);
    static const std::map<std::string, std::pair<std::string, std::string>> kinds{
        {"verify", {"核实", "Verification"}}, {"check", {"核查", "Check"}}, {"recheck", {"复核", "Second check"}}, {"spot_check", {"抽查", "Spot check"}}};
    const auto named = kinds.find(one.kind);
    return {{"task_id", format_uuid(one.id)},
            {"kind", one.kind},
            {"kind_label", named != kinds.end() ? view.pick(named->second.first, named->second.second) : kind != nullptr ? view.pick(kind->zh, kind->en) : one.kind},
            {"state", one.state},
            {"state_label", view.state_label("task", one.kind, one.state)},
            {"person_name", hides ? json::value(nullptr) : maybe_text(view.person_name(one.person_id))},
            {"offered_at", format_rfc3339(one.offered_ms)},
            {"deadline_at", instant_json(deadline)},
            {"finished_at", instant_json(one.finished_ms)},
            {"opinion", std::move(opinion)}};
}

json::object request_json(const ViewContext& view, const rules::Request& one, const std::vector<StoredStep>& steps) {
    std::string label = one.kind, reason;
    for (const auto& machine : view.rules.workflow.machines)
        for (const auto& row : machine.actions)
            if (row.request == one.kind) label = view.pick(row.zh, row.en);
    if (const auto* ledger = view.rules.workflow.find_ledger(one.kind)) label = view.pick(ledger->zh, ledger->en);
    std::string decision, asked_by;
    for (const auto& stored : steps) {
        if (one.decided_seq > 0 && stored.step.seq == one.decided_seq && stored.step.subject_id == one.id) decision = words_for(view, stored.step.opinion);
        if (one.asked_seq > 0 && stored.step.seq == one.asked_seq) asked_by = view.person_name(stored.step.actor_id);
    }
    for (const auto& stored : steps)
        if (one.asked_seq > 0 ? stored.step.seq == one.asked_seq : stored.step.at_ms == one.asked_ms && stored.step.organisation == one.organisation && !stored.step.opinion.empty()) reason = words_for(view, stored.step.opinion);
    const auto* level = view.rules.workflow.find_supervision_level(one.level);
    const auto* return_reason = view.rules.workflow.find_label(view.rules.workflow.return_reasons, one.return_reason);
    return {{"request_id", format_uuid(one.id)},
            {"kind", one.kind},
            {"kind_label", label},
            {"state", one.state},
            {"state_label", view.state_label("request", one.kind, one.state)},
            {"organisation_name", view.organisation_name(one.organisation)},
            {"decider_name", view.organisation_name(one.decider)},
            {"asked_at", format_rfc3339(one.asked_ms)},
            {"until", instant_json(one.until_ms)},
            {"level_label", level == nullptr ? json::value(nullptr) : json::value(view.pick(level->zh, level->en))},
            {"reason", reason},
            {"asked_by", maybe_text(asked_by)},
            {"decision", maybe_text(decision)},
            {"target_label", one.kind == "admin_hand" ? maybe_text(view.state_label("case", "", one.level)) : json::value(nullptr)},
            {"return_reason", return_reason != nullptr ? json::value(view.pick(return_reason->zh, return_reason->en)) : json::value(nullptr)},
            {"decided_at", instant_json(one.decided_ms)}};
}

json::object clock_json(const ViewContext& view, const rules::Case& c, const rules::StageClock& clock) {
    const auto& workflow = view.rules.workflow;
    const auto* stage = workflow.find_label(workflow.stages, clock.stage);
    json::object object{{"stage", clock.stage},
                        {"stage_label", view.label(workflow.stages, clock.stage)},
                        {"group", stage != nullptr ? stage->extra : ""},
                        {"organisation_name", view.organisation_name(clock.organisation)},
                        {"person_name", clock.person_id.is_nil() || is_hidden(view, c, clock.person_id, clock.role) ? json::value(nullptr) : maybe_text(view.person_name(clock.person_id))},
                        {"started_at", format_rfc3339(clock.started_ms)},
                        {"stopped_at", instant_json(clock.stopped_ms)},
                        {"deadline_at", instant_json(clock.deadline_ms)},
                        {"held_at", clock.stopped_ms ? json::value(nullptr) : instant_json(clock.held_ms)}};
    const auto until = std::min(clock.stopped_ms.value_or(view.now_ms), clock.held_ms.value_or(std::numeric_limits<std::int64_t>::max()));
    const auto due = clock.held_ms ? clock.kept_deadline_ms : clock.deadline_ms;
    std::optional<rules::Limit> limit;
    std::int64_t used = 0;
    const auto found = view.rules.stage_limits.find(clock.stage);
    if (found != view.rules.stage_limits.end()) {
        limit = found->second;
        // The deadline knows of times that it stood still.
        const auto length = rules::Calendar::length_ms(*limit);
        if (!due) used = view.rules.calendar.elapsed_ms(*limit, clock.started_ms, until);
        else if (until <= *due) used = length - view.rules.calendar.elapsed_ms(*limit, until, *due);
        else used = length + view.rules.calendar.elapsed_ms(*limit, *due, until);
    } else if (const auto* unit = rules::find_assignment(c, clock.subject_id)) {
        if (unit->level == "crew") unit = rules::find_assignment(c, unit->parent_id);
        if (unit != nullptr) limit = limit_of(*unit);
        if (limit) used = view.rules.calendar.elapsed_ms(*limit, clock.started_ms, until);
    }
    object["limit_text"] = limit ? json::value(rules::describe_limit(*limit, view.language)) : json::value(nullptr);
    object["limit_ms"] = limit ? json::value(rules::Calendar::length_ms(*limit)) : json::value(nullptr);
    object["used_ms"] = used;
    if (!clock.stopped_ms) object["light"] = rules::light_of(clock.deadline_ms, clock.yellow_ms, view.now_ms);
    else object["light"] = clock.deadline_ms && *clock.stopped_ms > *clock.deadline_ms ? "red" : "none";
    return object;
}

// The seven stages of the closed loop: which are done, which is on, which come later.
json::array seven_stages_json(const ViewContext& view, const rules::Case& c, const std::vector<StoredStep>& steps) {
    const auto& workflow = view.rules.workflow;
    const auto index_of = [&](std::string_view group) {
        for (std::size_t i = 0; i < workflow.stage_groups.size(); ++i)
            if (workflow.stage_groups[i].code == group) return static_cast<int>(i);
        return 0;
    };
    int now = 0;
    const auto* clock = rules::leading_clock(c);
    if (c.state == "closed") now = static_cast<int>(workflow.stage_groups.size()) - 1;
    else if (clock != nullptr)
        if (const auto* stage = workflow.find_label(workflow.stages, clock->stage)) now = index_of(stage->extra);
    json::array stages;
    for (std::size_t i = 0; i < workflow.stage_groups.size(); ++i) {
        const auto& group = workflow.stage_groups[i];
        json::value at = nullptr, by = nullptr;
        for (const auto& one : c.clocks) {
            const auto* stage = workflow.find_label(workflow.stages, one.stage);
            if (stage == nullptr || stage->extra != group.code || !one.stopped_ms || static_cast<int>(i) >= now) continue;
            at = format_rfc3339(*one.stopped_ms);
            for (const auto& stored : steps)
                if (stored.step.at_ms == *one.stopped_ms && !is_hidden(view, c, stored.step.actor_id, stored.step.role))
                    by = view.person_name(stored.step.actor_id);
        }
        stages.push_back(json::object{{"code", group.code},
                                      {"label", view.pick(group.zh, group.en)},
                                      {"state", static_cast<int>(i) < now ? "done" : static_cast<int>(i) == now ? "now" : "later"},
                                      {"at", std::move(at)},
                                      {"by", std::move(by)}});
    }
    return stages;
}

json::array media_json(const CaseDetail& detail) {
    json::array items;
    for (const auto& row : detail.media_rows) {
        const auto found = std::find_if(detail.media.begin(), detail.media.end(), [&](const media::Media& one) { return one.id == row.media_id; });
        if (found == detail.media.end()) continue;
        json::object item{{"media_id", format_uuid(row.media_id)}, {"content_type", found->content_type}, {"bytes", found->bytes},
                          {"width", found->width}, {"height", found->height}, {"sm3", row.sm3_hex}, {"moment", row.moment},
                          {"taken_at", instant_json(found->taken_ms)}, {"is_simulated", found->is_simulated}};
        for (const auto& stored : detail.steps)
            if (stored.step.seq == row.seq) {
                item["step_id"] = format_uuid(stored.step.step_id);
                item["at"] = format_rfc3339(stored.step.at_ms);
            }
        items.push_back(std::move(item));
    }
    return items;
}

std::string fill(std::string text, const std::map<std::string, std::string>& values) {
    for (const auto& [name, value] : values)
        for (auto at = text.find("{" + name + "}"); at != std::string::npos; at = text.find("{" + name + "}", at + value.size()))
            text.replace(at, name.size() + 2, value);
    return text;
}

// How a case is called: its number, before it has one the beginning of its id.
std::string name_of(const Uuid& id, const std::string& case_no) { return case_no.empty() ? format_uuid(id).substr(0, 8) : case_no; }

// What to read out to the reporter: at acceptance, when it is declined, when it is closed.
json::value reporter_sentence(const ViewContext& view, const CaseDetail& detail, const json::object& summary) {
    const auto& c = detail.stored.c;
    std::string row_code;
    std::string opinion;
    const auto read = [&](const std::vector<StoredStep>& steps, bool only_ends) {
        for (const auto& stored : steps)
            for (const auto& row : view.rules.workflow.machine(stored.step.subject_kind).actions)
                if (row.code == stored.step.action && !row.tells_reporter.empty() && (!only_ends || row.tells_reporter == "close" || row.tells_reporter == "quick_close" || row.tells_reporter == "decline")) {
                    row_code = row.tells_reporter;
                    opinion = stored.step.opinion;
                }
    };
    read(detail.steps, false);
    // Who reported a merged case is told how the lead ended.
    const auto* state = detail.lead ? view.rules.workflow.machine("case").find_state("", detail.lead->c.state) : nullptr;
    if (state != nullptr && state->is_final) read(detail.lead_steps, true);
    const auto& ended = detail.lead ? detail.lead->c : c;
    const auto* row = view.rules.workflow.find_label(view.rules.workflow.reporter_sentences, row_code);
    if (row == nullptr) return nullptr;
    const auto text = [&](const char* name) {
        const auto* value = summary.if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    auto place = text("address");
    if (place.empty()) place = text("district_name") + text("community_name");
    std::string closed;
    if (ended.closed_ms) {
        const auto date = city_date(*ended.closed_ms);
        closed = view.language == "en" ? format_date(date) : std::to_string(date.month) + "月" + std::to_string(date.day) + "日";
    }
    return json::value(fill(view.pick(row->zh, row->en), {{"class", text("class_name")}, {"place", place}, {"name", text("name")},
                                                          {"opinion", opinion}, {"unit", detail.lead ? view.organisation_name(summarise(view.rules, ended).unit) : text("unit_name")}, {"closed", closed},
                                                          {"lead", detail.lead ? name_of(detail.lead->c.id, detail.lead->case_no) : ""}}));
}

json::array targets_json(const ViewContext& view, const rules::ActionRow& row, const rules::Case& c) {
    json::array targets;
    for (const auto& code : row.targets)
        if (code != c.state) targets.push_back(json::object{{"code", code}, {"label", view.state_label("case", "", code)}});
    return targets;
}

json::array allowed_json(const ViewContext& view, const CaseDetail& detail) {
    json::array items;
    bool has_primary = false;
    for (const auto& one : detail.allowed) {
        json::array needs;
        for (const auto& need : one.needs) needs.emplace_back(need);
        // One primary action a screen: the first of the work at hand.
        auto style = one.row->style;
        if (style == "primary" && has_primary) style = "normal";
        has_primary = has_primary || style == "primary";
        items.push_back(json::object{{"action", one.row->code},
                                     {"subject", subject_json(one.row->machine, one.subject_id, detail.stored.c.id)},
                                     {"label", view.pick(one.row->zh, one.row->en)},
                                     {"key", one.row->key},
                                     {"needs", std::move(needs)},
                                     {"style", style},
                                     {"stage", one.stage},
                                     {"request_kind", maybe_text(one.request)},
                                     {"takes_assisting", one.row->takes_assistants},
                                     {"targets", targets_json(view, *one.row, detail.stored.c)}});
    }
    return items;
}

json::value filing_row_json(const ViewContext& view, const std::string& id) {
    const auto* row = view.rules.taxonomy.find_row(id);
    if (row == nullptr) return nullptr;
    return json::object{{"id", row->id}, {"condition", row->condition}, {"closing_condition", row->closing_condition},
                        {"limit_value", row->limit.value}, {"limit_unit", std::string(rules::format_limit_unit(row->limit.unit))},
                        {"limit_text", rules::describe_limit(row->limit, view.language)},
                        {"responsible_kind", row->responsible_kind}, {"basis", row->basis}};
}

// Everything a summary shows, wherever it was read from.
struct SummaryValues {
    Uuid case_id, photo_id;
    std::string case_no, state, edition, kind, class_code, filing_row, source, level, cell_code, community_code, district_code;
    std::string address, description, unit;
    double lon = 0, lat = 0;
    std::int64_t version = 0, reported_ms = 0, rework_count = 0, redispatch_count = 0, send_back_count = 0, remind_count = 0, supervise_count = 0, is_simple = 0, is_deferred = 0, is_disputed = 0;
    MaybeMs filed_ms, closed_ms, suspended_until_ms;
    CaseSummaryFields fields;
    bool is_simulated = false, is_held = false;
};

std::string state_or_stage(const ViewContext& view, const SummaryValues& values) {
    const auto& workflow = view.rules.workflow;
    // A case in hand says where exactly it is; a resting one its state.
    if (values.fields.is_open == 0 || values.fields.stage.empty()) return view.state_label("case", "", values.state);
    return view.label(workflow.stages, values.fields.stage);
}

json::object make_summary(const SummaryValues& v, const ViewContext& view) {
    const auto* problem = v.class_code.empty() ? nullptr : view.rules.taxonomy.find_class(v.edition, v.kind, v.class_code);
    const auto* row = view.rules.taxonomy.find_row(v.filing_row);
    const auto region_name = [&](std::string_view code) {
        const auto* region = code.empty() ? nullptr : view.grid.find_region(code);
        return region != nullptr ? region->name : std::string();
    };
    const auto id = format_uuid(v.case_id);
    const bool is_paused = v.state == "suspended";
    return {{"case_id", id},
            {"case_no", maybe_text(v.case_no)},
            {"name", v.case_no.empty() ? id.substr(0, 8) : v.case_no},
            {"state", v.state},
            {"state_label", view.state_label("case", "", v.state)},
            {"stage", v.fields.stage},
            {"stage_label", state_or_stage(view, v)},
            {"light", is_paused ? "paused" : v.fields.is_open == 0 ? "none" : std::string(rules::light_of(v.fields.stage_deadline_ms, v.fields.stage_yellow_ms, view.now_ms))},
            {"deadline_at", instant_json(v.fields.is_open != 0 ? v.fields.stage_deadline_ms : std::nullopt)},
            {"handling_light", std::string(rules::light_of(v.fields.handling_deadline_ms, v.fields.handling_yellow_ms, view.now_ms))},
            {"handling_deadline_at", instant_json(v.fields.handling_deadline_ms)},
            {"edition", v.edition},
            {"kind", v.kind},
            {"class_code", maybe_text(v.class_code)},
            {"class_name", problem != nullptr ? json::value(view.pick(problem->name, problem->name_en)) : json::value(nullptr)},
            {"condition", row != nullptr ? json::value(row->condition) : json::value(nullptr)},
            {"description", words_for(view, v.description)},
            {"address", words_for(view, v.address)},
            {"lon", v.lon},
            {"lat", v.lat},
            {"cell_code", v.cell_code},
            {"district_code", v.district_code},
            {"district_name", region_name(v.district_code)},
            {"subdistrict_name", region_name(v.community_code.substr(0, 9))},
            {"community_name", region_name(v.community_code)},
            {"source", v.source},
            {"source_label", view.label(view.rules.workflow.sources, v.source)},
            {"level", v.level},
            {"reported_at", format_rfc3339(v.reported_ms)},
            {"filed_at", instant_json(v.filed_ms)},
            {"closed_at", instant_json(v.closed_ms)},
            {"unit_name", maybe_text(view.organisation_name(v.unit))},
            {"unit_code", maybe_text(v.unit)},
            {"rework_count", v.rework_count},
            {"redispatch_count", v.redispatch_count},
            {"send_back_count", v.send_back_count},
            {"remind_count", v.remind_count},
            {"supervise_count", v.supervise_count},
            {"is_simple", v.is_simple != 0},
            {"is_deferred", v.is_deferred != 0},
            {"is_held", v.is_held},
            {"suspended_until", instant_json(v.suspended_until_ms)},
            {"dispute", v.is_disputed == 1 ? "open" : v.is_disputed == 2 ? "ruled" : "none"},
            {"photo", v.photo_id.is_nil() ? json::value(nullptr) : json::value(format_uuid(v.photo_id))},
            {"version", v.version},
            {"is_simulated", v.is_simulated}};
}

} // namespace

json::value instant_json(MaybeMs at_ms) { return at_ms ? json::value(format_rfc3339(*at_ms)) : json::value(nullptr); }

std::string ViewContext::label(const std::vector<rules::LabelRow>& rows, std::string_view code) const {
    const auto* row = rules.workflow.find_label(rows, code);
    return row != nullptr ? pick(row->zh, row->en) : std::string(code);
}

std::string ViewContext::state_label(std::string_view machine, std::string_view level, std::string_view code) const {
    if (code.empty()) return "";
    const auto* state = rules.workflow.machine(machine).find_state(level, code);
    return state != nullptr ? pick(state->zh, state->en) : std::string(code);
}

std::string ViewContext::organisation_name(std::string_view code) const {
    if (code.empty()) return "";
    const auto* organisation = viewer.directory->find_organisation(code);
    return organisation != nullptr ? organisation->name : std::string(code);
}

std::string ViewContext::organisation_name(std::string_view code, std::int64_t at_ms) const {
    const auto* organisation = code.empty() ? nullptr : viewer.directory->find_organisation(code);
    return organisation != nullptr ? organisation->name_at(at_ms) : organisation_name(code);
}

std::string ViewContext::person_name(const Uuid& id) const {
    const auto* person = id.is_nil() ? nullptr : viewer.directory->find_person(id);
    return person != nullptr ? person->name : "";
}

const std::string_view summary_columns =
    "c.case_key, c.case_id, c.case_no, c.version, c.state, c.edition, c.kind, c.class_code, c.filing_row, c.source, c.level, "
    "c.lon, c.lat, c.cell_code, c.community_code, c.district_code, c.address, c.description, c.reported_ms, c.filed_ms, "
    "c.closed_ms, c.rework_count, c.redispatch_count, c.send_back_count, c.remind_count, c.supervise_count, c.is_simple, c.is_deferred, c.suspended_until_ms, c.is_disputed, c.hold_decision, c.is_open, c.stage, "
    "c.stage_deadline_ms, c.stage_yellow_ms, c.handling_deadline_ms, c.handling_yellow_ms, c.unit, c.photo_id, c.is_simulated";

json::object summary_json(const storage::Rows::Row& row, const ViewContext& view) {
    SummaryValues v;
    v.case_id = uuid_from_raw(row.bytes("case_id"));
    if (!row.is_null("photo_id")) v.photo_id = uuid_from_raw(row.bytes("photo_id"));
    v.case_no = row.text_or_empty("case_no");
    v.state = row.text("state");
    v.edition = row.text("edition");
    v.kind = row.text("kind");
    v.class_code = row.text("class_code");
    v.filing_row = row.text("filing_row");
    v.source = row.text("source");
    v.level = row.text("level");
    v.cell_code = row.text("cell_code");
    v.community_code = row.text("community_code");
    v.district_code = row.text("district_code");
    v.address = row.text("address");
    v.description = row.text("description");
    v.unit = row.text("unit");
    v.lon = row.number("lon");
    v.lat = row.number("lat");
    v.version = row.integer("version");
    v.reported_ms = row.integer("reported_ms");
    v.rework_count = row.integer("rework_count");
    v.redispatch_count = row.integer("redispatch_count");
    v.send_back_count = row.integer("send_back_count");
    v.remind_count = row.integer("remind_count");
    v.supervise_count = row.integer("supervise_count");
    v.is_simple = row.integer("is_simple");
    v.is_deferred = row.integer("is_deferred");
    v.suspended_until_ms = row.maybe_integer("suspended_until_ms");
    v.is_disputed = row.integer("is_disputed");
    v.filed_ms = row.maybe_integer("filed_ms");
    v.closed_ms = row.maybe_integer("closed_ms");
    v.fields.is_open = row.integer("is_open");
    v.fields.stage = row.text("stage");
    v.fields.stage_deadline_ms = row.maybe_integer("stage_deadline_ms");
    v.fields.stage_yellow_ms = row.maybe_integer("stage_yellow_ms");
    v.fields.handling_deadline_ms = row.maybe_integer("handling_deadline_ms");
    v.fields.handling_yellow_ms = row.maybe_integer("handling_yellow_ms");
    v.is_simulated = row.flag("is_simulated");
    v.is_held = !row.text("hold_decision").empty();
    return make_summary(v, view);
}

json::object summary_json(const StoredCase& stored, const ViewContext& view) {
    const auto& c = stored.c;
    const auto fields = summarise(view.rules, c);
    return make_summary({.case_id = c.id, .photo_id = stored.photo_id, .case_no = stored.case_no, .state = c.state, .edition = c.edition,
                         .kind = c.kind, .class_code = c.class_code, .filing_row = c.filing_row, .source = c.source, .level = c.level,
                         .cell_code = c.cell_code, .community_code = c.community_code, .district_code = c.district_code,
                         .address = c.address, .description = stored.description, .unit = fields.unit, .lon = c.lon, .lat = c.lat,
                         .version = c.version, .reported_ms = c.reported_ms, .rework_count = c.rework_count,
                         .redispatch_count = c.redispatch_count, .send_back_count = c.send_back_count, .remind_count = c.remind_count, .supervise_count = c.supervise_count, .is_simple = c.is_simple, .is_deferred = c.is_deferred, .is_disputed = c.is_disputed,
                         .filed_ms = c.filed_ms, .closed_ms = c.closed_ms, .suspended_until_ms = c.suspended_until_ms, .fields = fields, .is_simulated = stored.is_simulated, .is_held = !c.hold_decision.empty()},
                        view);
}

json::object CaseService::detail_json(const CaseDetail& detail, const identity::Viewer& viewer, const std::string& language) const {
    const auto& c = detail.stored.c;
    const ViewContext view{*detail.rules, state_->parts.identity, viewer, state_->parts.grid, language, state_->parts.clock.now_ms()};
    auto object = summary_json(detail.stored, view);
    object["filing_row"] = filing_row_json(view, c.filing_row);
    object["coord_type"] = c.coord_type;
    object["merged_into"] = nullptr;
    if (detail.lead)
        object["merged_into"] = json::object{{"case_id", format_uuid(detail.lead->c.id)}, {"name", name_of(detail.lead->c.id, detail.lead->case_no)}, {"state_label", view.state_label("case", "", detail.lead->c.state)}};
    json::array merged;
    for (const auto& one : detail.merged_cases)
        merged.push_back(json::object{{"case_id", format_uuid(one.id)}, {"name", name_of(one.id, one.case_no)}, {"source_label", view.label(view.rules.workflow.sources, one.source)}, {"reported_at", format_rfc3339(one.reported_ms)}});
    object["merged_cases"] = std::move(merged);
    object["asset_id"] = maybe_text(c.asset_id);
    object["rules_version"] = c.rules_version;
    const auto red_line = geo::from_wkt(c.red_line);
    object["red_line"] = red_line ? geo::to_geojson(*red_line) : json::value(nullptr);
    object["hold"] = nullptr;
    if (!c.hold_decision.empty()) {
        json::array stages;
        for (const auto& stage : split(c.hold_stages, ' ')) stages.emplace_back(view.label(view.rules.workflow.stages, stage));
        object["hold"] = json::object{{"number", c.hold_decision}, {"stages", std::move(stages)}};
    }
    object["excluded_by"] = maybe_text(c.excluded_by);
    object["ruled_unit_name"] = maybe_text(view.organisation_name(c.ruled_unit));
    object["reporter"] = nullptr;
    object["reporter_sentence"] = nullptr;
    if (viewer.scope.sees_reporter) {
        json::object reporter{{"is_staff", !c.reporter_id.is_nil()}, {"name_masked", view.person_name(c.reporter_id)}, {"phone_masked", ""}, {"public", false}, {"call_back", false}};
        if (detail.contact) {
            const auto& contact = *detail.contact;
            reporter["name_masked"] = contact.name.empty() ? "" : std::string(take_characters(contact.name, 1)) + "**";
            reporter["phone_masked"] = identity::mask_phone(contact.phone);
            reporter["public"] = contact.is_public;
            reporter["call_back"] = contact.wants_call_back;
        }
        object["reporter"] = std::move(reporter);
        object["reporter_sentence"] = reporter_sentence(view, detail, object);
    }
    object["seven_stages"] = seven_stages_json(view, c, detail.steps);
    json::array steps, assignments, tasks, requests, clocks;
    Uuid for_person;
    for (const auto& one : detail.steps) {
        for_person = acted_for(one, for_person);
        steps.push_back(step_json(view, c, one, for_person));
    }
    for (const auto& one : c.assignments) assignments.push_back(assignment_json(view, c, one));
    for (const auto& one : c.tasks) tasks.push_back(task_json(view, c, one, detail.steps));
    for (const auto& one : c.requests) requests.push_back(request_json(view, one, detail.steps));
    for (const auto& one : c.clocks) clocks.push_back(clock_json(view, c, one));
    object["steps"] = std::move(steps);
    object["assignments"] = std::move(assignments);
    object["tasks"] = std::move(tasks);
    object["requests"] = std::move(requests);
    object["clocks"] = std::move(clocks);
    object["media"] = media_json(detail);
    object["evidence"] = json::array();
    object["allowed_actions"] = allowed_json(view, detail);
    object["feed_position"] = storage::format_position(detail.position);
    return object;
}

} // namespace chengge::cases
