// What lies at a place on the map.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "registry/layer_snapshot.hpp"

namespace chengge::maps {

struct Found {
    std::shared_ptr<const registry::LayerSnapshot> snapshot;
    std::size_t at = 0;
    double distance_m = 0; // 0 inside an area
};

// Within some 12 pixels (of tiles 512 wide) of a place at a zoom: points first, then lines, then areas, each nearest first, of
// areas around the place the smallest first.
std::vector<Found> find_at(std::span<const std::shared_ptr<const registry::LayerSnapshot>> layers, geo::Point place, double zoom, std::size_t most = 20);

} // namespace chengge::maps
