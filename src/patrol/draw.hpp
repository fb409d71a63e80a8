// 抽查: a draw that anybody can repeat. The seed and a case's id give its rank, SM3(seed ‖ id) as a number; drawn are those
// of lowest rank. So every case has the same chance, the order in which a list came does not matter, and whoever has the
// seed and the list draws the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace chengge::patrol {

// Rank of a case, 64 hex digits; `seed` are the bytes of the text as it is shown.
std::string rank_of(std::string_view seed, const Uuid& case_id);
// At most `size` ids, by rank. `population` holds each id once.
std::vector<Uuid> draw(std::vector<Uuid> population, std::size_t size, std::string_view seed);
// SM3, hex, over the sorted ids, 16 bytes each, without anything between.
std::string population_sm3(std::vector<Uuid> population);

} // namespace chengge::patrol
