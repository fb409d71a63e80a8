// HTTP ↔ acts on outlines: cut, join, bend, propose cells. Looked at first (check), then done with a reason.
#include "http/query.hpp"
#include "registry/registry_state.hpp"

namespace chengge::registry {

namespace {

using http::Request;
using http::Response;
using identity::Viewer;

constexpr std::size_t ids_max = 200, points_max = 2'000, reason_max = 500;

geo::Point read_point(JsonReader& reader, const char* name) {
    const auto* value = reader.find(name);
    const auto geometry = value != nullptr ? geo::from_geojson(json::object{{"type", "Point"}, {"coordinates", *value}}) : std::nullopt;
    if (geometry) return std::get<geo::Point>(*geometry);
    reader.refuse(name, "must be a point of lon and lat");
    return {};
}

geo::MultiLine read_lines(JsonReader& reader) {
    const auto* value = reader.find("lines");
    const auto geometry = value != nullptr ? geo::from_geojson(json::object{{"type", "MultiLineString"}, {"coordinates", *value}}) : std::nullopt;
    const auto* lines = geometry ? std::get_if<geo::MultiLine>(&*geometry) : nullptr;
    std::size_t points = 0;
    if (lines != nullptr)
        for (const auto& line : *lines) points += line.size();
    if (lines != nullptr && !lines->empty() && points <= points_max) return *lines;
    reader.refuse("lines", "must be lines of lon and lat");
    return {};
}

Result<ShapeAct> read_act(JsonReader& reader) {
    ShapeAct act;
    const auto kind = reader.text("act", 20);
    if (kind == "split") {
        act.ids = reader.texts("ids", 1);
        act.lines = read_lines(reader);
    } else if (kind == "merge") {
        act.kind = ShapeAct::Kind::merge;
        act.ids = reader.texts("ids", ids_max);
    } else if (kind == "move_corner") {
        act.kind = ShapeAct::Kind::move_corner;
        act.from = read_point(reader, "corner");
        act.to = read_point(reader, "moved_to");
    } else {
        reader.refuse("act", "must be split, merge or move_corner");
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    return act;
}

double area_of(const std::optional<geo::Geometry>& geometry) {
    double area = 0;
    if (!geometry) return area;
    if (const auto* one = std::get_if<geo::Polygon>(&*geometry)) area = geo::area_m2(*one);
    if (const auto* many = std::get_if<geo::MultiPolygon>(&*geometry))
        for (const auto& part : *many) area += geo::area_m2(part);
    return area;
}

// What would be there afterwards; new ones have no code yet.
Response preview(const ShapePlan& plan) {
    json::array features, removed;
    for (const auto& put : plan.change.puts) {
        json::object properties{{"area_m2", std::round(area_of(put.geometry))}};
        if (put.id.empty()) properties["id"] = nullptr;
        else properties["id"] = put.id;
        features.push_back(json::object{{"type", "Feature"}, {"properties", std::move(properties)}, {"geometry", put.geometry ? geo::to_geojson(*put.geometry) : json::value(nullptr)}});
    }
    for (const auto& id : plan.change.removed) removed.emplace_back(id);
    return Response::json(json::object{{"puts", json::object{{"type", "FeatureCollection"}, {"features", std::move(features)}}}, {"removed", std::move(removed)}, {"base_version", plan.change.base_version}});
}

// Looked at only (no reason), or done: the version.
Result<Response> carry_out(RegistryService& service, const std::string& layer, ShapePlan plan, JsonReader& reader, const Viewer& viewer, const VersionView& view) {
    const auto reason = reader.maybe_words("reason", reason_max);
    const auto seen = reader.maybe_integer("base_version");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (reason.empty()) return preview(plan);
    if (seen) plan.change.base_version = *seen;
    TRY_ASSIGN(made, service.change_shapes(layer, std::move(plan), {.person = viewer.person_id, .reason = reason}));
    return Response::json(view(made, viewer));
}

// The shares with their loads and outlines, and how uneven it is before and after.
Response duty_preview(const DutyPlan& plan) {
    json::array areas, removed;
    for (std::size_t i = 0; i < plan.areas.size(); ++i) {
        const auto& one = plan.areas[i];
        json::object object{{"name", one.name}, {"collector_name", one.collector_name}, {"cells", one.cells}, {"components", one.components}, {"cases", one.cases}, {"load", std::round(one.load)}};
        if (one.id.empty()) object["id"] = nullptr;
        else object["id"] = one.id;
        const auto& geometry = plan.change.puts[i].geometry;
        object["geometry"] = geometry ? geo::to_geojson(*geometry) : json::value(nullptr);
        areas.push_back(std::move(object));
    }
    for (const auto& id : plan.change.removed) removed.emplace_back(id);
    return Response::json(json::object{{"areas", std::move(areas)}, {"removed", std::move(removed)}, {"worst_before", std::round(plan.worst_before * 100) / 100}, {"worst_after", std::round(plan.worst_after * 100) / 100}, {"base_version", plan.change.base_version}});
}

Result<DutyWish> read_wish(JsonReader& reader) {
    DutyWish wish;
    wish.region = reader.text("region", 12);
    const auto within = [&](const char* name, std::int64_t least, std::int64_t most, auto& into) {
        const auto given = reader.maybe_integer(name);
        if (given && (*given < least || *given > most)) reader.refuse(name, "must be " + std::to_string(least) + " to " + std::to_string(most));
        if (given) into = static_cast<std::remove_reference_t<decltype(into)>>(*given);
    };
    within("areas", 1, 500, wish.areas);
    within("case_weight", 0, 1000, wish.case_weight);
    within("days", 1, 366, wish.days);
    if (reader.error()) return tl::unexpected(*reader.error());
    return wish;
}

} // namespace

void add_shape_routes(const Route& route, RegistryService& service, const VersionView& view) {
    route(http::Method::post, "/api/v1/registry/layers/{layer}/shapes", "registry.read", [&service, view](const Request& request, const Viewer& viewer) -> Result<Response> {
        const auto layer = service.find_layer(request.path_values.at("layer"));
        if (!layer) return fail("layer_unknown");
        if (!viewer.may(layer->edit_permission)) return fail("forbidden");
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        TRY_ASSIGN(act, read_act(reader));
        TRY_ASSIGN(plan, service.plan_shapes(layer->id, act));
        return carry_out(service, layer->id, std::move(plan), reader, viewer, view);
    });
    route(http::Method::post, "/api/v1/registry/layers/cells/division", "registry.edit", [&service, view](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto community = reader.text("community", 12);
        geo::DivisionRules rules;
        const auto size = [&](const char* name, double& into) {
            const auto given = reader.maybe_integer(name);
            if (given && (*given < 500 || *given > 1'000'000)) reader.refuse(name, "must be 500 to 1000000");
            if (given) into = static_cast<double>(*given);
        };
        size("usual_m2", rules.usual_m2);
        size("least_m2", rules.least_m2);
        size("most_m2", rules.most_m2);
        if (!(rules.least_m2 < rules.usual_m2 && rules.usual_m2 < rules.most_m2)) reader.refuse("usual_m2", "must lie between least_m2 and most_m2");
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY_ASSIGN(plan, service.plan_division(community, rules));
        return carry_out(service, "cells", std::move(plan), reader, viewer, view);
    });
    route(http::Method::post, "/api/v1/registry/layers/duty_areas/suggestion", "registry.edit", [&service, view](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        TRY_ASSIGN(wish, read_wish(reader));
        const auto reason = reader.maybe_words("reason", reason_max);
        const auto seen = reader.maybe_integer("base_version");
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY_ASSIGN(plan, service.plan_duty(wish));
        if (reason.empty()) return duty_preview(plan);
        if (seen) plan.change.base_version = *seen;
        TRY_ASSIGN(made, service.change("duty_areas", std::move(plan.change), {.person = viewer.person_id, .reason = reason}));
        return Response::json(view(made, viewer));
    });
}

} // namespace chengge::registry
