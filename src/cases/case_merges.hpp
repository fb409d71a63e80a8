// 并案: a case that another stands for.
#pragma once

#include "cases/case_service.hpp"

namespace chengge::cases {

bool has_followers(storage::Transaction& transaction, const Uuid& case_id);
// The case that another is to be merged into, as the rules ask for it; refusal lead_unknown.
Result<rules::LeadCase> find_lead(storage::Transaction& transaction, RuleSets& sets, const std::string& reference, const Uuid& merged, const identity::Viewer& viewer);
// Still as it was when the merge was decided, and held so until the end of the transaction: two cases are never
// merged into each other. Refusals: lead_is_over, has_merged_cases.
Result<void> hold_lead(storage::Transaction& transaction, RuleSets& sets, const rules::LeadCase& decided, const Uuid& merged);
// What a merged case follows, and what follows this one.
void load_merges(storage::Transaction& transaction, const identity::Viewer& viewer, const StoredCase& stored, CaseDetail& detail);

} // namespace chengge::cases
