// The proofs over the four tables, and random walks over all of them together.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "kit/workflow_kit.hpp"

namespace rules_workflow_test {

using namespace chengge;
using namespace chengge::rules;

namespace {

#if !defined(__has_feature)
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer)
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

    // `mode`: the 三防 mode that the city has had so far.
    void follow(const Case& c, const Step& step, const std::optional<StandingHold>& mode) {
        if (step.action == "recall") now_ = before_; // as if the step had not been
        else before_ = now_;
        if (step.action == "approve_extension") cut(find_request(c, step.subject_id)->assignment_id, step.at_ms);
        static const std::set<std::string> over{"closed", "archived", "cancelled", "declined", "not_filed", "merged"};
        // What ends a case that the mode covers takes the mode up first.
        stand_still(c, mode, mode && over.contains(c.state) && mode->is_on(step.at_ms) && mode->covers(c));
        static const std::set<std::string> resting{"suspended", "closed", "archived", "cancelled", "declined", "not_filed", "merged"};
        static const std::set<std::string> working{"offered", "signed", "handling", "reworked"};
        const bool is_still = is_held(c, "handle");
        for (const auto& one : c.assignments) {
            if (one.level != "unit" || one.limit_value <= 0) continue;
            auto& told = now_.parts[one.id];
            if (one.state == "reworked" && told.state != "reworked" && rules_.workflow.settings.rework_restarts) told = {};
            told.state = one.state;
            const bool works = working.contains(one.state) && !resting.contains(c.state);
            told.works = works;
            if (works && !is_still && !told.since) told.since = step.at_ms;
            if (!works && told.since) {
                told.times.emplace_back(*told.since, step.at_ms);
                told.since.reset();
            }
        }
        now_.stages.resize(c.clocks.size());
        for (std::size_t i = 0; i < c.clocks.size(); ++i) {
            // A merge that is undone takes up a clock that may have stood still; what held it may be over.
            if (auto& told = now_.stages[i]; told.since && !c.clocks[i].stopped_ms && !now_.held) {
                told.times.emplace_back(*told.since, step.at_ms);
                told.since.reset();
            }
            // What takes the mode up may end the case at once (a merge): that clock stood still, should it be taken up again.
            const auto& clock = c.clocks[i];
            const bool stands = clock.stopped_ms ? clock.held_ms.has_value() : now_.held && clock.subject_kind != "request" && is_held(c, clock.stage);
            if (auto& told = now_.stages[i]; stands && !told.since) told.since = std::max(mode->from_ms, clock.started_ms);
        }
    }

    // What is charged by now; an extension may have cut a running time in two.
    void compare(const Case& c, std::int64_t now_ms) const {
        for (const auto& one : c.assignments) {
            if (one.level != "unit" || one.limit_value <= 0 || one.state == "recalled") continue;
            const auto& told = now_.parts.at(one.id);
            const Limit limit{one.limit_value, *parse_limit_unit(one.limit_unit)};
            std::int64_t used = told.since ? rules_.calendar.elapsed_ms(limit, *told.since, now_ms) : 0;
            for (const auto& [from, to] : told.times) used += rules_.calendar.elapsed_ms(limit, from, to);
            const auto charged = one.used_ms + (one.clock_from_ms ? rules_.calendar.elapsed_ms(limit, *one.clock_from_ms, now_ms) : 0);
            ASSERT_EQ(charged, used) << one.organisation << " " << one.state;
            ASSERT_EQ(one.clock_from_ms.has_value(), told.since.has_value()) << one.organisation << " " << one.state;
            // Whoever is in time and stands still is not late, whatever the day.
            if (is_held(c, "handle") && told.works && charged < Calendar::length_ms(limit) * (1 + one.extension_count)) {
                ASSERT_FALSE(one.deadline_ms) << one.organisation;
            }
        }
        for (std::size_t i = 0; i < c.clocks.size(); ++i) compare_stage(c, i, now_ms);
    }

private:
    struct Told {
        std::string state;
        bool works = false;
        MaybeMs since; // of a stage: since when it stands still
        std::vector<std::pair<std::int64_t, std::int64_t>> times;
    };
    struct World {
        bool held = false;
        std::map<Uuid, Told> parts;
        std::vector<Told> stages; // as the case's clocks
    };

