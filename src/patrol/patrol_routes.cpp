// HTTP ↔ service, no rules: the route table with its permissions, bodies into values.
#include <algorithm>
#include <functional>

#include "base/text.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "patrol/patrol_state.hpp"

namespace chengge::patrol {

using http::Method;
using http::query_text;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t words_max = 2000;
constexpr const char* any_reader = "patrol.read|patrol.company";
constexpr const char* anybody = "patrol.read|patrol.company|patrol.own";

// An id in the address: one that is none is of nothing that is known.
Uuid path_id(const Request& request, const char* name) { return parse_uuid(request.path_values.at(name)).value_or(Uuid{}); }

std::int64_t read_amount(JsonReader& reader, const char* name, std::int64_t most) {
    const auto value = reader.maybe_integer(name).value_or(0);
    if (value < 0 || value > most) reader.refuse(name, "must be a whole number");
    return value;
}

Result<Lot> read_lot(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Lot lot;
    lot.id = reader.id("lot_id");
    lot.version = reader.maybe_integer("version").value_or(0);
    lot.code = reader.words("code", 20);
    lot.name = reader.words("name", 60);
    lot.organisation = reader.text("organisation", 60);
    lot.contract_no = reader.maybe_words("contract_no", 60);
    lot.valid_from = reader.text("valid_from", 10);
    lot.valid_to = reader.text("valid_to", 10);
    lot.month_fee_cents = read_amount(reader, "month_fee_cents", 100'000'000'000);
    lot.unit_price_cents = read_amount(reader, "unit_price_cents", 100'000'000);
    lot.regions = reader.texts("regions", 500);
    const auto* promises = reader.find("promises");
    if (promises != nullptr && (!promises->is_array() || promises->get_array().size() > 20)) reader.refuse("promises", "must be an object");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (promises != nullptr)
        for (const auto& one : promises->get_array()) {
            JsonReader inner(one);
            Promise promise{inner.text("shift", 20)};
            promise.workday = read_amount(inner, "workday", 10'000);
            promise.restday = read_amount(inner, "restday", 10'000);
            if (inner.error()) return tl::unexpected(*inner.error());
            lot.promises.push_back(std::move(promise));
        }
    return lot;
}

Result<LotCollector> read_collector(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    LotCollector collector;
    collector.person = reader.id("person_id");
    collector.from_day = reader.text("from", 10);
    collector.to_day = reader.maybe_text("to", 10).value_or("");
    if (reader.error()) return tl::unexpected(*reader.error());
    return collector;
}

Result<RollCall> read_roll_call(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    RollCall call;
    call.id = reader.id("roll_call_id");
    call.people = reader.ids("people", 500);
    call.day = reader.text("day", 10);
    call.shift = reader.text("shift", 20);
    call.words = reader.maybe_words("words", words_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return call;
}

Result<NewSample> read_sample(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewSample sample;
    auto& frame = sample.frame;
    sample.id = reader.id("sample_id");
    frame.from_day = reader.text("from", 10);
    frame.to_day = reader.text("to", 10);
    frame.has_closed = reader.flag("closed", true);
    frame.has_simple = reader.flag("simple", true);
    frame.region = reader.maybe_text("region", 15).value_or("");
    frame.kind = reader.maybe_text("kind", 16).value_or("");
    frame.class_code = reader.maybe_text("class_code", 8).value_or("");
    frame.lot = reader.maybe_id("lot_id");
    frame.collector = reader.maybe_id("person_id");
    sample.size = static_cast<int>(std::clamp<std::int64_t>(reader.integer("size"), 0, 1'000'000));
    sample.seed = reader.maybe_words("seed", 100);
    sample.words = reader.maybe_words("words", words_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return sample;
}

Result<NewFinding> read_finding(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewFinding finding;
    finding.id = reader.id("finding_id");
    finding.sample = reader.maybe_id("sample_id");
    finding.collector = reader.maybe_id("person_id");
    finding.media = reader.ids("media", 20);
    finding.case_reference = reader.maybe_text("case_id", 40).value_or("");
    finding.kind = reader.text("kind", 40);
    finding.words = reader.maybe_words("words", words_max);
    finding.contests = reader.flag("contests", false);
    const auto lon = reader.maybe_number("lon"), lat = reader.maybe_number("lat");
    const auto coord_type = reader.maybe_text("coord_type", 16).value_or("cgcs2000");
    if (lon.has_value() != lat.has_value()) reader.refuse(lon ? "lat" : "lon", "is missing");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (lon) finding.place = cases::StepPlace{*lon, *lat, coord_type};
    return finding;
}

Result<FindingFilter> read_filter(const Request& request) {
    FindingFilter filter{.month = query_text(request, "month"), .kind = query_text(request, "kind"), .state = query_text(request, "state"), .cursor = query_text(request, "cursor")};
    for (const auto& [name, into] : {std::pair<const char*, Uuid*>{"lot", &filter.lot}, {"collector", &filter.collector}, {"sample", &filter.sample}}) {
        TRY_ASSIGN(id, http::query_id(request, name));
        *into = id;
    }
    TRY_ASSIGN(counts_only, http::query_flag(request, "counts"));
    filter.counts_only = counts_only.value_or(false);
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    filter.limit = limit;
    return filter;
}

Result<Response> file_answer(Result<std::string> text, bool is_xlsx, const std::string& name) {
    if (!text) return tl::unexpected(text.error());
    const auto type = is_xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8";
    return Response::text(std::move(*text), type).with("Content-Disposition", "attachment; filename=\"" + name + (is_xlsx ? ".xlsx" : ".csv") + "\"");
}

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

// This month, when the address names none.
std::string month_asked(const Request& request, const Clock& clock) {
    const auto month = query_text(request, "month");
    return month.empty() ? day_of(clock.now_ms()).substr(0, 7) : month;
}

void add_lot_routes(const Route& route, PatrolService& service, const Clock& clock) {
    route(Method::get, "/api/v1/patrol/settings", anybody, [&](const Request& request, const Viewer&) { return answer(service.settings(request.language())); });
    route(Method::get, "/api/v1/patrol/lots", any_reader, [&](const Request& request, const Viewer& viewer) { return answer(service.lots(viewer, request.language())); });
    route(Method::post, "/api/v1/patrol/lots", "patrol.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(lot, read_lot(request.body));
        return answer(service.store_lot(lot, viewer, request.language()), lot.version == 0 ? 201 : 200);
    });
    route(Method::get, "/api/v1/patrol/lots/{lot_id}", any_reader, [&](const Request& request, const Viewer& viewer) { return answer(service.lot(path_id(request, "lot_id"), viewer, request.language())); });
    route(Method::put, "/api/v1/patrol/lots/{lot_id}/collectors", "patrol.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(collector, read_collector(request.body));
        return answer(service.place_collector(path_id(request, "lot_id"), collector, viewer, request.language()));
    });
    route(Method::post, "/api/v1/patrol/lots/{lot_id}/roll-calls", "patrol.inspect|patrol.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(call, read_roll_call(request.body));
        return answer(service.take_roll_call(path_id(request, "lot_id"), call, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/patrol/lots/{lot_id}/presence", any_reader, [&](const Request& request, const Viewer& viewer) {
        return answer(service.presence(path_id(request, "lot_id"), month_asked(request, clock), viewer, request.language()));
    });
}

void add_finding_routes(const Route& route, PatrolService& service) {
    route(Method::post, "/api/v1/patrol/samples", "patrol.inspect", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(sample, read_sample(request.body));
        return answer(service.draw_sample(sample, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/patrol/samples", "patrol.read", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        return answer(service.samples(query_text(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::get, "/api/v1/patrol/samples/{sample_id}", "patrol.read", [&](const Request& request, const Viewer& viewer) { return answer(service.sample(path_id(request, "sample_id"), viewer, request.language())); });
    route(Method::get, "/api/v1/patrol/samples/{sample_id}/check", "patrol.read", [&](const Request& request, const Viewer&) { return answer(service.check_sample(path_id(request, "sample_id"))); });
    route(Method::get, "/api/v1/patrol/samples/{sample_id}/population.csv", "patrol.read", [&](const Request& request, const Viewer&) { return file_answer(service.population_csv(path_id(request, "sample_id")), false, "population"); });
    route(Method::post, "/api/v1/patrol/findings", "patrol.inspect", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(finding, read_finding(request.body));
        return answer(service.add_finding(finding, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/patrol/findings", anybody, [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_filter(request));
        return answer(service.findings(filter, viewer, request.language()));
    });
    for (const bool is_xlsx : {false, true})
        route(Method::get, is_xlsx ? "/api/v1/patrol/findings/table.xlsx" : "/api/v1/patrol/findings/table.csv", any_reader, [&service, is_xlsx](const Request& request, const Viewer& viewer) -> Result<Response> {
            TRY_ASSIGN(filter, read_filter(request));
            return file_answer(service.findings_table(filter, is_xlsx, viewer, request.language()), is_xlsx, "findings");
        });
    route(Method::get, "/api/v1/patrol/findings/{finding_id}", anybody, [&](const Request& request, const Viewer& viewer) { return answer(service.finding(path_id(request, "finding_id"), viewer, request.language())); });
    route(Method::post, "/api/v1/patrol/findings/{finding_id}/objection", "patrol.own|patrol.company", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto words = reader.maybe_words("words", words_max);
        const auto media = reader.ids("media", 20);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.object(path_id(request, "finding_id"), words, media, viewer, request.language()));
    });
    route(Method::post, "/api/v1/patrol/findings/{finding_id}/decision", "patrol.decide", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const bool upholds = reader.flag("upholds", true);
        if (reader.find("upholds") == nullptr) reader.refuse("upholds", "is missing");
        const auto words = reader.maybe_words("words", words_max);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.decide(path_id(request, "finding_id"), upholds, words, viewer, request.language()));
    });
}

void add_sheet_routes(const Route& route, PatrolService& service, const Clock& clock) {
    route(Method::get, "/api/v1/patrol/scores", any_reader, [&](const Request& request, const Viewer& viewer) { return answer(service.scores(month_asked(request, clock), viewer, request.language())); });
    route(Method::get, "/api/v1/patrol/my-score", "patrol.own", [&](const Request& request, const Viewer& viewer) { return answer(service.my_score(month_asked(request, clock), viewer, request.language())); });
    route(Method::post, "/api/v1/patrol/sheets", "patrol.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto sheet_id = reader.id("sheet_id"), lot_id = reader.id("lot_id");
        const auto month = reader.text("month", 7);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.make_sheet(sheet_id, lot_id, month, viewer, request.language()), 201);
    });
    route(Method::get, "/api/v1/patrol/sheets", any_reader, [&](const Request& request, const Viewer& viewer) { return answer(service.sheets(query_text(request, "month"), viewer, request.language())); });
    route(Method::get, "/api/v1/patrol/sheets/{sheet_id}", any_reader, [&](const Request& request, const Viewer& viewer) { return answer(service.sheet(path_id(request, "sheet_id"), viewer, request.language())); });
    route(Method::get, "/api/v1/patrol/sheets/{sheet_id}/lines", any_reader, [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 100));
        return answer(service.sheet_lines(path_id(request, "sheet_id"), query_text(request, "rule"), query_text(request, "cursor"), limit, viewer, request.language()));
    });
    route(Method::post, "/api/v1/patrol/sheets/{sheet_id}/confirmation", "patrol.manage", [&](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto version = reader.integer("version");
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(service.confirm_sheet(path_id(request, "sheet_id"), version, viewer, request.language()));
    });
    for (const bool is_xlsx : {false, true})
        route(Method::get, is_xlsx ? "/api/v1/patrol/sheets/{sheet_id}/table.xlsx" : "/api/v1/patrol/sheets/{sheet_id}/table.csv", any_reader, [&service, is_xlsx](const Request& request, const Viewer& viewer) {
            return file_answer(service.sheet_table(path_id(request, "sheet_id"), is_xlsx, viewer, request.language()), is_xlsx, "sheet");
        });
}

} // namespace

void PatrolService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    const Route route = [&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, http::answering(problems, std::move(act))));
    };
    add_lot_routes(route, *this, state_->parts.clock);
    add_finding_routes(route, *this);
    add_sheet_routes(route, *this, state_->parts.clock);
}

} // namespace chengge::patrol
