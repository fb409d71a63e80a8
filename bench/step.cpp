// A workflow step with a million cases in the file, against PostgreSQL storing the same rows; and what ten
// people who list and search do to the intake.
#include <mutex>
#include <stdexcept>

#include <sys/resource.h>

#include "kit/city.hpp"
#include "kit/load.hpp"
#include "kit/replay.hpp"
#include "kit/server.hpp"
#include "kit/threads.hpp"

namespace chengge::bench {

namespace {

constexpr int many = 16;

// Cases to act on: reported, then accepted by the acts themselves.
class Work {
public:
    Work(City& city, int count) : city_(city), collector_(city.viewer("collector-001")), operator_(city.viewer("operator")), leader_(city.viewer("leader")) {
        std::atomic<int> left{count};
        run_threads(many, 600, [&](int thread) {
            if (--left < 0) return false;
            thread_local Random random(static_cast<std::uint64_t>(thread) * 31 + static_cast<std::uint64_t>(now_s() * 1000));
            const auto report = city_.next_report(random);
            const auto detail = city_->cases->report(report, collector_);
            if (!detail) throw std::runtime_error("a report was refused: " + detail.error().code);
            const auto rows = city_->rules->current()->taxonomy.rows_of(report.edition, report.kind, report.class_code);
            const std::lock_guard lock(mutex_);
            reported_.push_back({format_uuid(report.case_id), rows.empty() ? "" : rows.front()->id});
            return true;
        });
    }
    // Accepts one; false when none is left.
    bool accept() {
        const auto one = take(reported_);
        if (!one) return false;
        act(*one, "accept", operator_, 1, "");
        const std::lock_guard lock(mutex_);
        accepted_.push_back(*one);
        return true;
    }
    bool file() {
        const auto one = take(accepted_);
        if (!one) return false;
        act(*one, "file_case", leader_, 2, one->filing_row);
        const std::lock_guard lock(mutex_);
        filed_ = one->id;
        return true;
    }
    const std::string& last_filed() const { return filed_; }

private:
    struct One {
        std::string id, filing_row;
    };
    std::optional<One> take(std::vector<One>& from) {
        const std::lock_guard lock(mutex_);
        if (from.empty()) return std::nullopt;
        auto one = from.back();
        from.pop_back();
        return one;
    }
    void act(const One& one, const char* action, const identity::Viewer& viewer, std::int64_t version, const std::string& filing_row) {
        cases::NewStep step;
        step.step_id = make_uuid(city_->clock->now_ms());
        step.action = action;
        step.version = version;
        step.filing_row = filing_row;
        const auto detail = city_->cases->act(one.id, step, viewer);
        if (!detail) throw std::runtime_error(std::string(action) + " was refused: " + detail.error().code);
    }
    City& city_;
    identity::Viewer collector_, operator_, leader_;
    std::mutex mutex_;
    std::vector<One> reported_, accepted_;
    std::string filed_;
};

// PostgreSQL's cases to act on, and its lines.
class Rival {
public:
    Rival(Cluster& cluster, storage::Database& city, std::int64_t sample, int clients, int count) {
        Postgres first(cluster.url("cases"));
        IntakeReplay intake(city, sample);
        intake.prepare(first, Numbering::batch);
        Random random(static_cast<std::uint64_t>(now_s() * 1e6));
        first.run("SET synchronous_commit = off");
        for (int i = 0; i < count; ++i) intake.run(first, make_uuid(1'700'000'000'000, random).raw());
        first_key_ = std::atoll(first.value("SELECT MIN(case_key) FROM cases WHERE accepted_day = 'bench'").c_str());
        left_ = count;
        for (int i = 0; i < clients; ++i) {
            lines_.push_back(std::make_unique<Postgres>(cluster.url("cases")));
            replays_.push_back(std::make_unique<StepReplay>(city, sample));
            replays_.back()->prepare(*lines_.back());
        }
    }
    Timed run(int clients, double seconds) {
        return run_threads(clients, seconds, [&](int thread) {
            const auto number = --left_;
            if (number < 0) return false;
            const auto at = static_cast<std::size_t>(thread);
            replays_[at]->run(*lines_[at], first_key_ + number);
            return true;
        });
    }

private:
    std::vector<std::unique_ptr<Postgres>> lines_;
    std::vector<std::unique_ptr<StepReplay>> replays_;
    std::int64_t first_key_ = 0;
    std::atomic<std::int64_t> left_{0};
};

// What was done before is in the search index: neither side is measured beside the work of preparing.
void wait_for_followers(storage::Database& database) {
    const auto lag = "SELECT (SELECT MAX(entry_key) FROM feed_entries) - (SELECT entry_key FROM feed_readers WHERE name = 'search') AS n FROM (SELECT 1) one";
    for (int i = 0; i < 3000 && query_number(database, lag) > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

struct Measured {
    std::vector<double> rates, ms;
    void add(const Timed& timed) {
        rates.push_back(timed.rate);
        ms.insert(ms.end(), timed.ms.begin(), timed.ms.end());
    }
};

void compare_steps(Report& report, const Options& options) {
    City city(options);
    storage::FeedFollower follower(*city->database);
    city->cases->start_jobs(follower); // numbers are given by the served process's numberer
    const int count = options.is_quick ? 3000 : 40'000;
    Work work(city, count);
    work.accept();
    work.file();
    const auto sample = query_number(*city->database, "SELECT MAX(case_key) AS n FROM case_steps WHERE seq = 3 AND step_key > " + std::to_string(city.case_count() * 4096));
    Cluster cluster(options.city + ".postgres");
    load_cases(cluster, "cases", options.city);
    Measured accept, accept_many, file, file_many, theirs, theirs_many;
    {
        Rival rival(cluster, *city->database, sample, many, count);
        for (int round = 0; round < options.rounds; ++round) {
            wait_for_followers(*city->database);
            accept.add(run_threads(1, options.seconds, [&](int) { return work.accept(); }));
            accept_many.add(run_threads(many, options.seconds / 2, [&](int) { return work.accept(); }));
            wait_for_followers(*city->database);
            theirs.add(rival.run(1, options.seconds / 2));
            file.add(run_threads(1, options.seconds / 2, [&](int) { return work.file(); }));
            theirs_many.add(rival.run(many, options.seconds / 4));
            file_many.add(run_threads(many, options.seconds / 4, [&](int) { return work.file(); }));
        }
    }
    Postgres(cluster.url("cases")).run("CREATE TEMP TABLE gone AS SELECT case_key FROM cases WHERE accepted_day = 'bench'; DELETE FROM case_steps; DELETE FROM case_media;"
                                       "DELETE FROM case_clocks k USING gone WHERE k.case_key = gone.case_key; DELETE FROM cases WHERE accepted_day = 'bench'; DELETE FROM feed_entries");
    city->cases->stop_jobs();
    const auto print = [&](const std::string& name, const Measured& of, int clients) {
        report.figure(name, median(of.rates), "/s", clients);
        report.figure(name + " p50", percentile(of.ms, 0.5), "ms", clients);
        report.figure(name + " p99", percentile(of.ms, 0.99), "ms", clients);
    };
    print("PostgreSQL, the rows of a step in one pipeline", theirs, 1);
    print("PostgreSQL, the rows of a step in one pipeline", theirs_many, many);
    report.figure("step file_case", median(file.rates), "/s", 1);
    report.figure("step file_case p50", percentile(file.ms, 0.5), "ms", 1);
    report.target("step file_case p99", percentile(file.ms, 0.99), "ms", Sense::at_most, 10, 1);
    report.target("step to PostgreSQL, one client", median(file.rates) / median(theirs.rates), "x", Sense::at_least, 1, 1);
    print("step file_case", file_many, many);
    report.target("step to PostgreSQL", median(file_many.rates) / median(theirs_many.rates), "x", Sense::at_least, 1, many);
    report.figure("step accept, its number waited for", median(accept.rates), "/s", 1);
    report.target("step accept p99", percentile(accept.ms, 0.99), "ms", Sense::at_most, 10, 1);
    print("step accept, its number waited for", accept_many, many);
    report.note("PostgreSQL is given ready rows and reads nothing; a step of ours finds and loads the case, looks for the same step, decides, seals, stores and answers with the whole case");
}

// Intake on a timetable over HTTP, alone and while ten others ask as fast as they can, in turn.
void disturb_intake(Report& report, const Options& options) {
    std::vector<std::string> bodies;
    {
        const City city(options);
        Random random(6);
        for (int i = 0; i < 500; ++i) {
            const auto one = city.draw_report(random);
            bodies.push_back(to_json_text(json::object{{"case_id", format_uuid(one.case_id)}, {"lon", one.lon}, {"lat", one.lat}, {"coord_type", one.coord_type}, {"description", one.description},
                                                       {"edition", one.edition}, {"kind", one.kind}, {"class_code", one.class_code}, {"source", one.source}}));
        }
    }
    const Served served(options);
    served.rest();
    const auto reporter = served.sign_in("collector-001"), reader = served.sign_in("leader");
    Random random(static_cast<std::uint64_t>(now_s() * 1e6));
    const auto next_report = [&](std::int64_t number) {
        auto body = bodies[static_cast<std::size_t>(number) % bodies.size()];
        body.replace(body.find("case_id") + 10, 36, format_uuid(make_uuid(1'795'000'000'000, random)));
        return post_request("/api/v1/reports", reporter, body);
    };
    const std::vector<std::string> questions{get_request("/api/v1/cases?limit=50", reader), get_request("/api/v1/cases?limit=50&q=%E5%9E%83%E5%9C%BE", reader),
                                             get_request("/api/v1/cases?limit=50&q=%E4%BA%95%E7%9B%96", reader), get_request("/api/v1/cases?limit=50&is_open=true&order=deadline", reader)};
    struct Seen {
        std::vector<double> p99, rates;                  // of the reports
        std::vector<double> question_rates, question_ms; // of who asks beside them
    } alone, disturbed, calm;
    const auto measure = [&](Seen& into, int readers, double pause_ms) {
        std::jthread others;
        if (readers > 0)
            others = std::jthread([&] {
                // People who look have machines of their own: theirs does not take this one's cores from who reports.
                ::setpriority(PRIO_PROCESS, 0, 19);
                const auto result = drive({.port = served.port(), .connections = readers, .seconds = options.seconds + 0.2, .pause_ms = pause_ms,
                                           .next = [&](std::int64_t number) { return questions[static_cast<std::size_t>(number) % questions.size()]; }, .hear = {}});
                into.question_rates.push_back(result.rate());
                into.question_ms.insert(into.question_ms.end(), result.ms.begin(), result.ms.end());
            });
        const auto result = drive({.port = served.port(), .connections = 1, .seconds = options.seconds, .next = next_report, .hear = {}});
        if (result.failures() > 0) throw std::runtime_error("reports were refused");
        into.p99.push_back(percentile(result.ms, 0.99));
        into.rates.push_back(result.rate());
    };
    for (int round = 0; round < options.rounds; ++round) {
        measure(alone, 0, 0);
        measure(disturbed, 10, 0);
        measure(calm, 10, 200);
    }
    report.figure("reports over HTTP, alone", median(alone.rates), "/s", 1);
    report.figure("intake p99 over HTTP, alone", median(alone.p99), "ms", 1);
    report.figure("reports while ten ask without a pause", median(disturbed.rates), "/s", 11);
    report.figure("questions answered meanwhile", median(disturbed.question_rates), "/s", 10);
    report.figure("question p99 meanwhile", percentile(disturbed.question_ms, 0.99), "ms", 10);
    report.figure("intake p99 while ten ask without a pause", median(disturbed.p99), "ms", 11);
    report.figure("intake p99 while ten ask with 200 ms between", median(calm.p99), "ms", 11);
    report.target("intake p99, ten with 200 ms between, to alone", median(calm.p99) / median(alone.p99), "x", Sense::at_most, 2, 11);
    report.target("intake p99, ten without a pause, to alone", median(disturbed.p99) / median(alone.p99), "x", Sense::at_most, 2, 11);
    // Ten that never pause keep every core busy: then the machine's own stalls are in the figure.
    const auto stalls = measure_stalls(options.seconds * 2);
    report.figure("the machine's own stalls over 1 ms with all cores busy, a core", stalls.per_second, "/s");
    report.figure("the longest of them", stalls.longest_ms, "ms");
}

int run(const Options& options) {
    Report report("step", options);
    const Bookmark bookmark(options.city);
    const auto wants = [&](const char* part) { return options.more.empty() || options.more[0] == part; };
    if (wants("process")) compare_steps(report, options);
    if (wants("http")) disturb_intake(report, options);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
