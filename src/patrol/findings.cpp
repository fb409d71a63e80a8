// What an inspector finds, who is charged with it, 申辩 and what becomes of it.
#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "geo/geometry.hpp"
#include "patrol/patrol_state.hpp"
#include "patrol/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::patrol {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr int export_rows_max = 20'000;

std::string body_of(const NewFinding& finding, const Viewer& viewer) {
    json::object body{{"sample", format_uuid(finding.sample)}, {"case", finding.case_reference}, {"kind", finding.kind}, {"words", finding.words}, {"media", ids_text(finding.media)},
                      {"collector", format_uuid(finding.collector)}, {"contests", finding.contests}, {"by", format_uuid(viewer.person_id)}};
    if (finding.place) body["place"] = json::object{{"lon", finding.place->lon}, {"lat", finding.place->lat}, {"coord_type", finding.place->coord_type}};
    return to_json_text(body);
}

bool is_collector(const identity::Directory& directory, const Uuid& id) {
    const auto* person = id.is_nil() ? nullptr : directory.find_person(id);
    return person != nullptr && std::find(person->roles.begin(), person->roles.end(), "collector") != person->roles.end();
}

// Who has to answer for it, and since which day they were whose.
struct Charged {
    Uuid collector;
    std::string day;
};

// Who checked it last and passed it; of a simple case who handled it on the spot.
Charged checker_of(const rules::Case& c) {
    if (c.is_simple != 0) return {c.reporter_id, day_of(c.reported_ms)};
    Charged charged;
    for (const auto& one : c.tasks)
        if (one.kind == "check" && one.state == "passed" && one.finished_ms) charged = {one.person_id, day_of(*one.finished_ms)};
    return charged;
}

// A drawn case is looked at also when it has been reopened since.
Result<void> check_case_fits(const FindingKind& kind, const rules::Case& c, bool is_drawn, const Viewer& viewer) {
    const bool is_over = is_drawn || c.state == "closed" || c.state == "contested" || c.state == "archived";
    if (!is_over || !kind.fits_to(c.is_simple != 0 ? "simple" : "closed")) return fail("finding_not_fitting");
    const bool had_hand = c.reporter_id == viewer.person_id || std::any_of(c.tasks.begin(), c.tasks.end(), [&](const rules::Task& one) { return one.person_id == viewer.person_id && one.finished_ms; });
    if (had_hand) return fail("inspector_not_independent");
    return {};
}

// What is stored of a finding, but for what the transaction finds out.
struct Prepared {
    const FindingKind* kind = nullptr;
    std::optional<std::int64_t> case_key;
    std::optional<grid::Place> place;
    std::optional<double> distance_m;
    Charged charged;
    std::string day;
};

// The draw's key when the case was drawn and nobody has looked at it yet.
Result<std::int64_t> find_free_item(Transaction& transaction, const Uuid& sample, std::int64_t case_key) {
    const auto samples = transaction.run(sql::find_sample, {{"sample_id", blob_of(sample)}});
    if (samples.empty()) return fail("sample_unknown");
    const auto items = transaction.run(sql::find_sample_item, {{"sample_key", samples[0].integer("sample_key")}, {"case_key", case_key}});
    if (items.empty()) return fail("not_in_sample");
    if (!items[0].is_null("finding_key")) return fail("sample_item_done");
    return samples[0].integer("sample_key");
}

