// The base map of the model city.
#pragma once

#include <vector>

#include "demo/street_net.hpp"

namespace chengge::demo {

std::vector<grid::BaseFeature> draw_map(const Ground& ground, const Settlement& settlement,
                                        const StreetNet& net, std::uint64_t seed);

} // namespace chengge::demo
