#include "grid/tiling.hpp"

#include <cmath>
#include <cstring>
#include <unordered_map>

#include <fmt/format.h>

#include "geo/point_index.hpp"

namespace chengge::grid {

namespace {

// A directed edge by the exact bits of its ends.
struct Edge {
    double from_lon, from_lat, to_lon, to_lat;
    bool operator==(const Edge&) const = default;
    Edge reversed() const { return {to_lon, to_lat, from_lon, from_lat}; }
};

struct EdgeHash {
    std::size_t operator()(const Edge& edge) const noexcept {
        std::uint64_t hash = 0;
        for (const double number : {edge.from_lon, edge.from_lat, edge.to_lon, edge.to_lat}) {
            std::uint64_t bits;
            std::memcpy(&bits, &number, sizeof bits);
            hash = (hash ^ bits) * 0x9E3779B97F4A7C15ull;
            hash ^= hash >> 29;
        }
        return hash;
    }
};

using Edges = std::unordered_map<Edge, std::size_t, EdgeHash>; // → the index of its area

template <class Act>
void for_each_edge(const geo::Polygon& polygon, Act&& act) {
    for (const auto& ring : polygon.rings)
        for (std::size_t i = 0; i + 1 < ring.size(); ++i)
            act(Edge{ring[i].lon, ring[i].lat, ring[i + 1].lon, ring[i + 1].lat});
}

// Points inside the area's own ground: its centre and the middles between it and the corners.
std::vector<geo::Point> probes_of(const geo::Polygon& polygon) {
    const auto centre = geo::centroid(polygon);
    std::vector<geo::Point> probes{centre};
    for (const auto& corner : polygon.rings[0])
        probes.push_back({centre.lon + (corner.lon - centre.lon) * 0.9,
                          centre.lat + (corner.lat - centre.lat) * 0.9});
    std::erase_if(probes, [&](geo::Point probe) { return !geo::contains(polygon, probe); });
    return probes;
}

class Checker {
public:
    Checker(const std::vector<Cell>& cells, const std::vector<Region>& communities)
        : cells_(cells), communities_(communities) {
        for (std::size_t i = 0; i < communities.size(); ++i)
            if (communities[i].level == RegionLevel::community)
                community_at_.emplace(communities[i].code, i);
    }

    std::vector<TilingFault> run() {
        check_codes();
        collect_edges();
        check_borders();
        check_outlines();
        check_overlaps();
        return std::move(faults_);
    }

private:
    void check_codes() {
        std::unordered_map<std::string, int> seen;
        for (const auto& cell : cells_) {
            if (++seen[cell.code] == 2) add(cell.code, cell.code, "the code stands twice");
            if (!cell.code.starts_with(cell.community_code) || cell.code.size() != 15)
                add(cell.code, cell.community_code,
                    "the code is not 15 digits that begin with the community's");
            if (!community_at_.contains(cell.community_code))
                add(cell.code, cell.community_code, "its community does not exist");
            if (!(cell.area_m2 > 0)) add(cell.code, cell.community_code, "has no area");
        }
    }

    void collect_edges() {
        for (std::size_t i = 0; i < cells_.size(); ++i)
            for_each_edge(cells_[i].outline, [&](const Edge& edge) {
                const auto [found, is_new] = edges_.emplace(edge, i);
                if (!is_new)
                    add(cells_[i].code, cells_[found->second].code,
                        "lies on the same side of an edge: overlap");
            });
    }

    // An edge either has its reverse in a cell of the community, or is on the community's outline.
    void check_borders() {
        for (const auto& [code, place] : community_at_)
            for (const auto& polygon : communities_[place].outline)
                for_each_edge(polygon, [&, index = place](const Edge& edge) { outline_edges_.emplace(edge, index); });
        for (std::size_t i = 0; i < cells_.size(); ++i)
            for_each_edge(cells_[i].outline, [&](const Edge& edge) {
                const auto neighbour = edges_.find(edge.reversed());
                const bool is_inner =
                    neighbour != edges_.end() &&
                    cells_[neighbour->second].community_code == cells_[i].community_code;
                const auto outline = outline_edges_.find(edge);
                const bool is_outer =
                    outline != outline_edges_.end() &&
                    communities_[outline->second].code == cells_[i].community_code;
                if (is_inner == is_outer)
                    add(cells_[i].code, cells_[i].community_code,
                        fmt::format(
                            "an edge at {:.6f},{:.6f} has neither a neighbour with the same vertices nor the "
                            "community's outline beside it",
                            edge.from_lon, edge.from_lat));
            });
    }

    void check_outlines() {
        std::unordered_map<std::string, double> sums;
        for (const auto& cell : cells_) sums[cell.community_code] += geo::area_m2(cell.outline);
        for (const auto& [code, index] : community_at_) {
            double area_m2 = 0;
            for (const auto& polygon : communities_[index].outline) {
                area_m2 += geo::area_m2(polygon);
                for_each_edge(polygon, [&, &community = code](const Edge& edge) {
                    if (!edges_.contains(edge))
                        add("", community, "a piece of the outline has no cell beside it");
                });
            }
            // 0.1 %: areas are measured on a plane at each shape's own latitude.
            if (std::fabs(area_m2 - sums[code]) > area_m2 * 1e-3 + 1)
                add("", code,
                    fmt::format("the cells have {:.0f} m2, the outline {:.0f} m2", sums[code],
                                area_m2));
        }
    }

    void check_overlaps() {
        std::vector<geo::Polygon> outlines;
        outlines.reserve(cells_.size());
        for (const auto& cell : cells_) outlines.push_back(cell.outline);
        const geo::PointIndex index(std::move(outlines));
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            const auto found = [&] {
                for (const auto probe : probes_of(cells_[i].outline))
                    for (const int other : index.find_all(probe))
                        if (static_cast<std::size_t>(other) != i) return other;
                return -1;
            }();
            if (found >= 0)
                add(cells_[i].code, cells_[static_cast<std::size_t>(found)].code, "overlaps");
        }
    }

    void add(std::string cell, std::string other, std::string reason) {
        faults_.push_back({std::move(cell), std::move(other), std::move(reason)});
    }

    const std::vector<Cell>& cells_;
    const std::vector<Region>& communities_;
    std::unordered_map<std::string, std::size_t> community_at_;
    Edges edges_;
    Edges outline_edges_;
    std::vector<TilingFault> faults_;
};

} // namespace

std::vector<TilingFault> find_tiling_faults(const std::vector<Cell>& cells,
                                            const std::vector<Region>& communities) {
    return Checker(cells, communities).run();
}

} // namespace chengge::grid
