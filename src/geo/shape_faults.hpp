// What is wrong with an area before it is asked where it lies.
#pragma once

#include "base/words.hpp"
#include "geo/geometry.hpp"

namespace chengge::geo {

enum class ShapeFaultKind { too_few_points, not_closed, crosses_itself, hole_outside, no_area };

struct ShapeFault {
    ShapeFaultKind kind;
    Point at;
};

// The first fault of an area's rings; nothing when it is simple. Touching itself in a point counts
// as crossing.
std::optional<ShapeFault> find_shape_fault(const Polygon& polygon);

// In a sentence, with the place where it helps.
Words describe(const ShapeFault& fault);

// The same area as the product keeps it: no point twice in a row, the outer ring counter-clockwise,
// holes clockwise. For areas without a fault.
Polygon normalise(Polygon polygon);

} // namespace chengge::geo
