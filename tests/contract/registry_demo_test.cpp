// The model city's base data: published numbers, every feature as an edit would have to be, the same from the same seed.
#include <gtest/gtest.h>

#include "demo/base_data.hpp"
#include "kit/database_kit.hpp"

namespace registry_demo_test {

using namespace chengge;

namespace {

class RegistryDemo : public kit::OnBothEngines {
protected:
    void SetUp() override {
        rules = *rules::load_rules({.folder = CHENGGE_SOURCE "/data"});
        identity = std::move(*identity::IdentityService::open(*database, clock, {.data_folder = CHENGGE_SOURCE "/data", .keys_folder = folder.path() + "/keys", .is_demo = true}));
        grid = std::move(*grid::GridService::open(*database, clock));
        media = media::MediaService::open(*database, clock, folder.path() + "/media");
        ASSERT_TRUE(grid->replace_all(plan().regions, plan().cells, {}));
        layers = registry::load_layers(CHENGGE_SOURCE "/data", "");
        const auto editions = std::make_shared<const registry::EditionMap>(*registry::EditionMap::load(CHENGGE_SOURCE "/data/taxonomy/mapping_2013_2026.csv"));
        registry = std::move(*registry::RegistryService::open({*database, clock, *identity, *grid, *media, layers.layers, editions}));
    }
    static const demo::City& plan() {
        static const auto made = demo::make_city(1, "2026-01-01");
        return made;
    }
    std::map<std::string, std::vector<demo::Draft>> drafts(std::uint64_t seed = 1) const { return demo::draft_base_data(plan(), {.seed = seed, .components = 4'000}, *rules, *registry->find_layer("components")); }

    kit::ScratchFolder folder;
    FixedClock clock{1'795'000'000'000};
    kit::TestDatabase database{GetParam()};
    std::shared_ptr<const rules::Rules> rules;
    std::unique_ptr<identity::IdentityService> identity;
    std::unique_ptr<grid::GridService> grid;
    std::unique_ptr<media::MediaService> media;
    registry::LoadedLayers layers;
    std::unique_ptr<registry::RegistryService> registry;
};

ON_BOTH_ENGINES(RegistryDemo);

} // namespace

TEST_P(RegistryDemo, EveryLayerHasWhatAnEditWouldAccept) {
    demo::AssetShelf shelf;
    const auto count = demo::publish_base_data(*registry, drafts(), "2026-01-01", shelf);
    ASSERT_TRUE(count) << (count ? "" : count.error().code);
    EXPECT_EQ(registry->snapshot("heritage_trees")->size(), 6'865u);
    EXPECT_EQ(registry->snapshot("reserve_trees")->size(), 3'899u);
    EXPECT_EQ(registry->snapshot("cameras")->size(), 1'084u);
    EXPECT_NEAR(static_cast<double>(registry->snapshot("components")->size()), 4'000, 1'200);
    EXPECT_EQ(registry->snapshot("cells")->size(), plan().cells.size());
    EXPECT_FALSE(shelf.empty());
    std::set<std::string> classes;
    for (const auto& layer : registry->layers()) {
        const auto snapshot = registry->snapshot(layer.id);
        EXPECT_GT(snapshot->size(), 0u) << layer.id;
        int faulty = 0;
        for (std::size_t at = 0; at < snapshot->slots(); ++at) {
            if (!snapshot->is_there(at)) continue;
            if (layer.id == "components") classes.insert(std::string(*snapshot->text(at, layer.field_index("class_code"))));
            const auto faults = registry->check(layer, snapshot->feature(at));
            if (!faults.empty() && ++faulty < 4) ADD_FAILURE() << layer.id << " " << snapshot->id(at) << ": " << faults.front().words.en;
        }
        EXPECT_EQ(faulty, 0) << layer.id;
    }
    EXPECT_GT(classes.size(), 120u);
    // A restart has the same.
    const auto trees = registry->snapshot("heritage_trees");
    auto again = registry::RegistryService::open({*database, clock, *identity, *grid, *media, layers.layers, nullptr});
    ASSERT_TRUE(again);
    for (const auto& layer : registry->layers()) {
        EXPECT_EQ((*again)->snapshot(layer.id)->size(), registry->snapshot(layer.id)->size()) << layer.id;
        EXPECT_EQ((*again)->snapshot(layer.id)->version(), 1) << layer.id;
    }
}

TEST_P(RegistryDemo, TheSameSeedGivesTheSame) {
    const auto one = drafts(), other = drafts(), third = drafts(2);
    for (const auto& [layer, list] : one) {
        ASSERT_EQ(list.size(), other.at(layer).size()) << layer;
        for (std::size_t i = 0; i < list.size(); ++i) ASSERT_EQ(geo::to_wkb(list[i].geometry), geo::to_wkb(other.at(layer)[i].geometry)) << layer;
    }
    EXPECT_NE(geo::to_wkb(one.at("cameras")[0].geometry), geo::to_wkb(third.at("cameras")[0].geometry));
}

} // namespace registry_demo_test
