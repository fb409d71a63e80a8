// Signed daily roots over both databases: what enters which day, missed days, rotation, and that the audit
// names what somebody with the whole database in hand has removed, added or changed.
#include <filesystem>

#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "cases/case_roots.hpp"
#include "cases/chain.hpp"
#include "kit/small_city.hpp"

namespace roots_contract_test {

using namespace chengge;

namespace {

const char* const proven_tables[] = {"cases", "case_steps", "assignments", "tasks", "requests", "case_clocks", "case_media", "case_contacts", "feed_entries", "chain_roots", "root_keys", "case_sequences"};

class RootsContract : public kit::OnBothEngines {
protected:
    kit::SmallCity city{GetParam()};
    cases::RootSigner signer{*city.database, city.clock, {.keys_folder = city.folder.path() + "/keys"}, "440800"};

    void run_sql(const std::string& sql) {
        const auto done = city.database->write([&](storage::Transaction& transaction) -> Result<void> {
            transaction.run_script(sql);
            return {};
        });
        ASSERT_TRUE(done);
    }
    std::int64_t number(const std::string& sql) {
        const storage::Statement query("number", sql, sql);
        return city.database->read([&](storage::Transaction& transaction) { return transaction.run(query)[0].integer("n"); });
    }
    cases::AuditReport audit(const cases::AuditOptions& options = {}) {
        auto report = cases::audit_city({*city.database, *city.rule_sets, &city.identity->keys(), city.media.get()}, options);
        EXPECT_TRUE(report);
        return *report;
    }
    std::string faults(const cases::AuditOptions& options = {}) {
        std::string all;
        for (const auto& fault : audit(options).faults) all += fault + "\n";
        return all;
    }
    std::vector<cases::SignedRoot> roots() {
        return city.database->read([](storage::Transaction& transaction) { return cases::load_roots(transaction); });
    }
    int sign_days() {
        const auto count = signer.sign_ended_days();
        EXPECT_TRUE(count) << count.error().code;
        return count.value_or(-1);
    }
    void to_next_day(int hour = 9) { city.clock.set(city_midnight_ms(city_date(city.clock.now_ms())) + day_ms + hour * hour_ms); }
    // One closed case a day, each day signed on the next.
    void live(int days) {
        for (int day = 0; day < days; ++day) {
            city.closed_case(day % 2 == 0 ? "A1" : "A2");
            to_next_day();
            ASSERT_EQ(sign_days(), 1);
        }
    }
};

} // namespace

TEST_P(RootsContract, EachDayIsSignedOnceAfterItsEnd) {
    EXPECT_EQ(sign_days(), 0); // nothing was recorded
    EXPECT_EQ(audit().notes.size(), 0u);
    city.closed_case();
    EXPECT_EQ(sign_days(), 0); // the day is not over
    EXPECT_EQ(audit().notes.size(), 1u);
    city.clock.set(city_midnight_ms({2026, 9, 30}) + 30'000);
    EXPECT_EQ(sign_days(), 0); // what was under way at midnight may still be committing
    city.clock.advance(minute_ms);
    EXPECT_EQ(sign_days(), 1);
    EXPECT_EQ(sign_days(), 0);
    const auto all = roots();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].day, "2026-09-29");
    EXPECT_EQ(all[0].leaf_count, 13);
    const auto report = audit();
    EXPECT_TRUE(report.faults.empty()) << report.faults.front();
    EXPECT_EQ(report.roots, 1);
    EXPECT_EQ(report.signed_until, "2026-09-29");
}

TEST_P(RootsContract, MissedDaysAreCaughtUpAndQuietOnesSignedToo) {
    city.closed_case();
    for (int day = 0; day < 4; ++day) to_next_day();
    city.closed_case("A2");
    to_next_day();
    // Until somebody signs, the audit names the days, once any root exists.
    EXPECT_EQ(sign_days(), 5);
    const auto all = roots();
    ASSERT_EQ(all.size(), 5u);
    EXPECT_EQ(all[0].leaf_count, 13);
    EXPECT_EQ(all[1].leaf_count, 0);
    EXPECT_EQ(all[1].merkle_root, sm3(""));
    EXPECT_EQ(all[4].day, "2026-10-03");
    EXPECT_EQ(all[4].leaf_count, 13);
    EXPECT_EQ(faults(), "");
    city.closed_case("A3");
    to_next_day();
    to_next_day();
    city.closed_case("A4");
    EXPECT_TRUE(faults().starts_with("no root for 2026-10-04 to 2026-10-05: chengge roots sign"));
    EXPECT_EQ(sign_days(), 2);
    EXPECT_EQ(faults(), "");
}

