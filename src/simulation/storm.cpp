// Reports on a fixed timetable beside desks and screens; what the server does about too many of them.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <stdexcept>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "simulation/agents.hpp"
#include "simulation/listeners.hpp"
#include "simulation/report.hpp"
#include "simulation/simulation.hpp"

namespace chengge::simulation {

namespace {

constexpr double slow_read_ms = 50; // above that reading is not quick again
constexpr std::size_t queue_max = 200'000;

// Resident memory of the server by its own metrics, MB; 0 when it does not say.
double memory_of(Api& api) {
    const auto text = api.get("/metrics", "").raw;
    constexpr std::string_view name = "\nchengge_process_resident_memory_bytes ";
    const auto at = text.find(name);
    return at == std::string::npos ? 0 : std::atof(text.c_str() + at + name.size()) / 1e6;
}

class Storm {
public:
    Storm(const StormOptions& options, std::shared_ptr<const rules::Rules> rules) : options_(options) {
        Api api(options.server, tally_);
        staff_ = sign_in_all(api, options.seed);
        for (const auto& agent : staff_)
            if (agent.role == "collector") reporters_.push_back(agent);
        if (reporters_.empty()) throw std::runtime_error("nobody may report");
        world_ = look_around(api, staff_.front(), std::move(rules));
        world_.photo_share = options.photo_share;
    }

