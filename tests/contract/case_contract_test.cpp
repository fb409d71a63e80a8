// Cases over both databases: idempotency, races, data scope, numbers, search, the audit.
#include <set>
#include <thread>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "kit/small_city.hpp"

namespace case_contract_test {

using namespace chengge;
using kit::SmallCity;

namespace {

class CaseContract : public kit::OnBothEngines {
protected:
    SmallCity city{GetParam()};
    std::vector<std::string> names_of(const cases::CaseFilter& filter, const std::string& who) {
        std::vector<std::string> ids;
        const auto page = city.cases->list(filter, city.viewer(who), "zh");
        if (page)
            for (const auto& item : page->at("items").as_array()) ids.emplace_back(item.at("case_id").as_string());
        return ids;
    }
    std::string report(const std::string& cell, const std::string& who = "collector") {
        auto report = city.report_at(cell);
        const auto detail = city.cases->report(report, city.viewer(who));
        EXPECT_TRUE(detail) << detail.error().code;
        return format_uuid(report.case_id);
    }
    std::int64_t count_rows(const char* table) {
        const storage::Statement query("count", std::string("SELECT COUNT(*) AS n FROM ") + table, std::string("SELECT COUNT(*) AS n FROM ") + table);
        return city.database->read([&](storage::Transaction& transaction) { return transaction.run(query)[0].integer("n"); });
    }
};

} // namespace

TEST_P(CaseContract, TheStraightPathEndsClosedAndAudited) {
    const auto id = city.closed_case();
    const auto detail = city.cases->get(id, city.viewer("leader"));
    ASSERT_TRUE(detail);
    EXPECT_EQ(detail->stored.c.state, "closed");
    EXPECT_EQ(detail->stored.case_no, "440800-20260929-00001");
    const auto report = cases::audit_cases(*city.database, *city.rule_sets, city.identity->keys(), city.media.get());
    EXPECT_EQ(report.cases, 1);
    EXPECT_EQ(report.steps, 13);
    EXPECT_TRUE(report.faults.empty()) << report.faults.front();
}

TEST_P(CaseContract, TheSameReportAgainIsTheSameCase) {
    auto report = city.report_at("A1");
    ASSERT_TRUE(city.cases->report(report, city.viewer("collector")));
    const auto again = city.cases->report(report, city.viewer("collector"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(count_rows("cases"), 1);
    const auto by_another = city.cases->report(report, city.viewer("collector2"));
    ASSERT_FALSE(by_another);
    EXPECT_EQ(by_another.error().code, "case_id_taken");
    report.description = "别的内容";
    const auto other_words = city.cases->report(report, city.viewer("collector"));
    ASSERT_FALSE(other_words);
    EXPECT_EQ(other_words.error().code, "case_id_taken");
}

TEST_P(CaseContract, AReplayedStepAnswersAsBefore) {
    const auto id = report("A1");
    cases::NewStep first;
    ASSERT_TRUE(city.act("operator", id, "accept", [&](cases::NewStep& step) { first = step; }));
    const auto again = city.cases->act(id, first, city.viewer("operator"));
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->was_there);
    EXPECT_EQ(again->stored.c.version, 2);
    first.action = "decline";
    const auto other = city.cases->act(id, first, city.viewer("operator"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "step_id_taken");
}

// A phone that got no answer sends again while the first is still on its way.
TEST_P(CaseContract, TheSameSentManyTimesAtOnceCountsOnce) {
    for (int round = 0; round < 5; ++round) {
        const auto report = city.report_at("A1");
        const auto id = format_uuid(report.case_id);
        cases::NewStep step;
        step.step_id = city.new_id();
        step.action = "accept";
        step.version = 1;
        for (const bool is_step : {false, true}) {
            std::vector<Result<cases::CaseDetail>> answers(6, Result<cases::CaseDetail>(fail("none")));
            std::vector<std::jthread> senders;
            for (auto& answer : answers)
                senders.emplace_back([&] { answer = is_step ? city.cases->act(id, step, city.viewer("operator")) : city.cases->report(report, city.viewer("collector")); });
            senders.clear();
            int fresh = 0;
            for (const auto& answer : answers) {
                ASSERT_TRUE(answer) << answer.error().code;
                fresh += !answer->was_there;
                EXPECT_EQ(answer->stored.c.version, is_step ? 2 : 1);
            }
            EXPECT_EQ(fresh, 1);
        }
    }
    EXPECT_TRUE(cases::audit_cases(*city.database, *city.rule_sets, city.identity->keys(), nullptr).faults.empty());
}

TEST_P(CaseContract, OfTwoRacersOneWins) {
    for (int round = 0; round < 5; ++round) {
        const auto id = report("A1");
        std::vector<Result<cases::CaseDetail>> answers(2, Result<cases::CaseDetail>(fail("none")));
        cases::NewStep steps[2];
        for (int i = 0; i < 2; ++i) {
            steps[i].step_id = city.new_id();
            steps[i].action = i == 0 ? "accept" : "decline";
            steps[i].opinion = "重复上报";
            steps[i].version = 1;
        }
        std::vector<std::jthread> racers;
        for (std::size_t i = 0; i < 2; ++i)
            racers.emplace_back([&, i] { answers[i] = city.cases->act(id, steps[i], city.viewer(i == 0 ? "operator" : "operator2")); });
        racers.clear();
        EXPECT_EQ(answers[0].has_value() + answers[1].has_value(), 1);
        const auto& lost = answers[0] ? answers[1] : answers[0];
        EXPECT_EQ(lost.error().code, "stale_version");
    }
    EXPECT_TRUE(cases::audit_cases(*city.database, *city.rule_sets, city.identity->keys(), nullptr).faults.empty());
}

TEST_P(CaseContract, NumbersHaveNoGapsWhateverIsRefused) {
    std::vector<std::jthread> operators;
    std::vector<std::string> ids;
    for (int i = 0; i < 12; ++i) ids.push_back(report("A1"));
    for (int worker = 0; worker < 3; ++worker)
        operators.emplace_back([&, worker] {
            for (std::size_t i = static_cast<std::size_t>(worker); i < ids.size(); i += 3) {
                cases::NewStep step;
                step.step_id = make_uuid(static_cast<std::int64_t>(i) + 1);
                step.action = i % 4 == 3 ? "decline" : "accept";
                step.opinion = "不属城市管理范围";
                step.version = 1;
                EXPECT_TRUE(city.cases->act(ids[i], step, city.viewer("operator")));
            }
        });
    operators.clear();
    std::set<std::string> numbers;
    for (const auto& id : ids) {
        const auto detail = city.cases->get(id, city.viewer("leader"));
        ASSERT_TRUE(detail);
        if (detail->stored.c.state == "accepted") numbers.insert(detail->stored.case_no);
        else EXPECT_EQ(detail->stored.case_no, "");
    }
    ASSERT_EQ(numbers.size(), 9u);
    EXPECT_EQ(*numbers.begin(), "440800-20260929-00001");
    EXPECT_EQ(*numbers.rbegin(), "440800-20260929-00009");
}

TEST_P(CaseContract, TheDayOfTheNumberIsThatOfAcceptance) {
    city.clock.set(*parse_instant("2026-09-29T23:59:50"));
    const auto id = report("A1");
    ASSERT_TRUE(city.act("operator", id, "accept"));
    city.clock.set(*parse_instant("2026-09-30T00:00:10"));
    const auto next = report("A2");
    ASSERT_TRUE(city.act("operator", next, "accept"));
    EXPECT_EQ(city.cases->get(id, city.viewer("leader"))->stored.case_no, "440800-20260929-00001");
    EXPECT_EQ(city.cases->get(next, city.viewer("leader"))->stored.case_no, "440800-20260930-00001");
}

TEST_P(CaseContract, DistrictsAndDepartmentsSeeNothingOfEachOther) {
    const auto in_a = city.closed_case("A1");
    const auto in_b = report("N1", "collector2");
    ASSERT_TRUE(city.act("operator", in_b, "accept"));
    ASSERT_TRUE(city.act("leader", in_b, "file_case"));
    ASSERT_TRUE(city.act("dispatcher", in_b, "dispatch", [](cases::NewStep& step) { step.receiver_organisation = "command-b"; step.receiver_person = {}; }));
    const auto of_power = report("A2");
    ASSERT_TRUE(city.act("operator", of_power, "accept"));
    ASSERT_TRUE(city.act("leader", of_power, "file_case"));
    ASSERT_TRUE(city.act("dispatcher", of_power, "dispatch", [](cases::NewStep& step) { step.receiver_organisation = "power"; step.receiver_person = {}; }));
    city.cases->run_jobs_once();
    const std::map<std::string, std::set<std::string>> sees{
        {"district_a", {in_a}}, {"a_sanitation", {in_a}}, {"a_crew", {in_a}}, {"district_b", {in_b}}, {"power", {of_power}}, {"b_sanitation", {}},
        {"collector", {in_a, of_power}}, {"collector2", {in_b}}, {"leader", {in_a, in_b, of_power}}, {"commander_a", {in_a, of_power}}, {"citizen", {}}};
    for (const auto& [who, expected] : sees) {
        const auto viewer = city.viewer(who);
        for (const auto& filter : {cases::CaseFilter{}, cases::CaseFilter{.words = "垃圾"}}) {
            const auto ids = names_of(filter, who);
            EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), expected) << who;
        }
        for (const auto& id : {in_a, in_b, of_power}) {
            const auto detail = city.cases->get(id, viewer);
            EXPECT_EQ(detail.has_value(), expected.contains(id)) << who;
            EXPECT_EQ(cases::may_see(viewer, cases::visibility_of(city.cases->get(id, city.viewer("leader"))->stored.c)), expected.contains(id)) << who;
            if (!detail) {
                EXPECT_EQ(detail.error().code, "case_unknown");
            }
        }
        const auto csv = city.cases->export_csv({}, viewer, "zh");
        ASSERT_TRUE(csv);
        EXPECT_EQ(split(*csv, '\n').size(), expected.size() + 2) << who;
    }
}

TEST_P(CaseContract, NobodyOutsideTheSupervisionCentreLearnsWhoReported) {
    auto report = city.report_at("A1");
    report.source = "hotline_12319";
    report.description = "垃圾没人收，请回电 13912345678";
    report.contact = cases::Contact{"何小姐金丝雀", "13987654321", false, true};
    ASSERT_TRUE(city.cases->report(report, city.viewer("operator")));
    const auto by_staff = city.closed_case("A2"); // collector's own report
    const auto id = format_uuid(report.case_id);
    ASSERT_TRUE(city.act("operator", id, "accept"));
    ASSERT_TRUE(city.act("leader", id, "file_case"));
    ASSERT_TRUE(city.act("dispatcher", id, "dispatch"));
    ASSERT_TRUE(city.act("district_a", id, "dispatch"));
    city.cases->run_jobs_once();
    for (const std::string who : {"dispatcher", "district_a", "a_sanitation", "a_crew", "commander"}) {
        const auto viewer = city.viewer(who);
        std::string all;
        for (const auto& one : {id, by_staff})
            if (const auto detail = city.cases->get(one, viewer)) all += to_json_text(city.cases->detail_json(*detail, viewer, "zh"));
        all += to_json_text(*city.cases->list({}, viewer, "zh")) + *city.cases->export_csv({}, viewer, "zh") + to_json_text(*city.cases->inbox({}, viewer, "zh"));
        for (const std::string canary : {"金丝雀", "13987654321", "13912345678", "人员collector"}) EXPECT_EQ(all.find(canary), std::string::npos) << who << " sees " << canary;
        EXPECT_FALSE(city.cases->contact(id, viewer));
        // Nor can it be asked for by searching.
        EXPECT_TRUE(names_of({.words = "13987654321"}, who).empty());
        EXPECT_TRUE(names_of({.words = "金丝雀"}, who).empty());
    }
    const auto known = city.cases->contact(id, city.viewer("operator"));
    ASSERT_TRUE(known);
    EXPECT_EQ(known->phone, "13987654321");
    EXPECT_EQ(count_rows("access_log") > 0, true);
}

TEST_P(CaseContract, TwoCharacterWordsAreFoundAlsoBeforeTheIndexHasThem) {
    auto report = city.report_at("A1");
    report.description = "路口井盖缺了一角 \xF0\xA0\xAE\xB7 emoji 🚧";
    ASSERT_TRUE(city.cases->report(report, city.viewer("collector")));
    const auto id = format_uuid(report.case_id);
    EXPECT_EQ(names_of({.words = "井盖"}, "leader"), std::vector<std::string>{id}); // from the tail
    city.cases->run_jobs_once();
    EXPECT_EQ(names_of({.words = "井盖"}, "leader"), std::vector<std::string>{id}); // from the index
    EXPECT_EQ(names_of({.words = "暴露垃圾"}, "leader"), std::vector<std::string>{id}); // by its class
    EXPECT_EQ(names_of({.words = "emoji"}, "leader"), std::vector<std::string>{id});
    EXPECT_TRUE(names_of({.words = "路盖"}, "leader").empty());
    EXPECT_TRUE(names_of({.words = "' OR 1=1 --"}, "leader").empty());
    ASSERT_TRUE(city.act("operator", id, "accept"));
    EXPECT_EQ(names_of({.words = "1"}, "leader"), std::vector<std::string>{id}); // the number's end
    EXPECT_EQ(names_of({.words = "440800-20260929-00001"}, "leader"), std::vector<std::string>{id});
}

// More cases than a list looks at one by one, more work than is counted anew for everybody who looks, and words that are
// rare among them; for who sees everything and for who sees what he reported.
TEST_P(CaseContract, ListsGoThroughTheWholeFile) {
    constexpr int cases_made = 2400;
    std::map<std::string, std::map<std::string, std::vector<std::string>>> expected; // by viewer and words, newest first
    std::vector<std::string> waiting_expected; // before the operator
    for (int i = 0; i < cases_made; ++i) {
        if (i % 100 == 0) city.clock.advance(1000);
        const std::string who = i % 8 == 4 ? "collector2" : "collector";
        auto report = city.report_at(who == "collector" ? "A1" : "N1");
        const std::string words = i == 3 ? "电话亭" : i % 90 == 5 ? "路灯" : i % 2 == 0 ? "行道树" : "护栏";
        report.description = words + "歪斜";
        ASSERT_TRUE(city.cases->report(report, city.viewer(who)));
        const auto id = format_uuid(report.case_id);
        std::vector<std::string> viewers{who, "leader"};
        if (who == "collector") viewers.emplace_back("commander_a"); // A1 is in his district
        const bool is_sent_to_a = i % 480 == 4 || i % 480 == 5;      // from the other district, and from this one
        if (is_sent_to_a) {
            ASSERT_TRUE(city.act("operator", id, "accept"));
            ASSERT_TRUE(city.act("leader", id, "file_case"));
            ASSERT_TRUE(city.act("dispatcher", id, "dispatch", [](cases::NewStep& step) { step.receiver_organisation = "command-a"; step.receiver_person = {}; }));
            viewers.emplace_back("district_a");
            if (who == "collector2") viewers.emplace_back("commander_a");
        } else {
            waiting_expected.push_back(id);
        }
        for (const auto& viewer : viewers)
            for (const auto& asked : {words, std::string()}) expected[viewer][asked].insert(expected[viewer][asked].begin(), id);
        // What the search index has not reached is found all the same, by who may see it.
        if (i + 10 == cases_made) city.cases->run_jobs_once();
    }
    for (const auto& who : {"collector", "collector2", "commander_a", "district_a"})
        for (const auto& words : {"电话亭", "树 护栏", "没有这个词"}) expected[who].try_emplace(words);
    for (auto& [who, by_words] : expected)
        if (by_words.contains("护栏")) by_words["护"] = by_words["护栏"];
    for (const auto& [who, by_words] : expected)
        for (const auto& [words, ids] : by_words) {
            std::vector<std::string> seen;
            cases::CaseFilter filter{.words = words, .limit = ids.size() > 50 ? 150 : 3};
            for (bool has_more = true; has_more && seen.size() <= ids.size();) {
                const auto page = city.cases->list(filter, city.viewer(who), "zh");
                ASSERT_TRUE(page);
                for (const auto& item : page->at("items").as_array()) seen.emplace_back(item.at("case_id").as_string());
                has_more = !page->at("next_cursor").is_null();
                if (has_more) filter.cursor = page->at("next_cursor").as_string();
            }
            EXPECT_EQ(seen, ids) << who << " asks for " << words;
        }

    std::vector<std::string> waiting;
    cases::InboxFilter filter{.limit = 200};
    for (bool has_more = true; has_more && waiting.size() <= waiting_expected.size();) {
        const auto page = city.cases->inbox(filter, city.viewer("operator"), "zh");
        ASSERT_TRUE(page);
        EXPECT_EQ(page->at("counts").at("all").as_int64(), std::ssize(waiting_expected));
        for (const auto& item : page->at("items").as_array()) waiting.emplace_back(item.at("case").at("case_id").as_string());
        has_more = !page->at("next_cursor").is_null();
        if (has_more) filter.cursor = page->at("next_cursor").as_string();
    }
    EXPECT_EQ(waiting, waiting_expected); // the most urgent first: all have the same time
    EXPECT_TRUE(city.cases->inbox({.stage = "handle"}, city.viewer("operator"), "zh")->at("items").as_array().empty());
    EXPECT_TRUE(city.cases->inbox({.light = "red"}, city.viewer("operator"), "zh")->at("items").as_array().empty());
    // Taken by hand it is gone from the list at once, from thousands counted a second later.
    ASSERT_TRUE(city.act("operator", waiting_expected.front(), "accept"));
    const auto after = city.cases->inbox({}, city.viewer("operator"), "zh");
    EXPECT_EQ(after->at("items").as_array().front().at("case").at("case_id").as_string(), waiting_expected[1]);
}

TEST_P(CaseContract, PagesAreCompleteAndInOrder) {
    std::vector<std::string> newest_first;
    for (int i = 0; i < 23; ++i) {
        city.clock.advance(1000);
        newest_first.insert(newest_first.begin(), report("A1"));
    }
    for (const std::string order : {"newest", "oldest", "deadline"}) {
        std::vector<std::string> seen;
        cases::CaseFilter filter{.order = order, .limit = 5};
        for (int page = 0; page < 10; ++page) {
            const auto answer = city.cases->list(filter, city.viewer("leader"), "zh");
            ASSERT_TRUE(answer);
            for (const auto& item : answer->at("items").as_array()) seen.emplace_back(item.at("case_id").as_string());
            if (answer->at("next_cursor").is_null()) break;
            filter.cursor = std::string(answer->at("next_cursor").as_string());
        }
        auto expected = newest_first;
        if (order != "newest") std::reverse(expected.begin(), expected.end());
        EXPECT_EQ(seen, expected) << order;
    }
}

TEST_P(CaseContract, TheInboxCountsByLightAndFollowsTheWork) {
    const auto id = report("A1");
    const auto inbox = [&](const std::string& who) { return *city.cases->inbox({}, city.viewer(who), "zh"); };
    EXPECT_EQ(inbox("operator").at("counts").at("green").as_int64(), 1);
    city.clock.advance(13 * minute_ms); // of 15
    EXPECT_EQ(inbox("operator").at("counts").at("yellow").as_int64(), 1);
    city.clock.advance(3 * minute_ms);
    EXPECT_EQ(inbox("operator").at("counts").at("red").as_int64(), 1);
    EXPECT_EQ(inbox("leader").at("counts").at("all").as_int64(), 0);
    ASSERT_TRUE(city.act("operator", id, "accept"));
    EXPECT_EQ(inbox("operator").at("counts").at("all").as_int64(), 0);
    EXPECT_EQ(inbox("leader").at("counts").at("all").as_int64(), 1);
    EXPECT_EQ(inbox("leader").at("items").as_array().size(), 1u);
    EXPECT_EQ(names_of({.is_overdue = true}, "leader").size(), 0u);
    EXPECT_EQ(names_of({.is_open = true}, "leader").size(), 1u);
    EXPECT_EQ(names_of({.is_open = false}, "leader").size(), 0u);
    ASSERT_TRUE(city.act("leader", id, "refuse_filing"));
    EXPECT_EQ(names_of({.is_open = true}, "leader").size(), 0u);
    EXPECT_EQ(names_of({.is_open = false}, "leader").size(), 1u);
}

TEST_P(CaseContract, BadReportsLeaveNothingBehind) {
    const auto refuse = [&](const char* code, const std::function<void(cases::NewReport&)>& spoil) {
        auto report = city.report_at("A1");
        spoil(report);
        const auto answer = city.cases->report(report, city.viewer("collector"));
        ASSERT_FALSE(answer) << code;
        EXPECT_EQ(answer.error().code, code);
    };
    refuse("class_unknown", [](auto& report) { report.class_code = "99999"; });
    refuse("outside_city", [](auto& report) { report.lon = 116.4; report.lat = 39.9; });
    refuse("unknown_coord_type", [](auto& report) { report.coord_type = "utm"; });
    refuse("source_unknown", [](auto& report) { report.source = "telepathy"; });
    refuse("media_unknown", [&](auto& report) { report.media = {city.new_id()}; });
    refuse("media_unknown", [&](auto& report) { report.media = {city.photo("collector2")}; }); // another's photo
    const auto gcj = geo::from_cgcs2000(city.center("A1"), geo::CoordType::gcj02);
    refuse("datum_suspect", [&](auto& report) { report.lon = gcj.lon; report.lat = gcj.lat; report.coord_type = "wgs84"; });
    EXPECT_EQ(count_rows("cases"), 0);
    EXPECT_EQ(count_rows("case_steps"), 0);
    // Read as what it is, the same point is fine.
    auto report = city.report_at("A1");
    report.lon = gcj.lon;
    report.lat = gcj.lat;
    report.coord_type = "gcj02";
    const auto answer = city.cases->report(report, city.viewer("collector"));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->stored.c.cell_code, city.cell_code("A1"));
}

