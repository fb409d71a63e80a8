// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include "base/text.hpp"
#include "base/time.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "registry/feature_list.hpp"
#include "registry/proposals.hpp"

namespace chengge::registry {

using http::Method;
using http::query_text;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t body_bytes_max = 8u << 20, puts_max = 5'000, bulk_max = 20'000;
constexpr const char* layer_path = "/api/v1/registry/layers/{layer}";

// The layer of the path, when the viewer may do with it what is asked.
Result<std::shared_ptr<const LayerSnapshot>> snapshot_of(const RegistryService& service, const Request& request, const Viewer& viewer, std::string Layer::*permission = &Layer::read_permission) {
    const auto snapshot = service.snapshot(request.path_values.at("layer"));
    if (!snapshot) return fail("layer_unknown");
    if (!viewer.may(snapshot->layer().*permission)) return fail("forbidden");
    return snapshot;
}

bool shows_restricted(const Layer& layer, const Viewer& viewer) { return viewer.may(layer.edit_permission); }

std::string person_name(const Viewer& viewer, const std::optional<Uuid>& id) {
    const auto* person = id ? viewer.directory->find_person(*id) : nullptr;
    return person != nullptr ? person->name : "";
}

json::object version_json(const VersionInfo& info, const Viewer& viewer) {
    return {{"version", info.version}, {"layer", info.layer}, {"kind", info.kind}, {"reason", info.reason}, {"source", info.source},
            {"made_by", info.made_by ? json::value(person_name(viewer, info.made_by)) : json::value(nullptr)}, {"made_at", format_rfc3339(info.made_ms)},
            {"added", info.added}, {"changed", info.changed}, {"removed", info.removed}, {"size", info.size}};
}

Result<FeatureFilter> read_filter(const Request& request) {
    FeatureFilter filter;
    TRY_ASSIGN(box, http::query_box(request));
    if (box) filter.box = geo::Box{(*box)[0], (*box)[1], (*box)[2], (*box)[3]};
    TRY_ASSIGN(limit, http::query_limit(request, 50, 500));
    TRY_ASSIGN(order, http::query_choice(request, "order", {"id", "-id", "name", "-name", "changed", "-changed"}));
    filter.limit = limit;
    if (!order.empty()) filter.order = order;
    filter.class_code = query_text(request, "class");
    filter.state = query_text(request, "state");
    filter.region = query_text(request, "region");
    filter.words = std::string(trim(query_text(request, "words")));
    filter.cursor = query_text(request, "cursor");
    return filter;
}


struct Desk {
    RegistryService& service;
    RegistryService::State& state;
    Proposals proposals;
};

Result<Response> list_layers(const Desk& desk, const Request& request, const Viewer& viewer) {
    json::array items;
    for (const auto& layer : desk.service.layers())
        if (viewer.may(layer.read_permission)) items.push_back(layer_json(layer, *desk.service.snapshot(layer.id), false, request.language()));
    return Response::json(json::object{{"items", std::move(items)}});
}

Result<Response> list_page(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer));
    TRY_ASSIGN(filter, read_filter(request));
    TRY_ASSIGN(page, list_features(*snapshot, desk.state.parts.grid, filter));
    json::array items;
    const bool is_editor = shows_restricted(snapshot->layer(), viewer);
    for (const auto at : page.at) items.push_back(feature_row(*snapshot, at, is_editor, request.language()));
    return Response::json(json::object{{"items", std::move(items)}, {"next_cursor", page.next_cursor.empty() ? json::value(nullptr) : json::value(page.next_cursor)}, {"total", page.total}, {"version", snapshot->version()}});
}

Result<Response> table(const Desk& desk, const Request& request, const Viewer& viewer, bool is_xlsx) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer));
    TRY_ASSIGN(filter, read_filter(request));
    filter.cursor.clear();
    filter.limit = is_xlsx ? export_sheet_max : export_features_max;
    TRY_ASSIGN(page, list_features(*snapshot, desk.state.parts.grid, filter));
    if (!page.next_cursor.empty()) return fail("too_many_to_export", {{"most", std::to_string(filter.limit)}});
    auto bytes = feature_table(*snapshot, page.at, is_xlsx, shows_restricted(snapshot->layer(), viewer), request.language(), desk.state.parts.clock.now_ms());
    const auto name = snapshot->layer().id + (is_xlsx ? ".xlsx" : ".csv");
    return std::move(Response::text(std::move(bytes), is_xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8")
                         .with("Content-Disposition", "attachment; filename=\"" + name + "\""));
}

