// The kit itself: each kind of damage that the other tests look for is planted once and must be seen.
#include <gmock/gmock.h>

#include "faults/kit_load.hpp"

namespace disk_test {

using namespace chengge;
using namespace chengge::faults;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

// A city with some work done, its server running.
class TheKitSees : public kit::OnBothEngines {
protected:
    void SetUp() override {
        city.need_start();
        load = std::make_unique<Load>(city, LoadOptions{.seed = 7, .photo_chance = 1});
        for (int i = 0; i < 4; ++i) report(i == 0);
        ASSERT_EQ(load->step(first_case).status, 200);
    }
    Deed report(bool is_first = false) {
        const auto deed = load->report();
        EXPECT_EQ(deed.status, 201) << deed.answer;
        if (is_first) first_case = deed.case_id;
        return deed;
    }
    void plant(const char* sql) {
        city.stop();
        const auto database = storage::Database::open({.url = city.database().empty() ? city.data() + "/chengge.db" : city.database(), .readers = 1, .writers = 1, .cache_mb = 16});
        const storage::Statement statement("plant", sql, sql);
        (void)database->write([&](storage::Transaction& transaction) -> Result<void> {
            transaction.run(statement);
            return {};
        });
    }
    bool is_sqlite() const { return GetParam() == storage::Engine::sqlite; }

    FaultCity city{GetParam()};
    std::unique_ptr<Load> load;
    std::string first_case;
};

} // namespace

TEST_P(TheKitSees, NothingWhereNothingIsWrong) {
    load->settle();
    EXPECT_THAT(load->judge(), IsEmpty());
}

// As a program would that acknowledges before the sync, or a disk that lies.
TEST_P(TheKitSees, WhatWasAcknowledgedBeforeItWasSynced) {
    city.stop(); // everything so far comes to the disk
    city.disk.keep_all();
    city.need_start();
    city.disk.control().lie = lie_files;
    const auto deed = report();
    city.kill();
    city.disk.heal();
    city.disk.cut_power(0, 1);
    city.need_start();
    load->settle();
    const auto faults = load->judge();
    // On PostgreSQL only the photos lie on this disk.
    EXPECT_THAT(faults, Contains(is_sqlite() ? HasSubstr("report " + deed.id + " was acknowledged and is lost") : HasSubstr("the file is another")));
}

TEST_P(TheKitSees, APhotoWhoseFolderWasNotSynced) {
    city.disk.control().lie = lie_folders;
    for (int i = 0; i < 6; ++i) report();
    city.kill();
    city.disk.heal();
    city.disk.cut_power(0, 1);
    city.need_start();
    EXPECT_THAT(load->judge(), Contains(HasSubstr("has a row and no file")));
}

TEST_P(TheKitSees, AStepThatIsThereTwice) {
    plant("INSERT INTO case_steps SELECT step_key + 1, case_key, seq + 1, epoch, platform, step_id, action, from_state, to_state, subject_kind, subject_id, actor_id, role, "
          "organisation, receiver_organisation, receiver_person, filing_row, at_ms, recorded_ms, deadline_ms, rules_version, media, opinion, salt, body_hash, changes, chain "
          "FROM case_steps WHERE seq = 2 AND action = 'accept' AND case_key = (SELECT MAX(case_key) FROM case_steps WHERE seq = 2)");
    EXPECT_THAT(load->judge(), Contains(HasSubstr("is there 2 times")));
}

TEST_P(TheKitSees, ACaseThatNobodySent) {
    const auto deed = report();
    std::erase_if(load->deeds, [&](const Deed& one) { return one.id == deed.id; });
    EXPECT_THAT(load->judge(), Contains("step " + deed.id + " is there and nobody sent it"));
}

TEST_P(TheKitSees, AGapInTheNumbers) {
    plant("UPDATE cases SET case_no = SUBSTR(case_no, 1, LENGTH(case_no) - 5) || '00002' WHERE case_key = (SELECT MAX(case_key) FROM cases WHERE case_no IS NOT NULL)");
    EXPECT_THAT(load->judge(), Contains(HasSubstr("are not 1 … n")));
}

TEST_P(TheKitSees, AnEditedStep) {
    plant("UPDATE case_steps SET opinion = 'x' WHERE seq = 1");
    EXPECT_THAT(load->judge(), Contains(HasSubstr("its words or the reporter's contact were changed")));
}

TEST_P(TheKitSees, AFeedThatDoesNotTellOfAStep) {
    plant("DELETE FROM feed_entries WHERE kind = 'case_accepted' AND entry_key = (SELECT MAX(entry_key) FROM feed_entries WHERE kind = 'case_accepted')");
    EXPECT_THAT(load->judge(), Contains(HasSubstr("the feed tells of")));
}

ON_BOTH_ENGINES(TheKitSees);

} // namespace disk_test
