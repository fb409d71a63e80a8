#include "maps/maps_service.hpp"

#include <algorithm>
#include <numeric>

#include "base/text.hpp"
#include "http/gzip.hpp"
#include "maps/layer_tile.hpp"
#include "maps/map_style.hpp"
#include "maps/maps_state.hpp"

namespace chengge::maps {

using registry::Layer;
using registry::LayerSnapshot;

MapsService::MapsService(MapsParts parts) : state_(std::make_unique<State>(std::move(parts))) {
    state_->parts.registry.on_version([teller = std::weak_ptr(state_->changes), &registry = state_->parts.registry](const std::string& layer, std::int64_t version) {
        const auto changes = teller.lock();
        const auto found = registry.find_layer(layer);
        if (changes && found) changes->tell(*found, version);
    });
}

MapsService::~MapsService() = default;

BaseMaps& MapsService::base_maps() { return state_->base_maps; }

std::string_view geometry_name(registry::GeometryKind kind) {
    constexpr std::string_view names[] = {"none", "point", "line", "polygon", "any"};
    return names[static_cast<int>(kind)];
}

std::vector<std::shared_ptr<const LayerSnapshot>> MapsService::State::readable(const identity::Viewer& viewer) const {
    std::vector<std::shared_ptr<const LayerSnapshot>> found;
    for (const auto& layer : parts.registry.layers())
        if (layer.geometry != registry::GeometryKind::none && may_read(viewer, layer)) found.push_back(parts.registry.snapshot(layer.id));
    return found;
}

json::array MapsService::State::legend(const LayerSnapshot& snapshot, const std::string& language) {
    const auto key = snapshot.layer().id + "/" + language;
    {
        const std::scoped_lock lock(legend_mutex);
        if (const auto found = legends.find(key); found != legends.end() && found->second.first == snapshot.version()) return found->second.second;
    }
    auto made = legend_of(snapshot, language);
    const std::scoped_lock lock(legend_mutex);
    legends[key] = {snapshot.version(), made};
    return made;
}

std::string MapsService::State::base_url(const http::Request& request) const {
    const std::string host(request.header("Host"));
    const auto is_plain = !host.empty() && host.size() < 256 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == ':' || c == '-' || c == '[' || c == ']';
    });
    if (!is_plain) return parts.public_url;
    return (request.header("X-Forwarded-Proto") == "https" ? "https://" : "http://") + host;
}

Result<std::shared_ptr<const LayerSnapshot>> MapsService::State::snapshot(std::string_view layer, std::int64_t version) const {
    const auto now = parts.registry.snapshot(layer);
    if (!now) return fail("layer_unknown");
    if (version == now->version()) return now;
    if (version > now->version() || version < 1) return fail("version_not_found");
    return parts.registry.snapshot_at(layer, version);
}

Result<std::string> MapsService::State::raw_tile(std::string_view layer, std::int64_t version, geo::TileId tile, bool is_whole, const std::vector<std::string>& without) const {
    if (!tile.is_valid() || (is_whole && (tile.z < 12 || tile.z > 18))) return fail("tile_not_found");
    TRY_ASSIGN(found, snapshot(layer, version));
    if (!is_whole && tile.z < found->layer().zoom_min) return std::string();
    if (is_whole && count_in_tile(*found, tile) > whole_features_most) return fail("tile_too_dense", {{"most", std::to_string(whole_features_most)}});
    LayerTileOptions options;
    options.is_whole = is_whole;
    options.without = without;
    if (tile.z < tile_zoom_deepest) options.features_most = calm_features_most;
    return make_layer_tile(*found, tile, options);
}

std::string TileAsked::key() const {
    return layer + "/" + std::to_string(version) + "/" + std::to_string(tile.z) + "/" + std::to_string(tile.x) + "/" + std::to_string(tile.y) +
           (is_whole ? "/whole" : without.empty() ? "" : "/without:" + join(without, ","));
}

