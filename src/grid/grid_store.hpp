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

// Ends what is ended or replaced and begins what is new on the day, and tells it in the feed. A
// second change on one day takes the place of the first: validity is counted in days.
void store_changes(storage::Transaction& transaction, const CityChanges& changes,
                   const std::string& today, std::int64_t now_ms);
void store_base_map(storage::Transaction& transaction, std::span<const BaseFeature> base_map);

// Equal but for the rounding of a text file (1e-7 degrees).
bool is_same(const Region& a, const Region& b);
bool is_same(const Cell& a, const Cell& b);

} // namespace chengge::grid
