// 责任网格: cells put together into areas that hang together and weigh about the same. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "geo/geometry.hpp"

namespace chengge::registry {

struct CellLoad {
    geo::Polygon outline;
    double load = 0; // what there is to look after: components, cases, weighed by whoever asks; not negative
};

struct DutyBalance {
    std::vector<int> area_of;  // of each cell: 0 … areas − 1
    std::vector<double> loads; // of each area
    // The heaviest to the mean, 1 = all weigh the same.
    double worst() const;
};

// Which cells lie side by side: those that share an edge exactly. Islands are tied to what is nearest.
std::vector<std::vector<std::uint32_t>> neighbours_of(const std::vector<CellLoad>& cells);

// Parts the cells into so many areas (at most as many as there are cells): each hangs together, loads are near each other. The same
// cells in the same order give the same areas.
DutyBalance balance_duty(const std::vector<CellLoad>& cells, int areas);

} // namespace chengge::registry