Result<Response> one_feature(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer));
    const auto& layer = snapshot->layer();
    const auto& id = request.path_values.at("feature_id");
    const bool is_editor = shows_restricted(layer, viewer);
    const auto at = snapshot->find(id);
    const auto past = desk.service.history(layer.id, id);
    if (!at && past.empty()) return fail("feature_unknown", {{"id", id.substr(0, 40)}});
    auto object = at ? feature_row(*snapshot, *at, is_editor, request.language()) : to_json(layer, past.front().feature, is_editor);
    const auto& feature = at ? snapshot->feature(*at) : past.front().feature;
    object["geometry"] = feature.geometry ? geo::to_geojson(*feature.geometry) : json::value(nullptr);
    object["is_in_force"] = at.has_value();
    object["version"] = snapshot->version();
    json::array history, states;
    const int state_field = layer.field_index("state");
    std::string last_state;
    for (const auto& one : past) {
        auto entry = to_json(layer, one.feature, is_editor);
        entry["version"] = version_json(one.version, viewer);
        entry["until"] = one.until > 0 ? json::value(one.until) : json::value(nullptr);
        history.push_back(std::move(entry));
    }
    if (state_field >= 0)
        for (auto one = past.rbegin(); one != past.rend(); ++one) {
            const auto state = text_of(one->feature.values[static_cast<std::size_t>(state_field)]);
            if (state == last_state) continue;
            last_state = state;
            states.push_back(json::object{{"state", state}, {"since", format_rfc3339(one->version.made_ms)}, {"reason", one->version.reason}});
        }
    object["history"] = std::move(history);
    object["states"] = std::move(states);
    ProposalFilter proposals;
    proposals.layer = layer.id;
    proposals.feature_id = id;
    proposals.limit = 20;
    TRY_ASSIGN(made, desk.proposals.list(proposals, viewer, request.language()));
    object["proposals"] = made.at("items");
    return Response::json(object);
}

Result<Change> read_change(const LayerSnapshot& snapshot, JsonReader& reader) {
    Change change;
    change.base_version = reader.maybe_integer("base_version").value_or(snapshot.version());
    change.removed = reader.texts("removed", puts_max);
    const auto* puts = reader.find("puts");
    if (puts != nullptr && (!puts->is_array() || puts->get_array().size() > puts_max)) reader.refuse("puts", "must be a list of at most " + std::to_string(puts_max) + " parts");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (puts == nullptr) return change;
    for (const auto& one : puts->get_array()) {
        const auto* id = one.is_object() ? one.get_object().if_contains("id") : nullptr;
        const auto at = id != nullptr && id->is_string() ? snapshot.find(std::string_view(id->get_string())) : std::nullopt;
        const auto old = at ? std::optional(snapshot.feature(*at)) : std::nullopt;
        TRY_ASSIGN(feature, read_feature(snapshot.layer(), one, old ? &*old : nullptr));
        change.puts.push_back(std::move(feature));
    }
    return change;
}

Result<Response> edit(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer, &Layer::edit_permission));
    TRY_ASSIGN(value, parse_json(request.body));
    JsonReader reader(value);
    const auto reason = reader.words("reason", words_max);
    TRY_ASSIGN(change, read_change(*snapshot, reader));
    std::vector<std::string> ids;
    TRY_ASSIGN(made, desk.service.change(snapshot->layer().id, std::move(change), {.person = viewer.person_id, .reason = reason}));
    auto answer = version_json(made, viewer);
    TRY_ASSIGN(page, desk.service.difference(made.layer, made.version - 1, made.version, "", 200));
    json::array changed;
    for (const auto& one : page.items) changed.emplace_back(one.id);
    answer["ids"] = std::move(changed); // the first 200
    return Response::json(answer);
}

Result<Response> bulk_edit(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer, &Layer::edit_permission));
    const auto& layer = snapshot->layer();
    TRY_ASSIGN(value, parse_json(request.body));
    JsonReader reader(value);
    const auto reason = reader.words("reason", words_max);
    const auto field = reader.text("field", 60);
    const auto* wanted = reader.find("value");
    const auto expected = reader.maybe_integer("expected");
    if (wanted != nullptr && (wanted->is_object() || wanted->is_array())) reader.refuse("value", "must be a text or a number");
    if (reader.error()) return tl::unexpected(*reader.error());
    const auto* of = layer.find_field(field);
    if (of == nullptr || field == layer.id_field || field == layer.class_field || !of->filled_with.empty()) return fail("field_not_editable");
    TRY_ASSIGN(filter, read_filter(request));
    filter.cursor.clear();
    filter.limit = static_cast<int>(bulk_max);
    TRY_ASSIGN(page, list_features(*snapshot, desk.state.parts.grid, filter));
    if (!page.next_cursor.empty()) return fail("too_many_features", {{"most", std::to_string(bulk_max)}});
    // What was counted on the screen is what is changed.
    if (expected && *expected != page.total) return fail("feature_changed", {{"id", "-"}});
    Change change;
    change.base_version = snapshot->version();
    const json::object said{{"attributes", json::object{{field, wanted == nullptr ? json::value(nullptr) : *wanted}}}};
    for (const auto at : page.at) {
        const auto old = snapshot->feature(at);
        TRY_ASSIGN(feature, read_feature(layer, said, &old));
        change.puts.push_back(std::move(feature));
    }
    TRY_ASSIGN(made, desk.service.change(layer.id, std::move(change), {.person = viewer.person_id, .reason = reason}));
    return Response::json(version_json(made, viewer));
}

