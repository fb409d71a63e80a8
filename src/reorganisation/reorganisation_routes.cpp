// HTTP ↔ service, no rules: the route table with its permissions.
#include "base/text.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "reorganisation/reorganisation_service.hpp"

namespace chengge::reorganisation {

using http::Method;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

Uuid id_in(const Request& request) { return parse_uuid(request.path_values.at("decision_id")).value_or(Uuid{}); }

} // namespace

void ReorganisationService::add_routes(http::Router& router, const http::Problems& problems) {
    const auto route = [&](Method method, const char* path, const char* permission, auto act) {
        router.add(method, path, parts_->identity.guard(permission, http::answering(problems, act)));
    };
    route(Method::get, "/api/v1/reorganisations", "reorganisation.read", [this](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        return answer(list(request.query_value("cursor").value_or(""), limit, request.language()));
    });
    route(Method::get, "/api/v1/reorganisations.csv", "reorganisation.read", [this](const Request& request, const Viewer&) -> Result<Response> {
        return std::move(Response::text(export_csv(request.language()), "text/csv; charset=utf-8").with("Content-Disposition", "attachment; filename=\"reorganisations.csv\""));
    });
    route(Method::post, "/api/v1/reorganisations/preview", "reorganisation.write", [this](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(body, parse_json(request.body));
        return answer(preview(body, request.language()));
    });
    route(Method::post, "/api/v1/reorganisations", "reorganisation.write", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(body, parse_json(request.body));
        return answer(record(body, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/reorganisations/{decision_id}", "reorganisation.read", [this](const Request& request, const Viewer&) { return answer(get(id_in(request), request.language())); });
    route(Method::del, "/api/v1/reorganisations/{decision_id}", "reorganisation.write", [this](const Request& request, const Viewer&) -> Result<Response> {
        TRY(cancel(id_in(request)));
        return Response::empty();
    });
}

} // namespace chengge::reorganisation
