// What the parts of the audit share; nothing outside includes it.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "cases/case_audit.hpp"

namespace chengge::cases {

// Faults of roots are told before those of cases (by key), those of the feed after both.
inline constexpr std::int64_t order_of_roots = INT64_MIN;
inline constexpr std::int64_t order_of_feed = INT64_MAX / 2;

// Faults from several threads, told in a fixed order.
class FaultList {
public:
    void add(std::int64_t order, std::string sentence) {
        const std::lock_guard lock(mutex_);
        faults_.emplace_back(order, std::move(sentence));
    }
    // Moves the first `faults_max` into the report.
    void tell(AuditReport& report, int faults_max) {
        std::stable_sort(faults_.begin(), faults_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        report.faults_found = static_cast<std::int64_t>(faults_.size());
        for (auto& [order, sentence] : faults_) {
            if (report.faults.size() >= static_cast<std::size_t>(faults_max)) break;
            report.faults.push_back(std::move(sentence));
        }
    }

private:
    std::mutex mutex_;
    std::vector<std::pair<std::int64_t, std::string>> faults_;
};

// How often the feed announces the steps of each case: eight bytes a case, counted from many threads.
class FeedCensus {
public:
    explicit FeedCensus(std::int64_t case_key_max) : counts_(static_cast<std::size_t>(case_key_max) + 1) {}
    void add(std::int64_t case_key, std::int64_t seq) {
        if (holds(case_key)) counts_[static_cast<std::size_t>(case_key)].fetch_add(entry(seq), std::memory_order_relaxed);
    }
    // Steps 1 … version, each once; also counts the case as seen. A case newer than the census is right.
    bool check(std::int64_t case_key, std::int64_t version) {
        return !holds(case_key) || (counts_[static_cast<std::size_t>(case_key)].fetch_or(seen_bit) & ~seen_bit) == expected(version);
    }
    // What the feed announced of the case, as `expected` writes it.
    std::uint64_t of(std::int64_t case_key) const { return holds(case_key) ? counts_[static_cast<std::size_t>(case_key)].load() & ~seen_bit : 0; }
    // The next case after `case_key` that was announced and not seen; 0 when there is none.
    std::int64_t next_unseen(std::int64_t case_key) const {
        for (auto key = static_cast<std::size_t>(case_key) + 1; key < counts_.size(); ++key)
            if (const auto count = counts_[key].load(); count != 0 && (count & seen_bit) == 0) return static_cast<std::int64_t>(key);
        return 0;
    }
    static std::uint64_t entry(std::int64_t seq) { return one_entry + static_cast<std::uint64_t>(seq); }
    static std::uint64_t expected(std::int64_t version) {
        return one_entry * static_cast<std::uint64_t>(version) + static_cast<std::uint64_t>(version * (version + 1) / 2);
    }

private:
    static constexpr std::uint64_t one_entry = std::uint64_t{1} << 40;
    static constexpr std::uint64_t seen_bit = std::uint64_t{1} << 63;
    bool holds(std::int64_t case_key) const { return case_key > 0 && static_cast<std::size_t>(case_key) < counts_.size(); }
    std::vector<std::atomic<std::uint64_t>> counts_;
};

// Runs the act in this many threads; the first exception comes out here.
void run_threads(int threads, const std::function<void()>& act);

// Reads the whole feed: recomputes every root's tree, names missing days and steps that are gone, and
// counts what is announced. Where the feed ended comes back.
storage::FeedPosition audit_feed(storage::Database& database, const AuditOptions& options, FeedCensus& census, FaultList& faults, AuditReport& report);

} // namespace chengge::cases
