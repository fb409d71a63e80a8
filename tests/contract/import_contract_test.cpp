// A city's own files, on both engines: what is refused and where, what is stored, what ends.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "grid/grid_service.hpp"
#include "kit/database_kit.hpp"
#include "kit/two_communities.hpp"
#include "storage/feed.hpp"

namespace import_contract_test {

using namespace chengge;
using namespace chengge::grid;
using geo::CoordType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

std::vector<std::string> lines_of(const ImportReport& report) {
    std::vector<std::string> lines;
    for (const auto& fault : report.faults) {
        EXPECT_FALSE(fault.words.zh.empty());
        lines.push_back(std::to_string(fault.place) + ": " + fault.words.en);
    }
    return lines;
}

// Counts as "rows added changed unchanged ended skipped".
std::string counts_of(const ImportReport& report) {
    return join({std::to_string(report.rows), std::to_string(report.added), std::to_string(report.changed), std::to_string(report.unchanged), std::to_string(report.ended), std::to_string(report.skipped)}, " ") +
           (report.is_stored ? "" : " not stored");
}

class ImportContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        clock.set(*parse_instant("2026-03-01T09:00"));
        grid = std::move(*GridService::open(*database, clock));
    }
    std::string write(const std::string& name, const std::string& text) {
        save_file(folder.path() + "/" + name, text);
        return folder.path() + "/" + name;
    }
    std::string cells_csv(const std::vector<Cell>& cells, geo::Point shift = {}) {
        std::string text = "code,community_code,wkt\n";
        for (const auto& cell : cells) {
            auto outline = cell.outline;
            for (auto& point : outline.rings[0]) point = {point.lon + shift.lon, point.lat + shift.lat};
            text += cell.code + "," + cell.community_code + ",\"" + geo::to_wkt(outline) + "\"\n";
        }
        return text;
    }
    ImportReport cells(const std::string& text, ImportOptions options = {}, CoordType type = CoordType::cgcs2000) {
        return grid->import_cells(write("cells.csv", text), type, options);
    }
    ImportReport regions(const std::string& text, ImportOptions options = {}) { return grid->import_regions(write("regions.csv", text), CoordType::cgcs2000, options); }
    void import_regions() { ASSERT_THAT(lines_of(regions(regions_csv)), IsEmpty()); }
    std::int64_t count(const std::string& where) {
        const auto sql = "SELECT COUNT(*) AS n FROM " + where;
        const storage::Statement query("count", sql, sql);
        return database->read([&](storage::Transaction& transaction) { return transaction.run(query)[0].integer("n"); });
    }

    kit::TwoCommunities city;
    const std::string regions_csv = "编码,名称,管理区编码,wkt\n440800,湛江市,,\n440803,霞山区,,\n440891,开发区,,\n440803001,解放街道,,\n440803071,乐华街道,440891,\n"
                                    "440803001001,甲社区,,\"" + geo::to_wkt(kit::TwoCommunities::outline_of(0)) + "\"\n440803071001,乙社区,440891,\"" + geo::to_wkt(kit::TwoCommunities::outline_of(1)) + "\"\n";
    kit::ScratchFolder folder;
    FixedClock clock;
    kit::TestDatabase database{GetParam()};
    std::unique_ptr<GridService> grid;
};

ON_BOTH_ENGINES(ImportContract);

} // namespace

TEST_P(ImportContract, ImportsOnceAndChangesNothingTheSecondTime) {
    EXPECT_EQ(counts_of(regions(regions_csv, {.is_check = true})), "7 7 0 0 0 0 not stored");
    EXPECT_TRUE(grid->regions().empty());
    EXPECT_EQ(counts_of(regions(regions_csv)), "7 7 0 0 0 0");
    EXPECT_EQ(counts_of(cells(cells_csv(city.cells))), "32 32 0 0 0 0");
    const auto place = grid->locate(110.3655, 21.2015);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->cell_code, "440803071001010");
    EXPECT_EQ(place->managing_district_name, "开发区");
    const auto entries = count("feed_entries");
    EXPECT_EQ(counts_of(regions(regions_csv)), "7 0 0 7 0 0");
    EXPECT_EQ(counts_of(cells(cells_csv(city.cells))), "32 0 0 32 0 0");
    EXPECT_EQ(count("feed_entries"), entries);
    EXPECT_EQ(count("grid_cells"), 32);
    // What it exports is what it imports.
    for (const bool is_geojson : {false, true}) {
        EXPECT_EQ(counts_of(grid->import_cells(write(is_geojson ? "out.geojson" : "out.csv", grid->export_cells(is_geojson)), CoordType::cgcs2000, {})), "32 0 0 32 0 0");
        EXPECT_EQ(counts_of(grid->import_regions(write(is_geojson ? "out.geojson" : "out.csv", grid->export_regions(is_geojson)), CoordType::cgcs2000, {})), "7 0 0 7 0 0");
    }
}

