// What a bench says in the end: figures, ratios and whether they meet their targets, as a table for
// people and as JSON with commit, command and machine.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace chengge::bench {

// The command line that every bench takes.
struct Options {
    std::string city;            // folder of the city with a million cases
    std::string scratch;         // folder for what may be thrown away, on the same file system
    std::string json;            // where the report goes
    std::string program;         // chengge of the same build
    bool is_quick = false;       // small sizes: does it still run?
    int rounds = 5;              // interleaved; the median counts
    double seconds = 2;          // of each measurement
    std::vector<std::string> more;
};
Options read_options(int argc, char** argv);

enum class Sense { at_least, at_most };

class Report {
public:
    Report(std::string name, const Options& options);
    // One figure. `clients` 0 = does not apply.
    void figure(const std::string& name, double value, const std::string& unit, int clients = 0);
    // One with a target: `value` ≥ or ≤ `target`.
    void target(const std::string& name, double value, const std::string& unit, Sense sense, double target, int clients = 0);
    void note(const std::string& text);
    void attach(const std::string& name, json::value value);
    // Writes the file; returns the program's exit code: 0 also when a target was missed.
    int finish();

private:
    std::string name_;
    Options options_;
    json::object document_;
    json::array figures_, notes_;
};

double median(std::vector<double> values);
// p of 0…1 of what was measured; 0 of nothing.
double percentile(std::vector<double> values, double p);
double now_s();      // steady clock
double cpu_now_s();  // CPU time of the calling thread

} // namespace chengge::bench
