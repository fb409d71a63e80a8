// Which meshes are city and to which community each belongs.
#pragma once

#include <string>
#include <vector>

#include "demo/ground.hpp"

namespace chengge::demo {

struct CommunityPlan {
    std::string code; // 12 digits
    std::string name;
    std::string subdistrict_code, subdistrict_name;
    std::string district_code; // as coded
    std::string managing_district_code;
    std::string area_class;
    std::vector<Mesh> meshes;
};

struct DistrictPlan {
    std::string code, name;
};

struct Settlement {
    std::vector<DistrictPlan> districts; // by management; 440891 codes nothing itself
    std::vector<CommunityPlan> communities;
    std::vector<int> community_at; // of each mesh of the lattice, −1 outside
    int at(Mesh mesh) const {
        if (mesh.i < 0 || mesh.j < 0 || mesh.i >= Ground::columns || mesh.j >= Ground::rows)
            return -1;
        return community_at[static_cast<std::size_t>(mesh.j * Ground::columns + mesh.i)];
    }
};

inline constexpr int cell_count = 7'526;

Settlement settle(const Ground& ground, std::uint64_t seed);

} // namespace chengge::demo
