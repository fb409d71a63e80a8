// What the sources of this module share; nothing outside includes it.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "patrol/patrol_service.hpp"

namespace chengge::patrol {

inline storage::Blob blob_of(const Uuid& id) { return {id.raw()}; }
inline storage::Value maybe_blob(const Uuid& id) { return id.is_nil() ? storage::Value() : storage::Value(blob_of(id)); }
inline json::value maybe_instant(const std::optional<std::int64_t>& at) { return at ? json::value(format_rfc3339(*at)) : json::value(nullptr); }
inline json::value maybe_text(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }
Uuid uuid_at(const storage::Rows::Row& row, std::string_view column); // nil when it is null
std::string ids_text(const std::vector<Uuid>& ids);                    // a JSON list, as it is stored
std::vector<Uuid> ids_of(const std::string& text);
inline const std::string& pick(const std::string& language, const std::string& zh, const std::string& en) { return language == "en" && !en.empty() ? en : zh; }

// A lot as it is stored.
struct StoredLot : Lot {
    std::int64_t key = 0;
    bool is_valid_on(const std::string& day) const { return valid_from <= day && day <= valid_to; }
};
// A collector's time with a lot.
struct Membership {
    std::int64_t lot_key = 0;
    Uuid person;
    std::string from_day, to_day;
    bool covers(const std::string& day) const { return from_day <= day && (to_day.empty() || day <= to_day); }
};
struct LotBook {
    std::vector<StoredLot> lots;
    std::vector<Membership> members;
    const StoredLot* find(const Uuid& id) const;
    const StoredLot* find(std::int64_t key) const;
    // Whose a collector was on a day; the lot of a place: the one that names it most narrowly.
    const StoredLot* lot_of(const Uuid& person, const std::string& day) const;
    const StoredLot* lot_at(const std::string& cell_code, const std::string& day) const;
};
LotBook load_lots(storage::Transaction& transaction);

// A shift with who was there and how that is known.
struct CountedShift : ShiftPresence {
    std::string method; // roll_call, acts
    std::vector<Uuid> people;
    std::string words;
};
// Every shift of these days that has ended, of the contract's days.
std::vector<CountedShift> count_presence(const PatrolParts& parts, storage::Transaction& transaction, const LotBook& book, const StoredLot& lot, const std::string& from_day, const std::string& to_day);

// A month as instants; nothing when it is no month.
struct Month {
    std::string first_day, last_day;
    std::int64_t from_ms = 0, to_ms = 0;
};
std::optional<Month> month_of(const std::string& text);
inline std::string day_of(std::int64_t at_ms) { return format_date(city_date(at_ms)); }

struct PatrolService::State {
    explicit State(PatrolParts given) : parts(std::move(given)) {}
    PatrolParts parts;
    std::string person_name(const Uuid& id) const {
        const auto* person = id.is_nil() ? nullptr : parts.identity.directory()->find_person(id);
        return person == nullptr ? "" : person->name;
    }
    std::string organisation_name(const std::string& code) const {
        const auto* found = parts.identity.directory()->find_organisation(code);
        return found == nullptr ? code : found->name;
    }
    // Who found and checked cases is known to the supervision centre, the contractor and the collector alone.
    bool knows_collectors(const identity::Viewer& viewer) const {
        const auto* own = parts.identity.directory()->find_organisation(viewer.organisation_key);
        return own != nullptr && own->kind == "supervision_center";
    }
};

// Which lots the viewer may see: all, or those of the own company.
bool may_see_lot(const identity::Viewer& viewer, const Lot& lot);
json::object lot_json(const PatrolService::State& state, const LotBook& book, const StoredLot& lot, const std::string& language);

// A table as CSV (UTF-8 with BOM) or as a workbook.
std::string table_of(const std::string& name, std::vector<std::string> header, std::vector<std::vector<std::string>> rows, bool is_xlsx, std::int64_t now_ms);
// The photos by their ids, each the sender's own or a demo's; refusals media_unknown, too_many_photos.
Result<void> check_photos(const PatrolParts& parts, const std::vector<Uuid>& media, const identity::Viewer& viewer);

} // namespace chengge::patrol
