#include "registry/photos.hpp"

#include <algorithm>
#include <map>

#include "base/time.hpp"
#include "registry/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::registry {

using identity::Viewer;
using storage::Blob;
using storage::Transaction;

namespace {

constexpr std::string_view photo_columns = "SELECT p.photo_key, p.media_id, p.at_ms, p.words, p.proposal_id, p.made_by, p.organisation, p.made_ms, p.removed_by, p.removed_ms, p.removed_words FROM registry_photos p";
constexpr std::int64_t oldest_ms = 10 * 366 * day_ms; // a camera whose clock was never set says some day long ago

std::int64_t seen_at(const media::Media& photo, std::int64_t made_ms) {
    const auto taken = photo.taken_ms.value_or(made_ms);
    return taken > made_ms || taken < made_ms - oldest_ms ? made_ms : taken;
}

// What was done with photographs, the oldest first.
storage::Rows acts_of(Transaction& transaction, const std::vector<std::int64_t>& photo_keys) {
    storage::ListBuilder list("SELECT a.photo_key, a.act, a.made_by, a.made_ms, a.words FROM registry_photo_acts a");
    return list.where_in("a.photo_key", std::vector<storage::Value>(photo_keys.begin(), photo_keys.end())).order_by("a.act_key").run(transaction);
}

bool sees_names(const Viewer& viewer) { return viewer.may("registry.edit") || viewer.may("registry.review"); }

} // namespace

Result<void> check_own_photos(media::MediaService& media, const std::vector<Uuid>& ids, const Viewer& viewer) {
    for (const auto& id : ids) {
        TRY_ASSIGN(photo, media.get(id));
        if (photo.owner_person_key != viewer.person_key && !photo.is_simulated) return fail("media_unknown");
    }
    return {};
}

Result<void> Photos::need(const std::string& layer, const std::string& feature_id) const {
    TRY_ASSIGN(state, state_.need(layer));
    if (!state->now()->find(feature_id) && service_.history(layer, feature_id, 1).empty()) return fail("feature_unknown", {{"id", feature_id.substr(0, 40)}});
    return {};
}

void Photos::bind(Transaction& transaction, const RegistryParts& parts, const std::string& layer, const std::string& feature_id, const std::vector<Uuid>& media, const PhotoOrigin& origin) {
    const auto proposal = origin.proposal ? storage::Value(Blob{origin.proposal->raw()}) : storage::Value(std::monostate());
    for (const auto& photo : parts.media.find_all(transaction, media))
        transaction.run(sql::insert_photo, {{"media_id", Blob{photo.id.raw()}}, {"layer", layer}, {"feature_id", feature_id}, {"at_ms", seen_at(photo, origin.made_ms)}, {"words", origin.words},
                                            {"proposal_id", proposal}, {"made_by", Blob{origin.made_by.raw()}}, {"organisation", origin.organisation}, {"made_ms", origin.made_ms}});
}

Result<json::object> Photos::add(const NewPhotos& photos, const Viewer& viewer) {
    TRY(need(photos.layer, photos.feature_id));
    TRY(check_own_photos(state_.parts.media, photos.media, viewer));
    TRY(state_.parts.database.write([&](Transaction& transaction) -> Result<void> {
        bind(transaction, state_.parts, photos.layer, photos.feature_id, photos.media,
             {.words = photos.words, .proposal = std::nullopt, .made_by = viewer.person_id, .organisation = viewer.organisation_code, .made_ms = state_.parts.clock.now_ms()});
        return {};
    }));
    return list({.layer = photos.layer, .feature_id = photos.feature_id, .is_removed = false, .cursor = {}, .limit = 50}, viewer);
}

Result<json::object> Photos::list(const PhotoFilter& filter, const Viewer& viewer) const {
    TRY(need(filter.layer, filter.feature_id));
    std::int64_t at_ms = 0, key = 0;
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 2));
        if (!std::holds_alternative<std::int64_t>(place[0]) || !std::holds_alternative<std::int64_t>(place[1])) return fail("bad_cursor");
        at_ms = std::get<std::int64_t>(place[0]);
        key = std::get<std::int64_t>(place[1]);
    }
    return state_.parts.database.read([&](Transaction& transaction) {
        storage::ListBuilder list(photo_columns);
        list.where("p.layer = :layer AND p.feature_id = :feature_id", {{"layer", filter.layer}, {"feature_id", filter.feature_id}}).where(filter.is_removed ? "p.removed_ms IS NOT NULL" : "p.removed_ms IS NULL");
        if (key > 0) list.where("(p.at_ms, p.photo_key) < (:at_ms, :key)", {{"at_ms", at_ms}, {"key", key}});
        const auto rows = list.order_by("p.at_ms DESC, p.photo_key DESC").limit(filter.limit + 1).run(transaction);
        const auto shown = static_cast<std::size_t>(filter.limit);
        const auto next = rows.size() > shown ? json::value(storage::encode_cursor({rows[shown - 1].integer("at_ms"), rows[shown - 1].integer("photo_key")})) : json::value(nullptr);
        const auto counts = transaction.run(sql::count_photos, {{"layer", filter.layer}, {"feature_id", filter.feature_id}});
        return Result<json::object>(json::object{{"items", to_json(transaction, filter.layer, rows, shown, viewer)}, {"next_cursor", next}, {"total", counts[0].integer("shown")}, {"removed", counts[0].integer("removed")}});
    });
}

Result<json::object> Photos::remove(const PhotoAct& act, const Viewer& viewer) { return set_removed(true, act, viewer); }
Result<json::object> Photos::restore(const PhotoAct& act, const Viewer& viewer) { return set_removed(false, act, viewer); }

