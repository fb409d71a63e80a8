#include "reorganisation/reorganisation_plan.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge::reorganisation {

namespace {

constexpr std::size_t units_max = 20, parts_max = 20, criteria_max = 200, people_max = 2000;
constexpr int days_ahead_max = 366;

tl::unexpected<Error> faulty(std::string zh, std::string en) { return fail("reorganisation_faulty", {{"reason", std::move(zh)}, {"reason_en", std::move(en)}}); }

Result<Target> read_target(const json::value* value, const char* member) {
    if (value == nullptr || !value->is_object()) return fail("bad_member", {{"member", member}, {"reason", "is missing"}});
    JsonReader reader(*value);
    Target target;
    target.code = reader.maybe_text("code", 64).value_or("");
    target.name = reader.maybe_words("name", 100);
    target.short_name = reader.maybe_words("short_name", 40);
    target.kind = reader.maybe_text("kind", 40).value_or("");
    target.parent = reader.maybe_text("parent_code", 64).value_or("");
    target.region = reader.maybe_text("region_code", 20).value_or("");
    target.is_new = reader.flag("is_new", false);
    if (reader.error()) return tl::unexpected(*reader.error());
    return target;
}

Result<Part> read_part(const json::value& value) {
    Part part;
    JsonReader reader(value);
    TRY_ASSIGN(target, read_target(reader.find("target"), "target"));
    part.to = target;
    part.classes = reader.texts("classes", criteria_max);
    part.regions = reader.texts("regions", criteria_max);
    part.units = reader.texts("units", criteria_max);
    part.people = reader.ids("people", people_max);
    if (reader.error()) return tl::unexpected(*reader.error());
    return part;
}

json::array texts(const std::vector<std::string>& list) {
    json::array all;
    for (const auto& one : list) all.emplace_back(one);
    return all;
}

json::object target_json(const Target& one) {
    return {{"code", one.code}, {"name", one.name}, {"short_name", one.short_name}, {"kind", one.kind}, {"parent_code", one.parent}, {"region_code", one.region}, {"is_new", one.is_new}};
}

bool may_move(const std::string& kind) { return rules::is_unit_kind(kind) || kind == "district_command_center" || kind == "crew" || kind == "contractor"; }

// Units answer for work, centres pass it on, crews do it: nothing becomes another of these by a reorganisation.
std::string family_of(const std::string& kind) { return rules::is_unit_kind(kind) ? "unit" : kind; }

std::string code_of(const identity::Directory& directory, std::optional<std::int64_t> key) {
    const auto* organisation = key ? directory.find_organisation(*key) : nullptr;
    return organisation != nullptr ? organisation->code : "";
}

bool is_below(const identity::Directory& directory, const identity::Organisation& one, const std::string& code) {
    const auto* at = &one;
    for (int steps = 0; at != nullptr && steps < 20; ++steps) {
        if (at->code == code) return true;
        at = at->parent_key ? directory.find_organisation(*at->parent_key) : nullptr;
    }
    return false;
}

// A new unit takes kind, parent and region from the one it comes from.
Result<void> check_target(Target& target, const identity::Organisation& from, const identity::Directory& directory, const identity::IdentityService& identity) {
    if (!target.is_new) {
        const auto* known = directory.find_organisation(target.code);
        if (known == nullptr || !known->is_open) return fail("organisation_unknown", {{"organisation", target.code}});
        if (family_of(known->kind) != family_of(from.kind)) return faulty("“" + from.name + "”和“" + known->name + "”不是同一类机构，不能移交", from.name + " and " + known->name + " are not of one kind");
        if (known->code != from.code && is_below(directory, *known, from.code)) return faulty("“" + known->name + "”是“" + from.name + "”的下级", known->name + " stands below " + from.name);
        return {};
    }
    if (target.kind.empty()) target.kind = from.kind;
    if (target.parent.empty()) target.parent = code_of(directory, from.parent_key);
    if (target.region.empty()) target.region = from.region_code;
    if (target.name.empty()) return faulty("请填写新机构的名称", "the new organisation needs a name");
    if (family_of(target.kind) != family_of(from.kind)) return faulty("新机构和“" + from.name + "”不是同一类机构", "the new organisation is not of the kind of " + from.name);
    return identity.check_organisation({target.code, target.name, target.kind, target.parent, target.region, target.short_name});
}

Result<void> check_split(Plan& plan, const identity::Organisation& from, const identity::Directory& directory, const identity::IdentityService& identity) {
    if (plan.parts.size() < 2) return faulty("拆分至少要有两部分", "a split has two parts at least");
    std::set<std::string> targets;
    for (std::size_t i = 0; i < plan.parts.size(); ++i) {
        auto& part = plan.parts[i];
        TRY(check_target(part.to, from, directory, identity));
        if (!targets.insert(part.to.code).second) return faulty("同一个机构只能是其中一部分", "an organisation is one part only");
        const bool is_rest = i + 1 == plan.parts.size(), has_criteria = !part.classes.empty() || !part.regions.empty();
        if (is_rest == has_criteria) return faulty("除最后一部分（其余归它）外，每部分都要写明类别或区域", "each part but the last names classes or regions, the last takes the rest");
        for (const auto& id : part.people) {
            const auto* person = directory.find_person(id);
            if (person == nullptr || person->organisation_key != from.key) return faulty("所选人员不在“" + from.name + "”", "a person does not belong to " + from.name);
        }
        for (const auto& code : part.units) {
            const auto* below = directory.find_organisation(code);
            if (below == nullptr || below->parent_key != from.key) return faulty("所选下级机构不属于“" + from.name + "”", "a unit does not stand below " + from.name);
        }
    }
    return {};
}

} // namespace

