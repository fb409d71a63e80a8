// Ledgers and delegations as a face meets them: over HTTP, held against the contract.
#include <algorithm>
#include <thread>

#include "kit/http_kit.hpp"

namespace approvals_contract_test {

using namespace chengge;
using http::Method;

namespace {

class Approvals : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};

    kit::Answer act(const std::string& who, const std::string& id, const std::string& action, const std::string& words = "按要求办理", const std::string& organisation = "") {
        city.city.clock.advance(60'000);
        return city.as(who).act(id, action, [&](json::object& step) {
            step["opinion"] = words;
            if (!organisation.empty()) step["receiver"] = json::object{{"organisation", organisation}};
        });
    }

    std::string signed_case() {
        const auto id = city.as("collector").report("A1");
        EXPECT_EQ(act("operator", id, "accept").status, 200);
        EXPECT_EQ(act("leader", id, "file_case").status, 200);
        EXPECT_EQ(act("dispatcher", id, "dispatch", "请处置", "sanitation").status, 200);
        EXPECT_EQ(act("sanitation", id, "sign").status, 200);
        return id;
    }

    json::object step(const std::string& who, const std::string& id, const std::string& action) {
        const auto seen = city.as(who).get("/api/v1/cases/" + id);
        return {{"step_id", format_uuid(city.city.new_id())}, {"action", action}, {"version", seen.at("version").as_int64()}, {"opinion", "代为办理"}};
    }

    kit::Answer send_for(const std::string& who, const std::string& for_whom, const std::string& path, const json::value& body) {
        return city.as(who).send({.method = Method::post, .path = path, .body = to_json_text(body), .headers = {{"X-Acting-For", city.as(for_whom).get("/api/v1/me").text("person_id")}}});
    }
};

} // namespace

TEST_P(Approvals, ALedgerSaysWhoWhenWhyAndWhatWasDecided) {
    const auto id = signed_case();
    ASSERT_EQ(act("sanitation", id, "ask_extension", "吊车未到，联系 13912345678").status, 200);
    ASSERT_EQ(act("dispatcher", id, "endorse", "情况属实").status, 200);
    ASSERT_EQ(act("leader", id, "approve_extension", "同意一次").status, 200);

    const auto page = city.as("dispatcher").get("/api/v1/ledgers/extension");
    ASSERT_EQ(page.status, 200) << page.body;
    const auto& entry = page.at("items").as_array().at(0).as_object();
    EXPECT_EQ(entry.at("state").as_string(), "approved");
    EXPECT_EQ(entry.at("asked_by").as_string(), "人员sanitation");
    EXPECT_EQ(entry.at("decided_by").as_string(), "人员leader");
    EXPECT_EQ(entry.at("decision").as_string(), "同意一次");
    EXPECT_EQ(entry.at("case_id").as_string(), id);
    EXPECT_EQ(std::string(entry.at("reason").as_string()).find("13912345678"), std::string::npos) << "a phone number is for the supervision centre only";

    EXPECT_EQ(city.as("power").get("/api/v1/ledgers/extension").at("items").as_array().size(), 0u);
    EXPECT_EQ(city.as("sanitation").get("/api/v1/ledgers/extension").at("items").as_array().size(), 1u);
    EXPECT_EQ(city.as("leader").get("/api/v1/ledgers/extension?state=refused").at("items").as_array().size(), 0u);
    EXPECT_EQ(city.as("leader").get("/api/v1/ledgers/nothing").code(), "ledger_unknown");
    EXPECT_EQ(city.as("collector").get("/api/v1/ledgers").status, 403);

    const auto table = city.as("leader").get("/api/v1/ledgers/extension/table.csv");
    ASSERT_EQ(table.status, 200);
    EXPECT_NE(table.body.find("同意一次"), std::string::npos);
    const auto all = city.as("leader").get("/api/v1/ledgers");
    for (const auto& one : all.at("items").as_array())
        if (one.at("kind").as_string() == "extension") {
            EXPECT_EQ(one.at("approved").as_int64(), 1);
            EXPECT_EQ(one.at("filed").as_int64(), 1);
        }
}

