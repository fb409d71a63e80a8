#include "demo/bulletin.hpp"

#include <algorithm>

#include "demo/queries.hpp"
#include "mix/case_mix.hpp"

#include <fmt/format.h>

namespace chengge::demo {

namespace {

double percent(std::int64_t part, std::int64_t whole) { return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

void count_reports(storage::Transaction& transaction, const storage::Params& span, MonthCounts& counts) {
    for (const auto row : transaction.run(sql::count_month_reports, span)) {
        const auto n = row.integer("n");
        const auto& state = row.text("state");
        counts.reports += n;
        if (row.flag("is_simple")) counts.simple += n;
        else if (state == "declined") counts.declined += n;
        else if (state == "not_filed") counts.not_filed += n;
        else if (state == "merged") counts.merged += n;
        else if (state == "cancelled") counts.cancelled += n;
        else if (row.flag("is_dispatched")) {
            counts.dispatched += n;
            counts.classes[{row.text("kind"), row.text("class_code")}] += n;
            if (row.text("kind") == "event") counts.events += n;
            if (!row.flag("has_unit")) counts.without_unit += n;
            counts.reworked += row.integer("reworked");
            counts.redispatched += row.integer("redispatched");
        } else counts.waiting += n;
    }
}

void count_units(storage::Transaction& transaction, const storage::Params& span, MonthCounts& counts) {
    for (const auto row : transaction.run(sql::count_month_units, span)) {
        const auto n = row.integer("n");
        const auto& outcome = row.text("outcome");
        if (!row.flag("is_of_month")) {
            if (outcome == "overdue") counts.overdue_from_before += n;
            continue;
        }
        if (outcome == "on_time") counts.handled_on_time += n;
        if (outcome == "late") counts.handled_late += n;
        if (outcome == "overdue") counts.overdue += n;
        if (outcome == "running") counts.running += n;
    }
}

// One line of the table; `published` is empty where the bulletin says nothing.
std::string line(const std::string& name, const std::string& count, const std::string& published, const std::string& rule, bool has_published) {
    return has_published ? fmt::format("| {} | {} | {} | {} |\n", name, count, published, rule) : fmt::format("| {} | {} | {} |\n", name, count, rule);
}

std::string class_lines(const MonthCounts& counts, const rules::Taxonomy& taxonomy, bool has_published) {
    std::string text;
    for (const auto& one : mix::published_shares()) {
        const auto found = counts.classes.find({one.kind, one.code});
        const auto n = found == counts.classes.end() ? 0 : found->second;
        const bool is_event = std::string_view(one.kind) == "event";
        const auto* problem = taxonomy.find_class("2026", one.kind, one.code);
        text += line((is_event ? "事件：" : "部件：") + (problem == nullptr ? std::string(one.code) : problem->name), fmt::format("{}（{:.2f} %）", n, percent(n, is_event ? counts.events : counts.dispatched - counts.events)), fmt::format("{:.2f} %", one.weight),
                     is_event ? "占派遣案件中事件的比例" : "占派遣案件中部件的比例", has_published);
    }
    return text;
}

} // namespace

MonthCounts count_month(storage::Database& database, std::int64_t from_ms, std::int64_t to_ms) {
    return database.read([&](storage::Transaction& transaction) {
        MonthCounts counts;
        const storage::Params span{{"from_ms", from_ms}, {"to_ms", to_ms}};
        count_reports(transaction, span, counts);
        count_units(transaction, span, counts);
        for (const auto row : transaction.run(sql::count_month_steps, span)) counts.steps[row.text("subject_kind") + "/" + row.text("action")] = row.integer("n");
        return counts;
    });
}

std::vector<Reconciliation> reconcile(const MonthCounts& counts) {
    const auto step = [&](const char* name) {
        const auto found = counts.steps.find(name);
        return found == counts.steps.end() ? std::int64_t{0} : found->second;
    };
    return {{"上报 = 发现 + 不予受理 + 不予立案 + 并案 + 作废 + 月末未派遣", counts.reports, counts.found() + counts.declined + counts.not_filed + counts.merged + counts.cancelled + counts.waiting},
            {"派遣 = 按期处置 + 超期处置 + 超期未处置（本月派遣）+ 未到期 + 在指挥中心", counts.dispatched, counts.handled_on_time + counts.handled_late + counts.overdue + counts.running + counts.without_unit},
            {"各小类之和 = 派遣", [&] {
                 std::int64_t sum = 0;
                 for (const auto& [code, n] : counts.classes) sum += n;
                 return sum;
             }(), counts.dispatched},
            {"上报：按步骤复数（上报、简易上报）", counts.reports, step("case/report") + step("case/report_simple")},
            {"简易：按步骤复数（简易上报）", counts.simple, step("case/report_simple")},
            {"派遣：按步骤复数（第一次派遣）", counts.dispatched, step("case/dispatch")},
            {"已处置：按步骤复数（反馈）", counts.handled(), step("assignment/feed_back")},
            {"不予受理：按步骤复数", counts.declined, step("case/decline")},
            {"不予立案：按步骤复数", counts.not_filed, step("case/refuse_filing")},
            {"并案：按步骤复数", counts.merged, step("case/merge")},
            {"作废：按步骤复数（同意作废）", counts.cancelled, step("request/approve_cancel")},
            {"返工：按步骤复数", counts.reworked, step("assignment/rework")},
            {"二次派遣：按步骤复数（同意退回后改派）", counts.redispatched, step("request/approve_send_back")}};
}

std::string bulletin_text(const MonthCounts& counts, const rules::Taxonomy& taxonomy, const std::string& month, bool has_published) {
    const auto number = [](std::int64_t n) { return std::to_string(n); };
    std::string text = fmt::format("# {} 数字城管运行情况（模拟）\n\n", month);
    text += "**合成数据**：由 `chengge simulate --month` 生成，案件、人员、照片均为虚构，只有比例和总数参照公布的通报。每一步都经规则判定，表中数字从生成后的数据库数出，不取自生成程序。\n\n";
    text += has_published ? "| 指标 | 本表 | 公布数 | 口径 |\n|---|---|---|---|\n" : "| 指标 | 本表 | 口径 |\n|---|---|---|\n";
    const auto add = [&](const char* name, const std::string& count, const char* published, const char* rule) { text += line(name, count, published, rule, has_published); };
    add("上报", number(counts.reports), "—", "上报时间在本月的全部案件，含简易");
    add("发现", number(counts.found()), "20580", "上报中简易的和派遣的；未派遣、未受理的不算");
    add("其中：简易", number(counts.simple), "6980", "采集员当场发现、当场处置的；只数仍按简易流程办的，转一般流程的不算");
    add("其中：派遣", number(counts.dispatched), "13600", "本月上报、月末前第一次派遣，且没有作废、并案的；二次派遣不重复计");
    add("不予受理", number(counts.declined), "—", "月末状态为不予受理");
    add("不予立案", number(counts.not_filed), "—", "月末状态为不予立案");
    add("并案", number(counts.merged), "—", "并入其他案件的，只算主案");
    add("作废", number(counts.cancelled), "—", "经审批作废");
    add("月末未派遣", number(counts.waiting), "—", "月末仍待受理、待立案或待派遣");
    add("已处置", number(counts.handled()), "—", "派遣案件中主办单位月末前已反馈");
    add("处置率", fmt::format("{:.2f} %", percent(counts.handled(), counts.dispatched)), "82.05 %", "已处置 ÷ 派遣；简易不计入");
    add("其中：按期处置", number(counts.handled_on_time), "—", "反馈时间不晚于处置期限");
    add("其中：超期处置", number(counts.handled_late), "1389", "反馈时间晚于处置期限");
    add("超期未处置", number(counts.overdue + counts.overdue_from_before), "2854", "月末存量：没有反馈且已过处置期限，不论哪个月派遣");
    add("其中：本月派遣", number(counts.overdue), "—", "本月第一次派遣");
    add("其中：以前派遣", number(counts.overdue_from_before), "—", "本月以前第一次派遣");
    add("在指挥中心", number(counts.without_unit), "—", "已派到指挥中心，月末前还没有派到责任单位");
    add("未到期", number(counts.running), "—", "本月派遣，月末没有反馈但未过期限");
    add("返工", number(counts.reworked), "13", "派遣案件中返工过的件数");
    add("二次派遣", number(counts.redispatched), "5", "派遣案件中换过责任单位的件数");
    add("事件占比", fmt::format("{:.2f} %", percent(counts.events, counts.dispatched)), "87.49 %", "派遣案件中事件的比例");
    text += class_lines(counts, taxonomy, has_published);
    text += "\n## 勾稽\n\n| 关系 | 左 | 右 | 结果 |\n|---|---|---|---|\n";
    for (const auto& one : reconcile(counts)) text += fmt::format("| {} | {} | {} | {} |\n", one.what, one.left, one.right, one.holds() ? "相符" : "**不符**");
    if (has_published)
        text += "\n## 公布数自身的矛盾\n\n"
                "- 派遣 13,600 件、处置率 82.05 %，即本月派遣未处置的最多 2,441 件；公布的超期未处置却是 2,854 件。两个数只能有不同的范围：本表把 2,854 当作月末存量，其中一部分是以前月份派遣的，口径写在表里。\n"
                "- 公布材料没有说事件占比、小类占比以什么为分母；本表以派遣案件为分母。\n"
                "- 公布材料没有不予受理、不予立案、并案、作废的件数；表中这几行是自拟的，不在“发现”之内。\n"
                "- 同一来源 2019 年 10 月的通报中 4,984 + 711 = 5,695，与派遣 5,647 也不符；所以这里每个数都写口径，并与案件逐件相符。\n";
    return text;
}

} // namespace chengge::demo
