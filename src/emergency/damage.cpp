// 灾损登记: what the storm has damaged, where, how much; lists, totals, export.
#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "emergency/emergency_service.hpp"
#include "emergency/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::emergency {

using identity::Viewer;
using storage::Blob;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr int export_rows_max = 100'000;
constexpr std::string_view columns =
    "SELECT d.entry_key, d.entry_id, d.kind, d.lon, d.lat, d.cell_code, d.community_code, d.district_code, d.address, d.amount, d.estimate_yuan, d.media, d.note, d.person_id, d.organisation, "
    "d.found_ms, d.recorded_ms, d.struck_by, d.struck_ms, d.struck_words, m.decision_id AS mode_id, m.number AS mode_number FROM damage_entries d LEFT JOIN case_decisions m ON m.decision_key = d.mode_key";

std::string hash_of(const NewDamage& damage, const Uuid& owner) {
    std::string text = format_uuid(owner);
    const auto add = [&](const std::string& value) { text += "\n" + std::to_string(value.size()) + ":" + value; };
    for (const auto& value : {format_uuid(damage.mode), damage.kind, rules::field_text(damage.lon), rules::field_text(damage.lat), damage.coord_type, damage.address, damage.note, rules::field_text(damage.amount),
                              rules::field_text(damage.estimate_yuan), rules::field_text(damage.found_ms)})
        add(value);
    for (const auto& id : damage.media) add(format_uuid(id));
    return sm3(text);
}

void limit_to_scope(ListBuilder& list, const Viewer& viewer) {
    const auto& scope = viewer.scope;
    if (scope.sees_all) return;
    std::string condition = "d.person_id = " + list.bind(Blob{viewer.person_id.raw()});
    if (!scope.region_code.empty()) condition += " OR d.district_code = " + list.bind(scope.region_code);
    for (const auto key : scope.organisation_keys)
        if (const auto* organisation = viewer.directory->find_organisation(key)) {
            condition += " OR d.organisation = " + list.bind(organisation->code);
            // A district's centre has its district.
            if (organisation->kind == "district_command_center") condition += " OR d.district_code = " + list.bind(organisation->region_code);
        }
    list.where(condition);
}

void add_filter(ListBuilder& list, const DamageFilter& filter, const Viewer& viewer, bool with_struck) {
    limit_to_scope(list, viewer);
    if (!filter.mode.is_nil()) list.where("m.decision_id = :mode_id", {"mode_id", Blob{filter.mode.raw()}});
    if (!filter.kind.empty()) list.where("d.kind = :kind", {"kind", filter.kind});
    if (!filter.district.empty()) list.where("d.district_code = :district", {"district", filter.district});
    if (filter.from_ms) list.where("d.found_ms >= :from_ms", {"from_ms", *filter.from_ms});
    if (filter.to_ms) list.where("d.found_ms < :to_ms", {"to_ms", *filter.to_ms});
    if (filter.is_mine) list.where("d.person_id = :me", {"me", Blob{viewer.person_id.raw()}});
    if (!with_struck) list.where("d.struck_ms IS NULL");
}

struct Order {
    std::string_view by, after, sort; // `sort`: the column beside the key; empty = the key alone
};
Order order_of(const std::string& name) {
    if (name == "oldest") return {"d.entry_key", "d.entry_key > :key", ""};
    if (name == "estimate") return {"COALESCE(d.estimate_yuan, -1) DESC, d.entry_key DESC", "(COALESCE(d.estimate_yuan, -1) < :sort OR (COALESCE(d.estimate_yuan, -1) = :sort AND d.entry_key < :key))", "estimate_yuan"};
    return {"d.entry_key DESC", "d.entry_key < :key", ""};
}

