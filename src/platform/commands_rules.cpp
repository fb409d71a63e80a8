// chengge rules validate | classes | deadline | responsible | coverage
#include <cstdio>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "platform/commands.hpp"
#include "rules/rules_report.hpp"

namespace chengge::platform {

namespace {

// The rules, or all their faults on standard error.
std::shared_ptr<const rules::Rules> load_or_complain(const InstallationOptions& options) {
    auto loaded = load_city_rules(options);
    if (loaded) return *loaded;
    std::fputs(rules::print_faults(loaded.error()).c_str(), stderr);
    return nullptr;
}

void add_validate(CLI::App& rules, Commands& commands) {
    auto* validate = rules.add_subcommand("validate", "check every file; exit 1 with file:line:reason when one has a fault");
    validate->footer("example: chengge rules validate --overlay /etc/chengge/overlay");
    validate->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto set = load_or_complain(options);
            if (!set) return 1;
            std::fputs(rules::print_validation(*set, rules::find_warnings(*set, city_date(SystemClock().now_ms()))).c_str(), stdout);
            return 0;
        };
    });
}

void add_classes(CLI::App& rules, Commands& commands) {
    auto* classes = rules.add_subcommand("classes", "print the problem classes as CSV");
    static std::string edition, kind, format = "csv";
    classes->add_option("--edition", edition, "2026 or 2013; default both")->check(CLI::IsMember({"2026", "2013"}));
    classes->add_option("--kind", kind, "component or event")->check(CLI::IsMember({"component", "event"}));
    classes->add_option("--format", format)->check(CLI::IsMember({"csv"}));
    classes->footer("example: chengge rules classes --edition 2026 --kind event --format csv");
    classes->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto set = load_or_complain(options);
            return set ? print(rules::print_classes(*set, edition, kind)) : 1;
        };
    });
}

void add_deadline(CLI::App& rules, Commands& commands) {
    auto* deadline = rules.add_subcommand("deadline", "when a limit ends, in the city's time");
    static std::string from, unit;
    static double limit = 0;
    static bool is_explained = false;
    deadline->add_option("--from", from, "2026-09-30T16:30, the city's time unless an offset is given")->required();
    deadline->add_option("--limit", limit)->required();
    deadline->add_option("--unit", unit)->required()->check(CLI::IsMember({"urgent_hour", "urgent_day", "working_hour", "working_day"}));
    deadline->add_flag("--explain", is_explained, "say how it was counted, day by day");
    deadline->footer("example: chengge rules deadline --from 2026-09-30T16:30 --limit 4 --unit working_hour --explain");
    deadline->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto set = load_or_complain(options);
            const auto at = parse_instant(from);
            if (!set) return 1;
            if (!at) return refuse({"bad_argument", {{"argument", "--from " + from}, {"reason", "must be like 2026-09-30T16:30"}}});
            if (!(limit > 0) || limit > 100'000) return refuse({"bad_argument", {{"argument", "--limit"}, {"reason", "must be above 0 and at most 100000"}}});
            const auto text = rules::print_deadline(set->calendar, *at, {limit, *rules::parse_limit_unit(unit)}, is_explained);
            std::fputs((text.answer + text.explanation).c_str(), stdout);
            std::fputs(text.warning.c_str(), stderr);
            return 0;
        };
    });
}

struct AskedPlace {
    double lon = 0, lat = 0;
    std::string coord_type = "cgcs2000", edition = "2026", kind, class_code, asset_id, filing_row;
};

// The unit in the first line, then every row that was looked at with its sentence.
std::string print_answer(const responsibility::Answer& answer, const identity::Directory& directory) {
    const bool is_zh = spoken_language() == Language::zh;
    std::string text;
    for (const auto& code : answer.units) {
        const auto* unit = directory.find_organisation(code);
        text += (text.empty() ? "" : is_zh ? "、" : ", ") + (unit != nullptr ? unit->name + " (" + code + ")" : code);
    }
    if (answer.units.empty()) text = is_zh ? "没有责任单位" : "nobody answers for it";
    if (answer.units.size() > 1) text += is_zh ? "：有几个单位，须人工确定" : ": several, a person has to decide";
    if (answer.is_fallback) text += is_zh ? "（属地兜底）" : " (territorial fallback)";
    text += "\n";
    for (const auto& match : answer.matches) text += std::string(match.is_first ? "* " : "  ") + match.reason.in(spoken_language()) + "\n";
    return text;
}

