#include "grid/grid_service.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "grid/grid_state.hpp"

namespace chengge::grid {

namespace {

constexpr geo::CoordType coord_types[] = {geo::CoordType::cgcs2000, geo::CoordType::gcj02,
                                          geo::CoordType::bd09};

double distance_to_city_m(const Snapshot& city, geo::Point point) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < city.cells.size(); ++i) {
        const auto& box = city.cell_boxes[i];
        const geo::Point nearest{std::clamp(point.lon, box.west, box.east),
                                 std::clamp(point.lat, box.south, box.north)};
        if (geo::distance_m(nearest, point) < least)
            least = std::min(least, geo::distance_m(city.cells[i].outline, point));
    }
    return least;
}

// Cells drawn by different hands leave slivers between them, which an import lets pass when they are
// narrower than a decimetre. A point in one belongs to the cell beside it.
int find_beside(const Snapshot& city, geo::Point point) {
    constexpr double sliver_m = 0.2, sliver_degrees = 4e-6;
    const geo::Box around{point.lon - sliver_degrees, point.lat - sliver_degrees,
                          point.lon + sliver_degrees, point.lat + sliver_degrees};
    for (std::size_t i = 0; i < city.cells.size(); ++i)
        if (city.cell_boxes[i].overlaps(around) &&
            geo::distance_m(city.cells[i].outline, point) <= sliver_m)
            return static_cast<int>(i);
    return -1;
}

// Is the point in the city when its numbers are read as another datum's?
std::optional<geo::CoordType> find_other_datum(const Snapshot& city, geo::Point raw,
                                               geo::CoordType said) {
    const bool is_plain = said == geo::CoordType::wgs84 || said == geo::CoordType::cgcs2000;
    for (const auto other : coord_types) {
        if (other == said || (is_plain && other == geo::CoordType::cgcs2000)) continue;
        if (city.find_cell(geo::to_cgcs2000(raw, other)) >= 0) return other;
    }
    return std::nullopt;
}

} // namespace

Snapshot::Snapshot(StoredCity stored)
    : regions(std::move(stored.regions)), cells(std::move(stored.cells)),
      base_map(std::move(stored.base_map)) {
    std::vector<geo::Polygon> outlines;
    outlines.reserve(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        outlines.push_back(cells[i].outline);
        cell_boxes.push_back(geo::bounds_of(cells[i].outline));
        cell_at_.emplace(cells[i].code, i);
    }
    for (std::size_t i = 0; i < regions.size(); ++i) region_at_.emplace(regions[i].code, i);
    for (const auto& feature : base_map) feature_boxes.push_back(geo::bounds_of(feature.geometry));
    index = geo::PointIndex(std::move(outlines));
    for (const auto& cell : cells) {
        const auto* community = find_region(cell.community_code);
        if (community == nullptr) continue;
        ++cell_counts_[community->code];
        ++cell_counts_[community->parent_code];
        // A district counts what it manages: a functional zone codes no cell itself.
        ++cell_counts_[community->managed_by_code];
    }
    for (const auto& region : regions)
        if (region.level == RegionLevel::city) cell_counts_[region.code] = cells.size();
}

const Region* Snapshot::find_region(std::string_view code) const {
    const auto found = region_at_.find(std::string(code));
    return found == region_at_.end() ? nullptr : &regions[found->second];
}

const Cell* Snapshot::find_cell(std::string_view code) const {
    const auto found = cell_at_.find(std::string(code));
    return found == cell_at_.end() ? nullptr : &cells[found->second];
}

std::size_t Snapshot::count_cells(const std::string& region_code) const {
    const auto found = cell_counts_.find(region_code);
    return found == cell_counts_.end() ? 0 : found->second;
}

std::shared_ptr<const LayerText> Snapshot::layer_text(const std::string& layer) const {
    const std::lock_guard lock(mutex_);
    auto& text = layer_texts_[layer];
    if (text) return text;
    LayerText made;
    for (const auto& feature : base_map) {
        if (feature.layer != layer) continue;
        if (!made.features.empty()) made.features += ',';
        made.features += feature_text(feature);
    }
    if (made.features.empty()) {
        layer_texts_.erase(layer);
        return nullptr;
    }
    made.digest = to_hex(sha256(made.features)).substr(0, 16);
    return text = std::make_shared<const LayerText>(std::move(made));
}

std::string feature_text(const BaseFeature& feature) {
    return to_json_text(json::object{
        {"type", "Feature"},
        {"properties",
         json::object{{"layer", feature.layer}, {"name", feature.name}, {"rank", feature.rank}}},
        {"geometry", geo::to_geojson(feature.geometry)}});
}

void GridService::State::load() {
    auto snapshot = std::make_unique<const Snapshot>(
        database.read([](storage::Transaction& transaction) { return load_city(transaction); }));
    const std::lock_guard lock(mutex);
    current.store(snapshot.get(), std::memory_order_release);
    snapshots.push_back(std::move(snapshot));
}

GridService::GridService(std::unique_ptr<State> state) : state_(std::move(state)) {}
GridService::~GridService() = default;