json::object damage_json(const EmergencyParts& parts, const storage::Rows::Row& row, const Viewer& viewer, const std::string& language) {
    const auto& directory = *viewer.directory;
    const auto name_of = [&](const char* column) {
        const auto* person = row.is_null(column) ? nullptr : directory.find_person(uuid_from_raw(row.bytes(column)));
        return person != nullptr ? person->name : std::string();
    };
    const auto region_name = [&](const std::string& code) {
        const auto* region = code.empty() ? nullptr : parts.grid.find_region(code);
        return region != nullptr ? region->name : std::string();
    };
    const auto* kind = parts.data->find_kind(row.text("kind"));
    const auto pick = [&](const std::string& zh, const std::string& en) { return language == "en" ? en : zh; };
    const auto* organisation = directory.find_organisation(row.text("organisation"));
    json::array media;
    for (const auto& id : split(row.text("media"), ' '))
        if (!id.empty()) media.emplace_back(id);
    const auto instant = [&](const char* column) { return row.is_null(column) ? json::value(nullptr) : json::value(format_rfc3339(row.integer(column))); };
    return {{"entry_id", format_uuid(uuid_from_raw(row.bytes("entry_id")))},
            {"mode_id", row.is_null("mode_id") ? json::value(nullptr) : json::value(format_uuid(uuid_from_raw(row.bytes("mode_id"))))},
            {"mode_number", row.is_null("mode_number") ? json::value(nullptr) : json::value(row.text("mode_number"))},
            {"kind", row.text("kind")},
            {"kind_label", kind == nullptr ? row.text("kind") : pick(kind->zh, kind->en)},
            {"amount", row.number("amount")},
            {"unit", kind == nullptr ? "" : pick(kind->unit_zh, kind->unit_en)},
            {"estimate_yuan", row.is_null("estimate_yuan") ? json::value(nullptr) : json::value(row.integer("estimate_yuan"))},
            {"lon", row.number("lon")},
            {"lat", row.number("lat")},
            {"cell_code", row.text("cell_code")},
            {"district_code", row.text("district_code")},
            {"district_name", region_name(row.text("district_code"))},
            {"subdistrict_name", region_name(row.text("community_code").substr(0, 9))},
            {"community_name", region_name(row.text("community_code"))},
            {"address", row.text("address")},
            {"media", std::move(media)},
            {"note", row.text("note")},
            {"person_name", name_of("person_id")},
            {"organisation_name", organisation != nullptr ? organisation->name : row.text("organisation")},
            {"found_at", format_rfc3339(row.integer("found_ms"))},
            {"recorded_at", format_rfc3339(row.integer("recorded_ms"))},
            {"struck_at", instant("struck_ms")},
            {"struck_by_name", row.is_null("struck_by") ? json::value(nullptr) : json::value(name_of("struck_by"))},
            {"struck_words", row.text("struck_words")}};
}

Result<json::object> find_one(const EmergencyParts& parts, const Uuid& id, const Viewer& viewer, const std::string& language) {
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{columns};
        limit_to_scope(list, viewer);
        const auto rows = list.where("d.entry_id = :entry_id", {"entry_id", Blob{id.raw()}}).run(transaction);
        if (rows.empty()) return fail("damage_unknown");
        return damage_json(parts, rows[0], viewer, language);
    });
}

} // namespace

