#include "geo/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace chengge::geo {

namespace {

struct Metres {
    double per_lon = 0;
    double per_lat = 0;
};

// Metres per degree at a latitude, GRS80 (the ellipsoid of CGCS2000).
Metres metres_per_degree(double lat) {
    constexpr double semi_major_m = 6'378'137.0;
    constexpr double eccentricity2 = 0.00669438002290;
    const double radians = lat * std::numbers::pi / 180.0;
    const double sine = std::sin(radians);
    const double magic = 1.0 - eccentricity2 * sine * sine;
    return {semi_major_m * std::cos(radians) / std::sqrt(magic) * std::numbers::pi / 180.0,
            semi_major_m * (1.0 - eccentricity2) / (magic * std::sqrt(magic)) * std::numbers::pi /
                180.0};
}

void stretch(Box& box, const Line& line) {
    for (const auto& point : line) {
        box.west = std::min(box.west, point.lon);
        box.east = std::max(box.east, point.lon);
        box.south = std::min(box.south, point.lat);
        box.north = std::max(box.north, point.lat);
    }
}

// Twice the signed area in square degrees and the moments, about the ring's first point: sums far
// from the origin would lose the digits that matter.
struct Moments {
    double area2 = 0, lon = 0, lat = 0;
};

Moments moments_of(const Ring& ring, Point origin) {
    Moments sum;
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
        const double ax = ring[i].lon - origin.lon, ay = ring[i].lat - origin.lat;
        const double bx = ring[i + 1].lon - origin.lon, by = ring[i + 1].lat - origin.lat;
        const double cross = ax * by - bx * ay;
        sum.area2 += cross;
        sum.lon += (ax + bx) * cross;
        sum.lat += (ay + by) * cross;
    }
    return sum;
}

bool ring_contains(const Ring& ring, Point point) {
    bool is_inside = false;
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
        Point low = ring[i], high = ring[i + 1];
        if ((low.lat > point.lat) == (high.lat > point.lat)) continue;
        // The same edge gives the same number from both of its areas only if it is computed in one
        // direction.
        if (low.lat > high.lat) std::swap(low, high);
        const double lon =
            low.lon + (point.lat - low.lat) * (high.lon - low.lon) / (high.lat - low.lat);
        if (point.lon < lon) is_inside = !is_inside;
    }
    return is_inside;
}

double distance_to_edge_m(Point a, Point b, Point point, const Metres& metres) {
    const double ax = (a.lon - point.lon) * metres.per_lon,
                 ay = (a.lat - point.lat) * metres.per_lat;
    const double bx = (b.lon - point.lon) * metres.per_lon,
                 by = (b.lat - point.lat) * metres.per_lat;
    const double dx = bx - ax, dy = by - ay;
    const double length2 = dx * dx + dy * dy;
    const double along = length2 == 0 ? 0 : std::clamp(-(ax * dx + ay * dy) / length2, 0.0, 1.0);
    return std::hypot(ax + along * dx, ay + along * dy);
}

json::value position(Point point) {
    const auto rounded = [](double degrees) { return std::round(degrees * 1e7) / 1e7; };
    return json::array{rounded(point.lon), rounded(point.lat)};
}

json::array positions(const Line& line) {
    json::array array;
    array.reserve(line.size());
    for (const auto& point : line) array.push_back(position(point));
    return array;
}

json::array rings_json(const Polygon& polygon) {
    json::array array;
    for (const auto& ring : polygon.rings) array.push_back(positions(ring));
    return array;
}

} // namespace

Box bounds_of(const Geometry& geometry) {
    constexpr double far = std::numeric_limits<double>::infinity();
    Box box{far, far, -far, -far};
    if (const auto* point = std::get_if<Point>(&geometry)) stretch(box, {*point});
    if (const auto* line = std::get_if<Line>(&geometry)) stretch(box, *line);
    if (const auto* polygon = std::get_if<Polygon>(&geometry))
        if (!polygon->rings.empty()) stretch(box, polygon->rings[0]);
    if (const auto* many = std::get_if<MultiPolygon>(&geometry))
        for (const auto& polygon : *many)
            if (!polygon.rings.empty()) stretch(box, polygon.rings[0]);
    if (const auto* lines = std::get_if<MultiLine>(&geometry))
        for (const auto& line : *lines) stretch(box, line);
    return box;
}

bool contains(const Polygon& polygon, Point point) {
    bool is_inside = false;
    for (const auto& ring : polygon.rings) is_inside = is_inside != ring_contains(ring, point);
    return is_inside;
}

double area_m2(const Polygon& polygon) {
    if (polygon.rings.empty() || polygon.rings[0].empty()) return 0;
    const Point origin = polygon.rings[0][0];
    double area2 = std::fabs(moments_of(polygon.rings[0], origin).area2);
    for (std::size_t i = 1; i < polygon.rings.size(); ++i)
        area2 -= std::fabs(moments_of(polygon.rings[i], origin).area2);
    const auto metres = metres_per_degree(centroid(polygon).lat);
    return area2 / 2 * metres.per_lon * metres.per_lat;
}

double distance_m(Point a, Point b) {
    const auto metres = metres_per_degree((a.lat + b.lat) / 2);
    return std::hypot((a.lon - b.lon) * metres.per_lon, (a.lat - b.lat) * metres.per_lat);
}

double distance_m(const Polygon& polygon, Point point) {
    if (contains(polygon, point)) return 0;
    const auto metres = metres_per_degree(point.lat);
    double least = std::numeric_limits<double>::infinity();
    for (const auto& ring : polygon.rings)
        for (std::size_t i = 0; i + 1 < ring.size(); ++i)
            least = std::min(least, distance_to_edge_m(ring[i], ring[i + 1], point, metres));
    return least;
}

Point centroid(const Polygon& polygon) {
    if (polygon.rings.empty() || polygon.rings[0].empty()) return {};
    const Point origin = polygon.rings[0][0];
    Moments sum;
    for (std::size_t i = 0; i < polygon.rings.size(); ++i) {
        auto part = moments_of(polygon.rings[i], origin);
        // Holes count against the outer ring whichever way they turn.
        const double sign = (part.area2 < 0 ? -1.0 : 1.0) * (i == 0 ? 1.0 : -1.0);
        sum.area2 += sign * part.area2;
        sum.lon += sign * part.lon;
        sum.lat += sign * part.lat;
    }
    if (sum.area2 == 0) return origin;
    return {origin.lon + sum.lon / (3 * sum.area2), origin.lat + sum.lat / (3 * sum.area2)};
}

json::value to_geojson(const Geometry& geometry) {
    json::object object;
    if (const auto* point = std::get_if<Point>(&geometry)) {
        object["type"] = "Point";
        object["coordinates"] = position(*point);
    } else if (const auto* line = std::get_if<Line>(&geometry)) {
        object["type"] = "LineString";
        object["coordinates"] = positions(*line);
    } else if (const auto* polygon = std::get_if<Polygon>(&geometry)) {
        object["type"] = "Polygon";
        object["coordinates"] = rings_json(*polygon);
    } else if (const auto* lines = std::get_if<MultiLine>(&geometry)) {
        json::array many;
        for (const auto& line_of : *lines) many.push_back(positions(line_of));
        object["type"] = "MultiLineString";
        object["coordinates"] = std::move(many);
    } else {
        json::array many;
        for (const auto& polygon_of : std::get<MultiPolygon>(geometry))
            many.push_back(rings_json(polygon_of));
        object["type"] = "MultiPolygon";
        object["coordinates"] = std::move(many);
    }
    return object;
}

} // namespace chengge::geo
