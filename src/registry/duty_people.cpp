#include "registry/duty_people.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/spreadsheet.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "registry/feature_list.hpp"
#include "registry/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::registry {

using identity::Viewer;
using storage::Blob;
using storage::Transaction;

namespace {

constexpr std::string_view duty_columns = "SELECT d.duty_key, d.duty_id, d.area_id, d.shift, d.person_id, d.role, d.from_day, d.to_day, d.words, d.made_by, d.made_ms, d.ended_by, d.ended_ms, d.ended_words FROM registry_duty d";
constexpr const char* open_end = "9999-12-31";

// Days compare as texts only in the one form.
bool is_day(const std::string& text) {
    const auto date = parse_date(text);
    return date && format_date(*date) == text;
}

std::string text_at(const LayerSnapshot& snapshot, std::size_t at, std::string_view field) {
    const int index = snapshot.layer().field_index(field);
    return index < 0 ? "" : text_of(snapshot.value(at, index));
}

json::value number_at(const LayerSnapshot& snapshot, std::size_t at, std::string_view field) {
    const int index = snapshot.layer().field_index(field);
    if (index < 0) return nullptr;
    const auto value = snapshot.value(at, index);
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    if (const auto* number = std::get_if<double>(&value)) return *number;
    return nullptr;
}

Uuid id_at(const storage::Rows::Row& row, const char* column) { return uuid_from_raw(row.bytes(column)); }

// Whether an area lies in a region: by its first cell, as areas are made within one.
bool lies_in(const grid::GridService& grid, const std::string& cells, const std::string& region) {
    const auto first = cells.substr(0, cells.find(' '));
    if (region.size() != 6) return first.starts_with(region);
    const auto* community = grid.find_region(first.substr(0, 12));
    return community != nullptr ? community->managed_by_code == region : first.starts_with(region);
}

} // namespace

const DutyShift* DutyPeople::find_shift(std::string_view code) const {
    const auto found = std::ranges::find(state_.shifts, code, &DutyShift::code);
    return found == state_.shifts.end() ? nullptr : &*found;
}

std::string DutyPeople::today() const { return format_date(city_date(state_.parts.clock.now_ms())); }

json::object DutyPeople::to_json(const storage::Rows::Row& row, const identity::Directory& directory, const std::string& language) const {
    const auto name_of = [&](const char* column) -> json::value {
        const auto* person = row.is_null(column) ? nullptr : directory.find_person(id_at(row, column));
        return person != nullptr ? json::value(person->name) : json::value(nullptr);
    };
    const auto* person = directory.find_person(id_at(row, "person_id"));
    const auto* unit = person != nullptr ? directory.find_organisation(person->organisation_key) : nullptr;
    const auto* shift = find_shift(row.text("shift"));
    const auto& to_day = row.text("to_day");
    return {{"duty_id", format_uuid(id_at(row, "duty_id"))},
            {"area_id", row.text("area_id")},
            {"shift", row.text("shift")},
            {"shift_label", shift == nullptr ? row.text("shift") : language == "en" ? shift->en : shift->zh},
            {"person_id", format_uuid(id_at(row, "person_id"))},
            {"person_name", name_of("person_id")},
            {"organisation", unit != nullptr ? json::value(unit->name) : json::value(nullptr)},
            {"is_active", person != nullptr && person->is_active},
            {"role", row.text("role")},
            {"from_day", row.text("from_day")},
            {"to_day", to_day == open_end ? json::value(nullptr) : json::value(to_day)},
            {"words", row.text("words")},
            {"made_by", name_of("made_by")},
            {"made_at", format_rfc3339(row.integer("made_ms"))},
            {"ended_by", name_of("ended_by")},
            {"ended_at", row.is_null("ended_ms") ? json::value(nullptr) : json::value(format_rfc3339(row.integer("ended_ms")))},
            {"ended_words", row.text("ended_words")}};
}

