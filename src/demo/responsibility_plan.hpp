// The demo city's responsibility list, generated: a mix of every kind of row, with gaps and overlaps planted.
#pragma once

#include <string>
#include <vector>

#include "demo/city.hpp"
#include "responsibility/responsibility_service.hpp"

namespace chengge::demo {

// `day` is the first on which the list was in force; the same seed gives the same rows.
std::vector<responsibility::Row> make_responsibility_rows(const City& city, const std::string& day);

} // namespace chengge::demo
