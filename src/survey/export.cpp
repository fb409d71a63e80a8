// A layer as a file: features to CSV in memory-bounded pieces, that to its format by ogr2ogr; a shapefile into a zip of its parts.
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/zip.hpp"
#include "survey/kml.hpp"
#include "survey/survey_state.hpp"

namespace chengge::survey {

namespace files = std::filesystem;

using registry::Feature;
using registry::Field;
using registry::FieldKind;
using registry::Layer;
using registry::LayerSnapshot;

namespace {

// A folder of the import's parent that goes with its owner.
class Scratch {
public:
    explicit Scratch(const std::string& parent, std::int64_t now_ms) : path_(parent + "/export-" + format_uuid(make_uuid(now_ms))) { make_folders(path_); }
    ~Scratch() {
        std::error_code ignored;
        files::remove_all(path_, ignored);
    }
    Scratch(const Scratch&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

std::string value_text(const registry::Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number); // the shortest that reads back the same
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return {};
}

// Nine decimals of a degree are below a millimetre, four of a metre are a tenth of one.
void put_point(std::string& out, geo::Point point, bool is_degrees) {
    const int decimals = is_degrees ? 9 : 4;
    fmt::format_to(std::back_inserter(out), "{:.{}f} {:.{}f}", point.lon, decimals, point.lat, decimals);
}

template <class Points>
void put_points(std::string& out, const Points& points, bool is_degrees) {
    out += '(';
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (i > 0) out += ',';
        put_point(out, points[i], is_degrees);
    }
    out += ')';
}

template <class Parts, class Put>
void put_parts(std::string& out, const Parts& parts, Put&& put) {
    out += '(';
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) out += ',';
        put(parts[i]);
    }
    out += ')';
}

std::string wkt_of(const geo::Geometry& geometry, bool is_degrees) {
    std::string out;
    const auto put_line = [&](const auto& points) { put_points(out, points, is_degrees); };
    const auto put_area = [&](const geo::Polygon& area) { put_parts(out, area.rings, put_line); };
    if (const auto* point = std::get_if<geo::Point>(&geometry)) {
        out = "POINT (";
        put_point(out, *point, is_degrees);
        out += ')';
    } else if (const auto* line = std::get_if<geo::Line>(&geometry)) {
        out = "LINESTRING ";
        put_line(*line);
    } else if (const auto* area = std::get_if<geo::Polygon>(&geometry)) {
        out = "POLYGON ";
        put_area(*area);
    } else if (const auto* areas = std::get_if<geo::MultiPolygon>(&geometry)) {
        out = "MULTIPOLYGON ";
        put_parts(out, *areas, put_area);
    } else {
        out = "MULTILINESTRING ";
        put_parts(out, std::get<geo::MultiLine>(geometry), put_line);
    }
    return out;
}

const char* column_type(FieldKind kind, bool is_shapefile) {
    switch (kind) {
    case FieldKind::integer: return is_shapefile ? "Real(20.0)" : "Integer64";
    case FieldKind::number: return is_shapefile ? "Real(30.12)" : "Real";
    case FieldKind::flag: return "Integer";
    default: return "String"; // dates too: every format keeps a text as it is
    }
}

// What one file of a shapefile can hold.
enum class Shapes { points, lines, areas, none };
Shapes shapes_of(const std::optional<geo::Geometry>& geometry) {
    if (!geometry) return Shapes::none;
    if (std::holds_alternative<geo::Point>(*geometry)) return Shapes::points;
    return std::holds_alternative<geo::Line>(*geometry) || std::holds_alternative<geo::MultiLine>(*geometry) ? Shapes::lines : Shapes::areas;
}

class Exporter {
public:
    Exporter(const Layer& layer, const LayerSnapshot& snapshot, const geo::CoordinateSystem& system, const ExportOptions& options) : layer_(layer), snapshot_(snapshot), system_(system), options_(options) {
        for (std::size_t i = 0; i < layer.fields.size(); ++i)
            if (!layer.fields[i].is_restricted || options.shows_restricted) fields_.push_back(i);
    }

    // The features of one kind of shape (nothing: all) as CSV; how many there were. `is_gbk`: the texts in GBK.
    Result<std::int64_t> write_csv(const std::string& path, std::optional<Shapes> only, bool has_geometry, bool is_gbk, bool is_plain) const {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        std::string out = has_geometry ? "WKT" : "";
        for (const auto at : fields_) out += (out.empty() ? "" : ",") + column_name(layer_.fields[at]);
        out += '\n';
        std::int64_t count = 0;
        for (std::size_t at = 0; at < snapshot_.slots(); ++at) {
            if (!snapshot_.is_there(at)) continue;
            const auto feature = snapshot_.feature(at);
            if (only && shapes_of(feature.geometry) != *only) continue;
            put_row(out, feature, has_geometry, is_plain);
            ++count;
            if (out.size() > (1u << 20)) TRY(flush(file, out, is_gbk));
        }
        TRY(flush(file, out, is_gbk));
        file.close();
        if (!file) throw Failure("storage_full", "cannot write " + path);
        return count;
    }