Result<Plan> read_plan(const json::value& body) {
    JsonReader reader(body);
    Plan plan;
    plan.id = reader.id("reorganisation_id");
    plan.kind = reader.text("kind", 16);
    plan.day = reader.text("day", 10);
    plan.reason = reader.words("reason", 500);
    plan.document = reader.maybe_words("document", 200);
    plan.units = reader.texts("units", units_max);
    if (plan.kind != "rename" && plan.kind != "merge" && plan.kind != "split") reader.refuse("kind", "must be rename, merge or split");
    const auto* parts = reader.find("parts");
    if (plan.kind == "split" && (parts == nullptr || !parts->is_array() || parts->get_array().size() > parts_max)) reader.refuse("parts", "must be a list of at most 20 parts");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (plan.kind != "split") {
        TRY_ASSIGN(target, read_target(reader.find("target"), "target"));
        plan.target = target;
        return plan;
    }
    for (const auto& one : parts->get_array()) {
        TRY_ASSIGN(part, read_part(one));
        plan.parts.push_back(part);
    }
    return plan;
}

json::object to_json(const Plan& plan) {
    json::array parts;
    for (const auto& one : plan.parts) {
        json::array people;
        for (const auto& id : one.people) people.emplace_back(format_uuid(id));
        parts.push_back(json::object{{"target", target_json(one.to)}, {"classes", texts(one.classes)}, {"regions", texts(one.regions)}, {"units", texts(one.units)}, {"people", std::move(people)}});
    }
    json::object object{{"reorganisation_id", format_uuid(plan.id)}, {"kind", plan.kind}, {"day", plan.day}, {"reason", plan.reason}, {"document", plan.document}, {"units", texts(plan.units)}, {"parts", std::move(parts)}};
    if (plan.kind != "split") object["target"] = target_json(plan.target);
    return object;
}

Result<void> check_plan(Plan& plan, const identity::Directory& directory, const identity::IdentityService& identity, const std::string& today) {
    const auto day = parse_date(plan.day);
    if (!day) return fail("bad_dates");
    const auto ahead = days_from_date(*day) - days_from_date(*parse_date(today));
    if (ahead < 0 || ahead > days_ahead_max) return faulty("生效日期须为今天或一年以内的日期", "it begins today or within a year");
    if (plan.units.empty()) return faulty("请选择要调整的机构", "choose the organisations");
    std::vector<const identity::Organisation*> units;
    for (const auto& code : plan.units) {
        const auto* unit = directory.find_organisation(code);
        if (unit == nullptr || !unit->is_open) return fail("organisation_unknown", {{"organisation", code}});
        units.push_back(unit);
        const bool is_center = plan.kind != "rename" && !may_move(unit->kind);
        if (is_center) return faulty("“" + unit->name + "”只能更名，不能合并或拆分", unit->name + " can only be renamed");
        if (std::count(plan.units.begin(), plan.units.end(), code) > 1) return faulty("同一个机构选了两次", "an organisation is named twice");
    }
    if (plan.kind == "merge") {
        if (plan.target.is_new ? plan.units.size() < 2 : plan.units.size() < (contains(plan.units, plan.target.code) ? 2u : 1u)) return faulty("合并至少要有两个机构", "a merger needs two organisations");
        for (const auto* unit : units) TRY(check_target(plan.target, *unit, directory, identity));
        return {};
    }
    if (units.size() != 1) return faulty("一次只调整一个机构", "one organisation at a time");
    if (plan.kind == "split") return check_split(plan, *units.front(), directory, identity);
    if (plan.target.name.empty()) return faulty("请填写新名称", "the new name is missing");
    if (plan.target.name == units.front()->name && plan.target.short_name == units.front()->short_name) return faulty("新名称和原名称相同", "the new name is the old one");
    plan.target.code = units.front()->code;
    return {};
}

