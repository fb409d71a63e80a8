// Modes: begin and end, what goes first, who approves that their cases leave the evaluation.
#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "emergency/emergency_service.hpp"
#include "emergency/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::emergency {

using cases::CaseDecision;
using identity::Viewer;
using storage::Blob;
using storage::Transaction;

namespace {

tl::unexpected<Error> faulty(std::string zh, std::string en) { return fail("mode_faulty", {{"reason", std::move(zh)}, {"reason_en", std::move(en)}}); }

// Whether two lists of prefixes can mean the same place or class.
bool meet(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    if (a.empty() || b.empty()) return true;
    return std::any_of(a.begin(), a.end(), [&](const std::string& one) { return std::any_of(b.begin(), b.end(), [&](const std::string& other) { return one.starts_with(other) || other.starts_with(one); }); });
}

Result<void> check_scope(const EmergencyParts& parts, const NewMode& mode) {
    if (mode.name.empty()) return faulty("请填写名称，例如“台风××防御”", "it needs a name");
    if (mode.stages.empty()) return faulty("请选择要停止计时的环节", "choose the stages whose clocks stop");
    for (const auto& stage : mode.stages)
        if (!parts.data->may_hold(stage)) return faulty("所选环节不能停止计时", "the clock of a chosen stage cannot be stopped");
    for (const auto& region : mode.regions)
        if (region.size() == 15 ? parts.grid.find_cell(region) == nullptr : parts.grid.find_region(region) == nullptr) return faulty("没有区划 " + region, "there is no region " + region);
    const auto set = parts.rules.current();
    for (const auto& key : mode.classes) {
        const bool is_known = std::any_of(set->taxonomy.classes().begin(), set->taxonomy.classes().end(), [&](const rules::ProblemClass& one) { return rules::class_key(one.edition, one.kind, one.code).starts_with(key); });
        if (!is_known) return faulty("没有类别 " + key, "there is no class " + key);
    }
    return {};
}

// A district's commander decides for the district.
Result<void> check_place(const std::vector<std::string>& regions, const Viewer& viewer, const grid::GridService& grid) {
    if (viewer.scope.sees_all) return {};
    const auto& own = viewer.scope.region_code;
    const auto is_own = [&](const std::string& code) {
        const auto* region = grid.find_region(code.substr(0, 12));
        return code == own || (region != nullptr && region->managed_by_code == own);
    };
    if (own.empty() || regions.empty() || !std::all_of(regions.begin(), regions.end(), is_own)) return fail("mode_not_yours");
    return {};
}

Result<void> check_time(const EmergencySettings& settings, std::int64_t at_ms, std::int64_t now_ms) {
    if (at_ms >= now_ms - settings.past_minutes_max * minute_ms && at_ms <= now_ms + settings.ahead_hours_max * hour_ms) return {};
    return fail("mode_time_out_of_range", {{"minutes", std::to_string(settings.past_minutes_max)}, {"hours", std::to_string(settings.ahead_hours_max)}});
}

Uuid id_from(const std::string& what, const Uuid& id) {
    auto made = uuid_from_raw(sm3(what + id.raw()).substr(0, 16));
    made.bytes[6] = static_cast<std::uint8_t>((made.bytes[6] & 0x0f) | 0x80);
    made.bytes[8] = static_cast<std::uint8_t>((made.bytes[8] & 0x3f) | 0x80);
    return made;
}

std::string person_name(const identity::Directory& directory, const storage::Rows::Row& row, const char* column) {
    const auto* person = row.is_null(column) ? nullptr : directory.find_person(uuid_from_raw(row.bytes(column)));
    return person != nullptr ? person->name : "";
}

json::value instant(std::optional<std::int64_t> at) { return at ? json::value(format_rfc3339(*at)) : json::value(nullptr); }

json::object exclusion_json(const storage::Rows::Row& row, const identity::Directory& directory, const std::string& language) {
    static const std::map<std::string, std::pair<const char*, const char*>> states{{"asked", {"待审批", "To decide"}}, {"approved", {"同意", "Approved"}}, {"refused", {"不同意", "Refused"}}};
    const auto& label = states.at(row.text("state"));
    return {{"exclusion_id", format_uuid(uuid_from_raw(row.bytes("exclusion_id")))},
            {"reason", row.text("reason")},
            {"asked_by_name", person_name(directory, row, "asked_by")},
            {"asked_at", format_rfc3339(row.integer("asked_ms"))},
            {"state", row.text("state")},
            {"state_label", language == "en" ? label.second : label.first},
            {"decided_by_name", row.is_null("decided_by") ? json::value(nullptr) : json::value(person_name(directory, row, "decided_by"))},
            {"decided_at", instant(row.maybe_integer("decided_ms"))},
            {"words", row.text("words")}};
}

} // namespace

