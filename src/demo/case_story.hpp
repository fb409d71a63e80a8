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
};

class CaseStory {
public:
    CaseStory(const StoryWorld& world, std::uint64_t seed, std::int64_t reported_ms);
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
    Random random_;
    std::int64_t reported_ms_;
    std::int64_t last_ms_ = 0;
    mix::Finding finding_;
    bool is_urgent_ = false;
    PhotoPair photos_;
    std::string unit_code_;
    rules::Case case_;
    std::string chain_;
    cases::NewCaseRow row_;
    std::optional<Error> failure_;
};

} // namespace chengge::demo
