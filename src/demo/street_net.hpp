// Streets of the model city along the lattice lines, with invented names.
#pragma once

#include <string>
#include <vector>

#include "demo/city.hpp"
#include "demo/settlement.hpp"

namespace chengge::demo {

enum class StreetClass { none, lane, road, road_main, canal };

// A named street along one lattice line from one crossing to another.
struct Street {
    StreetClass width = StreetClass::lane;
    bool is_upright = false; // along a line of constant u
    int line = 0, from = 0, to = 0;
    std::string name;
};

// A rectangle of meshes that is one park.
struct Park {
    Mesh first;
    int columns = 1, rows = 1;
    int community = 0;
    std::string name;
};

class StreetNet {
public:
    StreetNet(const Ground& ground, const Settlement& settlement, std::uint64_t seed);
    const std::vector<Street>& streets() const { return streets_; }
    const std::vector<Park>& parks() const { return parks_; }
    bool is_park(Mesh mesh) const { return is_park_[index(mesh)]; }
    // What runs along a mesh's side; none where two meshes are one block.
    StreetClass west_of(Mesh mesh) const { return upright_class(mesh.i, mesh.j); }
    StreetClass east_of(Mesh mesh) const { return upright_class(mesh.i + 1, mesh.j); }
    StreetClass south_of(Mesh mesh) const { return level_class(mesh.j, mesh.i); }
    StreetClass north_of(Mesh mesh) const { return level_class(mesh.j + 1, mesh.i); }
    CellStreets streets_of(Mesh mesh) const;
    int bridge_row() const { return bridge_row_; }

private:
    static std::size_t index(Mesh mesh) {
        return static_cast<std::size_t>(mesh.j * Ground::columns + mesh.i);
    }
    void choose_lines(Random& random);
    void place_parks(Random& random);
    void join_blocks(Random& random);
    void run_streets(Random& random);
    void name_streets(Random& random);
    void run_line(bool is_upright, int line, Random& random);
    bool exists(bool is_upright, int line, int at, int from, int to) const;
    StreetClass upright_class(int line, int row) const;
    StreetClass level_class(int line, int column) const;
    int street_at(bool is_upright, int line, int at) const;

    const Ground& ground_;
    const Settlement& settlement_;
    std::vector<StreetClass> upright_lines_, level_lines_;
    std::vector<bool> is_park_, joins_east_, joins_north_;
    std::vector<Park> parks_;
    std::vector<Street> streets_;
    std::vector<int> upright_at_, level_at_; // the street of each unit piece, −1 none
    int bridge_row_ = 0;
};

} // namespace chengge::demo
