#include "registry/feature_store.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace chengge::registry {

namespace {

geo::Point to_kept(geo::Point point) { return to_degrees(to_fixed(point)); }

template <class Points>
void keep(Points& points) {
    for (auto& point : points) point = to_kept(point);
}

void keep(geo::Geometry& geometry) {
    if (auto* point = std::get_if<geo::Point>(&geometry)) *point = to_kept(*point);
    else if (auto* line = std::get_if<geo::Line>(&geometry)) keep(*line);
    else if (auto* polygon = std::get_if<geo::Polygon>(&geometry)) {
        for (auto& ring : polygon->rings) keep(ring);
    } else if (auto* areas = std::get_if<geo::MultiPolygon>(&geometry)) {
        for (auto& area : *areas)
            for (auto& ring : area.rings) keep(ring);
    } else {
        for (auto& one : std::get<geo::MultiLine>(geometry)) keep(one);
    }
}

Value value_of(const json::value& value) {
    if (value.is_bool()) return static_cast<std::int64_t>(value.as_bool());
    if (value.is_int64()) return value.as_int64();
    if (value.is_uint64()) return static_cast<double>(value.as_uint64());
    if (value.is_double()) return value.as_double();
    if (value.is_string()) return std::string(value.as_string());
    return {};
}

json::value stored_json(const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* text = std::get_if<std::string>(&value)) return json::value(*text);
    return nullptr;
}

// What follows from the place is found anew where the client does not say it.
void clear_place(const Layer& layer, Feature& feature, const json::value& said) {
    const auto* attributes = said.as_object().if_contains("attributes");
    for (std::size_t i = 1; i < layer.fields.size(); ++i) {
        const auto& field = layer.fields[i];
        const bool is_said = attributes != nullptr && attributes->is_object() && attributes->get_object().contains(field.name);
        if (is_filled_from_place(field) && !is_said) feature.values[i] = {};
    }
}

bool equal(const geo::MultiPolygon& a, const geo::MultiPolygon& b) {
    return std::ranges::equal(a, b, [](const auto& one, const auto& other) { return one.rings == other.rings; });
}

} // namespace

Value to_kind(FieldKind kind, Value value) {
    if (auto* text = std::get_if<std::string>(&value)) {
        const auto trimmed = std::string(trim(*text));
        if (trimmed.empty()) return {};
        if (kind == FieldKind::integer || kind == FieldKind::flag) {
            std::int64_t number = 0;
            const auto read = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
            if (read.ec == std::errc() && read.ptr == trimmed.data() + trimmed.size()) return number;
        } else if (kind == FieldKind::number) {
            double number = 0;
            const auto read = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
            if (read.ec == std::errc() && read.ptr == trimmed.data() + trimmed.size() && std::isfinite(number)) return number;
        }
        if (is_surely_nfc(trimmed)) return trimmed;
        return is_utf8(trimmed) ? to_nfc(trimmed) : trimmed;
    }
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        if (kind == FieldKind::number) return static_cast<double>(*whole);
        if (kind == FieldKind::text || kind == FieldKind::code || kind == FieldKind::date) return std::to_string(*whole);
    }
    if (const auto* number = std::get_if<double>(&value)) {
        if ((kind == FieldKind::integer || kind == FieldKind::flag) && std::floor(*number) == *number && std::fabs(*number) < 9e15) return static_cast<std::int64_t>(*number);
        if (kind == FieldKind::text || kind == FieldKind::code || kind == FieldKind::date) return fmt::format("{}", *number);
    }
    return value;
}

bool is_filled_from_place(const Field& field) {
    const auto& with = field.filled_with;
    return with.starts_with("cell_") || with.starts_with("community_") || with.starts_with("subdistrict_") || with.starts_with("district_");
}

Feature to_canonical(const Layer& layer, Feature feature) {
    if (feature.geometry) keep(*feature.geometry);
    feature.values.resize(layer.fields.size());
    for (std::size_t i = 0; i < feature.values.size(); ++i) feature.values[i] = to_kind(layer.fields[i].kind, std::move(feature.values[i]));
    if (!layer.fields.empty()) feature.values[0] = feature.id;
    return feature;
}

