#include "platform/imports.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/text.hpp"

namespace chengge::platform {

namespace {

std::set<std::string> kinds_of(const rules::Rules& rules) {
    std::set<std::string> kinds;
    for (const auto& kind : rules.responsible_kinds) kinds.insert(kind.code);
    return kinds;
}

} // namespace

ImportReport import_responsibilities(Installation& city, const std::string& file, const ImportOptions& options) {
    ImportReport report;
    const auto refuse = [&](int line, Words words) {
        ++report.skipped;
        report.faults.push_back({file, line, false, std::move(words)});
    };
    const auto table = load_csv(file);
    if (!table) {
        refuse(std::atoi(table.error().facts.at("line").c_str()), {"读不了这个 CSV：" + table.error().facts.at("reason"), "cannot be read as CSV: " + table.error().facts.at("reason")});
        return report;
    }
    const int kind = table->column("kind"), place = table->column("place"), organisation = table->column("organisation");
    if (kind < 0 || place < 0 || organisation < 0) {
        refuse(1, {"须有列 kind,place,organisation", "there must be the columns kind,place,organisation"});
        return report;
    }
    const auto kinds = kinds_of(*city.rules->current());
    const auto directory = city.identity->directory();
    const auto stored = city.cases->responsible_units();
    cases::ResponsibleUnits wanted;
    for (const auto& row : table->rows) {
        ++report.rows;
        const auto& of = row.fields;
        const auto where = std::pair(of[static_cast<std::size_t>(kind)], of[static_cast<std::size_t>(place)]);
        const auto& unit = of[static_cast<std::size_t>(organisation)];
        if (!kinds.contains(where.first)) {
            refuse(row.line, {"没有责任类别 " + where.first + "；有：" + join({kinds.begin(), kinds.end()}, "、"), "there is no kind of responsibility " + where.first + "; there are " + join({kinds.begin(), kinds.end()}, ", ")});
        } else if (!where.second.empty() && city.grid->find_region(where.second) == nullptr) {
            refuse(row.line, {"区划 " + where.second + " 不存在", "the region " + where.second + " does not exist"});
        } else if (directory->find_organisation(unit) == nullptr) {
            refuse(row.line, {"机构 " + unit + " 不存在", "the organisation " + unit + " does not exist"});
        } else if (!wanted.emplace(where, unit).second) {
            refuse(row.line, {where.first + " 在 " + where.second + " 重复", where.first + " in " + where.second + " stands twice"});
        } else {
            const auto old = stored.find(where);
            ++(old == stored.end() ? report.added : old->second == unit ? report.unchanged : report.changed);
        }
    }
    if (options.is_check || (!report.faults.empty() && !options.skips_faulty)) return report;
    if (report.added + report.changed > 0) city.cases->set_responsible_units(std::move(wanted));
    report.is_stored = true;
    return report;
}

std::string export_responsibilities(const Installation& city) {
    std::string text = "kind,place,organisation\n";
    for (const auto& [where, organisation] : city.cases->responsible_units()) text += where.first + "," + where.second + "," + organisation + "\n";
    return text;
}

std::string print_import_faults(const ImportReport& report, Language language) {
    std::string text;
    for (const auto& fault : report.faults) {
        text += fault.file + ":" + std::to_string(fault.place);
        if (fault.is_feature && fault.place > 0) text += language == Language::zh ? "(第几个要素)" : " (feature)";
        text += ": " + fault.words.in(language) + "\n";
    }
    return text;
}

std::string print_import_summary(const ImportReport& report, Language language) {
    std::string text;
    for (const auto& note : report.notes) text += (language == Language::zh ? "提醒：" : "note: ") + note.in(language) + "\n";
    const auto is_zh = language == Language::zh;
    text += fmt::format(fmt::runtime(is_zh ? "{} 行：新增 {}，变更 {}，未变 {}，终止 {}，跳过 {}；错误 {} 处\n" : "{} rows: {} added, {} changed, {} unchanged, {} ended, {} skipped; {} faults\n"),
                        report.rows, report.added, report.changed, report.unchanged, report.ended, report.skipped, report.faults.size());
    if (!report.is_stored) text += is_zh ? "没有写入任何内容。\n" : "Nothing was stored.\n";
    return text;
}

} // namespace chengge::platform
