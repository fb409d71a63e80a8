// Areas from other people's files: their text, what is wrong with them, how they lie beside each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "geo/coverage.hpp"
#include "geo/shape_faults.hpp"
#include "kit/two_communities.hpp"

namespace geo_shapes_test {

using namespace chengge;
using namespace chengge::geo;

namespace {

Polygon polygon(Ring ring) { return {{std::move(ring)}}; }

std::optional<ShapeFaultKind> fault_of(Ring ring) {
    const auto fault = find_shape_fault(polygon(std::move(ring)));
    return fault ? std::optional(fault->kind) : std::nullopt;
}

// Metres east and north of a corner of the city.
Point at(double east_m, double north_m) {
    static const double per_lon = distance_m({110.36, 21.2}, {110.361, 21.2}) * 1000;
    static const double per_lat = distance_m({110.36, 21.2}, {110.36, 21.201}) * 1000;
    return {110.36 + east_m / per_lon, 21.2 + north_m / per_lat};
}

Polygon box(double west, double south, double east, double north) {
    return polygon({at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)});
}

double total(const std::vector<CoverageFault>& faults, CoverageKind kind) {
    double sum = 0;
    for (const auto& fault : faults)
        if (fault.kind == kind) sum += fault.area_m2;
    return sum;
}

} // namespace

TEST(GeometryText, WhatATextHoldsIsNotAlwaysToBeKept) {
    for (const auto* text : {"LINESTRING(1 2)", "POLYGON((0 0,1 1,0 0))", "POLYGON((0 0,1 0,1 1,0 1))"}) {
        const auto geometry = from_wkt(text);
        EXPECT_FALSE(geometry && is_storable(*geometry)) << text;
    }
    EXPECT_TRUE(is_storable(*from_wkt("POLYGON((0 0,1 0,1 1,0 0))")));
    EXPECT_TRUE(is_storable(*from_wkt("POINT(1 2)")));
}

TEST(GeometryText, ComesBackFromWktAndGeojson) {
    const Polygon holed{{box(0, 0, 100, 100).rings[0], box(20, 20, 40, 40).rings[0]}};
    for (const Geometry& geometry : {Geometry(Point{110.5, 21.25}), Geometry(Line{{110, 21}, {111, 22}}), Geometry(holed), Geometry(MultiPolygon{holed, box(200, 0, 300, 50)}), Geometry(MultiLine{{{110, 21}, {111, 22}}, {{112, 21}, {113, 22}}})}) {
        EXPECT_EQ(to_wkt(*from_wkt(to_wkt(geometry))), to_wkt(geometry));
        EXPECT_EQ(to_geojson(*from_geojson(to_geojson(geometry))), to_geojson(geometry));
    }
    EXPECT_TRUE(from_wkt("polygon z ((0 0 5, 1 0 5, 1 1 5, 0 0 5))"));
    for (const auto* bad : {"", "POLYGON", "POLYGON((0 0,1 1)", "POLYGON((0 x,1 1))", "CIRCLE(1 2)", "POINT(1 2) x", "POINT(nan 2)", "POINT(1 1e999)"}) EXPECT_FALSE(from_wkt(bad)) << bad;
    for (const auto* bad : {R"({"type":"Polygon"})", R"({"type":"Polygon","coordinates":[[["1",2]]]})", R"({"type":"Point","coordinates":[1]})", R"([1,2])"})
        EXPECT_FALSE(from_geojson(json::parse(bad))) << bad;
}

