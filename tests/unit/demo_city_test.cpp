#include "demo/city.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "geo/point_index.hpp"
#include "grid/tiling.hpp"
#include "rules/rules.hpp"

namespace demo_city_test {

using namespace chengge;
using namespace chengge::demo;

namespace {

const City& city() {
    static const City made = make_city(1, "2026-01-01");
    return made;
}

} // namespace

TEST(DemoCity, HasTheModelsNumbers) {
    std::map<grid::RegionLevel, int> levels;
    for (const auto& region : city().regions) ++levels[region.level];
    EXPECT_EQ(levels[grid::RegionLevel::city], 1);
    EXPECT_EQ(levels[grid::RegionLevel::district], 5);
    EXPECT_EQ(levels[grid::RegionLevel::subdistrict], 23);
    EXPECT_EQ(levels[grid::RegionLevel::community], 58);
    EXPECT_EQ(city().cells.size(), 7'526u);
    EXPECT_EQ(city().streets.size(), city().cells.size());
    std::set<std::string> names;
    for (const auto& region : city().regions)
        EXPECT_TRUE(names.insert(region.name).second) << region.name;
}

TEST(DemoCity, CellsTileTheirCommunities) {
    for (const auto& fault : grid::find_tiling_faults(city().cells, city().regions))
        ADD_FAILURE() << fault.cell_code << " " << fault.other_code << " " << fault.reason;
    double sum_m2 = 0;
    for (const auto& cell : city().cells) {
        EXPECT_GT(cell.area_m2, 6'000) << cell.code;
        EXPECT_LT(cell.area_m2, 15'000) << cell.code;
        sum_m2 += cell.area_m2;
    }
    EXPECT_NEAR(sum_m2 / static_cast<double>(city().cells.size()), 10'000, 300);
    for (const auto& region : city().regions) {
        if (region.level != grid::RegionLevel::community) continue;
        EXPECT_EQ(region.outline.size(), 1u) << region.name;
    }
}

TEST(DemoCity, EveryPointOfTheGroundLiesInOneCell) {
    std::vector<geo::Polygon> outlines;
    for (const auto& cell : city().cells) outlines.push_back(cell.outline);
    const geo::PointIndex index(outlines);
    Random random(11);
    for (int i = 0; i < 5'000; ++i) {
        // A point inside a cell near one of its corners, and the corner itself.
        const auto& outline = outlines[random.below(outlines.size())];
        const auto& ring = outline.rings[0];
        const auto centre = geo::centroid(outline);
        const auto corner = ring[random.below(ring.size())];
        const double part = random.unit();
        const geo::Point point{centre.lon + part * (corner.lon - centre.lon),
                               centre.lat + part * (corner.lat - centre.lat)};
        EXPECT_EQ(index.find_all(point).size(), 1u);
        EXPECT_LE(index.find_all(corner).size(), 1u);
    }
}

TEST(DemoCity, CodedInAndManagedByDiffer) {
    std::map<std::string, const grid::Region*> by_code;
    for (const auto& region : city().regions) by_code[region.code] = &region;
    EXPECT_EQ(by_code.at("440803071")->parent_code, "440803");
    EXPECT_EQ(by_code.at("440803071")->managed_by_code, "440891");
    EXPECT_EQ(by_code.at("440803070")->managed_by_code, "440891");
    EXPECT_EQ(by_code.at("440811100")->name, "麻章镇");
    for (const auto& cell : city().cells) EXPECT_EQ(cell.code.substr(0, 12), cell.community_code);
}

TEST(DemoCity, TheSameSeedGivesTheSameCity) {
    const auto again = make_city(1, "2026-01-01"), other = make_city(2, "2026-01-01");
    ASSERT_EQ(again.base_map.size(), city().base_map.size());
    for (std::size_t i = 0; i < again.base_map.size(); ++i)
        ASSERT_EQ(geo::to_wkb(again.base_map[i].geometry),
                  geo::to_wkb(city().base_map[i].geometry));
    for (std::size_t i = 0; i < again.people.size(); ++i)
        EXPECT_EQ(again.people[i].name, city().people[i].name);
    EXPECT_NE(other.cells[0].outline.rings[0][0], city().cells[0].outline.rings[0][0]);
    EXPECT_EQ(other.cells.size(), 7'526u);
    EXPECT_TRUE(grid::find_tiling_faults(other.cells, other.regions).empty());
}

TEST(DemoCity, EveryClassHasAResponsibleUnitInEveryPlace) {
    const auto rules = rules::load_rules({.folder = CHENGGE_SOURCE "/data"});
    ASSERT_TRUE(rules);
    std::set<std::string> organisations;
    for (const auto& organisation : city().organisations) {
        EXPECT_TRUE(organisation.parent_code.empty() ||
                    organisations.contains(organisation.parent_code))
            << organisation.code;
        EXPECT_TRUE(organisations.insert(organisation.code).second) << organisation.code;
    }
    for (const auto& kind : (*rules)->responsible_kinds)
        for (const auto& region : city().regions) {
            if (region.level != grid::RegionLevel::subdistrict) continue;
            const auto& unit =
                city().responsible_unit(kind.code, region.code, region.managed_by_code);
            EXPECT_TRUE(organisations.contains(unit)) << unit;
        }
    EXPECT_EQ(city().responsible_unit("sanitation", "440803071", "440891"), "sanitation-440891");
    EXPECT_EQ(city().responsible_unit("water", "440802001", "440802"), "company-water");
    EXPECT_EQ(city().responsible_unit("owner", "440802001", "440802"), "street-440802001");
}

TEST(DemoCity, PeopleHaveLoginsAndBelongSomewhere) {
    std::set<std::string> organisations, logins;
    for (const auto& organisation : city().organisations) organisations.insert(organisation.code);
    std::map<std::string, int> roles;
    for (const auto& person : city().people) {
        EXPECT_TRUE(organisations.contains(person.organisation_code)) << person.login;
        EXPECT_TRUE(logins.insert(person.login).second) << person.login;
        ASSERT_EQ(person.roles.size(), 1u);
        ++roles[person.roles[0]];
    }
    for (const auto login :
         {"dispatcher", "dispatcher-440802", "dispatcher-440891", "operator", "leader", "inspector",
          "collector-001", "sanitation-440802", "municipal-440804", "system-admin"})
        EXPECT_TRUE(logins.contains(login)) << login;
    EXPECT_EQ(roles["collector"], 300);
}

TEST(DemoCity, TheMapStaysSmallAndStreetsAreNamed) {
    std::map<std::string, int> layers;
    std::set<std::string> streets;
    for (const auto& feature : city().base_map) {
        ++layers[feature.layer];
        if (feature.layer != "road" && feature.layer != "lane") continue;
        EXPECT_TRUE(streets.insert(feature.name).second) << feature.name;
    }
    for (const auto layer : {"road_main", "road", "lane", "water", "green", "block", "building",
                             "rail", "bridge", "coast", "label"})
        EXPECT_GT(layers[layer], 0) << layer;
    EXPECT_LE(layers["building"], 30'000);
    EXPECT_GT(layers["building"], 10'000);
    for (const auto& street : city().streets) EXPECT_FALSE(street.street.empty());
}

} // namespace demo_city_test
