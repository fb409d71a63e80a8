#include "patrol/patrol_service.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/spreadsheet.hpp"
#include "base/text.hpp"
#include "patrol/patrol_state.hpp"
#include "patrol/queries.hpp"

namespace chengge::patrol {

using storage::Transaction;

PatrolService::PatrolService(PatrolParts parts) : state_(std::make_unique<State>(std::move(parts))) {}
PatrolService::~PatrolService() = default;

Uuid uuid_at(const storage::Rows::Row& row, std::string_view column) { return row.is_null(column) ? Uuid{} : uuid_from_raw(row.bytes(column)); }

std::string ids_text(const std::vector<Uuid>& ids) {
    json::array list;
    for (const auto& id : ids) list.push_back(json::value(format_uuid(id)));
    return to_json_text(list);
}

std::vector<Uuid> ids_of(const std::string& text) {
    std::vector<Uuid> ids;
    const auto value = parse_json(text);
    if (!value || !value->is_array()) return ids;
    for (const auto& one : value->get_array())
        if (const auto id = parse_uuid(std::string(one.as_string()))) ids.push_back(*id);
    return ids;
}

std::optional<Month> month_of(const std::string& text) {
    const auto days = days_of_month(text);
    if (!days) return std::nullopt;
    return Month{days->first, days->second, city_midnight_ms(*parse_date(days->first)), city_midnight_ms(*parse_date(days->second)) + day_ms};
}

namespace {

// -12.05: a number of ours, which a spreadsheet may take as one.
bool is_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) { return (letter >= '0' && letter <= '9') || letter == '.'; });
}

} // namespace

std::string table_of(const std::string& name, std::vector<std::string> header, std::vector<std::vector<std::string>> rows, bool is_xlsx, std::int64_t now_ms) {
    if (is_xlsx) return write_xlsx({.name = name, .header = std::move(header), .rows = std::move(rows)}, now_ms);
    std::string text = "\xef\xbb\xbf";
    rows.insert(rows.begin(), std::move(header));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + (is_number(row[i]) ? row[i] : csv_field(row[i]));
        text += "\r\n";
    }
    return text;
}

Result<void> check_photos(const PatrolParts& parts, const std::vector<Uuid>& media, const identity::Viewer& viewer) {
    if (media.size() > 20) return fail("too_many_photos");
    for (const auto& id : media) {
        TRY_ASSIGN(photo, parts.media.get(id));
        if (photo.owner_person_key != viewer.person_key && !photo.is_simulated) return fail("media_unknown", {{"media_id", format_uuid(id)}});
    }
    return {};
}

json::object PatrolService::settings(const std::string& language) const {
    const auto& data = *state_->parts.data;
    json::array kinds, shifts;
    for (const auto& one : data.kinds) {
        json::array fits;
        for (const auto& what : one.fits) fits.push_back(json::value(what));
        kinds.push_back(json::object{{"code", one.code}, {"label", pick(language, one.zh, one.en)}, {"fits", std::move(fits)}, {"charged", one.charged}, {"points", one.points}, {"cents", one.cents},
                                     {"cap_cents", one.cap_cents}, {"needs_photo", one.needs_photo}, {"contests", one.contests}});
    }
    for (const auto& one : data.shifts) shifts.push_back(json::object{{"code", one.code}, {"label", pick(language, one.zh, one.en)}, {"from", one.from}, {"to", one.to}});
    const auto acts = std::to_string(data.settings.present_acts_min);
    return {{"kinds", std::move(kinds)},
            {"shifts", std::move(shifts)},
            {"absent", json::object{{"label", pick(language, data.absent.zh, data.absent.en)}, {"points", data.absent.points}, {"cents", data.absent.cents}, {"cap_cents", data.absent.cap_cents}}},
            {"objection_working_days", data.settings.objection_working_days},
            {"sample_size_max", data.settings.sample_size_max},
            {"score_full", data.settings.score_full},
            {"deduction_cap_percent", data.settings.deduction_cap_percent},
            {"presence_rule", pick(language,
                                   "当班做过点名的，以最后一次点名到场人数为准；没有点名的，当班时段内至少办过 " + acts + " 件事（上报、简易处置、核实、核查）的算到岗，只登录不算。只统计已结束的班次，某班多到的人不抵其他班缺岗。",
                                   "Where a roll call was taken, who was there by the last one; else whoever did at least " + acts + " acts in the shift (found, handled on the spot, verified, checked). Signing in is no act. Only shifts that have ended count; people beyond the promise do not make up for another shift.")}};
}

