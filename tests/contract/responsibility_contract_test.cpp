// The responsibility list through the server: rows in and out, who answers, what dispatches by itself, who returns.
#include <thread>

#include "base/csv.hpp"
#include "base/spreadsheet.hpp"
#include "base/time.hpp"
#include "kit/http_kit.hpp"

namespace responsibility_contract_test {

using namespace chengge;
using http::Method;

namespace {

class Responsibility : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};
    kit::HttpClient& admin() {
        if (!is_set_up_) city.set_up();
        is_set_up_ = true;
        return city.as("system_admin");
    }
    json::object row(const std::string& unit, const std::string& cell = "A1") {
        return {{"edition", "2026"}, {"kind", "event"}, {"class_code", "06010"}, {"place_kind", "cell"}, {"place", city.city.cell_code(cell)}, {"maintenance", unit}, {"source", "会议纪要"}};
    }
    kit::Answer ask(const std::string& cell, const std::string& class_code = "06010") {
        const auto at = city.city.center(cell);
        return city.as("dispatcher").get("/api/v1/responsibility/answer?lon=" + std::to_string(at.lon) + "&lat=" + std::to_string(at.lat) + "&class_code=" + class_code);
    }
    kit::Answer import(const std::string& bytes, const std::string& query = "") {
        return admin().send({.method = Method::post, .path = "/api/v1/responsibility/import" + query, .body = bytes, .content_type = "application/octet-stream"});
    }
    std::string filed(const std::string& cell) {
        const auto id = city.as("collector").report(cell);
        EXPECT_EQ(city.as("operator").act(id, "accept").status, 200);
        EXPECT_EQ(city.as("leader").act(id, "file_case").status, 200);
        return id;
    }

private:
    bool is_set_up_ = false;
};

std::string first_unit(const kit::Answer& answer) {
    const auto& units = answer.at("units").as_array();
    return units.empty() ? "" : std::string(units[0].at("code").as_string());
}

} // namespace

TEST_P(Responsibility, ARowIsAddedChangedAndRememberedInItsVersions) {
    const auto added = admin().post("/api/v1/responsibility/rows", row("street-a"));
    ASSERT_EQ(added.status, 201) << added.body;
    const auto code = added.text("code");
    const auto answer = ask("A1");
    EXPECT_EQ(first_unit(answer), "street-a");
    EXPECT_TRUE(answer.at("is_single").as_bool());
    EXPECT_NE(std::string(answer.at("matches").as_array()[0].at("reason").as_string()).find("会议纪要"), std::string::npos);
    EXPECT_EQ(first_unit(ask("A2")), "sanitation-a");

    auto changed = row("power");
    changed["version"] = 1;
    EXPECT_EQ(admin().put("/api/v1/responsibility/rows/" + code, changed).status, 200);
    EXPECT_EQ(admin().put("/api/v1/responsibility/rows/" + code, changed).code(), "stale_version");
    EXPECT_EQ(first_unit(ask("A1")), "power");
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/responsibility/rows/" + code).at("items").as_array().size(), 2u);
    EXPECT_EQ(city.as("dispatcher").post("/api/v1/responsibility/rows", row("power")).code(), "forbidden");
    EXPECT_EQ(city.as("collector").get("/api/v1/responsibility/rows").code(), "forbidden");

    city.restart();
    EXPECT_EQ(first_unit(ask("A1")), "power");
}

TEST_P(Responsibility, AFaultyRowIsRefusedInWords) {
    const auto refused = [&](const char* member, const json::value& value) {
        auto faulty = row("street-a");
        faulty[member] = value;
        const auto answer = admin().post("/api/v1/responsibility/rows", faulty);
        EXPECT_EQ(answer.code(), "responsibility_row_faulty") << member;
        EXPECT_TRUE(kit::has_han(answer.detail()));
    };
    refused("place", "440802001101999");
    refused("place_kind", "planet");
    refused("class_code", "99999");
    refused("maintenance", "nobody");
    refused("valid_from", "gestern");
    refused("filing_row", "no-such-row");
    refused("trade", "sanitation"); // a class and a trade
    auto area = row("street-a");
    area["place_kind"] = "area";
    EXPECT_EQ(admin().post("/api/v1/responsibility/rows", area).code(), "responsibility_row_faulty");
    auto road = row("street-a");
    road["place_kind"] = "road";
    road["place"] = "天上路";
    EXPECT_EQ(admin().post("/api/v1/responsibility/rows", road).code(), "responsibility_row_faulty");
    EXPECT_EQ(admin().put("/api/v1/responsibility/rows/Q999999", json::object{{"place_kind", "city"}, {"version", 3}, {"competent", "power"}}).code(), "responsibility_row_unknown");
}

