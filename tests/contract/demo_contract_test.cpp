// The demo's history: made by the rules, whole in the database, the same from the same seed.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "demo/bulletin.hpp"
#include "demo/history.hpp"
#include "demo/month.hpp"
#include "geo/point_index.hpp"
#include "demo/photos.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "kit/database_kit.hpp"

namespace demo_contract_test {

using namespace chengge;
using namespace chengge::demo;

namespace {

const City& plan() {
    static const City made = make_city(1, "2026-01-01");
    return made;
}

const std::int64_t now_ms = *parse_instant("2026-11-20T11:49");

// The services over an empty database with the demo's ground and people in it.
class DemoHistory : public kit::OnBothEngines {
protected:
    void SetUp() override {
        rules = *rules::load_rules({.folder = CHENGGE_SOURCE "/data"});
        rule_sets = std::make_unique<cases::RuleSets>(*database, rules);
        identity = std::move(*identity::IdentityService::open(
            *database, clock, {.data_folder = CHENGGE_SOURCE "/data", .keys_folder = folder.path() + "/keys", .is_demo = true}));
        grid = std::move(*grid::GridService::open(*database, clock));
        media = media::MediaService::open(*database, clock, folder.path() + "/media");
        responsibility = std::make_unique<responsibility::ResponsibilityService>(responsibility::ServiceParts{*database, clock, *identity, *grid, [this] { return rule_sets->current(); }});
        service = std::make_unique<cases::CaseService>(
            cases::CaseServiceParts{*database, clock, *identity, *grid, *media, *responsibility, *rule_sets});
        ASSERT_TRUE(grid->replace_all(plan().regions, plan().cells, {}));
        add_people();
        store_one_photo();
    }

    void add_people() {
        std::vector<identity::IdentityService::NewOrganisation> organisations;
        for (const auto& one : plan().organisations)
            organisations.push_back(
                {one.code, one.name, one.kind, one.parent_code, one.region_code});
        std::vector<identity::IdentityService::NewPerson> people;
        Random random(1);
        for (const auto& one : plan().people)
            people.push_back({.id = make_uuid(now_ms, random),
                              .login = one.login,
                              .name = one.name,
                              .phone = one.phone,
                              .organisation_code = one.organisation_code,
                              .roles = one.roles,
                              .password = std::nullopt});
        ASSERT_TRUE(identity->add_all(organisations, people));
    }

    // One real picture stands for all: drawing 238 takes too long for a test.
    void store_one_photo() {
        const auto stored =
            media->add({.bytes = render_photo(list_photos()[0], false, 1), .is_simulated = true});
        ASSERT_TRUE(stored);
        const rules::MediaRef photo{stored->id, to_hex(stored->sm3)};
        for (const auto& one : list_photos()) photos[one.scene] = {{photo, photo}};
    }

    Result<std::int64_t> add(std::uint64_t seed, int count) {
        return add_history({plan(), *rules, *identity, *service, photos},
                           {.seed = seed, .now_ms = now_ms, .months = 1, .cases_per_month = count});
    }

    kit::ScratchFolder folder;
    FixedClock clock{now_ms};
    kit::TestDatabase database{GetParam()};
    std::shared_ptr<const rules::Rules> rules;
    std::unique_ptr<cases::RuleSets> rule_sets;
    std::unique_ptr<identity::IdentityService> identity;
    std::unique_ptr<grid::GridService> grid;
    std::unique_ptr<media::MediaService> media;
    std::unique_ptr<responsibility::ResponsibilityService> responsibility;
    std::unique_ptr<cases::CaseService> service;
    PhotoShelf photos;
};

ON_BOTH_ENGINES(DemoHistory);

} // namespace

TEST_P(DemoHistory, IsMadeByTheRulesAndPassesTheAudit) {
    const auto count = add(1, 700);
    ASSERT_TRUE(count) << count.error().code;
    EXPECT_NEAR(static_cast<double>(*count), 700, 60);
    service->run_jobs_once();
    const auto report = cases::audit_cases(*database, *rule_sets, identity->keys(), media.get());
    EXPECT_EQ(report.cases, *count);
    EXPECT_GT(report.steps, *count * 10);
    for (const auto& fault : report.faults) ADD_FAILURE() << fault;
}

TEST_P(DemoHistory, LeavesWorkForEveryoneAndMostOfItDone) {
    ASSERT_TRUE(add(1, 700));
    service->run_jobs_once();
    const auto viewer = [&](const char* login) {
        return identity->viewer_of(*identity->directory()->find_person_by_login(login));
    };
    cases::CaseFilter closed;
    closed.states = {"closed"};
    closed.limit = 200;
    const auto page = service->list(closed, viewer("leader"), "zh");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->at("items").as_array().size(), 200u);
    cases::CaseFilter open;
    open.is_open = true;
    open.limit = 200;
    const auto waiting = service->list(open, viewer("leader"), "zh");
    ASSERT_TRUE(waiting);
    EXPECT_GT(waiting->at("items").as_array().size(), 20u);
    EXPECT_LT(waiting->at("items").as_array().size(), 120u);
    std::set<std::string> classes;
    for (const auto& item : page->at("items").as_array())
        classes.insert(std::string(item.at("class_code").as_string()));
    EXPECT_GT(classes.size(), 12u);
    EXPECT_TRUE(classes.contains("06010"));
}