Result<json::object> EmergencyService::add_damage(const NewDamage& damage, const Viewer& viewer, const std::string& language) {
    if (parts_->data->find_kind(damage.kind) == nullptr) return fail("damage_kind_unknown");
    if (damage.media.size() > static_cast<std::size_t>(parts_->data->settings.damage_photos_max)) return fail("too_many_photos");
    TRY_ASSIGN(place, parts_->grid.locate(damage.lon, damage.lat, damage.coord_type));
    storage::Value mode_key;
    if (!damage.mode.is_nil()) {
        const auto mode = parts_->cases.decisions().find(damage.mode);
        if (!mode || mode->kind != "hold") return fail("mode_unknown");
        mode_key = mode->key;
    }
    const auto now = parts_->clock.now_ms();
    const auto hash = hash_of(damage, viewer.person_id);
    std::vector<std::string> photos;
    for (const auto& id : damage.media) photos.push_back(format_uuid(id));
    TRY(parts_->database.write([&](Transaction& transaction) -> Result<void> {
        const auto known = transaction.run(sql::find_damage, {{"entry_id", Blob{damage.id.raw()}}});
        if (!known.empty()) { // sent again
            if (known[0].bytes("body_hash") != hash) return fail("damage_id_taken");
            return {};
        }
        const auto found = damage.media.empty() ? std::vector<media::Media>() : parts_->media.find_all(transaction, damage.media);
        for (const auto& id : damage.media) {
            const auto photo = std::find_if(found.begin(), found.end(), [&](const media::Media& one) { return one.id == id; });
            if (photo == found.end() || (photo->owner_person_key != viewer.person_key && photo->owner_person_key != viewer.deputy_key && !photo->is_simulated)) return fail("media_unknown", {{"media_id", format_uuid(id)}});
        }
        const auto made = transaction.run(sql::insert_damage,
                        {{"entry_id", Blob{damage.id.raw()}}, {"body_hash", Blob{hash}}, {"mode_key", mode_key}, {"kind", damage.kind}, {"lon", place.lon}, {"lat", place.lat}, {"cell_code", place.cell_code},
                         {"community_code", place.community_code}, {"district_code", place.managing_district_code}, {"address", damage.address}, {"amount", damage.amount}, {"estimate_yuan", damage.estimate_yuan},
                         {"media", join(photos, " ")}, {"note", damage.note}, {"person_id", Blob{viewer.person_id.raw()}}, {"organisation", viewer.organisation_code}, {"found_ms", std::min(damage.found_ms.value_or(now), now)}, {"recorded_ms", now}});
        std::vector<storage::Params> links;
        for (const auto& id : std::set<Uuid>(damage.media.begin(), damage.media.end())) links.push_back({{"media_id", Blob{id.raw()}}, {"entry_key", made[0].integer("entry_key")}});
        transaction.run_batch(sql::insert_damage_photo, links);
        return {};
    }));
    return find_one(*parts_, damage.id, viewer, language);
}

Result<json::object> EmergencyService::strike_damage(const Uuid& id, const std::string& words, const Viewer& viewer, const std::string& language) {
    TRY_ASSIGN(known, find_one(*parts_, id, viewer, language));
    if (!known.at("struck_at").is_null()) return fail("damage_struck");
    TRY(parts_->database.write([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::find_damage, {{"entry_id", Blob{id.raw()}}});
        if (uuid_from_raw(rows[0].bytes("person_id")) != viewer.person_id && !viewer.may("emergency.command")) return fail("damage_not_yours");
        if (transaction.run(sql::strike_damage, {{"entry_id", Blob{id.raw()}}, {"struck_by", Blob{viewer.person_id.raw()}}, {"struck_ms", parts_->clock.now_ms()}, {"struck_words", words}}).affected == 0) return fail("damage_struck");
        return {};
    }));
    return find_one(*parts_, id, viewer, language);
}