TEST_P(ImportContract, ChangedAndMissingCellsEndAndAreKept) {
    import_regions();
    ASSERT_THAT(lines_of(cells(cells_csv(city.cells))), IsEmpty());
    clock.set(*parse_instant("2026-09-01T09:00"));
    // Two cells of the first community become one.
    auto fewer = std::vector<Cell>(city.cells.begin(), city.cells.begin() + 16);
    const auto joined = std::ranges::find(fewer, "440803001001001", &Cell::code), gone = std::ranges::find(fewer, "440803001001002", &Cell::code);
    const auto west = geo::bounds_of(joined->outline), east = geo::bounds_of(gone->outline);
    joined->outline = {{{{west.west, west.south}, {east.east, east.south}, {east.east, east.north}, {west.west, west.north}, {west.west, west.south}}}};
    fewer.erase(gone);
    const auto merged = cells(cells_csv(fewer));
    EXPECT_THAT(lines_of(merged), ElementsAre(HasSubstr("the cells 440803001001001 and 440803001001002 overlap by"))) << "the old cell is still in force";
    EXPECT_THAT(lines_of(merged), ElementsAre(HasSubstr("add --complete")));
    EXPECT_EQ(counts_of(cells(cells_csv(fewer), {.is_complete = true})), "15 0 1 14 1 0");
    EXPECT_EQ(grid->find_cell("440803001001002"), nullptr);
    EXPECT_EQ(grid->find_cell("440803001001001")->initial_date, "2026-09-01");
    EXPECT_EQ(grid->cells().size(), 31u); // the other community was not in the file and stays
    EXPECT_EQ(count("grid_cells WHERE terminal_date = '2026-09-01'"), 2);
    EXPECT_EQ(count("grid_cells WHERE code = '440803001001001'"), 2);
    // Taken back on the same day: the second change takes the place of the first.
    EXPECT_EQ(counts_of(cells(cells_csv(city.cells), {.is_complete = true})), "32 1 1 30 0 0");
    EXPECT_EQ(count("grid_cells WHERE code = '440803001001001'"), 2);
    EXPECT_EQ(grid->cells().size(), 32u);
}

TEST_P(ImportContract, AWholeNewCityEndsTheOldOne) {
    ASSERT_TRUE(grid->replace_all(city.regions, city.cells, city.base_map));
    ASSERT_TRUE(grid->replace_all(city.regions, {city.cells.begin(), city.cells.begin() + 16}, {}));
    EXPECT_EQ(grid->cells().size(), 16u);
    EXPECT_EQ(count("grid_cells"), 32);
    EXPECT_EQ(count("grid_cells WHERE terminal_date = '2026-03-01'"), 16);
    EXPECT_EQ(count("base_features"), 0);
}

TEST_P(ImportContract, AnotherProcessHearsOfIt) {
    auto other = std::move(*GridService::open(*database, clock));
    import_regions();
    const auto entries = database->read([](storage::Transaction& transaction) { return storage::read_feed(transaction, {}, 100); });
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].kind, "grid");
    EXPECT_TRUE(other->regions().empty());
    other->reload();
    EXPECT_EQ(other->regions().size(), 7u);
}

