// 抽查: what is drawn from, by which seed, and the work list.
#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "patrol/draw.hpp"
#include "patrol/patrol_state.hpp"
#include "patrol/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::patrol {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr int population_max = 200'000;

json::object frame_json(const Frame& frame) {
    return {{"from", frame.from_day}, {"to", frame.to_day}, {"closed", frame.has_closed}, {"simple", frame.has_simple}, {"region", frame.region}, {"kind", frame.kind}, {"class_code", frame.class_code},
            {"lot", frame.lot.is_nil() ? "" : format_uuid(frame.lot)}, {"collector", frame.collector.is_nil() ? "" : format_uuid(frame.collector)}};
}

// By the length of the code: managing district, subdistrict, community, cell.
void where_region(ListBuilder& list, const std::string& code) {
    if (code.size() <= 6) list.where("c.district_code = :region", {"region", code});
    else if (code.size() == 9) list.where("SUBSTR(c.community_code, 1, 9) = :region", {"region", code});
    else if (code.size() == 12) list.where("c.community_code = :region", {"region", code});
    else list.where("c.cell_code = :region", {"region", code});
}

struct Candidate {
    std::int64_t key = 0;
    Uuid id;
};

Result<std::vector<Candidate>> find_population(Transaction& transaction, const Frame& frame) {
    const auto book = load_lots(transaction);
    const auto* lot = frame.lot.is_nil() ? nullptr : book.find(frame.lot);
    if (!frame.lot.is_nil() && lot == nullptr) return fail("lot_unknown");
    ListBuilder list("SELECT c.case_key, c.case_id, c.reporter_id, c.reported_ms FROM cases c");
    list.where("c.closed_ms >= :from_ms", {"from_ms", city_midnight_ms(*parse_date(frame.from_day))});
    list.where("c.closed_ms < :to_ms", {"to_ms", city_midnight_ms(*parse_date(frame.to_day)) + day_ms});
    std::vector<storage::Value> states;
    if (frame.has_closed) states.emplace_back(std::string("closed"));
    if (frame.has_simple) states.emplace_back(std::string("archived"));
    list.where_in("c.state", states);
    if (!frame.region.empty()) where_region(list, frame.region);
    if (!frame.kind.empty()) list.where("c.kind = :kind", {"kind", frame.kind});
    if (!frame.class_code.empty()) list.where("c.class_code = :class_code", {"class_code", frame.class_code});
    if (!frame.collector.is_nil()) list.where("c.reporter_id = :collector", {"collector", blob_of(frame.collector)});
    if (lot != nullptr) list.where("c.reporter_id IN (SELECT m.person_id FROM lot_collectors m WHERE m.lot_key = :lot_key)", {"lot_key", lot->key});
    std::vector<Candidate> found;
    const auto rows = list.order_by("c.case_key").limit(population_max + 1).run(transaction);
    if (rows.size() > population_max) return fail("population_too_large", {{"most", std::to_string(population_max)}});
    for (const auto row : rows) {
        if (lot != nullptr && book.lot_of(uuid_at(row, "reporter_id"), day_of(row.integer("reported_ms"))) != lot) continue;
        found.push_back({row.integer("case_key"), uuid_at(row, "case_id")});
    }
    return found;
}

std::vector<Uuid> ids_in(const std::string& bytes) {
    std::vector<Uuid> ids;
    for (std::size_t at = 0; at + 16 <= bytes.size(); at += 16) ids.push_back(uuid_from_raw(std::string_view(bytes).substr(at, 16)));
    return ids;
}

constexpr std::string_view sample_columns =
    "SELECT s.sample_key, s.sample_id, s.frame, s.seed, s.population, s.population_sm3, s.size, s.words, s.drawn_by, s.drawn_ms, "
    "(SELECT COUNT(*) FROM sample_items i WHERE i.sample_key = s.sample_key) AS drawn, "
    "(SELECT COUNT(j.finding_key) FROM sample_items j WHERE j.sample_key = s.sample_key) AS done FROM samples s";

