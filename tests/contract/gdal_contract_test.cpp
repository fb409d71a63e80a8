// GDAL (gdal-bin) as a reader that knows nothing of us: its OAPIF and MVT drivers read every published layer back, also while it is
// edited. Numbers are compared as numbers (19 is 19.0, 15 digits), days without their separators (GDAL writes 2026/02/28), places to 1e-7°.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "geo/tile.hpp"
#include "kit/feature_kit.hpp"
#include "kit/ogc_kit.hpp"

namespace gdal_contract_test {

using namespace chengge;

namespace {

std::string output_of(const std::string& command) {
    std::string text;
    auto* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    char piece[4096];
    while (const auto got = std::fread(piece, 1, sizeof piece, pipe)) text.append(piece, got);
    ::pclose(pipe);
    return text;
}

bool is_same_value(const json::value& read, const json::value& own) {
    if (own.is_bool()) return read.is_bool() ? read == own : read.is_number() && (read.to_number<double>() != 0) == own.as_bool();
    if (own.is_number()) return read.is_number() && std::fabs(read.to_number<double>() - own.to_number<double>()) <= 1e-14 * std::fabs(own.to_number<double>());
    if (!own.is_string() || !read.is_string()) return read == own;
    std::string text(read.as_string());
    if (text.size() == 10 && text[4] == '/' && text[7] == '/') text[4] = text[7] = '-';
    return text == own.as_string();
}

bool is_same_place(const json::value& read, const json::value& own) {
    if (own.is_number()) return read.is_number() && std::fabs(read.to_number<double>() - own.to_number<double>()) <= 1e-7;
    if (!own.is_array() || !read.is_array() || own.as_array().size() != read.as_array().size()) return false;
    for (std::size_t i = 0; i < own.as_array().size(); ++i)
        if (!is_same_place(read.as_array()[i], own.as_array()[i])) return false;
    return true;
}

class Gdal : public kit::OgcCity {
protected:
    void SetUp() override {
        kit::OgcCity::SetUp();
        Random random(7);
        for (const auto& layer : city.installation->registry->layers()) {
            if (!layer.is_published || layer.kept_by == "grid") continue;
            const auto made = city.installation->registry->change(layer.id, {.puts = kit::whole_features(layer, 23, city.city, random), .removed = {}}, {.person = std::nullopt, .reason = "试验"});
            ASSERT_TRUE(made) << layer.id << " " << made.error().code;
        }
    }
    std::vector<std::string> published() const {
        std::vector<std::string> ids;
        for (const auto& layer : city.installation->registry->layers())
            if (layer.is_published) ids.push_back(layer.id);
        return ids;
    }
    std::map<std::string, json::value> features_of(const std::string& layer, const std::string& query = "") {
        std::map<std::string, json::value> ours;
        const auto all = get("/collections/" + layer + "/items?limit=10000" + query);
        for (const auto& feature : all.at("features").as_array()) ours[std::string(feature.at("id").as_string())] = feature;
        return ours;
    }
    json::value read_by_gdal(const std::string& layer, int page_size) {
        const auto text = output_of("GDAL_HTTP_HEADERS='Authorization: Bearer " + city.as("operator").token() + "' ogr2ogr -f GeoJSON /vsistdout/ 'OAPIF:" + city.url() + "/ogc' " + layer +
                                    " -oo PAGE_SIZE=" + std::to_string(page_size) + " -lco COORDINATE_PRECISION=9 -lco RFC7946=NO");
        auto read = parse_json(text);
        EXPECT_TRUE(read) << layer << " " << text.substr(0, 300);
        return read ? *read : json::object{{"features", json::array{}}};
    }
    static std::string id_of(const json::value& feature) {
        const auto* own = feature.as_object().if_contains("id");
        return std::string(own != nullptr && own->is_string() ? own->as_string() : feature.at("properties").at("id").as_string());
    }
    static void expect_same(const json::value& read, const json::value& own, const std::string& where) {
        for (const auto& member : own.at("properties").as_object()) {
            if (member.value().is_null()) continue;
            const auto* value = read.at("properties").as_object().if_contains(member.key());
            EXPECT_TRUE(value != nullptr && is_same_value(*value, member.value())) << where << " " << member.key() << ": " << to_json_text(member.value()) << ", GDAL " << (value == nullptr ? "nothing" : to_json_text(*value));
        }
        const auto &there = read.at("geometry"), &here = own.at("geometry");
        EXPECT_EQ(there.is_object(), here.is_object()) << where;
        if (!there.is_object() || !here.is_object()) return;
        EXPECT_EQ(there.at("type"), here.at("type")) << where;
        EXPECT_TRUE(is_same_place(there.at("coordinates"), here.at("coordinates"))) << where << " " << to_json_text(there) << " " << to_json_text(here);
    }
};

ON_BOTH_ENGINES(Gdal);

} // namespace

TEST_P(Gdal, ReadsBackEveryPublishedLayerPageByPage) {
    ASSERT_GE(published().size(), 14u);
    for (const auto& layer : published()) {
        const auto ours = features_of(layer);
        ASSERT_FALSE(ours.empty()) << layer;
        std::set<std::string> seen;
        const auto read = read_by_gdal(layer, 7);
        for (const auto& feature : read.at("features").as_array()) {
            const auto id = id_of(feature);
            ASSERT_TRUE(ours.contains(id)) << layer << " " << id;
            ASSERT_TRUE(seen.insert(id).second) << layer << " " << id << " twice";
            expect_same(feature, ours.at(id), layer + " " + id);
        }
        EXPECT_EQ(seen.size(), ours.size()) << layer;
    }
}

// A third is taken away one by one while as many are added, a third is edited, a third stays as it is.
TEST_P(Gdal, ReadsEachFeatureOnceWhileTheLayerIsEdited) {
    add(97); // 120 in all
    std::vector<std::string> before;
    for (const auto& [id, feature] : features_of("components")) before.push_back(id);
    ASSERT_EQ(before.size(), 120u);
    std::atomic<bool> is_over = false;
    std::atomic<int> swapped = 0, edited = 0;
    std::thread editing([&] {
        auto& editor = city.as("system_admin");
        for (int i = 0; !is_over; ++i) {
            json::object change{{"reason", "补录"}};
            const bool swaps = i % 2 == 0 && swapped < 40;
            auto put = component("A1", 300 + i);
            if (!swaps) {
                put = component("A2", i);
                const auto& id = before[static_cast<std::size_t>(40 + edited % 40)];
                const auto was = editor.get("/api/v1/registry/layers/components/features/" + id);
                put = {{"id", id}, {"geometry", was.at("geometry")}, {"attributes", was.at("attributes")}};
                put["attributes"].as_object()["note"] = "改 " + std::to_string(i);
            } else change["removed"] = json::array{json::value(before[static_cast<std::size_t>(swapped)])};
            change["puts"] = json::array{std::move(put)};
            const auto made = editor.post("/api/v1/registry/layers/components/changes", change);
            EXPECT_EQ(made.status, 200) << made.body;
            if (made.status == 200) ++(swaps ? swapped : edited);
        }
    });
    std::vector<std::vector<std::string>> reads;
    // On a busy machine until some edits have come between.
    for (int i = 0; i < 3 || (i < 30 && (swapped < 4 || edited < 4)); ++i) {
        reads.emplace_back();
        const auto read = read_by_gdal("components", 5);
        for (const auto& feature : read.at("features").as_array()) reads.back().push_back(id_of(feature));
    }
    is_over = true;
    editing.join();
    EXPECT_GT(swapped, 3);
    EXPECT_GT(edited, 3);
    for (auto& read : reads) {
        EXPECT_EQ(read.size(), 120u); // every version has as many
        std::ranges::sort(read);
        EXPECT_TRUE(std::ranges::adjacent_find(read) == read.end()) << "a feature came twice";
        for (auto at = before.begin() + 40; at != before.end(); ++at) EXPECT_TRUE(std::ranges::binary_search(read, *at)) << *at << " was there all the time";
    }
}

TEST_P(Gdal, ReadsTheTilesOfEveryPublishedLayer) {
    const auto tile = geo::tile_at(city.city.center("A1"), 14);
    const auto box = geo::tile_box(tile, 64);
    const auto bbox = "&bbox=" + std::to_string(box.west) + "," + std::to_string(box.south) + "," + std::to_string(box.east) + "," + std::to_string(box.north);
    for (const auto& layer : published()) {
        const auto version = city.as("operator").get("/ogc/collections/" + layer).at("version").as_int64();
        const auto path = layer + "/" + std::to_string(version) + "/14/" + std::to_string(tile.x) + "/" + std::to_string(tile.y) + ".mvt";
        const auto answer = city.as("operator").get("/api/v1/map/tiles/" + path + "?whole=true"); // nothing thinned
        ASSERT_EQ(answer.status, 200) << layer;
        const auto file = city.city.folder.path() + "/14-" + layer + ".mvt";
        save_file(file, answer.body);
        const auto command = "ogr2ogr -f GeoJSON /vsistdout/ -t_srs EPSG:4326 -oo CLIP=NO -oo X=" + std::to_string(tile.x) + " -oo Y=" + std::to_string(tile.y) + " -oo Z=14 MVT:" + file + " " + layer;
        const auto read = parse_json(output_of(command));
        ASSERT_TRUE(read) << layer;
        const auto ours = features_of(layer, bbox);
        ASSERT_FALSE(ours.empty()) << layer;
        std::set<std::string> seen;
        for (const auto& feature : read->at("features").as_array()) {
            const std::string id(feature.at("properties").at("id").as_string());
            const auto found = ours.find(id);
            ASSERT_NE(found, ours.end()) << layer << " " << id;
            EXPECT_TRUE(seen.insert(id).second) << layer << " " << id << " twice";
            for (const auto& member : feature.at("properties").as_object()) {
                const auto* own = found->second.at("properties").as_object().if_contains(member.key());
                if (own == nullptr || member.value().is_null()) continue;
                EXPECT_TRUE(is_same_value(member.value(), *own)) << layer << " " << id << " " << member.key();
            }
            if (found->second.at("geometry").at("type").as_string() != "Point") continue;
            // One unit of a tile's grid at zoom 14 is 0.56 m.
            for (const int axis : {0, 1})
                EXPECT_NEAR(feature.at("geometry").at("coordinates").at(axis).to_number<double>(), found->second.at("geometry").at("coordinates").at(axis).to_number<double>(), 6e-6) << layer << " " << id;
        }
        EXPECT_EQ(seen.size(), ours.size()) << layer;
    }
}

} // namespace gdal_contract_test