TEST_P(ImportContract, NamesGapsOverlapsAndWhatSticksOutWithTheirPlace) {
    import_regions();
    auto planted = city.cells;
    const auto cell = [&](const std::string& code) -> Cell& { return *std::ranges::find(planted, code, &Cell::code); };
    // One cell grows into its neighbour by a tenth; one shrinks from the north; one of the other
    // community leaves it.
    for (auto& point : cell("440803001001001").outline.rings[0])
        if (point.lon > 110.3605) point.lon += 0.0001;
    for (auto& point : cell("440803001001004").outline.rings[0])
        if (point.lat > 21.2035) point.lat -= 0.0002;
    for (auto& point : cell("440803071001016").outline.rings[0])
        if (point.lon > 110.3675) point.lon += 0.0003;
    const auto report = cells(cells_csv(planted));
    EXPECT_FALSE(report.is_stored);
    EXPECT_TRUE(grid->cells().empty());
    EXPECT_THAT(lines_of(report), testing::UnorderedElementsAre(testing::AllOf(HasSubstr("the cells 440803001001001 and 440803001001002 overlap by 11"), HasSubstr("at 110.3610500,21.2034")),
                                                                testing::AllOf(HasSubstr("m2 of the community 440803001001 have no cell, at 110.3635"), HasSubstr("beside 440803001001003")),
                                                                testing::AllOf(HasSubstr("of the cell 440803071001016 lie outside the community 440803071001, at 110.36815"))));
    EXPECT_THAT(report.faults.front().words.zh, HasSubstr("平方米"));
    // Both communities are spoilt: with a sound second one only the first is left out.
    planted = city.cells;
    for (auto& point : cell("440803001001001").outline.rings[0])
        if (point.lon > 110.3605) point.lon += 0.0001;
    EXPECT_EQ(counts_of(cells(cells_csv(planted), {.skips_faulty = true})), "32 16 0 0 0 16");
    EXPECT_EQ(grid->cells().size(), 16u);
}

TEST_P(ImportContract, LetsRoundingPassAndFindsAPlaceInASliver) {
    import_regions();
    auto rounded = city.cells;
    for (auto& one : rounded)
        if (one.code == "440803001001006")
            for (auto& point : one.outline.rings[0])
                if (point.lon < 110.3615) point.lon += 0.0000004; // 4 cm
    const auto report = cells(cells_csv(rounded));
    EXPECT_THAT(lines_of(report), IsEmpty());
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_THAT(report.notes[0].en, HasSubstr("taken as rounding"));
    EXPECT_EQ(grid->find_cell(110.3610002, 21.2025), -1);
    const auto place = grid->locate(110.3610002, 21.2025);
    ASSERT_TRUE(place);
    EXPECT_THAT(place->cell_code, testing::AnyOf("440803001001005", "440803001001006"));
}

TEST_P(ImportContract, NamesFaultyRowsOfCells) {
    import_regions();
    auto text = cells_csv({city.cells.begin() + 16, city.cells.end()});
    text += "44080307100101,,\"POLYGON((110 21,111 21,111 22,110 21))\"\n"             // 18: 14 digits
            "440803099001001,,\"POLYGON((110 21,111 21,111 22,110 21))\"\n"            // 19: no such community
            "440803071001001,,\"POLYGON((110 21,111 21,111 22,110 21))\"\n"            // 20: stands twice
            "440803071001050,,\"POLYGON((110 21,111 22,111 21,110 22,110 21))\"\n"     // 21: a bow tie
            "440803071001051,440803001001,\"POLYGON((110 21,111 21,111 22,110 21))\"\n" // 22: of another community
            "440803071001052,,\n"                                                     // 23: no area
            "440803071001053,,\"POLYGON((510000 2350000,510100 2350000,510100 2350100,510000 2350000))\"\n"; // 24: metres
    const auto report = cells(text);
    EXPECT_THAT(lines_of(report),
                ElementsAre(HasSubstr("18: the code 44080307100101 must have 15 digits"), HasSubstr("19: the community 440803099001 of the cell"), HasSubstr("20: the code 440803071001001 stands twice, before at 14"),
                            HasSubstr("21: the outline crosses itself at 110.5"), HasSubstr("22: the code 440803071001051 does not begin with the community 440803001001"),
                            HasSubstr("23: the cell 440803071001052 must be one area"), HasSubstr("24: not degrees: 510000,2350000; convert")));
    EXPECT_FALSE(report.is_stored);
}

