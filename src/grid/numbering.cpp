#include <algorithm>
#include <numeric>

#include "grid/grid_service.hpp"

namespace chengge::grid {

std::vector<int> number_cells(const std::vector<geo::Polygon>& cells) {
    if (cells.empty()) return {};
    std::vector<geo::Point> centres;
    std::vector<double> heights;
    for (const auto& cell : cells) {
        centres.push_back(geo::centroid(cell));
        const auto box = geo::bounds_of(cell);
        heights.push_back(box.north - box.south);
    }
    std::nth_element(heights.begin(),
                     heights.begin() + static_cast<std::ptrdiff_t>(heights.size() / 2),
                     heights.end());
    const double half_height = heights[heights.size() / 2] / 2;
    std::vector<std::size_t> order(cells.size());
    std::iota(order.begin(), order.end(), 0u);
    std::ranges::stable_sort(order,
                             [&](auto a, auto b) { return centres[a].lat > centres[b].lat; });
    std::vector<int> numbers(cells.size());
    int next = 1;
    for (std::size_t from = 0; from < order.size();) {
        std::size_t to = from + 1;
        while (to < order.size() &&
               centres[order[from]].lat - centres[order[to]].lat <= half_height)
            ++to;
        std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(from),
                         order.begin() + static_cast<std::ptrdiff_t>(to),
                         [&](auto a, auto b) { return centres[a].lon < centres[b].lon; });
        for (; from < to; ++from) numbers[order[from]] = next++;
    }
    return numbers;
}

} // namespace chengge::grid
