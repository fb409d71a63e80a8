#include "reorganisation/reorganisation_service.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "base/time.hpp"
#include "reorganisation/reorganisation_rows.hpp"
#include "storage/list_builder.hpp"

namespace chengge::reorganisation {

using cases::CaseDecision;
using storage::Transaction;

namespace {

constexpr std::size_t shown_max = 200; // of each list of a preview
constexpr int export_max = 10'000;

// New organisations have no row in the directory yet.
std::string name_of(const Plan& plan, const identity::Directory& directory, const std::string& code) {
    if (const auto* known = directory.find_organisation(code)) return known->name;
    if (plan.target.code == code) return plan.target.name;
    for (const auto& part : plan.parts)
        if (part.to.code == code) return part.to.name;
    return code;
}

json::object people_json(const Plan& plan, const identity::Directory& directory, const identity::IdentityService::Reorganisation& change) {
    json::array people;
    for (const auto& [id, to] : change.people) {
        const auto* person = directory.find_person(id);
        if (person == nullptr || people.size() >= shown_max) continue;
        people.push_back(json::object{{"person_id", format_uuid(id)}, {"name", person->name}, {"to_name", name_of(plan, directory, to)}});
    }
    return {{"count", change.people.size()}, {"items", std::move(people)}};
}

json::object units_json(const Plan& plan, const identity::Directory& directory, const identity::IdentityService::Reorganisation& change) {
    json::array units;
    for (const auto& [code, to] : change.parents) units.push_back(json::object{{"code", code}, {"name", name_of(plan, directory, code)}, {"to_name", name_of(plan, directory, to)}});
    return {{"count", change.parents.size()}, {"items", std::move(units)}};
}

json::object rows_json(const Plan& plan, const identity::Directory& directory, const std::vector<RowChange>& changes) {
    json::array items;
    std::int64_t changed = 0, added = 0, unsure = 0;
    const auto unit_of = [](const responsibility::Row& row) { return !row.maintenance.empty() ? row.maintenance : !row.owner.empty() ? row.owner : row.competent; };
    for (const auto& one : changes) {
        const bool is_new = one.after.version == 0;
        (is_new ? added : changed) += 1;
        unsure += one.is_unsure;
        if (items.size() >= shown_max) continue;
        items.push_back(json::object{{"code", one.before.code}, {"place", one.after.place}, {"from_name", name_of(plan, directory, unit_of(one.before))}, {"to_name", name_of(plan, directory, unit_of(one.after))}, {"is_new", is_new}, {"is_unsure", one.is_unsure}});
    }
    return {{"changed", changed}, {"added", added}, {"unsure", unsure}, {"items", std::move(items)}};
}

json::object cases_json(const Plan& plan, const identity::Directory& directory, const std::vector<cases::WorkRow>& work, const std::vector<cases::WorkMove>& moves, const rules::Rules& rules, const std::string& language) {
    json::array items;
    for (const auto& one : work) {
        if (items.size() >= shown_max) break;
        const auto* stage = rules.workflow.find_label(rules.workflow.stages, one.stage);
        const auto* state = rules.workflow.machine("case").find_state("", one.state);
        const auto* problem = rules.taxonomy.find_class(one.place.edition, one.place.kind, one.place.class_code);
        rules::StandingHold scope;
        std::string to;
        for (const auto& move : moves) {
            scope.classes = move.classes;
            scope.regions = move.regions;
            if (to.empty() && scope.covers(one.place)) to = move.to;
        }
        const auto pick = [&](const auto* label) { return label == nullptr ? std::string() : language == "en" ? label->en : label->zh; };
        items.push_back(json::object{{"case_no", one.case_no}, {"stage_label", stage != nullptr ? pick(stage) : pick(state)}, {"class_name", problem == nullptr ? "" : rules::name_in(*problem, language)},
                                     {"unit_name", one.unit.empty() ? "" : name_of(plan, directory, one.unit)}, {"to_name", name_of(plan, directory, to)}});
    }
    return {{"count", work.size()}, {"items", std::move(items)}};
}

cases::NewDecision decision_for(const Plan& plan, const identity::Directory& directory, std::int64_t now_ms) {
    cases::NewDecision wanted;
    wanted.id = plan.id;
    wanted.kind = "move";
    wanted.name = title_of(plan, directory);
    wanted.words = plan.reason;
    wanted.content = to_json(plan);
    wanted.moves = moves_of(plan);
    const auto day = *parse_date(plan.day);
    wanted.from_ms = day == city_date(now_ms) ? now_ms : city_midnight_ms(day);
    return wanted;
}

std::vector<std::string> codes_in(const Plan& plan) {
    auto codes = plan.units;
    codes.push_back(plan.target.code);
    for (const auto& part : plan.parts) codes.push_back(part.to.code);
    std::erase(codes, "");
    return codes;
}

} // namespace

ReorganisationService::ReorganisationService(ReorganisationParts given) : parts_(std::make_unique<ReorganisationParts>(std::move(given))) {
    auto* parts = parts_.get();
    cases::DecisionService::Beginning beginning;
    beginning.in = [parts](Transaction& transaction, const CaseDecision& decision) -> Result<void> {
        TRY_ASSIGN(plan, read_plan(decision.content));
        const auto directory = parts->identity.directory();
        const auto now = parts->clock.now_ms();
        // What was right when it was recorded may not be so any more.
        TRY(check_plan(plan, *directory, parts->identity, plan.day));
        TRY(parts->identity.reorganise(transaction, directory_change(plan, *directory), now));
        for (const auto& one : row_changes(plan, parts->responsibility.rows(), *parts->rules(), parts->grid)) parts->responsibility.store(transaction, one.after, decision.number);
        return {};
    };
    beginning.after = [parts] {
        parts->identity.reload_directory();
        parts->responsibility.reload();
    };
    parts_->cases.decisions().on_begin("move", std::move(beginning));
}

ReorganisationService::~ReorganisationService() = default;

namespace {

// A unit takes part in one reorganisation at a time.
Result<void> check_overlap(const cases::DecisionService& decisions, const Plan& plan) {
    for (const auto& other : decisions.list({"move"}, 0, 500)) {
        if (other.state != "waiting" && other.state != "running") continue;
        const auto known = read_plan(other.content);
        if (!known || known->id == plan.id) continue;
        const auto mine = codes_in(plan), theirs = codes_in(*known);
        for (const auto& code : mine)
            if (std::find(theirs.begin(), theirs.end(), code) != theirs.end()) return fail("reorganisation_overlaps", {{"number", other.number}});
    }
    return {};
}

json::object decision_json(const ReorganisationParts& parts, const CaseDecision& decision, const std::string& language) {
    const auto directory = parts.identity.directory();
    auto object = parts.cases.decisions().json_of(decision, *directory, language);
    const auto plan = read_plan(decision.content);
    object["kind"] = plan ? plan->kind : "";
    object["document"] = plan ? plan->document : "";
    object["day"] = plan ? plan->day : "";
    object["failed_because"] = decision.note.empty() ? json::value(nullptr) : json::value(decision.note);
    return object;
}

} // namespace

Result<json::object> ReorganisationService::preview(const json::value& body, const std::string& language) const {
    TRY_ASSIGN(plan, read_plan(body));
    const auto directory = parts_->identity.directory();
    const auto now = parts_->clock.now_ms();
    TRY(check_plan(plan, *directory, parts_->identity, format_date(city_date(now))));
    TRY(check_overlap(parts_->cases.decisions(), plan));
    const auto change = directory_change(plan, *directory);
    const auto rules = parts_->rules();
    auto wanted = decision_for(plan, *directory, now);
    wanted.from_ms = std::numeric_limits<std::int64_t>::max(); // whatever there is until then
    const auto work = parts_->cases.decisions().find_work(wanted);
    return json::object{{"title", wanted.name},
                        {"people", people_json(plan, *directory, change)},
                        {"units", units_json(plan, *directory, change)},
                        {"rows", rows_json(plan, *directory, row_changes(plan, parts_->responsibility.rows(), *rules, parts_->grid))},
                        {"cases", cases_json(plan, *directory, work, wanted.moves, *rules, language)}};
}

Result<json::object> ReorganisationService::record(const json::value& body, const identity::Viewer& viewer, const std::string& language) {
    TRY_ASSIGN(plan, read_plan(body));
    auto& decisions = parts_->cases.decisions();
    if (const auto known = decisions.find(plan.id)) { // sent again
        const auto before = read_plan(known->content);
        if (!before || before->kind != plan.kind || before->units != plan.units || before->reason != plan.reason) return fail("decision_id_taken");
        return decision_json(*parts_, *known, language);
    }
    const auto directory = parts_->identity.directory();
    const auto now = parts_->clock.now_ms();
    TRY(check_plan(plan, *directory, parts_->identity, format_date(city_date(now))));
    TRY(check_overlap(decisions, plan));
    TRY_ASSIGN(made, decisions.record(decision_for(plan, *directory, now), viewer));
    parts_->identity.record_access(viewer, "reorganisation_recorded", made.number);
    return decision_json(*parts_, made, language);
}

Result<json::object> ReorganisationService::get(const Uuid& id, const std::string& language) const {
    const auto known = parts_->cases.decisions().find(id);
    if (!known || known->kind != "move") return fail("decision_unknown");
    return decision_json(*parts_, *known, language);
}

Result<json::object> ReorganisationService::list(const std::string& cursor, int limit, const std::string& language) const {
    std::int64_t before = 0;
    if (!cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(cursor, 1));
        if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
        before = std::get<std::int64_t>(place[0]);
    }
    auto page = parts_->cases.decisions().list({"move"}, before, limit + 1);
    json::value next = nullptr;
    if (page.size() > static_cast<std::size_t>(limit)) {
        page.pop_back();
        next = storage::encode_cursor({page.back().key});
    }
    json::array items;
    for (const auto& one : page) items.push_back(decision_json(*parts_, one, language));
    return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

std::string ReorganisationService::export_csv(const std::string& language) const {
    std::string csv = "\xef\xbb\xbf";
    csv += language == "en" ? "No,What,Reason,Document,From,State,Cases,Reached,Recorded by,Recorded\r\n" : "编号,调整内容,原因,文件依据,生效时间,状态,应移交案件,已移交,登记人,登记时间\r\n";
    for (const auto& one : parts_->cases.decisions().list({"move"}, 0, export_max)) {
        const auto object = decision_json(*parts_, one, language);
        std::string line;
        for (const auto* name : {"number", "name", "words", "document", "from", "state_label", "expected", "reached", "made_by_name", "made_at"}) {
            const auto& value = object.at(name);
            line += (line.empty() ? "" : ",") + csv_field(value.is_string() ? std::string(value.get_string()) : to_json_text(value));
        }
        csv += line + "\r\n";
    }
    return csv;
}

Result<void> ReorganisationService::cancel(const Uuid& id) {
    const auto known = parts_->cases.decisions().find(id);
    if (!known || known->kind != "move") return fail("decision_unknown");
    return parts_->cases.decisions().cancel(id);
}

} // namespace chengge::reorganisation
