// The abstract tests of OGC API – Features Part 1 (17-069r4 annex A: Core, GeoJSON, HTML) and Part 2 (18-058r1 annex A:
// CRS), transcribed; then GDAL as a reader that knows nothing of us, also while the layer is edited.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <thread>

#include <gmock/gmock.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "geo/tile.hpp"
#include "kit/http_kit.hpp"

using namespace chengge;
using kit::Answer;

namespace {

std::string output_of(const std::string& command) {
    std::string text;
    auto* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    char piece[4096];
    while (const auto got = std::fread(piece, 1, sizeof piece, pipe)) text.append(piece, got);
    ::pclose(pipe);
    return text;
}

constexpr const char* crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
std::string epsg(int code) { return "http://www.opengis.net/def/crs/EPSG/0/" + std::to_string(code); }

class Ogc : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};
    void SetUp() override { city.set_up(); }
    Answer get(const std::string& path) { return city.as("operator").get("/ogc" + path); }

    json::object component(const std::string& cell, int number) {
        const auto at = city.city.center(cell);
        constexpr const char* classes[] = {"01004", "01005", "04002"};
        return {{"geometry", json::object{{"type", "Point"}, {"coordinates", json::array{std::round((at.lon + (number % 7 - 3) * 1e-5) * 1e7) / 1e7, std::round((at.lat + (number % 5 - 2) * 1e-5) * 1e7) / 1e7}}}},
                {"attributes", json::object{{"class_code", classes[number % 3]}, {"competent_code", "sanitation-a"}, {"competent_name", "环卫所"}, {"state", number % 4 == 0 ? "damaged" : "intact"},
                                            {"note", "备注 “" + std::to_string(number) + "”"}}}};
    }
    void add(int count, int from = 0) {
        json::array puts;
        constexpr const char* cells[] = {"A1", "A2", "B1", "A4"};
        for (int i = 0; i < count; ++i) puts.push_back(component(cells[(from + i) % 4], from + i));
        const auto made = city.as("system_admin").post("/api/v1/registry/layers/components/changes", json::object{{"reason", "补录"}, {"puts", std::move(puts)}});
        ASSERT_EQ(made.status, 200) << made.body;
    }
    std::string href(const json::value& links, std::string_view rel, std::string_view type = "") {
        for (const auto& link : links.as_array())
            if (link.at("rel").as_string() == rel && (type.empty() || link.at("type").as_string() == type)) return std::string(link.at("href").as_string());
        return {};
    }
    // A link of ours as a path under /ogc.
    std::string local(const std::string& url) {
        EXPECT_TRUE(url.starts_with(city.url() + "/ogc")) << url;
        return url.substr((city.url() + "/ogc").size());
    }
    static std::set<std::string> ids_of(const Answer& answer) {
        std::set<std::string> ids;
        for (const auto& feature : answer.at("features").as_array()) EXPECT_TRUE(ids.emplace(feature.at("id").as_string()).second);
        return ids;
    }
    // Every page by its link next; each feature once.
    std::vector<std::string> walk(const std::string& path, const std::function<void()>& between = {}) {
        std::vector<std::string> ids;
        for (auto next = path; !next.empty();) {
            const auto page = get(next);
            EXPECT_EQ(page.status, 200) << page.body;
            if (page.status != 200) break;
            EXPECT_EQ(static_cast<std::int64_t>(page.at("features").as_array().size()), page.at("numberReturned").as_int64());
            for (const auto& feature : page.at("features").as_array()) ids.emplace_back(feature.at("id").as_string());
            const auto link = href(page.at("links"), "next");
            next = link.empty() ? "" : local(link);
            if (between) between();
        }
        return ids;
    }
};

ON_BOTH_ENGINES(Ogc);

} // namespace