std::string target_name(const Target& target, const identity::Directory& directory) {
    const auto* known = target.is_new ? nullptr : directory.find_organisation(target.code);
    return known != nullptr ? known->name : target.name;
}

std::string title_of(const Plan& plan, const identity::Directory& directory) {
    std::vector<std::string> names, parts;
    for (const auto& code : plan.units)
        if (const auto* unit = directory.find_organisation(code); unit != nullptr && (plan.kind != "merge" || code != plan.target.code)) names.push_back(unit->name);
    if (plan.kind == "rename") return join(names, "、") + "更名为" + plan.target.name;
    for (const auto& part : plan.parts) parts.push_back(target_name(part.to, directory));
    if (plan.kind == "split") return join(names, "、") + "拆分为" + join(parts, "、");
    return join(names, "、") + (plan.target.is_new ? "合并为" : "并入") + target_name(plan.target, directory);
}

identity::IdentityService::Reorganisation directory_change(const Plan& plan, const identity::Directory& directory) {
    identity::IdentityService::Reorganisation change;
    const auto add = [&](const Target& one) {
        if (one.is_new) change.added.push_back({one.code, one.name, one.kind, one.parent, one.region, one.short_name});
    };
    if (plan.kind == "rename") {
        change.renamed.push_back({plan.units.front(), plan.target.name, plan.target.short_name});
        return change;
    }
    // Everybody and everything below goes where it is said, else where the rest goes.
    const auto move_all = [&](const identity::Organisation& from, const std::string& rest) {
        const auto part_of = [&](auto&& is_named) {
            for (const auto& part : plan.parts)
                if (is_named(part)) return part.to.code;
            return rest;
        };
        for (const auto& person : directory.people()) {
            if (person.organisation_key != from.key) continue;
            const auto to = part_of([&](const Part& part) { return std::find(part.people.begin(), part.people.end(), person.id) != part.people.end(); });
            if (to != from.code) change.people.emplace_back(person.id, to);
        }
        for (const auto& below : directory.organisations()) {
            if (below.parent_key != from.key || contains(plan.units, below.code)) continue;
            const auto to = part_of([&](const Part& part) { return contains(part.units, below.code); });
            if (to != from.code && to != below.code) change.parents.emplace_back(below.code, to);
        }
    };
    if (plan.kind == "merge") {
        add(plan.target);
        for (const auto& code : plan.units) {
            if (code == plan.target.code) continue;
            change.closed.push_back(code);
            change.successions.emplace_back(code, plan.target.code);
            move_all(*directory.find_organisation(code), plan.target.code);
        }
        return change;
    }
    const auto& code = plan.units.front();
    bool stays = false;
    for (const auto& part : plan.parts) {
        add(part.to);
        stays = stays || part.to.code == code;
        if (part.to.code != code) change.successions.emplace_back(code, part.to.code);
    }
    if (!stays) change.closed.push_back(code);
    move_all(*directory.find_organisation(code), plan.parts.back().to.code);
    return change;
}

std::vector<cases::WorkMove> moves_of(const Plan& plan) {
    std::vector<cases::WorkMove> moves;
    if (plan.kind == "merge")
        for (const auto& code : plan.units)
            if (code != plan.target.code) moves.push_back({code, plan.target.code, {}, {}, false});
    if (plan.kind != "split") return moves;
    const auto& code = plan.units.front();
    const bool stays = std::any_of(plan.parts.begin(), plan.parts.end(), [&](const Part& part) { return part.to.code == code; });
    for (const auto& part : plan.parts) moves.push_back({code, part.to.code, part.classes, part.regions, stays});
    return moves;
}

} // namespace chengge::reorganisation
