#include "platform/imports.hpp"

#include <fmt/format.h>

#include "base/files.hpp"

namespace chengge::platform {

ImportReport import_responsibilities(Installation& city, const std::string& file, const ImportOptions& options) {
    ImportReport report;
    const auto bytes = load_file(file);
    if (!bytes) {
        report.faults.push_back({file, 0, false, {"文件读不了", "the file cannot be read"}});
        return report;
    }
    const auto done = city.responsibility->import_file(*bytes, file, options, "import");
    for (const auto& fault : done.faults) {
        const auto field = fault.field.empty() ? "" : fault.field + ": ";
        report.faults.push_back({file, fault.line, false, {field + fault.words.zh, field + fault.words.en}});
    }
    report.rows = done.rows;
    report.added = done.added;
    report.changed = done.changed;
    report.unchanged = done.unchanged;
    report.skipped = done.skipped;
    report.is_stored = done.is_stored;
    return report;
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