void add_responsible(CLI::App& rules, Commands& commands) {
    auto* command = rules.add_subcommand("responsible", "which unit answers for a class at a place, and by which row of the responsibility list");
    static AskedPlace asked;
    add_city_options(*command, commands.options);
    command->add_option("--lon", asked.lon)->required();
    command->add_option("--lat", asked.lat)->required();
    command->add_option("--class", asked.class_code, "a class's code, 06010")->required();
    command->add_option("--kind", asked.kind, "component or event; default: what the code is")->check(CLI::IsMember({"component", "event"}));
    command->add_option("--edition", asked.edition)->check(CLI::IsMember({"2026", "2013"}))->capture_default_str();
    command->add_option("--coord-type", asked.coord_type, "wgs84, cgcs2000, gcj02 or bd09")->capture_default_str();
    command->add_option("--asset", asked.asset_id, "the asset's id");
    command->add_option("--filing-row", asked.filing_row, "the filing condition");
    command->footer("example: chengge rules responsible --data .demo --lon 110.36 --lat 21.27 --class 06010 --coord-type gcj02");
    command->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            const auto& list = *(*city)->responsibility;
            auto question = list.question_at(asked.lon, asked.lat, asked.coord_type, asked.edition, asked.kind, asked.class_code);
            if (!question) return refuse(question.error());
            question->asset_id = asked.asset_id;
            question->filing_row = asked.filing_row;
            std::fputs(print_answer(list.answer(*question), *(*city)->identity->directory()).c_str(), stdout);
            return 0;
        };
    });
}

std::string print_coverage(const Installation& city, const responsibility::CoverageReport& report) {
    const bool is_zh = spoken_language() == Language::zh;
    std::string text = is_zh ? "问题,类别代码,类别名称,范围,网格数,责任清单行,单位,部分网格\n" : "fault,class_code,class_name,place,cells,rows,units,some_cells\n";
    for (const auto& fault : report.faults) {
        const auto* problem = city.rules->current()->taxonomy.find_class(fault.edition, fault.kind, fault.class_code);
        const auto* region = city.grid->find_region(fault.place);
        const auto place = fault.place == "city" ? (is_zh ? "全市" : "city") : region != nullptr ? region->name : "";
        text += std::string(fault.is_overlap ? (is_zh ? "重叠" : "overlap") : (is_zh ? "空缺" : "gap")) + "," + fault.class_code + "," + csv_field(problem != nullptr ? problem->name : "") + "," +
                csv_field(place + (fault.is_whole ? "" : is_zh ? "（部分）" : " (in part)")) + "," + std::to_string(fault.cell_count) + "," + join(fault.rows, " ") + "," + join(fault.units, " ") + "," + join(fault.cells, " ") + "\n";
    }
    return text;
}

void add_coverage(CLI::App& rules, Commands& commands) {
    auto* command = rules.add_subcommand("coverage", "where nobody or several answer, by class and cell, as CSV; judged at the middle of each cell");
    static std::string edition = "2026";
    static std::size_t faults_max = 2000;
    add_city_options(*command, commands.options);
    command->add_option("--edition", edition)->check(CLI::IsMember({"2026", "2013"}))->capture_default_str();
    command->add_option("--max", faults_max, "how many lines at most")->capture_default_str();
    command->footer("example: chengge rules coverage --data .demo > gaps.csv");
    command->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            const auto report = (*city)->responsibility->coverage(edition, faults_max);
            std::fputs(print_coverage(**city, report).c_str(), stdout);
            const bool is_zh = spoken_language() == Language::zh;
            std::fprintf(stderr, is_zh ? "%lld 个网格 × %lld 类：空缺 %lld，重叠 %lld%s\n" : "%lld cells x %lld classes: %lld gaps, %lld overlaps%s\n", static_cast<long long>(report.cell_count),
                         static_cast<long long>(report.class_count), static_cast<long long>(report.gap_count), static_cast<long long>(report.overlap_count),
                         report.is_cut ? (is_zh ? "（未全部列出）" : " (not all are listed)") : "");
            return 0;
        };
    });
}

} // namespace

void add_rules_commands(Commands& commands) {
    auto* rules = commands.app.add_subcommand("rules", "look at and check the rules as data");
    rules->require_subcommand(1);
    rules->add_option("--overlay", commands.options.overlay, "the city's own folder of changed rules");
    add_validate(*rules, commands);
    add_classes(*rules, commands);
    add_deadline(*rules, commands);
    add_responsible(*rules, commands);
    add_coverage(*rules, commands);
}

} // namespace chengge::platform
