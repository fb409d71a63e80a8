// 入库: a survey's file becomes a version of a layer, by steps that a person sees and may stop: uploaded, converted, mapped,
// checked, published or discarded. And back: a layer as a file. The one public face of the module.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "registry/registry_service.hpp"
#include "storage/database.hpp"

namespace chengge::survey {

inline constexpr std::int64_t upload_bytes_max = std::int64_t{4} << 30;
inline constexpr std::size_t upload_chunk_bytes_max = 8u << 20; // of one request
// How long files lie: the upload and its rows after the publication (the report stays), a survey that nobody touches (it is discarded).
inline constexpr int published_kept_days = 30, untouched_kept_days = 90;

struct SurveyParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    registry::RegistryService& registry;
    std::string folder;       // of the uploads: <folder>/<import id>/
    std::string systems_file; // coordinate_systems.json of the city; empty or missing: none
};

struct NewImport {
    Uuid import_id; // made by the client; sent again it is the same import
    std::string layer, file_name;
    std::int64_t bytes = 0;
    std::string crs, encoding = "auto", source_layer; // empty crs: the file's own
    bool is_complete = false;
    std::map<std::string, std::string, std::less<>> mapping; // field → column; empty: by name and by memory
};

// How a file is read, as a person corrects it. What is absent stays.
struct ImportSettings {
    std::optional<std::string> crs, encoding, source_layer;
    std::optional<bool> is_complete;
    std::optional<std::map<std::string, std::string, std::less<>>> mapping;
};

struct ExportOptions {
    std::string format = "gpkg"; // gpkg, geojson, shp (a zip), csv, kml
    std::string crs = "cgcs2000";
    std::string encoding = "utf-8"; // of shp and csv: utf-8, gbk
    std::int64_t version = 0;       // 0: in force
    bool shows_restricted = false;  // fields for who may edit the layer
};

class SurveyService {
public:
    // Refusal bad_data of the systems' file. What a killed process left half-done is done again by the jobs.
    static Result<std::unique_ptr<SurveyService>> open(SurveyParts parts);
    ~SurveyService();

    // A thread that converts, checks and publishes what waits; ends with the service.
    void start_jobs();
    void stop_jobs();

    // The command line's way: the file is read where it lies, every step runs here. The state it ends in, with the report.
    struct Outcome {
        json::value import; // as the API shows it
        bool is_published = false, may_publish = false;
        std::string faults_file; // JSON lines; see print_faults
    };
    // `reason` empty: only a check. Refusals: layer_unknown, crs_unknown, survey_…; those of RegistryService::publish.
    Result<Outcome> import_file(const std::string& path, NewImport import, const std::string& reason, const registry::Progress& progress);
    // One line a fault, "row 12 field: sentence", at most `most`.
    std::string print_faults(const Outcome& outcome, Language language, std::size_t most) const;

    // A layer as a file of the format at `path` (shp: a zip). Refusals: layer_unknown, version_not_found, crs_unknown, crs_needs_parameters,
    // survey_not_in_encoding (text), bad_argument, those of ogr2ogr. Throws Failure when the disk fails.
    Result<void> export_layer(const std::string& layer, const ExportOptions& options, const std::string& path);

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    explicit SurveyService(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace chengge::survey