EmergencyService::EmergencyService(EmergencyParts parts) : parts_(std::make_unique<EmergencyParts>(std::move(parts))) {}
EmergencyService::~EmergencyService() = default;

json::object EmergencyService::settings(const std::string& language) const {
    const auto set = parts_->rules.current();
    const auto pick = [&](const std::string& zh, const std::string& en) { return language == "en" ? en : zh; };
    json::array stages, kinds, groups;
    for (const auto& one : parts_->data->stages)
        if (const auto* label = set->workflow.find_label(set->workflow.stages, one.stage)) stages.push_back(json::object{{"code", one.stage}, {"label", pick(label->zh, label->en)}, {"is_usual", one.is_usual}});
    for (const auto& one : parts_->data->damage_kinds) kinds.push_back(json::object{{"code", one.code}, {"label", pick(one.zh, one.en)}, {"unit", pick(one.unit_zh, one.unit_en)}});
    int last = 0;
    for (const auto& one : parts_->data->priority) {
        if (one.group != last) groups.push_back(json::object{{"group", one.group}, {"label", pick(one.zh, one.en)}});
        last = one.group;
    }
    json::array majors;
    for (const auto& one : set->major_classes)
        if (one.edition == "2026" && (one.kind == "component" || one.code >= "06")) majors.push_back(json::object{{"key", rules::class_key(one.edition, one.kind, one.code)}, {"label", rules::name_in(one, language)}});
    return {{"stages", std::move(stages)}, {"damage_kinds", std::move(kinds)}, {"priority_groups", std::move(groups)}, {"classes", std::move(majors)},
            {"past_minutes_max", parts_->data->settings.past_minutes_max}, {"ahead_hours_max", parts_->data->settings.ahead_hours_max}, {"damage_photos_max", parts_->data->settings.damage_photos_max}};
}

Result<json::object> EmergencyService::begin_mode(const NewMode& mode, const Viewer& viewer, const std::string& language) {
    auto& decisions = parts_->cases.decisions();
    const auto now = parts_->clock.now_ms();
    cases::NewDecision wanted;
    wanted.id = mode.id;
    wanted.kind = "hold";
    wanted.name = mode.name;
    wanted.words = mode.words;
    wanted.stages = mode.stages;
    wanted.regions = mode.regions;
    wanted.classes = mode.classes;
    wanted.from_ms = mode.from_ms.value_or(now);
    if (!decisions.find(mode.id)) { // sent again it is answered again
        TRY(check_scope(*parts_, mode));
        TRY(check_place(mode.regions, viewer, parts_->grid));
        TRY(check_time(parts_->data->settings, wanted.from_ms, now));
        const auto others = decisions.list({"hold"}, 0, 100);
        std::vector<std::int64_t> keys;
        for (const auto& other : others) keys.push_back(other.key);
        const auto ends = decisions.ends_of(keys);
        for (const auto& other : others)
            if (other.state != "cancelled" && other.state != "failed" && !ends.contains(other.key) && meet(other.regions, mode.regions) && meet(other.classes, mode.classes))
                return fail("mode_overlaps", {{"number", other.number}, {"name", other.name}});
    }
    TRY_ASSIGN(made, decisions.record(wanted, viewer));
    parts_->identity.record_access(viewer, "mode_begun", made.number);
    return mode_json(made, language);
}

Result<json::object> EmergencyService::end_mode(const Uuid& id, const std::string& words, std::optional<std::int64_t> at_ms, const Viewer& viewer, const std::string& language) {
    auto& decisions = parts_->cases.decisions();
    const auto known = decisions.find(id);
    if (!known || known->kind != "hold") return fail("mode_unknown");
    TRY(check_place(known->regions, viewer, parts_->grid));
    if (known->state == "waiting" && known->from_ms > parts_->clock.now_ms()) {
        TRY(decisions.cancel(id));
        return mode_json(*decisions.find(id), language);
    }
    if (known->state == "cancelled" || known->state == "failed") return fail("mode_over");
    const auto now = parts_->clock.now_ms();
    cases::NewDecision wanted;
    wanted.id = id_from("end of a mode", id);
    wanted.kind = "release";
    wanted.of_key = known->key;
    wanted.name = known->name;
    wanted.words = words;
    wanted.from_ms = at_ms.value_or(now);
    if (decisions.find(wanted.id)) return fail("mode_over");
    TRY(check_time(parts_->data->settings, wanted.from_ms, now));
    if (wanted.from_ms < known->from_ms) return fail("mode_time_out_of_range", {{"minutes", std::to_string(parts_->data->settings.past_minutes_max)}, {"hours", std::to_string(parts_->data->settings.ahead_hours_max)}});
    TRY_ASSIGN(made, decisions.record(wanted, viewer));
    parts_->identity.record_access(viewer, "mode_ended", made.number);
    return mode_json(*decisions.find(id), language);
}

