// HTTP ↔ MapsService: tiles, layers, style, legend, identify, changes.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/time.hpp"
#include "http/answering.hpp"
#include "http/gzip.hpp"
#include "http/query.hpp"
#include "maps/case_points.hpp"
#include "maps/identify.hpp"
#include "maps/map_style.hpp"
#include "maps/maps_state.hpp"

namespace chengge::maps {

namespace {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;
using registry::LayerSnapshot;

template <class Number>
std::optional<Number> whole(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

// z, x and "y.mvt" of the path.
std::optional<geo::TileId> tile_of(const Request& request) {
    std::string_view last = request.path_values.at("tile");
    if (!last.ends_with(".mvt")) return std::nullopt;
    last.remove_suffix(4);
    const auto z = whole<int>(request.path_values.at("z")), x = whole<int>(request.path_values.at("x")), y = whole<int>(last);
    return z && x && y ? std::optional(geo::TileId{*z, *x, *y}) : std::nullopt;
}

Result<TileAsked> read_tile_asked(const MapsService::State& state, const Request& request, const Viewer& viewer) {
    const auto layer = state.parts.registry.find_layer(request.path_values.at("layer"));
    if (!layer) return fail("layer_unknown");
    if (!may_read(viewer, *layer)) return fail("forbidden");
    const auto version = whole<std::int64_t>(request.path_values.at("version"));
    const auto tile = tile_of(request);
    TRY_ASSIGN(is_whole, http::query_flag(request, "whole"));
    if (!version || !tile) return fail("tile_not_found");
    auto without = split(http::query_text(request, "without"), ',');
    if (without.size() > 1000) return fail("bad_query_value", {{"name", "without"}});
    std::erase(without, "");
    std::sort(without.begin(), without.end());
    const auto is_gzip = http::accepts_encoding(request.header("Accept-Encoding"), "gzip");
    return TileAsked{layer->id, *version, *tile, is_whole.value_or(false), is_gzip, std::move(without)};
}

// A version's content never changes: within the hour nobody needs to ask again.
Response kept_an_hour(Response answer) { return std::move(answer.with("Vary", "Accept-Encoding").with("Cache-Control", "private, max-age=3600, immutable")); }

Result<Response> answer_tile(MapsService& service, const MapsService::State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(asked, read_tile_asked(state, request, viewer));
    TRY_ASSIGN(answer, tile_answer(service, state, asked));
    return kept_an_hour(std::move(answer));
}

// Nothing unless the tile is in the cache as it is to be sent.
std::optional<Response> answer_kept_tile(MapsService::State& state, const Request& request, const Viewer& viewer) {
    const auto asked = read_tile_asked(state, request, viewer);
    if (!asked || !asked->is_gzip) return std::nullopt;
    auto kept = state.cache.find(asked->key());
    if (!kept) return std::nullopt;
    return kept_an_hour(packed_tile_answer(std::move(kept)));
}

json::object layer_json(MapsService::State& state, const LayerSnapshot& snapshot, const std::string& base_url, const std::string& language) {
    const auto& layer = snapshot.layer();
    json::array fields;
    for (const auto& field : layer.fields)
        if (field.is_in_tiles && !field.is_restricted) fields.push_back(json::object{{"name", field.name}, {"label", in(field.label, language)}});
    json::object object{{"id", layer.id}, {"label", in(layer.label, language)}, {"group", in(layer.group, language)}, {"geometry", geometry_name(layer.geometry)},
                        {"version", snapshot.version()}, {"count", static_cast<std::int64_t>(snapshot.size())}, {"zoom_min", layer.zoom_min},
                        {"zoom_most", tile_zoom_deepest}, {"tiles", tile_url(base_url, snapshot)}, {"fields", std::move(fields)}, {"legend", state.legend(snapshot, language)}};
    object["changed_at"] = snapshot.version() > 0 ? json::value(format_rfc3339(snapshot.changed_ms())) : json::value(nullptr);
    const auto box = snapshot.bounds();
    object["bbox"] = box.west > box.east ? json::value(nullptr) : json::value(json::array{box.west, box.south, box.east, box.north});
    return object;
}

// A value as a person reads it: of a list its label, of a flag yes or no.
std::string readable(const registry::Field& field, const registry::Value& value, const std::string& language) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        for (const auto& item : field.codes)
            if (item.code == *text) return in(item.label, language);
        return *text;
    }
    if (const auto* number = std::get_if<double>(&value)) return to_json_text(json::value(*number));
    const auto number = std::get<std::int64_t>(value);
    if (field.kind == registry::FieldKind::flag) return language == "en" ? (number ? "yes" : "no") : (number ? "是" : "否");
    return std::to_string(number);
}

json::object found_json(const Found& found, const Viewer& viewer, const std::string& language) {
    const auto& snapshot = *found.snapshot;
    const auto& layer = snapshot.layer();
    const auto is_editor = viewer.may(layer.edit_permission);
    json::array attributes;
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        const auto& field = layer.fields[i];
        const auto value = snapshot.value(found.at, static_cast<int>(i));
        if ((field.is_restricted && !is_editor) || std::holds_alternative<std::monostate>(value)) continue;
        attributes.push_back(json::object{{"name", field.name}, {"label", in(field.label, language)}, {"text", readable(field, value, language)}});
    }
    const auto box = snapshot.box(found.at);
    const auto text = [&](const std::string& field) {
        const auto at = layer.field_index(field);
        return at < 0 ? std::string() : std::string(snapshot.text(found.at, at).value_or(""));
    };
    const auto class_code = text(layer.class_field);
    const auto* of = layer.find_class(class_code);
    return {{"layer", layer.id}, {"layer_label", in(layer.label, language)}, {"version", snapshot.version()}, {"id", snapshot.id(found.at)}, {"name", text(layer.name_field)},
            {"class_code", class_code}, {"class_label", of ? in(of->label, language) : ""}, {"distance_m", std::round(found.distance_m * 100) / 100},
            {"lon", (box.west + box.east) / 2}, {"lat", (box.south + box.north) / 2}, {"attributes", std::move(attributes)}};
}

