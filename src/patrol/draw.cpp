#include "patrol/draw.hpp"

#include <algorithm>

#include "base/digest.hpp"

namespace chengge::patrol {

std::string rank_of(std::string_view seed, const Uuid& case_id) { return to_hex(sm3(std::string(seed) + case_id.raw())); }

std::vector<Uuid> draw(std::vector<Uuid> population, std::size_t size, std::string_view seed) {
    std::vector<std::pair<std::string, Uuid>> ranked;
    ranked.reserve(population.size());
    for (const auto& id : population) ranked.emplace_back(sm3(std::string(seed) + id.raw()), id);
    const auto count = std::min(size, ranked.size());
    std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(count), ranked.end());
    std::vector<Uuid> drawn;
    for (std::size_t i = 0; i < count; ++i) drawn.push_back(ranked[i].second);
    return drawn;
}

std::string population_sm3(std::vector<Uuid> population) {
    std::sort(population.begin(), population.end());
    Sm3 digest;
    for (const auto& id : population) digest.update(id.raw());
    return to_hex(digest.finish());
}

} // namespace chengge::patrol
