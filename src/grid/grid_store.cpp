#include "grid/grid_store.hpp"

#include "geo/partition.hpp"

#include <cmath>

#include "base/assert.hpp"
#include "grid/queries.hpp"
#include "storage/feed.hpp"

namespace chengge::grid {

namespace {

using storage::Blob;
using storage::Params;

// What we wrote ourselves must be readable.
geo::Geometry read_geometry(const std::string& wkb) {
    auto geometry = geo::from_wkb(wkb);
    ASSERT(geometry.has_value());
    return std::move(*geometry);
}

// Corners on the grid of 1e-7 degrees, as the registry keeps them: whatever digits a file had, neighbours that met there meet here, also after
// one of them has been cut.
geo::MultiPolygon read_areas(const std::string& wkb) {
    auto geometry = read_geometry(wkb);
    auto areas = std::holds_alternative<geo::Polygon>(geometry) ? geo::MultiPolygon{std::get<geo::Polygon>(std::move(geometry))} : std::get<geo::MultiPolygon>(std::move(geometry));
    for (auto& area : areas)
        for (auto& ring : area.rings)
            for (auto& point : ring) point = geo::to_whole(point);
    return areas;
}

Params region_params(const Region& region) {
    return {{"code", region.code},
            {"name", region.name},
            {"level", region.level},
            {"parent_code", region.parent_code},
            {"managed_by_code", region.managed_by_code},
            {"area_class", region.area_class},
            {"label_lon", region.label_point.lon},
            {"label_lat", region.label_point.lat},
            {"outline", Blob{geo::to_wkb(region.outline)}},
            {"initial_date", region.initial_date},
            {"terminal_date", region.terminal_date}};
}

Params cell_params(const Cell& cell) {
    const auto box = geo::bounds_of(cell.outline);
    return {{"code", cell.code},
            {"community_code", cell.community_code},
            {"outline", Blob{geo::to_wkb(cell.outline)}},
            {"west", box.west},
            {"south", box.south},
            {"east", box.east},
            {"north", box.north},
            {"area_m2", cell.area_m2},
            {"initial_date", cell.initial_date},
            {"terminal_date", cell.terminal_date}};
}

Params feature_params(const BaseFeature& feature) {
    const auto box = geo::bounds_of(feature.geometry);
    return {{"layer", feature.layer}, {"name", feature.name},
            {"rank", feature.rank},   {"geometry", Blob{geo::to_wkb(feature.geometry)}},
            {"west", box.west},       {"south", box.south},
            {"east", box.east},       {"north", box.north}};
}

// In pieces, so that a large city does not stand in memory twice.
template <class Item, class ToParams>
void store_all(storage::Transaction& transaction, const storage::Statement& statement,
                std::span<const Item> items, ToParams&& to_params) {
    constexpr std::size_t piece = 2000;
    for (std::size_t from = 0; from < items.size(); from += piece) {
        std::vector<Params> many;
        for (const auto& item : items.subspan(from, std::min(piece, items.size() - from)))
            many.push_back(to_params(item));
        transaction.run_batch(statement, many);
    }
}

bool is_near(const geo::MultiPolygon& a, const geo::MultiPolygon& b) {
    const auto points_are_near = [](geo::Point one, geo::Point other) {
        return std::fabs(one.lon - other.lon) < 1.01e-7 && std::fabs(one.lat - other.lat) < 1.01e-7;
    };
    const auto rings_are_near = [&](const geo::Ring& one, const geo::Ring& other) {
        return std::equal(one.begin(), one.end(), other.begin(), other.end(), points_are_near);
    };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](const geo::Polygon& one, const geo::Polygon& other) {
                          return std::equal(one.rings.begin(), one.rings.end(),
                                            other.rings.begin(), other.rings.end(), rings_are_near);
                      });
}

} // namespace

StoredCity load_city(storage::Transaction& transaction) {
    StoredCity city;
    for (const auto row : transaction.run(sql::list_valid_regions)) {
        Region region;
        region.code = row.text("code");
        region.name = row.text("name");
        region.level = static_cast<RegionLevel>(row.integer("level"));
        region.parent_code = row.text("parent_code");
        region.managed_by_code = row.text("managed_by_code");
        region.area_class = row.text("area_class");
        region.label_point = {row.number("label_lon"), row.number("label_lat")};
        region.outline = read_areas(row.bytes("outline"));
        region.initial_date = row.text("initial_date");
        region.terminal_date = row.text("terminal_date");
        city.regions.push_back(std::move(region));
    }
    for (const auto row : transaction.run(sql::list_valid_cells))
        city.cells.push_back({row.text("code"), row.text("community_code"),
                              read_areas(row.bytes("outline")).front(),
                              row.number("area_m2"), row.text("initial_date"),
                              row.text("terminal_date")});
    for (const auto row : transaction.run(sql::list_base_features))
        city.base_map.push_back({row.text("layer"), row.text("name"),
                                 static_cast<int>(row.integer("rank")),
                                 read_geometry(row.bytes("geometry"))});
    return city;
}

void store_changes(storage::Transaction& transaction, const CityChanges& changes,
                   const std::string& today, std::int64_t now_ms) {
    std::vector<Params> ended_regions, ended_cells;
    const auto end = [&](std::vector<Params>& many, const std::string& code) {
        many.push_back({{"code", code}, {"terminal_date", today}});
    };
    for (const auto& region : changes.regions) end(ended_regions, region.code);
    for (const auto& code : changes.ended_regions) end(ended_regions, code);
    for (const auto& cell : changes.cells) end(ended_cells, cell.code);
    for (const auto& code : changes.ended_cells) end(ended_cells, code);
    transaction.run_batch(sql::end_region, ended_regions);
    transaction.run_batch(sql::end_cell, ended_cells);
    store_all(transaction, sql::store_region, std::span(changes.regions), region_params);
    store_all(transaction, sql::store_cell, std::span(changes.cells), cell_params);
    storage::append_feed(transaction, {.kind = "grid", .recorded_ms = now_ms});
}

void store_base_map(storage::Transaction& transaction, std::span<const BaseFeature> base_map) {
    transaction.run(sql::clear_base_features);
    store_all(transaction, sql::insert_base_feature, base_map, feature_params);
}

bool is_same(const Region& a, const Region& b) {
    return a.code == b.code && a.name == b.name && a.level == b.level &&
           a.parent_code == b.parent_code && a.managed_by_code == b.managed_by_code &&
           a.area_class == b.area_class && is_near(a.outline, b.outline);
}

bool is_same(const Cell& a, const Cell& b) {
    return a.code == b.code && a.community_code == b.community_code &&
           is_near(geo::MultiPolygon{a.outline}, {b.outline});
}

} // namespace chengge::grid
