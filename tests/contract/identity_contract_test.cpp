// Accounts, sessions, scope and the administration, the same on both engines, over the real routes.
#include <filesystem>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/wire.hpp"
#include "identity/identity_service.hpp"
#include "kit/database_kit.hpp"
#include "storage/feed.hpp"

namespace identity_contract_test {

using namespace chengge;
using namespace chengge::identity;
using http::Method;
using http::Request;
using http::Response;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

constexpr std::int64_t start_ms = 1'795'000'000'000;
const std::string password = "a fine long secret";

class IdentityContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        open(true); // one digest for all passwords
        ASSERT_TRUE(service->add_all(
            {{"supervision", "监督中心", "supervision_center", "", ""},
             {"city-command", "市指挥中心", "city_command_center", "", ""},
             {"district-a", "赤坎区指挥中心", "district_command_center", "city-command", "440802"},
             {"district-b", "霞山区指挥中心", "district_command_center", "city-command", "440803"},
             {"street-a", "某街道", "subdistrict", "district-a", "440802"},
             {"sanitation", "环卫处", "department", "city-command", ""},
             {"crew-1", "一班", "crew", "sanitation", ""},
             {"public", "市民", "public", "", ""},
             {"administration", "系统管理", "administration", "", ""}},
            {person("operator", "supervision", "intake_operator"),
             person("collector", "supervision", "collector"),
             person("dispatcher", "city-command", "dispatcher"),
             person("dispatcher-a", "district-a", "dispatcher"),
             person("commander-a", "district-a", "commander"),
             person("manager", "sanitation", "department_manager"),
             person("handler", "crew-1", "handler"), person("citizen", "public", "citizen"),
             person("odd-operator", "sanitation", "intake_operator"),
             person("sysadmin", "administration", "system_admin"),
             person("secadmin", "administration", "security_admin"),
             person("audadmin", "administration", "audit_admin")}));
        open();
    }
    void open(bool is_demo = false) {
        auto opened = IdentityService::open(*database, clock,
                                            {.data_folder = CHENGGE_SOURCE "/data",
                                             .keys_folder = folder.path() + "/keys",
                                             .is_demo = is_demo});
        ASSERT_TRUE(opened) << opened.error().code;
        service = std::move(*opened);
        router = http::Router();
        const auto problems = http::Problems::load(CHENGGE_SOURCE "/api/errors.csv");
        ASSERT_TRUE(problems) << problems.error().facts.at("reason");
        service->add_routes(router, *problems);
    }
    static IdentityService::NewPerson person(std::string login, std::string organisation,
                                             std::string role) {
        IdentityService::NewPerson out;
        out.login = login;
        out.name = "王" + login;
        out.phone = "1381234" + std::to_string(2406 + static_cast<int>(login.size()));
        out.organisation_code = std::move(organisation);
        out.roles = {std::move(role)};
        const bool signs_in = login == "operator" || login == "sysadmin" || login == "secadmin" ||
                              login == "audadmin";
        if (signs_in) out.password = password;
        out.must_change_password = false;
        return out;
    }
    Viewer viewer(std::string_view login) const {
        return service->viewer_of(*service->directory()->find_person_by_login(login));
    }
    std::int64_t key_of(std::string_view code) const {
        return service->directory()->find_organisation(code)->key;
    }
    std::string code_of(const std::string& login, const std::string& secret,
                        const std::string& address = "203.0.113.7") {
        const auto given = service->sign_in(login, secret, address, "test");
        return given ? "" : given.error().code;
    }
    std::string token_of(const std::string& login) {
        auto given = service->sign_in(login, password, "203.0.113.7", "test");
        EXPECT_TRUE(given) << given.error().code;
        return given ? given->token : "";
    }
    Response send(Method method, const std::string& target, const std::string& token,
                  const json::value& body = nullptr,
                  std::vector<std::pair<std::string, std::string>> headers = {}) {
        const auto parsed = http::parse_target(target);
        auto match = router.find(method, parsed->segments);
        EXPECT_NE(match.route, nullptr) << target;
        Request request;
        request.method = method;
        request.path = parsed->path;
        request.path_values = match.path_values;
        request.query = parsed->query;
        request.headers = std::move(headers);
        request.headers.emplace_back("Host", "city.example");
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        if (!body.is_null()) request.body = to_json_text(body);
        request.remote_address = "203.0.113.7";
        return match.route->handler(request);
    }
    static json::object object_of(const Response& response) {
        return json::parse(response.body).as_object();
    }
    static std::string code_of(const Response& response) {
        return response.status < 400 ? "" : std::string(object_of(response).at("code").as_string());
    }
    std::string id_of(std::string_view login) const {
        return format_uuid(service->directory()->find_person_by_login(login)->id);
    }

    kit::TestDatabase database{GetParam()};
    kit::ScratchFolder folder;
    FixedClock clock{start_ms};
    std::unique_ptr<IdentityService> service;
    http::Router router;
};

} // namespace

