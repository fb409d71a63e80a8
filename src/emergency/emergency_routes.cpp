// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/time.hpp"
#include "emergency/emergency_service.hpp"

namespace chengge::emergency {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t words_max = 500, scope_max = 300;

std::string asked(const Request& request, const char* name) { return to_nfc(request.query_value(name).value_or("")); }

Result<int> read_number(const Request& request, const char* name, int otherwise, int least, int most) {
    const auto text = request.query_value(name);
    if (!text || text->empty()) return otherwise;
    int number = 0;
    const auto end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < least || number > most) return fail("bad_query_value", {{"name", name}});
    return number;
}

Result<Uuid> read_mode(const Request& request) {
    const auto text = asked(request, "mode");
    if (text.empty()) return Uuid{};
    const auto id = parse_uuid(text);
    if (!id) return fail("bad_query_value", {{"name", "mode"}});
    return *id;
}

Result<std::optional<std::int64_t>> read_instant(const std::optional<std::string>& text, const char* name) {
    if (!text || text->empty()) return std::optional<std::int64_t>();
    const auto at = parse_instant(*text);
    if (!at) return fail("bad_member", {{"member", name}, {"reason", "must be an RFC 3339 instant"}});
    return std::optional<std::int64_t>(*at);
}

Result<Uuid> id_of(const std::string& text, const char* name) {
    const auto id = parse_uuid(text);
    if (!id || id->is_nil()) return fail("bad_member", {{"member", name}, {"reason", "must be a UUID"}});
    return *id;
}

std::vector<std::string> read_texts(JsonReader& reader, const char* name, std::size_t items_max) {
    std::vector<std::string> texts;
    const auto* list = reader.find(name);
    if (list == nullptr) return texts;
    if (!list->is_array() || list->get_array().size() > items_max) {
        reader.refuse(name, "must be a list of at most " + std::to_string(items_max) + " texts");
        return texts;
    }
    for (const auto& one : list->get_array()) {
        if (!one.is_string() || one.get_string().size() > 64) reader.refuse(name, "must be texts");
        else texts.emplace_back(one.get_string());
    }
    return texts;
}