    json::object run() {
        Api api(options_.server, own_);
        std::vector<std::string> tokens;
        const auto place = [&](int i) { return staff_[static_cast<std::size_t>(i) % staff_.size()]; };
        for (int i = 0; i < options_.desks + options_.screens; ++i) tokens.push_back(place(i).token);
        const Listeners listeners(options_.server, tokens);
        const auto memory_before = memory_of(api);
        (void)tally_.take();
        // Looked at beside the timetable: reports must not wait for the answer.
        const std::jthread watch([this](std::stop_token stop) {
            Api own(options_.server, own_);
            while (!stop.stop_requested()) {
                const auto memory = memory_of(own);
                if (memory > peak_memory_mb_) peak_memory_mb_ = memory;
                for (int i = 0; i < 20 && !stop.stop_requested(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
            }
        });

        std::vector<std::jthread> people;
        for (int i = 0; i < options_.desks; ++i) people.emplace_back([this, i, agent = place(i)](std::stop_token stop) mutable { sit_at_desk(stop, agent, i); });
        for (int i = 0; i < options_.screens; ++i) people.emplace_back([this, agent = place(i)](std::stop_token stop) mutable { watch_screen(stop, agent); });
        std::vector<std::jthread> senders;
        for (int i = 0; i < options_.senders; ++i) senders.emplace_back([this, i](std::stop_token stop) { send(stop, static_cast<std::uint64_t>(i)); });

        json::object result{{"reports_per_second", options_.reports_per_second}, {"desks", options_.desks}, {"screens", options_.screens}, {"senders", options_.senders}};
        result["storm"] = phase("storm", options_.reports_per_second, options_.seconds);
        result["memory_before_mb"] = memory_before;
        const auto memory_storm = memory_of(api);
        result["memory_storm_mb"] = memory_storm;
        if (options_.overload_seconds > 0) {
            result["overload"] = phase("overload", options_.reports_per_second * options_.overload, options_.overload_seconds);
            result["memory_overload_mb"] = peak_memory_mb_.load();
            result["recovered_after_s"] = recover();
        }
        result["stream_entries"] = listeners.entries();
        result["streams_open"] = listeners.open_count();
        result["streams_lost"] = listeners.lost();
        for (auto& one : people) one.request_stop();
        for (auto& one : senders) one.request_stop();
        waiting_changed_.notify_all();
        people.clear();
        senders.clear();
        check_accepted(result);
        return result;
    }

private:
    // Asks for every report that the server has said yes to, of both phases.
    void check_accepted(json::object& result) {
        const auto ids = tally_.accepted();
        const auto reader = std::ranges::find(staff_, "shift_leader", &Agent::role);
        if (reader == staff_.end()) throw std::runtime_error("nobody may see every case");
        std::atomic<std::size_t> next{0};
        std::atomic<std::int64_t> missing{0};
        {
            std::vector<std::jthread> askers;
            for (int i = 0; i < 4; ++i)
                askers.emplace_back([&] {
                    Api api(options_.server, own_);
                    for (auto at = next++; at < ids.size(); at = next++) {
                        auto reply = api.get("/api/v1/cases/" + ids[at], reader->token);
                        // Shed is not lost.
                        for (int tries = 0; !reply.is_good() && reply.status != 404 && tries < 20; ++tries) {
                            std::this_thread::sleep_for(std::chrono::milliseconds(500));
                            reply = api.get("/api/v1/cases/" + ids[at], reader->token);
                        }
                        missing += !reply.is_good();
                    }
                });
        }
        result["accepted"] = ids.size();
        result["accepted_missing"] = missing.load();
    }

    json::object phase(const char* name, double rate, double seconds) {
        const auto begin = steady_ms();
        double due = begin;
        Random random(options_.seed + 99);
        std::int64_t asked = 0;
        while (due < begin + seconds * 1000) {
            const auto wait = due - steady_ms();
            if (wait > 0) std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(wait));
            {
                const std::lock_guard lock(mutex_);
                if (waiting_.size() < queue_max) waiting_.push_back(due);
            }
            waiting_changed_.notify_one();
            ++asked;
            due += -std::log(1 - random.unit()) * 1000 / rate;
        }
        const auto values = tally_.take();
        std::printf("%s: %.0f s, %.0f reports a second asked\n%s", name, seconds, rate, describe(values).c_str());
        std::fflush(stdout);
        auto object = to_json(values);
        object["asked"] = asked;
        object["seconds"] = seconds;
        return object;
    }

    // Seconds until ten reads in a row are quick while the storm's own pace goes on; what still waits in
    // the senders' hands from the overload is given up, as people would.
    double recover() {
        {
            const std::lock_guard lock(mutex_);
            waiting_.clear();
        }
        const auto begin = steady_ms();
        Api api(options_.server, own_);
        for (int quick = 0; quick < 10 && steady_ms() < begin + 120'000;) {
            const auto from = steady_ms();
            const auto reply = api.get("/api/v1/inbox?limit=20", staff_.front().token);
            quick = reply.is_good() && steady_ms() - from < slow_read_ms ? quick + 1 : 0;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return (steady_ms() - begin) / 1000;
    }

    void send(std::stop_token stop, std::uint64_t number) {
        Api api(options_.server, tally_);
        Behaviour behaviour(world_, api, tally_);
        Random random(options_.seed * 31 + number);
        while (!stop.stop_requested()) {
            double due = 0;
            {
                std::unique_lock lock(mutex_);
                waiting_changed_.wait(lock, [&] { return !waiting_.empty() || stop.stop_requested(); });
                if (stop.stop_requested()) return;
                due = waiting_.front();
                waiting_.pop_front();
            }
            auto agent = reporters_[random.below(reporters_.size())];
            agent.random = Random(random.next());
            behaviour.report(agent, due);
        }
    }

    void sit_at_desk(std::stop_token stop, Agent& agent, int number) {
        Api api(options_.server, tally_);
        Behaviour behaviour(world_, api, tally_);
        agent.random = Random(options_.seed * 1009 + static_cast<std::uint64_t>(number));
        pause(stop, agent, options_.think_seconds); // not all at once
        while (!stop.stop_requested()) {
            if (agent.random.chance(0.6)) behaviour.browse(agent);
            else behaviour.work(agent, SystemClock().now_ms());
            pause(stop, agent, options_.think_seconds);
        }
    }

    void watch_screen(std::stop_token stop, Agent& agent) {
        Api api(options_.server, tally_);
        while (!stop.stop_requested()) {
            api.get("/api/v1/cases?limit=50&order=newest", agent.token);
            api.get("/api/v1/inbox?limit=1", agent.token);
            pause(stop, agent, 5);
        }
    }

    void pause(std::stop_token stop, Agent& agent, double mean_seconds) {
        const auto until = steady_ms() - std::log(1 - agent.random.unit()) * mean_seconds * 1000;
        while (!stop.stop_requested() && steady_ms() < until) std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(std::min(100.0, std::max(until - steady_ms(), 0.0))));
    }

    const StormOptions options_;
    Tally tally_, own_;
    std::vector<Agent> staff_, reporters_;
    World world_;
    std::mutex mutex_;
    std::condition_variable waiting_changed_;
    std::deque<double> waiting_; // when each report was due
    std::atomic<double> peak_memory_mb_ = 0;
};

} // namespace

json::object storm(const StormOptions& options, std::shared_ptr<const rules::Rules> rules) {
    Storm storm(options, std::move(rules));
    return storm.run();
}

} // namespace chengge::simulation