// A.2.1 … A.2.3: API, landing page, conformance.
TEST_P(Ogc, LandingPageNamesDefinitionConformanceAndData) {
    const auto landing = get("?f=json");
    EXPECT_EQ(landing.header("Content-Type"), "application/json");
    const auto& links = landing.at("links");
    for (const auto* rel : {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}) EXPECT_FALSE(href(links, rel).empty()) << rel;
    const auto definition = get(local(href(links, "service-desc")));
    EXPECT_TRUE(definition.header("Content-Type").starts_with("application/vnd.oai.openapi+json;version=3.0"));
    EXPECT_TRUE(definition.at("openapi").as_string().starts_with("3.0"));
    EXPECT_TRUE(definition.at("paths").as_object().contains("/collections/components/items"));
    std::set<std::string> classes;
    const auto conformance = get(local(href(links, "conformance")));
    for (const auto& each : conformance.at("conformsTo").as_array()) classes.emplace(each.as_string());
    for (const auto* part : {"features-1/1.0/conf/core", "features-1/1.0/conf/geojson", "features-1/1.0/conf/html", "features-1/1.0/conf/oas30", "features-2/1.0/conf/crs"})
        EXPECT_TRUE(classes.contains("http://www.opengis.net/spec/ogcapi-" + std::string(part))) << part;
}

// A.2.4, A.2.5: collections and one collection are the same, with links to items in each form.
TEST_P(Ogc, CollectionsDescribeThemselves) {
    add(3);
    const auto all = get("/collections?f=json");
    EXPECT_FALSE(href(all.at("links"), "self").empty());
    EXPECT_FALSE(href(all.at("links"), "alternate", "text/html").empty());
    std::set<std::string> ids;
    for (const auto& each : all.at("collections").as_array()) {
        const std::string id(each.at("id").as_string());
        EXPECT_TRUE(ids.insert(id).second);
        const auto one = get("/collections/" + id + "?f=json");
        EXPECT_EQ(one.json, each);
        EXPECT_FALSE(href(each.at("links"), "items", "application/geo+json").empty()) << id;
        EXPECT_FALSE(href(each.at("links"), "items", "text/html").empty()) << id;
        EXPECT_EQ(each.at("crs").at(0).as_string(), crs84);
        EXPECT_EQ(get("/collections/" + id + "/items").status, 200) << id;
    }
    EXPECT_TRUE(ids.contains("components"));
    EXPECT_TRUE(ids.contains("cells"));
    EXPECT_FALSE(ids.contains("cameras")); // not published
    const auto components = get("/collections/components");
    EXPECT_TRUE(components.json.as_object().contains("updated"));
    const auto& box = components.at("extent").at("spatial").at("bbox").at(0).as_array();
    EXPECT_LE(box[0].to_number<double>(), box[2].to_number<double>());
    EXPECT_EQ(get("/collections/cameras").status, 404);
    EXPECT_EQ(get("/collections/nothing").status, 404);
}

// A.2.7: limit, bbox, datetime, unknown and wrong parameters, next links, timeStamp, numbers.
TEST_P(Ogc, LimitIsKeptAndPagesHaveEachFeatureOnce) {
    add(23);
    EXPECT_EQ(get("/collections/components/items?limit=4").at("numberReturned").as_int64(), 4);
    EXPECT_EQ(get("/collections/components/items?limit=4").at("numberMatched").as_int64(), 23);
    EXPECT_EQ(get("/collections/components/items?limit=999999").status, 200); // gets the most there is
    for (const auto* bad : {"limit=0", "limit=-1", "limit=x", "limit=1.5", "bbox=1,2,3", "bbox=1,2,3,x", "bbox=1,5,3,2", "bbox=1,2,3,400", "datetime=yesterday", "datetime=2026-05-01/2026-04-01",
                            "datetime=../..", "crs=EPSG:4326", "bbox-crs=x", "page=x", "page=0.1", "f=xml"}) {
        const auto answer = get("/collections/components/items?" + std::string(bad));
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_EQ(answer.code(), "ogc_bad_parameter") << bad;
    }
    EXPECT_EQ(get("/collections/components/items?nonsense=1").code(), "ogc_unknown_parameter");
    EXPECT_EQ(get("/collections?nonsense=1").status, 400);
    for (const int limit : {1, 5, 23, 100}) {
        const auto ids = walk("/collections/components/items?limit=" + std::to_string(limit));
        EXPECT_EQ(ids.size(), 23u);
        EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 23u);
    }
    EXPECT_TRUE(get("/collections/components/items").json.as_object().contains("timeStamp"));
}

