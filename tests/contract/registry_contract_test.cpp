// The registry as its callers see it, on both engines: versions, publications that end half-way, restoring, take-over of
// the grid, editing against a naive model.
#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "kit/small_city.hpp"
#include "registry/registry_service.hpp"

namespace registry_contract_test {

using namespace chengge;
using namespace chengge::registry;

namespace {

struct Stopped {};

class RegistryContract : public kit::OnBothEngines {
protected:
    void SetUp() override { open(); }
    void open() {
        registry.reset();
        static const auto loaded = load_layers(CHENGGE_SOURCE "/data", "");
        static const auto editions = std::make_shared<const EditionMap>(*EditionMap::load(CHENGGE_SOURCE "/data/taxonomy/mapping_2013_2026.csv"));
        auto opened = RegistryService::open({*city.database, city.clock, *city.identity, *city.grid, *city.media, loaded.layers, editions});
        ASSERT_TRUE(opened) << (opened ? "" : opened.error().code);
        registry = std::move(*opened);
    }
    const Layer& components() const { return *registry->find_layer("components"); }
    static int at(const Layer& layer, std::string_view field) { return layer.field_index(field); }

    Feature component(const std::string& cell, const std::string& class_code = "01004", double east = 0) {
        const auto& layer = components();
        Feature feature;
        const auto middle = city.center(cell);
        feature.geometry = geo::Point{middle.lon + east, middle.lat};
        feature.values.resize(layer.fields.size());
        set(feature, "class_code", class_code);
        set(feature, "competent_code", std::string("sanitation-a"));
        set(feature, "competent_name", std::string("环卫所"));
        set(feature, "state", std::string("intact"));
        return feature;
    }
    void set(Feature& feature, std::string_view field, Value value) { feature.values[static_cast<std::size_t>(at(components(), field))] = std::move(value); }
    std::string text(const Feature& feature, std::string_view field) {
        const auto& value = feature.values[static_cast<std::size_t>(at(components(), field))];
        return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : "";
    }
    Result<VersionInfo> put(std::vector<Feature> features, std::int64_t base = 0) {
        return registry->change("components", {.puts = std::move(features), .removed = {}, .base_version = base}, {.person = std::nullopt, .reason = "试验"});
    }
    std::vector<Feature> all(const std::string& layer = "components") const { return all(*registry->snapshot(layer)); }
    static std::vector<Feature> all(const LayerSnapshot& snapshot) {
        std::vector<Feature> features;
        for (std::size_t i = 0; i < snapshot.slots(); ++i)
            if (snapshot.is_there(i)) features.push_back(snapshot.feature(i));
        std::ranges::sort(features, {}, &Feature::id);
        return features;
    }
    Result<VersionInfo> publish(const std::vector<Feature>& features, bool is_complete = true, const Progress& progress = {}, const std::string& layer = "components") {
        std::size_t next = 0;
        return registry->publish(layer, [&]() -> std::optional<Feature> { return next < features.size() ? std::optional(features[next++]) : std::nullopt; }, is_complete,
                                 {.person = std::nullopt, .reason = "普查", .kind = "survey", .source = "survey.gpkg"}, progress);
    }
    // As a survey delivers them: coded, filled in, a centimetre apart.
    std::vector<Feature> surveyed(const std::string& cell, const std::string& class_code, int count) {
        std::vector<Feature> features;
        for (const auto& code : registry->next_codes(components(), "440802", class_code, count)) {
            auto feature = component(cell, class_code, static_cast<double>(features.size()) * 1e-7);
            feature.id = code;
            features.push_back(registry->filled(components(), std::move(feature), false));
        }
        return features;
    }
    std::int64_t rows() {
        static const storage::Statement count("test/count", "SELECT COUNT(*) AS n FROM registry_features WHERE layer = 'components'", "SELECT COUNT(*) AS n FROM registry_features WHERE layer = 'components'");
        return city.database->read([&](storage::Transaction& transaction) { return transaction.run(count)[0].integer("n"); });
    }

