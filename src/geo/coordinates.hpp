// Datums met at the edges: wgs84, cgcs2000, gcj02, bd09. WGS-84 and CGCS2000 agree to decimetres and
// are taken as equal; GCJ-02 and BD-09 are the offset systems of map vendors.
#pragma once

#include <optional>
#include <string_view>

#include "geo/geometry.hpp"

namespace chengge::geo {

enum class CoordType { wgs84, cgcs2000, gcj02, bd09 };

std::optional<CoordType> parse_coord_type(std::string_view text);
std::string_view format_coord_type(CoordType type);
// Forward transforms are exact by definition; inverses iterate to < 1e-9 degrees (0.1 mm).
Point to_cgcs2000(Point point, CoordType from);
Point from_cgcs2000(Point point, CoordType to);

} // namespace chengge::geo
