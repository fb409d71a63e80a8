// Cells and regions: the grid's rows in force are what the registry keeps the versions of.
#include <algorithm>
#include <cmath>

#include "base/log.hpp"
#include "registry/registry_state.hpp"

namespace chengge::registry {

namespace {

constexpr std::pair<grid::RegionLevel, const char*> levels[] = {
    {grid::RegionLevel::city, "city"}, {grid::RegionLevel::district, "district"}, {grid::RegionLevel::subdistrict, "subdistrict"}, {grid::RegionLevel::community, "community"}};

void set(const Layer& layer, Feature& feature, std::string_view field, Value value) {
    const int at = layer.field_index(field);
    if (at >= 0) feature.values[static_cast<std::size_t>(at)] = std::move(value);
}

std::string text(const Layer& layer, const Feature& feature, std::string_view field) {
    const int at = layer.field_index(field);
    return at < 0 ? "" : text_of(feature.values[static_cast<std::size_t>(at)]);
}

std::string level_of(const std::string& code) {
    if (code.size() == 6) return code.ends_with("00") ? "city" : "district";
    return code.size() == 9 ? "subdistrict" : code.size() == 12 ? "community" : "";
}

double rounded(double area_m2) { return std::round(area_m2 * 100) / 100; }

// What the grid does not know of it stays as it was.
Feature start_of(const Layer& layer, const LayerSnapshot& now, const std::string& code) {
    if (const auto at = now.find(code)) return now.feature(*at);
    Feature feature;
    feature.id = code;
    feature.values.resize(layer.fields.size());
    return feature;
}

Feature to_feature(const Layer& layer, const LayerSnapshot& now, const grid::Cell& cell) {
    auto feature = start_of(layer, now, cell.code);
    feature.geometry = cell.outline;
    set(layer, feature, "community_code", cell.community_code);
    set(layer, feature, "area_m2", rounded(cell.area_m2));
    set(layer, feature, "initial_date", cell.initial_date);
    return to_canonical(layer, std::move(feature));
}

std::optional<geo::Geometry> outline_of(const grid::Region& region) {
    if (region.outline.empty()) return std::nullopt;
    return region.outline.size() == 1 ? geo::Geometry(region.outline.front()) : geo::Geometry(region.outline);
}

Feature to_feature(const Layer& layer, const LayerSnapshot& now, const grid::Region& region) {
    auto feature = start_of(layer, now, region.code);
    feature.geometry = outline_of(region);
    set(layer, feature, "name", region.name);
    for (const auto& [level, name] : levels)
        if (level == region.level) set(layer, feature, "level", std::string(name));
    set(layer, feature, "parent_code", region.parent_code);
    set(layer, feature, "managed_by_code", region.managed_by_code);
    set(layer, feature, "area_class", region.area_class);
    set(layer, feature, "initial_date", region.initial_date);
    return to_canonical(layer, std::move(feature));
}

geo::MultiPolygon areas_of(const Feature& feature) {
    if (!feature.geometry) return {};
    if (const auto* one = std::get_if<geo::Polygon>(&*feature.geometry)) return {*one};
    if (const auto* many = std::get_if<geo::MultiPolygon>(&*feature.geometry)) return *many;
    return {};
}

std::vector<Feature> features_of(const LayerState& state, const grid::GridService& grid) {
    const auto now = state.now();
    std::vector<Feature> features;
    if (state.layer->code_rule == "cell")
        for (const auto& cell : grid.cells()) features.push_back(to_feature(*state.layer, *now, cell));
    else
        for (const auto& region : grid.regions()) features.push_back(to_feature(*state.layer, *now, region));
    return features;
}

} // namespace

Result<grid::CityChanges> RegistryService::State::plan_grid(const LayerState& state, std::vector<Feature>& puts, const std::vector<std::string>& removed, bool is_complete, const std::vector<grid::Region>& regions) const {
    const auto& layer = *state.layer;
    ImportReport report;
    grid::CityChanges changes;
    if (layer.code_rule == "cell") {
        std::vector<grid::Cell> cells;
        for (const auto& put : puts) {
            const auto areas = areas_of(put);
            if (areas.size() != 1) return tl::unexpected(bad_feature(put.id, {"", "wrong_geometry", {"单元网格须为一个面", "a cell must be one area"}}, layer));
            cells.push_back({put.id, text(layer, put, "community_code"), areas.front(), geo::area_m2(areas.front()), text(layer, put, "initial_date"), ""});
        }
        changes = parts.grid.plan_cells(cells, removed, is_complete, report, regions);
    } else {
        std::vector<grid::Region> wanted;
        for (auto& put : puts) {
            grid::Region region;
            region.code = put.id;
            region.name = text(layer, put, "name");
            region.parent_code = text(layer, put, "parent_code");
            region.managed_by_code = text(layer, put, "managed_by_code");
            region.area_class = text(layer, put, "area_class");
            region.initial_date = text(layer, put, "initial_date");
            region.outline = areas_of(put);
            // As the grid will give it back.
            if (put.geometry) put.geometry = outline_of(region);
            if (const auto level = level_of(put.id); !level.empty()) set(layer, put, "level", level);
            wanted.push_back(std::move(region));
        }
        changes = parts.grid.plan_regions(wanted, removed, is_complete, report);
    }
    if (!report.faults.empty()) {
        const auto& first = report.faults.front();
        const auto id = first.place > 0 && static_cast<std::size_t>(first.place) <= puts.size() ? puts[static_cast<std::size_t>(first.place) - 1].id : "";
        return tl::unexpected(bad_feature(id, {"", "topology", first.words}, layer));
    }
    // As the grid will have them: a changed outline begins today.
    std::map<std::string_view, Feature*> put_of;
    for (auto& put : puts) put_of.emplace(put.id, &put);
    const auto change = [&](const std::string& code, auto&& act) {
        const auto found = put_of.find(code);
        if (found != put_of.end()) act(*found->second);
    };
    for (const auto& cell : changes.cells)
        change(cell.code, [&](Feature& put) {
            set(layer, put, "initial_date", cell.initial_date);
            set(layer, put, "area_m2", rounded(cell.area_m2));
        });
    for (const auto& region : changes.regions)
        change(region.code, [&](Feature& put) {
            set(layer, put, "initial_date", region.initial_date);
            set(layer, put, "parent_code", region.parent_code);
            set(layer, put, "managed_by_code", region.managed_by_code);
        });
    return changes;
}

Result<void> RegistryService::State::take_over(LayerState& state) {
    const std::lock_guard lock(state.writing);
    refresh(state);
    const auto now = state.now();
    auto features = features_of(state, parts.grid);
    const bool is_equal = features.size() == now->size() && std::ranges::all_of(features, [&](const Feature& feature) {
        const auto at = now->find(feature.id);
        return at && is_same(now->feature(*at), feature);
    });
    if (is_equal) return {};
    std::size_t at = 0;
    Publication publication{.next = [&]() -> std::optional<Feature> { return at < features.size() ? std::optional(std::move(features[at++])) : std::nullopt; },
                            .is_complete = true,
                            .author = {.person = std::nullopt, .reason = "单元网格和区划已更新", .kind = "taken_over", .source = "grid"}};
    const auto made = publish(state, publication, {});
    // Another process is at it, or was quicker.
    if (!made && made.error().code != "layer_is_busy" && made.error().code != "nothing_to_change") return tl::unexpected(made.error());
    if (made) log_info("the registry took over what the grid has", {{"layer", state.layer->id}, {"version", std::to_string(made->version)}});
    return {};
}

Result<void> RegistryService::take_over() {
    const auto before = snapshot("cells");
    for (auto& [id, state] : state_->layers)
        if (state->layer->kept_by == "grid") TRY(state_->take_over(*state));
    const auto now = snapshot("cells");
    if (before != nullptr && before->version() != now->version()) state_->follow_places(*this, changed_cells(*before, *now), follower({.person = std::nullopt, .reason = "导入单元网格"}));
    return {};
}

} // namespace chengge::registry