// Looks at what was sent and at its case; with `contests` the closure is contested, first and under the finding's id: a crash
// between is repaired by sending again.
Result<Prepared> prepare(const PatrolParts& parts, const NewFinding& finding, const Viewer& viewer) {
    Prepared made;
    made.kind = parts.data->find_kind(finding.kind);
    if (made.kind == nullptr) return fail("finding_kind_unknown");
    if (made.kind->needs_photo && finding.media.empty()) return fail("needs_photo_of_place");
    if (made.kind->charged != "nobody" && finding.words.empty()) return fail("needs_reasons");
    TRY(check_photos(parts, finding.media, viewer));
    if (finding.place) {
        TRY_ASSIGN(place, parts.grid.locate(finding.place->lon, finding.place->lat, finding.place->coord_type));
        made.place = place;
    }
    const auto now = parts.clock.now_ms();
    made.day = day_of(now);
    if (finding.case_reference.empty()) {
        if (!made.place) return fail("needs_place_or_case");
        if (!made.kind->fits_to("patrol") || finding.contests || !finding.sample.is_nil()) return fail("finding_not_fitting");
        made.charged = {finding.collector, made.day};
    } else {
        TRY_ASSIGN(detail, parts.cases.get(finding.case_reference, viewer));
        const auto& c = detail.stored.c;
        TRY(check_case_fits(*made.kind, c, !finding.sample.is_nil(), viewer));
        if (!finding.sample.is_nil()) TRY(parts.database.read([&](Transaction& transaction) { return find_free_item(transaction, finding.sample, detail.stored.key); }));
        if (finding.contests && !made.kind->contests) return fail("finding_not_fitting");
        made.case_key = detail.stored.key;
        if (made.place) made.distance_m = geo::distance_m(geo::Point{made.place->lon, made.place->lat}, geo::Point{c.lon, c.lat});
        if (made.kind->charged == "reporter" || made.kind->charged == "nobody") made.charged = {c.reporter_id, day_of(c.reported_ms)};
        if (made.kind->charged == "checker") made.charged = checker_of(c);
        if (!is_collector(*parts.identity.directory(), made.charged.collector)) made.charged.collector = {};
        if (finding.contests) {
            cases::NewStep step;
            step.step_id = finding.id;
            step.action = "contest";
            step.version = c.version;
            step.opinion = finding.words;
            TRY(parts.cases.act(finding.case_reference, step, viewer));
        }
    }
    return made;
}

// The lot that is charged; nullptr when it is nobody's.
Result<const StoredLot*> charged_lot(const LotBook& book, const NewFinding& finding, const Prepared& made) {
    if (made.case_key) return book.lot_of(made.charged.collector, made.charged.day);
    if (made.kind->charged != "lot") return nullptr;
    const auto* lot = book.lot_at(made.place->cell_code, made.day);
    if (!finding.collector.is_nil() && (lot == nullptr || book.lot_of(finding.collector, made.day) != lot)) return fail("collector_not_of_lot");
    return lot;
}

Result<void> store(Transaction& transaction, const PatrolService::State& state, const NewFinding& finding, const Prepared& made, const std::string& body_hash, const Viewer& viewer) {
    const auto now = state.parts.clock.now_ms();
    const auto book = load_lots(transaction);
    TRY_ASSIGN(lot, charged_lot(book, finding, made));
    const bool is_charge = made.kind->charged != "nobody" && (lot != nullptr || !made.charged.collector.is_nil());
    storage::Value sample_key;
    if (!finding.sample.is_nil()) {
        TRY_ASSIGN(key, find_free_item(transaction, finding.sample, *made.case_key));
        sample_key = key;
    }
    storage::Value until;
    if (is_charge) {
        const auto length = rules::Calendar::length_ms({static_cast<double>(state.parts.data->settings.objection_working_days), rules::LimitUnit::working_day});
        until = state.parts.rules.current()->calendar.add(now, length, rules::LimitUnit::working_day);
    }
    storage::Params row{{"finding_id", blob_of(finding.id)}, {"body_hash", storage::Blob{body_hash}}, {"sample_key", sample_key}, {"case_key", made.case_key}, {"kind", finding.kind}, {"state", is_charge ? "stands" : "noted"}};
    row.add("lon", made.place ? storage::Value(made.place->lon) : storage::Value()).add("lat", made.place ? storage::Value(made.place->lat) : storage::Value());
    row.add("cell_code", made.place ? made.place->cell_code : "").add("distance_m", made.distance_m).add("words", finding.words).add("media", ids_text(finding.media));
    row.add("collector_id", maybe_blob(made.charged.collector)).add("lot_key", lot == nullptr ? storage::Value() : storage::Value(lot->key));
    row.add("points", is_charge ? made.kind->points : 0).add("cents", is_charge ? made.kind->cents : 0).add("inspector_id", blob_of(viewer.person_id)).add("found_ms", now);
    row.add("objection_until_ms", until).add("contest", finding.contests ? "done" : "");
    const auto inserted = transaction.run(sql::insert_finding, row);
    if (inserted.empty()) return {}; // the same, sent twice at once
    const auto finding_key = inserted[0].integer("finding_key");
    for (const auto& media : finding.media) transaction.run(sql::insert_finding_media, {{"media_id", blob_of(media)}, {"finding_key", finding_key}});
    if (!finding.sample.is_nil() && transaction.run(sql::set_item_finding, {{"finding_key", finding_key}, {"sample_key", sample_key}, {"case_key", *made.case_key}}).affected == 0) return fail("sample_item_done");
    return {};
}

