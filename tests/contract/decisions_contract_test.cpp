// One act over many cases on both databases: units reorganised, clocks stopped in an emergency, the damage census.
#include "base/time.hpp"
#include "kit/http_kit.hpp"

namespace decisions_contract_test {

using namespace chengge;
using kit::HttpCity;

namespace {

class Decisions : public kit::OnBothEngines {
protected:
    HttpCity city{GetParam()};
    std::string id() { return format_uuid(city.city.new_id()); }
    void jobs() { city.installation->cases->decisions().run_job_once(); }
    static std::size_t count(const kit::Answer& answer) { return answer.at("items").as_array().size(); }
    static std::int64_t number(const json::value& value) { return value.to_number<std::int64_t>(); }

    std::string dispatched(const std::string& cell, const char* unit) {
        const auto one = city.as("collector").report(cell);
        EXPECT_EQ(city.as("operator").act(one, "accept").status, 200);
        EXPECT_EQ(city.as("leader").act(one, "file_case").status, 200);
        EXPECT_EQ(city.as("dispatcher").act(one, "dispatch", [&](json::object& step) { step["receiver"] = json::object{{"organisation", unit}}; }).status, 200);
        return one;
    }
    json::object merge(const char* from, const char* to) {
        return {{"reorganisation_id", id()}, {"kind", "merge"}, {"day", format_date(city_date(city.city.clock.now_ms()))}, {"reason", "机构改革"}, {"units", json::array{from}}, {"target", json::object{{"code", to}}}};
    }
    json::object mode(std::vector<std::string> stages = {"handle", "sign"}) {
        json::array list;
        for (const auto& one : stages) list.emplace_back(one);
        return {{"mode_id", id()}, {"name", "台风防御"}, {"words", "市三防办通知"}, {"stages", std::move(list)}};
    }
    json::object tree(const std::string& cell, double amount) {
        return {{"entry_id", id()}, {"kind", "tree"}, {"lon", city.city.center(cell).lon}, {"lat", city.city.center(cell).lat}, {"coord_type", "cgcs2000"}, {"amount", amount}};
    }
};

} // namespace

TEST_P(Decisions, APreviewSaysWhatWillMoveAndStoresNothing) {
    city.set_up();
    const auto one = dispatched("A1", "sanitation"), two = dispatched("A2", "sanitation");
    dispatched("A3", "power");
    const auto plan = merge("sanitation", "power");
    const auto seen = city.as("system_admin").post("/api/v1/reorganisations/preview", plan);
    ASSERT_EQ(seen.status, 200) << seen.body;
    EXPECT_EQ(number(seen.at("people").at("count")), 1);
    EXPECT_EQ(number(seen.at("units").at("count")), 1); // the crew
    EXPECT_EQ(number(seen.at("cases").at("count")), 2);
    // The administrator sees which cases, not what they are about.
    EXPECT_EQ(seen.body.find("路边有一堆"), std::string::npos);
    EXPECT_EQ(city.count_rows("case_decisions"), 0);
    for (const std::string who : {"leader", "commander", "operator"}) EXPECT_EQ(city.as(who).post("/api/v1/reorganisations/preview", plan).code(), "forbidden") << who;
    EXPECT_EQ(city.as("operator").get("/api/v1/reorganisations").code(), "forbidden");
    EXPECT_EQ(city.as("leader").get("/api/v1/reorganisations").status, 200);
}

TEST_P(Decisions, AReorganisationIsRecordedOnceAndReachesEveryOpenCaseOnce) {
    city.set_up();
    std::vector<std::string> cases;
    for (int i = 0; i < 60; ++i) cases.push_back(dispatched(i % 2 == 0 ? "A1" : "N1", "sanitation"));
    const auto closed = city.closed_case("A2");
    const auto plan = merge("sanitation", "power");
    const auto made = city.as("system_admin").post("/api/v1/reorganisations", plan);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(city.as("system_admin").post("/api/v1/reorganisations", plan).text("number"), made.text("number"));
    auto other = plan;
    other["reason"] = "别的原因";
    EXPECT_EQ(city.as("system_admin").post("/api/v1/reorganisations", other).code(), "decision_id_taken");
    jobs();
    const auto done = city.as("system_admin").get("/api/v1/reorganisations/" + made.text("decision_id"));
    EXPECT_EQ(done.text("state"), "done");
    EXPECT_EQ(number(done.at("reached")), 60);
    EXPECT_EQ(number(done.at("expected")), 60);
    for (const auto& one : cases) {
        const auto seen = city.as("leader").get("/api/v1/cases/" + one);
        EXPECT_EQ(seen.text("unit_code"), "power");
        EXPECT_EQ(seen.at("steps").as_array().size(), 5u);
        EXPECT_EQ(seen.at("steps").as_array().back().at("action").as_string(), "move_units");
    }
    EXPECT_NE(city.as("leader").get("/api/v1/cases/" + closed).at("steps").as_array().back().at("action").as_string(), "move_units");
    EXPECT_EQ(city.as("sanitation").get("/api/v1/inbox?limit=1").at("counts").at("all").to_number<int>(), 60);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/cases/" + cases[0] + "/receivers?action=redispatch").body.find("\"sanitation\""), std::string::npos);
    const auto audit = cases::audit_cases(*city.city.database, *city.city.rule_sets, city.city.identity->keys(), city.city.media.get());
    EXPECT_TRUE(audit.faults.empty()) << audit.faults.front();
    EXPECT_TRUE(city.as("commander").get("/api/v1/reorganisations.csv").body.find(made.text("number")) != std::string::npos);
}

