#include "grid/import_table.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "geo/shape_faults.hpp"

namespace chengge::grid {

namespace {

constexpr std::pair<std::string_view, std::string_view> chinese_names[] = {
    {"编码", "code"},           {"代码", "code"},           {"名称", "name"},
    {"上级编码", "parent_code"}, {"管理区编码", "managed_by_code"}, {"区域类别", "area_class"},
    {"社区编码", "community_code"}, {"启用日期", "initial_date"}, {"级别", "level"},
    {"几何", "wkt"},            {"geometry", "wkt"},        {"WKT", "wkt"}};

std::string column_name(std::string_view given) {
    auto name = std::string(trim(given));
    for (const auto& [from, to] : chinese_names)
        if (name == from) return std::string(to);
    return name;
}

bool is_lon_lat(geo::Point point) { return std::fabs(point.lon) <= 180 && std::fabs(point.lat) <= 90; }

class Loader {
public:
    Loader(ImportTable& table, geo::CoordType coord_type, ImportReport& report)
        : table_(table), coord_type_(coord_type), report_(report) {}

    void load_csv_text(const std::string& text) {
        const auto parsed = parse_csv(text, table_.file);
        if (!parsed) {
            const auto& facts = parsed.error().facts;
            return add(std::atoi(facts.at("line").c_str()), {"不是正确的 CSV：" + facts.at("reason"), "is not CSV: " + facts.at("reason")});
        }
        for (const auto& line : parsed->rows) {
            ImportRow row{.place = line.line};
            for (std::size_t i = 0; i < parsed->header.size(); ++i)
                row.fields[column_name(parsed->header[i])] = trim(line.fields[i]);
            const auto wkt = row.field("wkt");
            if (!wkt.empty()) take_geometry(row, geo::from_wkt(wkt));
            table_.rows.push_back(std::move(row));
        }
    }

    void load_geojson(const std::string& text) {
        table_.is_features = true;
        boost::system::error_code error;
        const auto document = json::parse(text, error);
        const auto* features = !error && document.is_object() ? document.get_object().if_contains("features") : nullptr;
        if (features == nullptr || !features->is_array()) return add(0, {"不是 GeoJSON FeatureCollection", "is not a GeoJSON FeatureCollection"});
        if (!is_geographic(document.get_object())) return;
        int number = 0;
        for (const auto& feature : features->get_array()) {
            ImportRow row{.place = ++number};
            if (feature.is_object()) take_feature(row, feature.get_object());
            else {
                row.is_faulty = true;
                add(number, {"不是要素", "is not a feature"});
            }
            table_.rows.push_back(std::move(row));
        }
    }

private:
    // The old "crs" member tells of projected coordinates, which degrees are not.
    bool is_geographic(const json::object& document) {
        const auto* crs = document.if_contains("crs");
        if (crs == nullptr || crs->is_null()) return true;
        const auto text = to_json_text(*crs);
        for (const auto* known : {"CRS84", "4326", "4490"})
            if (text.find(known) != std::string::npos) return true;
        add(0, {"坐标系须为经纬度(EPSG:4490 或 4326)；请先用 ogr2ogr -t_srs EPSG:4490 转换：" + text, "coordinates must be degrees (EPSG:4490 or 4326); convert with ogr2ogr -t_srs EPSG:4490 first: " + text});
        return false;
    }

    void take_feature(ImportRow& row, const json::object& feature) {
        if (const auto* properties = feature.if_contains("properties"); properties != nullptr && properties->is_object())
            for (const auto& member : properties->get_object()) {
                const auto& value = member.value();
                const auto text = value.is_string() ? std::string(value.get_string()) : value.is_null() ? "" : to_json_text(value);
                row.fields[column_name(std::string_view(member.key()))] = trim(text);
            }
        const auto* geometry = feature.if_contains("geometry");
        if (geometry != nullptr && !geometry->is_null()) take_geometry(row, geo::from_geojson(*geometry));
    }

    void take_geometry(ImportRow& row, const std::optional<geo::Geometry>& geometry) {
        geo::MultiPolygon parts;
        if (geometry && std::holds_alternative<geo::Polygon>(*geometry)) parts = {std::get<geo::Polygon>(*geometry)};
        else if (geometry && std::holds_alternative<geo::MultiPolygon>(*geometry)) parts = std::get<geo::MultiPolygon>(*geometry);
        if (parts.empty()) return spoil(row, {"几何须为面(Polygon 或 MultiPolygon)", "the geometry must be an area (Polygon or MultiPolygon)"});
        for (auto& part : parts) {
            for (const auto& ring : part.rings)
                for (const auto point : ring)
                    if (!is_lon_lat(point))
                        return spoil(row, {"坐标不是经纬度：" + fmt::format("{},{}", point.lon, point.lat) + "；投影坐标请先用 ogr2ogr -t_srs EPSG:4490 转换",
                                           "not degrees: " + fmt::format("{},{}", point.lon, point.lat) + "; convert projected coordinates with ogr2ogr -t_srs EPSG:4490 first"});
            if (const auto fault = geo::find_shape_fault(part)) return spoil(row, geo::describe(*fault));
            for (auto& ring : part.rings)
                for (auto& point : ring) point = geo::to_cgcs2000(point, coord_type_);
            row.outline.push_back(geo::normalise(std::move(part)));
        }
    }

    void spoil(ImportRow& row, Words words) {
        row.is_faulty = true;
        row.outline.clear();
        add(row.place, std::move(words));
    }

    void add(int place, Words words) { report_.faults.push_back(table_.fault(place, std::move(words))); }

    ImportTable& table_;
    geo::CoordType coord_type_;
    ImportReport& report_;
};

} // namespace

ImportTable load_import_table(const std::string& file, geo::CoordType coord_type, ImportReport& report) {
    ImportTable table{.file = file};
    const auto text = load_file(file);
    if (!text) {
        report.faults.push_back(table.fault(0, {"读不到文件：" + text.error().facts.at("reason"), "cannot be read: " + text.error().facts.at("reason")}));
        return table;
    }
    if (!is_utf8(*text)) {
        report.faults.push_back(table.fault(0, {"不是 UTF-8 编码；Excel 请另存为“CSV UTF-8(逗号分隔)”", "is not UTF-8; in Excel save as \"CSV UTF-8\""}));
        return table;
    }
    Loader loader(table, coord_type, report);
    const auto lower = to_lower_ascii(file);
    if (lower.ends_with(".geojson") || lower.ends_with(".json")) loader.load_geojson(*text);
    else loader.load_csv_text(*text);
    report.rows = static_cast<int>(table.rows.size());
    return table;
}

} // namespace chengge::grid
