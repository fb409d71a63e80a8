// Vector tiles of others: what is read keeps the rules of the specification.
#include "fuzz.hpp"
#include "geo/tile_reader.hpp"

using namespace chengge;

FUZZ(input) {
    const auto layers = geo::read_tile(input, 10'000);
    if (!layers) return;
    for (const auto& layer : *layers) {
        ASSERT(layer.extent > 0);
        for (const auto& feature : layer.features) {
            ASSERT(!feature.paths.empty());
            for (const auto& path : feature.paths) {
                if (feature.shape == geo::TileShape::polygon) ASSERT(path.size() >= 3);
                if (feature.shape == geo::TileShape::line) ASSERT(path.size() >= 2);
                geo::ring_area(path);
            }
        }
    }
}
