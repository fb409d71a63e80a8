// Cells cut, joined and bent on both engines: whatever is done, they tile their communities, codes agree with parents, and cases' cells stay known.
#include <set>

#include <gmock/gmock.h>

#include "base/random.hpp"
#include "base/text.hpp"
#include "grid/tiling.hpp"
#include "kit/small_city.hpp"
#include "registry/registry_service.hpp"

namespace shapes_contract_test {

using namespace chengge;
using namespace chengge::registry;

namespace {

class ShapesContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        static const auto loaded = load_layers(CHENGGE_SOURCE "/data", "");
        static const auto editions = std::make_shared<const EditionMap>(*EditionMap::load(CHENGGE_SOURCE "/data/taxonomy/mapping_2013_2026.csv"));
        auto opened = RegistryService::open({*city.database, city.clock, *city.identity, *city.grid, *city.media, loaded.layers, editions});
        ASSERT_TRUE(opened) << (opened ? "" : opened.error().code);
        registry = std::move(*opened);
    }
    Result<VersionInfo> act(const ShapeAct& what) {
        TRY_ASSIGN(plan, registry->plan_shapes("cells", what));
        return registry->change_shapes("cells", std::move(plan), {.person = std::nullopt, .reason = "调整网格", .source = ""});
    }
    // The grid's own judge, and that the registry says the same.
    void expect_whole(const std::string& after) {
        for (const auto& fault : grid::find_tiling_faults(city.grid->cells(), city.grid->regions())) ADD_FAILURE() << after << ": " << fault.cell_code << " " << fault.other_code << " " << fault.reason;
        const auto snapshot = registry->snapshot("cells");
        ASSERT_EQ(snapshot->size(), city.grid->cells().size()) << after;
        const int community = snapshot->layer().field_index("community_code");
        for (const auto& cell : city.grid->cells()) {
            const auto at = snapshot->find(cell.code);
            ASSERT_TRUE(at) << after << " " << cell.code;
            EXPECT_EQ(std::get<std::string>(snapshot->value(*at, community)), cell.code.substr(0, 12));
            const auto middle = geo::centroid(cell.outline);
            if (geo::contains(cell.outline, middle)) {
                EXPECT_EQ(city.grid->locate(middle.lon, middle.lat)->cell_code, cell.code);
            }
        }
    }
    // Every component names the cell, the community and the street in which it lies.
    void expect_components_agree(const std::string& after) {
        std::size_t agreed = 0;
        const auto things = registry->snapshot("components");
        const auto& layer = things->layer();
        for (std::size_t at = 0; at < things->slots(); ++at) {
            if (!things->is_there(at)) continue;
            const auto place = geo::Point(to_degrees(things->point(at)));
            if (city.grid->find_cell(place.lon, place.lat) < 0) continue; // a corner of the city was bent: left to a person
            const auto where = city.grid->locate(place.lon, place.lat);
            ASSERT_TRUE(where) << after;
            if (!things->id(at).starts_with(where->district_code)) continue; // its code is of another county: so is that
            ++agreed;
            EXPECT_EQ(things->text(at, layer.field_index("cell_code")), where->cell_code) << after << " " << things->id(at);
            EXPECT_EQ(things->text(at, layer.field_index("community_code")), where->community_code) << after << " " << things->id(at);
            EXPECT_EQ(things->text(at, layer.field_index("subdistrict_code")), where->subdistrict_code) << after << " " << things->id(at);
        }
        EXPECT_GT(agreed + 5, things->size()) << after;
    }
    // Components spread over every cell.
    void put_components(Random& random) {
        const auto& layer = *registry->find_layer("components");
        Change change;
        for (const auto& cell : city.grid->cells()) {
            const auto box = geo::bounds_of(cell.outline);
            for (int i = 0; i < 6; ++i) {
                const geo::Point point{box.west + (box.east - box.west) * (0.02 + 0.96 * static_cast<double>(random.below(1000)) / 1000), box.south + (box.north - box.south) * (0.02 + 0.96 * static_cast<double>(random.below(1000)) / 1000)};
                if (!geo::contains(cell.outline, point)) continue;
                Feature feature;
                feature.values.resize(layer.fields.size());
                const auto set = [&](const char* field, const char* value) { feature.values[static_cast<std::size_t>(layer.field_index(field))] = std::string(value); };
                set("class_code", "01004");
                set("competent_code", "sanitation-a");
                set("competent_name", "环卫所");
                set("state", "intact");
                feature.geometry = point;
                change.puts.push_back(std::move(feature));
            }
        }
        ASSERT_GT(change.puts.size(), 20u);
        ASSERT_TRUE(registry->change("components", std::move(change), {.person = std::nullopt, .reason = "普查", .source = ""}));
    }
    std::string some_cell(Random& random) const { return city.grid->cells()[random.below(city.grid->cells().size())].code; }

