// What people do to cases in a story.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <sstream>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "scenarios/story.hpp"

namespace chengge::scenarios {

namespace {

struct Verb {
    const char* word;
    std::vector<const char*> actions; // the first that is allowed is meant
};
const std::vector<Verb> verbs{
    {"accepts", {"accept"}}, {"declines", {"decline"}}, {"sends_to_verify", {"send_verify"}}, {"confirms", {"confirm"}}, {"does_not_find", {"not_found"}},
    {"files", {"file_case"}}, {"does_not_file", {"refuse_filing"}}, {"returns", {"return_to_intake", "return_to_filing"}}, {"dispatches", {"dispatch"}},
    {"redispatches", {"redispatch"}}, {"signs", {"sign"}}, {"assigns", {"assign"}}, {"revokes", {"revoke_assign"}}, {"feeds_back", {"feed_back"}},
    {"approves", {"approve_review"}}, {"rejects", {"reject_review"}}, {"passes", {"approve_gate"}}, {"reworks", {"rework", "rework_failed"}},
    {"asks_back", {"ask_send_back"}}, {"agrees_back", {"approve_send_back"}}, {"refuses_back", {"refuse_send_back"}}, {"withdraws", {"withdraw_request", "withdraw"}},
    {"sends_to_check", {"send_check"}}, {"passes_check", {"check_pass"}}, {"fails_check", {"check_fail"}}, {"closes", {"close"}}, {"marks_disputed", {"mark_disputed"}}, {"records_site", {"record_site"}}, {"rules", {"rule_dispute"}},
    {"sends_back_to_dispatch", {"return_to_dispatch"}}, {"comments", {"comment"}}, {"adds_photo", {"add_photo"}}, {"reminds", {"remind"}},
    {"supervises", {"supervise"}}, {"replies", {"reply_supervision"}}, {"settles", {"confirm_reply"}}, {"asks_again", {"return_reply"}}, {"takes_order_back", {"withdraw_supervision"}},
    {"asks_extension", {"ask_extension"}}, {"asks_deferral", {"ask_deferral"}}, {"asks_suspension", {"ask_suspension"}}, {"asks_cancel", {"ask_cancel"}}, {"appeals", {"appeal"}},
    {"asks_quick_close", {"ask_quick_close"}}, {"asks_admin_hand", {"ask_admin_hand"}}, {"endorses", {"endorse"}}, {"asks_higher", {"give_to_higher"}},
    {"agrees", {"approve_extension", "approve_deferral", "approve_suspension", "approve_cancel", "approve_appeal", "approve_quick_close", "approve_admin_hand"}},
    {"refuses", {"refuse_request"}}, {"resumes", {"resume"}}, {"recalls", {"recall"}}, {"contests", {"contest"}}, {"sends_to_recheck", {"send_recheck"}},
    {"upholds", {"recheck_pass"}}, {"overturns", {"recheck_fail"}}, {"reopens", {"reopen"}}, {"reassigns", {"reassign"}}, {"waives", {"waive"}}, {"reworks_again", {"rework_approved"}},
    {"instructs", {"instruct"}}, {"answers", {"reply_instruction"}}, {"accepts_answer", {"confirm_instruction"}}, {"handles", {"handle_simple"}}, {"hands_over", {"simple_to_ordinary", "take_over_simple"}},
    {"archives", {"archive"}}, {"sends_to_spot_check", {"send_spot_check"}}, {"finds_good", {"spot_pass"}}, {"finds_bad", {"spot_fail"}}, {"checks_by_photo", {"check_by_photo"}},
    {"checks_by_video", {"check_by_video"}}, {"has_it_confirmed", {"check_by_reporter"}}, {"merges", {"merge"}}, {"undoes_merge", {"unmerge"}}};

} // namespace

Details Story::read_details(const std::vector<std::string>& words, std::size_t from, const std::string& line) {
    Details details;
    for (std::size_t i = from; i < words.size(); ++i) {
        const auto next = [&](std::size_t ahead = 1) {
            if (i + ahead >= words.size()) throw StoryError("something is missing after " + words[i]);
            return words[i + ahead];
        };
        if (words[i] == "->") {
            if (next() != "refused") throw StoryError("-> refused CODE");
            details.refused = next(2);
            i += 2;
        } else if (words[i] == "to") details.to = next(), ++i;
        else if (words[i] == "target") details.target = next(), ++i;
        else if (words[i] == "for") details.for_whom = next(), ++i;
        else if (words[i] == "of") details.part_of = next(), ++i;
        else if (words[i] == "assisted" && next() == "by") details.assisting.push_back(next(2)), i += 2;
        else if (words[i] == "and" && !details.assisting.empty()) details.assisting.push_back(next()), ++i;
        else if (words[i] == "into") details.lead = next(), ++i;
        else if (words[i] == "as") details.name = next(), ++i;
        else if (words[i] == "from") details.coord_type = next(), ++i;
        else if (words[i] == "with" && next() == "limit") details.limit_value = next(2), details.limit_unit = next(3), i += 3;
        else if (words[i] == "level") details.level = next(), ++i;
        else if (words[i] == "reason") details.reason = next(), ++i;
        else if (words[i] == "until") details.until_ms = parse_instant(next() + "T" + next(2)), i += 2;
        else if (words[i] == "without" && next() == "reply") details.wants_no_reply = true, ++i;
        else if (words[i] == "with" && next() == "row") details.row = next(2), i += 2;
        else if (words[i] == "with" && next() == "photo") details.has_photo = true, ++i;
        else if (words[i] == "without" && next() == "photo") details.has_photo = false, ++i;
        else if (words[i] == "without" && next() == "words") details.has_no_words = true, ++i;
        else if (words[i] == "at" && next() == "version") details.version = std::stoll(next(2)), i += 2;
        else if (words[i] == "at") details.cell = next(), ++i;
        else if (words[i] == "saying") {
            auto rest = line.substr(line.find("saying") + 7);
            if (const auto arrow = rest.find("->"); arrow != std::string::npos) {
                rest.resize(arrow);
                while (i + 1 < words.size() && words[i + 1] != "->") ++i;
            } else i = words.size();
            details.words = std::string(trim(rest));
        } else throw StoryError("not understood: " + words[i]);
    }
    return details;
}

void Story::check_outcome(const Result<cases::CaseDetail>& outcome, const Details& details) {
    if (details.refused.empty() && !outcome) complain("was refused: " + outcome.error().code);
    if (!details.refused.empty() && outcome) complain("was not refused");
    if (!details.refused.empty() && !outcome && outcome.error().code != details.refused) complain("was refused " + outcome.error().code + ", not " + details.refused);
}

void Story::report(const std::string& who, const std::vector<std::string>& words, const std::string& line) {
    const auto details = read_details(words, 3, line);
    auto report = city_->report_at(details.cell.empty() || details.cell == "outside" ? "A1" : details.cell, words[2] == "something" ? "" : words[2]);
    if (details.cell == "outside") report.lat = 39.9;
    if (words[2] == "something") report.kind.clear();
    if (!details.words.empty()) report.description = details.words;
    if (!details.coord_type.empty()) {
        const auto type = geo::parse_coord_type(details.coord_type);
        if (!type) throw StoryError("no such coordinates: " + details.coord_type);
        const auto point = geo::from_cgcs2000({report.lon, report.lat}, *type);
        report.lon = point.lon;
        report.lat = point.lat;
        report.coord_type = details.coord_type;
    }
    if (details.has_photo.value_or(false)) report.media = {city_->photo(who)};
    report.is_simple = words[1] == "finds"; // and will handle it on the spot
    if (who == "citizen" || who == "citizen2") report.source = "citizen_app";
    if (who.starts_with("operator")) {
        report.source = "hotline_12319";
        report.contact = cases::Contact{"来电人", "13800001234", false, true};
    }
    if (!details.name.empty()) cases_[details.name] = format_uuid(report.case_id);
    check_outcome(city_->cases->report(report, city_->viewer(who)), details);
}

std::string Story::case_id(const std::string& name) const {
    const auto found = cases_.find(name);
    if (found == cases_.end()) throw StoryError("there is no case " + name);
    return found->second;
}

std::string Story::action_of(const std::string& who, const std::string& id, const std::string& verb) {
    const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& one) { return one.word == verb; });
    if (found == verbs.end()) throw StoryError("there is no verb " + verb);
    const auto detail = city_->cases->get(id, city_->viewer(who));
    for (const auto* action : found->actions)
        if (detail)
            for (const auto& allowed : detail->allowed)
                if (allowed.row->code == action) return action;
    return found->actions.front();
}

