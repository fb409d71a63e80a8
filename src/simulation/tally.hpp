// What a run measured: how long answers took, how many there were, what was refused.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace chengge::simulation {

struct Tally {
    struct Kind {
        std::vector<float> ms; // of every answer
        std::int64_t refused = 0, shed = 0, failed = 0;
        // Of what was answered; 0 when nothing was.
        double percentile(double share) const {
            if (ms.empty()) return 0;
            auto sorted = ms;
            const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
            std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
            return sorted[at];
        }
    };

    // `kind`: read, write, upload. Shed: 429 or 503, the server protected itself. Failed: no answer or 5xx.
    void add(const std::string& kind, int status, double ms, const std::string& code) {
        const std::lock_guard lock(mutex_);
        auto& one = kinds_[kind];
        if (status == 429 || status == 503) ++one.shed;
        else if (status == 0 || status >= 500) ++one.failed;
        else one.ms.push_back(static_cast<float>(ms));
        if (status >= 400 && status < 429) ++one.refused;
        if (!code.empty()) ++codes_[code];
    }
    void count(const std::string& what, std::int64_t by = 1) {
        const std::lock_guard lock(mutex_);
        counts_[what] += by;
    }

    // A report the server said yes to: it must be there ever after.
    void accept(std::string case_id) {
        const std::lock_guard lock(mutex_);
        accepted_.push_back(std::move(case_id));
    }
    std::vector<std::string> accepted() const {
        const std::lock_guard lock(mutex_);
        return accepted_;
    }

    struct Values {
        std::map<std::string, Kind> kinds;
        std::map<std::string, std::int64_t> codes;  // of refusals
        std::map<std::string, std::int64_t> counts; // acts by name
    };
    Values values() const {
        const std::lock_guard lock(mutex_);
        return {kinds_, codes_, counts_};
    }
    // Takes what was measured so far and begins anew (a storm's phases).
    Values take() {
        const std::lock_guard lock(mutex_);
        Values taken{std::move(kinds_), std::move(codes_), std::move(counts_)};
        kinds_.clear();
        codes_.clear();
        counts_.clear();
        return taken;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, Kind> kinds_;
    std::map<std::string, std::int64_t> codes_, counts_;
    std::vector<std::string> accepted_; // of all phases
};

} // namespace chengge::simulation