constexpr std::string_view finding_columns =
    "SELECT f.finding_key, f.finding_id, f.kind, f.state, f.lon, f.lat, f.cell_code, f.distance_m, f.words, f.media, f.collector_id, f.lot_key, f.points, f.cents, f.inspector_id, f.found_ms, "
    "f.objection_until_ms, f.contest, f.objected_by, f.objected_ms, f.objection, f.objection_media, f.decided_by, f.decided_ms, f.decision, s.sample_id, "
    "c.case_id, c.case_no, c.address, c.edition, c.kind AS problem_kind, c.class_code, c.community_code, c.is_simple "
    "FROM findings f LEFT JOIN cases c ON c.case_key = f.case_key LEFT JOIN samples s ON s.sample_key = f.sample_key";

const char* state_label(const std::string& state, const std::string& language) {
    struct Word {
        const char *code, *zh, *en;
    };
    static constexpr Word words[] = {{"noted", "已记录", "Noted"}, {"stands", "成立", "Stands"}, {"objected", "申辩中", "Objected to"}, {"upheld", "申辩不成立", "Upheld"}, {"withdrawn", "已撤销", "Withdrawn"}};
    for (const auto& one : words)
        if (state == one.code) return language == "en" ? one.en : one.zh;
    return "";
}

json::array media_json(const std::string& ids) {
    json::array list;
    for (const auto& id : ids_of(ids)) list.push_back(json::value(format_uuid(id)));
    return list;
}

// By whom and for whom a finding may be objected to.
bool may_speak_for(const Viewer& viewer, const Uuid& collector, const StoredLot* lot) {
    if (viewer.may("patrol.own") && !collector.is_nil() && collector == viewer.person_id) return true;
    return viewer.may("patrol.company") && lot != nullptr && lot->organisation == viewer.organisation_code;
}