bool is_same_geometry(const std::optional<geo::Geometry>& a, const std::optional<geo::Geometry>& b) {
    if (a.has_value() != b.has_value()) return false;
    if (!a) return true;
    if (a->index() != b->index()) return false;
    if (const auto* polygon = std::get_if<geo::Polygon>(&*a)) return polygon->rings == std::get<geo::Polygon>(*b).rings;
    if (const auto* areas = std::get_if<geo::MultiPolygon>(&*a)) return equal(*areas, std::get<geo::MultiPolygon>(*b));
    if (const auto* point = std::get_if<geo::Point>(&*a)) return *point == std::get<geo::Point>(*b);
    if (const auto* line = std::get_if<geo::Line>(&*a)) return *line == std::get<geo::Line>(*b);
    return std::get<geo::MultiLine>(*a) == std::get<geo::MultiLine>(*b);
}

bool is_same(const Feature& a, const Feature& b) { return a.id == b.id && a.values == b.values && is_same_geometry(a.geometry, b.geometry); }

std::vector<std::string> attribute_keys(const Layer& layer) {
    std::vector<std::string> keys;
    for (const auto& field : layer.fields) keys.push_back(json_quote(field.name) + ":");
    return keys;
}

std::string attributes_text(const Layer& layer, const Feature& feature, const std::vector<std::string>& keys) {
    ASSERT(feature.values.size() == layer.fields.size() && keys.size() == layer.fields.size());
    // Written without a document between: a publication does this for every row.
    std::string out;
    out.reserve(512);
    out += '{';
    for (std::size_t i = 1; i < layer.fields.size(); ++i) {
        const auto& value = feature.values[i];
        if (std::holds_alternative<std::monostate>(value)) continue;
        if (out.size() > 1) out += ',';
        out += keys[i];
        if (const auto* text = std::get_if<std::string>(&value)) out += json_quote(*text);
        else out += to_json_text(stored_json(value));
    }
    out += '}';
    return out;
}

storage::Params feature_params(const Layer& layer, const Feature& feature, std::int64_t version, const std::vector<std::string>& keys) {
    storage::Params params{{"layer", layer.id}, {"id", feature.id}, {"version", version}};
    if (feature.geometry) params.add("geometry", storage::Blob{geo::to_wkb(*feature.geometry)});
    else params.add("geometry", nullptr);
    params.add("attributes", attributes_text(layer, feature, keys));
    return params;
}

Feature read_row(const Layer& layer, const std::string& id, const storage::Rows::Row& row) {
    Feature feature;
    feature.id = id;
    if (!row.is_null("geometry")) {
        feature.geometry = geo::from_wkb(row.bytes("geometry"));
        ASSERT(feature.geometry.has_value());
        keep(*feature.geometry);
    }
    feature.values.resize(layer.fields.size());
    if (!feature.values.empty()) feature.values[0] = id;
    boost::system::error_code error;
    unsigned char room[4096];
    json::monotonic_resource memory(room, sizeof room); // taken and given back at once
    const auto parsed = json::parse(row.text("attributes"), error, &memory);
    ASSERT(!error && parsed.is_object());
    // Fields mostly come in their order; what the layer no longer has is passed over.
    std::size_t next = 1;
    for (const auto& [name, value] : parsed.get_object()) {
        const std::string_view key = name;
        for (std::size_t step = 0; step < layer.fields.size(); ++step) {
            const auto at = (next + step) % layer.fields.size();
            if (layer.fields[at].name != key || at == 0) continue;
            feature.values[at] = to_kind(layer.fields[at].kind, value_of(value));
            next = at + 1;
            break;
        }
    }
    return feature;
}

VersionInfo read_version(const std::string& layer, const storage::Rows::Row& row) {
    VersionInfo info;
    info.layer = layer;
    info.version = row.integer("version");
    info.kind = row.text("kind");
    info.reason = row.text("reason");
    info.source = row.text("source");
    if (!row.is_null("made_by")) info.made_by = uuid_from_raw(row.bytes("made_by"));
    info.made_ms = row.integer("made_ms");
    info.added = row.integer("added");
    info.changed = row.integer("changed");
    info.removed = row.integer("removed");
    info.size = row.integer("size");
    return info;
}

storage::Params version_params(const VersionInfo& info) {
    storage::Params params{{"layer", info.layer}, {"version", info.version}, {"kind", info.kind}, {"reason", info.reason}, {"source", info.source}};
    if (info.made_by) params.add("made_by", storage::Blob{info.made_by->raw()});
    else params.add("made_by", nullptr);
    params.add("made_ms", info.made_ms).add("added", info.added).add("changed", info.changed).add("removed", info.removed).add("size", info.size);
    return params;
}

