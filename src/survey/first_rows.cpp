#include "survey/first_rows.hpp"

#include <algorithm>
#include <functional>

#include "base/assert.hpp"

namespace chengge::survey {

std::size_t FirstRows::place_of(std::string_view wanted) const {
    const auto mask = places_.size() - 1;
    auto at = std::hash<std::string_view>()(wanted) & mask;
    while (places_[at] != 0 && id(places_[at] - 1) != wanted) at = (at + 1) & mask;
    return at;
}

void FirstRows::grow() {
    places_.assign(std::max<std::size_t>(1024, places_.size() * 2), 0);
    for (std::size_t i = 0; i < rows_.size(); ++i) places_[place_of(id(i))] = static_cast<std::uint32_t>(i + 1);
}

std::int64_t FirstRows::put(std::string_view wanted, std::int64_t row) {
    ASSERT(row >= 0 && row <= 0xffff'ffff);
    if ((rows_.size() + 1) * 2 > places_.size()) grow();
    const auto at = place_of(wanted);
    if (places_[at] != 0) return rows_[places_[at] - 1];
    bytes_ += wanted;
    ends_.push_back(bytes_.size());
    rows_.push_back(static_cast<std::uint32_t>(row));
    places_[at] = static_cast<std::uint32_t>(rows_.size());
    return row;
}

} // namespace chengge::survey
