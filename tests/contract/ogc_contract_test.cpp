// The abstract tests of OGC API – Features Part 1 (17-069r4 annex A: Core, GeoJSON, HTML, OpenAPI 3.0) and Part 2 (18-058r1
// annex A: CRS), transcribed.
//
// Where each abstract test is:
//   /ats/core/http, query-param-unknown, query-param-invalid          AnswersByTheCodesOfHttp, LimitIsKeptAndPagesHaveEachFeatureOnce
//   /ats/core/crs84, /conf/crs/crs-parameter-default                  WithoutACrsEveryCoordinateIsCrs84
//   /ats/core/root-op, root-success, api-definition-op, -success,
//     conformance-op, -success                                        LandingPageNamesDefinitionConformanceAndData
//   /ats/core/fc-md-op, -success, -links, -items, -items-links,
//     sfc-md-op, sfc-md-success                                       CollectionsDescribeThemselves
//   /ats/core/fc-md-extent                                            TheExtentHoldsEveryFeature
//   /ats/core/fc-bbox-definition, fc-limit-, fc-time-;
//     /ats/oas30/oas-definition-1, -2, oas-impl, completeness,
//     exceptions-codes, security                                      TheDefinitionSaysWhatTheStandardAndTheServerDo
//   /ats/core/fc-op, fc-response, fc-limit-response, fc-links,
//     fc-timeStamp, fc-numberMatched, fc-numberReturned               LimitIsKeptAndPagesHaveEachFeatureOnce, PagesSayWhatTheyAreAndWhereTheOthersAre
//   /ats/core/fc-bbox-response                                        BoundingBoxTakesWhatMeetsIt, ABoxOverTheAntimeridianIsTwo
//   /ats/core/fc-time-response                                        TimeAndPropertiesFilter
//   /ats/core/f-op, f-success, f-links; /ats/geojson/definition,
//     content                                                         AFeatureIsGeoJsonWithItsLinks, EveryCollectionIsValidGeoJson
//   /ats/html/definition, content                                     EachAddressIsAPageForABrowser
//   /conf/crs/crs-uri, default-crs, storageCrs                        SystemsAreNamedByUriAndTheDefaultIsAmongThem
//   /conf/crs/crs-parameter, crs-parameter-invalid, crs-transform     CoordinatesComeInTheSystemAskedFor, EverySystemIsAnsweredForEveryCollection
//   /conf/crs/bbox-crs-parameter, -invalid, -default                  ABoxInAnySystemTakesTheSame
// Not here: /ats/gmlsf0/… and /ats/gmlsf2/…, because GML is not claimed; time intervals of collections (fc-md-extent), because no
// collection has a temporal extent.
#include <cmath>
#include <functional>
#include <regex>

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "geo/crs.hpp"
#include "geo/tile.hpp"
#include "kit/ogc_kit.hpp"

