// HTTP ↔ service, no rules.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "responsibility/responsibility_state.hpp"
#include "storage/list_builder.hpp"

namespace chengge::responsibility {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::size_t file_bytes_max = 16u << 20;
constexpr std::size_t features_max = 3000;
constexpr std::size_t faults_max = 400;

std::string pick(const Words& words, const std::string& language) { return language == "en" ? words.en : words.zh; }

json::object unit_json(const std::string& code, const Names& names) { return {{"code", code}, {"name", names.unit_name(code)}}; }

json::value maybe_unit(const std::string& code, const Names& names) { return code.empty() ? json::value(nullptr) : json::value(unit_json(code, names)); }

json::object row_json(const Row& row, const Names& names, const std::string& language) {
    const auto* condition = row.filing_row.empty() ? nullptr : names.rules->taxonomy.find_row(row.filing_row);
    return {{"code", row.code}, {"version", row.version}, {"edition", row.edition}, {"kind", row.kind}, {"class_code", row.class_code}, {"class_words", pick(names.class_words(row), language)},
            {"trade", row.trade}, {"filing_row", row.filing_row}, {"condition", condition != nullptr ? condition->condition : ""}, {"place_kind", row.place_kind}, {"place", row.place},
            {"place_words", pick(names.place_words(row), language)}, {"side", row.side}, {"shape", row.shape.empty() ? json::value(nullptr) : geo::to_geojson(row.shape)},
            {"competent", maybe_unit(row.competent, names)}, {"owner", maybe_unit(row.owner, names)}, {"maintenance", maybe_unit(row.maintenance, names)},
            {"unit", unit_json(unit_of(row), names)}, {"valid_from", row.valid_from}, {"valid_to", row.valid_to}, {"source", row.source}, {"note", row.note}, {"origin", row.origin},
            {"changed_at", row.changed_ms == 0 ? json::value(nullptr) : json::value(format_rfc3339(row.changed_ms))}, {"changed_by", row.changed_by}};
}

Result<Row> read_row(const std::string& body, const std::string& code) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    Row row;
    row.code = code;
    row.version = reader.maybe_integer("version").value_or(0);
    for (const auto& [name, member, characters] : {std::tuple{"edition", &Row::edition, 8u}, {"kind", &Row::kind, 16u}, {"class_code", &Row::class_code, 16u}, {"trade", &Row::trade, 40u},
                                                   {"filing_row", &Row::filing_row, 80u}, {"place_kind", &Row::place_kind, 16u}, {"place", &Row::place, 80u}, {"side", &Row::side, 8u},
                                                   {"competent", &Row::competent, 80u}, {"owner", &Row::owner, 80u}, {"maintenance", &Row::maintenance, 80u}, {"valid_from", &Row::valid_from, 10u},
                                                   {"valid_to", &Row::valid_to, 10u}, {"source", &Row::source, 300u}, {"note", &Row::note, 600u}})
        row.*member = std::string(trim(reader.maybe_text(name, characters).value_or("")));
    if (const auto* shape = reader.find("shape")) {
        const auto geometry = geo::from_geojson(*shape);
        if (geometry && std::holds_alternative<geo::Polygon>(*geometry)) row.shape = {std::get<geo::Polygon>(*geometry)};
        else if (geometry && std::holds_alternative<geo::MultiPolygon>(*geometry)) row.shape = std::get<geo::MultiPolygon>(*geometry);
        else reader.refuse("shape", "must be a GeoJSON Polygon or MultiPolygon");
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    return row;
}

struct Filter {
    std::string words, place_kind, unit, class_code, kind, state;
    bool fits(const Row& row, const Names& names, const std::string& today) const {
        if (!place_kind.empty() && row.place_kind != place_kind) return false;
        if (!unit.empty() && row.competent != unit && row.owner != unit && row.maintenance != unit) return false;
        if (!kind.empty() && row.kind != kind) return false;
        if (!class_code.empty() && row.class_code != class_code) return false;
        if (state == "ended" && (row.valid_to.empty() || row.valid_to >= today)) return false;
        if (state == "valid" && ((!row.valid_to.empty() && row.valid_to < today) || (!row.valid_from.empty() && row.valid_from > today))) return false;
        if (words.empty()) return true;
        std::string text = row.code + " " + row.class_code + " " + row.place + " " + row.source + " " + row.note + " " + names.class_words(row).zh + " " + names.place_words(row).zh;
        for (const auto& code : {row.competent, row.owner, row.maintenance}) text += " " + names.unit_name(code);
        return text.find(words) != std::string::npos;
    }
};

Filter read_filter(const Request& request) {
    const auto text = [&](const char* name) { return std::string(trim(request.query_value(name).value_or(""))); };
    return {.words = text("q"), .place_kind = text("place_kind"), .unit = text("unit"), .class_code = text("class_code"), .kind = text("kind"), .state = text("state")};
}

Result<Response> list_page(const Snapshot& snapshot, const Names& names, const Request& request, const std::string& today) {
    std::int64_t from = 0;
    if (const auto cursor = request.query_value("cursor"); cursor && !cursor->empty()) {
        TRY_ASSIGN(values, storage::decode_cursor(*cursor, 1));
        if (!std::holds_alternative<std::int64_t>(values[0]) || std::get<std::int64_t>(values[0]) < 0) return fail("bad_cursor");
        from = std::get<std::int64_t>(values[0]);
    }
    TRY_ASSIGN(limit, http::query_limit(request, 100, 500));
    const auto filter = read_filter(request);
    json::array items;
    std::int64_t total = 0;
    json::value next = nullptr;
    const auto& rows = snapshot.list.rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!filter.fits(rows[i], names, today)) continue;
        ++total;
        if (static_cast<std::int64_t>(i) < from) continue;
        if (std::ssize(items) < limit) items.push_back(row_json(rows[i], names, request.language()));
        else if (next.is_null()) next = storage::encode_cursor({static_cast<std::int64_t>(i)});
    }
    return Response::json(json::object{{"items", std::move(items)}, {"total", total}, {"next_cursor", std::move(next)}});
}

