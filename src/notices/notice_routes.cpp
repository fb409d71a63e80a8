// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include "base/text.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "notices/notice_state.hpp"

namespace chengge::notices {

using http::Method;
using http::query_text;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t ids_max = 200;

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

Result<OutboxFilter> read_filter(const Request& request) {
    OutboxFilter filter;
    TRY_ASSIGN(channel, http::query_choice(request, "channel", {"in_app", "email", "sms", "webhook"}));
    TRY_ASSIGN(state, http::query_choice(request, "state", {"waiting", "sending", "sent", "failed", "unknown", "dropped"}));
    TRY_ASSIGN(order, http::query_choice(request, "order", {"newest", "oldest"}));
    TRY_ASSIGN(span, http::query_span(request));
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    filter.channel = channel;
    filter.state = state;
    filter.event = query_text(request, "event");
    filter.audience = query_text(request, "audience");
    filter.case_reference = query_text(request, "case");
    filter.from_ms = span.from_ms;
    filter.to_ms = span.to_ms;
    filter.is_oldest_first = order == "oldest";
    filter.cursor = query_text(request, "cursor");
    filter.limit = limit;
    return filter;
}

struct Reading {
    std::vector<Uuid> ids;
    bool all = false;
};

Result<Reading> read_reading(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Reading reading;
    reading.all = reader.flag("all", false);
    const auto* ids = reader.find("notice_ids");
    const bool is_list = ids != nullptr && ids->is_array() && !ids->get_array().empty() && ids->get_array().size() <= ids_max;
    if (!reading.all && !is_list) reader.refuse("notice_ids", "must be a list of at most 200 notices");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (reading.all) return reading;
    reading.ids = reader.ids("notice_ids", ids_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return reading;
}

Result<Preferences> read_preferences(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Preferences preferences;
    preferences.has_email = reader.flag("email", true);
    preferences.has_sms = reader.flag("sms", true);
    preferences.language = reader.maybe_text("language", 2).value_or("zh");
    if (const auto address = reader.maybe_text("email_address", 200)) preferences.email = std::string(trim(*address));
    if (preferences.language != "zh" && preferences.language != "en") reader.refuse("language", "must be zh or en");
    if (reader.error()) return tl::unexpected(*reader.error());
    return preferences;
}

Result<std::string> read_decision(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    auto decision = reader.text("decision", 16);
    if (decision != "resend" && decision != "delivered" && decision != "drop") reader.refuse("decision", "must be resend, delivered or drop");
    if (reader.error()) return tl::unexpected(*reader.error());
    return decision;
}

Result<Response> answer(Result<json::object> made) {
    if (!made) return tl::unexpected(made.error());
    return Response::json(*made);
}

void add_own_routes(const Route& route, NoticesService& service) {
    route(Method::get, "/api/v1/notices", "session.own", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 30));
        return answer(service.inbox(query_text(request, "unread") == "true", query_text(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::get, "/api/v1/notices/unread", "session.own", [&](const Request&, const Viewer& viewer) -> Result<Response> { return Response::json(json::object{{"unread", service.count_unread(viewer)}}); });
    route(Method::post, "/api/v1/notices/read", "session.own", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(reading, read_reading(request.body));
        return Response::json(json::object{{"unread", service.mark_read(reading.ids, reading.all, viewer)}});
    });
    route(Method::get, "/api/v1/notices/preferences", "session.own", [&](const Request&, const Viewer& viewer) -> Result<Response> { return Response::json(service.preferences(viewer)); });
    route(Method::put, "/api/v1/notices/preferences", "session.own", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(preferences, read_preferences(request.body));
        return answer(service.set_preferences(preferences, viewer));
    });
}

void add_outbox_routes(const Route& route, NoticesService& service) {
    route(Method::get, "/api/v1/notices/outbox", "notice.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_filter(request));
        return answer(service.outbox(filter, viewer, request.language()));
    });
    route(Method::get, "/api/v1/notices/outbox.csv", "notice.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_filter(request));
        TRY_ASSIGN(csv, service.outbox_csv(filter, viewer, request.language()));
        return Response::text(std::move(csv), "text/csv; charset=utf-8").with("Content-Disposition", "attachment; filename=\"notices.csv\"");
    });
    route(Method::post, "/api/v1/notices/outbox/{notice_id}/decisions", "notice.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        const auto id = parse_uuid(request.path_values.at("notice_id")).value_or(Uuid{}); // none that is known
        TRY_ASSIGN(decision, read_decision(request.body));
        return answer(service.decide(id, decision, viewer, request.language()));
    });
    route(Method::get, "/api/v1/notices/channels", "notice.read", [&](const Request& request, const Viewer&) -> Result<Response> { return Response::json(service.channels(request.language())); });
    route(Method::get, "/api/v1/notices/templates", "notice.read", [&](const Request& request, const Viewer&) -> Result<Response> { return Response::json(service.templates(request.language())); });
    route(Method::get, "/api/v1/notices/templates/{template}/preview", "notice.read",
          [&](const Request& request, const Viewer& viewer) -> Result<Response> { return answer(service.preview(request.path_values.at("template"), query_text(request, "case"), viewer)); });
}

} // namespace

void NoticesService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    const Route route = [&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, http::answering(problems, std::move(act))));
    };
    add_own_routes(route, *this);
    add_outbox_routes(route, *this);
}

} // namespace chengge::notices
