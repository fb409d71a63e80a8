// To whom a case goes: who may receive it and who is suggested with the reason of the responsibility list;
// what dispatches by itself; who returns most.
#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "cases/case_state.hpp"
#include "cases/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr int automatic_page = 200;

// Units and centres below a command centre, those that the responsibility list names first.
std::vector<ReceiverChoice> unit_choices(const CaseServiceParts& parts, const rules::Case& c, const rules::Assignment* subject, const std::string& center, bool has_centers) {
    const auto directory = parts.identity.directory();
    const auto answer = answer_for(parts, c);
    std::vector<ReceiverChoice> suggested, others;
    const auto named = [&](const auto& holds) -> const responsibility::Match* {
        for (const auto& match : answer.matches)
            if (match.is_first && std::find(answer.units.begin(), answer.units.end(), match.unit) != answer.units.end() && holds(match.unit)) return &match;
        return nullptr;
    };
    for (const auto& organisation : directory->organisations()) {
        if (!organisation.is_open || (subject != nullptr && organisation.code == subject->organisation)) continue;
        const auto receiver = receiver_of(*directory, organisation.code, {});
        const responsibility::Match* match = nullptr;
        ReceiverChoice choice{*receiver, organisation.name, "", "", false, {}, ""};
        if (has_centers && organisation.kind == "district_command_center") {
            const bool is_place = organisation.region_code == c.district_code;
            choice.reason_code = is_place ? "place_in_district" : "other_district";
            match = named([&](const std::string& unit) {
                const auto below = receiver_of(*directory, unit, {});
                return below && below->command_center == organisation.code;
            });
            choice.is_suggested = is_place && answer.units.empty();
        } else if (receiver->command_center == center && rules::is_unit_kind(organisation.kind)) {
            choice.reason_code = organisation.kind == "subdistrict" ? "subdistrict" : "unit";
            match = named([&](const std::string& unit) { return unit == organisation.code; });
        } else {
            continue;
        }
        if (match != nullptr) {
            choice.is_suggested = true;
            choice.reason = match->reason;
            choice.row = match->row.code;
        }
        if (c.is_disputed == 2) {
            // A ruling leaves one choice.
            if (organisation.code != c.ruled_unit && organisation.code != c.ruled_center) continue;
            choice = {*receiver, organisation.name, "", organisation.code == c.ruled_unit ? "ruled" : "above_ruled", true, {}, ""};
        }
        (choice.is_suggested ? suggested : others).push_back(std::move(choice));
    }
    suggested.insert(suggested.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    return suggested;
}

// Whom the case's one row gives it to from this centre: the unit itself, or from the city the centre above it.
std::optional<rules::Receiver> lone_receiver(const CaseServiceParts& parts, const responsibility::Answer& answer, const rules::Context& context, bool is_city) {
    if (!answer.is_single()) return std::nullopt;
    const auto directory = parts.identity.directory();
    auto unit = receiver_of(*directory, answer.units.front(), {});
    if (!unit || !rules::is_unit_kind(unit->kind)) return std::nullopt;
    if (unit->command_center == context.actor.organisation) return unit;
    if (!is_city) return std::nullopt;
    return receiver_of(*directory, unit->command_center, {});
}

// The act that the system would do: the city's dispatch of a case never dispatched, a district's of what came to it
// and was given to nobody. What was returned is for people to look at.
std::optional<rules::Command> automatic_command(const CaseServiceParts& parts, const rules::Case& c, rules::Context& context, std::int64_t now_ms) {
    rules::Command command;
    command.action = "dispatch";
    context = system_context(parts, context.city_command_center, now_ms);
    if (c.state == "dispatched") {
        const auto center = std::find_if(c.assignments.begin(), c.assignments.end(), [](const rules::Assignment& one) { return one.level == "command" && one.state == "offered"; });
        if (center == c.assignments.end()) return std::nullopt;
        const bool had_part = std::any_of(c.assignments.begin(), c.assignments.end(), [&](const rules::Assignment& one) { return one.parent_id == center->id; });
        const bool is_asked = std::any_of(c.requests.begin(), c.requests.end(), [&](const rules::Request& one) { return one.assignment_id == center->id; });
        if (had_part || is_asked) return std::nullopt;
        command.subject_kind = "assignment";
        command.subject_id = center->id;
        context = system_context(parts, center->organisation, now_ms);
    } else if (c.state != "filed" || !c.assignments.empty()) {
        return std::nullopt;
    }
    const auto answer = answer_for(parts, c);
    command.receiver = lone_receiver(parts, answer, context, c.state == "filed");
    if (!command.receiver) return std::nullopt;
    command.responsibility_row = answer.matches.front().row.code;
    command.opinion = "自动派遣。" + answer.matches.front().reason.zh;
    command.is_automatic = true;
    // The same act from two nodes is one step.
    command.step_id = uuid_from_raw(sm3("automatic dispatch" + c.id.raw() + std::to_string(c.version)).substr(0, 16));
    command.step_id.bytes[6] = static_cast<std::uint8_t>((command.step_id.bytes[6] & 0x0f) | 0x80);
    command.step_id.bytes[8] = static_cast<std::uint8_t>((command.step_id.bytes[8] & 0x3f) | 0x80);
    return command;
}

// True when it was dispatched.
bool dispatch_one(const CaseServiceParts& parts, std::int64_t case_key, std::int64_t version) {
    const auto now = parts.clock.now_ms();
    const auto done = parts.database.write([&](Transaction& transaction) -> Result<void> {
        if (transaction.run(sql::claim_version, {{"case_key", case_key}, {"version", version}}).affected != 1) return fail("stale_version");
        auto stored = load_case(transaction, case_key);
        if (!stored || version + 1 >= parts_max) return fail("case_unknown");
        stored->c.version = version;
        auto context = system_context(parts, "", now);
        const auto command = automatic_command(parts, stored->c, context, now);
        if (!command) return fail("nothing_to_do");
        const auto set = parts.rules.find(stored->c.rules_version);
        TRY_ASSIGN(decision, rules::decide(*set, stored->c, *command, context));
        const auto sealed = seal_step(decision.step, stored->chain, random_bytes(16));
        store_step(transaction, *set, case_key, stored->c, decision.after, sealed);
        storage::append_feed(transaction, {"case_step", case_key, decision.after.version, now});
        return {};
    });
    return done.has_value();
}

void where_period(ListBuilder& list, std::int64_t from_ms, std::int64_t until_ms) {
    list.where("a.level = 'unit' AND a.offered_ms >= :from_ms AND a.offered_ms < :until_ms", {{"from_ms", from_ms}, {"until_ms", until_ms}});
}

} // namespace

