#include "registry/duty_balance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <queue>

namespace chengge::registry {

namespace {

constexpr int rounds_max = 4'000; // of exchanges along borders
constexpr double least_load = 1e-3; // an empty cell weighs something, so that areas do not swallow empty land for nothing

class Balancer {
public:
    Balancer(const std::vector<CellLoad>& cells, int areas) : cells_(cells), neighbours_(neighbours_of(cells)) {
        const double whole = std::accumulate(cells.begin(), cells.end(), 0.0, [](double sum, const CellLoad& cell) { return sum + cell.load; });
        const double mean = cells.empty() ? 0 : whole / static_cast<double>(cells.size());
        for (const auto& cell : cells) {
            middles_.push_back(geo::centroid(cell.outline));
            weights_.push_back(cell.load + least_load * (mean > 0 ? mean : 1));
        }
        result_.area_of.assign(cells.size(), -1);
        result_.loads.assign(static_cast<std::size_t>(areas), 0);
        target_ = std::accumulate(weights_.begin(), weights_.end(), 0.0) / areas;
    }

    DutyBalance run() {
        grow(choose_seeds());
        for (int round = 0; round < rounds_max && exchange(); ++round) {}
        // Loads as asked, without what keeps empty land from weighing nothing.
        std::ranges::fill(result_.loads, 0);
        for (std::size_t i = 0; i < cells_.size(); ++i) result_.loads[static_cast<std::size_t>(result_.area_of[i])] += cells_[i].load;
        return std::move(result_);
    }

private:
    // Far from each other, then moved into the middle of the weight around them.
    std::vector<std::uint32_t> choose_seeds() {
        const auto count = result_.loads.size();
        std::vector<geo::Point> centres;
        std::vector<double> far(cells_.size(), std::numeric_limits<double>::infinity());
        std::size_t next = 0;
        for (std::size_t i = 1; i < cells_.size(); ++i)
            if (std::tie(middles_[i].lon, middles_[i].lat) < std::tie(middles_[next].lon, middles_[next].lat)) next = i;
        while (centres.size() < count) {
            centres.push_back(middles_[next]);
            for (std::size_t i = 0; i < cells_.size(); ++i) far[i] = std::min(far[i], geo::distance_m(middles_[i], centres.back()));
            next = static_cast<std::size_t>(std::ranges::max_element(far) - far.begin());
        }
        for (int round = 0; round < 8; ++round) {
            std::vector<geo::Point> sums(count);
            std::vector<double> weights(count, 0);
            for (std::size_t i = 0; i < cells_.size(); ++i) {
                const auto at = nearest(centres, middles_[i]);
                sums[at].lon += weights_[i] * middles_[i].lon;
                sums[at].lat += weights_[i] * middles_[i].lat;
                weights[at] += weights_[i];
            }
            for (std::size_t i = 0; i < count; ++i)
                if (weights[i] > 0) centres[i] = {sums[i].lon / weights[i], sums[i].lat / weights[i]};
        }
        std::vector<std::uint32_t> seeds;
        std::vector<bool> is_taken(cells_.size(), false);
        for (const auto& centre : centres) {
            std::size_t best = cells_.size();
            for (std::size_t i = 0; i < cells_.size(); ++i)
                if (!is_taken[i] && (best == cells_.size() || geo::distance_m(middles_[i], centre) < geo::distance_m(middles_[best], centre))) best = i;
            is_taken[best] = true;
            seeds.push_back(static_cast<std::uint32_t>(best));
        }
        return seeds;
    }

    static std::size_t nearest(const std::vector<geo::Point>& centres, geo::Point point) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < centres.size(); ++i)
            if (geo::distance_m(centres[i], point) < geo::distance_m(centres[best], point)) best = i;
        return best;
    }

    // The lightest takes the nearest free cell beside it, until none is free.
    void grow(const std::vector<std::uint32_t>& seeds) {
        std::vector<std::priority_queue<std::pair<double, std::uint32_t>, std::vector<std::pair<double, std::uint32_t>>, std::greater<>>> borders(seeds.size());
        const auto take = [&](std::size_t area, std::uint32_t cell) {
            result_.area_of[cell] = static_cast<int>(area);
            result_.loads[area] += weights_[cell];
            for (const auto beside : neighbours_[cell])
                if (result_.area_of[beside] < 0) borders[area].emplace(geo::distance_m(middles_[beside], middles_[seeds[area]]), beside);
        };
        for (std::size_t area = 0; area < seeds.size(); ++area)
            if (result_.area_of[seeds[area]] < 0) take(area, seeds[area]);
        for (;;) {
            std::size_t lightest = seeds.size();
            for (std::size_t area = 0; area < seeds.size(); ++area) {
                while (!borders[area].empty() && result_.area_of[borders[area].top().second] >= 0) borders[area].pop();
                if (!borders[area].empty() && (lightest == seeds.size() || result_.loads[area] < result_.loads[lightest])) lightest = area;
            }
            if (lightest == seeds.size()) return;
            const auto cell = borders[lightest].top().second;
            borders[lightest].pop();
            take(lightest, cell);
        }
    }

