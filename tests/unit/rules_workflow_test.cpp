// The proofs over the four tables, and random walks over all of them together.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "kit/workflow_kit.hpp"

using namespace chengge;
using namespace chengge::rules;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t walk_share = 20; // a sanitizer walks a twentieth; what it looks for needs no more
#else
constexpr std::uint64_t walk_share = 1;
#endif

// Case values that are left at their defaults say nothing.
std::map<std::string, std::string> without_defaults(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::map<std::string, std::string> kept;
    for (const auto& [name, value] : fields)
        if (!value.empty() && value != "0") kept[name] = value;
    return kept;
}

void fold(std::map<std::string, std::string>& fields, const std::string& changes) {
    std::size_t at = 0;
    while (at < changes.size()) {
        const auto end = std::min(changes.find('\n', at), changes.size());
        const auto equals = changes.find('=', at);
        const auto name = changes.substr(at, equals - at);
        const auto value = changes.substr(equals + 1, end - equals - 1);
        if (value.empty() || value == "0") fields.erase(name);
        else fields[name] = value;
        at = end + 1;
    }
}

struct Walker {
    kit::SmallWorld world;
    std::map<std::string, int> acts;
    int refused = 0;
    std::string trail; // the acts of the walk at hand

    // What must hold after every step of every walk.
    void check_invariants(const Case& c, std::int64_t now_ms, bool is_thorough) {
        const auto* state = world.rules().workflow.machine("case").find_state("", c.state);
        ASSERT_NE(state, nullptr);
        std::vector<const StageClock*> open;
        for (const auto& clock : c.clocks)
            if (!clock.stopped_ms) open.push_back(&clock);
        if (!state->is_final && !state->is_paused) {
            ASSERT_FALSE(open.empty()) << c.state << " has no holder after " << trail;
        }
        std::set<Uuid> running;
        for (const auto& one : c.assignments) {
            if (one.clock_from_ms) {
                ASSERT_FALSE(state->is_final || state->is_paused);
                ASSERT_TRUE(running.insert(one.id).second);
            }
        }
        if (!is_thorough) return;
        // Whoever the inbox names can do something about it.
        for (const auto* clock : open) {
            bool can_act = false;
            for (const auto& who : world.staff()) {
                if (who.actor.organisation != clock->organisation && clock->organisation != "supervision") continue;
                if (!clock->person_id.is_nil() && clock->person_id != who.actor.person_id) continue;
                for (const auto& action : allowed_actions(world.rules(), c, world.context(who, now_ms)))
                    can_act = can_act || (action.row->machine == clock->subject_kind && action.subject_id == clock->subject_id &&
                                          action.row->code != "comment" && action.row->code != "add_photo");
            }
            ASSERT_TRUE(can_act) << "nobody can act on " << clock->stage << " of " << clock->organisation;
        }
    }

    // Somebody whose inbox the case is in; anybody when it is in none.
    const kit::Staff& holder_of(const Case& c, Random& random) const {
        std::vector<const kit::Staff*> holders;
        for (const auto& clock : c.clocks) {
            if (clock.stopped_ms) continue;
            for (const auto& who : world.staff()) {
                const bool is_role = who.actor.roles.front() == clock.role || who.actor.person_id == clock.person_id;
                if (who.actor.organisation == clock.organisation && is_role && (clock.person_id.is_nil() || clock.person_id == who.actor.person_id))
                    holders.push_back(&who);
            }
        }
        return holders.empty() ? world.staff()[random.below(world.staff().size())] : *holders[random.below(holders.size())];
    }