TEST_P(Decisions, ACaseThatChangesUnderTheJobIsTakenUpAgain) {
    const auto one = dispatched("A1", "sanitation");
    ASSERT_EQ(city.as("commander").post("/api/v1/emergency/modes", mode()).status, 201);
    // The served job and a person at the same case: whoever is slower takes it up again.
    int status = 409;
    for (int tries = 0; tries < 5 && status == 409; ++tries) status = city.as("sanitation").act(one, "sign").status;
    ASSERT_EQ(status, 200);
    jobs();
    const auto seen = city.as("leader").get("/api/v1/cases/" + one);
    EXPECT_TRUE(seen.at("is_held").as_bool());
    EXPECT_TRUE(seen.at("handling_deadline_at").is_null());
    EXPECT_EQ(city.count_rows("case_decision_cases"), 1);
}

TEST_P(Decisions, AServerThatStopsInTheMiddleGoesOnWhereItWas) {
    for (int i = 0; i < 50; ++i) city.as("collector").report("A1");
    const auto wanted = mode({"accept"});
    ASSERT_EQ(city.as("commander").post("/api/v1/emergency/modes", wanted).status, 201);
    city.restart();
    jobs();
    const std::string path = "/api/v1/emergency/modes/" + std::string(wanted.at("mode_id").as_string());
    auto seen = city.as("commander").get(path);
    EXPECT_EQ(number(seen.at("held")), 50);
    EXPECT_EQ(seen.text("state"), "done");
    EXPECT_EQ(city.as("operator").get("/api/v1/inbox?light=red").at("counts").at("red").to_number<int>(), 0);
    city.city.clock.advance(3 * day_ms);
    city.forget_sessions();
    EXPECT_EQ(city.as("operator").get("/api/v1/inbox").at("counts").at("red").to_number<int>(), 0);
    ASSERT_EQ(city.as("commander").post(path + "/end", json::object{}).status, 200);
    city.restart();
    jobs();
    seen = city.as("commander").get(path);
    EXPECT_EQ(number(seen.at("held")), 0);
    EXPECT_EQ(seen.at("end").at("state").as_string(), "done");
    EXPECT_FALSE(seen.at("is_on").as_bool());
}