json::object finding_json(const PatrolService::State& state, const LotBook& book, const storage::Rows::Row& row, const Viewer& viewer, const std::string& language) {
    const auto now = state.parts.clock.now_ms();
    const auto* kind = state.parts.data->find_kind(row.text("kind"));
    const auto* lot = row.is_null("lot_key") ? nullptr : book.find(row.integer("lot_key"));
    const auto collector = uuid_at(row, "collector_id"), inspector = uuid_at(row, "inspector_id");
    const bool is_centre = viewer.may("patrol.read"), names_collector = state.knows_collectors(viewer) || may_speak_for(viewer, collector, lot);
    const auto& finding_state = row.text("state");
    const auto until = row.maybe_integer("objection_until_ms");
    json::object object{{"finding_id", format_uuid(uuid_at(row, "finding_id"))}, {"kind", row.text("kind")}, {"kind_label", kind == nullptr ? row.text("kind") : pick(language, kind->zh, kind->en)},
                        {"state", finding_state}, {"state_label", state_label(finding_state, language)}, {"points", row.integer("points")}, {"cents", row.integer("cents")}, {"words", maybe_text(row.text("words"))},
                        {"media", media_json(row.text("media"))}, {"found_at", format_rfc3339(row.integer("found_ms"))}, {"objection_until", maybe_instant(until)}, {"is_contested", row.text("contest") == "done"}};
    object["sample_id"] = row.is_null("sample_id") ? json::value(nullptr) : json::value(format_uuid(uuid_at(row, "sample_id")));
    object["lon"] = row.is_null("lon") ? json::value(nullptr) : json::value(row.number("lon"));
    object["lat"] = row.is_null("lat") ? json::value(nullptr) : json::value(row.number("lat"));
    object["distance_m"] = row.is_null("distance_m") ? json::value(nullptr) : json::value(row.number("distance_m"));
    object["lot_id"] = lot == nullptr ? json::value(nullptr) : json::value(format_uuid(lot->id));
    object["lot_name"] = lot == nullptr ? json::value(nullptr) : json::value(lot->name);
    object["collector_id"] = collector.is_nil() || !names_collector ? json::value(nullptr) : json::value(format_uuid(collector));
    object["collector_name"] = collector.is_nil() || !names_collector ? json::value(nullptr) : json::value(state.person_name(collector));
    object["inspector_name"] = is_centre ? json::value(state.person_name(inspector)) : json::value(nullptr); // not for those whom it charges
    object["case"] = nullptr;
    std::string community = row.text("cell_code").substr(0, 12);
    if (!row.is_null("case_id")) {
        const auto id = format_uuid(uuid_at(row, "case_id"));
        const auto set = state.parts.rules.current();
        const auto* problem = set->taxonomy.find_class(row.text("edition"), row.text("problem_kind"), row.text("class_code"));
        const auto number = row.text_or_empty("case_no");
        community = row.text("community_code");
        object["case"] = json::object{{"case_id", id}, {"name", number.empty() ? id.substr(0, 8) : number}, {"class_name", problem == nullptr ? json::value(nullptr) : json::value(pick(language, problem->name, problem->name_en))},
                                      {"address", row.text("address")}, {"is_simple", row.flag("is_simple")}};
    }
    const auto* region = state.parts.grid.find_region(community);
    object["community_name"] = region == nullptr ? json::value(nullptr) : json::value(region->name);
    object["objection"] = row.is_null("objected_ms") ? json::value(nullptr)
                                                     : json::value(json::object{{"words", row.text("objection")}, {"media", media_json(row.text("objection_media"))}, {"by_name", names_collector ? state.person_name(uuid_at(row, "objected_by")) : ""},
                                                                                {"at", format_rfc3339(row.integer("objected_ms"))}});
    object["decision"] = row.is_null("decided_ms") ? json::value(nullptr)
                                                   : json::value(json::object{{"words", row.text("decision")}, {"by_name", is_centre ? state.person_name(uuid_at(row, "decided_by")) : ""},
                                                                              {"at", format_rfc3339(row.integer("decided_ms"))}, {"is_upheld", finding_state == "upheld"}});
    object["may_object"] = finding_state == "stands" && until && now <= *until && may_speak_for(viewer, collector, lot);
    object["may_decide"] = finding_state == "objected" && viewer.may("patrol.decide") && inspector != viewer.person_id;
    return object;
}

// Which findings the viewer may see: all, the company's, their own.
void limit_to_viewer(ListBuilder& list, const LotBook& book, const Viewer& viewer) {
    if (viewer.may("patrol.read")) return;
    std::vector<storage::Value> keys;
    if (viewer.may("patrol.company"))
        for (const auto& lot : book.lots)
            if (lot.organisation == viewer.organisation_code) keys.emplace_back(lot.key);
    std::string condition = "f.collector_id = " + list.bind(blob_of(viewer.person_id));
    for (const auto& key : keys) condition += " OR f.lot_key = " + list.bind(key);
    list.where(condition);
}

