#include "maps/case_points.hpp"

#include <cmath>
#include <map>

#include "base/time.hpp"
#include "geo/tile.hpp"

namespace chengge::maps {

namespace {

// Page by page; false when there were more than `most`.
Result<bool> walk(cases::CaseService& service, cases::CaseFilter filter, int most, const identity::Viewer& viewer, const std::string& language, const std::function<void(const json::object&)>& take) {
    filter.limit = 200;
    for (int taken = 0;;) {
        TRY_ASSIGN(page, service.list(filter, viewer, language));
        for (const auto& item : page.at("items").as_array()) {
            if (taken++ == most) return false;
            take(item.as_object());
        }
        const auto& next = page.at("next_cursor");
        if (!next.is_string() || next.as_string().empty()) return true;
        filter.cursor = next.as_string();
    }
}

} // namespace

Result<json::object> list_case_points(cases::CaseService& service, const geo::Box& box, const identity::Viewer& viewer, const std::string& language) {
    cases::CaseFilter filter;
    filter.is_open = true;
    filter.box = box;
    json::array features;
    TRY_ASSIGN(is_complete, walk(service, std::move(filter), case_points_most, viewer, language, [&](const json::object& item) {
        json::object properties;
        for (const auto* name : {"case_id", "name", "light", "kind", "class_name", "state_label"})
            if (const auto* value = item.if_contains(name)) properties[name] = *value;
        features.push_back(json::object{{"type", "Feature"}, {"properties", std::move(properties)},
                                        {"geometry", json::object{{"type", "Point"}, {"coordinates", json::array{item.at("lon"), item.at("lat")}}}}});
    }));
    return json::object{{"type", "FeatureCollection"}, {"features", std::move(features)}, {"is_complete", is_complete}};
}

Result<json::object> count_by_square(cases::CaseService& service, const HeatAsked& asked, const identity::Viewer& viewer, const std::string& language) {
    cases::CaseFilter filter;
    filter.from_ms = asked.since_ms;
    filter.kind = asked.kind;
    filter.class_code = asked.class_code;
    filter.is_open = asked.is_open;
    const auto side = std::ldexp(32.0, asked.zoom);
    // Whole squares: what is counted in one is what a list of it shows, also at the edge of the box.
    const auto nw = geo::to_world({asked.box.west, asked.box.north}), se = geo::to_world({asked.box.east, asked.box.south});
    const auto least = geo::from_world({std::floor(nw.x * side) / side, std::floor(nw.y * side) / side}), most = geo::from_world({(std::floor(se.x * side) + 1) / side, (std::floor(se.y * side) + 1) / side});
    filter.box = geo::Box{least.lon, most.lat, most.lon, least.lat};
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counts;
    TRY_ASSIGN(is_complete, walk(service, std::move(filter), heat_cases_most, viewer, language, [&](const json::object& item) {
        const auto at = geo::to_world({item.at("lon").to_number<double>(), item.at("lat").to_number<double>()});
        ++counts[{static_cast<std::int64_t>(std::floor(at.x * side)), static_cast<std::int64_t>(std::floor(at.y * side))}];
    }));
    const auto rounded = [](double degrees) { return std::round(degrees * 1e7) / 1e7; };
    const auto at = [&](const std::pair<std::int64_t, std::int64_t>& square, double x, double y) { return geo::from_world({(static_cast<double>(square.first) + x) / side, (static_cast<double>(square.second) + y) / side}); };
    json::array items;
    std::int64_t total = 0;
    for (const auto& [square, count] : counts) {
        const auto middle = at(square, 0.5, 0.5), north_west = at(square, 0, 0), south_east = at(square, 1, 1);
        items.push_back(json::object{{"lon", rounded(middle.lon)}, {"lat", rounded(middle.lat)}, {"count", count},
                                     {"bbox", json::array{rounded(north_west.lon), rounded(south_east.lat), rounded(south_east.lon), rounded(north_west.lat)}}});
        total += count;
    }
    return json::object{{"items", std::move(items)}, {"total", total}, {"is_complete", is_complete}, {"since", format_rfc3339(asked.since_ms)}};
}

} // namespace chengge::maps
