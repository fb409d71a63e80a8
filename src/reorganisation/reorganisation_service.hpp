// 机构调整: units renamed, merged or split from a day on; people, posts and rows of the responsibility list go with them,
// open work is moved by the job behind decisions over many cases.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "cases/case_service.hpp"
#include "cases/decision_service.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "responsibility/responsibility_service.hpp"

namespace chengge::reorganisation {

struct ReorganisationParts {
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    responsibility::ResponsibilityService& responsibility;
    cases::CaseService& cases;
    std::function<std::shared_ptr<const rules::Rules>()> rules; // the published set
};

class ReorganisationService {
public:
    explicit ReorganisationService(ReorganisationParts parts);
    ~ReorganisationService();

    // Bodies as in the contract (NewReorganisation). Refusals: bad_member, reorganisation_faulty (reason),
    // reorganisation_overlaps, those of a new organisation.
    Result<json::object> preview(const json::value& body, const std::string& language) const;
    // From today on at once, else when its day has come. The same id again is the same decision.
    Result<json::object> record(const json::value& body, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> get(const Uuid& id, const std::string& language) const;
    // Newest first.
    Result<json::object> list(const std::string& cursor, int limit, const std::string& language) const;
    std::string export_csv(const std::string& language) const;
    // One whose day has not come. Refusals: decision_unknown, decision_begun.
    Result<void> cancel(const Uuid& id);

    void add_routes(http::Router& router, const http::Problems& problems);

private:
    std::unique_ptr<ReorganisationParts> parts_;
};

} // namespace chengge::reorganisation
