// What a story expects.
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

void Story::expect_equal(const std::string& what, const std::string& is, const std::string& wanted) {
    if (is != wanted) complain(what + " is " + (is.empty() ? "nothing" : is) + ", not " + wanted);
}

std::string Story::local_text(rules::MaybeMs at_ms) {
    if (!at_ms) return "";
    auto text = format_rfc3339(*at_ms).substr(0, 16);
    text[10] = ' ';
    return text;
}

void Story::expect(const std::vector<std::string>& words, const std::string& line) {
    if (words.size() < 3) throw StoryError("expect what?");
    if (words[1] == "audit") {
        const auto audit = cases::audit_cases(*city_->database, *city_->rule_sets, city_->identity->keys(), city_->media.get());
        if (!audit.faults.empty()) complain("the audit found: " + audit.faults.front());
        return;
    }
    if (words[1] == "ledger" && words.size() > 5) return expect_ledger(words);
    if (words.size() == 7 && words[2] == "reads") return expect_entries(words[1], words[3], words[6]);
    if (words[1] == "list") return expect_list(words);
    if (words[1] == "mode") return expect_mode(words);
    if (words[1] == "reorganisations" && words.size() == 4) return expect_reorganisation(words);
    if (words[1] == "reporter") return expect_told(line);
    if (words[1] == "notice" || words[1] == "no_notice") return expect_notice(words, line);
    if (cases_.contains(words[1])) return expect_case(words);
    expect_person(words);
}

void Story::expect_reorganisation(const std::vector<std::string>& words) {
    const auto list = city_->reorganisation->list("", 1, "zh");
    if (!list || list->at("items").as_array().empty()) return complain("there is no reorganisation");
    const auto& newest = list->at("items").as_array().front().as_object();
    expect_equal("the reorganisation", std::string(newest.at("state").as_string()), words[2]);
    expect_equal("cases moved", to_json_text(newest.at("reached")), words[3]);
}

void Story::expect_history(const cases::CaseDetail& detail, const std::string& name) {
    const auto object = city_->cases->detail_json(detail, city_->viewer("leader"), "zh");
    for (const auto& step : object.at("steps").as_array())
        for (const auto* member : {"organisation_name", "receiver_name"})
            if (step.at(member).is_string() && step.at(member).as_string() == name) return;
    complain("the history does not name " + name);
}

void Story::expect_told(const std::string& line) {
    const auto wanted = std::string(trim(line.substr(line.find("told") + 5)));
    std::string all;
    for (const auto& [name, id] : cases_) {
        const auto viewer = city_->viewer("operator");
        if (const auto detail = city_->cases->get(id, viewer)) {
            const auto object = city_->cases->detail_json(*detail, viewer, "zh");
            if (object.at("reporter_sentence").is_string()) all += std::string(object.at("reporter_sentence").as_string()) + "\n";
        }
    }
    if (all.find(wanted) == std::string::npos) complain("the reporter is told “" + all + "”, not “" + wanted + "”");
}

void Story::begin_notices() {
    const auto data = notices::load_notice_data(CHENGGE_SOURCE "/data", city_->options.overlay, *city_->rules);
    if (!data) throw StoryError(data.error().facts.at("reason"));
    notices_ = std::make_unique<notices::NoticesService>(notices::NoticeParts{*city_->database, city_->clock, *city_->identity, *city_->grid, *city_->cases, *city_->rule_sets, *data});
    notices::ChannelSettings channels;
    channels.sms.url = "https://sms.invalid/";
    notices_->use_channels(std::move(channels));
    notices_->make_notices();
}

