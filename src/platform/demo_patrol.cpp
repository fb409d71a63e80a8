// The demo's contractors and inspectors: three lots, roll calls, a draw half worked off, findings with an objection, last
// month's sheets.
#include <algorithm>
#include <array>
#include <map>

#include "base/time.hpp"
#include "platform/demo_command.hpp"

namespace chengge::platform {

namespace {

constexpr const char* lots[][3] = {{"BD1", "赤坎标段", "440802"}, {"BD2", "霞山、开发区标段", "440803"}, {"BD3", "坡头、麻章标段", "440804"}};

std::string day_of(std::int64_t at_ms) { return format_date(city_date(at_ms)); }

class PatrolMaker {
public:
    PatrolMaker(FoundedCity& founded, std::int64_t now_ms) : founded_(founded), city_(*founded.city), now_ms_(now_ms), random_(7) {}

    Result<void> run() {
        const auto directory = city_.identity->directory();
        const auto people = [&](const char* role) { return directory->people_with_role(role, std::nullopt); };
        if (people("evaluator").size() < 2 || people("inspector").size() < 2 || people("collector").empty()) return {};
        evaluator_ = city_.identity->viewer_of(*people("evaluator")[0]);
        second_ = city_.identity->viewer_of(*people("evaluator")[1]);
        inspector_ = city_.identity->viewer_of(*people("inspector")[1]);
        collectors_ = people("collector");
        for (std::size_t i = 0; i < std::size(lots); ++i) TRY(add_lot(i));
        TRY(work_off_a_draw());
        TRY(plan_rota());
        founded_.clock->set(now_ms_);
        return make_sheets();
    }

private:
    Uuid id() { return make_uuid(city_.clock->now_ms(), random_); }

    Result<void> add_lot(std::size_t number) {
        const auto organisation = "collection-" + std::to_string(number + 1);
        patrol::Lot lot{.id = id(), .code = lots[number][0], .name = lots[number][1], .organisation = organisation, .contract_no = "HT-2026-0" + std::to_string(number + 1), .valid_from = "2026-01-01", .valid_to = "2028-12-31",
                        .regions = {lots[number][2]}, .promises = {{"early", 34, 22}, {"late", 24, 16}}, .month_fee_cents = 42'800'000 + static_cast<std::int64_t>(number) * 1'350'000, .unit_price_cents = number == 2 ? 180 : 0};
        if (number == 1) lot.regions.emplace_back("440891");
        if (number == 2) lot.regions.emplace_back("440811");
        TRY(city_.patrol->store_lot(lot, evaluator_, "zh"));
        lots_.push_back(lot.id);
        for (const auto* person : collectors_) {
            const auto* own = city_.identity->directory()->find_organisation(person->organisation_key);
            if (own == nullptr || own->code != organisation) continue;
            TRY(city_.patrol->place_collector(lot.id, {person->id, "2026-01-01", ""}, evaluator_, "zh"));
            for (const auto& region : lot.regions) walkers_[region].push_back(person->id);
        }
        return {};
    }

    // 责任网格: on each shift somebody of the district's lot, three of them for the early one to two for the late; here and there nobody, or
    // somebody who stands in for some days.
    Result<void> plan_rota() {
        founded_.clock->set(now_ms_ - 40 * day_ms);
        const auto areas = city_.registry->snapshot("duty_areas");
        if (!areas) return {};
        const int cells = areas->layer().field_index("cells");
        std::map<std::string, std::array<std::size_t, 2>> turns; // by whom the lot begins with, early and late
        for (std::size_t at = 0; at < areas->slots(); ++at) {
            if (!areas->is_there(at)) continue;
            const auto codes = areas->text(at, cells);
            const auto* community = codes ? city_.grid->find_region(codes->substr(0, 12)) : nullptr;
            const auto lot = community == nullptr ? walkers_.end() : walkers_.find(community->managed_by_code);
            if (lot == walkers_.end()) continue;
            const auto& people = lot->second;
            const std::size_t early = people.size() * 3 / 5;
            if (early == 0) continue;
            for (const bool is_late : {false, true}) {
                if (random_.chance(is_late ? 0.06 : 0.025)) continue;
                const auto from = is_late ? early : 0, count = is_late ? people.size() - early : early;
                auto& turn = turns[format_uuid(people.front())][is_late ? 1 : 0];
                const auto next = [&] { return people[from + turn++ % count]; };
                registry::NewDuty duty{.id = id(), .area_id = std::string(areas->id(at)), .shift = is_late ? "late" : "early", .person = next(), .is_substitute = false, .from_day = day_of(now_ms_ - 38 * day_ms), .to_day = "", .words = ""};
                TRY(city_.registry->assign_duty(duty, evaluator_));
                if (!random_.chance(0.02)) continue;
                duty.id = id();
                duty.person = next();
                duty.is_substitute = true;
                duty.from_day = day_of(now_ms_ - day_ms);
                duty.to_day = day_of(now_ms_ + 3 * day_ms);
                duty.words = "原采集员请假，顶班";
                TRY(city_.registry->assign_duty(duty, evaluator_));
            }
        }
        return {};
    }

