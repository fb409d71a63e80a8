// A thousand cases of a demo, taken up again from their stored steps: rules::decide must make the same
// steps and the same case. What cannot be derived from the steps would be lost for ever.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "kit/demo_city.hpp"

namespace demo_replay_test {

using namespace chengge;

namespace {

constexpr std::size_t replayed_cases = 1000;
const std::int64_t now_ms = *parse_instant("2026-11-20T11:49");

using Changes = std::map<std::string, std::string>;

Changes read_changes(const std::string& text) {
    Changes changes;
    for (const auto& line : split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string::npos) continue;
        std::string value;
        for (std::size_t i = equals + 1; i < line.size(); ++i) {
            if (line[i] != '\\') value += line[i];
            else value += line[++i] == 'n' ? '\n' : '\\';
        }
        changes[line.substr(0, equals)] = value;
    }
    return changes;
}

void read_field(const std::string& text, std::string& member) { member = text; }
void read_field(const std::string& text, std::int64_t& member) { member = std::stoll(text); }
void read_field(const std::string& text, double& member) { member = std::stod(text); }
void read_field(const std::string& text, Uuid& member) { member = text.empty() ? Uuid{} : *parse_uuid(text); }
void read_field(const std::string& text, rules::MaybeMs& member) {
    if (!text.empty()) member = std::stoll(text);
}

// What the report brought: the fields of the first step less those that decide itself sets.
rules::Case report_of(const Uuid& id, const Changes& changes) {
    rules::Case c;
    c.id = id;
    std::apply(
        [&](const auto&... one) {
            const auto read = [&](const auto& field) {
                const auto found = changes.find(field.name);
                if (found != changes.end()) read_field(found->second, c.*field.member);
            };
            (read(one), ...);
        },
        rules::case_fields);
    const rules::Case none;
    c.state = none.state;
    c.platform = none.platform;
    c.reported_ms = none.reported_ms;
    c.rules_version = none.rules_version;
    return c;
}

rules::Command command_of(const rules::Step& step, const Uuid& case_id, const cases::CaseService& service) {
    rules::Command command;
    command.step_id = step.step_id;
    command.action = step.action;
    command.subject_kind = step.subject_kind;
    command.subject_id = step.subject_id;
    command.opinion = step.opinion;
    command.media = step.media;
    command.filing_row = step.filing_row;
    if (!step.receiver_organisation.empty() || !step.receiver_person.is_nil()) command.receiver = service.receiver_of(step.receiver_organisation, step.receiver_person);
    auto changes = read_changes(step.changes);
    if (step.action == "report") command.report = report_of(case_id, changes);
    if (step.action == "accept") {
        command.edition = changes["edition"];
        command.kind = changes["kind"];
        command.class_code = changes["class_code"];
    }
    if (step.action == "record_site") command.red_line = changes["red_line"];
    for (const auto& [name, value] : changes) {
        if (name.starts_with("request/") && name.ends_with("/until_ms") && !value.empty()) command.until_ms = std::stoll(value);
        if (name.starts_with("request/") && name.ends_with("/return_reason")) command.return_reason = value;
        // What the service looked up of the responsibility list.
        if (name.starts_with("assignment/") && name.ends_with("/responsibility_row")) command.responsibility_row = value;
    }
    return command;
}

// The chain's bytes are every field but the words.
bool is_same(const rules::Step& a, const rules::Step& b) {
    return cases::chain_bytes(a, "") == cases::chain_bytes(b, "") && a.opinion == b.opinion && a.media == b.media;
}

// Empty when the same came out, else where it differs.
std::string replay(const platform::Installation& city, const cases::StoredCase& stored, const std::vector<cases::StoredStep>& steps) {
    const auto set = city.rules->find(stored.c.rules_version);
    const auto directory = city.identity->directory();
    rules::Case c;
    for (const auto& one : steps) {
        auto expected = one.step;
        expected.case_id = stored.c.id;
        const auto* person = directory->find_person(expected.actor_id);
        if (person == nullptr) return "step " + std::to_string(expected.seq) + ": nobody did it";
        const auto context = city.cases->context_of(city.identity->viewer_of(*person), expected.at_ms);
        const auto decision = rules::decide(*set, c, command_of(expected, stored.c.id, *city.cases), context);
        if (!decision) return "step " + std::to_string(expected.seq) + " " + expected.action + ": refused " + decision.error().code;
        if (decision->step.changes != expected.changes) return "step " + std::to_string(expected.seq) + " " + expected.action + " changes\n" + decision->step.changes + "\nand not\n" + expected.changes;
        if (!is_same(decision->step, expected)) return "step " + std::to_string(expected.seq) + " " + expected.action + " is another";
        c = decision->after;
    }
    return c == stored.c ? "" : "the case is another";
}

class DemoReplay : public kit::OnBothEngines {};
ON_BOTH_ENGINES(DemoReplay);

} // namespace

TEST_P(DemoReplay, AThousandCasesComeOutTheSame) {
    kit::DemoCity demo(GetParam(), now_ms);
    const auto made = demo.add_history(7, 2720); // a fifth of a month
    ASSERT_TRUE(made) << made.error().code;
    auto& city = *demo.founded.city;
    const storage::Statement all("all", "SELECT case_key FROM cases ORDER BY case_key", "SELECT case_key FROM cases ORDER BY case_key");
    std::vector<std::int64_t> keys;
    city.database->read([&](storage::Transaction& transaction) {
        for (const auto row : transaction.run(all)) keys.push_back(row.integer("case_key"));
    });
    ASSERT_GT(keys.size(), 2000u);
    Random random(20261120);
    for (std::size_t i = keys.size() - 1; i > 0; --i) std::swap(keys[i], keys[random.below(i + 1)]);
    keys.resize(replayed_cases);
    std::size_t steps_seen = 0, differing = 0;
    std::map<std::string, int> actions;
    city.database->read([&](storage::Transaction& transaction) {
        for (const auto key : keys) {
            const auto stored = cases::load_case(transaction, key);
            ASSERT_TRUE(stored);
            const auto steps = cases::load_steps(transaction, key, cases::load_case_media(transaction, key));
            steps_seen += steps.size();
            for (const auto& one : steps) ++actions[one.step.action];
            const auto fault = replay(city, *stored, steps);
            if (!fault.empty() && ++differing <= 5) ADD_FAILURE() << stored->case_no << " " << fault;
        }
    });
    EXPECT_EQ(differing, 0u);
    EXPECT_GT(steps_seen, 10 * replayed_cases);
    // The sample is no monoculture: the ways aside are in it.
    for (const auto* action : {"close", "rework", "ask_send_back", "confirm", "decline", "remind"}) EXPECT_GT(actions[action], 0) << action;

    // A replay that would swallow anything proves nothing: a step a minute later is another one.
    city.database->read([&](storage::Transaction& transaction) {
        for (std::size_t i = 0; i < 20; ++i) {
            auto steps = cases::load_steps(transaction, keys[i], cases::load_case_media(transaction, keys[i]));
            auto& changed = steps[i % steps.size()].step;
            changed.at_ms += 60'000;
            changed.recorded_ms += 60'000;
            EXPECT_NE(replay(city, *cases::load_case(transaction, keys[i]), steps), "");
        }
    });
    const auto report = cases::audit_cases(*city.database, *city.rules, city.identity->keys(), city.media.get());
    EXPECT_EQ(report.cases, static_cast<std::int64_t>(city.database->read([&](storage::Transaction& transaction) { return transaction.run(all).size(); })));
    for (const auto& fault : report.faults) ADD_FAILURE() << fault;
}

} // namespace demo_replay_test
