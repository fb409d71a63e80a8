// Agents on a timetable: each acts, then says when it will act again; the city's hours decide who is
// there and how much is found.
#include <cmath>
#include <condition_variable>
#include <queue>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "base/time.hpp"
#include "mix/case_mix.hpp"
#include "simulation/agents.hpp"
#include "simulation/report.hpp"
#include "simulation/simulation.hpp"

namespace chengge::simulation {

namespace {

// How long somebody needs for one thing, and how often they look when there is nothing; minutes.
struct Pace {
    double work = 3, look = 10;
};

Pace pace_of(const std::string& role) {
    if (role == "intake_operator") return {2, 3};
    if (role == "shift_leader") return {1, 3};
    if (role == "dispatcher") return {2, 4};
    if (role == "department_manager") return {5, 20};
    if (role == "handler") return {10, 30};
    if (role == "commander") return {60, 60};
    return {12, 15}; // collectors and inspectors on their way
}

// Whether somebody is at work: the centre day and night in three shifts, dispatchers and collectors by
// day, departments in office hours.
bool is_there(const Agent& agent, std::int64_t now_ms, const rules::Calendar& calendar) {
    const auto date = city_date(now_ms);
    const auto hour = (now_ms - city_midnight_ms(date)) / hour_ms;
    if (agent.role == "intake_operator" || agent.role == "shift_leader") return hour / 8 == agent.shift || (hour >= 8 && hour < 20 && agent.shift != 0);
    if (agent.role == "dispatcher" || agent.role == "collector" || agent.role == "inspector") return hour >= 7 && hour < 20;
    if (agent.role == "handler") return hour >= 7 && hour < 19;
    return calendar.is_workday(date) && hour >= 8 && hour < 18;
}

class Day {
public:
    Day(const SimulationOptions& options, std::shared_ptr<const rules::Rules> rules) : options_(options), random_(options.seed) {
        Api api(options.server, tally_);
        agents_ = sign_in_all(api, options.seed);
        if (agents_.empty()) throw std::runtime_error("nobody could sign in");
        world_ = look_around(api, agents_.front(), std::move(rules));
        const auto server_now = parse_instant(api.get("/api/v1/demo", agents_.front().token).text("now"));
        if (!server_now) throw std::runtime_error("the server does not say what time it is");
        from_ms_ = *server_now;
        began_ms_ = steady_ms();
        next_find_ms_ = from_ms_;
        (void)tally_.take(); // signing in is not part of the day
    }

    json::object run() {
        for (std::size_t i = 0; i < agents_.size(); ++i) plan(i, pace_of(agents_[i].role).look * agents_[i].random.unit());
        plan(arrivals, 0);
        plan(hourly, 60);
        std::vector<std::jthread> workers;
        for (int i = 0; i < options_.connections; ++i) workers.emplace_back([this] { work(); });
        workers.clear(); // waits for all
        check_clock();
        auto result = to_json(tally_.values());
        result["days"] = options_.days;
        result["speed"] = options_.speed;
        result["people"] = agents_.size();
        result["found"] = found_;
        result["finds_waiting"] = on_the_round_ + on_the_phone_;
        return result;
    }

private:
    // Two entries of the timetable are no agents.
    static constexpr std::size_t arrivals = static_cast<std::size_t>(-1), hourly = static_cast<std::size_t>(-2);
    struct Entry {
        double due_ms; // of the steady clock
        std::size_t who;
        bool operator<(const Entry& other) const { return due_ms > other.due_ms; }
    };

    std::int64_t now_ms() const { return from_ms_ + static_cast<std::int64_t>((steady_ms() - began_ms_) * options_.speed); }
    double ends_ms() const { return began_ms_ + options_.days * static_cast<double>(day_ms) / options_.speed; }

    void plan(std::size_t who, double minutes) {
        const std::lock_guard lock(mutex_);
        timetable_.push({steady_ms() + minutes * static_cast<double>(minute_ms) / options_.speed, who});
        changed_.notify_one();
    }

    void work() {
        Api api(options_.server, tally_);
        Behaviour behaviour(world_, api, tally_);
        std::unique_lock lock(mutex_);
        while (steady_ms() < ends_ms()) {
            if (timetable_.empty() || timetable_.top().due_ms > steady_ms()) {
                const auto until = timetable_.empty() ? ends_ms() : std::min(timetable_.top().due_ms, ends_ms());
                changed_.wait_for(lock, std::chrono::duration<double, std::milli>(std::max(until - steady_ms(), 0.1)));
                continue;
            }
            const auto who = timetable_.top().who;
            timetable_.pop();
            lock.unlock();
            if (who == arrivals) plan(who, arrive());
            else if (who == hourly) plan(who, tell());
            else plan(who, act(behaviour, agents_[who]));
            lock.lock();
        }
        changed_.notify_all();
    }

