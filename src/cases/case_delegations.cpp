// 授权: one person lets a colleague act for them for a time. Whoever acts so has the other's posts and scope;
// the steps keep whose hand it was and for whom.
#include "base/time.hpp"
#include "cases/case_state.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Blob;
using storage::Transaction;

Result<Delegation> CaseService::delegate(const Delegation& wanted, const identity::Viewer& viewer) {
    auto& parts = state_->parts;
    if (!viewer.deputy_id.is_nil()) return fail("not_for_another");
    const auto now = parts.clock.now_ms();
    const auto* person = viewer.directory->find_person(wanted.to_person);
    const bool fits = person != nullptr && person->is_active && person->id != viewer.person_id && person->organisation_key == viewer.organisation_key;
    if (!fits || !parts.identity.viewer_of(*person).may("case.act")) return fail("delegate_not_fitting");
    const auto days = parts.rules.current()->workflow.settings.delegation_days_max;
    if (wanted.to_ms <= now || wanted.from_ms >= wanted.to_ms || wanted.to_ms - std::max(wanted.from_ms, now) > days * day_ms || wanted.from_ms > now + 366 * day_ms)
        return fail("delegation_time_out_of_range", {{"days", std::to_string(days)}});
    auto made = wanted;
    made.id = make_uuid(now);
    made.from_person = viewer.person_id;
    made.made_ms = now;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::add_delegation, {{"delegation_id", Blob{made.id.raw()}}, {"from_person", Blob{made.from_person.raw()}}, {"to_person", Blob{made.to_person.raw()}},
                                              {"from_ms", made.from_ms}, {"to_ms", made.to_ms}, {"reason", made.reason}, {"made_ms", made.made_ms}});
        return {};
    }));
    parts.identity.record_access(viewer, "delegation_given", person->login);
    return made;
}

Result<void> CaseService::end_delegation(const Uuid& id, const identity::Viewer& viewer) {
    auto& parts = state_->parts;
    if (!viewer.deputy_id.is_nil()) return fail("not_for_another");
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto ended = transaction.run(sql::end_delegation, {{"delegation_id", Blob{id.raw()}}, {"me", Blob{viewer.person_id.raw()}}, {"ended_ms", parts.clock.now_ms()}});
        if (ended.affected == 0) return fail("delegation_unknown");
        return {};
    }));
    parts.identity.record_access(viewer, "delegation_ended", format_uuid(id));
    return {};
}

std::vector<Delegation> CaseService::delegations(const identity::Viewer& viewer) {
    std::vector<Delegation> all;
    const auto rows = state_->parts.database.read([&](Transaction& transaction) { return transaction.run(sql::list_delegations, {{"me", Blob{viewer.person_id.raw()}}}); });
    for (const auto row : rows)
        all.push_back({uuid_from_raw(row.bytes("delegation_id")), uuid_from_raw(row.bytes("from_person")), uuid_from_raw(row.bytes("to_person")), row.integer("from_ms"),
                       row.integer("to_ms"), row.text("reason"), row.integer("made_ms"), row.maybe_integer("ended_ms")});
    return all;
}

Result<identity::Viewer> CaseService::act_for(const Uuid& person_id, const identity::Viewer& viewer) {
    auto& parts = state_->parts;
    const auto* person = viewer.directory->find_person(person_id);
    if (person == nullptr || !person->is_active || !viewer.deputy_id.is_nil()) return fail("not_delegated");
    const auto rows = parts.database.read([&](Transaction& transaction) {
        return transaction.run(sql::find_delegation, {{"to_person", Blob{viewer.person_id.raw()}}, {"from_person", Blob{person_id.raw()}}, {"now", parts.clock.now_ms()}});
    });
    if (rows.empty()) return fail("not_delegated");
    auto other = parts.identity.viewer_of(*person);
    other.session_key = viewer.session_key;
    other.remote_address = viewer.remote_address;
    other.deputy_id = viewer.person_id;
    other.deputy_key = viewer.person_key;
    return other;
}

} // namespace chengge::cases
