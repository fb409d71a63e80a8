// chengge import and export: the city's own master data as files.
#pragma once

#include "base/import_report.hpp"
#include "platform/installation.hpp"

namespace chengge::platform {

// kind,place,organisation: which organisation answers for a kind of responsibility where. A place is
// a district or subdistrict; empty = the whole city.
ImportReport import_responsibilities(Installation& city, const std::string& file, const ImportOptions& options);

// One line a fault: file:line: sentence; then notes, then the counts.
std::string print_import_faults(const ImportReport& report, Language language);
std::string print_import_summary(const ImportReport& report, Language language);

} // namespace chengge::platform
