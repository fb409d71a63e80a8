#include "grid/grid_service.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kit/two_communities.hpp"
#include "grid/tiling.hpp"

namespace grid_test {

using namespace chengge;
using namespace chengge::grid;
using kit::square;
using kit::step;
using kit::TwoCommunities;

TEST(NumberCells, RunsWestToEastThenNorthToSouth) {
    // Given south-west first; the middle row leans by less than half a cell.
    std::vector<geo::Polygon> cells{square(0, 0, step), square(step, 0, step),
                                    square(0, step, step), square(step, step * 1.4, step),
                                    square(0, 3 * step, step)};
    EXPECT_THAT(number_cells(cells), testing::ElementsAre(4, 5, 2, 3, 1));
    EXPECT_TRUE(number_cells({}).empty());
}

TEST(Tiling, AGoodCityHasNoFault) {
    const TwoCommunities city;
    for (const auto& fault : find_tiling_faults(city.cells, city.regions))
        ADD_FAILURE() << fault.cell_code << " " << fault.other_code << " " << fault.reason;
}

TEST(Tiling, PlantedFaultsAreNamed) {
    const auto faults_after = [](auto&& spoil) {
        TwoCommunities city;
        spoil(city);
        std::string text;
        for (const auto& fault : find_tiling_faults(city.cells, city.regions))
            text += fault.cell_code + " " + fault.other_code + " " + fault.reason + "\n";
        return text;
    };
    // A corner pushed into the neighbour: overlap on one side, a gap on the other.
    const auto overlap = faults_after(
        [](TwoCommunities& city) { city.cells[5].outline.rings[0][1].lon += step / 3; });
    EXPECT_THAT(overlap, testing::HasSubstr(TwoCommunities().cells[5].code));
    EXPECT_THAT(overlap, testing::HasSubstr("neither a neighbour"));
    EXPECT_THAT(faults_after([](TwoCommunities& city) {
                    city.cells[5].outline = TwoCommunities::cell_outline(2, 1);
                }),
                testing::HasSubstr("overlaps"));
    EXPECT_THAT(
        faults_after([](TwoCommunities& city) { city.cells.erase(city.cells.begin() + 5); }),
        testing::HasSubstr("the outline"));
    EXPECT_THAT(faults_after([](TwoCommunities& city) { city.cells[5].code[11] = '9'; }),
                testing::HasSubstr("15 digits"));
    EXPECT_THAT(faults_after([](TwoCommunities& city) { city.cells[5].code = city.cells[6].code; }),
                testing::HasSubstr("stands twice"));
}

} // namespace grid_test
