#include "geo/tile_reader.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace geo_tile_test {

using namespace chengge;
using namespace chengge::geo;

namespace {

std::int32_t fixed(double degrees) { return static_cast<std::int32_t>(std::llround(degrees * 1e7)); }

std::vector<PlanePoint> random_ring(Random& random) {
    const PlanePoint middle{random.unit() * 6000 - 1000, random.unit() * 6000 - 1000};
    const auto corners = 3 + random.below(30);
    const auto size = random.chance(0.2) ? 2 : random.unit() * 3000;
    std::vector<PlanePoint> ring;
    for (std::uint64_t i = 0; i < corners; ++i) {
        const auto turn = 2 * M_PI * static_cast<double>(i) / static_cast<double>(corners), far = size * (0.2 + random.unit());
        ring.push_back({middle.x + far * std::cos(turn), middle.y + far * std::sin(turn)});
    }
    ring.push_back(ring.front());
    if (random.chance(0.5)) ring = {ring.rbegin(), ring.rend()};
    return ring;
}

double area_inside(const std::vector<PlanePoint>& ring, double low, double high) {
    // Column by column, 1 unit wide; rings seen from their middle are simple.
    double area = 0;
    for (double x = low + 2; x < high; x += 4) {
        std::vector<double> cuts;
        for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
            const auto a = ring[i], b = ring[i + 1];
            if ((a.x <= x) != (b.x <= x)) cuts.push_back(a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x));
        }
        std::sort(cuts.begin(), cuts.end());
        for (std::size_t i = 0; i + 1 < cuts.size(); i += 2)
            area += 4 * std::max(0.0, std::min(cuts[i + 1], high) - std::max(cuts[i], low));
    }
    return area;
}

ReadTileLayer only_layer(const std::string& tile) {
    const auto layers = read_tile(tile);
    EXPECT_TRUE(layers && layers->size() == 1);
    return layers && !layers->empty() ? layers->front() : ReadTileLayer{};
}

ReadTileFeature write_and_read(TileShape shape, const TileGeometry& geometry) {
    TileLayerWriter writer("layer");
    writer.add_feature(shape, {}, geometry.commands());
    const auto layer = only_layer(writer.finish());
    EXPECT_EQ(layer.features.size(), 1u);
    return layer.features.at(0);
}

} // namespace

TEST(Tile, FrameAgreesWithTheFormulaAtEveryZoom) {
    Random random(1);
    for (int z = 0; z <= tile_zoom_most; ++z) {
        for (int i = 0; i < 200; ++i) {
            const Point some{random.unit() * 359.9 - 180, random.unit() * 168 - 84};
            const auto tile = tile_at(some, z);
            const TileFrame frame(tile);
            const auto box = tile_box(tile, 64);
            const auto lon = fixed(std::clamp(box.west + random.unit() * (box.east - box.west), -180.0, 180.0));
            const auto lat = fixed(std::clamp(box.south + random.unit() * (box.north - box.south), -85.0, 85.0));
            const auto at = frame.place(lon, lat);
            const auto side = std::ldexp(4096.0, z);
            const auto x = (lon / 1e7 + 180) / 360 * side - tile.x * 4096.0;
            const auto phi = lat / 1e7 * M_PI / 180;
            const auto y = (1 - std::log(std::tan(phi) + 1 / std::cos(phi)) / M_PI) / 2 * side - tile.y * 4096.0;
            ASSERT_NEAR(at.x, x, 1e-4) << z;
            ASSERT_NEAR(at.y, y, 1e-4) << z << " " << lat;
        }
    }
}

TEST(Tile, BoxesOfNeighboursMeetAndHoldTheirPoints) {
    Random random(2);
    for (int i = 0; i < 500; ++i) {
        const auto z = static_cast<int>(random.below(20));
        const Point some{random.unit() * 360 - 180, random.unit() * 170 - 85};
        const auto tile = tile_at(some, z);
        ASSERT_TRUE(tile.is_valid());
        const auto box = tile_box(tile);
        ASSERT_LE(box.west, some.lon + 1e-9);
        ASSERT_GE(box.north, some.lat - 1e-9);
        ASSERT_NEAR(box.east, tile_box({z, tile.x + 1, tile.y}).west, 1e-12);
        ASSERT_NEAR(box.south, tile_box({z, tile.x, tile.y + 1}).north, 1e-12);
    }
    EXPECT_FALSE((TileId{3, 8, 0}).is_valid());
    EXPECT_FALSE((TileId{3, 0, -1}).is_valid());
    EXPECT_FALSE((TileId{23, 0, 0}).is_valid());
}