void Story::expect_notice(const std::vector<std::string>& words, const std::string& line) {
    if (!notices_ || words.size() < 5 || words[2] != "to") throw StoryError("expect notice to WHO TEXT, after a line `notices`");
    city_->cases->run_jobs_once();
    notices_->make_notices();
    static const storage::Statement all("story", "SELECT person_id, recipient, subject, body FROM notices ORDER BY notice_key", "SELECT person_id, recipient, subject, body FROM notices ORDER BY notice_key");
    const auto wanted = std::string(trim(line.substr(line.find(" " + words[3] + " ") + words[3].size() + 2)));
    std::string told;
    city_->database->read([&](storage::Transaction& transaction) {
        told.clear();
        for (const auto row : transaction.run(all)) {
            const bool is_caller = row.is_null("person_id") && row.text("recipient").starts_with("contact:");
            const bool is_meant = words[3] == "caller" ? is_caller : !row.is_null("person_id") && uuid_from_raw(row.bytes("person_id")) == city_->viewer(words[3]).person_id;
            if (is_meant) told += row.text("subject") + "：" + row.text("body") + "\n";
        }
    });
    if ((told.find(wanted) != std::string::npos) != (words[1] == "notice")) complain(words[3] + " is told “" + told + "”, " + (words[1] == "notice" ? "not “" : "among it “") + wanted + "”");
}

void Story::expect_person(const std::vector<std::string>& words) {
    const auto& who = words[1];
    const auto viewer = city_->viewer(who);
    if (words[2] == "sees" || words[2] == "does_not_see") {
        const bool sees = city_->cases->get(case_id(words[3]), viewer).has_value();
        if (sees != (words[2] == "sees")) complain(who + (sees ? " sees " : " does not see ") + words[3]);
    } else if (words[2] == "has" && words.size() == 6) {
        const auto inbox = city_->cases->inbox({}, viewer, "zh");
        expect_equal("the inbox of " + who, to_json_text(inbox->at("counts").at("all")), words[3]);
    } else if (words[2] == "may" || words[2] == "may_not") {
        const auto detail = city_->cases->get(case_id(words[4]), viewer);
        const bool may = detail && std::any_of(detail->allowed.begin(), detail->allowed.end(), [&](const rules::AllowedAction& one) { return one.row->code == words[3]; });
        if (may != (words[2] == "may")) complain(who + (may ? " may " : " may not ") + words[3]);
    } else {
        throw StoryError("not understood: " + words[2]);
    }
}

