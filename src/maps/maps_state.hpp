// What a MapsService holds. Private to this module.
#pragma once

#include <list>
#include <map>
#include <mutex>

#include "maps/maps_service.hpp"
#include "maps/tile_cache.hpp"

namespace chengge::maps {

// Maps that are open hear of new versions: GET /api/v1/map/changes.
class ChangeTeller {
public:
    explicit ChangeTeller(identity::IdentityService& identity) : identity_(identity) {}
    void add(std::shared_ptr<http::EventStream> stream, identity::Viewer viewer);
    // Only to those who may read the layer; a session that has ended is closed.
    void tell(const registry::Layer& layer, std::int64_t version);

private:
    struct Listener {
        std::shared_ptr<http::EventStream> stream;
        identity::Viewer viewer;
    };
    identity::IdentityService& identity_;
    std::mutex mutex_;
    std::list<Listener> listeners_;
    std::int64_t told_ = 0;
};

// A layer at a version with its features in order of their ids: what paging goes along.
struct SortedLayer {
    std::shared_ptr<const registry::LayerSnapshot> snapshot;
    std::vector<std::uint32_t> order; // slots in force, by id in byte order
};

// The last few versions that somebody pages through stay in memory; older ones are read again from the registry.
class SortedLayers {
public:
    explicit SortedLayers(registry::RegistryService& registry) : registry_(registry) {}
    // Refusals: layer_unknown, version_not_found. Version 0: the one in force.
    Result<std::shared_ptr<const SortedLayer>> find(std::string_view layer, std::int64_t version);

private:
    registry::RegistryService& registry_;
    std::mutex mutex_;
    std::list<std::shared_ptr<const SortedLayer>> kept_; // the last asked for first
    static constexpr std::size_t kept_most = 24;
};

struct MapsService::State {
    explicit State(MapsParts given) : parts(std::move(given)), cache(parts.cache_bytes), changes(std::make_shared<ChangeTeller>(parts.identity)), sorted(parts.registry), base_maps(parts.clock, parts.database, parts.base_maps_folder) {}
    MapsParts parts;
    TileCache cache;
    std::shared_ptr<ChangeTeller> changes; // the registry's thread may still hold it when the maps have gone
    SortedLayers sorted;
    BaseMaps base_maps;

    // As legend_of, looked up once a version and language.
    json::array legend(const registry::LayerSnapshot& snapshot, const std::string& language);
    std::mutex legend_mutex;
    std::map<std::string, std::pair<std::int64_t, json::array>> legends; // by layer and language

    // What a viewer may see, in the registry's order.
    std::vector<std::shared_ptr<const registry::LayerSnapshot>> readable(const identity::Viewer& viewer) const;
    // http://host:port as the client said it, else the city's own address.
    std::string base_url(const http::Request& request) const;
    Result<std::shared_ptr<const registry::LayerSnapshot>> snapshot(std::string_view layer, std::int64_t version) const;
    Result<std::string> raw_tile(std::string_view layer, std::int64_t version, geo::TileId tile, bool is_whole, const std::vector<std::string>& without) const;
};

constexpr int tile_zoom_deepest = 16; // maps draw nearer zooms from these tiles
// Points of one tile of a farther zoom: more would touch each other on a screen, so they are gathered.
constexpr std::size_t calm_features_most = 300;
inline bool may_read(const identity::Viewer& viewer, const registry::Layer& layer) { return viewer.may(layer.read_permission); }
inline const std::string& in(const Words& words, std::string_view language) { return language == "en" ? words.en : words.zh; }
std::string_view geometry_name(registry::GeometryKind kind);

struct TileAsked {
    std::string layer;
    std::int64_t version = 0;
    geo::TileId tile;
    bool is_whole = false, is_gzip = true;
    std::vector<std::string> without; // classes, in order
    std::string key() const;          // of the cache
};
// 204 when nothing is there.
http::Response packed_tile_answer(std::shared_ptr<const std::string> gzipped);
// 204 when nothing is there; a reader who cannot gunzip gets the tile made for him alone.
Result<http::Response> tile_answer(MapsService& service, const MapsService::State& state, const TileAsked& asked);

void add_ogc_routes(http::Router& router, const http::Problems& problems, MapsService& service, MapsService::State& state);

} // namespace chengge::maps