json::object sample_json(const PatrolService::State& state, const LotBook& book, const storage::Rows::Row& row, const Viewer& viewer, const std::string& language) {
    auto frame = parse_json(row.text("frame"))->as_object();
    const auto text = [&](const char* name) { return std::string(frame.at(name).as_string()); };
    const auto set = state.parts.rules.current();
    const auto* problem = set->taxonomy.find_class("2026", text("kind"), text("class_code"));
    const auto* region = state.parts.grid.find_region(text("region"));
    const auto lot_id = parse_uuid(text("lot"));
    const auto* lot = lot_id ? book.find(*lot_id) : nullptr;
    const auto collector = parse_uuid(text("collector"));
    json::object shown{{"from", text("from")}, {"to", text("to")}, {"closed", frame.at("closed")}, {"simple", frame.at("simple")}};
    shown["region_name"] = region != nullptr ? json::value(region->name) : maybe_text(text("region"));
    shown["class_name"] = problem == nullptr ? json::value(nullptr) : json::value(pick(language, problem->name, problem->name_en));
    shown["lot_name"] = lot == nullptr ? json::value(nullptr) : json::value(lot->name);
    shown["collector_name"] = collector && state.knows_collectors(viewer) ? json::value(state.person_name(*collector)) : json::value(nullptr);
    return {{"sample_id", format_uuid(uuid_at(row, "sample_id"))}, {"frame", std::move(shown)}, {"seed", row.text("seed")}, {"population", row.integer("population")}, {"population_sm3", row.text("population_sm3")},
            {"asked", row.integer("size")}, {"drawn", row.integer("drawn")}, {"done", row.integer("done")}, {"words", maybe_text(row.text("words"))}, {"drawn_by", state.person_name(uuid_at(row, "drawn_by"))},
            {"drawn_at", format_rfc3339(row.integer("drawn_ms"))}};
}

} // namespace

Result<json::object> PatrolService::draw_sample(const NewSample& wanted, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto& frame = wanted.frame;
    const auto from = parse_date(frame.from_day), to = parse_date(frame.to_day);
    if (!from || !to || *to < *from || days_from_date(*to) - days_from_date(*from) > 366) return fail("bad_dates");
    if (wanted.size < 1 || wanted.size > parts.data->settings.sample_size_max) return fail("sample_size_wrong", {{"most", std::to_string(parts.data->settings.sample_size_max)}});
    TRY_ASSIGN(population, parts.database.read([&](Transaction& transaction) { return find_population(transaction, frame); }));
    if (population.empty()) return fail("nothing_to_draw");
    const auto seed = wanted.seed.empty() ? to_hex(random_bytes(16)) : wanted.seed;
    std::map<Uuid, std::int64_t> keys;
    for (const auto& one : population) keys.emplace(one.id, one.key);
    std::vector<Uuid> ids;
    std::string bytes;
    for (const auto& [id, key] : keys) {
        ids.push_back(id);
        bytes += id.raw();
    }
    const auto drawn = draw(ids, static_cast<std::size_t>(wanted.size), seed);
    const auto frame_text = to_json_text(frame_json(frame));
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto made = transaction.run(sql::insert_sample, {{"sample_id", blob_of(wanted.id)}, {"frame", frame_text}, {"seed", seed}, {"population", static_cast<std::int64_t>(ids.size())},
                                                               {"population_sm3", population_sm3(ids)}, {"population_ids", storage::Blob{bytes}}, {"size", wanted.size}, {"words", wanted.words},
                                                               {"drawn_by", blob_of(viewer.person_id)}, {"drawn_ms", parts.clock.now_ms()}});
        if (made.empty()) { // sent again: the first draw stands
            const auto known = transaction.run(sql::find_sample, {{"sample_id", blob_of(wanted.id)}});
            if (known[0].text("frame") != frame_text || known[0].integer("size") != wanted.size) return fail("sample_id_taken");
            return {};
        }
        std::vector<storage::Params> items;
        std::int64_t position = 0;
        for (const auto& id : drawn) items.push_back({{"sample_key", made[0].integer("sample_key")}, {"position", ++position}, {"case_key", keys.at(id)}, {"case_id", blob_of(id)}});
        transaction.run_batch(sql::insert_sample_item, items);
        return {};
    }));
    return sample(wanted.id, viewer, language);
}