    kit::SmallCity city{GetParam()};
    std::unique_ptr<RegistryService> registry;
};

ON_BOTH_ENGINES(ShapesContract);

geo::MultiLine across(const geo::Polygon& area, double share, bool is_upright) {
    const auto box = geo::bounds_of(area);
    const double lon = box.west + share * (box.east - box.west), lat = box.south + share * (box.north - box.south);
    if (is_upright) return {{{lon, box.south - 0.001}, {lon + 0.00002, box.north + 0.001}}};
    return {{{box.west - 0.001, lat}, {box.east + 0.001, lat + 0.00002}}};
}

} // namespace

TEST_P(ShapesContract, ACutCellEndsAndItsPiecesBeginUnderNewCodes) {
    const auto cell = city.grid->cells().front();
    const auto before = city.grid->cells().size();
    const auto made = act({.ids = {cell.code}, .lines = across(cell.outline, 0.4, true)});
    ASSERT_TRUE(made) << made.error().code;
    EXPECT_EQ(made->removed, 1);
    EXPECT_EQ(city.grid->cells().size(), before + 1);
    EXPECT_FALSE(registry->snapshot("cells")->find(cell.code));
    expect_whole("cut");
    // The old one stays readable, and comes back whole.
    ASSERT_TRUE(registry->restore("cells", made->version - 1, {.person = std::nullopt, .reason = "撤销", .source = ""}, {}));
    EXPECT_TRUE(registry->snapshot("cells")->find(cell.code));
    EXPECT_EQ(city.grid->cells().size(), before);
}

TEST_P(ShapesContract, WhatDoesNotFitIsSaid) {
    const auto& cells = city.grid->cells();
    const auto reason = [](const auto& made) { return made ? std::string("done") : made.error().facts.contains("reason_en") ? made.error().facts.at("reason_en") : made.error().code; };
    EXPECT_THAT(reason(act({.ids = {cells[0].code}, .lines = {{{0, 0}, {1, 1}}}})), testing::HasSubstr("does not part"));
    EXPECT_EQ(reason(act({.ids = {"440802001001999"}, .lines = {{{0, 0}, {1, 1}}}})), "feature_unknown");
    EXPECT_THAT(reason(act({.kind = ShapeAct::Kind::merge, .ids = {cells[0].code}})), testing::HasSubstr("two or more"));
    const auto other = std::ranges::find_if(cells, [&](const auto& one) { return one.community_code != cells[0].community_code; });
    ASSERT_NE(other, cells.end());
    EXPECT_THAT(reason(act({.kind = ShapeAct::Kind::merge, .ids = {cells[0].code, other->code}})), testing::HasSubstr("two communities"));
    EXPECT_THAT(reason(act({.kind = ShapeAct::Kind::move_corner, .ids = {}, .from = {1, 1}, .to = {1, 2}})), testing::HasSubstr("no corner"));
    expect_whole("nothing");
}

TEST_P(ShapesContract, AnOutlineMovesWithItsCellsOrNotAtAll) {
    // A corner on a community's outline, and a cell beside it that somebody else changes meanwhile.
    Random random(3);
    std::optional<ShapePlan> plan;
    for (int round = 0; round < 400 && !plan; ++round) {
        const auto& ring = city.grid->find_cell(some_cell(random))->outline.rings.front();
        const auto from = ring[random.below(ring.size())];
        auto planned = registry->plan_shapes("cells", {.kind = ShapeAct::Kind::move_corner, .ids = {}, .from = from, .to = {from.lon + 0.00001, from.lat - 0.00001}});
        if (planned && !planned->regions.puts.empty()) plan = std::move(*planned);
    }
    ASSERT_TRUE(plan);
    const auto beside = plan->change.puts.front().id;
    ASSERT_TRUE(act({.ids = {beside}, .lines = across(city.grid->find_cell(beside)->outline, 0.5, true)}));
    const auto cells = registry->snapshot("cells")->version(), regions = registry->snapshot("regions")->version();
    EXPECT_FALSE(registry->change_shapes("cells", std::move(*plan), {.person = std::nullopt, .reason = "调整网格", .source = ""}));
    EXPECT_EQ(registry->snapshot("cells")->version(), cells);
    EXPECT_EQ(registry->snapshot("regions")->version(), regions);
    expect_whole("a plan that came too late");
}

