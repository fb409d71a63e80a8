// From an uploaded file to rows: what it is, its layers, its coordinate system, its encoding.
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "base/crash_point.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "survey/survey_state.hpp"
#include "survey/unpack.hpp"

namespace chengge::survey {

namespace files = std::filesystem;

namespace {

constexpr std::size_t column_examples_max = 3;

std::string head_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Failure("temporarily_unavailable", "cannot read " + path);
    std::string head(64u << 10, '\0');
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<std::size_t>(file.gcount()));
    return head;
}

std::string small_file(const std::string& path) {
    std::error_code error;
    if (!files::is_regular_file(path, error) || files::file_size(path, error) > 20'000) return {};
    return load_file(path).value_or("");
}

// The sandbox sees the scratch folder only: the upload is there under a name of ours. A copy where links do not go.
void place_input(const std::string& upload, const std::string& work, const std::string& name) {
    std::error_code error;
    files::create_hard_link(files::canonical(upload), work + "/" + name, error);
    if (!error) return;
    files::copy_file(upload, work + "/" + name, error);
    if (error) throw Failure(error == std::errc::no_space_on_device || is_disk_full(work) ? "storage_full" : "temporarily_unavailable", "cannot place the survey's file: " + error.message());
}

// What ogr2ogr wrote is on the disk before the survey's row says that it was converted.
void sync_file(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_synced = fd >= 0 && fdatasync(fd) == 0;
    if (fd >= 0) close(fd);
    if (!is_synced) throw Failure("temporarily_unavailable", "cannot sync " + path);
}

Result<const SourceLayer*> choose_layer(const std::vector<SourceLayer>& layers, const std::string& wanted, const registry::Layer& layer) {
    std::vector<const SourceLayer*> filled;
    std::vector<std::string> names;
    for (const auto& one : layers) {
        names.push_back(one.name);
        if (!wanted.empty() && one.name == wanted) return &one;
        if (one.features > 0) filled.push_back(&one);
    }
    if (!wanted.empty() || layers.empty()) return fail("survey_layer_missing", {{"names", std::string(take_characters(join(names, ", "), 300))}});
    if (filled.empty()) return fail("survey_file_empty");
    if (filled.size() == 1) return filled.front();
    for (const auto* one : filled)
        if (one->name == layer.id || one->name == layer.label.zh || one->name == layer.label.en) return one;
    return fail("survey_layers_many", {{"names", std::string(take_characters(join(names, ", "), 300))}});
}

Result<void> read_columns(const std::string& rows, Encoding encoding, Found& found) {
    TRY_ASSIGN(reader, RowReader::open(rows, encoding));
    found.header = reader.header();
    found.encoding = encoding_name(reader.encoding());
    found.examples.assign(found.header.size(), {});
    SourceRow row;
    for (int looked = 0; looked < 200 && reader.next(row); ++looked)
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            auto& examples = found.examples[i];
            const auto text = std::string(take_characters(row.values[i], 40));
            if (examples.size() < column_examples_max && !text.empty() && std::ranges::find(examples, text) == examples.end()) examples.push_back(text);
        }
    return {};
}

} // namespace

std::string rows_path(const std::string& upload, const std::string& folder, const Found& found) { return found.format == "csv" ? upload : folder + "/converted/rows.csv"; }

Result<Found> find_out(const std::string& upload, const std::string& folder, const Import& import, const registry::Layer& layer, const OgrOptions& options) {
    const auto work = folder + "/converted";
    files::remove_all(work);
    make_folders(work);
    if (files::file_size(upload) == 0) return fail("survey_file_empty");
    const auto format = sniff_format(head_of(upload), import.file_name);
    if (!format) return fail("survey_format_unknown");
    auto encoding = parse_encoding(import.encoding).value_or(Encoding::automatic);
    Found found{.format = std::string(format_name(*format))};
    if (*format != Format::csv) {
        std::string input = "input." + found.format;
        std::string wanted = import.source_layer;
        if (*format == Format::shapefile) {
            TRY(unpack_shapefile(upload, work, import.source_layer, {}));
            wanted.clear();
            if (encoding == Encoding::automatic) encoding = parse_encoding(small_file(work + "/input.cpg")).value_or(Encoding::automatic);
        } else {
            place_input(upload, work, input);
            if (encoding == Encoding::automatic) encoding = Encoding::utf8;
        }
        TRY_ASSIGN(layers, list_layers(work, input, *format, options));
        found.layers = std::move(layers);
        TRY_ASSIGN(chosen, choose_layer(found.layers, wanted, layer));
        found.layer = chosen->name;
        found.crs = *format == Format::shapefile ? small_file(work + "/input.prj") : chosen->crs;
        found.has_heights = chosen->geometry.starts_with("3D");
        CRASH_POINT("survey.listed");
    }
    found.encoding = encoding_name(encoding);
    return found;
}

Result<void> write_rows(const std::string& folder, const Found& found, const OgrOptions& options) {
    if (found.format == "csv") return {};
    const auto work = folder + "/converted";
    TRY(to_csv(work, "input." + found.format, *parse_format(found.format), found.layer, "rows.csv", options));
    sync_file(work + "/rows.csv");
    sync_folder(work);
    // What was read is not needed any more; the upload itself stays.
    std::error_code ignored;
    for (const auto* part : {"shp", "shx", "dbf", "prj", "cpg", "gpkg", "geojson", "kml", "dxf"}) files::remove(work + "/input." + part, ignored);
    return {};
}

Result<void> read_columns(const std::string& upload, const std::string& folder, Found& found) {
    return read_columns(rows_path(upload, folder, found), parse_encoding(found.encoding).value_or(Encoding::automatic), found);
}

Result<Found> convert(const std::string& upload, const std::string& folder, const Import& import, const registry::Layer& layer, const OgrOptions& options) {
    TRY_ASSIGN(found, find_out(upload, folder, import, layer, options));
    TRY(write_rows(folder, found, options));
    TRY(read_columns(upload, folder, found));
    return found;
}

json::value to_json(const Found& found) {
    json::array layers, columns;
    for (const auto& one : found.layers) layers.push_back(json::object{{"name", one.name}, {"geometry", one.geometry}, {"features", one.features}});
    for (std::size_t i = 0; i < found.header.size(); ++i) {
        json::array examples;
        for (const auto& text : found.examples[i]) examples.emplace_back(text);
        columns.push_back(json::object{{"name", found.header[i]}, {"examples", std::move(examples)}});
    }
    return json::object{{"format", found.format}, {"layers", std::move(layers)}, {"layer", found.layer}, {"crs", found.crs}, {"encoding", found.encoding}, {"columns", std::move(columns)}, {"has_heights", found.has_heights}};
}

Found found_from_json(const json::value& value) {
    Found found;
    if (!value.is_object()) return found;
    const auto& object = value.get_object();
    const auto text = [](const json::object& from, const char* name) { return std::string(from.at(name).as_string()); };
    found.format = text(object, "format"), found.layer = text(object, "layer"), found.crs = text(object, "crs"), found.encoding = text(object, "encoding");
    found.has_heights = object.at("has_heights").as_bool();
    for (const auto& one : object.at("layers").as_array()) found.layers.push_back({text(one.as_object(), "name"), text(one.as_object(), "geometry"), one.as_object().at("features").to_number<std::int64_t>(), ""});
    for (const auto& one : object.at("columns").as_array()) {
        found.header.push_back(text(one.as_object(), "name"));
        auto& examples = found.examples.emplace_back();
        for (const auto& example : one.as_object().at("examples").as_array()) examples.emplace_back(example.as_string());
    }
    return found;
}

} // namespace chengge::survey