TEST_P(RootsContract, StepsEnterTheDayInWhichTheyWereRecorded) {
    city.clock.set(*parse_instant("2026-09-29T23:50"));
    const auto id = city.closed_case(); // 13 steps, seven minutes apart: two before midnight
    city.clock.set(*parse_instant("2026-09-30T02:00"));
    EXPECT_EQ(sign_days(), 1);
    EXPECT_EQ(roots()[0].leaf_count, 2);
    const auto now = signer.sign_now();
    ASSERT_TRUE(now);
    EXPECT_EQ(*now, 1);
    EXPECT_EQ(roots()[1].leaf_count, 11);
    EXPECT_EQ(roots()[1].day, "2026-09-30");
    EXPECT_EQ(*signer.sign_now(), 0); // the same instant again
    to_next_day();
    EXPECT_EQ(sign_days(), 1); // the rest of that day
    EXPECT_EQ(roots()[2].day, "2026-09-30");
    EXPECT_EQ(faults(), "");
}

TEST_P(RootsContract, EveryPlantIsNamed) {
    live(3);
    ASSERT_EQ(faults(), "");
    std::string witness;
    {
        json::array known;
        for (const auto& root : roots()) known.push_back(cases::to_json(root));
        witness = to_json_text(json::object{{"roots", known}});
    }
    for (const auto* table : proven_tables) run_sql("CREATE TABLE saved_" + std::string(table) + " AS SELECT * FROM " + table);
    const auto expect = [&](const std::string& sentence, const std::string& plant, const cases::AuditOptions& options = {}) {
        run_sql(plant);
        const auto found = faults(options);
        EXPECT_NE(found.find(sentence), std::string::npos) << plant << "\nwanted: " << sentence << "\ngot: " << found;
        std::string undo;
        for (const auto* table : proven_tables) undo += "DELETE FROM " + std::string(table) + "; INSERT INTO " + table + " SELECT * FROM saved_" + table + ";";
        run_sql(undo);
    };
    const auto second = std::to_string(number("SELECT case_key AS n FROM cases WHERE case_no = '440800-20260930-00001'"));
    const auto last = std::to_string(number("SELECT MAX(case_key) AS n FROM cases"));
    const auto remove_case = [](const std::string& key) {
        std::string sql;
        for (const std::string table : {"cases", "case_steps", "assignments", "tasks", "requests", "case_clocks", "case_media", "case_contacts"}) sql += "DELETE FROM " + table + " WHERE case_key = " + key + ";";
        return sql;
    };
    const auto forget_feed = [](const std::string& key) { return "DELETE FROM feed_entries WHERE kind LIKE 'case%' AND subject_key = " + key + ";"; };
    // A whole case, ever more thoroughly.
    expect("a case of 2026-09-30 (key " + second + ") is gone with its 13 steps", remove_case(second));
    expect("440800-20260930-00001: no case has this number", remove_case(second));
    expect("the case with the key " + second + " is gone, its steps are announced", "DELETE FROM cases WHERE case_key = " + second);
    expect("root 2 of 2026-09-30: 13 steps were signed, the feed has 0 there", remove_case(second) + forget_feed(second));
    expect("root 2 of 2026-09-30: 13 steps were signed, the feed has 0 there", remove_case(second) + forget_feed(second) + "DELETE FROM case_sequences WHERE day = '20260930'");
    expect("root 3 of 2026-10-01: 13 steps were signed, the feed has 0 there", remove_case(last) + forget_feed(last) + "DELETE FROM case_sequences WHERE day = '20261001'");
    // A step, and the last step with everything that speaks of it.
    expect("440800-20260930-00001 step 5: is missing", "DELETE FROM case_steps WHERE seq = 5 AND case_key = " + second);
    expect("440800-20260930-00001 step 13: was recorded on 2026-09-30 and is gone", "DELETE FROM case_steps WHERE seq = 13 AND case_key = " + second);
    expect("root 2 of 2026-09-30: 13 steps were signed, the feed has 12 there", "DELETE FROM feed_entries WHERE kind = 'case_closed' AND subject_key = " + second);
    expect("440800-20260930-00001: the feed does not announce each of its steps once", "DELETE FROM feed_entries WHERE kind = 'case_closed' AND subject_key = " + second);
    // A chain made anew throughout fits itself, but not what was signed.
    expect("root 2 of 2026-09-30: its 13 steps are not the ones that were signed",
           "UPDATE case_steps SET chain = (SELECT s.chain FROM case_steps s WHERE s.seq = 13 AND s.case_key = " + last + ") WHERE seq = 13 AND case_key = " + second);
    // The order of the feed.
    expect("are not the ones that were signed", "UPDATE feed_entries SET version = 13 - version WHERE version IN (6, 7) AND kind = 'case_step' AND subject_key = " + second);
    // Roots, signatures, keys, days.
    expect("root 2 is missing: 2026-09-30", "DELETE FROM chain_roots WHERE number = 2");
    expect("roots 1 to 1 are missing", "DELETE FROM chain_roots WHERE number = 1");
    expect("there are signing keys, and every signed root is gone", "DELETE FROM chain_roots");
    expect("no root for 2026-10-01", "DELETE FROM chain_roots WHERE number = 3; UPDATE feed_entries SET recorded_ms = recorded_ms + " + std::to_string(day_ms) + " WHERE kind = 'case_closed' AND subject_key = " + last);
    expect("root 2 of 2026-09-30: its signature is wrong", "UPDATE chain_roots SET leaf_count = 12 WHERE number = 2");
    expect("root 2 of 2026-09-30: 12 steps were signed, the feed has 13 there", "UPDATE chain_roots SET leaf_count = 12 WHERE number = 2");
    expect("root 2 of 2026-09-30: its signature is wrong", "UPDATE chain_roots SET signature = (SELECT r.signature FROM chain_roots r WHERE r.number = 1) WHERE number = 2");
    expect("root 3 of 2026-10-01: does not follow from root 2", "UPDATE chain_roots SET signed_ms = signed_ms + 1 WHERE number = 2");
    expect("that signed it is missing", "DELETE FROM root_keys");
    expect("root 3 of 2026-10-01: the witness has it, the city does not", "DELETE FROM chain_roots WHERE number = 3", {.witness = witness});
    expect("root 3 of 2026-10-01: the witness has another", "UPDATE chain_roots SET signed_ms = signed_ms + 1 WHERE number = 3", {.witness = witness});
    // A case that was slipped in without the feed.
    expect("the feed does not announce each of its steps once", forget_feed(second));
    EXPECT_EQ(faults({.witness = witness}), "");
}

