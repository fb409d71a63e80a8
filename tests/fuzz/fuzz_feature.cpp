// Bodies of features: the attributes of a layer, GeoJSON, what is kept of them and written again.
#include <memory>

#include "fuzz.hpp"
#include "registry/feature_store.hpp"

using namespace chengge;
using namespace chengge::registry;

namespace {

const Layer& components() {
    static const auto loaded = load_layers(CHENGGE_SOURCE "/data", "");
    for (const auto& layer : *loaded.layers)
        if (layer.id == "components") return layer;
    std::abort();
}

} // namespace

FUZZ(input) {
    const auto body = parse_json(input);
    if (!body) return;
    const auto& layer = components();
    const auto feature = read_feature(layer, *body, nullptr);
    if (!feature) return;
    const auto kept = to_canonical(layer, *feature);
    ASSERT(kept.values.size() == layer.fields.size());
    // What is kept is kept: once more changes nothing, and a reader of what we write has the same.
    ASSERT(is_same(to_canonical(layer, kept), kept));
    const auto again = read_feature(layer, to_json(layer, kept, true), nullptr);
    ASSERT(again);
    if (kept.geometry) {
        ASSERT(again->geometry && is_same_geometry(to_canonical(layer, *again).geometry, kept.geometry));
        const auto place = place_of(*kept.geometry);
        ASSERT(!place || (place->lon == place->lon && place->lat == place->lat));
        ASSERT(geo::from_wkb(geo::to_wkb(*kept.geometry)).has_value());
    }
    (void)read_feature(layer, *body, &kept);
}