    // Minutes until the agent acts again. An agent is in the timetable once, so nobody else has it now.
    double act(Behaviour& behaviour, Agent& agent) {
        const auto now = now_ms();
        const auto pace = pace_of(agent.role);
        if (!is_there(agent, now, world_.rules->calendar)) return 20 + 20 * agent.random.unit();
        bool has_worked = false;
        if (take_find(agent)) has_worked = behaviour.report(agent);
        else if (agent.role == "commander") behaviour.look_after_late(agent);
        else has_worked = behaviour.work(agent, now);
        const auto mean = has_worked ? pace.work : pace.look;
        return std::max(0.2, -std::log(1 - agent.random.unit()) * mean);
    }

    // A find waits for the next collector or operator who has a hand free.
    bool take_find(const Agent& agent) {
        if (agent.role != "collector" && agent.role != "intake_operator") return false;
        const std::lock_guard lock(finds_mutex_);
        auto& waiting = agent.role == "collector" ? on_the_round_ : on_the_phone_;
        if (waiting == 0) return false;
        --waiting;
        return true;
    }

    // Finds come when they come, however late the timetable is: all that were due by now.
    double arrive() {
        const auto now = now_ms();
        double whole_day = 0;
        for (int i = 0; i < 24; ++i) whole_day += mix::share_of_hour(i);
        const std::lock_guard lock(finds_mutex_);
        for (; next_find_ms_ <= now; ++found_) {
            const auto date = city_date(next_find_ms_);
            const auto hour = static_cast<int>((next_find_ms_ - city_midnight_ms(date)) / hour_ms);
            const auto an_hour = options_.finds_per_day * mix::share_of_hour(hour) / whole_day * mix::share_of_day(world_.rules->calendar.is_workday(date));
            (mix::draw_source(random_) == "collector" ? on_the_round_ : on_the_phone_) += 1;
            next_find_ms_ += static_cast<std::int64_t>(std::min(60.0, -std::log(1 - random_.unit()) * 60 / std::max(an_hour, 0.1)) * static_cast<double>(minute_ms));
        }
        return static_cast<double>(next_find_ms_ - now) / static_cast<double>(minute_ms);
    }

    double tell() {
        const auto values = tally_.values();
        const auto count = [&](const char* name) { return values.counts.contains(name) ? values.counts.at(name) : 0; };
        std::int64_t acts = 0;
        for (const auto& [name, number] : values.counts) acts += number;
        std::int64_t waiting = 0, found = 0;
        {
            const std::lock_guard lock(finds_mutex_);
            waiting = on_the_round_ + on_the_phone_;
            found = found_;
        }
        std::printf("%s  found %lld  reported %lld  dispatched %lld  closed %lld  acts %lld  finds waiting %lld\n", format_rfc3339(now_ms()).substr(0, 16).c_str(), static_cast<long long>(found), static_cast<long long>(count("report")),
                    static_cast<long long>(count("dispatch")), static_cast<long long>(count("close")), static_cast<long long>(acts), static_cast<long long>(waiting));
        std::fflush(stdout);
        return 60;
    }

    // The stamps are the server's: a clock of another speed makes other days than were meant.
    void check_clock() {
        Api api(options_.server, tally_);
        const auto server_now = parse_instant(api.get("/api/v1/demo", agents_.front().token).text("now"));
        if (!server_now) return;
        const auto passed = static_cast<double>(*server_now - from_ms_), meant = static_cast<double>(now_ms() - from_ms_);
        if (std::abs(passed - meant) > 0.1 * meant + 60'000)
            std::fprintf(stderr, "the server's clock ran %.1f times as fast as this simulation meant; serve with --clock %gx\n", passed / std::max(meant, 1.0), options_.speed);
    }

    const SimulationOptions options_;
    Tally tally_;
    World world_;
    std::vector<Agent> agents_;
    Random random_; // of arrivals; used by the one worker that has that entry
    std::int64_t from_ms_ = 0;
    double began_ms_ = 0;
    std::mutex mutex_; // of the timetable
    std::condition_variable changed_;
    std::priority_queue<Entry> timetable_;
    std::mutex finds_mutex_;
    std::int64_t on_the_round_ = 0, on_the_phone_ = 0, found_ = 0, next_find_ms_ = 0;
};

} // namespace

json::object simulate(const SimulationOptions& options, std::shared_ptr<const rules::Rules> rules) {
    Day day(options, std::move(rules));
    return day.run();
}

} // namespace chengge::simulation