namespace ogc_contract_test {

using namespace chengge;
using kit::crs84;
using kit::epsg;

namespace {

class Ogc : public kit::OgcCity {};

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

TEST_P(Ogc, AnswersByTheCodesOfHttp) {
    for (const auto* path : {"", "/conformance", "/api", "/collections", "/collections/cells", "/collections/cells/items"}) {
        EXPECT_EQ(get(path).status, 200) << path;
        // Past the contract, which names no HEAD: the server has it of every GET.
        const auto head = http::fetch({.method = http::Method::head, .url = city.url() + "/ogc" + path, .headers = {{"Authorization", "Bearer " + city.as("operator").token()}}, .body = "", .ca_file = ""});
        EXPECT_EQ(head.status, 200) << path;
        EXPECT_TRUE(head.body.empty()) << path;
        EXPECT_EQ(get(std::string(path) + "?nonsense=1").status, 400) << path;
        EXPECT_EQ(get(std::string(path) + "?f=nonsense").status, 400) << path;
    }
    EXPECT_EQ(city.as("operator").send({.method = http::Method::post, .path = "/ogc/collections/cells/items", .body = "{}"}).status, 405);
    EXPECT_EQ(get("/collections/cells/items/440891010049999").status, 404);
}

TEST_P(Ogc, TheDefinitionSaysWhatTheStandardAndTheServerDo) {
    const auto definition = get("/api?f=json").json; // a copy
    EXPECT_TRUE(definition.at("openapi").as_string().starts_with("3.0."));
    EXPECT_EQ(definition.at("servers").at(0).at("url").as_string(), city.url() + "/ogc");
    EXPECT_EQ(definition.at("components").at("securitySchemes").at("session").at("scheme").as_string(), "bearer");
    const auto collections = get("/collections");
    std::set<std::string> operations;
    for (const auto& path : definition.at("paths").as_object()) {
        const auto& act = path.value().at("get").as_object();
        EXPECT_TRUE(operations.emplace(act.at("operationId").as_string()).second) << path.key();
        for (const auto* status : {"200", "400"}) EXPECT_TRUE(act.at("responses").as_object().contains(status)) << path.key();
        EXPECT_FALSE(act.at("responses").at("200").at("content").as_object().empty()) << path.key();
        for (const auto& parameter : act.at("parameters").as_array()) EXPECT_EQ(parameter.at("in").as_string() == "path", parameter.at("required").as_bool()) << path.key();
        // What needs no name in its place is there as it says.
        if (path.key().find('{') != std::string_view::npos) continue;
        EXPECT_EQ(get(path.key() == "/" ? "" : std::string(path.key())).status, 200) << path.key();
    }
    for (const auto& collection : collections.at("collections").as_array()) {
        const auto path = "/collections/" + std::string(collection.at("id").as_string());
        for (const auto& one : {path, path + "/items", path + "/items/{featureId}"}) ASSERT_TRUE(definition.at("paths").as_object().contains(one)) << one;
        std::map<std::string, json::value> parameters;
        for (const auto& parameter : definition.at("paths").at(path + "/items").at("get").at("parameters").as_array()) parameters[std::string(parameter.at("name").as_string())] = parameter;
        for (const auto* name : {"limit", "bbox", "datetime", "crs", "bbox-crs"}) {
            ASSERT_TRUE(parameters.contains(name)) << path << " " << name;
            EXPECT_EQ(parameters.at(name).at("in").as_string(), "query");
            EXPECT_FALSE(parameters.at(name).at("required").as_bool());
            EXPECT_EQ(parameters.at(name).at("style").as_string(), "form");
            EXPECT_FALSE(parameters.at(name).at("explode").as_bool());
        }
        const auto &box = parameters.at("bbox").at("schema"), &limit = parameters.at("limit").at("schema");
        EXPECT_EQ(to_json_text(box), R"({"type":"array","minItems":4,"maxItems":6,"items":{"type":"number"}})");
        EXPECT_EQ(limit.at("type").as_string(), "integer");
        EXPECT_EQ(limit.at("minimum").as_int64(), 1);
        EXPECT_LE(limit.at("default").as_int64(), limit.at("maximum").as_int64());
        EXPECT_EQ(parameters.at("datetime").at("schema").at("type").as_string(), "string");
        for (const auto* name : {"crs", "bbox-crs"}) EXPECT_EQ(to_json_text(parameters.at(name).at("schema")), R"({"type":"string","format":"uri"})");
    }
}

TEST_P(Ogc, TheExtentHoldsEveryFeature) {
    add(12);
    const auto collections = get("/collections");
    int looked = 0;
    for (const auto& collection : collections.at("collections").as_array()) {
        if (!collection.at("extent").as_object().contains("spatial")) continue;
        const auto& spatial = collection.at("extent").at("spatial");
        EXPECT_EQ(spatial.at("crs").as_string(), crs84);
        const auto& box = spatial.at("bbox").at(0).as_array();
        ASSERT_EQ(box.size(), 4u);
        const std::function<void(const json::value&)> look = [&](const json::value& part) {
            if (part.is_array() && !part.as_array().empty() && part.at(0).is_number()) {
                for (const std::size_t axis : {0u, 1u}) {
                    EXPECT_GE(part.at(axis).to_number<double>(), box[axis].to_number<double>());
                    EXPECT_LE(part.at(axis).to_number<double>(), box[axis + 2].to_number<double>());
                }
                ++looked;
            } else if (part.is_array())
                for (const auto& each : part.as_array()) look(each);
        };
        const auto all = get("/collections/" + std::string(collection.at("id").as_string()) + "/items?limit=10000");
        for (const auto& feature : all.at("features").as_array())
            if (feature.at("geometry").is_object()) look(feature.at("geometry").at("coordinates"));
    }
    EXPECT_GT(looked, 50);
}

TEST_P(Ogc, PagesSayWhatTheyAreAndWhereTheOthersAre) {
    add(5);
    const std::string path = "/collections/components/items?limit=2&state=intact";
    const auto first = get(path);
    EXPECT_FALSE(href(first.at("links"), "self", "application/geo+json").empty());
    EXPECT_FALSE(href(first.at("links"), "alternate", "text/html").empty());
    for (const auto& link : first.at("links").as_array())
        for (const auto* part : {"href", "rel", "type"}) EXPECT_FALSE(link.at(part).as_string().empty());
    EXPECT_TRUE(std::regex_match(std::string(first.at("timeStamp").as_string()), std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*(Z|[+-]\d\d:\d\d))")));
    // The filter goes along; the last page has no next.
    const auto all = walk(path);
    EXPECT_EQ(static_cast<std::int64_t>(all.size()), first.at("numberMatched").as_int64());
    EXPECT_TRUE(href(get("/collections/components/items?limit=100").at("links"), "next").empty());
    EXPECT_TRUE(href(get("/collections/components/items?limit=5").at("links"), "next").empty());
}

TEST_P(Ogc, ABoxOverTheAntimeridianIsTwo) {
    add(12);
    const auto count = [&](const std::string& box) { return get("/collections/components/items?bbox=" + box).at("numberMatched").as_int64(); };
    EXPECT_EQ(count("170,-90,120,90"), 12); // 170 … 180 and −180 … 120
    EXPECT_EQ(count("100,-90,-170,90"), 12);
    EXPECT_EQ(count("170,-90,-170,90"), 0);
    EXPECT_EQ(count("170,-90,110.3,90"), 0);
    EXPECT_EQ(get("/collections/cells/items?bbox=111,-90,110.9,90").at("numberMatched").as_int64(), get("/collections/cells").at("numberOfFeatures").as_int64());
    EXPECT_EQ(get("/collections/components/items?bbox=").status, 400);
}

// RFC 7946: types, rings closed, positions of two numbers; the properties are an object, the id stands beside them.
TEST_P(Ogc, EveryCollectionIsValidGeoJson) {
    add(6);
    const auto collections = get("/collections");
    for (const auto& collection : collections.at("collections").as_array()) {
        const auto all = get("/collections/" + std::string(collection.at("id").as_string()) + "/items?limit=10000&f=json");
        EXPECT_EQ(all.header("Content-Type"), "application/geo+json");
        EXPECT_EQ(all.at("type").as_string(), "FeatureCollection");
        for (const auto& feature : all.at("features").as_array()) {
            EXPECT_EQ(feature.at("type").as_string(), "Feature");
            EXPECT_TRUE(feature.at("properties").is_object());
            EXPECT_TRUE(feature.at("id").is_string());
            const auto& geometry = feature.at("geometry");
            if (geometry.is_null() || geometry.at("type").as_string() != "Polygon") continue;
            for (const auto& ring : geometry.at("coordinates").as_array()) {
                EXPECT_GE(ring.as_array().size(), 4u);
                EXPECT_EQ(ring.as_array().front(), ring.as_array().back());
            }
        }
    }
}

TEST_P(Ogc, WithoutACrsEveryCoordinateIsCrs84) {
    add(3);
    const auto collections = get("/collections");
    for (const auto& collection : collections.at("collections").as_array()) {
        const auto path = "/collections/" + std::string(collection.at("id").as_string()) + "/items";
        const auto plain = get(path), said = get(path + "?crs=" + crs84);
        EXPECT_EQ(plain.header("Content-Crs"), "<" + std::string(crs84) + ">") << path;
        EXPECT_EQ(plain.at("features"), said.at("features")) << path;
    }
}

TEST_P(Ogc, SystemsAreNamedByUriAndTheDefaultIsAmongThem) {
    const auto all = get("/collections");
    const std::regex uri(R"(http://www\.opengis\.net/def/crs/(OGC/1\.3/CRS84|EPSG/0/\d+))");
    for (const auto& collection : all.at("collections").as_array()) {
        std::set<std::string> named;
        for (const auto& crs : collection.at("crs").as_array()) {
            const std::string text(crs.as_string());
            EXPECT_TRUE(std::regex_match(text, uri)) << text;
            named.insert(text);
        }
        EXPECT_TRUE(named.contains(crs84));
        EXPECT_TRUE(named.contains(std::string(collection.at("storageCrs").as_string())));
    }
}

TEST_P(Ogc, EverySystemIsAnsweredForEveryCollection) {
    add(3);
    const auto all = get("/collections");
    for (const auto& collection : all.at("collections").as_array()) {
        const auto path = "/collections/" + std::string(collection.at("id").as_string()) + "/items";
        const auto plain = get(path);
        const auto& features = plain.at("features").as_array();
        for (const auto& system : collection.at("crs").as_array()) {
            const std::string crs(system.as_string());
            const auto list = get(path + "?crs=" + crs);
            EXPECT_EQ(list.status, 200) << path << crs;
            EXPECT_EQ(list.header("Content-Crs"), "<" + crs + ">") << path;
            EXPECT_EQ(ids_of(list), ids_of(plain)) << path << crs;
            if (features.empty()) continue;
            const auto one = get(path + "/" + std::string(features.front().at("id").as_string()) + "?crs=" + crs);
            EXPECT_EQ(one.status, 200) << path << crs;
            EXPECT_EQ(one.header("Content-Crs"), "<" + crs + ">") << path;
            EXPECT_EQ(one.at("geometry"), list.at("features").at(0).at("geometry")) << path << crs;
        }
        for (const auto& bad : {epsg(4547), std::string("EPSG:4490"), std::string("x")}) {
            EXPECT_EQ(get(path + "?crs=" + bad).status, 400) << bad;
            if (features.empty()) continue;
            EXPECT_EQ(get(path + "/" + std::string(features.front().at("id").as_string()) + "?crs=" + bad).status, 400) << bad;
        }
    }
}

// The same box said in each system's own axes takes the same features as in degrees.
TEST_P(Ogc, ABoxInAnySystemTakesTheSame) {
    add(12);
    const auto middle = city.city.center("B1");
    const auto of = [](double west, double south, double east, double north) {
        return "bbox=" + std::to_string(west) + "," + std::to_string(south) + "," + std::to_string(east) + "," + std::to_string(north);
    };
    const double west = middle.lon - 3e-4, south = middle.lat - 3e-4, east = middle.lon + 3e-4, north = middle.lat + 3e-4;
    for (const std::string layer : {"components", "cells", "regions"}) {
        const auto path = "/collections/" + layer + "/items?";
        const auto plain = ids_of(get(path + of(west, south, east, north)));
        EXPECT_FALSE(plain.empty()) << layer;
        EXPECT_EQ(ids_of(get(path + "bbox-crs=" + crs84 + "&" + of(west, south, east, north))), plain) << layer;
        for (const int degrees : {4490, 4326}) EXPECT_EQ(ids_of(get(path + "bbox-crs=" + epsg(degrees) + "&" + of(south, west, north, east))), plain) << layer << degrees;
        for (const int metres : {4546, 3857}) {
            const auto system = *geo::CoordinateSystem::parse("EPSG:" + std::to_string(metres));
            const auto a = system.from_cgcs2000({west, south}), b = system.from_cgcs2000({east, north});
            EXPECT_EQ(ids_of(get(path + "bbox-crs=" + epsg(metres) + "&" + (metres == 4546 ? of(a.lat, a.lon, b.lat, b.lon) : of(a.lon, a.lat, b.lon, b.lat)))), plain) << layer << metres;
        }
        for (const auto& bad : {epsg(4547), std::string("EPSG:4490")}) EXPECT_EQ(get(path + "bbox-crs=" + bad + "&" + of(west, south, east, north)).status, 400) << bad;
    }
}

} // namespace ogc_contract_test
