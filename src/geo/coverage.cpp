// A sweep from south to north over slabs in which no edges cross: in a slab the surface falls into
// trapezoids, and of each is known which areas lie over it.
#include "geo/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace chengge::geo {

namespace {

constexpr int of_outline = -1;
constexpr double slab_m_min = 1e-6;

struct Flat {
    double x = 0, y = 0; // metres
};

struct Edge {
    Flat low, high; // low.y < high.y
    int owner = 0;  // area, or of_outline
    double x_at(double y) const {
        return low.x + (y - low.y) * (high.x - low.x) / (high.y - low.y);
    }
};

struct Trapezoid {
    double south = 0, north = 0;
    double west_south = 0, east_south = 0, west_north = 0, east_north = 0;
    double area() const {
        return (north - south) * (east_south - west_south + east_north - west_north) / 2;
    }
    Flat middle() const {
        return {(west_south + east_south + west_north + east_north) / 4, (south + north) / 2};
    }
};

// What trapezoids of one fault come to.
struct Sum {
    double area = 0, largest = 0;
    double west = INFINITY, east = -INFINITY, south = INFINITY, north = -INFINITY;
    Flat at;
    int beside = -1;

    void add(const Trapezoid& piece) {
        area += piece.area();
        west = std::min({west, piece.west_south, piece.west_north});
        east = std::max({east, piece.east_south, piece.east_north});
        south = std::min(south, piece.south);
        north = std::max(north, piece.north);
        if (piece.area() > largest) {
            largest = piece.area();
            at = piece.middle();
        }
    }
    void add(const Sum& other) {
        area += other.area;
        west = std::min(west, other.west);
        east = std::max(east, other.east);
        south = std::min(south, other.south);
        north = std::max(north, other.north);
        if (other.largest > largest) {
            largest = other.largest;
            at = other.at;
        }
        beside = std::max(beside, other.beside);
    }
};

// Gaps that touch each other across slabs are one.
class Gaps {
public:
    void begin_slab() {
        before_ = std::move(now_);
        now_.clear();
    }
    void add(const Trapezoid& piece, int beside) {
        const auto own = parents_.size();
        parents_.push_back(own);
        sums_.emplace_back();
        sums_.back().add(piece);
        sums_.back().beside = beside;
        for (const auto& old : before_)
            if (std::min(old.east, piece.east_south) - std::max(old.west, piece.west_south) > 0)
                parents_[root(old.id)] = root(own);
        // Beside each other in one slab they are apart: an edge lies between.
        now_.push_back({piece.west_north, piece.east_north, own});
    }
    std::vector<Sum> take() {
        std::map<std::size_t, Sum> joined;
        for (std::size_t i = 0; i < sums_.size(); ++i) joined[root(i)].add(sums_[i]);
        std::vector<Sum> all;
        for (auto& [id, sum] : joined) all.push_back(sum);
        return all;
    }

private:
    std::size_t root(std::size_t id) {
        while (parents_[id] != id) id = parents_[id] = parents_[parents_[id]];
        return id;
    }
    struct Piece {
        double west, east;
        std::size_t id;
    };
    std::vector<Piece> before_, now_;
    std::vector<std::size_t> parents_;
    std::vector<Sum> sums_;
};

class Sweep {
public:
    Sweep(const std::vector<Polygon>& areas, const MultiPolygon& outline)
        : has_outline_(!outline.empty()) {
        Box box{INFINITY, INFINITY, -INFINITY, -INFINITY};
        const auto stretch = [&](const Polygon& polygon) {
            const auto own = bounds_of(polygon);
            box = {std::min(box.west, own.west), std::min(box.south, own.south),
                   std::max(box.east, own.east), std::max(box.north, own.north)};
        };
        for (const auto& area : areas) stretch(area);
        for (const auto& part : outline) stretch(part);
        origin_ = {(box.west + box.east) / 2, (box.south + box.north) / 2};
        per_lon_ = distance_m(origin_, {origin_.lon + 1e-3, origin_.lat}) * 1e3;
        per_lat_ = distance_m(origin_, {origin_.lon, origin_.lat + 1e-3}) * 1e3;
        for (std::size_t i = 0; i < areas.size(); ++i) add(areas[i], static_cast<int>(i));
        for (const auto& part : outline) add(part, of_outline);
    }

