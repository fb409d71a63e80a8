#include "demo/demo_routes.hpp"

#include "base/time.hpp"
#include "demo/queries.hpp"

namespace chengge::demo {

using http::Method;
using http::Request;
using http::Response;

namespace {

// The posts of the first page, in its order, with what one does there.
struct Post {
    const char* login;
    const char* role;
    const char* zh;
    const char* en;
};
constexpr Post posts[] = {
    {"operator", "intake_operator", "接电话，登记、受理、发核查",
     "Answers calls, registers and accepts"},
    {"leader", "shift_leader", "立案、结案，盯住时限", "Files and closes, watches the limits"},
    {"dispatcher", "dispatcher", "市级派遣，把关、改派", "Dispatches for the city, keeps the gate"},
    {"dispatcher-440802", "dispatcher", "区级派遣，找准责任单位", "Dispatches in a district"},
    {"municipal-440802", "department_manager", "签收、指派、反馈或退回",
     "Signs, assigns, feeds back or returns"},
    {"municipal-440802-crew-2-handler-1", "handler", "到现场处置，拍照反馈", "Handles on site"},
    {"inspector", "inspector", "到现场核查，通过或不通过", "Checks on site"},
    {"collector-001", "collector", "巡查上报，核实", "Patrols, reports, verifies"},
    {"commander", "commander", "看全市在办与超期，催办", "Sees the whole city, reminds"},
    {"system-admin", "system_admin", "机构、人员、岗位", "Organisations, people, posts"},
    {"security-admin", "security_admin", "重置密码、停用账号", "Resets passwords, closes accounts"},
    {"audit-admin", "audit_admin", "查看登录和查阅记录", "Reads the access log"}};

json::object demo_json(const DemoParts& parts, json::object demo, const std::string& language) {
    const auto now = parts.clock.now_ms();
    const auto counts = parts.database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::count_demo_cases,
                               {{"since_ms", city_midnight_ms(city_date(now))}});
    });
    demo["case_count"] = counts[0].integer("cases");
    demo["open_count"] = counts[0].integer("open_cases");
    demo["reported_today"] = counts[0].integer("reported_today");
    demo["now"] = format_rfc3339(now);
    const auto directory = parts.identity.directory();
    json::array shown;
    for (const auto& post : posts) {
        const auto* person = directory->find_person_by_login(post.login);
        if (person == nullptr) continue;
        const auto* organisation = directory->find_organisation(person->organisation_key);
        const auto viewer = parts.identity.viewer_of(*person);
        json::object item{{"login", post.login},
                          {"role", post.role},
                          {"role_label", parts.identity.role_label(post.role, language)},
                          {"name", person->name},
                          {"organisation_name", organisation != nullptr ? organisation->name : ""},
                          {"description", language == "en" ? post.en : post.zh}};
        if (viewer.may("inbox.read"))
            if (const auto inbox = parts.cases.inbox(
                    {.stage = "", .light = "", .cursor = "", .limit = 1}, viewer, language))
                item["inbox_count"] = inbox->at("counts").at("all");
        shown.push_back(std::move(item));
    }
    demo["posts"] = std::move(shown);
    json::array points;
    if (const auto* leader = directory->find_person_by_login("leader")) {
        // The newest and the most urgent, so that late ones are seen too.
        for (const auto& [order, count] : {std::pair<const char*, int>{"newest", 120}, {"deadline", 80}}) {
            cases::CaseFilter open;
            open.is_open = true;
            open.order = order;
            open.limit = count;
            const auto page = parts.cases.list(open, parts.identity.viewer_of(*leader), language);
            if (!page) continue;
            for (const auto& item : page->at("items").as_array())
                points.push_back(json::object{{"lon", item.at("lon")}, {"lat", item.at("lat")}, {"light", item.at("light")}});
        }
    }
    demo["open_points"] = std::move(points);
    return demo;
}

} // namespace

void add_routes(http::Router& router, const http::Problems& problems, const DemoParts& parts) {
    router.add(Method::get, "/api/v1/demo", [&problems, parts](const Request& request) {
        const auto demo = load_json(parts.demo_file);
        if (!demo || !demo->is_object()) return problems.answer({"not_found", {}}, request);
        return Response::json(demo_json(parts, demo->get_object(), request.language()));
    });
    router.add(Method::post, "/api/v1/demo/sessions", [&problems, parts](const Request& request) {
        const auto body = parse_json(request.body);
        if (!body) return problems.answer(body.error(), request);
        JsonReader reader(*body);
        const auto login = reader.text("login", 80);
        if (reader.error()) return problems.answer(*reader.error(), request);
        const auto given = parts.identity.sign_in_demo(login);
        return given ? parts.identity.session_answer(request, *given)
                     : problems.answer(given.error(), request);
    });
}

} // namespace chengge::demo
