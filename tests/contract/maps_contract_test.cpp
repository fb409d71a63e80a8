// The map over both engines: tiles of a version, changes told, what lies at a place; what may not be seen is not there.
#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/time.hpp"
#include "geo/tile_reader.hpp"
#include "kit/http_kit.hpp"

namespace maps_contract_test {

using namespace chengge;
using kit::HttpCity;

namespace {

class Maps : public kit::OnBothEngines {
protected:
    HttpCity city{GetParam()};
    kit::HttpClient& system() { return city.as("system_admin"); }
    void SetUp() override { city.set_up(); }

    json::object component(const std::string& cell, const char* class_code, double east = 0) {
        const auto at = city.city.center(cell);
        return {{"geometry", json::object{{"type", "Point"}, {"coordinates", json::array{at.lon + east, at.lat}}}},
                {"attributes", json::object{{"class_code", class_code}, {"competent_code", "sanitation-a"}, {"competent_name", "环卫所"}, {"state", "intact"}}}};
    }
    std::vector<std::string> add(json::array puts, const char* layer = "components") {
        const auto made = system().post("/api/v1/registry/layers/" + std::string(layer) + "/changes", json::object{{"reason", "补录"}, {"puts", std::move(puts)}});
        EXPECT_EQ(made.status, 200) << made.body;
        std::vector<std::string> ids;
        if (made.status == 200)
            for (const auto& id : made.at("ids").as_array()) ids.emplace_back(id.as_string());
        return ids;
    }
    json::object layer(const char* id, const char* who = "operator") {
        const auto layers = city.as(who).get("/api/v1/map/layers");
        for (const auto& each : layers.at("items").as_array())
            if (each.at("id").as_string() == id) return each.as_object();
        return {};
    }
    std::string path_of(const std::string& template_url, geo::TileId tile) {
        auto path = template_url.substr(template_url.find("/api/"));
        const auto put = [&](const std::string& name, int number) { path.replace(path.find(name), name.size(), std::to_string(number)); };
        put("{z}", tile.z);
        put("{x}", tile.x);
        put("{y}", tile.y);
        return path;
    }
    std::vector<geo::ReadTileFeature> read(const kit::Answer& answer) {
        if (answer.status == 204) return {};
        EXPECT_EQ(answer.status, 200);
        const auto layers = geo::read_tile(answer.body);
        EXPECT_TRUE(layers && layers->size() == 1);
        return layers && !layers->empty() ? layers->front().features : std::vector<geo::ReadTileFeature>{};
    }
};

ON_BOTH_ENGINES(Maps);

} // namespace

TEST_P(Maps, ATileIsOfItsVersionForEver) {
    const auto first = add({component("A1", "01004")});
    const auto url = std::string(layer("components").at("tiles").as_string());
    const auto tile = geo::tile_at(city.city.center("A1"), 16);
    auto& operator_ = city.as("operator");
    const auto answer = operator_.get(path_of(url, tile));
    EXPECT_EQ(answer.header("Content-Type"), "application/vnd.mapbox-vector-tile");
    EXPECT_NE(answer.header("Cache-Control").find("immutable"), std::string::npos);
    const auto features = read(answer);
    ASSERT_EQ(features.size(), 1u);
    EXPECT_EQ(std::get<std::string>(features[0].values.at("id")), first.at(0));
    EXPECT_EQ(std::get<std::string>(features[0].values.at("class_code")), "01004");
    // The next version has its own address; the old one says what it said.
    add({component("A1", "01005", 0.0001)});
    const auto fresh = std::string(layer("components").at("tiles").as_string());
    EXPECT_NE(fresh, url);
    EXPECT_EQ(read(operator_.get(path_of(fresh, tile))).size(), 2u);
    EXPECT_EQ(operator_.get(path_of(url, tile)).body, answer.body);
    // What is not in force yet is no tile, and is not kept by anybody.
    const auto version = layer("components").at("version").as_int64();
    const auto early = operator_.get("/api/v1/map/tiles/components/" + std::to_string(version + 1) + "/16/" + std::to_string(tile.x) + "/" + std::to_string(tile.y) + ".mvt");
    EXPECT_EQ(early.code(), "version_not_found");
    EXPECT_EQ(early.header("Cache-Control").find("immutable"), std::string::npos);
    for (const std::string bad : {"components/1/16/x/1.mvt", "components/1/16/1/1.png", "components/1/3/9/1.mvt", "components/one/3/1/1.mvt", "components/1/9/1/1.mvt?whole=true"})
        EXPECT_EQ(operator_.get("/api/v1/map/tiles/" + bad).code(), "tile_not_found") << bad;
    EXPECT_EQ(operator_.get("/api/v1/map/tiles/nothing/1/0/0/0.mvt").code(), "layer_unknown");
    // Gzipped for who takes it, and the same; from memory the second time, and still only to who may see it.
    const http::ClientRequest ask{.url = city.url() + path_of(fresh, tile), .headers = {{"Authorization", "Bearer " + operator_.token()}, {"Accept-Encoding", "gzip"}}, .body = "", .ca_file = ""};
    const auto zipped = city.fetch(ask);
    EXPECT_EQ(zipped.body.substr(0, 2), "\x1f\x8b");
    for (int i = 0; i < 3; ++i) {
        const auto kept = city.fetch(ask);
        EXPECT_EQ(kept.body, zipped.body);
        EXPECT_THAT(kept.headers, testing::IsSupersetOf({std::pair<std::string, std::string>("Cache-Control", "private, max-age=3600, immutable"), {"Content-Encoding", "gzip"}}));
    }
    EXPECT_EQ(operator_.del("/api/v1/sessions/current").status, 204);
    EXPECT_EQ(city.fetch(ask).status, 401);
}

TEST_P(Maps, AnOpenMapHearsOfAChangeWithinTwoSeconds) {
    auto& operator_ = city.as("operator");
    kit::RawSocket stream(city.server->port());
    stream.send("GET /api/v1/map/changes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + operator_.token() + "\r\n\r\n");
    ASSERT_TRUE(stream.read_until("retry: "));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stream.set_time_out({.tv_sec = 2, .tv_usec = 0});
    add({component("A1", "01004")});
    EXPECT_TRUE(stream.read_until(R"("layer":"components")")) << stream.received();
    EXPECT_EQ(city.stranger().get("/api/v1/map/changes").code(), "unauthorized");
}

TEST_P(Maps, WhatLiesAtAPlaceIsNamedNearestFirst) {
    const auto ids = add({component("A1", "01004"), component("A1", "01005", 0.00003)});
    const auto at = city.city.center("A1");
    const auto found = city.as("operator").get("/api/v1/map/identify?zoom=18&layers=components,cells&lon=" + std::to_string(at.lon) + "&lat=" + std::to_string(at.lat));
    const auto& items = found.at("items").as_array();
    ASSERT_EQ(items.size(), 3u) << found.body;
    EXPECT_EQ(items[0].at("id").as_string(), ids[0]);
    EXPECT_NEAR(items[1].at("distance_m").to_number<double>(), 3.1, 0.2);
    EXPECT_EQ(items[2].at("layer").as_string(), "cells");
    EXPECT_EQ(items[2].at("id").as_string(), city.city.cell_code("A1"));
    EXPECT_EQ(items[2].at("distance_m").to_number<double>(), 0);
    for (const std::string bad : {"lon=200&lat=1&zoom=17", "lon=1&lat=89&zoom=17", "lon=1&lat=1&zoom=3", "lon=1&lat=1"})
        EXPECT_EQ(city.as("operator").get("/api/v1/map/identify?" + bad).code(), "bad_query_value") << bad;
}

TEST_P(Maps, RestrictedFieldsStayOutOfTilesPagesAndItems) {
    const auto at = city.city.center("A1");
    const auto ids = add({json::object{{"geometry", json::object{{"type", "Point"}, {"coordinates", json::array{at.lon, at.lat}}}},
                                       {"attributes", json::object{{"name", "榕树"}, {"grade", "1"}, {"age", 512}, {"height_m", 18.5}, {"girth_cm", 700}, {"vigour", "normal"}, {"carer_phone", "13900139000"}}}}},
                         "heritage_trees");
    ASSERT_EQ(ids.size(), 1u);
    auto& operator_ = city.as("operator");
    const auto tile = geo::tile_at(at, 16);
    const auto url = path_of(std::string(layer("heritage_trees").at("tiles").as_string()), tile);
    const std::string place = "lon=" + std::to_string(at.lon) + "&lat=" + std::to_string(at.lat);
    for (const auto& path : {url, url + "?whole=true", "/api/v1/map/identify?zoom=17&" + place, std::string("/ogc/collections/heritage_trees/items"), "/ogc/collections/heritage_trees/items/" + ids[0],
                             std::string("/ogc/collections/heritage_trees/items?f=html"), "/ogc/collections/heritage_trees/items/" + ids[0] + "?f=html"}) {
        const auto answer = operator_.get(path);
        EXPECT_EQ(answer.status, 200) << path;
        EXPECT_EQ(answer.body.find("13900139000"), std::string::npos) << path;
        EXPECT_NE(answer.body.find("榕树"), std::string::npos) << path;
    }
    EXPECT_EQ(operator_.get("/ogc/collections/heritage_trees/items?carer_phone=13900139000").code(), "ogc_unknown_parameter");
    EXPECT_NE(system().get("/api/v1/map/identify?zoom=17&" + place).body.find("13900139000"), std::string::npos); // who may edit sees it
}

TEST_P(Maps, TheStyleDrawsEveryLayerInItsColours) {
    add({component("A1", "01004")});
    const auto style = city.as("operator").get("/api/v1/map/style.json");
    EXPECT_EQ(style.at("version").as_int64(), 8);
    const auto& sources = style.at("sources").as_object();
    ASSERT_TRUE(sources.contains("components"));
    EXPECT_EQ(sources.at("components").at("tiles").at(0).as_string(), layer("components").at("tiles").as_string());
    std::set<std::string> ids;
    for (const auto& each : style.at("layers").as_array()) {
        EXPECT_TRUE(ids.emplace(each.at("id").as_string()).second);
        if (const auto* source = each.as_object().if_contains("source")) {
            EXPECT_TRUE(sources.contains(source->as_string()));
        }
    }
    for (const auto* id : {"land", "base/water", "components/point", "components/cluster", "cells/outline"}) EXPECT_TRUE(ids.contains(id)) << id;
    EXPECT_EQ(style.at("layers").at(0).at("paint").at("background-color").as_string(), "#F1EFE8");
    EXPECT_EQ(city.as("operator").get("/api/v1/map/style.json?theme=dark").at("layers").at(0).at("paint").at("background-color").as_string(), "#181E22");
    const auto legend = layer("components").at("legend").as_array();
    ASSERT_EQ(legend.size(), 1u);
    EXPECT_EQ(legend[0].at("class_code").as_string(), "01004");
    EXPECT_EQ(city.as("operator").get("/api/v1/map/tiles/components/tile.json").at("tilejson").as_string(), "3.0.0");
}

TEST_P(Maps, OpenCasesAreShownToWhoMaySeeThemWithoutWhoReported) {
    const auto id = city.as("collector").report("A1");
    city.as("collector").report("B1");
    const auto at = city.city.center("A1");
    const auto box = "bbox=" + std::to_string(at.lon - 0.0004) + "," + std::to_string(at.lat - 0.0004) + "," + std::to_string(at.lon + 0.0004) + "," + std::to_string(at.lat + 0.0004);
    const auto found = city.as("operator").get("/api/v1/map/cases?" + box);
    ASSERT_EQ(found.at("features").as_array().size(), 1u) << found.body;
    const auto& properties = found.at("features").at(0).at("properties").as_object();
    EXPECT_EQ(properties.at("case_id").as_string(), id);
    EXPECT_TRUE(properties.contains("light") && properties.contains("kind"));
    EXPECT_FALSE(properties.contains("reporter") || properties.contains("description"));
    EXPECT_TRUE(found.at("is_complete").as_bool());
    EXPECT_EQ(city.as("collector2").get("/api/v1/map/cases?" + box).at("features").as_array().size(), 0u); // sees only its own
    EXPECT_EQ(city.as("operator").get("/api/v1/map/cases").code(), "bad_query_value");
    std::int64_t sum = 0;
    const auto heat = city.as("operator").get("/api/v1/map/heat?bbox=110,21,111,22&zoom=15&days=1");
    for (const auto& square : heat.at("items").as_array()) sum += square.at("count").as_int64();
    EXPECT_EQ(sum, 2);
    EXPECT_EQ(heat.at("total").as_int64(), 2);
    // A square holds what it counts: its box asked for the cases gives the same number.
    for (const auto& square : heat.at("items").as_array()) {
        std::string inside;
        for (const auto& one : square.at("bbox").as_array()) inside += (inside.empty() ? "" : ",") + to_json_text(one);
        EXPECT_EQ(static_cast<std::int64_t>(city.as("operator").get("/api/v1/cases?bbox=" + inside).at("items").as_array().size()), square.at("count").as_int64());
    }
    // One that the box cuts is counted whole, whichever part of it the box has.
    const auto& cut = heat.at("items").at(0);
    const auto edge = [&](std::size_t side) { return cut.at("bbox").at(side).to_number<double>(); };
    const double middle = (edge(0) + edge(2)) / 2;
    for (const auto& [west, east] : {std::pair(edge(0), middle), std::pair(middle, edge(2))}) {
        const auto part = city.as("operator").get(fmt::format("/api/v1/map/heat?bbox={:.7f},{:.7f},{:.7f},{:.7f}&zoom=15&days=1", west, edge(1), east, edge(3)));
        const auto& items = part.at("items").as_array();
        const auto same = std::ranges::find_if(items, [&](const auto& one) { return one.at("bbox") == cut.at("bbox"); });
        ASSERT_NE(same, items.end()) << part.body;
        EXPECT_EQ(same->at("count"), cut.at("count"));
    }
    EXPECT_EQ(parse_instant(heat.text("since")), city.city.clock.now_ms() - day_ms);
    const auto total = [&](const std::string& filter) { return city.as("operator").get("/api/v1/map/heat?bbox=110,21,111,22&days=1&" + filter).at("total").as_int64(); };
    const auto first = city.as("operator").get("/api/v1/cases/" + id);
    const auto code = std::string(first.at("class_code").as_string()), kind = std::string(first.at("kind").as_string());
    EXPECT_EQ(total("open=true"), 2);
    EXPECT_EQ(total("open=false"), 0);
    EXPECT_EQ(total("kind=" + kind + "&class_code=" + code), 2);
    EXPECT_EQ(total("kind=" + kind + "&class_code=" + code.substr(0, 2)), 2);
    EXPECT_EQ(total("class_code=99"), 0);
    EXPECT_EQ(city.as("operator").get("/api/v1/map/heat?bbox=110,21,111,22&kind=other").code(), "bad_query_value");
}

TEST_P(Maps, ClassesLeftOutAreInNoCountEither) {
    json::array puts;
    for (int i = 0; i < 40; ++i) puts.push_back(component("A1", i % 4 == 0 ? "01004" : "03005", i * 0.000002));
    add(std::move(puts));
    const auto centre = city.city.center("A1");
    const auto url = std::string(layer("components").at("tiles").as_string());
    const auto count = [&](int zoom, const std::string& without) {
        std::int64_t sum = 0;
        const auto world = geo::to_world(centre);
        const geo::TileId tile{zoom, static_cast<int>(world.x * (1 << zoom)), static_cast<int>(world.y * (1 << zoom))};
        for (const auto& feature : read(city.as("operator").get(path_of(url, tile) + without))) {
            std::int64_t own = 1;
            if (const auto gathered = feature.values.find("cluster_count"); gathered != feature.values.end()) own = std::get<std::int64_t>(gathered->second);
            sum += own;
        }
        return sum;
    };
    EXPECT_EQ(count(14, ""), 40);
    EXPECT_EQ(count(14, "?without=01004"), 30);
    EXPECT_EQ(count(16, "?without=03005"), 10);
    EXPECT_EQ(count(16, "?without=03005,01004"), 0);
}

} // namespace maps_contract_test