responsibility::Answer answer_for(const CaseServiceParts& parts, const rules::Case& c) {
    return parts.responsibility.answer({.lon = c.lon, .lat = c.lat, .cell = c.cell_code, .community = c.community_code, .district = c.district_code, .edition = c.edition, .kind = c.kind,
                                        .class_code = c.class_code, .filing_row = c.filing_row, .asset_id = c.asset_id, .day = format_date(city_date(parts.clock.now_ms()))});
}

bool dispatch_by_itself(const CaseServiceParts& parts) {
    std::vector<storage::Value> classes;
    for (const auto& one : parts.responsibility.switches())
        if (one.is_on) classes.emplace_back(rules::class_key(one.edition, one.kind, one.class_code));
    if (classes.empty()) return false;
    const auto waiting = parts.database.read([&](Transaction& transaction) {
        std::vector<std::pair<std::int64_t, std::int64_t>> keys;
        ListBuilder list("SELECT c.case_key, c.version FROM cases c");
        list.where("c.is_open = 1").where_in("c.stage", {std::string("city_dispatch"), std::string("district_dispatch")});
        list.where_in("(c.edition || '/' || c.kind || '/' || c.class_code)", classes);
        // Of what waits since long, people have seen why nobody stands alone.
        list.where("c.filed_ms >= :since", {"since", parts.clock.now_ms() - hour_ms});
        // Looked at here first: a closure that writes holds the others up.
        for (const auto row : list.order_by("c.case_key DESC").limit(automatic_page).run(transaction)) {
            const auto stored = load_case(transaction, row.integer("case_key"));
            auto context = system_context(parts, "", parts.clock.now_ms());
            if (stored && automatic_command(parts, stored->c, context, context.now_ms)) keys.emplace_back(row.integer("case_key"), row.integer("version"));
        }
        return keys;
    });
    bool has_dispatched = false;
    for (const auto& [key, version] : waiting) has_dispatched = dispatch_one(parts, key, version) || has_dispatched;
    return has_dispatched;
}

