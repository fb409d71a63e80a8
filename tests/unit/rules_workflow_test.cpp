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

// The handling clocks told again from the states alone, without a thought for how the engine keeps them: when each
// unit had to work, summed over all such times since its last new beginning.
class NaiveClocks {
public:
    explicit NaiveClocks(const Rules& rules) : rules_(rules) {}

    void follow(const Case& c, const Step& step) {
        if (step.action == "recall") now_ = before_; // as if the step had not been
        else before_ = now_;
        static const std::set<std::string> resting{"suspended", "closed", "archived", "cancelled", "declined", "not_filed", "merged"};
        static const std::set<std::string> working{"offered", "signed", "handling", "reworked"};
        for (const auto& one : c.assignments) {
            if (one.level != "unit" || one.limit_value <= 0) continue;
            auto& told = now_[one.id];
            if (one.state == "reworked" && told.state != "reworked" && rules_.workflow.settings.rework_restarts) told = {};
            told.state = one.state;
            const bool works = working.contains(one.state) && !resting.contains(c.state);
            if (works && !told.since) told.since = step.at_ms;
            if (!works && told.since) {
                told.times.emplace_back(*told.since, step.at_ms);
                told.since.reset();
            }
        }
    }

    // What is charged by now; an extension may have cut a running time in two.
    void compare(const Case& c, std::int64_t now_ms) const {
        for (const auto& one : c.assignments) {
            if (one.level != "unit" || one.limit_value <= 0 || one.state == "recalled") continue;
            const auto& told = now_.at(one.id);
            const Limit limit{one.limit_value, *parse_limit_unit(one.limit_unit)};
            std::int64_t used = told.since ? rules_.calendar.elapsed_ms(limit, *told.since, now_ms) : 0;
            for (const auto& [from, to] : told.times) used += rules_.calendar.elapsed_ms(limit, from, to);
            const auto charged = one.used_ms + (one.clock_from_ms ? rules_.calendar.elapsed_ms(limit, *one.clock_from_ms, now_ms) : 0);
            ASSERT_EQ(charged, used) << one.organisation << " " << one.state;
            ASSERT_EQ(one.clock_from_ms.has_value(), told.since.has_value()) << one.organisation << " " << one.state;
        }
    }

private:
    struct Told {
        std::string state;
        MaybeMs since;
        std::vector<std::pair<std::int64_t, std::int64_t>> times;
    };
    const Rules& rules_;
    std::map<Uuid, Told> now_, before_;
};

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
        NaiveClocks clocks(world.rules());
        std::optional<Case> previous;
        std::optional<LastStep> last;
        const bool is_thorough = seed % 50 == 0;
        if (is_thorough) fold(folded, decision.step.changes);
        std::vector<std::string> changes{decision.step.changes};
        for (int i = 0; i < steps; ++i) {
            now += random.between(0, 3 * hour_ms);
            if (c.suspended_until_ms && random.chance(0.3)) now = std::max(now, *c.suspended_until_ms + random.between(0, day_ms));
            const bool waits_for_platform = (c.suspended_until_ms || c.state == "self_handled") && random.chance(0.3);
            const auto& who = waits_for_platform ? world.staff().back() : random.chance(0.8) ? holder_of(c, random) : world.staff()[random.below(world.staff().size())];
            auto context = world.context(who, now);
            context.last = last;
            context.previous = previous;
            if (random.chance(0.05)) context.ledgers = {{"extension", {100, 10}}, {"cancel", {100, 10}}};
            const auto allowed = allowed_actions(world.rules(), c, context);
            if (allowed.empty()) continue;
            // Comments would fill the walk; the work itself is what is walked.
            const auto& action = allowed[random.below(allowed.size())];
            if (action.row->style == "quiet" && random.chance(0.8)) continue;
            if (action.row->style == "danger" && random.chance(0.85)) continue;
            const auto command = world.fill(action, c, random, now, 0.05);
            const auto next = decide(world.rules(), c, command, context);
            if (!next) {
                ++refused;
                continue;
            }
            ++acts[action.row->machine + "." + action.row->code];
            trail += " " + action.row->code;
            ASSERT_EQ(next->after.version, c.version + 1);
            previous = std::move(c);
            last = LastStep{next->step.seq, next->step.action, next->step.subject_kind, next->step.actor_id, next->step.at_ms, random.chance(0.2)};
            c = next->after;
            ASSERT_NO_FATAL_FAILURE(check_invariants(c, now, is_thorough)) << "seed " << seed << " after" << trail;
            clocks.follow(c, next->step);
            ASSERT_NO_FATAL_FAILURE(clocks.compare(c, next->step.at_ms)) << "seed " << seed << " after" << trail;
            if (is_thorough) fold(folded, next->step.changes);
            changes.push_back(next->step.changes);
        }
        if (is_thorough) {
            ASSERT_EQ(folded, without_defaults(flatten(c))) << "seed " << seed;
            ASSERT_EQ(flatten(case_of_changes(changes)), flatten(c)) << "seed " << seed;
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
    for (std::uint64_t seed = 1; seed <= 60'000 / walk_share && !HasFatalFailure(); ++seed) walker.walk(seed, 90);
    if (walk_share > 1) return;
    EXPECT_GT(walker.acts["case.close"], 100);
    EXPECT_GT(walker.acts["task.check_fail"], 100);
    EXPECT_GT(walker.acts["assignment.rework_failed"], 50);
    EXPECT_GT(walker.acts["request.approve_send_back"], 100);
    EXPECT_GT(walker.refused, 1000);
    for (const auto& machine : walker.world.rules().workflow.machines)
        for (const auto& action : machine.actions)
            if (action.is_enabled && !action.code.starts_with("report") && !action.code.starts_with("check_by_")) {
                EXPECT_GT(walker.acts[machine.name + "." + action.code], 0) << machine.name << "." << action.code << " was never walked";
            }
}

TEST(Workflow, FortyThousandRandomWalksOverAllActions) {
    Walker walker{kit::SmallWorld(kit::test_rules(true)), {}, 0};
    for (std::uint64_t seed = 1; seed <= 40'000 / walk_share && !HasFatalFailure(); ++seed) walker.walk(seed * 7919, 90);
    if (walk_share > 1) return;
    EXPECT_GT(walker.acts["request.approve_suspension"], 10);
    EXPECT_GT(walker.acts["case.reopen"], 10);
    for (const auto* method : {"photo", "video", "reporter"}) EXPECT_GT(walker.acts[std::string("case.check_by_") + method], 0) << method;
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
