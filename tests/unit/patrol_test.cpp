// Draws that can be repeated, and money that adds up.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "patrol/draw.hpp"
#include "patrol/patrol_data.hpp"
#include "patrol/sheet.hpp"

namespace patrol_test {

using namespace chengge;
using namespace chengge::patrol;

namespace {

std::vector<Uuid> make_ids(Random& random, int count) {
    std::vector<Uuid> ids;
    for (int i = 0; i < count; ++i) ids.push_back(make_uuid(1'700'000'000'000 + i, random));
    return ids;
}

std::shared_ptr<const PatrolData> city_data() { return *load_patrol_data(CHENGGE_SOURCE "/data", ""); }

SheetInput random_input(Random& random, const PatrolData& data) {
    SheetInput input{.month = "2026-0" + std::to_string(random.between(1, 9)), .valid_from = "2026-03-10", .valid_to = random.chance(0.5) ? "2026-06-17" : "2028-12-31"};
    input.month_fee_cents = random.chance(0.2) ? 0 : random.between(1, 50'000'000);
    input.unit_price_cents = random.chance(0.5) ? 0 : random.between(1, 2'000);
    for (int i = 0; i < random.between(0, 60); ++i) {
        const auto& kind = data.kinds[random.below(data.kinds.size())];
        input.charges.push_back({i + 1, kind.code, kind.points, kind.cents});
    }
    for (int i = 0; i < random.between(0, 60); ++i) input.presence.push_back({"2026-04-01", "early", random.between(0, 90), random.between(0, 90)});
    for (int i = 0; i < random.between(0, 300); ++i) input.finds.push_back(i + 1);
    return input;
}

} // namespace

TEST(Draw, TheSameListAndSeedGiveTheSameSampleInWhateverOrderTheListCame) {
    Random random(3);
    auto ids = make_ids(random, 500);
    const auto first = draw(ids, 40, "2026-09-督查");
    std::reverse(ids.begin(), ids.end());
    EXPECT_EQ(draw(ids, 40, "2026-09-督查"), first);
    EXPECT_NE(draw(ids, 40, "2026-10-督查"), first);
    EXPECT_EQ(std::set<Uuid>(first.begin(), first.end()).size(), 40u);
    EXPECT_EQ(draw(ids, 900, "x").size(), 500u);
}

// By hand, as anybody with a tool for SM3 would: rank every case, take the lowest.
TEST(Draw, IsWhatTheRankSays) {
    Random random(4);
    const auto ids = make_ids(random, 60);
    std::map<std::string, Uuid> by_rank;
    for (const auto& id : ids) by_rank[to_hex(sm3("seed" + id.raw()))] = id;
    const auto drawn = draw(ids, 7, "seed");
    auto expected = by_rank.begin();
    for (const auto& id : drawn) {
        EXPECT_EQ(id, expected->second);
        EXPECT_EQ(rank_of("seed", id), expected->first);
        ++expected;
    }
}

TEST(Draw, EveryCaseHasTheSameChance) {
    Random random(5);
    const auto ids = make_ids(random, 50);
    std::map<Uuid, int> hits;
    constexpr int rounds = 4000, size = 10;
    for (int round = 0; round < rounds; ++round)
        for (const auto& id : draw(ids, size, std::to_string(round))) ++hits[id];
    // χ² of 50 cells with 49 degrees of freedom, a little less because a draw takes no case twice: 1 in 10⁵ lies above 100.
    const double mean = static_cast<double>(rounds) * size / 50;
    double chi = 0;
    for (const auto& id : ids) chi += (hits[id] - mean) * (hits[id] - mean) / mean;
    EXPECT_LT(chi, 100) << "the draw prefers some cases";
    EXPECT_GT(chi, 10) << "a draw is not dealt out in turns";
}

TEST(Draw, TheHashOfTheListTellsOfOneCaseMoreOrLess) {
    Random random(6);
    auto ids = make_ids(random, 30);
    const auto whole = population_sm3(ids);
    std::swap(ids[3], ids[20]);
    EXPECT_EQ(population_sm3(ids), whole);
    ids.pop_back();
    EXPECT_NE(population_sm3(ids), whole);
}

TEST(DeductionSheet, WhatIsPaidIsTheSumOfItsLinesToTheCent) {
    const auto data = city_data();
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        Random random(seed);
        const auto input = random_input(random, *data);
        const auto lines = make_lines(*data, input);
        const auto sums = sum_lines(lines);
        std::int64_t sum = 0, points = 0, pay = 0;
        for (const auto& line : lines) {
            sum += line.cents;
            points += line.points;
            if (line.part == "pay") pay += line.cents;
            EXPECT_TRUE(line.part == "deduct" ? line.cents <= 0 : line.cents > 0) << "seed " << seed;
        }
        ASSERT_EQ(sums.total_cents, sum) << "seed " << seed;
        ASSERT_EQ(sums.points, points);
        ASSERT_EQ(sums.pay_cents, pay);
        ASSERT_EQ(sums.total_cents, sums.pay_cents - sums.deducted_cents);
        // Naively: each rule with its cap, then the cap of all.
        std::map<std::string, std::int64_t> taken;
        for (const auto& charge : input.charges) taken[charge.kind] += charge.cents;
        std::int64_t expected = 0;
        for (const auto& [code, cents] : taken) expected += data->find_kind(code)->cap_cents > 0 ? std::min(cents, data->find_kind(code)->cap_cents) : cents;
        for (const auto& shift : input.presence) expected += std::max<std::int64_t>(0, shift.promised - shift.present) * data->absent.cents;
        expected = std::min(expected, sums.pay_cents * data->settings.deduction_cap_percent / 100);
        ASSERT_EQ(sums.deducted_cents, expected) << "seed " << seed;
    }
}

TEST(DeductionSheet, AFeeIsPaidForTheDaysOfTheContract) {
    const auto data = city_data();
    const auto fee = [&](const char* month, const char* from, const char* to) {
        return sum_lines(make_lines(*data, {.month = month, .valid_from = from, .valid_to = to, .month_fee_cents = 3'100'001})).pay_cents;
    };
    EXPECT_EQ(fee("2026-03", "2026-01-01", "2026-12-31"), 3'100'001);
    EXPECT_EQ(fee("2026-03", "2026-03-31", "2026-12-31"), 100'000);
    EXPECT_EQ(fee("2026-02", "2026-01-01", "2026-02-14"), 1'550'001); // half a cent goes up
    EXPECT_EQ(fee("2026-03", "2026-04-01", "2026-12-31"), 0);
    EXPECT_EQ(days_of_month("2024-02")->second, "2024-02-29");
    EXPECT_EQ(days_of_month("2026-12")->second, "2026-12-31");
    EXPECT_FALSE(days_of_month("2026-13"));
    EXPECT_EQ(money_text(-1205), "-12.05");
}

TEST(PatrolData, AnOverlayChangesAKindAndAFaultIsNamed) {
    const auto data = city_data();
    EXPECT_TRUE(data->find_kind("missed")->fits_to("patrol"));
    EXPECT_FALSE(data->find_kind("missed")->fits_to("closed"));
    EXPECT_EQ(data->find_shift("late")->to_minute, 22 * 60);
    EXPECT_FALSE(load_patrol_data(CHENGGE_SOURCE "/data/hotline", ""));
}

} // namespace patrol_test
