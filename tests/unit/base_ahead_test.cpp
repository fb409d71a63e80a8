#include "base/ahead.hpp"

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace chengge {

TEST(BaseAhead, HandsOutInOrderWhateverIsReadyFirst) {
    Ahead<std::size_t> ahead(3, [](std::size_t number) -> std::optional<std::size_t> {
        if (number >= 50) return std::nullopt;
        std::this_thread::sleep_for(std::chrono::microseconds(number % 3 == 0 ? 900 : 10));
        return number;
    });
    for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(ahead.next(), i);
    EXPECT_FALSE(ahead.next());
    EXPECT_FALSE(ahead.next());
}

TEST(BaseAhead, NeverMoreAtOnceThanTheDepth) {
    for (const std::size_t depth : {1u, 2u}) {
        std::atomic<int> at_once{0}, most{0};
        Ahead<int> ahead(depth, [&](std::size_t number) -> std::optional<int> {
            const int now = ++at_once;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {}
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            --at_once;
            return number < 40 ? std::optional(static_cast<int>(number)) : std::nullopt;
        });
        while (ahead.next()) {}
        EXPECT_LE(most, static_cast<int>(depth));
    }
}

TEST(BaseAhead, AFailureComesWhereItsThingWouldHaveCome) {
    Ahead<int> ahead(2, [](std::size_t number) -> std::optional<int> {
        if (number == 1) throw std::runtime_error("one");
        return static_cast<int>(number);
    });
    EXPECT_EQ(ahead.next(), 0);
    EXPECT_THROW((void)ahead.next(), std::runtime_error);
}

TEST(BaseAhead, IsLeftHalfWay) {
    std::atomic<int> ended{0};
    {
        Ahead<int> ahead(2, [&](std::size_t number) -> std::optional<int> {
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
            ++ended;
            return static_cast<int>(number);
        });
        EXPECT_EQ(ahead.next(), 0);
    }
    EXPECT_GE(ended, 2); // what had begun was waited for
}

TEST(BaseAhead, OneByOnePassesOverEmptyBatches) {
    AheadOneByOne<int> things(2, [](std::size_t number) -> std::optional<std::vector<int>> {
        if (number == 9) return std::nullopt;
        std::vector<int> batch(number % 3);
        std::iota(batch.begin(), batch.end(), static_cast<int>(number) * 10);
        return batch;
    });
    std::vector<int> all;
    while (const auto one = things.next()) all.push_back(*one);
    EXPECT_EQ(all, (std::vector<int>{10, 20, 21, 40, 50, 51, 70, 80, 81}));
}

} // namespace chengge
