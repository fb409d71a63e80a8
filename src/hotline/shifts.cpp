// 交接班: what a shift has in hand passes to the next in one decision, case by case, resumed after a crash;
// the duty log, major events, the rota.
#include <algorithm>

#include "base/text.hpp"
#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::hotline {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

// Some of what waits; true when more is left.
bool move_some(const HotlineParts& parts, std::int64_t handover_key, const Uuid& from, const Uuid& to) {
    bool has_more = false;
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto now = parts.clock.now_ms();
        // Two who read the same items would each move them, and the second record as gone what the first had moved.
        has_more = transaction.run(sql::lock_handover, {{"handover_key", handover_key}}).affected > 0;
        if (!has_more) return {};
        const auto items = transaction.run(sql::list_waiting_items, {{"handover_key", handover_key}});
        has_more = !items.empty();
        for (const auto item : items) {
            const auto moved = transaction.run(sql::move_claim, {{"to_id", blob_of(to)}, {"now", now}, {"until_ms", now + parts.data->settings.handed_minutes * minute_ms},
                                                                 {"case_key", item.integer("case_key")}, {"from_id", blob_of(from)}, {"stage", item.text("stage")}});
            const bool is_moved = moved.affected > 0;
            transaction.run(sql::end_handover_item, {{"outcome", is_moved ? "moved" : "gone"}, {"handover_key", handover_key}, {"case_key", item.integer("case_key")}});
            if (is_moved) storage::append_feed(transaction, {"case_claimed", item.integer("case_key"), 0, now});
        }
        if (items.empty()) transaction.run(sql::end_handover, {{"now", now}, {"handover_key", handover_key}});
        return {};
    });
    return has_more;
}

constexpr std::string_view duty_columns =
    "SELECT d.entry_key, d.entry_id, d.kind, d.level, d.words, d.place, d.told, d.person_id, d.at_ms, c.case_id, c.case_no, f.entry_id AS follows_id "
    "FROM duty_entries d LEFT JOIN cases c ON c.case_key = d.case_key LEFT JOIN duty_entries f ON f.entry_key = d.follows_key";

json::object duty_json(const HotlineService::State& state, const storage::Rows::Row& row, const std::string& language) {
    const auto set = state.parts.rules.current();
    const auto* level = set->workflow.find_label(set->workflow.levels, row.text("level"));
    json::value of_case = nullptr;
    if (!row.is_null("case_id")) {
        const auto id = format_uuid(uuid_from_raw(row.bytes("case_id")));
        of_case = json::object{{"case_id", id}, {"name", row.is_null("case_no") ? id.substr(0, 8) : row.text("case_no")}};
    }
    return {{"entry_id", format_uuid(uuid_from_raw(row.bytes("entry_id")))},
            {"kind", row.text("kind")},
            {"kind_label", state.label("duty_kinds", row.text("kind"), language)},
            {"level", maybe_text(row.text("level"))},
            {"level_label", level == nullptr ? json::value(nullptr) : json::value(language == "en" ? level->en : level->zh)},
            {"words", row.text("words")},
            {"place", maybe_text(row.text("place"))},
            {"told", maybe_text(row.text("told"))},
            {"case", std::move(of_case)},
            {"follows", row.is_null("follows_id") ? json::value(nullptr) : json::value(format_uuid(uuid_from_raw(row.bytes("follows_id"))))},
            {"person_name", state.person_name(uuid_from_raw(row.bytes("person_id")))},
            {"at", format_rfc3339(row.integer("at_ms"))}};
}

json::object handover_json(const HotlineService::State& state, const storage::Rows::Row& row) {
    return {{"handover_id", format_uuid(uuid_from_raw(row.bytes("handover_id")))},
            {"from_name", state.person_name(uuid_from_raw(row.bytes("from_id")))},
            {"to_name", state.person_name(uuid_from_raw(row.bytes("to_id")))},
            {"begun_at", format_rfc3339(row.integer("begun_ms"))},
            {"done_at", maybe_instant(row.maybe_integer("done_ms"))},
            {"words", maybe_text(row.text("words"))},
            {"cases", row.integer("cases")},
            {"moved", row.integer("moved")}};
}

} // namespace

bool continue_handovers(const HotlineParts& parts) {
    const auto open = parts.database.read([](Transaction& transaction) { return transaction.run(sql::list_open_handovers); });
    for (const auto row : open)
        while (move_some(parts, row.integer("handover_key"), uuid_from_raw(row.bytes("from_id")), uuid_from_raw(row.bytes("to_id")))) {}
    return false;
}

Result<json::object> HotlineService::hand_over(const Uuid& id, const Uuid& to, const std::string& words, const Viewer& viewer) {
    auto& parts = state_->parts;
    const auto* receiver = viewer.directory->find_person(to);
    if (receiver == nullptr || !receiver->is_active || receiver->organisation_key != viewer.organisation_key) return fail("receiver_unknown");
    if (to == viewer.person_id) return fail("handover_to_oneself");
    const auto now = parts.clock.now_ms();
    std::int64_t handover_key = 0;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto made = transaction.run(sql::insert_handover, {{"handover_id", blob_of(id)}, {"from_id", blob_of(viewer.person_id)}, {"to_id", blob_of(to)}, {"begun_ms", now}, {"words", words}});
        if (made.empty()) { // sent again: what is left of it goes on
            const auto found = transaction.run(sql::find_handover, {{"handover_id", blob_of(id)}});
            const auto known = found[0];
            if (uuid_from_raw(known.bytes("from_id")) != viewer.person_id || uuid_from_raw(known.bytes("to_id")) != to) return fail("handover_id_taken");
            handover_key = known.is_null("done_ms") ? known.integer("handover_key") : 0;
            return {};
        }
        handover_key = made[0].integer("handover_key");
        std::vector<storage::Params> items;
        for (const auto row : transaction.run(sql::list_claims_of, {{"person_id", blob_of(viewer.person_id)}, {"now", now}}))
            items.push_back({{"handover_key", handover_key}, {"case_key", row.integer("case_key")}, {"stage", row.text("stage")}});
        transaction.run_batch(sql::insert_handover_item, items);
        return {};
    }));
    while (handover_key != 0 && move_some(parts, handover_key, viewer.person_id, to)) {}
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        for (const auto row : transaction.run(sql::list_handovers))
            if (uuid_from_raw(row.bytes("handover_id")) == id) return handover_json(*state_, row);
        return fail("handover_id_taken");
    });
}

