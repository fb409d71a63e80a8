// Measured values as JSON and as lines a person reads.
#pragma once

#include <string>

#include "base/json.hpp"
#include "simulation/tally.hpp"

namespace chengge::simulation {

json::object to_json(const Tally::Values& values);
// "read  12,345 answers  p50 2.1 ms  p99 18.0 ms  shed 0  failed 0"
std::string describe(const Tally::Values& values);

} // namespace chengge::simulation