// Rows that have a place of their own on the map; a district or the city has none here.
Response features(const Snapshot& snapshot, const Names& names, const Request& request, const std::string& today) {
    const auto filter = read_filter(request);
    json::array items;
    bool is_cut = false;
    for (const auto& row : snapshot.list.rows()) {
        if (row.place_kind == "city" || row.place_kind == "district" || row.place_kind == "asset" || !filter.fits(row, names, today)) continue;
        std::vector<geo::Geometry> shapes;
        if (row.place_kind == "area") shapes.emplace_back(row.shape);
        else if (row.place_kind == "road")
            for (auto& line : names.grid.find_road(row.place)) shapes.emplace_back(std::move(line));
        else if (const auto* cell = names.grid.find_cell(row.place); row.place_kind == "cell" && cell != nullptr) shapes.emplace_back(cell->outline);
        else if (const auto* region = names.grid.find_region(row.place)) shapes.emplace_back(region->outline);
        for (const auto& shape : shapes) {
            is_cut = items.size() >= features_max;
            if (is_cut) break;
            items.push_back(json::object{{"type", "Feature"},
                                         {"properties", json::object{{"code", row.code}, {"place_kind", row.place_kind}, {"side", row.side}, {"unit", unit_of(row)}, {"unit_name", names.unit_name(unit_of(row))},
                                                                     {"label", pick(names.place_words(row), request.language())}}},
                                         {"geometry", geo::to_geojson(shape)}});
        }
    }
    return Response::json(json::object{{"type", "FeatureCollection"}, {"features", std::move(items)}, {"is_cut", is_cut}});
}

json::object answer_json(const Answer& answer, const Names& names, const std::string& language) {
    json::array matches, units;
    for (const auto& match : answer.matches)
        matches.push_back(json::object{{"row", row_json(match.row, names, language)}, {"unit", unit_json(match.unit, names)}, {"is_first", match.is_first}, {"reason", pick(match.reason, language)}});
    for (const auto& unit : answer.units) units.push_back(unit_json(unit, names));
    return {{"units", std::move(units)}, {"is_fallback", answer.is_fallback}, {"is_single", answer.is_single()}, {"matches", std::move(matches)}};
}

json::object coverage_json(const CoverageReport& report, const Names& names, const std::string& language) {
    json::array faults;
    for (const auto& fault : report.faults) {
        const auto* problem = names.rules->taxonomy.find_class(fault.edition, fault.kind, fault.class_code);
        const auto* region = names.grid.find_region(fault.place);
        json::array units, rows(fault.rows.begin(), fault.rows.end()), cells(fault.cells.begin(), fault.cells.end());
        for (const auto& unit : fault.units) units.push_back(unit_json(unit, names));
        faults.push_back(json::object{{"is_overlap", fault.is_overlap}, {"edition", fault.edition}, {"kind", fault.kind}, {"class_code", fault.class_code}, {"class_name", problem != nullptr ? rules::name_in(*problem, language) : ""},
                                      {"rows", std::move(rows)}, {"units", std::move(units)}, {"place", fault.place},
                                      {"place_name", fault.place == "city" ? pick({"全市", "the whole city"}, language) : region != nullptr ? region->name : ""}, {"is_whole", fault.is_whole}, {"cell_count", fault.cell_count}, {"cells", std::move(cells)}});
    }
    return {{"faults", std::move(faults)}, {"gap_count", report.gap_count}, {"overlap_count", report.overlap_count}, {"cell_count", report.cell_count}, {"class_count", report.class_count}, {"is_cut", report.is_cut}};
}

json::object import_json(const FileImport& report, const std::string& language) {
    json::array faults;
    for (const auto& fault : report.faults) {
        if (faults.size() >= 500) break;
        faults.push_back(json::object{{"line", fault.line}, {"field", fault.field}, {"reason", pick(fault.words, language)}});
    }
    return {{"faults", std::move(faults)}, {"fault_count", static_cast<std::int64_t>(report.faults.size())}, {"rows", report.rows}, {"added", report.added}, {"changed", report.changed},
            {"unchanged", report.unchanged}, {"skipped", report.skipped}, {"is_stored", report.is_stored}};
}

