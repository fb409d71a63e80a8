// The intake desk over both databases: the pool and its claims, calls, answers, call-backs, duplicates, shifts.
#include <thread>

#include "base/time.hpp"
#include "kit/http_kit.hpp"
#include "storage/feed.hpp"

namespace hotline_contract_test {

using namespace chengge;
using kit::HttpCity;

namespace {

class Hotline : public kit::OnBothEngines {
protected:
    HttpCity city{GetParam()};
    std::string id() { return format_uuid(city.city.new_id()); }
    static const json::value& first(const kit::Answer& answer) { return answer.at("items").as_array().at(0); }
    static std::size_t count(const kit::Answer& answer, const char* name = "items") { return answer.at(name).as_array().size(); }
    // Somebody calls the centre and wants to be called back.
    std::string called(const std::string& cell, const std::string& phone, bool call_back = true, const char* words = "路边有一堆垃圾没人收") {
        auto body = city.as("operator").report_at(cell);
        body["source"] = "hotline_12319";
        body["description"] = words;
        body["contact"] = json::object{{"name", "何先生"}, {"phone", phone}, {"public", false}, {"call_back", call_back}};
        EXPECT_EQ(city.as("operator").post("/api/v1/reports", body).status, 201);
        return std::string(body["case_id"].as_string());
    }
    kit::Answer attempt(const std::string& call_back, const char* outcome, const std::string& words = "", const std::string& attempt_id = "") {
        return city.as("operator").post("/api/v1/hotline/call-backs/" + call_back + "/attempts",
                                        json::object{{"attempt_id", attempt_id.empty() ? id() : attempt_id}, {"outcome", outcome}, {"words", words}, {"answers", json::object{{"done", "no"}}}});
    }
    // The served city's own thread does the same work: what it has begun is waited for.
    void run_jobs() {
        const auto is_done = [&] {
            return city.city.database->read([](storage::Transaction& transaction) { return storage::load_reader_position(transaction, "hotline") == storage::feed_end(transaction); });
        };
        for (int done = 0, i = 0; done < 2 && i < 400; ++i) {
            city.installation->hotline->run_jobs_once();
            done = is_done() ? done + 1 : 0;
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        }
    }
    kit::Answer claim(const char* who, const std::string& case_id, bool takes = false) { return city.as(who).put("/api/v1/hotline/claims/" + case_id, json::object{{"takes", takes}}); }
};

} // namespace

TEST_P(Hotline, AClaimTellsWhoIsAtItAndLocksNothing) {
    const auto one = city.as("collector").report("A1");
    EXPECT_TRUE(claim("operator", one).at("claim").at("is_mine").as_bool());
    const auto seen = claim("operator2", one);
    EXPECT_FALSE(seen.at("claim").at("is_mine").as_bool());
    EXPECT_FALSE(seen.at("claim").at("person_name").as_string().empty());
    EXPECT_EQ(city.as("operator2").get("/api/v1/hotline/pool?holder=others").at("counts").at("others").to_number<int>(), 1);
    EXPECT_EQ(count(city.as("operator2").get("/api/v1/hotline/pool?holder=free")), 0u);
    EXPECT_EQ(city.as("operator2").del("/api/v1/hotline/claims/" + one).code(), "claim_not_mine");
    // Taken over, given up, run out; and whoever may act, acts.
    EXPECT_TRUE(claim("operator2", one, true).at("claim").at("is_mine").as_bool());
    EXPECT_EQ(city.as("operator2").del("/api/v1/hotline/claims/" + one).status, 204);
    EXPECT_TRUE(city.as("operator").get("/api/v1/hotline/claims/" + one).at("claim").is_null());
    claim("operator", one);
    city.city.clock.advance(31 * minute_ms);
    EXPECT_EQ(count(city.as("operator2").get("/api/v1/hotline/pool?holder=free")), 1u);
    claim("operator", one);
    EXPECT_EQ(city.as("operator2").act(one, "accept").status, 200);
    // The next stage begins with nobody at it.
    EXPECT_TRUE(first(city.as("leader").get("/api/v1/hotline/pool?stage=file_case")).at("claim").is_null());
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/hotline/pool").code(), "forbidden");
}

TEST_P(Hotline, AListenerHearsOfAClaim) {
    const auto one = city.as("collector").report("A1");
    kit::EventListener listener(city, city.as("operator2"));
    claim("operator", one);
    EXPECT_TRUE(listener.wait_for(one, "case_claimed"));
}

TEST_P(Hotline, ThePoolGoesOnWhereAPageEnded) {
    for (const auto* cell : {"A1", "A2", "A3", "N1", "N2"}) city.as("collector").report(cell);
    std::set<std::string> seen;
    std::string cursor;
    do {
        const auto page = city.as("operator").get("/api/v1/hotline/pool?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const auto& item : page.at("items").as_array()) seen.emplace(item.at("case").at("case_id").as_string());
        cursor = page.at("next_cursor").is_null() ? "" : page.text("next_cursor");
    } while (!cursor.empty());
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_EQ(city.as("operator").get("/api/v1/hotline/pool?cursor=x").code(), "bad_cursor");
}

TEST_P(Hotline, WhoCalledBeforeIsKnownAgainByTheNumberAlone) {
    const auto one = called("A1", "13800138000");
    city.as("operator").post("/api/v1/hotline/calls", json::object{{"call_id", id()}, {"phone", "13800138000"}, {"source", "hotline_12319"}, {"topic", "service"}, {"answer", "请打物业电话。"}, {"question", "我的电话是13800138000，楼道灯坏了"}});
    const auto again = city.as("operator2").post("/api/v1/hotline/callers", json::object{{"phone", "+86 138-0013-8000"}});
    ASSERT_EQ(count(again, "reports"), 1u);
    EXPECT_EQ(again.at("reports").at(0).at("case_id").as_string(), one);
    EXPECT_EQ(count(again, "calls"), 1u);
    EXPECT_EQ(again.text("phone_masked"), "138 **** 8000");
    EXPECT_EQ(again.body.find("13800138000"), std::string::npos);
    EXPECT_EQ(count(city.as("operator").post("/api/v1/hotline/callers", json::object{{"phone", "13800138001"}}), "reports"), 0u);
    EXPECT_EQ(city.as("a_sanitation").post("/api/v1/hotline/callers", json::object{{"phone", "13800138000"}}).code(), "forbidden");
    city.set_up();
    EXPECT_NE(city.as("audit_admin").get("/api/v1/access-log?limit=100").body.find("caller_read"), std::string::npos);
}

TEST_P(Hotline, AnAnswerWithoutACaseIsRecordedAndCounted) {
    const auto article = id(), call = id();
    ASSERT_EQ(city.as("leader").post("/api/v1/hotline/articles", json::object{{"article_id", article}, {"question", "养犬登记在哪里办"}, {"answer", "带身份证和免疫证到社区服务站办理。"}, {"source", "市养犬管理条例"}, {"valid_from", "2026-01-01"}, {"valid_to", "2026-12-31"}}).status, 201);
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/articles", json::object{{"article_id", id()}, {"question", "甲"}, {"answer", "乙"}}).code(), "forbidden");
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/articles?q=免疫证")), 1u);
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/articles?q=养犬 办理")), 1u);
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/articles?q=停车")), 0u);
    const json::object body{{"call_id", call}, {"phone", "0759-3388123"}, {"source", "hotline_12345"}, {"topic", "service"}, {"question", "狗证去哪办"}, {"answer", "带身份证和免疫证到社区服务站办理。"}, {"article_id", article}, {"outside_no", "GD-2026-0001"}, {"outside_call_id", "c-77"}, {"recording", "https://records.example/77"}};
    const auto stored = city.as("operator").post("/api/v1/hotline/calls", body);
    ASSERT_EQ(stored.status, 201);
    EXPECT_EQ(stored.text("outcome"), "answered");
    EXPECT_EQ(stored.at("article").at("question").as_string(), "养犬登记在哪里办");
    // Sent again it is the same call; with other words it is refused.
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/calls", body).status, 201);
    auto other = body;
    other["answer"] = "别的答复";
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/calls", other).code(), "call_id_taken");
    EXPECT_EQ(city.count_rows("hotline_calls"), 1);
    EXPECT_EQ(first(city.as("operator").get("/api/v1/hotline/articles")).at("used_count").to_number<int>(), 1);
    const auto counts = city.as("leader").get("/api/v1/hotline/summary");
    EXPECT_EQ(counts.at("calls").at(0).at("count").to_number<int>(), 1);
    for (const auto& [member, value, code] : {std::tuple{"answer", json::value(""), "needs_answer_or_case"}, {"recording", json::value("javascript:alert(1)"), "recording_not_a_link"}, {"topic", json::value("gossip"), "topic_unknown"}, {"source", json::value("pigeon"), "source_unknown"}, {"article_id", json::value(id()), "article_unknown"}}) {
        auto wrong = body;
        wrong["call_id"] = id();
        wrong[member] = value;
        EXPECT_EQ(city.as("operator").post("/api/v1/hotline/calls", wrong).code(), code);
    }
}

TEST_P(Hotline, AnArticleIsShownWhileItIsValidAndChangedByOneAtATime) {
    const auto article = id();
    json::object body{{"article_id", article}, {"question", "夜间施工几点停"}, {"answer", "二十二点至次日六点不得施工。"}, {"valid_to", "2026-09-28"}};
    ASSERT_EQ(city.as("leader").post("/api/v1/hotline/articles", body).status, 201);
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/articles?q=施工")), 0u);
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/articles?q=施工&all=true")), 1u);
    body["version"] = 1;
    body["valid_to"] = "2027-09-28";
    body["answer"] = "二十二点至次日六点不得施工，抢修除外。";
    EXPECT_EQ(city.as("leader").post("/api/v1/hotline/articles", body).status, 200);
    EXPECT_EQ(city.as("leader").post("/api/v1/hotline/articles", body).code(), "stale_article");
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/articles?q=抢修")), 1u);
    body["valid_from"] = "2028-01-01";
    EXPECT_EQ(city.as("leader").post("/api/v1/hotline/articles", body).code(), "bad_dates");
}

TEST_P(Hotline, ManyAreAcceptedAndFiledEachWithItsOwnStepAndOutcome) {
    const auto good = city.as("collector").report("A1"), stale = city.as("collector").report("A2"), gone = city.as("collector").report("A3");
    ASSERT_EQ(city.as("operator").act(gone, "decline").status, 200);
    json::array items;
    for (const auto& one : {good, stale, gone}) items.push_back(json::object{{"case_id", one}, {"step", json::object{{"action", "accept"}, {"step_id", id()}, {"version", one == good ? 1 : one == stale ? 0 : 2}}}});
    const json::object batch{{"items", items}};
    for (int round = 0; round < 2; ++round) { // sent again it changes nothing
        const auto outcome = city.as("operator").post("/api/v1/steps", batch);
        ASSERT_EQ(outcome.status, 200);
        EXPECT_TRUE(outcome.at("items").at(0).at("is_done").as_bool());
        EXPECT_EQ(outcome.at("items").at(1).at("problem").at("code").as_string(), "stale_version");
        EXPECT_EQ(outcome.at("items").at(2).at("problem").at("code").as_string(), "action_not_allowed");
    }
    // The only filing row of the class is taken; where several fit, a person has to choose.
    const auto file = [&](const std::string& one, const char* row) {
        const json::object step{{"action", "file_case"}, {"step_id", id()}, {"version", 2}, {"filing_row", row}};
        return city.as("leader").post("/api/v1/steps", json::object{{"items", json::array{json::object{{"case_id", one}, {"step", step}}}}}).at("items").at(0);
    };
    EXPECT_TRUE(file(good, "").at("is_done").as_bool());
    auto several = city.as("collector").report_at("N1");
    several["kind"] = "component";
    several["class_code"] = "01004";
    ASSERT_EQ(city.as("collector").post("/api/v1/reports", several).status, 201);
    const std::string grate(several["case_id"].as_string());
    ASSERT_EQ(city.as("operator").act(grate, "accept").status, 200);
    EXPECT_EQ(file(grate, "").at("problem").at("code").as_string(), "needs_filing_row");
    EXPECT_TRUE(file(grate, "2026-component-01004-1").at("is_done").as_bool());
}

TEST_P(Hotline, WhoIsNotSatisfiedHasTheCaseReopenedWithTheirWords) {
    const auto one = called("A1", "13800138000");
    city.close(one);
    run_jobs();
    const auto waiting = first(city.as("operator").get("/api/v1/hotline/call-backs?state=waiting"));
    EXPECT_EQ(waiting.at("reason").as_string(), "asked");
    EXPECT_EQ(waiting.at("phone_masked").as_string(), "138 **** 8000");
    const std::string call_back(waiting.at("call_back_id").as_string());
    EXPECT_EQ(attempt(call_back, "no_answer").text("state"), "waiting");
    EXPECT_EQ(attempt(call_back, "unsatisfied").code(), "needs_words");
    EXPECT_EQ(attempt(call_back, "delighted").code(), "satisfaction_unknown");
    const auto attempt_id = id();
    for (int round = 0; round < 2; ++round) EXPECT_EQ(attempt(call_back, "unsatisfied", "垃圾只搬走一半，臭得很", attempt_id).text("state"), "done");
    const auto seen = city.as("leader").get("/api/v1/cases/" + one);
    EXPECT_EQ(seen.text("state"), "dispatched");
    const auto& last = seen.at("steps").as_array().back();
    EXPECT_EQ(last.at("action").as_string(), "reopen");
    EXPECT_EQ(last.at("opinion").as_string(), "回访反映人不满意：垃圾只搬走一半，臭得很");
    EXPECT_EQ(attempt(call_back, "satisfied").code(), "call_back_over");
    EXPECT_EQ(city.count_rows("call_back_attempts"), 2);
    EXPECT_TRUE(cases::audit_cases(*city.city.database, *city.city.rule_sets, city.city.identity->keys(), nullptr).faults.empty());
}

TEST_P(Hotline, ThreeTimesNobodyAnsweredIsEnough) {
    city.close(called("A1", "13800138000"));
    run_jobs();
    const std::string call_back(first(city.as("operator").get("/api/v1/hotline/call-backs")).at("call_back_id").as_string());
    EXPECT_EQ(attempt(call_back, "no_answer").text("state"), "waiting");
    EXPECT_EQ(attempt(call_back, "no_answer").text("state"), "waiting");
    EXPECT_EQ(attempt(call_back, "no_answer").text("state"), "unreached");
    // Nobody is called who did not ask, has no telephone and is not in the sample.
    city.closed_case("A2");
    run_jobs();
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/call-backs?state=waiting")), 0u);
}

TEST_P(Hotline, WhoGaveANumberOnlyInACallIsCalledBackThere) {
    const auto one = city.as("collector").report("A1"), call = id();
    ASSERT_EQ(city.as("operator").post("/api/v1/hotline/calls", json::object{{"call_id", call}, {"source", "hotline_12345"}, {"case_id", one}, {"outside_no", "GD-8"}, {"name", "黄先生"}, {"phone", "13700137000"}}).status, 201);
    city.close(one);
    run_jobs();
    const auto waiting = city.as("operator").get("/api/v1/hotline/call-backs?state=waiting");
    ASSERT_EQ(count(waiting), 1u);
    EXPECT_EQ(first(waiting).at("phone_masked").as_string(), "137 **** 7000");
    EXPECT_EQ(first(waiting).at("call_id").as_string(), call);
    EXPECT_EQ(city.as("operator").get("/api/v1/hotline/calls/" + call + "/contact").text("phone"), "13700137000");
}

TEST_P(Hotline, EveryReporterOfAMergedCaseIsAnsweredAndCalledBack) {
    const auto lead = called("A1", "13800138000"), other = called("A1", "13900139000");
    ASSERT_EQ(city.as("operator").post("/api/v1/hotline/calls", json::object{{"call_id", id()}, {"source", "hotline_12345"}, {"case_id", other}, {"outside_no", "GD-7"}, {"outside_due_at", "2026-10-08T18:00:00+08:00"}}).status, 201);
    const auto found = city.as("operator").get("/api/v1/hotline/cases/" + other + "/duplicates");
    ASSERT_EQ(count(found), 1u);
    EXPECT_EQ(first(found).at("case").at("case_id").as_string(), lead);
    EXPECT_GT(first(found).at("score").to_number<double>(), 0.9);
    ASSERT_EQ(city.as("operator").act(other, "merge", [&](json::object& step) { step["lead"] = lead; }).status, 200);
    auto seen = city.as("operator").get("/api/v1/cases/" + lead);
    ASSERT_EQ(count(seen, "merged_cases"), 1u);
    EXPECT_EQ(seen.at("merged_cases").at(0).at("case_id").as_string(), other);
    const auto calls = city.as("operator").get("/api/v1/hotline/cases/" + lead + "/duplicates");
    EXPECT_EQ(calls.at("calls").at(0).at("outside_no").as_string(), "GD-7");
    EXPECT_EQ(calls.at("calls").at(0).at("outside_due_at").as_string(), "2026-10-08T18:00:00+08:00");
    city.close(lead);
    run_jobs();
    EXPECT_EQ(count(city.as("operator").get("/api/v1/hotline/call-backs?state=waiting")), 2u);
    const auto told = city.as("operator").get("/api/v1/cases/" + other);
    EXPECT_NE(told.text("reporter_sentence").find("处理完毕"), std::string::npos) << told.text("reporter_sentence");
    // Departments are told of none of them.
    EXPECT_EQ(count(city.as("a_sanitation").get("/api/v1/cases/" + lead), "merged_cases"), 0u);
    EXPECT_EQ(city.as("a_sanitation").get("/api/v1/hotline/cases/" + lead + "/duplicates").code(), "forbidden");
}

TEST_P(Hotline, TwoCasesAreNotMergedIntoEachOtherAtOnce) {
    for (int round = 0; round < 4; ++round) {
        const auto a = city.as("collector").report("A1"), b = city.as("collector").report("A1");
        std::vector<kit::Answer> answers(2);
        {
            auto one = city.as("operator"), other = city.as("operator2");
            std::jthread first_merge([&] { answers[0] = one.act(a, "merge", [&](json::object& step) { step["lead"] = b; }); });
            answers[1] = other.act(b, "merge", [&](json::object& step) { step["lead"] = a; });
        }
        EXPECT_EQ((answers[0].status == 200) + (answers[1].status == 200), 1);
    }
}

TEST_P(Hotline, WhatWasJustClosedIsShownAtIntakeAndARepeatIsLinked) {
    const auto before = city.closed_case("A1");
    const auto at = city.city.center("A1");
    const auto found = city.as("operator").post("/api/v1/hotline/duplicates", json::object{{"lon", at.lon + 0.00005}, {"lat", at.lat}, {"coord_type", "cgcs2000"}, {"kind", "event"}, {"class_code", "06010"}, {"words", "又有垃圾"}});
    ASSERT_EQ(count(found), 1u);
    EXPECT_TRUE(first(found).at("is_closed").as_bool());
    EXPECT_EQ(count(city.as("operator").post("/api/v1/hotline/duplicates", json::object{{"lon", city.city.center("N4").lon}, {"lat", city.city.center("N4").lat}, {"coord_type", "cgcs2000"}, {"words", "垃圾"}})), 0u);
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/duplicates", json::object{{"lon", 1}, {"lat", 1}, {"coord_type", "cgcs2000"}}).code(), "outside_city");
    city.city.clock.advance(10 * day_ms);
    city.forget_sessions();
    const auto again = city.as("collector").report("A1");
    ASSERT_EQ(city.as("operator").act(again, "accept").status, 200);
    run_jobs();
    const auto seen = city.as("leader").get("/api/v1/hotline/cases/" + again + "/duplicates");
    ASSERT_EQ(count(seen, "repeats"), 1u);
    EXPECT_EQ(seen.at("repeats").at(0).at("case").at("case_id").as_string(), before);
    EXPECT_EQ(seen.at("repeats").at(0).at("days").to_number<int>(), 10);
    EXPECT_EQ(count(seen), 0u); // closed too long ago for a duplicate
}

TEST_P(Hotline, TheSameStandardAddressIsASignOfADuplicate) {
    const auto& layer = *city.installation->registry->find_layer("addresses");
    const auto at = city.city.center("A1");
    registry::Feature door;
    door.geometry = geo::Point{at.lon, at.lat};
    door.values.resize(layer.fields.size());
    const std::pair<const char*, const char*> said[] = {{"name", "榕荫路12号"}, {"category", "door"}, {"full_address", "榕荫路12号"}};
    for (const auto& [field, value] : said) door.values[static_cast<std::size_t>(layer.field_index(field))] = std::string(value);
    ASSERT_TRUE(city.installation->registry->change("addresses", {.puts = {std::move(door)}, .removed = {}}, {.person = std::nullopt, .reason = "普查"}));
    const auto report = [&](double east_m, const char* address) {
        auto body = city.as("operator").report_at("A1");
        body["lon"] = at.lon + east_m / 103'700;
        body["source"] = "hotline_12319";
        body["address"] = address;
        EXPECT_EQ(city.as("operator").post("/api/v1/reports", body).status, 201);
        return std::string(body["case_id"].as_string());
    };
    const auto lead = report(0, "榕荫路12号");
    run_jobs();
    EXPECT_EQ(city.count_rows("case_addresses"), 1);
    const auto again = report(12, "榕荫路十二号门口"); // the job has not seen it
    const auto found = city.as("operator").get("/api/v1/hotline/cases/" + again + "/duplicates");
    ASSERT_EQ(count(found), 1u);
    EXPECT_EQ(first(found).at("case").at("case_id").as_string(), lead);
    EXPECT_EQ(first(found).at("reasons").as_array().at(0).as_string(), "同一地址：榕荫路12号");
    // While it is still being registered: with the address, without it, with the neighbour's.
    const auto asked = [&](const char* address) {
        const auto answer = city.as("operator").post("/api/v1/hotline/duplicates", json::object{{"lon", at.lon + 0.0002}, {"lat", at.lat}, {"coord_type", "cgcs2000"}, {"kind", "event"}, {"class_code", "06010"}, {"address", address}, {"words", "路边有一堆垃圾"}});
        for (const auto& item : answer.at("items").as_array())
            if (item.at("case").at("case_id").as_string() == lead) return std::pair(item.at("score").to_number<double>(), to_json_text(item.at("reasons")));
        return std::pair(0.0, std::string());
    };
    EXPECT_NE(asked("榕荫路12号").second.find("同一地址"), std::string::npos);
    EXPECT_EQ(asked("榕荫路14号").second.find("同一地址"), std::string::npos);
    EXPECT_GT(asked("榕荫路12号").first, asked("").first);
    run_jobs();
    EXPECT_EQ(city.count_rows("case_addresses"), 2);
    report(0, "没有登记过的地方");
    run_jobs();
    EXPECT_EQ(city.count_rows("case_addresses"), 2);
}

TEST_P(Hotline, AShiftHandsOnAllItHasAndAnInterruptedOneGoesOn) {
    std::vector<std::string> held;
    for (const auto* cell : {"A1", "A2", "A3"}) {
        held.push_back(city.as("collector").report(cell));
        claim("operator", held.back());
    }
    const auto next = format_uuid(city.city.viewer("operator2").person_id), handover = id();
    const json::object body{{"handover_id", handover}, {"to", next}, {"words", "三件都在核位置"}};
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/handovers", json::object{{"handover_id", id()}, {"to", format_uuid(city.city.viewer("operator").person_id)}}).code(), "handover_to_oneself");
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/handovers", json::object{{"handover_id", id()}, {"to", format_uuid(city.city.viewer("dispatcher").person_id)}}).code(), "receiver_unknown");
    // Others are at it as well: each case is moved once and recorded as moved.
    std::vector<std::jthread> others;
    for (int i = 0; i < 3; ++i)
        others.emplace_back([this](const std::stop_token& stop) {
            while (!stop.stop_requested()) city.installation->hotline->run_jobs_once();
        });
    const auto done = city.as("operator").post("/api/v1/hotline/handovers", body);
    others.clear();
    EXPECT_EQ(done.at("moved").to_number<int>(), 3);
    EXPECT_FALSE(done.at("done_at").is_null());
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/handovers", body).at("moved").to_number<int>(), 3);
    EXPECT_EQ(city.as("operator2").get("/api/v1/hotline/pool?holder=mine").at("counts").at("mine").to_number<int>(), 3);
    // As a crash leaves it: begun, half of it moved.
    const storage::Statement undo("undo", "UPDATE handovers SET done_ms = NULL", "UPDATE handovers SET done_ms = NULL");
    const storage::Statement back("back", "UPDATE handover_items SET outcome = 'waiting'", "UPDATE handover_items SET outcome = 'waiting'");
    const storage::Statement mine("mine", "UPDATE case_claims SET person_id = :me WHERE case_key <> 2", "UPDATE case_claims SET person_id = :me WHERE case_key <> 2");
    ASSERT_TRUE(city.city.database->write([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run(undo);
        transaction.run(back);
        transaction.run(mine, {{"me", storage::Blob{city.city.viewer("operator").person_id.raw()}}});
        return {};
    }));
    run_jobs();
    EXPECT_EQ(city.as("operator2").get("/api/v1/hotline/pool?holder=mine").at("counts").at("mine").to_number<int>(), 3);
    EXPECT_FALSE(first(city.as("leader").get("/api/v1/hotline/handovers")).at("done_at").is_null());
}

TEST_P(Hotline, AMajorEventNamesItsLevelItsPlaceAndWhoWasTold) {
    json::object entry{{"entry_id", id()}, {"kind", "major_event"}, {"words", "路面塌陷约四平方米，已围挡"}, {"level", "major"}};
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/duty-log", entry).code(), "major_event_incomplete");
    entry["place"] = "人民大道与海滨路口";
    entry["told"] = "市城管局值班领导、市政处";
    ASSERT_EQ(city.as("operator").post("/api/v1/hotline/duty-log", entry).status, 201);
    const auto more = city.as("leader").post("/api/v1/hotline/duty-log", json::object{{"entry_id", id()}, {"kind", "note"}, {"words", "市政处到场，预计两小时修复"}, {"follows", entry["entry_id"]}});
    EXPECT_EQ(more.at("follows").as_string(), entry["entry_id"].as_string());
    EXPECT_EQ(city.as("operator").post("/api/v1/hotline/duty-log", json::object{{"entry_id", id()}, {"kind", "note"}, {"words", "续报"}, {"follows", id()}}).code(), "duty_entry_unknown");
    EXPECT_EQ(count(city.as("leader").get("/api/v1/hotline/duty-log?kind=major_event")), 1u);
    EXPECT_EQ(city.as("operator").put("/api/v1/hotline/rota", json::object{{"day", "2026-09-30"}, {"shift", "early"}, {"people", json::array{}}}).code(), "forbidden");
    EXPECT_EQ(city.as("leader").put("/api/v1/hotline/rota", json::object{{"day", "2026-09-30"}, {"shift", "noon"}, {"people", json::array{}}}).code(), "shift_unknown");
}

TEST_P(Hotline, TheClassIsSuggestedFromTheCitysOwnWords) {
    EXPECT_FALSE(city.as("operator").post("/api/v1/hotline/class-suggestions", json::object{{"words", "垃圾没人收"}}).at("has_model").as_bool());
    const auto report = city.installation->hotline->train();
    ASSERT_TRUE(report) << report.error().code;
    EXPECT_GT(report->classes, 100u);
    const auto found = city.as("operator").post("/api/v1/hotline/class-suggestions", json::object{{"words", "路边的雨水箅子不见了，怕有人踩进去"}});
    EXPECT_TRUE(found.at("has_model").as_bool());
    ASSERT_EQ(count(found), 3u);
    EXPECT_EQ(first(found).at("code").as_string(), "01004");
    EXPECT_GT(first(found).at("confidence").to_number<double>(), found.at("items").at(1).at("confidence").to_number<double>());
    const auto components = city.as("operator").post("/api/v1/hotline/class-suggestions", json::object{{"words", "垃圾"}, {"kind", "component"}});
    for (const auto& one : components.at("items").as_array()) EXPECT_EQ(one.at("kind").as_string(), "component");
    EXPECT_EQ(count(city.as("operator").post("/api/v1/hotline/class-suggestions", json::object{{"words", "，。"}})), 0u);
}

ON_BOTH_ENGINES(Hotline);

} // namespace hotline_contract_test
