// Cases: reporting, acting, looking, listing. The one public face of the module; every change goes
// through rules::decide and is stored with its step in one transaction.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cases/case_audit.hpp"
#include "cases/case_scope.hpp"
#include "cases/case_store.hpp"
#include "cases/chain.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "media/media_service.hpp"
#include "responsibility/responsibility_service.hpp"
#include "rules/decide.hpp"
#include "storage/feed.hpp"

namespace chengge::cases {

struct Contact {
    std::string name, phone;
    bool is_public = false;
    bool wants_call_back = false;
};

struct NewReport {
    Uuid case_id;
    double lon = 0, lat = 0;
    std::string coord_type;
    std::string description, address;
    std::string edition, kind, class_code, filing_row, asset_id;
    std::vector<Uuid> media;
    std::string source, level;
    std::optional<Contact> contact;
    std::optional<std::int64_t> observed_ms;
    bool is_simple = false; // 简易: will be handled on the spot by whoever reports
};

// Where somebody stands while they act.
struct StepPlace {
    double lon = 0, lat = 0;
    std::string coord_type;
};

struct NewStep {
    Uuid step_id;
    std::string action;
    std::int64_t version = 0;
    std::string subject_kind = "case";
    Uuid subject_id;
    std::string opinion;
    std::vector<Uuid> media;
    std::string receiver_organisation; // code
    Uuid receiver_person;
    std::string filing_row;
    std::string edition, kind, class_code;
    std::optional<std::int64_t> until_ms;
    std::string supervision_level; // 督办
    bool needs_reply = true;       // 督办
    std::vector<std::string> assisting; // 派遣: 协办, codes of organisations
    std::optional<StepPlace> place;     // 简易处置
    std::string target;                 // 管理员处理: the state that is asked for
    std::string lead;              // 合并案件: a case id or a 案卷号
    std::string return_reason;     // 退回
    std::optional<geo::Polygon> red_line; // 现场勘查, CGCS2000
};

// 并案: the case that stands for this one, and those that this one stands for.
struct MergedCase {
    Uuid id;
    std::string case_no, source;
    std::int64_t reported_ms = 0;
};

// A case with all that its page shows.
struct CaseDetail {
    StoredCase stored;
    std::vector<StoredStep> steps;
    std::vector<CaseMediaRow> media_rows;
    std::vector<media::Media> media;
    std::shared_ptr<const rules::Rules> rules; // the set the case was made under
    std::vector<rules::AllowedAction> allowed;
    storage::FeedPosition position;
    std::optional<StoredCase> lead;       // of a merged case
    std::vector<StoredStep> lead_steps;
    std::vector<MergedCase> merged_cases; // only for those who may see the reporters
    bool was_there = false; // the same report or step had been stored before
    bool has_contact = false;
    bool has_followers = false;
    std::optional<Contact> contact; // only for those who may see the reporter
};

struct CaseFilter {
    std::string words;
    std::vector<std::string> states, stages;
    std::string kind, class_code, source, region, organisation, asset_id; // class_code of two digits: the major class
    std::optional<std::int64_t> from_ms, to_ms;
    bool is_overdue = false, is_mine = false, is_supervised = false, is_simple = false, is_disputed = false;
    std::optional<bool> is_open; // nothing: whatever
    std::optional<geo::Box> box;
    // Of whom a unit's part is known: the lists behind who returns most and behind automatic dispatch.
    std::string offered_to, returned_by, return_reason;
    std::string automatic; // all, wrong: dispatched without a person; those later returned or given to another
    std::optional<std::int64_t> offered_from_ms, offered_until_ms;
    std::string order = "newest"; // newest, oldest, deadline, resuming (of suspended ones), priority
    std::vector<std::string> regions;                          // any of them
    std::vector<std::pair<int, std::string>> priority;         // rank, beginning of a class key; of these classes alone
    std::int64_t decision_key = 0;                             // reached by a decision over many cases
    std::string cursor;
    int limit = 50;
};

struct InboxFilter {
    std::string stage, light, cursor;
    int limit = 50;
};

// 台账.
struct LedgerFilter {
    std::string kind, state, organisation;
    std::optional<std::int64_t> from_ms, to_ms; // when it was asked
    bool is_oldest_first = false;
    std::string cursor;
    int limit = 50;
};

// 授权.
struct Delegation {
    Uuid id, from_person, to_person;
    std::int64_t from_ms = 0, to_ms = 0;
    std::string reason;
    std::int64_t made_ms = 0;
    std::optional<std::int64_t> ended_ms;
};

struct ReceiverChoice {
    rules::Receiver receiver;
    std::string organisation_name, person_name;
    std::string reason_code; // a key of the locale of reasons, unless there are words
    bool is_suggested = false;
    Words reason;            // of the responsibility list
    std::string row;         // of the responsibility list
};

struct KnownCase;

// Rule sets by version: the published one and those old cases were made under.
class RuleSets {
public:
    RuleSets(storage::Database& database, std::shared_ptr<const rules::Rules> current);
    std::shared_ptr<const rules::Rules> current() const;
    // Makes a set the current one and stores it under its SM3; needs no restart.
    void publish(std::shared_ptr<const rules::Rules> set, std::int64_t now_ms);
    // The two halves of publishing, for who has more to do between: durable, then in use.
    void store(const rules::Rules& set, std::int64_t now_ms);
    void use(std::shared_ptr<const rules::Rules> set);
    // The set of a version; the current one when that version is lost.
    std::shared_ptr<const rules::Rules> find(const std::string& version);

private:
    struct State;
    std::shared_ptr<State> state_;
};

// Who returns most, and how well automatic dispatch hits. Numbers are cases, so that lists have as many.
struct ReturnsOfUnit {
    std::string organisation;
    std::int64_t offered = 0, returned = 0;
    std::vector<std::pair<std::string, std::int64_t>> reasons; // code of return_reasons.csv, cases
};
struct AutomaticDispatch {
    std::string edition, kind, class_code;
    std::int64_t dispatched = 0, wrong = 0; // wrong: returned or given to another unit
};

// The 三防 modes as decide must know them; read by every act, set by whoever reads the decisions again.
class StandingHolds {
public:
    std::shared_ptr<const std::vector<rules::StandingHold>> now() const {
        const std::lock_guard lock(mutex_);
        return holds_;
    }
    void set(std::vector<rules::StandingHold> holds) {
        auto next = std::make_shared<const std::vector<rules::StandingHold>>(std::move(holds));
        const std::lock_guard lock(mutex_);
        holds_ = std::move(next);
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const std::vector<rules::StandingHold>> holds_ = std::make_shared<const std::vector<rules::StandingHold>>();
};

// What was ruled of a disputed case (疑难裁定) holds of the next one there: the row of the responsibility list that act stores with the
// ruling. `after`: the case as ruled, `now_ms` when; named by the case's number where it has one.
responsibility::Row row_of_ruling(const StoredCase& stored, const rules::Case& after, const std::string& opinion, std::int64_t now_ms);

class DecisionService;

struct CaseServiceParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    media::MediaService& media;
    responsibility::ResponsibilityService& responsibility;
    RuleSets& rules;
    std::string platform = "440800";
    std::string program = ""; // version, for what is handed out
    std::shared_ptr<StandingHolds> holds = std::make_shared<StandingHolds>();
};

class CaseService {
public:
    explicit CaseService(CaseServiceParts parts);
    ~CaseService();

