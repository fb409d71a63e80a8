// chengge demo: builds the model city with its people, photos and history into an empty folder.
#pragma once

#include <cstdint>
#include <string>

#include "platform/installation.hpp"

namespace chengge::platform {

struct DemoOptions {
    InstallationOptions installation;
    std::uint64_t seed = 1;
    int months = 3;
    int cases_per_month = 13'600; // the model city's own
    std::string now; // RFC 3339 or the city's local time; empty = the clock
};

// Progress on standard error, a line a part with its time. The program's exit code.
int make_demo(const DemoOptions& options);

} // namespace chengge::platform
