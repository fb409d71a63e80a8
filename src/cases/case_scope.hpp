// Data scope: which cases a viewer sees. The same rule in several forms, beside each other: as a test of one case, as
// conditions of a list, and as the newest of a list.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "identity/identity_service.hpp"
#include "rules/case_model.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

// What of a case decides who may know of it.
struct CaseVisibility {
    std::string district_code;
    std::set<std::string> organisations; // that have or had a part
    std::set<Uuid> people;               // the reporter and those with an errand
};
CaseVisibility visibility_of(const rules::Case& c);

bool may_see(const identity::Viewer& viewer, const CaseVisibility& visibility);
// Adds the condition to a list over `cases c`, for lists that something else leads: each case is tested.
void limit_to_scope(storage::ListBuilder& list, const identity::Viewer& viewer);
// The same test of a key alone, the values bound to the list; never leads it (SQLite: its full text would be asked key by key).
std::string scope_of_key(storage::ListBuilder& list, const identity::Viewer& viewer, const std::string& key);
// Whether a viewer's part is so small that a list is better led by it (some thousand cases).
bool sees_few(storage::Transaction& transaction, const identity::Viewer& viewer);
// The condition for who sees few: one of the keys of his part.
void limit_to_few(storage::ListBuilder& list, const identity::Viewer& viewer);
// The newest keys below `end` of what a viewer of a part of the city sees, newest first, at most `count`; each side of
// the rule is read from its own index in this order.
std::vector<std::int64_t> newest_in_scope(storage::Transaction& transaction, const identity::Viewer& viewer, std::int64_t end, int count);

} // namespace chengge::cases
