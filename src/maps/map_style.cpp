#include "maps/map_style.hpp"

#include <algorithm>
#include <map>

#include "maps/layer_tile.hpp"
#include "maps/maps_state.hpp"

namespace chengge::maps {

namespace {

using registry::GeometryKind;
using registry::Layer;
using registry::LayerSnapshot;

// The quiet base: what lies below everything, light and dark.
struct Palette {
    const char *land, *block, *building, *road, *casing, *main_road, *water, *green, *label, *halo, *cluster, *cluster_text;
};
constexpr Palette light{"#F1EFE8", "#E9E6DD", "#DDD8CC", "#FFFFFF", "#D9D4C8", "#FFFDF6", "#C6DCE4", "#D8E6CE", "#5E594F", "#FFFFFF", "#0E5A73", "#FFFFFF"};
constexpr Palette dark{"#181E22", "#1C2328", "#273036", "#323D44", "#1C2328", "#323D44", "#0F212A", "#1B2824", "#A3AFB6", "#181E22", "#7CC1D4", "#08222B"};

std::string style_word(const json::object& style, std::string_view member, std::string otherwise) {
    const auto* value = style.if_contains(member);
    return value && value->is_string() ? std::string(value->as_string()) : otherwise;
}

double number_of(const json::object& style, std::string_view member, double otherwise) {
    const auto* value = style.if_contains(member);
    return value && value->is_number() ? value->to_number<double>() : otherwise;
}

json::array get(std::string_view field) { return {"get", field}; }
json::array by_zoom(double from, double a, double to, double b) { return {"interpolate", json::array{"exponential", 1.5}, json::array{"zoom"}, from, a, to, b}; }

json::object layer_object(std::string id, const char* type, std::string_view source, json::object paint) {
    return {{"id", std::move(id)}, {"type", type}, {"source", source}, {"paint", std::move(paint)}};
}

void add_base(json::object& sources, json::array& layers, const StyleOptions& options) {
    const auto& colours = options.is_dark ? dark : light;
    layers.push_back(json::object{{"id", "land"}, {"type", "background"}, {"paint", json::object{{"background-color", colours.land}}}});
    sources["base"] = json::object{{"type", "geojson"}, {"data", options.base_url + "/api/v1/map/features?layers=block,green,water,building,road,road_main,rail,bridge,coast"}};
    const auto add = [&](const char* name, const char* type, json::object paint, const char* suffix = "") {
        auto object = layer_object(std::string("base/") + name + suffix, type, "base", std::move(paint));
        object["filter"] = json::array{"==", get("layer"), name};
        layers.push_back(std::move(object));
    };
    add("block", "fill", {{"fill-color", colours.block}});
    add("green", "fill", {{"fill-color", colours.green}});
    add("water", "fill", {{"fill-color", colours.water}});
    add("building", "fill", {{"fill-color", colours.building}});
    for (const auto* name : {"road", "road_main"}) {
        const auto is_main = std::string_view(name) == "road_main";
        add(name, "line", {{"line-color", colours.casing}, {"line-width", by_zoom(11, is_main ? 2 : 1, 18, is_main ? 26 : 16)}}, "/casing");
    }
    for (const auto* name : {"road", "road_main"}) {
        const auto is_main = std::string_view(name) == "road_main";
        add(name, "line", {{"line-color", is_main ? colours.main_road : colours.road}, {"line-width", by_zoom(11, is_main ? 1.2 : 0.6, 18, is_main ? 23 : 13)}});
    }
}

// The colour of each feature by its class.
json::value colour_expression(const Layer& layer) {
    const auto own = colour_of(layer, nullptr);
    json::array match{"match", get(layer.class_field)};
    for (const auto& one : layer.classes) {
        const auto colour = colour_of(layer, &one);
        if (colour == own) continue;
        match.push_back(json::value(one.code));
        match.push_back(json::value(colour));
    }
    if (match.size() < 4 || layer.field_index(layer.class_field) < 0) return json::value(own);
    match.push_back(json::value(own));
    return match;
}

// Without an address of glyphs: MapLibre 5.11 and later draws every letter with the reader's own fonts.
json::object name_layer(std::string id, std::string_view source, std::string_view field, const Palette& colours, bool is_along, double size) {
    json::object layout{{"text-field", get(field)}, {"text-font", json::array{"Noto Sans CJK SC"}}, {"text-size", size}};
    if (is_along) layout["symbol-placement"] = "line";
    json::object object{{"id", std::move(id)}, {"type", "symbol"}, {"source", source}, {"layout", std::move(layout)},
                        {"paint", json::object{{"text-color", colours.label}, {"text-halo-color", colours.halo}, {"text-halo-width", 1.4}}}};
    return object;
}

void add_base_names(json::array& layers, const StyleOptions& options) {
    struct Named {
        const char* layer;
        bool is_along;
        double size;
        int zoom_min;
    };
    for (const auto& [layer, is_along, size, zoom_min] : {Named{"road", true, 12, 15}, Named{"road_main", true, 13, 13}, Named{"bridge", true, 13, 14}, Named{"green", false, 12, 14}, Named{"water", false, 14, 12}}) {
        auto object = name_layer(std::string("base/") + layer + "/name", "base", "name", options.is_dark ? dark : light, is_along, size);
        object["minzoom"] = zoom_min;
        object["filter"] = json::array{"all", json::array{"==", get("layer"), layer}, json::array{"!=", json::array{"coalesce", get("name"), ""}, ""}};
        layers.push_back(std::move(object));
    }
}

bool is_cell_like(const Layer& layer) { return layer.kept_by == "grid"; }

class LayerStyle {
public:
    LayerStyle(const Layer& layer, const StyleOptions& options) : layer_(layer), colours_(options.is_dark ? dark : light), colour_(colour_expression(layer)) {}

