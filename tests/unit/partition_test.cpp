// Areas cut and joined: nothing is lost and nothing is twice, whatever the lines.
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "geo/coverage.hpp"
#include "geo/partition.hpp"
#include "geo/shape_faults.hpp"

namespace partition_test {

using namespace chengge;
using namespace chengge::geo;

namespace {

constexpr double lon0 = 110.3, lat0 = 21.2;
Point at(double east, double north) { return to_whole(Point{lon0 + east * 1e-6, lat0 + north * 1e-6}); } // about decimetres
Polygon box(double west, double south, double east, double north) {
    return {{{at(west, south), at(east, south), at(east, north), at(west, north), at(west, south)}}};
}

// Every directed edge of the areas, those that cancel out left away: the common outline, to the last digit.
std::set<std::pair<std::pair<double, double>, std::pair<double, double>>> outline_of(const std::vector<Polygon>& areas) {
    std::set<std::pair<std::pair<double, double>, std::pair<double, double>>> edges;
    for (const auto& area : areas)
        for (const auto& ring : area.rings)
            for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
                const std::pair a{ring[i].lon, ring[i].lat}, b{ring[i + 1].lon, ring[i + 1].lat};
                if (edges.erase({b, a}) == 0) {
                    EXPECT_TRUE(edges.emplace(a, b).second) << "an edge is there twice";
                }
            }
    return edges;
}

double sum_of(const std::vector<Polygon>& areas) {
    double sum = 0;
    for (const auto& area : areas) sum += area_m2(area);
    return sum;
}

Line random_line(Random& random, double reach) {
    Line line;
    const auto number = [&] { return (static_cast<double>(random.below(1'000'000)) / 1e6 * 1.4 - 0.2) * reach; };
    for (std::uint64_t i = 0; i < 2 + random.below(3); ++i) line.push_back(at(number(), number()));
    return line;
}

} // namespace

TEST(Partition, ALineAcrossMakesTwo) {
    const auto made = cut(box(0, 0, 1000, 1000), {{at(-10, 400), at(1100, 500)}});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->pieces.size(), 2u);
    EXPECT_EQ(made->corners.size(), 2u);
    EXPECT_NEAR(sum_of(made->pieces), area_m2(box(0, 0, 1000, 1000)), 0.1);
}

TEST(Partition, WhatLeadsNowherePartsNothing) {
    const auto made = cut(box(0, 0, 1000, 1000), {{at(-10, 400), at(600, 500)}, {at(200, 200), at(700, 210)}});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->pieces.size(), 1u);
    EXPECT_TRUE(made->corners.empty());
}

TEST(Partition, StreetsThatMeetInsideMakeThree) {
    const auto made = cut(box(0, 0, 1000, 1000), {{at(-10, 500), at(1100, 500)}, {at(500, 500), at(500, 1200)}});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->pieces.size(), 3u);
}

TEST(Partition, ARingStreetMakesAnIslandAndAHole) {
    const auto made = cut(box(0, 0, 1000, 1000), {{at(300, 300), at(600, 300), at(600, 600), at(300, 600), at(300, 300)}});
    ASSERT_TRUE(made);
    ASSERT_EQ(made->pieces.size(), 2u);
    EXPECT_EQ(made->pieces[0].rings.size() + made->pieces[1].rings.size(), 3u);
}

TEST(Partition, AYardKeepsItsHole) {
    auto yard = box(0, 0, 1000, 1000);
    yard.rings.push_back({at(400, 400), at(400, 600), at(600, 600), at(600, 400), at(400, 400)});
    const auto through = cut(yard, {{at(-10, 500), at(1100, 500)}});
    ASSERT_TRUE(through);
    EXPECT_EQ(through->pieces.size(), 2u);
    const auto beside = cut(yard, {{at(-10, 200), at(1100, 200)}});
    ASSERT_TRUE(beside);
    ASSERT_EQ(beside->pieces.size(), 2u);
    EXPECT_EQ(beside->pieces[0].rings.size() + beside->pieces[1].rings.size(), 3u);
    EXPECT_NEAR(sum_of(beside->pieces), area_m2(yard), 0.1);
}