    // Starts the numberer, the search index, the overdue sweep and the stream; a served process only.
    void start_jobs(storage::FeedFollower& follower);
    void stop_jobs();
    // Runs one round of all of them in the caller's thread (tests, batches).
    void run_jobs_once();

    // Refusals: those of decide, outside_city, unknown_coord_type, class_unknown, media_unknown,
    // case_id_taken, source_unknown.
    Result<CaseDetail> report(const NewReport& report, const identity::Viewer& viewer);
    // `reference` is a case id or a 案卷号. Refusals: case_unknown (also when out of scope), those of
    // decide; stale_version when another was faster.
    Result<CaseDetail> act(const std::string& reference, const NewStep& step, const identity::Viewer& viewer);
    Result<CaseDetail> get(const std::string& reference, const identity::Viewer& viewer);
    // The same for somebody who opens its page: once whoever has the work has seen it, the newest step is not taken back.
    Result<CaseDetail> open(const std::string& reference, const identity::Viewer& viewer);
    // The reporter's plain contact; logged.
    Result<Contact> contact(const std::string& reference, const identity::Viewer& viewer);
    Result<std::vector<ReceiverChoice>> receivers(const std::string& reference, const std::string& action,
                                                  const std::string& subject_kind, const Uuid& subject_id,
                                                  const identity::Viewer& viewer);
    // The evidence pack as bytes; logged as a read of personal data. Refusals: those of get and of
    // write_evidence; more than 64 MB of photographs are for chengge evidence.
    Result<std::string> evidence(const std::string& reference, bool has_contact, const identity::Viewer& viewer);
    // Pages as JSON objects of the contract: {items, next_cursor, feed_position}.
    Result<json::object> list(const CaseFilter& filter, const identity::Viewer& viewer, const std::string& language);
    // Rows of the list by their keys, only of what the viewer may see; for modules that keep keys.
    std::map<std::int64_t, json::object> summaries(const std::vector<std::int64_t>& case_keys, const identity::Viewer& viewer, const std::string& language);
    Result<std::string> export_csv(const CaseFilter& filter, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> inbox(const InboxFilter& filter, const identity::Viewer& viewer, const std::string& language);
    json::object detail_json(const CaseDetail& detail, const identity::Viewer& viewer, const std::string& language) const;

    bool may_read_media(const identity::Viewer& viewer, const media::Media& photo);

    // Builds the world around an act for somebody; history makers use the same.
    rules::Context context_of(const identity::Viewer& viewer, std::int64_t now_ms) const;
    // Nothing when there is no such organisation or person.
    std::optional<rules::Receiver> receiver_of(const std::string& organisation, const Uuid& person) const;
    // The case a report would become, located and checked; no transaction.
    Result<rules::Case> prepare(const NewReport& report, const identity::Viewer& viewer) const;
    // Stores whole histories made by decide in one transaction (demo, import). The feed announces their
    // steps in the order in which they were recorded: histories come by their first step's time, and
    // what is recorded after the newest of them waits for the next call; the last one announces all.
    Result<void> add_histories(std::vector<NewCaseRow> rows, bool is_last = true);

    // Of parts offered in the period, as far as the viewer sees; units by how many they returned.
    std::vector<ReturnsOfUnit> returns(std::int64_t from_ms, std::int64_t until_ms, const identity::Viewer& viewer) const;
    std::vector<AutomaticDispatch> automatic_dispatches(std::int64_t from_ms, std::int64_t until_ms) const;
    // How many cases are not ended, by state.
    std::map<std::string, std::int64_t> count_open_cases() const;
    // How many were reported in each cell since then; cells without any are left out.
    std::map<std::string, std::int64_t> count_cases_of_cells(std::int64_t from_ms) const;
    // What is done by itself when its time has come: suspended cases resume, simple ones are archived or drawn for a
    // spot check. How many were acted upon. Refused ones are left for the next round.
    int act_when_due();

    // 台账: the requests of a kind that the viewer may see, with who, when, why and what was decided. Refusals:
    // ledger_unknown, bad_cursor.
    Result<json::object> ledger(const LedgerFilter& filter, const identity::Viewer& viewer, const std::string& language);
    Result<std::string> ledger_csv(const LedgerFilter& filter, const identity::Viewer& viewer, const std::string& language);
    // Every ledger with this month's approvals, its cap and, near the cap, a warning in words.
    json::object ledgers(const identity::Viewer& viewer, const std::string& language);

    // 授权: the viewer lets a colleague act for them for a time. Refusals: delegate_not_fitting,
    // delegation_time_out_of_range, not_for_another (who acts for somebody passes nothing on).
    Result<Delegation> delegate(const Delegation& wanted, const identity::Viewer& viewer);
    // Ends one that the viewer has given; refusal delegation_unknown.
    Result<void> end_delegation(const Uuid& id, const identity::Viewer& viewer);
    // Given by and to the viewer, newest first.
    std::vector<Delegation> delegations(const identity::Viewer& viewer);
    // The viewer as who the person is that they act for now; refusal not_delegated.
    Result<identity::Viewer> act_for(const Uuid& person, const identity::Viewer& viewer);

    // One act over many cases: decision_service.hpp.
    DecisionService& decisions();

    void add_routes(http::Router& router, const http::Problems& problems);

private:
    friend class CaseJobs;
    friend class DecisionService;
    struct State;
    void fill(CaseDetail& detail, const KnownCase& known) const;
    bool fill_known(CaseDetail& detail, const std::string& reference, std::int64_t version, const identity::Viewer& viewer) const;
    std::shared_ptr<const KnownCase> load_known(storage::Transaction& transaction, std::int64_t case_key) const;
    Result<CaseDetail> load_detail(storage::Transaction& transaction, const std::string& reference, const identity::Viewer& viewer) const;
    CaseDetail with_allowed(CaseDetail detail, const identity::Viewer& viewer, bool is_just_done = false) const;
    Result<CaseDetail> get_again(const Uuid& case_id, const identity::Viewer& viewer);
    std::string number_now(std::int64_t case_key, std::int64_t now_ms);
    std::unique_ptr<State> state_;
};

} // namespace chengge::cases
