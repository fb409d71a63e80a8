// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include "base/text.hpp"
#include "base/time.hpp"
#include "emergency/emergency_service.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"

namespace chengge::emergency {

using http::Method;
using http::query_text;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t words_max = 500, scope_max = 300;

Result<NewMode> read_new_mode(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewMode mode;
    mode.id = reader.id("mode_id");
    mode.from_ms = reader.maybe_instant("from");
    mode.name = reader.words("name", 60);
    mode.words = reader.maybe_words("words", words_max);
    mode.stages = reader.texts("stages", 50);
    mode.regions = reader.texts("regions", scope_max);
    mode.classes = reader.texts("classes", scope_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return mode;
}

Result<NewDamage> read_damage(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewDamage damage;
    damage.id = reader.id("entry_id");
    damage.mode = reader.maybe_id("mode_id");
    damage.found_ms = reader.maybe_instant("found_at");
    damage.kind = reader.text("kind", 32);
    damage.lon = reader.number("lon");
    damage.lat = reader.number("lat");
    damage.coord_type = reader.text("coord_type", 16);
    damage.address = reader.maybe_words("address", 200);
    damage.note = reader.maybe_words("note", words_max);
    damage.amount = reader.number("amount");
    damage.estimate_yuan = reader.maybe_integer("estimate_yuan");
    damage.media = reader.ids("media", 50);
    if (!(damage.amount > 0) || damage.amount > 1e9) reader.refuse("amount", "must be above 0");
    if (damage.estimate_yuan && (*damage.estimate_yuan < 0 || *damage.estimate_yuan > 1'000'000'000'000)) reader.refuse("estimate_yuan", "must not be below 0");
    if (reader.error()) return tl::unexpected(*reader.error());
    return damage;
}

Result<DamageFilter> read_damage_filter(const Request& request) {
    DamageFilter filter;
    TRY_ASSIGN(mode, http::query_id(request, "mode"));
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    filter.mode = mode;
    filter.limit = limit;
    filter.kind = query_text(request, "kind");
    filter.district = query_text(request, "district");
    filter.cursor = query_text(request, "cursor");
    TRY_ASSIGN(span, http::query_span(request));
    TRY_ASSIGN(order, http::query_choice(request, "order", {"newest", "oldest", "estimate"}));
    TRY_ASSIGN(is_mine, http::query_flag(request, "mine"));
    filter.from_ms = span.from_ms;
    filter.to_ms = span.to_ms;
    if (!order.empty()) filter.order = order;
    filter.is_mine = is_mine.value_or(false);
    return filter;
}

Response csv_answer(std::string csv, const char* name) {
    return std::move(Response::text(std::move(csv), "text/csv; charset=utf-8").with("Content-Disposition", std::string("attachment; filename=\"") + name + "\""));
}

Uuid mode_in(const Request& request) { return parse_uuid(request.path_values.at("mode_id")).value_or(Uuid{}); }

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

void add_mode_routes(const Route& route, EmergencyService& service) {
    route(Method::get, "/api/v1/emergency/settings", "emergency.read", [&](const Request& request, const Viewer&) { return answer(service.settings(request.language())); });
    route(Method::get, "/api/v1/emergency/modes", "emergency.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 20));
        return answer(service.modes(query_text(request, "cursor"), limit, request.language()));
    });
    route(Method::post, "/api/v1/emergency/modes", "emergency.command", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(mode, read_new_mode(request.body));
        return answer(service.begin_mode(mode, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/emergency/modes/{mode_id}", "emergency.read", [&](const Request& request, const Viewer&) { return answer(service.mode(mode_in(request), request.language())); });
    route(Method::post, "/api/v1/emergency/modes/{mode_id}/end", "emergency.command", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto words = reader.maybe_words("words", words_max);
        const auto at_ms = reader.maybe_instant("at");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.end_mode(mode_in(request), words, at_ms, viewer, request.language()));
    });
    route(Method::post, "/api/v1/emergency/modes/{mode_id}/exclusion", "emergency.ask_exclusion", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto exclusion_id = reader.id("exclusion_id");
        const auto reason = reader.words("reason", words_max);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.ask_exclusion(mode_in(request), exclusion_id, reason, viewer, request.language()), 201);
    });
    route(Method::put, "/api/v1/emergency/modes/{mode_id}/exclusion", "emergency.command", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const bool agrees = reader.flag("agrees", false);
        const auto words = reader.maybe_words("words", words_max);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.decide_exclusion(mode_in(request), agrees, words, viewer, request.language()));
    });
}

