// The demo's history: made by the rules, whole in the database, the same from the same seed.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "demo/history.hpp"
#include "geo/point_index.hpp"
#include "demo/photos.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "kit/database_kit.hpp"

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