    void cut(const Uuid& part, std::int64_t at_ms) {
        auto& told = now_.parts[part];
        if (!told.since) return;
        told.times.emplace_back(*told.since, at_ms);
        told.since = at_ms;
    }

    // The mode begins for the case, or is over for it: each as of its own moment.
    void stand_still(const Case& c, const std::optional<StandingHold>& mode, bool ends_within) {
        const bool is_held_now = !c.hold_decision.empty();
        const bool has_ended = now_.held && mode->until_ms;
        if (!now_.held && mode && (is_held_now || ends_within) && contains_handle(*mode))
            for (auto& [id, told] : now_.parts) {
                if (!told.since) continue;
                told.times.emplace_back(*told.since, std::max(*told.since, mode->from_ms));
                told.since.reset();
            }
        if (has_ended) {
            for (auto& [id, told] : now_.parts)
                if (told.works && !told.since) told.since = *mode->until_ms;
            for (auto& told : now_.stages)
                if (told.since) {
                    told.times.emplace_back(*told.since, std::max(*told.since, *mode->until_ms));
                    told.since.reset();
                }
        }
        now_.held = is_held_now;
    }
    static bool contains_handle(const StandingHold& mode) { return std::find(mode.stages.begin(), mode.stages.end(), "handle") != mode.stages.end(); }

    // What is left of a stage's limit is the limit less the time that it ran.
    void compare_stage(const Case& c, std::size_t i, std::int64_t now_ms) const {
        const auto& clock = c.clocks[i];
        const auto limit = rules_.stage_limits.find(clock.stage);
        if (clock.stopped_ms || limit == rules_.stage_limits.end()) return;
        const auto& told = now_.stages[i];
        ASSERT_EQ(clock.held_ms, told.since) << clock.stage;
        if (told.since) {
            ASSERT_FALSE(clock.deadline_ms || clock.yellow_ms) << clock.stage;
            return;
        }
        auto charged = rules_.calendar.elapsed_ms(limit->second, clock.started_ms, now_ms);
        for (const auto& [from, to] : told.times) charged -= rules_.calendar.elapsed_ms(limit->second, from, to);
        ASSERT_TRUE(clock.deadline_ms) << clock.stage;
        const auto left = Calendar::length_ms(limit->second) - charged;
        if (left > 0) {
            ASSERT_EQ(rules_.calendar.elapsed_ms(limit->second, now_ms, *clock.deadline_ms), left) << clock.stage;
        } else {
            ASSERT_LE(*clock.deadline_ms, now_ms) << clock.stage;
        }
    }

    const Rules& rules_;
    World now_, before_;
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
                ASSERT_FALSE(is_held(c, "handle")) << "a clock runs that stands still, after " << trail;
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

    // A 三防 mode that begins, perhaps a while ago, and ends in the course of a walk.
    struct Weather {
        std::optional<StandingHold> mode;
        int from_step, until_step;
        Weather(Random& random, int steps) : from_step(static_cast<int>(random.below(static_cast<std::uint64_t>(steps)))), until_step(from_step + 1 + static_cast<int>(random.below(40))) {
            if (random.chance(0.4)) from_step = until_step = -1;
        }
        void pass(Random& random, int step, std::int64_t now_ms) {
            if (step == from_step) {
                mode = StandingHold{"SF-1", {}, {}, {}, now_ms - random.between(0, 3 * hour_ms), std::nullopt};
                for (const auto* stage : {"handle", "sign", "city_dispatch", "district_dispatch", "review", "gate", "send_check", "check", "close", "verify", "accept"})
                    if (random.chance(0.7)) mode->stages.emplace_back(stage);
                if (mode->stages.empty()) mode->stages = {"handle"};
                if (random.chance(0.4)) mode->classes = {"2026/event/", "2026/component/01"};
            }
            if (step == until_step) mode->until_ms = now_ms;
        }
    };