TEST(ShapeFaults, NamesWhatIsWrongWithARing) {
    EXPECT_EQ(fault_of({{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}}), std::nullopt);
    EXPECT_EQ(fault_of({{0, 0}, {1, 0}, {0, 0}}), ShapeFaultKind::too_few_points);
    EXPECT_EQ(fault_of({{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}}), ShapeFaultKind::too_few_points);
    EXPECT_EQ(fault_of({{0, 0}, {1, 0}, {1, 1}, {0, 1}}), ShapeFaultKind::not_closed);
    EXPECT_EQ(fault_of({{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}), ShapeFaultKind::crosses_itself); // a bow tie
    EXPECT_EQ(fault_of({{0, 0}, {2, 0}, {2, 2}, {1, 0}, {0, 2}, {0, 0}}), ShapeFaultKind::crosses_itself); // touches its own edge
    EXPECT_EQ(fault_of({{0, 0}, {2, 0}, {1, 0}, {1, 1}, {0, 0}}), ShapeFaultKind::crosses_itself); // runs back over itself
    const auto crossing = find_shape_fault(polygon({{0, 0}, {1, 1}, {1, 0}, {0, 1}, {0, 0}}));
    EXPECT_NEAR(crossing->at.lon, 0.5, 1e-12);
    EXPECT_NEAR(crossing->at.lat, 0.5, 1e-12);
    EXPECT_EQ(find_shape_fault({{box(0, 0, 9, 9).rings[0], box(20, 20, 30, 30).rings[0]}})->kind, ShapeFaultKind::hole_outside);
    EXPECT_FALSE(find_shape_fault({{box(0, 0, 9, 9).rings[0], box(2, 2, 3, 3).rings[0]}}));
}

TEST(ShapeFaults, ANormalRingTurnsLeftAndDoesNotRepeat) {
    const auto normal = normalise(polygon({{0, 0}, {0, 1}, {0, 1}, {1, 1}, {1, 0}, {0, 0}})); // clockwise, one point twice
    EXPECT_EQ(normal.rings[0].size(), 5u);
    EXPECT_EQ(to_wkt(normal), "POLYGON((0 0,1 0,1 1,0 1,0 0))");
}

TEST(Coverage, FindsNothingWhereCellsTileTheirCommunity) {
    const kit::TwoCommunities city;
    std::vector<Polygon> cells;
    for (const auto& cell : city.cells) cells.push_back(cell.outline);
    EXPECT_THAT(find_coverage_faults({cells.begin(), cells.begin() + 16}, {kit::TwoCommunities::outline_of(0)}), testing::IsEmpty());
    EXPECT_THAT(find_coverage_faults(cells, {}), testing::IsEmpty());
    // Corners on a neighbour's edge are no faults of the surface.
    EXPECT_LT(total(find_coverage_faults({box(0, 0, 100, 50), box(0, 50, 50, 100), box(50, 50, 100, 100)}, {box(0, 0, 100, 100)}), CoverageKind::gap), 1e-3);
}

TEST(Coverage, MeasuresGapsOverlapsAndWhatSticksOut) {
    const auto faults = find_coverage_faults({box(0, 0, 60, 100), box(50, 0, 90, 110)}, {box(0, 0, 100, 100)});
    ASSERT_EQ(faults.size(), 3u);
    EXPECT_EQ(faults[0].kind, CoverageKind::gap);
    EXPECT_NEAR(faults[0].area_m2, 1000, 0.5);
    EXPECT_NEAR(distance_m(faults[0].at, at(95, 50)), 0, 0.1);
    EXPECT_EQ(faults[0].first, 1); // the cell beside it
    EXPECT_EQ(faults[1].kind, CoverageKind::overlap);
    EXPECT_NEAR(faults[1].area_m2, 1000, 0.5);
    EXPECT_EQ(std::pair(faults[1].first, faults[1].second), std::pair(0, 1));
    EXPECT_EQ(faults[2].kind, CoverageKind::outside);
    EXPECT_NEAR(faults[2].area_m2, 400, 0.5);
    EXPECT_EQ(faults[2].first, 1);
}

TEST(Coverage, KeepsSeparateGapsApartAndJoinsWhatTouches) {
    // Two holes of 10 × 10, and one gap in the form of an L along two sides.
    const Polygon cell{{box(0, 0, 90, 90).rings[0], box(10, 10, 20, 20).rings[0], box(50, 60, 60, 70).rings[0]}};
    auto faults = find_coverage_faults({cell}, {box(0, 0, 100, 100)});
    std::ranges::sort(faults, {}, &CoverageFault::area_m2);
    ASSERT_EQ(faults.size(), 3u);
    EXPECT_NEAR(faults[0].area_m2, 100, 0.1);
    EXPECT_NEAR(faults[1].area_m2, 100, 0.1);
    EXPECT_NEAR(faults[2].area_m2, 1900, 1);
}

TEST(Coverage, SurfacesAddUpForRandomTriangles) {
    // |A ∪ B| = |A| + |B| − |A ∩ B|: what the sweep calls overlap, outside and gap of two areas. Its
    // plane lies at the middle of both, area_m2's at the middle of one: 1e-4 apart over a kilometre.
    for (int seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE(seed);
        Random random(static_cast<std::uint64_t>(seed));
        const auto corner = [&] { return at(random.unit() * 1000, random.unit() * 1000); };
        const auto triangle = [&] {
            const auto a = corner(), b = corner(), c = corner();
            return polygon({a, b, c, a});
        };
        const auto a = triangle(), b = triangle();
        const auto overlap = total(find_coverage_faults({a, b}, {}), CoverageKind::overlap);
        const auto against = find_coverage_faults({a}, {b});
        const auto mirrored = find_coverage_faults({b}, {a});
        EXPECT_NEAR(area_m2(b) - total(against, CoverageKind::gap), overlap, 0.01 + 1e-4 * area_m2(b));
        EXPECT_NEAR(area_m2(a) - total(against, CoverageKind::outside), overlap, 0.01 + 1e-4 * area_m2(a));
        // In one plane the two ways of asking agree.
        EXPECT_NEAR(total(mirrored, CoverageKind::outside), total(against, CoverageKind::gap), 0.01);
        EXPECT_NEAR(total(mirrored, CoverageKind::gap), total(against, CoverageKind::outside), 0.01);
    }
}

} // namespace geo_shapes_test