void Story::expect_case(const std::vector<std::string>& words) {
    const auto detail = city_->cases->get(case_id(words[1]), city_->viewer("leader"));
    if (!detail) throw StoryError("the case is gone");
    const auto& stored = detail->stored;
    const auto& c = stored.c;
    const auto summary = cases::summarise(*detail->rules, c);
    const auto* lead = rules::lead_assignment(c);
    const auto now = city_->clock.now_ms();
    const auto handling_light = std::string(rules::light_of(summary.handling_deadline_ms, summary.handling_yellow_ms, now));
    for (std::size_t i = 2; i < words.size(); ++i) {
        const auto next = [&](std::size_t ahead = 1) {
            if (i + ahead >= words.size()) throw StoryError("something is missing after " + words[i]);
            return words[i + ahead];
        };
        if (words[i] == "stage" && next() == "deadline") expect_equal("the stage deadline", local_text(summary.stage_deadline_ms), next(2) + " " + next(3)), i += 3;
        else if (words[i] == "stage") expect_equal("the stage", summary.stage, next()), ++i;
        else if (words[i] == "handling" && next() == "deadline") expect_equal("the handling deadline", local_text(lead != nullptr ? lead->deadline_ms : std::nullopt), next(2) + " " + next(3)), i += 3;
        else if (words[i] == "handling" && next() == "light") expect_equal("the handling light", handling_light, next(2)), i += 2;
        else if (words[i] == "light") {
            // The later of the two clocks a unit has: signing for it, and handling it.
            const auto stage_light = std::string(rules::light_of(summary.stage_deadline_ms, summary.stage_yellow_ms, now));
            expect_equal("the light", handling_light == "none" ? stage_light : handling_light, next()), ++i;
        } else if (words[i] == "cell") expect_equal("the cell", c.cell_code, city_->cell_code(next())), ++i;
        else if (words[i] == "unit") expect_equal("the unit", summary.unit, next()), ++i;
        else if (words[i] == "no" && next() == "number") expect_equal("the number", stored.case_no.empty() ? "none" : stored.case_no, "none"), ++i;
        else if (words[i] == "number") expect_equal("the number", stored.case_no, next()), ++i;
        else if (words[i] == "rework") expect_equal("rework", std::to_string(c.rework_count), next()), ++i;
        else if (words[i] == "redispatched") expect_equal("redispatched", std::to_string(c.redispatch_count), next()), ++i;
        else if (words[i] == "sent_back") expect_equal("sent back", std::to_string(c.send_back_count), next()), ++i;
        else if (words[i] == "reminded") expect_equal("reminded", std::to_string(c.remind_count), next()), ++i;
        else if (words[i] == "supervised") expect_equal("supervised", std::to_string(c.supervise_count), next()), ++i;
        else if (words[i] == "instruction") expect_request(c, "instruction", next()), ++i;
        else if (words[i] == "request") expect_request(c, next(), next(2)), i += 2;
        else if (words[i] == "part") expect_part(c, next(), next(2)), i += 2;
        else if (words[i] == "part_deadline") expect_part_deadline(c, next(), next(2) + " " + next(3)), i += 3;
        else if (words[i] == "held") expect_equal("held", c.hold_decision.empty() ? "no" : "yes", next()), ++i;
        else if (words[i] == "out_of_evaluation") expect_equal("out of the evaluation", c.excluded_by.empty() ? "no" : "yes", next()), ++i;
        else if (words[i] == "no_deadline") expect_equal("the handling deadline", local_text(lead != nullptr ? lead->deadline_ms : std::nullopt), "");
        else if (words[i] == "history") expect_history(*detail, next()), ++i;
        else if (words[i] == "ruled_unit") expect_equal("the ruling", c.ruled_unit, next()), ++i;
        else if (words[i] == "extended") expect_equal("extended", std::to_string(lead != nullptr ? lead->extension_count : 0), next()), ++i;
        else if (words[i] == "excluded") expect_equal("excluded", lead != nullptr && lead->is_excluded != 0 ? "yes" : "no", next()), ++i;
        else if (words[i] == "deferred") expect_equal("deferred", c.is_deferred != 0 ? "yes" : "no", next()), ++i;
        else if (words[i] == "simple") expect_equal("simple", c.is_simple != 0 ? "yes" : "no", next()), ++i;
        else if (words[i] == "until") expect_equal("suspended until", local_text(c.suspended_until_ms), next() + " " + next(2)), i += 2;
        else if (words[i] == "by") expect_hand(*detail, next(), next(2)), i += 2;
        else if (words[i] == "stands_for") expect_equal("cases it stands for", std::to_string(detail->merged_cases.size()), next()), ++i;
        else if (words[i] == "order") expect_order(c, next(), next(2) + " " + next(3)), i += 3;
        else if (words[i] == "dispute") expect_equal("the dispute", c.is_disputed == 1 ? "open" : c.is_disputed == 2 ? "ruled" : "none", next()), ++i;
        else if (words[i] == "row") expect_equal("the row", lead == nullptr || lead->responsibility_row.empty() ? "none" : lead->responsibility_row, next()), ++i;
        else if (words[i] == "automatic") expect_equal("dispatched by itself", lead != nullptr && lead->is_automatic != 0 ? "yes" : "no", next()), ++i;
        else if (words[i] == "steps") expect_equal("steps", std::to_string(detail->steps.size()), next()), ++i;
        else if (words[i] == "photos") expect_equal("photos", std::to_string(detail->media_rows.size()), next()), ++i;
        else if (words[i] == "used") expect_used(*detail, lead, next()), i += 2;
        else expect_equal("the state", c.state, words[i]);
    }
}

void Story::expect_order(const rules::Case& c, const std::string& state, const std::string& until) {
    const auto found = std::find_if(c.requests.rbegin(), c.requests.rend(), [](const rules::Request& one) { return one.kind == "supervision"; });
    if (found == c.requests.rend()) return complain("there is no supervision order");
    expect_equal("the order", found->state, state);
    const auto due = local_text(found->until_ms);
    expect_equal("the reply's deadline", due.empty() ? "none none" : due, until);
}

