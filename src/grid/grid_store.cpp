#include "grid/grid_store.hpp"

#include "base/assert.hpp"
#include "grid/queries.hpp"

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
void insert_all(storage::Transaction& transaction, const storage::Statement& statement,
                std::span<const Item> items, ToParams&& to_params) {
    constexpr std::size_t piece = 2000;
    for (std::size_t from = 0; from < items.size(); from += piece) {
        std::vector<Params> many;
        for (const auto& item : items.subspan(from, std::min(piece, items.size() - from)))
            many.push_back(to_params(item));
        transaction.run_batch(statement, many);
    }
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
        region.outline = std::get<geo::MultiPolygon>(read_geometry(row.bytes("outline")));
        region.initial_date = row.text("initial_date");
        region.terminal_date = row.text("terminal_date");
        city.regions.push_back(std::move(region));
    }
    for (const auto row : transaction.run(sql::list_valid_cells))
        city.cells.push_back({row.text("code"), row.text("community_code"),
                              std::get<geo::Polygon>(read_geometry(row.bytes("outline"))),
                              row.number("area_m2"), row.text("initial_date"),
                              row.text("terminal_date")});
    for (const auto row : transaction.run(sql::list_base_features))
        city.base_map.push_back({row.text("layer"), row.text("name"),
                                 static_cast<int>(row.integer("rank")),
                                 read_geometry(row.bytes("geometry"))});
    return city;
}

void store_city(storage::Transaction& transaction, std::span<const Region> regions,
                std::span<const Cell> cells, std::span<const BaseFeature> base_map) {
    transaction.run(sql::clear_base_features);
    transaction.run(sql::clear_grid_cells);
    transaction.run(sql::clear_regions);
    insert_all(transaction, sql::insert_region, regions, region_params);
    insert_all(transaction, sql::insert_cell, cells, cell_params);
    insert_all(transaction, sql::insert_base_feature, base_map, feature_params);
}

} // namespace chengge::grid
