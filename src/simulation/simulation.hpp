// The living city over the API: days that run as days do, and storms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "rules/rules.hpp"

namespace chengge::simulation {

struct SimulationOptions {
    std::string server = "http://127.0.0.1:8080";
    std::uint64_t seed = 1;
    double days = 1;
    double speed = 1;          // the server's clock has to run as fast (serve --clock)
    double finds_per_day = 735; // the model city's; 20,580 in a month
    int connections = 8;
};

// Agents follow their shifts until the days are over; progress goes to standard output once an hour of
// the city's time. The result: acts, refusals, latencies. Throws when the server is no demo city.
json::object simulate(const SimulationOptions& options, std::shared_ptr<const rules::Rules> rules);

struct StormOptions {
    std::string server = "http://127.0.0.1:8080";
    std::uint64_t seed = 1;
    double reports_per_second = 70;
    double seconds = 600;
    double overload = 1;         // then so many times as many reports …
    double overload_seconds = 0; // … for so long
    int desks = 200;             // people who work, look things up and listen
    int screens = 10;            // who listen and look
    int senders = 64;            // connections that bring the reports
    double think_seconds = 8;    // of a desk between two looks
    double photo_share = 0.02;   // of reports with a new photo; a report with one is two requests
};

// Three phases: the storm, the overload, the time after it until reading is quick again.
json::object storm(const StormOptions& options, std::shared_ptr<const rules::Rules> rules);

} // namespace chengge::simulation
