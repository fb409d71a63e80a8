#include "maps/identify.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "geo/tile.hpp"

namespace chengge::maps {

namespace {

using registry::FixedPoint;
using registry::LayerSnapshot;
using Kind = LayerSnapshot::Shape::Kind;

constexpr double metres_per_degree = 6'378'137 * std::numbers::pi / 180;
constexpr double reach_pixels = 12;

// A plane of metres about the place.
struct Plane {
    geo::Point origin;
    double east = 1, north = metres_per_degree;
    explicit Plane(geo::Point at) : origin(at), east(metres_per_degree * std::max(0.01, std::cos(at.lat * std::numbers::pi / 180))) {}
    geo::PlanePoint place(FixedPoint point) const { return {(point.lon / 1e7 - origin.lon) * east, (point.lat / 1e7 - origin.lat) * north}; }
};

double distance_to_line(const Plane& plane, std::span<const FixedPoint> line) {
    double least = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto a = plane.place(line[i]), b = plane.place(line[std::min(i + 1, line.size() - 1)]);
        const auto dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
        const auto t = length == 0 ? 0 : std::clamp(-(a.x * dx + a.y * dy) / length, 0.0, 1.0);
        least = std::min(least, std::hypot(a.x + dx * t, a.y + dy * t));
    }
    return least;
}

bool is_inside(const Plane& plane, const std::vector<std::span<const FixedPoint>>& rings) {
    bool inside = false;
    for (const auto& ring : rings)
        for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
            const auto a = plane.place(ring[i]), b = plane.place(ring[i + 1]);
            if ((a.y > 0) != (b.y > 0) && a.x - a.y * (b.x - a.x) / (b.y - a.y) > 0) inside = !inside;
        }
    return inside;
}

double distance_to(const Plane& plane, const LayerSnapshot::Shape& shape) {
    if (shape.kind == Kind::polygon || shape.kind == Kind::multi_polygon)
        if (is_inside(plane, shape.lines)) return 0;
    double least = std::numeric_limits<double>::max();
    for (const auto& line : shape.lines) least = std::min(least, distance_to_line(plane, line));
    return least;
}

int rank_of(Kind kind) {
    switch (kind) {
    case Kind::point: return 0;
    case Kind::line:
    case Kind::multi_line: return 1;
    default: return 2;
    }
}

} // namespace

std::vector<Found> find_at(std::span<const std::shared_ptr<const LayerSnapshot>> layers, geo::Point place, double zoom, std::size_t most) {
    const Plane plane(place);
    const auto reach = reach_pixels * 2 * std::numbers::pi * 6'378'137 * std::cos(place.lat * std::numbers::pi / 180) / (512 * std::exp2(zoom));
    const geo::Box box{place.lon - reach / plane.east, place.lat - reach / plane.north, place.lon + reach / plane.east, place.lat + reach / plane.north};
    struct Ranked {
        int rank;
        Found found;
        double extent;
    };
    std::vector<Ranked> all;
    const auto before = [](const Ranked& a, const Ranked& b) {
        if (a.rank != b.rank) return a.rank < b.rank;
        if (a.found.distance_m != b.found.distance_m) return a.found.distance_m < b.found.distance_m;
        return a.extent < b.extent; // of areas around the place the smallest first
    };
    LayerSnapshot::Shape shape;
    for (const auto& snapshot : layers) {
        snapshot->visit(box, [&](std::size_t at) {
            snapshot->shape(at, shape);
            const auto distance = distance_to(plane, shape);
            if (distance > reach) return true;
            const auto own = snapshot->box(at);
            all.push_back({rank_of(shape.kind), {snapshot, at, distance}, (own.east - own.west) * (own.north - own.south)});
            if (all.size() < most * 64) return true;
            std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most), all.end(), before);
            all.resize(most);
            return true;
        });
    }
    std::sort(all.begin(), all.end(), before);
    if (all.size() > most) all.resize(most);
    std::vector<Found> found;
    for (auto& each : all) found.push_back(std::move(each.found));
    return found;
}

} // namespace chengge::maps
