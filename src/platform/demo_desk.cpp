// The demo's intake desk, made through its own service.
#include <algorithm>

#include "base/csv.hpp"
#include "base/time.hpp"
#include "platform/demo_command.hpp"

namespace chengge::platform {

namespace {

using identity::Viewer;

struct Desk {
    Installation& city;
    std::vector<const identity::Person*> leaders, operators;
    Viewer leader, operator_;
    std::int64_t now_ms = 0;
    Uuid id() const { return make_uuid(now_ms); }
};

Result<std::vector<Uuid>> store_articles(const Desk& desk) {
    TRY_ASSIGN(table, load_csv(desk.city.options.home + "/data/hotline/demo_articles.csv"));
    std::vector<Uuid> ids;
    for (const auto& row : table.rows) {
        ids.push_back(desk.id());
        TRY(desk.city.hotline->store_article({.id = ids.back(), .question = row.fields[0], .answer = row.fields[1], .kind = row.fields[2], .class_code = row.fields[3], .source = row.fields[4]}, desk.leader, "zh"));
    }
    return ids;
}

// Questions that needed no case.
Result<void> answer_calls(const Desk& desk, const std::vector<Uuid>& articles) {
    constexpr std::tuple<const char*, const char*, int> calls[] = {{"陈女士", "13800000101", 35}, {"黄先生", "13800000102", 70}, {"李先生", "13800000103", 95}, {"吴女士", "13800000104", 160}, {"林先生", "13800000105", 215}};
    TRY_ASSIGN(table, load_csv(desk.city.options.home + "/data/hotline/demo_articles.csv"));
    std::size_t at = 0;
    for (const auto& [name, phone, minutes] : calls) {
        const auto& row = table.rows[at % table.rows.size()];
        hotline::NewCall call;
        call.call_id = desk.id();
        call.name = name;
        call.phone = phone;
        call.called_ms = desk.now_ms - minutes * minute_ms;
        call.source = "hotline_12319";
        call.level = "ordinary";
        call.topic = "service";
        call.question = row.fields[0];
        call.answer = row.fields[1];
        call.article_id = articles[at++ % articles.size()];
        TRY(desk.city.hotline->add_call(call, desk.operator_, "zh"));
    }
    return {};
}

// Orders of 12345 whose cases are closed: the caller waits to be called.
Result<void> pass_on_orders(const Desk& desk) {
    cases::CaseFilter filter;
    filter.states = {"closed"};
    filter.source = "hotline_12345";
    filter.limit = 6;
    TRY_ASSIGN(page, desk.city.cases->list(filter, desk.operator_, "zh"));
    int number = 0;
    for (const auto& item : page.at("items").as_array()) {
        const auto reported = parse_instant(std::string(item.at("reported_at").as_string()));
        hotline::NewCall call;
        call.call_id = desk.id();
        call.name = number % 2 == 0 ? "张女士" : "何先生";
        call.phone = "1380000020" + std::to_string(number);
        call.called_ms = reported.value_or(desk.now_ms);
        call.source = "hotline_12345";
        call.level = "ordinary";
        call.topic = std::string(item.at("kind").as_string());
        call.outside_no = "12345-" + std::string(item.at("case_no").as_string()).substr(7, 8) + "-" + std::to_string(1001 + number++);
        call.outside_due_ms = call.called_ms + 5 * day_ms;
        call.case_reference = std::string(item.at("case_id").as_string());
        call.question = std::string(item.at("description").as_string());
        TRY(desk.city.hotline->add_call(call, desk.operator_, "zh"));
    }
    return {};
}

// A week's rota and what was noted today.
Result<void> plan_and_note(const Desk& desk) {
    constexpr const char* shifts[] = {"early", "late", "night"};
    const auto today = city_midnight_ms(city_date(desk.now_ms));
    std::size_t turn = 0;
    for (int day = 0; day < 7; ++day)
        for (const auto* shift : shifts) {
            std::vector<Uuid> people{desk.leaders[turn % desk.leaders.size()]->id};
            for (std::size_t i = 0; i < std::min<std::size_t>(2, desk.operators.size()); ++i) people.push_back(desk.operators[(turn * 2 + i) % desk.operators.size()]->id);
            ++turn;
            TRY(desk.city.hotline->plan_shift(format_date(city_date(today + day * day_ms)), shift, people, "zh"));
        }
    constexpr std::tuple<const char*, const char*, const char*, int> notes[] = {
        {"note", "", "早班接班，设备和电话线路正常。", 260}, {"instruction", "", "周末人民大道沿线加密巡查，重点看占道经营。", 190}, {"fault", "", "2 号坐席耳机有杂音，已报修换机。", 120}};
    for (const auto& [kind, level, words, minutes] : notes) {
        hotline::DutyEntry entry;
        entry.entry_id = desk.id();
        entry.kind = kind;
        entry.level = level;
        entry.words = words;
        entry.at_ms = desk.now_ms - minutes * minute_ms;
        TRY(desk.city.hotline->add_duty_entry(entry, desk.leader, "zh"));
    }
    return {};
}

} // namespace

Result<void> set_up_desk(Installation& city) {
    const auto directory = city.identity->directory();
    const auto leaders = directory->people_with_role("shift_leader", std::nullopt), operators = directory->people_with_role("intake_operator", std::nullopt);
    if (leaders.empty() || operators.empty()) return {};
    const Desk desk{city, leaders, operators, city.identity->viewer_of(*leaders.front()), city.identity->viewer_of(*operators.front()), city.clock->now_ms()};
    TRY_ASSIGN(articles, store_articles(desk));
    TRY(answer_calls(desk, articles));
    TRY(pass_on_orders(desk));
    TRY(plan_and_note(desk));
    city.hotline->run_jobs_once();
    if (const auto trained = city.hotline->train(); !trained && trained.error().code != "training_too_small") return tl::unexpected(trained.error());
    return {};
}

} // namespace chengge::platform