    kit::SmallCity city{GetParam()};
    std::unique_ptr<RegistryService> registry;
};

void expect_equal(const std::vector<Feature>& a, const std::vector<Feature>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].id, b[i].id);
        EXPECT_EQ(a[i].values, b[i].values) << a[i].id;
        EXPECT_EQ(a[i].geometry ? geo::to_wkb(*a[i].geometry) : "", b[i].geometry ? geo::to_wkb(*b[i].geometry) : "") << a[i].id;
    }
}

ON_BOTH_ENGINES(RegistryContract);

} // namespace

TEST_P(RegistryContract, AnEditIsAVersionAndFillsInWhatFollowsFromPlaceAndClass) {
    const auto made = put({component("A1"), component("N2", "02012")});
    ASSERT_TRUE(made) << (made ? "" : made.error().facts.at("reason_en"));
    EXPECT_EQ(made->version, 1);
    EXPECT_EQ(made->added, 2);
    const auto features = all();
    ASSERT_EQ(features.size(), 2u);
    EXPECT_EQ(features[0].id, "44080201004000001");
    EXPECT_EQ(text(features[0], "cell_code"), city.cell_code("A1"));
    EXPECT_EQ(text(features[0], "name"), "雨水箅子");
    EXPECT_EQ(text(features[0], "code_2013"), "4408020104000001");
    EXPECT_EQ(text(features[0], "initial_date").size(), 10u);
    EXPECT_EQ(text(features[0], "changed_date"), "");
    EXPECT_EQ(features[1].id, "44080302012000001");

    auto broken = features[0];
    set(broken, "state", std::string("damaged"));
    ASSERT_TRUE(put({broken}));
    EXPECT_EQ(text(all()[0], "changed_date").size(), 10u);
    const auto past = registry->history("components", features[0].id);
    ASSERT_EQ(past.size(), 2u);
    EXPECT_EQ(past[0].until, 0);
    EXPECT_EQ(past[1].until, 2);
    EXPECT_EQ(text(past[1].feature, "state"), "intact");
    EXPECT_EQ(past[0].version.reason, "试验");
    EXPECT_EQ(put({all()[0]}).error().code, "nothing_to_change");
    const auto before = all();
    open(); // as another process or a restart would see it
    expect_equal(all(), before);
}

TEST_P(RegistryContract, WhatIsWrongIsRefusedWithItsFieldAndNothingIsKept) {
    const auto refused = [&](const char* code, const std::function<void(Feature&)>& spoil) {
        auto feature = component("A1");
        spoil(feature);
        const auto made = put({component("A2"), feature});
        ASSERT_FALSE(made) << code;
        EXPECT_EQ(made.error().code, "bad_feature");
        EXPECT_EQ(made.error().facts.at("fault"), code) << made.error().facts.at("reason_en");
    };
    refused("missing", [&](Feature& one) { set(one, "competent_code", {}); });
    refused("not_in_list", [&](Feature& one) { set(one, "state", std::string("lost")); });
    refused("not_a_date", [&](Feature& one) { set(one, "initial_date", std::string("2026-2-30")); });
    refused("too_long", [&](Feature& one) { set(one, "name", std::string(31, 'x')); });
    refused("wrong_cell", [&](Feature& one) { set(one, "cell_code", city.cell_code("A2")); });
    refused("wrong_parent", [&](Feature& one) { set(one, "community_name", std::string("别处社区")); });
    refused("wrong_county", [&](Feature& one) { one.id = "44080301004000001"; });
    refused("bad_code", [&](Feature& one) { one.id = "44080201004"; });
    refused("bad_code", [&](Feature& one) { one.id = "44080201003000001"; });
    refused("bad_code", [&](Feature& one) { set(one, "code_2013", std::string("4408020103000001")); });
    refused("missing", [&](Feature& one) { one.geometry.reset(); one.id = "44080201004000009"; set(one, "cell_code", city.cell_code("A1")); });
    refused("wrong_geometry", [&](Feature& one) { one.geometry = geo::Line{city.center("A1"), city.center("A2")}; });
    EXPECT_EQ(all().size(), 0u);
    EXPECT_EQ(registry->snapshot("components")->version(), 0);
    EXPECT_EQ(registry->change("nowhere", {.puts = {component("A1")}, .removed = {}}, {.person = std::nullopt, .reason = "试验"}).error().code, "layer_unknown");
}

