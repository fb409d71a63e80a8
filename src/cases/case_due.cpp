// What happens by itself when its time has come, and what a person may still take back.
#include <algorithm>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "cases/case_state.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Transaction;

identity::Viewer platform_viewer(const std::shared_ptr<const identity::Directory>& directory) {
    identity::Viewer viewer;
    viewer.roles = {platform_role};
    viewer.scope.sees_all = true;
    viewer.directory = directory;
    return viewer;
}

namespace {

bool holds_work(const rules::Case& c, const identity::Viewer& viewer) {
    return std::any_of(c.clocks.begin(), c.clocks.end(), [&](const rules::StageClock& clock) {
        if (clock.stopped_ms) return false;
        if (!clock.person_id.is_nil()) return clock.person_id == viewer.person_id;
        return clock.organisation == viewer.organisation_code && viewer.roles.contains(clock.role);
    });
}

// Somebody for a spot check: the same for the same case, never the reporter.
Uuid draw_inspector(const identity::Directory& directory, const Uuid& case_id) {
    const auto people = directory.people_with_role("inspector", std::nullopt);
    if (people.empty()) return {};
    return people[static_cast<std::uint8_t>(sm3(case_id.raw())[5]) % people.size()]->id;
}

} // namespace

std::optional<rules::LastStep> last_step_of(const CaseDetail& detail, bool is_seen) {
    if (detail.steps.empty()) return std::nullopt;
    const auto& step = detail.steps.back().step;
    return rules::LastStep{step.seq, step.action, step.subject_kind, step.actor_id, step.at_ms, is_seen};
}

std::optional<rules::LastStep> last_step_of(Transaction& transaction, const CaseDetail& detail) {
    if (detail.steps.empty()) return std::nullopt;
    const auto rows = transaction.run(sql::load_opening, {{"case_key", detail.stored.key}});
    return last_step_of(detail, !rows.empty() && rows[0].integer("seq") >= detail.steps.back().step.seq);
}

void add_recall(Transaction& transaction, const CaseDetail& detail, rules::Context& context) {
    context.last = last_step_of(transaction, detail);
    std::vector<std::string> changes;
    for (std::size_t i = 0; i + 1 < detail.steps.size(); ++i) changes.push_back(detail.steps[i].step.changes);
    context.previous = rules::case_of_changes(changes);
    context.previous->id = detail.stored.c.id;
    context.previous->version = static_cast<std::int64_t>(changes.size());
}

Result<CaseDetail> CaseService::open(const std::string& reference, const identity::Viewer& viewer) {
    auto& parts = state_->parts;
    auto detail = get(reference, viewer);
    if (!detail || detail->steps.empty()) return detail;
    const auto& step = detail->steps.back().step;
    const auto now = parts.clock.now_ms();
    // Only while somebody could take the step back does it matter who has seen it.
    const bool matters = now <= step.at_ms + detail->rules->workflow.settings.recall_minutes * minute_ms && !step.actor_id.is_nil();
    const auto& hand = viewer.deputy_id.is_nil() ? viewer.person_id : viewer.deputy_id;
    if (matters && hand != step.actor_id && holds_work(detail->stored.c, viewer)) {
        const Opening opening{detail->stored.key, step.seq, now};
        if (state_->jobs) state_->jobs->keep_opening(opening);
        else store_openings(parts.database, {opening});
    }
    return detail;
}

void store_openings(storage::Database& database, const std::vector<Opening>& openings) {
    std::vector<storage::Params> rows;
    for (const auto& one : openings) rows.push_back({{"case_key", one.case_key}, {"seq", one.seq}, {"opened_ms", one.opened_ms}});
    (void)database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run_batch(sql::store_opening, rows);
        return {};
    });
}

int CaseService::act_when_due() {
    auto& parts = state_->parts;
    const auto directory = parts.identity.directory();
    const auto viewer = platform_viewer(directory);
    const auto now = parts.clock.now_ms();
    const auto center = context_of(viewer, now).supervision_center;
    const auto [suspended, simple] = parts.database.read([&](Transaction& transaction) {
        return std::pair{transaction.run(sql::list_due_suspensions, {{"now", now}}), transaction.run(sql::list_simple_waiting, {{"center", center}})};
    });
    int done = 0;
    const auto act_on = [&](const storage::Rows::Row& row, const char* action, const Uuid& receiver) {
        NewStep step;
        step.step_id = make_uuid(now);
        step.action = action;
        step.version = row.integer("version");
        step.receiver_person = receiver;
        const auto outcome = act(format_uuid(uuid_from_raw(row.bytes("case_id"))), step, viewer);
        done += outcome.has_value();
        return outcome;
    };
    for (const auto row : suspended) {
        const auto outcome = act_on(row, "resume_by_itself", {});
        if (!outcome && outcome.error().code != "stale_version") log_error("a suspended case could not resume", {{"reason", outcome.error().code}});
    }
    for (const auto row : simple) {
        // Drawn or not is for the rules to say: what is refused the one is offered the other.
        const auto archived = act_on(row, "archive_by_itself", {});
        if (archived || archived.error().code != "drawn_for_check") continue;
        const auto inspector = draw_inspector(*directory, uuid_from_raw(row.bytes("case_id")));
        if (!inspector.is_nil()) (void)act_on(row, "draw_spot_check", inspector);
    }
    return done;
}

} // namespace chengge::cases