TEST(DemoFindings, FollowThePublishedMix) {
    const auto rules = *rules::load_rules({.folder = CHENGGE_SOURCE "/data"});
    Random random(5);
    std::map<std::string, int> counts;
    int events = 0;
    constexpr int draws = 60'000;
    for (int i = 0; i < draws; ++i) {
        const auto finding = mix::draw_finding(rules->taxonomy, random);
        ASSERT_FALSE(finding.description.empty());
        ASSERT_EQ(finding.row->class_code, finding.problem->code);
        events += finding.problem->kind == "event";
        ++counts[finding.problem->kind + finding.problem->code];
    }
    const auto share = [&](const char* key, int of) { return 100.0 * counts[key] / of; };
    EXPECT_NEAR(100.0 * events / draws, 87.49, 1);
    EXPECT_NEAR(share("event06010", events), 36.04, 1);
    EXPECT_NEAR(share("event06012", events), 12.16, 0.7);
    EXPECT_NEAR(share("event06013", events), 6.39, 0.6);
    EXPECT_NEAR(share("component01004", draws - events), 20.56, 1.6);
    EXPECT_NEAR(share("component01037", draws - events), 10.99, 1.2);
}

TEST(DemoPlay, NamesAPlaceAPictureAndPeopleWhoExist) {
    PhotoShelf photos;
    photos["storm_grate"] = {{{make_uuid(1), "a"}, {make_uuid(2), "b"}}};
    const auto play = make_play(plan(), photos);
    std::set<std::string> logins;
    for (const auto& person : plan().people) logins.insert(person.login);
    for (const auto& [role, login] : play.at("logins").as_object())
        EXPECT_TRUE(logins.contains(std::string(login.as_string()))) << std::string(role);
    std::vector<geo::Polygon> outlines;
    for (const auto& cell : plan().cells) outlines.push_back(cell.outline);
    const geo::PointIndex index(std::move(outlines));
    EXPECT_GE(index.find({play.at("lon").as_double(), play.at("lat").as_double()}), 0);
}

namespace {

// What became of a case, from its steps alone; knows neither columns nor the query of the bulletin.
struct Walked {
    std::int64_t reported_ms = 0, deadline_ms = 0;
    std::optional<std::int64_t> dispatched_ms, fed_back_ms;
    std::int64_t fed_back_deadline_ms = 0;
    bool is_simple = false, is_reworked = false, is_redispatched = false;
    std::string ended; // declined, refuse_filing, merge, approve_cancel
};

std::map<std::int64_t, Walked> walk(storage::Database& database) {
    const storage::Statement all("all_steps", "SELECT case_key, subject_kind, action, at_ms, deadline_ms FROM case_steps ORDER BY case_key, seq", "SELECT case_key, subject_kind, action, at_ms, deadline_ms FROM case_steps ORDER BY case_key, seq");
    return database.read([&](storage::Transaction& transaction) {
        std::map<std::int64_t, Walked> cases;
        for (const auto row : transaction.run(all)) {
            auto& one = cases[row.integer("case_key")];
            const auto& action = row.text("action");
            const auto at = row.integer("at_ms");
            if (action == "report" || action == "report_simple") one.reported_ms = at;
            if (action == "report_simple") one.is_simple = true;
            if (action == "simple_to_ordinary" || action == "take_over_simple") one.is_simple = false;
            if (action == "dispatch" && row.text("subject_kind") == "case" && !one.dispatched_ms) one.dispatched_ms = at;
            if (action == "feed_back") {
                one.fed_back_ms = at;
                one.fed_back_deadline_ms = one.deadline_ms;
            }
            if (action == "rework") {
                one.fed_back_ms.reset();
                one.is_reworked = true;
            }
            if (action == "approve_send_back") one.is_redispatched = true;
            if (action == "decline" || action == "refuse_filing" || action == "merge" || action == "approve_cancel") one.ended = action;
            if (const auto deadline = row.maybe_integer("deadline_ms")) one.deadline_ms = *deadline;
        }
        return cases;
    });
}

} // namespace

