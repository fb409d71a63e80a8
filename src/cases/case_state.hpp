// What the sources of this module share; nothing outside includes it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "cases/case_cache.hpp"
#include "cases/case_service.hpp"

namespace chengge::cases {

// The threads beside the requests (case_jobs.cpp).
class CaseJobs {
public:
    CaseJobs(const CaseServiceParts& parts, storage::FeedFollower& follower);
    ~CaseJobs();
    // Wakes the numberer; waits a moment for the number so that it can be read to the caller.
    void number_soon(std::chrono::milliseconds wait);
    // Follows the feed for one listener from a position on, or from now.
    void add_listener(std::shared_ptr<http::EventStream> stream, const identity::Viewer& viewer,
                      std::optional<storage::FeedPosition> after);

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
// Cases that the search index has not reached and that match (keys); the newest few thousand at most.
std::vector<std::int64_t> find_unindexed(storage::Transaction& transaction, const std::string& words);

// A stored step that the feed has not announced yet.
struct WaitingStep {
    std::int64_t recorded_ms = 0, case_key = 0, seq = 0;
    std::string_view kind;
    auto operator<=>(const WaitingStep&) const = default;
};

struct CaseService::State {
    static constexpr std::size_t known_max = 2000;
    explicit State(CaseServiceParts given) : parts(std::move(given)) {}
    CaseServiceParts parts;
    CaseCache known{known_max};
    std::unique_ptr<CaseJobs> jobs;
    std::vector<WaitingStep> waiting; // of add_histories
};

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
    std::string person_name(const Uuid& id) const;
};
json::value instant_json(rules::MaybeMs at_ms); // RFC 3339 or null

// The columns of a list row; `cases c` is aliased.
extern const std::string_view summary_columns;
json::object summary_json(const storage::Rows::Row& row, const ViewContext& view);
json::object summary_json(const StoredCase& stored, const ViewContext& view);

} // namespace chengge::cases
