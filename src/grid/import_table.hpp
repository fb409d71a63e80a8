// A file of regions or cells as rows: CSV with a WKT column, or GeoJSON. Private to this module.
#pragma once

#include <map>
#include <optional>

#include "base/import_report.hpp"
#include "geo/coordinates.hpp"
#include "geo/geometry.hpp"

namespace chengge::grid {

struct ImportRow {
    int place = 0;
    std::map<std::string, std::string> fields; // trimmed, by the English name of the column
    geo::MultiPolygon outline;                 // CGCS2000, normalised; empty when none was given
    bool is_faulty = false;
    std::string field(const std::string& name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? "" : found->second;
    }
};

struct ImportTable {
    std::string file;
    bool is_features = false;
    std::vector<ImportRow> rows;
    ImportFault fault(int place, Words words) const {
        return {file, place, is_features, std::move(words)};
    }
};

// Reads the file and checks every shape; faults are added to the report. Columns have English or
// Chinese names.
ImportTable load_import_table(const std::string& file, geo::CoordType coord_type,
                              ImportReport& report);

} // namespace chengge::grid
