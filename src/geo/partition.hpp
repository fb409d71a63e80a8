// Areas that share their borders, cut and joined without gap or overlap. Everything happens on whole numbers of 1e-7
// degrees (1.1 cm), so what fits together before fits together afterwards to the last digit.
#pragma once

#include <optional>
#include <vector>

#include "geo/geometry.hpp"

namespace chengge::geo {

// A corner that a cut has put into an edge. Whoever has the same edge must take it in too, or a sliver opens.
struct NewCorner {
    Point before, after; // the edge's ends as it was, in the direction of the area that was cut
    Point corner;
};

struct Cut {
    std::vector<Polygon> pieces;    // in no order; one: the lines do not part the area
    std::vector<NewCorner> corners; // on the area's own border
};

// The area parted along the lines, which may cross each other and end anywhere; ends that part nothing are dropped. Pieces
// have their outer ring counter-clockwise, their holes clockwise. Nothing when a line runs so close to a border or corner that
// the pieces would touch themselves.
std::optional<Cut> cut(const Polygon& area, const std::vector<Line>& lines);

// The area with the corners that lie on its edges (in either direction).
Polygon with_corners(const Polygon& area, const std::vector<NewCorner>& corners);

// One area of several that lie side by side; nothing when they do not hang together along edges they share, or overlap.
std::optional<Polygon> join(const std::vector<Polygon>& areas);

// The area with each corner at `from` put to `to`.
Polygon with_moved_corner(const Polygon& area, Point from, Point to);

// Rounded to 1e-7 degrees; corners that fall together become one.
Polygon to_whole(const Polygon& area);
Point to_whole(Point point);

// How an area is to be divided (GB/T 30428.1: about 10,000 m², natural borders first).
struct DivisionRules {
    double usual_m2 = 10'000;
    double least_m2 = 4'000, most_m2 = 16'000; // smaller ones are joined to a neighbour, larger ones halved
};
struct Division {
    std::vector<Polygon> cells;     // in no order
    std::vector<NewCorner> corners; // on the area's own border: its neighbours take them in
};
// A proposal: parted along the streets, the large ones across their longer side, the small ones joined to the neighbour with the longest common
// border. The cells tile the area exactly.
Division propose_division(const Polygon& area, const std::vector<Line>& streets, const DivisionRules& rules);

} // namespace chengge::geo