Result<json::object> PatrolService::samples(const std::string& cursor, int limit, const Viewer& viewer, const std::string& language) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        ListBuilder list{sample_columns};
        if (!cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(cursor, 1));
            if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
            list.where("s.sample_key < :after", {"after", place[0]});
        }
        const auto rows = list.order_by("s.sample_key DESC").limit(limit + 1).run(transaction);
        const auto count = std::min(rows.size(), static_cast<std::size_t>(limit));
        json::array items;
        for (std::size_t i = 0; i < count; ++i) items.push_back(sample_json(*state_, book, rows[i], viewer, language));
        json::value next = nullptr;
        if (rows.size() > count) next = storage::encode_cursor({rows[count - 1].integer("sample_key")});
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<json::object> PatrolService::sample(const Uuid& id, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    struct Item {
        std::int64_t position = 0, key = 0;
        json::value finding = nullptr;
    };
    std::vector<Item> items;
    std::vector<std::int64_t> keys;
    auto answer = parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        items.clear();
        keys.clear();
        const auto book = load_lots(transaction);
        ListBuilder list{sample_columns};
        const auto rows = list.where("s.sample_id = :sample_id", {"sample_id", blob_of(id)}).run(transaction);
        if (rows.empty()) return fail("sample_unknown");
        for (const auto row : transaction.run(sql::list_sample_items, {{"sample_key", rows[0].integer("sample_key")}})) {
            Item item{row.integer("position"), row.integer("case_key")};
            if (!row.is_null("finding_id")) {
                const auto* kind = parts.data->find_kind(row.text("kind"));
                item.finding = json::object{{"finding_id", format_uuid(uuid_at(row, "finding_id"))}, {"kind", row.text("kind")}, {"kind_label", kind == nullptr ? row.text("kind") : pick(language, kind->zh, kind->en)},
                                            {"state", row.text("state")}, {"inspector_name", state_->person_name(uuid_at(row, "inspector_id"))}, {"found_at", format_rfc3339(row.integer("found_ms"))}};
            }
            keys.push_back(item.key);
            items.push_back(std::move(item));
        }
        return sample_json(*state_, book, rows[0], viewer, language);
    });
    if (!answer) return answer;
    const auto summaries = parts.cases.summaries(keys, viewer, language);
    json::array list;
    for (auto& item : items) {
        const auto found = summaries.find(item.key);
        if (found == summaries.end()) continue; // beyond the viewer's scope
        list.push_back(json::object{{"position", item.position}, {"case", found->second}, {"finding", std::move(item.finding)}});
    }
    (*answer)["items"] = std::move(list);
    return answer;
}

Result<json::object> PatrolService::check_sample(const Uuid& id) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto rows = transaction.run(sql::find_sample, {{"sample_id", blob_of(id)}});
        if (rows.empty()) return fail("sample_unknown");
        const auto row = rows[0];
        const auto ids = ids_in(row.bytes("population_ids"));
        const auto again = draw(ids, static_cast<std::size_t>(row.integer("size")), row.text("seed"));
        std::vector<Uuid> stored;
        for (const auto item : transaction.run(sql::list_sample_items, {{"sample_key", row.integer("sample_key")}})) stored.push_back(uuid_at(item, "case_id"));
        const bool is_list_right = population_sm3(ids) == row.text("population_sm3") && static_cast<std::int64_t>(ids.size()) == row.integer("population");
        return json::object{{"population_matches", is_list_right}, {"sample_matches", again == stored}, {"population_sm3", population_sm3(ids)}, {"seed", row.text("seed")}};
    });
}

Result<std::string> PatrolService::population_csv(const Uuid& id) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<std::string> {
        const auto rows = transaction.run(sql::find_sample, {{"sample_id", blob_of(id)}});
        if (rows.empty()) return fail("sample_unknown");
        const auto seed = rows[0].text("seed");
        std::vector<std::pair<std::string, Uuid>> ranked;
        for (const auto& one : ids_in(rows[0].bytes("population_ids"))) ranked.emplace_back(rank_of(seed, one), one);
        std::sort(ranked.begin(), ranked.end());
        std::string text = "\xef\xbb\xbfrank,case_id,drawn\r\n";
        for (std::size_t i = 0; i < ranked.size(); ++i) text += ranked[i].first + "," + format_uuid(ranked[i].second) + "," + (static_cast<std::int64_t>(i) < rows[0].integer("size") ? "1" : "0") + "\r\n";
        return text;
    });
}

} // namespace chengge::patrol
