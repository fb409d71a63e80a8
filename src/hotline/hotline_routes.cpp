// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include "base/text.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "hotline/hotline_state.hpp"

namespace chengge::hotline {

using http::Method;
using http::query_text;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t words_max = 2000;

Result<NewCall> read_call(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewCall call;
    call.call_id = reader.id("call_id");
    call.article_id = reader.maybe_id("article_id");
    call.called_ms = reader.maybe_instant("called_at").value_or(0);
    call.outside_due_ms = reader.maybe_instant("outside_due_at");
    call.phone = reader.maybe_words("phone", 30);
    call.name = reader.maybe_words("name", 60);
    call.outside_call_id = reader.maybe_text("outside_call_id", 80).value_or("");
    call.recording = reader.maybe_text("recording", 500).value_or("");
    call.source = reader.text("source", 32);
    call.level = reader.maybe_text("level", 16).value_or("ordinary");
    call.topic = reader.maybe_text("topic", 16).value_or("event");
    call.outside_no = reader.maybe_text("outside_no", 60).value_or("");
    call.is_public = reader.flag("public", false);
    call.wants_call_back = reader.flag("call_back", false);
    call.case_reference = reader.maybe_text("case_id", 40).value_or("");
    call.question = reader.maybe_words("question", words_max);
    call.answer = reader.maybe_words("answer", words_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return call;
}

Result<Article> read_article(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Article article;
    article.id = reader.id("article_id");
    article.version = reader.maybe_integer("version").value_or(0);
    article.question = reader.words("question", 200);
    article.answer = reader.words("answer", words_max);
    article.kind = reader.maybe_text("kind", 16).value_or("");
    article.class_code = reader.maybe_text("class_code", 8).value_or("");
    article.source = reader.maybe_text("source", 200).value_or("");
    article.valid_from = reader.maybe_text("valid_from", 10).value_or("");
    article.valid_to = reader.maybe_text("valid_to", 10).value_or("");
    article.is_open = reader.flag("is_open", true);
    if (reader.error()) return tl::unexpected(*reader.error());
    return article;
}

Result<Attempt> read_attempt(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Attempt attempt;
    attempt.attempt_id = reader.id("attempt_id");
    attempt.outcome = reader.text("outcome", 20);
    attempt.words = reader.maybe_words("words", words_max);
    if (const auto* answers = reader.find("answers")) {
        if (!answers->is_object() || answers->get_object().size() > 50) reader.refuse("answers", "must be an object of at most 50 answers");
        else
            for (const auto& one : answers->get_object()) {
                if (one.value().is_string()) attempt.answers[std::string(one.key())] = std::string(take_characters(std::string(one.value().get_string()), 200));
                else reader.refuse("answers", "must be texts");
            }
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    return attempt;
}

Result<PlaceAsked> read_place(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    PlaceAsked place;
    place.lon = reader.number("lon");
    place.lat = reader.number("lat");
    place.coord_type = reader.text("coord_type", 16);
    place.kind = reader.maybe_text("kind", 16).value_or("");
    place.class_code = reader.maybe_text("class_code", 8).value_or("");
    place.asset_id = reader.maybe_text("asset_id", 40).value_or("");
    place.words = reader.maybe_words("words", words_max);
    place.address = reader.maybe_text("address", 200).value_or("");
    place.edition = "2026";
    if (reader.error()) return tl::unexpected(*reader.error());
    return place;
}

Result<DutyEntry> read_duty_entry(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    DutyEntry entry;
    entry.entry_id = reader.id("entry_id");
    entry.follows = reader.maybe_id("follows");
    entry.at_ms = reader.maybe_instant("at");
    entry.kind = reader.text("kind", 20);
    entry.level = reader.maybe_text("level", 16).value_or("");
    entry.words = reader.words("words", words_max);
    entry.place = reader.maybe_text("place", 200).value_or("");
    entry.told = reader.maybe_text("told", 200).value_or("");
    entry.case_reference = reader.maybe_text("case_id", 40).value_or("");
    if (reader.error()) return tl::unexpected(*reader.error());
    return entry;
}

struct Plan {
    std::string day, shift;
    std::vector<Uuid> people;
};

Result<Plan> read_plan(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Plan plan;
    plan.day = reader.text("day", 10);
    plan.shift = reader.text("shift", 20);
    if (reader.find("people") == nullptr) reader.refuse("people", "is missing");
    plan.people = reader.ids("people", 200);
    if (reader.error()) return tl::unexpected(*reader.error());
    return plan;
}

// Of an id in the path.
Result<Uuid> id_of(const Request& request, const char* name) {
    const auto id = parse_uuid(request.path_values.at(name));
    if (!id || id->is_nil()) return fail("bad_member", {{"member", name}, {"reason", "must be a UUID"}});
    return *id;
}

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

void add_pool_routes(const Route& route, HotlineService& service) {
    route(Method::get, "/api/v1/hotline/settings", "case.act", [&](const Request& request, const Viewer&) { return answer(service.settings(request.language())); });
    route(Method::get, "/api/v1/hotline/pool", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(holder, http::query_choice(request, "holder", {"free", "mine", "others"}));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        return answer(service.pool({query_text(request, "stage"), holder, query_text(request, "cursor"), limit}, viewer, request.language()));
    });
    route(Method::get, "/api/v1/hotline/claims/{case_id}", "hotline.read", [&](const Request& request, const Viewer& viewer) { return answer(service.find_claim(request.path_values.at("case_id"), viewer)); });
    route(Method::put, "/api/v1/hotline/claims/{case_id}", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const bool takes = reader.flag("takes", false);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.claim(request.path_values.at("case_id"), takes, viewer));
    });
    route(Method::del, "/api/v1/hotline/claims/{case_id}", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY(service.release(request.path_values.at("case_id"), viewer));
        return Response::empty();
    });
    route(Method::post, "/api/v1/hotline/class-suggestions", "report.write", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto words = reader.text("words", words_max), kind = reader.maybe_text("kind", 16).value_or("");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.suggest(words, kind));
    });
    route(Method::post, "/api/v1/hotline/duplicates", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(place, read_place(request.body));
        return answer(service.duplicates(place, viewer, request.language()));
    });
    route(Method::get, "/api/v1/hotline/cases/{case_id}/duplicates", "hotline.read", [&](const Request& request, const Viewer& viewer) { return answer(service.case_duplicates(request.path_values.at("case_id"), viewer, request.language())); });
    route(Method::get, "/api/v1/hotline/phrases", "case.act", [&](const Request& request, const Viewer& viewer) { return answer(service.phrases(viewer, request.language())); });
    route(Method::post, "/api/v1/hotline/phrases", "case.act", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto phrase_id = reader.id("phrase_id");
        const auto words = reader.words("words", 200);
        if (reader.error()) return tl::unexpected(*reader.error());
        service.add_phrase(phrase_id, words, viewer);
        return answer(service.phrases(viewer, request.language()), 201);
    });
    route(Method::del, "/api/v1/hotline/phrases/{phrase_id}", "case.act", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(id, id_of(request, "phrase_id"));
        service.drop_phrase(id, viewer);
        return Response::empty();
    });
}