    // One folder of placemarks; the field `name` is what a viewer calls them.
    Result<void> write_kml(const std::string& path) const {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document id=\"root\">\n<Schema id=\"fields\">";
        for (const auto at : fields_)
            if (layer_.fields[at].name != "name") out += "<SimpleField name=\"" + layer_.fields[at].name + "\" type=\"" + kml_type(at) + "\"/>";
        out += "</Schema>\n<Folder id=\"" + layer_.id + "\"><name>" + layer_.id + "</name>\n";
        for (std::size_t at = 0; at < snapshot_.slots(); ++at) {
            if (!snapshot_.is_there(at)) continue;
            put_placemark(out, snapshot_.feature(at));
            if (out.size() > (1u << 20)) TRY(flush(file, out, false));
        }
        out += "</Folder>\n</Document></kml>\n";
        TRY(flush(file, out, false));
        file.close();
        if (!file) throw Failure("storage_full", "cannot write " + path);
        return {};
    }

    std::string types() const {
        std::string out = layer_.geometry == registry::GeometryKind::none ? "" : "\"WKT\"";
        for (const auto at : fields_) out += (out.empty() ? "\"" : ",\"") + std::string(column_type(layer_.fields[at].kind, options_.format == "shp")) + "\"";
        return out + "\n";
    }

    bool has(Shapes shapes) const {
        for (std::size_t at = 0; at < snapshot_.slots(); ++at)
            if (snapshot_.is_there(at) && shapes_of(snapshot_.geometry(at)) == shapes) return true;
        return false;
    }

private:
    // A shapefile's columns have ten letters: the standard's abbreviations.
    std::string column_name(const Field& field) const { return options_.format == "shp" ? field.short_name : field.name; }

    // Whole numbers that a reader's 32 bits do not hold go as text, which every reader keeps.
    const char* kml_type(std::size_t field) const {
        switch (layer_.fields[field].kind) {
        case FieldKind::number: return "double";
        case FieldKind::flag: return "int";
        case FieldKind::integer: break;
        default: return "string";
        }
        for (std::size_t at = 0; at < snapshot_.slots(); ++at) {
            if (!snapshot_.is_there(at)) continue;
            const auto value = snapshot_.value(at, static_cast<int>(field));
            if (const auto* whole = std::get_if<std::int64_t>(&value); whole != nullptr && *whole != static_cast<std::int32_t>(*whole)) return "string";
        }
        return "int";
    }

    void put_placemark(std::string& out, const Feature& feature) const {
        out += "<Placemark>";
        std::string data;
        for (const auto at : fields_) {
            const auto text = value_text(feature.values[at]);
            if (text.empty()) continue;
            const bool is_name = layer_.fields[at].name == "name";
            auto& into = is_name ? out : data;
            into += is_name ? "<name>" : "<SimpleData name=\"" + layer_.fields[at].name + "\">";
            put_xml(into, text);
            into += is_name ? "</name>" : "</SimpleData>";
        }
        if (!data.empty()) out += "<ExtendedData><SchemaData schemaUrl=\"#fields\">" + data + "</SchemaData></ExtendedData>";
        if (feature.geometry) {
            auto geometry = *feature.geometry;
            each_point(geometry, [&](std::span<geo::Point> points) { system_.from_cgcs2000(points); });
            put_kml_geometry(out, geometry);
        }
        out += "</Placemark>\n";
    }

    void put_row(std::string& out, const Feature& feature, bool has_geometry, bool is_plain) const {
        bool is_first = true;
        if (has_geometry) {
            is_first = false;
            if (feature.geometry) {
                auto geometry = *feature.geometry;
                each_point(geometry, [&](std::span<geo::Point> points) { system_.from_cgcs2000(points); });
                out += '"' + wkt_of(geometry, system_.is_degrees()) + '"';
            }
        }
        for (const auto at : fields_) {
            if (!is_first) out += ',';
            is_first = false;
            const auto text = value_text(feature.values[at]);
            out += is_plain || !std::holds_alternative<std::string>(feature.values[at]) ? quoted(text) : csv_field(text);
        }
        out += '\n';
    }

    // For ogr2ogr, which runs no formulas: every text exactly as it is.
    static std::string quoted(std::string_view text) {
        if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
        std::string out = "\"";
        for (const char one : text) {
            out += one;
            if (one == '"') out += '"';
        }
        return out + '"';
    }

    static Result<void> flush(std::ofstream& file, std::string& out, bool is_gbk) {
        if (is_gbk) {
            const auto converted = to_gbk(out);
            if (!converted) return fail("survey_not_in_encoding");
            file << *converted;
        } else file << out;
        if (!file) throw Failure("storage_full", "cannot write an export");
        out.clear();
        return {};
    }

    const Layer& layer_;
    const LayerSnapshot& snapshot_;
    const geo::CoordinateSystem& system_;
    const ExportOptions& options_;
    std::vector<std::size_t> fields_;
};

