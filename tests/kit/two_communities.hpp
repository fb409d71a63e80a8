// A city of two communities of 4 × 4 cells side by side, for tests of the grid: plain values.
#pragma once

#include <fmt/format.h>

#include "grid/grid_service.hpp"

namespace chengge::kit {

inline geo::Polygon square(double west, double south, double size) {
    return {{{{west, south},
              {west + size, south},
              {west + size, south + size},
              {west, south + size},
              {west, south}}}};
}

inline constexpr double step = 0.001;

// Two communities of 4 × 4 cells side by side; the second is coded in one district, run by another.
struct TwoCommunities {
    TwoCommunities() {
        const auto region = [](std::string code, std::string name, grid::RegionLevel level,
                               std::string parent, std::string by) {
            grid::Region made;
            made.code = std::move(code);
            made.name = std::move(name);
            made.level = level;
            made.parent_code = std::move(parent);
            made.managed_by_code = std::move(by);
            made.initial_date = "2026-01-01";
            return made;
        };
        regions = {
            region("440800", "湛江市", grid::RegionLevel::city, "", ""),
            region("440803", "霞山区", grid::RegionLevel::district, "440800", "440803"),
            region("440891", "开发区", grid::RegionLevel::district, "440800", "440891"),
            region("440803001", "解放街道", grid::RegionLevel::subdistrict, "440803", "440803"),
            region("440803071", "乐华街道", grid::RegionLevel::subdistrict, "440803", "440891"),
            region("440803001001", "甲社区", grid::RegionLevel::community, "440803001", "440803"),
            region("440803071001", "乙社区", grid::RegionLevel::community, "440803071", "440891")};
        for (int c = 0; c < 2; ++c) {
            std::vector<geo::Polygon> outlines;
            for (int y = 0; y < 4; ++y)
                for (int x = 0; x < 4; ++x) outlines.push_back(cell_outline(c * 4 + x, y));
            const auto numbers = grid::number_cells(outlines);
            for (std::size_t i = 0; i < outlines.size(); ++i) {
                const auto& community = regions[static_cast<std::size_t>(5 + c)].code;
                const auto number = fmt::format("{:03}", numbers[i]);
                cells.push_back({community + number, community, outlines[i],
                                 geo::area_m2(outlines[i]), "2026-01-01", ""});
            }
            regions[static_cast<std::size_t>(5 + c)].outline = {outline_of(c)};
        }
        base_map = {{"road", "海晏大道", 2, geo::Line{{110.36, 21.2}, {110.368, 21.2}}},
                    {"water", "湛江湾", 0, square(110.37, 21.2, step)}};
    }
    static geo::Point corner(int x, int y) { return {110.36 + x * step, 21.2 + y * step}; }
    static geo::Polygon cell_outline(int x, int y) {
        return {{{corner(x, y), corner(x + 1, y), corner(x + 1, y + 1), corner(x, y + 1),
                  corner(x, y)}}};
    }
    // Every corner of a cell on the border is a corner of the outline.
    static geo::Polygon outline_of(int c) {
        geo::Ring ring;
        for (int i = 0; i < 4; ++i) ring.push_back(corner(c * 4 + i, 0));
        for (int i = 0; i < 4; ++i) ring.push_back(corner(c * 4 + 4, i));
        for (int i = 4; i > 0; --i) ring.push_back(corner(c * 4 + i, 4));
        for (int i = 4; i >= 0; --i) ring.push_back(corner(c * 4, i));
        return {{ring}};
    }
    std::vector<grid::Region> regions;
    std::vector<grid::Cell> cells;
    std::vector<grid::BaseFeature> base_map;
};

} // namespace chengge::kit