Result<json::object> DutyPeople::assign(const NewDuty& duty, const Viewer& viewer, const std::string& language) {
    const auto directory = state_.parts.identity.directory();
    TRY_ASSIGN(areas, state_.need("duty_areas"));
    const auto to_day = duty.to_day.empty() ? std::string(open_end) : duty.to_day;
    if (!is_day(duty.from_day) || !is_day(to_day) || to_day < duty.from_day) return fail("bad_dates");
    if (duty.is_substitute && duty.to_day.empty()) return fail("duty_substitute_open");
    const auto* role = duty.is_substitute ? "substitute" : "holder";
    const auto find = [&](Transaction& transaction) {
        storage::ListBuilder list(duty_columns);
        return list.where("d.duty_id = :duty_id", {"duty_id", Blob{duty.id.raw()}}).run(transaction);
    };
    const std::lock_guard lock(state_.assigning);
    return state_.parts.database.write([&](Transaction& transaction) -> Result<json::object> {
        if (const auto known = find(transaction); !known.empty()) { // sent again
            const auto row = known[0];
            if (row.text("area_id") != duty.area_id || row.text("shift") != duty.shift || id_at(row, "person_id") != duty.person || row.text("role") != role || row.text("from_day") != duty.from_day) return fail("duty_id_taken");
            return to_json(row, *directory, language);
        }
        if (!areas->now()->find(duty.area_id)) return fail("feature_unknown", {{"id", duty.area_id.substr(0, 40)}});
        if (find_shift(duty.shift) == nullptr) return fail("shift_unknown");
        const auto* person = directory->find_person(duty.person);
        if (person == nullptr) return fail("person_unknown");
        if (!person->is_active || std::ranges::find(person->roles, "collector") == person->roles.end()) return fail("duty_needs_collector");
        if (!transaction.run(sql::find_duty_overlap, {{"area_id", duty.area_id}, {"shift", duty.shift}, {"person_id", Blob{duty.person.raw()}}, {"from_day", duty.from_day}, {"to_day", to_day}}).empty())
            return fail("duty_overlaps");
        transaction.run(sql::insert_duty, {{"duty_id", Blob{duty.id.raw()}}, {"area_id", duty.area_id}, {"shift", duty.shift}, {"person_id", Blob{duty.person.raw()}}, {"role", role}, {"from_day", duty.from_day},
                                           {"to_day", to_day}, {"words", duty.words}, {"made_by", Blob{viewer.person_id.raw()}}, {"made_ms", state_.parts.clock.now_ms()}});
        return to_json(find(transaction)[0], *directory, language);
    });
}

Result<json::object> DutyPeople::end(const Uuid& id, const std::string& last_day, const std::string& words, const Viewer& viewer, const std::string& language) {
    if (!is_day(last_day)) return fail("bad_dates");
    const auto now = state_.parts.clock.now_ms();
    if (last_day < format_date(city_date(now - day_ms))) return fail("duty_past");
    const auto directory = state_.parts.identity.directory();
    return state_.parts.database.write([&](Transaction& transaction) -> Result<json::object> {
        const auto ended = transaction.run(sql::end_duty, {{"duty_id", Blob{id.raw()}}, {"last_day", last_day}, {"ended_by", Blob{viewer.person_id.raw()}}, {"ended_ms", now}, {"ended_words", words}}).affected;
        storage::ListBuilder list(duty_columns);
        const auto rows = list.where("d.duty_id = :duty_id", {"duty_id", Blob{id.raw()}}).run(transaction);
        if (rows.empty()) return fail("duty_unknown");
        if (ended == 0 && rows[0].text("to_day") != last_day) return fail("duty_ended");
        return to_json(rows[0], *directory, language);
    });
}