TEST_P(Decisions, OnlyWhoCommandsBeginsAMode) {
    const auto wanted = mode();
    for (const std::string who : {"leader", "dispatcher", "operator", "a_sanitation", "collector"}) EXPECT_EQ(city.as(who).post("/api/v1/emergency/modes", wanted).code(), "forbidden") << who;
    EXPECT_EQ(city.as("commander_a").post("/api/v1/emergency/modes", wanted).code(), "mode_not_yours");
    auto own = wanted;
    own["regions"] = json::array{"440802"};
    EXPECT_EQ(city.as("commander_a").post("/api/v1/emergency/modes", own).status, 201);
    EXPECT_EQ(city.as("commander_a").post("/api/v1/emergency/modes", own).status, 201); // sent again
    EXPECT_EQ(city.count_rows("case_decisions"), 1);
    EXPECT_EQ(city.as("commander").post("/api/v1/emergency/modes", mode()).code(), "mode_overlaps");
    auto beside = mode();
    beside["regions"] = json::array{"440803"};
    EXPECT_EQ(city.as("commander").post("/api/v1/emergency/modes", beside).status, 201);
    for (const auto& [member, value, code] : {std::tuple{"stages", json::value(json::array{"reply"}), "mode_faulty"}, {"regions", json::value(json::array{"999999"}), "mode_faulty"}, {"classes", json::value(json::array{"2026/event/99"}), "mode_faulty"},
                                              {"from", json::value("2020-01-01T00:00:00+08:00"), "mode_time_out_of_range"}, {"from", json::value("soon"), "bad_member"}, {"stages", json::value("handle"), "bad_member"}}) {
        auto wrong = mode();
        wrong[member] = value;
        EXPECT_EQ(city.as("commander").post("/api/v1/emergency/modes", wrong).code(), code) << member;
    }
    // One that lies ahead is taken back by ending it.
    city.as("commander").post("/api/v1/emergency/modes/" + std::string(beside.at("mode_id").as_string()) + "/end", json::object{});
    auto ahead = mode();
    ahead["regions"] = json::array{"440803"};
    ahead["from"] = format_rfc3339(city.city.clock.now_ms() + 2 * hour_ms);
    ASSERT_EQ(city.as("commander").post("/api/v1/emergency/modes", ahead).status, 201);
    EXPECT_EQ(city.as("commander").post("/api/v1/emergency/modes/" + std::string(ahead.at("mode_id").as_string()) + "/end", json::object{}).text("state"), "cancelled");
    EXPECT_EQ(city.as("commander").post("/api/v1/emergency/modes/" + std::string(ahead.at("mode_id").as_string()) + "/end", json::object{}).code(), "mode_over");
}

