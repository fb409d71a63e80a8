// OGC API – Features (Core, GeoJSON, HTML, CRS) and Tiles under /ogc: each address as JSON and as a page.
#include <charconv>

#include "base/text.hpp"
#include "base/time.hpp"
#include "http/gzip.hpp"
#include "maps/layer_tile.hpp"
#include "maps/map_style.hpp"
#include "maps/ogc_pages.hpp"

namespace chengge::maps {

namespace {

using http::Request;
using http::Response;
using identity::Viewer;
using registry::Layer;
using registry::LayerSnapshot;

constexpr const char* geojson_type = "application/geo+json";
constexpr const char* json_type = "application/json";
constexpr const char* tile_matrix_set = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";

const std::vector<std::string>& conformance() {
    static const std::vector<std::string> classes{
        "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",         "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
        "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",         "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",       "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",       "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",        "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",       "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
        "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets", "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt"};
    return classes;
}

std::string encode(std::string_view text) {
    constexpr const char* digits = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char c : text) {
        if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~') out += static_cast<char>(c);
        else out += {'%', digits[c >> 4], digits[c & 15]};
    }
    return out;
}

// One request to the open interfaces: who asks, in which form, in which language.
struct Ask {
    const Request& request;
    MapsService& service;
    MapsService::State& state;
    std::optional<Viewer> viewer;
    bool is_html = false;
    std::string base; // …/ogc
    std::string language;

