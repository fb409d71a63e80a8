#include "grid/grid_service.hpp"

#include <algorithm>
#include <filesystem>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "grid/locate_report.hpp"
#include "grid/tiling.hpp"
#include "storage/migrations.hpp"

using namespace chengge;
using namespace chengge::grid;

namespace {

constexpr double step = 0.001;

geo::Polygon square(double west, double south, double size = step) {
    return {{{{west, south},
              {west + size, south},
              {west + size, south + size},
              {west, south + size},
              {west, south}}}};
}

// Two communities of 4 × 4 cells side by side; the second is coded in one district, run by another.
struct SmallCity {
    SmallCity() {
        const auto region = [](std::string code, std::string name, RegionLevel level,
                               std::string parent, std::string by) {
            Region made;
            made.code = std::move(code);
            made.name = std::move(name);
            made.level = level;
            made.parent_code = std::move(parent);
            made.managed_by_code = std::move(by);
            made.initial_date = "2026-01-01";
            return made;
        };
        regions = {region("440800", "湛江市", RegionLevel::city, "", ""),
                   region("440803", "霞山区", RegionLevel::district, "440800", "440803"),
                   region("440891", "开发区", RegionLevel::district, "440800", "440891"),
                   region("440803001", "解放街道", RegionLevel::subdistrict, "440803", "440803"),
                   region("440803071", "乐华街道", RegionLevel::subdistrict, "440803", "440891"),
                   region("440803001001", "甲社区", RegionLevel::community, "440803001", "440803"),
                   region("440803071001", "乙社区", RegionLevel::community, "440803071", "440891")};
        for (int c = 0; c < 2; ++c) {
            std::vector<geo::Polygon> outlines;
            for (int y = 0; y < 4; ++y)
                for (int x = 0; x < 4; ++x) outlines.push_back(cell_outline(c * 4 + x, y));
            const auto numbers = number_cells(outlines);
            for (std::size_t i = 0; i < outlines.size(); ++i) {
                const auto& community = regions[static_cast<std::size_t>(5 + c)].code;
                char number[8];
                std::snprintf(number, sizeof number, "%03d", numbers[i]);
                cells.push_back({community + number, community, outlines[i],
                                 geo::area_m2(outlines[i]), "2026-01-01", ""});
            }
            regions[static_cast<std::size_t>(5 + c)].outline = {outline_of(c)};
        }
        base_map = {{"road", "海晏大道", 2, geo::Line{{110.36, 21.2}, {110.368, 21.2}}},
                    {"water", "湛江湾", 0, square(110.37, 21.2)}};
    }
    static geo::Point corner(int x, int y) { return {110.36 + x * step, 21.2 + y * step}; }
    static geo::Polygon cell_outline(int x, int y) {
        return {{{corner(x, y), corner(x + 1, y), corner(x + 1, y + 1), corner(x, y + 1),
                  corner(x, y)}}};
    }
    // Every corner of a cell on the border is a corner of the outline.
    static geo::Polygon outline_of(int c) {
        geo::Ring ring;
        for (int i = 0; i < 4; ++i) ring.push_back(corner(c * 4 + i, 0));
        for (int i = 0; i < 4; ++i) ring.push_back(corner(c * 4 + 4, i));
        for (int i = 4; i > 0; --i) ring.push_back(corner(c * 4 + i, 4));
        for (int i = 4; i >= 0; --i) ring.push_back(corner(c * 4, i));
        return {{ring}};
    }
    std::vector<Region> regions;
    std::vector<Cell> cells;
    std::vector<BaseFeature> base_map;
};

class Grid : public testing::Test {
protected:
    void SetUp() override {
        folder =
            std::filesystem::temp_directory_path() / ("chengge_grid_" + std::to_string(::getpid()));
        std::filesystem::create_directories(folder);
        database = storage::Database::open(
            {.url = (folder / "city.db").string(), .readers = 1, .cache_mb = 8});
        ASSERT_TRUE(storage::migrate(*database, CHENGGE_SOURCE "/db/migrations", 0));
        grid = std::move(*GridService::open(*database, clock));
        ASSERT_TRUE(grid->replace_all(city.regions, city.cells, city.base_map));
    }
    void TearDown() override {
        grid.reset();
        database.reset();
        std::filesystem::remove_all(folder);
    }
    SmallCity city;
    FixedClock clock;
    std::filesystem::path folder;
    std::unique_ptr<storage::Database> database;
    std::unique_ptr<GridService> grid;
};

} // namespace

TEST(NumberCells, RunsWestToEastThenNorthToSouth) {
    // Given south-west first; the middle row leans by less than half a cell.
    std::vector<geo::Polygon> cells{square(0, 0), square(step, 0), square(0, step),
                                    square(step, step * 1.4), square(0, 3 * step)};
    EXPECT_THAT(number_cells(cells), testing::ElementsAre(4, 5, 2, 3, 1));
    EXPECT_TRUE(number_cells({}).empty());
}

TEST(Tiling, AGoodCityHasNoFault) {
    const SmallCity city;
    for (const auto& fault : find_tiling_faults(city.cells, city.regions))
        ADD_FAILURE() << fault.cell_code << " " << fault.other_code << " " << fault.reason;
}

TEST(Tiling, PlantedFaultsAreNamed) {
    const auto faults_after = [](auto&& spoil) {
        SmallCity city;
        spoil(city);
        std::string text;
        for (const auto& fault : find_tiling_faults(city.cells, city.regions))
            text += fault.cell_code + " " + fault.other_code + " " + fault.reason + "\n";
        return text;
    };
    // A corner pushed into the neighbour: overlap on one side, a gap on the other.
    const auto overlap =
        faults_after([](SmallCity& city) { city.cells[5].outline.rings[0][1].lon += step / 3; });
    EXPECT_THAT(overlap, testing::HasSubstr(SmallCity().cells[5].code));
    EXPECT_THAT(overlap, testing::HasSubstr("neither a neighbour"));
    EXPECT_THAT(faults_after(
                    [](SmallCity& city) { city.cells[5].outline = SmallCity::cell_outline(2, 1); }),
                testing::HasSubstr("overlaps"));
    EXPECT_THAT(faults_after([](SmallCity& city) { city.cells.erase(city.cells.begin() + 5); }),
                testing::HasSubstr("the outline"));
    EXPECT_THAT(faults_after([](SmallCity& city) { city.cells[5].code[11] = '9'; }),
                testing::HasSubstr("15 digits"));
    EXPECT_THAT(faults_after([](SmallCity& city) { city.cells[5].code = city.cells[6].code; }),
                testing::HasSubstr("stands twice"));
}

TEST_F(Grid, LocatesAPointInAllDatums) {
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

TEST_F(Grid, RefusesWhatIsNotInTheCity) {
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

TEST_F(Grid, ReadsBackWhatWasStored) {
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

TEST_F(Grid, ReportsOnePointAndManyAsText) {
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
