// One act over many cases (机构调整, 三防): a decision is recorded once, and a job does it to each case by a step of its
// own, in small chunks beside the people at work. What a crash left is gone on with; a case that somebody changed
// meanwhile is taken up again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cases/case_service.hpp"

namespace chengge::cases {

// Where the work of a unit goes, and which: all of it, or what lies in these classes and places.
struct WorkMove {
    std::string from, to;             // codes of organisations
    std::vector<std::string> classes; // "2026/event/06": all whose key begins so; empty = every class
    std::vector<std::string> regions; // codes; empty = everywhere
    bool stays_open = false;          // `from` goes on: only what it was given before the decision moves
};

struct NewDecision {
    Uuid id;
    std::string kind;         // move, hold, release, exclude
    std::int64_t of_key = 0;  // release, exclude: the hold
    std::string name, words;  // for people: what it is called, why
    json::object content = {}; // what the recorder keeps beside it
    std::vector<WorkMove> moves = {};                           // move
    std::vector<std::string> stages = {}, regions = {}, classes = {}; // hold
    std::int64_t from_ms = 0; // from when it holds; may lie ahead
};

struct CaseDecision : NewDecision {
    std::int64_t key = 0;
    std::string number; // 机构调整〔2026〕1号, 三防〔2026〕1号, …（结束）, …（剔除考核）
    Uuid made_by;
    std::int64_t made_ms = 0;
    std::string state;         // waiting, running, done, cancelled, failed
    std::string note;          // failed: the code of the refusal
    std::int64_t expected = 0; // cases found when it began
    std::int64_t reached = 0, refused = 0;
    std::optional<std::int64_t> done_ms;
};

// A case that a decision would reach.
struct WorkRow {
    std::int64_t case_key = 0;
    std::string case_no, state, stage, unit;
    rules::Case place; // class and place only
};

class DecisionService {
public:
    explicit DecisionService(CaseService& cases);
    ~DecisionService();

    // What else happens in the transaction in which a decision of the kind begins, and after it. A refusal ends it as failed.
    struct Beginning {
        std::function<Result<void>(storage::Transaction&, const CaseDecision&)> in;
        std::function<void()> after;
    };
    void on_begin(const std::string& kind, Beginning beginning);

    using Also = std::function<Result<void>(storage::Transaction&, const CaseDecision&)>;
    // Records; the same id again is the same decision. `also` runs in the same transaction. Refusals: decision_id_taken,
    // those of `also`.
    Result<CaseDecision> record(const NewDecision& wanted, const identity::Viewer& viewer, const Also& also = {});
    // One that has not begun is taken back. Refusals: decision_unknown, decision_begun.
    Result<void> cancel(const Uuid& id);
    std::optional<CaseDecision> find(const Uuid& id) const;
    std::optional<CaseDecision> find(std::int64_t key) const;
    // Of these kinds, newest first, before a key (0 = from the newest).
    std::vector<CaseDecision> list(const std::vector<std::string>& kinds, std::int64_t before_key, int limit) const;
    // The end of each hold, by the hold's key.
    std::map<std::int64_t, CaseDecision> ends_of(const std::vector<std::int64_t>& hold_keys) const;
    // What it would find now, in the order of keys.
    std::vector<WorkRow> find_work(const NewDecision& wanted) const;
    // For answers: the words of its state, who made it, how far it is.
    json::object json_of(const CaseDecision& decision, const identity::Directory& directory, const std::string& language) const;

    // The job: a thread of its own, or one round in the caller's until nothing is left to do.
    void start_job();
    void stop_job();
    void run_job_once();
    // Reads what holds into memory again: another process has decided (feed kind "decision").
    void reload();

    struct State;

private:
    std::unique_ptr<State> state_;
};

} // namespace chengge::cases