TEST_P(IdentityContract, SeesAsFarAsPostAndOrganisationReach) {
    EXPECT_TRUE(viewer("operator").scope.sees_all);
    EXPECT_TRUE(viewer("operator").scope.sees_reporter);
    EXPECT_TRUE(viewer("operator").may("contact.read"));
    EXPECT_TRUE(viewer("dispatcher").scope.sees_all);
    EXPECT_FALSE(viewer("dispatcher").scope.sees_reporter);
    const auto district = viewer("dispatcher-a").scope;
    EXPECT_FALSE(district.sees_all);
    EXPECT_EQ(district.region_code, "");
    EXPECT_THAT(district.organisation_keys, ElementsAre(key_of("district-a"), key_of("street-a")));
    EXPECT_EQ(viewer("commander-a").scope.region_code, "440802");
    EXPECT_THAT(viewer("manager").scope.organisation_keys,
                ElementsAre(key_of("sanitation"), key_of("crew-1")));
    EXPECT_THAT(viewer("handler").scope.organisation_keys, ElementsAre(key_of("crew-1")));
    for (const auto* login : {"collector", "citizen", "sysadmin"}) {
        EXPECT_FALSE(viewer(login).scope.sees_all) << login;
        EXPECT_THAT(viewer(login).scope.organisation_keys, IsEmpty()) << login;
    }
    for (const auto* login : {"sysadmin", "secadmin", "audadmin"})
        EXPECT_FALSE(viewer(login).may("case.read")) << login;
}

TEST_P(IdentityContract, WhoReportedIsForTheSupervisionCentreOnly) {
    const auto odd = viewer("odd-operator");
    EXPECT_FALSE(odd.scope.sees_reporter);
    EXPECT_FALSE(odd.scope.sees_all);
    EXPECT_FALSE(odd.may("contact.read"));
}

TEST_P(IdentityContract, NamesAndPhonesAreSealedAtRest) {
    static const storage::Statement query("test", "SELECT name_sealed, phone_sealed FROM people",
                                          "SELECT name_sealed, phone_sealed FROM people");
    const auto rows =
        database->read([](storage::Transaction& transaction) { return transaction.run(query); });
    ASSERT_EQ(rows.size(), 12u);
    for (const auto row : rows) {
        EXPECT_THAT(row.bytes("name_sealed"), Not(HasSubstr("王")));
        EXPECT_THAT(row.bytes("phone_sealed"), Not(HasSubstr("138")));
    }
    EXPECT_EQ(viewer("operator").name, "王operator");
    const auto mode = std::filesystem::status(folder.path() + "/keys/identity.key").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_P(IdentityContract, RefusesToStartWithoutTheKeysOfAFilledDatabase) {
    std::filesystem::remove(folder.path() + "/keys/identity.key");
    const auto opened = IdentityService::open(
        *database, clock,
        {.data_folder = CHENGGE_SOURCE "/data", .keys_folder = folder.path() + "/keys"});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, "identity_keys_missing");
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "/keys/identity.key"));
}