    void add_areas(json::array& layers) const {
        if (layer_.geometry != GeometryKind::polygon && layer_.geometry != GeometryKind::any) return;
        const auto filter = of_kind("Polygon");
        // Cells and regions are outlines; a filled one would hide the city.
        if (!is_cell_like(layer_)) add(layers, "/fill", "fill", {{"fill-color", colour_}, {"fill-opacity", number_of(layer_.style, "fill_opacity", 0.35)}}, filter);
        json::object paint{{"line-color", colour_}, {"line-width", number_of(layer_.style, "width", 1)}, {"line-opacity", is_cell_like(layer_) ? 0.45 : 0.9}};
        if (is_cell_like(layer_)) paint["line-dasharray"] = json::array{3, 2};
        add(layers, "/outline", "line", std::move(paint), filter);
    }

    void add_lines(json::array& layers) const {
        if (layer_.geometry != GeometryKind::line && layer_.geometry != GeometryKind::any) return;
        add(layers, "/line", "line", {{"line-color", colour_}, {"line-width", number_of(layer_.style, "width", 1.5)}}, of_kind("LineString"));
    }

    void add_points(json::array& layers) const {
        if (layer_.geometry != GeometryKind::point && layer_.geometry != GeometryKind::any) return;
        const auto size = number_of(layer_.style, "size", 5);
        add(layers, "/point", "circle",
            {{"circle-color", colour_}, {"circle-radius", by_zoom(12, size / 3, 18, size)}, {"circle-stroke-color", colours_.halo}, {"circle-stroke-width", 1}},
            {"all", of_kind("Point"), json::array{"!", json::array{"has", "cluster_count"}}});
        add(layers, "/cluster", "circle",
            {{"circle-color", colour_},
             {"circle-opacity", 0.85},
             {"circle-stroke-color", colours_.halo},
             {"circle-stroke-width", 1.5},
             {"circle-radius", json::array{"interpolate", json::array{"linear"}, json::array{"ln", get("cluster_count")}, 0, 6, 4, 9, 9, 15}}},
            {"has", "cluster_count"});
        auto count = name_layer(layer_.id + "/count", layer_.id, "cluster_count", colours_, false, 11);
        count["source-layer"] = layer_.id;
        count["minzoom"] = layer_.zoom_min;
        count["filter"] = json::array{"has", "cluster_count"};
        count["layout"].as_object()["text-field"] = json::array{"to-string", get("cluster_count")};
        count["layout"].as_object()["text-allow-overlap"] = true; // a cluster without its number says nothing; a name gives way
        count["paint"] = json::object{{"text-color", "#FFFFFF"}, {"text-halo-color", colour_of(layer_, nullptr)}, {"text-halo-width", 1}};
        layers.push_back(std::move(count));
    }

    // Of areas that have a name in their tiles, two zooms after they begin to be drawn; of regions one level at a zoom.
    void add_names(json::array& layers) const {
        if (!has_names(layer_)) return;
        auto object = name_layer(layer_.id + "/name", layer_.id, layer_.name_field, colours_, false, 12);
        object["source-layer"] = layer_.id + "_names";
        object["minzoom"] = std::min(layer_.zoom_min + (layer_.code_rule == "region" ? 0 : 2), 18);
        json::array filter{"all", json::array{"!=", json::array{"coalesce", get(layer_.name_field), ""}, ""}};
        if (layer_.code_rule == "region")
            filter.push_back(json::array{"==", get("level"), json::array{"step", json::array{"zoom"}, "city", 10, "district", 13, "subdistrict", 15, "community"}});
        object["filter"] = std::move(filter);
        layers.push_back(std::move(object));
    }

private:
    static json::array of_kind(const char* kind) { return {"==", json::array{"geometry-type"}, kind}; }

    void add(json::array& layers, const char* suffix, const char* type, json::object paint, json::array filter) const {
        auto object = layer_object(layer_.id + suffix, type, layer_.id, std::move(paint));
        object["source-layer"] = layer_.id;
        object["minzoom"] = layer_.zoom_min;
        object["filter"] = std::move(filter);
        layers.push_back(std::move(object));
    }