    std::string say(const char* zh, const char* en) const { return language == "en" ? en : zh; }
    bool may_see(const Layer& layer) const { return layer.is_published && (layer.is_public || (viewer && may_read(*viewer, layer))); }
    json::object link(const std::string& path, const char* rel, const char* type, const std::string& title = "") const {
        json::object object{{"href", path.starts_with("http") ? path : base + path}, {"rel", rel}, {"type", type}};
        if (!title.empty()) object["title"] = title;
        return object;
    }
    // This address and its other form.
    json::array self_links(const std::string& path, const char* type) const {
        const auto other = path + (path.find('?') == std::string::npos ? "?" : "&");
        return {link(other + "f=json", is_html ? "alternate" : "self", type), link(other + "f=html", is_html ? "self" : "alternate", "text/html")};
    }
};

Result<bool> wants_html(const Request& request) {
    const auto f = request.query_value("f").value_or("");
    if (f == "html") return true;
    if (f == "json" || f == "geojson" || f == "mvt" || f == "tilejson") return false;
    if (!f.empty()) return fail("ogc_bad_parameter", {{"name", "f"}});
    const auto accept = request.header("Accept");
    const auto html = accept.find("text/html"), json = std::min(accept.find("json"), accept.find("vnd.mapbox"));
    return html != std::string_view::npos && html < json;
}

// Names of the query beside `f` and `lang` that an address knows.
Result<void> knows_only(const Ask& ask, std::initializer_list<std::string_view> names = {}) {
    for (const auto& [name, value] : ask.request.query)
        if (name != "f" && name != "lang" && std::find(names.begin(), names.end(), name) == names.end()) return fail("ogc_unknown_parameter", {{"name", name}});
    return {};
}

Result<std::shared_ptr<const LayerSnapshot>> collection_of(const Ask& ask) {
    const auto layer = ask.state.parts.registry.find_layer(ask.request.path_values.at("collection"));
    if (!layer || !layer->is_published) return fail("layer_unknown");
    if (!ask.may_see(*layer)) return ask.viewer ? fail("forbidden") : fail("unauthorized");
    return ask.state.parts.registry.snapshot(layer->id);
}

Response html(std::string page) { return Response::text(std::move(page), "text/html; charset=utf-8"); }

Response as_json(const json::value& value, const char* type = json_type) { return Response::text(to_json_text(value), type); }

std::vector<PageLink> path_to(const Ask& ask, int depth, const Layer* layer = nullptr) {
    std::vector<PageLink> path;
    if (depth > 0) path.push_back({ask.base + "?f=html", ask.say("开放数据", "Open data")});
    if (depth > 1) path.push_back({ask.base + "/collections?f=html", ask.say("图层", "Collections")});
    if (depth > 2) path.push_back({ask.base + "/collections/" + layer->id + "?f=html", in(layer->label, ask.language)});
    if (depth > 3) path.push_back({ask.base + "/collections/" + layer->id + "/items?f=html", ask.say("要素", "Features")});
    return path;
}

Result<Response> landing(const Ask& ask) {
    TRY(knows_only(ask));
    const auto title = ask.say("城格 · 开放数据", "Chengge · open data");
    const auto description = ask.say("已发布图层的要素和矢量瓦片，按 OGC API 标准提供。", "Features and vector tiles of the published layers, by the OGC API standards.");
    if (ask.is_html) {
        OgcPage page(title, ask.language, {});
        page.text(description);
        page.links({{ask.base + "/collections?f=html", ask.say("图层", "Collections")}, {ask.base + "/conformance?f=html", ask.say("符合的标准", "Conformance")},
                    {ask.base + "/api?f=html", ask.say("接口说明", "API definition")}, {ask.base + "/tileMatrixSets?f=html", ask.say("瓦片划分", "Tile matrix sets")}});
        return html(page.finish());
    }
    auto links = ask.self_links("", json_type);
    for (auto& each : {ask.link("/api?f=json", "service-desc", "application/vnd.oai.openapi+json;version=3.0"), ask.link("/api?f=html", "service-doc", "text/html"),
                       ask.link("/conformance", "conformance", json_type), ask.link("/conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance", json_type),
                       ask.link("/collections", "data", json_type), ask.link("/collections", "http://www.opengis.net/def/rel/ogc/1.0/data", json_type),
                       ask.link("/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", json_type)})
        links.push_back(each);
    return as_json(json::object{{"title", title}, {"description", description}, {"links", std::move(links)}});
}

Result<Response> conformance_page(const Ask& ask) {
    TRY(knows_only(ask));
    if (ask.is_html) {
        OgcPage page(ask.say("符合的标准", "Conformance"), ask.language, path_to(ask, 1));
        std::vector<PageLink> links;
        for (const auto& each : conformance()) links.push_back({each, each});
        page.links(links);
        return html(page.finish());
    }
    json::array classes;
    for (const auto& each : conformance()) classes.push_back(json::value(each));
    return as_json(json::object{{"conformsTo", std::move(classes)}});
}

json::object collection_json(const Ask& ask, const LayerSnapshot& snapshot) {
    const auto& layer = snapshot.layer();
    const auto path = "/collections/" + layer.id;
    auto links = json::array{ask.link(path + "?f=json", "self", json_type), ask.link(path + "?f=html", "alternate", "text/html")};
    for (auto& each : {ask.link(path + "/items?f=json", "items", geojson_type, in(layer.label, ask.language)), ask.link(path + "/items?f=html", "items", "text/html", in(layer.label, ask.language)),
                       ask.link(path + "/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", json_type)})
        links.push_back(each);
    json::array systems;
    for (const auto& crs : ogc_systems()) systems.push_back(json::value(crs.uri));
    json::object object{{"id", layer.id}, {"title", in(layer.label, ask.language)}, {"description", in(layer.group, ask.language)}, {"itemType", "feature"}, {"links", std::move(links)},
                        {"crs", std::move(systems)}, {"storageCrs", ogc_systems()[1].uri}, {"version", snapshot.version()}, {"numberOfFeatures", static_cast<std::int64_t>(snapshot.size())}};
    if (snapshot.version() > 0) object["updated"] = format_rfc3339(snapshot.changed_ms());
    json::object extent;
    if (const auto box = snapshot.bounds(); box.west <= box.east)
        extent["spatial"] = json::object{{"bbox", json::array{json::array{box.west, box.south, box.east, box.north}}}, {"crs", ogc_systems()[0].uri}};
    object["extent"] = std::move(extent);
    return object;
}

Result<Response> collections(const Ask& ask) {
    TRY(knows_only(ask));
    json::array items;
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> urls;
    for (const auto& layer : ask.state.parts.registry.layers()) {
        if (!ask.may_see(layer)) continue;
        const auto snapshot = ask.state.parts.registry.snapshot(layer.id);
        items.push_back(collection_json(ask, *snapshot));
        rows.push_back({in(layer.label, ask.language), in(layer.group, ask.language), std::to_string(snapshot->size()), snapshot->version() > 0 ? format_rfc3339(snapshot->changed_ms()) : ""});
        urls.push_back(ask.base + "/collections/" + layer.id + "?f=html");
    }
    if (ask.is_html) {
        OgcPage page(ask.say("图层", "Collections"), ask.language, path_to(ask, 1));
        if (rows.empty()) page.text(ask.say("没有可以不登录查看的图层。请先登录。", "No layer may be seen without signing in. Sign in first."));
        page.table({ask.say("图层", "Collection"), ask.say("分组", "Group"), ask.say("要素数", "Features"), ask.say("更新时间", "Updated")}, rows, urls);
        return html(page.finish());
    }
    json::array systems;
    for (const auto& crs : ogc_systems()) systems.push_back(json::value(crs.uri));
    return as_json(json::object{{"links", ask.self_links("/collections", json_type)}, {"collections", std::move(items)}, {"crs", std::move(systems)}});
}

Result<Response> collection(const Ask& ask) {
    TRY(knows_only(ask));
    TRY_ASSIGN(snapshot, collection_of(ask));
    const auto& layer = snapshot->layer();
    if (!ask.is_html) return as_json(collection_json(ask, *snapshot));
    OgcPage page(in(layer.label, ask.language), ask.language, path_to(ask, 2));
    const auto path = ask.base + "/collections/" + layer.id;
    page.links({{path + "/items?f=html", ask.say("要素", "Features")}, {path + "/items?f=json", ask.say("要素（GeoJSON）", "Features (GeoJSON)")}, {path + "/tiles?f=html", ask.say("矢量瓦片", "Vector tiles")}});
    const auto box = snapshot->bounds();
    std::vector<std::pair<std::string, std::string>> facts{{ask.say("要素数", "Features"), std::to_string(snapshot->size())}, {ask.say("版本", "Version"), std::to_string(snapshot->version())}};
    if (snapshot->version() > 0) facts.emplace_back(ask.say("更新时间", "Updated"), format_rfc3339(snapshot->changed_ms()));
    if (box.west <= box.east) facts.emplace_back(ask.say("范围（经纬度）", "Extent"), to_json_text(json::array{box.west, box.south, box.east, box.north}));
    for (const auto& crs : ogc_systems()) facts.emplace_back(ask.say("坐标系", "Coordinate system"), crs.uri);
    page.facts(facts);
    page.heading(ask.say("属性", "Attributes"));
    std::vector<std::vector<std::string>> rows;
    for (const auto& field : layer.fields)
        if (!field.is_restricted) rows.push_back({field.name, in(field.label, ask.language)});
    page.table({ask.say("名称", "Name"), ask.say("说明", "Label")}, rows, {});
    return html(page.finish());
}

// The query of this page again, with another page mark and without what the caller sets itself.
std::string query_again(const Ask& ask, std::initializer_list<std::string_view> without) {
    std::string out;
    for (const auto& [name, value] : ask.request.query)
        if (std::find(without.begin(), without.end(), name) == without.end()) out += (out.empty() ? "?" : "&") + encode(name) + "=" + encode(value);
    return out;
}

Response items_html(const Ask& ask, const SortedLayer& sorted, const ItemsPage& found, const std::string& next) {
    const auto& snapshot = *sorted.snapshot;
    const auto& layer = snapshot.layer();
    OgcPage page(ask.say("要素", "Features"), ask.language, path_to(ask, 3, &layer));
    page.text(in(layer.label, ask.language) + " · " + std::to_string(found.at.size()) + " / " + std::to_string(found.matched));
    page.drawing(snapshot, found.at);
    std::vector<std::string> head, urls;
    std::vector<int> shown;
    for (std::size_t i = 0; i < layer.fields.size() && shown.size() < 8; ++i) {
        if (layer.fields[i].is_restricted) continue;
        shown.push_back(static_cast<int>(i));
        head.push_back(in(layer.fields[i].label, ask.language));
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto at : found.at) {
        rows.emplace_back();
        for (const auto field : shown) rows.back().push_back(text_of(snapshot.value(at, field)));
        urls.push_back(ask.base + "/collections/" + layer.id + "/items/" + encode(snapshot.id(at)) + "?f=html");
    }
    page.table(head, rows, urls);
    std::vector<PageLink> links;
    if (!next.empty()) links.push_back({next, ask.say("下一页", "Next page")});
    links.push_back({ask.base + "/collections/" + layer.id + "/items" + query_again(ask, {"f"}) + (query_again(ask, {"f"}).empty() ? "?" : "&") + "f=json", "GeoJSON"});
    page.links(links);
    return html(page.finish());
}

Result<Response> items(const Ask& ask) {
    TRY_ASSIGN(snapshot, collection_of(ask));
    TRY_ASSIGN(query, read_items_query(ask.request, snapshot->layer()));
    const auto& id = snapshot->layer().id;
    TRY_ASSIGN(sorted, ask.state.sorted.find(id, query.version));
    const auto found = find_items(*sorted, query);
    const auto path = "/collections/" + id + "/items";
    std::string next;
    if (found.has_more) {
        const auto again = query_again(ask, {"page"});
        next = ask.base + path + again + (again.empty() ? "?" : "&") + "page=" + std::to_string(sorted->snapshot->version()) + "." + encode(sorted->snapshot->id(found.at.back()));
    }
    if (ask.is_html) return items_html(ask, *sorted, found, next);
    auto links = ask.self_links(path + query_again(ask, {"f"}), geojson_type);
    if (!next.empty()) links.push_back(ask.link(next, "next", geojson_type));
    links.push_back(ask.link("/collections/" + id, "collection", json_type));
    std::string out = R"({"type":"FeatureCollection","features":[)";
    for (std::size_t i = 0; i < found.at.size(); ++i) {
        if (i > 0) out += ",\n";
        append_feature(out, *sorted->snapshot, found.at[i], *query.crs);
    }
    out += R"(],"links":)" + to_json_text(links) + R"(,"timeStamp":")" + format_rfc3339(ask.state.parts.clock.now_ms()) + R"(","numberMatched":)" + std::to_string(found.matched) +
           R"(,"numberReturned":)" + std::to_string(found.at.size()) + "}";
    return std::move(Response::text(std::move(out), geojson_type).with("Content-Crs", "<" + query.crs->uri + ">"));
}

Result<Response> item(const Ask& ask) {
    TRY(knows_only(ask, {"crs"}));
    TRY_ASSIGN(snapshot, collection_of(ask));
    const auto& layer = snapshot->layer();
    const auto* crs = &ogc_systems()[0];
    if (const auto asked = ask.request.query_value("crs"); asked && (crs = find_ogc_crs(*asked)) == nullptr) return fail("ogc_bad_parameter", {{"name", "crs"}});
    const auto& id = ask.request.path_values.at("feature_id");
    const auto at = snapshot->find(id);
    if (!at) return fail("feature_unknown", {{"id", id}});
    if (ask.is_html) {
        OgcPage page(id, ask.language, path_to(ask, 4, &layer));
        page.drawing(*snapshot, {static_cast<std::uint32_t>(*at)});
        std::vector<std::pair<std::string, std::string>> facts;
        for (std::size_t i = 0; i < layer.fields.size(); ++i)
            if (!layer.fields[i].is_restricted) facts.emplace_back(in(layer.fields[i].label, ask.language), text_of(snapshot->value(*at, static_cast<int>(i))));
        page.facts(facts);
        page.links({{ask.base + "/collections/" + layer.id + "/items/" + encode(id) + "?f=json", "GeoJSON"}});
        return html(page.finish());
    }
    std::string out;
    append_feature(out, *snapshot, *at, *crs);
    auto links = ask.self_links("/collections/" + layer.id + "/items/" + encode(id), geojson_type);
    links.push_back(ask.link("/collections/" + layer.id, "collection", json_type));
    out.pop_back();
    out += R"(,"links":)" + to_json_text(links) + "}";
    return std::move(Response::text(std::move(out), geojson_type).with("Content-Crs", "<" + crs->uri + ">"));
}

json::object matrix_set(const Ask& ask, bool is_whole) {
    json::object object{{"id", "WebMercatorQuad"}, {"title", "Google Maps Compatible for the World"}, {"uri", tile_matrix_set}, {"crs", "http://www.opengis.net/def/crs/EPSG/0/3857"},
                        {"links", ask.self_links("/tileMatrixSets/WebMercatorQuad", json_type)}};
    if (!is_whole) return object;
    constexpr double half = 20037508.3427892, denominator = 559082264.028717;
    json::array matrices;
    for (int z = 0; z <= geo::tile_zoom_most; ++z) {
        const auto side = std::int64_t{1} << z;
        matrices.push_back(json::object{{"id", std::to_string(z)}, {"scaleDenominator", denominator / static_cast<double>(side)}, {"cellSize", 2 * half / 256 / static_cast<double>(side)}, {"cornerOfOrigin", "topLeft"},
                                        {"pointOfOrigin", json::array{-half, half}}, {"tileWidth", 256}, {"tileHeight", 256}, {"matrixWidth", side}, {"matrixHeight", side}});
    }
    object["tileMatrices"] = std::move(matrices);
    return object;
}

Result<Response> matrix_sets(const Ask& ask) {
    TRY(knows_only(ask));
    const auto one = ask.request.path_values.find("matrix_set");
    if (one != ask.request.path_values.end() && one->second != "WebMercatorQuad") return fail("not_found");
    if (ask.is_html) {
        OgcPage page("WebMercatorQuad", ask.language, path_to(ask, 1));
        page.facts({{"URI", tile_matrix_set}, {"CRS", "http://www.opengis.net/def/crs/EPSG/0/3857"}});
        page.links({{ask.base + "/tileMatrixSets/WebMercatorQuad?f=json", "JSON"}});
        return html(page.finish());
    }
    if (one != ask.request.path_values.end()) return as_json(matrix_set(ask, true));
    return as_json(json::object{{"tileMatrixSets", json::array{matrix_set(ask, false)}}, {"links", ask.self_links("/tileMatrixSets", json_type)}});
}

std::string ogc_tile_url(const Ask& ask, const Layer& layer, bool is_tile_json) {
    return ask.base + "/collections/" + layer.id + "/tiles/WebMercatorQuad/" + (is_tile_json ? "{z}/{y}/{x}" : "{tileMatrix}/{tileRow}/{tileCol}") + "?f=mvt";
}

json::object tileset_json(const Ask& ask, const LayerSnapshot& snapshot) {
    const auto& layer = snapshot.layer();
    const auto path = "/collections/" + layer.id + "/tiles/WebMercatorQuad";
    auto links = json::array{ask.link(path + "?f=json", "self", json_type)};
    links.push_back(ask.link("/tileMatrixSets/WebMercatorQuad", "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", json_type));
    auto item = ask.link(ogc_tile_url(ask, layer, false), "item", tile_type);
    item["templated"] = true;
    links.push_back(std::move(item));
    links.push_back(ask.link(path + "?f=tilejson", "describedby", json_type, "TileJSON"));
    return {{"title", in(layer.label, ask.language)}, {"dataType", "vector"}, {"crs", "http://www.opengis.net/def/crs/EPSG/0/3857"}, {"tileMatrixSetURI", tile_matrix_set}, {"links", std::move(links)}};
}

Result<Response> tilesets(const Ask& ask) {
    TRY(knows_only(ask));
    TRY_ASSIGN(snapshot, collection_of(ask));
    const auto& layer = snapshot->layer();
    const auto one = ask.request.path_values.find("matrix_set");
    if (one != ask.request.path_values.end() && one->second != "WebMercatorQuad") return fail("not_found");
    if (ask.request.query_value("f").value_or("") == "tilejson") return as_json(tile_json(*snapshot, ogc_tile_url(ask, layer, true), ask.language));
    if (ask.is_html) {
        OgcPage page(ask.say("矢量瓦片", "Vector tiles"), ask.language, path_to(ask, 3, &layer));
        page.facts({{ask.say("地址", "Address"), ogc_tile_url(ask, layer, true)}, {"TileJSON", ask.base + "/collections/" + layer.id + "/tiles/WebMercatorQuad?f=tilejson"}, {ask.say("划分", "Tile matrix set"), tile_matrix_set}});
        return html(page.finish());
    }
    if (one != ask.request.path_values.end()) return as_json(tileset_json(ask, *snapshot));
    return as_json(json::object{{"tilesets", json::array{tileset_json(ask, *snapshot)}}, {"links", ask.self_links("/collections/" + layer.id + "/tiles", json_type)}});
}

// Without a version in its address a tile is asked about each time it is shown.
Result<Response> tile(const Ask& ask) {
    TRY(knows_only(ask));
    TRY_ASSIGN(snapshot, collection_of(ask));
    const auto number = [&](const char* name) {
        const auto& text = ask.request.path_values.at(name);
        int value = -1;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size() ? value : -1;
    };
    const geo::TileId id{number("matrix"), number("column"), number("row")};
    if (!id.is_valid() || ask.request.path_values.at("matrix_set") != "WebMercatorQuad") return fail("tile_not_found");
    const auto etag = "\"" + snapshot->layer().id + "-" + std::to_string(snapshot->version()) + "-" + std::to_string(id.z) + "-" + std::to_string(id.x) + "-" + std::to_string(id.y) + "\"";
    if (ask.request.header("If-None-Match") == etag) return std::move(Response::empty(304).with("ETag", etag));
    if (snapshot->version() == 0) return std::move(Response::empty().with("ETag", etag));
    const auto is_gzip = http::accepts_encoding(ask.request.header("Accept-Encoding"), "gzip");
    TRY_ASSIGN(answer, tile_answer(ask.service, ask.state, {snapshot->layer().id, snapshot->version(), id, false, is_gzip}));
    return std::move(answer.with("ETag", etag).with("Vary", "Accept-Encoding"));
}

json::object parameter(const char* name, json::object schema, const char* in = "query") {
    return {{"name", name}, {"in", in}, {"required", std::string_view(in) == "path"}, {"schema", std::move(schema)}, {"style", std::string_view(in) == "path" ? "simple" : "form"}, {"explode", false}};
}

json::object operation(const char* summary, const char* type, json::array parameters, const std::string& id) {
    parameters.push_back(parameter("f", {{"type", "string"}}));
    return {{"get", json::object{{"summary", summary}, {"operationId", id}, {"parameters", std::move(parameters)},
                                 {"responses", json::object{{"200", json::object{{"description", "OK"}, {"content", json::object{{type, json::object{{"schema", json::object{{"type", "object"}}}}}, {"text/html", json::object{{"schema", json::object{{"type", "string"}}}}}}}}},
                                                            {"400", json::object{{"description", "A parameter is not known or not written right"}}}, {"401", json::object{{"description", "Only for who has signed in"}}}, {"403", json::object{{"description", "Not for this person"}}},
                                                            {"404", json::object{{"description", "Not there"}}}}}}}};
}

Result<Response> definition(const Ask& ask) {
    TRY(knows_only(ask));
    if (ask.is_html) {
        OgcPage page(ask.say("接口说明", "API definition"), ask.language, path_to(ask, 1));
        page.facts({{"/collections", ask.say("图层列表", "Collections")}, {"/collections/{id}", ask.say("一个图层", "One collection")},
                    {"/collections/{id}/items", "bbox, bbox-crs, crs, datetime, limit, property=value"}, {"/collections/{id}/items/{feature}", "crs"}, {"/collections/{id}/tiles/WebMercatorQuad/{z}/{y}/{x}", "MVT"}});
        page.links({{ask.base + "/api?f=json", "OpenAPI 3.0"}});
        return html(page.finish());
    }
    const auto text = [](const char* name, const char* in = "query") { return parameter(name, {{"type", "string"}}, in); };
    const auto uri = [](const char* name) { return parameter(name, {{"type", "string"}, {"format", "uri"}}); };
    const auto box = json::object{{"type", "array"}, {"minItems", 4}, {"maxItems", 6}, {"items", json::object{{"type", "number"}}}};
    json::object paths;
    paths["/"] = operation("Landing page", json_type, {}, "getLandingPage");
    paths["/conformance"] = operation("Conformance classes", json_type, {}, "getConformance");
    paths["/collections"] = operation("Collections", json_type, {}, "getCollections");
    paths["/tileMatrixSets"] = operation("Tile matrix sets", json_type, {}, "getTileMatrixSets");
    for (const auto& layer : ask.state.parts.registry.layers()) {
        if (!ask.may_see(layer)) continue;
        const auto path = "/collections/" + layer.id;
        paths[path + "/tiles"] = operation("Its tile sets", json_type, {}, "tile_sets_of_" + layer.id);
        paths[path] = operation("The collection", json_type, {}, "describe_" + layer.id);
        json::array query{parameter("limit", {{"type", "integer"}, {"minimum", 1}, {"maximum", ogc_limit_most}, {"default", ogc_limit_default}}), parameter("bbox", box), uri("bbox-crs"), uri("crs"), text("datetime")};
        for (const auto& field : layer.fields)
            if (!field.is_restricted) query.push_back(text(field.name.c_str()));
        paths[path + "/items"] = operation("Features", geojson_type, std::move(query), "get_" + layer.id);
        paths[path + "/items/{featureId}"] = operation("One feature", geojson_type, {text("featureId", "path"), uri("crs")}, "get_one_of_" + layer.id);
        paths[path + "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"] =
            operation("A vector tile", tile_type, {text("tileMatrix", "path"), text("tileRow", "path"), text("tileCol", "path")}, "tile_of_" + layer.id);
    }
    return as_json(json::object{{"openapi", "3.0.3"}, {"info", json::object{{"title", ask.say("城格 · 开放数据", "Chengge · open data")}, {"version", "1.0.0"}}},
                                {"servers", json::array{json::object{{"url", ask.base}}}}, {"paths", std::move(paths)},
                                // Layers that are not open to everybody want a session's token.
                                {"components", json::object{{"securitySchemes", json::object{{"session", json::object{{"type", "http"}, {"scheme", "bearer"}}}}}}},
                                {"security", json::array{json::object{}, json::object{{"session", json::array{}}}}}},
                   "application/vnd.oai.openapi+json;version=3.0");
}

} // namespace

