// HTTP ↔ service, no rules: the route table with its permissions, bodies into values, values into JSON.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/case_bodies.hpp"
#include "cases/case_state.hpp"
#include "http/answering.hpp"
#include "http/query.hpp"

namespace chengge::cases {

using http::Method;
using http::Request;
using http::Response;
using identity::Viewer;

namespace {

json::object receiver_json(const ReceiverChoice& choice, const std::string& language) {
    static const std::map<std::string, std::pair<std::string, std::string>> reasons{
        {"place_in_district", {"案发地在本区", "The place is in this district"}},
        {"ruled", {"疑难裁定由它负责", "The ruling names it"}},
        {"above_ruled", {"疑难裁定的单位归它指挥", "It commands the unit that the ruling names"}},
        {"other_district", {"非案发地所在区", "Another district"}},
        {"subdistrict", {"属地街道", "The subdistrict"}},
        {"unit", {"本级单位", "A unit of this level"}},
        {"has_the_work", {"案件正由其办理", "Has the work in hand"}},
        {"own_crew", {"本单位班组", "A crew of this unit"}},
        {"own_handler", {"本单位处置人员", "A handler of this unit"}},
        {"inspector", {"督查员，不是上报人", "An inspector, not the reporter"}},
        {"collector", {"采集员，不是上报人", "A collector, not the reporter"}},
        {"inspector_on_duty", {"督查员，在岗", "An inspector on duty"}},
        {"collector_on_duty", {"采集员，在岗", "A collector on duty"}},
        {"nearest", {"最近一次上报离案发地最近", "Reported nearest to the place"}},
        {"nearest_on_duty", {"在岗，最近一次上报离案发地最近", "On duty, reported nearest to the place"}},
        {"crossed", {"与上报人不同单位，交叉核查", "Of another unit than the reporter"}},
        {"crossed_on_duty", {"在岗，与上报人不同单位，交叉核查", "On duty, of another unit than the reporter"}},
        {"random", {"随机抽取", "Drawn at random"}},
        {"random_on_duty", {"在岗，随机抽取", "On duty, drawn at random"}}};
    const auto found = reasons.find(choice.reason_code);
    auto reason = choice.reason.in(language == "en" ? Language::en : Language::zh);
    if (reason.empty() && found != reasons.end()) reason = language == "en" ? found->second.second : found->second.first;
    const bool has_person = !choice.receiver.person_id.is_nil();
    return {{"organisation", choice.receiver.organisation},
            {"organisation_name", choice.organisation_name},
            {"person", has_person ? json::value(format_uuid(choice.receiver.person_id)) : json::value(nullptr)},
            {"person_name", has_person ? json::value(choice.person_name) : json::value(nullptr)},
            {"reason", reason},
            {"responsibility_row", choice.row.empty() ? json::value(nullptr) : json::value(choice.row)},
            {"is_suggested", choice.is_suggested}};
}

json::object delegation_json(const Delegation& one, const Viewer& viewer, std::int64_t now_ms) {
    const auto name = [&](const Uuid& id) {
        const auto* person = viewer.directory->find_person(id);
        return person != nullptr ? person->name : std::string();
    };
    const auto until = std::min(one.to_ms, one.ended_ms.value_or(one.to_ms));
    return {{"delegation_id", format_uuid(one.id)}, {"from_person", format_uuid(one.from_person)}, {"from_name", name(one.from_person)},
            {"to_person", format_uuid(one.to_person)}, {"to_name", name(one.to_person)}, {"from", format_rfc3339(one.from_ms)}, {"to", format_rfc3339(one.to_ms)},
            {"reason", one.reason}, {"ended_at", instant_json(one.ended_ms)}, {"is_mine", one.from_person == viewer.person_id},
            {"is_in_force", one.from_ms <= now_ms && now_ms < until}};
}

// X-Acting-For names a person whose delegate the caller is: their posts, their scope, the caller's hand.
Result<Viewer> viewer_for(CaseService& service, const Request& request, const Viewer& person, const std::string& permission) {
    const auto header = request.header("X-Acting-For");
    if (header.empty()) return person;
    const auto id = parse_uuid(std::string(header));
    if (!id) return fail("not_delegated");
    TRY_ASSIGN(viewer, service.act_for(*id, person));
    if (!viewer.may(permission)) return fail("forbidden");
    return viewer;
}

json::object class_json(const rules::ProblemClass& problem) {
    return {{"edition", problem.edition}, {"kind", problem.kind}, {"code", problem.code}, {"name", problem.name}, {"name_en", problem.name_en},
            {"major_code", problem.major_code}, {"major_name", problem.major_name}, {"major_name_en", problem.major_name_en}, {"evidence", problem.evidence}};
}

using Period = std::pair<std::int64_t, std::int64_t>;

// ?from&until, else the last thirty days.
Result<Period> read_period(const Request& request, std::int64_t now_ms) {
    Period period{now_ms - 30 * day_ms, now_ms + 1};
    for (const auto& [name, into] : {std::pair<const char*, std::int64_t*>{"from", &period.first}, {"until", &period.second}})
        if (const auto text = request.query_value(name); text && !text->empty()) {
            const auto at = parse_instant(*text);
            if (!at) return fail("bad_query_value", {{"name", name}});
            *into = *at;
        }
    return period;
}

json::value share_json(std::int64_t part, std::int64_t whole) { return whole == 0 ? json::value(nullptr) : json::value(static_cast<double>(part) / static_cast<double>(whole)); }

json::object returns_json(const std::vector<ReturnsOfUnit>& units, const Period& period, const rules::Rules& rules, const identity::Directory& directory, const std::string& language) {
    json::array items;
    for (const auto& one : units) {
        json::array reasons;
        for (const auto& [code, cases] : one.reasons) {
            const auto* label = rules.workflow.find_label(rules.workflow.return_reasons, code);
            reasons.push_back(json::object{{"code", code}, {"label", label == nullptr ? code : language == "en" ? label->en : label->zh}, {"cases", cases}});
        }
        const auto* unit = directory.find_organisation(one.organisation);
        items.push_back(json::object{{"organisation", one.organisation}, {"organisation_name", unit != nullptr ? unit->name : one.organisation}, {"offered", one.offered}, {"returned", one.returned},
                                     {"share", share_json(one.returned, one.offered)}, {"reasons", std::move(reasons)}});
    }
    return {{"from", format_rfc3339(period.first)}, {"until", format_rfc3339(period.second)}, {"items", std::move(items)}};
}

json::object automatic_json(const std::vector<AutomaticDispatch>& classes, const Period& period, const rules::Rules& rules, const std::string& language) {
    json::array items;
    std::int64_t dispatched = 0, wrong = 0;
    for (const auto& one : classes) {
        const auto* problem = rules.taxonomy.find_class(one.edition, one.kind, one.class_code);
        const auto name = problem == nullptr ? one.class_code : language == "en" && !problem->name_en.empty() ? problem->name_en : problem->name;
        items.push_back(json::object{{"edition", one.edition}, {"kind", one.kind}, {"class_code", one.class_code}, {"class_name", name}, {"dispatched", one.dispatched}, {"wrong", one.wrong},
                                     {"accuracy", share_json(one.dispatched - one.wrong, one.dispatched)}});
        dispatched += one.dispatched;
        wrong += one.wrong;
    }
    return {{"from", format_rfc3339(period.first)}, {"until", format_rfc3339(period.second)}, {"dispatched", dispatched}, {"wrong", wrong}, {"accuracy", share_json(dispatched - wrong, dispatched)}, {"items", std::move(items)}};
}

// How well a class fits what is typed: its code, its name, or words inside each other.
int class_score(const rules::ProblemClass& problem, const std::string& words) {
    if (words.empty()) return 1;
    if (problem.code == words) return 100;
    if (problem.name == words) return 90;
    if (problem.code.starts_with(words)) return 60;
    if (problem.name.find(words) != std::string::npos) return 50;
    if (words.find(problem.name) != std::string::npos) return 40 + static_cast<int>(problem.name.size());
    // Pairs of characters in common, for "井盖不见了" → 雨水井盖.
    const auto name = to_code_points(problem.name);
    const auto typed = to_code_points(words);
    int common = 0;
    for (std::size_t i = 0; i + 1 < name.size(); ++i)
        for (std::size_t j = 0; j + 1 < typed.size(); ++j) common += name[i] == typed[j] && name[i + 1] == typed[j + 1];
    return common * 10;
}

json::object classes_json(const rules::Rules& rules, const Request& request) {
    const auto edition = request.query_value("edition").value_or("2026");
    const auto kind = request.query_value("kind").value_or("");
    const auto words = std::string(trim(to_nfc(request.query_value("q").value_or(""))));
    std::vector<std::pair<int, const rules::ProblemClass*>> found;
    for (const auto& problem : rules.taxonomy.classes()) {
        if (problem.edition != edition || (!kind.empty() && problem.kind != kind)) continue;
        // The mirror matters of components are derived on export; people choose the component.
        if (problem.kind == "event" && problem.edition == "2026" && problem.code < "06") continue;
        if (const int score = class_score(problem, words); score > 0) found.emplace_back(score, &problem);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    json::array items;
    for (const auto& [score, problem] : found) items.push_back(class_json(*problem));
    return {{"items", std::move(items)}};
}

// 简易: which classes, within how many minutes and metres.
json::object simple_json(const rules::Rules& rules) {
    json::array items;
    for (const auto& problem : rules.taxonomy.classes()) {
        rules::Case c;
        c.edition = problem.edition;
        c.kind = problem.kind;
        c.class_code = problem.code;
        if (rules::is_simple_class(rules, c)) items.push_back(class_json(problem));
    }
    const auto& settings = rules.workflow.settings;
    return {{"items", std::move(items)}, {"minutes_max", settings.simple_minutes_max}, {"metres_max", settings.simple_metres_max}, {"check_share", settings.simple_check_share}};
}

json::object rows_json(const rules::Rules& rules, const Request& request) {
    json::array items;
    for (const auto* row : rules.taxonomy.rows_of(request.query_value("edition").value_or("2026"), request.query_value("kind").value_or(""), request.query_value("class_code").value_or("")))
        items.push_back(json::object{{"id", row->id}, {"condition", row->condition}, {"closing_condition", row->closing_condition},
                                     {"limit_value", row->limit.value}, {"limit_unit", std::string(rules::format_limit_unit(row->limit.unit))},
                                     {"limit_text", rules::describe_limit(row->limit, request.language())}, {"responsible_kind", row->responsible_kind}, {"basis", row->basis}});
    return {{"items", std::move(items)}};
}

json::object labels_json(const rules::Rules& rules, const identity::IdentityService& identity) {
    json::object labels;
    const auto add = [&](const char* group, const std::vector<rules::LabelRow>& rows) {
        json::array items;
        for (const auto& row : rows) items.push_back(json::object{{"code", row.code}, {"zh", row.zh}, {"en", row.en}});
        labels[group] = std::move(items);
    };
    add("stages", rules.workflow.stages);
    add("stage_groups", rules.workflow.stage_groups);
    add("sources", rules.workflow.sources);
    add("levels", rules.workflow.levels);
    json::array ledgers;
    for (const auto& ledger : rules.workflow.ledgers) ledgers.push_back(json::object{{"code", ledger.kind}, {"zh", ledger.zh}, {"en", ledger.en}});
    labels["ledgers"] = std::move(ledgers);
    add("return_reasons", rules.workflow.return_reasons);
    json::array trades;
    for (const auto& one : rules.responsible_kinds) trades.push_back(json::object{{"code", one.code}, {"zh", one.zh}, {"en", one.en}});
    labels["responsible_kinds"] = std::move(trades);
    json::array supervision;
    for (const auto& level : rules.workflow.supervision_levels) supervision.push_back(json::object{{"code", level.code}, {"zh", level.zh}, {"en", level.en}});
    labels["supervision_levels"] = std::move(supervision);
    for (const auto& machine : rules.workflow.machines) {
        json::array states, actions;
        for (const auto& state : machine.states) states.push_back(json::object{{"code", state.code}, {"zh", state.zh}, {"en", state.en}});
        for (const auto& action : machine.actions)
            if (action.is_enabled) actions.push_back(json::object{{"code", action.code}, {"zh", action.zh}, {"en", action.en}});
        labels[machine.name + "_states"] = std::move(states);
        labels[machine.name + "_actions"] = std::move(actions);
    }
    labels["roles"] = identity.role_labels();
    labels["organisation_kinds"] = identity.kind_labels();
    labels["lights"] = json::array{json::object{{"code", "green"}, {"zh", "正常"}, {"en", "On time"}}, json::object{{"code", "yellow"}, {"zh", "即将超期"}, {"en", "Due soon"}},
                                   json::object{{"code", "red"}, {"zh", "已超期"}, {"en", "Overdue"}}, json::object{{"code", "paused"}, {"zh", "已挂账"}, {"en", "Suspended"}}};
    return labels;
}

} // namespace

void CaseService::add_routes(http::Router& router, const http::Problems& problems) {
    auto& parts = state_->parts;
    auto& identity = parts.identity;
    // The table: method, path, permission, what is called.
    const auto route = [&](Method method, std::string path, std::string permission, auto act) {
        router.add(method, std::move(path), identity.guard(permission, http::answering(problems, [this, act, permission](const Request& request, const Viewer& person) -> Result<Response> {
            TRY_ASSIGN(viewer, viewer_for(*this, request, person, permission));
            return act(request, viewer);
        })));
    };
    const auto detail_answer = [this](const Result<CaseDetail>& detail, const Request& request, const Viewer& viewer, int status) -> Result<Response> {
        if (!detail) return tl::unexpected(detail.error());
        return Response::json(detail_json(*detail, viewer, request.language()), status);
    };

    route(Method::post, "/api/v1/reports", "report.write", [this, detail_answer](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(body, read_report(request.body));
        const auto detail = report(body, viewer);
        return detail_answer(detail, request, viewer, detail && detail->was_there ? 200 : 201);
    });
    route(Method::get, "/api/v1/cases", "case.read", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_filter(request));
        TRY_ASSIGN(page, list(filter, viewer, request.language()));
        return Response::json(page);
    });
    route(Method::get, "/api/v1/cases.csv", "case.export", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(filter, read_filter(request));
        TRY_ASSIGN(csv, export_csv(filter, viewer, request.language()));
        state_->parts.identity.record_access(viewer, "cases_exported", "");
        return Response::text(csv, "text/csv; charset=utf-8").with("Content-Disposition", "attachment; filename=\"cases.csv\"");
    });
    route(Method::get, "/api/v1/cases/{case_id}", "case.read", [this, detail_answer](const Request& request, const Viewer& viewer) -> Result<Response> {
        return detail_answer(open(request.path_values.at("case_id"), viewer), request, viewer, 200);
    });
    route(Method::post, "/api/v1/cases/{case_id}/steps", "case.act", [this, detail_answer, &problems](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(step, read_step(request.body));
        const auto& reference = request.path_values.at("case_id");
        const auto detail = act(reference, step, viewer);
        if (detail || detail.error().code != "stale_version") return detail_answer(detail, request, viewer, 200);
        // The loser of a race is told what the case is now.
        auto answer = problems.answer(detail.error(), request);
        const auto current = get(reference, viewer);
        auto document = parse_json(answer.body);
        if (current && document && document->is_object()) {
            document->get_object()["current"] = detail_json(*current, viewer, request.language());
            answer.body = to_json_text(*document);
        }
        return answer;
    });
    route(Method::post, "/api/v1/steps", "case.act", [this, &problems](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(batch, read_batch(request.body));
        json::array items;
        for (const auto& one : batch) {
            const auto detail = act(one.case_id, one.step, viewer);
            json::object item{{"case_id", one.case_id}, {"is_done", detail.has_value()}, {"problem", nullptr}};
            if (!detail) item["problem"] = parse_json(problems.answer(detail.error(), request).body).value_or(nullptr);
            items.push_back(std::move(item));
        }
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::get, "/api/v1/cases/{case_id}/receivers", "case.act", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        const auto subject = parse_uuid(request.query_value("subject_id").value_or(""));
        const auto kind = request.query_value("subject_kind").value_or("");
        TRY_ASSIGN(choices, receivers(request.path_values.at("case_id"), request.query_value("action").value_or(""), kind, kind == "case" || !subject ? Uuid{} : *subject, viewer));
        json::array items;
        for (const auto& choice : choices) items.push_back(receiver_json(choice, request.language()));
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::get, "/api/v1/cases/{case_id}/contact", "contact.read", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(found, contact(request.path_values.at("case_id"), viewer));
        return Response::json(json::object{{"name", found.name}, {"phone", found.phone}, {"public", found.is_public}, {"call_back", found.wants_call_back}});
    });
    route(Method::get, "/api/v1/cases/{case_id}/evidence", "evidence.export", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(contact, http::query_choice(request, "contact", {"yes", "no"}));
        const auto reference = request.path_values.at("case_id");
        TRY_ASSIGN(bytes, evidence(reference, contact != "no", viewer));
        Response response = Response::text(std::move(bytes), "application/zip");
        return std::move(response.with("Content-Disposition", "attachment; filename=\"evidence-" + reference + ".zip\"").with("Cache-Control", "no-store"));
    });
    route(Method::get, "/api/v1/inbox", "inbox.read", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(limit, http::query_limit(request, 100));
        TRY_ASSIGN(light, http::query_choice(request, "light", {"green", "yellow", "red"}));
        TRY_ASSIGN(page, inbox({request.query_value("stage").value_or(""), light, request.query_value("cursor").value_or(""), limit}, viewer, request.language()));
        return Response::json(page);
    });
    route(Method::get, "/api/v1/stream", "stream.read", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        if (!state_->jobs) return fail("temporarily_unavailable");
        auto after_text = std::string(request.header("Last-Event-ID"));
        if (after_text.empty()) after_text = request.query_value("after").value_or("");
        const auto after = storage::parse_position(after_text);
        if (!after_text.empty() && !after) return fail("bad_query_value", {{"name", "after"}});
        Response response;
        response.on_stream = [jobs = state_->jobs.get(), viewer, after](std::shared_ptr<http::EventStream> stream) { jobs->add_listener(std::move(stream), viewer, after); };
        return response;
    });
    const auto ledger_answer = [this](const Request& request, const Viewer& viewer, bool as_table) -> Result<Response> {
        TRY_ASSIGN(filter, read_ledger_filter(request));
        filter.kind = request.path_values.at("kind");
        if (!as_table) {
            TRY_ASSIGN(page, ledger(filter, viewer, request.language()));
            return Response::json(page);
        }
        TRY_ASSIGN(csv, ledger_csv(filter, viewer, request.language()));
        state_->parts.identity.record_access(viewer, "ledger_exported", filter.kind);
        return Response::text(csv, "text/csv; charset=utf-8").with("Content-Disposition", "attachment; filename=\"ledger-" + filter.kind + ".csv\"");
    };
    route(Method::get, "/api/v1/ledgers", "ledger.read", [this](const Request& request, const Viewer& viewer) -> Result<Response> { return Response::json(ledgers(viewer, request.language())); });
    route(Method::get, "/api/v1/ledgers/{kind}", "ledger.read", [ledger_answer](const Request& request, const Viewer& viewer) { return ledger_answer(request, viewer, false); });
    route(Method::get, "/api/v1/ledgers/{kind}/table.csv", "case.export", [ledger_answer](const Request& request, const Viewer& viewer) { return ledger_answer(request, viewer, true); });
    route(Method::get, "/api/v1/delegations", "case.act", [this](const Request&, const Viewer& viewer) -> Result<Response> {
        json::array items;
        for (const auto& one : delegations(viewer)) items.push_back(delegation_json(one, viewer, state_->parts.clock.now_ms()));
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::post, "/api/v1/delegations", "case.act", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(wanted, read_delegation(request.body));
        TRY_ASSIGN(made, delegate(wanted, viewer));
        return Response::json(delegation_json(made, viewer, state_->parts.clock.now_ms()), 201);
    });
    route(Method::del, "/api/v1/delegations/{delegation_id}", "case.act", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY(end_delegation(parse_uuid(request.path_values.at("delegation_id")).value_or(Uuid{}), viewer));
        return Response::empty(204);
    });
    route(Method::get, "/api/v1/delegates", "case.act", [this](const Request&, const Viewer& viewer) -> Result<Response> {
        json::array items;
        for (const auto& one : viewer.directory->people())
            if (one.organisation_key == viewer.organisation_key && one.id != viewer.person_id && one.is_active && state_->parts.identity.viewer_of(one).may("case.act"))
                items.push_back(json::object{{"person", format_uuid(one.id)}, {"name", one.name}, {"role_label", one.roles.empty() ? "" : state_->parts.identity.role_label(one.roles[0], "zh")}});
        return Response::json(json::object{{"items", std::move(items)}});
    });
    route(Method::get, "/api/v1/dispatch/returns", "dispatch.statistics", [this](const Request& request, const Viewer& viewer) -> Result<Response> {
        TRY_ASSIGN(period, read_period(request, state_->parts.clock.now_ms()));
        return Response::json(returns_json(returns(period.first, period.second, viewer), period, *state_->parts.rules.current(), *viewer.directory, request.language()));
    });
    route(Method::get, "/api/v1/dispatch/automatic", "dispatch.statistics|responsibility.write", [this](const Request& request, const Viewer&) -> Result<Response> {
        TRY_ASSIGN(period, read_period(request, state_->parts.clock.now_ms()));
        return Response::json(automatic_json(automatic_dispatches(period.first, period.second), period, *state_->parts.rules.current(), request.language()));
    });
    route(Method::get, "/api/v1/rules/classes", "rules.read", [this](const Request& request, const Viewer&) -> Result<Response> {
        return Response::json(classes_json(*state_->parts.rules.current(), request));
    });
    route(Method::get, "/api/v1/rules/simple-procedure", "rules.read", [this](const Request&, const Viewer&) -> Result<Response> { return Response::json(simple_json(*state_->parts.rules.current())); });
    route(Method::get, "/api/v1/rules/filing-rows", "rules.read", [this](const Request& request, const Viewer&) -> Result<Response> {
        return Response::json(rows_json(*state_->parts.rules.current(), request));
    });
    route(Method::get, "/api/v1/rules/labels", "session.own", [this](const Request&, const Viewer&) -> Result<Response> {
        return Response::json(labels_json(*state_->parts.rules.current(), state_->parts.identity));
    });
}

} // namespace chengge::cases
