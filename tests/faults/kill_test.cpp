// Killed at a random moment under load, with and without a power cut: nothing acknowledged is lost,
// nothing is there twice, the numbers have no gap, the chains are whole.
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "faults/kit_load.hpp"

namespace kill_test {

using namespace chengge;
using namespace chengge::faults;

namespace {

class Kill : public kit::OnBothEngines {};

std::uint64_t chosen_seed() {
    const char* text = std::getenv("CHENGGE_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : std::random_device{}();
}

} // namespace

TEST_P(Kill, AtRandomMomentsUnderLoad) {
    const auto seed = chosen_seed();
    SCOPED_TRACE("CHENGGE_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    FaultCity city(GetParam());
    city.need_start();
    Load load(city, {.seed = random()});
    const int rounds = is_long() ? 50 : 5;
    for (int round = 0; round < rounds; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        if (!city.is_running()) city.need_start();
        load.start();
        EXPECT_TRUE(load.wait_for(load.acknowledged() + 20, 30)) << "no load: " << load.summary() << "\n" << city.log();
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 700'000));
        city.kill();
        load.stop();
        // The machine goes on; or its power is cut, and what was not synced is gone, or partly.
        if (const auto kind = random() % 4; kind == 0) city.disk.keep_all();
        else city.disk.cut_power(kind == 1 ? 0 : kind == 2 ? 0.5 : 0.9, random());
        city.need_start();
        load.settle();
        const auto faults = load.judge();
        for (const auto& fault : faults) ADD_FAILURE() << fault;
        if (!faults.empty()) break;
    }
    std::printf("%s\n", load.summary().c_str());
}

ON_BOTH_ENGINES(Kill);

} // namespace kill_test