TEST_P(DemoHistory, AMonthComesOutAtItsFiguresAndReconcilesToTheCase) {
    const auto from = *parse_instant("2023-02-01T00:00"), to = *parse_instant("2023-03-01T00:00");
    const auto figures = MonthFigures::published().scaled(0.04);
    const auto made = add_month({plan(), *rules, *identity, *service, photos}, {.seed = 3, .from_ms = from, .to_ms = to, .figures = figures});
    ASSERT_TRUE(made) << made.error().code;
    service->run_jobs_once();
    EXPECT_EQ(*made, figures.reports() + figures.from_before());
    const auto counts = count_month(*database, from, to);
    for (const auto& one : reconcile(counts)) EXPECT_TRUE(one.holds()) << one.what << ": " << one.left << ", " << one.right;

    // Once more, by walking every case's steps.
    MonthCounts naive;
    for (const auto& [key, one] : walk(*database)) {
        const bool is_of_month = one.dispatched_ms && *one.dispatched_ms >= from;
        const bool is_late = one.fed_back_ms && *one.fed_back_ms > one.fed_back_deadline_ms, is_overdue = !one.fed_back_ms && one.deadline_ms < to;
        if (one.dispatched_ms && !is_of_month) naive.overdue_from_before += is_overdue;
        if (one.reported_ms < from) continue;
        ++naive.reports;
        if (one.is_simple) ++naive.simple;
        else if (one.ended == "decline") ++naive.declined;
        else if (one.ended == "refuse_filing") ++naive.not_filed;
        else if (one.ended == "merge") ++naive.merged;
        else if (one.ended == "approve_cancel") ++naive.cancelled;
        else if (!one.dispatched_ms) ++naive.waiting;
        else {
            ++naive.dispatched;
            naive.handled_on_time += one.fed_back_ms && !is_late;
            naive.handled_late += is_late;
            naive.overdue += is_overdue;
            naive.running += !one.fed_back_ms && !is_overdue;
            naive.reworked += one.is_reworked;
            naive.redispatched += one.is_redispatched;
        }
    }
    const auto same = [](const char* what, std::int64_t counted, std::int64_t walked, int wanted) {
        EXPECT_EQ(counted, walked) << what;
        EXPECT_EQ(counted, wanted) << what;
    };
    same("reports", counts.reports, naive.reports, figures.reports());
    same("simple", counts.simple, naive.simple, figures.simple);
    same("dispatched", counts.dispatched, naive.dispatched, figures.dispatched);
    same("declined", counts.declined, naive.declined, figures.declined);
    same("not filed", counts.not_filed, naive.not_filed, figures.not_filed);
    same("merged", counts.merged, naive.merged, figures.merged);
    same("cancelled", counts.cancelled, naive.cancelled, figures.cancelled);
    same("waiting", counts.waiting, naive.waiting, figures.waiting);
    same("handled", counts.handled(), naive.handled(), figures.handled);
    same("late", counts.handled_late, naive.handled_late, figures.late);
    same("overdue", counts.overdue, naive.overdue, figures.overdue_of_month());
    same("running", counts.running, naive.running, figures.running);
    same("overdue from before", counts.overdue_from_before, naive.overdue_from_before, figures.from_before());
    same("reworked", counts.reworked, naive.reworked, figures.reworked);
    same("redispatched", counts.redispatched, naive.redispatched, figures.redispatched);
    EXPECT_EQ(counts.without_unit, 0);
    EXPECT_NEAR(static_cast<double>(counts.events) / static_cast<double>(counts.dispatched), 0.8749, 0.004);
    const auto report = cases::audit_cases(*database, *rule_sets, identity->keys(), media.get());
    EXPECT_EQ(report.cases, *made);
    for (const auto& fault : report.faults) ADD_FAILURE() << fault;
    const auto text = bulletin_text(counts, rules->taxonomy, "2023-02", true);
    EXPECT_EQ(text.find("**不符**"), std::string::npos) << text;
}

TEST(MonthFigures, ThePublishedOnesAddUp) {
    const auto figures = MonthFigures::published();
    EXPECT_EQ(figures.simple + figures.dispatched, 20'580);
    EXPECT_EQ(figures.overdue_of_month() + figures.from_before(), 2'854);
    EXPECT_NEAR(static_cast<double>(figures.handled) / figures.dispatched, 0.8205, 0.00005);
    EXPECT_GT(figures.from_before(), 0) << "2,854 overdue ones do not fit into a month that left 2,441 unhandled";
}

} // namespace demo_contract_test
