// The rules' files as rows that know where they stood: a base folder, a city's overlay folder whose
// rows replace or add by key, and every fault collected instead of the first one only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/csv.hpp"
#include "base/json.hpp"

namespace chengge::rules {

struct DataFault {
    std::string file; // as opened
    int line = 0;
    std::string reason;
};

// One row with named fields.
class DataRow {
public:
    DataRow(std::string from_file, int at_line,
            std::map<std::string, std::string, std::less<>> fields)
        : file(std::move(from_file)), line(at_line), fields_(std::move(fields)) {}
    // Empty when the file does not have the column.
    const std::string& text(std::string_view column) const;
    bool has(std::string_view column) const { return fields_.contains(column); }
    std::string file;
    int line = 0;

private:
    std::map<std::string, std::string, std::less<>> fields_;
};

// A JSON file and where its parts stood.
struct DataDocument {
    std::string file;
    std::string text;
    json::value value;
    // The line of the first occurrence of a text; 1 when there is none.
    int line_of(std::string_view needle) const;
};

class DataFolder {
public:
    // `overlay` may be empty. An overlay file that has no counterpart is a fault (a misspelt name
    // would otherwise be silently without effect), except a further year of the calendar.
    DataFolder(std::string base, std::string overlay);

    // The same over files kept elsewhere (a stored rule set), named "base/…" and "overlay/…".
    explicit DataFolder(std::map<std::string, std::string> given);
    // Names and bytes of every file read so far, as the second constructor takes them.
    const std::map<std::string, std::string>& files_read() const { return bytes_; }

    // Rows of base/<path> with those of overlay/<path> laid over them by the key columns: the same
    // key replaces in place, another is appended. A repeated key within one file is a fault, also
    // a missing column. Columns beyond `columns` are kept and may be absent.
    std::vector<DataRow> table(const std::string& path, const std::vector<std::string>& columns,
                               const std::vector<std::string>& keys);
    // The documents of a path: the base one first, then the overlay's.
    std::vector<DataDocument> documents(const std::string& path);
    // Names of files in base/<folder> and overlay/<folder>, sorted, each once.
    std::vector<std::string> list(const std::string& folder) const;

    void add_fault(const DataRow& row, std::string reason) {
        faults.push_back({row.file, row.line, std::move(reason)});
    }
    void add_fault(std::string file, int line, std::string reason) {
        faults.push_back({std::move(file), line, std::move(reason)});
    }
    // Reads a number above 0; a fault and nothing when it is none or not finite.
    std::optional<double> positive_number(const DataRow& row, std::string_view column);

    // SM3, hex, over the names and bytes of every file read so far, sorted by name.
    std::string version_sm3() const;

    std::vector<DataFault> faults;

private:
    std::optional<std::string> read(const std::string& root, const std::string& path);
    bool has_file(const std::string& root, const std::string& path) const;
    void check_overlay_names();
    std::optional<std::map<std::string, std::string>> given_;
    std::string base_;
    std::string overlay_;
    std::map<std::string, std::string> bytes_; // "base/…" and "overlay/…"
};

} // namespace chengge::rules
