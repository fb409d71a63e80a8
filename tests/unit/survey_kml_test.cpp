// KML as it is written: texts that XML would break on, every kind of shape.
#include <gtest/gtest.h>

#include "survey/kml.hpp"

namespace survey_kml_test {

using namespace chengge;
using namespace chengge::survey;

namespace {

std::string kml(const geo::Geometry& geometry) {
    std::string out;
    put_kml_geometry(out, geometry);
    return out;
}

} // namespace

TEST(Kml, TextsCannotEndTheirElement) {
    std::string out = "a";
    put_xml(out, "<b>&\"\r\n\x01榕荫路");
    EXPECT_EQ(out, "a&lt;b&gt;&amp;&quot;&#13;\n榕荫路");
}

TEST(Kml, EveryShapeHasItsElement) {
    const geo::Point a{110.1234567891, 21}, b{110.2, 21}, c{110.2, 21.1};
    EXPECT_EQ(kml(a), "<Point><coordinates>110.123456789,21.000000000</coordinates></Point>");
    const std::string line = "<LineString><coordinates>110.200000000,21.000000000 110.200000000,21.100000000</coordinates></LineString>";
    EXPECT_EQ(kml(geo::Line{b, c}), line);
    EXPECT_EQ(kml(geo::MultiLine{{b, c}, {b, c}}), "<MultiGeometry>" + line + line + "</MultiGeometry>");
    const std::string ring = "<LinearRing><coordinates>110.200000000,21.000000000 110.200000000,21.100000000 110.123456789,21.000000000 110.200000000,21.000000000</coordinates></LinearRing>";
    const geo::Ring points{b, c, a, b};
    EXPECT_EQ(kml(geo::Polygon{{points, points}}), "<Polygon><outerBoundaryIs>" + ring + "</outerBoundaryIs><innerBoundaryIs>" + ring + "</innerBoundaryIs></Polygon>");
    EXPECT_EQ(kml(geo::MultiPolygon{{{points}}}), "<MultiGeometry><Polygon><outerBoundaryIs>" + ring + "</outerBoundaryIs></Polygon></MultiGeometry>");
}

} // namespace survey_kml_test
