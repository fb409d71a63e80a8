#include "demo/photos.hpp"

#include <set>

#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "rules/rules.hpp"

namespace demo_photos_test {

using namespace chengge;
using namespace chengge::demo;

TEST(DemoPhotos, ThereAreAFewHundredOfTheFrequentClasses) {
    std::set<std::string> scenes;
    for (const auto& plan : list_photos()) scenes.insert(plan.scene);
    EXPECT_GE(list_photos().size() * 2, 200u);
    EXPECT_LE(list_photos().size() * 2, 400u);
    EXPECT_GE(scenes.size(), 25u);
}

TEST(DemoPhotos, APictureIsAJpegAndBeforeDiffersFromAfter) {
    const PhotoPlan plan{"storm_grate", "component", "01004", 0};
    const auto before = render_photo(plan, false, 1), after = render_photo(plan, true, 1);
    for (const auto& jpeg : {before, after}) {
        EXPECT_EQ(jpeg.substr(0, 3), "\xff\xd8\xff");
        EXPECT_GT(jpeg.size(), 20'000u);
        EXPECT_LT(jpeg.size(), 600'000u);
    }
    EXPECT_NE(sha256(before), sha256(after));
    EXPECT_EQ(sha256(before), sha256(render_photo(plan, false, 1)));
    EXPECT_NE(sha256(before), sha256(render_photo(plan, false, 2)));
}

TEST(DemoPhotos, EveryClassHasASceneThatIsDrawn) {
    const auto rules = rules::load_rules({.folder = CHENGGE_SOURCE "/data"});
    ASSERT_TRUE(rules);
    std::set<std::string> scenes;
    for (const auto& plan : list_photos()) scenes.insert(plan.scene);
    for (const auto& problem : (*rules)->taxonomy.classes())
        EXPECT_TRUE(problem.edition != "2026" ||
                    scenes.contains(scene_of(problem.kind, problem.code)))
            << problem.code;
    EXPECT_EQ(scene_of("event", "06010"), "exposed_garbage");
    EXPECT_EQ(scene_of("event", "01004"), "storm_grate");
    EXPECT_EQ(scene_of("component", "01002"), "manhole");
    EXPECT_EQ(scene_of("event", "09006"), "street_vendor");
}

} // namespace demo_photos_test
