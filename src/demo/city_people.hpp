// Organisations, people and who answers for what in the model city.
#pragma once

#include "demo/city.hpp"
#include "demo/settlement.hpp"

namespace chengge::demo {

// Fills organisations, people and responsibilities of the city.
void add_people(City& city, const Settlement& settlement, std::uint64_t seed);

} // namespace chengge::demo