TEST_P(IdentityContract, SignsInOutAndListsSessions) {
    const auto response =
        send(Method::post, "/api/v1/sessions", "", {{"name", "Operator"}, {"password", password}});
    ASSERT_EQ(response.status, 201) << response.body;
    const auto cookie = std::string(http::header_of(response, "Set-Cookie"));
    EXPECT_THAT(cookie, HasSubstr("HttpOnly; SameSite=Strict"));
    EXPECT_THAT(cookie, Not(HasSubstr("Secure")));
    const std::string token(object_of(response).at("token").as_string());
    const auto me = object_of(send(Method::get, "/api/v1/me", token));
    EXPECT_EQ(me.at("login"), "operator");
    EXPECT_EQ(me.at("scope"), "全市案件");
    EXPECT_EQ(me.at("roles").as_array()[0].at("zh"), "受理员");
    EXPECT_EQ(send(Method::get, "/api/v1/me", "", nullptr,
                   {{"Cookie", cookie.substr(0, cookie.find(';'))}})
                  .status,
              200);
    clock.advance(60'000);
    const auto second = token_of("operator");
    const auto sessions =
        object_of(send(Method::get, "/api/v1/sessions", token)).at("items").as_array();
    ASSERT_EQ(sessions.size(), 2u);
    EXPECT_EQ(sessions[0].at("is_current"), false);
    EXPECT_EQ(sessions[1].at("is_current"), true);
    const std::string other(sessions[0].at("session_id").as_string());
    EXPECT_EQ(code_of(send(Method::del, "/api/v1/sessions/" + other, token_of("sysadmin"))),
              "session_unknown");
    EXPECT_EQ(send(Method::del, "/api/v1/sessions/" + other, token).status, 204);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", second)), "unauthorized");
    EXPECT_EQ(send(Method::del, "/api/v1/sessions/current", token).status, 204);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", token)), "unauthorized");
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", "invented")), "unauthorized");
}

TEST_P(IdentityContract, StoresNoTokenAndMarksCookiesOfHttpsSecure) {
    const auto response =
        send(Method::post, "/api/v1/sessions", "", {{"name", "operator"}, {"password", password}},
             {{"X-Forwarded-Proto", "https"}});
    EXPECT_THAT(std::string(http::header_of(response, "Set-Cookie")), HasSubstr("; Secure"));
    static const storage::Statement query("test", "SELECT token_sha256 FROM sessions",
                                          "SELECT token_sha256 FROM sessions");
    const auto rows =
        database->read([](storage::Transaction& transaction) { return transaction.run(query); });
    EXPECT_NE(rows[0].bytes("token_sha256"), object_of(response).at("token").as_string().c_str());
}

TEST_P(IdentityContract, CookieRequestsThatChangeSomethingNeedTheirOwnOrigin) {
    const auto cookie = "chengge_session=" + token_of("operator");
    const auto change = [&](std::vector<std::pair<std::string, std::string>> headers) {
        headers.emplace_back("Cookie", cookie);
        return code_of(send(Method::put, "/api/v1/me/password", "",
                            {{"old_password", "x"}, {"new_password", "y"}}, std::move(headers)));
    };
    EXPECT_EQ(change({{"Origin", "https://evil.example"}}), "foreign_origin");
    EXPECT_EQ(change({{"Origin", "null"}}), "foreign_origin");
    EXPECT_EQ(change({{"Sec-Fetch-Site", "cross-site"}}), "foreign_origin");
    EXPECT_EQ(change({{"Origin", "http://city.example"}}), "old_password_wrong");
    EXPECT_EQ(change({}), "old_password_wrong");
    EXPECT_EQ(code_of(send(Method::post, "/api/v1/sessions", "",
                           {{"name", "operator"}, {"password", password}},
                           {{"Origin", "https://evil.example"}})),
              "foreign_origin");
}

TEST_P(IdentityContract, LocksAfterFiveFailuresButNotTheOwnerElsewhere) {
    const auto token = token_of("operator");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of("operator", "wrong", "198.51.100.1"), "bad_credentials");
    EXPECT_EQ(code_of("operator", password, "198.51.100.1"), "account_locked");
    EXPECT_EQ(send(Method::get, "/api/v1/me", token).status, 200); // a lock ends no session
    EXPECT_EQ(code_of("operator", password, "198.51.100.2"), "");
    clock.advance(15 * 60'000 - 1000);
    EXPECT_EQ(code_of("operator", password, "198.51.100.1"), "account_locked");
    clock.advance(1001);
    EXPECT_EQ(code_of("operator", password, "198.51.100.1"), "");
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(code_of("operator", "wrong", "198.51.100.1"), "bad_credentials");
    EXPECT_EQ(code_of("operator", password, "198.51.100.1"),
              ""); // a right one forgets the wrong ones
    EXPECT_EQ(code_of("operator", "wrong", "198.51.100.1"), "bad_credentials");
}

TEST_P(IdentityContract, ParallelGuessesCountToo) {
    std::atomic<int> refused{0};
    {
        std::vector<std::jthread> guessers;
        for (int i = 0; i < 12; ++i)
            guessers.emplace_back([&] {
                refused += code_of("operator", "wrong", "198.51.100.3") == "account_locked";
            });
    }
    EXPECT_GE(refused, 7);
    EXPECT_EQ(code_of("operator", password, "198.51.100.3"), "account_locked");
}

TEST_P(IdentityContract, UnknownNamesAreCountedAndRefusedAlike) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of("nobody", "wrong", "198.51.100.4"), "bad_credentials");
    EXPECT_EQ(code_of("nobody", "wrong", "198.51.100.4"), "account_locked");
    EXPECT_EQ(code_of("no such name! ", "wrong", "198.51.100.4"), "bad_credentials");
}