void add_ogc_routes(http::Router& router, const http::Problems& problems, MapsService& service, MapsService::State& state) {
    using Act = Result<Response> (*)(const Ask&);
    const auto get = [&](const char* path, Act act) {
        router.add(http::Method::get, path, [&problems, &service, &state, act](const Request& request) {
            Ask ask{request, service, state, std::nullopt, false, state.base_url(request) + "/ogc", request.language()};
            // A sign-in that has ended is nobody's: what is public stays readable.
            if (auto viewer = state.parts.identity.authenticate(request); viewer && !viewer->must_change_password) ask.viewer = std::move(*viewer);
            auto form = wants_html(request);
            if (!form) return problems.answer(form.error(), request);
            ask.is_html = *form;
            auto result = act(ask);
            if (!result) return problems.answer(result.error(), request);
            for (const auto& [name, value] : result->headers)
                if (name == "Vary") return std::move(result->with("Cache-Control", "private, no-cache"));
            return std::move(result->with("Vary", "Accept, Accept-Language, Accept-Encoding").with("Cache-Control", "private, no-cache"));
        });
    };
    get("/ogc", landing);
    get("/ogc/conformance", conformance_page);
    get("/ogc/api", definition);
    get("/ogc/collections", collections);
    get("/ogc/collections/{collection}", collection);
    get("/ogc/collections/{collection}/items", items);
    get("/ogc/collections/{collection}/items/{feature_id}", item);
    get("/ogc/collections/{collection}/tiles", tilesets);
    get("/ogc/collections/{collection}/tiles/{matrix_set}", tilesets);
    get("/ogc/collections/{collection}/tiles/{matrix_set}/{matrix}/{row}/{column}", tile);
    get("/ogc/tileMatrixSets", matrix_sets);
    get("/ogc/tileMatrixSets/{matrix_set}", matrix_sets);
}

} // namespace chengge::maps
