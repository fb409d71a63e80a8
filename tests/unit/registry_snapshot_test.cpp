#include "registry/layer_snapshot.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace registry_snapshot_test {

using namespace chengge;
using namespace chengge::registry;

namespace {

std::shared_ptr<const Layer> mixed_layer() {
    auto layer = std::make_shared<Layer>();
    layer->id = "mixed";
    layer->geometry = GeometryKind::any;
    const std::pair<const char*, FieldKind> fields[] = {{"id", FieldKind::text},       {"kind", FieldKind::code},   {"name", FieldKind::text},
                                                        {"changed", FieldKind::date},  {"count", FieldKind::integer}, {"height", FieldKind::number},
                                                        {"is_lit", FieldKind::flag},   {"depth", FieldKind::number}, {"serial", FieldKind::integer},
                                                        {"empty", FieldKind::text}};
    for (const auto& [name, kind] : fields) {
        layer->fields.emplace_back();
        layer->fields.back().name = name;
        layer->fields.back().kind = kind;
    }
    return layer;
}

geo::Point random_point(Random& random) {
    return {static_cast<double>(random.between(1'103'000'000, 1'104'000'000)) / 1e7, static_cast<double>(random.between(211'000'000, 212'000'000)) / 1e7};
}

std::vector<geo::Point> random_line(Random& random, int points) {
    std::vector<geo::Point> line{random_point(random)};
    while (static_cast<int>(line.size()) < points) {
        const auto last = to_fixed(line.back());
        line.push_back(to_degrees({last.lon + static_cast<int>(random.between(-9000, 9000)), last.lat + static_cast<int>(random.between(-9000, 9000))}));
    }
    return line;
}

geo::Polygon random_polygon(Random& random) {
    geo::Polygon polygon;
    for (auto rings = random.below(3) + 1; rings > 0; --rings) {
        auto ring = random_line(random, 4);
        ring.push_back(ring.front());
        polygon.rings.push_back(std::move(ring));
    }
    return polygon;
}

std::optional<geo::Geometry> random_geometry(Random& random, bool points_only) {
    if (points_only) return random_point(random);
    switch (random.below(8)) {
    case 0: return std::nullopt;
    case 1: return random_line(random, 5);
    case 2: return random_polygon(random);
    case 3: return geo::MultiPolygon{random_polygon(random), random_polygon(random)};
    case 4: return geo::MultiLine{random_line(random, 2), random_line(random, 3)};
    default: return random_point(random);
    }
}

Feature random_feature(Random& random, std::string id, bool points_only) {
    Feature feature{std::move(id), random_geometry(random, points_only), {}};
    const auto text = [&](std::uint64_t kinds, const char* prefix) -> Value {
        const auto number = random.below(kinds + 1);
        return number == 0 ? Value() : Value(prefix + std::to_string(number));
    };
    feature.values = {feature.id, text(7, "k"), text(1'000'000'000, "第"), text(400, "2026-"), Value(), Value(), Value(), Value(), Value(), Value()};
    if (random.chance(0.9)) feature.values[4] = random.between(-3, 400);
    if (random.chance(0.9)) feature.values[5] = static_cast<double>(random.below(20)) / 4;
    feature.values[6] = random.between(0, 1);
    if (random.chance(0.9)) feature.values[7] = random.unit() - 0.5;
    feature.values[8] = static_cast<std::int64_t>(random.next());
    // Of another type than its field's: kept as given.
    if (random.chance(0.01)) feature.values[1] = std::int64_t{17};
    if (random.chance(0.01)) feature.values[5] = std::int64_t{3};
    if (random.chance(0.01)) feature.values[0] = std::string("not the id");
    return feature;
}

// Of every vertex, also of rings that no real area has.
geo::Box vertex_box(const geo::Geometry& geometry) {
    geo::Box box{1e9, 1e9, -1e9, -1e9};
    const auto add = [&](const std::vector<geo::Point>& points) {
        for (const auto& point : points) box = {std::min(box.west, point.lon), std::min(box.south, point.lat), std::max(box.east, point.lon), std::max(box.north, point.lat)};
    };
    if (const auto* point = std::get_if<geo::Point>(&geometry)) add({*point});
    if (const auto* line = std::get_if<geo::Line>(&geometry)) add(*line);
    if (const auto* polygon = std::get_if<geo::Polygon>(&geometry)) std::ranges::for_each(polygon->rings, add);
    if (const auto* lines = std::get_if<geo::MultiLine>(&geometry)) std::ranges::for_each(*lines, add);
    if (const auto* areas = std::get_if<geo::MultiPolygon>(&geometry))
        for (const auto& area : *areas) std::ranges::for_each(area.rings, add);
    return box;
}

std::string text_of(const std::optional<geo::Geometry>& geometry) { return geometry ? geo::to_wkb(*geometry) : "none"; }

using Copy = std::map<std::string, Feature>;

void expect_equal(const LayerSnapshot& snapshot, const Copy& copy, Random& random) {
    ASSERT_EQ(snapshot.size(), copy.size());
    std::set<std::string> seen;
    geo::Box all{1, 1, -1, -1};
    const auto has_box = [](const geo::Box& box) { return box.west <= box.east; };
    std::map<std::pair<int, int>, Value> by_number;
    for (std::size_t at = 0; at < snapshot.slots(); ++at) {
        if (!snapshot.is_there(at)) continue;
        const auto id = std::string(snapshot.id(at));
        const auto found = copy.find(id);
        ASSERT_NE(found, copy.end()) << id;
        ASSERT_TRUE(seen.insert(id).second) << id;
        ASSERT_EQ(snapshot.find(id), at);
        const auto feature = snapshot.feature(at);
        ASSERT_EQ(text_of(feature.geometry), text_of(found->second.geometry)) << id;
        ASSERT_EQ(feature.values, found->second.values) << id;
        for (int field = 0; field < static_cast<int>(feature.values.size()); ++field) {
            const auto* text = std::get_if<std::string>(&feature.values[static_cast<std::size_t>(field)]);
            ASSERT_EQ(snapshot.text(at, field), text ? std::optional<std::string_view>(*text) : std::nullopt);
            if (const auto number = snapshot.value_number(at, field); number >= 0) {
                const auto& value = feature.values[static_cast<std::size_t>(field)];
                ASSERT_EQ(by_number.try_emplace({field, number}, value).first->second, value);
            }
        }
        if (const auto box = snapshot.box(at); has_box(box)) {
            ASSERT_EQ(box.west, vertex_box(*feature.geometry).west);
            ASSERT_EQ(box.north, vertex_box(*feature.geometry).north);
            all = has_box(all) ? geo::Box{std::min(all.west, box.west), std::min(all.south, box.south), std::max(all.east, box.east),
                                          std::max(all.north, box.north)}
                               : box;
        } else {
            ASSERT_FALSE(feature.geometry);
        }
    }
    ASSERT_EQ(snapshot.bounds().west, all.west);
    ASSERT_EQ(snapshot.bounds().south, all.south);
    ASSERT_EQ(snapshot.bounds().east, all.east);
    ASSERT_EQ(snapshot.bounds().north, all.north);
    for (int i = 0; i < 40; ++i) {
        // Corners on points of the layer itself, where a comparison off by a rounding shows.
        const auto a = random_point(random);
        auto b = random_point(random);
        if (i % 4 == 0 && !copy.empty()) {
            const auto& some = std::next(copy.begin(), static_cast<long>(random.below(copy.size())))->second;
            if (some.geometry) b = {vertex_box(*some.geometry).west, vertex_box(*some.geometry).north};
        }
        const geo::Box box{std::min(a.lon, b.lon), std::min(a.lat, b.lat), std::max(a.lon, b.lon), std::max(a.lat, b.lat)};
        std::set<std::string> expected, got;
        for (const auto& [id, feature] : copy)
            if (feature.geometry && vertex_box(*feature.geometry).overlaps(box)) expected.insert(id);
        snapshot.visit(box, [&](std::size_t at) { return got.insert(std::string(snapshot.id(at))).second; });
        ASSERT_EQ(got, expected);
        // Runs are looked at as wholes when they lie in the box; then they count what lies there.
        std::int64_t counted = 0;
        const auto is_inside = [&](const geo::Box& run) { return run.west >= box.west && run.south >= box.south && run.east <= box.east && run.north <= box.north; };
        snapshot.visit_runs(box, is_inside, [&](const geo::Box& run, std::size_t at, std::int64_t many) {
            counted += many;
            ASSERT_TRUE(many != 1 || (run.overlaps(box) && at < snapshot.slots()));
        });
        ASSERT_EQ(counted, static_cast<std::int64_t>(expected.size()));
    }
}

} // namespace

TEST(LayerSnapshot, IsAnExactCopyOfItsFeatures) {
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
        SCOPED_TRACE(seed);
        Random random(seed);
        for (const int count : {0, 1, 31, 32, 33, 700, 3000}) {
            std::vector<Feature> features;
            Copy copy;
            for (int i = 0; i < count; ++i) {
                features.push_back(random_feature(random, "id" + std::to_string(i * 7), seed % 2 == 0));
                copy.emplace(features.back().id, features.back());
            }
            const auto snapshot = LayerSnapshot::make(mixed_layer(), 3, 77, std::move(features));
            EXPECT_EQ(snapshot->version(), 3);
            EXPECT_EQ(snapshot->changed_ms(), 77);
            EXPECT_FALSE(snapshot->find("id1"));
            expect_equal(*snapshot, copy, random);
            if (testing::Test::HasFatalFailure()) return;
        }
    }
}

TEST(LayerSnapshot, FollowsChangesAndLeavesTheOldVersionAlone) {
    for (const std::uint64_t seed : {11, 12, 13}) {
        SCOPED_TRACE(seed);
        Random random(seed);
        std::vector<Feature> features;
        Copy copy;
        for (int i = 0; i < 2000; ++i) {
            features.push_back(random_feature(random, std::to_string(i), false));
            copy.emplace(features.back().id, features.back());
        }
        auto snapshot = LayerSnapshot::make(mixed_layer(), 1, 1, std::move(features));
        const auto first = snapshot;
        const auto first_copy = copy;
        for (int round = 2; round < 60; ++round) {
            std::vector<Feature> puts;
            std::vector<std::string> removed;
            const auto changes = round % 20 == 19 ? 900 : random.below(40);
            std::set<std::string> touched;
            for (std::uint64_t i = 0; i < changes; ++i) {
                const auto id = std::to_string(random.below(2600));
                if (!touched.insert(id).second) continue;
                if (random.chance(0.5)) {
                    puts.push_back(random_feature(random, id, false));
                    // Words that no dictionary of the base has.
                    if (random.chance(0.3)) puts.back().values[1] = "new" + std::to_string(random.below(3));
                    copy[id] = puts.back();
                } else {
                    removed.push_back(id); // may not be there: nothing happens
                    copy.erase(id);
                }
            }
            snapshot = snapshot->with(round, round * 1000, std::move(puts), removed);
            ASSERT_EQ(snapshot->version(), round);
            if (round % 6 == 0 || changes > 100) expect_equal(*snapshot, copy, random);
            if (testing::Test::HasFatalFailure()) return;
        }
        expect_equal(*first, first_copy, random);
    }
}

TEST(LayerSnapshot, EverythingTakenAwayLeavesNothing) {
    Random random(5);
    std::vector<Feature> features;
    std::vector<std::string> ids;
    for (int i = 0; i < 100; ++i) {
        ids.push_back(std::to_string(i));
        features.push_back(random_feature(random, ids.back(), true));
    }
    const auto snapshot = LayerSnapshot::make(mixed_layer(), 1, 1, std::move(features))->with(2, 2, {}, ids);
    expect_equal(*snapshot, {}, random);
    EXPECT_GT(snapshot->bounds().west, snapshot->bounds().east);
}

TEST(LayerSnapshot, KeepsTextsOfManyKindsBeyondADictionary) {
    auto layer = std::make_shared<Layer>();
    layer->fields.resize(2);
    SnapshotBuilder builder(layer);
    const auto name = [](int i) { return i % 5 == 0 ? Value() : Value("name " + std::to_string(i * 31)); };
    Random random(9);
    for (int i = 0; i < 150'000; ++i) builder.add({std::to_string(i), random_point(random), {std::to_string(i), name(i)}});
    const auto snapshot = builder.finish(1, 1);
    for (int i = 0; i < 150'000; i += 7) {
        const auto at = snapshot->find(std::to_string(i));
        ASSERT_TRUE(at);
        ASSERT_EQ(snapshot->value(*at, 1), name(i));
        ASSERT_EQ(snapshot->value(*at, 0), Value(std::to_string(i)));
    }
    EXPECT_EQ(snapshot->value_number(0, 1), -1);
}

TEST(LayerSnapshot, RoundsCoordinatesHalfAwayFromZero) {
    EXPECT_EQ(to_fixed({0.00000005, -0.00000005}), (FixedPoint{1, -1}));
    EXPECT_EQ(to_fixed({110.35123454, 21.2}), (FixedPoint{1'103'512'345, 212'000'000}));
    EXPECT_EQ(to_fixed({180, -90}), (FixedPoint{1'800'000'000, -900'000'000}));
    EXPECT_EQ(to_fixed(to_degrees({1'103'512'347, -1})), (FixedPoint{1'103'512'347, -1}));
}

// 18 attributes as components have them: few kinds, dates, names, a free remark.
TEST(LayerSnapshot, AMillionComponentsFitIn) {
    auto layer = std::make_shared<Layer>();
    layer->fields.resize(18);
    layer->fields[16].kind = FieldKind::number;
    layer->fields[17].kind = FieldKind::integer;
    SnapshotBuilder builder(layer);
    Random random(3);
    constexpr int count = 200'000;
    const auto kinds = [&](std::uint64_t of, const char* prefix) { return Value(prefix + std::to_string(random.below(of))); };
    for (int i = 0; i < count; ++i) {
        const auto id = "44080200101" + std::to_string(1'000'000 + i);
        builder.add({id, random_point(random),
                     {id, kinds(153, "类别"), kinds(7526, "44080200100"), kinds(58, "社区"), kinds(22, "街道"), kinds(5, "区"), kinds(120, "主管单位"),
                      kinds(200, "权属单位"), kinds(300, "养护单位"), kinds(5, "状态"), kinds(400, "2026-01-"), kinds(400, "2026-02-"), kinds(4, "来源"),
                      kinds(9, "材质"), kinds(1'000'000'000, "备注:人民大道北侧"), kinds(900, "路"), random.unit() * 10, random.between(0, 3)}});
    }
    const auto snapshot = builder.finish(1, 1);
    EXPECT_LT(static_cast<double>(snapshot->bytes()) / count * 1e6, 200e6);
}

} // namespace registry_snapshot_test
