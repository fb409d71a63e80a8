// HTTP ↔ GridService: place look-up, cells, regions, the base map.
#include "base/digest.hpp"
#include "base/text.hpp"
#include "grid/grid_state.hpp"
#include "http/query.hpp"

namespace chengge::grid {

namespace {

using http::Request;
using http::Response;
using identity::Viewer;

constexpr std::size_t cells_max = 2000;
constexpr std::string_view level_names[] = {"", "city", "district", "subdistrict", "community"};

Result<std::optional<geo::Box>> box_of(const Request& request) {
    TRY_ASSIGN(box, http::query_box(request));
    return box ? std::optional(geo::Box{(*box)[0], (*box)[1], (*box)[2], (*box)[3]}) : std::nullopt;
}

json::object place_json(const Place& place) {
    return {{"cell_code", place.cell_code},
            {"community_code", place.community_code},
            {"community_name", place.community_name},
            {"subdistrict_code", place.subdistrict_code},
            {"subdistrict_name", place.subdistrict_name},
            {"district_code", place.district_code},
            {"district_name", place.district_name},
            {"managing_district_code", place.managing_district_code},
            {"managing_district_name", place.managing_district_name},
            {"area_class", place.area_class},
            {"lon", place.lon},
            {"lat", place.lat}};
}

json::object cell_json(const Cell& cell) {
    return {{"type", "Feature"},
            {"properties", json::object{{"code", cell.code},
                                        {"community_code", cell.community_code},
                                        {"area_m2", std::round(cell.area_m2)},
                                        {"initial_date", cell.initial_date}}},
            {"geometry", geo::to_geojson(cell.outline)}};
}

json::object region_json(const Snapshot& city, const Region& region) {
    json::object object{{"code", region.code},
                        {"name", region.name},
                        {"level", level_names[static_cast<std::size_t>(region.level)]},
                        {"managed_by_code", region.managed_by_code},
                        {"lon", region.label_point.lon},
                        {"lat", region.label_point.lat},
                        {"cell_count", city.count_cells(region.code)}};
    if (region.parent_code.empty()) object["parent_code"] = nullptr;
    else object["parent_code"] = region.parent_code;
    return object;
}

Response list_regions(const Snapshot& city, bool is_outlined) {
    json::array items;
    for (const auto& region : city.regions) {
        auto row = region_json(city, region);
        if (is_outlined)
            row = json::object{{"type", "Feature"},
                               {"properties", std::move(row)},
                               {"geometry", geo::to_geojson(region.outline)}};
        items.push_back(std::move(row));
    }
    if (!is_outlined) return Response::json(json::object{{"items", std::move(items)}});
    return Response::json(
        json::object{{"type", "FeatureCollection"}, {"features", std::move(items)}});
}

Result<Response> list_cells(const Snapshot& city, const Request& request) {
    TRY_ASSIGN(box, box_of(request));
    if (!box) return fail("bad_query_value", {{"name", "bbox"}});
    json::array features;
    for (std::size_t i = 0; i < city.cells.size(); ++i) {
        if (!city.cell_boxes[i].overlaps(*box)) continue;
        if (features.size() == cells_max)
            return fail("area_too_large", {{"cells_max", std::to_string(cells_max)}});
        features.push_back(cell_json(city.cells[i]));
    }
    return Response::json(
        json::object{{"type", "FeatureCollection"}, {"features", std::move(features)}});
}

// The base map changes only with a new city: browsers may keep it and ask with its tag.
Result<Response> list_features(const Snapshot& city, const Request& request) {
    std::string features, tag;
    TRY_ASSIGN(box, box_of(request));
    if (box) tag = *request.query_value("bbox");
    const auto layers = split(request.query_value("layers").value_or(""), ',');
    if (layers.size() > 20) return fail("bad_query_value", {{"name", "layers"}});
    for (const auto& layer : layers) {
        const auto text = city.layer_text(layer);
        if (!text) continue; // a city need not have every layer
        tag += layer + text->digest;
        if (box) {
            for (std::size_t i = 0; i < city.base_map.size(); ++i)
                if (city.base_map[i].layer == layer && city.feature_boxes[i].overlaps(*box))
                    features += (features.empty() ? "" : ",") + feature_text(city.base_map[i]);
        } else {
            features += (features.empty() ? "" : ",") + text->features;
        }
    }
    const auto etag = "\"" + to_hex(sha256(tag)).substr(0, 16) + "\"";
    if (request.header("If-None-Match") == etag)
        return std::move(Response::empty(304).with("ETag", etag));
    auto answer = Response::text(R"({"type":"FeatureCollection","features":[)" + features + "]}",
                                 "application/json");
    return std::move(answer.with("ETag", etag).with("Cache-Control", "private, max-age=3600"));
}

} // namespace

void GridService::add_routes(http::Router& router, identity::IdentityService& identity,
                             const http::Problems& problems, bool is_open) {
    const auto answer = [&problems](const Request& request, Result<Response> result) {
        return result ? std::move(*result) : problems.answer(result.error(), request);
    };
    const auto add = [&](const std::string& path, auto act) {
        if (is_open) {
            router.add(http::Method::get, std::move(path),
                       [answer, act](const Request& request) { return answer(request, act(request)); });
            return;
        }
        router.add(http::Method::get, std::move(path),
                   identity.guard("map.read", [answer, act](const Request& request, const Viewer&) {
                       return answer(request, act(request));
                   }));
    };
    add("/api/v1/grid/locate", [this](const Request& request) -> Result<Response> {
        TRY_ASSIGN(lon, http::query_number(request, "lon"));
        TRY_ASSIGN(lat, http::query_number(request, "lat"));
        TRY_ASSIGN(place, locate(lon, lat, request.query_value("coord_type").value_or("cgcs2000")));
        return Response::json(place_json(place));
    });
    add("/api/v1/grid/cells",
        [this](const Request& request) { return list_cells(state_->now(), request); });
    add("/api/v1/grid/cells/{cell_code}", [this](const Request& request) -> Result<Response> {
        const auto* cell = state_->now().find_cell(request.path_values.at("cell_code"));
        if (cell == nullptr) return fail("cell_unknown");
        return Response::json(cell_json(*cell));
    });
    add("/api/v1/regions", [this](const Request& request) -> Result<Response> {
        const auto outline = request.query_value("outline").value_or("");
        return list_regions(state_->now(), outline == "1" || outline == "true");
    });
    add("/api/v1/map/features",
        [this](const Request& request) { return list_features(state_->now(), request); });
}

} // namespace chengge::grid
