// chengge doctor: is this city healthy, and if not, what to do.
#pragma once

#include <string>
#include <vector>

#include "platform/installation.hpp"

namespace chengge::platform {

enum class FindingLevel { ok, warn, fail };

struct Finding {
    FindingLevel level = FindingLevel::ok;
    Words what;   // "disk: 812 GB free"
    Words advice; // what to do; empty when all is well
};

// Looks without changing the city; works beside a running server. The database is neither migrated
// nor written to, but for a small file in the data folder that measures the disk.
std::vector<Finding> examine(const InstallationOptions& options);

// A line each: ok | warn | fail, what, and under it what to do.
std::string print_findings(const std::vector<Finding>& findings, Language language);

} // namespace chengge::platform