std::string text_of(const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return "";
}

json::value json_of(const Layer& layer, std::size_t field, const Value& value) {
    if (layer.fields[field].kind == FieldKind::flag)
        if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole != 0;
    return stored_json(value);
}

json::object to_json(const Layer& layer, const Feature& feature, bool shows_restricted, bool with_geometry) {
    json::object attributes;
    for (std::size_t i = 1; i < layer.fields.size(); ++i)
        if (shows_restricted || !layer.fields[i].is_restricted) attributes[layer.fields[i].name] = json_of(layer, i, feature.values[i]);
    json::object object{{"id", feature.id}};
    if (with_geometry) object["geometry"] = feature.geometry ? geo::to_geojson(*feature.geometry) : json::value(nullptr);
    object["attributes"] = std::move(attributes);
    return object;
}

Result<Feature> read_feature(const Layer& layer, const json::value& value, const Feature* old) {
    JsonReader reader(value);
    Feature feature;
    if (old != nullptr) feature = *old;
    feature.values.resize(layer.fields.size());
    if (old == nullptr) feature.id = reader.maybe_text("id", 40).value_or("");
    if (value.is_object() && value.as_object().contains("geometry")) {
        const auto& geometry = value.as_object().at("geometry");
        if (geometry.is_null()) feature.geometry.reset();
        else if (auto parsed = geo::from_geojson(geometry); parsed && geo::is_storable(*parsed)) feature.geometry = std::move(*parsed);
        else reader.refuse("geometry", "must be a geometry of GeoJSON");
    }
    if (const auto* attributes = reader.find("attributes")) {
        if (!attributes->is_object()) reader.refuse("attributes", "must be an object");
        else
            for (const auto& [name, one] : attributes->get_object()) {
                const int at = layer.field_index(std::string_view(name));
                if (at < 0) reader.refuse("attributes", "is no field of the layer");
                else if (one.is_object() || one.is_array()) reader.refuse("attributes", "must be a text or a number");
                else if (at > 0) feature.values[static_cast<std::size_t>(at)] = value_of(one);
            }
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    if (old != nullptr && !is_same_geometry(to_canonical(layer, feature).geometry, old->geometry)) clear_place(layer, feature, value);
    return feature;
}

std::optional<geo::Point> place_of(const geo::Geometry& geometry) {
    if (const auto* point = std::get_if<geo::Point>(&geometry)) return *point;
    const auto middle_of_line = [](const geo::Line& line) -> std::optional<geo::Point> {
        if (line.empty()) return std::nullopt;
        double length = 0;
        for (std::size_t i = 1; i < line.size(); ++i) length += geo::distance_m(line[i - 1], line[i]);
        double left = length / 2;
        for (std::size_t i = 1; i < line.size(); ++i) {
            const double piece = geo::distance_m(line[i - 1], line[i]);
            if (piece >= left && piece > 0) return geo::Point{line[i - 1].lon + (line[i].lon - line[i - 1].lon) * left / piece, line[i - 1].lat + (line[i].lat - line[i - 1].lat) * left / piece};
            left -= piece;
        }
        return line.back();
    };
    const auto middle_of_area = [](const geo::Polygon& polygon) -> std::optional<geo::Point> {
        if (polygon.rings.empty() || polygon.rings.front().size() < 4) return std::nullopt;
        const auto middle = geo::centroid(polygon);
        return geo::contains(polygon, middle) ? middle : polygon.rings.front().front();
    };
    if (const auto* line = std::get_if<geo::Line>(&geometry)) return middle_of_line(*line);
    if (const auto* polygon = std::get_if<geo::Polygon>(&geometry)) return middle_of_area(*polygon);
    if (const auto* areas = std::get_if<geo::MultiPolygon>(&geometry)) {
        if (areas->empty()) return std::nullopt;
        return middle_of_area(*std::ranges::max_element(*areas, {}, [](const auto& one) { return one.rings.empty() ? 0 : geo::area_m2(one); }));
    }
    const auto& lines = std::get<geo::MultiLine>(geometry);
    return lines.empty() ? std::nullopt : middle_of_line(lines.front());
}

} // namespace chengge::registry
