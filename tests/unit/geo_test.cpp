#include "geo/coordinates.hpp"
#include "geo/geometry.hpp"
#include "geo/point_index.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace geo_test {

using namespace chengge;
using namespace chengge::geo;

namespace {

Polygon square(double west, double south, double size) {
    return {{{{west, south},
              {west + size, south},
              {west + size, south + size},
              {west, south + size},
              {west, south}}}};
}

Point random_point(Random& random, const Box& box) {
    return {box.west + random.unit() * (box.east - box.west),
            box.south + random.unit() * (box.north - box.south)};
}

} // namespace

TEST(Coordinates, AgreeWithPublishedValues) {
    const auto gcj = from_cgcs2000({116.404, 39.915}, CoordType::gcj02);
    EXPECT_NEAR(gcj.lon, 116.41024449916938, 1e-9);
    EXPECT_NEAR(gcj.lat, 39.91640428150164, 1e-9);
    // BD-09 of the GCJ-02 point 116.404, 39.915.
    const auto bd =
        from_cgcs2000(to_cgcs2000({116.404, 39.915}, CoordType::gcj02), CoordType::bd09);
    EXPECT_NEAR(bd.lon, 116.41036949371029, 1e-9);
    EXPECT_NEAR(bd.lat, 39.92133699351022, 1e-9);
}

TEST(Coordinates, InversesReturnToATenthOfAMillimetre) {
    Random random(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto point = random_point(random, {75, 18, 134, 53});
        for (const auto type : {CoordType::gcj02, CoordType::bd09}) {
            const auto back = to_cgcs2000(from_cgcs2000(point, type), type);
            ASSERT_NEAR(back.lon, point.lon, 1e-9);
            ASSERT_NEAR(back.lat, point.lat, 1e-9);
        }
    }
}

TEST(Coordinates, OffsetsAreHundredsOfMetresInTheCityAndNoneAbroad) {
    const Point city{110.36, 21.2};
    EXPECT_GT(distance_m(city, from_cgcs2000(city, CoordType::gcj02)), 300);
    EXPECT_LT(distance_m(city, from_cgcs2000(city, CoordType::gcj02)), 900);
    const Point abroad{2.35, 48.85};
    EXPECT_EQ(from_cgcs2000(abroad, CoordType::gcj02), abroad);
    for (const auto text : {"wgs84", "cgcs2000", "gcj02", "bd09"})
        EXPECT_EQ(format_coord_type(*parse_coord_type(text)), text);
    EXPECT_FALSE(parse_coord_type("GCJ02"));
}

TEST(Geometry, MeasuresASquareOfTheCity) {
    const auto polygon = square(110.36, 21.2, 0.001);
    EXPECT_NEAR(area_m2(polygon), 103.85 * 110.73,
                12); // a thousandth of a degree each way at 21.2° N
    EXPECT_NEAR(distance_m({110.36, 21.2}, {110.361, 21.2}), 103.85, 0.1);
    EXPECT_NEAR(distance_m({110.36, 21.2}, {110.36, 21.201}), 110.73, 0.1);
    EXPECT_NEAR(centroid(polygon).lon, 110.3605, 1e-9);
    EXPECT_EQ(distance_m(polygon, Point{110.3605, 21.2005}), 0);
    EXPECT_NEAR(distance_m(polygon, Point{110.362, 21.2005}), 103.85, 0.1);
}

TEST(Geometry, AHoleIsNotInside) {
    auto polygon = square(0, 0, 3);
    polygon.rings.push_back(square(1, 1, 1).rings[0]);
    EXPECT_FALSE(contains(polygon, {1.5, 1.5}));
    EXPECT_TRUE(contains(polygon, {0.5, 1.5}));
    EXPECT_NEAR(centroid(polygon).lon, 1.5, 1e-12);
    EXPECT_NEAR(area_m2(polygon) / area_m2(square(0, 0, 3)), 8.0 / 9, 1e-3);
}