TEST_P(Approvals, ManyApprovedAtOnceDoNotPassTheCap) {
    constexpr int asked = 12, cap = 5; // the least that the ledger of extensions allows a month
    std::vector<std::pair<std::string, cases::NewStep>> approvals;
    for (int i = 0; i < asked; ++i) {
        const auto id = signed_case();
        ASSERT_EQ(act("sanitation", id, "ask_extension", "吊车未到").status, 200);
        ASSERT_EQ(act("dispatcher", id, "endorse", "情况属实").status, 200);
        const auto seen = city.as("leader").get("/api/v1/cases/" + id);
        cases::NewStep approval{.step_id = city.city.new_id(), .action = "approve_extension", .version = seen.at("version").as_int64(), .subject_kind = "request"};
        approval.subject_id = *parse_uuid(std::string(seen.at("requests").at(0).at("request_id").as_string()));
        approval.opinion = "同意";
        approvals.emplace_back(id, std::move(approval));
    }
    std::vector<std::string> codes(asked);
    {
        std::vector<std::jthread> hands;
        for (std::size_t i = 0; i < approvals.size(); ++i)
            hands.emplace_back([&, i] {
                const auto outcome = city.installation->cases->act(approvals[i].first, approvals[i].second, city.city.viewer("leader"));
                codes[i] = outcome ? "approved" : outcome.error().code;
            });
    }
    EXPECT_EQ(std::ranges::count(codes, "approved"), cap);
    EXPECT_EQ(std::ranges::count(codes, "cap_reached"), asked - cap);
}

TEST_P(Approvals, ADeputyHasTheOthersRightsAndTheirOwnHand) {
    const auto id = city.as("collector").report("A1");
    ASSERT_EQ(act("operator", id, "accept").status, 200);
    auto filing = step("operator", id, "file_case");
    filing["filing_row"] = "2026-event-06010-1";
    const auto path = "/api/v1/cases/" + id + "/steps";
    EXPECT_EQ(send_for("operator", "leader", path, filing).code(), "not_delegated");

    const auto me = city.as("operator").get("/api/v1/me").text("person_id");
    const auto now = city.city.clock.now_ms();
    const auto given = city.as("leader").post("/api/v1/delegations", json::object{{"to_person", me}, {"from", format_rfc3339(now)}, {"to", format_rfc3339(now + 2 * day_ms)}, {"reason", "出差"}});
    ASSERT_EQ(given.status, 201) << given.body;
    ASSERT_EQ(city.as("operator").get("/api/v1/delegations").at("items").as_array().size(), 1u);
    ASSERT_EQ(city.as("leader").get("/api/v1/delegates").status, 200);

    const auto filed = send_for("operator", "leader", path, filing);
    ASSERT_EQ(filed.status, 200) << filed.body;
    const auto& newest = filed.at("steps").as_array().back().as_object();
    EXPECT_EQ(newest.at("actor_name").as_string(), "人员operator");
    EXPECT_EQ(newest.at("acted_for").as_string(), "人员leader");
    EXPECT_EQ(newest.at("role").as_string(), "shift_leader");
    EXPECT_EQ(send_for("operator", "leader", "/api/v1/delegations", json::object{{"to_person", me}, {"from", format_rfc3339(now)}, {"to", format_rfc3339(now + day_ms)}, {"reason", "转授"}}).code(), "not_for_another");

    ASSERT_EQ(city.as("leader").del("/api/v1/delegations/" + given.text("delegation_id")).status, 204);
    EXPECT_EQ(city.as("leader").del("/api/v1/delegations/" + given.text("delegation_id")).code(), "delegation_unknown");
    EXPECT_EQ(send_for("operator", "leader", path, step("operator", id, "comment")).code(), "not_delegated");
}

ON_BOTH_ENGINES(Approvals);

} // namespace approvals_contract_test