void Story::act(const std::vector<std::string>& words, const std::string& line) {
    const auto& who = words[0];
    if (words[1] == "reports" || words[1] == "finds") return report(who, words, line);
    if (words[1] == "delegates") return delegate(words, line);
    if (words[1] == "opens") {
        if (!city_->cases->open(case_id(words[2]), city_->viewer(who))) complain(who + " may not open " + words[2]);
        return;
    }
    const bool is_plain = words[1] == "does";
    const auto id = case_id(words[is_plain ? 3 : 2]);
    const auto details = read_details(words, is_plain ? 4 : 3, line);
    const auto action = is_plain ? words[2] : action_of(details.for_whom.empty() ? who : details.for_whom, id, words[1]);
    const auto outcome = city_->act(who, id, action, [&](cases::NewStep& step) { fill(step, who, id, details); }, details.for_whom);
    check_outcome(outcome, details);
}

void Story::delegate(const std::vector<std::string>& words, const std::string& line) {
    const auto details = read_details(words, 2, line);
    cases::Delegation wanted;
    wanted.to_person = city_->viewer(details.to).person_id;
    wanted.from_ms = city_->clock.now_ms();
    wanted.to_ms = details.until_ms.value_or(0);
    wanted.reason = "出差";
    const auto made = city_->cases->delegate(wanted, city_->viewer(words[0]));
    if (details.refused.empty() && !made) complain("was refused: " + made.error().code);
    if (!details.refused.empty() && (made || made.error().code != details.refused)) complain("was not refused " + details.refused);
}

