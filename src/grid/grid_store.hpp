// Rows of regions, cells and the base map ↔ values.
#pragma once

#include <span>
#include <vector>

#include "grid/grid_service.hpp"

namespace chengge::grid {

struct StoredCity {
    std::vector<Region> regions; // in force, from the city down
    std::vector<Cell> cells;     // in force, by code
    std::vector<BaseFeature> base_map;
};

StoredCity load_city(storage::Transaction& transaction);
// Empties the three tables and stores the city.
void store_city(storage::Transaction& transaction, std::span<const Region> regions,
                std::span<const Cell> cells, std::span<const BaseFeature> base_map);

} // namespace chengge::grid
