// chengge init: from an empty folder to a city that can be served.
#pragma once

#include <string>

#include "platform/installation.hpp"

namespace chengge::platform {

struct InitOptions {
    InstallationOptions installation; // data, home; database when given
    std::string answers;              // a file in chengge.yaml's form; empty = asked on the terminal
    Language language = Language::zh;
};

// Refusals: city_exists, database_in_use, answers_missing, platform_code_missing, bad_data. What is
// printed ends with the administrators' one-time link.
Result<void> init_city(const InitOptions& options);

// chengge.yaml for the configuration, with every section explained.
std::string make_config_text(const Config& config, Language language);

} // namespace chengge::platform
