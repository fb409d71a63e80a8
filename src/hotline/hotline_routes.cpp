// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "hotline/hotline_state.hpp"

namespace chengge::hotline {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t batch_max = 100;
constexpr std::size_t words_max = 2000;

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

Result<void> check_query(const Request& request, const char* name, std::initializer_list<std::string_view> values) {
    const auto text = asked(request, name);
    if (!text.empty() && std::find(values.begin(), values.end(), text) == values.end()) return fail("bad_query_value", {{"name", name}});
    return {};
}

Result<Uuid> id_of(const std::string& text, const char* name) {
    const auto id = parse_uuid(text);
    if (!id || id->is_nil()) return fail("bad_member", {{"member", name}, {"reason", "must be a UUID"}});
    return *id;
}

// An id that may be left out.
Result<Uuid> maybe_id(const std::optional<std::string>& text, const char* name) {
    if (!text) return Uuid{};
    return id_of(*text, name);
}

Result<std::optional<std::int64_t>> instant_of(const std::optional<std::string>& text, const char* name) {
    if (!text) return std::optional<std::int64_t>();
    const auto at = parse_instant(*text);
    if (!at) return fail("bad_member", {{"member", name}, {"reason", "must be an RFC 3339 instant"}});
    return std::optional<std::int64_t>(*at);
}

Result<std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>> read_span(const Request& request) {
    std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>> span;
    for (const auto& [name, into] : {std::pair<const char*, std::optional<std::int64_t>*>{"from", &span.first}, {"to", &span.second}}) {
        if (asked(request, name).empty()) continue;
        *into = parse_instant(asked(request, name));
        if (!*into) return fail("bad_query_value", {{"name", name}});
    }
    return span;
}

std::string read_words(JsonReader& reader, const char* name) { return std::string(trim(reader.maybe_text(name, words_max).value_or(""))); }

Result<NewCall> read_call(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewCall call;
    const auto id = reader.text("call_id", 36);
    const auto called = reader.maybe_text("called_at", 40), due = reader.maybe_text("outside_due_at", 40), article = reader.maybe_text("article_id", 36);
    call.phone = std::string(trim(reader.maybe_text("phone", 30).value_or("")));
    call.name = std::string(trim(reader.maybe_text("name", 60).value_or("")));
    call.outside_call_id = reader.maybe_text("outside_call_id", 80).value_or("");
    call.recording = reader.maybe_text("recording", 500).value_or("");
    call.source = reader.text("source", 32);
    call.level = reader.maybe_text("level", 16).value_or("ordinary");
    call.topic = reader.maybe_text("topic", 16).value_or("event");
    call.outside_no = reader.maybe_text("outside_no", 60).value_or("");
    call.is_public = reader.flag("public", false);
    call.wants_call_back = reader.flag("call_back", false);
    call.case_reference = reader.maybe_text("case_id", 40).value_or("");
    call.question = read_words(reader, "question");
    call.answer = read_words(reader, "answer");
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(call_id, id_of(id, "call_id"));
    TRY_ASSIGN(article_id, maybe_id(article, "article_id"));
    TRY_ASSIGN(called_ms, instant_of(called, "called_at"));
    TRY_ASSIGN(due_ms, instant_of(due, "outside_due_at"));
    call.call_id = call_id;
    call.article_id = article_id;
    call.outside_due_ms = due_ms;
    call.called_ms = called_ms.value_or(0);
    return call;
}

Result<Article> read_article(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Article article;
    const auto id = reader.text("article_id", 36);
    article.version = reader.maybe_integer("version").value_or(0);
    article.question = std::string(trim(reader.text("question", 200)));
    article.answer = std::string(trim(reader.text("answer", words_max)));
    article.kind = reader.maybe_text("kind", 16).value_or("");
    article.class_code = reader.maybe_text("class_code", 8).value_or("");
    article.source = reader.maybe_text("source", 200).value_or("");
    article.valid_from = reader.maybe_text("valid_from", 10).value_or("");
    article.valid_to = reader.maybe_text("valid_to", 10).value_or("");
    article.is_open = reader.flag("is_open", true);
    if (article.question.empty() || article.answer.empty()) reader.refuse(article.question.empty() ? "question" : "answer", "must not be empty");
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(article_id, id_of(id, "article_id"));
    article.id = article_id;
    return article;
}

struct Batch {
    std::string action;
    std::vector<BatchItem> items;
};

Result<Batch> read_batch(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Batch batch;
    batch.action = reader.text("action", 20);
    const auto* items = reader.find("items");
    if (items == nullptr || !items->is_array() || items->get_array().empty() || items->get_array().size() > batch_max) reader.refuse("items", "must be a list of 1 to 100 cases");
    if (batch.action != "accept" && batch.action != "file_case") reader.refuse("action", "must be accepting or filing");
    if (reader.error()) return tl::unexpected(*reader.error());
    for (const auto& one : items->get_array()) {
        JsonReader inner(one);
        BatchItem item;
        item.case_id = inner.text("case_id", 40);
        const auto step_id = inner.text("step_id", 36);
        item.version = inner.integer("version");
        item.filing_row = inner.maybe_text("filing_row", 60).value_or("");
        if (inner.error()) return tl::unexpected(*inner.error());
        TRY_ASSIGN(id, id_of(step_id, "step_id"));
        item.step_id = id;
        batch.items.push_back(std::move(item));
    }
    return batch;
}

Result<Attempt> read_attempt(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Attempt attempt;
    const auto id = reader.text("attempt_id", 36);
    attempt.outcome = reader.text("outcome", 20);
    attempt.words = read_words(reader, "words");
    if (const auto* answers = reader.find("answers")) {
        if (!answers->is_object() || answers->get_object().size() > 50) reader.refuse("answers", "must be an object of at most 50 answers");
        else
            for (const auto& one : answers->get_object()) {
                if (one.value().is_string()) attempt.answers[std::string(one.key())] = std::string(take_characters(std::string(one.value().get_string()), 200));
                else reader.refuse("answers", "must be texts");
            }
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(attempt_id, id_of(id, "attempt_id"));
    attempt.attempt_id = attempt_id;
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
    place.words = read_words(reader, "words");
    place.edition = "2026";
    if (reader.error()) return tl::unexpected(*reader.error());
    return place;
}

Result<DutyEntry> read_duty_entry(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    DutyEntry entry;
    const auto id = reader.text("entry_id", 36);
    const auto follows = reader.maybe_text("follows", 36), at = reader.maybe_text("at", 40);
    entry.kind = reader.text("kind", 20);
    entry.level = reader.maybe_text("level", 16).value_or("");
    entry.words = std::string(trim(reader.text("words", words_max)));
    entry.place = reader.maybe_text("place", 200).value_or("");
    entry.told = reader.maybe_text("told", 200).value_or("");
    entry.case_reference = reader.maybe_text("case_id", 40).value_or("");
    if (entry.words.empty()) reader.refuse("words", "must not be empty");
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(entry_id, id_of(id, "entry_id"));
    TRY_ASSIGN(follows_id, maybe_id(follows, "follows"));
    TRY_ASSIGN(at_ms, instant_of(at, "at"));
    entry.entry_id = entry_id;
    entry.follows = follows_id;
    entry.at_ms = at_ms;
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
    const auto* people = reader.find("people");
    if (people == nullptr || !people->is_array() || people->get_array().size() > 200) reader.refuse("people", "must be a list of at most 200 ids");
    if (reader.error()) return tl::unexpected(*reader.error());
    for (const auto& one : people->get_array()) {
        TRY_ASSIGN(id, id_of(one.is_string() ? std::string(one.get_string()) : "", "people"));
        plan.people.push_back(id);
    }
    return plan;
}

Result<Response> answer(Result<json::object> object, int status = 200) {
    if (!object) return tl::unexpected(object.error());
    return Response::json(std::move(*object), status);
}

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

void add_pool_routes(const Route& route, HotlineService& service, const http::Problems& problems) {
    route(Method::get, "/api/v1/hotline/settings", "case.act", [&](const Request& request, const Viewer&) { return answer(service.settings(request.language())); });
    route(Method::get, "/api/v1/hotline/pool", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY(check_query(request, "holder", {"free", "mine", "others"}));
        TRY_ASSIGN(limit, read_limit(request, 50));
        return answer(service.pool({asked(request, "stage"), asked(request, "holder"), asked(request, "cursor"), limit}, viewer, request.language()));
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
    route(Method::post, "/api/v1/hotline/batches", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(batch, read_batch(request.body));
        return answer(service.batch(batch.action, batch.items, viewer, problems, request.language()));
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
        const auto id = reader.text("phrase_id", 36), words = std::string(trim(reader.text("words", 200)));
        if (words.empty()) reader.refuse("words", "must not be empty");
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY_ASSIGN(phrase_id, id_of(id, "phrase_id"));
        service.add_phrase(phrase_id, words, viewer);
        return answer(service.phrases(viewer, request.language()), 201);
    });
    route(Method::del, "/api/v1/hotline/phrases/{phrase_id}", "case.act", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(id, id_of(request.path_values.at("phrase_id"), "phrase_id"));
        service.drop_phrase(id, viewer);
        return Response::empty();
    });
}

void add_call_routes(const Route& route, HotlineService& service, const Clock& clock) {
    route(Method::post, "/api/v1/hotline/callers", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto phone = std::string(trim(reader.text("phone", 30)));
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
        TRY(check_query(request, "outcome", {"answered", "reported"}));
        TRY(check_query(request, "mine", {"true", "false"}));
        TRY_ASSIGN(limit, read_limit(request, 50));
        TRY_ASSIGN(span, read_span(request));
        return answer(service.calls({asked(request, "outcome"), asked(request, "source"), asked(request, "cursor"), asked(request, "mine") == "true", span.first, span.second, limit}, viewer, request.language()));
    });
    route(Method::get, "/api/v1/hotline/calls/{call_id}/contact", "contact.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(id, id_of(request.path_values.at("call_id"), "call_id"));
        return answer(service.call_contact(id, viewer));
    });
    route(Method::get, "/api/v1/hotline/articles", "hotline.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY(check_query(request, "all", {"true", "false"}));
        TRY_ASSIGN(limit, read_limit(request, 50));
        return answer(service.articles({std::string(take_characters(asked(request, "q"), 100)), asked(request, "kind"), asked(request, "class_code"), asked(request, "cursor"), asked(request, "all") != "true", limit}, request.language()));
    });
    route(Method::post, "/api/v1/hotline/articles", "hotline.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(article, read_article(request.body));
        return answer(service.store_article(article, viewer, request.language()), article.version == 0 ? 201 : 200);
    });
    route(Method::get, "/api/v1/hotline/call-backs", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY(check_query(request, "state", {"waiting", "done", "unreached"}));
        TRY_ASSIGN(limit, read_limit(request, 50));
        return answer(service.call_backs(asked(request, "state"), asked(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::post, "/api/v1/hotline/call-backs/{call_back_id}/attempts", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(id, id_of(request.path_values.at("call_back_id"), "call_back_id"));
        TRY_ASSIGN(attempt, read_attempt(request.body));
        return answer(service.try_call_back(id, attempt, viewer, request.language()));
    });
    route(Method::get, "/api/v1/hotline/summary", "hotline.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(span, read_span(request));
        const auto today = city_midnight_ms(city_date(clock.now_ms()));
        return answer(service.summary(span.first.value_or(today), span.second.value_or(today + day_ms)));
    });
}