TEST_P(IdentityContract, SessionsEndIdleAndByAge) {
    const auto idle = token_of("operator");
    clock.advance(24 * 3'600'000 + 1);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", idle)), "unauthorized");
    const auto used = token_of("operator");
    for (int day = 0; day < 29; ++day) {
        clock.advance(24 * 3'600'000);
        EXPECT_EQ(send(Method::get, "/api/v1/me", used).status, 200) << day;
    }
    clock.advance(24 * 3'600'000);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", used)), "unauthorized");
}

TEST_P(IdentityContract, ChangingThePasswordEndsOtherSessions) {
    const auto token = token_of("operator");
    const auto other = token_of("operator");
    const auto change = [&](std::string from, std::string to) {
        return code_of(send(Method::put, "/api/v1/me/password", token,
                            {{"old_password", from}, {"new_password", to}}));
    };
    EXPECT_EQ(change("wrong", "another long secret"), "old_password_wrong");
    EXPECT_EQ(change(password, "short"), "password_too_short");
    EXPECT_EQ(change(password, password), "password_unchanged");
    EXPECT_EQ(change(password, "another long secret"), "");
    EXPECT_EQ(send(Method::get, "/api/v1/me", token).status, 200);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", other)), "unauthorized");
    EXPECT_EQ(code_of("operator", password), "bad_credentials");
    EXPECT_EQ(code_of("operator", "another long secret"), "");
}

TEST_P(IdentityContract, AdministratorsAddChangeResetAndClose) {
    const auto system = token_of("sysadmin");
    const auto security = token_of("secadmin");
    const json::value fresh{{"login", "Zhang.San"},
                            {"name", "张三"},
                            {"phone", "138-1234-9999"},
                            {"organisation_code", "sanitation"},
                            {"roles", {"handler"}}};
    const auto added = send(Method::post, "/api/v1/people", system, fresh);
    ASSERT_EQ(added.status, 201) << added.body;
    EXPECT_EQ(object_of(added).at("person").at("phone_masked"), "138 **** 9999");
    const std::string id(object_of(added).at("person").at("person_id").as_string());
    std::string first(object_of(added).at("first_password").as_string());
    EXPECT_EQ(code_of(send(Method::post, "/api/v1/people", system, fresh)), "login_taken");

    auto given = service->sign_in("zhang.san", first, "203.0.113.7", "phone");
    ASSERT_TRUE(given);
    EXPECT_TRUE(given->viewer.must_change_password);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/organisations", given->token)),
              "password_must_change");
    EXPECT_EQ(send(Method::get, "/api/v1/me", given->token).status, 200);
    EXPECT_EQ(send(Method::put, "/api/v1/me/password", given->token,
                   {{"old_password", first}, {"new_password", "my own new secret"}})
                  .status,
              204);
    EXPECT_EQ(send(Method::get, "/api/v1/organisations", given->token).status, 200);

    EXPECT_EQ(code_of(send(Method::post, "/api/v1/people/" + id + "/password-reset", system)),
              "forbidden");
    for (int i = 0; i < 5; ++i) (void)code_of("zhang.san", "wrong");
    const auto listed =
        object_of(send(Method::get, "/api/v1/people?q=zhang", system)).at("items").as_array();
    EXPECT_EQ(listed.at(0).at("is_locked"), true);
    const auto reset = send(Method::post, "/api/v1/people/" + id + "/password-reset", security);
    ASSERT_EQ(reset.status, 200) << reset.body;
    first = object_of(reset).at("first_password").as_string().c_str();
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", given->token)), "unauthorized");
    given =
        service->sign_in("zhang.san", first, "203.0.113.7", "phone"); // the reset opens the lock
    ASSERT_TRUE(given) << given.error().code;

    EXPECT_EQ(send(Method::put, "/api/v1/people/" + id, system,
                   {{"organisation_code", "crew-1"}, {"phone", ""}})
                  .status,
              200);
    EXPECT_EQ(service->directory()->find_person_by_login("zhang.san")->organisation_key,
              key_of("crew-1"));
    EXPECT_EQ(send(Method::put, "/api/v1/people/" + id, security, {{"is_active", false}}).status,
              200);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/me", given->token)), "unauthorized");
    EXPECT_EQ(code_of("zhang.san", first), "account_closed");
    EXPECT_EQ(code_of("zhang.san", "wrong"), "bad_credentials");
    EXPECT_EQ(code_of(send(Method::put, "/api/v1/people/" + id, security, {{"name", "李四"}})),
              "forbidden");
    EXPECT_EQ(code_of(send(Method::put, "/api/v1/people/" + id, token_of("operator"),
                           {{"name", "李四"}})),
              "forbidden");
}