void add_to_zip(ZipWriter& zip, const std::string& folder, const std::string& stem, const std::string& name, const std::string& prj) {
    for (const auto* part : {"shp", "shx", "dbf", "cpg"})
        if (const auto bytes = load_file(folder + "/" + stem + "." + part)) zip.add(name + "." + part, *bytes);
    if (!prj.empty()) zip.add(name + ".prj", prj);
}

// A shapefile holds shapes of one kind: a layer of several comes as one for each.
Result<void> write_shapefiles(const Exporter& exporter, const Layer& layer, const geo::CoordinateSystem& system, const ExportOptions& options, const std::string& folder, const std::string& path, std::int64_t now_ms) {
    const auto encoding = options.encoding == "gbk" ? "GBK" : "UTF-8";
    struct Kind {
        Shapes shapes;
        const char *suffix, *geometry;
    };
    constexpr Kind kinds[] = {{Shapes::points, "points", "POINT"}, {Shapes::lines, "lines", "LINESTRING"}, {Shapes::areas, "areas", "POLYGON"}, {Shapes::none, "unplaced", "NONE"}};
    std::vector<const Kind*> present;
    for (const auto& kind : kinds)
        if (exporter.has(kind.shapes)) present.push_back(&kind);
    if (present.empty()) present.push_back(layer.geometry == registry::GeometryKind::line ? &kinds[1] : layer.geometry == registry::GeometryKind::polygon ? &kinds[2] : &kinds[0]);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    ZipWriter zip([&](std::string_view bytes) { file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); }, now_ms);
    for (const auto* kind : present) {
        const auto stem = present.size() == 1 ? layer.id : layer.id + "_" + kind->suffix;
        if (options.encoding == "gbk") TRY(exporter.write_csv(folder + "/probe.csv", kind->shapes, false, true, true)); // every text has to be in it
        TRY(exporter.write_csv(folder + "/" + stem + ".csv", kind->shapes, layer.geometry != registry::GeometryKind::none, false, true));
        save_file(folder + "/" + stem + ".csvt", exporter.types());
        const WriteTarget target{.format = Format::shapefile, .file = stem + ".shp", .layer_name = stem, .crs = "", .encoding = encoding, .geometry = kind->geometry, .has_geometry = kind->shapes != Shapes::none};
        TRY(from_csv(folder, stem + ".csv", target, {}));
        add_to_zip(zip, folder, stem, stem, system.prj());
    }
    zip.finish();
    file.close();
    if (!file) throw Failure("storage_full", "cannot write " + path);
    return {};
}

} // namespace

Result<void> SurveyService::export_layer(const std::string& id, const ExportOptions& options, const std::string& path) {
    const auto layer = state_->parts.registry.find_layer(id);
    if (layer == nullptr) return fail("layer_unknown");
    const auto format = parse_format(options.format);
    if (!format || *format == Format::dxf) return fail("bad_argument", {{"argument", "format"}, {"reason", "must be gpkg, geojson, shp, csv or kml"}});
    if (options.encoding != "utf-8" && options.encoding != "gbk") return fail("encoding_unknown");
    TRY_ASSIGN(system, geo::CoordinateSystem::parse(*format == Format::kml || *format == Format::geojson ? "wgs84" : options.crs, state_->systems)); // both formats know nothing else
    TRY_ASSIGN(snapshot, options.version == 0 ? Result<std::shared_ptr<const LayerSnapshot>>(state_->parts.registry.snapshot(id)) : state_->parts.registry.snapshot_at(id, options.version));
    const Exporter exporter(*layer, *snapshot, system, options);
    const auto now_ms = state_->parts.clock.now_ms();
    const bool has_geometry = layer->geometry != registry::GeometryKind::none;
    const Scratch scratch(state_->parts.folder, now_ms);
    const auto& folder = scratch.path();
    if (*format == Format::kml) return exporter.write_kml(path);
    if (*format == Format::shapefile) return write_shapefiles(exporter, *layer, system, options, folder, path, now_ms);
    const auto csv = folder + "/" + layer->id + ".csv";
    TRY(exporter.write_csv(csv, std::nullopt, has_geometry, *format == Format::csv && options.encoding == "gbk", *format != Format::csv));
    auto made = csv;
    if (*format != Format::csv) {
        save_file(csv + "t", exporter.types());
        const std::string file = "out." + options.format;
        const auto& text = system.text();
        const auto epsg = text.starts_with("EPSG:") ? text : system.is_identity() ? (text == "wgs84" || *format != Format::geopackage ? "EPSG:4326" : "EPSG:4490") : "";
        TRY(from_csv(folder, layer->id + ".csv", {.format = *format, .file = file, .layer_name = layer->id, .crs = epsg, .has_geometry = has_geometry}, {}));
        made = folder + "/" + file;
    }
    std::error_code error;
    files::copy_file(made, path, files::copy_options::overwrite_existing, error);
    if (error) throw Failure(error == std::errc::no_space_on_device ? "storage_full" : "temporarily_unavailable", "cannot write " + path + ": " + error.message());
    return {};
}

} // namespace chengge::survey