TEST_P(CaseContract, OldCasesKeepTheRulesTheyWereMadeUnder) {
    const auto id = report("A1");
    const auto old_version = city.rules->version_sm3;
    // A new set with another yellow share, published while the case is open.
    kit::ScratchFolder overlay;
    std::filesystem::create_directories(overlay.path() + "/workflow");
    save_file(overlay.path() + "/workflow/settings.json", R"({"yellow_share": 0.5})");
    auto changed = rules::load_rules({.folder = CHENGGE_SOURCE "/data", .overlay_folder = overlay.path()});
    ASSERT_TRUE(changed);
    city.rules = *changed;
    city.rule_sets->publish(*changed, city.clock.now_ms());
    EXPECT_NE((*changed)->version_sm3, old_version);
    city.reopen(); // the old set now comes from the database
    const auto detail = city.cases->get(id, city.viewer("leader"));
    ASSERT_TRUE(detail);
    EXPECT_EQ(detail->rules->version_sm3, old_version);
    EXPECT_EQ(detail->rules->workflow.settings.yellow_share, 0.8);
    const auto fresh = report("A2");
    EXPECT_EQ(city.cases->get(fresh, city.viewer("leader"))->rules->workflow.settings.yellow_share, 0.5);
}

// --- the audit sees every planted change ------------------------------------------------------------