TEST_P(IdentityContract, AdministratorsPostsAreKeptApart) {
    const auto system = token_of("sysadmin");
    const auto security = token_of("secadmin");
    const auto change = [&](const std::string& token, std::string_view login, json::array roles) {
        return code_of(send(Method::put, "/api/v1/people/" + id_of(login), token,
                            {{"roles", std::move(roles)}}));
    };
    EXPECT_EQ(change(system, "manager", {"security_admin"}), "role_not_yours_to_give");
    EXPECT_EQ(change(security, "manager", {"dispatcher"}), "role_not_yours_to_give");
    EXPECT_EQ(change(security, "manager", {"audit_admin", "system_admin"}), "roles_not_separate");
    EXPECT_EQ(change(security, "manager", {"audit_admin", "dispatcher"}), "roles_not_separate");
    EXPECT_EQ(change(system, "sysadmin", {"dispatcher"}), "role_not_yours_to_give");
    EXPECT_EQ(change(system, "manager", {}), "roles_missing");
    EXPECT_EQ(change(system, "manager", {"emperor"}), "role_unknown");
    EXPECT_EQ(change(security, "manager", {"audit_admin"}), "");
    EXPECT_EQ(change(system, "handler", {"handler", "department_manager", "handler"}), "");
    EXPECT_THAT(service->directory()->find_person_by_login("handler")->roles,
                ElementsAre("department_manager", "handler"));
    EXPECT_EQ(code_of(send(Method::post, "/api/v1/people/" + id_of("secadmin") + "/password-reset",
                           security)),
              "account_is_your_own");
}

TEST_P(IdentityContract, OrganisationsAreListedParentsFirst) {
    const auto token = token_of("sysadmin");
    const auto add = [&](json::value body) {
        return send(Method::post, "/api/v1/organisations", token, body);
    };
    EXPECT_EQ(
        add({{"code", "crew-2"}, {"name", "二班"}, {"kind", "crew"}, {"parent_code", "sanitation"}})
            .status,
        201);
    EXPECT_EQ(code_of(add({{"code", "crew-2"}, {"name", "二班"}, {"kind", "crew"}})),
              "organisation_code_taken");
    EXPECT_EQ(code_of(add({{"code", "x"}, {"name", "x"}, {"kind", "club"}})),
              "organisation_kind_unknown");
    EXPECT_EQ(code_of(add({{"code", "x"}, {"name", "x"}, {"kind", "crew"}, {"parent_code", "no"}})),
              "organisation_unknown");
    EXPECT_EQ(code_of(add({{"code", "二班"}, {"name", "x"}, {"kind", "crew"}})),
              "organisation_code_invalid");
    EXPECT_EQ(code_of(add({{"name", "x"}, {"kind", "crew"}})), "bad_member");
    const auto items =
        object_of(send(Method::get, "/api/v1/organisations?lang=en", token)).at("items").as_array();
    EXPECT_EQ(items.size(), 10u);
    std::set<std::string> seen;
    for (const auto& item : items) {
        const auto& parent = item.at("parent_code");
        EXPECT_TRUE(parent.is_null() || seen.contains(parent.as_string().c_str()));
        seen.insert(item.at("code").as_string().c_str());
    }
    EXPECT_EQ(items[0].at("kind_label"), "Supervision centre");
    EXPECT_EQ(items[0].at("people_count"), 2);
}

