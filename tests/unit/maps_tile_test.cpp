#include "maps/layer_tile.hpp"

#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "geo/tile_reader.hpp"
#include "maps/tile_cache.hpp"

namespace maps_tile_test {

using namespace chengge;
using namespace chengge::registry;

namespace {

std::shared_ptr<const Layer> layer_of(GeometryKind kind) {
    auto layer = std::make_shared<Layer>();
    layer->id = "things";
    layer->geometry = kind;
    const std::tuple<const char*, FieldKind, bool, bool> fields[] = {
        {"id", FieldKind::text, false, false},     {"kind", FieldKind::code, true, false}, {"height", FieldKind::number, true, false}, {"count", FieldKind::integer, true, false},
        {"secret", FieldKind::text, true, true},   {"note", FieldKind::text, false, false}};
    for (const auto& [name, field_kind, is_in_tiles, is_restricted] : fields) {
        Field field;
        field.name = name;
        field.kind = field_kind;
        field.is_in_tiles = is_in_tiles;
        field.is_restricted = is_restricted;
        layer->fields.push_back(field);
    }
    return layer;
}

Feature thing(Random& random, int number, std::optional<geo::Geometry> geometry) {
    Feature feature{"T" + std::to_string(100000 + number), std::move(geometry), {}};
    feature.values = {feature.id, "k" + std::to_string(random.below(5)), Value(), static_cast<std::int64_t>(random.below(1000)), std::string("秘密"), "note " + std::to_string(random.below(1000))};
    if (random.chance(0.7)) feature.values[2] = random.unit();
    return feature;
}

// Crowds of points, as a city has them.
geo::Point crowded(Random& random) {
    const auto centre = random.below(20);
    const auto spread = centre < 5 ? 0.0005 : 0.01;
    const auto part = [&] { return (random.unit() + random.unit() + random.unit() - 1.5) * spread; };
    return to_degrees(to_fixed({110.3 + static_cast<double>(centre % 5) * 0.02 + part(), 21.15 + static_cast<double>(centre / 5) * 0.03 + part()}));
}

std::shared_ptr<const LayerSnapshot> crowd(Random& random, int count) {
    std::vector<Feature> features;
    for (int i = 0; i < count; ++i) features.push_back(thing(random, i, crowded(random)));
    return LayerSnapshot::make(layer_of(GeometryKind::point), 1, 1, std::move(features));
}

std::vector<geo::ReadTileFeature> read(const std::string& tile) {
    const auto layers = geo::read_tile(tile);
    EXPECT_TRUE(layers);
    if (!layers || layers->empty()) return {};
    EXPECT_EQ(layers->size(), 1u);
    EXPECT_EQ(layers->front().name, "things");
    return layers->front().features;
}

std::int64_t count_in_all_tiles(const LayerSnapshot& snapshot, int z, const maps::LayerTileOptions& options) {
    // Only tiles that have features of their own: beside them a buffer shows a neighbour's.
    std::set<std::pair<int, int>> tiles;
    for (std::size_t at = 0; at < snapshot.slots(); ++at) {
        if (!snapshot.is_there(at)) continue;
        const auto tile = geo::tile_at(to_degrees(snapshot.point(at)), z);
        tiles.emplace(tile.x, tile.y);
    }
    std::int64_t sum = 0;
    for (const auto& [x, y] : tiles)
        for (const auto& feature : read(maps::make_layer_tile(snapshot, {z, x, y}, options))) {
            const auto count = feature.values.find("cluster_count");
            sum += count == feature.values.end() ? 1 : std::get<std::int64_t>(count->second);
        }
    return sum;
}

} // namespace

TEST(LayerTile, WholeTilesHaveEveryFeatureWhereItIs) {
    Random random(1);
    const auto snapshot = crowd(random, 30'000);
    for (const int z : {12, 14, 16}) {
        const auto tile = geo::tile_at({110.32, 21.18}, z);
        const auto features = read(maps::make_layer_tile(*snapshot, tile, {.is_whole = true}));
        std::map<std::string, const geo::ReadTileFeature*> by_id;
        for (const auto& feature : features) ASSERT_TRUE(by_id.emplace(std::get<std::string>(feature.values.at("id")), &feature).second);
        std::size_t expected = 0;
        const auto side = std::ldexp(4096.0, z);
        for (std::size_t at = 0; at < snapshot->slots(); ++at) {
            const auto world = geo::to_world(to_degrees(snapshot->point(at)));
            const auto x = std::round(world.x * side - tile.x * 4096.0), y = std::round(world.y * side - tile.y * 4096.0);
            if (x < -64 || y < -64 || x > 4160 || y > 4160) continue;
            ++expected;
            const auto found = by_id.find(std::string(snapshot->id(at)));
            ASSERT_NE(found, by_id.end());
            const auto& feature = *found->second;
            ASSERT_NEAR(feature.paths.at(0).at(0).first, x, 1);
            ASSERT_NEAR(feature.paths.at(0).at(0).second, y, 1);
            ASSERT_EQ(std::get<std::string>(feature.values.at("kind")), std::get<std::string>(snapshot->value(at, 1)));
            ASSERT_EQ(feature.values.count("height"), std::holds_alternative<double>(snapshot->value(at, 2)) ? 1u : 0u);
            ASSERT_EQ(std::get<std::int64_t>(feature.values.at("count")), std::get<std::int64_t>(snapshot->value(at, 3)));
            ASSERT_EQ(std::get<std::string>(feature.values.at("note")), std::get<std::string>(snapshot->value(at, 5)));
            ASSERT_FALSE(feature.values.contains("secret"));
        }
        EXPECT_EQ(features.size(), expected);
    }
}

TEST(LayerTile, ClustersOfAllTilesAddUpToTheLayer) {
    Random random(2);
    auto snapshot = crowd(random, 20'000);
    const maps::LayerTileOptions options{.features_most = 0};
    for (const int z : {0, 5, 10, 12, 15}) EXPECT_EQ(count_in_all_tiles(*snapshot, z, options), 20'000) << z;
    // Also of a version that lays changes over its base.
    std::vector<Feature> puts;
    std::vector<std::string> removed;
    for (int i = 0; i < 300; ++i) {
        puts.push_back(thing(random, i * 3, crowded(random)));
        removed.push_back("T" + std::to_string(100000 + 10'000 + i));
    }
    for (int i = 0; i < 100; ++i) puts.push_back(thing(random, 20'000 + i, crowded(random)));
    snapshot = snapshot->with(2, 2, std::move(puts), removed);
    ASSERT_EQ(snapshot->size(), 19'800u);
    for (const int z : {0, 9, 13}) EXPECT_EQ(count_in_all_tiles(*snapshot, z, options), 19'800) << z;
}

TEST(LayerTile, AClusterLiesWhereItsFeaturesAreAndOneAloneIsItself) {
    std::vector<Feature> features;
    Random random(3);
    for (int i = 0; i < 10; ++i) features.push_back(thing(random, i, geo::Point{110.30001, 21.15001}));
    features.push_back(thing(random, 10, geo::Point{110.32, 21.16}));
    const auto snapshot = LayerSnapshot::make(layer_of(GeometryKind::point), 1, 1, std::move(features));
    const auto tile = geo::tile_at({110.31, 21.155}, 10);
    const auto found = read(maps::make_layer_tile(*snapshot, tile, {.features_most = 0}));
    ASSERT_EQ(found.size(), 2u);
    for (const auto& feature : found) {
        if (feature.values.contains("cluster_count")) {
            EXPECT_EQ(std::get<std::int64_t>(feature.values.at("cluster_count")), 10);
            EXPECT_FALSE(feature.values.contains("id"));
            const auto world = geo::to_world({110.30001, 21.15001});
            EXPECT_NEAR(feature.paths.at(0).at(0).first, world.x * std::ldexp(4096.0, 10) - tile.x * 4096.0, 52); // a tenth of a square off its border
        } else {
            EXPECT_EQ(std::get<std::string>(feature.values.at("id")), "T100010");
            EXPECT_FALSE(feature.values.contains("secret"));
        }
    }
}

TEST(LayerTile, NeverExceedsItsBytes) {
    Random random(4);
    std::vector<Feature> features;
    for (int i = 0; i < 30'000; ++i) {
        // Wiggly outlines that no simplifying makes small.
        geo::Ring ring;
        const auto middle = crowded(random);
        for (int k = 0; k < 40; ++k) {
            const auto turn = k * 2 * M_PI / 40, far = 0.0004 * (0.5 + random.unit());
            ring.push_back({middle.lon + far * std::cos(turn), middle.lat + far * std::sin(turn)});
        }
        ring.push_back(ring.front());
        features.push_back(thing(random, i, geo::Polygon{{ring}}));
    }
    const auto snapshot = LayerSnapshot::make(layer_of(GeometryKind::polygon), 1, 1, std::move(features));
    std::size_t shown = 0;
    for (int z = 0; z <= 16; ++z) {
        const auto bytes = maps::make_layer_tile(*snapshot, geo::tile_at({110.32, 21.18}, z));
        EXPECT_LE(bytes.size(), 500'000u) << z;
        for (const auto& feature : read(bytes)) {
            ++shown;
            ASSERT_GT(geo::ring_area(feature.paths.at(0)), 0);
        }
    }
    EXPECT_GT(shown, 1000u);
    Random again(4);
    const auto points = crowd(again, 50'000);
    for (int z = 0; z <= 16; ++z) EXPECT_LE(maps::make_layer_tile(*points, geo::tile_at({110.32, 21.18}, z)).size(), 500'000u) << z;
}

TEST(LayerTile, IsEmptyWhereNothingIs) {
    Random random(5);
    const auto snapshot = crowd(random, 100);
    EXPECT_EQ(maps::make_layer_tile(*snapshot, geo::tile_at({0, 0}, 12)), "");
    EXPECT_EQ(maps::make_layer_tile(*LayerSnapshot::make(layer_of(GeometryKind::any), 1, 1, {}), {0, 0, 0}), "");
}

TEST(TileCache, StaysWithinItsBytesAndForgetsTheLongestUnused) {
    maps::TileCache cache(10'000);
    const auto tile = std::make_shared<const std::string>(std::string(1000, 'x'));
    for (int i = 0; i < 100; ++i) {
        cache.put(std::to_string(i), tile);
        ASSERT_LE(cache.bytes(), 10'000u);
        ASSERT_TRUE(i == 0 || cache.find("0")); // used all the time
    }
    EXPECT_FALSE(cache.find("50"));
    EXPECT_TRUE(cache.find("99"));
    cache.put("huge", std::make_shared<const std::string>(std::string(9'000, 'x')));
    EXPECT_FALSE(cache.find("huge"));
}

TEST(LayerTile, ANameStandsOnceInsideItsArea) {
    auto layer = std::make_shared<Layer>(*layer_of(GeometryKind::polygon));
    layer->name_field = "kind";
    std::vector<Feature> features;
    Random random(21);
    std::map<std::string, geo::Polygon> areas;
    // Horseshoes of many sizes: their middles lie outside.
    for (int i = 0; i < 40; ++i) {
        const auto west = 110.3 + 0.01 * (i % 8), south = 21.2 + 0.01 * (i / 8), side = 0.001 + 0.008 * random.unit();
        const auto at = [&](double x, double y) { return to_degrees(to_fixed({west + side * x, south + side * y})); };
        const geo::Polygon area{{{at(0, 0), at(1, 0), at(1, 1), at(0.8, 1), at(0.8, 0.2), at(0.2, 0.2), at(0.2, 1), at(0, 1), at(0, 0)}}};
        EXPECT_TRUE(geo::contains(area, geo::label_point(area)));
        features.push_back(thing(random, i, area));
        areas.emplace(features.back().id, area);
    }
    const auto snapshot = LayerSnapshot::make(layer, 1, 1, std::move(features));
    const auto box = snapshot->bounds();
    for (const int z : {13, 15, 16}) {
        std::map<std::string, int> named;
        const auto low = geo::tile_at({box.west, box.north}, z), high = geo::tile_at({box.east, box.south}, z);
        for (int x = low.x - 1; x <= high.x + 1; ++x)
            for (int y = low.y - 1; y <= high.y + 1; ++y) {
                const auto layers = geo::read_tile(maps::make_layer_tile(*snapshot, {z, x, y}));
                ASSERT_TRUE(layers);
                for (const auto& one : *layers) {
                    if (one.name != "things_names") continue;
                    for (const auto& feature : one.features) {
                        EXPECT_TRUE(feature.values.contains("kind"));
                        ++named[std::get<std::string>(feature.values.at("id"))];
                    }
                }
            }
        EXPECT_EQ(named.size(), areas.size()) << z;
        for (const auto& [id, times] : named) EXPECT_EQ(times, 1) << id << " at zoom " << z;
    }
    EXPECT_EQ(geo::read_tile(maps::make_layer_tile(*snapshot, geo::tile_at({110.305, 21.205}, 13), {.is_whole = true}))->size(), 1u);
}

} // namespace maps_tile_test
