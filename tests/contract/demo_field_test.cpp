// What the demo shows of the rarer work: proposals from the field in every kind and state, disputed cases at every stage.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "base/time.hpp"
#include "kit/demo_city.hpp"

namespace demo_field_test {

using namespace chengge;

namespace {

const std::int64_t now_ms = *parse_instant("2026-11-22T00:40"); // a Sunday, before anybody is at work

class DemoField : public kit::OnBothEngines {};
ON_BOTH_ENGINES(DemoField);

std::string text_of(const Error& error) {
    auto text = error.code;
    for (const auto& [name, value] : error.facts) text += " " + name + "=" + value;
    return text;
}

storage::Rows rows_of(const kit::DemoCity& demo, const char* sql) {
    const storage::Statement statement("rows", sql, sql);
    return demo.founded.city->database->read([&](storage::Transaction& transaction) { return transaction.run(statement); });
}

void add_proposals(kit::DemoCity& demo) {
    const auto based = demo.add_base_data(4'000, {"components", "street_lamps", "public_toilets"});
    ASSERT_TRUE(based) << text_of(based.error());
    const auto made = platform::set_up_proposals(demo.founded, now_ms);
    ASSERT_TRUE(made) << text_of(made.error());
    EXPECT_EQ(demo.founded.clock->now_ms(), now_ms);
}

constexpr const char* all_proposals = "SELECT proposal_id, layer, kind, state, feature_id, words, media, decided_words, made_ms, decided_ms, version FROM registry_proposals ORDER BY proposal_key";

} // namespace

TEST_P(DemoField, HasProposalsOfEveryKindInEveryState) {
    kit::DemoCity demo(GetParam(), now_ms);
    add_proposals(demo);
    std::set<std::pair<std::string, std::string>> seen;
    std::int64_t last_ms = 0;
    int pictured = 0;
    for (const auto row : rows_of(demo, all_proposals)) {
        seen.insert({row.text("kind"), row.text("state")});
        SCOPED_TRACE(row.text("words"));
        EXPECT_GE(row.integer("made_ms"), last_ms);
        last_ms = row.integer("made_ms");
        EXPECT_LT(last_ms, now_ms);
        pictured += row.text("media") != "[]";
        const bool is_open = row.text("state") == "open";
        EXPECT_EQ(row.text("decided_words").empty(), is_open);
        EXPECT_EQ(row.is_null("decided_ms"), is_open);
        if (!is_open) { EXPECT_GT(row.integer("decided_ms"), last_ms); }
        EXPECT_EQ(row.is_null("version"), row.text("state") != "merged");
        EXPECT_EQ(row.text("feature_id").empty(), row.text("kind") == "new" && row.text("state") != "merged");
        if (row.text("state") != "merged") continue;
        // What was agreed to is in force.
        const auto snapshot = demo.founded.city->registry->snapshot(row.text("layer"));
        const auto at = snapshot->find(row.text("feature_id"));
        ASSERT_TRUE(at);
        const auto text = [&](const char* field) { return std::string(snapshot->text(*at, snapshot->layer().field_index(field)).value_or("")); };
        if (row.text("kind") == "missing") { EXPECT_EQ(text("state"), "missing"); }
        if (row.text("kind") == "new") { EXPECT_NE(text("competent_name"), ""); }
        if (row.text("kind") == "wrong") { EXPECT_EQ(text("opening_hours"), "06:00至23:00"); }
    }
    EXPECT_EQ(seen.size(), 12u);
    EXPECT_GE(pictured, 7);
    EXPECT_GT(rows_of(demo, "SELECT photo_key FROM registry_photos WHERE proposal_id IS NOT NULL").size(), 1u);
    // Versions come in the order of their time.
    for (const auto* layer : {"components", "street_lamps", "public_toilets"}) {
        const auto versions = demo.founded.city->registry->versions(layer);
        ASSERT_GE(versions.size(), 2u) << layer;
        for (const auto& one : versions) EXPECT_EQ(one.kind, one.version == 1 ? "survey" : "proposal") << layer;
    }
}

TEST_P(DemoField, TheSameSeedTellsTheSame) {
    kit::DemoCity one(GetParam(), now_ms), other(GetParam(), now_ms);
    add_proposals(one);
    add_proposals(other);
    const auto said = rows_of(one, all_proposals), again = rows_of(other, all_proposals);
    ASSERT_EQ(said.size(), again.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
        EXPECT_EQ(said[i].bytes("proposal_id"), again[i].bytes("proposal_id"));
        EXPECT_EQ(said[i].text("feature_id"), again[i].text("feature_id"));
        EXPECT_EQ(said[i].integer("made_ms"), again[i].integer("made_ms"));
    }
}

TEST_P(DemoField, HasDisputedCasesAtEveryStage) {
    kit::DemoCity demo(GetParam(), now_ms);
    const auto count = demo.add_history(1, 700);
    ASSERT_TRUE(count) << text_of(count.error());
    auto& city = *demo.founded.city;
    const auto commander = demo.viewer("commander");
    cases::CaseFilter filter;
    filter.is_disputed = true;
    const auto page = city.cases->list(filter, commander, "zh");
    ASSERT_TRUE(page);
    std::vector<cases::CaseDetail> found;
    for (const auto& item : page->at("items").as_array()) found.push_back(*city.cases->get(std::string(item.at("case_id").as_string()), commander));
    std::ranges::sort(found, {}, [](const cases::CaseDetail& one) { return one.steps.size(); });
    ASSERT_EQ(found.size(), 3u);
    const auto has = [](const cases::CaseDetail& one, const char* action) { return std::ranges::any_of(one.steps, [&](const cases::StoredStep& step) { return step.step.action == action; }); };
    for (const auto& one : found) {
        EXPECT_EQ(one.stored.c.send_back_count, 2);
        EXPECT_LT(one.steps.back().step.at_ms, *parse_instant("2026-11-21T00:00")); // Friday's work, not the weekend's
    }
    EXPECT_FALSE(has(found[0], "record_site"));
    EXPECT_TRUE(has(found[1], "record_site"));
    EXPECT_FALSE(has(found[1], "rule_dispute"));
    EXPECT_NE(found[1].stored.c.red_line, "");
    EXPECT_EQ(found[2].stored.c.is_disputed, 2);
    EXPECT_EQ(found[2].steps.back().step.action, "sign");
    // They stand among the others by the time of report.
    std::int64_t last_ms = 0;
    for (const auto row : rows_of(demo, "SELECT reported_ms FROM cases ORDER BY case_key")) {
        EXPECT_GE(row.integer("reported_ms"), last_ms);
        last_ms = row.integer("reported_ms");
    }
    // The ruling holds of the next one there.
    const auto& ruled = found[2].stored.c;
    const responsibility::Question there{.lon = ruled.lon, .lat = ruled.lat, .cell = ruled.cell_code, .community = ruled.community_code, .district = ruled.district_code, .edition = ruled.edition, .kind = ruled.kind,
                                         .class_code = ruled.class_code, .filing_row = "", .asset_id = "", .day = "2026-11-22"};
    EXPECT_TRUE(city.responsibility->answer(there).matches.empty());
    ASSERT_TRUE(platform::set_up_rulings(city));
    const auto answer = city.responsibility->answer(there);
    ASSERT_EQ(answer.units.size(), 1u);
    EXPECT_EQ(answer.units.front(), ruled.ruled_unit);
    EXPECT_EQ(answer.matches.front().row.origin, "ruling");
    EXPECT_NE(answer.matches.front().row.source.find(found[2].stored.case_no), std::string::npos);
    const auto report = cases::audit_cases(*city.database, *city.rules, city.identity->keys(), city.media.get());
    for (const auto& fault : report.faults) ADD_FAILURE() << fault;
}

} // namespace demo_field_test
