// The supervision centre's intake desk: the pool and who is at what, calls, answers from the knowledge base,
// call-backs, suggested classes, duplicates and repeats, shifts. The one public face of the module.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "addresses/address_service.hpp"
#include "base/clock.hpp"
#include "cases/case_service.hpp"
#include "hotline/hotline_data.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "storage/database.hpp"
#include "storage/feed.hpp"

namespace chengge::hotline {

struct HotlineParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    addresses::AddressService& addresses;
    cases::CaseService& cases;
    cases::RuleSets& rules;
    std::shared_ptr<const HotlineData> data;
    std::string model_file; // of the class model; need not exist
};

struct PoolFilter {
    std::string stage, holder; // holder: free, mine, others; empty = all
    std::string cursor;
    int limit = 50;
};

struct NewCall {
    Uuid call_id;
    std::string phone, name;
    std::int64_t called_ms = 0;
    std::string outside_call_id, recording; // of the telephone system
    std::string source, level, topic;
    std::string outside_no; // 12345's order, and until when it wants an answer
    std::optional<std::int64_t> outside_due_ms;
    bool is_public = false, wants_call_back = false;
    std::string case_reference; // what it became; empty: answered at once
    std::string question, answer;
    Uuid article_id; // what the answer was taken from; nil = none
};

struct Article {
    Uuid id;
    std::int64_t version = 0; // 0: a new one
    std::string question, answer, kind, class_code, source, valid_from, valid_to; // dates, may be empty
    bool is_open = true;
};

struct ArticleFilter {
    std::string words, kind, class_code, cursor;
    bool only_valid = true;
    int limit = 50;
};

struct Attempt {
    Uuid attempt_id;
    std::string outcome; // satisfied, mostly, unsatisfied, no_answer
    std::string words;
    std::map<std::string, std::string> answers; // question → choice
};

struct PlaceAsked {
    double lon = 0, lat = 0;
    std::string coord_type, edition, kind, class_code, asset_id, words, address;
};

struct DutyEntry {
    Uuid entry_id;
    std::string kind, level, words, place, told, case_reference;
    Uuid follows; // an earlier entry; nil = none
    std::optional<std::int64_t> at_ms;
};

struct TrainingReport {
    std::size_t cases = 0, texts = 0, classes = 0;
    std::size_t held_out = 0, right_first = 0, right_of_three = 0; // texts that the training did not see
};

class HotlineService {
public:
    explicit HotlineService(HotlineParts parts);
    ~HotlineService();

    // Follows the feed: call-backs of what was closed, repeats of what was accepted; finishes handovers that
    // a crash left. A served process only.
    void start_jobs(storage::FeedFollower& follower);
    void stop_jobs();
    void run_jobs_once();
    // Reads the class model's file again; refusal model_unreadable, then the old one stays.
    Result<void> load_model();
    // Learns from the city's closed cases and the words of the standard; a tenth of the different texts is
    // held out and measured. Refusal training_too_small.
    Result<TrainingReport> train();
    // How often the model is right about texts of a CSV file (words,kind,code) and what it takes for what, as a
    // text for docs/. Refusals: bad_data, model_missing.
    Result<std::string> measure(const std::string& csv_file);

    // JSON of the contract all of them. What belongs to no part of the viewer's scope is left out.
    json::object settings(const std::string& language) const;
    Result<json::object> pool(const PoolFilter& filter, const identity::Viewer& viewer, const std::string& language);
    // Never refused for another's claim: the answer says whose it is. `takes`: it becomes mine all the same.
    Result<json::object> claim(const std::string& reference, bool takes, const identity::Viewer& viewer);
    Result<json::object> find_claim(const std::string& reference, const identity::Viewer& viewer);
    // One's own; a shift leader anybody's. Refusal claim_not_mine.
    Result<void> release(const std::string& reference, const identity::Viewer& viewer);
    // Logged. What was reported or asked from this telephone before.
    Result<json::object> caller(const std::string& phone, const identity::Viewer& viewer, const std::string& language);
    // Refusals: call_id_taken, source_unknown, level_unknown, topic_unknown, recording_not_a_link,
    // article_unknown, needs_answer_or_case, case_unknown.
    Result<json::object> add_call(const NewCall& call, const identity::Viewer& viewer, const std::string& language);
    struct CallFilter {
        std::string outcome, source, cursor;
        bool is_mine = false;
        std::optional<std::int64_t> from_ms, to_ms;
        int limit = 50;
    };
    Result<json::object> calls(const CallFilter& filter, const identity::Viewer& viewer, const std::string& language);
    // The plain number; logged.
    Result<json::object> call_contact(const Uuid& call_id, const identity::Viewer& viewer);
    Result<json::object> articles(const ArticleFilter& filter, const std::string& language);
    // Refusals: class_unknown, bad_dates, stale_article, article_unknown.
    Result<json::object> store_article(const Article& article, const identity::Viewer& viewer, const std::string& language);
    json::object phrases(const identity::Viewer& viewer, const std::string& language);
    void add_phrase(const Uuid& id, const std::string& words, const identity::Viewer& viewer);
    void drop_phrase(const Uuid& id, const identity::Viewer& viewer);
    // One act each, in the order given; a refusal stops none of the others.
    Result<json::object> call_backs(const std::string& state, const std::string& cursor, int limit, const identity::Viewer& viewer, const std::string& language);
    // 不满意 reopens the case with the words. Refusals: call_back_unknown, call_back_over, needs_words, those of act.
    Result<json::object> try_call_back(const Uuid& id, const Attempt& attempt, const identity::Viewer& viewer, const std::string& language);
    json::object suggest(const std::string& words, const std::string& kind);
    Result<json::object> duplicates(const PlaceAsked& place, const identity::Viewer& viewer, const std::string& language);
    // Of a case: likely duplicates, linked repeats, and whoever waits for an answer (outside numbers, due times).
    Result<json::object> case_duplicates(const std::string& reference, const identity::Viewer& viewer, const std::string& language);
    // Refusals: receiver_unknown, handover_to_oneself.
    Result<json::object> hand_over(const Uuid& id, const Uuid& to, const std::string& words, const identity::Viewer& viewer);
    json::object handovers();
    Result<json::object> add_duty_entry(const DutyEntry& entry, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> duty_log(const std::string& kind, const std::string& cursor, int limit, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> plan_shift(const std::string& day, const std::string& shift, const std::vector<Uuid>& people, const std::string& language);
    Result<json::object> rota(const std::string& from_day, const std::string& to_day, const std::string& language);
    json::object summary(std::int64_t from_ms, std::int64_t to_ms);

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    std::unique_ptr<State> state_;
};

} // namespace chengge::hotline
