// Regions and unit grid cells: the tree city → district → subdistrict → community → cell, and in
// which cell a point lies (GB/T 30428.1: 15-digit codes, initial and terminal dates).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/import_report.hpp"
#include "base/result.hpp"
#include "geo/coordinates.hpp"
#include "geo/geometry.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "storage/database.hpp"

namespace chengge::grid {

enum class RegionLevel { city = 1, district = 2, subdistrict = 3, community = 4 };

struct Region {
    std::string code; // 6 + 3 + 3 digits; the prefix of the codes below it
    std::string name;
    RegionLevel level = RegionLevel::city;
    std::string parent_code;       // as coded
    std::string managed_by_code;   // the district that manages it; may differ from the code's
    std::string area_class;        // A, B, C or empty
    geo::Point label_point;        // lon/lat for the name on a map
    geo::MultiPolygon outline;
    std::string initial_date = ""; // 2026-01-01
    std::string terminal_date = "";
};

struct Cell {
    std::string code; // 15 digits
    std::string community_code;
    geo::Polygon outline;
    double area_m2 = 0;
    std::string initial_date;
    std::string terminal_date; // empty while valid
};

// Where a point lies.
struct Place {
    std::string cell_code, community_code, subdistrict_code, district_code; // as coded
    std::string community_name, subdistrict_name, district_name;
    std::string managing_district_code, managing_district_name; // who answers for it
    std::string area_class;
    double lon = 0, lat = 0; // CGCS2000 degrees after conversion
};

// A line, point or area of the base map (streets, water, green, buildings), not of the registry.
struct BaseFeature {
    std::string layer; // road_main, road, water, green, block, building, rail, bridge, coast, label
    std::string name;
    int rank = 0; // shown from which zoom on
    geo::Geometry geometry;
};

// What an import or a new city comes to.
struct CityChanges {
    std::vector<Region> regions;            // new, or in the place of one of the same code
    std::vector<Cell> cells;                // the same
    std::vector<std::string> ended_regions; // codes
    std::vector<std::string> ended_cells;
    bool empty() const {
        return regions.empty() && cells.empty() && ended_regions.empty() && ended_cells.empty();
    }
};

class GridService {
public:
    // Reads regions and the valid cells into memory and builds the point index.
    static Result<std::unique_ptr<GridService>> open(storage::Database& database, const Clock& clock);
    ~GridService();

    // The cell of a point. Tie rule: a point on a border belongs to the cell whose interior lies to
    // its north-east (half-open edges), so every point of the tiled area is in exactly one cell.
    // Refusals: unknown_coord_type, outside_city (facts: distance_m to the nearest cell),
    // datum_suspect (outside, but inside when read as another datum; facts: coord_type).
    Result<Place> locate(double lon, double lat, std::string_view coord_type = "cgcs2000") const;
    // Index of the cell in cells(), -1 outside; no conversion. The hot path.
    int find_cell(double lon, double lat) const;
    const Cell* find_cell(std::string_view code) const;
    const Region* find_region(std::string_view code) const;
    const std::vector<Cell>& cells() const;
    const std::vector<Region>& regions() const;
    // The middle lines of a road of the base map; empty when there is none of that name.
    std::vector<geo::Line> find_road(std::string_view name) const;
    std::vector<std::string> road_names() const; // each once, sorted

    // Makes regions and cells what is given, from today on: what is no longer there or has changed
    // ends (GB/T 30428.1 terminal date) and is never deleted; the base map is drawn anew.
    Result<void> replace_all(const std::vector<Region>& regions, const std::vector<Cell>& cells,
                             const std::vector<BaseFeature>& base_map);
    // Files of a city's own, CSV with a wkt column or GeoJSON, checked as a whole: nothing is stored
    // when there is a fault, unless skips_faulty. What the file has in common with the city and is
    // the same stays untouched; what differs ends today and begins anew.
    ImportReport import_regions(const std::string& file, geo::CoordType coord_type,
                                const ImportOptions& options);
    ImportReport import_cells(const std::string& file, geo::CoordType coord_type,
                              const ImportOptions& options);
    // The files that these imports read, of what is in force.
    std::string export_regions(bool is_geojson) const;
    std::string export_cells(bool is_geojson) const;
    // What another keeper of the same ground (the registry) wants in force, judged as an import's file
    // would be: `wanted` are new or in the place of one of the same code, `removed` end, and with
    // is_complete whatever is not wanted. A fault's place is the number in `wanted` from 1; 0: the whole.
    // Of regions, as their import: hierarchy, nesting, overlaps; of cells: codes and tiling, of the city's regions or of
    // `regions` that will stand in the place of those of the same code.
    CityChanges plan_regions(const std::vector<Region>& wanted, const std::vector<std::string>& removed,
                             bool is_complete, ImportReport& report) const;
    CityChanges plan_cells(const std::vector<Cell>& wanted, const std::vector<std::string>& removed,
                           bool is_complete, ImportReport& report, const std::vector<Region>& regions = {}) const;
    // Stores a plan in the caller's transaction and tells it in the feed; after the commit: reload().
    void store(storage::Transaction& transaction, const CityChanges& changes) const;
    // Reads regions and cells into memory again: another process has changed them (feed kind "grid").
    void reload();

    // `is_open`: a demo city, whose invented ground may be seen before signing in.
    void add_routes(http::Router& router, identity::IdentityService& identity,
                    const http::Problems& problems, bool is_open = false);

private:
    struct State;
    explicit GridService(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// 3-digit sequence of cells inside a community, west → east then north → south: rows of cells whose
// centres lie within half a cell's height share a row. Returns for each cell its number from 1.
std::vector<int> number_cells(const std::vector<geo::Polygon>& cells);

} // namespace chengge::grid
