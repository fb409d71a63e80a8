// Which of many areas holds a point: a uniform raster of candidate lists over their common box.
#pragma once

#include <cstdint>
#include <vector>

#include "geo/geometry.hpp"

namespace chengge::geo {

// Tie rule: edges are half-open, a point on a border belongs to the area whose interior lies to its
// east, on a horizontal border to its north; so of areas that tile a plane exactly one holds it.
class PointIndex {
public:
    PointIndex() = default;
    explicit PointIndex(std::vector<Polygon> areas);
    // The area's index in the order given; −1 when none holds the point. Of overlapping areas the
    // first.
    int find(Point point) const;
    // Every area that holds it, in the order given: more than one only where areas overlap.
    std::vector<int> find_all(Point point) const;
    const std::vector<Polygon>& areas() const { return areas_; }

private:
    struct Candidates {
        const std::uint32_t* from = nullptr;
        const std::uint32_t* to = nullptr;
        const std::uint32_t* begin() const { return from; }
        const std::uint32_t* end() const { return to; }
    };
    Candidates candidates_at(Point point) const;
    std::vector<Polygon> areas_;
    Box box_;
    int columns_ = 0, rows_ = 0;
    double columns_per_degree_ = 0, rows_per_degree_ = 0;
    std::vector<std::uint32_t> begin_; // of each bin's candidates; one more at the end
    std::vector<std::uint32_t> candidates_;
};

} // namespace chengge::geo