json::object HotlineService::handovers() {
    return state_->parts.database.read([&](Transaction& transaction) {
        json::array items;
        for (const auto row : transaction.run(sql::list_handovers)) items.push_back(handover_json(*state_, row));
        return json::object{{"items", std::move(items)}};
    });
}

Result<json::object> HotlineService::add_duty_entry(const DutyEntry& entry, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    if (parts.data->find_label("duty_kinds", entry.kind) == nullptr) return fail("duty_kind_unknown");
    if (!entry.level.empty() && set->workflow.find_label(set->workflow.levels, entry.level) == nullptr) return fail("level_unknown", {{"level", entry.level}});
    if (entry.kind == "major_event" && (entry.level.empty() || entry.place.empty() || entry.told.empty())) return fail("major_event_incomplete");
    storage::Value case_key;
    if (!entry.case_reference.empty()) {
        TRY_ASSIGN(found, find_case(parts, entry.case_reference, viewer));
        case_key = found.key;
    }
    const auto now = parts.clock.now_ms();
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        storage::Value follows;
        if (!entry.follows.is_nil()) {
            const auto rows = transaction.run(sql::find_duty_entry, {{"entry_id", blob_of(entry.follows)}});
            if (rows.empty()) return fail("duty_entry_unknown");
            follows = rows[0].integer("entry_key");
        }
        transaction.run(sql::insert_duty_entry, {{"entry_id", blob_of(entry.entry_id)}, {"kind", entry.kind}, {"level", entry.level}, {"words", entry.words}, {"place", entry.place}, {"told", entry.told}, {"case_key", case_key},
                                                 {"follows_key", follows}, {"person_id", blob_of(viewer.person_id)}, {"at_ms", std::min(entry.at_ms.value_or(now), now)}, {"recorded_ms", now}});
        return {};
    }));
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{duty_columns};
        const auto rows = list.where("d.entry_id = :entry_id", {"entry_id", blob_of(entry.entry_id)}).run(transaction);
        return duty_json(*state_, rows[0], language);
    });
}

Result<json::object> HotlineService::duty_log(const std::string& kind, const std::string& cursor, int limit, const Viewer&, const std::string& language) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{duty_columns};
        if (!kind.empty()) list.where("d.kind = :kind", {"kind", kind});
        if (!cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(cursor, 1));
            if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
            list.where("d.entry_key < :key", {"key", place[0]});
        }
        json::array items;
        json::value next = nullptr;
        std::int64_t last = 0;
        for (const auto row : list.order_by("d.entry_key DESC").limit(limit + 1).run(transaction)) {
            if (items.size() == static_cast<std::size_t>(limit)) {
                next = storage::encode_cursor({last});
                break;
            }
            last = row.integer("entry_key");
            items.push_back(duty_json(*state_, row, language));
        }
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<json::object> HotlineService::plan_shift(const std::string& day, const std::string& shift, const std::vector<Uuid>& people, const std::string& language) {
    auto& parts = state_->parts;
    const auto directory = parts.identity.directory();
    if (!parse_date(day)) return fail("bad_dates");
    const auto& shifts = parts.data->shifts;
    if (std::none_of(shifts.begin(), shifts.end(), [&](const Shift& one) { return one.code == shift; })) return fail("shift_unknown");
    for (const auto& id : people)
        if (directory->find_person(id) == nullptr) return fail("receiver_unknown");
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::drop_rota, {{"day", day}, {"shift", shift}});
        for (const auto& id : people) transaction.run(sql::insert_rota, {{"day", day}, {"shift", shift}, {"person_id", blob_of(id)}});
        return {};
    }));
    return rota(day, day, language);
}

Result<json::object> HotlineService::rota(const std::string& from_day, const std::string& to_day, const std::string& language) {
    auto& parts = state_->parts;
    if (!parse_date(from_day) || !parse_date(to_day)) return fail("bad_dates");
    const auto set = parts.rules.current();
    json::array items;
    std::map<std::pair<std::string, std::string>, json::array> people;
    parts.database.read([&](Transaction& transaction) {
        for (const auto row : transaction.run(sql::list_rota, {{"from_day", from_day}, {"to_day", to_day}})) {
            const auto id = uuid_from_raw(row.bytes("person_id"));
            people[{row.text("day"), row.text("shift")}].push_back(json::object{{"person_id", format_uuid(id)}, {"name", state_->person_name(id)}});
        }
    });
    for (auto& [key, list] : people) {
        const auto shift = std::find_if(parts.data->shifts.begin(), parts.data->shifts.end(), [&code = key.second](const Shift& one) { return one.code == code; });
        const auto label = shift == parts.data->shifts.end() ? key.second : language == "en" ? shift->en : shift->zh;
        items.push_back(json::object{{"day", key.first}, {"shift", key.second}, {"shift_label", label}, {"people", std::move(list)}});
    }
    return json::object{{"items", std::move(items)}};
}

} // namespace chengge::hotline
