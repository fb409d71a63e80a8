#include "geo/shape_faults.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace chengge::geo {

namespace {

double cross(Point origin, Point a, Point b) {
    return (a.lon - origin.lon) * (b.lat - origin.lat) - (a.lat - origin.lat) * (b.lon - origin.lon);
}

int side(Point a, Point b, Point point) {
    const double value = cross(a, b, point);
    return value > 0 ? 1 : value < 0 ? -1 : 0;
}

bool is_within(Point a, Point b, Point point) {
    return std::min(a.lon, b.lon) <= point.lon && point.lon <= std::max(a.lon, b.lon) &&
           std::min(a.lat, b.lat) <= point.lat && point.lat <= std::max(a.lat, b.lat);
}

struct Edge {
    Point a, b;
    std::size_t ring = 0, at = 0, count = 0; // place in its ring
    double west = 0, east = 0;
};

// A point that both edges have, if there is one.
std::optional<Point> meeting_of(const Edge& one, const Edge& other) {
    const int a = side(one.a, one.b, other.a), b = side(one.a, one.b, other.b);
    const int c = side(other.a, other.b, one.a), d = side(other.a, other.b, one.b);
    if (a * b < 0 && c * d < 0) {
        const double along = cross(other.a, other.b, one.a);
        const double part = along / (along - cross(other.a, other.b, one.b));
        return Point{one.a.lon + part * (one.b.lon - one.a.lon),
                     one.a.lat + part * (one.b.lat - one.a.lat)};
    }
    if (a == 0 && is_within(one.a, one.b, other.a)) return other.a;
    if (b == 0 && is_within(one.a, one.b, other.b)) return other.b;
    if (c == 0 && is_within(other.a, other.b, one.a)) return one.a;
    if (d == 0 && is_within(other.a, other.b, one.b)) return one.b;
    return std::nullopt;
}

bool follows(const Edge& one, const Edge& other) {
    return one.ring == other.ring && (one.at + 1) % one.count == other.at;
}

// Neighbours share their corner; they cross only when one runs back over the other.
std::optional<Point> crossing_of(const Edge& one, const Edge& other) {
    if (!follows(one, other) && !follows(other, one)) return meeting_of(one, other);
    const auto& first = follows(one, other) ? one : other;
    const auto& second = follows(one, other) ? other : one;
    if (side(first.a, first.b, second.b) != 0) return std::nullopt;
    const double ahead = (first.b.lon - first.a.lon) * (second.b.lon - second.a.lon) +
                         (first.b.lat - first.a.lat) * (second.b.lat - second.a.lat);
    return ahead < 0 ? std::optional(second.a) : std::nullopt;
}

std::optional<Point> find_crossing(const Polygon& polygon) {
    std::vector<Edge> edges;
    for (std::size_t r = 0; r < polygon.rings.size(); ++r) {
        const auto& ring = polygon.rings[r];
        for (std::size_t i = 0; i + 1 < ring.size(); ++i)
            edges.push_back({ring[i], ring[i + 1], r, i, ring.size() - 1,
                             std::min(ring[i].lon, ring[i + 1].lon),
                             std::max(ring[i].lon, ring[i + 1].lon)});
    }
    std::ranges::sort(edges, {}, &Edge::west);
    for (std::size_t i = 0; i < edges.size(); ++i)
        for (std::size_t j = i + 1; j < edges.size() && edges[j].west <= edges[i].east; ++j)
            if (const auto point = crossing_of(edges[i], edges[j])) return point;
    return std::nullopt;
}

Ring without_repeats(const Ring& ring) {
    Ring kept;
    for (const auto point : ring)
        if (kept.empty() || !(kept.back() == point)) kept.push_back(point);
    return kept;
}

double signed_area(const Ring& ring) {
    double area = 0;
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) area += cross(ring[0], ring[i], ring[i + 1]);
    return area;
}

} // namespace

std::optional<ShapeFault> find_shape_fault(const Polygon& given) {
    if (given.rings.empty()) return ShapeFault{ShapeFaultKind::too_few_points, {}};
    Polygon polygon;
    for (const auto& ring : given.rings) {
        if (ring.empty()) return ShapeFault{ShapeFaultKind::too_few_points, {}};
        if (!(ring.front() == ring.back())) return ShapeFault{ShapeFaultKind::not_closed, ring.back()};
        polygon.rings.push_back(without_repeats(ring));
        if (polygon.rings.back().size() < 4)
            return ShapeFault{ShapeFaultKind::too_few_points, ring.front()};
    }
    if (const auto point = find_crossing(polygon))
        return ShapeFault{ShapeFaultKind::crosses_itself, *point};
    for (const auto& ring : polygon.rings)
        if (signed_area(ring) == 0) return ShapeFault{ShapeFaultKind::no_area, ring.front()};
    const Polygon outer{{polygon.rings[0]}};
    for (std::size_t i = 1; i < polygon.rings.size(); ++i)
        if (!contains(outer, polygon.rings[i].front()))
            return ShapeFault{ShapeFaultKind::hole_outside, polygon.rings[i].front()};
    return std::nullopt;
}

Polygon normalise(Polygon polygon) {
    for (std::size_t i = 0; i < polygon.rings.size(); ++i) {
        auto& ring = polygon.rings[i];
        ring = without_repeats(ring);
        const bool is_counter_clockwise = signed_area(ring) > 0;
        if (is_counter_clockwise != (i == 0)) std::reverse(ring.begin(), ring.end());
    }
    return polygon;
}

Words describe(const ShapeFault& fault) {
    const auto place = fmt::format("{:.7f},{:.7f}", fault.at.lon, fault.at.lat);
    switch (fault.kind) {
    case ShapeFaultKind::too_few_points: return {"边界点不足：一个环至少要三个不同的点", "the outline has too few points: a ring needs three different ones"};
    case ShapeFaultKind::not_closed: return {"边界没有闭合：最后一点须与第一点相同(" + place + ")", "the outline is not closed: its last point must be its first (" + place + ")"};
    case ShapeFaultKind::crosses_itself: return {"边界自相交，在 " + place, "the outline crosses itself at " + place};
    case ShapeFaultKind::hole_outside: return {"内环不在外环之内，在 " + place, "a hole lies outside the outline, at " + place};
    case ShapeFaultKind::no_area: return {"边界没有面积，在 " + place, "the outline has no area, at " + place};
    }
    return {};
}

} // namespace chengge::geo
