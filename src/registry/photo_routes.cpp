// HTTP ↔ photographs of features.
#include "http/query.hpp"
#include "registry/photos.hpp"

namespace chengge::registry {

namespace {

using http::Method;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

constexpr std::size_t photos_max = 9; // of one act
constexpr const char* path = "/api/v1/registry/layers/{layer}/features/{feature_id}/photos";

// The layer of the path, when the viewer may do with it what is asked.
Result<std::string> layer_of(const RegistryService& service, const Request& request, const Viewer& viewer, std::string Layer::*permission) {
    const auto layer = service.find_layer(request.path_values.at("layer"));
    if (!layer) return fail("layer_unknown");
    if (!viewer.may((*layer).*permission)) return fail("forbidden");
    return layer->id;
}

} // namespace

void add_photo_routes(const Route& route, RegistryService& service, RegistryService::State& state) {
    const auto photos = std::make_shared<Photos>(service, state);
    route(Method::get, path, "registry.read", [photos, &service](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(is_removed, http::query_flag(request, "removed"));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        PhotoFilter filter;
        TRY_ASSIGN(layer, layer_of(service, request, viewer, is_removed.value_or(false) ? &Layer::edit_permission : &Layer::read_permission));
        filter.layer = layer;
        filter.feature_id = request.path_values.at("feature_id");
        filter.is_removed = is_removed.value_or(false);
        filter.cursor = http::query_text(request, "cursor");
        filter.limit = limit;
        return answer(photos->list(filter, viewer));
    });
    route(Method::post, path, "registry.edit", [photos, &service](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(layer, layer_of(service, request, viewer, &Layer::edit_permission));
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        NewPhotos added{.layer = layer, .feature_id = request.path_values.at("feature_id"), .media = reader.ids("media", photos_max), .words = reader.maybe_words("words", words_max)};
        if (added.media.empty()) reader.refuse("media", "is missing");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(photos->add(added, viewer), 201);
    });
    const auto act_route = [&](const char* name, Result<json::object> (Photos::*act)(const PhotoAct&, const Viewer&)) {
        route(Method::post, std::string(path) + "/{media_id}/" + name, "registry.edit", [photos, &service, act](const Request& request, const Viewer& viewer) -> Result<Response> {
            TRY_ASSIGN(layer, layer_of(service, request, viewer, &Layer::edit_permission));
            TRY_ASSIGN(value, parse_json(request.body));
            JsonReader reader(value);
            const PhotoAct one{.layer = layer, .feature_id = request.path_values.at("feature_id"), .media = parse_uuid(request.path_values.at("media_id")).value_or(Uuid{}), .reason = reader.words("reason", words_max)};
            if (reader.error()) return tl::unexpected(*reader.error());
            return answer(((*photos).*act)(one, viewer));
        });
    };
    act_route("removal", &Photos::remove);
    act_route("restoration", &Photos::restore);
}

} // namespace chengge::registry
