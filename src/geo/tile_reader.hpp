// Reads vector tiles (MVT 2.1), also foreign ones: for tests and for comparing with other encoders.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "geo/tile.hpp"

namespace chengge::geo {

using TileValue = std::variant<std::string, double, std::int64_t, bool>;

struct ReadTileFeature {
    TileShape shape = TileShape::point;
    std::optional<std::uint64_t> id;
    std::map<std::string, TileValue> values;
    // Points: one path of all. Lines: one path each. Polygons: one path a ring, open, in the tile's order and winding.
    std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> paths;
};

struct ReadTileLayer {
    std::string name;
    std::uint32_t version = 1, extent = 4096;
    std::vector<ReadTileFeature> features;
};

// Nothing when the bytes are not a tile: wrong lengths, numbers of keys or values that are not there, commands that the
// specification forbids. At most `features_most` features in all.
std::optional<std::vector<ReadTileLayer>> read_tile(std::string_view bytes, std::size_t features_most = 2'000'000);
// Twice a ring's area; positive for outer rings.
std::int64_t ring_area(const std::vector<std::pair<std::int32_t, std::int32_t>>& ring);

} // namespace chengge::geo