void add_call_routes(const Route& route, HotlineService& service, const Clock& clock) {
    route(Method::post, "/api/v1/hotline/callers", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto phone = reader.words("phone", 30);
        if (phone.size() < 5) reader.refuse("phone", "must have five digits at least");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.caller(phone, viewer, request.language()));
    });
    route(Method::post, "/api/v1/hotline/calls", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(call, read_call(request.body));
        if (call.called_ms == 0) call.called_ms = clock.now_ms();
        return answer(service.add_call(call, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/hotline/calls", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(outcome, http::query_choice(request, "outcome", {"answered", "reported"}));
        TRY_ASSIGN(is_mine, http::query_flag(request, "mine"));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        TRY_ASSIGN(span, http::query_span(request));
        return answer(service.calls({outcome, query_text(request, "source"), query_text(request, "cursor"), is_mine.value_or(false), span.from_ms, span.to_ms, limit}, viewer, request.language()));
    });
    route(Method::get, "/api/v1/hotline/calls/{call_id}/contact", "contact.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(id, id_of(request, "call_id"));
        return answer(service.call_contact(id, viewer));
    });
    route(Method::get, "/api/v1/hotline/articles", "hotline.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(is_all, http::query_flag(request, "all"));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        return answer(service.articles({std::string(take_characters(query_text(request, "q"), 100)), query_text(request, "kind"), query_text(request, "class_code"), query_text(request, "cursor"), !is_all.value_or(false), limit}, request.language()));
    });
    route(Method::post, "/api/v1/hotline/articles", "hotline.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(article, read_article(request.body));
        return answer(service.store_article(article, viewer, request.language()), article.version == 0 ? 201 : 200);
    });
    route(Method::get, "/api/v1/hotline/call-backs", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(state, http::query_choice(request, "state", {"waiting", "done", "unreached"}));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        return answer(service.call_backs(state, query_text(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::post, "/api/v1/hotline/call-backs/{call_back_id}/attempts", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(id, id_of(request, "call_back_id"));
        TRY_ASSIGN(attempt, read_attempt(request.body));
        return answer(service.try_call_back(id, attempt, viewer, request.language()));
    });
    route(Method::get, "/api/v1/hotline/summary", "hotline.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(span, http::query_span(request));
        const auto today = city_midnight_ms(city_date(clock.now_ms()));
        return answer(service.summary(span.from_ms.value_or(today), span.to_ms.value_or(today + day_ms)));
    });
}

void add_shift_routes(const Route& route, HotlineService& service, const Clock& clock) {
    route(Method::get, "/api/v1/hotline/handovers", "hotline.read", [&](const Request&, const Viewer&) { return answer(service.handovers()); });
    route(Method::post, "/api/v1/hotline/handovers", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto handover_id = reader.id("handover_id"), receiver = reader.id("to");
        const auto words = reader.maybe_words("words", words_max);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.hand_over(handover_id, receiver, words, viewer), 201);
    });
    route(Method::get, "/api/v1/hotline/duty-log", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        return answer(service.duty_log(query_text(request, "kind"), query_text(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::post, "/api/v1/hotline/duty-log", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(entry, read_duty_entry(request.body));
        return answer(service.add_duty_entry(entry, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/hotline/rota", "hotline.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        const auto today = format_date(city_date(clock.now_ms()));
        const auto from = query_text(request, "from"), to = query_text(request, "to");
        return answer(service.rota(from.empty() ? today : from, to.empty() ? (from.empty() ? today : from) : to, request.language()));
    });
    route(Method::put, "/api/v1/hotline/rota", "hotline.manage", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(plan, read_plan(request.body));
        return answer(service.plan_shift(plan.day, plan.shift, plan.people, request.language()));
    });
}

} // namespace

void HotlineService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    const Route route = [&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, http::answering(problems, std::move(act))));
    };
    add_pool_routes(route, *this);
    add_call_routes(route, *this, state_->parts.clock);
    add_shift_routes(route, *this, state_->parts.clock);
}

} // namespace chengge::hotline