Result<Response> identify(const MapsService::State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(lon, http::query_number(request, "lon"));
    TRY_ASSIGN(lat, http::query_number(request, "lat"));
    TRY_ASSIGN(zoom, http::query_number(request, "zoom"));
    TRY_ASSIGN(limit, http::query_limit(request, 20, 100));
    if (std::abs(lon) > 180) return fail("bad_query_value", {{"name", "lon"}});
    if (std::abs(lat) > 85) return fail("bad_query_value", {{"name", "lat"}});
    if (zoom < 8 || zoom > 24) return fail("bad_query_value", {{"name", "zoom"}});
    std::vector<std::shared_ptr<const LayerSnapshot>> layers;
    const auto asked = http::query_text(request, "layers");
    for (const auto& snapshot : state.readable(viewer)) {
        const auto parts = split(asked, ',');
        if (zoom < snapshot->layer().zoom_min) continue; // not on the map yet
        if (asked.empty() || std::find(parts.begin(), parts.end(), snapshot->layer().id) != parts.end()) layers.push_back(snapshot);
    }
    json::array items;
    for (const auto& found : find_at(layers, {lon, lat}, zoom, static_cast<std::size_t>(limit))) items.push_back(found_json(found, viewer, request.language()));
    return Response::json(json::object{{"items", std::move(items)}});
}

Result<Response> tile_json_of(const MapsService::State& state, const Request& request, const Viewer& viewer) {
    const auto snapshot = state.parts.registry.snapshot(request.path_values.at("layer"));
    if (!snapshot) return fail("layer_unknown");
    if (!may_read(viewer, snapshot->layer())) return fail("forbidden");
    return std::move(Response::json(tile_json(*snapshot, tile_url(state.base_url(request), *snapshot), request.language())).with("Cache-Control", "private, no-cache"));
}

Result<geo::Box> box_of(const Request& request) {
    TRY_ASSIGN(box, http::query_box(request));
    if (!box) return fail("bad_query_value", {{"name", "bbox"}});
    return geo::Box{(*box)[0], (*box)[1], (*box)[2], (*box)[3]};
}

Result<Response> case_points(const MapsService::State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(box, box_of(request));
    TRY_ASSIGN(found, list_case_points(state.parts.cases, box, viewer, request.language()));
    return Response::json(found);
}

Result<Response> case_heat(const MapsService::State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(box, box_of(request));
    TRY_ASSIGN(zoom, http::query_whole(request, "zoom", 12, 6, 18));
    TRY_ASSIGN(days, http::query_whole(request, "days", 30, 1, heat_days_most));
    TRY_ASSIGN(kind, http::query_choice(request, "kind", {"component", "event"}));
    TRY_ASSIGN(is_open, http::query_flag(request, "open"));
    const HeatAsked asked{box, zoom, state.parts.clock.now_ms() - days * day_ms, kind, http::query_text(request, "class_code"), is_open};
    TRY_ASSIGN(found, count_by_square(state.parts.cases, asked, viewer, request.language()));
    return Response::json(found);
}