json::object EmergencyService::mode_json(const CaseDecision& mode, const std::string& language) const {
    const auto directory = parts_->identity.directory();
    const auto set = parts_->rules.current();
    const auto now = parts_->clock.now_ms();
    auto& decisions = parts_->cases.decisions();
    auto object = decisions.json_of(mode, *directory, language);
    object["mode_id"] = object["decision_id"];
    object.erase("decision_id");
    json::array stages, regions, classes;
    for (const auto& code : mode.stages) {
        const auto* label = set->workflow.find_label(set->workflow.stages, code);
        stages.push_back(json::object{{"code", code}, {"label", label == nullptr ? code : language == "en" ? label->en : label->zh}});
    }
    for (const auto& code : mode.regions) {
        const auto* region = parts_->grid.find_region(code);
        regions.push_back(json::object{{"code", code}, {"name", region == nullptr ? code : region->name}});
    }
    for (const auto& key : mode.classes) {
        const auto names = split(key, '/');
        std::string label = key;
        for (const auto& one : set->major_classes)
            if (names.size() == 3 && one.edition == names[0] && one.kind == names[1] && one.code == names[2]) label = rules::name_in(one, language);
        if (names.size() == 3)
            if (const auto* problem = set->taxonomy.find_class(names[0], names[1], names[2])) label = rules::name_in(*problem, language);
        classes.push_back(json::object{{"key", key}, {"label", label}});
    }
    object["stages"] = std::move(stages);
    object["regions"] = std::move(regions);
    object["classes"] = std::move(classes);
    const auto ends = decisions.ends_of({mode.key});
    const auto end = ends.find(mode.key);
    object["end"] = end == ends.end() ? json::value(nullptr) : json::value(decisions.json_of(end->second, *directory, language));
    object["is_on"] = mode.state != "cancelled" && mode.state != "failed" && mode.from_ms <= now && (end == ends.end() || end->second.from_ms > now);
    object["exclusion"] = nullptr;
    parts_->database.read([&](Transaction& transaction) {
        object["held"] = transaction.run(sql::count_held, {{"number", mode.number}})[0].integer("cases");
        for (const auto row : transaction.run(sql::list_exclusions, {{"mode_key", mode.key}})) object["exclusion"] = exclusion_json(row, *directory, language); // the newest
    });
    return object;
}

Result<json::object> EmergencyService::modes(const std::string& cursor, int limit, const std::string& language) const {
    std::int64_t before = 0;
    if (!cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(cursor, 1));
        if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
        before = std::get<std::int64_t>(place[0]);
    }
    auto page = parts_->cases.decisions().list({"hold"}, before, limit + 1);
    json::value next = nullptr;
    if (page.size() > static_cast<std::size_t>(limit)) {
        page.pop_back();
        next = storage::encode_cursor({page.back().key});
    }
    json::array items;
    for (const auto& one : page) items.push_back(mode_json(one, language));
    return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

Result<json::object> EmergencyService::mode(const Uuid& id, const std::string& language) const {
    const auto known = parts_->cases.decisions().find(id);
    if (!known || known->kind != "hold") return fail("mode_unknown");
    return mode_json(*known, language);
}

Result<cases::CaseFilter> EmergencyService::cases_of(const Uuid& id) const {
    const auto known = parts_->cases.decisions().find(id);
    if (!known || known->kind != "hold") return fail("mode_unknown");
    cases::CaseFilter filter;
    filter.decision_key = known->key;
    return filter;
}

Result<cases::CaseFilter> EmergencyService::priority_filter(const Uuid& mode, const std::string& region, int group) const {
    cases::CaseFilter filter;
    filter.is_open = true;
    filter.order = "priority";
    filter.region = region;
    for (const auto& one : parts_->data->priority)
        if (group == 0 || one.group == group) filter.priority.push_back({one.group, rules::class_key(one.edition, one.kind, one.class_code)});
    if (mode.is_nil()) return filter;
    const auto known = parts_->cases.decisions().find(mode);
    if (!known || known->kind != "hold") return fail("mode_unknown");
    filter.regions = known->regions;
    return filter;
}