TEST(Partition, PiecesTileTheAreaExactlyWhateverTheLines) {
    int parted = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        const auto area = box(0, 0, 2000, 2000);
        std::vector<Line> lines;
        for (std::uint64_t i = 0; i < 1 + random.below(6); ++i) lines.push_back(random_line(random, 2000));
        const auto made = cut(area, lines);
        if (!made) continue; // too close to a corner: told, not done wrong
        parted += made->pieces.size() > 1;
        EXPECT_EQ(outline_of(made->pieces), outline_of({with_corners(area, made->corners)})) << "seed " << seed;
        EXPECT_NEAR(sum_of(made->pieces), area_m2(area), 0.2) << "seed " << seed;
        for (const auto& piece : made->pieces) EXPECT_FALSE(find_shape_fault(piece)) << "seed " << seed;
        // Joined again it is the area, with the corners of the cut.
        if (const auto whole = join(made->pieces)) {
            EXPECT_EQ(outline_of({*whole}), outline_of({with_corners(area, made->corners)})) << "seed " << seed;
        }
    }
    EXPECT_GT(parted, 200);
}

TEST(Partition, ANeighbourThatTakesTheCornersInLeavesNoSliver) {
    const auto left = box(0, 0, 1000, 1000), right = box(1000, 0, 2000, 1000);
    const auto made = cut(left, {{at(-10, 333), at(1700, 417)}});
    ASSERT_TRUE(made);
    const auto fitted = with_corners(right, made->corners);
    EXPECT_EQ(fitted.rings[0].size(), right.rings[0].size() + 1);
    auto all = made->pieces;
    all.push_back(fitted);
    const auto whole = join(all);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->rings.size(), 1u);
    EXPECT_TRUE(find_coverage_faults(all, {*whole}).empty());
}

TEST(Partition, OnlyWhatHangsTogetherIsJoined) {
    EXPECT_FALSE(join({box(0, 0, 100, 100), box(200, 0, 300, 100)}));
    EXPECT_FALSE(join({box(0, 0, 100, 100), box(100, 100, 200, 200)})); // in a corner only
    EXPECT_FALSE(join({box(0, 0, 100, 100), box(0, 0, 100, 100)}));
    EXPECT_TRUE(join({box(0, 0, 100, 100), box(100, 0, 200, 100)}));
}

TEST(Partition, AMovedCornerMovesForAllThatHaveIt) {
    const auto left = box(0, 0, 1000, 1000), right = box(1000, 0, 2000, 1000);
    const std::vector<Polygon> moved{with_moved_corner(left, at(1000, 1000), at(1040, 1000)), with_moved_corner(right, at(1000, 1000), at(1040, 1000))};
    ASSERT_TRUE(join(moved));
    EXPECT_NEAR(sum_of(moved), area_m2(left) + area_m2(right), 0.1);
}

TEST(Partition, AProposalTilesTheCommunityAndKeepsToTheRules) {
    const DivisionRules rules;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Random random(seed);
        // About 1 km × 0.8 km with a bent border.
        Polygon community{{{at(0, 0), at(5000, -400), at(9600, 0), at(9800, 4000), at(9600, 7600), at(4800, 7300), at(0, 7600), at(-300, 3000), at(0, 0)}}};
        std::vector<Line> streets;
        for (int i = 1; i <= 4; ++i) {
            const auto shift = static_cast<double>(random.below(600));
            streets.push_back({at(-500, i * 1500 + shift), at(5000, i * 1500 + shift / 2), at(10'500, i * 1500)});
            streets.push_back({at(i * 1900 + shift, -700), at(i * 1900, 8000)});
        }
        const auto made = propose_division(community, streets, rules);
        const auto& cells = made.cells;
        const auto whole = with_corners(community, made.corners);
        ASSERT_GT(cells.size(), 40u);
        EXPECT_NEAR(sum_of(cells), area_m2(whole), 0.5);
        EXPECT_EQ(outline_of(cells), outline_of({whole})) << "seed " << seed;
        EXPECT_TRUE(find_coverage_faults(cells, {whole}).empty()) << "seed " << seed;
        int small = 0;
        for (const auto& cell : cells) {
            EXPECT_LE(area_m2(cell), rules.most_m2);
            EXPECT_FALSE(find_shape_fault(cell));
            small += area_m2(cell) < rules.least_m2;
        }
        EXPECT_LE(small, static_cast<int>(cells.size()) / 20) << "seed " << seed;
    }
}

} // namespace partition_test