void add_shift_routes(const Route& route, HotlineService& service, const Clock& clock) {
    route(Method::get, "/api/v1/hotline/handovers", "hotline.read", [&](const Request&, const Viewer&) { return answer(service.handovers()); });
    route(Method::post, "/api/v1/hotline/handovers", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto id = reader.text("handover_id", 36), to = reader.text("to", 36);
        const auto words = read_words(reader, "words");
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY_ASSIGN(handover_id, id_of(id, "handover_id"));
        TRY_ASSIGN(receiver, id_of(to, "to"));
        return answer(service.hand_over(handover_id, receiver, words, viewer), 201);
    });
    route(Method::get, "/api/v1/hotline/duty-log", "hotline.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(limit, read_limit(request, 50));
        return answer(service.duty_log(asked(request, "kind"), asked(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::post, "/api/v1/hotline/duty-log", "hotline.write", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(entry, read_duty_entry(request.body));
        return answer(service.add_duty_entry(entry, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/hotline/rota", "hotline.read", [&](const Request& request, const Viewer&) -> Result<Response> {
        const auto today = format_date(city_date(clock.now_ms()));
        const auto from = asked(request, "from"), to = asked(request, "to");
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
        router.add(method, path, identity.guard(permission, [&problems, act = std::move(act)](const Request& request, const Viewer& viewer) {
            auto made = act(request, viewer);
            return made ? std::move(*made) : problems.answer(made.error(), request);
        }));
    };
    add_pool_routes(route, *this, problems);
    add_call_routes(route, *this, state_->parts.clock);
    add_shift_routes(route, *this, state_->parts.clock);
}

} // namespace chengge::hotline