TEST_P(RootsContract, KeysRotateAndLostOnesAreTold) {
    live(1);
    const auto first = city.database->read([](storage::Transaction& transaction) { return cases::load_root_keys(transaction); }).at(0);
    const auto path = signer.private_path(first.key_id);
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(signer.rotate_key("sm2", true).error().code, "root_key_present");
    ASSERT_TRUE(signer.rotate_key("ed25519", false));
    live(1);
    EXPECT_EQ(roots()[1].algorithm, "ed25519");
    EXPECT_EQ(faults({.trusted = first.key}), "");
    // The current private key is gone: nothing is signed under another, until it is declared lost.
    const auto second = city.database->read([](storage::Transaction& transaction) { return cases::load_root_keys(transaction); }).at(1);
    std::filesystem::remove(signer.private_path(second.key_id));
    city.closed_case();
    to_next_day();
    EXPECT_EQ(signer.sign_ended_days().error().code, "root_key_missing");
    EXPECT_EQ(signer.rotate_key("sm2", false).error().code, "root_key_missing");
    ASSERT_TRUE(signer.rotate_key("sm2", true));
    EXPECT_EQ(sign_days(), 1);
    const auto report = audit();
    EXPECT_TRUE(report.faults.empty());
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_NE(faults({.trusted = first.key}).find("root 3 of 2026-10-01: is signed by the key"), std::string::npos);
}

TEST_P(RootsContract, AnAuditBesideRunningWorkFindsNothing) {
    live(1);
    std::jthread worker([&](std::stop_token stop) {
        while (!stop.stop_requested()) city.closed_case("A3");
    });
    for (int round = 0; round < 15; ++round) EXPECT_EQ(faults({.now_ms = 0}), "");
}

ON_BOTH_ENGINES(RootsContract);

} // namespace roots_contract_test
