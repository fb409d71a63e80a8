// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "notices/notice_state.hpp"

namespace chengge::notices {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t ids_max = 200;

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

std::string asked(const Request& request, const char* name) { return to_nfc(request.query_value(name).value_or("")); }

Result<int> read_limit(const Request& request, int otherwise) {
    const auto text = request.query_value("limit");
    if (!text) return otherwise;
    int limit = 0;
    const auto end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, limit);
    if (parsed.ec != std::errc() || parsed.ptr != end || limit < 1 || limit > 200) return fail("bad_query_value", {{"name", "limit"}});
    return limit;
}

template <class List>
Result<std::string> read_choice(const Request& request, const char* name, const List& values) {
    const auto text = asked(request, name);
    if (!text.empty() && std::find(std::begin(values), std::end(values), text) == std::end(values)) return fail("bad_query_value", {{"name", name}});
    return text;
}

Result<std::optional<std::int64_t>> read_instant(const Request& request, const char* name) {
    const auto text = asked(request, name);
    if (text.empty()) return std::optional<std::int64_t>();
    const auto at = parse_instant(text);
    if (!at) return fail("bad_query_value", {{"name", name}});
    return at;
}

Result<Uuid> id_of(std::string_view text, const char* name) {
    const auto id = parse_uuid(text);
    if (!id || id->is_nil()) return fail("bad_member", {{"member", name}, {"reason", "must be a UUID"}});
    return *id;
}

Result<OutboxFilter> read_filter(const Request& request) {
    static constexpr std::string_view states[] = {"waiting", "sending", "sent", "failed", "unknown", "dropped"};
    static constexpr std::string_view orders[] = {"newest", "oldest"};
    OutboxFilter filter;
    TRY_ASSIGN(channel, read_choice(request, "channel", channel_codes));
    TRY_ASSIGN(state, read_choice(request, "state", states));
    TRY_ASSIGN(order, read_choice(request, "order", orders));
    TRY_ASSIGN(from_ms, read_instant(request, "from"));
    TRY_ASSIGN(to_ms, read_instant(request, "to"));
    TRY_ASSIGN(limit, read_limit(request, 50));
    filter.channel = channel;
    filter.state = state;
    filter.event = asked(request, "event");
    filter.audience = asked(request, "audience");
    filter.case_reference = asked(request, "case");
    filter.from_ms = from_ms;
    filter.to_ms = to_ms;
    filter.is_oldest_first = order == "oldest";
    filter.cursor = asked(request, "cursor");
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
    for (const auto& one : ids->get_array()) {
        TRY_ASSIGN(id, id_of(one.is_string() ? std::string_view(one.get_string()) : std::string_view(), "notice_ids"));
        reading.ids.push_back(id);
    }
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
        TRY_ASSIGN(limit, read_limit(request, 30));
        return answer(service.inbox(asked(request, "unread") == "true", asked(request, "cursor"), limit, viewer, request.language()));
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
        TRY_ASSIGN(id, id_of(request.path_values.at("notice_id"), "notice_id"));
        TRY_ASSIGN(decision, read_decision(request.body));
        return answer(service.decide(id, decision, viewer, request.language()));
    });
    route(Method::get, "/api/v1/notices/channels", "notice.read", [&](const Request& request, const Viewer&) -> Result<Response> { return Response::json(service.channels(request.language())); });
    route(Method::get, "/api/v1/notices/templates", "notice.read", [&](const Request& request, const Viewer&) -> Result<Response> { return Response::json(service.templates(request.language())); });
    route(Method::get, "/api/v1/notices/templates/{template}/preview", "notice.read",
          [&](const Request& request, const Viewer& viewer) -> Result<Response> { return answer(service.preview(request.path_values.at("template"), asked(request, "case"), viewer)); });
}

} // namespace

void NoticesService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    const Route route = [&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, [&problems, act = std::move(act)](const Request& request, const Viewer& viewer) {
            auto made = act(request, viewer);
            return made ? std::move(*made) : problems.answer(made.error(), request);
        }));
    };
    add_own_routes(route, *this);
    add_outbox_routes(route, *this);
}

} // namespace chengge::notices
