// Data scope: which cases a viewer sees. The same rule twice, beside each other: as a condition of a
// list and as a test of one case.
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
// Adds the condition to a list over `cases c`.
void limit_to_scope(storage::ListBuilder& list, const identity::Viewer& viewer);

} // namespace chengge::cases
