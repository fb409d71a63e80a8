// CSV tables (RFC 4180, UTF-8, optional BOM) with a header row, and where each row stood.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "base/result.hpp"

namespace chengge {

struct CsvRow {
    int line = 0; // line of the file on which the row begins, from 1
    std::vector<std::string> fields;
};

struct CsvTable {
    std::string path;
    std::vector<std::string> header;
    std::vector<CsvRow> rows; // every row has as many fields as the header
    // The column's index; -1 when the header does not have it.
    int column(std::string_view name) const;
};

// Lines that begin with '#' and blank lines are skipped. Refusal: bad_data with file, line, reason.
Result<CsvTable> parse_csv(std::string_view text, std::string path);
Result<CsvTable> load_csv(const std::string& path);

} // namespace chengge
