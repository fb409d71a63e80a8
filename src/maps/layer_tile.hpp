// One layer's vector tile out of its snapshot. Pure; equal snapshots give equal bytes.
#pragma once

#include <string>
#include <vector>

#include "geo/tile.hpp"
#include "registry/layer_snapshot.hpp"

namespace chengge::maps {

inline constexpr const char* tile_type = "application/vnd.mapbox-vector-tile";

struct LayerTileOptions {
    // Every feature with every attribute, at whatever size; else as much as the zoom can show and bytes_most allow.
    bool is_whole = false;
    std::size_t bytes_most = 500'000;     // of the tile before gzip
    std::size_t features_most = 4'000;    // of points, more are gathered into clusters
    std::vector<std::string> without;     // classes left out, in no count either; not of whole tiles
    double tolerance = 2;                 // of simplified lines, units of 4,096; not when whole
};

// A layer of the layer's id. Attributes: id, and the fields that are in tiles and not restricted (of whole tiles: all not
// restricted). Clusters instead of points have `cluster_count` (features gathered) and no id: they lie on a grid of 8 × 8
// a tile whose squares belong to one tile each, so that counts of all tiles of a zoom add up to the layer's. Of lines
// and areas too many the longest stay. Areas of a layer that has_names() stand once more, as the points of a second layer
// "ID_names", each in the one tile in which its name stands; not in whole tiles. Empty when nothing is there.
std::string make_layer_tile(const registry::LayerSnapshot& snapshot, geo::TileId tile, const LayerTileOptions& options = {});

// Areas with a name of their own that is in tiles.
bool has_names(const registry::Layer& layer);

// How many features a tile has without its buffer (of those longer than a run of the snapshot's order, all that touch it).
std::int64_t count_in_tile(const registry::LayerSnapshot& snapshot, geo::TileId tile);
inline constexpr std::int64_t whole_features_most = 250'000; // more in a whole tile are refused by the service

} // namespace chengge::maps
