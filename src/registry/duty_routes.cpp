// HTTP ↔ who looks after duty areas on which shift. Names of collectors are for those who lead them: departments never see them.
#include "base/text.hpp"
#include "http/query.hpp"
#include "registry/duty_people.hpp"

namespace chengge::registry {

namespace {

using http::Method;
using http::answer;
using http::Request;
using http::Response;
using identity::Viewer;

constexpr const char* reads = "patrol.manage|registry.edit";
constexpr const char* writes = "patrol.manage|registry.edit";

Result<DutyAreaFilter> read_duty_filter(const Request& request) {
    DutyAreaFilter filter;
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    TRY_ASSIGN(is_uncovered, http::query_flag(request, "uncovered"));
    filter.limit = limit;
    filter.is_uncovered = is_uncovered.value_or(false);
    filter.day = http::query_text(request, "day");
    filter.region = http::query_text(request, "region");
    filter.words = std::string(trim(http::query_text(request, "words")));
    filter.cursor = http::query_text(request, "cursor");
    return filter;
}

Result<NewDuty> read_duty(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewDuty duty;
    duty.id = reader.id("duty_id");
    duty.area_id = reader.text("area_id", 40);
    duty.shift = reader.text("shift", 40);
    duty.person = reader.id("person_id");
    const auto role = reader.maybe_text("role", 20).value_or("holder");
    if (role != "holder" && role != "substitute") reader.refuse("role", "must be holder or substitute");
    duty.is_substitute = role == "substitute";
    duty.from_day = reader.text("from_day", 10);
    duty.to_day = reader.maybe_text("to_day", 10).value_or("");
    duty.words = reader.maybe_words("words", words_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return duty;
}

} // namespace

void add_duty_routes(const Route& route, RegistryService::State& state) {
    const auto people = std::make_shared<DutyPeople>(state);
    route(Method::get, "/api/v1/registry/duty/areas", reads, [people](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(filter, read_duty_filter(request));
        return answer(people->areas(filter, request.language()));
    });
    for (const bool is_xlsx : {false, true})
        route(Method::get, is_xlsx ? "/api/v1/registry/duty/areas.xlsx" : "/api/v1/registry/duty/areas.csv", reads, [people, is_xlsx](const Request& request, const Viewer&) -> Result<Response> {
            TRY_ASSIGN(filter, read_duty_filter(request));
            TRY_ASSIGN(bytes, people->table(filter, is_xlsx, request.language()));
            return std::move(Response::text(std::move(bytes), is_xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8")
                                 .with("Content-Disposition", is_xlsx ? "attachment; filename=\"duty_rota.xlsx\"" : "attachment; filename=\"duty_rota.csv\""));
        });
    route(Method::get, "/api/v1/registry/duty/mine", "registry.read",
          [people](const Request& request, const Viewer& viewer) { return answer(people->mine(http::query_text(request, "day"), viewer, request.language())); });
    route(Method::get, "/api/v1/registry/duty/assignments", reads, [people](const Request& request, const Viewer& viewer) -> Result<Response> {
        DutyFilter filter;
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        TRY_ASSIGN(person, http::query_id(request, "person"));
        filter.limit = limit;
        filter.person = person;
        filter.area_id = http::query_text(request, "area");
        filter.cursor = http::query_text(request, "cursor");
        return answer(people->list(filter, viewer, request.language()));
    });
    route(Method::post, "/api/v1/registry/duty/assignments", writes, [people](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(duty, read_duty(request.body));
        return answer(people->assign(duty, viewer, request.language()), 201);
    });
    route(Method::post, "/api/v1/registry/duty/assignments/{duty_id}/end", writes, [people](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto last_day = reader.text("last_day", 10);
        const auto words = reader.maybe_words("words", words_max);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(people->end(parse_uuid(request.path_values.at("duty_id")).value_or(Uuid{}), last_day, words, viewer, request.language()));
    });
}

} // namespace chengge::registry
