// The grid as its callers see it, on both engines: places, refusals, cells, the base map, the wire.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "grid/grid_service.hpp"
#include "grid/locate_report.hpp"
#include "grid/tiling.hpp"
#include "kit/database_kit.hpp"
#include "kit/two_communities.hpp"

namespace grid_contract_test {

using namespace chengge;
using namespace chengge::grid;

namespace {

class GridContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        grid = std::move(*GridService::open(*database, clock));
        ASSERT_TRUE(grid->replace_all(city.regions, city.cells, city.base_map));
    }
    kit::TwoCommunities city;
    FixedClock clock;
    kit::TestDatabase database{GetParam()};
    std::unique_ptr<GridService> grid;
};

ON_BOTH_ENGINES(GridContract);

} // namespace

TEST_P(GridContract, LocatesAPointInAllDatums) {
    for (const auto type : {geo::CoordType::wgs84, geo::CoordType::gcj02, geo::CoordType::bd09}) {
        const auto point = geo::from_cgcs2000({110.3655, 21.2015}, type);
        const auto place = grid->locate(point.lon, point.lat, geo::format_coord_type(type));
        ASSERT_TRUE(place);
        EXPECT_EQ(place->cell_code,
                  "440803071001010"); // third row from the north, second from the west
        EXPECT_EQ(place->community_name, "乙社区");
        EXPECT_EQ(place->district_name, "霞山区");
        EXPECT_EQ(place->managing_district_name, "开发区");
        EXPECT_NEAR(place->lon, 110.3655, 1e-9);
    }
}

TEST_P(GridContract, RefusesWhatIsNotInTheCity) {
    EXPECT_EQ(grid->locate(110.3655, 21.2015, "utm").error().code, "unknown_coord_type");
    EXPECT_EQ(grid->locate(1000, 21).error().code, "place_invalid");
    const auto outside = grid->locate(110.36, 21.19);
    ASSERT_FALSE(outside);
    EXPECT_EQ(outside.error().code, "outside_city");
    EXPECT_NEAR(std::stod(outside.error().facts.at("distance_m")), 1107, 2);
    // A GCJ-02 point said to be GPS: outside, but inside when read as what it is.
    const auto moved = geo::from_cgcs2000({110.367, 21.2022}, geo::CoordType::gcj02);
    const auto suspect = grid->locate(moved.lon, moved.lat, "wgs84");
    ASSERT_FALSE(suspect);
    EXPECT_EQ(suspect.error().code, "datum_suspect");
    EXPECT_EQ(suspect.error().facts.at("coord_type"), "gcj02");
}

TEST_P(GridContract, ReadsBackWhatWasStored) {
    EXPECT_EQ(grid->cells().size(), 32u);
    EXPECT_EQ(grid->regions().size(), 7u);
    const auto* cell = grid->find_cell("440803001001001");
    ASSERT_NE(cell, nullptr);
    EXPECT_NEAR(cell->area_m2, geo::area_m2(cell->outline), 1e-6);
    EXPECT_EQ(grid->find_cell("440803001001099"), nullptr);
    EXPECT_EQ(grid->find_region("440803071")->managed_by_code, "440891");
    EXPECT_TRUE(find_tiling_faults(grid->cells(), grid->regions()).empty());
    // A second city replaces the first, and a reopened service sees it.
    ASSERT_TRUE(grid->replace_all(city.regions, {city.cells.begin(), city.cells.begin() + 16}, {}));
    EXPECT_EQ(grid->cells().size(), 16u);
    EXPECT_EQ((*GridService::open(*database, clock))->cells().size(), 16u);
}

TEST_P(GridContract, ReportsOnePointAndManyAsText) {
    EXPECT_THAT(*print_locate(*grid, 110.3655, 21.2015, "cgcs2000"),
                testing::HasSubstr("cell: 440803071001010\n"));
    const auto table = print_locate_csv(
        *grid, "lon,lat,coord_type\n110.3655,21.2015,\n110.0,21.2,wgs84\nx,21.2,bd09\n",
        "points.csv");
    ASSERT_TRUE(table);
    const auto lines = split(*table, '\n');
    EXPECT_EQ(lines[1], "110.3655,21.2015,cgcs2000,440803071001010,乙社区,乐华街道,霞山区,开发区,");
    EXPECT_THAT(lines[2], testing::HasSubstr("outside_city distance_m="));
    EXPECT_THAT(lines[3], testing::HasSubstr("place_invalid"));
    EXPECT_EQ(print_locate_csv(*grid, "x,y\n1,2\n", "points.csv").error().code, "bad_data");
}

} // namespace grid_contract_test