void Story::name_own_part(cases::NewStep& step, const std::string& who, const rules::Case& c) const {
    const auto& actions = city_->rules->workflow.machine("assignment").actions;
    const auto own = city_->organisation_of(who);
    for (const auto& one : c.assignments)
        for (const auto& row : actions)
            if (row.code == step.action && row.by == "holder" && one.organisation == own && row.fits(one.level, one.state)) {
                step.subject_kind = "assignment";
                step.subject_id = one.id;
            }
}

void Story::fill(cases::NewStep& step, const std::string& who, const std::string& id, const Details& details) {
    if (step.version == 0) {
        // Not allowed to this person: it still has to be refused by the server, with the version at hand.
        const auto seen = city_->cases->get(id, city_->viewer("leader"));
        if (seen) step.version = seen->stored.c.version;
    }
    if (step.subject_kind == "case") find_subject(step, who, id);
    if (const auto own = city_->cases->get(id, city_->viewer(who)); own && std::none_of(own->allowed.begin(), own->allowed.end(), [&](const rules::AllowedAction& one) { return one.row->code == step.action; }))
        name_own_part(step, who, own->stored.c);
    if (details.version) step.version = *details.version;
    if (!details.words.empty()) step.opinion = details.words;
    if (details.has_no_words) step.opinion.clear();
    if (details.has_photo) {
        if (*details.has_photo && step.media.empty()) step.media = {city_->photo(who)};
        if (!*details.has_photo) step.media.clear();
    }
    if (!details.target.empty()) step.target = details.target;
    for (const auto& one : details.assisting) step.assisting.push_back(city_->identity->directory()->find_person_by_login(one) != nullptr ? city_->organisation_of(one) : one);
    if (!details.cell.empty()) step.place = cases::StepPlace{city_->center(details.cell).lon, city_->center(details.cell).lat, "cgcs2000"};
    if (!details.part_of.empty()) {
        const auto seen = city_->cases->get(id, city_->viewer("leader"));
        for (const auto& one : seen->stored.c.assignments)
            if (one.organisation == details.part_of) step.subject_kind = "assignment", step.subject_id = one.id;
    }
    if (!details.reason.empty()) step.return_reason = details.reason == "none" ? "" : details.reason;
    if (!details.level.empty()) step.supervision_level = details.level;
    if (details.until_ms) step.until_ms = details.until_ms;
    if (details.wants_no_reply) step.needs_reply = false;
    if (!details.lead.empty()) step.lead = case_id(details.lead);
    if (!details.row.empty()) step.filing_row = details.row;
    if (!details.limit_value.empty()) {
        const auto seen = city_->cases->get(id, city_->viewer("leader"));
        step.filing_row = row_id(seen->stored.c.class_code, details.limit_value, details.limit_unit);
    }
    if (!details.to.empty()) {
        step.receiver_person = {};
        const auto* person = city_->identity->directory()->find_person_by_login(details.to);
        const bool is_person = person != nullptr && (step.action == "send_check" || step.action == "send_verify" || step.action == "send_recheck" || step.action == "send_spot_check" || step.action == "reassign" || details.to.ends_with("handler"));
        step.receiver_organisation = person != nullptr ? city_->organisation_of(details.to) : details.to;
        if (is_person) step.receiver_person = person->id;
    }
}

void Story::find_subject(cases::NewStep& step, const std::string& who, const std::string& id) {
    const auto seen = city_->cases->get(id, city_->viewer("leader"));
    if (!seen) return;
    const auto of_machine = [&](const char* machine) {
        const auto& actions = seen->rules->workflow.machine(machine).actions;
        return std::any_of(actions.begin(), actions.end(), [&](const rules::ActionRow& row) { return row.code == step.action; });
    };
    if (of_machine("case")) return;
    const auto& c = seen->stored.c;
    const auto mean = [&](const char* kind, const Uuid& subject) { step.subject_kind = kind, step.subject_id = subject; };
    if (of_machine("request") && !c.requests.empty()) return mean("request", c.requests.back().id);
    if (of_machine("task") && !c.tasks.empty()) return mean("task", c.tasks.back().id);
    if (!of_machine("assignment") || c.assignments.empty()) return;
    mean("assignment", c.assignments.back().id);
    for (const auto& one : c.assignments)
        if (one.organisation == city_->organisation_of(who)) mean("assignment", one.id);
}

} // namespace chengge::scenarios
