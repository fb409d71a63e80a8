// Inspectors and contractors over both databases: lots, presence, draws, findings with objections, deduction sheets.
#include <set>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/spreadsheet.hpp"
#include "base/time.hpp"
#include "kit/http_kit.hpp"

namespace patrol_contract_test {

using namespace chengge;
using kit::HttpCity;

namespace {

class Patrol : public kit::OnBothEngines {
protected:
    Patrol() {
        const auto added = city.installation->identity->add_all({{"rival", "单位rival", "contractor", "supervision", ""}},
                                                                {{.id = city.city.new_id(), .login = "company", .name = "公司负责人", .phone = "", .organisation_code = "contractor", .roles = {"contractor_manager"}, .password = std::nullopt, .must_change_password = false},
                                                                 {.id = city.city.new_id(), .login = "rival", .name = "对手公司负责人", .phone = "", .organisation_code = "rival", .roles = {"contractor_manager"}, .password = std::nullopt, .must_change_password = false}});
        EXPECT_TRUE(added.has_value());
    }
    HttpCity city{GetParam()};
    std::string id() { return format_uuid(city.city.new_id()); }
    std::string person(const std::string& who) { return format_uuid(city.city.viewer(who).person_id); }
    static std::size_t count(const kit::Answer& answer, const char* name = "items") { return answer.at(name).as_array().size(); }
    static std::int64_t number(const json::value& value, const char* name) { return value.at(name).to_number<std::int64_t>(); }
    json::object lot_body(const std::string& lot_id) {
        return {{"lot_id", lot_id}, {"code", "BD1"}, {"name", "一标段"}, {"organisation", "contractor"}, {"contract_no", "HT-2026-1"}, {"valid_from", "2026-01-01"}, {"valid_to", "2027-12-31"},
                {"regions", json::array{"440802"}}, {"promises", json::array{json::object{{"shift", "early"}, {"workday", 2}, {"restday", 1}}}}, {"month_fee_cents", 10'000'000}, {"unit_price_cents", 150}};
    }
    // A lot with both collectors since the year began.
    std::string lot() {
        const auto lot_id = id();
        EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", lot_body(lot_id)).status, 201);
        for (const std::string who : {"collector", "collector2"})
            EXPECT_EQ(city.as("evaluator").put("/api/v1/patrol/lots/" + lot_id + "/collectors", json::object{{"person_id", person(who)}, {"from", "2026-01-01"}}).status, 200);
        return lot_id;
    }
    json::object sample_body(int size) { return {{"sample_id", id()}, {"from", "2026-09-01"}, {"to", "2026-09-30"}, {"size", size}}; }
    json::object finding_body(const std::string& case_id, const std::string& kind) {
        return {{"finding_id", id()}, {"case_id", case_id}, {"kind", kind}, {"words", "现场查看，与上报不符"}, {"media", json::array{json::value(city.as("inspector2").upload())}}};
    }
    kit::Answer find(const json::object& body, const char* who = "inspector2") { return city.as(who).post("/api/v1/patrol/findings", body); }
    void pass_days(int days) {
        city.city.clock.advance(days * day_ms);
        city.forget_sessions();
    }
    // Found, handled and archived on the spot by a collector.
    std::string simple_case(const std::string& cell) {
        auto body = city.as("collector").report_at(cell);
        body["simple"] = true;
        body["media"] = json::array{json::value(city.as("collector").upload())};
        EXPECT_EQ(city.as("collector").post("/api/v1/reports", body).status, 201);
        const std::string case_id(body["case_id"].as_string());
        const auto place = city.city.center(cell);
        EXPECT_EQ(city.as("collector").act(case_id, "handle_simple", [&](json::object& step) { step["place"] = json::object{{"lon", place.lon}, {"lat", place.lat}, {"coord_type", "cgcs2000"}}; }).status, 200);
        return case_id;
    }
};

} // namespace

TEST_P(Patrol, ALotHasItsTermsItsPeopleAndItsReaders) {
    const auto lot_id = lot();
    auto body = lot_body(lot_id);
    EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", body).status, 201); // sent again
    body["version"] = 1;
    body["month_fee_cents"] = 12'000'000;
    EXPECT_EQ(number(city.as("leader").post("/api/v1/patrol/lots", body).json, "version"), 2);
    EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", body).code(), "stale_lot");
    EXPECT_EQ(city.count_rows("lot_versions"), 2);
    auto second = lot_body(id());
    EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", second).code(), "lot_code_taken");
    second["code"] = "BD2";
    second["organisation"] = "sanitation";
    EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", second).code(), "contractor_unknown");
    second["organisation"] = "rival";
    second["regions"] = json::array{"999999"};
    EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", second).code(), "lot_region_unknown");
    second["regions"] = json::array{"440803"};
    second["valid_to"] = "2025-01-01";
    EXPECT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", second).code(), "bad_dates");
    second["valid_to"] = "2027-01-01";
    ASSERT_EQ(city.as("evaluator").post("/api/v1/patrol/lots", second).status, 201);
    // One is with one lot at a time.
    const auto other = "/api/v1/patrol/lots/" + std::string(second["lot_id"].as_string()) + "/collectors";
    EXPECT_EQ(city.as("evaluator").put(other, json::object{{"person_id", person("collector")}, {"from", "2026-10-01"}}).code(), "collector_elsewhere");
    EXPECT_EQ(city.as("evaluator").put("/api/v1/patrol/lots/" + lot_id + "/collectors", json::object{{"person_id", person("collector")}, {"from", "2026-01-01"}, {"to", "2026-09-30"}}).status, 200);
    EXPECT_EQ(city.as("evaluator").put(other, json::object{{"person_id", person("collector")}, {"from", "2026-10-01"}}).status, 200);
    EXPECT_EQ(city.as("evaluator").put(other, json::object{{"person_id", person("operator")}, {"from", "2026-10-01"}}).code(), "collector_unknown");
    // Each company its own.
    EXPECT_EQ(count(city.as("evaluator").get("/api/v1/patrol/lots")), 2u);
    EXPECT_EQ(count(city.as("company").get("/api/v1/patrol/lots")), 1u);
    EXPECT_EQ(city.as("rival").get("/api/v1/patrol/lots/" + lot_id).code(), "lot_unknown");
    EXPECT_EQ(city.as("company").post("/api/v1/patrol/lots", second).code(), "forbidden");
    for (const auto* who : {"a_sanitation", "dispatcher", "citizen", "operator"}) EXPECT_EQ(city.as(who).get("/api/v1/patrol/lots").code(), "forbidden") << who;
}

TEST_P(Patrol, PresentIsWhoeverWasCalledOrElseWhoeverDidSomething) {
    const auto lot_id = lot();
    const auto path = "/api/v1/patrol/lots/" + lot_id;
    city.as("collector").report("A1"); // 09:00, within the early shift
    const auto today = [&] {
        const auto month = city.as("company").get(path + "/presence?month=2026-09");
        return month.at("items").as_array().back().as_object();
    };
    EXPECT_EQ(today().at("day").as_string(), "2026-09-28"); // the shift of today is not over
    city.city.clock.advance(6 * hour_ms);
    EXPECT_EQ(today().at("day").as_string(), "2026-09-29");
    EXPECT_EQ(today().at("method").as_string(), "acts");
    EXPECT_EQ(number(today(), "promised"), 2);
    EXPECT_EQ(number(today(), "present"), 1);
    EXPECT_EQ(number(today(), "missing"), 1);
    const auto call = [&](const std::vector<std::string>& who, const char* day = "2026-09-29") {
        json::array people;
        for (const auto& one : who) people.push_back(json::value(person(one)));
        return city.as("inspector").post(path + "/roll-calls", json::object{{"roll_call_id", id()}, {"day", day}, {"shift", "early"}, {"people", people}, {"words", "集合点点名"}});
    };
    EXPECT_EQ(call({}).status, 201);
    EXPECT_EQ(number(today(), "missing"), 2); // called, and nobody was there
    EXPECT_EQ(call({"collector", "collector2"}).status, 201);
    EXPECT_EQ(today().at("method").as_string(), "roll_call");
    EXPECT_EQ(number(today(), "missing"), 0);
    EXPECT_EQ(city.count_rows("roll_calls"), 2); // the earlier one stays
    EXPECT_EQ(call({"inspector"}).code(), "collector_not_of_lot");
    EXPECT_EQ(call({}, "2026-10-02").code(), "roll_call_early");
    EXPECT_EQ(call({}, "2026-9-2").code(), "bad_dates");
    EXPECT_EQ(city.as("company").post(path + "/roll-calls", json::object{{"roll_call_id", id()}, {"day", "2026-09-29"}, {"shift", "early"}, {"people", json::array{}}}).code(), "forbidden");
    EXPECT_EQ(city.as("company").get(path + "/presence?month=2026-9").code(), "bad_month");
    // Saturday wants as many as were promised for a day of rest.
    const auto month = city.as("company").get(path + "/presence?month=2026-09");
    for (const auto& one : month.at("items").as_array())
        if (one.at("day").as_string() == "2026-09-26") {
            EXPECT_EQ(number(one, "promised"), 1);
        }
}

TEST_P(Patrol, ADrawCanBeCheckedByAnybody) {
    lot();
    std::vector<std::string> cases;
    for (const auto* cell : {"A1", "A2", "A3"}) cases.push_back(city.closed_case(cell));
    EXPECT_EQ(city.as("inspector").post("/api/v1/patrol/samples", [&] { auto body = sample_body(2); body["from"] = "2026-08-01"; body["to"] = "2026-08-02"; return body; }()).code(), "nothing_to_draw");
    EXPECT_EQ(city.as("inspector").post("/api/v1/patrol/samples", sample_body(0)).code(), "sample_size_wrong");
    auto body = sample_body(2);
    body["seed"] = "2026年9月 摇号 17 03 22";
    const auto drawn = city.as("inspector").post("/api/v1/patrol/samples", body);
    ASSERT_EQ(drawn.status, 201) << drawn.body;
    EXPECT_EQ(number(drawn.json, "population"), 3);
    ASSERT_EQ(count(drawn), 2u);
    // By hand.
    std::map<std::string, std::string> by_rank;
    for (const auto& one : cases) by_rank[to_hex(sm3(std::string(body["seed"].as_string()) + parse_uuid(one)->raw()))] = one;
    auto expected = by_rank.begin();
    for (const auto& item : drawn.at("items").as_array()) EXPECT_EQ(item.at("case").at("case_id").as_string(), (expected++)->second);
    const auto path = "/api/v1/patrol/samples/" + std::string(body["sample_id"].as_string());
    const auto population = *parse_csv(city.as("leader").get(path + "/population.csv").body, "population");
    ASSERT_EQ(population.rows.size(), 3u);
    expected = by_rank.begin();
    for (const auto& row : population.rows) {
        EXPECT_EQ(row.fields[0], expected->first);
        EXPECT_EQ(row.fields[1], (expected++)->second);
    }
    // Sent again it is the same draw; another draw under its name is refused.
    EXPECT_EQ(city.as("inspector").post("/api/v1/patrol/samples", body).at("items"), drawn.at("items"));
    body["size"] = 3;
    EXPECT_EQ(city.as("inspector").post("/api/v1/patrol/samples", body).code(), "sample_id_taken");
    EXPECT_TRUE(city.as("leader").get(path + "/check").at("sample_matches").as_bool());
    // Whoever exchanges a case afterwards is found out.
    city.installation->database->write([](storage::Transaction& transaction) -> Result<void> {
        transaction.run_script("UPDATE sample_items SET position = 3 - position + 10; UPDATE sample_items SET position = position - 10");
        return {};
    });
    EXPECT_FALSE(city.as("leader").get(path + "/check").at("sample_matches").as_bool());
    EXPECT_TRUE(city.as("leader").get(path + "/check").at("population_matches").as_bool());
    EXPECT_EQ(count(city.as("leader").get("/api/v1/patrol/samples?limit=1")), 1u);
    EXPECT_EQ(city.as("collector").get("/api/v1/patrol/samples").code(), "forbidden");
    EXPECT_EQ(city.as("leader").post("/api/v1/patrol/samples", sample_body(1)).code(), "forbidden");
}

TEST_P(Patrol, ADrawKeepsToItsLotItsPlaceAndItsKind) {
    const auto lot_id = lot();
    const auto one = city.closed_case("A1");
    simple_case("A2");
    city.as("operator").report("A3");
    const auto drawn = [&](const std::function<void(json::object&)>& edit) {
        auto body = sample_body(50);
        edit(body);
        const auto answer = city.as("inspector").post("/api/v1/patrol/samples", body);
        return answer.status == 201 ? number(answer.json, "population") : -1;
    };
    EXPECT_EQ(drawn([](json::object& body) { body["simple"] = false; }), 1);
    EXPECT_EQ(drawn([&](json::object& body) { body["lot_id"] = lot_id, body["simple"] = false; }), 1);
    EXPECT_EQ(drawn([](json::object& body) { body["region"] = "440803"; }), -1);
    EXPECT_EQ(drawn([&](json::object& body) { body["person_id"] = person("collector2"); }), -1);
    EXPECT_EQ(drawn([](json::object& body) { body["kind"] = "event", body["class_code"] = "06010", body["simple"] = false; }), 1);
    EXPECT_EQ(drawn([](json::object& body) { body["class_code"] = "06012"; }), -1);
    EXPECT_EQ(drawn([](json::object& body) { body["from"] = "2026-09-30", body["to"] = "2026-09-29"; }), -1);
}

TEST_P(Patrol, AFindingChargesWhomItConcernsAndNeverTouchesTheCase) {
    const auto lot_id = lot();
    const auto one = city.closed_case("A1");
    auto sample = sample_body(5);
    ASSERT_EQ(city.as("inspector2").post("/api/v1/patrol/samples", sample).status, 201);
    const auto steps = city.count_rows("case_steps");
    auto body = finding_body(one, "false_report");
    body["sample_id"] = sample["sample_id"];
    const auto place = city.city.center("A1");
    body["lon"] = place.lon, body["lat"] = place.lat + 0.0001;
    EXPECT_EQ(find(body, "inspector").code(), "media_unknown"); // another's photo
    auto own = body;
    own["media"] = json::array{json::value(city.as("inspector").upload())};
    EXPECT_EQ(find(own, "inspector").code(), "inspector_not_independent"); // checked it
    for (const auto& [member, value, code] : {std::tuple{"kind", json::value("gossip"), "finding_kind_unknown"}, {"kind", json::value("missed"), "finding_not_fitting"}, {"media", json::value(json::array{}), "needs_photo_of_place"}, {"words", json::value(""), "needs_reasons"}, {"sample_id", json::value(id()), "sample_unknown"}}) {
        auto wrong = body;
        wrong["finding_id"] = id();
        wrong[member] = value;
        EXPECT_EQ(find(wrong).code(), code);
    }
    const auto found = find(body);
    ASSERT_EQ(found.status, 201) << found.body;
    EXPECT_EQ(found.text("collector_name"), "人员collector");
    EXPECT_EQ(found.text("lot_id"), lot_id);
    EXPECT_EQ(number(found.json, "points"), 10);
    EXPECT_EQ(found.text("state"), "stands");
    EXPECT_NEAR(found.at("distance_m").to_number<double>(), 11, 1);
    EXPECT_EQ(find(body).status, 201); // sent again
    EXPECT_EQ(city.count_rows("findings"), 1);
    body["words"] = "另一种说法";
    EXPECT_EQ(find(body).code(), "finding_id_taken");
    body["finding_id"] = id();
    EXPECT_EQ(find(body).code(), "sample_item_done");
    EXPECT_EQ(city.count_rows("case_steps"), steps);
    EXPECT_EQ(city.as("leader").get("/api/v1/cases/" + one).text("state"), "closed");
    // The collector and the company see it without the inspector's name; the photo too. The rival sees nothing.
    for (const auto* who : {"collector", "company"}) {
        const auto list = city.as(who).get("/api/v1/patrol/findings");
        ASSERT_EQ(count(list), 1u) << who;
        EXPECT_TRUE(list.at("items").at(0).at("inspector_name").is_null());
        EXPECT_EQ(city.as(who).get("/api/v1/media/" + std::string(found.at("media").at(0).as_string()) + "/thumbnail").status, 200) << who;
    }
    EXPECT_EQ(count(city.as("rival").get("/api/v1/patrol/findings")), 0u);
    EXPECT_NE(city.as("rival").get("/api/v1/media/" + std::string(found.at("media").at(0).as_string()) + "/thumbnail").status, 200);
    EXPECT_EQ(count(city.as("collector2").get("/api/v1/patrol/findings")), 0u);
    EXPECT_EQ(city.as("rival").get("/api/v1/patrol/findings/" + found.text("finding_id")).code(), "finding_unknown");
    // Missed by the patrol: the lot of the place, and whose beat it was.
    json::object missed{{"finding_id", id()}, {"kind", "missed"}, {"words", "巷口垃圾堆了几天没人报"}, {"media", json::array{json::value(city.as("inspector").upload())}}, {"lon", place.lon}, {"lat", place.lat}, {"coord_type", "cgcs2000"}, {"person_id", person("collector2")}};
    EXPECT_EQ(find(missed, "inspector").text("lot_id"), lot_id);
    missed["finding_id"] = id();
    missed.erase("lon"), missed.erase("lat");
    EXPECT_EQ(find(missed, "inspector").code(), "needs_place_or_case");
    const auto elsewhere = city.city.center("N1");
    missed["lon"] = elsewhere.lon, missed["lat"] = elsewhere.lat;
    EXPECT_EQ(find(missed, "inspector").code(), "collector_not_of_lot");
    missed.erase("person_id");
    const auto nobodys = find(missed, "inspector");
    EXPECT_EQ(nobodys.text("state"), "noted"); // no lot there: nobody is charged
    EXPECT_EQ(number(nobodys.json, "cents"), 0);
    const auto mine = city.as("collector").get("/api/v1/patrol/my-score?month=2026-09");
    EXPECT_EQ(number(mine.json, "score"), 90);
    EXPECT_EQ(count(mine, "findings"), 1u);
    const auto scores = city.as("evaluator").get("/api/v1/patrol/scores?month=2026-09");
    EXPECT_EQ(count(scores, "collectors"), 2u);
    EXPECT_EQ(scores.at("collectors").at(0).at("name").as_string(), "人员collector"); // the lowest first
}

TEST_P(Patrol, AnObjectionIsDecidedBySomebodyElseInItsTime) {
    const auto lot_id = lot();
    const auto one = city.closed_case("A1"), two = city.closed_case("A2");
    const auto first = find(finding_body(one, "false_report")).text("finding_id"), second = find(finding_body(two, "wrong_place")).text("finding_id");
    const auto object = [&](const std::string& finding, const char* who, const char* words = "当时现场确有垃圾，附照片") { return city.as(who).post("/api/v1/patrol/findings/" + finding + "/objection", json::object{{"words", words}}); };
    const auto decide = [&](const std::string& finding, const char* who, bool upholds) { return city.as(who).post("/api/v1/patrol/findings/" + finding + "/decision", json::object{{"upholds", upholds}, {"words", "查看原始照片后决定"}}); };
    EXPECT_EQ(decide(first, "leader", true).code(), "no_objection");
    EXPECT_EQ(object(first, "collector", "").code(), "needs_reasons");
    EXPECT_EQ(object(first, "collector2").code(), "objection_not_yours");
    EXPECT_EQ(object(first, "rival").code(), "objection_not_yours");
    EXPECT_EQ(object(first, "collector").text("state"), "objected");
    EXPECT_EQ(object(first, "company").code(), "objected_already");
    EXPECT_EQ(number(city.as("collector").get("/api/v1/patrol/my-score?month=2026-09").json, "objected"), 1);
    EXPECT_EQ(decide(first, "inspector2", false).code(), "forbidden");
    const auto decided = decide(first, "leader", false);
    EXPECT_EQ(decided.text("state"), "withdrawn");
    EXPECT_EQ(decide(first, "leader2", true).code(), "no_objection");
    EXPECT_EQ(number(city.as("collector").get("/api/v1/patrol/my-score?month=2026-09").json, "points"), 2); // only the other one
    EXPECT_EQ(object(second, "company").text("state"), "objected");
    EXPECT_EQ(decide(second, "evaluator", true).text("state"), "upheld");
    const auto late = find(finding_body(one, "wrong_class")).text("finding_id");
    pass_days(12);
    EXPECT_EQ(object(late, "collector").code(), "objection_too_late");
    EXPECT_EQ(count(city.as("leader").get("/api/v1/patrol/findings?state=withdrawn")), 1u);
    EXPECT_EQ(count(city.as("leader").get("/api/v1/patrol/findings?counts=true&lot=" + lot_id)), 2u);
}

TEST_P(Patrol, AClosureThatDoesNotStandIsContestedTogetherWithTheFinding) {
    lot();
    const auto one = city.closed_case("A1");
    auto body = finding_body(one, "wrong_class");
    body["contests"] = true;
    EXPECT_EQ(find(body).code(), "finding_not_fitting");
    body["kind"] = "badly_done";
    const auto found = find(body);
    ASSERT_EQ(found.status, 201) << found.body;
    EXPECT_TRUE(found.at("is_contested").as_bool());
    EXPECT_EQ(found.text("state"), "noted"); // an inspector had checked it: no collector is charged
    EXPECT_EQ(city.as("leader").get("/api/v1/cases/" + one).text("state"), "contested");
    EXPECT_EQ(find(body).status, 201);
    EXPECT_EQ(city.count_rows("findings"), 1);
}

TEST_P(Patrol, ASheetIsTheSumOfWhatStandsBehindItAndStaysOnceConfirmed) {
    const auto lot_id = lot();
    const auto one = city.closed_case("A1"), two = city.closed_case("A2");
    const auto objected = find(finding_body(one, "false_report")).text("finding_id");
    find(finding_body(two, "wrong_place"));
    const auto make = [&](const char* who, const char* month = "2026-09") { return city.as(who).post("/api/v1/patrol/sheets", json::object{{"sheet_id", id()}, {"lot_id", lot_id}, {"month", month}}); };
    EXPECT_EQ(make("evaluator", "2026-11").code(), "month_not_begun");
    EXPECT_EQ(make("evaluator", "2026-9").code(), "bad_month");
    EXPECT_EQ(make("company").code(), "forbidden");
    auto sheet = make("evaluator");
    ASSERT_EQ(sheet.status, 201) << sheet.body;
    const auto path = "/api/v1/patrol/sheets/" + sheet.text("sheet_id");
    const auto confirm = [&](const char* who) { return city.as(who).post(path + "/confirmation", json::object{{"version", sheet.at("version")}}); };
    EXPECT_EQ(confirm("leader").code(), "month_not_over");
    EXPECT_EQ(city.as("company").get(path).code(), "sheet_unknown"); // a draft is nobody's yet
    ASSERT_EQ(city.as("collector").post("/api/v1/patrol/findings/" + objected + "/objection", json::object{{"words", "请复核"}}).status, 200);
    pass_days(2); // 1 October
    sheet = make("evaluator");
    EXPECT_EQ(confirm("evaluator").code(), "sheet_own");
    EXPECT_EQ(confirm("leader").code(), "objections_open");
    ASSERT_EQ(city.as("leader").post("/api/v1/patrol/findings/" + objected + "/decision", json::object{{"upholds", false}, {"words", "撤销"}}).status, 200);
    EXPECT_EQ(confirm("leader").code(), "objection_time_runs");
    pass_days(14); // past the holidays
    EXPECT_EQ(confirm("leader").code(), "stale_sheet"); // the one that was withdrawn is still in it
    sheet = make("evaluator");

    // Every sum once more, from the lists.
    std::int64_t absent = 0, missing = 0;
    const auto presence = city.as("leader").get("/api/v1/patrol/lots/" + lot_id + "/presence?month=2026-09");
    for (const auto& shift : presence.at("items").as_array()) {
        missing += std::max<std::int64_t>(0, number(shift, "promised") - number(shift, "present"));
        absent = missing * 15'000;
    }
    std::int64_t findings = 0, points = missing;
    const auto charged = city.as("leader").get("/api/v1/patrol/findings?month=2026-09&counts=true&lot=" + lot_id);
    for (const auto& finding : charged.at("items").as_array()) {
        findings += number(finding, "cents");
        points += number(finding, "points");
    }
    EXPECT_EQ(findings, 2'000);
    const std::int64_t pay = 10'000'000 + 2 * 150; // the fee and two finds that were filed
    EXPECT_EQ(number(sheet.json, "pay_cents"), pay);
    EXPECT_EQ(number(sheet.json, "points"), points);
    EXPECT_EQ(number(sheet.json, "deducted_cents"), std::min(absent + findings, pay * 30 / 100));
    EXPECT_EQ(number(sheet.json, "total_cents"), pay - number(sheet.json, "deducted_cents"));
    std::int64_t rows = 0, lines = 0;
    for (const auto& row : sheet.at("rows").as_array()) {
        rows += number(row, "cents");
        std::int64_t behind = 0, n = 0;
        std::string cursor;
        do {
            const auto page = city.as("leader").get(path + "/lines?limit=7&rule=" + std::string(row.at("rule").as_string()) + (cursor.empty() ? "" : "&cursor=" + cursor));
            for (const auto& line : page.at("items").as_array())
                if (line.at("part") == row.at("part")) behind += number(line, "cents"), ++n;
            cursor = page.at("next_cursor").is_null() ? "" : page.text("next_cursor");
        } while (!cursor.empty());
        EXPECT_EQ(behind, number(row, "cents")) << row;
        EXPECT_EQ(n, number(row, "lines"));
        lines += behind;
    }
    EXPECT_EQ(rows, number(sheet.json, "total_cents"));
    EXPECT_EQ(lines, rows);

    const auto confirmed = confirm("leader");
    ASSERT_EQ(confirmed.status, 200) << confirmed.body;
    EXPECT_EQ(confirmed.text("number"), "KK-202609-BD1");
    EXPECT_EQ(confirm("leader").status, 200); // sent again
    EXPECT_EQ(confirm("leader2").code(), "sheet_confirmed");
    EXPECT_EQ(make("evaluator").code(), "sheet_confirmed");
    EXPECT_EQ(city.as("inspector").post("/api/v1/patrol/lots/" + lot_id + "/roll-calls", json::object{{"roll_call_id", id()}, {"day", "2026-09-29"}, {"shift", "early"}, {"people", json::array{}}}).code(), "sheet_confirmed");
    // New terms and what is found later leave it as it is.
    auto terms = lot_body(lot_id);
    terms["version"] = 1;
    terms["month_fee_cents"] = 1;
    ASSERT_EQ(city.as("leader").post("/api/v1/patrol/lots", terms).status, 200);
    find(finding_body(one, "wrong_class"));
    const auto later = city.as("company").get(path);
    for (const auto* name : {"rows", "total_cents", "sm3", "month_fee_cents"}) EXPECT_EQ(later.at(name), confirmed.at(name)) << name;
    EXPECT_TRUE(later.at("confirmed_by").is_null()); // names of the centre are the centre's
    EXPECT_EQ(count(city.as("company").get("/api/v1/patrol/sheets")), 1u);
    EXPECT_EQ(count(city.as("rival").get("/api/v1/patrol/sheets")), 0u);
    const auto csv = *parse_csv(city.as("company").get(path + "/table.csv").body, "sheet");
    const auto xlsx = *read_xlsx(city.as("company").get(path + "/table.xlsx").body, "sheet");
    ASSERT_EQ(csv.rows.size(), confirmed.at("rows").as_array().size() + 3);
    EXPECT_EQ(xlsx.rows.back().fields.back(), csv.rows.back().fields.back());
    EXPECT_EQ(csv.rows.back().fields.back(), patrol::money_text(number(confirmed.json, "total_cents")));
}

ON_BOTH_ENGINES(Patrol);

} // namespace patrol_contract_test
