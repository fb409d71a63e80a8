// Pieces that the imports of regions and of cells share. Private to this module.
#pragma once

#include <functional>
#include <set>

#include "geo/coverage.hpp"
#include "grid/grid_state.hpp"
#include "grid/import_table.hpp"

namespace chengge::grid {

// What rounding leaves along a border is none: a fault is at least 1 m² and on average a decimetre
// wide. The others are counted into `rounding_m2`.
bool is_real(const geo::CoverageFault& fault, double& rounding_m2);

bool has_digits(const std::string& code, std::size_t count);
// The day on which a row begins: its own, else today. Nothing, with a fault, when it is no date or
// lies ahead.
std::optional<std::string> initial_date_of(const ImportTable& table, const ImportRow& row,
                                           const std::string& today, ImportReport& report);
std::string place_text(geo::Point point); // "110.3500000,21.2000000"
std::string metres_text(double metres);   // "12.3"

} // namespace chengge::grid
