// What a demo city tells about itself, and signing in to one of its posts with one click. On a real
// city these paths answer 404.
#pragma once

#include <string>

#include "cases/case_service.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"

namespace chengge::demo {

struct DemoParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    cases::CaseService& cases;
    std::string demo_file; // data/demo.json, written by chengge demo
};

void add_routes(http::Router& router, const http::Problems& problems, const DemoParts& parts);

} // namespace chengge::demo
