// Geocoding as its callers see it, on both engines: over the registry's layers as they change, and over the wire's CSV.
#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "addresses/address_service.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "kit/small_city.hpp"

namespace address_contract_test {

using namespace chengge;
using namespace chengge::addresses;
using testing::HasSubstr;

namespace {

class AddressContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        static const auto loaded = registry::load_layers(CHENGGE_SOURCE "/data", "");
        static const auto editions = std::make_shared<const registry::EditionMap>(*registry::EditionMap::load(CHENGGE_SOURCE "/data/taxonomy/mapping_2013_2026.csv"));
        auto opened = registry::RegistryService::open({*city.database, city.clock, *city.identity, *city.grid, *city.media, loaded.layers, editions});
        ASSERT_TRUE(opened) << (opened ? "" : opened.error().code);
        layers = std::move(*opened);
        addresses = std::make_unique<AddressService>(AddressParts{*city.identity, *city.grid, *layers});
    }
    // A door or a landmark in the middle of a cell, moved by metres.
    void put(const std::string& name, const std::string& category, const std::string& cell, double east_m = 0, const std::string& aliases = "") {
        const auto& layer = *layers->find_layer("addresses");
        const auto middle = middle_of(cell);
        registry::Feature feature;
        feature.geometry = geo::Point{middle.lon + east_m / 103'700, middle.lat};
        feature.values.resize(layer.fields.size());
        const auto set = [&](std::string_view field, const std::string& value) { feature.values[static_cast<std::size_t>(layer.field_index(field))] = value; };
        set("name", name);
        set("category", category);
        set("full_address", name);
        if (!aliases.empty()) set("aliases", aliases);
        const auto made = layers->change("addresses", {.puts = {std::move(feature)}, .removed = {}}, {.person = std::nullopt, .reason = "普查"});
        ASSERT_TRUE(made) << made.error().code << " " << (made.error().facts.contains("reason") ? made.error().facts.at("reason") : "");
    }
    geo::Point middle_of(const std::string& cell) const { return geo::centroid(city.grid->find_cell(cell)->outline); }
    // Until a change is in the index.
    bool knows(const std::string& text) {
        for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5); std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(std::chrono::milliseconds(20)))
            if (!addresses->geocode(text, {}).empty()) return true;
        return false;
    }

    kit::SmallCity city{GetParam()};
    std::unique_ptr<registry::RegistryService> layers;
    std::unique_ptr<AddressService> addresses;
};

ON_BOTH_ENGINES(AddressContract);

} // namespace

TEST_P(AddressContract, FindsWhatTheRegistryHasAndSaysInWhichCell) {
    const auto cells = city.grid->cells();
    put("榕荫路12号", "door", cells[0].code);
    put("海滨公园", "landmark", cells[1].code, 0, "滨海公园、海边公园");
    ASSERT_TRUE(knows("榕荫路12号"));
    EXPECT_EQ(addresses->geocode("榕荫路十二号", {}).front().cell_code, cells[0].code);
    EXPECT_EQ(addresses->geocode("海边公园东侧约 20 米", {}).front().cell_code, cells[1].code);
    EXPECT_TRUE(addresses->geocode("没有这个地方", {}).empty());
    EXPECT_EQ(addresses->geocode(cells[2].code, {}).front().cell_code, cells[2].code);
    EXPECT_EQ(addresses->suggest("榕荫", {}).front().name, "榕荫路12号");
}