TEST_P(Responsibility, WhatGoesOutComesInAgainAsCsvAndAsExcel) {
    ASSERT_EQ(admin().post("/api/v1/responsibility/rows", row("street-a")).status, 201);
    for (const std::string form : {"csv", "xlsx"}) {
        const auto bytes = city.as("dispatcher").get("/api/v1/responsibility/rows." + form).body;
        EXPECT_EQ(is_xlsx(bytes), form == "xlsx");
        const auto again = import(bytes);
        ASSERT_EQ(again.status, 200);
        EXPECT_EQ(again.at("fault_count").as_int64(), 0) << again.body;
        EXPECT_EQ(again.at("unchanged").as_int64(), again.at("rows").as_int64()) << again.body;
    }
    const std::string good = "范围类型,范围,责任类别,主管单位,生效日期\n全市,,供电,power,46023\n区,440802,环境卫生,单位sanitation-a,2026-01-01\n";
    EXPECT_EQ(import(good, "?check=yes").at("is_stored").as_bool(), false);
    const auto stored = import(good);
    EXPECT_TRUE(stored.at("is_stored").as_bool()) << stored.body;
    EXPECT_EQ(stored.at("added").as_int64(), 2);

    const auto faulty = import("范围类型,范围,责任类别,主管单位\n全市,,供电,power\n月球,,供电,power\n区,440802,没有的,power\n");
    EXPECT_FALSE(faulty.at("is_stored").as_bool());
    const auto& faults = faulty.at("faults").as_array();
    ASSERT_EQ(faults.size(), 2u) << faulty.body;
    EXPECT_EQ(faults[0].at("line").as_int64(), 3);
    EXPECT_EQ(faults[0].at("field").as_string(), "place_kind");
    EXPECT_EQ(faults[1].at("line").as_int64(), 4);
    EXPECT_EQ(import("PK\x03\x04 is no workbook").at("fault_count").as_int64(), 1);
    EXPECT_EQ(import("a,b\n1,2\n").at("fault_count").as_int64(), 1);
}

TEST_P(Responsibility, GapsAndOverlapsAreCountedByClassAndCell) {
    const auto before = city.as("dispatcher").get("/api/v1/responsibility/coverage");
    ASSERT_EQ(before.status, 200);
    EXPECT_GT(before.at("gap_count").as_int64(), 0); // only two trades are named in the small city
    EXPECT_EQ(before.at("overlap_count").as_int64(), 0);
    ASSERT_EQ(admin().post("/api/v1/responsibility/rows", row("street-a")).status, 201);
    auto other = row("power");
    other["valid_to"] = "2027-12-31";
    ASSERT_EQ(admin().post("/api/v1/responsibility/rows", other).status, 201);
    const auto after = city.as("dispatcher").get("/api/v1/responsibility/coverage");
    EXPECT_EQ(after.at("overlap_count").as_int64(), 1);
    EXPECT_EQ(after.at("gap_count").as_int64(), before.at("gap_count").as_int64());
    EXPECT_EQ(ask("A1").at("units").as_array().size(), 2u);
    EXPECT_FALSE(ask("A1").at("is_single").as_bool());
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/responsibility/features?place_kind=cell").at("features").as_array().size(), 2u);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/responsibility/rows?q=会议纪要&limit=1").at("total").as_int64(), 2);
}

TEST_P(Responsibility, TheReceiverListSaysByWhichRow) {
    ASSERT_EQ(admin().post("/api/v1/responsibility/rows", row("sanitation")).status, 201);
    const auto id = filed("A1");
    const auto receivers = city.as("dispatcher").get("/api/v1/cases/" + id + "/receivers?action=dispatch");
    const auto& first = receivers.at("items").as_array()[0].as_object();
    EXPECT_EQ(first.at("organisation").as_string(), "sanitation");
    EXPECT_TRUE(first.at("is_suggested").as_bool());
    EXPECT_TRUE(first.at("responsibility_row").is_string());
    EXPECT_NE(std::string(first.at("reason").as_string()).find("责任清单"), std::string::npos);
}

