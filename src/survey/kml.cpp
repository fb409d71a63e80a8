#include "survey/kml.hpp"

#include <iterator>

#include <fmt/format.h>

namespace chengge::survey {

namespace {

void put_coordinates(std::string& out, const std::vector<geo::Point>& points) {
    out += "<coordinates>";
    for (std::size_t i = 0; i < points.size(); ++i) fmt::format_to(std::back_inserter(out), "{}{:.9f},{:.9f}", i > 0 ? " " : "", points[i].lon, points[i].lat);
    out += "</coordinates>";
}

void put_line(std::string& out, const geo::Line& line) {
    out += "<LineString>";
    put_coordinates(out, line);
    out += "</LineString>";
}

void put_area(std::string& out, const geo::Polygon& area) {
    out += "<Polygon>";
    for (std::size_t i = 0; i < area.rings.size(); ++i) {
        const std::string_view border = i == 0 ? "outerBoundaryIs" : "innerBoundaryIs";
        fmt::format_to(std::back_inserter(out), "<{}><LinearRing>", border);
        put_coordinates(out, area.rings[i]);
        fmt::format_to(std::back_inserter(out), "</LinearRing></{}>", border);
    }
    out += "</Polygon>";
}

} // namespace

void put_xml(std::string& out, std::string_view text) {
    for (const char one : text) {
        if (one == '&') out += "&amp;";
        else if (one == '<') out += "&lt;";
        else if (one == '>') out += "&gt;";
        else if (one == '"') out += "&quot;";
        else if (one == '\r') out += "&#13;"; // else a reader makes a line feed of it
        else if (static_cast<unsigned char>(one) >= 0x20 || one == '\n' || one == '\t') out += one;
    }
}

void put_kml_geometry(std::string& out, const geo::Geometry& geometry) {
    if (const auto* point = std::get_if<geo::Point>(&geometry)) {
        out += "<Point>";
        put_coordinates(out, {*point});
        out += "</Point>";
    } else if (const auto* line = std::get_if<geo::Line>(&geometry)) {
        put_line(out, *line);
    } else if (const auto* area = std::get_if<geo::Polygon>(&geometry)) {
        put_area(out, *area);
    } else {
        out += "<MultiGeometry>";
        if (const auto* areas = std::get_if<geo::MultiPolygon>(&geometry))
            for (const auto& one : *areas) put_area(out, one);
        else
            for (const auto& one : std::get<geo::MultiLine>(geometry)) put_line(out, one);
        out += "</MultiGeometry>";
    }
}

} // namespace chengge::survey