namespace {

struct Plant {
    const char* table;
    const char* column;
    const char* key;  // the column that names the row
    const char* kind; // text, number, maybe_number, bytes, real
};
constexpr Plant plants[] = {
    {"cases", "state", "case_key", "text"}, {"cases", "cell_code", "case_key", "text"}, {"cases", "address", "case_key", "text"}, {"cases", "class_code", "case_key", "text"},
    {"cases", "lon", "case_key", "real"}, {"cases", "raw_lat", "case_key", "real"}, {"cases", "reported_ms", "case_key", "number"}, {"cases", "closed_ms", "case_key", "maybe_number"},
    {"cases", "filing_row", "case_key", "text"}, {"cases", "version", "case_key", "number"}, {"cases", "chain", "case_key", "bytes"}, {"cases", "description", "case_key", "text"},
    {"cases", "rework_count", "case_key", "number"}, {"cases", "stage", "case_key", "text"}, {"cases", "unit", "case_key", "text"}, {"cases", "is_open", "case_key", "number"},
    {"cases", "source", "case_key", "text"}, {"cases", "district_code", "case_key", "text"}, {"cases", "accepted_day", "case_key", "text"},
    {"case_steps", "action", "step_key", "text"}, {"case_steps", "opinion", "step_key", "text"}, {"case_steps", "at_ms", "step_key", "number"}, {"case_steps", "recorded_ms", "step_key", "number"},
    {"case_steps", "organisation", "step_key", "text"}, {"case_steps", "role", "step_key", "text"}, {"case_steps", "changes", "step_key", "text"}, {"case_steps", "body_hash", "step_key", "bytes"},
    {"case_steps", "chain", "step_key", "bytes"}, {"case_steps", "step_id", "step_key", "bytes"}, {"case_steps", "to_state", "step_key", "text"}, {"case_steps", "from_state", "step_key", "text"},
    {"case_steps", "receiver_organisation", "step_key", "text"}, {"case_steps", "filing_row", "step_key", "text"}, {"case_steps", "rules_version", "step_key", "text"}, {"case_steps", "platform", "step_key", "text"},
    {"case_steps", "epoch", "step_key", "number"}, {"case_steps", "subject_kind", "step_key", "text"}, {"case_steps", "salt", "step_key", "bytes"}, {"case_steps", "media", "step_key", "text"},
    {"case_steps", "seq", "step_key", "number"}, {"case_steps", "deadline_ms", "step_key", "maybe_number"},
    {"assignments", "state", "assignment_key", "text"}, {"assignments", "organisation", "assignment_key", "text"}, {"assignments", "used_ms", "assignment_key", "number"}, {"assignments", "deadline_ms", "assignment_key", "maybe_number"},
    {"assignments", "limit_value", "assignment_key", "real"}, {"assignments", "rework_count", "assignment_key", "number"}, {"assignments", "finished_ms", "assignment_key", "maybe_number"},
    {"tasks", "state", "task_key", "text"}, {"tasks", "person_id", "task_key", "bytes"}, {"tasks", "finished_ms", "task_key", "maybe_number"},
    {"case_clocks", "stopped_ms", "clock_key", "maybe_number"}, {"case_clocks", "started_ms", "clock_key", "number"}, {"case_clocks", "deadline_ms", "clock_key", "maybe_number"}, {"case_clocks", "role", "clock_key", "text"},
    {"case_media", "sm3", "media_id", "text"}, {"case_media", "moment", "media_id", "text"}, {"case_media", "media_id", "media_id", "bytes"}};

storage::Value spoiled(const storage::Value& value, Random& random) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number + random.between(1, 1000);
    if (const auto* real = std::get_if<double>(&value)) return *real + 0.0001;
    if (const auto* text = std::get_if<std::string>(&value)) {
        auto changed = *text;
        if (changed.empty() || random.chance(0.3)) return changed + "x";
        auto& letter = changed[random.below(changed.size())];
        letter = static_cast<unsigned char>(letter) < 0x80 && letter != 'a' ? 'a' : 'b';
        if (!is_utf8(changed)) return *text + "x";
        return changed;
    }
    if (const auto* blob = std::get_if<storage::Blob>(&value)) {
        auto changed = *blob;
        if (changed.bytes.empty()) return storage::Blob{"x"};
        changed.bytes[random.below(changed.bytes.size())] ^= 1;
        return changed;
    }
    return std::int64_t{1'700'000'000'000}; // a NULL instant
}

} // namespace

