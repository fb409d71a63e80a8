// The storm: seventy reports a second beside two hundred desks and ten screens; then ten times as many. Every
// report that was accepted is asked for afterwards, and the whole city is audited.
#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "base/json.hpp"
#include "kit/server.hpp"

namespace chengge::bench {

namespace {

double number_at(const json::value& document, std::initializer_list<const char*> path) {
    const json::value* at = &document;
    for (const auto* name : path) {
        const auto* object = at->if_object();
        at = object != nullptr ? object->if_contains(name) : nullptr;
        if (at == nullptr) return 0;
    }
    return at->is_number() ? at->to_number<double>() : 0;
}

int run(const Options& options) {
    Report report("storm", options);
    const auto result_file = options.scratch + "/storm.json", log = options.scratch + "/storm.log";
    json::value result;
    const double seconds = options.seconds >= 10 ? options.seconds : 600; // --seconds 60 for a short one
    {
        const Served served(options);
        const std::string storm = options.is_quick ? std::string("--rate 30 --seconds 5 --overload 10 --overload-seconds 5 --desks 20 --screens 2 --think 2")
                                                   : "--rate 70 --seconds " + std::to_string(static_cast<int>(seconds)) + " --overload 10 --overload-seconds " +
                                                         std::to_string(static_cast<int>(std::min(seconds, 60.0))) + " --desks 200 --screens 10 --senders 800";
        const auto command = options.program + " simulate --storm --server " + served.url() + " " + storm + " --json " + result_file + " >" + log + " 2>&1";
        report.note(storm);
        if (std::system(command.c_str()) != 0) throw std::runtime_error("the storm failed, see " + log);
        const auto loaded = load_json(result_file);
        if (!loaded) throw std::runtime_error("the storm left no result");
        result = *loaded;
    }
    const auto at = [&](std::initializer_list<const char*> path) { return number_at(result, path); };
    report.figure("reports accepted in the storm", at({"storm", "acts", "report"}), "reports");
    report.figure("reports asked for in the storm", at({"storm", "asked"}), "reports");
    report.target("read p99 in the storm", at({"storm", "answers", "read", "p99_ms"}), "ms", Sense::at_most, 50);
    report.target("durable write p99 in the storm, from when it was due", at({"storm", "answers", "write", "p99_ms"}), "ms", Sense::at_most, 100);
    report.target("unanswered in the storm", at({"storm", "answers", "read", "failed"}) + at({"storm", "answers", "write", "failed"}), "requests", Sense::at_most, 0);
    report.figure("reports accepted at ten times", at({"overload", "acts", "report"}), "reports");
    report.figure("reports asked for at ten times", at({"overload", "asked"}), "reports");
    report.figure("shed at ten times (429 or 503)", at({"overload", "answers", "read", "shed"}) + at({"overload", "answers", "write", "shed"}), "requests");
    report.target("shed without Retry-After", at({"storm", "acts", "shed without Retry-After"}) + at({"overload", "acts", "shed without Retry-After"}), "requests", Sense::at_most, 0);
    report.figure("write p99 at ten times, of what was accepted", at({"overload", "answers", "write", "p99_ms"}), "ms");
    report.target("unanswered at ten times", at({"overload", "answers", "read", "failed"}) + at({"overload", "answers", "write", "failed"}), "requests", Sense::at_most, 0);
    report.target("memory at ten times to the storm's", at({"memory_overload_mb"}) / at({"memory_storm_mb"}), "x", Sense::at_most, 1.5);
    report.target("quick again after", at({"recovered_after_s"}), "s", Sense::at_most, 10);
    report.figure("accepted in all", at({"accepted"}), "reports");
    report.target("accepted and not there", at({"accepted_missing"}), "reports", Sense::at_most, 0);
    report.attach("storm", std::move(result));
    const bool is_whole = std::system((options.program + " audit --data " + options.city + " >" + options.scratch + "/storm_audit.log 2>&1").c_str()) == 0;
    report.target("audit afterwards finds faults", is_whole ? 0 : 1, "", Sense::at_most, 0);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