Result<json::object> DutyPeople::areas(const DutyAreaFilter& filter, const std::string& language) const {
    const auto day = filter.day.empty() ? today() : filter.day;
    if (!is_day(day)) return fail("bad_dates");
    std::string after;
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 1));
        if (!std::holds_alternative<std::string>(place[0])) return fail("bad_cursor");
        after = std::get<std::string>(place[0]);
    }
    TRY_ASSIGN(layer, state_.need("duty_areas"));
    const auto snapshot = layer->now();
    const auto directory = state_.parts.identity.directory();
    std::map<std::string, json::array> people;
    std::map<std::string, std::set<std::string>> covered;
    state_.parts.database.read([&](Transaction& transaction) {
        storage::ListBuilder list(duty_columns);
        const auto rows = list.where("d.from_day <= :day AND d.to_day >= :day", {"day", day}).order_by("d.area_id, d.shift, d.role, d.duty_key").run(transaction);
        for (const auto row : rows) {
            auto one = to_json(row, *directory, language);
            if (one.at("is_active").as_bool()) covered[row.text("area_id")].insert(row.text("shift"));
            people[row.text("area_id")].push_back(std::move(one));
        }
    });
    std::map<std::string, std::size_t> fitting; // in the order of the codes
    std::int64_t uncovered = 0;
    for (std::size_t at = 0; at < snapshot->slots(); ++at) {
        if (!snapshot->is_there(at)) continue;
        const std::string id(snapshot->id(at));
        if (!filter.region.empty() && !lies_in(state_.parts.grid, text_at(*snapshot, at, "cells"), filter.region)) continue;
        if (!filter.words.empty() && id.find(filter.words) == std::string::npos && text_at(*snapshot, at, "name").find(filter.words) == std::string::npos &&
            std::ranges::none_of(people[id], [&](const auto& one) { return one.at("person_name").is_string() && one.at("person_name").as_string().find(filter.words) != json::string::npos; }))
            continue;
        const bool is_open = covered[id].size() < state_.shifts.size();
        uncovered += is_open;
        if (is_open || !filter.is_uncovered) fitting.emplace(id, at);
    }
    json::array items, shifts;
    json::value next = nullptr;
    std::string last;
    for (auto one = fitting.upper_bound(after); one != fitting.end(); ++one) {
        if (items.size() == static_cast<std::size_t>(filter.limit)) {
            next = storage::encode_cursor({last});
            break;
        }
        last = one->first;
        json::array missing;
        for (const auto& shift : state_.shifts)
            if (!covered[last].contains(shift.code)) missing.emplace_back(shift.code);
        const auto geometry = snapshot->geometry(one->second);
        items.push_back(json::object{{"area_id", last}, {"name", text_at(*snapshot, one->second, "name")}, {"cell_count", number_at(*snapshot, one->second, "cell_count")}, {"area_m2", number_at(*snapshot, one->second, "area_m2")},
                                     {"people", people[last]}, {"uncovered", std::move(missing)}, {"geometry", geometry ? geo::to_geojson(*geometry) : json::value(nullptr)}});
    }
    for (const auto& shift : state_.shifts) shifts.push_back(json::object{{"code", shift.code}, {"label", language == "en" ? shift.en : shift.zh}, {"from", shift.from}, {"to", shift.to}});
    return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"day", day}, {"shifts", std::move(shifts)}, {"total", static_cast<std::int64_t>(fitting.size())}, {"uncovered", uncovered}};
}

Result<std::string> DutyPeople::table(DutyAreaFilter filter, bool is_xlsx, const std::string& language) const {
    filter.cursor.clear();
    filter.limit = export_sheet_max; // of areas a city has some hundreds
    TRY_ASSIGN(page, areas(filter, language));
    const bool is_english = language == "en";
    const auto text = [](const json::value& value) { return value.is_string() ? std::string(value.as_string()) : ""; };
    Sheet sheet{.name = (is_english ? "Rota " : "责任网格排班 ") + text(page.at("day")), .header = {is_english ? "Duty area" : "责任网格", is_english ? "Code" : "编号", is_english ? "Cells" : "单元网格数"}, .rows = {}, .widths = {28, 16, 12}};
    for (const auto& shift : page.at("shifts").as_array()) {
        sheet.header.push_back(fmt::format("{} {}–{}", text(shift.at("label")), text(shift.at("from")), text(shift.at("to"))));
        sheet.widths.push_back(34);
    }
    for (const auto& item : page.at("items").as_array()) {
        const auto& cells = item.at("cell_count");
        std::vector<std::string> row{text(item.at("name")), text(item.at("area_id")), cells.is_int64() ? std::to_string(cells.as_int64()) : ""};
        for (const auto& shift : page.at("shifts").as_array()) {
            std::vector<std::string> names;
            for (const auto& one : item.at("people").as_array()) {
                if (one.at("shift") != shift.at("code")) continue;
                const auto* role = text(one.at("role")) != "substitute" ? "" : is_english ? " (substitute)" : "（顶班）";
                const auto* left = one.at("is_active").as_bool() ? "" : is_english ? " (has left)" : "（已离岗）";
                names.push_back(text(one.at("person_name")) + role + left);
            }
            const bool is_open = std::ranges::find(item.at("uncovered").as_array(), shift.at("code")) != item.at("uncovered").as_array().end();
            if (is_open) names.emplace_back(is_english ? "nobody" : "无人");
            row.push_back(join(names, is_english ? ", " : "、"));
        }
        sheet.rows.push_back(std::move(row));
    }
    return write_table(sheet, is_xlsx, state_.parts.clock.now_ms());
}