TEST_P(Ogc, PagesGoThroughTheVersionTheyBeganIn) {
    add(20);
    const auto before = walk("/collections/components/items?limit=100");
    int round = 0;
    const auto ids = walk("/collections/components/items?limit=3", [&] {
        add(2, 100 + round * 2);
        ++round;
    });
    EXPECT_EQ(ids, before);
    EXPECT_GE(round, 6);
    EXPECT_EQ(walk("/collections/components/items?limit=100").size(), 20u + 2 * static_cast<std::size_t>(round));
}

TEST_P(Ogc, BoundingBoxTakesWhatMeetsIt) {
    add(12);
    const auto at = city.city.center("B1");
    const auto box = [](double west, double south, double east, double north) {
        return std::to_string(west) + "," + std::to_string(south) + "," + std::to_string(east) + "," + std::to_string(north);
    };
    const auto near = box(at.lon - 0.0003, at.lat - 0.0003, at.lon + 0.0003, at.lat + 0.0003);
    const auto found = get("/collections/components/items?bbox=" + near);
    EXPECT_EQ(found.at("numberMatched").as_int64(), 3);
    EXPECT_EQ(get("/collections/components/items?bbox=" + box(at.lon - 0.0003, at.lat - 0.0003, 0, at.lon + 0.0003) + "," + std::to_string(at.lat + 0.0003) + ",100").at("numberMatched").as_int64(), 3);
    EXPECT_EQ(get("/collections/components/items?bbox=0,0,1,1").at("numberMatched").as_int64(), 0);
    EXPECT_EQ(get("/collections/components/items?bbox=-180,-90,180,90").at("numberMatched").as_int64(), 12);
    // Of areas the area itself: a box inside a cell, away from its edges, meets that cell alone.
    const auto inside = box(at.lon - 1e-5, at.lat - 1e-5, at.lon + 1e-5, at.lat + 1e-5);
    EXPECT_EQ(ids_of(get("/collections/cells/items?bbox=" + inside)), std::set<std::string>{city.city.cell_code("B1")});
    // bbox-crs: latitude first, as EPSG:4326 says.
    EXPECT_EQ(get("/collections/components/items?bbox-crs=" + epsg(4326) + "&bbox=" + box(at.lat - 0.0003, at.lon - 0.0003, at.lat + 0.0003, at.lon + 0.0003)).at("numberMatched").as_int64(), 3);
}

TEST_P(Ogc, TimeAndPropertiesFilter) {
    add(12);
    const auto first = get("/collections/components/items?limit=1").at("features").at(0); // a copy
    const std::string date(first.at("properties").at("initial_date").as_string());
    for (const auto& [time, count] : std::vector<std::pair<std::string, int>>{{date, 12}, {date + "/..", 12}, {"../" + date, 12}, {"/" + date, 12}, {"2001-01-01/2001-12-31", 0}, {"../2001-01-01T00:00:00Z", 0},
                                                                              {"2001-01-01T00:00:00Z/" + date + "T23:59:59%2B08:00", 12}})
        EXPECT_EQ(get("/collections/components/items?datetime=" + time).at("numberMatched").as_int64(), count) << time;
    EXPECT_EQ(get("/collections/components/items?class_code=04002").at("numberMatched").as_int64(), 4);
    EXPECT_EQ(get("/collections/components/items?class_code=04002&state=damaged").at("numberMatched").as_int64(), 1);
    EXPECT_EQ(get("/collections/components/items?state=nothing").at("numberMatched").as_int64(), 0);
}

// A.2.8 and GeoJSON: one feature.
TEST_P(Ogc, AFeatureIsGeoJsonWithItsLinks) {
    add(2);
    const auto list = get("/collections/components/items");
    EXPECT_EQ(list.header("Content-Type"), "application/geo+json");
    EXPECT_EQ(list.at("type").as_string(), "FeatureCollection");
    for (const auto& feature : list.at("features").as_array()) {
        const auto one = get("/collections/components/items/" + std::string(feature.at("id").as_string()));
        EXPECT_EQ(one.header("Content-Type"), "application/geo+json");
        EXPECT_EQ(one.at("type").as_string(), "Feature");
        EXPECT_EQ(one.at("geometry"), feature.at("geometry"));
        EXPECT_EQ(one.at("properties"), feature.at("properties"));
        EXPECT_FALSE(href(one.at("links"), "self").empty());
        EXPECT_FALSE(href(one.at("links"), "alternate", "text/html").empty());
        EXPECT_FALSE(href(one.at("links"), "collection").empty());
    }
    EXPECT_EQ(get("/collections/components/items/44089101004099999").status, 404);
}

