// What the sources of this module share; nothing outside includes it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "cases/case_cache.hpp"
#include "cases/case_service.hpp"
#include "cases/decision_service.hpp"

namespace chengge::cases {

inline constexpr int export_rows_max = 100'000; // of a list or a ledger

// The role of what is done by itself.
inline constexpr const char* platform_role = "platform";

// Whoever has the work has seen a case up to a step.
struct Opening {
    std::int64_t case_key = 0, seq = 0, opened_ms = 0;
};
void store_openings(storage::Database& database, const std::vector<Opening>& openings); // case_due.cpp

// The threads beside the requests (case_jobs.cpp). `act_when_due` is CaseService's.
class CaseJobs {
public:
    CaseJobs(const CaseServiceParts& parts, storage::FeedFollower& follower, std::function<void()> act_when_due);
    ~CaseJobs();
    // Wakes the numberer; waits a moment for the number so that it can be read to the caller.
    void number_soon(std::chrono::milliseconds wait);
    // Follows the feed for one listener from a position on, or from now.
    void add_listener(std::shared_ptr<http::EventStream> stream, const identity::Viewer& viewer,
                      std::optional<storage::FeedPosition> after);
    // Stored by a thread of its own: who looks at a case neither waits for the disk nor fails with it.
    void keep_opening(const Opening& opening);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// One round each; true when there may be more to do.
bool number_cases(storage::Database& database, std::int64_t now_ms);
bool index_cases(storage::Database& database, RuleSets& rules, grid::GridService& grid);
// Dispatches filed cases of switched classes where one row of the responsibility list stands alone.
bool dispatch_by_itself(const CaseServiceParts& parts);
// Who answers for the case by the responsibility list, asked as of now.
responsibility::Answer answer_for(const CaseServiceParts& parts, const rules::Case& c);
// To whom an organisation or person is, as the rules must know them.
std::optional<rules::Receiver> receiver_of(const identity::Directory& directory, const std::string& organisation, const Uuid& person);
// The world with the system itself in the place of a dispatcher of that centre.
rules::Context system_context(const CaseServiceParts& parts, const std::string& command_center, std::int64_t now_ms);
// The platform as somebody who acts: no person, no organisation, sees every case.
identity::Viewer platform_viewer(const std::shared_ptr<const identity::Directory>& directory);
// Where the feed ends, and cases that the search index has not reached and that match (keys): the oldest few thousand
// of them at most, none when there are no words.
struct FeedTail {
    storage::FeedPosition end;
    std::vector<std::int64_t> unindexed;
};
// The questions, to be asked together with others, and what their answers come to.
std::vector<storage::Question> tail_questions(const std::string& words);
FeedTail read_tail(storage::Transaction& transaction, const std::string& words, std::span<const storage::Rows> answers);

// A stored step that the feed has not announced yet.
struct WaitingStep {
    std::int64_t recorded_ms = 0, case_key = 0, seq = 0;
    std::string_view kind;
    auto operator<=>(const WaitingStep&) const = default;
};

// How much work of a stage waits, by its lights.
struct LightCounts {
    std::int64_t all = 0, red = 0, yellow = 0;
    std::int64_t green() const { return all - red - yellow; } // also what has no limit
    LightCounts& operator+=(const LightCounts& other) {
        all += other.all;
        red += other.red;
        yellow += other.yellow;
        return *this;
    }
};
using StageCounts = std::map<std::string, LightCounts>;

// Thousands that wait before one role (after a storm) are counted once a second, not for everybody who looks.
class CountedWork {
public:
    static bool is_much(const StageCounts& counts) {
        std::int64_t all = 0;
        for (const auto& [stage, one] : counts) all += one.all;
        return all >= much;
    }

    template <typename Count>
    StageCounts get(const std::string& name, const Count& count) {
        const auto now = std::chrono::steady_clock::now();
        {
            const std::lock_guard lock(mutex_);
            if (const auto known = known_.find(name); known != known_.end() && known->second.until > now) return known->second.counts;
        }
        auto counts = count();
        const std::lock_guard lock(mutex_);
        if (is_much(counts)) known_[name] = {counts, now + kept};
        else known_.erase(name);
        return counts;
    }

private:
    static constexpr std::int64_t much = 2000;
    static constexpr auto kept = std::chrono::seconds(1);
    struct Known {
        StageCounts counts;
        std::chrono::steady_clock::time_point until;
    };
    std::mutex mutex_;
    std::map<std::string, Known> known_;
};

struct CaseService::State {
    static constexpr std::size_t known_max = 2000;
    explicit State(CaseServiceParts given) : parts(std::move(given)) {}
    CaseServiceParts parts;
    CaseCache known{known_max};
    CountedWork counted;
    std::unique_ptr<CaseJobs> jobs;
    std::vector<WaitingStep> waiting; // of add_histories
    std::unique_ptr<DecisionService> decisions;
};

// --- what acts by their own hand and time need to know (case_due.cpp, case_ledgers.cpp) ----------------

// The newest step and whether whoever has the work has seen it; nothing without steps.
std::optional<rules::LastStep> last_step_of(storage::Transaction& transaction, const CaseDetail& detail);
std::optional<rules::LastStep> last_step_of(const CaseDetail& detail, bool is_seen);
// For 撤回: the newest step, and the case before it, from what the steps say they changed.
void add_recall(storage::Transaction& transaction, const CaseDetail& detail, rules::Context& context);
// How many of the request's kind were approved this month, and how many cases were filed.
void add_ledger_count(storage::Transaction& transaction, const rules::Case& c, const Uuid& request_id, rules::Context& context);
// Takes the turn of those kinds; false when another approved meanwhile, so that the cap has to be looked at anew.
bool is_ledger_as_counted(storage::Transaction& transaction, const rules::Context& context);
rules::LedgerCount count_ledger(storage::Transaction& transaction, const std::string& kind, std::int64_t now_ms);

// Who may be given an errand: by the policy of the case nearest, crossed or drawn first, those on duty before
// others, never the reporter (case_checkers.cpp).
std::vector<ReceiverChoice> find_checkers(CaseServiceParts& parts, const CaseService& service, const CaseDetail& detail,
                                          const rules::AllowedAction& action, const identity::Viewer& viewer);

// --- views (case_view.cpp) --------------------------------------------------------------------------

// The words and names a JSON answer is made with.
struct ViewContext {
    const rules::Rules& rules;
    const identity::IdentityService& identity;
    const identity::Viewer& viewer;
    const grid::GridService& grid;
    std::string language;
    std::int64_t now_ms = 0;

    std::string pick(const std::string& zh, const std::string& en) const { return language == "en" && !en.empty() ? en : zh; }
    std::string label(const std::vector<rules::LabelRow>& rows, std::string_view code) const;
    std::string state_label(std::string_view machine, std::string_view level, std::string_view code) const;
    std::string organisation_name(std::string_view code) const;
    std::string organisation_name(std::string_view code, std::int64_t at_ms) const; // as it was called then
    std::string person_name(const Uuid& id) const;
};
json::value instant_json(rules::MaybeMs at_ms); // RFC 3339 or null

// The columns of a list row; `cases c` is aliased.
extern const std::string_view summary_columns;
json::object summary_json(const storage::Rows::Row& row, const ViewContext& view);
json::object summary_json(const StoredCase& stored, const ViewContext& view);

} // namespace chengge::cases
