// 三防: modes that stop clocks by place and class, what goes first, the damage census, and the one request by which the
// cases of a mode leave the evaluation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cases/case_service.hpp"
#include "cases/decision_service.hpp"
#include "emergency/emergency_data.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "media/media_service.hpp"

namespace chengge::emergency {

struct EmergencyParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    media::MediaService& media;
    cases::CaseService& cases;
    cases::RuleSets& rules;
    std::shared_ptr<const EmergencyData> data;
};

struct NewMode {
    Uuid id;
    std::string name, words;
    std::vector<std::string> stages, regions, classes; // empty regions, classes: all
    std::optional<std::int64_t> from_ms;               // nothing: now
};

struct NewDamage {
    Uuid id;
    Uuid mode; // nil: of none
    std::string kind;
    double lon = 0, lat = 0;
    std::string coord_type, address, note;
    double amount = 0;
    std::optional<std::int64_t> estimate_yuan, found_ms;
    std::vector<Uuid> media;
};

struct DamageFilter {
    Uuid mode;
    std::string kind, district;
    std::optional<std::int64_t> from_ms, to_ms;
    bool is_mine = false;
    std::string order = "newest"; // newest, oldest, estimate
    std::string cursor;
    int limit = 50;
};

class EmergencyService {
public:
    explicit EmergencyService(EmergencyParts parts);
    ~EmergencyService();

    json::object settings(const std::string& language) const;

    // Refusals: mode_faulty (reason), mode_time_out_of_range, mode_overlaps, mode_not_yours (a district's commander
    // elsewhere), decision_id_taken.
    Result<json::object> begin_mode(const NewMode& mode, const identity::Viewer& viewer, const std::string& language);
    // One that has not begun is taken back. Refusals: mode_unknown, mode_over, mode_time_out_of_range, mode_not_yours.
    Result<json::object> end_mode(const Uuid& id, const std::string& words, std::optional<std::int64_t> at_ms, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> modes(const std::string& cursor, int limit, const std::string& language) const;
    Result<json::object> mode(const Uuid& id, const std::string& language) const;
    // Cases that it has touched, as lists of cases are.
    Result<cases::CaseFilter> cases_of(const Uuid& id) const;

    // 三防优先: open cases of the priority classes, in the mode's places when one is given.
    Result<cases::CaseFilter> priority_filter(const Uuid& mode, const std::string& region, int group) const;
    Result<json::object> priority(const cases::CaseFilter& filter, const identity::Viewer& viewer, const std::string& language) const;

    // 剔除考核. Refusals: mode_unknown, mode_not_over, exclusion_there.
    Result<json::object> ask_exclusion(const Uuid& mode, const Uuid& id, const std::string& reason, const identity::Viewer& viewer, const std::string& language);
    // Refusals: exclusion_unknown, exclusion_decided, request_is_own, needs_words (a refusal).
    Result<json::object> decide_exclusion(const Uuid& mode, bool agrees, const std::string& words, const identity::Viewer& viewer, const std::string& language);

    // 灾损登记. Refusals: those of locate, damage_kind_unknown, damage_id_taken, mode_unknown, media_unknown, too_many_photos.
    Result<json::object> add_damage(const NewDamage& damage, const identity::Viewer& viewer, const std::string& language);
    // By who recorded it or who leads. Refusals: damage_unknown, damage_struck, damage_not_yours.
    Result<json::object> strike_damage(const Uuid& id, const std::string& words, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> damage(const DamageFilter& filter, const identity::Viewer& viewer, const std::string& language) const;
    Result<std::string> damage_csv(const DamageFilter& filter, const identity::Viewer& viewer, const std::string& language) const;
    // Per district and kind, without what is struck out.
    json::object damage_totals(const DamageFilter& filter, const identity::Viewer& viewer, const std::string& language) const;
    bool may_read_media(const identity::Viewer& viewer, const media::Media& photo) const;

    void add_routes(http::Router& router, const http::Problems& problems);

private:
    json::object mode_json(const cases::CaseDecision& mode, const std::string& language) const;
    std::unique_ptr<EmergencyParts> parts_;
};

} // namespace chengge::emergency
