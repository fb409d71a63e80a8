// What the registry fills in, and the faults of a feature: types, M/C/O, lists, codes, parents, geometry.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/time.hpp"
#include "geo/shape_faults.hpp"
#include "registry/registry_state.hpp"

namespace chengge::registry {

namespace {

using Fault = RegistryService::Fault;
using Faults = std::vector<Fault>;

const Value& value_at(const Layer& layer, const Feature& feature, std::string_view field) {
    static const Value none;
    const int at = layer.field_index(field);
    return at < 0 || static_cast<std::size_t>(at) >= feature.values.size() ? none : feature.values[static_cast<std::size_t>(at)];
}

bool is_empty(const Value& value) { return std::holds_alternative<std::monostate>(value); }

// Far from every cell: `locate` would measure how far, which nobody asks here.
bool is_near_a_cell(const grid::GridService& grid, geo::Point point) {
    constexpr double sliver_degrees = 2e-6;
    if (grid.find_cell(point.lon, point.lat) >= 0) return true;
    for (const double east : {-sliver_degrees, 0.0, sliver_degrees})
        for (const double north : {-sliver_degrees, 0.0, sliver_degrees})
            if (grid.find_cell(point.lon + east, point.lat + north) >= 0) return true;
    return false;
}

// Where the feature lies: by it what `filled_with` names is found.
std::optional<grid::Place> place_in(const grid::GridService& grid, const Feature& feature) {
    const auto point = feature.geometry ? place_of(*feature.geometry) : std::nullopt;
    if (!point || !is_near_a_cell(grid, *point)) return std::nullopt;
    auto place = grid.locate(point->lon, point->lat);
    return place ? std::optional(std::move(*place)) : std::nullopt;
}

// Null when a place does not say it.
const std::string* said_by(const std::optional<grid::Place>& place, std::string_view what) {
    if (!place) return nullptr;
    if (what == "cell_code") return &place->cell_code;
    if (what == "community_code") return &place->community_code;
    if (what == "community_name") return &place->community_name;
    if (what == "subdistrict_code") return &place->subdistrict_code;
    if (what == "subdistrict_name") return &place->subdistrict_name;
    if (what == "district_code") return &place->district_code;
    return what == "district_name" ? &place->managing_district_name : nullptr;
}

Words label_of(const Field& field) { return field.label; }

void check_text(const Field& field, const Value& value, Faults& faults) {
    const auto* text = std::get_if<std::string>(&value);
    const auto label = label_of(field);
    const auto add = [&](const char* code, Words words) { faults.push_back({field.name, code, std::move(words)}); };
    if (text == nullptr) return add("not_a_text", {label.zh + "须为文字", label.en + " must be a text"});
    if (!is_utf8(*text)) return add("not_a_text", {label.zh + "不是有效的文字", label.en + " is no valid text"});
    const auto most = static_cast<std::size_t>(field.length_max > 0 ? field.length_max : 1000);
    if (const auto length = count_characters(*text); length > most)
        add("too_long", {fmt::format("{}有 {} 个字，最多 {} 个", label.zh, length, most), fmt::format("{} has {} characters, at most {} are allowed", label.en, length, most)});
}

void check_value(const Field& field, const Value& value, Faults& faults) {
    const auto label = label_of(field);
    const auto add = [&](const char* code, Words words) { faults.push_back({field.name, code, std::move(words)}); };
    switch (field.kind) {
    case FieldKind::text: return check_text(field, value, faults);
    case FieldKind::code: {
        const auto said = text_of(value);
        if (std::ranges::none_of(field.codes, [&](const auto& item) { return item.code == said; }))
            add("not_in_list", {label.zh + "“" + said + "”不在代码表中", label.en + " \"" + said + "\" is not in its list"});
        return;
    }
    case FieldKind::date: {
        const auto* text = std::get_if<std::string>(&value);
        const auto date = text == nullptr ? std::nullopt : parse_date(*text);
        if (!date || format_date(*date) != *text) add("not_a_date", {label.zh + "“" + text_of(value) + "”须为日期，如 2026-01-01", label.en + " must be a date such as 2026-01-01"});
        return;
    }
    case FieldKind::flag: {
        const auto* whole = std::get_if<std::int64_t>(&value);
        if (whole == nullptr || (*whole != 0 && *whole != 1)) add("not_a_flag", {label.zh + "须为是或否", label.en + " must be yes or no"});
        return;
    }
    case FieldKind::integer:
    case FieldKind::number: {
        const auto* whole = std::get_if<std::int64_t>(&value);
        const auto* number = std::get_if<double>(&value);
        const bool fits = field.kind == FieldKind::integer ? whole != nullptr : number != nullptr && std::isfinite(*number);
        if (!fits) return add("not_a_number", {label.zh + (field.kind == FieldKind::integer ? "须为整数" : "须为数字"), label.en + (field.kind == FieldKind::integer ? " must be a whole number" : " must be a number")});
        const double said = whole != nullptr ? static_cast<double>(*whole) : *number;
        if ((field.least != 0 || field.most != 0) && (said < field.least || said > field.most))
            add("out_of_range", {fmt::format("{}须在 {} 到 {} 之间", label.zh, field.least, field.most), fmt::format("{} must be between {} and {}", label.en, field.least, field.most)});
        return;
    }
    }
}

void check_fields(const Layer& layer, const Feature& feature, Faults& faults) {
    for (std::size_t i = 1; i < layer.fields.size(); ++i) {
        const auto& field = layer.fields[i];
        const auto& value = feature.values[i];
        if (!is_empty(value)) {
            check_value(field, value, faults);
            continue;
        }
        bool is_needed = field.need == Need::mandatory;
        if (field.need == Need::conditional && field.needed_when != "changed") {
            const auto equals = field.needed_when.find('=');
            is_needed = text_of(value_at(layer, feature, field.needed_when.substr(0, equals))) == field.needed_when.substr(equals + 1);
        }
        if (is_needed) faults.push_back({field.name, "missing", {"缺少" + field.label.zh, field.label.en + " is missing"}});
    }
}

void check_class(const Layer& layer, const Feature& feature, const FeatureClass*& of, Faults& faults) {
    if (layer.class_field.empty()) return;
    const auto code = text_of(value_at(layer, feature, layer.class_field));
    of = layer.find_class(code);
    if (of == nullptr && !code.empty()) faults.push_back({layer.class_field, "unknown_class", {"没有小类 " + code, "there is no class " + code}});
    if (layer.code_rule == "component")
        if (const auto parsed = parse_component_code(feature.id); parsed && !code.empty() && parsed->class_code != code)
            faults.push_back({layer.id_field, "bad_code", {"标识码中的小类 " + parsed->class_code + " 与小类 " + code + " 不一致", "the class " + parsed->class_code + " in the code is not the class " + code}});
}

bool is_lon_lat(const geo::Box& box) { return box.west >= -180 && box.east <= 180 && box.south >= -90 && box.north <= 90; }

GeometryKind kind_of(const geo::Geometry& geometry) {
    if (std::holds_alternative<geo::Point>(geometry)) return GeometryKind::point;
    if (std::holds_alternative<geo::Line>(geometry) || std::holds_alternative<geo::MultiLine>(geometry)) return GeometryKind::line;
    return GeometryKind::polygon;
}

Words shape_words(const geo::ShapeFault& fault) {
    const auto at = fmt::format("{:.7f},{:.7f}", fault.at.lon, fault.at.lat);
    switch (fault.kind) {
    case geo::ShapeFaultKind::too_few_points: return {"面的点太少，在 " + at, "an area has too few points at " + at};
    case geo::ShapeFaultKind::not_closed: return {"面没有闭合，在 " + at, "an area is not closed at " + at};
    case geo::ShapeFaultKind::crosses_itself: return {"面的边线自相交，在 " + at, "an area crosses itself at " + at};
    case geo::ShapeFaultKind::hole_outside: return {"洞在面外，在 " + at, "a hole lies outside its area at " + at};
    case geo::ShapeFaultKind::no_area: return {"面积为零，在 " + at, "an area has no surface at " + at};
    }
    return {};
}

void check_geometry(const Layer& layer, const Feature& feature, const FeatureClass* of, Faults& faults) {
    const auto wanted = of != nullptr ? of->geometry : layer.geometry;
    const auto add = [&](const char* code, Words words) { faults.push_back({"", code, std::move(words)}); };
    if (!feature.geometry) {
        // A region may be known by name before its outline is.
        if (wanted != GeometryKind::none && layer.code_rule != "region") add("missing", {"缺少位置", "the geometry is missing"});
        return;
    }
    const auto kind = kind_of(*feature.geometry);
    constexpr const char* zh[] = {"无", "点", "线", "面", "任意"};
    constexpr const char* en[] = {"nothing", "a point", "a line", "an area", "anything"};
    if (wanted != GeometryKind::any && kind != wanted)
        return add("wrong_geometry", {std::string("几何须为") + zh[static_cast<int>(wanted)], std::string("the geometry must be ") + en[static_cast<int>(wanted)]});
    const auto box = geo::bounds_of(*feature.geometry);
    if (!is_lon_lat(box)) return add("bad_coordinates", {"坐标不是经纬度", "the coordinates are no degrees"});
    if (kind == GeometryKind::line) {
        const auto is_short = [](const geo::Line& line) { return line.size() < 2; };
        const auto* line = std::get_if<geo::Line>(&*feature.geometry);
        const auto* lines = std::get_if<geo::MultiLine>(&*feature.geometry);
        if ((line != nullptr && is_short(*line)) || (lines != nullptr && (lines->empty() || std::ranges::any_of(*lines, is_short)))) add("bad_shape", {"线至少要有两个点", "a line needs two points"});
        return;
    }
    if (kind != GeometryKind::polygon) return;
    const auto check_area = [&](const geo::Polygon& area) {
        if (const auto fault = geo::find_shape_fault(area)) add("bad_shape", shape_words(*fault));
    };
    if (const auto* area = std::get_if<geo::Polygon>(&*feature.geometry)) return check_area(*area);
    const auto& areas = std::get<geo::MultiPolygon>(*feature.geometry);
    if (areas.empty()) add("bad_shape", {"面是空的", "the area is empty"});
    for (const auto& area : areas) check_area(area);
}

void check_place(const Layer& layer, const Feature& feature, const std::optional<grid::Place>& place, Faults& faults) {
    if (layer.kept_by == "grid" || !feature.geometry || !place_of(*feature.geometry)) return;
    for (std::size_t i = 1; i < layer.fields.size(); ++i) {
        const auto& field = layer.fields[i];
        if (!is_filled_from_place(field) || is_empty(feature.values[i])) continue;
        const auto* found = said_by(place, field.filled_with);
        const auto said = text_of(feature.values[i]);
        if (found == nullptr) {
            faults.push_back({field.name, "outside_city", {"位置不在任何单元网格内，" + field.label.zh + "却写着 " + said, "the place is in no cell, yet " + field.label.en + " says " + said}});
        } else if (*found != said) {
            const bool is_cell = field.filled_with == "cell_code";
            faults.push_back({field.name, is_cell ? "wrong_cell" : "wrong_parent", {field.label.zh + "写着 " + said + "，位置却在 " + *found, field.label.en + " says " + said + ", but the place is in " + *found}});
        }
    }
    const auto* district = said_by(place, "district_code");
    if (const auto county = county_of(layer, feature.id); !county.empty() && district != nullptr && county != *district)
        faults.push_back({layer.id_field, "wrong_county", {"标识码属于 " + county + "，位置却在 " + *district, "the code is of " + county + ", but the place is in " + *district}});
    const bool wants_cell = std::ranges::any_of(layer.fields, [](const Field& field) { return field.filled_with == "cell_code" && field.need == Need::mandatory; });
    if (wants_cell && !place) faults.push_back({"", "outside_city", {"位置不在任何单元网格内", "the place is in no cell"}});
}

void check_old_code(const Layer& layer, const Feature& feature, const EditionMap* editions, Faults& faults) {
    for (const auto& field : layer.fields) {
        if (field.filled_with != "code_2013") continue;
        const auto said = text_of(value_at(layer, feature, field.name));
        if (said.empty()) continue;
        const auto parsed = said.size() == 16 ? parse_component_code(said) : std::nullopt;
        const auto of = parse_component_code(feature.id);
        if (!parsed) faults.push_back({field.name, "bad_code", {field.label.zh + "须为 16 位数字", field.label.en + " must have 16 digits"}});
        else if (editions != nullptr && of && editions->class_2026(parsed->class_code) != of->class_code)
            faults.push_back({field.name, "bad_code", {"2013 版小类 " + parsed->class_code + " 不对应小类 " + of->class_code, "the class " + parsed->class_code + " of 2013 is not the class " + of->class_code}});
    }
}

void check_id(const Layer& layer, const Feature& feature, Faults& faults) {
    if (feature.id.empty()) return; // it will be given one
    if (!follows_rule(layer, feature.id)) faults.push_back({layer.id_field, "bad_code", {"编码 " + feature.id.substr(0, 40) + " 不合规则", "the code " + feature.id.substr(0, 40) + " does not follow its rule"}});
}

// Coordinates and values as they are kept; of areas no point twice, the outer ring counter-clockwise.
Feature as_kept(const Layer& layer, Feature given) {
    auto feature = to_canonical(layer, std::move(given));
    if (!feature.geometry) return feature;
    const auto tidy = [](geo::Polygon& area) {
        if (!geo::find_shape_fault(area)) area = geo::normalise(std::move(area));
    };
    if (auto* area = std::get_if<geo::Polygon>(&*feature.geometry)) tidy(*area);
    if (auto* areas = std::get_if<geo::MultiPolygon>(&*feature.geometry)) std::ranges::for_each(*areas, tidy);
    return feature;
}

// What could not be read back; a point always can.
bool is_unstorable(const std::optional<geo::Geometry>& geometry) {
    if (!geometry) return false;
    if (const auto* point = std::get_if<geo::Point>(&*geometry); point != nullptr && std::isfinite(point->lon) && std::isfinite(point->lat)) return false;
    return !geo::is_storable(*geometry);
}

// Of a feature as it is kept, which lies in `place`.
Faults faults_of(const Layer& layer, const Feature& feature, const std::optional<grid::Place>& place, const EditionMap* editions) {
    Faults faults;
    const FeatureClass* of = nullptr;
    // What cannot be read back is looked at no further.
    if (is_unstorable(feature.geometry)) return {{"", "wrong_geometry", {"图形的点不够，或者边界没有闭合", "the shape has too few points, or an outline is not closed"}}};
    if (feature.id.empty()) faults.push_back({layer.id_field, "missing", {"没有编码，也无法自动编码：请检查位置和小类", "there is no code and none could be given: look at the place and the class"}});
    check_id(layer, feature, faults);
    check_class(layer, feature, of, faults);
    check_fields(layer, feature, faults);
    check_geometry(layer, feature, of, faults);
    if (faults.empty()) check_place(layer, feature, place, faults);
    check_old_code(layer, feature, editions, faults);
    return faults;
}

} // namespace

// Of a feature as it is kept; what is filled in is kept the same way.
void RegistryService::fill(const Layer& layer, Feature& feature, const std::optional<grid::Place>& place, bool is_changed) {
    const auto today = format_date(city_date(state_->parts.clock.now_ms()));
    const auto class_code = layer.class_field.empty() ? std::string() : text_of(value_at(layer, feature, layer.class_field));
    if (feature.id.empty()) {
        const auto* district = said_by(place, "district_code");
        const auto county = layer.code_rule == "cell" ? text_of(value_at(layer, feature, "community_code")) : district != nullptr ? *district : "";
        const bool can_be_coded = layer.code_rule == "cell" ? county.size() == 12 : layer.code_rule != "region" && is_county_code(county) && (layer.code_rule != "component" || layer.find_class(class_code) != nullptr);
        if (can_be_coded)
            if (const auto codes = next_codes(layer, county, class_code, 1); !codes.empty()) feature.id = codes.front();
        if (!feature.values.empty()) feature.values[0] = feature.id;
    }
    for (std::size_t i = 1; i < layer.fields.size(); ++i) {
        const auto& with = layer.fields[i].filled_with;
        auto& value = feature.values[i];
        if (with.empty()) continue;
        if (with == "changed_date" && is_changed) value = today;
        if (!is_empty(value)) continue;
        const auto put = [&](std::string text) { value = to_kind(layer.fields[i].kind, std::move(text)); };
        if (const auto* found = said_by(place, with); found != nullptr && !found->empty()) put(*found);
        else if (with == "community_code" && layer.code_rule == "cell" && feature.id.size() == 15) put(feature.id.substr(0, 12));
        else if (with == "initial_date") put(today);
        else if (with == "class_name") {
            if (const auto* of = layer.find_class(class_code)) put(of->label.zh);
        } else if (with == "code_2013" && state_->parts.editions != nullptr) {
            if (auto code = state_->parts.editions->counterpart(feature.id); !code.empty()) put(std::move(code));
        }
    }
}

Feature RegistryService::filled(const Layer& layer, Feature given, bool is_changed) {
    auto feature = as_kept(layer, std::move(given));
    fill(layer, feature, layer.kept_by == "grid" ? std::nullopt : place_in(state_->parts.grid, feature), is_changed);
    return feature;
}

std::string RegistryService::county_at(const geo::Geometry& geometry) const {
    static const Layer none;
    Feature feature;
    feature.geometry = geometry;
    const auto place = place_in(state_->parts.grid, to_canonical(none, std::move(feature)));
    return place ? place->district_code : "";
}

std::vector<RegistryService::Fault> RegistryService::check(const Layer& layer, const Feature& given) const {
    const auto feature = to_canonical(layer, given);
    // Of a shape that cannot be kept nothing is asked.
    const auto place = layer.kept_by == "grid" || is_unstorable(feature.geometry) ? std::nullopt : place_in(state_->parts.grid, feature);
    return faults_of(layer, feature, place, state_->parts.editions.get());
}

std::vector<RegistryService::Fault> RegistryService::judge(const Layer& layer, Feature& feature, bool is_changed, bool gets_code) {
    feature = as_kept(layer, std::move(feature));
    const auto place = layer.kept_by == "grid" || is_unstorable(feature.geometry) ? std::nullopt : place_in(state_->parts.grid, feature);
    if (gets_code || !feature.id.empty()) fill(layer, feature, place, is_changed);
    return faults_of(layer, feature, place, state_->parts.editions.get());
}

} // namespace chengge::registry
