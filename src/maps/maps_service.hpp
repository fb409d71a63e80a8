// Maps of the registry: vector tiles, their style and legend, what lies at a point, the open interfaces (OGC API –
// Features and Tiles). Everything is drawn from the registry's snapshots in memory; nothing is stored.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cases/case_service.hpp"
#include "geo/tile.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "maps/base_maps.hpp"
#include "registry/registry_service.hpp"

namespace chengge::maps {

struct MapsParts {
    const Clock& clock;
    identity::IdentityService& identity;
    registry::RegistryService& registry;
    cases::CaseService& cases;
    storage::Database& database;          // of the counts of foreign tiles
    std::string public_url;               // without a slash at its end; used when a request does not say its host
    std::string base_maps_folder;         // where foreign tiles are kept for a while; may be lost
    std::size_t cache_bytes = 128u << 20; // of gzipped tiles
};

class MapsService {
public:
    explicit MapsService(MapsParts parts);
    ~MapsService();

    // Gzipped MVT of one layer at one version, with one layer named as the registry's; shared with the cache; empty when nothing is
    // there. `is_whole`: zooms 12 and
    // nearer, every feature with every attribute that is not restricted; else thinned to 500,000 bytes before gzip.
    // `without`: classes left out of what is drawn and counted, in any order; not of whole tiles.
    // A version stands for one content for ever, so tiles may be kept as long as one likes. Refusals: layer_unknown,
    // version_not_found (also of a version that is not in force yet), tile_not_found (no such zoom, column or row),
    // tile_too_dense (whole, more than 250,000 features).
    Result<std::shared_ptr<const std::string>> tile(std::string_view layer, std::int64_t version, geo::TileId tile, bool is_whole, const std::vector<std::string>& without = {});

    // Foreign base maps; none until this was called. May be called again at any time.
    BaseMaps& base_maps();

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    std::unique_ptr<State> state_;
};

} // namespace chengge::maps
