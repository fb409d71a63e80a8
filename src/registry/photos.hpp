// Photographs of features. They are bound to layer and id, so they stay with the thing through all versions, also when it is no more;
// what is removed from view stays stored with who and why, also when it is shown again. Private to this module.
#pragma once

#include "registry/registry_state.hpp"

namespace chengge::registry {

struct NewPhotos {
    std::string layer, feature_id;
    std::vector<Uuid> media; // uploaded by whoever adds them, or a demo's
    std::string words;       // may be empty
};

struct PhotoFilter {
    std::string layer, feature_id;
    bool is_removed = false; // those removed from view, instead of those seen
    std::string cursor;
    int limit = 50;
};

// One photograph of a feature, removed from view or shown again.
struct PhotoAct {
    std::string layer, feature_id;
    Uuid media;
    std::string reason;
};

// Of whom and when a feature's photographs are.
struct PhotoOrigin {
    std::string words;
    std::optional<Uuid> proposal;
    Uuid made_by;
    std::string organisation; // code
    std::int64_t made_ms = 0;
};

class Photos {
public:
    Photos(RegistryService& service, RegistryService::State& state) : service_(service), state_(state) {}

    // All or none; one that the feature has is left as it is. Answers the newest page. Refusals: layer_unknown, feature_unknown, media_unknown.
    Result<json::object> add(const NewPhotos& photos, const identity::Viewer& viewer);
    // Newest first, by when they were taken, else came. Names of people are for those who keep the registry, and one's own.
    // Refusals: layer_unknown, feature_unknown, bad_cursor.
    Result<json::object> list(const PhotoFilter& filter, const identity::Viewer& viewer) const;
    // Out of sight, and into it again; sent again by the same person with the same reason it is the same. Refusals: photo_not_of_feature;
    // photo_removed (it was removed before), photo_shown (it is in sight).
    Result<json::object> remove(const PhotoAct& act, const identity::Viewer& viewer);
    Result<json::object> restore(const PhotoAct& act, const identity::Viewer& viewer);

    // Within the transaction of what they came with.
    static void bind(storage::Transaction& transaction, const RegistryParts& parts, const std::string& layer, const std::string& feature_id, const std::vector<Uuid>& media, const PhotoOrigin& origin);

private:
    // Refusals: layer_unknown, feature_unknown (it never was there).
    Result<void> need(const std::string& layer, const std::string& feature_id) const;
    Result<json::object> set_removed(bool is_removed, const PhotoAct& act, const identity::Viewer& viewer);
    // The photographs of rows, at most so many, each with what was done with it; that is for those who may edit the layer.
    json::array to_json(storage::Transaction& transaction, const std::string& layer, const storage::Rows& rows, std::size_t most, const identity::Viewer& viewer) const;
    RegistryService& service_;
    RegistryService::State& state_;
};

// Photographs exist, and whoever sends them has uploaded them or they are a demo's. Refusal: media_unknown.
Result<void> check_own_photos(media::MediaService& media, const std::vector<Uuid>& ids, const identity::Viewer& viewer);

} // namespace chengge::registry
