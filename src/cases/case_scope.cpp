#include "cases/case_scope.hpp"

#include "cases/case_store.hpp"

namespace chengge::cases {

namespace {

std::vector<std::string> organisation_codes(const identity::Viewer& viewer) {
    std::vector<std::string> codes;
    for (const auto key : viewer.scope.organisation_keys)
        if (const auto* organisation = viewer.directory->find_organisation(key)) codes.push_back(organisation->code);
    return codes;
}

} // namespace

CaseVisibility visibility_of(const rules::Case& c) {
    CaseVisibility visibility;
    visibility.district_code = c.district_code;
    if (!c.reporter_id.is_nil()) visibility.people.insert(c.reporter_id);
    for (const auto& one : c.assignments) visibility.organisations.insert(one.organisation);
    for (const auto& one : c.tasks)
        if (!one.person_id.is_nil()) visibility.people.insert(one.person_id);
    return visibility;
}

bool may_see(const identity::Viewer& viewer, const CaseVisibility& visibility) {
    const auto& scope = viewer.scope;
    if (scope.sees_all) return true;
    if (!scope.region_code.empty() && scope.region_code == visibility.district_code) return true;
    if (visibility.people.contains(viewer.person_id)) return true;
    for (const auto& code : organisation_codes(viewer))
        if (visibility.organisations.contains(code)) return true;
    return false;
}

void limit_to_scope(storage::ListBuilder& list, const identity::Viewer& viewer) {
    const auto& scope = viewer.scope;
    if (scope.sees_all) return;
    const auto me = list.bind(to_value(viewer.person_id));
    std::string condition = "c.reporter_id = " + me + " OR c.case_key IN (SELECT t.case_key FROM tasks t WHERE t.person_id = " + me + ")";
    if (!scope.region_code.empty()) condition += " OR c.district_code = " + list.bind(scope.region_code);
    const auto codes = organisation_codes(viewer);
    if (!codes.empty()) {
        condition += " OR c.case_key IN (SELECT a.case_key FROM assignments a WHERE a.organisation IN (";
        for (const auto& code : codes) condition += (&code == &codes.front() ? "" : ", ") + list.bind(code);
        condition += "))";
    }
    list.where(condition);
}

} // namespace chengge::cases
