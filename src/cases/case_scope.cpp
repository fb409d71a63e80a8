#include "cases/case_scope.hpp"

#include <algorithm>
#include <functional>

#include "base/text.hpp"
#include "cases/case_store.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

namespace {

constexpr std::int64_t few_max = 10'000; // cases; of more, a list reads less when something else leads it

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

namespace {

// The sides of the rule that are a person's own: few, read once for a list.
std::string own_keys(const std::string& me) {
    return "SELECT r.case_key FROM cases r WHERE r.reporter_id = " + me + " UNION ALL SELECT t.case_key FROM tasks t WHERE t.person_id = " + me;
}

std::string bind_all(storage::ListBuilder& list, const std::vector<std::string>& codes) {
    std::vector<std::string> names;
    for (const auto& code : codes) names.push_back(list.bind(code));
    return join(names, ", ");
}

constexpr std::size_t looked_up_max = 3; // organisations

// Whether one of the organisations has a part in the case. Each of a few is looked up in their index; of a district's thirty that would be
// thirty walks down the index a case, so the parts of the case are read, which lie together (the empty text keeps both engines off the index).
std::string has_part(storage::ListBuilder& list, const std::vector<std::string>& codes, const std::string& key) {
    const auto organisations = bind_all(list, codes), size = std::to_string(parts_max);
    if (codes.size() <= looked_up_max) return "EXISTS (SELECT 1 FROM assignments a WHERE a.case_key = " + key + " AND a.organisation IN (" + organisations + "))";
    return "EXISTS (SELECT 1 FROM assignments a WHERE a.assignment_key >= " + key + " * " + size + " AND a.assignment_key < (" + key + " + 1) * " + size + " AND a.organisation || '' IN (" + organisations + "))";
}

} // namespace

std::string scope_of_key(storage::ListBuilder& list, const identity::Viewer& viewer, const std::string& key) {
    const auto& scope = viewer.scope;
    std::string condition = "+" + key + " IN (" + own_keys(list.bind(to_value(viewer.person_id))) + ")";
    if (const auto codes = organisation_codes(viewer); !codes.empty())
        condition += " OR " + has_part(list, codes, key);
    if (!scope.region_code.empty()) condition += " OR EXISTS (SELECT 1 FROM cases d WHERE d.case_key = " + key + " AND d.district_code = " + list.bind(scope.region_code) + ")";
    return condition;
}

void limit_to_scope(storage::ListBuilder& list, const identity::Viewer& viewer) {
    const auto& scope = viewer.scope;
    if (scope.sees_all) return;
    // By how many cases the viewer may see and how many the rest of the list leaves: one plan for all gathers all of either first.
    list.plan_for_values();
    const auto me = list.bind(to_value(viewer.person_id));
    std::string condition = "c.reporter_id = " + me + " OR c.case_key IN (SELECT t.case_key FROM tasks t WHERE t.person_id = " + me + ")";
    if (!scope.region_code.empty()) condition += " OR c.district_code = " + list.bind(scope.region_code);
    // Looked up for each case: all that a unit has a part in may be a third of the city.
    if (const auto codes = organisation_codes(viewer); !codes.empty()) condition += " OR " + has_part(list, codes, "c.case_key");
    list.where(condition);
}

void limit_to_few(storage::ListBuilder& list, const identity::Viewer& viewer) {
    std::string keys = own_keys(list.bind(to_value(viewer.person_id)));
    if (const auto codes = organisation_codes(viewer); !codes.empty()) keys += " UNION ALL SELECT a.case_key FROM assignments a WHERE a.organisation IN (" + bind_all(list, codes) + ")";
    list.where("c.case_key IN (" + keys + ")");
}

bool sees_few(storage::Transaction& transaction, const identity::Viewer& viewer) {
    const auto& scope = viewer.scope;
    if (scope.sees_all || !scope.region_code.empty()) return false;
    constexpr std::int64_t most = few_max + 1;
    auto n = transaction.run(sql::count_own, {{"person_id", to_value(viewer.person_id)}, {"most", most}})[0].integer("n");
    for (const auto& code : organisation_codes(viewer)) {
        if (n > few_max) break;
        n += transaction.run(sql::count_parts, {{"organisation", code}, {"most", most}})[0].integer("n");
    }
    return n <= few_max;
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
