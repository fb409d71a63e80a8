#include "kit/report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

#include <sys/utsname.h>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/time.hpp"

namespace chengge::bench {

namespace {

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

std::string value_after(const std::string& path, const std::string& begin) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(begin)) {
            const auto at = line.find_first_not_of(" \t:", begin.size());
            return at == std::string::npos ? "" : line.substr(at);
        }
    return "";
}

// The mount with the longest prefix of the path.
std::string file_system_of(const std::string& path) {
    std::ifstream file("/proc/mounts");
    std::string device, mount, type, rest, best, best_type;
    while (file >> device >> mount >> type && std::getline(file, rest))
        if (path.starts_with(mount) && mount.size() >= best.size()) {
            best = mount;
            best_type = type + rest.substr(0, rest.find(" 0 "));
        }
    return best_type;
}

json::object machine_of(const std::string& folder) {
    utsname kernel{};
    uname(&kernel);
    return {{"processor", value_after("/proc/cpuinfo", "model name")},
            {"cores", static_cast<std::int64_t>(std::thread::hardware_concurrency())},
            {"memory", value_after("/proc/meminfo", "MemTotal")},
            {"file_system", file_system_of(folder)},
            {"kernel", kernel.release}};
}

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

} // namespace

Options read_options(int argc, char** argv) {
    Options options;
    options.scratch = "/tmp";
    const auto folder = std::string(argv[0]).substr(0, std::string(argv[0]).rfind('/'));
    options.program = folder + "/chengge";
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto next = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string(); };
        if (word == "--city") options.city = next();
        else if (word == "--scratch") options.scratch = next();
        else if (word == "--json") options.json = next();
        else if (word == "--quick") options.is_quick = true;
        else if (word == "--rounds") options.rounds = std::atoi(next().c_str());
        else if (word == "--seconds") options.seconds = std::atof(next().c_str());
        else options.more.push_back(word);
    }
    if (options.is_quick) {
        options.rounds = 1;
        options.seconds = std::min(options.seconds, 0.5);
    }
    return options;
}

Report::Report(std::string name, const Options& options) : name_(std::move(name)), options_(options) {
    document_ = {{"bench", name_},
                 {"commit", from_environment("BENCH_COMMIT")},
                 {"command", from_environment("BENCH_COMMAND")},
                 {"began_at", format_rfc3339(SystemClock().now_ms())},
                 {"is_quick", options_.is_quick},
                 {"rounds", options_.rounds},
                 {"seconds_each", options_.seconds},
                 {"machine", machine_of(options_.scratch)},
                 {"load_before", first_line("/proc/loadavg")}};
    std::printf("%s\n", name_.c_str());
}

void Report::figure(const std::string& name, double value, const std::string& unit, int clients) {
    json::object one{{"name", name}, {"value", value}, {"unit", unit}};
    if (clients > 0) one["clients"] = clients;
    figures_.push_back(std::move(one));
    std::printf("  %-58s %12.5g %s\n", name.c_str(), value, unit.c_str());
    std::fflush(stdout);
}

void Report::target(const std::string& name, double value, const std::string& unit, Sense sense, double target, int clients) {
    const bool is_met = sense == Sense::at_least ? value >= target : value <= target;
    const std::string sign = sense == Sense::at_least ? ">=" : "<=";
    json::object one{{"name", name}, {"value", value}, {"unit", unit}, {"target", sign + " " + to_json_text(target)}, {"is_met", is_met}};
    if (clients > 0) one["clients"] = clients;
    figures_.push_back(std::move(one));
    std::printf("  %-58s %12.5g %-8s target %s %g  %s\n", name.c_str(), value, unit.c_str(), sign.c_str(), target, is_met ? "met" : "MISSED");
    std::fflush(stdout);
}

void Report::note(const std::string& text) {
    notes_.emplace_back(text);
    std::printf("  note: %s\n", text.c_str());
}

void Report::attach(const std::string& name, json::value value) { document_[name] = std::move(value); }

int Report::finish() {
    document_["load_after"] = first_line("/proc/loadavg");
    document_["figures"] = std::move(figures_);
    document_["notes"] = std::move(notes_);
    if (!options_.json.empty()) save_file(options_.json, to_json_text(document_) + "\n");
    return 0;
}

double median(std::vector<double> values) { return percentile(std::move(values), 0.5); }

double percentile(std::vector<double> values, double p) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const auto at = static_cast<std::size_t>(p * static_cast<double>(values.size()));
    return values[std::min(at, values.size() - 1)];
}

namespace {
double clock_s(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}
} // namespace

double now_s() { return clock_s(CLOCK_MONOTONIC); }
double cpu_now_s() { return clock_s(CLOCK_THREAD_CPUTIME_ID); }

} // namespace chengge::bench
