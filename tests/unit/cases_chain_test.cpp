// The byte format of the chain and its three test vectors (docs/chain.md).
#include "cases/chain.hpp"

#include <gtest/gtest.h>

#include "base/digest.hpp"

namespace cases_chain_test {

using namespace chengge;

namespace {

rules::Step sample_step() {
    rules::Step step;
    step.case_id = *parse_uuid("0190163d-8694-739b-aea5-966c26f8ad91");
    step.seq = 1;
    step.epoch = 1;
    step.platform = "440800";
    step.step_id = step.case_id;
    step.action = "report";
    step.to = "reported";
    step.subject_kind = "case";
    step.actor_id = *parse_uuid("0190163d-8694-7000-8000-000000000001");
    step.role = "collector";
    step.organisation = "collection-1";
    step.at_ms = 1'790'000'000'000;
    step.recorded_ms = 1'790'000'000'000;
    step.rules_version = std::string(64, '0');
    step.media = {{{}, std::string(64, 'b')}, {{}, std::string(64, 'a')}};
    step.opinion = "路边有一堆垃圾";
    step.changes = "cell_code=440802001001001\nstate=reported";
    return step;
}

const std::string salt(16, '\x07');

} // namespace

TEST(Chain, StartsFromTheCaseId) {
    EXPECT_EQ(to_hex(cases::chain_start(sample_step().case_id)), "26fa948477bafeb8047905fa15c6da9f3aa0b037f418372aa2df8e1b20c620fa");
}

TEST(Chain, FirstStepOfTheDocumentedExample) {
    const auto step = sample_step();
    const auto hash = cases::body_hash(salt, step.opinion, cases::contact_text("何女士", "13800002406"));
    EXPECT_EQ(to_hex(hash), "852a5bb961d41bd2fd439255b96bed11b70e54df0f5f9f39e02524937ccf781c");
    const auto bytes = cases::chain_bytes(step, hash);
    EXPECT_EQ(bytes.substr(0, 7), std::string("CG1\0\0\0\x24", 7));
    EXPECT_EQ(to_hex(cases::chain_next(cases::chain_start(step.case_id), bytes)), "738cb7e32d16a6aa4bddd8c4743cec2c3b32aab29af611e82b420c2b38ecf84f");
}

TEST(Chain, SecondStepOfTheDocumentedExample) {
    auto step = sample_step();
    const auto first = cases::chain_next(cases::chain_start(step.case_id), cases::chain_bytes(step, cases::body_hash(salt, step.opinion, cases::contact_text("何女士", "13800002406"))));
    step.seq = 2;
    step.step_id = *parse_uuid("0190163d-8694-7000-8000-000000000002");
    step.action = "accept";
    step.from = "reported";
    step.to = "accepted";
    step.role = "intake_operator";
    step.organisation = "supervision";
    step.media.clear();
    step.opinion.clear();
    step.changes = "accepted_day=20260922\nstate=accepted";
    EXPECT_EQ(to_hex(cases::chain_next(first, cases::chain_bytes(step, cases::body_hash(salt, "", "")))), "eb263d8c992e04040fc85005c667d78b6c0ece614902807cabb75b97d0f9f030");
}

TEST(Chain, EveryFieldCounts) {
    const auto base = cases::chain_bytes(sample_step(), "hash");
    const std::vector<std::function<void(rules::Step&)>> edits{
        [](auto& s) { s.seq = 2; }, [](auto& s) { s.epoch = 2; }, [](auto& s) { s.platform = "440801"; }, [](auto& s) { s.action = "accept"; },
        [](auto& s) { s.from = "x"; }, [](auto& s) { s.to = "x"; }, [](auto& s) { s.subject_kind = "task"; }, [](auto& s) { s.subject_id = s.case_id; },
        [](auto& s) { s.receiver_organisation = "x"; }, [](auto& s) { s.receiver_person = s.case_id; }, [](auto& s) { s.filing_row = "x"; },
        [](auto& s) { s.changes = "x"; }, [](auto& s) { s.actor_id = s.case_id; }, [](auto& s) { s.role = "x"; }, [](auto& s) { s.organisation = "x"; },
        [](auto& s) { s.at_ms = 1; }, [](auto& s) { s.recorded_ms = 1; }, [](auto& s) { s.deadline_ms = 1; }, [](auto& s) { s.rules_version = "x"; },
        [](auto& s) { s.media.pop_back(); }, [](auto& s) { s.step_id = s.actor_id; }};
    for (std::size_t i = 0; i < edits.size(); ++i) {
        auto step = sample_step();
        edits[i](step);
        EXPECT_NE(cases::chain_bytes(step, "hash"), base) << i;
    }
    // The order of photos does not count; neither does the form in which Unicode was typed.
    auto step = sample_step();
    std::swap(step.media[0], step.media[1]);
    EXPECT_EQ(cases::chain_bytes(step, "hash"), base);
    EXPECT_EQ(cases::body_hash(salt, "e\xCC\x81", ""), cases::body_hash(salt, "\xC3\xA9", ""));
    EXPECT_NE(cases::body_hash(salt, "a", "b"), cases::body_hash(salt, "ab", ""));
}

} // namespace cases_chain_test