// --- lots -------------------------------------------------------------------------------------------

const StoredLot* LotBook::find(const Uuid& id) const {
    const auto found = std::find_if(lots.begin(), lots.end(), [&](const StoredLot& one) { return one.id == id; });
    return found == lots.end() ? nullptr : &*found;
}

const StoredLot* LotBook::find(std::int64_t key) const {
    const auto found = std::find_if(lots.begin(), lots.end(), [&](const StoredLot& one) { return one.key == key; });
    return found == lots.end() ? nullptr : &*found;
}

const StoredLot* LotBook::lot_of(const Uuid& person, const std::string& day) const {
    if (person.is_nil()) return nullptr;
    for (const auto& one : members)
        if (one.person == person && one.covers(day))
            if (const auto* lot = find(one.lot_key); lot != nullptr && lot->is_valid_on(day)) return lot;
    return nullptr;
}

const StoredLot* LotBook::lot_at(const std::string& cell_code, const std::string& day) const {
    const StoredLot* best = nullptr;
    std::size_t best_length = 0;
    for (const auto& lot : lots) {
        if (!lot.is_valid_on(day)) continue;
        for (const auto& region : lot.regions)
            if (cell_code.starts_with(region) && region.size() > best_length) {
                best = &lot;
                best_length = region.size();
            }
    }
    return best;
}

namespace {

std::string promises_text(const std::vector<Promise>& promises) {
    json::array list;
    for (const auto& one : promises) list.push_back(json::object{{"shift", one.shift}, {"workday", one.workday}, {"restday", one.restday}});
    return to_json_text(list);
}

std::vector<Promise> promises_of(const std::string& text) {
    std::vector<Promise> promises;
    const auto value = parse_json(text);
    if (!value || !value->is_array()) return promises;
    for (const auto& one : value->get_array())
        promises.push_back({std::string(one.at("shift").as_string()), one.at("workday").to_number<std::int64_t>(), one.at("restday").to_number<std::int64_t>()});
    return promises;
}

std::string regions_text(const std::vector<std::string>& regions) {
    json::array list;
    for (const auto& one : regions) list.push_back(json::value(one));
    return to_json_text(list);
}

std::vector<std::string> texts_of(const std::string& text) {
    std::vector<std::string> texts;
    const auto value = parse_json(text);
    if (!value || !value->is_array()) return texts;
    for (const auto& one : value->get_array()) texts.emplace_back(one.as_string());
    return texts;
}

storage::Params lot_params(const Lot& lot, const Uuid& by, std::int64_t now) {
    return {{"lot_id", blob_of(lot.id)}, {"version", lot.version}, {"code", lot.code}, {"name", lot.name}, {"organisation", lot.organisation}, {"contract_no", lot.contract_no},
            {"valid_from", lot.valid_from}, {"valid_to", lot.valid_to}, {"regions", regions_text(lot.regions)}, {"promises", promises_text(lot.promises)},
            {"month_fee_cents", lot.month_fee_cents}, {"unit_price_cents", lot.unit_price_cents}, {"changed_by", blob_of(by)}, {"changed_ms", now}};
}

std::string terms_text(const Lot& lot) {
    return to_json_text(json::object{{"name", lot.name}, {"organisation", lot.organisation}, {"contract_no", lot.contract_no}, {"valid_from", lot.valid_from}, {"valid_to", lot.valid_to},
                                     {"regions", regions_text(lot.regions)}, {"promises", promises_text(lot.promises)}, {"month_fee_cents", lot.month_fee_cents}, {"unit_price_cents", lot.unit_price_cents}});
}

Result<void> check_lot(const PatrolParts& parts, const Lot& lot) {
    const auto from = parse_date(lot.valid_from), to = parse_date(lot.valid_to);
    if (!from || !to || *to < *from) return fail("bad_dates");
    const auto* company = parts.identity.directory()->find_organisation(lot.organisation);
    if (company == nullptr || company->kind != "contractor") return fail("contractor_unknown");
    for (const auto& code : lot.regions)
        if (parts.grid.find_region(code) == nullptr && parts.grid.find_cell(code) == nullptr) return fail("lot_region_unknown", {{"code", code}});
    for (const auto& one : lot.promises)
        if (parts.data->find_shift(one.shift) == nullptr) return fail("shift_unknown");
    return {};
}

} // namespace