Result<json::object> EmergencyService::damage(const DamageFilter& filter, const Viewer& viewer, const std::string& language) const {
    const auto order = order_of(filter.order);
    return parts_->database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{columns};
        add_filter(list, filter, viewer, true);
        if (!filter.cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, order.sort.empty() ? 1 : 2));
            for (const auto& one : place)
                if (!std::holds_alternative<std::int64_t>(one)) return fail("bad_cursor");
            if (order.sort.empty()) list.where(order.after, {"key", place[0]});
            else list.where(order.after, {{"sort", place[0]}, {"key", place[1]}});
        }
        json::array items;
        json::value next = nullptr;
        std::vector<storage::Value> last;
        for (const auto row : list.order_by(order.by).limit(filter.limit + 1).run(transaction)) {
            if (items.size() == static_cast<std::size_t>(filter.limit)) {
                next = storage::encode_cursor(last);
                break;
            }
            last.clear();
            if (!order.sort.empty()) last.emplace_back(row.maybe_integer(order.sort).value_or(-1));
            last.emplace_back(row.integer("entry_key"));
            items.push_back(damage_json(*parts_, row, viewer, language));
        }
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<std::string> EmergencyService::damage_csv(const DamageFilter& filter, const Viewer& viewer, const std::string& language) const {
    std::string csv = "\xef\xbb\xbf";
    csv += language == "en" ? "Kind,Amount,Unit,Estimate (yuan),District,Subdistrict,Community,Cell,Address,Longitude,Latitude,Note,Photos,Found,Recorded by,Organisation,Mode,Struck out\r\n"
                            : "灾损类型,数量,单位,估计损失(元),区,街道,社区,单元网格,位置,经度,纬度,备注,照片数,发现时间,登记人,登记单位,三防编号,作废原因\r\n";
    auto page_filter = filter;
    page_filter.limit = 2000;
    page_filter.cursor.clear();
    for (int left = export_rows_max; left > 0; left -= page_filter.limit) {
        TRY_ASSIGN(page, damage(page_filter, viewer, language));
        for (const auto& one : page.at("items").as_array()) {
            const auto& item = one.as_object();
            const auto text = [&](const char* name) {
                const auto& value = item.at(name);
                return value.is_null() ? std::string() : value.is_string() ? std::string(value.get_string()) : to_json_text(value);
            };
            std::string line;
            for (const auto* name : {"kind_label", "amount", "unit", "estimate_yuan", "district_name", "subdistrict_name", "community_name", "cell_code", "address", "lon", "lat", "note"}) line += csv_field(text(name)) + ",";
            line += std::to_string(item.at("media").as_array().size()) + "," + csv_field(text("found_at").substr(0, 16)) + "," + csv_field(text("person_name")) + "," + csv_field(text("organisation_name")) + "," + csv_field(text("mode_number")) + "," + csv_field(text("struck_words"));
            csv += line + "\r\n";
        }
        if (page.at("next_cursor").is_null()) break;
        page_filter.cursor = std::string(page.at("next_cursor").as_string());
    }
    return csv;
}

json::object EmergencyService::damage_totals(const DamageFilter& filter, const Viewer& viewer, const std::string& language) const {
    return parts_->database.read([&](Transaction& transaction) {
        ListBuilder list("SELECT d.district_code, d.kind, COUNT(*) AS entries, SUM(d.amount) AS amount, SUM(COALESCE(d.estimate_yuan, 0)) AS estimate FROM damage_entries d LEFT JOIN case_decisions m ON m.decision_key = d.mode_key");
        add_filter(list, filter, viewer, false);
        json::array items;
        std::int64_t entries = 0, estimate = 0;
        for (const auto row : list.group_by("d.district_code, d.kind").order_by("d.district_code, d.kind").run(transaction)) {
            const auto* region = parts_->grid.find_region(row.text("district_code"));
            const auto* kind = parts_->data->find_kind(row.text("kind"));
            const auto sum = static_cast<std::int64_t>(row.number("estimate"));
            items.push_back(json::object{{"district_code", row.text("district_code")}, {"district_name", region != nullptr ? region->name : ""}, {"kind", row.text("kind")},
                                         {"kind_label", kind == nullptr ? row.text("kind") : language == "en" ? kind->en : kind->zh}, {"unit", kind == nullptr ? "" : language == "en" ? kind->unit_en : kind->unit_zh},
                                         {"entries", row.integer("entries")}, {"amount", row.number("amount")}, {"estimate_yuan", sum}});
            entries += row.integer("entries");
            estimate += sum;
        }
        return json::object{{"items", std::move(items)}, {"entries", entries}, {"estimate_yuan", estimate}};
    });
}

bool EmergencyService::may_read_media(const Viewer& viewer, const media::Media& photo) const {
    if (!viewer.may("emergency.read")) return false;
    return parts_->database.read([&](Transaction& transaction) {
        ListBuilder list("SELECT d.entry_key FROM damage_entries d JOIN damage_photos p ON p.entry_key = d.entry_key");
        limit_to_scope(list, viewer);
        return !list.where("p.media_id = :media_id", {"media_id", Blob{photo.id.raw()}}).limit(1).run(transaction).empty();
    });
}

} // namespace chengge::emergency