    // One cell from a heavier area to a lighter one beside it, the one that evens them out most; false when none helps.
    bool exchange() {
        double best_gain = target_ * 1e-6;
        std::uint32_t best_cell = 0;
        int best_area = -1;
        for (std::uint32_t cell = 0; cell < cells_.size(); ++cell) {
            const auto from = static_cast<std::size_t>(result_.area_of[cell]);
            for (const auto beside : neighbours_[cell]) {
                const auto to = static_cast<std::size_t>(result_.area_of[beside]);
                if (to == from) continue;
                const double a = result_.loads[from] - target_, b = result_.loads[to] - target_, w = weights_[cell];
                const double gain = a * a + b * b - (a - w) * (a - w) - (b + w) * (b + w);
                if (gain > best_gain && hangs_together_without(cell)) {
                    best_gain = gain;
                    best_cell = cell;
                    best_area = static_cast<int>(to);
                }
            }
        }
        if (best_area < 0) return false;
        result_.loads[static_cast<std::size_t>(result_.area_of[best_cell])] -= weights_[best_cell];
        result_.loads[static_cast<std::size_t>(best_area)] += weights_[best_cell];
        result_.area_of[best_cell] = best_area;
        return true;
    }

    bool hangs_together_without(std::uint32_t cell) const {
        const int area = result_.area_of[cell];
        std::vector<std::uint32_t> own;
        for (const auto beside : neighbours_[cell])
            if (result_.area_of[beside] == area) own.push_back(beside);
        if (own.empty()) return false; // its area's only cell stays
        // Its neighbours of the same area reach each other without it.
        std::vector<std::uint32_t> waiting{own.front()};
        std::vector<bool> seen(cells_.size(), false);
        seen[own.front()] = seen[cell] = true;
        while (!waiting.empty()) {
            const auto at = waiting.back();
            waiting.pop_back();
            for (const auto beside : neighbours_[at])
                if (!seen[beside] && result_.area_of[beside] == area) {
                    seen[beside] = true;
                    waiting.push_back(beside);
                }
        }
        return std::ranges::all_of(own, [&](std::uint32_t one) { return seen[one]; });
    }

    const std::vector<CellLoad>& cells_;
    std::vector<std::vector<std::uint32_t>> neighbours_;
    std::vector<geo::Point> middles_;
    std::vector<double> weights_;
    double target_ = 0;
    DutyBalance result_;
};

// Parts that nothing ties together are tied by their nearest middles, until one is left.
void tie_islands(const std::vector<CellLoad>& cells, std::vector<std::vector<std::uint32_t>>& neighbours) {
    std::vector<int> part(cells.size(), -1);
    std::vector<std::vector<std::uint32_t>> parts;
    for (std::uint32_t first = 0; first < cells.size(); ++first) {
        if (part[first] >= 0) continue;
        std::vector<std::uint32_t> waiting{first}, members;
        part[first] = static_cast<int>(parts.size());
        while (!waiting.empty()) {
            const auto at = waiting.back();
            waiting.pop_back();
            members.push_back(at);
            for (const auto beside : neighbours[at])
                if (part[beside] < 0) {
                    part[beside] = part[first];
                    waiting.push_back(beside);
                }
        }
        parts.push_back(std::move(members));
    }
    if (parts.size() < 2) return;
    std::vector<geo::Point> middles;
    for (const auto& cell : cells) middles.push_back(geo::centroid(cell.outline));
    std::vector<std::uint32_t> mainland = parts.front();
    std::vector<bool> is_tied(parts.size(), false);
    is_tied[0] = true;
    for (std::size_t tied = 1; tied < parts.size(); ++tied) {
        double least = std::numeric_limits<double>::infinity();
        std::uint32_t here = 0, there = 0;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (is_tied[i]) continue;
            for (const auto one : parts[i])
                for (const auto other : mainland)
                    if (const auto metres = geo::distance_m(middles[one], middles[other]); metres < least) least = metres, here = one, there = other;
        }
        neighbours[here].push_back(there);
        neighbours[there].push_back(here);
        const auto joined = static_cast<std::size_t>(part[here]);
        is_tied[joined] = true;
        mainland.insert(mainland.end(), parts[joined].begin(), parts[joined].end());
    }
}

} // namespace

double DutyBalance::worst() const {
    const double whole = std::accumulate(loads.begin(), loads.end(), 0.0);
    return whole > 0 ? *std::ranges::max_element(loads) * static_cast<double>(loads.size()) / whole : 1;
}

std::vector<std::vector<std::uint32_t>> neighbours_of(const std::vector<CellLoad>& cells) {
    using Corner = std::pair<double, double>;
    std::map<std::pair<Corner, Corner>, std::uint32_t> edges;
    std::vector<std::vector<std::uint32_t>> neighbours(cells.size());
    for (std::uint32_t i = 0; i < cells.size(); ++i)
        for (const auto& ring : cells[i].outline.rings)
            for (std::size_t k = 0; k + 1 < ring.size(); ++k) {
                const Corner a{ring[k].lon, ring[k].lat}, b{ring[k + 1].lon, ring[k + 1].lat};
                if (const auto other = edges.find({b, a}); other != edges.end()) {
                    neighbours[i].push_back(other->second);
                    neighbours[other->second].push_back(i);
                }
                edges.emplace(std::pair{a, b}, i);
            }
    for (auto& one : neighbours) {
        std::ranges::sort(one);
        one.erase(std::unique(one.begin(), one.end()), one.end());
    }
    tie_islands(cells, neighbours);
    return neighbours;
}

DutyBalance balance_duty(const std::vector<CellLoad>& cells, int areas) {
    areas = std::clamp(areas, 1, std::max(1, static_cast<int>(cells.size())));
    if (cells.empty()) return {{}, {0}};
    return Balancer(cells, areas).run();
}

} // namespace chengge::registry