Result<storage::Rows> run_list(Transaction& transaction, const LotBook& book, const FindingFilter& filter, const Viewer& viewer, int rows_max) {
    ListBuilder list{finding_columns};
    limit_to_viewer(list, book, viewer);
    if (!filter.month.empty()) {
        const auto month = month_of(filter.month);
        if (!month) return fail("bad_month");
        list.where("f.found_ms >= :from_ms AND f.found_ms < :to_ms", {{"from_ms", month->from_ms}, {"to_ms", month->to_ms}});
    }
    if (!filter.kind.empty()) list.where("f.kind = :kind", {"kind", filter.kind});
    if (!filter.state.empty()) list.where("f.state = :state", {"state", filter.state});
    if (filter.counts_only) list.where("f.state IN ('stands', 'objected', 'upheld')");
    if (!filter.lot.is_nil()) {
        const auto* lot = book.find(filter.lot);
        list.where("f.lot_key = :lot_key", {"lot_key", lot == nullptr ? 0 : lot->key});
    }
    if (!filter.collector.is_nil()) list.where("f.collector_id = :collector", {"collector", blob_of(filter.collector)});
    if (!filter.sample.is_nil()) list.where("s.sample_id = :sample", {"sample", blob_of(filter.sample)});
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 1));
        if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
        list.where("f.finding_key < :after", {"after", place[0]});
    }
    return list.order_by("f.finding_key DESC").limit(rows_max).run(transaction);
}

} // namespace

Result<json::object> PatrolService::finding(const Uuid& id, const Viewer& viewer, const std::string& language) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        ListBuilder list{finding_columns};
        limit_to_viewer(list, book, viewer);
        const auto rows = list.where("f.finding_id = :finding_id", {"finding_id", blob_of(id)}).run(transaction);
        if (rows.empty()) return fail("finding_unknown");
        return finding_json(*state_, book, rows[0], viewer, language);
    });
}

Result<json::object> PatrolService::findings(const FindingFilter& filter, const Viewer& viewer, const std::string& language) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        TRY_ASSIGN(rows, run_list(transaction, book, filter, viewer, filter.limit + 1));
        const auto count = std::min(rows.size(), static_cast<std::size_t>(filter.limit));
        json::array items;
        for (std::size_t i = 0; i < count; ++i) items.push_back(finding_json(*state_, book, rows[i], viewer, language));
        json::value next = nullptr;
        if (rows.size() > count) next = storage::encode_cursor({rows[count - 1].integer("finding_key")});
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<json::object> PatrolService::add_finding(const NewFinding& finding, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto body_hash = sm3(body_of(finding, viewer));
    const auto known = parts.database.read([&](Transaction& transaction) -> std::optional<std::string> {
        const auto rows = transaction.run(sql::find_finding, {{"finding_id", blob_of(finding.id)}});
        if (rows.empty()) return std::nullopt;
        return rows[0].bytes("body_hash");
    });
    if (known && *known != body_hash) return fail("finding_id_taken");
    if (known) return this->finding(finding.id, viewer, language); // sent again

    TRY_ASSIGN(made, prepare(parts, finding, viewer));
    TRY(parts.database.write([&](Transaction& transaction) { return store(transaction, *state_, finding, made, body_hash, viewer); }));
    return this->finding(finding.id, viewer, language);
}

