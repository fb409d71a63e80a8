// Sampling by inspectors (督查) and contractors (采集公司): lots and their people, roll calls, draws that can be repeated,
// findings with objections, scores, deduction sheets. The one public face of the module.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cases/case_service.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "media/media_service.hpp"
#include "patrol/patrol_data.hpp"
#include "patrol/sheet.hpp"
#include "storage/database.hpp"

namespace chengge::patrol {

struct PatrolParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    media::MediaService& media;
    cases::CaseService& cases;
    cases::RuleSets& rules;
    std::shared_ptr<const PatrolData> data;
};

// 标段: what a contract says.
struct Lot {
    Uuid id;
    std::int64_t version = 0; // 0: a new one
    std::string code, name, organisation, contract_no;
    std::string valid_from, valid_to;  // days, both included
    std::vector<std::string> regions;  // codes of districts, subdistricts, communities, cells
    std::vector<Promise> promises;
    std::int64_t month_fee_cents = 0, unit_price_cents = 0; // the fee of a month; of each find filed or archived
};

struct LotCollector {
    Uuid person;
    std::string from_day, to_day; // to: the last day; empty = still
};

struct RollCall {
    Uuid id;
    std::string day, shift, words;
    std::vector<Uuid> people; // who was there
};

// What a draw is made from.
struct Frame {
    std::string from_day, to_day; // closed or archived on these days
    bool has_closed = true, has_simple = true;
    std::string region, kind, class_code;
    Uuid lot;       // nil = all: cases whose finder is a collector of the lot
    Uuid collector; // nil = all: cases that this collector has found
};
struct NewSample {
    Uuid id;
    Frame frame;
    int size = 0;
    std::string seed; // as drawn in public; empty: one is made
    std::string words;
};

struct NewFinding {
    Uuid id;
    Uuid sample;                // nil = none
    std::string case_reference; // empty: at a place
    std::string kind, words;
    std::vector<Uuid> media;
    std::optional<cases::StepPlace> place; // where the inspector stands
    Uuid collector;                        // of 漏报: whose beat it was, when known
    bool contests = false;                 // 质疑结案 together with it
};

struct FindingFilter {
    std::string month, kind, state, cursor;
    Uuid lot, collector, sample;
    bool counts_only = false; // what bears points or money
    int limit = 50;
};

class PatrolService {
public:
    explicit PatrolService(PatrolParts parts);
    ~PatrolService();

    // JSON of the contract all of them. A contractor sees its own lots, a collector what concerns them.
    json::object settings(const std::string& language) const;
    json::object lots(const identity::Viewer& viewer, const std::string& language);
    // Refusals: lot_unknown.
    Result<json::object> lot(const Uuid& id, const identity::Viewer& viewer, const std::string& language);
    // Refusals: stale_lot, lot_code_taken, contractor_unknown, region_unknown, shift_unknown, bad_dates.
    Result<json::object> store_lot(const Lot& lot, const identity::Viewer& viewer, const std::string& language);
    // Adds a collector or changes until when; refusals: lot_unknown, collector_unknown, collector_elsewhere, bad_dates.
    Result<json::object> place_collector(const Uuid& lot, const LotCollector& collector, const identity::Viewer& viewer, const std::string& language);
    // 点名. Refusals: lot_unknown, shift_unknown, bad_dates, roll_call_early, collector_not_of_lot.
    Result<json::object> take_roll_call(const Uuid& lot, const RollCall& call, const identity::Viewer& viewer, const std::string& language);
    // Promised and present by day and shift, with who was there and how that is known; at most 31 days.
    Result<json::object> presence(const Uuid& lot, const std::string& month, const identity::Viewer& viewer, const std::string& language);

    // Refusals: bad_dates, sample_size_wrong, nothing_to_draw, population_too_large, lot_unknown, sample_id_taken.
    Result<json::object> draw_sample(const NewSample& sample, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> samples(const std::string& cursor, int limit, const identity::Viewer& viewer, const std::string& language);
    // Refusal sample_unknown.
    Result<json::object> sample(const Uuid& id, const identity::Viewer& viewer, const std::string& language);
    // Draws again from what is stored: whether list and sample are still what the draw gave.
    Result<json::object> check_sample(const Uuid& id);
    // Every case of the population with its rank, lowest first, and whether it was drawn.
    Result<std::string> population_csv(const Uuid& id);

    // Refusals: finding_kind_unknown, finding_not_fitting, needs_photo_of_place, media_unknown, needs_reasons, needs_place_or_case, outside_city,
    // sample_unknown, not_in_sample, sample_item_done, inspector_not_independent, case_unknown, finding_id_taken; with
    // `contests` those of the case's action.
    Result<json::object> add_finding(const NewFinding& finding, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> findings(const FindingFilter& filter, const identity::Viewer& viewer, const std::string& language);
    // Refusal finding_unknown.
    Result<json::object> finding(const Uuid& id, const identity::Viewer& viewer, const std::string& language);
    // 申辩. Refusals: finding_unknown, objection_not_yours, objection_too_late, objected_already, needs_reasons, media_unknown.
    Result<json::object> object(const Uuid& id, const std::string& words, const std::vector<Uuid>& media, const identity::Viewer& viewer, const std::string& language);
    // By somebody else than who found it. Refusals: finding_unknown, no_objection, decides_own_finding, needs_reasons.
    Result<json::object> decide(const Uuid& id, bool upholds, const std::string& words, const identity::Viewer& viewer, const std::string& language);
    // A table of the list; as Excel or CSV.
    Result<std::string> findings_table(const FindingFilter& filter, bool is_xlsx, const identity::Viewer& viewer, const std::string& language);

    // Lots and collectors of a month by score; refusal bad_month.
    Result<json::object> scores(const std::string& month, const identity::Viewer& viewer, const std::string& language);
    // The collector's own score of a month with its reasons.
    Result<json::object> my_score(const std::string& month, const identity::Viewer& viewer, const std::string& language);

    // Makes or counts anew the draft of a lot and month. Refusals: lot_unknown, bad_month, sheet_confirmed, month_not_begun.
    Result<json::object> make_sheet(const Uuid& id, const Uuid& lot, const std::string& month, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> sheets(const std::string& month, const identity::Viewer& viewer, const std::string& language);
    Result<json::object> sheet(const Uuid& id, const identity::Viewer& viewer, const std::string& language);
    // The lines behind a row of the sheet, or all. Refusals: sheet_unknown, bad_cursor.
    Result<json::object> sheet_lines(const Uuid& id, const std::string& rule, const std::string& cursor, int limit, const identity::Viewer& viewer, const std::string& language);
    // By a second person; then it never changes. Refusals: sheet_unknown, stale_sheet, sheet_confirmed, sheet_own,
    // month_not_over, objections_open, objection_time_runs.
    Result<json::object> confirm_sheet(const Uuid& id, std::int64_t version, const identity::Viewer& viewer, const std::string& language);
    Result<std::string> sheet_table(const Uuid& id, bool is_xlsx, const identity::Viewer& viewer, const std::string& language);

    // Photographs of findings and objections, for whom they concern.
    bool may_read_media(const identity::Viewer& viewer, const Uuid& media);

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    std::unique_ptr<State> state_;
};

} // namespace chengge::patrol