void Story::expect_request(const rules::Case& c, const std::string& kind, const std::string& state) {
    const auto found = std::find_if(c.requests.rbegin(), c.requests.rend(), [&](const rules::Request& one) { return one.kind == kind; });
    expect_equal("the request for " + kind, found == c.requests.rend() ? "none" : found->state, state);
}

const rules::Assignment* Story::newest_part(const rules::Case& c, const std::string& organisation) {
    const auto found = std::find_if(c.assignments.rbegin(), c.assignments.rend(), [&](const rules::Assignment& one) { return one.organisation == organisation; });
    if (found == c.assignments.rend()) complain(organisation + " has no part");
    return found == c.assignments.rend() ? nullptr : &*found;
}

void Story::expect_part(const rules::Case& c, const std::string& organisation, const std::string& state) {
    if (const auto* part = newest_part(c, organisation)) expect_equal("the part of " + organisation, part->state, state);
}

void Story::expect_part_deadline(const rules::Case& c, const std::string& organisation, const std::string& deadline) {
    if (const auto* part = newest_part(c, organisation)) expect_equal("the deadline of " + organisation, local_text(part->deadline_ms), deadline);
}

void Story::expect_hand(const cases::CaseDetail& detail, const std::string& who, const std::string& for_whom) {
    const auto* person = city_->identity->directory()->find_person(detail.steps.back().step.actor_id);
    expect_equal("whose hand it was", person != nullptr ? person->login : detail.steps.back().step.role, who);
    const auto* other = city_->identity->directory()->find_person(detail.stored.c.acted_for);
    expect_equal("for whom", other != nullptr ? other->login : "itself", for_whom);
}

void Story::expect_ledger(const std::vector<std::string>& words) {
    const auto answer = city_->cases->ledgers(city_->viewer("leader"), "zh");
    for (const auto& item : answer.at("items").as_array()) {
        if (item.at("kind").as_string() != words[2]) continue;
        expect_equal("approved", to_json_text(item.at("approved")), words[3]);
        expect_equal("the cap", to_json_text(item.at("limit")), words[5]);
        if (words.size() > 7) expect_equal("the ledger's light", std::string(item.at("light").as_string()), words[7]);
        return;
    }
    complain("there is no ledger " + words[2]);
}

void Story::expect_entries(const std::string& who, const std::string& count, const std::string& kind) {
    cases::LedgerFilter filter;
    filter.kind = kind;
    const auto page = city_->cases->ledger(filter, city_->viewer(who), "zh");
    if (!page) return complain("was refused: " + page.error().code);
    expect_equal("the ledger of " + who, std::to_string(page->at("items").as_array().size()), count);
}

void Story::expect_used(const cases::CaseDetail& detail, const rules::Assignment* lead, const std::string& minutes) {
    if (lead == nullptr) throw StoryError("no unit has it");
    auto used = lead->used_ms;
    if (lead->clock_from_ms) used += detail.rules->calendar.elapsed_ms({lead->limit_value, *rules::parse_limit_unit(lead->limit_unit)}, *lead->clock_from_ms, city_->clock.now_ms());
    expect_equal("the time charged in minutes", std::to_string(used / minute_ms), minutes);
}

void Story::print_time_lines() {
    for (const auto& [name, id] : cases_) {
        const auto detail = city_->cases->get(id, city_->viewer("leader"));
        if (!detail) continue;
        std::fprintf(stderr, "    %s %s %s\n", name.c_str(), detail->stored.case_no.c_str(), detail->stored.c.state.c_str());
        for (const auto& one : detail->steps) {
            const auto* person = city_->identity->directory()->find_person(one.step.actor_id);
            std::fprintf(stderr, "      %2lld %s  %-12s %-18s %s → %s  %s\n", static_cast<long long>(one.step.seq), local_text(one.step.at_ms).c_str(),
                         person != nullptr ? person->login.c_str() : "?", one.step.action.c_str(), one.step.from.c_str(), one.step.to.c_str(), one.step.opinion.c_str());
        }
    }
}

} // namespace chengge::scenarios