Result<std::vector<ReceiverChoice>> CaseService::receivers(const std::string& reference, const std::string& action, const std::string& subject_kind,
                                                           const Uuid& subject_id, const identity::Viewer& viewer) {
    TRY_ASSIGN(detail, get(reference, viewer));
    const auto& c = detail.stored.c;
    const auto allowed = std::find_if(detail.allowed.begin(), detail.allowed.end(), [&](const rules::AllowedAction& one) {
        return one.row->code == action && (subject_kind.empty() || one.row->machine == subject_kind) &&
               (subject_id.is_nil() || one.subject_id.is_nil() || one.subject_id == subject_id);
    });
    if (allowed == detail.allowed.end()) return fail("action_not_allowed");
    const auto& directory = *viewer.directory;
    const auto& list = allowed->row->receivers;
    std::vector<ReceiverChoice> choices;
    const auto add_organisation = [&](const identity::Organisation& organisation, std::string reason, bool is_suggested) {
        if (auto receiver = receiver_of(organisation.code, {})) choices.push_back({*receiver, organisation.name, "", std::move(reason), is_suggested, {}, ""});
    };
    const auto* subject = rules::find_assignment(c, allowed->subject_id);
    if (list == "holders") {
        for (const auto& code : rules::holders_of(*detail.rules, c)) {
            const auto* organisation = directory.find_organisation(code);
            if (organisation != nullptr && code != viewer.organisation_code && organisation->kind != "crew") add_organisation(*organisation, "has_the_work", false);
        }
        // The unit that does the work rather than the centre above it.
        for (auto& choice : choices) choice.is_suggested = rules::is_unit_kind(choice.receiver.kind);
        if (!choices.empty() && !choices.front().is_suggested && choices.size() == 1) choices.front().is_suggested = true;
        return choices;
    }
    if (list == "checkers") return find_checkers(state_->parts, *this, detail, *allowed, viewer);
    if (list == "crews" && subject != nullptr) {
        if (const auto* own = directory.find_organisation(subject->organisation)) {
            for (const auto& organisation : directory.organisations())
                if (organisation.parent_key == own->key && organisation.kind == "crew" && organisation.is_open) add_organisation(organisation, "own_crew", choices.empty());
            for (const auto* person : directory.people_with_role("handler", own->key))
                if (auto receiver = receiver_of("", person->id)) choices.push_back({*receiver, own->name, person->name, "own_handler", choices.empty(), {}, ""});
        }
        return choices;
    }
    if (list == "all_units") {
        for (const auto& organisation : directory.organisations())
            if (organisation.is_open && rules::is_unit_kind(organisation.kind)) add_organisation(organisation, "unit", false);
        // Those of the place first: it is mostly between them that a ruling decides.
        std::stable_partition(choices.begin(), choices.end(), [&](const ReceiverChoice& choice) {
            const auto* organisation = directory.find_organisation(choice.receiver.organisation);
            return organisation != nullptr && organisation->region_code == c.district_code;
        });
        return choices;
    }
    const auto center = subject != nullptr ? (list == "district_units" ? subject->organisation : subject->issuer) : context_of(viewer, 0).city_command_center;
    return unit_choices(state_->parts, c, subject, center, list == "city_units");
}

std::vector<ReturnsOfUnit> CaseService::returns(std::int64_t from_ms, std::int64_t until_ms, const identity::Viewer& viewer) const {
    std::map<std::string, ReturnsOfUnit> units;
    const auto sees = [&](const std::string& code) {
        const auto* organisation = viewer.directory->find_organisation(code);
        const auto& keys = viewer.scope.organisation_keys;
        return viewer.scope.sees_all || (organisation != nullptr && std::binary_search(keys.begin(), keys.end(), organisation->key));
    };
    state_->parts.database.read([&](Transaction& transaction) {
        ListBuilder counts("SELECT a.organisation, COUNT(DISTINCT a.case_key) AS offered, COUNT(DISTINCT CASE WHEN a.state = 'sent_back' THEN a.case_key END) AS returned FROM assignments a");
        where_period(counts, from_ms, until_ms);
        for (const auto row : counts.group_by("a.organisation").run(transaction))
            if (const auto& code = row.text("organisation"); sees(code)) units[code] = {code, row.integer("offered"), row.integer("returned"), {}};
        ListBuilder reasons("SELECT a.organisation, r.return_reason, COUNT(DISTINCT a.case_key) AS cases FROM assignments a JOIN requests r ON r.request_key >= a.case_key * 4096 AND "
                            "r.request_key < a.case_key * 4096 + 4096 AND r.assignment_id = a.id");
        where_period(reasons, from_ms, until_ms);
        reasons.where("a.state = 'sent_back' AND r.kind = 'send_back' AND r.state = 'approved' AND r.return_reason <> ''");
        for (const auto row : reasons.group_by("a.organisation, r.return_reason").run(transaction))
            if (const auto found = units.find(row.text("organisation")); found != units.end()) found->second.reasons.emplace_back(row.text("return_reason"), row.integer("cases"));
    });
    std::vector<ReturnsOfUnit> list;
    for (auto& [code, one] : units) list.push_back(std::move(one));
    for (auto& one : list) std::stable_sort(one.reasons.begin(), one.reasons.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.returned != b.returned ? a.returned > b.returned : a.offered > b.offered; });
    return list;
}

std::vector<AutomaticDispatch> CaseService::automatic_dispatches(std::int64_t from_ms, std::int64_t until_ms) const {
    return state_->parts.database.read([&](Transaction& transaction) {
        std::vector<AutomaticDispatch> all;
        ListBuilder list("SELECT c.edition, c.kind, c.class_code, COUNT(DISTINCT a.case_key) AS dispatched, COUNT(DISTINCT CASE WHEN a.state IN ('sent_back', 'replaced') THEN a.case_key END) AS wrong "
                         "FROM assignments a JOIN cases c ON c.case_key = a.case_key");
        where_period(list, from_ms, until_ms);
        list.where("a.is_automatic = 1");
        for (const auto row : list.group_by("c.edition, c.kind, c.class_code").order_by("dispatched DESC").run(transaction))
            all.push_back({row.text("edition"), row.text("kind"), row.text("class_code"), row.integer("dispatched"), row.integer("wrong")});
        return all;
    });
}

} // namespace chengge::cases
