// The responsibility list (确权): which unit answers for a class of problem, or one asset, at a place, by
// which row of which document; which classes dispatch by themselves. Knows no case.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/import_report.hpp"
#include "base/result.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "rules/rules.hpp"
#include "storage/database.hpp"

namespace chengge::responsibility {

struct Row {
    std::string code; // names the row for people; given when empty
    std::int64_t version = 0;
    std::string edition, kind, class_code; // a class, or a whole major class; empty = every class
    std::string trade;      // a kind of responsibility that filing rows name; "street" is the territorial fallback
    std::string filing_row; // the condition of the filing standard; empty = any
    std::string place_kind; // asset, area, road, cell, community, subdistrict, district, city
    std::string place;      // a code, an asset's id, a road's or an area's name; empty for the city
    std::string side;       // of a road: north, south, east, west; empty = both
    geo::MultiPolygon shape;             // of a drawn area
    std::string competent, owner, maintenance; // 主管, 权属, 养护: organisation codes
    std::string valid_from, valid_to;    // days, both included; empty = open
    std::string source, note;            // the document; words
    std::string origin;                  // default, import, desk, ruling, reorganisation, generated
    std::int64_t changed_ms = 0;
    std::string changed_by; // a name
};

// What is asked. Codes of regions as in a case; `district` is who manages the place.
struct Question {
    double lon = 0, lat = 0; // CGCS2000
    std::string cell, community, district;
    std::string edition, kind, class_code, filing_row, asset_id;
    std::string day; // 2026-11-28
};

struct Match {
    Row row;
    std::string unit;    // whom the row gives the work to
    bool is_first = false; // nothing goes before it
    Words reason;        // a sentence
};

struct Answer {
    std::vector<Match> matches;   // in order of precedence
    std::vector<std::string> units; // of the first ones, each once; empty = nobody is named
    bool is_fallback = false;     // 属地兜底: no row speaks of the class, the street's office takes it
    // One row alone stands first and names a unit: what may be dispatched by itself.
    bool is_single() const { return !is_fallback && !matches.empty() && matches[0].is_first && (matches.size() < 2 || !matches[1].is_first) && !units.empty(); }
};

// A class at the cells of a place where nobody or several answer.
struct CoverageFault {
    bool is_overlap = false; // else a gap
    std::string edition, kind, class_code;
    std::vector<std::string> rows, units; // of an overlap
    std::string place;                    // the narrowest region that holds the cells; "city" = every cell there is
    bool is_whole = false;                // all cells of that region
    std::int64_t cell_count = 0;
    std::vector<std::string> cells; // some of them
};
struct CoverageReport {
    std::vector<CoverageFault> faults; // gaps, then overlaps; by how many cells
    std::int64_t gap_count = 0, overlap_count = 0; // cell × class
    std::int64_t cell_count = 0, class_count = 0;
    bool is_cut = false; // there are more than are listed
};

struct RowFault {
    int line = 0;
    std::string field; // the column's English name; empty = the row as a whole
    Words words;
};
struct FileImport {
    std::vector<RowFault> faults;
    int rows = 0, added = 0, changed = 0, unchanged = 0, skipped = 0;
    bool is_stored = false;
};

struct Switch {
    std::string edition, kind, class_code;
    bool is_on = false;
    std::int64_t changed_ms = 0;
    std::string changed_by;
};

struct ServiceParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    std::function<std::shared_ptr<const rules::Rules>()> rules; // the published set
};

class ResponsibilityService {
public:
    explicit ResponsibilityService(ServiceParts parts);
    ~ResponsibilityService();

    // Who answers, and why: asset before drawn area, road side, cell, community, subdistrict, district, city;
    // a class before its major class, its trade, every class; a named condition before any; the row in
    // force later. Rows equal in all of that stand first together.
    Answer answer(const Question& question) const;
    // The question about a place. Refusals: those of locate, class_unknown.
    Result<Question> question_at(double lon, double lat, std::string_view coord_type, std::string edition, std::string kind, const std::string& class_code) const;
    // At seventeen points of every cell and the middle of every drawn area, for every class of the edition in force; at most
    // `faults_max` faults listed, the counts are whole.
    CoverageReport coverage(const std::string& edition, std::size_t faults_max) const;

    std::vector<Row> rows() const; // as they stand, in the order in which they were made
    std::vector<Row> versions(const std::string& code) const; // of one row, newest first
    // Adds a row, or makes a new version of it when `row.code` is one. Refusals: responsibility_row_faulty
    // (field, reason), responsibility_row_unknown, stale_version when another was faster.
    Result<Row> save(Row row, const std::string& by);
    // In the caller's transaction, checked before; who follows the feed reads the list again.
    void store(storage::Transaction& transaction, Row row, const std::string& by) const;
    // Many at once (a demo, the first city); the same code again is a new version.
    void add_all(std::vector<Row> rows, const std::string& by);
    // CSV or Excel; columns in English or Chinese. Nothing is stored when there is a fault, unless
    // skips_faulty. A row without a code is the one that says the same of class, place and day.
    FileImport import_file(std::string_view bytes, const std::string& name, const ImportOptions& options, const std::string& by, const std::string& origin = "import");
    // The file that import reads.
    std::string export_csv() const;
    std::string export_xlsx() const;

    bool dispatches_itself(const std::string& edition, const std::string& kind, const std::string& class_code) const;
    std::vector<Switch> switches() const;
    // Refusal: class_unknown.
    Result<void> set_switch(const Switch& wanted, const std::string& by);

    // Reads list and switches again: another process has changed them (feed kind "responsibility").
    void reload();
    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    std::unique_ptr<State> state_;
};

} // namespace chengge::responsibility
