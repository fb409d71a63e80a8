#include "simulation/report.hpp"

#include <cmath>

#include <fmt/format.h>

namespace chengge::simulation {

namespace {

double rounded(double value) { return static_cast<double>(std::llround(value * 100)) / 100; }

json::object counts_json(const std::map<std::string, std::int64_t>& counts) {
    json::object object;
    for (const auto& [name, count] : counts) object[name] = count;
    return object;
}

} // namespace

json::object to_json(const Tally::Values& values) {
    json::object kinds;
    for (const auto& [name, kind] : values.kinds)
        kinds[name] = json::object{{"answers", kind.ms.size()}, {"p50_ms", rounded(kind.percentile(0.5))}, {"p95_ms", rounded(kind.percentile(0.95))},
                                   {"p99_ms", rounded(kind.percentile(0.99))}, {"max_ms", rounded(kind.percentile(1))},
                                   {"refused", kind.refused}, {"shed", kind.shed}, {"failed", kind.failed}};
    return {{"answers", std::move(kinds)}, {"refusals", counts_json(values.codes)}, {"acts", counts_json(values.counts)}};
}

std::string describe(const Tally::Values& values) {
    std::string text;
    for (const auto& [name, kind] : values.kinds)
        text += fmt::format("  {:<8} {:>8} answers  p50 {:>7.1f} ms  p99 {:>7.1f} ms  longest {:>8.1f} ms  refused {}  shed {}  failed {}\n", name, kind.ms.size(),
                            kind.percentile(0.5), kind.percentile(0.99), kind.percentile(1), kind.refused, kind.shed, kind.failed);
    std::string codes;
    for (const auto& [code, count] : values.codes) codes += fmt::format(" {} {}", code, count);
    if (!codes.empty()) text += "  refusals" + codes + "\n";
    return text;
}

} // namespace chengge::simulation