    // Ten days ago somebody drew twenty cases; most have been looked at.
    Result<void> work_off_a_draw() {
        founded_.clock->set(now_ms_ - 10 * day_ms);
        patrol::NewSample sample{.id = id(), .frame = {.from_day = day_of(now_ms_ - 40 * day_ms), .to_day = day_of(now_ms_ - 11 * day_ms)}, .size = 20, .seed = "", .words = "月度抽查"};
        sample.seed = "演示-" + sample.frame.to_day;
        auto drawn = city_.patrol->draw_sample(sample, inspector_, "zh");
        if (!drawn) return drawn.error().code == "nothing_to_draw" ? Result<void>{} : Result<void>(tl::unexpected(drawn.error()));
        struct Outcome {
            const char *kind, *words;
        };
        static constexpr Outcome outcomes[] = {{"confirmed", "现场与处置照片一致"}, {"confirmed", "现场整洁，属实"}, {"wrong_place", "实际位置在路口对面，相差约六十米"}, {"confirmed", "属实"}, {"confirmed", "已恢复"},
                                               {"false_check", "核查时现场仍有残留，照片为旧照"}, {"confirmed", "属实"}, {"false_report", "走访店主，近期没有出现过所报问题"}, {"confirmed", "属实"}, {"wrong_class", "应为建筑垃圾，不是生活垃圾"},
                                               {"confirmed", "属实"}, {"confirmed", "属实"}, {"badly_done", "只清了路面，绿化带内没有清"}, {"confirmed", "属实"}};
        std::size_t i = 0;
        for (const auto& item : drawn->at("items").as_array()) {
            if (i == std::size(outcomes)) break;
            founded_.clock->advance(9 * minute_ms);
            const auto& outcome = outcomes[i++];
            const auto& shelf = founded_.photos.begin()->second;
            patrol::NewFinding finding{.id = id(), .sample = sample.id, .case_reference = std::string(item.at("case").at("case_id").as_string()), .kind = outcome.kind, .words = outcome.words, .media = {shelf.front().after.id}};
            const auto found = city_.patrol->add_finding(finding, inspector_, "zh");
            if (!found) continue; // an inspector's own case, or a kind that does not fit a simple one
            if (found->at("state").as_string() == "stands") charged_.push_back({finding.id, found->at("collector_id")});
        }
        TRY(add_missed());
        return object_to_one();
    }

    // 漏报, found on the way.
    Result<void> add_missed() {
        for (const char* district : {"440802", "440803"}) {
            const auto& cells = founded_.plan.cells;
            const auto cell = std::find_if(cells.begin(), cells.end(), [&](const grid::Cell& one) { return one.code.starts_with(district); });
            if (cell == cells.end()) continue;
            const auto place = geo::centroid(cell->outline);
            patrol::NewFinding finding{.id = id(), .kind = "missed", .words = "背街小巷垃圾成堆，多日没有上报", .media = {founded_.photos.begin()->second.front().before.id}, .place = cases::StepPlace{place.lon, place.lat, "cgcs2000"}};
            TRY(city_.patrol->add_finding(finding, inspector_, "zh"));
        }
        return {};
    }

    Result<void> object_to_one() {
        if (charged_.empty() || !charged_[0].second.is_string()) return {};
        const auto* person = city_.identity->directory()->find_person(*parse_uuid(std::string(charged_[0].second.as_string())));
        founded_.clock->advance(5 * hour_ms);
        TRY(city_.patrol->object(charged_[0].first, "当时路口在施工，定位有偏差，附近只有这一处，请复核", {}, city_.identity->viewer_of(*person), "zh"));
        return {};
    }

    // Last month is settled, of the first lot by two people.
    Result<void> make_sheets() {
        auto date = city_date(now_ms_);
        date.day = 1;
        const auto last_month = day_of(city_midnight_ms(date) - day_ms).substr(0, 7);
        for (const auto& lot : lots_) {
            auto sheet = city_.patrol->make_sheet(id(), lot, last_month, evaluator_, "zh");
            if (!sheet) {
                if (sheet.error().code == "lot_unknown") continue; // before the contract
                return tl::unexpected(sheet.error());
            }
            if (lot != lots_.front()) continue;
            const auto confirmed = city_.patrol->confirm_sheet(*parse_uuid(std::string(sheet->at("sheet_id").as_string())), sheet->at("version").to_number<std::int64_t>(), second_, "zh");
            if (!confirmed && confirmed.error().code != "objection_time_runs" && confirmed.error().code != "objections_open") return tl::unexpected(confirmed.error());
        }
        return {};
    }

    FoundedCity& founded_;
    Installation& city_;
    std::int64_t now_ms_;
    Random random_;
    identity::Viewer evaluator_, second_, inspector_;
    std::vector<const identity::Person*> collectors_;
    std::vector<Uuid> lots_;
    std::map<std::string, std::vector<Uuid>> walkers_; // by managing district: the collectors of its lot
    std::vector<std::pair<Uuid, json::value>> charged_;
};

} // namespace

Result<void> set_up_patrol(FoundedCity& founded, std::int64_t now_ms) {
    auto made = PatrolMaker(founded, now_ms).run();
    founded.clock->set(now_ms);
    return made;
}

} // namespace chengge::platform
