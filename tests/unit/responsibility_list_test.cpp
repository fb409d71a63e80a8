// Which row counts: places, sides of a road, editions, conditions, days.
#include <gtest/gtest.h>

#include "responsibility/responsibility_list.hpp"

namespace responsibility_list_test {

using namespace chengge;
using namespace chengge::responsibility;

namespace {

const rules::Rules& rules_() {
    static const auto loaded = *rules::load_rules({.folder = CHENGGE_SOURCE "/data"});
    return *loaded;
}

Row row(std::string code, std::string place_kind, std::string place, std::string unit = "unit") {
    Row made;
    made.code = std::move(code);
    made.place_kind = std::move(place_kind);
    made.place = std::move(place);
    made.competent = std::move(unit);
    return made;
}

Question question(double lon = 110.36, double lat = 21.27) {
    return {.lon = lon, .lat = lat, .cell = "440802001101001", .community = "440802001101", .district = "440802", .edition = "2026", .kind = "event", .class_code = "06010", .day = "2026-11-28"};
}

// A road from west to east along 21.27, another from south to north along 110.36.
std::vector<geo::Line> find_road(const std::string& name) {
    if (name == "东西路") return {{{110.35, 21.27}, {110.37, 21.27}}};
    if (name == "南北路") return {{{110.36, 21.26}, {110.36, 21.28}}};
    return {};
}

std::vector<std::string> first(const std::vector<Row>& rows, const Question& asked) {
    const List list(rows, find_road);
    std::vector<std::string> codes;
    for (const auto& hit : list.hits(list.rows_at(asked), subject_of(rules_(), asked), asked.day))
        if (hit.is_first) codes.push_back(list.rows()[static_cast<std::size_t>(hit.row)].code);
    return codes;
}

using Codes = std::vector<std::string>;

} // namespace

TEST(ResponsibilityList, TheNarrowerPlaceGoesFirst) {
    auto area = row("area", "area", "园区");
    area.shape = {{{{{110.35, 21.26}, {110.37, 21.26}, {110.37, 21.28}, {110.35, 21.28}, {110.35, 21.26}}}}};
    std::vector<Row> rows{row("city", "city", ""), row("district", "district", "440802"), row("street", "subdistrict", "440802001"), row("community", "community", "440802001101"),
                          row("cell", "cell", "440802001101001"), row("road", "road", "东西路"), area, row("asset", "asset", "44080201004000001")};
    auto asked = question();
    asked.asset_id = "44080201004000001";
    for (const auto* code : {"asset", "area", "road", "cell", "community", "street", "district", "city"}) {
        EXPECT_EQ(first(rows, asked), Codes{code});
        std::erase_if(rows, [&](const Row& one) { return one.code == code; });
    }
    EXPECT_EQ(first(rows, asked), Codes{});
}

TEST(ResponsibilityList, ARoadHasTwoSides) {
    auto north = row("north", "road", "东西路"), south = row("south", "road", "东西路"), east = row("east", "road", "南北路"), west = row("west", "road", "南北路");
    north.side = "north", south.side = "south", east.side = "east", west.side = "west";
    const std::vector<Row> level{north, south}, upright{east, west};
    EXPECT_EQ(first(level, question(110.355, 21.2702)), Codes{"north"});
    EXPECT_EQ(first(level, question(110.355, 21.2698)), Codes{"south"});
    EXPECT_EQ(first(upright, question(110.3602, 21.265)), Codes{"east"});
    EXPECT_EQ(first(upright, question(110.3598, 21.265)), Codes{"west"});
    EXPECT_EQ(first(level, question(110.355, 21.2706)), Codes{}); // 66 m away
    EXPECT_EQ(first(level, question(110.34, 21.27)), Codes{});    // beyond its end
}

TEST(ResponsibilityList, AClassGoesBeforeItsMajorClassItsTradeAndEveryClass) {
    std::vector<Row> rows;
    for (const auto* code : {"any", "trade", "major", "exact"}) rows.push_back(row(code, "city", ""));
    rows[1].trade = "sanitation";
    for (const int at : {2, 3}) rows[static_cast<std::size_t>(at)].edition = "2026", rows[static_cast<std::size_t>(at)].kind = "event";
    rows[2].class_code = "06";
    rows[3].class_code = "06010";
    for (const auto* code : {"exact", "major", "trade", "any"}) {
        EXPECT_EQ(first(rows, question()), Codes{code});
        std::erase_if(rows, [&](const Row& one) { return one.code == code; });
    }
}

TEST(ResponsibilityList, AConditionHoldsForItsCasesOnly) {
    auto plain = row("plain", "city", ""), narrow = row("narrow", "city", "");
    const auto rows_of = rules_().taxonomy.rows_of("2026", "event", "06010");
    ASSERT_FALSE(rows_of.empty());
    narrow.filing_row = rows_of.front()->id;
    auto asked = question();
    EXPECT_EQ(first({plain, narrow}, asked), Codes{"plain"});
    asked.filing_row = narrow.filing_row;
    EXPECT_EQ(first({plain, narrow}, asked), Codes{"narrow"});
}

TEST(ResponsibilityList, ADayLiesWithinBothItsEnds) {
    auto old = row("old", "city", ""), next = row("next", "city", "");
    old.valid_to = "2026-11-28";
    next.valid_from = "2026-11-29";
    auto asked = question();
    EXPECT_EQ(first({old, next}, asked), Codes{"old"});
    asked.day = "2026-11-29";
    EXPECT_EQ(first({old, next}, asked), Codes{"next"});
}

TEST(ResponsibilityList, TheOtherEditionsClassIsTheSame) {
    const auto other = rules_().taxonomy.counterpart("2013", "component", "0104");
    ASSERT_FALSE(other.empty());
    auto drain = row("drain", "city", "");
    drain.edition = "2013", drain.kind = "component", drain.class_code = "0104";
    auto asked = question();
    asked.kind = "component";
    asked.class_code = other.substr(other.rfind('/') + 1);
    EXPECT_EQ(first({drain}, asked), Codes{"drain"});
}

TEST(ResponsibilityList, WhoMaintainsGoesBeforeWhoOwnsAndWhoIsCompetent) {
    auto one = row("one", "city", "", "competent");
    EXPECT_EQ(unit_of(one), "competent");
    one.owner = "owner";
    EXPECT_EQ(unit_of(one), "owner");
    one.maintenance = "maintenance";
    EXPECT_EQ(unit_of(one), "maintenance");
}

} // namespace responsibility_list_test