TEST_P(IdentityContract, PeopleAreFilteredAndPaged) {
    const auto token = token_of("sysadmin");
    std::set<std::string> seen;
    std::string target = "/api/v1/people?limit=5";
    int pages = 0;
    while (!target.empty() && pages < 10) {
        const auto page = object_of(send(Method::get, target, token));
        for (const auto& item : page.at("items").as_array())
            EXPECT_TRUE(seen.insert(item.at("login").as_string().c_str()).second);
        target = page.at("next_cursor").is_null()
                     ? ""
                     : "/api/v1/people?limit=5&cursor=" +
                           std::string(page.at("next_cursor").as_string());
        ++pages;
    }
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(seen.size(), 12u);
    const auto count = [&](const std::string& query) {
        return object_of(send(Method::get, "/api/v1/people" + query, token))
            .at("items")
            .as_array()
            .size();
    };
    EXPECT_EQ(count("?organisation=sanitation"), 3u);
    EXPECT_EQ(count("?role=dispatcher"), 2u);
    EXPECT_EQ(count("?q=%E7%8E%8Bdisp"), 2u);
    EXPECT_EQ(count("?q=nobody"), 0u);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/people?cursor=xyz", token)), "bad_cursor");
    EXPECT_THAT(send(Method::get, "/api/v1/people", token).body, Not(HasSubstr("1381234")));
}

TEST_P(IdentityContract, EveryLookAtAPhoneIsLogged) {
    const auto path = "/api/v1/people/" + id_of("manager") + "/phone";
    EXPECT_EQ(object_of(send(Method::get, path, token_of("operator"))).at("phone"), "13812342413");
    EXPECT_EQ(code_of(send(Method::get, path, token_of("sysadmin"))), "forbidden");
    EXPECT_EQ(
        send(Method::get, "/api/v1/people/" + id_of("sysadmin") + "/phone", token_of("sysadmin"))
            .status,
        200);
    EXPECT_EQ(code_of(send(Method::get, "/api/v1/access-log", token_of("sysadmin"))), "forbidden");
    service->record_access(viewer("operator"), "contact_read", "case 0190");
    const auto audit = token_of("audadmin");
    const auto page = object_of(send(Method::get, "/api/v1/access-log?limit=2", audit));
    const auto lines = page.at("items").as_array();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[0].at("act"), "signed_in");
    EXPECT_EQ(lines[1].at("act_label"), "查看上报人联系方式");
    EXPECT_EQ(lines[1].at("login"), "operator");
    int phone_reads = 0;
    std::string cursor(page.at("next_cursor").as_string());
    while (!cursor.empty()) {
        const auto next =
            object_of(send(Method::get, "/api/v1/access-log?limit=2&cursor=" + cursor, audit));
        for (const auto& line : next.at("items").as_array())
            phone_reads += line.at("act") == "phone_read";
        cursor = next.at("next_cursor").is_null() ? "" : next.at("next_cursor").as_string().c_str();
    }
    EXPECT_EQ(phone_reads, 2);
}