Result<json::object> Photos::set_removed(bool is_removed, const PhotoAct& act, const Viewer& viewer) {
    return state_.parts.database.write([&](Transaction& transaction) -> Result<json::object> {
        const auto now_ms = state_.parts.clock.now_ms();
        const Blob hand{viewer.person_id.raw()};
        const storage::Params one{{"layer", act.layer}, {"feature_id", act.feature_id}, {"media_id", Blob{act.media.raw()}}};
        auto removal = one;
        removal.add("removed_by", hand).add("removed_ms", now_ms).add("removed_words", act.reason);
        const auto affected = is_removed ? transaction.run(sql::remove_photo, removal).affected : transaction.run(sql::restore_photo, one).affected;
        storage::ListBuilder list(photo_columns);
        const auto rows = list.where("p.layer = :layer AND p.feature_id = :feature_id AND p.media_id = :media_id", {{"layer", act.layer}, {"feature_id", act.feature_id}, {"media_id", Blob{act.media.raw()}}}).run(transaction);
        if (rows.empty()) return fail("photo_not_of_feature");
        const auto key = rows[0].integer("photo_key");
        if (affected > 0) {
            transaction.run(sql::insert_photo_act, {{"photo_key", key}, {"act", is_removed ? "removed" : "restored"}, {"made_by", hand}, {"made_ms", now_ms}, {"words", act.reason}});
        } else {
            const auto acts = acts_of(transaction, {key});
            const bool is_again = !acts.empty() && uuid_from_raw(acts[acts.size() - 1].bytes("made_by")) == viewer.person_id && acts[acts.size() - 1].text("words") == act.reason;
            if (!is_again) return fail(is_removed ? "photo_removed" : "photo_shown");
        }
        return to_json(transaction, act.layer, rows, 1, viewer)[0].as_object();
    });
}

json::array Photos::to_json(Transaction& transaction, const std::string& layer, const storage::Rows& rows, std::size_t most, const Viewer& viewer) const {
    const auto& directory = *viewer.directory;
    const auto name_of = [&](const storage::Rows::Row& row, const char* column) -> json::value {
        if (row.is_null(column)) return nullptr;
        const auto id = uuid_from_raw(row.bytes(column));
        const auto* person = directory.find_person(id);
        return person != nullptr && (sees_names(viewer) || id == viewer.person_id) ? json::value(person->name) : json::value(nullptr);
    };
    const auto count = std::min(most, rows.size());
    std::vector<Uuid> ids;
    std::vector<std::int64_t> keys;
    for (std::size_t at = 0; at < count; ++at) {
        ids.push_back(uuid_from_raw(rows[at].bytes("media_id")));
        keys.push_back(rows[at].integer("photo_key"));
    }
    const auto pictures = state_.parts.media.find_all(transaction, ids);
    std::map<std::int64_t, json::array> histories;
    if (const auto of = service_.find_layer(layer); of && viewer.may(of->edit_permission))
        for (const auto act : acts_of(transaction, keys))
            histories[act.integer("photo_key")].push_back(json::object{{"act", act.text("act")}, {"by", name_of(act, "made_by")}, {"at", format_rfc3339(act.integer("made_ms"))}, {"words", act.text("words")}});
    json::array items;
    for (std::size_t at = 0; at < count; ++at) {
        const auto row = rows[at];
        const auto found = std::ranges::find(pictures, ids[at], &media::Media::id);
        const auto* photo = found == pictures.end() ? nullptr : &*found;
        const auto* unit = directory.find_organisation(row.text("organisation"));
        items.push_back(json::object{{"media_id", format_uuid(ids[at])},
                                     {"at", format_rfc3339(row.integer("at_ms"))},
                                     {"words", row.text("words")},
                                     {"proposal_id", row.is_null("proposal_id") ? json::value(nullptr) : json::value(format_uuid(uuid_from_raw(row.bytes("proposal_id"))))},
                                     {"made_by", name_of(row, "made_by")},
                                     {"organisation", unit != nullptr ? unit->name : row.text("organisation")},
                                     {"made_at", format_rfc3339(row.integer("made_ms"))},
                                     {"width", photo != nullptr ? photo->width : 0},
                                     {"height", photo != nullptr ? photo->height : 0},
                                     {"is_simulated", photo != nullptr && photo->is_simulated},
                                     {"is_removed", !row.is_null("removed_ms")},
                                     {"history", std::move(histories[keys[at]])}});
    }
    return items;
}

Result<void> RegistryService::add_photos(const std::string& layer, const std::string& feature_id, const std::vector<Uuid>& media, const std::string& words, const Viewer& viewer) {
    TRY(Photos(*this, *state_).add({.layer = layer, .feature_id = feature_id, .media = media, .words = words}, viewer));
    return {};
}

bool RegistryService::may_read_media(const Viewer& viewer, const Uuid& media_id) const {
    if (!viewer.may("registry.read") && !viewer.may("registry.review")) return false;
    return state_->parts.database.read([&](Transaction& transaction) {
        const auto shown = transaction.run(sql::find_photo_features, {{"media_id", Blob{media_id.raw()}}});
        for (const auto row : shown) {
            const auto layer = find_layer(row.text("layer"));
            if (layer && viewer.may(row.is_null("removed_ms") ? layer->read_permission : layer->edit_permission)) return true;
        }
        // Of a feature's it is said above, also when it came with a proposal.
        return shown.empty() && !transaction.run(sql::find_proposal_photo, {{"media_id", Blob{media_id.raw()}}}).empty();
    });
}

} // namespace chengge::registry