TEST(Geometry, ABorderPointBelongsToTheEasternAndNorthernArea) {
    const auto west = square(0, 0, 1), east = square(1, 0, 1), north = square(0, 1, 1);
    EXPECT_FALSE(contains(west, {1, 0.5}));
    EXPECT_TRUE(contains(east, {1, 0.5}));
    EXPECT_FALSE(contains(west, {0.5, 1}));
    EXPECT_TRUE(contains(north, {0.5, 1}));
}

TEST(Geometry, WkbReturnsWhatWentIn) {
    const Geometry geometries[] = {Point{110.1, 21.2}, Line{{1, 2}, {3, 4}, {5, 6.5}},
                                   square(1, 2, 3), MultiPolygon{square(1, 2, 3), square(7, 8, 1)},
                                   MultiLine{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}, {9, 9}}}};
    for (const auto& geometry : geometries) {
        const auto wkb = to_wkb(geometry);
        const auto back = from_wkb(wkb);
        ASSERT_TRUE(back);
        EXPECT_EQ(to_wkb(*back), wkb);
        for (std::size_t cut = 0; cut < wkb.size(); ++cut)
            EXPECT_FALSE(from_wkb(wkb.substr(0, cut)));
        EXPECT_FALSE(from_wkb(wkb + "x"));
    }
}

TEST(Geometry, ForeignWkbNeverReadsBeyondItsEnd) {
    Random random(7);
    const auto good = to_wkb(MultiPolygon{square(1, 2, 3), square(7, 8, 1)});
    int accepted = 0;
    for (int i = 0; i < 50'000; ++i) {
        auto bytes = good;
        for (int change = 0; change < 3; ++change)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        accepted += from_wkb(bytes).has_value();
    }
    EXPECT_GT(accepted, 0); // changed coordinates are still geometry
    // Big endian is read as well: a point.
    std::string big(
        "\x00\x00\x00\x00\x01\x3f\xf0\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x00\x00\x00\x00", 21);
    EXPECT_EQ(std::get<Point>(*from_wkb(big)), (Point{1, 2}));
}

TEST(Geometry, GeoJsonHasSevenDecimals) {
    EXPECT_EQ(to_json_text(to_geojson(Point{110.12345678, 21.2})),
              R"({"type":"Point","coordinates":[110.1234568,21.2]})");
}

TEST(PointIndex, EqualsABruteForceScanAndIsUniqueInATiling) {
    // A grid of 40 × 30 warped quadrilaterals that share their corners exactly.
    Random random(3);
    constexpr int columns = 40, rows = 30;
    std::vector<Point> corners;
    for (int y = 0; y <= rows; ++y)
        for (int x = 0; x <= columns; ++x)
            corners.push_back({x + 0.3 * random.unit(), y + 0.3 * random.unit()});
    const auto at = [&](int x, int y) {
        return corners[static_cast<std::size_t>(y * (columns + 1) + x)];
    };
    std::vector<Polygon> areas;
    for (int y = 0; y < rows; ++y)
        for (int x = 0; x < columns; ++x)
            areas.push_back({{{at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1), at(x, y)}}});
    const PointIndex index(areas);
    auto probe = [&](Point point) {
        std::vector<int> found;
        for (std::size_t i = 0; i < areas.size(); ++i)
            if (contains(areas[i], point)) found.push_back(static_cast<int>(i));
        ASSERT_LE(found.size(), 1u);
        ASSERT_EQ(index.find(point), found.empty() ? -1 : found[0]);
        ASSERT_EQ(index.find_all(point), found);
    };
    for (int i = 0; i < 3000; ++i) probe(random_point(random, {-1, -1, columns + 1.0, rows + 1.0}));
    for (const auto& corner : corners) probe(corner);
    for (int i = 0; i < 3000; ++i) { // inside the whole: exactly one
        const auto point = random_point(random, {0.5, 0.5, columns - 0.5, rows - 0.5});
        ASSERT_EQ(index.find_all(point).size(), 1u);
    }
    EXPECT_EQ(PointIndex().find({0, 0}), -1);
}

} // namespace geo_test