    // What a decision over many cases asks of this one; nothing when none does.
    std::optional<Command> bulk_command(const Weather& weather, Random& random, std::int64_t now_ms) const {
        Command command;
        command.step_id = make_uuid(now_ms, random);
        command.bulk = BulkAct{"JG-1", {}, {}};
        if (weather.mode && random.chance(0.3)) {
            command.action = weather.mode->until_ms ? "release_clocks" : "hold_clocks";
            command.bulk->decision = weather.mode->decision;
            return command;
        }
        if (random.chance(0.02)) {
            command.action = "exclude_case";
            return command;
        }
        if (!random.chance(0.06)) return std::nullopt;
        static const std::pair<const char*, const char*> moves[] = {{"d1-sanitation", "d1-street"}, {"d2-street", "d2-sanitation"}, {"d2", "d1"}, {"power", "housing"}, {"d1-street", "power"}};
        const auto& [from, to] = moves[random.below(std::size(moves))];
        command.action = "move_units";
        for (const auto& one : world.staff()) {
            if (one.actor.organisation == to) command.bulk->moves = {{from, world.receiver_of(one, false)}};
            if (one.actor.organisation == from) command.bulk->unnamed.push_back(one.actor.person_id);
        }
        return command;
    }

    // A move is not a new limit, and nothing is left with who has gone.
    static void check_move(const Case& before, const Case& after, const std::string& from) {
        ASSERT_EQ(before.clocks.size(), after.clocks.size());
        for (std::size_t i = 0; i < after.clocks.size(); ++i) {
            auto clock = before.clocks[i];
            clock.organisation = after.clocks[i].organisation;
            clock.person_id = after.clocks[i].person_id;
            ASSERT_EQ(clock, after.clocks[i]) << clock.stage;
            ASSERT_TRUE(clock.stopped_ms || clock.organisation != from) << clock.stage;
        }
        ASSERT_EQ(before.assignments.size(), after.assignments.size());
        for (std::size_t i = 0; i < after.assignments.size(); ++i) {
            ASSERT_EQ(before.assignments[i].clock_from_ms, after.assignments[i].clock_from_ms);
            ASSERT_EQ(before.assignments[i].deadline_ms, after.assignments[i].deadline_ms);
            ASSERT_EQ(before.assignments[i].used_ms, after.assignments[i].used_ms);
        }
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
        Weather weather(random, steps);
        clocks.follow(c, decision.step, weather.mode);
        for (int i = 0; i < steps; ++i) {
            now += random.between(0, 3 * hour_ms);
            if (c.suspended_until_ms && random.chance(0.3)) now = std::max(now, *c.suspended_until_ms + random.between(0, day_ms));
            weather.pass(random, i, now);
            const auto bulk = bulk_command(weather, random, now);
            const bool waits_for_platform = (c.suspended_until_ms || c.state == "self_handled") && random.chance(0.3);
            const auto& who = waits_for_platform || bulk ? world.staff().back() : random.chance(0.8) ? holder_of(c, random) : world.staff()[random.below(world.staff().size())];
            auto context = world.context(who, now);
            context.last = last;
            context.previous = previous;
            if (weather.mode) context.holds = {*weather.mode};
            if (random.chance(0.05)) context.ledgers = {{"extension", {100, 10}}, {"cancel", {100, 10}}};
            Command command;
            if (bulk) {
                command = *bulk;
            } else {
                const auto allowed = allowed_actions(world.rules(), c, context);
                if (allowed.empty()) continue;
                // Comments would fill the walk; the work itself is what is walked.
                const auto& action = allowed[random.below(allowed.size())];
                if (action.row->style == "quiet" && random.chance(0.8)) continue;
                if (action.row->style == "danger" && random.chance(0.85)) continue;
                command = world.fill(action, c, random, now, 0.05);
            }
            const auto next = decide(world.rules(), c, command, context);
            if (!next) {
                refused += !bulk;
                continue;
            }
            ++acts[next->row->machine + "." + next->row->code];
            trail += " " + next->row->code;
            ASSERT_EQ(next->after.version, c.version + 1);
            const bool is_plain_move = command.action == "move_units" && c.hold_decision == next->after.hold_decision; // nothing else was due
            if (is_plain_move) {
                ASSERT_NO_FATAL_FAILURE(check_move(c, next->after, command.bulk->moves.front().from)) << "seed " << seed << " after" << trail;
            }
            previous = std::move(c);
            last = LastStep{next->step.seq, next->step.action, next->step.subject_kind, next->step.actor_id, next->step.at_ms, random.chance(0.2)};
            c = next->after;
            ASSERT_NO_FATAL_FAILURE(check_invariants(c, now, is_thorough)) << "seed " << seed << " after" << trail;
            clocks.follow(c, next->step, weather.mode);
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
    for (const auto* action : {"move_units", "hold_clocks", "release_clocks", "exclude_case"}) EXPECT_GT(walker.acts[std::string("case.") + action], 1000) << action;
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

TEST(Workflow, DecisionsOverManyCasesNeedNoTable) {
    auto bare = std::make_shared<Rules>(*kit::test_rules());
    for (auto& machine : bare->workflow.machines) machine.actions.clear(); // a version that knows no act at all
    const kit::SmallWorld world(kit::test_rules());
    constexpr std::int64_t noon = 1'790'000'000'000;
    Random random(3);
    auto c = world.report(random, noon).after;
    c.state = "dispatched";
    c.filing_row = "2026-event-06010-1";
    c.assignments.push_back({.id = make_uuid(noon, random), .parent_id = {}, .level = "unit", .part = "lead", .state = "offered", .organisation = "power", .issuer = "city", .person_id = {}, .limit_value = 4, .limit_unit = "working_hour", .offered_ms = noon});
    c.clocks.back().stopped_ms = noon;
    c.clocks.push_back({.stage = "sign", .subject_kind = "assignment", .subject_id = c.assignments.back().id, .organisation = "power", .role = "department_manager", .person_id = {}, .started_ms = noon});
    auto context = world.context(world.staff().back(), noon + hour_ms);
    const auto housing = std::find_if(world.staff().begin(), world.staff().end(), [](const kit::Staff& one) { return one.actor.organisation == "housing"; });
    Command command;
    command.step_id = make_uuid(noon, random);
    command.action = "move_units";
    command.bulk = BulkAct{"机构调整〔2026〕1号", {{"power", world.receiver_of(*housing, false)}}, {}};
    const auto moved = decide(*bare, c, command, context);
    ASSERT_TRUE(moved) << moved.error().code;
    EXPECT_EQ(moved->after.assignments.back().organisation, "housing");
    EXPECT_EQ(moved->after.clocks.back().organisation, "housing");
    // Nobody but the platform, and not where there is nothing to do.
    EXPECT_EQ(decide(*bare, c, command, world.context(*housing, noon)).error().code, "action_not_allowed");
    EXPECT_EQ(decide(*bare, moved->after, command, context).error().code, "nothing_to_do");
    context.holds = {{"三防〔2026〕1号", {"handle", "sign"}, {}, {}, noon + hour_ms, std::nullopt}};
    command.action = "hold_clocks";
    command.bulk->decision = "三防〔2026〕1号";
    const auto held = decide(*bare, moved->after, command, context);
    ASSERT_TRUE(held) << held.error().code;
    EXPECT_FALSE(held->after.assignments.back().clock_from_ms);
    EXPECT_EQ(decide(*bare, held->after, command, context).error().code, "nothing_to_do");
    // A closed case is not stopped any more, and is excluded all the same.
    auto closed = held->after;
    closed.state = "closed";
    command.action = "exclude_case";
    const auto excluded = decide(*bare, closed, command, context);
    ASSERT_TRUE(excluded) << excluded.error().code;
    EXPECT_EQ(excluded->after.assignments.back().is_excluded, 1);
    EXPECT_EQ(decide(*bare, excluded->after, command, context).error().code, "nothing_to_do");
}

} // namespace rules_workflow_test