TEST(Tile, RingsAreClippedWoundAndKeepTheirArea) {
    Random random(3);
    int shown = 0;
    for (int i = 0; i < 3000; ++i) {
        SCOPED_TRACE(i);
        const auto ring = random_ring(random);
        TileGeometry geometry(64);
        geometry.add_polygon_ring(ring, true);
        const auto expected = area_inside(ring, -64, 4096 + 64);
        if (geometry.is_empty()) {
            EXPECT_LT(expected, 3000);
            continue;
        }
        ++shown;
        const auto feature = write_and_read(TileShape::polygon, geometry);
        ASSERT_EQ(feature.paths.size(), 1u);
        const auto& path = feature.paths[0];
        ASSERT_GT(ring_area(path), 0);
        for (std::size_t k = 0; k < path.size(); ++k) {
            ASSERT_NE(path[k], path[(k + 1) % path.size()]);
            for (const auto value : {path[k].first, path[k].second}) ASSERT_TRUE(value >= -64 && value <= 4160);
        }
        // Rounding moves an edge by at most 0.71 of a unit, columns of 4 units a little more.
        EXPECT_NEAR(static_cast<double>(ring_area(path)) / 2, expected, 4000 + expected * 0.02);
    }
    EXPECT_GT(shown, 1500);
}