Result<json::object> EmergencyService::priority(const cases::CaseFilter& filter, const Viewer& viewer, const std::string& language) const {
    TRY_ASSIGN(page, parts_->cases.list(filter, viewer, language));
    json::array items;
    for (auto& one : page["items"].as_array()) {
        const auto& item = one.as_object();
        const auto& code = item.at("class_code");
        const auto key = code.is_null() ? std::string() : rules::class_key(std::string(item.at("edition").as_string()), std::string(item.at("kind").as_string()), std::string(code.as_string()));
        json::object row{{"group", 0}, {"group_label", ""}};
        for (const auto& known : parts_->data->priority) {
            if (row["group"] != 0 || !key.starts_with(rules::class_key(known.edition, known.kind, known.class_code))) continue;
            row["group"] = known.group;
            row["group_label"] = language == "en" ? known.en : known.zh;
        }
        row["case"] = std::move(one);
        items.push_back(std::move(row));
    }
    page["items"] = std::move(items);
    return page;
}

Result<json::object> EmergencyService::ask_exclusion(const Uuid& mode, const Uuid& id, const std::string& reason, const Viewer& viewer, const std::string& language) {
    auto& decisions = parts_->cases.decisions();
    const auto known = decisions.find(mode);
    if (!known || known->kind != "hold") return fail("mode_unknown");
    const auto ends = decisions.ends_of({known->key});
    const auto end = ends.find(known->key);
    // Only then is it certain which cases it has touched.
    if (end == ends.end() || end->second.state != "done") return fail("mode_not_over");
    TRY(parts_->database.write([&](Transaction& transaction) -> Result<void> {
        for (const auto row : transaction.run(sql::list_exclusions, {{"mode_key", known->key}})) {
            if (uuid_from_raw(row.bytes("exclusion_id")) == id) return {};
            if (row.text("state") != "refused") return fail("exclusion_there");
        }
        transaction.run(sql::insert_exclusion, {{"exclusion_id", Blob{id.raw()}}, {"mode_key", known->key}, {"reason", reason}, {"asked_by", Blob{viewer.person_id.raw()}}, {"asked_ms", parts_->clock.now_ms()}});
        return {};
    }));
    parts_->identity.record_access(viewer, "exclusion_asked", known->number);
    return mode_json(*known, language);
}

Result<json::object> EmergencyService::decide_exclusion(const Uuid& mode, bool agrees, const std::string& words, const Viewer& viewer, const std::string& language) {
    auto& decisions = parts_->cases.decisions();
    const auto known = decisions.find(mode);
    if (!known || known->kind != "hold") return fail("mode_unknown");
    if (!agrees && words.empty()) return fail("needs_opinion", {{"action", "不同意"}, {"action_en", "Refuse"}});
    const auto hand = viewer.person_id;
    Uuid id;
    std::string reason;
    TRY(parts_->database.read([&](Transaction& transaction) -> Result<void> {
        auto result = Result<void>(fail("exclusion_unknown"));
        for (const auto row : transaction.run(sql::list_exclusions, {{"mode_key", known->key}})) { // the newest counts
            result = {};
            id = uuid_from_raw(row.bytes("exclusion_id"));
            reason = row.text("reason");
            if (row.text("state") != "asked") result = fail("exclusion_decided");
            else if (uuid_from_raw(row.bytes("asked_by")) == hand || uuid_from_raw(row.bytes("asked_by")) == viewer.deputy_id) result = fail("request_is_own");
        }
        return result;
    }));
    const auto decide = [&](Transaction& transaction, std::int64_t decision_key) -> Result<void> {
        const storage::Params params{{"exclusion_id", Blob{id.raw()}}, {"state", agrees ? "approved" : "refused"}, {"decided_by", Blob{hand.raw()}}, {"decided_ms", parts_->clock.now_ms()}, {"words", words},
                                     {"decision_key", decision_key == 0 ? storage::Value{} : storage::Value{decision_key}}};
        if (transaction.run(sql::decide_exclusion, params).affected == 0) return fail("exclusion_decided");
        return {};
    };
    if (!agrees) {
        TRY(parts_->database.write([&](Transaction& transaction) { return decide(transaction, 0); }));
    } else {
        cases::NewDecision wanted;
        wanted.id = id;
        wanted.kind = "exclude";
        wanted.of_key = known->key;
        wanted.name = known->name;
        wanted.words = reason;
        wanted.from_ms = parts_->clock.now_ms();
        TRY(decisions.record(wanted, viewer, [&](Transaction& transaction, const CaseDecision& made) { return decide(transaction, made.key); }));
    }
    parts_->identity.record_access(viewer, agrees ? "exclusion_approved" : "exclusion_refused", known->number);
    return mode_json(*known, language);
}

} // namespace chengge::emergency
