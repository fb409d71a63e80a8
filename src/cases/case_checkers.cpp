// Who verifies and checks: the order in which people are offered, by the policy of the case (data/workflow/check_policies.csv).
#include <algorithm>
#include <limits>

#include "base/digest.hpp"
#include "cases/case_state.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Blob;
using storage::Transaction;

namespace {

constexpr std::size_t choices_max = 60;
constexpr std::size_t places_max = 200;      // people whose last place is asked for
constexpr auto duty_ms = 2 * hour_ms;        // who was at the platform that lately is on duty

struct Candidate {
    const identity::Person* person = nullptr;
    std::string role;
    bool is_on_duty = false;
    double rank = 0; // least first
};

// Nobody who would check themselves: not the reporter, not who has checked the case before where it must be another.
bool is_excluded(const rules::Case& c, const rules::AllowedAction& action, const Uuid& person, bool may_be_reporter) {
    if (person == c.reporter_id && !may_be_reporter) return true;
    const auto& guards = action.row->guards;
    if (std::find(guards.begin(), guards.end(), "receiver_is_independent") == guards.end()) return false;
    return std::any_of(c.tasks.begin(), c.tasks.end(), [&](const rules::Task& one) { return one.person_id == person; });
}

double draw_of(const Uuid& case_id, const Uuid& person) {
    const auto digest = sm3(case_id.raw() + person.raw());
    return static_cast<std::uint8_t>(digest[0]) * 256.0 + static_cast<std::uint8_t>(digest[1]);
}

double distance_of(Transaction& transaction, const rules::Case& c, const Uuid& person) {
    const auto rows = transaction.run(sql::last_report_place, {{"person_id", Blob{person.raw()}}});
    if (rows.empty()) return std::numeric_limits<double>::max();
    return geo::distance_m({rows[0].number("lon"), rows[0].number("lat")}, {c.lon, c.lat});
}

} // namespace

std::vector<ReceiverChoice> find_checkers(CaseServiceParts& parts, const CaseService& service, const CaseDetail& detail,
                                          const rules::AllowedAction& action, const identity::Viewer& viewer) {
    const auto& c = detail.stored.c;
    const auto& directory = *viewer.directory;
    const auto& effects = action.row->effects;
    const bool is_verify = std::find(effects.begin(), effects.end(), "add_verify_task") != effects.end();
    const auto* policy = rules::check_policy_of(*detail.rules, is_verify ? "verify" : "check", c);
    const std::string chooser = policy != nullptr ? policy->chooser : "";
    const auto* reporter = c.reporter_id.is_nil() ? nullptr : directory.find_person(c.reporter_id);
    const auto on_duty = parts.identity.people_seen_since(parts.clock.now_ms() - duty_ms);

    std::vector<Candidate> candidates;
    for (const std::string role : {"inspector", "collector"})
        for (const auto* person : directory.people_with_role(role, std::nullopt))
            if (!is_excluded(c, action, person->id, policy != nullptr && policy->may_be_reporter)) candidates.push_back({person, role, on_duty.contains(person->key), 0});
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.is_on_duty > b.is_on_duty; });
    if (chooser == "nearest")
        parts.database.read([&](Transaction& transaction) {
            for (std::size_t i = 0; i < candidates.size(); ++i) candidates[i].rank = i < places_max ? distance_of(transaction, c, candidates[i].person->id) : std::numeric_limits<double>::max();
            return 0;
        });
    for (auto& one : candidates) {
        if (chooser == "crossed") one.rank = reporter != nullptr && one.person->organisation_key == reporter->organisation_key;
        if (chooser == "random") one.rank = draw_of(c.id, one.person->id);
    }
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return std::pair{!a.is_on_duty, a.rank} < std::pair{!b.is_on_duty, b.rank}; });

    std::vector<ReceiverChoice> choices;
    for (const auto& one : candidates) {
        if (choices.size() == choices_max) break;
        const auto receiver = service.receiver_of("", one.person->id);
        if (!receiver) continue;
        const auto* organisation = directory.find_organisation(one.person->organisation_key);
        const bool is_known = chooser == "nearest" ? one.rank < std::numeric_limits<double>::max() : chooser == "crossed" ? one.rank == 0 : !chooser.empty();
        auto reason = choices.empty() && is_known ? chooser + (one.is_on_duty ? "_on_duty" : "") : one.role + (one.is_on_duty ? "_on_duty" : "");
        choices.push_back({*receiver, organisation != nullptr ? organisation->name : "", one.person->name, std::move(reason), choices.empty(), {}, ""});
    }
    return choices;
}

} // namespace chengge::cases
