// One decision over many cases beside the people at work: clocks of twenty thousand open cases are stopped, then let run
// on, while sixteen clients report. What the clients wait is held against what they wait without it.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/json.hpp"
#include "kit/city.hpp"
#include "kit/load.hpp"
#include "kit/server.hpp"
#include "kit/threads.hpp"

namespace chengge::bench {

namespace {

constexpr int many = 16;
constexpr double pause_ms = 50; // of a client between two reports: some 300 reports a second, four times a storm's

// Open cases for the decision to reach, reported by sixteen hands.
std::vector<std::string> fill(const Options& options, int open_cases) {
    City city(options);
    const auto collector = city.viewer("collector-001");
    const auto open = query_number(*city->database, "SELECT COUNT(*) AS n FROM cases WHERE is_open = 1");
    std::atomic<std::int64_t> left{std::max<std::int64_t>(open_cases - open, 0)};
    std::vector<Random> randoms;
    for (int i = 0; i < many; ++i) randoms.emplace_back(static_cast<std::uint64_t>(now_s() * 1e6) + static_cast<std::uint64_t>(i));
    run_threads(many, 3600, [&](int thread) {
        if (left.fetch_sub(1) <= 0) return false;
        const auto made = city->cases->report(city.next_report(randoms[static_cast<std::size_t>(thread)]), collector);
        if (!made) throw std::runtime_error("a report was refused: " + made.error().code);
        return true;
    });
    // Bodies for the clients; an id of their own comes with each.
    std::vector<std::string> bodies;
    Random random(11);
    for (int i = 0; i < 2000; ++i) {
        const auto report = city.next_report(random);
        bodies.push_back(to_json_text(json::object{{"case_id", format_uuid(report.case_id)}, {"lon", report.lon}, {"lat", report.lat}, {"coord_type", report.coord_type}, {"description", report.description},
                                                   {"address", report.address}, {"edition", report.edition}, {"kind", report.kind}, {"class_code", report.class_code}, {"source", report.source}}));
    }
    return bodies;
}

class Centre {
public:
    explicit Centre(const Served& served) : served_(served), token_(served.sign_in("commander")) {}
    json::value ask(http::Method method, const std::string& path, const json::value& body = nullptr) const {
        const auto answer = http::fetch({.method = method, .url = served_.url() + path, .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token_}},
                                         .body = body.is_null() ? std::string() : to_json_text(body), .ca_file = ""});
        const auto document = parse_json(answer.body);
        if (answer.status / 100 != 2 || !document) throw std::runtime_error(path + ": " + answer.body);
        return *document;
    }

private:
    const Served& served_;
    std::string token_;
};

int run(const Options& options) {
    Report report("bulk", options);
    const int open_cases = options.is_quick ? 600 : 20'000;
    const auto bodies = fill(options, open_cases);
    const Served served(options);
    const Centre centre(served);
    const auto collector = served.sign_in("collector-001");
    Random random(static_cast<std::uint64_t>(now_s() * 1e6));
    const auto next = [&](std::int64_t number) {
        auto body = bodies[static_cast<std::size_t>(number) % bodies.size()];
        body.replace(body.find("case_id") + 10, 36, format_uuid(make_uuid(1'795'000'000'000, random)));
        return post_request("/api/v1/reports", collector, body);
    };
    // As many reports as a busy city has, not as many as the machine takes: the question is how long each waits.
    std::vector<double> alone, beside, rates;
    const auto drive_into = [&](std::vector<double>& ms, double seconds) {
        const auto result = drive({.port = served.port(), .connections = many, .seconds = seconds, .pause_ms = pause_ms, .next = next, .hear = {}});
        if (result.failures() > 0) throw std::runtime_error("reports were refused");
        ms.insert(ms.end(), result.ms.begin(), result.ms.end());
    };
    const auto mode_id = format_uuid(make_uuid(1'795'000'000'000, random));
    const auto path = "/api/v1/emergency/modes/" + mode_id;
    drive_into(rates, options.seconds); // warm
    rates.clear();
    for (const bool is_begin : {true, false}) {
        drive_into(alone, options.seconds * options.rounds);
        const auto began = now_s();
        if (is_begin)
            centre.ask(http::Method::post, "/api/v1/emergency/modes",
                       json::object{{"mode_id", mode_id}, {"name", "台风防御"}, {"stages", json::array{"accept", "verify", "file_case", "city_dispatch", "district_dispatch", "sign", "handle", "review", "gate", "send_check", "check", "close"}}});
        else centre.ask(http::Method::post, path + "/end", json::object{});
        json::value seen;
        do {
            drive_into(beside, std::min(options.seconds, 1.0));
            seen = centre.ask(http::Method::get, path);
        } while ((is_begin ? seen : seen.at("end")).at("state").as_string() != "done" && now_s() - began < 1800);
        const auto& job = is_begin ? seen : seen.at("end");
        if (job.at("state").as_string() != "done") throw std::runtime_error("the job did not come to its end");
        const auto reached = (is_begin ? seen.at("expected") : job.at("reached")).to_number<double>();
        const auto seconds = now_s() - began;
        report.figure(is_begin ? "cases whose clocks were stopped" : "cases whose clocks run on", reached, "cases", many);
        report.figure(is_begin ? "stopping took" : "letting run took", seconds, "s", many);
        rates.push_back(reached / seconds);
    }
    report.figure("cases a second beside the clients", median(rates), "/s", many);
    report.figure("report p50 alone", percentile(alone, 0.5), "ms", many);
    report.figure("report p99 alone", percentile(alone, 0.99), "ms", many);
    report.figure("report p50 beside the job", percentile(beside, 0.5), "ms", many);
    report.figure("report p99 beside the job", percentile(beside, 0.99), "ms", many);
    report.target("report p99 beside the job to alone", percentile(beside, 0.99) / percentile(alone, 0.99), "x", Sense::at_most, 2, many);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