TEST(Tile, HolesWindAgainstTheirOuterRingAndGoWithIt) {
    const std::vector<PlanePoint> outer{{0, 0}, {100, 0}, {100, 100}, {0, 100}, {0, 0}}, hole{{20, 20}, {40, 20}, {40, 40}, {20, 40}, {20, 20}};
    const std::vector<PlanePoint> tiny{{20, 20}, {20.2, 20}, {20.2, 20.2}, {20, 20}}, far{{9000, 0}, {9100, 0}, {9100, 100}, {9000, 0}};
    TileGeometry geometry(64);
    geometry.add_polygon_ring(outer, true);
    geometry.add_polygon_ring(hole, false);
    geometry.add_polygon_ring(tiny, false);
    geometry.add_polygon_ring(far, true);
    geometry.add_polygon_ring(hole, false);
    const auto feature = write_and_read(TileShape::polygon, geometry);
    ASSERT_EQ(feature.paths.size(), 2u);
    EXPECT_EQ(ring_area(feature.paths[0]), 20'000);
    EXPECT_EQ(ring_area(feature.paths[1]), -800);
}

TEST(Tile, FlatRingsAndSpikesLeaveNothing) {
    for (const auto& ring : std::vector<std::vector<PlanePoint>>{{{0, 0}, {50, 0}, {100, 0}, {0, 0}},
                                                                 {{0, 0}, {100, 100}, {0, 0}, {0, 0}},
                                                                 {{5, 5}, {5.1, 5}, {5, 5.1}, {5, 5}}}) {
        TileGeometry geometry(64);
        geometry.add_polygon_ring(ring, true);
        EXPECT_TRUE(geometry.is_empty());
    }
    TileGeometry geometry(64);
    geometry.add_polygon_ring(std::vector<PlanePoint>{{0, 0}, {50, 0}, {150, 0}, {100, 0}, {100, 100}, {0, 100}, {0, 0}}, true);
    const auto feature = write_and_read(TileShape::polygon, geometry);
    EXPECT_EQ(feature.paths[0].size(), 4u);
    EXPECT_EQ(ring_area(feature.paths[0]), 20'000);
}

TEST(Tile, LinesAreCutWhereTheyLeaveAndComeBack) {
    TileGeometry geometry(0);
    geometry.add_line(std::vector<PlanePoint>{{100, 100}, {-100, 100}, {-100, 300}, {100, 300}, {4000, 300}, {5000, 300}});
    const auto feature = write_and_read(TileShape::line, geometry);
    ASSERT_EQ(feature.paths.size(), 2u);
    EXPECT_EQ(feature.paths[0], (std::vector<std::pair<std::int32_t, std::int32_t>>{{100, 100}, {0, 100}}));
    EXPECT_EQ(feature.paths[1], (std::vector<std::pair<std::int32_t, std::int32_t>>{{0, 300}, {100, 300}, {4000, 300}, {4096, 300}}));
    geometry.clear();
    geometry.add_line(std::vector<PlanePoint>{{-10, 50}, {50, -10}, {60, -20}});
    EXPECT_EQ(write_and_read(TileShape::line, geometry).paths.at(0).size(), 2u);
    geometry.clear();
    geometry.add_line(std::vector<PlanePoint>{{-10, 5}, {5, -20}});
    EXPECT_TRUE(geometry.is_empty());
}

TEST(Tile, SimplifiedLinesStayWithinTheTolerance) {
    Random random(7);
    std::vector<PlanePoint> line;
    for (int i = 0; i < 400; ++i) line.push_back({i * 10.0, 2000 + 300 * std::sin(i / 20.0) + random.unit()});
    TileGeometry exact(64), rough(64, 4);
    exact.add_line(line);
    rough.add_line(line);
    const auto kept = write_and_read(TileShape::line, rough).paths.at(0);
    EXPECT_LT(kept.size(), 80u);
    EXPECT_EQ(write_and_read(TileShape::line, exact).paths.at(0).size(), 400u);
    for (const auto& point : line) {
        double least = 1e9;
        for (std::size_t i = 0; i + 1 < kept.size(); ++i) {
            const PlanePoint a{static_cast<double>(kept[i].first), static_cast<double>(kept[i].second)};
            const PlanePoint b{static_cast<double>(kept[i + 1].first), static_cast<double>(kept[i + 1].second)};
            const auto t = std::clamp(((point.x - a.x) * (b.x - a.x) + (point.y - a.y) * (b.y - a.y)) / (std::pow(b.x - a.x, 2) + std::pow(b.y - a.y, 2)), 0.0, 1.0);
            least = std::min(least, std::hypot(point.x - a.x - t * (b.x - a.x), point.y - a.y - t * (b.y - a.y)));
        }
        ASSERT_LE(least, 4 + 0.75);
    }
}

TEST(Tile, AttributesComeBackAsTheyWere) {
    TileLayerWriter writer("components");
    const auto name = writer.add_key("name"), count = writer.add_key("count"), height = writer.add_key("height");
    TileGeometry geometry(64);
    geometry.add_point({10.4, 4100.6});
    ASSERT_FALSE(geometry.is_empty());
    writer.add_feature(TileShape::point, std::vector<std::uint32_t>{name, writer.add_text("雨水箅子"), count, writer.whole_number(-7), height, writer.add_number(0.25)},
                       geometry.commands());
    writer.add_feature(TileShape::point, std::vector<std::uint32_t>{name, writer.add_text("雨水箅子"), count, writer.whole_number(1'234'567'890'123)}, geometry.commands());
    geometry.clear();
    geometry.add_point({4161, 0});
    EXPECT_TRUE(geometry.is_empty());
    const auto layer = only_layer(writer.finish());
    EXPECT_EQ(layer.name, "components");
    EXPECT_EQ(layer.version, 2u);
    ASSERT_EQ(layer.features.size(), 2u);
    EXPECT_EQ(layer.features[0].values, (std::map<std::string, TileValue>{{"name", "雨水箅子"}, {"count", std::int64_t{-7}}, {"height", 0.25}}));
    EXPECT_EQ(layer.features[1].values, (std::map<std::string, TileValue>{{"name", "雨水箅子"}, {"count", std::int64_t{1'234'567'890'123}}}));
    EXPECT_EQ(layer.features[1].paths.at(0).at(0), (std::pair<std::int32_t, std::int32_t>{10, 4101}));
    EXPECT_EQ(TileLayerWriter("empty").finish(), "");
}

TEST(Tile, NumbersAndTextsOfAnySizeComeBack) {
    Random random(12);
    TileLayerWriter writer("sizes");
    const auto key = writer.add_key("k");
    TileGeometry geometry(64);
    geometry.add_point({1, 1});
    std::vector<TileValue> values;
    for (int bits = 0; bits < 63; ++bits)
        for (const auto sign : {1, -1}) values.emplace_back(sign * ((std::int64_t{1} << bits) - random.between(0, 1)));
    values.emplace_back(std::numeric_limits<std::int64_t>::min());
    values.emplace_back(std::numeric_limits<std::int64_t>::max());
    for (const std::size_t size : {0, 1, 125, 126, 127, 128, 129, 16'380, 16'384, 70'000}) values.emplace_back(std::string(size, 'x'));
    for (const auto number : {0.0, -1.5, 1e300}) values.emplace_back(number);
    for (const auto& value : values) {
        const auto number = std::visit([&]<class Kind>(const Kind& one) {
            if constexpr (std::is_same_v<Kind, std::string>) return writer.add_text(one);
            else if constexpr (std::is_same_v<Kind, double>) return writer.add_number(one);
            else return writer.add_whole(static_cast<std::int64_t>(one));
        }, value);
        writer.add_feature(TileShape::point, std::vector<std::uint32_t>{key, number}, geometry.commands());
    }
    const auto layer = only_layer(writer.finish());
    ASSERT_EQ(layer.features.size(), values.size());
    for (std::size_t i = 0; i < values.size(); ++i) EXPECT_EQ(layer.features[i].values.at("k"), values[i]) << i;
}

TEST(Tile, BytesThatAreNoTileAreRefused) {
    TileLayerWriter writer("a");
    const auto key = writer.add_key("k");
    TileGeometry geometry(64);
    geometry.add_polygon_ring(std::vector<PlanePoint>{{0, 0}, {100, 0}, {100, 100}, {0, 0}}, true);
    writer.add_feature(TileShape::polygon, std::vector<std::uint32_t>{key, writer.add_text("v")}, geometry.commands());
    const auto tile = writer.finish();
    ASSERT_TRUE(read_tile(tile));
    for (std::size_t i = 1; i < tile.size(); ++i) EXPECT_FALSE(read_tile(std::string_view(tile).substr(0, i))) << i;
    // Whatever is done to it, it is read or refused.
    Random random(11);
    for (int i = 0; i < 20'000; ++i) {
        auto broken = tile;
        broken[random.below(broken.size())] = static_cast<char>(random.next());
        if (random.chance(0.5)) broken[random.below(broken.size())] = static_cast<char>(random.next());
        read_tile(broken);
    }
    EXPECT_FALSE(read_tile(tile, 0));
}

} // namespace geo_tile_test
