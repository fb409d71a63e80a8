// Excel workbooks (ECMA-376) with one sheet of texts: what officials exchange. Read from anything that
// Excel, WPS or LibreOffice save, written without a library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/csv.hpp"
#include "base/result.hpp"

namespace chengge {

struct Sheet {
    std::string name;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;
    std::vector<int> widths = {}; // of the columns, in characters; 14 where none is given
};

// Every cell is a text, so that codes keep their zeros. The header stands bold and stays in sight.
std::string write_xlsx(const Sheet& sheet, std::int64_t now_ms);
// The same as a workbook or as CSV (UTF-8 with BOM, as Excel reads it; CRLF).
std::string write_table(const Sheet& sheet, bool is_xlsx, std::int64_t now_ms);
// The first sheet as a table; its first row that is not empty is the header. Numbers come as they are
// stored (a date as Excel's serial number). Refusal: bad_data with file, line, reason; foreign bytes are
// safe: at most 64 MB unpacked and 200,000 rows.
Result<CsvTable> read_xlsx(std::string_view bytes, const std::string& path);
bool is_xlsx(std::string_view bytes);
// Excel's serial number of a day ("46023") as 2026-01-01; nothing when it is none.
std::string date_of_serial(std::string_view text);

} // namespace chengge