json::object base_map_json(const BaseMaps::Standing& standing, const std::string& language) {
    const auto& base = standing.base;
    return {{"id", base.id}, {"label", in(base.label, language)}, {"attribution", base.attribution}, {"zoom_min", base.zoom_min}, {"zoom_most", base.zoom_most}, {"is_overlay", base.is_overlay},
            {"tiles", "/api/v1/map/bases/" + base.id + "/{z}/{x}/{y}"}, {"used_today", standing.used_today}, {"quota_day", base.quota_day > 0 ? json::value(base.quota_day) : json::value(nullptr)},
            {"is_available", !standing.is_resting && (base.quota_day == 0 || standing.used_today < base.quota_day)}};
}

Result<Response> answer_base_tile(BaseMaps& maps, const Request& request) {
    const auto z = whole<int>(request.path_values.at("z")), x = whole<int>(request.path_values.at("x")), y = whole<int>(request.path_values.at("y"));
    if (!z || !x || !y) return fail("tile_not_found");
    TRY_ASSIGN(picture, maps.tile(request.path_values.at("base"), {*z, *x, *y}));
    return std::move(Response::text(picture.bytes, picture.type).with("Cache-Control", "private, max-age=86400"));
}

} // namespace

void MapsService::add_routes(http::Router& router, const http::Problems& problems) {
    using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
    const auto get = [&](const char* path, Act act, const char* permission = "map.read", http::RouteOptions options = {}) {
        router.add(Method::get, path, state_->parts.identity.guard(permission, http::answering(problems, std::move(act))), options);
    };
    get("/api/v1/map/tiles/{layer}/{version}/{z}/{x}/{tile}", [this](const Request& request, const Viewer& viewer) { return answer_tile(*this, *state_, request, viewer); }, "map.read",
        {.from_memory = state_->parts.identity.guard_from_memory("map.read", [this](const Request& request, const Viewer& viewer) { return answer_kept_tile(*state_, request, viewer); })});
    get("/api/v1/map/tiles/{layer}/tile.json", [this](const Request& request, const Viewer& viewer) { return tile_json_of(*state_, request, viewer); });
    get("/api/v1/map/layers", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        json::array items;
        for (const auto& snapshot : state_->readable(viewer)) items.push_back(layer_json(*state_, *snapshot, state_->base_url(request), request.language()));
        return std::move(Response::json(json::object{{"items", std::move(items)}}).with("Cache-Control", "private, no-cache"));
    });
    get("/api/v1/map/style.json", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(theme, http::query_choice(request, "theme", {"light", "dark"}));
        const StyleOptions options{state_->base_url(request), request.language(), theme == "dark"};
        return std::move(Response::json(make_style(state_->readable(viewer), options)).with("Cache-Control", "private, no-cache"));
    });
    get("/api/v1/map/identify", [this](const Request& request, const Viewer& viewer) { return identify(*state_, request, viewer); });
    get("/api/v1/map/changes", [this](const Request&, const Viewer& viewer) -> Result<Response> {
        Response response;
        response.on_stream = [state = state_.get(), viewer](std::shared_ptr<http::EventStream> stream) { state->changes->add(std::move(stream), viewer); };
        return response;
    });
    get("/api/v1/map/cases", [this](const Request& request, const Viewer& viewer) { return case_points(*state_, request, viewer); }, "case.read");
    get("/api/v1/map/heat", [this](const Request& request, const Viewer& viewer) { return case_heat(*state_, request, viewer); }, "case.read");
    get("/api/v1/map/bases", [this](const Request& request, const Viewer&) -> Result<Response> {
        json::array items;
        for (const auto& standing : state_->base_maps.list()) items.push_back(base_map_json(standing, request.language()));
        return std::move(Response::json(json::object{{"items", std::move(items)}}).with("Cache-Control", "private, no-cache"));
    });
    get("/api/v1/map/bases/{base}/{z}/{x}/{y}", [this](const Request& request, const Viewer&) { return answer_base_tile(state_->base_maps, request); }, "map.read", {.is_outgoing = true});
    add_ogc_routes(router, problems, *this, *state_);
}

} // namespace chengge::maps
