#include <algorithm>

#include "base/assert.hpp"
#include "demo/base_data_parts.hpp"
#include "demo/disputes.hpp"
#include "demo/photos.hpp"

namespace chengge::demo {

namespace {

struct Kind {
    const char* class_code;
    const char* district; // of the cell's code
    int days_ago;         // working days: of the report; a day each for the record on the spot and the ruling
    Dispute dispute;
};

const Kind kinds[] = {
    {"06011", "440803", 3,
     {.found = "围墙外侧堆了约两车建筑垃圾，混有旧门板，占去半幅人行道。",
      .first = {"sanitation", "other_unit", "建筑垃圾由属地街道组织清运，不在环卫清扫保洁范围。"},
      .second = {"street", "other_owner", "堆放处在人行道上，属市政道路用地，街道无权属。"},
      .site_words = "会同区环卫所、街道办到场踏勘：堆放处在人行道红线内，东西约十二米、南北约四米，无人认领。",
      .ruling_words = "红线内无主建筑垃圾由街道办负责清运，区环卫所配合运输；今后同类问题按此办理。",
      .ruled_unit = "street"}},
    {"06013", "440811", 2,
     {.found = "小区出口与市政道路接合处路面坑洼，雨天积水，长约一米。",
      .first = {"municipal", "other_owner", "坑洼在小区红线内，未移交市政。"},
      .second = {"street", "other_unit", "接合处路面一直由市政养护，不属街道。"},
      .site_words = "会同区市政维护所、街道办到场：坑洼在道路红线与小区红线之间，长约一米二、宽约八十厘米，双方各执一词，附红线图。"}},
    {"06017", "440804", 1,
     {.found = "河边绿地里散落塑料袋和饭盒，连着三天没有人清。",
      .first = {"landscaping", "other_unit", "绿地保洁已移交环卫，园林只管修剪补植。"},
      .second = {"sanitation", "other_area", "该段绿地不在环卫作业合同范围。"}}}};

// Midnight of the working day so many before the day of `now_ms`.
std::int64_t working_day_before(const rules::Calendar& calendar, std::int64_t now_ms, int count) {
    auto midnight = city_midnight_ms(city_date(now_ms));
    constexpr int days_most = 60;
    for (int i = 0; i < days_most && count > 0; ++i) {
        midnight -= day_ms;
        if (calendar.is_workday(city_date(midnight))) --count;
    }
    return midnight;
}

} // namespace

std::vector<PlannedDispute> plan_disputes(const City& city, const rules::Calendar& calendar, std::uint64_t seed, std::int64_t now_ms) {
    Random random(seed ^ 0x64697370757465);
    std::vector<PlannedDispute> planned;
    for (const auto& kind : kinds) {
        std::vector<std::size_t> cells;
        for (std::size_t i = 0; i < city.cells.size(); ++i)
            if (city.cells[i].code.starts_with(kind.district)) cells.push_back(i);
        if (cells.empty()) continue;
        const auto day = [&](int ago) { return working_day_before(calendar, now_ms, ago); };
        PlannedDispute one;
        one.reported_ms = day(kind.days_ago) + 9 * hour_ms + random.between(5, 25) * minute_ms;
        one.plan.case_id = make_uuid(one.reported_ms, random);
        one.plan.cell = cells[random.below(cells.size())];
        one.plan.kind = "event";
        one.plan.class_code = kind.class_code;
        one.plan.dispute = kind.dispute;
        if (kind.days_ago > 1) one.plan.dispute->site_ms = day(kind.days_ago - 1) + 10 * hour_ms + 30 * minute_ms;
        if (kind.days_ago > 2) one.plan.dispute->ruling_ms = day(kind.days_ago - 2) + 15 * hour_ms + 40 * minute_ms;
        planned.push_back(std::move(one));
    }
    return planned;
}

std::string CaseStory::code_of(std::string_view unit) const {
    if (unit == "street") return "street-" + case_.community_code.substr(0, 9);
    return std::string(unit) + "-" + case_.district_code;
}

const rules::Assignment& CaseStory::center_part() const {
    const auto found = std::ranges::find(case_.assignments, "command", &rules::Assignment::level);
    ASSERT(found != case_.assignments.end());
    return *found;
}

bool CaseStory::give_back(const Dispute::GivenBack& why, std::int64_t dispatched_ms, std::int64_t asked_ms) {
    const auto code = code_of(why.unit);
    const auto& dispatcher = dispatcher_of(center_part().organisation);
    if (!act(dispatcher, "dispatch", given_to(about(center_part()), code), dispatched_ms)) return false;
    auto asked = about(*unit());
    asked.return_reason = why.reason;
    asked.opinion = why.words;
    if (!act(any(world_.cast.managers.find(code)->second), "ask_send_back", std::move(asked), asked_ms)) return false;
    rules::Command agreed;
    agreed.subject_kind = "request";
    agreed.subject_id = case_.requests.back().id;
    agreed.opinion = "情况属实，收回另行派遣。";
    return act(dispatcher, "approve_send_back", std::move(agreed), asked_ms + 20 * minute_ms);
}

bool CaseStory::run_dispute() {
    const auto& dispute = *plan_->dispute;
    const auto after = [&](std::int64_t minutes) { return reported_ms_ + minutes * minute_ms; };
    rules::Command filed;
    filed.filing_row = finding_.row->id;
    if (!act(any(world_.cast.operators), "accept", after(4)) || !act(any(world_.cast.leaders), "file_case", std::move(filed), after(12))) return false;
    const auto center = world_.cases.receiver_of(code_of(dispute.first.unit), {});
    ASSERT(center.has_value());
    if (!act(dispatcher_of("city-command"), "dispatch", given_to({}, center->command_center), after(21))) return false;
    if (!give_back(dispute.first, after(34), after(88)) || !give_back(dispute.second, after(125), after(330))) return false;
    if (dispute.site_ms == 0) return true;

    // An uneven outline of some tens of metres.
    const geo::Point middle{case_.lon, case_.lat};
    const auto corner = [&](double east, double north) { return moved(middle, east * (14 + 8 * random_.unit()), north * (14 + 8 * random_.unit())); };
    geo::Polygon red_line;
    auto& ring = red_line.rings.emplace_back();
    ring = {corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)};
    ring.push_back(ring.front());
    auto looked = about(center_part());
    looked.red_line = geo::to_wkt(red_line);
    looked.opinion = dispute.site_words;
    looked.media = {photos_.before};
    const auto& shelf = world_.photos.at(scene_of(case_.kind, case_.class_code));
    if (const auto& other = shelf[random_.below(shelf.size())].before; other != photos_.before) looked.media.push_back(other);
    if (!act(dispatcher_of(center_part().organisation), "record_site", std::move(looked), dispute.site_ms)) return false;
    if (dispute.ruling_ms == 0) return true;

    const auto ruled = code_of(dispute.ruled_unit);
    auto ruling = given_to({}, ruled);
    ruling.opinion = dispute.ruling_words;
    return act(any(world_.cast.commanders), "rule_dispute", std::move(ruling), dispute.ruling_ms) &&
           act(dispatcher_of(center_part().organisation), "dispatch", given_to(about(center_part()), ruled), dispute.ruling_ms + 25 * minute_ms) &&
           act(any(world_.cast.managers.find(ruled)->second), "sign", about(*unit()), dispute.ruling_ms + 50 * minute_ms);
}

} // namespace chengge::demo
