// Foreign base maps (天地图, any WMTS or XYZ): fetched by the server with keys that never leave it, counted, kept for a while.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/words.hpp"
#include "geo/tile.hpp"
#include "maps/tile_files.hpp"
#include "storage/database.hpp"

namespace chengge::maps {

struct BaseMap {
    std::string id; // a-z, 0-9, _ and -
    Words label;
    std::string url; // {z} {x} {y}, and {s}, {key}
    std::vector<std::string> subdomains;
    std::string key, attribution;
    int zoom_min = 1, zoom_most = 18;
    bool is_overlay = false;    // names that lie over another base
    std::int64_t quota_day = 0; // tiles a day of the city; 0 = not bounded
};

struct BaseMapSettings {
    std::vector<BaseMap> bases;
    std::vector<std::string> private_networks; // that bases may lie in; loopback and inner ones are closed otherwise
    std::string ca_file;
    std::int64_t cache_bytes = std::int64_t{512} << 20;
    int seconds = 8; // for one tile
};

// Bases of a JSON file: [{"id", "zh", "en", "url", "attribution", "subdomains"?, "key"? or "key_file"?, "zoom_min"?, "zoom_most"?,
// "overlay"?, "quota_day"?, "coordinates"?}]; key_file is relative to the file's folder. `coordinates` is cgcs2000 or wgs84:
// gcj02 and bd09 are refused, as the city's layers would lie hundreds of metres beside such a base. Refusal bad_data with
// file and reason; no reason holds a key.
Result<std::vector<BaseMap>> load_base_maps(const std::string& file);

// What a provider answers when it is asked for a tile.
enum class BaseMapAnswer { picture, none_here, no_connection, tls, closed_off, refused, odd_status, no_picture };
struct AskedBaseMap {
    BaseMapAnswer answer = BaseMapAnswer::picture;
    long status = 0;            // HTTP's; 0: none came
    bool may_have_left = false; // bytes of the request went out: the provider may count it
    std::string type, bytes;    // of a picture
};
// Asks once, whatever the quota; neither counted nor kept.
AskedBaseMap ask_base_map(const BaseMap& base, geo::TileId tile, const BaseMapSettings& settings);
// Tiles asked of each base on a day of the city (days since 1970), by its id.
std::map<std::string, std::int64_t> base_map_uses(storage::Transaction& transaction, std::int64_t day);

class BaseMaps {
public:
    BaseMaps(const Clock& clock, storage::Database& database, std::string folder);
    ~BaseMaps(); // counts what was taken beforehand and not used back

    void use(BaseMapSettings settings);

    struct Standing {
        BaseMap base; // without its key
        std::int64_t used_today = 0;
        bool is_resting = false; // failed within the last half minute: not asked again yet
    };
    std::vector<Standing> list();

    // A picture, PNG, JPEG, WebP or GIF of at most 2 MB; one of the cache is at most 30 days old, or any age when the base does
    // not answer. Refusals: base_map_unknown, tile_not_found (also when the base has none), base_map_quota_used,
    // base_map_unreachable.
    Result<TileFiles::Kept> tile(std::string_view id, geo::TileId tile);
    void set_rest_ms(std::int64_t rest_ms) { rest_ms_ = rest_ms; } // before the first tile

private:
    struct Count {
        std::int64_t day = -1;
        std::int64_t left = 0; // taken from the table beforehand, not used yet
        std::int64_t rests_until_ms = 0;
    };
    std::int64_t today() const;
    bool take_one(const BaseMap& base, std::int64_t day);
    void give_back_one(const std::string& id, std::int64_t day);
    Result<TileFiles::Kept> fetch(const BaseMap& base, geo::TileId tile, const BaseMapSettings& settings);
    Error rest(const BaseMap& base, const std::string& reason, long status);

    const Clock& clock_;
    storage::Database& database_;
    TileFiles files_;
    std::int64_t rest_ms_ = 30'000;
    std::mutex mutex_; // guards what follows
    std::shared_ptr<const BaseMapSettings> settings_ = std::make_shared<BaseMapSettings>();
    std::map<std::string, Count, std::less<>> counts_;
};

} // namespace chengge::maps