TEST_P(AddressContract, ANewAddressIsFoundWithinTwoSeconds) {
    const auto cell = city.grid->cells()[0].code;
    EXPECT_TRUE(addresses->geocode("书院巷3号", {}).empty());
    put("书院巷3号", "door", cell);
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(knows("书院巷3号"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
}

TEST_P(AddressContract, WhatAPlaceIsCalledIsFoundInItsCellAgain) {
    const auto cells = city.grid->cells();
    put("榕荫路12号", "door", cells[0].code);
    put("榕荫路12号", "door", cells[3].code); // the same name twice
    put("海滨公园", "landmark", cells[1].code);
    ASSERT_TRUE(knows("海滨公园"));
    Random random(5);
    for (const auto& cell : cells) {
        const auto box = geo::bounds_of(cell.outline);
        for (int i = 0; i < 20; ++i) {
            const auto share = [&] { return static_cast<double>(random.below(1'000'001)) / 1e6; };
            const geo::Point point{box.west + share() * (box.east - box.west), box.south + share() * (box.north - box.south)};
            const auto place = city.grid->locate(point.lon, point.lat);
            if (!place) continue;
            const auto called = addresses->reverse(point.lon, point.lat, "cgcs2000");
            ASSERT_TRUE(called);
            EXPECT_EQ(called->place.cell_code, place->cell_code);
            const auto again = addresses->geocode(called->text, {});
            ASSERT_FALSE(again.empty()) << called->text;
            EXPECT_EQ(again.front().cell_code, place->cell_code) << called->text;
        }
    }
    const auto outside = addresses->reverse(100, 10, "cgcs2000");
    ASSERT_FALSE(outside);
    EXPECT_EQ(outside.error().code, "outside_city");
}

TEST_P(AddressContract, OneAddressHasOneKeyHoweverItIsWritten) {
    const auto cells = city.grid->cells();
    put("榕荫路12号", "door", cells[0].code);
    put("榕荫路20号", "door", cells[0].code, 40);
    put("书院小学", "poi", cells[1].code, 0, "书院学校");
    put("海滨公园", "landmark", cells[2].code);
    ASSERT_TRUE(knows("海滨公园"));
    const auto key = [&](const std::string& text, const std::string& cell) {
        const auto found = addresses->standard_address(text, middle_of(cell));
        return found ? found->key : std::string();
    };
    const auto door = addresses->standard_address("榕荫路12号", middle_of(cells[0].code));
    ASSERT_TRUE(door);
    EXPECT_EQ(door->name, "榕荫路12号");
    EXPECT_EQ(key("榕荫路 十二号门口", cells[0].code), door->key);
    EXPECT_EQ(key("榕荫路12号附近", cells[0].code), door->key);
    EXPECT_NE(key("榕荫路20号", cells[0].code), door->key);
    EXPECT_EQ(key("书院学校", cells[1].code), key("书院小学门前", cells[1].code));
    // A number that nobody has registered lies between its neighbours: the same number is the same address, another is not.
    EXPECT_FALSE(key("榕荫路14号", cells[0].code).empty());
    EXPECT_EQ(key("榕荫路14号", cells[0].code), key("榕荫路十四号对面", cells[0].code));
    EXPECT_NE(key("榕荫路14号", cells[0].code), key("榕荫路16号", cells[0].code));
    EXPECT_NE(key("榕荫路14号", cells[0].code), door->key);
    // Too wide, unknown, or far from where the report lies.
    EXPECT_EQ(key("海滨公园", cells[2].code), "");
    EXPECT_EQ(key("没有这个地方", cells[0].code), "");
    EXPECT_EQ(key("", cells[0].code), "");
    const auto middle = middle_of(cells[0].code);
    EXPECT_FALSE(addresses->standard_address("榕荫路12号", {middle.lon + 0.006, middle.lat}));
}

TEST_P(AddressContract, ATableComesBackWithWhatWasFound) {
    const auto cell = city.grid->cells()[0];
    put("榕荫路12号", "door", cell.code);
    ASSERT_TRUE(knows("榕荫路12号"));
    const auto found = addresses->run_table("编号,地址\n1,榕荫路12号\n2,\"不知道在哪, 的地方\"\n", "cgcs2000");
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, HasSubstr("1,榕荫路12号,榕荫路12号,0.98,same_name,"));
    EXPECT_THAT(*found, HasSubstr(cell.code));
    EXPECT_THAT(*found, HasSubstr("2,\"不知道在哪, 的地方\",,0,,,,,,"));
    const auto middle = middle_of(cell.code);
    const auto called = addresses->run_table("lon,lat\n" + std::to_string(middle.lon) + "," + std::to_string(middle.lat) + "\nx,y\n", "cgcs2000");
    ASSERT_TRUE(called);
    EXPECT_THAT(*called, HasSubstr("榕荫路12号"));
    EXPECT_THAT(*called, HasSubstr("x,y,,,,,"));
    EXPECT_EQ(addresses->run_table("a,b\n1,2\n", "cgcs2000").error().facts.at("reason"), "has no column address, nor lon and lat");
    EXPECT_EQ(addresses->run_table("地址\n\"x\n", "cgcs2000").error().code, "bad_csv");
}

} // namespace address_contract_test
