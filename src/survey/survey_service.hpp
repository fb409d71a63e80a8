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
#include "geo/coordinates.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "registry/registry_service.hpp"
#include "storage/database.hpp"

namespace chengge::survey {

inline constexpr std::int64_t upload_bytes_max = std::int64_t{4} << 30;
inline constexpr std::size_t upload_chunk_bytes_max = 8u << 20; // of one request
// How many days files lie: the upload and its rows after the publication (the report stays), a survey that nobody touches (it is discarded).
struct alignas(8) KeptDays { // one word, so that an atomic of it needs no library
    int published = 30, untouched = 90;
};

// A candidate for an address (GB/T 30428.3): the score is 0 … 1, 1 = the same name in the same region.
struct FoundAddress {
    std::string name;
    geo::Point point; // CGCS2000
    double score = 0;
    bool is_place = false; // a place of its own: not the middle of a street, a region or a cell
};

struct SurveyParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    registry::RegistryService& registry;
    std::string folder;       // of the uploads: <folder>/<import id>/
    std::string systems_file; // coordinate_systems.json of the city; empty or missing: none
    // Where an address is, best first; asked from several threads at once. Empty: nothing is located.
    std::function<std::vector<FoundAddress>(const std::string& text)> find_address = {};
};

struct NewImport {
    Uuid import_id; // made by the client; sent again it is the same import
    std::string layer, file_name;
    std::int64_t bytes = 0;
    std::string crs, encoding = "auto", source_layer; // empty crs: the file's own
    std::string address_column = {}; // by which rows without coordinates are located; empty: they are faults
    bool is_complete = false;
    std::map<std::string, std::string, std::less<>> mapping; // field → column; empty: by name and by memory
};

// How a file is read, as a person corrects it. What is absent stays.
struct ImportSettings {
    std::optional<std::string> crs, encoding, source_layer, address_column;
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

    // Also while the jobs run.
    void use(KeptDays days);
    // Looks for the programs that read files, which else the first file does: for a command line that has other things to do meanwhile.
    static void find_readers();
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
