// Foreign base maps over both engines and a real server: keys stay here, tiles are counted durably, failures become sentences.
#include <gmock/gmock.h>

#include "base/files.hpp"
#include "kit/http_kit.hpp"
#include "kit/receiver_kit.hpp"
#include "maps/base_maps.hpp"

namespace base_maps_contract_test {

using namespace chengge;
using kit::HttpCity;
using testing::HasSubstr;
using testing::Not;

namespace {

const std::string png = "\x89PNG\r\n\x1a\n" + std::string(400, 'p');

class BaseMapTiles : public kit::OnBothEngines {
protected:
    HttpCity city{GetParam()};
    kit::HttpReceiver provider;
    void SetUp() override {
        city.set_up();
        provider.send_headers({"Content-Type: image/png"});
        provider.answer({"200 " + png});
        service().set_rest_ms(0);
        use(0);
    }
    maps::BaseMaps& service() { return city.installation->maps->base_maps(); }
    maps::BaseMapSettings settings(std::int64_t quota_day, std::vector<std::string> networks = {"127.0.0.0/8"}) {
        maps::BaseMap base{.id = "vec", .label = {"天地图", "Tianditu"}, .url = provider.url("/wmts?z={z}&x={x}&y={y}&tk={key}"), .subdomains = {}, .key = "SECRET123", .attribution = "天地图"};
        base.quota_day = quota_day;
        maps::BaseMapSettings made;
        made.bases = {base};
        made.private_networks = std::move(networks);
        made.seconds = 1;
        return made;
    }
    void use(std::int64_t quota_day) { service().use(settings(quota_day)); }
    kit::Answer tile(int x, int y = 5) { return city.as("operator").get("/api/v1/map/bases/vec/4/" + std::to_string(x) + "/" + std::to_string(y)); }
    std::string code(const kit::Answer& answer) { return answer.status == 200 ? "" : std::string(answer.at("code").as_string()); }
    std::int64_t used() { return city.as("operator").get("/api/v1/map/bases").at("items").as_array().at(0).at("used_today").to_number<std::int64_t>(); }
};

ON_BOTH_ENGINES(BaseMapTiles);

} // namespace

TEST_P(BaseMapTiles, ATileIsFetchedOnceWithAKeyThatStaysHere) {
    const auto first = tile(3);
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(first.body, png);
    EXPECT_EQ(tile(3).body, png);
    ASSERT_EQ(provider.got().size(), 1u); // the second came from the disk
    EXPECT_EQ(provider.got()[0].target, "/wmts?z=4&x=3&y=5&tk=SECRET123");
    EXPECT_FALSE(provider.got()[0].headers.contains("cookie"));
    const auto list = city.as("operator").get("/api/v1/map/bases");
    EXPECT_THAT(list.body, Not(HasSubstr("SECRET123")));
    EXPECT_THAT(list.body, Not(HasSubstr("127.0.0.1:")));
    EXPECT_EQ(used(), 1);
    EXPECT_EQ(city.stranger().get("/api/v1/map/bases/vec/4/3/5").status, 401);
    EXPECT_EQ(city.stranger().get("/api/v1/map/bases").status, 401);
}

TEST_P(BaseMapTiles, TheQuotaOutlivesARestartAndKeptTilesStayWhenItIsUsed) {
    use(40); // more than is taken beforehand at once
    for (int x = 0; x < 3; ++x) ASSERT_EQ(tile(x).status, 200);
    EXPECT_EQ(used(), 3);
    kit::ScratchFolder other;
    {
        // Another process on the same database, and its end.
        maps::BaseMaps second(*city.installation->clock, *city.installation->database, other.path());
        second.use(settings(40));
        for (int x = 0; x < 5; ++x) ASSERT_TRUE(second.tile("vec", {4, x, 6}));
    }
    maps::BaseMaps third(*city.installation->clock, *city.installation->database, other.path());
    third.use(settings(40));
    EXPECT_EQ(third.list().at(0).used_today, 8 + 29); // with what the first has taken beforehand and still holds
    int fetched = 0;
    for (int x = 0; x < 10; ++x) fetched += third.tile("vec", {4, x, 7}).has_value();
    EXPECT_EQ(fetched, 3);
    EXPECT_EQ(third.tile("vec", {4, 9, 9}).error().code, "base_map_quota_used");
    int own = 0;
    for (int x = 0; x < 16; ++x) own += tile(x, 8).status == 200;
    for (int x = 0; x < 16; ++x) own += tile(x, 9).status == 200;
    EXPECT_EQ(own, 29);
    EXPECT_EQ(provider.got().size(), 40u);
    const auto over = tile(15, 9);
    EXPECT_EQ(over.status, 503);
    EXPECT_EQ(code(over), "base_map_quota_used");
    EXPECT_THAT(over.body, HasSubstr("40"));
    EXPECT_EQ(tile(1).status, 200); // kept
    EXPECT_FALSE(city.as("operator").get("/api/v1/map/bases").at("items").as_array().at(0).at("is_available").as_bool());
}

TEST_P(BaseMapTiles, WhatIsNotAPictureOfItsServerIsNotShown) {
    const auto refused = [&](const std::string& answer, const char* type) {
        provider.send_headers({std::string("Content-Type: ") + type, "Location: " + provider.url("/elsewhere")});
        provider.answer({answer});
        return code(tile(7));
    };
    EXPECT_EQ(refused("200 <html>key expired</html>", "text/html"), "base_map_unreachable");
    EXPECT_EQ(refused("200 <html>key expired</html>", "image/png"), "base_map_unreachable");
    EXPECT_EQ(refused("200 " + png, "text/html"), "base_map_unreachable");
    EXPECT_EQ(refused("302 " + png, "image/png"), "base_map_unreachable");
    EXPECT_EQ(refused("403 no", "image/png"), "base_map_unreachable");
    EXPECT_EQ(refused("200 " + png + std::string(3 << 20, 'x'), "image/png"), "base_map_unreachable");
    EXPECT_EQ(refused("drop", "image/png"), "base_map_unreachable");
    EXPECT_EQ(refused("silence", "image/png"), "base_map_unreachable");
    EXPECT_EQ(refused("404 none", "image/png"), "tile_not_found");
    EXPECT_EQ(provider.got().size(), 9u); // no redirect was followed
    EXPECT_EQ(refused("200 " + png, "image/png"), "");
}

TEST_P(BaseMapTiles, AnInnerServerIsAskedOnlyWhenItIsPermitted) {
    service().use(settings(0, {}));
    EXPECT_EQ(code(tile(2)), "base_map_unreachable");
    EXPECT_TRUE(provider.got().empty());
    EXPECT_EQ(used(), 0); // nothing was asked
}

TEST_P(BaseMapTiles, AfterAFailureItRestsAndAReloadAsksAgain) {
    service().set_rest_ms(30'000);
    provider.answer({"500"});
    EXPECT_EQ(code(tile(1)), "base_map_unreachable");
    EXPECT_EQ(code(tile(2)), "base_map_unreachable");
    EXPECT_EQ(provider.got().size(), 1u);
    provider.answer({"200 " + png});
    use(0);
    EXPECT_EQ(tile(2).status, 200);
}

TEST_P(BaseMapTiles, WhatDoesNotExistIsRefused) {
    EXPECT_EQ(code(city.as("operator").get("/api/v1/map/bases/other/4/1/1")), "base_map_unknown");
    for (const auto* path : {"vec/4/16/1", "vec/0/0/0", "vec/19/1/1", "vec/4/-1/1", "vec/four/1/1"}) EXPECT_EQ(code(city.as("operator").get(std::string("/api/v1/map/bases/") + path)), "tile_not_found") << path;
    EXPECT_TRUE(provider.got().empty());
}

} // namespace base_maps_contract_test
