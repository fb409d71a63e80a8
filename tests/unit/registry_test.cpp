// Codes of both editions, and layers as their files say them.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "base/random.hpp"
#include "registry/codes.hpp"
#include "registry/layer.hpp"

namespace registry_test {

using namespace chengge;
using namespace chengge::registry;

namespace {

const std::string data = CHENGGE_SOURCE "/data";

const std::vector<Layer>& shipped() {
    static const auto loaded = load_layers(data, "");
    EXPECT_TRUE(loaded.faults.empty()) << (loaded.faults.empty() ? "" : loaded.faults.front().en);
    return *loaded.layers;
}

const Layer& layer(std::string_view id) {
    for (const auto& one : shipped())
        if (one.id == id) return one;
    throw std::runtime_error("no such layer");
}

// A folder with one layer file (and a class table) laid over the shipped ones.
class Overlay {
public:
    Overlay(const std::string& file, const std::string& text) : folder_(testing::TempDir() + "registry_overlay_" + std::to_string(counter++)) {
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_ + "/registry");
        std::ofstream(folder_ + "/registry/" + file) << text;
    }
    ~Overlay() { std::filesystem::remove_all(folder_); }
    LoadedLayers load() const { return load_layers(data, folder_); }

private:
    static inline int counter = 0;
    std::string folder_;
};

std::string faults_of(const LoadedLayers& loaded) {
    std::string text;
    for (const auto& fault : loaded.faults) text += fault.en + "\n";
    return text;
}

} // namespace

TEST(RegistryCodes, ComponentCodesAreReadAndWrittenInBothEditions) {
    EXPECT_EQ(format_component_code({"440802", "01004", 17}), "44080201004000017");
    EXPECT_EQ(format_component_code({"440802", "0104", 17}), "4408020104000017");
    EXPECT_EQ(parse_component_code("44089101004000001")->county, "440891"); // a functional zone's pseudo-code
    EXPECT_EQ(parse_component_code("3205080101000001")->class_code, "0101");
    for (const auto* wrong : {"", "44080201004", "44080201004000000", "00080201004000001", "44000001004000001", "4408020100400001x", "440802010040000011"}) EXPECT_FALSE(parse_component_code(wrong)) << wrong;
}

TEST(RegistryCodes, EditionsMapBothWaysWithTheSameCountyAndSequence) {
    const auto map = EditionMap::load(data + "/taxonomy/mapping_2013_2026.csv");
    ASSERT_TRUE(map);
    EXPECT_EQ(map->counterpart("44080201004000017"), "4408020104000017");
    EXPECT_EQ(map->counterpart("4408020506000009"), "44080201069000009"); // moved from "other" to "municipal"
    EXPECT_EQ(map->counterpart("4408020504000009"), "");                  // dropped
    Random random(4);
    int there = 0;
    for (const auto& of : layer("components").classes) {
        const ComponentCode code{"440803", of.code, static_cast<int>(random.between(1, sequence_max))};
        const auto old = map->counterpart(format_component_code(code));
        if (old.empty()) continue;
        ++there;
        EXPECT_EQ(parse_component_code(old)->sequence, code.sequence);
        EXPECT_EQ(map->counterpart(old), format_component_code(code)) << of.code;
    }
    EXPECT_GT(there, 100);
}

TEST(RegistryCodes, WhatIsWrittenIsReadAgain) {
    Random random(9);
    for (int i = 0; i < 2'000; ++i) {
        const auto& classes = layer("components").classes;
        const ComponentCode code{std::to_string(random.between(110101, 659999)), classes[random.below(classes.size())].code, static_cast<int>(random.between(1, sequence_max))};
        if (!is_county_code(code.county)) continue;
        const auto text = format_component_code(code);
        EXPECT_EQ(parse_component_code(text), code);
        EXPECT_TRUE(follows_rule(layer("components"), text));
        EXPECT_EQ(county_of(layer("components"), text), code.county);
        const auto tree = format_prefixed_code("GS", code.county, code.sequence);
        EXPECT_TRUE(follows_rule(layer("heritage_trees"), tree));
        EXPECT_EQ(county_of(layer("heritage_trees"), tree), code.county);
        EXPECT_FALSE(follows_rule(layer("reserve_trees"), tree));
    }
    EXPECT_TRUE(is_cell_code("440802001101001"));
    EXPECT_FALSE(is_cell_code("440802001101000"));
    EXPECT_TRUE(is_region_code("440802001"));
    EXPECT_FALSE(is_region_code("4408020011"));
}

