// chengge rules validate | classes | deadline
#include <cstdio>

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

} // namespace

void add_rules_commands(Commands& commands) {
    auto* rules = commands.app.add_subcommand("rules", "look at and check the rules as data");
    rules->require_subcommand(1);
    rules->add_option("--overlay", commands.options.overlay, "the city's own folder of changed rules");
    add_validate(*rules, commands);
    add_classes(*rules, commands);
    add_deadline(*rules, commands);
}

} // namespace chengge::platform
