// Coordinate systems that files come in, to and from CGCS2000 longitude and latitude: what PROJ knows, the offset systems
// of map vendors, and a city's own local system on four or seven parameters.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/words.hpp"
#include "geo/geometry.hpp"

namespace chengge::geo {

// A city's own system, tied to one that PROJ knows. With four parameters its plane is turned, stretched and moved onto
// the plane of `base` (metres):  E = east_m + s (e cos r − n sin r),  N = north_m + s (e sin r + n cos r),  s = 1 + scale_ppm/1e6.
// With seven its ellipsoid's space is moved onto that of CGCS2000 (EPSG methods 9606 and 9607); heights are taken as 0.
struct LocalSystem {
    std::string id; // snake_case, how files and people name it
    Words label;
    std::string base; // "EPSG:…"; of four parameters a projected system
    bool has_seven = false;
    double east_m = 0, north_m = 0, rotation_seconds = 0, scale_ppm = 0; // scale_ppm of both
    double x_m = 0, y_m = 0, z_m = 0, x_seconds = 0, y_seconds = 0, z_seconds = 0;
    bool turns_vectors = false; // position_vector; else coordinate_frame, as Chinese tables give them
};

// [{"id", "label": {"zh", "en"}, "base", "four": {"east_m", "north_m", "rotation_seconds", "scale_ppm"} | "seven": {"x_m", "y_m",
// "z_m", "x_seconds", "y_seconds", "z_seconds", "scale_ppm", "convention": "coordinate_frame" | "position_vector"}}].
// Refusals: bad_member, crs_unknown.
Result<std::vector<LocalSystem>> read_local_systems(const json::value& list);

// Immutable; every function may be called from any thread.
class CoordinateSystem {
public:
    CoordinateSystem(); // cgcs2000
    // "wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4546", the id of a local system, or the WKT of a .prj file.
    // Refusals: crs_unknown (fact crs); crs_needs_parameters (crs) of a datum that PROJ ties to none of ours, so that a
    // hundred metres would be guessed.
    static Result<CoordinateSystem> parse(std::string_view text, std::span<const LocalSystem> local = {});

    // What parse() was given, WKT in its EPSG code where it has one.
    const std::string& text() const;
    Words label() const;
    bool is_degrees() const;  // its coordinates are longitude and latitude
    bool is_identity() const; // … of CGCS2000 or WGS-84, taken as equal
    // How good PROJ says the tie of datums is, metres; 0 = exact.
    double accuracy_m() const;
    // WKT as shapefiles carry it (ESRI's dialect); empty for gcj02, bd09 and local systems, which have none.
    std::string prj() const;

    // East and north (or longitude and latitude) in the order x, y whatever the system's own axes. What cannot be
    // computed becomes not-a-number. Round trips to 0.1 mm within a system's area.
    void to_cgcs2000(std::span<Point> points) const;
    void from_cgcs2000(std::span<Point> points) const;
    Point to_cgcs2000(Point point) const;
    Point from_cgcs2000(Point point) const;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

} // namespace chengge::geo
