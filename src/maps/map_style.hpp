// How layers look: the style that MapLibre draws, legend entries. Colours of the quiet base map and of the layers' own files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "registry/layer_snapshot.hpp"

namespace chengge::maps {

struct StyleOptions {
    std::string base_url; // http://host:port
    std::string language = "zh";
    bool is_dark = false;
};

// A style of version 8 (MapLibre style specification) of the base map and every layer given, areas below lines below points;
// ids of its layers are "<layer>/fill", "/outline", "/line", "/point", "/cluster", "/label".
json::object make_style(const std::vector<std::shared_ptr<const registry::LayerSnapshot>>& layers, const StyleOptions& options);
// [{label, symbol, colour, class_code}]: of layers with classes those that are there, else the layer itself.
json::array legend_of(const registry::LayerSnapshot& snapshot, std::string_view language);
// Where a version's tiles are: …/{z}/{x}/{y}.mvt with the braces left for the reader.
std::string tile_url(const std::string& base_url, const registry::LayerSnapshot& snapshot);
// TileJSON 3.0.
json::object tile_json(const registry::LayerSnapshot& snapshot, const std::string& url, std::string_view language);
// Colour of a layer or class, "#rrggbb".
std::string colour_of(const registry::Layer& layer, const registry::FeatureClass* of);

} // namespace chengge::maps