void add_damage_routes(const Route& route, EmergencyService& service) {
    route(Method::get, "/api/v1/emergency/damage", "emergency.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_damage_filter(request));
        return answer(service.damage(filter, viewer, request.language()));
    });
    route(Method::get, "/api/v1/emergency/damage.csv", "emergency.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_damage_filter(request));
        TRY_ASSIGN(csv, service.damage_csv(filter, viewer, request.language()));
        return csv_answer(std::move(csv), "damage.csv");
    });
    route(Method::get, "/api/v1/emergency/damage-totals", "emergency.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_damage_filter(request));
        return answer(service.damage_totals(filter, viewer, request.language()));
    });
    route(Method::post, "/api/v1/emergency/damage", "emergency.report", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(damage, read_damage(request.body));
        return answer(service.add_damage(damage, viewer, request.language()), 201);
    });
    route(Method::put, "/api/v1/emergency/damage/{entry_id}/strike", "emergency.report", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto words = reader.words("words", 200);
        if (words.empty()) reader.refuse("words", "must not be empty");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.strike_damage(parse_uuid(request.path_values.at("entry_id")).value_or(Uuid{}), words, viewer, request.language()));
    });
}

} // namespace

void EmergencyService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = parts_->identity;
    const Route route = [&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, http::answering(problems, std::move(act))));
    };
    add_mode_routes(route, *this);
    add_damage_routes(route, *this);
    // Lists of cases, seen as far as the viewer sees cases.
    const auto priority_of = [this](const Request& request) -> Result<cases::CaseFilter> {
        TRY_ASSIGN(mode, http::query_id(request, "mode"));
        TRY_ASSIGN(group, http::query_whole(request, "group", 0, 1, 1000));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        TRY_ASSIGN(filter, priority_filter(mode, query_text(request, "region"), group));
        filter.limit = limit;
        filter.cursor = query_text(request, "cursor");
        return filter;
    };
    const auto touched_by = [this](const Request& request) -> Result<cases::CaseFilter> {
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        TRY_ASSIGN(filter, cases_of(mode_in(request)));
        filter.limit = limit;
        filter.cursor = query_text(request, "cursor");
        return filter;
    };
    route(Method::get, "/api/v1/emergency/priority", "case.read", [this, priority_of](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, priority_of(request));
        return answer(priority(filter, viewer, request.language()));
    });
    route(Method::get, "/api/v1/emergency/priority.csv", "case.export", [this, priority_of](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, priority_of(request));
        TRY_ASSIGN(csv, parts_->cases.export_csv(filter, viewer, request.language()));
        parts_->identity.record_access(viewer, "cases_exported", "");
        return csv_answer(std::move(csv), "priority.csv");
    });
    route(Method::get, "/api/v1/emergency/modes/{mode_id}/cases", "case.read", [this, touched_by](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, touched_by(request));
        return answer(parts_->cases.list(filter, viewer, request.language()));
    });
    route(Method::get, "/api/v1/emergency/modes/{mode_id}/cases.csv", "case.export", [this, touched_by](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, touched_by(request));
        TRY_ASSIGN(csv, parts_->cases.export_csv(filter, viewer, request.language()));
        parts_->identity.record_access(viewer, "cases_exported", "");
        return csv_answer(std::move(csv), "mode-cases.csv");
    });
}

} // namespace chengge::emergency
