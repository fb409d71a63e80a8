// The proof that cells tile their communities (GB/T 30428.1: no gap, no overlap).
#pragma once

#include <string>
#include <vector>

#include "grid/grid_service.hpp"

namespace chengge::grid {

struct TilingFault {
    std::string cell_code;  // empty when the fault is a community's
    std::string other_code; // the other cell, or the community
    std::string reason;
};

// Every fault: a cell outside its community's code, areas that overlap, borders that do not meet
// vertex for vertex (a gap, or a corner on a neighbour's edge), a community whose cells do not make
// up its outline. Linear in the number of vertices.
std::vector<TilingFault> find_tiling_faults(const std::vector<Cell>& cells,
                                            const std::vector<Region>& communities);

} // namespace chengge::grid
