// Addresses as texts and the index over them; no database.
#include <gtest/gtest.h>

#include "addresses/address_index.hpp"
#include "base/random.hpp"

namespace address_test {

using namespace chengge;
using namespace chengge::addresses;

namespace {

std::string told(const std::vector<Element>& elements) {
    std::string text;
    for (const auto& element : elements) text += (text.empty() ? "" : " ") + std::string(name_of(element.kind)) + ":" + element.text;
    return text;
}

geo::Point at(double east_m, double north_m) { return {110.36 + east_m / 103'700, 21.27 + north_m / 110'700}; }

// Two districts with a street of the same name, doors on both sides, a park.
AddressIndex small_city() {
    std::vector<Place> places{{"440802", "赤坎区", {}, PlaceKind::county, at(0, 0), "440802", "440802"},
                              {"440803", "霞山区", {}, PlaceKind::county, at(5000, 0), "440803", "440803"},
                              {"440891", "开发区", {}, PlaceKind::county, at(5000, 3000), "440891", "440891"},
                              {"440802001001", "书院社区", {}, PlaceKind::community, at(100, 100), "440802001001", "440802"},
                              {"440803001001", "港湾社区", {}, PlaceKind::community, at(5100, 100), "440803001001", "440891"},
                              {"P1", "海滨公园", {"滨海公园"}, PlaceKind::landmark, at(300, 300), "440802001001", "440802"}};
    for (int number = 1; number <= 40; ++number) {
        if (number == 20) continue;
        places.push_back({"D" + std::to_string(number), "榕荫路" + std::to_string(number) + "号", {}, PlaceKind::door, at(number * 10, number % 2 == 0 ? 12 : -12), "440802001001", "440802"});
    }
    places.push_back({"X12", "榕荫路12号", {}, PlaceKind::door, at(5200, 0), "440803001001", "440891"});
    std::vector<Road> roads{{"榕荫路", {{at(0, 0), at(500, 0)}}}, {"书院巷", {{at(250, -200), at(250, 200)}}}};
    return {std::move(places), std::move(roads)};
}

Candidate best(const AddressIndex& index, std::string_view text) {
    const auto found = index.find(text, {});
    return found.empty() ? Candidate{} : found.front();
}

bool has(const Candidate& candidate, Reason reason) { return std::ranges::find(candidate.reasons, reason) != candidate.reasons.end(); }

} // namespace

TEST(AddressText, TheSamePlaceWrittenTwoWaysIsTheSameText) {
    EXPECT_EQ(normalise("榕荫路 １２ 号"), "榕荫路12号");
    EXPECT_EQ(normalise("榕荫路十二号"), "榕荫路12号");
    EXPECT_EQ(normalise("榕荫路一百零五号"), "榕荫路105号");
    EXPECT_EQ(normalise("3#楼"), "3号楼");
    EXPECT_EQ(normalise("（Ａ座）二单元"), "A座2单元");
    EXPECT_EQ(normalise("三民路"), "三民路"); // no number
    for (const auto* text : {"榕荫路一百零五号", "湛江市赤坎区书院巷3#楼二单元", "(A座), 二楼"}) EXPECT_EQ(normalise(normalise(text)), normalise(text));
}

TEST(AddressText, AnAddressIsPartedIntoItsElements) {
    const Gazetteer none;
    EXPECT_EQ(told(parse("广东省湛江市赤坎区南桥街道书院社区榕荫路12号3栋2单元501室", none)),
              "province:广东省 city:湛江市 county:赤坎区 town:南桥街道 community:书院社区 street:榕荫路 door:12号 building:3栋 unit:2单元 room:501室");
    EXPECT_EQ(told(parse("榕荫路与书院巷交叉口", none)), "street:榕荫路 street:书院巷 crossing:交叉口");
    EXPECT_EQ(told(parse("人民大道南50米", none)), "street:人民大道 offset:南50米");
    EXPECT_EQ(told(parse("440802007001023", none)), "cell:440802007001023");
    EXPECT_EQ(told(parse("", none)), "");
    Gazetteer city;
    city.add("海滨公园", ElementKind::poi);
    city.add("赤坎区", ElementKind::county);
    EXPECT_EQ(told(parse("赤坎海滨公园东门旁", city)), "county:赤坎 poi:海滨公园 rest:东门旁");
    EXPECT_EQ(told(parse("海滨公园对面", city)), "poi:海滨公园 direction:对面");
}

TEST(AddressText, NothingIsLostWhateverIsWritten) {
    Random random(7);
    const std::vector<std::string> bits{"赤坎区", "路", "12", "号", "与", "海滨", "A", "座", "十", "二", "东侧", "米", "𠀀", "市", "里", "附近", "-", "440802007001023"};
    Gazetteer city;
    city.add("海滨路", ElementKind::street);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        for (std::uint64_t i = 0; i < 1 + random.below(9); ++i) text += bits[random.below(bits.size())];
        std::string again;
        for (const auto& element : parse(text, city)) again += element.text;
        auto whole = normalise(text);
        for (const std::string_view joint : {"与"})
            for (auto found = whole.find(joint); found != std::string::npos; found = whole.find(joint)) whole.erase(found, joint.size());
        for (const std::string_view joint : {"与"})
            for (auto found = again.find(joint); found != std::string::npos; found = again.find(joint)) again.erase(found, joint.size());
        EXPECT_EQ(again, whole) << text;
    }
}