TEST_P(Responsibility, ManyCasesAreDispatchedInOneGoEachForItself) {
    const auto first = filed("A1"), second = filed("A2");
    json::array items;
    for (const auto& id : {first, second, std::string("00000000-0000-7000-8000-000000000001")})
        items.push_back(json::object{{"case_id", id}, {"step", json::object{{"step_id", format_uuid(city.city.new_id())}, {"action", "dispatch"}, {"version", id == second ? 1 : 3}, {"receiver", json::object{{"organisation", "sanitation"}}}}}});
    const auto done = city.as("dispatcher").post("/api/v1/steps", json::object{{"items", items}});
    ASSERT_EQ(done.status, 200);
    const auto& outcome = done.at("items").as_array();
    EXPECT_TRUE(outcome[0].at("is_done").as_bool());
    EXPECT_EQ(outcome[1].at("problem").at("code").as_string(), "stale_version");
    EXPECT_EQ(outcome[2].at("problem").at("code").as_string(), "case_unknown");
    EXPECT_EQ(city.as("dispatcher").post("/api/v1/steps", json::object{{"items", json::array{}}}).code(), "bad_member");
}

TEST_P(Responsibility, ReturnsAreCountedAsTheirListsAre) {
    const auto id = filed("A1"), other = filed("A2");
    for (const auto& one : {id, other}) ASSERT_EQ(city.as("dispatcher").act(one, "dispatch", [](json::object& step) { step["receiver"] = json::object{{"organisation", "sanitation"}}; }).status, 200);
    ASSERT_EQ(city.as("sanitation").act(id, "ask_send_back").status, 200);
    ASSERT_EQ(city.as("dispatcher").act(id, "approve_send_back").status, 200);
    const auto returns = city.as("dispatcher").get("/api/v1/dispatch/returns");
    const auto& unit = returns.at("items").as_array()[0].as_object();
    EXPECT_EQ(unit.at("organisation").as_string(), "sanitation");
    EXPECT_EQ(unit.at("offered").as_int64(), 2);
    EXPECT_EQ(unit.at("returned").as_int64(), 1);
    ASSERT_EQ(unit.at("reasons").as_array().size(), 1u);
    const std::string reason(unit.at("reasons").as_array()[0].at("code").as_string());
    const auto count = [&](const std::string& query) { return city.as("dispatcher").get("/api/v1/cases?" + query).at("items").as_array().size(); };
    EXPECT_EQ(count("offered_to=sanitation"), 2u);
    EXPECT_EQ(count("returned_by=sanitation"), 1u);
    EXPECT_EQ(count("returned_by=sanitation&return_reason=" + reason), 1u);
    EXPECT_EQ(count("returned_by=sanitation&offered_until=2026-01-01"), 0u);
    EXPECT_TRUE(city.as("district_a").get("/api/v1/dispatch/returns").at("items").as_array().empty());
    EXPECT_EQ(city.as("a_sanitation").get("/api/v1/dispatch/returns").code(), "forbidden");
}

TEST_P(Responsibility, ASwitchedClassDispatchesByItself) {
    ASSERT_EQ(admin().post("/api/v1/responsibility/rows", row("street-a")).status, 201);
    const json::object on{{"edition", "2026"}, {"kind", "event"}, {"class_code", "06010"}, {"is_on", true}};
    EXPECT_EQ(city.as("dispatcher").put("/api/v1/responsibility/switches", on).code(), "forbidden");
    ASSERT_EQ(admin().put("/api/v1/responsibility/switches", on).status, 204);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/responsibility/switches").at("items").as_array().size(), 1u);
    const auto id = filed("A1");
    kit::Answer seen;
    for (int tries = 0; tries < 100; ++tries) {
        seen = city.as("leader").get("/api/v1/cases/" + id);
        if (seen.text("unit_code") == "street-a") break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    ASSERT_EQ(seen.text("unit_code"), "street-a");
    const auto& last = seen.at("steps").as_array().back().as_object();
    EXPECT_EQ(last.at("actor_name").as_string(), "系统自动");
    EXPECT_NE(std::string(last.at("opinion").as_string()).find("责任清单"), std::string::npos);
    const auto counts = city.as("dispatcher").get("/api/v1/dispatch/automatic");
    EXPECT_EQ(counts.at("dispatched").as_int64(), 1);
    EXPECT_EQ(counts.at("wrong").as_int64(), 0);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/cases?automatic=all").at("items").as_array().size(), 1u);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/responsibility/roads").status, 200);
}

