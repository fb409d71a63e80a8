#include "geo/coordinates.hpp"

#include <cmath>
#include <numbers>

namespace chengge::geo {

namespace {

constexpr double pi = std::numbers::pi;

// The public formula of GCJ-02: an offset made of sines of the position, on the Krasovsky ellipsoid
// of 1940. Outside China's box the systems agree.
constexpr double krasovsky_m = 6'378'245.0;
constexpr double eccentricity2 = 0.00669342162296594323;
constexpr Box china{72.004, 0.8293, 137.8347, 55.8271};

double ripples_m(double x) {
    return (20.0 * std::sin(6.0 * x * pi) + 20.0 * std::sin(2.0 * x * pi)) * 2.0 / 3.0;
}

double swells_m(double value) {
    return (20.0 * std::sin(value * pi) + 40.0 * std::sin(value / 3.0 * pi)) * 2.0 / 3.0;
}

double shift_north_m(double x, double y) {
    const double tides =
        (160.0 * std::sin(y / 12.0 * pi) + 320.0 * std::sin(y * pi / 30.0)) * 2.0 / 3.0;
    return -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * std::sqrt(std::fabs(x)) +
           ripples_m(x) + swells_m(y) + tides;
}

double shift_east_m(double x, double y) {
    const double tides =
        (150.0 * std::sin(x / 12.0 * pi) + 300.0 * std::sin(x / 30.0 * pi)) * 2.0 / 3.0;
    return 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * std::sqrt(std::fabs(x)) +
           ripples_m(x) + swells_m(x) + tides;
}

Point to_gcj02(Point point) {
    if (!china.contains(point)) return point;
    const double x = point.lon - 105.0;
    const double y = point.lat - 35.0;
    const double lat = point.lat / 180.0 * pi;
    const double magic = 1.0 - eccentricity2 * std::sin(lat) * std::sin(lat);
    const double root = std::sqrt(magic);
    const double lat_m = krasovsky_m * (1.0 - eccentricity2) / (magic * root) * pi;
    const double lon_m = krasovsky_m / root * std::cos(lat) * pi;
    return {point.lon + shift_east_m(x, y) * 180.0 / lon_m,
            point.lat + shift_north_m(x, y) * 180.0 / lat_m};
}

Point gcj02_to_bd09(Point point) {
    constexpr double x_pi = pi * 3000.0 / 180.0;
    const double radius = std::hypot(point.lon, point.lat) + 0.00002 * std::sin(point.lat * x_pi);
    const double angle = std::atan2(point.lat, point.lon) + 0.000003 * std::cos(point.lon * x_pi);
    return {radius * std::cos(angle) + 0.0065, radius * std::sin(angle) + 0.006};
}

// The point whose transform is `target`: the offset changes slowly, so taking it off again and
// again converges by a factor of about a thousand a step.
template <class Forward>
Point invert(Point target, Forward&& forward) {
    Point guess = target;
    for (int step = 0; step < 20; ++step) {
        const Point there = forward(guess);
        const double lon = target.lon - there.lon;
        const double lat = target.lat - there.lat;
        guess.lon += lon;
        guess.lat += lat;
        if (std::fabs(lon) < 1e-11 && std::fabs(lat) < 1e-11) break;
    }
    return guess;
}

} // namespace

std::optional<CoordType> parse_coord_type(std::string_view text) {
    if (text == "wgs84") return CoordType::wgs84;
    if (text == "cgcs2000") return CoordType::cgcs2000;
    if (text == "gcj02") return CoordType::gcj02;
    if (text == "bd09") return CoordType::bd09;
    return std::nullopt;
}

std::string_view format_coord_type(CoordType type) {
    switch (type) {
    case CoordType::wgs84: return "wgs84";
    case CoordType::cgcs2000: return "cgcs2000";
    case CoordType::gcj02: return "gcj02";
    case CoordType::bd09: return "bd09";
    }
    return "cgcs2000";
}

Point to_cgcs2000(Point point, CoordType from) {
    switch (from) {
    case CoordType::wgs84:
    case CoordType::cgcs2000: return point;
    case CoordType::bd09: point = invert(point, gcj02_to_bd09); [[fallthrough]];
    case CoordType::gcj02: return invert(point, to_gcj02);
    }
    return point;
}

Point from_cgcs2000(Point point, CoordType to) {
    switch (to) {
    case CoordType::wgs84:
    case CoordType::cgcs2000: return point;
    case CoordType::gcj02: return to_gcj02(point);
    case CoordType::bd09: return gcj02_to_bd09(to_gcj02(point));
    }
    return point;
}

} // namespace chengge::geo