Result<NewMode> read_new_mode(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewMode mode;
    const auto id = reader.text("mode_id", 36);
    const auto from = reader.maybe_text("from", 40);
    mode.name = std::string(trim(reader.text("name", 60)));
    mode.words = std::string(trim(reader.maybe_text("words", words_max).value_or("")));
    mode.stages = read_texts(reader, "stages", 50);
    mode.regions = read_texts(reader, "regions", scope_max);
    mode.classes = read_texts(reader, "classes", scope_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(mode_id, id_of(id, "mode_id"));
    TRY_ASSIGN(from_ms, read_instant(from, "from"));
    mode.id = mode_id;
    mode.from_ms = from_ms;
    return mode;
}

Result<NewDamage> read_damage(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewDamage damage;
    const auto id = reader.text("entry_id", 36);
    const auto mode = reader.maybe_text("mode_id", 36), found = reader.maybe_text("found_at", 40);
    damage.kind = reader.text("kind", 32);
    damage.lon = reader.number("lon");
    damage.lat = reader.number("lat");
    damage.coord_type = reader.text("coord_type", 16);
    damage.address = std::string(trim(reader.maybe_text("address", 200).value_or("")));
    damage.note = std::string(trim(reader.maybe_text("note", words_max).value_or("")));
    damage.amount = reader.number("amount");
    damage.estimate_yuan = reader.maybe_integer("estimate_yuan");
    const auto media = read_texts(reader, "media", 50);
    if (!(damage.amount > 0) || damage.amount > 1e9) reader.refuse("amount", "must be above 0");
    if (damage.estimate_yuan && (*damage.estimate_yuan < 0 || *damage.estimate_yuan > 1'000'000'000'000)) reader.refuse("estimate_yuan", "must not be below 0");
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(entry_id, id_of(id, "entry_id"));
    TRY_ASSIGN(found_ms, read_instant(found, "found_at"));
    damage.id = entry_id;
    damage.found_ms = found_ms;
    if (mode) {
        TRY_ASSIGN(mode_id, id_of(*mode, "mode_id"));
        damage.mode = mode_id;
    }
    for (const auto& text : media) {
        TRY_ASSIGN(photo, id_of(text, "media"));
        damage.media.push_back(photo);
    }
    return damage;
}

Result<DamageFilter> read_damage_filter(const Request& request) {
    DamageFilter filter;
    TRY_ASSIGN(mode, read_mode(request));
    TRY_ASSIGN(limit, read_number(request, "limit", 50, 1, 200));
    filter.mode = mode;
    filter.limit = limit;
    filter.kind = asked(request, "kind");
    filter.district = asked(request, "district");
    filter.cursor = asked(request, "cursor");
    for (const auto& [name, into] : {std::pair<const char*, std::optional<std::int64_t>*>{"from", &filter.from_ms}, {"to", &filter.to_ms}})
        if (const auto text = asked(request, name); !text.empty()) {
            *into = parse_instant(text);
            if (!*into) return fail("bad_query_value", {{"name", name}});
        }
    const auto order = asked(request, "order"), mine = asked(request, "mine");
    if (!order.empty() && order != "newest" && order != "oldest" && order != "estimate") return fail("bad_query_value", {{"name", "order"}});
    if (!mine.empty() && mine != "true" && mine != "false") return fail("bad_query_value", {{"name", "mine"}});
    if (!order.empty()) filter.order = order;
    filter.is_mine = mine == "true";
    return filter;
}

Result<Response> answer(Result<json::object> object, int status = 200) {
    if (!object) return tl::unexpected(object.error());
    return Response::json(std::move(*object), status);
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
        TRY_ASSIGN(limit, read_number(request, "limit", 20, 1, 200));
        return answer(service.modes(asked(request, "cursor"), limit, request.language()));
    });
    route(Method::post, "/api/v1/emergency/modes", "emergency.command", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(mode, read_new_mode(request.body));
        return answer(service.begin_mode(mode, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/emergency/modes/{mode_id}", "emergency.read", [&](const Request& request, const Viewer&) { return answer(service.mode(mode_in(request), request.language())); });
    route(Method::post, "/api/v1/emergency/modes/{mode_id}/end", "emergency.command", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto words = std::string(trim(reader.maybe_text("words", words_max).value_or("")));
        const auto at = reader.maybe_text("at", 40);
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY_ASSIGN(at_ms, read_instant(at, "at"));
        return answer(service.end_mode(mode_in(request), words, at_ms, viewer, request.language()));
    });
    route(Method::post, "/api/v1/emergency/modes/{mode_id}/exclusion", "emergency.ask_exclusion", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto id = reader.text("exclusion_id", 36), reason = std::string(trim(reader.text("reason", words_max)));
        if (reason.empty()) reader.refuse("reason", "must not be empty");
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY_ASSIGN(exclusion_id, id_of(id, "exclusion_id"));
        return answer(service.ask_exclusion(mode_in(request), exclusion_id, reason, viewer, request.language()), 201);
    });
    route(Method::put, "/api/v1/emergency/modes/{mode_id}/exclusion", "emergency.command", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const bool agrees = reader.flag("agrees", false);
        const auto words = std::string(trim(reader.maybe_text("words", words_max).value_or("")));
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
        const auto words = std::string(trim(reader.text("words", 200)));
        if (words.empty()) reader.refuse("words", "must not be empty");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.strike_damage(parse_uuid(request.path_values.at("entry_id")).value_or(Uuid{}), words, viewer, request.language()));
    });
}

} // namespace

void EmergencyService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = parts_->identity;
    const Route route = [&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, [&problems, act = std::move(act)](const Request& request, const Viewer& viewer) {
            auto made = act(request, viewer);
            return made ? std::move(*made) : problems.answer(made.error(), request);
        }));
    };
    add_mode_routes(route, *this);
    add_damage_routes(route, *this);
    // Lists of cases, seen as far as the viewer sees cases.
    const auto priority_of = [this](const Request& request) -> Result<cases::CaseFilter> {
        TRY_ASSIGN(mode, read_mode(request));
        TRY_ASSIGN(group, read_number(request, "group", 0, 1, 1000));
        TRY_ASSIGN(limit, read_number(request, "limit", 50, 1, 200));
        TRY_ASSIGN(filter, priority_filter(mode, asked(request, "region"), group));
        filter.limit = limit;
        filter.cursor = asked(request, "cursor");
        return filter;
    };
    const auto touched_by = [this](const Request& request) -> Result<cases::CaseFilter> {
        TRY_ASSIGN(limit, read_number(request, "limit", 50, 1, 200));
        TRY_ASSIGN(filter, cases_of(mode_in(request)));
        filter.limit = limit;
        filter.cursor = asked(request, "cursor");
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
