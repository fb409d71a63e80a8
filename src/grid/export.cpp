// Regions and cells as the files that the imports read.
#include "base/text.hpp"
#include "grid/grid_state.hpp"

namespace chengge::grid {

namespace {

// GeoJSON, a feature a line, so that a change of one is a change of one line.
template <class Items, class Properties>
std::string features_of(const Items& items, Properties&& properties) {
    std::string text = R"({"type":"FeatureCollection","features":[)";
    const char* comma = "\n";
    for (const auto& item : items) {
        json::object feature{{"type", "Feature"}, {"properties", properties(item)}, {"geometry", nullptr}};
        if constexpr (requires { item.outline.rings; }) feature["geometry"] = geo::to_geojson(item.outline);
        else if (!item.outline.empty()) feature["geometry"] = geo::to_geojson(item.outline);
        text += comma + to_json_text(feature);
        comma = ",\n";
    }
    return text + "\n]}\n";
}

} // namespace

std::string GridService::export_regions(bool is_geojson) const {
    const auto& regions = state_->now().regions;
    if (is_geojson)
        return features_of(regions, [](const Region& region) {
            return json::object{{"code", region.code},
                                {"name", region.name},
                                {"parent_code", region.parent_code},
                                {"managed_by_code", region.managed_by_code},
                                {"area_class", region.area_class},
                                {"initial_date", region.initial_date}};
        });
    std::string text = "code,name,parent_code,managed_by_code,area_class,initial_date,wkt\n";
    for (const auto& region : regions)
        text += join({region.code, csv_field(region.name), region.parent_code, region.managed_by_code, region.area_class, region.initial_date,
                      region.outline.empty() ? "" : csv_field(geo::to_wkt(region.outline))},
                     ",") + "\n";
    return text;
}

std::string GridService::export_cells(bool is_geojson) const {
    const auto& cells = state_->now().cells;
    if (is_geojson)
        return features_of(cells, [](const Cell& cell) {
            return json::object{{"code", cell.code}, {"community_code", cell.community_code}, {"initial_date", cell.initial_date}};
        });
    std::string text = "code,community_code,initial_date,wkt\n";
    for (const auto& cell : cells) text += join({cell.code, cell.community_code, cell.initial_date, csv_field(geo::to_wkt(cell.outline))}, ",") + "\n";
    return text;
}

} // namespace chengge::grid
