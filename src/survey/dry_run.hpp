// The dry run: every row of a survey checked against its layer, the city and what is in force; nothing is stored but the report.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/ahead.hpp"
#include "survey/features.hpp"

namespace chengge::survey {

struct DryRunParts {
    registry::RegistryService& registry;
    grid::GridService& grid;
    const std::vector<geo::LocalSystem>& local_systems; // also tried when a survey lies beside the city
    std::function<std::vector<FoundAddress>(const std::string&)> find_address = {}; // may be empty
};

struct SurveyFile {
    std::string rows; // CSV: the survey's own or ogr2ogr's
    Encoding encoding = Encoding::automatic;
    Mapping mapping;
    geo::CoordinateSystem system;
    bool is_complete = false; // what the file does not have is removed
    bool has_heights = false;
    RowReader::IsGrowing is_growing; // of rows that are still being written; empty: they are whole
    std::int64_t expected_rows = 0;  // of such rows, as far as the file says
    std::string prepared;            // where a faultless survey's features are left for publishing (survey/prepared.hpp); empty: nowhere
    std::function<std::string(std::int64_t version)> binding; // of that file to a version of the layer, asked at the end
    std::string address_column;      // by which rows without coordinates are located; empty: they are not
    Result<RowReader> open() const { return is_growing ? RowReader::follow(rows, encoding, is_growing) : RowReader::open(rows, encoding); }
};

// What publishing would do.
struct SurveyDifference {
    std::int64_t added = 0, changed = 0, unchanged = 0, removed = 0;
    struct Example {
        std::string id, name, kind; // added, changed, removed
        std::vector<std::string> fields; // that differ; "geometry" for the place
    };
    std::vector<Example> examples; // at most 20 of a kind
};

struct DryRun {
    std::int64_t rows = 0;
    std::int64_t base_version = 0; // of the layer, against which it was checked
    FaultSummary faults;
    SurveyDifference difference;
    std::string fitting_system; // which coordinate system would fit, when the chosen one does not
    geo::Box bounds{1, 0, 0, 0}; // of what was read; west > east: nothing
    // Of rows without coordinates: placed by their address, not sure; the scores of the placed, 0 … 1.
    struct Located {
        std::int64_t rows = 0, unsure = 0;
        double score_sum = 0, least_score = 1;
    } located;
    bool may_publish() const { return rows > 0 && faults.blocking == 0; }
};

json::value to_json(const DryRun& run);
DryRun dry_run_from_json(const json::value& value);

// Faults go to the file `report`. Refusals: survey_stopped, survey_file_broken, survey_file_empty, survey_too_many_rows.
Result<DryRun> check_survey(const DryRunParts& parts, const registry::Layer& layer, const SurveyFile& file, const std::string& report, const registry::Progress& progress);

// The features of a checked survey one after the other, each with an id: rows without one get the next codes.
class SurveyFeatures {
public:
    static Result<std::unique_ptr<SurveyFeatures>> open(const DryRunParts& parts, const registry::Layer& layer, const SurveyFile& file);
    std::optional<registry::Feature> next() { return made_.next(); }

private:
    SurveyFeatures(const DryRunParts& parts, std::shared_ptr<const registry::LayerSnapshot> in_force, const registry::Layer& layer, RowReader reader, const SurveyFile& file);
    // The next codes of a county and class, but for those that the file has itself. Refusal survey_codes_missing.
    Result<void> take_codes(const std::pair<std::string, std::string>& key, int count, const std::unordered_set<std::string>& given);
    std::optional<std::vector<registry::Feature>> make_batch();
    registry::RegistryService& registry_;
    const grid::GridService& grid_;
    const registry::Layer& layer_;
    std::shared_ptr<const registry::LayerSnapshot> in_force_;
    RowReader reader_;
    Mapping mapping_;
    geo::CoordinateSystem system_;
    FeatureBuilder builder_;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> codes_; // by county and class, last first
    std::vector<SourceRow> rows_;
    AheadOneByOne<registry::Feature> made_; // last: ends before the rest
};

// Which of the systems in use in China, or of the city's own, puts most of the points where they should be.
struct PlacedPoint {
    geo::Point raw;
    std::optional<geo::Point> in_force; // where the same id is
    std::string cell_code;              // stated; may be empty
};
// The share (0 … 1) of points that fit under a system.
double fitting_share(const std::vector<PlacedPoint>& points, const geo::CoordinateSystem& system, const grid::GridService& grid);
// The text of a system under which at least four in five fit; empty when the given one does for half of them or none is better.
std::string find_fitting_system(const std::vector<PlacedPoint>& points, const geo::CoordinateSystem& given, const grid::GridService& grid, const std::vector<geo::LocalSystem>& local);

} // namespace chengge::survey