Result<std::shared_ptr<const std::string>> MapsService::tile(std::string_view layer, std::int64_t version, geo::TileId tile, bool is_whole, const std::vector<std::string>& without) {
    const auto key = TileAsked{std::string(layer), version, tile, is_whole, true, without}.key();
    // Versions in the cache were in force when they came to it, and are the same for ever.
    if (auto kept = state_->cache.find(key)) return kept;
    TRY_ASSIGN(raw, state_->raw_tile(layer, version, tile, is_whole, without));
    auto made = std::make_shared<const std::string>(raw.empty() ? raw : http::gzip(raw));
    state_->cache.put(key, made);
    return std::shared_ptr<const std::string>(std::move(made));
}

namespace {


}

http::Response packed_tile_answer(std::shared_ptr<const std::string> gzipped) {
    if (gzipped->empty()) return http::Response::empty();
    http::Response answer;
    answer.shared_body = std::move(gzipped);
    return std::move(answer.with("Content-Type", tile_type).with("Content-Encoding", "gzip"));
}

Result<http::Response> tile_answer(MapsService& service, const MapsService::State& state, const TileAsked& asked) {
    if (!asked.is_gzip) {
        TRY_ASSIGN(raw, state.raw_tile(asked.layer, asked.version, asked.tile, asked.is_whole, asked.without));
        return raw.empty() ? http::Response::empty() : http::Response::text(std::move(raw), tile_type);
    }
    TRY_ASSIGN(bytes, service.tile(asked.layer, asked.version, asked.tile, asked.is_whole, asked.without));
    return packed_tile_answer(std::move(bytes));
}

void ChangeTeller::add(std::shared_ptr<http::EventStream> stream, identity::Viewer viewer) {
    const std::scoped_lock lock(mutex_);
    if (!identity_.renew(viewer)) return stream->close();
    listeners_.remove_if([](const Listener& listener) { return !listener.stream->is_open(); });
    listeners_.push_back({std::move(stream), std::move(viewer)});
}

void ChangeTeller::tell(const Layer& layer, std::int64_t version) {
    const std::scoped_lock lock(mutex_);
    const auto id = std::to_string(++told_);
    const auto data = to_json_text(json::object{{"layer", layer.id}, {"version", version}});
    listeners_.remove_if([&](Listener& listener) {
        if (!listener.stream->is_open()) return true;
        auto viewer = identity_.renew(listener.viewer);
        if (!viewer) {
            listener.stream->close();
            return true;
        }
        listener.viewer = std::move(*viewer);
        return may_read(listener.viewer, layer) && !listener.stream->send(id, data);
    });
}

Result<std::shared_ptr<const SortedLayer>> SortedLayers::find(std::string_view layer, std::int64_t version) {
    const auto now = registry_.snapshot(layer);
    if (!now) return fail("layer_unknown");
    if (version == 0) version = now->version();
    {
        const std::scoped_lock lock(mutex_);
        for (auto at = kept_.begin(); at != kept_.end(); ++at) {
            if ((*at)->snapshot->version() != version || (*at)->snapshot->layer().id != layer) continue;
            kept_.splice(kept_.begin(), kept_, at);
            return kept_.front();
        }
    }
    auto sorted = std::make_shared<SortedLayer>();
    sorted->snapshot = now;
    if (version != now->version()) {
        if (version > now->version() || version < 0) return fail("version_not_found");
        TRY_ASSIGN(old, registry_.snapshot_at(layer, version));
        sorted->snapshot = old;
    }
    const auto& snapshot = *sorted->snapshot;
    sorted->order.reserve(snapshot.size());
    for (std::size_t at = 0; at < snapshot.slots(); ++at)
        if (snapshot.is_there(at)) sorted->order.push_back(static_cast<std::uint32_t>(at));
    std::sort(sorted->order.begin(), sorted->order.end(), [&](auto a, auto b) { return snapshot.id(a) < snapshot.id(b); });
    const std::scoped_lock lock(mutex_);
    kept_.push_front(sorted);
    // Of one layer at most four: one that is edited all the time does not push out the others.
    std::size_t own = 0;
    kept_.remove_if([&](const auto& each) { return each->snapshot->layer().id == layer && ++own > 4; });
    if (kept_.size() > kept_most) kept_.pop_back();
    return std::shared_ptr<const SortedLayer>(std::move(sorted));
}

} // namespace chengge::maps