TEST_P(ImportContract, NamesFaultyRegions) {
    const auto text = regions_csv + "4408,湛江,,\n440899001,某街道,,\n440803001002,丙社区,440999,\"POLYGON((111 21,111.01 21,111.01 21.01,111 21))\"\n440803001003,丁社区,,\n"
                                    "440803001004,,,\"" + geo::to_wkt(kit::TwoCommunities::cell_outline(1, 1)) + "\"\n440803001005,戊社区,,\"" + geo::to_wkt(kit::TwoCommunities::cell_outline(0, 0)) + "\"\n440803,霞山区,,\n";
    const auto report = regions(text);
    EXPECT_THAT(lines_of(report), ElementsAre(HasSubstr("7: the communities 440803001001 and 440803001005 overlap"), HasSubstr("9: the code 4408 must have 6"), HasSubstr("10: the parent 440899 of 440899001 does not exist"),
                                              HasSubstr("11: what manages 440803001002, 440999, is no known district"), HasSubstr("12: the community 440803001003 has no outline"), HasSubstr("13: 440803001004 has no name"),
                                              HasSubstr("15: the code 440803 stands twice, before at 3")));
    EXPECT_TRUE(grid->regions().empty());
    // With what hangs on them the others are left out; the rest is stored.
    const auto rest = regions(text, {.skips_faulty = true});
    EXPECT_TRUE(rest.is_stored);
    EXPECT_NE(grid->find_region("440803071001"), nullptr);
    EXPECT_EQ(grid->find_region("440803001001"), nullptr);
}

TEST_P(ImportContract, NoticesTheWrongDatum) {
    import_regions();
    auto moved = city.cells;
    for (auto& one : moved)
        for (auto& point : one.outline.rings[0]) point = geo::from_cgcs2000(point, CoordType::gcj02);
    const auto text = cells_csv(moved);
    EXPECT_THAT(lines_of(cells(text)), ElementsAre("0: the cells lie beside their communities, and in them when read as gcj02; add --coord-type gcj02"));
    EXPECT_THAT(lines_of(cells(text, {}, CoordType::gcj02)), IsEmpty());
    EXPECT_EQ(grid->cells().size(), 32u);
    EXPECT_EQ(counts_of(cells(cells_csv(city.cells))), "32 0 0 32 0 0");
    const auto projected = grid->import_cells(write("p.geojson", R"({"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4546"}},"features":[]})"), CoordType::cgcs2000, {});
    EXPECT_THAT(lines_of(projected), ElementsAre(HasSubstr("coordinates must be degrees")));
}

TEST_P(ImportContract, RefusesFilesItCannotRead) {
    EXPECT_THAT(lines_of(grid->import_cells(folder.path() + "/nowhere.csv", CoordType::cgcs2000, {})), ElementsAre(HasSubstr("cannot be read")));
    EXPECT_THAT(lines_of(regions("code,name\n440800,\xd5\xbf\xbd\xad\n")), ElementsAre(HasSubstr("is not UTF-8")));
    EXPECT_THAT(lines_of(regions("code,name\n440800\n")), ElementsAre(HasSubstr("is not CSV")));
    EXPECT_THAT(lines_of(grid->import_cells(write("x.geojson", "[1,2"), CoordType::cgcs2000, {})), ElementsAre(HasSubstr("is not a GeoJSON FeatureCollection")));
    const auto odd = grid->import_cells(write("x.geojson", R"({"type":"FeatureCollection","features":[7,{"type":"Feature","properties":{"code":"440803071001001"},"geometry":{"type":"Point","coordinates":[110,21]}}]})"), CoordType::cgcs2000, {});
    EXPECT_THAT(lines_of(odd), testing::Contains(HasSubstr("1: is not a feature")));
    EXPECT_THAT(lines_of(odd), testing::Contains(HasSubstr("2: the geometry must be an area")));
    EXPECT_TRUE(odd.faults.front().is_feature);
}

TEST_P(ImportContract, ACommunityWithCellsIsNotEnded) {
    import_regions();
    ASSERT_THAT(lines_of(cells(cells_csv(city.cells))), IsEmpty());
    const auto without = regions_csv.substr(0, regions_csv.find("440803071001"));
    EXPECT_THAT(lines_of(regions(without, {.is_complete = true})), ElementsAre(HasSubstr("lacks the community 440803071001, which still has 16 cells")));
    EXPECT_EQ(counts_of(regions(without)), "6 0 0 6 0 0"); // without --complete the others are left alone
}

} // namespace import_contract_test
