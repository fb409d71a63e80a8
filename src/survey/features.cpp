#include "survey/features.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/time.hpp"
#include "geo/shape_faults.hpp"

namespace chengge::survey {

using registry::FieldKind;
using registry::GeometryKind;

namespace {

std::optional<double> read_number(std::string_view text) {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<std::int64_t> read_whole(std::string_view text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec == std::errc() && read.ptr == text.data() + text.size() && !text.empty()) return value;
    const auto number = read_number(text); // 12.000 of a shapefile
    if (!number || *number != std::floor(*number) || std::fabs(*number) > 9e15) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

std::optional<bool> read_flag(std::string_view text) {
    const auto plain = to_lower_ascii(text);
    for (const auto* yes : {"1", "true", "t", "yes", "y", "是", "有"})
        if (plain == yes) return true;
    for (const auto* no : {"0", "false", "f", "no", "n", "否", "无"})
        if (plain == no) return false;
    return std::nullopt;
}

// The code of a list's item by its code or either label; nothing when it is none of them.
const registry::CodeItem* find_item(const registry::Field& field, std::string_view text) {
    for (const auto& item : field.codes)
        if (item.code == text || item.label.zh == text || item.label.en == text) return &item;
    return nullptr;
}

const registry::FeatureClass* find_class(const registry::Layer& layer, std::string_view text) {
    if (const auto* found = layer.find_class(text)) return found;
    for (const auto& one : layer.classes)
        if (one.label.zh == text || one.label.en == text) return &one;
    return nullptr;
}

std::string list_of(const registry::Field& field) {
    std::string text;
    for (std::size_t i = 0; i < field.codes.size() && i < 8; ++i) text += (i == 0 ? "" : "、") + field.codes[i].label.zh;
    return text + (field.codes.size() > 8 ? "…" : "");
}

Words kind_words(GeometryKind kind) {
    switch (kind) {
    case GeometryKind::point: return {"点", "a point"};
    case GeometryKind::line: return {"线", "a line"};
    case GeometryKind::polygon: return {"面", "an area"};
    default: return {"图形", "a geometry"};
    }
}

GeometryKind kind_of(const geo::Geometry& geometry) {
    if (std::holds_alternative<geo::Point>(geometry)) return GeometryKind::point;
    if (std::holds_alternative<geo::Line>(geometry) || std::holds_alternative<geo::MultiLine>(geometry)) return GeometryKind::line;
    return GeometryKind::polygon;
}

} // namespace

geo::Point first_point(const geo::Geometry& geometry) {
    if (const auto* point = std::get_if<geo::Point>(&geometry)) return *point;
    if (const auto* line = std::get_if<geo::Line>(&geometry)) return line->empty() ? geo::Point{} : line->front();
    if (const auto* area = std::get_if<geo::Polygon>(&geometry)) return area->rings.empty() || area->rings[0].empty() ? geo::Point{} : area->rings[0].front();
    if (const auto* areas = std::get_if<geo::MultiPolygon>(&geometry)) return areas->empty() ? geo::Point{} : first_point(areas->front());
    const auto& lines = std::get<geo::MultiLine>(geometry);
    return lines.empty() || lines[0].empty() ? geo::Point{} : lines[0].front();
}

void each_point(geo::Geometry& geometry, const std::function<void(std::span<geo::Point>)>& act) {
    const auto area = [&](geo::Polygon& one) {
        for (auto& ring : one.rings) act(ring);
    };
    if (auto* point = std::get_if<geo::Point>(&geometry)) return act(std::span(point, 1));
    if (auto* line = std::get_if<geo::Line>(&geometry)) return act(*line);
    if (auto* one = std::get_if<geo::Polygon>(&geometry)) return area(*one);
    if (auto* areas = std::get_if<geo::MultiPolygon>(&geometry)) return (void)std::ranges::for_each(*areas, area);
    for (auto& line : std::get<geo::MultiLine>(geometry)) act(line);
}

std::optional<std::string> read_date(std::string_view text) {
    int numbers[3] = {0, 0, 0};
    std::size_t part = 0, digits = 0;
    const bool is_plain = text.size() >= 8 && text.find_first_not_of("0123456789") >= 8 && std::ranges::all_of(text.substr(0, 8), [](char one) { return one >= '0' && one <= '9'; });
    if (is_plain && (text.size() == 8 || text[8] == ' ' || text[8] == 'T')) {
        for (std::size_t i = 0; i < 8; ++i) {
            auto& number = numbers[i < 4 ? 0 : i < 6 ? 1 : 2];
            number = number * 10 + (text[i] - '0');
        }
        part = 2, digits = 2;
    } else {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char one = text[i];
            if (one >= '0' && one <= '9' && digits < 4) {
                numbers[part] = numbers[part] * 10 + (one - '0');
                ++digits;
                continue;
            }
            const bool is_mark = one == '-' || one == '/' || one == '.' || text.substr(i).starts_with("年") || text.substr(i).starts_with("月");
            if (part < 2 && is_mark && digits > 0) {
                ++part, digits = 0;
                if (static_cast<unsigned char>(one) >= 0x80) i += 2;
            } else if (part == 2 && digits > 0 && (one == ' ' || one == 'T' || text.substr(i).starts_with("日"))) break;
            else return std::nullopt;
        }
    }
    if (part != 2 || digits == 0 || numbers[0] < 1000) return std::nullopt;
    auto date = fmt::format("{:04}-{:02}-{:02}", numbers[0], numbers[1], numbers[2]);
    if (!parse_date(date)) return std::nullopt;
    return date;
}

FeatureBuilder::FeatureBuilder(const registry::Layer& layer, const registry::LayerSnapshot& in_force, const std::vector<std::string>& header, const Mapping& mapping, const geo::CoordinateSystem& system, Locating locating)
    : layer_(layer), in_force_(in_force), system_(system), header_(header), columns_(layer.fields.size(), -1), places_(find_geometry_columns(header)), locating_(std::move(locating)) {
    if (const auto found = std::ranges::find(header, locating_.column); locating_.find && !locating_.column.empty() && found != header.end()) address_column_ = static_cast<int>(found - header.begin());
    for (const auto& [field, column] : mapping) {
        const auto at = layer.field_index(field);
        const auto found = std::ranges::find(header, column);
        if (at < 0 || found == header.end()) continue;
        columns_[static_cast<std::size_t>(at)] = static_cast<int>(found - header.begin());
        if (field == layer.id_field) id_column_ = columns_[static_cast<std::size_t>(at)];
    }
}

std::string FeatureBuilder::column_of(std::string_view field) const {
    const auto at = layer_.field_index(field);
    const auto column = at < 0 ? -1 : columns_[static_cast<std::size_t>(at)];
    return column < 0 ? "" : header_[static_cast<std::size_t>(column)];
}

void FeatureBuilder::add(BuiltFeature& built, const SourceRow& row, std::string_view field, std::string code, Words words) const {
    const auto at = field.empty() ? -1 : layer_.field_index(field);
    const auto column = at < 0 ? -1 : columns_[static_cast<std::size_t>(at)];
    RowFault fault{.row = row.number, .id = built.feature.id, .field = std::string(field), .code = std::move(code), .words = std::move(words)};
    if (column >= 0) fault.column = header_[static_cast<std::size_t>(column)], fault.value = row.values[static_cast<std::size_t>(column)];
    built.faults.push_back(std::move(fault));
}

void FeatureBuilder::take_value(const SourceRow& row, std::size_t at, BuiltFeature& built) const {
    const auto& field = layer_.fields[at];
    auto text = row.values[static_cast<std::size_t>(columns_[at])];
    // How our own tables keep spreadsheets from running a text.
    if (text.size() > 1 && text[0] == '\'' && std::string_view("=+-@").find(text[1]) != std::string_view::npos) text.erase(0, 1);
    auto& value = built.feature.values[at];
    value = std::monostate{};
    if (text.empty()) return;
    if (field.name == layer_.class_field && !layer_.classes.empty()) {
        if (const auto* found = find_class(layer_, text)) value = found->code;
        else add(built, row, field.name, "not_in_list", {"没有“" + text + "”这个类别", "there is no class " + text});
        return;
    }
    switch (field.kind) {
    case FieldKind::text: value = text; return;
    case FieldKind::integer:
        if (const auto whole = read_whole(text)) value = *whole;
        else add(built, row, field.name, "not_a_number", {"“" + field.label.zh + "”须为整数，现为“" + text + "”", field.label.en + " must be a whole number, not " + text});
        return;
    case FieldKind::number:
        if (const auto number = read_number(text)) value = *number;
        else add(built, row, field.name, "not_a_number", {"“" + field.label.zh + "”须为数字，现为“" + text + "”", field.label.en + " must be a number, not " + text});
        return;
    case FieldKind::date:
        if (auto date = read_date(text)) value = std::move(*date);
        else add(built, row, field.name, "not_a_date", {"“" + field.label.zh + "”须为日期（如 2026-01-31），现为“" + text + "”", field.label.en + " must be a day as 2026-01-31, not " + text});
        return;
    case FieldKind::flag:
        if (const auto flag = read_flag(text)) value = std::int64_t{*flag};
        else add(built, row, field.name, "not_a_flag", {"“" + field.label.zh + "”须为是或否，现为“" + text + "”", field.label.en + " must be yes or no, not " + text});
        return;
    case FieldKind::code:
        if (const auto* item = find_item(field, text)) value = item->code;
        else add(built, row, field.name, "not_in_list", {"“" + field.label.zh + "”须为 " + list_of(field) + " 之一，现为“" + text + "”", field.label.en + " is not one of its list: " + text});
        return;
    }
}

void FeatureBuilder::take_geometry(const SourceRow& row, BuiltFeature& built) const {
    auto shape = read_shape(row, places_);
    if (shape.state == ShapeState::unreadable) return add(built, row, "", "bad_geometry", {"图形或坐标读不出来", "its geometry or coordinates cannot be read"});
    if (shape.state == ShapeState::mixed) return add(built, row, "", "wrong_geometry", {"一行有多个点或混合图形，请拆成单个要素", "several points or a mixed collection in one row; split them"});
    // What is known keeps the place it has: an address is never better.
    const bool is_known = built.feature.geometry.has_value();
    if (shape.state == ShapeState::missing && address_column_ >= 0) return is_known ? void() : take_address(row, built);
    if (shape.state == ShapeState::missing) {
        if (!places_.are_there()) return; // keeps what it has
        built.feature.geometry.reset();
        if (layer_.geometry != GeometryKind::none) add(built, row, "", "no_geometry", {"没有图形或坐标", "it has no geometry"});
        return;
    }
    built.raw = first_point(*shape.geometry);
    each_point(*shape.geometry, [&](std::span<geo::Point> points) { system_.to_cgcs2000(points); });
    bool is_whole = true;
    each_point(*shape.geometry, [&](std::span<geo::Point> points) {
        for (const auto point : points) is_whole = is_whole && std::isfinite(point.lon) && std::isfinite(point.lat) && std::fabs(point.lon) <= 180 && std::fabs(point.lat) <= 90;
    });
    if (!is_whole) return add(built, row, "", "outside_city", {fmt::format("坐标 {:.3f},{:.3f} 按所选坐标系算不出经纬度", built.raw.lon, built.raw.lat), fmt::format("the coordinates {:.3f},{:.3f} give no place in the chosen system", built.raw.lon, built.raw.lat)});
    built.feature.geometry = std::move(shape.geometry);
    built.has_place = true;
    check_kind(row, built);
}

void FeatureBuilder::take_address(const SourceRow& row, BuiltFeature& built) const {
    constexpr double as_good = 0.05, elsewhere_m = 50;
    const auto& text = row.values[static_cast<std::size_t>(address_column_)];
    if (text.empty()) {
        if (layer_.geometry != GeometryKind::none) add(built, row, "", "no_geometry", {"没有图形或坐标，地址也没填", "it has neither a geometry nor an address"});
        return;
    }
    const auto tell = [&](std::string code, Words words) {
        add(built, row, "", std::move(code), std::move(words));
        built.faults.back().column = header_[static_cast<std::size_t>(address_column_)];
        built.faults.back().value = text;
    };
    const auto unsure = [&](Words words) {
        built.is_address_unsure = true;
        tell("address_unsure", std::move(words));
    };
    const auto found = locating_.find(text);
    if (found.empty()) return unsure({"地址“" + text + "”查不到，请补坐标或改地址", "the address " + text + " is not known: give coordinates or mend it"});
    const auto& best = found.front();
    const auto percent = fmt::format("{:.0f}", std::floor(best.score * 100));
    if (best.score < address_score_min || !best.is_place) return unsure({"地址“" + text + "”对不准，最接近“" + best.name + "”（匹配度 " + percent + "），请补坐标或改地址", "the address " + text + " is not sure; the nearest is " + best.name + " (score " + percent + "): give coordinates or mend it"});
    for (std::size_t i = 1; i < found.size(); ++i)
        if (best.score - found[i].score < as_good && geo::distance_m(best.point, found[i].point) > elsewhere_m) return unsure({"地址“" + text + "”不止一处：“" + best.name + "”“" + found[i].name + "”，请补坐标或写明街道、社区", "the address " + text + " is in several places: " + best.name + ", " + found[i].name + ": give coordinates or name its subdistrict"});
    built.feature.geometry = best.point;
    built.raw = best.point;
    built.has_place = true;
    built.address_score = best.score;
    mark_located(built);
    tell("located_by_address", {"没有坐标，按地址“" + text + "”定位到“" + best.name + "”（匹配度 " + percent + "），请抽查", "without coordinates; placed by its address " + text + " at " + best.name + " (score " + percent + ")"});
    built.faults.back().is_blocking = false;
    built.faults.back().at = best.point;
    check_kind(row, built);
}

void FeatureBuilder::mark_located(BuiltFeature& built) const {
    for (std::size_t i = 0; i < layer_.fields.size(); ++i)
        for (const auto& item : layer_.fields[i].codes)
            if (layer_.fields[i].name == "source" && item.code == "address") built.feature.values[i] = item.code;
}

void FeatureBuilder::check_kind(const SourceRow& row, BuiltFeature& built) const {
    auto& geometry = *built.feature.geometry;
    auto wanted = layer_.geometry;
    if (const auto at = layer_.field_index(layer_.class_field); at >= 0 && !layer_.class_field.empty())
        if (const auto* code = std::get_if<std::string>(&built.feature.values[static_cast<std::size_t>(at)]))
            if (const auto* found = layer_.find_class(*code)) wanted = found->geometry;
    if (wanted != GeometryKind::any && wanted != kind_of(geometry)) {
        const auto words = kind_words(wanted);
        add(built, row, "", "wrong_geometry", {"图形须为" + words.zh, "the geometry must be " + words.en});
        built.faults.back().at = first_point(geometry);
        return;
    }
    const auto check = [&](geo::Polygon& area) {
        if (const auto fault = geo::find_shape_fault(area)) {
            add(built, row, "", fault->kind == geo::ShapeFaultKind::crosses_itself ? "crosses_itself" : "bad_geometry", geo::describe(*fault));
            built.faults.back().at = fault->at;
            return;
        }
        area = geo::normalise(std::move(area));
    };
    if (auto* area = std::get_if<geo::Polygon>(&geometry)) check(*area);
    if (auto* areas = std::get_if<geo::MultiPolygon>(&geometry))
        for (auto& area : *areas) check(area);
}

BuiltFeature FeatureBuilder::build(const SourceRow& row) const {
    BuiltFeature built;
    if (id_column_ >= 0) built.feature.id = row.values[static_cast<std::size_t>(id_column_)];
    if (const auto at = built.feature.id.empty() ? std::nullopt : in_force_.find(built.feature.id)) built.feature = in_force_.feature(*at);
    built.feature.values.resize(layer_.fields.size());
    if (row.has_wrong_width)
        add(built, row, "", "wrong_width", {fmt::format("第 {} 行的列数与表头不一致", row.line), fmt::format("line {} has more or fewer fields than the header", row.line)});
    if (row.texts == TextState::unreadable) add(built, row, "", "text_encoding", {"有文字既不是 UTF-8 也不是 GBK，读出来是乱码", "a text is neither UTF-8 nor GBK"});
    if (row.texts == TextState::other_encoding) {
        add(built, row, "", "other_encoding", {"有文字的编码与文件其他行不同，已按另一种编码读出", "a text is in another encoding than the rest; it was read so"});
        built.faults.back().is_blocking = false;
    }
    for (std::size_t at = 0; at < columns_.size(); ++at)
        if (columns_[at] >= 0) take_value(row, at, built);
    if (layer_.geometry != GeometryKind::none) take_geometry(row, built);
    return built;
}

} // namespace chengge::survey
