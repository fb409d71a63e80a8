// The people of the city as agents: what they look at, what they do with it, and what they do wrong.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "rules/rules.hpp"
#include "simulation/api.hpp"

namespace chengge::simulation {

struct Agent {
    std::string login, role, organisation;
    std::string token;
    int shift = 0; // which of three, for posts that are manned day and night
    Random random{1};
};

// What agents share; fixed after it was made.
struct World {
    std::shared_ptr<const rules::Rules> rules; // the mix of findings is drawn from its classes
    std::vector<std::pair<double, double>> places; // lon, lat of communities
    std::string photo_before, photo_after;         // JPEG
    double photo_share = 1;                        // of reports and feedback that bring a new photo
};

// Signs the whole staff in; throws when the server is no demo city.
std::vector<Agent> sign_in_all(Api& api, std::uint64_t seed);
World look_around(Api& api, const Agent& anyone, std::shared_ptr<const rules::Rules> rules);

class Behaviour {
public:
    Behaviour(const World& world, Api& api, Tally& tally) : world_(world), api_(api), tally_(tally) {}

    // A new find, by a collector on the round or an operator on the phone. `since_ms`: when it was due.
    bool report(Agent& agent, double since_ms = 0);
    // Takes one thing from the inbox and does it; false when there was nothing to do. `now_ms` is the
    // city's time.
    bool work(Agent& agent, std::int64_t now_ms);
    // What somebody at a desk looks at between acts.
    void browse(Agent& agent);
    // A commander looks at what is late, and has some of it supervised.
    void look_after_late(Agent& agent);

private:
    bool is_ripe(Agent& agent, const json::value& item, std::int64_t now_ms) const;
    const json::value* choose_action(Agent& agent, const json::value& found, const json::value& subject);
    std::optional<json::object> fill(Agent& agent, const json::value& found, const json::value& action);
    bool send_step(Agent& agent, const std::string& case_id, json::object step);
    std::string photo_of(Agent& agent, const std::string& jpeg);

    const World& world_;
    Api& api_;
    Tally& tally_;
};

} // namespace chengge::simulation