    void walk(std::uint64_t seed, int steps) {
        Random random(seed);
        std::int64_t now = 1'760'000'000'000 + static_cast<std::int64_t>(random.below(300) * day_ms);
        trail.clear();
        auto decision = world.report(random, now);
        Case c = decision.after;
        std::map<std::string, std::string> folded;
        const bool is_thorough = seed % 50 == 0;
        if (is_thorough) fold(folded, decision.step.changes);
        for (int i = 0; i < steps; ++i) {
            now += random.between(0, 3 * hour_ms);
            const auto& who = random.chance(0.8) ? holder_of(c, random) : world.staff()[random.below(world.staff().size())];
            const auto context = world.context(who, now);
            const auto allowed = allowed_actions(world.rules(), c, context);
            if (allowed.empty()) continue;
            // Comments would fill the walk; the work itself is what is walked.
            const auto& action = allowed[random.below(allowed.size())];
            if (action.row->style == "quiet" && random.chance(0.8)) continue;
            const auto command = world.fill(action, c, random, now, 0.05);
            const auto next = decide(world.rules(), c, command, context);
            if (!next) {
                ++refused;
                continue;
            }
            ++acts[action.row->machine + "." + action.row->code];
            trail += " " + action.row->code;
            ASSERT_EQ(next->after.version, c.version + 1);
            c = next->after;
            ASSERT_NO_FATAL_FAILURE(check_invariants(c, now, is_thorough)) << "seed " << seed;
            if (is_thorough) fold(folded, next->step.changes);
        }
        if (is_thorough) {
            ASSERT_EQ(folded, without_defaults(flatten(c))) << "seed " << seed;
        }
    }
};

} // namespace

TEST(Workflow, LoadsAndIsProved) {
    const auto rules = kit::test_rules();
    EXPECT_EQ(rules->workflow.machines.size(), 4u);
}

TEST(Workflow, AHundredThousandRandomWalksOverTheDeployedTables) {
    Walker walker{kit::SmallWorld(kit::test_rules()), {}, 0};
    for (std::uint64_t seed = 1; seed <= 60'000 / walk_share && !HasFatalFailure(); ++seed) walker.walk(seed, 60);
    if (walk_share > 1) return;
    EXPECT_GT(walker.acts["case.close"], 100);
    EXPECT_GT(walker.acts["task.check_fail"], 100);
    EXPECT_GT(walker.acts["assignment.rework_failed"], 50);
    EXPECT_GT(walker.acts["request.approve_send_back"], 100);
    EXPECT_GT(walker.refused, 1000);
    EXPECT_EQ(walker.acts.count("case.instruct"), 0u); // switched off
    for (const auto& machine : walker.world.rules().workflow.machines)
        for (const auto& action : machine.actions)
            if (action.is_enabled && action.code != "report") {
                EXPECT_GT(walker.acts[machine.name + "." + action.code], 0) << machine.name << "." << action.code << " was never walked";
            }
}

TEST(Workflow, FortyThousandRandomWalksOverAllActions) {
    Walker walker{kit::SmallWorld(kit::test_rules(true)), {}, 0};
    for (std::uint64_t seed = 1; seed <= 40'000 / walk_share && !HasFatalFailure(); ++seed) walker.walk(seed * 7919, 60);
    if (walk_share > 1) return;
    EXPECT_GT(walker.acts["request.approve_suspension"], 10);
    EXPECT_GT(walker.acts["case.reopen"], 10);
}

TEST(Workflow, ACaseDoesNotRunBackwardsWhenTheClockIsSetBack) {
    const kit::SmallWorld world(kit::test_rules(true));
    constexpr std::int64_t noon = 1'790'000'000'000, jump = 600'000;
    int steps = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Random random(seed);
        auto c = world.report(random, noon).after;
        for (int i = 0; i < 40; ++i) {
            // Forwards by ten minutes, back by twenty.
            const auto now = noon + (i % 2 == 0 ? jump : -jump) + i * 1000;
            const auto before = latest_ms(c);
            const auto& who = world.staff()[random.below(world.staff().size())];
            const auto allowed = allowed_actions(world.rules(), c, world.context(who, now));
            if (allowed.empty()) continue;
            const auto& action = allowed[random.below(allowed.size())];
            const auto decision = decide(world.rules(), c, world.fill(action, c, random, now, 0), world.context(who, now));
            if (!decision) continue;
            ++steps;
            c = decision->after;
            ASSERT_GE(decision->step.recorded_ms, before) << action.row->code;
            for (const auto& clock : c.clocks) ASSERT_GE(clock.stopped_ms.value_or(clock.started_ms), clock.started_ms) << clock.stage;
            for (const auto& one : c.assignments) ASSERT_GE(one.used_ms, 0);
        }
    }
    EXPECT_GT(steps, 200);
}
