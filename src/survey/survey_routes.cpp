// HTTP ↔ service, no rules: the route table with its permissions, bodies into values, surveys as the API shows them.
#include <filesystem>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"
#include "survey/report.hpp"
#include "survey/survey_state.hpp"

namespace chengge::survey {

using http::Method;
using http::query_text;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

constexpr std::int64_t exports_kept_ms = 3'600'000;

Language language_of(const Request& request) { return request.language() == "en" ? Language::en : Language::zh; }

Result<std::map<std::string, std::string, std::less<>>> read_mapping(const json::value& value) {
    std::map<std::string, std::string, std::less<>> mapping;
    if (!value.is_object() || value.get_object().size() > 200) return fail("bad_member", {{"member", "mapping"}, {"reason", "must be an object of columns"}});
    for (const auto& member : value.get_object()) {
        if (!member.value().is_string()) return fail("bad_member", {{"member", "mapping"}, {"reason", "must be an object of columns"}});
        if (const auto column = std::string(member.value().get_string()); !column.empty()) mapping[std::string(member.key())] = column;
    }
    return mapping;
}

Result<NewImport> read_import(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    NewImport import;
    import.import_id = reader.id("import_id");
    import.layer = reader.text("layer", 64);
    import.file_name = reader.words("file_name", 200);
    import.bytes = reader.integer("bytes");
    import.crs = reader.maybe_text("crs", 20'000).value_or("");
    import.encoding = reader.maybe_text("encoding", 16).value_or("auto");
    import.source_layer = reader.maybe_text("source_layer", 200).value_or("");
    import.address_column = reader.maybe_text("address_column", 200).value_or("");
    import.is_complete = reader.flag("is_complete", false);
    if (reader.error()) return tl::unexpected(*reader.error());
    return import;
}

Result<ImportSettings> read_settings(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    ImportSettings settings;
    settings.crs = reader.maybe_text("crs", 20'000);
    settings.encoding = reader.maybe_text("encoding", 16);
    settings.source_layer = reader.maybe_text("source_layer", 200);
    settings.address_column = reader.maybe_text("address_column", 200);
    if (reader.find("is_complete") != nullptr) settings.is_complete = reader.flag("is_complete", false);
    if (const auto* mapping = reader.find("mapping")) {
        TRY_ASSIGN(read, read_mapping(*mapping));
        settings.mapping = read;
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    return settings;
}

Result<std::string> read_reason(const std::string& body) {
    TRY_ASSIGN(value, parse_json(body));
    JsonReader reader(value);
    auto reason = reader.words("reason", 500);
    if (reader.error()) return tl::unexpected(*reader.error());
    return reason;
}

json::value show_found(const Found& found, Language language, const std::vector<geo::LocalSystem>& systems) {
    if (found.format.empty()) return nullptr;
    auto shown = to_json(found).get_object();
    std::string label;
    if (!found.crs.empty()) {
        const auto system = geo::CoordinateSystem::parse(found.crs, systems);
        label = system ? system->label().in(language) : "";
        shown["crs"] = system && system->text().size() < 40 ? system->text() : "";
    }
    shown["crs_label"] = label;
    shown["has_crs"] = !found.crs.empty();
    return shown;
}

json::value show_report(const Import& import, const registry::Layer& layer, Language language) {
    if (import.report.empty()) return nullptr;
    const auto run = report_of(import);
    json::array groups, examples;
    for (const auto& group : run.faults.groups) {
        const auto* field = group.field.empty() ? nullptr : layer.find_field(group.field);
        groups.push_back(json::object{{"code", group.code}, {"field", group.field}, {"field_label", field == nullptr ? "" : field->label.in(language)}, {"title", fault_title(group.code).in(language)}, {"example", group.example.in(language)},
                                      {"is_blocking", group.is_blocking}, {"count", group.count}, {"kept", group.kept}});
    }
    for (const auto& one : run.difference.examples) {
        json::array fields;
        for (const auto& name : one.fields) {
            const auto* field = layer.find_field(name);
            fields.emplace_back(field == nullptr ? (language == Language::zh ? "图形" : "geometry") : field->label.in(language));
        }
        examples.push_back(json::object{{"id", one.id}, {"name", one.name}, {"kind", one.kind}, {"fields", std::move(fields)}});
    }
    const auto& difference = run.difference;
    json::object shown{{"rows", run.rows}, {"good_rows", run.rows - run.faults.faulty_rows}, {"faulty_rows", run.faults.faulty_rows}, {"blocking", run.faults.blocking}, {"others", run.faults.others}, {"base_version", run.base_version},
                       {"fitting_system", run.fitting_system}, {"may_publish", run.may_publish()}, {"groups", std::move(groups)}, {"bounds", nullptr}, {"located", nullptr},
                       {"difference", json::object{{"added", difference.added}, {"changed", difference.changed}, {"unchanged", difference.unchanged}, {"removed", difference.removed}, {"examples", std::move(examples)}}}};
    if (const auto& located = run.located; located.rows + located.unsure > 0)
        shown["located"] = json::object{{"rows", located.rows}, {"unsure", located.unsure}, {"mean_score", located.rows == 0 ? 0 : located.score_sum / static_cast<double>(located.rows)}, {"least_score", located.rows == 0 ? 0 : located.least_score}};
    if (run.bounds.west <= run.bounds.east) shown["bounds"] = json::array{run.bounds.west, run.bounds.south, run.bounds.east, run.bounds.north};
    return shown;
}

} // namespace

DryRun report_of(const Import& import) {
    boost::system::error_code error;
    const auto value = json::parse(import.report, error);
    return error ? DryRun{} : dry_run_from_json(value);
}

json::value show(const Import& import, const registry::Layer& layer, Language language, const http::Problems* problems, const std::vector<geo::LocalSystem>& systems) {
    json::array missing;
    if (!import.found.header.empty())
        for (const auto& field : missing_fields(layer, import.mapping)) missing.emplace_back(field);
    json::object shown{{"import_id", format_uuid(import.id)}, {"layer", import.layer}, {"file_name", import.file_name}, {"bytes", import.bytes}, {"received", import.received}, {"crs", import.crs}, {"encoding", import.encoding},
                       {"source_layer", import.source_layer}, {"address_column", import.address_column}, {"restores", import.restores}, {"is_complete", import.is_complete}, {"state", import.state}, {"is_stopping", import.is_stopping}, {"done", import.done}, {"all", import.of_all}, {"problem", nullptr},
                       {"found", show_found(import.found, language, systems)}, {"mapping", to_json(import.mapping)}, {"missing_fields", std::move(missing)}, {"report", show_report(import, layer, language)}, {"reason", import.reason}, {"version", import.version},
                       {"made_at", format_rfc3339(import.made_ms)}, {"touched_at", format_rfc3339(import.touched_ms)}};
    if (import.problem) shown["problem"] = json::object{{"code", import.problem->code}, {"sentence", problems == nullptr ? import.problem->code : problems->sentence(*import.problem, language == Language::en ? "en" : "zh")}};
    return shown;
}

namespace {

using Act = std::function<Result<Response>(const Request&, const Viewer&)>;
using Route = std::function<void(Method, const char*, const char*, Act)>;

class Desk {
public:
    Desk(SurveyService& service, SurveyService::State& state, const http::Problems& problems) : service_(service), state_(state), problems_(problems) {}

    Result<Response> answer(Result<Import> import, const Request& request, int status = 200) const {
        if (!import) return tl::unexpected(import.error());
        TRY_ASSIGN(shown, show_one(*import, request));
        return Response::json(shown, status);
    }

    Result<Response> list(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(limit, http::query_limit(request, 20));
        const auto cursor = query_text(request, "cursor");
        std::int64_t before = std::numeric_limits<std::int64_t>::max();
        if (!cursor.empty()) {
            if (cursor.size() > 18 || cursor.find_first_not_of("0123456789") != std::string::npos) return fail("bad_cursor");
            before = std::stoll(cursor);
        }
        auto imports = state_.list(query_text(request, "layer"), before, limit + 1);
        json::value next = nullptr;
        if (imports.size() > static_cast<std::size_t>(limit)) {
            imports.pop_back();
            next = std::to_string(imports.back().key);
        }
        json::array items;
        for (const auto& import : imports) {
            const auto layer = state_.parts.registry.find_layer(import.layer);
            if (layer != nullptr && viewer.may(layer->edit_permission)) items.push_back(show(import, *layer, language_of(request), &problems_, state_.systems));
        }
        return Response::json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
    }

    Result<Response> create(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(asked, read_import(request.body));
        TRY(may(asked.layer, viewer, false));
        return answer(state_.create(asked, viewer.person_id), request, 201);
    }

    Result<Import> find(const Request& request, const Viewer& viewer, bool is_publishing = false) const {
        const auto id = parse_uuid(request.path_values.at("import_id"));
        if (!id) return fail("survey_unknown");
        TRY_ASSIGN(import, state_.load(*id));
        TRY(may(import.layer, viewer, is_publishing));
        return import;
    }

    Result<Response> faults(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(import, find(request, viewer));
        TRY_ASSIGN(limit, http::query_limit(request, 50));
        const auto run = report_of(import);
        const auto code = query_text(request, "code"), field = query_text(request, "field"), cursor = query_text(request, "cursor");
        std::int64_t from = 0, end = 0;
        for (const auto& group : run.faults.groups) {
            if (!code.empty() && (group.code != code || group.field != field)) continue;
            if (end == 0) from = group.offset;
            end = std::max(end, group.end);
        }
        if (!cursor.empty()) {
            if (cursor.size() > 18 || cursor.find_first_not_of("0123456789") != std::string::npos) return fail("bad_cursor");
            from = std::max<std::int64_t>(from, std::stoll(cursor));
        }
        const auto page = FaultFile(state_.report_of(import.id)).read(from, end, limit);
        json::array items;
        for (const auto& fault : page.items) items.push_back(survey::show(fault, language_of(request)));
        return Response::json(json::object{{"items", std::move(items)}, {"next_cursor", page.next < 0 ? json::value(nullptr) : json::value(std::to_string(page.next))}});
    }

    Result<Response> map(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(import, find(request, viewer));
        return Response::text(to_json_text(faults_geojson(state_.report_of(import.id), report_of(import).faults, language_of(request))), "application/geo+json");
    }

    Result<Response> table(const Request& request, const Viewer& viewer, bool is_xlsx) const {
        TRY_ASSIGN(import, find(request, viewer));
        if (import.report.empty()) return fail("survey_state", {{"state", import.state}});
        TRY_ASSIGN(text, faulty_rows_table(import, rows_path(state_.upload_of(import.id), state_.folder_of(import.id), import.found), state_.report_of(import.id), is_xlsx, language_of(request), state_.parts.clock.now_ms()));
        const auto type = is_xlsx ? "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" : "text/csv; charset=utf-8";
        return Response::text(std::move(text), type).with("Content-Disposition", std::string("attachment; filename=\"faults.") + (is_xlsx ? "xlsx\"" : "csv\""));
    }

    Result<Response> systems(const Request& request) const {
        json::array items;
        const auto add = [&](const std::string& id, const Words& label) { items.push_back(json::object{{"id", id}, {"label", label.in(language_of(request))}}); };
        for (const auto* id : {"cgcs2000", "wgs84", "gcj02", "bd09"}) add(id, geo::CoordinateSystem::parse(id)->label());
        for (const auto& one : state_.systems) add(one.id, one.label);
        for (int meridian = 75; meridian <= 135; meridian += 3) {
            const auto code = "EPSG:" + std::to_string(4534 + (meridian - 75) / 3), degrees = std::to_string(meridian);
            add(code, {"国家2000 三度带 中央经线 " + degrees + "°", "CGCS2000 3-degree zone, central meridian " + degrees + "°E"});
        }
        return Response::json(json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
    }

    Result<Response> exported(const Request& request, const Viewer& viewer) const {
        const auto layer = state_.parts.registry.find_layer(request.path_values.at("layer"));
        if (layer == nullptr) return fail("layer_unknown");
        if (!viewer.may(layer->read_permission)) return fail("forbidden");
        TRY_ASSIGN(format, http::query_choice(request, "format", {"gpkg", "geojson", "shp", "csv", "kml"}));
        TRY_ASSIGN(encoding, http::query_choice(request, "encoding", {"utf-8", "gbk"}));
        TRY_ASSIGN(version, http::query_whole(request, "version", 0, 0, 1'000'000'000));
        ExportOptions options{.format = format.empty() ? "gpkg" : format, .crs = query_text(request, "crs"), .encoding = encoding.empty() ? "utf-8" : encoding, .version = version, .shows_restricted = viewer.may(layer->edit_permission)};
        if (options.crs.empty()) options.crs = "cgcs2000";
        const auto folder = state_.parts.folder + "/exports";
        make_folders(folder);
        remove_old(folder);
        const auto ending = options.format == "shp" ? "zip" : options.format;
        const auto path = folder + "/" + format_uuid(make_uuid(state_.parts.clock.now_ms())) + "." + ending;
        TRY(service_.export_layer(layer->id, options, path));
        Response response;
        response.file = path;
        return response.with("Content-Disposition", "attachment; filename=\"" + layer->id + "." + ending + "\"").with("Cache-Control", "no-store");
    }

    Result<Response> change(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(import, find(request, viewer));
        TRY_ASSIGN(settings, read_settings(request.body));
        return answer(state_.change(import.id, settings), request);
    }

    Result<Response> receive(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(import, find(request, viewer));
        TRY_ASSIGN(offset, http::query_number(request, "offset"));
        return answer(state_.receive(import.id, static_cast<std::int64_t>(offset), request.body), request);
    }

    Result<Response> publish(const Request& request, const Viewer& viewer) const {
        TRY_ASSIGN(import, find(request, viewer, true));
        TRY_ASSIGN(reason, read_reason(request.body));
        return answer(state_.ask_publish(import.id, reason, viewer.person_id), request, 202);
    }

    Result<Response> restore(const Request& request, const Viewer& viewer) const {
        const auto layer = state_.parts.registry.find_layer(request.path_values.at("layer"));
        if (layer == nullptr) return fail("layer_unknown");
        if (!viewer.may(layer->publish_permission)) return fail("forbidden");
        TRY_ASSIGN(value, parse_json(request.body));
        JsonReader reader(value);
        const auto id = reader.id("import_id");
        const auto version = reader.integer("version");
        const auto reason = reader.words("reason", 500);
        if (reader.error()) return tl::unexpected(*reader.error());
        return answer(state_.create_restore(id, *layer, version, reason, viewer.person_id), request, 202);
    }

    SurveyService::State& state() const { return state_; }

private:
    Result<void> may(const std::string& id, const Viewer& viewer, bool is_publishing) const {
        const auto layer = state_.parts.registry.find_layer(id);
        if (layer == nullptr) return fail("layer_unknown");
        if (!viewer.may(is_publishing ? layer->publish_permission : layer->edit_permission)) return fail("forbidden");
        return {};
    }

    Result<json::value> show_one(const Import& import, const Request& request) const {
        const auto layer = state_.parts.registry.find_layer(import.layer);
        if (layer == nullptr) return fail("layer_unknown");
        return survey::show(import, *layer, language_of(request), &problems_, state_.systems);
    }

    // What was sent long ago; what is being sent is open and stays until it is closed.
    static void remove_old(const std::string& folder) {
        std::error_code ignored;
        const auto oldest = std::filesystem::file_time_type::clock::now() - std::chrono::milliseconds(exports_kept_ms);
        for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
            if (entry.last_write_time(ignored) < oldest) std::filesystem::remove(entry.path(), ignored);
    }

    SurveyService& service_;
    SurveyService::State& state_;
    const http::Problems& problems_;
};

void add_import_routes(const Route& route, const std::shared_ptr<const Desk>& desk) {
    route(Method::get, "/api/v1/survey/imports", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->list(request, viewer); });
    route(Method::post, "/api/v1/survey/imports", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->create(request, viewer); });
    route(Method::get, "/api/v1/survey/imports/{import_id}", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->answer(desk->find(request, viewer), request); });
    route(Method::put, "/api/v1/survey/imports/{import_id}/content", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->receive(request, viewer); });
    route(Method::post, "/api/v1/survey/imports/{import_id}/settings", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->change(request, viewer); });
    route(Method::post, "/api/v1/survey/imports/{import_id}/publication", "registry.publish", [desk](const Request& request, const Viewer& viewer) { return desk->publish(request, viewer); });
    using Ask = Result<Import> (SurveyService::State::*)(const Uuid&);
    const auto ask = [&](const char* path, Ask act) {
        route(Method::post, path, "registry.edit", [desk, act](const Request& request, const Viewer& viewer) -> Result<Response> {
            TRY_ASSIGN(import, desk->find(request, viewer));
            return desk->answer((desk->state().*act)(import.id), request);
        });
    };
    ask("/api/v1/survey/imports/{import_id}/stop", &SurveyService::State::stop);
    ask("/api/v1/survey/imports/{import_id}/resume", &SurveyService::State::resume);
    ask("/api/v1/survey/imports/{import_id}/discard", &SurveyService::State::discard);
    route(Method::get, "/api/v1/survey/imports/{import_id}/faults", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->faults(request, viewer); });
    route(Method::get, "/api/v1/survey/imports/{import_id}/faults.geojson", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->map(request, viewer); });
    route(Method::get, "/api/v1/survey/imports/{import_id}/faults.csv", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->table(request, viewer, false); });
    route(Method::get, "/api/v1/survey/imports/{import_id}/faults.xlsx", "registry.edit", [desk](const Request& request, const Viewer& viewer) { return desk->table(request, viewer, true); });
    route(Method::get, "/api/v1/survey/coordinate-systems", "registry.read", [desk](const Request& request, const Viewer&) { return desk->systems(request); });
    route(Method::post, "/api/v1/registry/layers/{layer}/restore", "registry.publish", [desk](const Request& request, const Viewer& viewer) { return desk->restore(request, viewer); });
    route(Method::get, "/api/v1/registry/layers/{layer}/export", "registry.read", [desk](const Request& request, const Viewer& viewer) { return desk->exported(request, viewer); });
}

} // namespace

void SurveyService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& identity = state_->parts.identity;
    const auto desk = std::make_shared<const Desk>(*this, *state_, problems);
    add_import_routes([&](Method method, const char* path, const char* permission, Act act) {
        router.add(method, path, identity.guard(permission, http::answering(problems, std::move(act))), {.body_bytes_max = method == Method::put ? upload_chunk_bytes_max : 256u * 1024});
    }, desk);
}

} // namespace chengge::survey