Result<Response> list_versions(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer));
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    TRY_ASSIGN(before, http::query_whole(request, "cursor", 0, 0, 1'000'000'000));
    json::array items;
    json::value next = nullptr;
    for (const auto& info : desk.service.versions(snapshot->layer().id)) {
        if (before > 0 && info.version >= before) continue;
        if (items.size() == static_cast<std::size_t>(limit)) {
            next = std::to_string(info.version + 1);
            break;
        }
        items.push_back(version_json(info, viewer));
    }
    return Response::json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"version", snapshot->version()}});
}

Result<Response> show_difference(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer));
    const auto& layer = snapshot->layer();
    const auto newest = static_cast<int>(snapshot->version());
    TRY_ASSIGN(to, http::query_whole(request, "to", newest, 0, 1'000'000'000));
    TRY_ASSIGN(from, http::query_whole(request, "from", std::max(0, to - 1), 0, 1'000'000'000));
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    TRY_ASSIGN(page, desk.service.difference(layer.id, from, to, query_text(request, "cursor"), limit));
    const bool is_editor = shows_restricted(layer, viewer);
    json::array items;
    for (const auto& one : page.items) {
        json::array fields;
        if (one.before && one.after)
            for (std::size_t i = 1; i < layer.fields.size(); ++i)
                if (one.before->values[i] != one.after->values[i] && (is_editor || !layer.fields[i].is_restricted)) fields.emplace_back(layer.fields[i].name);
        items.push_back(json::object{{"id", one.id},
                                     {"change", !one.before ? "added" : !one.after ? "removed" : "changed"},
                                     {"fields", std::move(fields)},
                                     {"is_moved", one.before && one.after && !is_same_geometry(one.before->geometry, one.after->geometry)},
                                     {"before", one.before ? json::value(to_json(layer, *one.before, is_editor)) : json::value(nullptr)},
                                     {"after", one.after ? json::value(to_json(layer, *one.after, is_editor)) : json::value(nullptr)}});
    }
    return Response::json(json::object{{"items", std::move(items)}, {"next_cursor", page.next.empty() ? json::value(nullptr) : json::value(page.next)}, {"from", from}, {"to", to}});
}

Result<Response> give_codes(const Desk& desk, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(snapshot, snapshot_of(desk.service, request, viewer, &Layer::edit_permission));
    const auto& layer = snapshot->layer();
    TRY_ASSIGN(value, parse_json(request.body));
    JsonReader reader(value);
    const auto county = reader.text("county", 12);
    const auto class_code = reader.maybe_text("class_code", 5).value_or("");
    const auto count = reader.maybe_integer("count").value_or(1);
    if (count < 1 || count > 1000) reader.refuse("count", "must be 1 to 1000");
    const bool is_cell = layer.code_rule == "cell";
    if (layer.code_rule == "region") return fail("field_not_editable");
    if (is_cell ? county.size() != 12 || !is_region_code(county) : !is_county_code(county)) reader.refuse("county", is_cell ? "must be a community's 12 digits" : "must be six digits");
    if (layer.code_rule == "component" && layer.find_class(class_code) == nullptr) reader.refuse("class_code", "is no class of the layer");
    if (reader.error()) return tl::unexpected(*reader.error());
    json::array codes;
    for (auto& code : desk.service.next_codes(layer, county, class_code, static_cast<int>(count))) codes.emplace_back(std::move(code));
    return Response::json(json::object{{"codes", std::move(codes)}});
}

void add_layer_routes(const Route& route, const std::shared_ptr<Desk>& desk) {
    const std::string layer = layer_path;
    const auto add = [&](Method method, const std::string& path, const char* permission, Result<Response> (*act)(const Desk&, const Request&, const Viewer&)) {
        route(method, path, permission, [desk, act](const Request& request, const Viewer& viewer) { return act(*desk, request, viewer); });
    };
    add(Method::get, "/api/v1/registry/layers", "registry.read", list_layers);
    route(Method::get, layer, "registry.read", [desk](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(snapshot, snapshot_of(desk->service, request, viewer));
        return Response::json(layer_json(snapshot->layer(), *snapshot, true, request.language()));
    });
    add(Method::get, layer + "/features", "registry.read", list_page);
    route(Method::get, layer + "/features.csv", "registry.read", [desk](const Request& request, const Viewer& viewer) { return table(*desk, request, viewer, false); });
    route(Method::get, layer + "/features.xlsx", "registry.read", [desk](const Request& request, const Viewer& viewer) { return table(*desk, request, viewer, true); });
    add(Method::get, layer + "/features/{feature_id}", "registry.read", one_feature);
    add(Method::post, layer + "/changes", "registry.edit", edit);
    add(Method::post, layer + "/bulk-edit", "registry.edit", bulk_edit);
    add(Method::get, layer + "/versions", "registry.read", list_versions);
    add(Method::get, layer + "/difference", "registry.read", show_difference);
    add(Method::post, layer + "/codes", "registry.edit", give_codes);
}

Result<NewProposal> read_proposal(const RegistryService& service, const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewProposal proposal;
    proposal.id = reader.id("proposal_id");
    proposal.layer = reader.text("layer", 40);
    proposal.kind = reader.text("kind", 20);
    proposal.feature_id = reader.maybe_text("feature_id", 40).value_or("");
    proposal.words = reader.words("words", words_max);
    proposal.media = reader.ids("media", 9);
    if (proposal.kind != "missing" && proposal.kind != "moved" && proposal.kind != "new" && proposal.kind != "wrong") reader.refuse("kind", "must be missing, moved, new or wrong");
    if (proposal.kind != "new" && proposal.feature_id.empty()) reader.refuse("feature_id", "is missing");
    if (reader.error()) return tl::unexpected(*reader.error());
    const auto layer = service.find_layer(proposal.layer);
    if (!layer) return fail("layer_unknown");
    if (proposal.kind == "new") proposal.feature_id.clear();
    const auto* feature = reader.find("feature");
    if (feature == nullptr) proposal.feature.values.resize(layer->fields.size());
    else {
        TRY_ASSIGN(said, read_feature(*layer, *feature, nullptr));
        proposal.feature = std::move(said);
    }
    proposal.feature.id.clear();
    return proposal;
}

Result<ProposalFilter> read_proposal_filter(const Request& request) {
    ProposalFilter filter;
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    TRY_ASSIGN(kind, http::query_choice(request, "kind", {"missing", "moved", "new", "wrong"}));
    TRY_ASSIGN(state, http::query_choice(request, "state", {"open", "merged", "refused"}));
    TRY_ASSIGN(is_mine, http::query_flag(request, "mine"));
    filter.limit = limit;
    filter.kind = kind;
    filter.state = state;
    filter.is_mine = is_mine.value_or(false);
    filter.layer = query_text(request, "layer");
    filter.feature_id = query_text(request, "feature_id");
    filter.district = query_text(request, "district");
    filter.cursor = query_text(request, "cursor");
    return filter;
}

void add_proposal_routes(const Route& route, const std::shared_ptr<Desk>& desk) {
    route(Method::post, "/api/v1/registry/proposals", "registry.propose|registry.edit", [desk](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(proposal, read_proposal(desk->service, request.body));
        return answer(desk->proposals.add(proposal, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/registry/proposals", "registry.read", [desk](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_proposal_filter(request));
        return answer(desk->proposals.list(filter, viewer, request.language()));
    });
    const auto id_in = [](const Request& request) { return parse_uuid(request.path_values.at("proposal_id")).value_or(Uuid{}); };
    route(Method::get, "/api/v1/registry/proposals/{proposal_id}", "registry.read",
          [desk, id_in](const Request& request, const Viewer& viewer) { return answer(desk->proposals.find(id_in(request), viewer, request.language())); });
    route(Method::put, "/api/v1/registry/proposals/{proposal_id}/decision", "registry.review", [desk, id_in](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const bool agrees = reader.flag("agrees", false);
        const auto words = reader.maybe_words("words", words_max);
        const auto* edited = reader.find("feature");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(desk->proposals.decide(id_in(request), agrees, words, edited == nullptr ? std::nullopt : std::optional(*edited), viewer, request.language()));
    });
}

} // namespace

void RegistryService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    const Route route = [&](Method method, std::string path, const char* permission, Act act) {
        router.add(method, std::move(path), identity.guard(permission, http::answering(problems, std::move(act))), {.body_bytes_max = method == Method::get ? 256u * 1024 : body_bytes_max});
    };
    const auto desk = std::make_shared<Desk>(Desk{*this, *state_, Proposals(*this, *state_)});
    add_layer_routes(route, desk);
    add_proposal_routes(route, desk);
    add_shape_routes(route, *this, version_json);
    add_duty_routes(route, *state_);
    add_photo_routes(route, *this, *state_);
}

} // namespace chengge::registry
