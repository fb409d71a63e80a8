// One case of the demo's history from report to closing, every step through rules::decide by a
// person who may do it; it stops where the history ends.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cases/case_service.hpp"
#include "mix/case_mix.hpp"
#include "demo/city.hpp"

namespace chengge::demo {

// The stored pictures of the demo by scene.
struct PhotoPair {
    rules::MediaRef before, after;
};
using PhotoShelf = std::map<std::string, std::vector<PhotoPair>, std::less<>>;

struct Player {
    rules::Actor actor;
    identity::Viewer viewer; // filled for those who report
};

// Who plays which part.
struct Cast {
    std::vector<Player> operators, leaders, collectors, inspectors;
    std::vector<Player> commanders; // of the city
    std::map<std::string, std::vector<Player>, std::less<>> dispatchers;        // by command centre
    std::map<std::string, std::vector<Player>, std::less<>> managers, handlers; // by organisation
    std::map<std::string, std::vector<std::string>, std::less<>> crews;         // of a unit
};
Cast make_cast(const identity::IdentityService& identity);

// What all stories share; read by several threads at once.
struct StoryWorld {
    const City& city;
    const rules::Rules& rules;
    const cases::CaseService& cases;
    const PhotoShelf& photos;
    const Cast& cast;
    std::int64_t now_ms = 0; // where the history ends
    const AssetShelf* assets = nullptr;
};

// 疑难案件: two units give it back in turn; then somebody looks at it on the spot, and it is ruled on.
struct Dispute {
    struct GivenBack {
        const char* unit;   // the front of its code ("sanitation"); "street": the subdistrict's office
        const char* reason; // a row of data/workflow/return_reasons.csv
        const char* words;
    };
    const char* found; // what the collector writes
    GivenBack first, second;
    const char* site_words = "";
    const char* ruling_words = "";
    const char* ruled_unit = ""; // as GivenBack::unit
    std::int64_t site_ms = 0, ruling_ms = 0; // 0: not yet
};

// How a case of a planned month has to come out; without a plan chance decides.
struct StoryPlan {
    enum class Fate { simple, declined, not_filed, merged, cancelled, waiting, on_time, late, overdue, running };
    Fate fate = Fate::on_time;
    Uuid case_id;
    std::size_t cell = 0; // of the city
    std::string kind, class_code;
    bool is_reworked = false, is_redispatched = false;
    Uuid lead; // of a merged case
    std::optional<Dispute> dispute;
};

class CaseStory {
public:
    CaseStory(const StoryWorld& world, std::uint64_t seed, std::int64_t reported_ms, const StoryPlan* plan = nullptr);
    // A refusal is a bug of the demo: it names the act that was refused.
    Result<cases::NewCaseRow> run();

private:
    bool act(const Player& by, const char* action, rules::Command command, std::int64_t at_ms);
    bool act(const Player& by, const char* action, std::int64_t at_ms) {
        return act(by, action, {}, at_ms);
    }
    rules::Command about(const rules::Assignment& assignment) const;
    rules::Command about(const rules::Task& task) const;
    rules::Command returning(rules::Command command);
    rules::Command given_to(rules::Command command, const std::string& organisation,
                            const Uuid& person = {});

    bool report();
    bool verify();
    bool file();
    bool dispatch();
    bool send_back_once();
    bool handle(double length_share);
    bool pass_gate();
    bool check();
    void remind_if_late(std::int64_t until_ms);
    bool run_simple();
    bool merge();
    bool cancel();
    bool run_dispute(); // dispute_story.cpp
    bool give_back(const Dispute::GivenBack& why, std::int64_t dispatched_ms, std::int64_t asked_ms);
    std::string code_of(std::string_view unit) const; // where the case is
    const rules::Assignment& center_part() const;     // the district's
    // What chance decides unless the plan has.
    bool happens(double probability, bool planned) { return plan_ != nullptr ? planned : random_.chance(probability); }
    bool has_fate(StoryPlan::Fate fate) const { return plan_ != nullptr && plan_->fate == fate; }
    // When the unit is done, after its own pace or as planned; behind the end: never.
    std::int64_t done_at(double length_share);

    const rules::Assignment* unit() const; // the unit whose turn it is
    const Player& any(const std::vector<Player>& players) {
        return players[random_.below(players.size())];
    }
    const Player& dispatcher_of(const std::string& command_center);
    // Minutes with a long tail; the centre works every day from eight to eight, urgent cases
    // always.
    std::int64_t soon(double mean_minutes);
    // The same in the unit's working time.
    std::int64_t at_work(double mean_minutes);

    const StoryWorld& world_;
    const StoryPlan* plan_;
    Random random_;
    std::int64_t reported_ms_;
    std::int64_t last_ms_ = 0;
    mix::Finding finding_;
    bool is_urgent_ = false;
    PhotoPair photos_;
    const Player* reporter_ = nullptr;
    std::string unit_code_;
    rules::Case case_;
    std::string chain_;
    cases::NewCaseRow row_;
    std::optional<Error> failure_;
};

} // namespace chengge::demo
