#include "survey/ogr.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <mutex>

#include <unistd.h>

#include "base/text.hpp"
#include "survey/bytes.hpp"
#include "survey/sandbox.hpp"

namespace chengge::survey {

namespace {

struct FormatRow {
    Format format;
    std::string_view name, driver;
};
constexpr FormatRow formats[] = {{Format::shapefile, "shp", "ESRI Shapefile"}, {Format::geopackage, "gpkg", "GPKG"}, {Format::geojson, "geojson", "GeoJSON"},
                                 {Format::dxf, "dxf", "DXF"},                  {Format::kml, "kml", "LIBKML"},       {Format::csv, "csv", "CSV"}};

const FormatRow& row_of(Format format) {
    return *std::ranges::find(formats, format, &FormatRow::format);
}

std::string find_program(const char* name) {
    for (const auto* folder : {"/usr/bin/", "/usr/local/bin/"})
        if (auto path = std::string(folder) + name; access(path.c_str(), X_OK) == 0) return path;
    return {};
}

// Nothing of the server's own environment: no proxies, keys or paths.
std::vector<std::string> plain_environment(const std::string& folder) {
    return {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=" + folder, "TMPDIR=" + folder, "CPL_TMPDIR=" + folder, "GDAL_DRIVER_PATH=disable", "GDAL_NUM_THREADS=1",
            "OGR_GPKG_NUM_THREADS=1", "GDAL_HTTP_MAX_RETRY=0", "CPL_CURL_ENABLE_VSIMEM=NO", "CPL_VSIL_CURL_ALLOWED_EXTENSIONS=.none", "PROJ_NETWORK=OFF", "CPL_LOG_ERRORS=ON", "OGR_SQLITE_LOAD_EXTENSIONS=",
            "GDAL_PAM_ENABLED=NO", "SHAPE_RESTORE_SHX=YES", "LIBKML_RESOLVE_STYLE=NO", "OGR_GEOJSON_MAX_OBJ_SIZE=200", "GDAL_VRT_ENABLE_PYTHON=NO", "SQLITE_FORENSIC_LOG="};
}

// Every driver that GDAL was built with, asked once.
const std::vector<std::string>& all_drivers() {
    static std::once_flag once;
    static std::vector<std::string> names;
    std::call_once(once, [] {
        const auto program = find_program("ogr2ogr");
        if (program.empty()) return;
        const auto list = [](const std::string& path) {
            return path.empty() ? std::string() : run_sandboxed({.program = path, .arguments = {"--formats"}, .environment = plain_environment("/"), .folder = "/", .wall_seconds = 60}).out;
        };
        auto rasters = std::async(std::launch::async, list, find_program("gdalinfo"));
        for (const auto& out : {list(program), rasters.get()}) {
            for (const auto& line : split(out, '\n')) {
                const auto end = line.find(" -");
                if (!line.starts_with("  ") || end == std::string::npos) continue;
                auto name = line.substr(2, end - 2);
                if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
            }
        }
    });
    return names;
}

std::string drivers_off(std::initializer_list<std::string_view> wanted) {
    std::string list;
    for (const auto& name : all_drivers()) {
        if (std::ranges::find(wanted, name) != wanted.end()) continue;
        if (!list.empty()) list += ',';
        list += name;
    }
    return list;
}

// GDAL's own words, one line, without what it says about drivers and places on the disk.
std::string reason_of(const std::string& errors, const std::string& folder) {
    std::string reason;
    for (auto line : split(errors, '\n')) {
        if (line.empty() || line.find("_SKIP") != std::string::npos) continue;
        for (auto at = line.find(folder); at != std::string::npos && !folder.empty(); at = line.find(folder)) line.erase(at, folder.size() + (line.size() > at + folder.size() && line[at + folder.size()] == '/' ? 1 : 0));
        if (line.find("ERROR") == std::string::npos && line.find("FAILURE") == std::string::npos && !reason.empty()) continue;
        if (reason.find("ERROR") == std::string::npos) reason = line;
        if (line.find("ERROR") != std::string::npos) break;
    }
    std::string plain;
    for (const char one : reason) plain += static_cast<unsigned char>(one) < 0x20 ? ' ' : one;
    if (!is_utf8(plain)) return "unreadable";
    return plain.empty() ? "unreadable" : std::string(take_characters(plain, 200));
}

Result<std::string> run(const char* name, const std::string& folder, std::vector<std::string> arguments, std::initializer_list<std::string_view> drivers, const OgrOptions& options) {
    const auto program = find_program(name);
    if (program.empty() || all_drivers().empty()) return fail("gdal_missing");
    SandboxJob job{.program = program, .arguments = std::move(arguments), .environment = plain_environment(folder), .folder = folder,
                   .memory_bytes = options.memory_bytes, .file_bytes = options.file_bytes, .cpu_seconds = options.wall_seconds, .wall_seconds = options.wall_seconds, .is_stopped = options.is_stopped};
    job.environment.push_back("GDAL_SKIP=" + drivers_off(drivers));
    auto outcome = run_sandboxed(job);
    switch (outcome.end) {
    case SandboxEnd::exited: break;
    case SandboxEnd::out_of_time: return fail("survey_out_of_time", {{"minutes", std::to_string(options.wall_seconds / 60)}});
    case SandboxEnd::out_of_memory: return fail("survey_out_of_memory");
    case SandboxEnd::file_too_large: return fail("survey_too_large", {{"gigabytes", std::to_string(options.file_bytes >> 30)}});
    case SandboxEnd::stopped: return fail("survey_stopped");
    case SandboxEnd::not_started: return fail("gdal_missing");
    case SandboxEnd::crashed: return fail("survey_file_broken", {{"reason", "the reader crashed on it"}});
    }
    if (is_disk_full(folder) && outcome.exit_code != 0) return fail("storage_full");
    if (outcome.exit_code != 0) return fail("survey_file_broken", {{"reason", reason_of(outcome.errors, folder)}});
    // Some drivers go on after a broken record: half a file is not the file.
    for (const auto& line : split(outcome.errors, '\n'))
        if (line.starts_with("ERROR ")) {
            if (is_disk_full(folder)) return fail("storage_full");
            return fail("survey_file_broken", {{"reason", reason_of(line, folder)}});
        }
    return std::move(outcome.out);
}

// A name given on a command line is never an option, a prefix of a driver or a virtual file.
std::string path_in(const std::string& folder, const std::string& file) { return folder + "/" + file; }

void add_open_options(std::vector<std::string>& arguments, Format format) {
    if (format == Format::shapefile) arguments.insert(arguments.end(), {"-oo", "ENCODING="}); // bytes as they are: decoded by us
    if (format == Format::geopackage) arguments.insert(arguments.end(), {"-oo", "LIST_ALL_TABLES=NO"});
    if (format == Format::geojson) arguments.insert(arguments.end(), {"-oo", "FLATTEN_NESTED_ATTRIBUTES=NO"});
}

std::vector<SourceLayer> parse_info(const std::string& text) {
    std::vector<SourceLayer> layers;
    bool is_in_crs = false;
    for (const auto& line : split(text, '\n')) {
        if (line.starts_with("Layer name: ")) {
            layers.push_back({.name = line.substr(12)});
            is_in_crs = false;
            continue;
        }
        if (layers.empty()) continue;
        auto& layer = layers.back();
        if (line.starts_with("Geometry: ")) layer.geometry = line.substr(10);
        else if (line.starts_with("Feature Count: ")) layer.features = std::atoll(line.c_str() + 15);
        else if (line.starts_with("Layer SRS WKT:")) is_in_crs = true;
        else if (line.starts_with("Data axis to CRS")) is_in_crs = false;
        else if (is_in_crs) {
            if (line == "(unknown)") is_in_crs = false;
            else layer.crs += line + "\n";
        }
    }
    return layers;
}

} // namespace

std::optional<Format> parse_format(std::string_view text) {
    for (const auto& row : formats)
        if (row.name == text) return row.format;
    return std::nullopt;
}

std::string_view format_name(Format format) { return row_of(format).name; }

std::optional<Format> sniff_format(std::string_view head, std::string_view file_name) {
    const auto name = to_lower_ascii(file_name);
    if (head.starts_with("SQLite format 3")) return Format::geopackage;
    if (head.starts_with("PK\3\4") || head.starts_with("PK\5\6")) return Format::shapefile;
    if (head.starts_with("AutoCAD Binary DXF")) return Format::dxf;
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    while (!head.empty() && (head.front() == ' ' || head.front() == '\n' || head.front() == '\r' || head.front() == '\t')) head.remove_prefix(1);
    if (head.starts_with("<")) return head.find("<kml") != std::string_view::npos && head.find("<OGRVRT") == std::string_view::npos ? std::optional(Format::kml) : std::nullopt;
    if (head.starts_with("{") || head.starts_with("[")) return head.starts_with("{") ? std::optional(Format::geojson) : std::nullopt;
    if (name.ends_with(".dxf")) return Format::dxf;
    if (name.ends_with(".csv") || name.ends_with(".txt")) return head.find('\0') == std::string_view::npos ? std::optional(Format::csv) : std::nullopt;
    return std::nullopt;
}

void find_readers() { (void)all_drivers(); }

Result<std::vector<SourceLayer>> list_layers(const std::string& folder, const std::string& file, Format format, const OgrOptions& options) {
    std::vector<std::string> arguments{"-ro", "-so", "-al", "-nomd"};
    add_open_options(arguments, format);
    arguments.push_back(path_in(folder, file));
    TRY_ASSIGN(text, run("ogrinfo", folder, std::move(arguments), {row_of(format).driver}, options));
    return parse_info(text);
}

Result<void> to_csv(const std::string& folder, const std::string& file, Format format, const std::string& layer, const std::string& out, const OgrOptions& options) {
    std::vector<std::string> arguments{"-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "-dim", "XY", "-nlt", "CONVERT_TO_LINEAR"};
    add_open_options(arguments, format);
    arguments.insert(arguments.end(), {path_in(folder, out), path_in(folder, file)});
    // The file's own word, and never an option.
    if (layer.starts_with('-')) return fail("survey_file_broken", {{"reason", "a layer's name begins with a dash"}});
    arguments.push_back(layer);
    TRY(run("ogr2ogr", folder, std::move(arguments), {row_of(format).driver, "CSV"}, options));
    return {};
}

Result<void> from_csv(const std::string& folder, const std::string& csv, const WriteTarget& target, const OgrOptions& options) {
    std::vector<std::string> arguments{"-f", std::string(row_of(target.format).driver), "-oo", "AUTODETECT_TYPE=NO", "-oo", "KEEP_GEOM_COLUMNS=NO", "-nln", target.layer_name};
    if (!target.crs.empty()) arguments.insert(arguments.end(), {"-a_srs", target.crs});
    if (!target.has_geometry) arguments.insert(arguments.end(), {"-nlt", "NONE"});
    else if (!target.geometry.empty()) arguments.insert(arguments.end(), {"-nlt", target.geometry});
    if (target.format == Format::shapefile) arguments.insert(arguments.end(), {"-lco", "ENCODING=" + target.encoding, "-lco", "RESIZE=NO"});
    if (target.format == Format::geojson) arguments.insert(arguments.end(), {"-lco", "COORDINATE_PRECISION=9", "-lco", "RFC7946=NO"});
    if (target.format == Format::geopackage) arguments.insert(arguments.end(), {"-lco", "FID=fid", "-lco", "GEOMETRY_NAME=geom"});
    arguments.insert(arguments.end(), {path_in(folder, target.file), path_in(folder, csv)});
    TRY(run("ogr2ogr", folder, std::move(arguments), {row_of(target.format).driver, "CSV"}, options));
    return {};
}

} // namespace chengge::survey
