// What a read on SQLite looks at while it goes on.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include <sched.h>

#include "base/give_way.hpp"

namespace chengge::storage {

inline std::int64_t monotonic_us() { return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// While a read goes on: it ends when it is too long; in a thread that gives way it offers its core to whoever waits for
// it, again and again. The kernel would let it run on until the next tick, and a commit waits for the disk's threads and its own
// to get a core. Other threads do not: at everybody's weight each offer would cost a whole turn of whoever keeps busy.
class ReadWatch {
public:
    static constexpr int every = 1'000; // instructions of SQLite between two looks, some 30 us

    // `keeps_on_until_us`: of all reads together, until when they do not give way.
    explicit ReadWatch(std::atomic<std::int64_t>& keeps_on_until_us) : keeps_on_until_us_(keeps_on_until_us) {}

    // Not zero: the read is broken off.
    int look() {
        const auto now = monotonic_us();
        if (now > until_us_) return 1;
        if (!is_offered_ || now < keeps_on_until_us_) return 0;
        ::sched_yield();
        // Somebody keeps the core. A read takes the share that is its due then, and tries again later.
        if (const auto given = monotonic_us() - now; given > given_max_us) keeps_on_until_us_ = now + rest_after_given * given;
        return 0;
    }

private:
    static constexpr std::int64_t time_max_us = 5'000'000; // a longer snapshot would hold the log back
    static constexpr std::int64_t given_max_us = 50'000;   // a longer turn of another is no commit's
    static constexpr int rest_after_given = 20;            // times as long no read gives way then

    std::atomic<std::int64_t>& keeps_on_until_us_;
    const bool is_offered_ = gives_way();
    const std::int64_t until_us_ = monotonic_us() + time_max_us;
};

} // namespace chengge::storage