// 18-058r1 A.2: the same feature in every system offered, in that system's own order of axes.
TEST_P(Ogc, CoordinatesComeInTheSystemAskedFor) {
    add(1);
    const auto plain = get("/collections/components/items").at("features").at(0).at("geometry").at("coordinates");
    const auto lon = plain.at(0).to_number<double>(), lat = plain.at(1).to_number<double>();
    const auto in = [&](const std::string& crs) {
        const auto answer = get("/collections/components/items?crs=" + crs);
        EXPECT_EQ(answer.header("Content-Crs"), "<" + crs + ">");
        const auto at = answer.at("features").at(0).at("geometry").at("coordinates");
        return std::pair(at.at(0).to_number<double>(), at.at(1).to_number<double>());
    };
    EXPECT_EQ(in(crs84), std::pair(lon, lat));
    EXPECT_EQ(in(epsg(4326)), std::pair(lat, lon));
    EXPECT_EQ(in(epsg(4490)), std::pair(lat, lon));
    const auto mercator = in(epsg(3857));
    EXPECT_NEAR(mercator.first, lon * 20037508.342789244 / 180, 0.001);
    EXPECT_NEAR(mercator.second, std::log(std::tan((90 + lat) * M_PI / 360)) * 6378137, 0.001);
    // Gauss–Krüger about 111°E: northing first; the easting is 500 km on the meridian.
    const auto plane = in(epsg(4546));
    EXPECT_NEAR(plane.first, lat * 110'700, 3'000);
    EXPECT_NEAR(plane.second, 500'000 + (lon - 111) * 111'320 * std::cos(lat * M_PI / 180), 200);
    EXPECT_EQ(get("/collections/components/items").header("Content-Crs"), "<" + std::string(crs84) + ">");
    const auto list = get("/collections/components").at("crs"); // a copy
    for (const auto& crs : list.as_array()) EXPECT_EQ(get("/collections/components/items?crs=" + std::string(crs.as_string())).status, 200);
    // A box in the plane meets what a box in degrees meets.
    const auto box = std::to_string(plane.first - 5) + "," + std::to_string(plane.second - 5) + "," + std::to_string(plane.first + 5) + "," + std::to_string(plane.second + 5);
    EXPECT_EQ(get("/collections/components/items?bbox-crs=" + epsg(4546) + "&bbox=" + box).at("numberMatched").as_int64(), 1);
}

TEST_P(Ogc, EachAddressIsAPageForABrowser) {
    add(5);
    const auto id = std::string(get("/collections/components/items").at("features").at(0).at("id").as_string());
    for (const std::string& path : std::vector<std::string>{"", "/conformance", "/api", "/collections", "/collections/components", "/collections/components/items", "/collections/components/items/" + id,
                                                            "/collections/components/tiles", "/tileMatrixSets"}) {
        const auto page = city.as("operator").send({.path = "/ogc" + path, .headers = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}}});
        EXPECT_EQ(page.status, 200) << path;
        EXPECT_TRUE(page.header("Content-Type").starts_with("text/html")) << path;
        EXPECT_TRUE(page.body.starts_with("<!DOCTYPE html>")) << path;
        EXPECT_EQ(page.body.find("<script"), std::string::npos) << path;
        EXPECT_NE(page.body.find("<title>"), std::string::npos) << path;
    }
    EXPECT_NE(get("/collections/components/items?f=html&limit=2").body.find("下一页"), std::string::npos);
}

TEST_P(Ogc, WhatIsPublishedOfADemoIsOpenAndTheRestIsNot) {
    add(1);
    EXPECT_EQ(city.stranger().get("/ogc/collections/components/items").status, 200);
    EXPECT_EQ(city.stranger().get("/ogc/collections/cameras/items").status, 404);
    EXPECT_EQ(city.stranger().get("/api/v1/map/layers").code(), "unauthorized");
}

