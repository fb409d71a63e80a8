// Randomness that tests own: a small fast generator with a seed (not for secrets; see digest.hpp).
#pragma once

#include <cstdint>

namespace chengge {

// xoshiro256** seeded by splitmix64: the same numbers from the same seed on every machine.
class Random {
public:
    explicit Random(std::uint64_t seed);
    std::uint64_t next();
    // Uniform in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound);
    // Uniform in [low, high], both included.
    std::int64_t between(std::int64_t low, std::int64_t high);
    // Uniform in [0, 1).
    double unit();
    bool chance(double probability) { return unit() < probability; }

private:
    std::uint64_t state_[4];
};

} // namespace chengge
