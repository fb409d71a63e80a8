// Cells put together into duty areas: each cell in one, each area in one piece, loads near each other.
#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "registry/duty_balance.hpp"

namespace duty_balance_test {

using namespace chengge;
using namespace chengge::registry;

namespace {

geo::Polygon square(int column, int row) {
    const double west = 110.3 + column * 0.001, south = 21.2 + row * 0.001, east = 110.3 + (column + 1) * 0.001, north = 21.2 + (row + 1) * 0.001;
    return {{{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}}};
}

std::vector<CellLoad> ground(int columns, int rows, Random& random, bool is_uneven) {
    std::vector<CellLoad> cells;
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column) cells.push_back({square(column, row), is_uneven ? static_cast<double>(random.below(100)) : 10.0});
    return cells;
}

bool is_in_one_piece(const std::vector<std::vector<std::uint32_t>>& neighbours, const DutyBalance& made, int area) {
    std::vector<std::uint32_t> members;
    for (std::uint32_t i = 0; i < made.area_of.size(); ++i)
        if (made.area_of[i] == area) members.push_back(i);
    if (members.empty()) return false;
    std::set<std::uint32_t> seen{members.front()};
    std::vector<std::uint32_t> waiting{members.front()};
    while (!waiting.empty()) {
        const auto at = waiting.back();
        waiting.pop_back();
        for (const auto beside : neighbours[at])
            if (made.area_of[beside] == area && seen.insert(beside).second) waiting.push_back(beside);
    }
    return seen.size() == members.size();
}

} // namespace

TEST(DutyBalance, EachCellIsInOneAreaAndEachAreaInOnePiece) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        const auto cells = ground(12, 10, random, true);
        const int areas = 2 + static_cast<int>(random.below(9));
        const auto made = balance_duty(cells, areas);
        ASSERT_EQ(made.area_of.size(), cells.size());
        const auto neighbours = neighbours_of(cells);
        for (int area = 0; area < areas; ++area) EXPECT_TRUE(is_in_one_piece(neighbours, made, area)) << "seed " << seed << " area " << area;
        EXPECT_LT(made.worst(), 1.15) << "seed " << seed << " areas " << areas;
    }
}

TEST(DutyBalance, EvenGroundIsPartedEvenly) {
    Random random(1);
    const auto made = balance_duty(ground(10, 10, random, false), 4);
    for (const auto load : made.loads) EXPECT_NEAR(load, 250, 30);
}

TEST(DutyBalance, IslandsBelongToTheNearestShore) {
    Random random(1);
    auto cells = ground(6, 2, random, false);
    cells.push_back({square(20, 0), 10});
    const auto neighbours = neighbours_of(cells);
    ASSERT_EQ(neighbours.back().size(), 1u);
    const auto made = balance_duty(cells, 2);
    EXPECT_EQ(made.area_of.back(), made.area_of[neighbours.back().front()]);
}

TEST(DutyBalance, TheSameGroundGivesTheSameAreasAndOddOnesAreAnswered) {
    Random random(3);
    const auto cells = ground(8, 8, random, true);
    EXPECT_EQ(balance_duty(cells, 5).area_of, balance_duty(cells, 5).area_of);
    EXPECT_EQ(balance_duty({}, 3).area_of.size(), 0u);
    EXPECT_EQ(balance_duty(ground(2, 1, random, false), 9).loads.size(), 2u);
    EXPECT_EQ(balance_duty(std::vector<CellLoad>{{square(0, 0), 0}, {square(1, 0), 0}}, 2).worst(), 1);
}

} // namespace duty_balance_test