TEST_P(Responsibility, ADisputeIsRuledOnAndTheRulingIsARow) {
    const auto id = filed("A1");
    const auto to = [](const char* unit) { return [unit](json::object& step) { step["receiver"] = json::object{{"organisation", unit}}; }; };
    ASSERT_EQ(city.as("dispatcher").act(id, "mark_disputed").status, 200);
    EXPECT_EQ(city.as("dispatcher").post("/api/v1/cases/" + id + "/steps", json::object{{"step_id", format_uuid(city.city.new_id())}, {"action", "dispatch"}, {"version", 4}, {"receiver", json::object{{"organisation", "sanitation"}}}}).code(), "case_disputed");
    EXPECT_EQ(city.as("dispatcher").act(id, "record_site", [](json::object& step) { step["red_line"] = json::object{{"type", "Point"}, {"coordinates", json::array{110.3, 21.2}}}; }).code(), "bad_member");
    EXPECT_EQ(city.as("dispatcher").act(id, "record_site", [](json::object& step) {
        step["red_line"] = json::object{{"type", "Polygon"}, {"coordinates", json::array{json::array{json::array{110.5, 21.5}, json::array{110.51, 21.5}, json::array{110.51, 21.51}, json::array{110.5, 21.5}}}}};
    }).code(), "red_line_wrong");
    EXPECT_EQ(city.as("dispatcher").act(id, "record_site", [](json::object& step) { step.erase("red_line"); }).code(), "needs_red_line");
    ASSERT_EQ(city.as("dispatcher").act(id, "record_site").status, 200);
    const auto ruled = city.as("commander").act(id, "rule_dispute", to("street-a"));
    ASSERT_EQ(ruled.status, 200) << ruled.body;
    EXPECT_EQ(ruled.text("dispute"), "ruled");
    EXPECT_EQ(ruled.text("ruled_unit_name"), "单位street-a");
    EXPECT_EQ(ruled.at("red_line").at("type").as_string(), "Polygon");
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/cases?disputed=true").at("items").as_array().size(), 1u);
    const auto rows = city.as("dispatcher").get("/api/v1/responsibility/rows?place_kind=area");
    ASSERT_EQ(rows.at("items").as_array().size(), 1u);
    EXPECT_EQ(rows.at("items").as_array()[0].at("origin").as_string(), "ruling");
    EXPECT_EQ(first_unit(ask("A1")), "street-a");
    EXPECT_EQ(city.as("dispatcher").act(id, "dispatch", to("sanitation")).code(), "ruling_names_other");
    ASSERT_EQ(city.as("dispatcher").act(id, "dispatch", to("command-a")).status, 200);
    const auto given = city.as("district_a").act(id, "dispatch", to("street-a"));
    ASSERT_EQ(given.status, 200);
    EXPECT_TRUE(given.at("assignments").as_array().back().at("is_binding").as_bool());
}

ON_BOTH_ENGINES(Responsibility);

TEST(Spreadsheet, KeepsTextsAsTheyAre) {
    const Sheet sheet{.name = "表", .header = {"编号", "名称"}, .rows = {{"007", "<井盖> & \"盖\""}, {"", "二\n行"}}};
    const auto table = read_xlsx(write_xlsx(sheet, 1'790'000'000'000), "表.xlsx");
    ASSERT_TRUE(table);
    EXPECT_EQ(table->header, sheet.header);
    ASSERT_EQ(table->rows.size(), 2u);
    EXPECT_EQ(table->rows[0].fields, sheet.rows[0]);
    EXPECT_EQ(table->rows[1].fields, sheet.rows[1]);
    EXPECT_EQ(date_of_serial("46023"), "2026-01-01");
    EXPECT_EQ(date_of_serial("2026-01-01"), "");
}

} // namespace responsibility_contract_test
