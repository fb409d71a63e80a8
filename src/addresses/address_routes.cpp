// HTTP ↔ AddressService, no rules.
#include <cmath>
#include <cstdlib>

#include "addresses/address_service.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"

namespace chengge::addresses {

namespace {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;

constexpr std::size_t text_max = 200;
constexpr std::size_t table_bytes_max = 8u << 20;

Result<std::string> query_address(const Request& request, std::string_view name) {
    auto text = http::query_text(request, name);
    if (text.empty() || text.size() > 3 * text_max) return fail("bad_query_value", {{"name", std::string(name)}});
    return text;
}

// `near`: "lon,lat"; what lies nearer comes first among equals.
Result<Wish> query_wish(const Request& request) {
    Wish wish;
    TRY_ASSIGN(limit, http::query_limit(request, 10, 50));
    wish.limit = limit;
    const auto near = request.query_value("near").value_or("");
    if (near.empty()) return wish;
    char* end = nullptr;
    wish.near.lon = std::strtod(near.c_str(), &end);
    if (*end != ',') return fail("bad_query_value", {{"name", "near"}});
    wish.near.lat = std::strtod(end + 1, &end);
    if (*end != '\0' || !(wish.near.lon >= -180 && wish.near.lon <= 180 && wish.near.lat >= -90 && wish.near.lat <= 90)) return fail("bad_query_value", {{"name", "near"}});
    wish.has_near = true;
    return wish;
}

json::object place_json(const Place& place) {
    json::object object{{"id", place.id}, {"name", place.name}, {"kind", name_of(place.kind)}, {"lon", place.point.lon}, {"lat", place.point.lat}};
    if (place.id.empty()) object["id"] = nullptr;
    return object;
}

json::object located_json(const Located& located) {
    auto object = place_json(located.candidate.place);
    json::array reasons;
    for (const auto reason : located.candidate.reasons) reasons.push_back(json::string(name_of(reason)));
    object["score"] = std::round(located.candidate.score * 100) / 100;
    object["reasons"] = std::move(reasons);
    const auto add = [&](const char* name, const std::string& value) { object[name] = value.empty() ? json::value(nullptr) : json::value(value); };
    add("cell_code", located.cell_code);
    add("community_code", located.community_code);
    add("community_name", located.community_name);
    add("district_name", located.district_name);
    return object;
}

json::object called_json(const Called& called) {
    json::object object{{"text", called.text},
                        {"short_text", called.short_text},
                        {"cell_code", called.place.cell_code},
                        {"community_code", called.place.community_code},
                        {"community_name", called.place.community_name},
                        {"subdistrict_name", called.place.subdistrict_name},
                        {"district_name", called.place.managing_district_name}};
    object["address"] = nullptr;
    object["landmark"] = nullptr;
    object["street"] = nullptr;
    if (called.address) {
        auto address = place_json(*called.address);
        address["metres"] = std::round(called.address_m * 10) / 10;
        object["address"] = std::move(address);
    }
    if (called.landmark) {
        auto landmark = place_json(*called.landmark);
        landmark["metres"] = std::round(called.landmark_m * 10) / 10;
        if (called.landmark_side.empty()) landmark["side"] = nullptr;
        else landmark["side"] = called.landmark_side;
        object["landmark"] = std::move(landmark);
    }
    if (!called.street.empty()) object["street"] = json::object{{"name", called.street}, {"metres", std::round(called.street_m * 10) / 10}};
    return object;
}

} // namespace

void AddressService::add_routes(http::Router& router, const http::Problems& problems) {
    const auto route = [&](Method method, const char* path, auto act, http::RouteOptions options = {}) {
        router.add(method, path, parts_.identity.guard("map.read", http::answering(problems, [act](const Request& request, const Viewer&) { return act(request); })), options);
    };
    route(Method::get, "/api/v1/addresses/suggestions", [this](const Request& request) -> Result<Response> {
        TRY_ASSIGN(text, query_address(request, "q"));
        TRY_ASSIGN(wish, query_wish(request));
        json::array items;
        for (const auto& place : suggest(text, wish)) items.push_back(place_json(place));
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::get, "/api/v1/addresses/forward", [this](const Request& request) -> Result<Response> {
        TRY_ASSIGN(text, query_address(request, "q"));
        TRY_ASSIGN(wish, query_wish(request));
        json::array items, elements;
        for (const auto& one : geocode(text, wish)) items.push_back(located_json(one));
        for (const auto& one : parse(text)) elements.push_back(json::object{{"kind", name_of(one.kind)}, {"text", one.text}, {"is_known", one.is_known}});
        return Response::json(json::object{{"items", std::move(items)}, {"elements", std::move(elements)}});
    });
    route(Method::get, "/api/v1/addresses/reverse", [this](const Request& request) -> Result<Response> {
        TRY_ASSIGN(lon, http::query_number(request, "lon"));
        TRY_ASSIGN(lat, http::query_number(request, "lat"));
        TRY_ASSIGN(called, reverse(lon, lat, request.query_value("coord_type").value_or("cgcs2000")));
        return Response::json(called_json(called));
    });
    route(Method::post, "/api/v1/addresses/table.csv", [this](const Request& request) -> Result<Response> {
        TRY_ASSIGN(table, run_table(request.body, request.query_value("coord_type").value_or("cgcs2000")));
        return std::move(Response::text(std::move(table), "text/csv; charset=utf-8").with("Content-Disposition", "attachment; filename=\"addresses.csv\""));
    }, {.body_bytes_max = table_bytes_max});
}

} // namespace chengge::addresses
