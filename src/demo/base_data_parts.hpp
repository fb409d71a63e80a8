// Pieces of the model city's base data. Private to this module.
#pragma once

#include <set>

#include "base/random.hpp"
#include "demo/base_data.hpp"
#include "geo/point_index.hpp"

namespace chengge::demo {

struct StreetLine {
    std::string layer, name; // road_main, road, lane
    geo::Line line;
};

double length_m(const geo::Line& line);
// From the middle of a street of the base map to the house fronts.
double half_width_m(std::string_view street_layer);
// So far along the line and to its left (negative: to its right).
geo::Point beside(const geo::Line& line, double along_m, double left_m);
geo::Point moved(geo::Point from, double east_m, double north_m);
geo::Polygon square_at(geo::Point middle, double side_m);
// The common outline of cells that share their corners; the cells themselves when it is not one ring.
geo::Geometry outline_of(const std::vector<const grid::Cell*>& cells);

// Who answers for a component class in a cell, by the city's own list.
class Units {
public:
    struct Unit {
        std::string code, name;
    };
    Units(const City& city, const rules::Rules& rules) : city_(city), rules_(rules) {}
    const Unit& of(const std::string& class_code, const std::string& cell_code);

private:
    const City& city_;
    const rules::Rules& rules_;
    std::map<std::string, Unit> known_; // "class/community"
};

struct BaseWorld {
    const City& city;
    const geo::PointIndex& index; // of the cells
    const std::vector<StreetLine>& streets;
    Units& units;
    Random& random;
    std::map<std::string, std::vector<Draft>>& drafts;
    const BaseDataOptions& options;
};

// Cameras, both registers of trees, addresses, and the industry layers.
void add_more_layers(BaseWorld world);

} // namespace chengge::demo