TEST_P(IdentityContract, AddingAgainLeavesThePresentAlone) {
    auto changed = person("operator", "sanitation", "handler");
    changed.name = "别人";
    ASSERT_TRUE(service->add_all({{"supervision", "别的", "department", "", ""}}, {changed}));
    EXPECT_EQ(viewer("operator").name, "王operator");
    EXPECT_EQ(service->directory()->find_organisation("supervision")->name, "监督中心");
    EXPECT_EQ(service->add_all({}, {person("new", "nowhere", "handler")}).error().code,
              "organisation_unknown");
    auto weak = person("new", "sanitation", "handler");
    weak.password = "demo";
    EXPECT_EQ(service->add_all({}, {weak}).error().code, "password_too_short");
    open(true);
    EXPECT_TRUE(service->add_all({}, {weak}));
    EXPECT_EQ(code_of("new", "demo"), "");
}

TEST_P(IdentityContract, SessionsWithoutAPasswordAreForDemosOnly) {
    EXPECT_EQ(service->sign_in_demo("operator").error().code, "forbidden");
    open(true);
    const auto given = service->sign_in_demo("operator");
    ASSERT_TRUE(given);
    EXPECT_EQ(send(Method::get, "/api/v1/me", given->token).status, 200);
    EXPECT_EQ(service->sign_in_demo("nobody").error().code, "person_unknown");
}

TEST_P(IdentityContract, ChangesOfTheDirectoryEnterTheFeed) {
    const auto token = token_of("sysadmin");
    const auto before = database->read(
        [](storage::Transaction& transaction) { return storage::feed_end(transaction); });
    EXPECT_EQ(
        send(Method::put, "/api/v1/people/" + id_of("manager"), token, {{"name", "新名字"}}).status,
        200);
    const auto entries = database->read([&](storage::Transaction& transaction) {
        return storage::read_feed(transaction, before, 10);
    });
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].kind, "directory");
}

TEST_P(IdentityContract, AnotherProcessSeesChangesAfterReloading) {
    auto other = IdentityService::open(
        *database, clock,
        {.data_folder = CHENGGE_SOURCE "/data", .keys_folder = folder.path() + "/keys"});
    ASSERT_TRUE(other);
    ASSERT_TRUE(service->add_all({}, {person("late", "sanitation", "handler")}));
    EXPECT_EQ((*other)->directory()->find_person_by_login("late"), nullptr);
    (*other)->reload_directory();
    EXPECT_NE((*other)->directory()->find_person_by_login("late"), nullptr);
}

class SetUpContract : public IdentityContract {
protected:
    void SetUp() override { open(); }
    json::value accounts(std::string secret, std::string third = "audit_admin") {
        return {
            {"secret", secret},
            {"accounts",
             {{{"role", "system_admin"}, {"login", "sys"}, {"name", "甲"}, {"password", password}},
              {{"role", "security_admin"},
               {"login", "sec"},
               {"name", "乙"},
               {"password", password}},
              {{"role", third}, {"login", "aud"}, {"name", "丙"}, {"password", password}}}}};
    }
    std::string set_up(const json::value& body) {
        return code_of(send(Method::post, "/api/v1/setup", "", body));
    }
};

TEST_P(SetUpContract, TheOneTimeLinkMakesThreeAdministratorsOnce) {
    const auto stale = service->make_setup_secret();
    const auto secret = service->make_setup_secret();
    ASSERT_TRUE(secret);
    EXPECT_EQ(set_up(accounts(*stale)), "setup_link_unknown"); // a newer one was made
    EXPECT_EQ(set_up(accounts("invented")), "setup_link_unknown");
    EXPECT_EQ(set_up(accounts(*secret, "system_admin")), "setup_accounts_incomplete");
    EXPECT_EQ(set_up(accounts(*secret, "citizen")), "setup_accounts_incomplete");
    EXPECT_EQ(set_up(accounts(*secret)), "");
    EXPECT_EQ(set_up(accounts(*secret)), "setup_link_unknown");
    EXPECT_FALSE(service->make_setup_secret());
    EXPECT_EQ(code_of("sec", password), "");
    EXPECT_TRUE(viewer("sec").may("account.write"));
}

TEST_P(SetUpContract, ALinkIsOverAfterADay) {
    const auto secret = service->make_setup_secret();
    clock.advance(24 * 3'600'000);
    EXPECT_EQ(set_up(accounts(*secret)), "setup_link_unknown");
    EXPECT_TRUE(service->make_setup_secret());
}

ON_BOTH_ENGINES(IdentityContract);
ON_BOTH_ENGINES(SetUpContract);

} // namespace identity_contract_test