TEST_P(ShapesContract, CellsTileTheirCommunitiesWhateverIsDone) {
    Random random(11);
    int done = 0;
    put_components(random);
    for (int round = 0; round < 40; ++round) {
        const auto code = some_cell(random);
        const auto* cell = city.grid->find_cell(code);
        ShapeAct what{.ids = {code}};
        if (random.chance(0.5)) {
            what.lines = across(cell->outline, 0.2 + 0.6 * static_cast<double>(random.below(1000)) / 1000, random.chance(0.5));
        } else if (random.chance(0.6)) {
            what.kind = ShapeAct::Kind::merge;
            what.ids.push_back(some_cell(random));
        } else {
            what.kind = ShapeAct::Kind::move_corner;
            const auto& ring = cell->outline.rings.front();
            what.from = ring[random.below(ring.size())];
            what.to = {what.from.lon + 0.00003, what.from.lat - 0.00002};
        }
        const auto made = act(what);
        done += made.has_value();
        expect_whole("round " + std::to_string(round));
        expect_components_agree("round " + std::to_string(round));
        if (HasFailure()) return;
    }
    EXPECT_GT(done, 12);
}

TEST_P(ShapesContract, ComponentsFollowTheirCellAndAnOlderVersionOfThemTheCellsOfToday) {
    Random random(5);
    put_components(random);
    const auto cell = city.grid->cells().front();
    const auto cells_before = registry->snapshot("cells")->version();
    ASSERT_TRUE(act({.ids = {cell.code}, .lines = across(cell.outline, 0.4, true)}));
    expect_components_agree("cut");
    const auto newest = registry->versions("components").front();
    EXPECT_EQ(newest.version, 2);
    EXPECT_EQ(newest.source, "cells");
    EXPECT_THAT(newest.reason, testing::HasSubstr("调整网格"));
    // Components of before the cut name an ended cell: brought back, they follow.
    ASSERT_TRUE(registry->restore("components", 1, {.person = std::nullopt, .reason = "撤销", .source = ""}, {}));
    expect_components_agree("components restored");
    ASSERT_TRUE(registry->restore("cells", cells_before, {.person = std::nullopt, .reason = "撤销", .source = ""}, {}));
    expect_components_agree("cells restored");
}

TEST_P(ShapesContract, AProposalForACommunityTilesItAndTakesItsCellsPlace) {
    const auto community = city.grid->cells().front().community_code;
    const auto plan = registry->plan_division(community, {.usual_m2 = 2'000, .least_m2 = 900, .most_m2 = 3'500});
    ASSERT_TRUE(plan) << plan.error().code;
    EXPECT_FALSE(plan->change.removed.empty());
    const auto made = registry->change_shapes("cells", *plan, {.person = std::nullopt, .reason = "重新划分", .source = ""});
    ASSERT_TRUE(made) << made.error().code << (made.error().facts.contains("reason_en") ? made.error().facts.at("reason_en") : "");
    expect_whole("divided");
    EXPECT_EQ(registry->plan_division("440802", {}).error().code, "community_unknown");
}

TEST_P(ShapesContract, DutyAreasShareOutARegionAndFollowItsCells) {
    const auto community = city.grid->cells().front().community_code;
    registry->count_cases_by([&](std::int64_t) { return std::map<std::string, std::int64_t>{{city.grid->cells().front().code, 7}}; });
    const auto plan = registry->plan_duty({.region = community, .areas = 2});
    ASSERT_TRUE(plan) << plan.error().code;
    ASSERT_EQ(plan->areas.size(), 2u);
    EXPECT_EQ(plan->areas[0].cases + plan->areas[1].cases, 7);
    EXPECT_EQ(plan->worst_before, 0);
    ASSERT_TRUE(registry->change("duty_areas", plan->change, {.person = std::nullopt, .reason = "首次划分", .source = ""}));
    // Asked again, each follows itself.
    const auto again = registry->plan_duty({.region = community, .areas = 2});
    ASSERT_TRUE(again);
    for (const auto& one : again->areas) EXPECT_FALSE(one.id.empty());
    EXPECT_TRUE(again->change.removed.empty());
    // A cell that is cut stays in its area with all its pieces.
    const auto cell = city.grid->cells().front();
    ASSERT_TRUE(act({.ids = {cell.code}, .lines = across(cell.outline, 0.5, true)}));
    const auto areas = registry->snapshot("duty_areas");
    const int field = areas->layer().field_index("cells");
    std::set<std::string> listed;
    std::size_t entries = 0;
    for (std::size_t at = 0; at < areas->slots(); ++at) {
        if (!areas->is_there(at)) continue;
        const auto codes = split(std::get<std::string>(areas->value(at, field)), ' ');
        entries += codes.size();
        listed.insert(codes.begin(), codes.end());
    }
    EXPECT_EQ(entries, listed.size()); // none in two
    for (const auto& one : city.grid->cells()) EXPECT_EQ(listed.contains(one.code), one.community_code == community) << one.code;
    EXPECT_EQ(registry->plan_duty({.region = "999999"}).error().code, "region_unknown");
}

} // namespace shapes_contract_test
