#include "geo/point_index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chengge::geo {

namespace {

struct Span {
    int from = 0, to = 0; // both included
};

Span bins_of(double low, double high, double origin, double per_degree, int count) {
    const auto bin = [&](double value) {
        return std::clamp(static_cast<int>((value - origin) * per_degree), 0, count - 1);
    };
    return {bin(low), bin(high)};
}

} // namespace

PointIndex::PointIndex(std::vector<Polygon> areas) : areas_(std::move(areas)) {
    if (areas_.empty()) return;
    constexpr double far = std::numeric_limits<double>::infinity();
    box_ = {far, far, -far, -far};
    std::vector<Box> boxes;
    boxes.reserve(areas_.size());
    for (const auto& area : areas_) {
        boxes.push_back(bounds_of(area));
        box_ = {std::min(box_.west, boxes.back().west), std::min(box_.south, boxes.back().south),
                std::max(box_.east, boxes.back().east), std::max(box_.north, boxes.back().north)};
    }
    // About four bins an area: most bins then name one to three candidates.
    const double width = std::max(box_.east - box_.west, 1e-9);
    const double height = std::max(box_.north - box_.south, 1e-9);
    const double bins = std::min(4.0 * static_cast<double>(areas_.size()), 4e6);
    columns_ = std::clamp(static_cast<int>(std::sqrt(bins * width / height)), 1, 4096);
    rows_ = std::clamp(static_cast<int>(bins / columns_), 1, 4096);
    columns_per_degree_ = columns_ / width;
    rows_per_degree_ = rows_ / height;
    std::vector<std::uint32_t> counts(
        static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_) + 1);
    const auto for_each_bin = [&](const Box& box, auto&& act) {
        const auto x = bins_of(box.west, box.east, box_.west, columns_per_degree_, columns_);
        const auto y = bins_of(box.south, box.north, box_.south, rows_per_degree_, rows_);
        for (int row = y.from; row <= y.to; ++row)
            for (int column = x.from; column <= x.to; ++column)
                act(static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                    static_cast<std::size_t>(column));
    };
    for (const auto& box : boxes) for_each_bin(box, [&](std::size_t bin) { ++counts[bin + 1]; });
    for (std::size_t i = 1; i < counts.size(); ++i) counts[i] += counts[i - 1];
    begin_ = counts;
    candidates_.resize(counts.back());
    for (std::size_t i = 0; i < boxes.size(); ++i)
        for_each_bin(boxes[i], [&](std::size_t bin) {
            candidates_[counts[bin]++] = static_cast<std::uint32_t>(i);
        });
}

PointIndex::Candidates PointIndex::candidates_at(Point point) const {
    if (areas_.empty() || !box_.contains(point)) return {};
    const auto column =
        bins_of(point.lon, point.lon, box_.west, columns_per_degree_, columns_).from;
    const auto row = bins_of(point.lat, point.lat, box_.south, rows_per_degree_, rows_).from;
    const auto bin = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                     static_cast<std::size_t>(column);
    return {candidates_.data() + begin_[bin], candidates_.data() + begin_[bin + 1]};
}

int PointIndex::find(Point point) const {
    for (const auto candidate : candidates_at(point))
        if (contains(areas_[candidate], point)) return static_cast<int>(candidate);
    return -1;
}

std::vector<int> PointIndex::find_all(Point point) const {
    std::vector<int> found;
    for (const auto candidate : candidates_at(point))
        if (contains(areas_[candidate], point)) found.push_back(static_cast<int>(candidate));
    return found;
}

} // namespace chengge::geo
