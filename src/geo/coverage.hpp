// How areas lie beside and upon each other: gaps, overlaps, what sticks out.
#pragma once

#include <vector>

#include "geo/geometry.hpp"

namespace chengge::geo {

enum class CoverageKind { gap, overlap, outside };

struct CoverageFault {
    CoverageKind kind;
    int first = -1;   // index of an area; for a gap one that lies beside it, if any
    int second = -1;  // overlap: the other area
    double area_m2 = 0;
    double width_m = 0; // mean width: area over its longest extent
    Point at;           // inside it
};

// Looks at areas that should tile `outline` exactly; without an outline only at overlaps. The areas
// need not share vertices: the common surface is measured, so faults of rounding are told by their
// size. O(n log n + slabs × edges that cross a parallel) with n edges.
std::vector<CoverageFault> find_coverage_faults(const std::vector<Polygon>& areas,
                                                const MultiPolygon& outline);

} // namespace chengge::geo
