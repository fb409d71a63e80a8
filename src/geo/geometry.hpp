// Points, lines and areas in degrees (CGCS2000), their WKB, and the few measures the grid needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"

namespace chengge::geo {

struct Point {
    double lon = 0;
    double lat = 0;
    bool operator==(const Point&) const = default;
};
using Line = std::vector<Point>;
using Ring = std::vector<Point>; // closed: first == last; outer rings counter-clockwise
struct Polygon {
    std::vector<Ring> rings; // the first is the outer one
};
using MultiPolygon = std::vector<Polygon>;
using MultiLine = std::vector<Line>;
using Geometry = std::variant<Point, Line, Polygon, MultiPolygon, MultiLine>;

struct Box {
    double west = 0, south = 0, east = 0, north = 0;
    bool contains(Point point) const {
        return point.lon >= west && point.lon <= east && point.lat >= south && point.lat <= north;
    }
    bool overlaps(const Box& other) const {
        return west <= other.east && other.west <= east && south <= other.north && other.south <= north;
    }
};

Box bounds_of(const Geometry& geometry);
// Half-open crossing test: of two areas that share an edge exactly one contains a point on it.
bool contains(const Polygon& polygon, Point point);
// On a local plane at the shape's latitude; good to 0.1 % at the size of a city.
double area_m2(const Polygon& polygon);
double distance_m(Point a, Point b);
double distance_m(const Polygon& polygon, Point point); // 0 inside
Point centroid(const Polygon& polygon);

std::string to_wkb(const Geometry& geometry); // little endian, 2D
std::optional<Geometry> from_wkb(std::string_view wkb);
// Whether from_wkb reads what to_wkb makes of it: lines of two points or more, rings closed and of four. A text may hold less.
bool is_storable(const Geometry& geometry);
json::value to_geojson(const Geometry& geometry); // coordinates rounded to 7 decimals
// Nothing when it is none of the five, or a number is not finite. Heights are dropped.
std::optional<Geometry> from_geojson(const json::value& value);
std::string to_wkt(const Geometry& geometry); // rounded as GeoJSON
std::optional<Geometry> from_wkt(std::string_view text);

} // namespace chengge::geo