TEST_P(CaseContract, TheAuditNamesEveryPlantedChange) {
    for (int i = 0; i < 3; ++i) city.closed_case(i == 0 ? "A1" : i == 1 ? "A2" : "B1");
    auto reported = city.report_at("A3");
    reported.contact = cases::Contact{"何小姐", "13987654321", false, true};
    ASSERT_TRUE(city.cases->report(reported, city.viewer("operator")));
    const auto audit = [&] { return cases::audit_cases(*city.database, *city.rule_sets, city.identity->keys(), city.media.get()); };
    ASSERT_TRUE(audit().faults.empty()) << audit().faults.front();
    Random random(7);
    int planted = 0;
    const int rounds = 1000;
    for (int round = 0; round < rounds; ++round) {
        const auto& plant = plants[static_cast<std::size_t>(round) % std::size(plants)];
        const std::string table = plant.table, column = plant.column, key = plant.key;
        const auto select_text = "SELECT " + key + " AS row_key, " + column + " AS value FROM " + table + " ORDER BY " + key;
        const auto update_text = "UPDATE " + table + " SET " + column + " = :value WHERE " + key + " = :row_key";
        const storage::Statement select("select", select_text, select_text), update("update", update_text, update_text);
        const auto rows = city.database->read([&](storage::Transaction& transaction) { return transaction.run(select); });
        ASSERT_FALSE(rows.empty()) << table;
        const auto row = rows[random.below(rows.size())];
        const storage::Value key_value = row.value("row_key"), old_value = row.value("value");
        const auto new_value = spoiled(old_value, random);
        const auto set = [&](const storage::Value& value, const storage::Value& at) {
            ASSERT_TRUE(city.database->write([&](storage::Transaction& transaction) -> Result<void> {
                transaction.run(update, {{"value", value}, {"row_key", at}});
                return {};
            }));
        };
        set(new_value, key_value);
        EXPECT_FALSE(audit().faults.empty()) << table << "." << column << " was changed unseen, round " << round;
        ++planted;
        set(old_value, column == key ? new_value : key_value);
    }
    EXPECT_EQ(planted, rounds);
    EXPECT_TRUE(audit().faults.empty()) << audit().faults.front();
}

TEST_P(CaseContract, TheAuditSeesRowsThatAreGoneOrAdded) {
    city.closed_case("A1");
    const auto faults_after = [&](const char* sql) {
        // In a transaction that is undone, so that each plant stands alone.
        std::size_t faults = 0;
        const storage::Statement plant("plant", sql, sql);
        std::map<std::string, storage::Rows> saved;
        EXPECT_TRUE(city.database->write([&](storage::Transaction& transaction) -> Result<void> {
            transaction.run(plant);
            return {};
        }));
        faults = cases::audit_cases(*city.database, *city.rule_sets, city.identity->keys(), nullptr).faults.size();
        return faults;
    };
    EXPECT_GT(faults_after("DELETE FROM case_steps WHERE seq = 13"), 0u);
    city.closed_case("A2");
    EXPECT_GT(faults_after("DELETE FROM case_steps WHERE seq = 5"), 1u);
    EXPECT_GT(faults_after("DELETE FROM tasks"), 1u);
}

ON_BOTH_ENGINES(CaseContract);

} // namespace case_contract_test