Result<void> RegistryService::assign_duty(const NewDuty& duty, const Viewer& viewer) {
    TRY(DutyPeople(*state_).assign(duty, viewer, "zh"));
    return {};
}

Result<json::object> DutyPeople::mine(const std::string& asked, const Viewer& viewer, const std::string& language) const {
    const auto day = asked.empty() ? today() : asked;
    if (!is_day(day)) return fail("bad_dates");
    TRY_ASSIGN(layer, state_.need("duty_areas"));
    const auto snapshot = layer->now();
    json::array items;
    state_.parts.database.read([&](Transaction& transaction) {
        storage::ListBuilder list(duty_columns);
        list.where("d.person_id = :person_id", {"person_id", Blob{viewer.person_id.raw()}}).where("d.from_day <= :day AND d.to_day >= :day", {"day", day}).order_by("d.area_id, d.shift, d.duty_key");
        const auto rows = list.run(transaction);
        for (const auto row : rows) {
            const auto at = snapshot->find(row.text("area_id"));
            if (!at) continue; // the area has ended
            const auto* shift = find_shift(row.text("shift"));
            json::array cells;
            for (const auto& code : split(text_at(*snapshot, *at, "cells"), ' ')) cells.emplace_back(code);
            const auto geometry = snapshot->geometry(*at);
            items.push_back(json::object{{"duty_id", format_uuid(id_at(row, "duty_id"))}, {"area_id", row.text("area_id")}, {"name", text_at(*snapshot, *at, "name")}, {"shift", row.text("shift")},
                                         {"shift_label", shift == nullptr ? row.text("shift") : language == "en" ? shift->en : shift->zh}, {"from", shift == nullptr ? "" : shift->from}, {"to", shift == nullptr ? "" : shift->to},
                                         {"role", row.text("role")}, {"from_day", row.text("from_day")}, {"to_day", row.text("to_day") == open_end ? json::value(nullptr) : json::value(row.text("to_day"))},
                                         {"cells", std::move(cells)}, {"geometry", geometry ? geo::to_geojson(*geometry) : json::value(nullptr)}});
        }
    });
    return json::object{{"day", day}, {"items", std::move(items)}};
}

Result<json::object> DutyPeople::list(const DutyFilter& filter, const Viewer& viewer, const std::string& language) const {
    std::int64_t before = 0;
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 1));
        if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
        before = std::get<std::int64_t>(place[0]);
    }
    return state_.parts.database.read([&](Transaction& transaction) {
        storage::ListBuilder list(duty_columns);
        if (!filter.area_id.empty()) list.where("d.area_id = :area_id", {"area_id", filter.area_id});
        if (!filter.person.is_nil()) list.where("d.person_id = :person_id", {"person_id", Blob{filter.person.raw()}});
        if (before > 0) list.where("d.duty_key < :before", {"before", before});
        const auto rows = list.order_by("d.duty_key DESC").limit(filter.limit + 1).run(transaction);
        json::array items;
        json::value next = nullptr;
        std::int64_t last = 0;
        for (const auto row : rows) {
            if (items.size() == static_cast<std::size_t>(filter.limit)) {
                next = storage::encode_cursor({last});
                break;
            }
            last = row.integer("duty_key");
            items.push_back(to_json(row, *viewer.directory, language));
        }
        return Result<json::object>(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
    });
}

} // namespace chengge::registry