LotBook load_lots(Transaction& transaction) {
    LotBook book;
    for (const auto row : transaction.run(sql::list_lots)) {
        StoredLot lot;
        lot.key = row.integer("lot_key");
        lot.id = uuid_at(row, "lot_id");
        lot.version = row.integer("version");
        lot.code = row.text("code");
        lot.name = row.text("name");
        lot.organisation = row.text("organisation");
        lot.contract_no = row.text("contract_no");
        lot.valid_from = row.text("valid_from");
        lot.valid_to = row.text("valid_to");
        lot.regions = texts_of(row.text("regions"));
        lot.promises = promises_of(row.text("promises"));
        lot.month_fee_cents = row.integer("month_fee_cents");
        lot.unit_price_cents = row.integer("unit_price_cents");
        book.lots.push_back(std::move(lot));
    }
    for (const auto row : transaction.run(sql::list_lot_collectors))
        book.members.push_back({row.integer("lot_key"), uuid_at(row, "person_id"), row.text("from_day"), row.text("to_day")});
    return book;
}

bool may_see_lot(const identity::Viewer& viewer, const Lot& lot) { return viewer.may("patrol.read") || (viewer.may("patrol.company") && lot.organisation == viewer.organisation_code); }

json::object lot_json(const PatrolService::State& state, const LotBook& book, const StoredLot& lot, const std::string& language) {
    json::array regions, promises, people;
    for (const auto& code : lot.regions) {
        const auto* region = state.parts.grid.find_region(code);
        regions.push_back(json::object{{"code", code}, {"name", region == nullptr ? code : region->name}});
    }
    for (const auto& one : lot.promises) {
        const auto* shift = state.parts.data->find_shift(one.shift);
        promises.push_back(json::object{{"shift", one.shift}, {"shift_label", shift == nullptr ? one.shift : pick(language, shift->zh, shift->en)}, {"workday", one.workday}, {"restday", one.restday}});
    }
    std::int64_t count = 0;
    const auto today = day_of(state.parts.clock.now_ms());
    for (const auto& one : book.members) {
        if (one.lot_key != lot.key) continue;
        count += one.covers(today);
        people.push_back(json::object{{"person_id", format_uuid(one.person)}, {"name", state.person_name(one.person)}, {"from", one.from_day}, {"to", maybe_text(one.to_day)}});
    }
    return {{"lot_id", format_uuid(lot.id)}, {"version", lot.version}, {"code", lot.code}, {"name", lot.name}, {"organisation", lot.organisation}, {"organisation_name", state.organisation_name(lot.organisation)},
            {"contract_no", lot.contract_no}, {"valid_from", lot.valid_from}, {"valid_to", lot.valid_to}, {"is_valid", lot.is_valid_on(today)}, {"regions", std::move(regions)}, {"promises", std::move(promises)},
            {"month_fee_cents", lot.month_fee_cents}, {"unit_price_cents", lot.unit_price_cents}, {"collector_count", count}, {"collectors", std::move(people)}};
}

