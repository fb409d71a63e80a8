// The model city of the demo, made from a seed: ground, streets, cells, organisations and people.
// Real are only the codes and names of districts and streets; everything else is invented.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "grid/grid_service.hpp"

namespace chengge::demo {

struct CityOrganisation {
    std::string code; // "sanitation-440802"; its manager's login is the same
    std::string name;
    std::string kind;        // a row of data/organisations/kinds.csv
    std::string parent_code; // empty at the top
    std::string region_code; // the managing district; empty = the whole city
};

struct CityPerson {
    std::string login;
    std::string name;  // invented
    std::string phone; // invented, of a range given to nobody
    std::string organisation_code;
    std::vector<std::string> roles; // rows of data/organisations/roles.csv
};

// Who answers for a kind of responsibility (data/organisations/responsible_kinds.csv) where.
struct Responsibility {
    std::string kind;
    std::string region_code; // a subdistrict, a managing district, or empty = the whole city
    std::string organisation_code;
};

// What an address of the cell is made of.
struct CellStreets {
    std::string street;       // the widest street beside the cell
    int number_from = 1;      // its first house number along the cell
    std::string cross_street; // another one at a corner; may be empty
};

struct City {
    std::string name;
    std::uint64_t seed = 0;
    std::vector<grid::Region> regions; // city, 5 districts, 23 subdistricts, 58 communities
    std::vector<grid::Cell> cells;     // exactly 7,526
    std::vector<CellStreets> streets;  // of each cell, in the order of cells
    std::vector<grid::BaseFeature> base_map;
    std::vector<CityOrganisation> organisations; // parents before children
    std::vector<CityPerson> people;
    std::vector<Responsibility> responsibilities;
    // The organisation that answers for a kind in a place; the subdistrict office when none is
    // named (属地兜底). Codes as in Place: the subdistrict's and the managing district's.
    const std::string& responsible_unit(std::string_view kind, std::string_view subdistrict_code,
                                        std::string_view managing_district_code) const;
};

// Components by cell and class ("cell/class"): their codes and places, where cases of the history find what they are about.
using AssetShelf = std::unordered_map<std::string, std::vector<std::pair<std::string, geo::Point>>>;

// The same seed gives the same city; `initial_date` is that of regions and cells.
City make_city(std::uint64_t seed, const std::string& initial_date);

} // namespace chengge::demo