Response attachment(std::string bytes, const char* content_type, const char* name) {
    auto response = Response::text(std::move(bytes), content_type);
    return std::move(response.with("Content-Disposition", std::string("attachment; filename=\"") + name + "\""));
}

} // namespace

void ResponsibilityService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    // The table: method, path, permission, what is called.
    const auto route = [&](Method method, const std::string& path, const std::string& permission, auto act, http::RouteOptions options = {}) {
        router.add(method, "/api/v1/responsibility/" + path, identity.guard(permission, http::answering(problems, act)), options);
    };
    const auto names = [this] { return Names(state_->parts); };
    route(Method::get, "rows", "responsibility.read", [this, names](const Request& request, const Viewer&) { return list_page(*state_->now(), names(), request, state_->today()); });
    route(Method::get, "rows.csv", "responsibility.read", [this](const Request&, const Viewer&) -> Result<Response> { return attachment(export_csv(), "text/csv; charset=utf-8", "responsibility.csv"); });
    route(Method::get, "rows.xlsx", "responsibility.read", [this](const Request&, const Viewer&) -> Result<Response> {
        return attachment(export_xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "responsibility.xlsx");
    });
    route(Method::post, "rows", "responsibility.write", [this, names](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(row, read_row(request.body, ""));
        row.version = 0;
        TRY_ASSIGN(stored, save(row, viewer.name));
        return Response::json(row_json(stored, names(), request.language()), 201);
    });
    route(Method::get, "rows/{code}", "responsibility.read", [this, names](const Request& request, const Viewer&) -> Result<Response> {
        const auto all = versions(request.path_values.at("code"));
        if (all.empty()) return fail("responsibility_row_unknown", {{"code", request.path_values.at("code")}});
        json::array items;
        for (const auto& one : all) items.push_back(row_json(one, names(), request.language()));
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::put, "rows/{code}", "responsibility.write", [this, names](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(row, read_row(request.body, request.path_values.at("code")));
        if (row.version < 1) return fail("responsibility_row_unknown", {{"code", row.code}});
        TRY_ASSIGN(stored, save(row, viewer.name));
        return Response::json(row_json(stored, names(), request.language()));
    });
    route(Method::post, "import", "responsibility.write", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        const ImportOptions options{.is_check = request.query_value("check").value_or("") == "yes", .skips_faulty = request.query_value("skip_faulty").value_or("") == "yes"};
        return Response::json(import_json(import_file(request.body, "责任清单", options, viewer.name), request.language()));
    }, {.body_bytes_max = file_bytes_max});
    route(Method::get, "features", "responsibility.read", [this, names](const Request& request, const Viewer&) -> Result<Response> { return features(*state_->now(), names(), request, state_->today()); });
    route(Method::get, "answer", "responsibility.read", [this, names](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(lon, http::query_number(request, "lon"));
        TRY_ASSIGN(lat, http::query_number(request, "lat"));
        const auto text = [&](const char* name) { return request.query_value(name).value_or(""); };
        TRY_ASSIGN(question, question_at(lon, lat, request.query_value("coord_type").value_or("cgcs2000"), text("edition"), text("kind"), text("class_code")));
        question.filing_row = text("filing_row");
        question.asset_id = text("asset_id");
        return Response::json(answer_json(answer(question), names(), request.language()));
    });
    route(Method::get, "coverage", "responsibility.read", [this, names](const Request& request, const Viewer&) -> Result<Response> {
        return Response::json(coverage_json(coverage(request.query_value("edition").value_or("2026"), faults_max), names(), request.language()));
    });
    route(Method::get, "roads", "responsibility.read", [this](const Request&, const Viewer&) -> Result<Response> {
        const auto roads = state_->parts.grid.road_names();
        return Response::json(json::object{{"items", json::array(roads.begin(), roads.end())}});
    });
    route(Method::get, "switches", "responsibility.read", [this, names](const Request& request, const Viewer&) -> Result<Response> {
        json::array items;
        for (const auto& one : switches()) {
            const auto* problem = names().rules->taxonomy.find_class(one.edition, one.kind, one.class_code);
            items.push_back(json::object{{"edition", one.edition}, {"kind", one.kind}, {"class_code", one.class_code}, {"class_name", problem != nullptr ? rules::name_in(*problem, request.language()) : ""}, {"is_on", one.is_on},
                                         {"changed_at", format_rfc3339(one.changed_ms)}, {"changed_by", one.changed_by}});
        }
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::put, "switches", "responsibility.write", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const Switch wanted{.edition = reader.text("edition", 8), .kind = reader.text("kind", 16), .class_code = reader.text("class_code", 16), .is_on = reader.flag("is_on", false)};
        if (reader.error()) return tl::unexpected(*reader.error());
        TRY(set_switch(wanted, viewer.name));
        return Response::empty();
    });
}

} // namespace chengge::responsibility