TEST(AddressIndex, GoesFromSureToVagueAndSaysWhy) {
    const auto index = small_city();
    EXPECT_EQ(best(index, "赤坎区榕荫路14号").place.id, "D14");
    EXPECT_TRUE(has(best(index, "榕荫路14号"), Reason::same_name));
    EXPECT_EQ(best(index, "榕荫路十四号2栋").place.id, "D14");
    EXPECT_TRUE(has(best(index, "榕荫路十四号2栋"), Reason::same_door));
    EXPECT_EQ(best(index, "滨海公园").place.id, "P1");
    EXPECT_TRUE(has(best(index, "滨海公园"), Reason::alias));
    EXPECT_TRUE(has(best(index, "海滨公园东侧约50米"), Reason::direction_unused));
    EXPECT_EQ(best(index, "海滨公圆").place.id, "P1"); // a slip of the pen
    EXPECT_TRUE(has(best(index, "海滨公圆"), Reason::alike));
    EXPECT_TRUE(has(best(index, "榕荫路"), Reason::street_only) || best(index, "榕荫路").place.kind == PlaceKind::street);
    EXPECT_TRUE(has(best(index, "书院社区"), Reason::region_only));
    EXPECT_TRUE(index.find("不认识的地方", {}).empty());
    for (const auto* text : {"", " ", "号", "，。", "的的的"}) EXPECT_NO_THROW(index.find(text, {})) << text;
}

TEST(AddressIndex, TheRegionThatIsNamedDecides) {
    const auto index = small_city();
    EXPECT_EQ(best(index, "赤坎区榕荫路12号").place.id, "D12");
    EXPECT_EQ(best(index, "霞山区榕荫路12号").place.id, "X12");
    EXPECT_EQ(best(index, "开发区榕荫路12号").place.id, "X12"); // who manages it counts as well as what the code says
    EXPECT_TRUE(has(best(index, "榕荫路12号"), Reason::region_unsaid));
    const auto found = index.find("榕荫路12号", {.near = at(5200, 50), .has_near = true, .limit = 10});
    ASSERT_GE(found.size(), 2u);
    EXPECT_EQ(found[0].place.id, "X12");
}

TEST(AddressIndex, ANumberThatIsNotThereIsPutBetweenItsNeighboursOfTheSameSide) {
    const auto index = small_city();
    const auto found = best(index, "赤坎区榕荫路20号");
    EXPECT_TRUE(has(found, Reason::between_doors));
    EXPECT_LT(geo::distance_m(found.place.point, at(200, 12)), 1);
    EXPECT_LT(found.score, best(index, "赤坎区榕荫路22号").score);
}

TEST(AddressIndex, TwoStreetsMeetWhereTheyCross) {
    const auto index = small_city();
    const auto found = best(index, "榕荫路与书院巷交叉口");
    EXPECT_TRUE(has(found, Reason::crossing));
    EXPECT_LT(geo::distance_m(found.place.point, at(250, 0)), 1);
}

TEST(AddressIndex, NamesThatBeginSoComeFirstThenNamesThatHaveIt) {
    const auto index = small_city();
    const auto found = index.suggest("榕荫路1", {});
    ASSERT_FALSE(found.empty());
    for (const auto& place : found) EXPECT_TRUE(place.name.starts_with("榕荫路1")) << place.name;
    EXPECT_EQ(index.suggest("公园", {}).front().id, "P1");
    EXPECT_EQ(index.suggest("滨海", {}).front().id, "P1");
    EXPECT_TRUE(index.suggest("", {}).empty());
}

TEST(AddressIndex, EveryNameFindsItsOwnPlace) {
    const auto index = small_city();
    for (int number = 1; number <= 40; ++number) {
        if (number == 20) continue;
        EXPECT_EQ(best(index, "赤坎区书院社区榕荫路" + std::to_string(number) + "号").place.id, "D" + std::to_string(number));
    }
}

} // namespace address_test