json::object PatrolService::lots(const identity::Viewer& viewer, const std::string& language) {
    const auto book = state_->parts.database.read([](Transaction& transaction) { return load_lots(transaction); });
    json::array items;
    for (const auto& lot : book.lots)
        if (may_see_lot(viewer, lot)) items.push_back(lot_json(*state_, book, lot, language));
    return {{"items", std::move(items)}};
}

Result<json::object> PatrolService::lot(const Uuid& id, const identity::Viewer& viewer, const std::string& language) {
    const auto book = state_->parts.database.read([](Transaction& transaction) { return load_lots(transaction); });
    const auto* found = book.find(id);
    if (found == nullptr || !may_see_lot(viewer, *found)) return fail("lot_unknown");
    return lot_json(*state_, book, *found, language);
}

Result<json::object> PatrolService::store_lot(const Lot& lot, const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    TRY(check_lot(parts, lot));
    const auto now = parts.clock.now_ms();
    const auto params = lot_params(lot, viewer.person_id, now);
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        if (lot.version == 0) {
            if (transaction.run(sql::insert_lot, params).empty()) {
                const auto book = load_lots(transaction);
                const auto* known = book.find(lot.id);
                if (known != nullptr && known->code == lot.code && known->version == 1) return {}; // sent again
                return fail("lot_code_taken");
            }
        } else if (transaction.run(sql::update_lot, params).affected == 0) return fail("stale_lot");
        const auto book = load_lots(transaction);
        const auto* stored = book.find(lot.id);
        transaction.run(sql::insert_lot_version, {{"lot_key", stored->key}, {"version", stored->version}, {"terms", terms_text(lot)}, {"changed_by", blob_of(viewer.person_id)}, {"changed_ms", now}});
        return {};
    }));
    return this->lot(lot.id, viewer, language);
}

Result<json::object> PatrolService::place_collector(const Uuid& lot_id, const LotCollector& collector, const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto from = parse_date(collector.from_day);
    if (!from || (!collector.to_day.empty() && (!parse_date(collector.to_day) || collector.to_day < collector.from_day))) return fail("bad_dates");
    const auto* person = parts.identity.directory()->find_person(collector.person);
    if (person == nullptr || std::find(person->roles.begin(), person->roles.end(), "collector") == person->roles.end()) return fail("collector_unknown");
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto book = load_lots(transaction);
        const auto* lot = book.find(lot_id);
        if (lot == nullptr) return fail("lot_unknown");
        bool is_known = false;
        for (const auto& one : book.members) {
            if (one.person != collector.person) continue;
            if (one.lot_key == lot->key && one.from_day == collector.from_day) {
                is_known = true;
                continue;
            }
            const bool is_before = !one.to_day.empty() && one.to_day < collector.from_day, is_after = !collector.to_day.empty() && collector.to_day < one.from_day;
            if (!is_before && !is_after) return fail("collector_elsewhere");
        }
        const storage::Params params{{"lot_key", lot->key}, {"person_id", blob_of(collector.person)}, {"from_day", collector.from_day}, {"to_day", collector.to_day}};
        transaction.run(is_known ? sql::end_lot_collector : sql::insert_lot_collector, params);
        return {};
    }));
    return lot(lot_id, viewer, language);
}

bool PatrolService::may_read_media(const identity::Viewer& viewer, const Uuid& media) {
    if (!viewer.may("patrol.read") && !viewer.may("patrol.company") && !viewer.may("patrol.own")) return false;
    return state_->parts.database.read([&](Transaction& transaction) {
        const auto book = load_lots(transaction);
        for (const auto row : transaction.run(sql::list_media_findings, {{"media_id", blob_of(media)}})) {
            if (viewer.may("patrol.read") || uuid_at(row, "collector_id") == viewer.person_id) return true;
            const auto* lot = row.is_null("lot_key") ? nullptr : book.find(row.integer("lot_key"));
            if (lot != nullptr && may_see_lot(viewer, *lot)) return true;
        }
        return false;
    });
}

} // namespace chengge::patrol
