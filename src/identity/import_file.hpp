// A CSV file of organisations or people, by columns with English or Chinese names. Inside of identity.
#pragma once

#include <map>

#include "base/csv.hpp"
#include "base/import_report.hpp"

namespace chengge::identity {

struct ImportLine {
    int line = 0;
    std::map<std::string, std::string> fields; // trimmed, by the English name
    std::string field(const std::string& name) const {
        const auto found = fields.find(name);
        return found == fields.end() ? "" : found->second;
    }
};

// The lines of a file that has the columns; otherwise a fault and none.
std::vector<ImportLine> load_import_lines(const std::string& file,
                                          const std::vector<std::string>& columns,
                                          ImportReport& report);

// Whether what was read may be stored.
inline bool is_to_be_stored(const ImportReport& report, const ImportOptions& options) {
    return !options.is_check && (report.faults.empty() || options.skips_faulty);
}

} // namespace chengge::identity