TEST_P(RegistryContract, WhoSawAnOlderFeatureIsToldSo) {
    ASSERT_TRUE(put({component("A1"), component("A2")}));
    auto first = all()[0], second = all()[1];
    set(first, "note", std::string("甲"));
    ASSERT_TRUE(put({first}, 1));
    set(first, "note", std::string("乙"));
    EXPECT_EQ(put({first}, 1).error().code, "feature_changed");
    set(second, "note", std::string("丙")); // nobody touched this one
    EXPECT_TRUE(put({second}, 1));
    EXPECT_EQ(registry->change("components", {.puts = {}, .removed = {first.id}, .base_version = 1}, {.person = std::nullopt, .reason = "试验"}).error().code, "feature_changed");
    EXPECT_TRUE(registry->change("components", {.puts = {}, .removed = {first.id}, .base_version = 2}, {.person = std::nullopt, .reason = "试验"}));
    EXPECT_EQ(all().size(), 1u);
}

TEST_P(RegistryContract, APublicationIsSeenWholeAndRestoringEqualsWhatWas) {
    const auto survey = surveyed("A1", "01004", 2'500);
    const auto made = publish(survey);
    ASSERT_TRUE(made) << (made ? "" : made.error().code);
    EXPECT_EQ(made->added, 2'500);
    const auto first = all();
    // The same again: equal features keep their rows.
    EXPECT_EQ(publish(first).error().code, "nothing_to_change");
    auto second = first;
    second.resize(2'000);
    for (int i = 0; i < 10; ++i) set(second[static_cast<std::size_t>(i * 7)], "state", std::string("damaged"));
    const auto changed = publish(second);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->changed, 10);
    EXPECT_EQ(changed->removed, 500);
    expect_equal(all(), second);
    expect_equal(all(**registry->snapshot_at("components", 1)), first);
    EXPECT_EQ(registry->snapshot_at("components", 9).error().code, "version_not_found");

    std::int64_t added = 0, removed = 0, other = 0;
    std::string after;
    do {
        const auto page = registry->difference("components", 1, 2, after, 100);
        ASSERT_TRUE(page);
        for (const auto& one : page->items) ++(!one.before ? added : !one.after ? removed : other);
        after = page->next;
    } while (!after.empty());
    EXPECT_EQ(added, 0);
    EXPECT_EQ(removed, 500);
    EXPECT_EQ(other, 10);

    const auto back = registry->restore("components", 1, {.person = std::nullopt, .reason = "普查有误"}, {});
    ASSERT_TRUE(back);
    EXPECT_EQ(back->kind, "restore");
    EXPECT_EQ(back->source, "1");
    expect_equal(all(), first);
    open();
    expect_equal(all(), first);
    EXPECT_EQ(registry->versions("components").size(), 3u);
    EXPECT_EQ(registry->versions("components").front().version, 3);
}

// A large publication's snapshot is made of what is written, not read back: it must be what the next start reads.
TEST_P(RegistryContract, WhatALargePublicationShowsIsWhatTheDatabaseHas) {
    auto survey = surveyed("A2", "01003", 21'000);
    set(survey[5], "note", std::string("“引号\" 和\\斜线\n换行"));
    survey[7].geometry = geo::Line{city.center("A2"), {city.center("A2").lon + 1e-5, city.center("A2").lat}};
    ASSERT_TRUE(publish({survey.begin(), survey.begin() + 900}));
    // Some stay as they are, some change, some go, most are new.
    for (std::size_t i = 0; i < 300; ++i) set(survey[i], "note", std::string("改"));
    std::atomic<std::int64_t> heard = 0;
    registry->on_version([&](const std::string& layer, std::int64_t version) {
        if (layer == "components") heard = version;
    });
    const auto made = publish({survey.begin() + 100, survey.end()});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->removed, 100);
    EXPECT_EQ(made->changed, 200);
    EXPECT_EQ(made->added, 20'100);
    EXPECT_EQ(registry->snapshot("components")->version(), made->version);
    EXPECT_EQ(registry->snapshot("components")->changed_ms(), made->made_ms);
    const auto shown = all();
    for (int i = 0; i < 100 && heard != made->version; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(heard, made->version);
    open();
    expect_equal(all(), shown);
    EXPECT_EQ(registry->snapshot("components")->changed_ms(), made->made_ms);
    const auto back = registry->restore("components", 1, {.person = std::nullopt, .reason = "退回"}, {});
    ASSERT_TRUE(back);
    EXPECT_EQ(back->size, 900);
    EXPECT_EQ(all().size(), 900u);
}

TEST_P(RegistryContract, AnIdGivenTwiceIsRefusedWhereverItStands) {
    const auto three = surveyed("A2", "01003", 3);
    const auto& [a, b, c] = std::tie(three[0], three[1], three[2]);
    ASSERT_LT(a.id, b.id);
    for (const auto& given : {std::vector{a, a}, std::vector{a, b, a}, std::vector{b, a, b}, std::vector{c, a, b, a}, std::vector{a, c, b, c}}) {
        const auto made = publish(given);
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, "bad_feature");
        EXPECT_EQ(rows(), 0);
    }
    EXPECT_TRUE(publish({c, a, b}));
    EXPECT_EQ(all().size(), 3u);
}

TEST_P(RegistryContract, AStoppedPublicationLeavesNothing) {
    auto survey = surveyed("A2", "01003", 4'000);
    ASSERT_TRUE(publish({survey.begin(), survey.begin() + 100}));
    const auto before = all();
    const auto kept = rows();
    int told = 0;
    EXPECT_EQ(publish(survey, true, {.tell = [&](std::int64_t, std::int64_t) { ++told; }, .is_stopped = [&] { return told > 3; }}).error().code, "publication_stopped");
    expect_equal(all(), before);
    EXPECT_EQ(rows(), kept);
    // A feature that comes twice ends it too, and the next has the layer.
    survey.push_back(survey.front());
    EXPECT_EQ(publish(survey).error().code, "bad_feature");
    EXPECT_EQ(rows(), kept);
    EXPECT_TRUE(put({component("A3")}));
}

TEST_P(RegistryContract, APublicationThatFollowsFromAnOlderVersionIsRefused) {
    ASSERT_TRUE(put({component("A1")}));
    const auto seen = registry->snapshot("components")->version();
    auto survey = all();
    ASSERT_TRUE(put({component("A2")}));
    const auto before = all();
    const auto on = [&](std::int64_t version) {
        std::size_t next = 0;
        return registry->publish("components", [&]() -> std::optional<Feature> { return next < survey.size() ? std::optional(survey[next++]) : std::nullopt; }, true, {.person = std::nullopt, .reason = "普查"}, {}, {.form = FeatureForm::any, .base_version = version});
    };
    EXPECT_EQ(on(seen).error().code, "layer_changed");
    expect_equal(all(), before);
    EXPECT_EQ(rows(), 2);
    ASSERT_TRUE(put({component("A3")})) << "the layer is free again";
    const auto made = on(seen + 2);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->removed, 2);
}

TEST_P(RegistryContract, WhileOneIsWrittenEditsAreRefusedAndADeadOneIsTakenBack) {
    ASSERT_TRUE(put({component("A1")}));
    const auto before = all();
    // Half a publication of a process that is no more.
    const auto statement = [](const char* name, const char* text) { return storage::Statement(name, text, text); };
    static const auto claim = statement("test/claim", "UPDATE registry_layers SET writing = :writing, owner = :owner, touched_ms = :now_ms WHERE layer = 'components'");
    static const auto end = statement("test/end", "UPDATE registry_features SET version_to = :writing WHERE layer = 'components' AND version_to IS NULL");
    static const auto begin = statement("test/begin", "INSERT INTO registry_features (layer, id, version_from, geometry, attributes) VALUES ('components', '44080201004000001', :writing, NULL, '{}')");
    const auto leave = [&](const std::string& owner) {
        const auto writing = registry->snapshot("components")->version() + 1;
        ASSERT_TRUE(city.database->write([&](storage::Transaction& transaction) -> Result<void> {
            transaction.run(claim, {{"writing", writing}, {"owner", owner}, {"now_ms", city.clock.now_ms()}});
            transaction.run(end, {{"writing", writing}});
            transaction.run(begin, {{"writing", writing}});
            return {};
        }));
    };
    leave("elsewhere/boot/7/7"); // another machine's, heard of just now
    EXPECT_EQ(put({component("A2")}).error().code, "layer_is_busy");
    EXPECT_EQ(publish({}).error().code, "layer_is_busy");
    open();
    expect_equal(all(), before);
    EXPECT_EQ(put({component("A2")}).error().code, "layer_is_busy");
    city.clock.advance(11 * 60'000); // not heard of for long
    const auto made = put({component("A2")});
    ASSERT_TRUE(made) << (made ? "" : made.error().code);
    EXPECT_EQ(made->version, 2);
    EXPECT_EQ(all().size(), 2u);
    leave("elsewhere/boot/7/7");
    city.clock.advance(11 * 60'000);
    const auto kept = all();
    open(); // the start takes it back
    expect_equal(all(), kept);
    EXPECT_EQ(rows(), 2);
}

TEST_P(RegistryContract, CodesAreGivenOnceEach) {
    ASSERT_TRUE(put({component("A1"), component("A2")}));
    EXPECT_EQ(registry->next_codes(components(), "440802", "01004", 2), (std::vector<std::string>{"44080201004000003", "44080201004000004"}));
    EXPECT_EQ(registry->next_codes(components(), "440891", "01004", 1), (std::vector<std::string>{"44089101004000001"}));
    const auto last = all().back().id;
    ASSERT_TRUE(registry->change("components", {.puts = {}, .removed = {last}}, {.person = std::nullopt, .reason = "移除"}));
    ASSERT_TRUE(put({component("A3")}));
    EXPECT_EQ(all().back().id, "44080201004000005"); // neither the removed one's nor those that were given
    const auto tree = *registry->find_layer("heritage_trees");
    EXPECT_EQ(registry->next_codes(tree, "440881", "", 1).front(), "GS440881000001");
}

TEST_P(RegistryContract, CellsAndRegionsAreTakenOverFromTheGrid) {
    EXPECT_EQ(registry->snapshot("cells")->size(), city.grid->cells().size());
    EXPECT_EQ(registry->snapshot("regions")->size(), city.grid->regions().size());
    EXPECT_EQ(registry->versions("cells").front().kind, "taken_over");
    const auto version = registry->snapshot("cells")->version();
    open();
    EXPECT_EQ(registry->snapshot("cells")->version(), version); // equal: no version
    auto regions = city.grid->regions();
    for (auto& region : regions)
        if (region.level == grid::RegionLevel::community) region.area_class = "B";
    ASSERT_TRUE(city.grid->replace_all(regions, city.grid->cells(), {}));
    ASSERT_TRUE(registry->take_over());
    EXPECT_EQ(registry->snapshot("regions")->version(), 2);
    EXPECT_EQ(registry->snapshot("cells")->version(), version);
}

TEST_P(RegistryContract, CellsPublishedHereChangeTheGridAndItsTilingIsTheJudge) {
    const auto& layer = *registry->find_layer("cells");
    const auto snapshot = registry->snapshot("cells");
    auto cell = snapshot->feature(*snapshot->find(city.cell_code("A1")));
    const auto edit = [&](std::vector<Feature> puts, std::vector<std::string> removed = {}) {
        return registry->change("cells", {.puts = std::move(puts), .removed = std::move(removed)}, {.person = std::nullopt, .reason = "调整"});
    };
    // Half of it is gone: a gap.
    auto& ring = std::get<geo::Polygon>(*cell.geometry).rings[0];
    const auto box = geo::bounds_of(*cell.geometry);
    const double middle = std::round((box.west + box.east) / 2 * 1e7) / 1e7;
    auto west = cell, east = cell;
    std::get<geo::Polygon>(*west.geometry).rings[0] = {{box.west, box.south}, {middle, box.south}, {middle, box.north}, {box.west, box.north}, {box.west, box.south}};
    std::get<geo::Polygon>(*east.geometry).rings[0] = {{middle, box.south}, {box.east, box.south}, {box.east, box.north}, {middle, box.north}, {middle, box.south}};
    const auto gap = edit({west});
    ASSERT_FALSE(gap);
    EXPECT_EQ(gap.error().facts.at("fault"), "topology");
    EXPECT_FALSE(edit({}, {cell.id}));
    // Split in two: both together fill it.
    east.id.clear();
    east.values.assign(layer.fields.size(), Value{});
    east.values[static_cast<std::size_t>(layer.field_index("community_code"))] = cell.id.substr(0, 12);
    const auto cells = city.grid->cells().size();
    const auto made = edit({west, east});
    ASSERT_TRUE(made) << (made ? "" : made.error().facts.at("reason_en"));
    EXPECT_EQ(city.grid->cells().size(), cells + 1);
    EXPECT_EQ(registry->snapshot("cells")->size(), cells + 1);
    EXPECT_NEAR(city.grid->find_cell(cell.id)->area_m2, geo::area_m2(std::get<geo::Polygon>(*west.geometry)), 1);
    ASSERT_TRUE(registry->take_over());
    EXPECT_EQ(registry->snapshot("cells")->version(), made->version); // what the grid has is what was published
    // And back: one cell again, at once in both.
    ASSERT_TRUE(registry->restore("cells", 1, {.person = std::nullopt, .reason = "撤销"}, {}));
    EXPECT_EQ(city.grid->cells().size(), cells);
    EXPECT_EQ(ring.size(), city.grid->find_cell(cell.id)->outline.rings[0].size());
}

TEST_P(RegistryContract, RegionsEditedHereAreTheGridsAndItsChecksAreTheJudge) {
    const auto& layer = *registry->find_layer("regions");
    const auto code = city.cell_code("A1").substr(0, 12);
    const auto snapshot = registry->snapshot("regions");
    auto community = snapshot->feature(*snapshot->find(code));
    const auto set_field = [&](Feature& feature, std::string_view field, Value value) { feature.values[static_cast<std::size_t>(layer.field_index(field))] = std::move(value); };
    const auto edit = [&](std::vector<Feature> puts, std::vector<std::string> removed = {}) {
        return registry->change("regions", {.puts = std::move(puts), .removed = std::move(removed)}, {.person = std::nullopt, .reason = "更名"});
    };
    set_field(community, "name", std::string("新名社区"));
    set_field(community, "note", std::string("民政局文件"));
    const auto renamed = edit({community});
    ASSERT_TRUE(renamed) << (renamed ? "" : renamed.error().facts.at("reason_en"));
    EXPECT_EQ(city.grid->find_region(code)->name, "新名社区");
    EXPECT_EQ(city.grid->locate(city.center("A1").lon, city.center("A1").lat)->community_name, "新名社区");
    ASSERT_TRUE(registry->take_over());
    EXPECT_EQ(registry->snapshot("regions")->version(), renamed->version); // its note is kept here alone, and stays
    // Still has cells; hangs on nothing; lies on a neighbour.
    EXPECT_EQ(edit({}, {code}).error().facts.at("fault"), "topology");
    auto orphan = community;
    orphan.id = "440802999101";
    orphan.geometry = geo::Polygon{{{{110.5, 21.0}, {110.6, 21.0}, {110.6, 21.1}, {110.5, 21.1}, {110.5, 21.0}}}};
    set_field(orphan, "parent_code", std::string("440802999"));
    EXPECT_EQ(edit({orphan}).error().facts.at("fault"), "topology");
    auto second = community;
    second.id = code.substr(0, 9) + "199";
    EXPECT_EQ(edit({second}).error().facts.at("fault"), "topology");
    EXPECT_EQ(registry->snapshot("regions")->version(), renamed->version);
}

TEST_P(RegistryContract, AnotherProcessHearsOfAVersion) {
    static const auto loaded = load_layers(CHENGGE_SOURCE "/data", "");
    auto other = RegistryService::open({*city.database, city.clock, *city.identity, *city.grid, *city.media, loaded.layers, nullptr});
    ASSERT_TRUE(other);
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::int64_t> heard;
    (*other)->on_version([&](const std::string& layer, std::int64_t version) {
        const std::lock_guard lock(mutex);
        if (layer == "components") heard.push_back(version);
        changed.notify_all();
    });
    ASSERT_TRUE(put({component("A1")}));
    (*other)->reload();
    EXPECT_EQ((*other)->snapshot("components")->size(), 1u);
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(5), [&] { return heard == std::vector<std::int64_t>{1}; }));
}

// Random edits, publications and restores; after each the registry is what a map of versions says, and every code agrees
// with its geometry and parents.
TEST_P(RegistryContract, RandomEditsAgreeWithANaiveModel) {
    const auto seed = testing::UnitTest::GetInstance()->random_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(static_cast<std::uint64_t>(seed) + 1);
    const char* cells[] = {"A1", "A2", "A3", "A4", "A5", "B1", "B2", "N1", "N2", "N3", "N4"};
    std::map<std::int64_t, std::vector<Feature>> model{{0, {}}};
    const auto record = [&](const Result<VersionInfo>& made) {
        if (!made) {
            EXPECT_EQ(made.error().code, "nothing_to_change");
            return;
        }
        EXPECT_EQ(made->version, model.rbegin()->first + 1);
        model[made->version] = all();
        EXPECT_EQ(made->size, static_cast<std::int64_t>(model[made->version].size()));
    };
    for (int round = 0; round < 60; ++round) {
        auto now = all();
        const auto act = random.below(5);
        if (act == 4 && model.size() > 2) {
            const auto version = random.between(1, model.rbegin()->first);
            const auto wanted = model[version];
            record(registry->restore("components", version, {.person = std::nullopt, .reason = "恢复"}, {}));
            expect_equal(all(), wanted);
            continue;
        }
        Change change;
        std::map<std::string, Feature> expected;
        for (const auto& one : now) expected.emplace(one.id, one);
        for (auto& one : now) {
            const auto fate = random.below(6);
            if (fate == 0 && change.removed.size() < 5) {
                change.removed.push_back(one.id);
                expected.erase(one.id);
            } else if (fate == 1) {
                set(one, "note", std::to_string(random.below(1000)));
                change.puts.push_back(one);
            }
        }
        for (std::uint64_t i = random.below(4); i > 0; --i) change.puts.push_back(component(cells[random.below(std::size(cells))], random.chance(0.5) ? "01004" : "04002", static_cast<double>(random.below(100)) * 1e-7));
        const auto put_count = change.puts.size();
        const auto edited = registry->change("components", change, {.person = std::nullopt, .reason = "试验"});
        if (edited) { EXPECT_LE(edited->added + edited->changed, static_cast<std::int64_t>(put_count)); }
        record(edited);
        for (const auto& one : change.removed) EXPECT_FALSE(registry->snapshot("components")->find(one));
        for (const auto& one : all()) EXPECT_TRUE(registry->check(components(), one).empty()) << one.id;
    }
    for (const auto& [version, features] : model)
        if (version > 0) expect_equal(all(**registry->snapshot_at("components", version)), features);
    open();
    expect_equal(all(), model.rbegin()->second);
    for (const auto& [version, features] : model)
        if (version > 0) expect_equal(all(**registry->snapshot_at("components", version)), features);
}

} // namespace registry_contract_test
