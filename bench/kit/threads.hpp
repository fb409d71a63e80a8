// The same act by many threads for a while.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "kit/report.hpp"

namespace chengge::bench {

struct Timed {
    double rate = 0;
    std::vector<double> ms; // of every act
};

// `act(thread)` returns false when there is nothing left to do. The first exception ends all and is thrown here.
inline Timed run_threads(int threads, double seconds, const std::function<bool(int)>& act) {
    std::vector<std::vector<double>> all(static_cast<std::size_t>(threads));
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(threads));
    std::atomic<bool> is_over{false};
    const auto begin = now_s();
    {
        std::vector<std::jthread> crew;
        for (int i = 0; i < threads; ++i)
            crew.emplace_back([&, i] {
                try {
                    while (!is_over && now_s() - begin < seconds) {
                        const auto from = now_s();
                        if (!act(i)) return;
                        all[static_cast<std::size_t>(i)].push_back((now_s() - from) * 1000);
                    }
                } catch (...) {
                    failures[static_cast<std::size_t>(i)] = std::current_exception();
                    is_over = true;
                }
            });
    }
    const auto took = now_s() - begin;
    for (const auto& failure : failures)
        if (failure) std::rethrow_exception(failure);
    Timed timed;
    for (const auto& one : all) timed.ms.insert(timed.ms.end(), one.begin(), one.end());
    timed.rate = static_cast<double>(timed.ms.size()) / took;
    return timed;
}

// What the machine itself (a host that shares it out) takes away while all its cores are busy and nothing is done.
struct Stalls {
    double per_second = 0; // of more than a millisecond, a core
    double longest_ms = 0;
};
inline Stalls measure_stalls(double seconds) {
    const auto cores = std::max(1u, std::thread::hardware_concurrency());
    std::vector<Stalls> all(cores);
    {
        std::vector<std::jthread> crew;
        for (auto& one : all)
            crew.emplace_back([&one, seconds] {
                const auto begin = now_s();
                for (auto last = begin, now = begin; now - begin < seconds; last = now) {
                    now = now_s();
                    if (now - last > 0.001) one.per_second += 1 / seconds;
                    one.longest_ms = std::max(one.longest_ms, (now - last) * 1000);
                }
            });
    }
    Stalls worst;
    for (const auto& one : all) worst = {std::max(worst.per_second, one.per_second), std::max(worst.longest_ms, one.longest_ms)};
    return worst;
}

} // namespace chengge::bench
