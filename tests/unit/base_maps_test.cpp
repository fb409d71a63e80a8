// Base maps' file and the pictures kept on the disk.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "kit/scratch_folder.hpp"
#include "maps/base_maps.hpp"

namespace base_maps_test {

using namespace chengge;
using namespace chengge::maps;
using testing::HasSubstr;

namespace {

class Folder : public testing::Test {
protected:
    const kit::ScratchFolder scratch;
    const std::filesystem::path folder = scratch.path();
};

class BaseMapFile : public Folder {
protected:
    Result<std::vector<BaseMap>> load(const std::string& text) {
        const auto file = (folder / "bases.json").string();
        save_file(file, text);
        return load_base_maps(file);
    }
    std::string fault(const std::string& members) {
        const auto loaded = load(R"([{"id": "a", "zh": "甲", "en": "A", "attribution": "甲", )" + members + "}]");
        return loaded ? "" : loaded.error().facts.at("reason");
    }
};

class KeptTiles : public Folder {};

} // namespace

TEST_F(BaseMapFile, ABaseIsReadWithItsKey) {
    std::ofstream(folder / "the.key") << "0123abcdEF\n";
    const auto loaded = load(R"([{"id": "vec", "zh": "天地图", "en": "Tianditu", "attribution": "天地图", "url": "https://t{s}.example/vec?z={z}&x={x}&y={y}&tk={key}", "subdomains": ["0", "1"], "key_file": "the.key", "quota_day": 100}])");
    ASSERT_TRUE(loaded) << loaded.error().facts.at("reason");
    EXPECT_EQ(loaded->front().key, "0123abcdEF");
    EXPECT_EQ(loaded->front().quota_day, 100);
    EXPECT_TRUE(load_base_maps("")->empty());
}

TEST_F(BaseMapFile, EachFaultIsNamedAndNoKeyIsSaid) {
    EXPECT_EQ(fault(R"("url": "https://t/{z}/{x}/{y}")"), "");
    EXPECT_THAT(fault(R"("url": "ftp://t/{z}/{x}/{y}")"), HasSubstr("https://"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}")"), HasSubstr("{y}"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}/{bbox}")"), HasSubstr("{bbox}"));
    EXPECT_THAT(fault(R"("url": "https://{x}.t/{z}/{x}/{y}")"), HasSubstr("before the first /"));
    EXPECT_THAT(fault(R"("url": "https://t{s}/{z}/{x}/{y}")"), HasSubstr("subdomains"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}?{key}")"), HasSubstr("{key}"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}", "key": "SECRET")"), testing::AllOf(HasSubstr("{key}"), testing::Not(HasSubstr("SECRET"))));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}?{key}", "key": "SEC&RET")"), testing::AllOf(HasSubstr("the key"), testing::Not(HasSubstr("SEC"))));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}?{key}", "key_file": "none")"), HasSubstr("cannot be read"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}", "coordinates": "gcj02")"), HasSubstr("hundreds of metres"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}", "coordinates": "4326")"), HasSubstr("cgcs2000 or wgs84"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}", "zoom_min": 9, "zoom_most": 3)"), HasSubstr("zoom_min"));
    EXPECT_THAT(fault(R"("url": "https://t/{z}/{x}/{y}", "quota_day": -1)"), HasSubstr("quota_day"));
    EXPECT_EQ(load("{}").error().code, "bad_data");
}

TEST_F(KeptTiles, TheLeastUsedGoFirstAlsoAfterARestart) {
    const TileFiles::Kept picture{"image/png", std::string(1000, 'x'), 1'790'000'000'000};
    {
        TileFiles tiles(folder.string());
        tiles.set_bytes_most(3200); // three of them
        for (const auto* name : {"a/1/1/1", "a/1/1/2", "a/1/1/3"}) tiles.keep(name, picture);
        ASSERT_TRUE(tiles.find("a/1/1/1"));
        tiles.keep("a/1/1/4", picture);
        EXPECT_FALSE(tiles.find("a/1/1/2"));
        EXPECT_TRUE(tiles.find("a/1/1/1"));
    }
    TileFiles again(folder.string());
    again.set_bytes_most(3200);
    const auto kept = again.find("a/1/1/4");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->bytes, picture.bytes);
    EXPECT_EQ(kept->type, "image/png");
    EXPECT_EQ(kept->fetched_ms, picture.fetched_ms);
    EXPECT_LE(again.bytes(), 3200);
    again.set_bytes_most(10);
    EXPECT_EQ(again.bytes(), 0);
}

TEST_F(KeptTiles, ADamagedFileIsNoPicture) {
    TileFiles tiles(folder.string());
    tiles.keep("a/1/1/1", {"image/png", std::string(1000, 'x'), 1});
    std::filesystem::resize_file(folder / "a/1/1/1", 500);
    EXPECT_FALSE(tiles.find("a/1/1/1"));
    EXPECT_FALSE(std::filesystem::exists(folder / "a/1/1/1"));
}

} // namespace base_maps_test