TEST_P(Ogc, TilesHaveTheirSetAndTheirTileJson) {
    add(4);
    const auto sets = get("/collections/components/tiles");
    EXPECT_EQ(sets.at("tilesets").at(0).at("dataType").as_string(), "vector");
    const auto matrices = get("/tileMatrixSets/WebMercatorQuad").at("tileMatrices").as_array();
    EXPECT_EQ(matrices.size(), 23u);
    EXPECT_EQ(matrices[3].at("matrixWidth").as_int64(), 8);
    EXPECT_EQ(get("/collections/components/tiles/WebMercatorQuad?f=tilejson").at("tilejson").as_string(), "3.0.0");
    const auto tile = geo::tile_at(city.city.center("A1"), 15);
    const auto path = "/collections/components/tiles/WebMercatorQuad/15/" + std::to_string(tile.y) + "/" + std::to_string(tile.x);
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 200);
    const auto again = city.as("operator").send({.path = "/ogc" + path, .headers = {{"If-None-Match", answer.header("ETag")}}});
    EXPECT_EQ(again.status, 304);
    add(1, 50); // another version: the tag no longer fits
    EXPECT_EQ(city.as("operator").send({.path = "/ogc" + path, .headers = {{"If-None-Match", answer.header("ETag")}}}).status, 200);
    EXPECT_EQ(get("/collections/components/tiles/WebMercatorQuad/15/0/99999").code(), "tile_not_found");
    EXPECT_EQ(get("/collections/components/tiles/Other").status, 404);
}

// GDAL reads every collection back: as many, the same attributes, the same places.
TEST_P(Ogc, GdalReadsBackEveryCollectionPageByPage) {
    add(37);
    const auto environment = "GDAL_HTTP_HEADERS='Authorization: Bearer " + city.as("operator").token() + "' ";
    const auto collections = get("/collections");
    for (const auto& collection : collections.at("collections").as_array()) {
        const std::string id(collection.at("id").as_string());
        const auto count = collection.at("numberOfFeatures").as_int64();
        if (count == 0) continue;
        const auto text = output_of(environment + "ogr2ogr -f GeoJSON /vsistdout/ 'OAPIF:" + city.url() + "/ogc' " + id + " -oo PAGE_SIZE=7 -lco COORDINATE_PRECISION=7 -lco RFC7946=NO");
        const auto read = parse_json(text);
        ASSERT_TRUE(read) << id << " " << text.substr(0, 300);
        std::map<std::string, json::value> ours;
        const auto all = get("/collections/" + id + "/items?limit=10000");
        for (const auto& feature : all.at("features").as_array()) ours[std::string(feature.at("id").as_string())] = feature;
        std::set<std::string> seen;
        for (const auto& feature : read->at("features").as_array()) {
            const auto& properties = feature.at("properties").as_object();
            const auto* own_id = feature.as_object().if_contains("id");
            const std::string key(own_id != nullptr && own_id->is_string() ? own_id->as_string() : properties.at("id").as_string());
            ASSERT_TRUE(ours.contains(key)) << id << " " << key;
            ASSERT_TRUE(seen.insert(key).second) << id << " " << key;
            for (const auto& member : ours.at(key).at("properties").as_object()) {
                const auto* value = properties.if_contains(member.key());
                if (member.value().is_null() || value == nullptr) continue;
                // Dates come back as GDAL writes them, with strokes.
                if (member.value().is_string() && value->is_string()) {
                    EXPECT_EQ(std::regex_replace(std::string(value->as_string()), std::regex("^(\\d{4})/(\\d\\d)/(\\d\\d)$"), "$1-$2-$3"), std::string(member.value().as_string())) << id << " " << key << " " << member.key();
                }
                if (member.value().is_number() && value->is_number()) {
                    EXPECT_EQ(value->to_number<double>(), member.value().to_number<double>());
                }
            }
            if (ours.at(key).at("geometry").is_object()) {
                EXPECT_EQ(to_json_text(feature.at("geometry").at("coordinates")), to_json_text(ours.at(key).at("geometry").at("coordinates"))) << id << " " << key;
            }
        }
        EXPECT_EQ(static_cast<std::int64_t>(seen.size()), count) << id;
    }
}

