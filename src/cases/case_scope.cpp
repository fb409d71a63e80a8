#include "cases/case_scope.hpp"

#include <algorithm>
#include <functional>

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

std::vector<std::int64_t> newest_in_scope(storage::Transaction& transaction, const identity::Viewer& viewer, std::int64_t end, int count) {
    std::vector<std::int64_t> keys;
    const auto add = [&](std::string_view select, std::string_view condition, const storage::Value& value) {
        storage::ListBuilder list(select);
        list.where(condition, {"value", value}).where("s.case_key < :end", {"end", end});
        for (const auto row : list.order_by("s.case_key DESC").limit(count).run(transaction)) keys.push_back(row.integer("case_key"));
    };
    const auto me = to_value(viewer.person_id);
    add("SELECT s.case_key FROM cases s", "s.reporter_id = :value", me);
    add("SELECT DISTINCT s.case_key FROM tasks s", "s.person_id = :value", me);
    if (!viewer.scope.region_code.empty()) add("SELECT s.case_key FROM cases s", "s.district_code = :value", viewer.scope.region_code);
    for (const auto& code : organisation_codes(viewer)) add("SELECT DISTINCT s.case_key FROM assignments s", "s.organisation = :value", code);
    std::ranges::sort(keys, std::greater<>());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    keys.resize(std::min(keys.size(), static_cast<std::size_t>(count)));
    return keys;
}

} // namespace chengge::cases
