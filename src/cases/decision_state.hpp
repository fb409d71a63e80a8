// What decisions.cpp and decision_job.cpp share; nothing outside includes it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "cases/case_state.hpp"
#include "cases/decision_service.hpp"

namespace chengge::cases {

extern const std::string_view decision_columns; // of `case_decisions d`
extern const std::string_view decision_job_columns; // … without counting what was reached
CaseDecision decision_of(const storage::Rows::Row& row);
std::optional<CaseDecision> load_decision(storage::Transaction& transaction, std::int64_t key, std::string_view columns = decision_columns);

// Cases after a key that the decision would reach, in the order of keys; at most so many.
std::vector<WorkRow> find_work(storage::Transaction& transaction, const CaseDecision& decision, const CaseDecision* of, std::int64_t after_key, int limit);

struct DecisionService::State {
    explicit State(CaseService& given, CaseServiceParts given_parts) : cases(given), parts(std::move(given_parts)) {}
    CaseService& cases;
    CaseServiceParts parts;
    std::map<std::string, Beginning> beginnings; // set before the job starts

    // The job's own (decision_job.cpp): one round at a time.
    std::mutex job_mutex;
    std::map<std::int64_t, std::deque<std::int64_t>> waiting; // by decision: keys found and not yet done

    std::mutex wake_mutex;
    std::condition_variable_any wake;
    bool is_asked = false;
    bool others_wrote = false; // since the last chunk
    std::jthread job;

    // One piece of work; false when there was nothing to do. `chunk_max` cases at most.
    bool work_once(std::size_t chunk_max);
    void watch();

private:
    bool begin(const CaseDecision& decision);
    bool go_on(const CaseDecision& decision, std::size_t chunk_max);
    void apply(const CaseDecision& decision, const CaseDecision* of, const std::vector<std::int64_t>& keys);
};

} // namespace chengge::cases
