// Durable intake with a million cases in the file: against the disk with one client, against PostgreSQL with
// sixteen, and over HTTP.
#include <map>
#include <stdexcept>

#include "kit/city.hpp"
#include "kit/disk.hpp"
#include "kit/load.hpp"
#include "kit/replay.hpp"
#include "kit/server.hpp"
#include "kit/threads.hpp"

namespace chengge::bench {

namespace {

constexpr int many = 16;

void must_be_stored(const Result<cases::CaseDetail>& detail) {
    if (!detail) throw std::runtime_error("a report was refused: " + detail.error().code);
}

// What a commit of one report adds to the log, pages with their heads.
std::size_t commit_bytes(City& city, const identity::Viewer& viewer, Random& random) {
    std::vector<double> grown;
    for (int i = 0; i < 300; ++i) {
        const auto before = city->database->unchecked_bytes();
        must_be_stored(city->cases->report(city.next_report(random), viewer));
        const auto pages = (city->database->unchecked_bytes() - before) / 4096;
        if (pages > 0) grown.push_back(static_cast<double>(pages * (4096 + 24)));
    }
    return static_cast<std::size_t>(median(grown));
}

Timed report_for(City& city, const identity::Viewer& viewer, int clients, double seconds) {
    static std::atomic<std::uint64_t> seed{1};
    std::vector<Random> randoms;
    for (int i = 0; i < clients; ++i) randoms.emplace_back(++seed);
    return run_threads(clients, seconds, [&](int thread) {
        must_be_stored(city->cases->report(city.next_report(randoms[static_cast<std::size_t>(thread)]), viewer));
        return true;
    });
}

// PostgreSQL with as many connections as clients.
class Rival {
public:
    Rival(Cluster& cluster, const std::string& name, storage::Database& city, std::int64_t sample, Numbering numbering, int clients) : url_(cluster.url(name)) {
        for (int i = 0; i < clients; ++i) {
            lines_.push_back(std::make_unique<Postgres>(url_));
            replays_.push_back(std::make_unique<IntakeReplay>(city, sample));
            replays_.back()->prepare(*lines_.back(), numbering);
            randoms_.emplace_back(static_cast<std::uint64_t>(i) * 977 + static_cast<std::uint64_t>(now_s() * 1000));
        }
        if (numbering == Numbering::batch) numberer_ = std::make_unique<Postgres>(url_);
    }
    Timed run(double seconds) {
        std::jthread numbering;
        if (numberer_)
            numbering = std::jthread([this](std::stop_token stop) {
                while (!stop.stop_requested()) numberer_->run(IntakeReplay::batch_statement());
            });
        return run_threads(static_cast<int>(lines_.size()), seconds, [&](int thread) {
            const auto at = static_cast<std::size_t>(thread);
            replays_[at]->run(*lines_[at], make_uuid(1'700'000'000'000, randoms_[at]).raw());
            return true;
        });
    }

private:
    std::string url_;
    std::vector<std::unique_ptr<Postgres>> lines_;
    std::vector<std::unique_ptr<IntakeReplay>> replays_;
    std::vector<Random> randoms_;
    std::unique_ptr<Postgres> numberer_;
};

void compare_in_process(Report& report, const Options& options) {
    City city(options);
    const auto collector = city.viewer("collector-001");
    Random random(static_cast<std::uint64_t>(now_s() * 1e6));
    report.figure("cases in the file", static_cast<double>(city.case_count()), "cases");
    const auto bytes = commit_bytes(city, collector, random);
    report.figure("bytes a commit writes", static_cast<double>(bytes), "bytes", 1);
    const auto sample = query_number(*city->database, "SELECT MAX(case_key) AS n FROM cases");

    Cluster cluster(options.city + ".postgres");
    load_cases(cluster, "cases", options.city);
    Postgres(cluster.url("cases")).run("INSERT INTO case_sequences (platform, day, last) VALUES ('bench', 'bench', 0) ON CONFLICT DO NOTHING; CREATE SEQUENCE IF NOT EXISTS bench_numbers CACHE 1;"
                                       "SELECT setval('bench_numbers', (SELECT COUNT(*) + 1000000 FROM cases)); UPDATE case_sequences SET last = (SELECT COUNT(*) + 50000000 FROM cases) WHERE platform = 'bench'");
    std::map<std::string, std::vector<double>> rates;
    std::vector<double> alone_ms, many_ms;
    {
        Rival one(cluster, "cases", *city->database, sample, Numbering::counter, 1), counter(cluster, "cases", *city->database, sample, Numbering::counter, many),
            sequence(cluster, "cases", *city->database, sample, Numbering::sequence, many), batch(cluster, "cases", *city->database, sample, Numbering::batch, many);
        for (int round = 0; round < options.rounds; ++round) {
            rates["append"].push_back(fdatasync_rate(options.scratch, bytes, WriteKind::append, options.seconds / 2));
            rates["overwrite"].push_back(fdatasync_rate(options.scratch, bytes, WriteKind::overwrite, options.seconds / 2));
            const auto alone = report_for(city, collector, 1, options.seconds);
            rates["alone"].push_back(alone.rate);
            alone_ms.insert(alone_ms.end(), alone.ms.begin(), alone.ms.end());
            rates["postgres alone"].push_back(one.run(options.seconds).rate);
            const auto together = report_for(city, collector, many, options.seconds);
            rates["together"].push_back(together.rate);
            many_ms.insert(many_ms.end(), together.ms.begin(), together.ms.end());
            rates["counter"].push_back(counter.run(options.seconds).rate);
            rates["sequence"].push_back(sequence.run(options.seconds).rate);
            rates["batch"].push_back(batch.run(options.seconds).rate);
        }
    }
    Postgres(cluster.url("cases")).run("CREATE TEMP TABLE gone AS SELECT case_key FROM cases WHERE accepted_day = 'bench'; DELETE FROM case_steps; DELETE FROM case_media;"
                                       "DELETE FROM case_clocks k USING gone WHERE k.case_key = gone.case_key; DELETE FROM cases WHERE accepted_day = 'bench'; DELETE FROM feed_entries");
    const auto rate = [&](const char* name) { return median(rates[name]); };
    report.figure("fdatasync of so many bytes, appended", rate("append"), "/s", 1);
    report.figure("fdatasync of so many bytes, overwritten", rate("overwrite"), "/s", 1);
    report.figure("intake", rate("alone"), "/s", 1);
    report.figure("intake p50", percentile(alone_ms, 0.5), "ms", 1);
    report.figure("intake p99", percentile(alone_ms, 0.99), "ms", 1);
    report.target("intake to fdatasync appended", rate("alone") / rate("append"), "x", Sense::at_least, 0.5, 1);
    report.figure("intake to fdatasync overwritten", rate("alone") / rate("overwrite"), "x", 1);
    report.figure("PostgreSQL, counter row in the same transaction", rate("postgres alone"), "/s", 1);
    report.figure("intake to PostgreSQL, one client", rate("alone") / rate("postgres alone"), "x", 1);
    report.figure("intake", rate("together"), "/s", many);
    report.figure("intake p50", percentile(many_ms, 0.5), "ms", many);
    report.figure("intake p99", percentile(many_ms, 0.99), "ms", many);
    report.figure("PostgreSQL, counter row in the same transaction", rate("counter"), "/s", many);
    report.figure("PostgreSQL, nextval of a sequence (leaves gaps)", rate("sequence"), "/s", many);
    report.figure("PostgreSQL, numbered in batches after commit", rate("batch"), "/s", many);
    report.target("intake to PostgreSQL's counter row", rate("together") / rate("counter"), "x", Sense::at_least, 5, many);
    const bool is_sequence = rate("sequence") > rate("batch");
    report.figure(std::string("intake to PostgreSQL's best, ") + (is_sequence ? "the sequence" : "numbered in batches"), rate("together") / std::max(rate("sequence"), rate("batch")), "x", many);
    report.note("PostgreSQL is given ready rows, one round trip each, and checks no rule; the intake locates the point, checks the photo, decides, seals the chain and answers with the whole case");
}

void ask_over_http(Report& report, const Options& options) {
    std::vector<std::string> bodies;
    {
        const City city(options);
        Random random(5);
        for (int i = 0; i < 2000; ++i) {
            const auto one = city.draw_report(random);
            json::array media;
            for (const auto& id : one.media) media.push_back(json::string(format_uuid(id)));
            bodies.push_back(to_json_text(json::object{{"case_id", format_uuid(one.case_id)}, {"lon", one.lon}, {"lat", one.lat}, {"coord_type", one.coord_type}, {"description", one.description},
                                                       {"address", one.address}, {"edition", one.edition}, {"kind", one.kind}, {"class_code", one.class_code}, {"source", one.source}, {"media", media}}));
        }
    }
    const Served served(options);
    served.rest();
    const auto token = served.sign_in("collector-001");
    Random random(static_cast<std::uint64_t>(now_s() * 1e6));
    const auto next = [&](std::int64_t number) {
        auto body = bodies[static_cast<std::size_t>(number) % bodies.size()];
        body.replace(body.find("case_id") + 10, 36, format_uuid(make_uuid(1'795'000'000'000, random)));
        return post_request("/api/v1/reports", token, body);
    };
    for (const int clients : {1, many}) {
        std::vector<double> rates, ms, server_cpu;
        for (int round = 0; round < options.rounds; ++round) {
            const auto cpu = cpu_of(served.pid());
            const auto result = drive({.port = served.port(), .connections = clients, .seconds = options.seconds, .next = next, .hear = {}});
            if (result.failures() > 0) throw std::runtime_error("reports were refused over HTTP");
            rates.push_back(result.rate());
            server_cpu.push_back((cpu_of(served.pid()) - cpu) / static_cast<double>(result.answers) * 1e6);
            ms.insert(ms.end(), result.ms.begin(), result.ms.end());
        }
        if (clients == many) report.target("reports over HTTP", median(rates), "/s", Sense::at_least, 8000, clients);
        else report.figure("reports over HTTP", median(rates), "/s", clients);
        report.figure("server's CPU of a report, its jobs included", median(server_cpu), "us", clients);
        report.figure("report over HTTP p50", percentile(ms, 0.5), "ms", clients);
        report.figure("report over HTTP p99", percentile(ms, 0.99), "ms", clients);
    }
}

int run(const Options& options) {
    Report report("intake", options);
    const Bookmark bookmark(options.city);
    // A word after the options takes one part alone, for a profile.
    const auto wants = [&](const char* part) { return options.more.empty() || options.more[0] == part; };
    if (wants("process")) compare_in_process(report, options);
    if (wants("http")) ask_over_http(report, options);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
