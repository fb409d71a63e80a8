#include "maps/case_points.hpp"

#include <cmath>
#include <map>

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

Result<json::object> count_by_square(cases::CaseService& service, const geo::Box& box, int zoom, std::int64_t since_ms, const identity::Viewer& viewer, const std::string& language) {
    cases::CaseFilter filter;
    filter.from_ms = since_ms;
    filter.box = box;
    const auto side = std::ldexp(32.0, zoom);
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counts;
    TRY_ASSIGN(is_complete, walk(service, std::move(filter), heat_cases_most, viewer, language, [&](const json::object& item) {
        const auto at = geo::to_world({item.at("lon").to_number<double>(), item.at("lat").to_number<double>()});
        ++counts[{static_cast<std::int64_t>(std::floor(at.x * side)), static_cast<std::int64_t>(std::floor(at.y * side))}];
    }));
    json::array items;
    for (const auto& [square, count] : counts) {
        const auto middle = geo::from_world({(static_cast<double>(square.first) + 0.5) / side, (static_cast<double>(square.second) + 0.5) / side});
        items.push_back(json::object{{"lon", std::round(middle.lon * 1e7) / 1e7}, {"lat", std::round(middle.lat * 1e7) / 1e7}, {"count", count}});
    }
    return json::object{{"items", std::move(items)}, {"is_complete", is_complete}};
}

} // namespace chengge::maps
