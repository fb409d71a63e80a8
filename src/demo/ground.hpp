// The ground of the model city: a lattice of about 100 m, bent so that no street runs dead
// straight, with a bay through it. A cell is one mesh; all corners are computed once and shared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "geo/geometry.hpp"

namespace chengge::demo {

// Lattice coordinates: u to the east, v to the north, in meshes from the south-west corner.
struct Spot {
    double u = 0, v = 0;
};

struct Mesh {
    int i = 0, j = 0; // column from the west, row from the south
    auto operator<=>(const Mesh&) const = default;
};

class Ground {
public:
    static constexpr int columns = 166;
    static constexpr int rows = 166;
    explicit Ground(std::uint64_t seed);

    // Where a spot lies; continuous, also between and beyond the lattice lines.
    geo::Point at(Spot spot) const;
    // A lattice corner: the same bits for every mesh that has it.
    geo::Point corner(int i, int j) const {
        return corners_[static_cast<std::size_t>(j * (columns + 1) + i)];
    }
    geo::Polygon outline(Mesh mesh) const;
    // The bay's two shores, as u at a v.
    double west_shore(double v) const;
    double east_shore(double v) const;
    bool is_land(Mesh mesh) const; // with a strip of quay between it and the water
    // Metres between two neighbouring lattice lines.
    double width_m(int column) const;
    double height_m(int row) const;
    // The outline of many meshes, each border corner a vertex; parts and holes apart.
    geo::MultiPolygon outline(const std::vector<Mesh>& meshes) const;

private:
    double shift_[6] = {};          // phases of the bending
    std::vector<double> x_m_, y_m_; // of the lattice lines before bending
    std::vector<geo::Point> corners_;
};

} // namespace chengge::demo