TEST_P(Decisions, WhatGoesFirstComesInItsOrderAsFarAsOneSees) {
    const auto report = [&](const std::string& cell, const char* class_code) {
        auto body = city.as("collector").report_at(cell);
        body["kind"] = "component";
        body["class_code"] = class_code;
        EXPECT_EQ(city.as("collector").post("/api/v1/reports", body).status, 201);
        return std::string(body.at("case_id").as_string());
    };
    const auto billboard = report("A1", "03006"), tree = report("N1", "04002"), drain = report("A2", "01004"), later = report("A3", "01003");
    city.as("collector").report("A1"); // no class of the list
    std::vector<std::string> order;
    std::string cursor;
    do {
        const auto page = city.as("commander").get("/api/v1/emergency/priority?limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const auto& one : page.at("items").as_array()) order.emplace_back(one.at("case").at("case_id").as_string());
        cursor = page.at("next_cursor").is_null() ? "" : page.text("next_cursor");
    } while (!cursor.empty());
    EXPECT_EQ(order, (std::vector<std::string>{drain, later, tree, billboard}));
    EXPECT_EQ(count(city.as("commander").get("/api/v1/emergency/priority?group=3")), 1u);
    EXPECT_EQ(count(city.as("commander").get("/api/v1/emergency/priority?region=440803")), 1u);
    EXPECT_EQ(count(city.as("commander_a").get("/api/v1/emergency/priority")), 3u);
    EXPECT_EQ(count(city.as("a_sanitation").get("/api/v1/emergency/priority")), 0u);
    EXPECT_EQ(city.as("commander").get("/api/v1/emergency/priority?group=x").code(), "bad_query_value");
    EXPECT_EQ(city.as("commander").get("/api/v1/emergency/priority?cursor=x").code(), "bad_cursor");
    EXPECT_NE(city.as("commander").get("/api/v1/emergency/priority.csv").body.find("雨水箅子"), std::string::npos);
}

TEST_P(Decisions, TheDamageCensusCountsWhatStands) {
    auto first = tree("A1", 3);
    first["estimate_yuan"] = 4500;
    first["media"] = json::array{json::value(city.as("collector").upload())};
    const auto made = city.as("collector").post("/api/v1/emergency/damage", first);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.text("district_code"), "440802");
    EXPECT_EQ(city.as("collector").post("/api/v1/emergency/damage", first).status, 201); // sent again
    auto other = first;
    other["amount"] = 5;
    EXPECT_EQ(city.as("collector").post("/api/v1/emergency/damage", other).code(), "damage_id_taken");
    auto second = tree("N1", 2);
    second["estimate_yuan"] = 1000;
    ASSERT_EQ(city.as("collector2").post("/api/v1/emergency/damage", second).status, 201);
    ASSERT_EQ(city.as("leader").post("/api/v1/emergency/damage", tree("A2", 1)).status, 201);
    const auto totals = city.as("commander").get("/api/v1/emergency/damage-totals");
    EXPECT_EQ(number(totals.at("entries")), 3);
    EXPECT_EQ(number(totals.at("estimate_yuan")), 5500);
    EXPECT_EQ(count(totals), 2u); // two districts
    EXPECT_EQ(number(city.as("commander_a").get("/api/v1/emergency/damage-totals").at("entries")), 2);
    EXPECT_EQ(number(city.as("collector2").get("/api/v1/emergency/damage-totals").at("entries")), 1);
    EXPECT_EQ(count(city.as("commander").get("/api/v1/emergency/damage?district=440803")), 1u);
    EXPECT_EQ(count(city.as("leader").get("/api/v1/emergency/damage?mine=true")), 1u);
    std::vector<std::int64_t> estimates;
    std::string cursor;
    do {
        const auto page = city.as("commander").get("/api/v1/emergency/damage?order=estimate&limit=1" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const auto& one : page.at("items").as_array()) estimates.push_back(one.at("estimate_yuan").is_null() ? -1 : number(one.at("estimate_yuan")));
        cursor = page.at("next_cursor").is_null() ? "" : page.text("next_cursor");
    } while (!cursor.empty());
    EXPECT_EQ(estimates, (std::vector<std::int64_t>{4500, 1000, -1}));
    // Its photograph is for whoever may see the line.
    const std::string photo(first.at("media").as_array().front().as_string());
    EXPECT_EQ(city.as("commander").get("/api/v1/media/" + photo + "/thumbnail").status, 200);
    EXPECT_EQ(city.as("collector2").get("/api/v1/media/" + photo + "/thumbnail").status, 404);
    // Struck out it stays on the list and leaves the sums.
    const auto strike = "/api/v1/emergency/damage/" + made.text("entry_id") + "/strike";
    EXPECT_EQ(city.as("collector2").put(strike, json::object{{"words", "重复"}}).code(), "damage_unknown");
    EXPECT_EQ(city.as("leader").put(strike, json::object{{"words", "重复"}}).code(), "damage_not_yours");
    EXPECT_EQ(city.as("collector").put(strike, json::object{{"words", ""}}).code(), "bad_member");
    EXPECT_EQ(city.as("collector").put(strike, json::object{{"words", "重复登记"}}).text("struck_words"), "重复登记");
    EXPECT_EQ(city.as("collector").put(strike, json::object{{"words", "重复登记"}}).code(), "damage_struck");
    EXPECT_EQ(number(city.as("commander").get("/api/v1/emergency/damage-totals").at("estimate_yuan")), 1000);
    EXPECT_EQ(count(city.as("commander").get("/api/v1/emergency/damage")), 3u);
    EXPECT_NE(city.as("commander").get("/api/v1/emergency/damage.csv").body.find("重复登记"), std::string::npos);
    for (const auto& [member, value, code] : {std::tuple{"kind", json::value("ufo"), "damage_kind_unknown"}, {"amount", json::value(0), "bad_member"}, {"lat", json::value(39.9), "outside_city"}, {"mode_id", json::value(id()), "mode_unknown"},
                                              {"media", json::value(json::array{json::value(id())}), "media_unknown"}, {"estimate_yuan", json::value(-5), "bad_member"}}) {
        auto wrong = tree("A1", 1);
        wrong[member] = value;
        EXPECT_EQ(city.as("collector").post("/api/v1/emergency/damage", wrong).code(), code) << member;
    }
    EXPECT_EQ(city.as("citizen").post("/api/v1/emergency/damage", tree("A1", 1)).code(), "forbidden");
}

TEST_P(Decisions, WhoPassesOnWhatIsHeldIsTold) {
    const auto one = dispatched("A1", "sanitation");
    kit::EventListener listener(city, city.as("sanitation"));
    ASSERT_EQ(city.as("commander").post("/api/v1/emergency/modes", mode()).status, 201);
    EXPECT_TRUE(listener.wait_for(one, "case_step")); // the served job comes to it by itself
}

ON_BOTH_ENGINES(Decisions);

} // namespace decisions_contract_test
