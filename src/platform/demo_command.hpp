// chengge demo: builds the model city with its people, photos and history into an empty folder; and the month of
// chengge simulate --month, which begins alike.
#pragma once

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "demo/city.hpp"
#include "demo/history.hpp"
#include "platform/installation.hpp"

namespace chengge::platform {

struct DemoOptions {
    InstallationOptions installation;
    std::uint64_t seed = 1;
    int months = 3;
    int cases_per_month = 13'600; // the model city's own
    int components = 120'000; // about so many in the registry; 0: no base data but regions and cells
    std::string now; // RFC 3339 or the city's local time; empty = the clock
};

// Progress on standard error, a line a part with its time. The program's exit code.
int make_demo(const DemoOptions& options);

// One line a part, with its time.
class Progress {
public:
    template <class Act>
    auto part(const char* name, Act&& act) {
        std::fprintf(stderr, "  %-28s", name);
        const auto begin = std::chrono::steady_clock::now();
        auto answer = act();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        std::fprintf(stderr, "%6.1f s\n", took.count());
        return answer;
    }
};

// A city with its people and pictures, and no case yet. `clock` is the city's own.
struct FoundedCity {
    demo::City plan;
    json::object about; // demo.json
    std::unique_ptr<Installation> city;
    FixedClock* clock = nullptr;
    demo::PhotoShelf photos;
    demo::AssetShelf assets;
};
Result<FoundedCity> found_demo_city(const DemoOptions& options, const std::string& folder, std::int64_t now_ms, const std::string& first_day, Progress& progress);

// What was ruled of the history's disputed cases is of the responsibility list.
Result<void> set_up_rulings(Installation& city);
// The intake desk as it is found: knowledge base, calls answered and passed on, who is on duty and what they noted, call-backs
// that wait, classes learnt from the closed cases.
Result<void> set_up_desk(Installation& city);
// Lots, draws, findings and a sheet for the demo's contractors.
Result<void> set_up_patrol(FoundedCity& founded, std::int64_t now_ms);
// Proposals from the field in every kind and state.
Result<void> set_up_proposals(FoundedCity& founded, std::int64_t now_ms);
// Photographs of some components of every class that the demo has pictures of.
Result<void> set_up_passports(FoundedCity& founded, std::int64_t now_ms);

struct MonthCommand {
    InstallationOptions installation; // data: where the city is kept; empty = nowhere
    std::string month = "2023-02";
    std::uint64_t seed = 1;
    double share = 1;  // of the published figures
    std::string out;   // a file for the bulletin; empty = standard output
};
// chengge simulate --month: makes the month and prints its bulletin; exit code 1 when a sum does not come out.
int simulate_month(const MonthCommand& command);

} // namespace chengge::platform