    std::vector<CoverageFault> run() {
        std::ranges::sort(edges_, {}, [](const Edge& edge) { return edge.low.y; });
        find_crossings();
        std::ranges::sort(levels_);
        std::vector<std::size_t> active;
        std::size_t next = 0;
        for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
            const double south = levels_[i], north = levels_[i + 1];
            if (north - south < slab_m_min) {
                levels_[i + 1] = south; // joined with the next slab
                continue;
            }
            while (next < edges_.size() && edges_[next].low.y < (south + north) / 2) active.push_back(next++);
            std::erase_if(active, [&](std::size_t edge) { return edges_[edge].high.y <= (south + north) / 2; });
            look_at_slab(active, south, north);
        }
        return take_faults();
    }

private:
    Flat flatten(Point point) const {
        return {(point.lon - origin_.lon) * per_lon_, (point.lat - origin_.lat) * per_lat_};
    }
    Point unflatten(Flat flat) const {
        return {origin_.lon + flat.x / per_lon_, origin_.lat + flat.y / per_lat_};
    }

    void add(const Polygon& polygon, int owner) {
        for (const auto& ring : polygon.rings)
            for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
                auto low = flatten(ring[i]), high = flatten(ring[i + 1]);
                levels_.push_back(low.y);
                if (low.y == high.y) continue;
                if (low.y > high.y) std::swap(low, high);
                edges_.push_back({low, high, owner});
            }
    }

    // Levels at which edges change places. Edges of one area do not cross.
    void find_crossings() {
        std::vector<std::size_t> active;
        for (std::size_t i = 0; i < edges_.size(); ++i) {
            const auto& edge = edges_[i];
            std::erase_if(active, [&](std::size_t other) { return edges_[other].high.y <= edge.low.y; });
            for (const auto j : active)
                if (edges_[j].owner != edge.owner) add_crossing(edge, edges_[j]);
            active.push_back(i);
        }
    }

    void add_crossing(const Edge& one, const Edge& other) {
        if (std::min(one.low.x, one.high.x) > std::max(other.low.x, other.high.x) ||
            std::min(other.low.x, other.high.x) > std::max(one.low.x, one.high.x))
            return;
        const double from = std::max(one.low.y, other.low.y), to = std::min(one.high.y, other.high.y);
        const double before = one.x_at(from) - other.x_at(from), after = one.x_at(to) - other.x_at(to);
        if ((before < 0) == (after < 0) || before == 0 || after == 0) return;
        levels_.push_back(from + (to - from) * before / (before - after));
    }

    void look_at_slab(const std::vector<std::size_t>& active, double south, double north) {
        const double middle = (south + north) / 2;
        row_.clear();
        for (const auto edge : active) row_.emplace_back(edges_[edge].x_at(middle), edge);
        std::ranges::sort(row_);
        gaps_.begin_slab();
        bool is_in = false;
        over_.clear();
        for (std::size_t i = 0; i + 1 < row_.size(); ++i) {
            const auto& west = edges_[row_[i].second];
            const auto& east = edges_[row_[i + 1].second];
            if (west.owner == of_outline) is_in = !is_in;
            else if (const auto found = std::ranges::find(over_, west.owner); found != over_.end()) over_.erase(found);
            else over_.push_back(west.owner);
            const Trapezoid piece{south, north, west.x_at(south), east.x_at(south), west.x_at(north), east.x_at(north)};
            if (piece.area() <= 0) continue;
            const bool is_bare = has_outline_ && is_in && over_.empty();
            if (is_bare) gaps_.add(piece, std::max(west.owner, east.owner));
            if (has_outline_ && !is_in && !over_.empty()) outside_[over_.front()].add(piece);
            for (std::size_t a = 0; a < over_.size(); ++a)
                for (std::size_t b = a + 1; b < over_.size(); ++b)
                    overlaps_[std::minmax(over_[a], over_[b])].add(piece);
        }
    }

    CoverageFault fault_of(CoverageKind kind, int first, int second, const Sum& sum) const {
        const double extent = std::max({std::hypot(sum.east - sum.west, sum.north - sum.south), 1e-9});
        return {kind, first, second, sum.area, sum.area / extent, unflatten(sum.at)};
    }

    std::vector<CoverageFault> take_faults() {
        std::vector<CoverageFault> faults;
        for (const auto& sum : gaps_.take()) faults.push_back(fault_of(CoverageKind::gap, sum.beside, -1, sum));
        for (const auto& [pair, sum] : overlaps_) faults.push_back(fault_of(CoverageKind::overlap, pair.first, pair.second, sum));
        for (const auto& [area, sum] : outside_) faults.push_back(fault_of(CoverageKind::outside, area, -1, sum));
        return faults;
    }

    const bool has_outline_;
    Point origin_;
    double per_lon_ = 0, per_lat_ = 0;
    std::vector<Edge> edges_;
    std::vector<double> levels_;
    std::vector<std::pair<double, std::size_t>> row_;
    std::vector<int> over_;
    Gaps gaps_;
    std::map<std::pair<int, int>, Sum> overlaps_;
    std::map<int, Sum> outside_;
};

} // namespace

std::vector<CoverageFault> find_coverage_faults(const std::vector<Polygon>& areas,
                                                const MultiPolygon& outline) {
    return Sweep(areas, outline).run();
}

} // namespace chengge::geo
