// What the placeholders of a template stand for, and the data that webhooks get.
#include <algorithm>

#include "base/text.hpp"
#include "notices/notice_state.hpp"

#include <fmt/format.h>

namespace chengge::notices {

namespace {

std::string time_text(std::int64_t at_ms, const std::string& language) {
    const auto date = city_date(at_ms);
    const auto minute = (at_ms - city_midnight_ms(date)) / minute_ms;
    const auto time = fmt::format("{:02}:{:02}", minute / 60, minute % 60);
    return language == "en" ? format_date(date) + " " + time : fmt::format("{}月{}日{}", date.month, date.day, time);
}

std::string place_text(const NoticeParts& parts, const rules::Case& c) {
    std::string place;
    for (const auto& code : {c.district_code, c.community_code})
        if (const auto* region = parts.grid.find_region(code)) place += region->name;
    return place;
}

const std::string& pick(const std::string& zh, const std::string& en, const std::string& language) { return language == "en" && !en.empty() ? en : zh; }

// How the kind of a request is called: as the action that asks for it.
std::string request_name(const rules::Rules& rules, const std::string& kind, const std::string& language) {
    for (const auto* machine : {"case", "assignment"})
        for (const auto& action : rules.workflow.machine(machine).actions)
            if (action.request == kind || action.code == "ask_" + kind) return pick(action.zh, action.en, language);
    return kind;
}

// What is done in a stage, not what waits in it: 签收, 核查.
std::string stage_name(const Wording& wording, const std::string& stage, const std::string& language) {
    if (const auto* label = wording.data.find_label("stages", stage)) return pick(label->zh, label->en, language);
    const auto found = wording.rules.stage_labels.find(stage);
    return found == wording.rules.stage_labels.end() ? stage : pick(found->second.zh, found->second.en, language);
}

const rules::Request* request_of(const Happening& happening, const rules::StageClock* clock) {
    const auto& c = happening.stored.c;
    if (happening.subject_kind == "request") return rules::find_request(c, happening.subject_id);
    if (clock != nullptr && clock->subject_kind == "request") return rules::find_request(c, clock->subject_id);
    const auto found = std::find_if(c.requests.rbegin(), c.requests.rend(), [&](const rules::Request& one) { return one.asked_seq == happening.seq && happening.seq > 0; });
    return found == c.requests.rend() ? nullptr : &*found;
}

std::string unit_code(const Happening& happening, const rules::StageClock* clock) {
    const auto& c = happening.stored.c;
    if (clock != nullptr && clock->subject_kind == "assignment")
        if (const auto* part = rules::find_assignment(c, clock->subject_id)) return part->organisation;
    const auto* lead = rules::lead_assignment(c);
    return lead == nullptr ? "" : lead->organisation;
}

} // namespace

std::string name_of_case(const Uuid& id, const std::string& case_no) { return case_no.empty() ? format_uuid(id).substr(0, 8) : case_no; }

Values values_for(const Wording& wording, const Happening& happening, const rules::StageClock* clock, const std::string& case_name, const std::string& language) {
    const auto& c = happening.stored.c;
    const auto& workflow = wording.rules.workflow;
    Values values;
    values["案卷号"] = case_name.empty() ? name_of_case(c.id, happening.stored.case_no) : case_name;
    const auto* problem = wording.rules.taxonomy.find_class(c.edition, c.kind, c.class_code);
    values["类别"] = problem == nullptr ? (language == "en" ? "problem" : "问题") : pick(problem->name, problem->name_en, language);
    values["区域"] = place_text(wording.parts, c);
    values["地点"] = identity::mask_phones_in(c.address.empty() ? values["区域"] : c.address);
    const auto* lead = rules::lead_assignment(c);
    if (clock != nullptr && clock->deadline_ms) values["时限"] = time_text(*clock->deadline_ms, language);
    else if (lead != nullptr && lead->deadline_ms) values["时限"] = time_text(*lead->deadline_ms, language);
    if (const auto* unit = wording.parts.identity.directory()->find_organisation(unit_code(happening, clock))) values["单位"] = unit->name;
    values["意见"] = identity::mask_phones_in(happening.opinion);
    if (clock != nullptr) values["环节"] = stage_name(wording, clock->stage, language);
    values["时间"] = time_text(happening.at_ms, language);
    if (const auto* request = request_of(happening, clock)) {
        values["申请"] = request_name(wording.rules, request->kind, language);
        for (const auto& level : workflow.supervision_levels)
            if (level.code == request->level) values["级别"] = pick(level.zh, level.en, language);
    }
    values["链接"] = wording.channels.public_url + "/cases/" + format_uuid(c.id);
    values["平台"] = wording.channels.platform_name;
    return values;
}

std::string webhook_body(const Wording& wording, const Happening& happening, const Uuid& notice_id) {
    const auto& c = happening.stored.c;
    const auto* unit = wording.parts.identity.directory()->find_organisation(unit_code(happening, nullptr));
    json::object one{{"case_id", format_uuid(c.id)},
                     {"case_no", maybe_text(happening.stored.case_no)},
                     {"state", c.state},
                     {"kind", c.kind},
                     {"class_code", c.class_code},
                     {"district_code", c.district_code},
                     {"community_code", c.community_code},
                     {"cell_code", c.cell_code},
                     {"lon", c.lon},
                     {"lat", c.lat},
                     {"unit", unit == nullptr ? json::value(nullptr) : json::value(unit->code)},
                     {"version", c.version}};
    if (!happening.clocks.empty() && happening.seq == 0) {
        const auto& clock = c.clocks[happening.clocks.front()];
        one["stage"] = clock.stage;
        one["due_at"] = maybe_instant(clock.deadline_ms);
    }
    return to_json_text(json::object{{"id", format_uuid(notice_id)}, {"event", happening.event}, {"seq", happening.seq}, {"at", format_rfc3339(happening.at_ms)}, {"case", std::move(one)}});
}

} // namespace chengge::notices