    const Layer& layer_;
    const Palette& colours_;
    json::value colour_;
};

} // namespace

std::string colour_of(const Layer& layer, const registry::FeatureClass* of) {
    const auto own = style_word(layer.style, "colour", "#0E5A73");
    return of ? style_word(of->style, "colour", own) : own;
}

std::string tile_url(const std::string& base_url, const LayerSnapshot& snapshot) {
    return base_url + "/api/v1/map/tiles/" + snapshot.layer().id + "/" + std::to_string(snapshot.version()) + "/{z}/{x}/{y}.mvt";
}

json::object make_style(const std::vector<std::shared_ptr<const LayerSnapshot>>& snapshots, const StyleOptions& options) {
    json::object sources;
    json::array layers;
    add_base(sources, layers, options);
    for (const auto& snapshot : snapshots) {
        const auto& layer = snapshot->layer();
        if (snapshot->version() == 0) continue; // there is no version yet, so no tile
        json::object source{{"type", "vector"}, {"tiles", json::array{json::value(tile_url(options.base_url, *snapshot))}},
                            {"minzoom", std::min(layer.zoom_min, tile_zoom_deepest)}, {"maxzoom", tile_zoom_deepest}, {"promoteId", layer.id_field}};
        if (const auto box = snapshot->bounds(); box.west <= box.east) source["bounds"] = json::array{box.west, box.south, box.east, box.north};
        sources[layer.id] = std::move(source);
    }
    add_base_names(layers, options);
    for (const auto add : {&LayerStyle::add_areas, &LayerStyle::add_lines, &LayerStyle::add_points, &LayerStyle::add_names})
        for (const auto& snapshot : snapshots)
            if (snapshot->version() > 0) (LayerStyle(snapshot->layer(), options).*add)(layers);
    return {{"version", 8}, {"name", options.language == "en" ? "Map of the city" : "城市地图"}, {"sources", std::move(sources)}, {"layers", std::move(layers)}};
}

json::array legend_of(const LayerSnapshot& snapshot, std::string_view language) {
    const auto& layer = snapshot.layer();
    const auto entry = [&](const Words& label, const registry::FeatureClass* of) {
        const auto symbol = style_word(layer.style, "symbol", layer.geometry == GeometryKind::line ? "line" : layer.geometry == GeometryKind::polygon ? "area" : "dot");
        return json::object{{"label", in(label, language)}, {"symbol", of ? style_word(of->style, "symbol", symbol) : symbol}, {"colour", colour_of(layer, of)}, {"class_code", of ? of->code : ""}};
    };
    json::array entries;
    const auto field = layer.classes.empty() ? -1 : layer.field_index(layer.class_field);
    if (field >= 0) {
        // A class's number is met many times: the text of each is looked up once.
        std::map<std::string, bool, std::less<>> there;
        std::vector<bool> seen;
        for (std::size_t at = 0; at < snapshot.slots(); ++at) {
            if (!snapshot.is_there(at)) continue;
            const auto number = snapshot.value_number(at, field);
            if (number >= 0) {
                if (static_cast<std::size_t>(number) >= seen.size()) seen.resize(static_cast<std::size_t>(number) + 1);
                if (seen[static_cast<std::size_t>(number)]) continue;
                seen[static_cast<std::size_t>(number)] = true;
            }
            if (const auto code = snapshot.text(at, field)) there[std::string(*code)] = true;
        }
        for (const auto& one : layer.classes)
            if (there.contains(one.code)) entries.push_back(entry(one.label, &one));
    }
    if (entries.empty()) entries.push_back(entry(layer.label, nullptr));
    return entries;
}

json::object tile_json(const LayerSnapshot& snapshot, const std::string& url, std::string_view language) {
    const auto& layer = snapshot.layer();
    json::object fields{{"cluster_count", "Number"}};
    for (const auto& field : layer.fields) {
        const auto is_shown = field.name == layer.id_field || (field.is_in_tiles && !field.is_restricted);
        const auto is_number = field.kind == registry::FieldKind::integer || field.kind == registry::FieldKind::number || field.kind == registry::FieldKind::flag;
        if (is_shown) fields[field.name] = is_number ? "Number" : "String";
    }
    json::object object{{"tilejson", "3.0.0"}, {"name", in(layer.label, language)}, {"version", std::to_string(snapshot.version()) + ".0.0"}, {"scheme", "xyz"},
                        {"tiles", json::array{json::value(url)}}, {"minzoom", std::min(layer.zoom_min, tile_zoom_deepest)}, {"maxzoom", tile_zoom_deepest},
                        {"vector_layers", json::array{json::object{{"id", layer.id}, {"description", in(layer.label, language)}, {"fields", std::move(fields)}}}}};
    if (const auto box = snapshot.bounds(); box.west <= box.east) object["bounds"] = json::array{box.west, box.south, box.east, box.north};
    return object;
}

} // namespace chengge::maps