TEST(RegistryLayers, AllClassesHaveGeometryAndTheStandardsAttributesAreThere) {
    const auto& components = layer("components");
    EXPECT_EQ(components.classes.size(), 153u);
    for (const auto& of : components.classes) {
        EXPECT_FALSE(of.style.empty()) << of.code;
        EXPECT_NE(of.major_label.en, of.major_label.zh) << of.code;
        EXPECT_TRUE(of.accuracy_m == 0.5 || of.accuracy_m == 1 || of.accuracy_m == 10) << of.code;
    }
    std::set<std::string> names;
    for (const auto& field : components.fields) names.insert(field.short_name);
    // GB/T 47678.5-2026 table 2.
    for (const auto* name : {"GLBJBSM", "GLBJMC", "ZGBMDM", "ZGBMMC", "QSDWDM", "QSDWMC", "YHDWDM", "YHDWMC", "SZDYWGBSM", "GLBJZT", "CSRQ", "BGRQ", "SJLY", "BZ", "SZJDDM", "SZJDMC", "SZSQDM", "SZSQMC"})
        EXPECT_TRUE(names.contains(name)) << name;
    EXPECT_EQ(components.find_class("03005")->major_label.zh, "市容环卫设施");
    EXPECT_EQ(components.find_class("03005")->major_label.en, "Sanitation facilities");
    EXPECT_EQ(components.find_field("state")->codes.size(), 5u);
    EXPECT_EQ(components.find_class("02017")->geometry, GeometryKind::line);
    EXPECT_EQ(layer("cells").kept_by, "grid");
    EXPECT_EQ(shipped().size(), 19u);
}

TEST(RegistryLayers, ANewLayerIsAFile) {
    const Overlay overlay("bridges.json", R"({"id": "bridges", "label": {"zh": "桥梁", "en": "Bridges"}, "group": {"zh": "设施", "en": "Facilities"}, "geometry": "line", "code_rule": "QL",
        "name_field": "name", "style": {"colour": "#123456"},
        "fields": [{"name": "id", "short_name": "QLBSM", "label": {"zh": "编码", "en": "Code"}, "need": "M"}, {"name": "name", "short_name": "MC", "label": {"zh": "名称", "en": "Name"}, "need": "M"}]})");
    const auto loaded = overlay.load();
    ASSERT_TRUE(loaded.faults.empty()) << faults_of(loaded);
    EXPECT_EQ(loaded.layers->back().id, "bridges");
    EXPECT_EQ(loaded.layers->back().geometry, GeometryKind::line);
}

TEST(RegistryLayers, EveryFaultIsNamedWithFileAndPlace) {
    const Overlay overlay("bridges.json", R"({"id": "bridge", "label": {"zh": "桥梁"}, "group": {"zh": "设施", "en": "Facilities"}, "geometry": "blob", "code_rule": "gs", "colour": 1,
        "name_field": "title", "style": {}, "fields": [
        {"name": "id", "short_name": "QLBSM", "label": {"zh": "编码", "en": "Code"}, "need": "M"},
        {"name": "Kind", "short_name": "mc", "label": {"zh": "类型", "en": "Kind"}, "kind": "code", "need": "X"},
        {"name": "kind", "short_name": "QLBSM", "label": {"zh": "类型", "en": "Kind"}, "need": "C"}]})");
    const auto faults = faults_of(overlay.load());
    for (const auto* words : {"bridges.json id", "bridges.json label", "geometry", "code_rule", "colour", "name_field: there is no field title", "fields[1].name", "fields[1].short_name", "fields[1].need", "fields[1].codes",
                              "fields[2].needed_when", "fields[2]: the short name QLBSM stands twice"})
        EXPECT_THAT(faults, testing::HasSubstr(words));
    const Overlay broken("bridges.json", "{");
    EXPECT_FALSE(broken.load().faults.empty());
    EXPECT_EQ(broken.load().layers, nullptr);
    const Overlay classes("component_classes.csv", "code,geometry,accuracy,symbol,colour\n01001,cube,A,x,y\n77777,point,A,x,y\n01002,point,D,x,y\n");
    EXPECT_EQ(classes.load().faults.size(), 3u) << faults_of(classes.load());
}

} // namespace registry_test
