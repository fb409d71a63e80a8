// What `chengge grid locate` prints.
#pragma once

#include <string>

#include "grid/grid_service.hpp"

namespace chengge::grid {

// The place of a point, one name: value a line. Refusals as GridService::locate.
Result<std::string> print_locate(const GridService& grid, double lon, double lat,
                                 std::string_view coord_type);

// For a CSV with the columns lon, lat and, where wanted, coord_type: the same rows as
// lon,lat,coord_type,cell,community,subdistrict,district,managed_by,reason. `reason` is the refusal
// of a row that has no place. Refusals: bad_data for a file without these columns.
Result<std::string> print_locate_csv(const GridService& grid, std::string_view csv,
                                     const std::string& path);

} // namespace chengge::grid
