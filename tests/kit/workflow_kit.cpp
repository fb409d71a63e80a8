#include "kit/workflow_kit.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/assert.hpp"
#include "base/digest.hpp"

namespace chengge::kit {

using namespace rules;

namespace {

Uuid person_id_of(const std::string& name) { return uuid_from_raw(sm3(name).substr(0, 16)); }

} // namespace

std::shared_ptr<const Rules> test_rules(bool enable_all) {
    auto loaded = load_rules({.folder = CHENGGE_SOURCE "/data", .overlay_folder = ""});
    if (!loaded) {
        for (const auto& fault : loaded.error())
            std::fprintf(stderr, "%s:%d: %s\n", fault.file.c_str(), fault.line, fault.reason.c_str());
        std::abort();
    }
    if (!enable_all) return *loaded;
    auto all = std::make_shared<Rules>(**loaded);
    for (auto& machine : all->workflow.machines)
        for (auto& action : machine.actions) action.is_enabled = true;
    // Every way of checking is walked.
    all->workflow.check_policies.insert(all->workflow.check_policies.begin(), {"check", "wechat", "", "", 0, "reporter", 1, "", false});
    all->workflow.check_policies.insert(all->workflow.check_policies.begin(), {"check", "collector", "", "", 0, "sample", 0.5, "", false});
    return all;
}

SmallWorld::SmallWorld(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {
    const auto add = [&](const std::string& organisation, const std::string& kind, const std::string& parent,
                         const std::string& center, std::vector<std::string> roles) {
        const auto name = organisation + "/" + roles.front() + std::to_string(staff_.size());
        staff_.push_back({{person_id_of(name), std::move(roles), organisation, kind}, parent, center});
    };
    add("supervision", "supervision_center", "", "city", {"intake_operator"});
    add("supervision", "supervision_center", "", "city", {"shift_leader"});
    add("supervision", "supervision_center", "", "city", {"shift_leader"});
    add("supervision", "supervision_center", "", "city", {"evaluator"});
    add("supervision", "supervision_center", "", "city", {"inspector"});
    add("supervision", "supervision_center", "", "city", {"collector"});
    add("supervision", "supervision_center", "", "city", {"collector"});
    add("supervision", "supervision_center", "", "city", {"inspector"});
    add("city", "city_command_center", "", "city", {"dispatcher"});
    add("city", "city_command_center", "", "city", {"commander"});
    for (const std::string district : {"d1", "d2"}) {
        add(district, "district_command_center", "city", "city", {"dispatcher"});
        for (const std::string& unit : {district + "-sanitation", district + "-street"}) {
            add(unit, unit.ends_with("street") ? "subdistrict" : "department", district, district, {"department_manager"});
            add(unit, unit.ends_with("street") ? "subdistrict" : "department", district, district, {"handler"});
            add(unit + "-crew", "crew", unit, district, {"handler"});
        }
    }
    for (const std::string unit : {"power", "housing"}) {
        add(unit, unit == "power" ? "company" : "department", "city", "city", {"department_manager"});
        add(unit + "-crew", "crew", unit, "city", {"handler"});
    }
    add("platform", "platform", "", "", {"platform"});
    staff_.back().actor.person_id = {};
}

Context SmallWorld::context(const Staff& who, std::int64_t now_ms) const {
    return {.now_ms = now_ms,
            .actor = who.actor,
            .platform = "440800",
            .supervision_center = "supervision",
            .city_command_center = "city"};
}

Receiver SmallWorld::receiver_of(const Staff& who, bool with_person) const {
    Receiver receiver{.organisation = who.actor.organisation,
                      .kind = who.actor.organisation_kind,
                      .parent = who.parent,
                      .command_center = who.command_center,
                      .is_open = true,
                      .person_id = {},
                      .person_roles = {}};
    if (with_person) {
        receiver.person_id = who.actor.person_id;
        receiver.person_roles = who.actor.roles;
    }
    return receiver;
}

Command SmallWorld::fill(const AllowedAction& action, const Case& c, Random& random, std::int64_t now_ms, double wrong) const {
    Command command;
    command.step_id = make_uuid(now_ms, random);
    command.action = action.row->code;
    command.subject_kind = action.row->machine;
    command.subject_id = action.subject_id;
    command.version = random.chance(wrong) ? c.version + 1 : c.version;
    for (const auto& need : action.needs) {
        if (random.chance(wrong)) continue;
        if (need == "opinion") command.opinion = "按要求办理";
        if (need == "media") command.media = {{make_uuid(now_ms, random), std::string(64, 'a')}};
        if (need == "receiver") {
            // Mostly somebody of the list that would be offered, sometimes anybody.
            const auto fits = [&](const Staff& one) {
                const auto& list = action.row->receivers;
                const auto& kind = one.actor.organisation_kind;
                if (list == "checkers" || list.empty()) return one.actor.roles.front() == "inspector" || one.actor.roles.front() == "collector";
                if (list == "holders") {
                    const auto holders = holders_of(*rules_, c);
                    return std::find(holders.begin(), holders.end(), one.actor.organisation) != holders.end();
                }
                if (list == "crews") return one.actor.roles.front() == "handler";
                if (list == "same_level_units") {
                    const auto* part = find_assignment(c, action.subject_id);
                    return part != nullptr && is_unit_kind(kind) && one.command_center == part->issuer && one.actor.organisation != part->organisation;
                }
                if (list == "city_units") return kind == "district_command_center" || one.command_center == "city";
                return kind == "department" || kind == "subdistrict" || kind == "company";
            };
            const Staff* chosen = &staff_[random.below(staff_.size())];
            for (int tries = 0; tries < 20 && !fits(*chosen) && !random.chance(wrong); ++tries) chosen = &staff_[random.below(staff_.size())];
            const auto& who = *chosen;
            const bool is_person = action.row->receivers == "checkers" || action.row->receivers.empty() || (action.row->receivers == "crews" && random.chance(0.5));
            command.receiver = receiver_of(who, is_person);
            if (action.row->takes_assistants && random.chance(0.3)) {
                // Mostly one that fits beside the lead, sometimes anybody.
                const Staff* assistant = nullptr;
                for (int tries = 0; tries < 40; ++tries) {
                    assistant = &staff_[random.below(staff_.size())];
                    if (random.chance(wrong) || (fits(*assistant) && assistant->actor.organisation != who.actor.organisation && assistant->command_center == who.command_center)) break;
                }
                command.assistants.push_back(receiver_of(*assistant, false));
            }
        }
        if (need == "target") command.target = action.row->targets[random.below(action.row->targets.size())];
        if (need == "place") command.distance_m = random.chance(0.8) ? 12 : 120;
        if (need == "return_reason") command.return_reason = rules_->workflow.return_reasons.front().code;
        if (need == "red_line") command.red_line = "POLYGON((110.4 21.2, 110.41 21.2, 110.41 21.21, 110.4 21.2))";
        if (need == "until") command.until_ms = now_ms + random.between(1, 300) * day_ms;
        if (need == "supervision_level") {
            const auto& levels = rules_->workflow.supervision_levels;
            command.supervision_level = levels[random.below(levels.size())].code;
            command.needs_reply = random.chance(0.8);
            if (random.chance(0.3)) command.until_ms = now_ms + random.between(1, 20) * day_ms;
        }
        if (need == "lead") command.lead = LeadCase{make_uuid(now_ms, random), random.chance(wrong), random.chance(wrong)};
        if (need == "class") {
            command.kind = "event";
            command.class_code = "06010";
        }
        if (need == "filing_row") {
            const auto rows = rules_->taxonomy.rows_of(c.edition, c.kind, c.class_code);
            if (!rows.empty()) command.filing_row = rows[random.below(rows.size())]->id;
        }
    }
    return command;
}

Decision SmallWorld::report(Random& random, std::int64_t now_ms) const {
    const bool is_simple = random.chance(0.15);
    const Staff* who = nullptr;
    do who = &staff_[random.below(staff_.size())];
    while (who->actor.roles.front() != "collector" && (is_simple || who->actor.roles.front() != "intake_operator"));
    Case fixed;
    fixed.id = make_uuid(now_ms, random);
    fixed.source = random.chance(0.2) ? "video" : random.chance(0.2) ? "wechat" : "collector";
    fixed.lon = 110.4;
    fixed.lat = 21.2;
    fixed.coord_type = "cgcs2000";
    fixed.cell_code = "440802001001001";
    fixed.reporter_id = who->actor.person_id;
    if (random.chance(0.8)) {
        const auto& classes = rules_->taxonomy.classes();
        const auto& problem = classes[random.below(classes.size())];
        fixed.edition = problem.edition;
        fixed.kind = problem.kind;
        fixed.class_code = problem.code;
    }
    Command command;
    command.step_id = make_uuid(now_ms, random);
    command.action = is_simple ? "report_simple" : "report";
    if (is_simple) {
        fixed.edition = "2026";
        fixed.kind = "event";
        fixed.class_code = "06010";
        command.media = {{make_uuid(now_ms, random), std::string(64, 'a')}};
    }
    command.report = fixed;
    auto decision = decide(*rules_, {}, command, context(*who, now_ms));
    ASSERT(decision);
    return *decision;
}

} // namespace chengge::kit