Result<std::unique_ptr<GridService>> GridService::open(storage::Database& database,
                                                       const Clock& clock) {
    auto state = std::make_unique<State>(database, clock);
    state->load();
    return std::unique_ptr<GridService>(new GridService(std::move(state)));
}

Result<Place> GridService::locate(double lon, double lat, std::string_view coord_type) const {
    const auto type = geo::parse_coord_type(coord_type);
    if (!type)
        return fail("unknown_coord_type", {{"coord_type", std::string(coord_type.substr(0, 20))}});
    if (!std::isfinite(lon) || !std::isfinite(lat) || std::fabs(lon) > 180 || std::fabs(lat) > 90)
        return fail("place_invalid");
    const auto& city = state_->now();
    const auto point = geo::to_cgcs2000({lon, lat}, *type);
    int index = city.find_cell(point);
    if (index < 0) index = find_beside(city, point);
    if (index < 0) {
        const auto distance = fmt::format("{:.0f}", distance_to_city_m(city, point));
        if (const auto other = find_other_datum(city, {lon, lat}, *type))
            return fail("datum_suspect",
                        {{"coord_type", std::string(geo::format_coord_type(*other))},
                         {"distance_m", distance}});
        return fail("outside_city", {{"distance_m", distance}});
    }
    const auto& cell = city.cells[static_cast<std::size_t>(index)];
    Place place;
    place.lon = point.lon;
    place.lat = point.lat;
    place.cell_code = cell.code;
    place.community_code = cell.community_code;
    place.subdistrict_code = cell.community_code.substr(0, 9);
    place.district_code = cell.community_code.substr(0, 6);
    const auto name_of = [&](const std::string& code) {
        const auto* region = city.find_region(code);
        return region ? region->name : std::string();
    };
    place.community_name = name_of(place.community_code);
    place.subdistrict_name = name_of(place.subdistrict_code);
    place.district_name = name_of(place.district_code);
    if (const auto* community = city.find_region(place.community_code)) {
        place.area_class = community->area_class;
        place.managing_district_code = community->managed_by_code;
    }
    if (place.managing_district_code.empty()) place.managing_district_code = place.district_code;
    place.managing_district_name = name_of(place.managing_district_code);
    return place;
}

int GridService::find_cell(double lon, double lat) const {
    return state_->now().find_cell({lon, lat});
}
const Cell* GridService::find_cell(std::string_view code) const {
    return state_->now().find_cell(code);
}
const Region* GridService::find_region(std::string_view code) const {
    return state_->now().find_region(code);
}
const std::vector<Cell>& GridService::cells() const { return state_->now().cells; }
std::vector<geo::Line> GridService::find_road(std::string_view name) const {
    std::vector<geo::Line> lines;
    if (name.empty()) return lines;
    for (const auto& feature : state_->now().base_map)
        if (feature.name == name && feature.layer.starts_with("road"))
            if (const auto* line = std::get_if<geo::Line>(&feature.geometry)) lines.push_back(*line);
    return lines;
}

std::vector<std::string> GridService::road_names() const {
    std::set<std::string> names;
    for (const auto& feature : state_->now().base_map)
        if (!feature.name.empty() && feature.layer.starts_with("road")) names.insert(feature.name);
    return {names.begin(), names.end()};
}

const std::vector<Region>& GridService::regions() const { return state_->now().regions; }

namespace {

// What must be stored and ended so that `wanted` is what is in force. A first one may say since
// when it has been in force; one that replaces another begins today.
template <class Item>
void compare(const std::vector<Item>& in_force, const std::vector<Item>& wanted,
             const std::string& today, std::vector<Item>& changed,
             std::vector<std::string>& ended) {
    std::unordered_map<std::string_view, const Item*> old;
    for (const auto& item : in_force) old.emplace(item.code, &item);
    for (const auto& item : wanted) {
        const auto found = old.find(item.code);
        const bool is_known = found != old.end();
        if (!is_known || !is_same(*found->second, item)) {
            changed.push_back(item);
            if (is_known || item.initial_date.empty()) changed.back().initial_date = today;
        }
        if (is_known) old.erase(found);
    }
    for (const auto& [code, item] : old) ended.emplace_back(code);
}

} // namespace

Result<void> GridService::replace_all(const std::vector<Region>& regions,
                                      const std::vector<Cell>& cells,
                                      const std::vector<BaseFeature>& base_map) {
    const auto now_ms = state_->clock.now_ms();
    const auto today = format_date(city_date(now_ms));
    TRY(state_->database.write([&](storage::Transaction& transaction) -> Result<void> {
        const auto stored = load_city(transaction);
        CityChanges changes;
        compare(stored.regions, regions, today, changes.regions, changes.ended_regions);
        compare(stored.cells, cells, today, changes.cells, changes.ended_cells);
        if (!changes.empty()) store_changes(transaction, changes, today, now_ms);
        store_base_map(transaction, base_map);
        return {};
    }));
    state_->load();
    return {};
}

void GridService::reload() { state_->load(); }

} // namespace chengge::grid
