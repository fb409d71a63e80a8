// KML 2.2 (OGC 07-147r2) as it is written: ogr2ogr's own writer takes time by the square of the rows.
#pragma once

#include <string>
#include <string_view>

#include "geo/geometry.hpp"

namespace chengge::survey {

// As character data; what XML 1.0 has no place for is left out.
void put_xml(std::string& out, std::string_view text);
// <Point>, <LineString>, <Polygon> or <MultiGeometry>, degrees of WGS-84 with nine decimals, which is below a millimetre.
void put_kml_geometry(std::string& out, const geo::Geometry& geometry);

} // namespace chengge::survey
