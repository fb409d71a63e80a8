#include "cases/case_merges.hpp"

#include "cases/case_scope.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Blob;
using storage::Transaction;

namespace {

storage::Rows find_rows(Transaction& transaction, const std::string& reference) {
    const auto id = parse_uuid(reference);
    return id ? transaction.run(sql::find_case_by_id, {{"case_id", Blob{id->raw()}}}) : transaction.run(sql::find_case_by_no, {{"case_no", reference}});
}

rules::LeadCase lead_of(Transaction& transaction, RuleSets& sets, const StoredCase& lead, const Uuid& merged) {
    const auto* state = sets.find(lead.c.rules_version)->workflow.machine("case").find_state("", lead.c.state);
    return {lead.c.id, state == nullptr || state->is_final, has_followers(transaction, merged)};
}

} // namespace

bool has_followers(Transaction& transaction, const Uuid& case_id) { return !transaction.run(sql::list_merged_cases, {{"case_id", Blob{case_id.raw()}}}).empty(); }

Result<rules::LeadCase> find_lead(Transaction& transaction, RuleSets& sets, const std::string& reference, const Uuid& merged, const identity::Viewer& viewer) {
    const auto rows = find_rows(transaction, reference);
    const auto lead = rows.empty() ? std::nullopt : load_case(transaction, rows[0].integer("case_key"));
    if (!lead || !may_see(viewer, visibility_of(lead->c))) return fail("lead_unknown");
    return lead_of(transaction, sets, *lead, merged);
}

Result<void> hold_lead(Transaction& transaction, RuleSets& sets, const rules::LeadCase& decided, const Uuid& merged) {
    const auto key = find_rows(transaction, format_uuid(decided.id))[0].integer("case_key");
    transaction.run(sql::lock_case, {{"case_key", key}});
    const auto now = lead_of(transaction, sets, *load_case(transaction, key), merged);
    if (now.is_over) return fail("lead_is_over");
    if (now.has_followers) return fail("has_merged_cases");
    return {};
}

void load_merges(Transaction& transaction, const identity::Viewer& viewer, const StoredCase& stored, CaseDetail& detail) {
    if (!stored.c.merged_into.is_nil())
        if (const auto rows = find_rows(transaction, format_uuid(stored.c.merged_into)); !rows.empty()) {
            detail.lead = load_case(transaction, rows[0].integer("case_key"));
            detail.lead_steps = load_steps(transaction, rows[0].integer("case_key"), {});
        }
    if (!viewer.scope.sees_reporter) return;
    for (const auto row : transaction.run(sql::list_merged_cases, {{"case_id", Blob{stored.c.id.raw()}}}))
        detail.merged_cases.push_back({uuid_from_raw(row.bytes("case_id")), row.text_or_empty("case_no"), row.text("source"), row.integer("reported_ms")});
}

} // namespace chengge::cases
