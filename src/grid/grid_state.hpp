// What a GridService holds in memory. Private to this module.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "geo/point_index.hpp"
#include "grid/grid_store.hpp"

namespace chengge::grid {

// One layer of the base map, ready to be sent.
struct LayerText {
    std::string features; // GeoJSON features joined by commas
    std::string digest;   // hex
};

// A whole city, immutable but for texts made on first use.
struct Snapshot {
    explicit Snapshot(StoredCity stored);
    int find_cell(geo::Point point) const { return index.find(point); }
    const Region* find_region(std::string_view code) const;
    const Cell* find_cell(std::string_view code) const;
    std::size_t count_cells(const std::string& region_code) const;
    // Empty for a layer that the map does not have.
    std::shared_ptr<const LayerText> layer_text(const std::string& layer) const;

    std::vector<Region> regions;
    std::vector<Cell> cells;
    std::vector<geo::Box> cell_boxes;
    std::vector<BaseFeature> base_map;
    std::vector<geo::Box> feature_boxes;
    geo::PointIndex index;

private:
    std::unordered_map<std::string, std::size_t> region_at_;
    std::unordered_map<std::string, std::size_t> cell_at_;
    std::unordered_map<std::string, std::size_t> cell_counts_; // by region
    mutable std::mutex mutex_; // of the texts
    mutable std::map<std::string, std::shared_ptr<const LayerText>> layer_texts_;
};

std::string feature_text(const BaseFeature& feature);

struct GridService::State {
    State(storage::Database& database_in, const Clock& clock_in)
        : database(database_in), clock(clock_in) {}
    const Snapshot& now() const { return *current.load(std::memory_order_acquire); }
    void load();
    // What an import came to, unless it was only a check or has faults.
    void store(const CityChanges& changes, const ImportOptions& options, const std::string& today,
               std::int64_t now_ms, ImportReport& report);

    storage::Database& database;
    const Clock& clock;
    // Replaced after a change; older ones stay alive because callers hold references into
    // them.
    std::vector<std::unique_ptr<const Snapshot>> snapshots;
    std::atomic<const Snapshot*> current = nullptr;
    std::mutex mutex; // of snapshots
};

} // namespace chengge::grid