Result<json::object> PatrolService::object(const Uuid& id, const std::string& words, const std::vector<Uuid>& media, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    if (words.empty()) return fail("needs_reasons");
    TRY(check_photos(parts, media, viewer));
    const auto now = parts.clock.now_ms();
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto book = load_lots(transaction);
        const auto rows = transaction.run(sql::find_finding, {{"finding_id", blob_of(id)}});
        if (rows.empty()) return fail("finding_unknown");
        const auto row = rows[0];
        const auto* lot = row.is_null("lot_key") ? nullptr : book.find(row.integer("lot_key"));
        if (!may_speak_for(viewer, uuid_at(row, "collector_id"), lot)) return fail("objection_not_yours");
        if (row.text("state") == "noted") return fail("no_objection");
        if (!row.is_null("objected_ms")) return fail("objected_already");
        if (now > row.maybe_integer("objection_until_ms").value_or(0)) return fail("objection_too_late", {{"days", std::to_string(parts.data->settings.objection_working_days)}});
        const auto changed = transaction.run(sql::store_objection, {{"objected_by", blob_of(viewer.person_id)}, {"objected_ms", now}, {"objection", words}, {"objection_media", ids_text(media)}, {"finding_key", row.integer("finding_key")}});
        if (changed.affected == 0) return fail("objected_already");
        for (const auto& photo : media) transaction.run(sql::insert_finding_media, {{"media_id", blob_of(photo)}, {"finding_key", row.integer("finding_key")}});
        return {};
    }));
    return finding(id, viewer, language);
}

Result<json::object> PatrolService::decide(const Uuid& id, bool upholds, const std::string& words, const Viewer& viewer, const std::string& language) {
    if (words.empty()) return fail("needs_reasons");
    const auto now = state_->parts.clock.now_ms();
    TRY(state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::find_finding, {{"finding_id", blob_of(id)}});
        if (rows.empty()) return fail("finding_unknown");
        const auto row = rows[0];
        if (row.text("state") != "objected") return fail("no_objection");
        if (uuid_at(row, "inspector_id") == viewer.person_id) return fail("decides_own_finding");
        const auto changed = transaction.run(sql::store_decision, {{"state", upholds ? "upheld" : "withdrawn"}, {"decided_by", blob_of(viewer.person_id)}, {"decided_ms", now}, {"decision", words}, {"finding_key", row.integer("finding_key")}});
        if (changed.affected == 0) return fail("no_objection");
        return {};
    }));
    return finding(id, viewer, language);
}

Result<std::string> PatrolService::findings_table(const FindingFilter& filter, bool is_xlsx, const Viewer& viewer, const std::string& language) {
    auto all = filter;
    all.cursor.clear();
    all.limit = export_rows_max;
    TRY_ASSIGN(answer, findings(all, viewer, language));
    const bool is_en = language == "en";
    std::vector<std::string> header = is_en ? std::vector<std::string>{"Found", "Finding", "State", "Lot", "Collector", "Case", "Class", "Place", "Points", "Money", "Words", "Objection", "Decision"}
                                            : std::vector<std::string>{"督查时间", "督查结论", "状态", "标段", "采集员", "案卷号", "小类", "地点", "扣分", "扣款（元）", "情况说明", "申辩", "复议意见"};
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : answer.at("items").as_array()) {
        const auto& one = item.as_object();
        const auto text = [](const json::object& object, const char* name) {
            const auto* value = object.if_contains(name);
            return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
        };
        const auto part = [&](const char* object, const char* name) { return one.at(object).is_object() ? text(one.at(object).as_object(), name) : std::string(); };
        auto at = text(one, "found_at").substr(0, 19);
        if (at.size() > 10) at[10] = ' ';
        const auto address = part("case", "address");
        rows.push_back({at, text(one, "kind_label"), text(one, "state_label"), text(one, "lot_name"), text(one, "collector_name"), part("case", "name"), part("case", "class_name"),
                        address.empty() ? text(one, "community_name") : address, std::to_string(one.at("points").to_number<std::int64_t>()), money_text(one.at("cents").to_number<std::int64_t>()), text(one, "words"),
                        part("objection", "words"), part("decision", "words")});
    }
    return table_of(is_en ? "Findings" : "督查结果", std::move(header), std::move(rows), is_xlsx, state_->parts.clock.now_ms());
}

} // namespace chengge::patrol
