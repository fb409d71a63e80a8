// How long things took: counts in fixed buckets, added to from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace chengge {

class Histogram {
public:
    // Upper bounds in microseconds; one more bucket holds what took longer.
    static constexpr std::array<std::int64_t, 16> bounds_us = {
        100,    250,    500,     1'000,   2'500,   5'000,     10'000,    25'000,
        50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

    struct Counts {
        std::array<std::uint64_t, bounds_us.size() + 1> buckets{};
        std::uint64_t sum_us = 0;
        std::uint64_t total() const {
            std::uint64_t all = 0;
            for (const auto count : buckets) all += count;
            return all;
        }
    };

    void add(std::int64_t us) {
        std::size_t bucket = 0;
        while (bucket < bounds_us.size() && us > bounds_us[bucket]) ++bucket;
        buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
        sum_us_.fetch_add(static_cast<std::uint64_t>(us < 0 ? 0 : us), std::memory_order_relaxed);
    }
    Counts counts() const {
        Counts counts;
        for (std::size_t i = 0; i < buckets_.size(); ++i)
            counts.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
        counts.sum_us = sum_us_.load(std::memory_order_relaxed);
        return counts;
    }

private:
    std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> buckets_{};
    std::atomic<std::uint64_t> sum_us_{0};
};

} // namespace chengge
