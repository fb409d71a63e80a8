// Cases on the map: open ones as points with their light, and how many were reported where. Through the lists of cases with
// the viewer's scope; who reported is in none of it.
#pragma once

#include <optional>

#include "cases/case_service.hpp"

namespace chengge::maps {

inline constexpr int case_points_most = 2'000, heat_cases_most = 20'000, heat_days_most = 366;

// GeoJSON of the open cases in a box, the newest first when there are more than case_points_most; `is_complete` says whether
// all are there. Properties: case_id, name, light, kind, class_name, state_label.
Result<json::object> list_case_points(cases::CaseService& service, const geo::Box& box, const identity::Viewer& viewer, const std::string& language);

struct HeatAsked {
    geo::Box box;
    int zoom = 12;
    std::int64_t since_ms = 0;
    std::string kind, class_code; // empty: all; two digits of class_code: the major class
    std::optional<bool> is_open;
};

// How many cases were reported since then in each square of Web Mercator, 32 along a tile of the zoom: {lon, lat} of the square's
// middle, its bbox as west, south, east, north and its count; squares that the box cuts are counted whole. Of the newest heat_cases_most;
// `total` is the sum, `since` the instant.
Result<json::object> count_by_square(cases::CaseService& service, const HeatAsked& asked, const identity::Viewer& viewer, const std::string& language);

} // namespace chengge::maps