TEST_P(Ogc, GdalReadsEachFeatureOnceWhileTheLayerIsEdited) {
    add(120);
    const auto before = walk("/collections/components/items?limit=1000");
    auto& editor = city.as("system_admin");
    std::atomic<bool> is_over = false;
    std::atomic<int> edits = 0;
    std::thread editing([&] {
        while (!is_over) {
            json::array puts{component("A1", 200 + edits)};
            const auto made = editor.post("/api/v1/registry/layers/components/changes", json::object{{"reason", "补录"}, {"puts", std::move(puts)}, {"removed", json::array{json::value(before[static_cast<std::size_t>(edits) % before.size()])}}});
            if (made.status == 200) ++edits;
        }
    });
    std::vector<std::set<std::string>> reads;
    const auto environment = "GDAL_HTTP_HEADERS='Authorization: Bearer " + city.as("operator").token() + "' ";
    bool is_once = true;
    for (int i = 0; i < 3; ++i) {
        const auto read = parse_json(output_of(environment + "ogr2ogr -f GeoJSON /vsistdout/ 'OAPIF:" + city.url() + "/ogc' components -oo PAGE_SIZE=5"));
        reads.emplace_back();
        if (!read) continue;
        for (const auto& feature : read->at("features").as_array()) {
            const auto* own_id = feature.as_object().if_contains("id");
            const std::string key(own_id != nullptr && own_id->is_string() ? own_id->as_string() : feature.at("properties").at("id").as_string());
            is_once = reads.back().insert(key).second && is_once;
        }
    }
    is_over = true;
    editing.join();
    EXPECT_TRUE(is_once);
    EXPECT_GT(edits, 3);
    // Each edit takes one away and adds one: every version has 120.
    for (const auto& each : reads) EXPECT_EQ(each.size(), 120u);
}

TEST_P(Ogc, GdalReadsOurTiles) {
    add(25);
    const auto centre = city.city.center("A1");
    for (const std::string layer : {"components", "cells", "regions"}) {
        const auto tile = geo::tile_at(centre, 14);
        const auto tiles = std::string(city.as("operator").get("/api/v1/map/tiles/" + layer + "/tile.json").at("tiles").at(0).as_string());
        const auto version = split(tiles.substr(tiles.find("/tiles/") + 7), '/')[1];
        const auto path = layer + "/" + version + "/14/" + std::to_string(tile.x) + "/" + std::to_string(tile.y) + ".mvt";
        const auto answer = city.as("operator").get("/api/v1/map/tiles/" + path + "?whole=true");
        ASSERT_EQ(answer.status, 200) << layer;
        const auto folder = city.city.folder.path() + "/tiles/14/" + std::to_string(tile.x);
        std::filesystem::create_directories(folder);
        const auto file = folder + "/" + std::to_string(tile.y) + ".mvt";
        save_file(file, answer.body);
        const auto read = parse_json(output_of("ogr2ogr -f GeoJSON /vsistdout/ -t_srs EPSG:4326 -oo CLIP=NO MVT:" + file + " " + layer));
        ASSERT_TRUE(read) << layer;
        const auto box = geo::tile_box(tile, 64);
        std::map<std::string, json::value> ours;
        const auto items = get("/collections/" + layer + "/items?limit=10000&bbox=" + std::to_string(box.west) + "," + std::to_string(box.south) + "," + std::to_string(box.east) + "," + std::to_string(box.north));
        for (const auto& feature : items.at("features").as_array())
            ours[std::string(feature.at("id").as_string())] = feature;
        EXPECT_EQ(read->at("features").as_array().size(), ours.size()) << layer;
        for (const auto& feature : read->at("features").as_array()) {
            const auto found = ours.find(std::string(feature.at("properties").at("id").as_string()));
            ASSERT_NE(found, ours.end()) << layer;
            if (layer != "components") continue;
            const auto& at = feature.at("geometry").at("coordinates");
            const auto& own = found->second.at("geometry").at("coordinates");
            // One unit of a tile's grid at zoom 14 is 0.56 m.
            EXPECT_NEAR(at.at(0).to_number<double>(), own.at(0).to_number<double>(), 6e-6);
            EXPECT_NEAR(at.at(1).to_number<double>(), own.at(1).to_number<double>(), 6e-6);
            EXPECT_EQ(feature.at("properties").at("note"), found->second.at("properties").at("note"));
        }
    }
}
