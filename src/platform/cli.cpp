#include "platform/cli.hpp"

#include <cstdio>
#include <functional>

#include <CLI/CLI.hpp>

#include "base/csv.hpp"
#include "base/time.hpp"
#include "grid/locate_report.hpp"
#include "platform/demo_command.hpp"
#include "platform/serve.hpp"
#include "rules/rules_report.hpp"
#include "storage/migrations.hpp"

namespace chengge::platform {

namespace {

// What the person gets to read when something is refused on the command line.
std::string describe(const Error& error) {
    std::string text = error.code;
    if (error.code == "bad_data" && error.facts.contains("file"))
        return error.facts.at("file") + ":" + error.facts.at("line") + ":" + error.facts.at("reason");
    if (const auto problems = http::Problems::load(default_home() + "/api/errors.csv")) text = problems->sentence(error, "zh") + " (" + error.code + ")";
    return text;
}

int refuse(const Error& error) {
    std::fprintf(stderr, "%s\n", describe(error).c_str());
    return 1;
}

int print(const Result<std::string>& text) {
    if (!text) return refuse(text.error());
    std::fwrite(text->data(), 1, text->size(), stdout);
    return 0;
}

// The rules, or all their faults on standard error.
std::shared_ptr<const rules::Rules> load_or_complain(const InstallationOptions& options) {
    auto loaded = load_city_rules(options);
    if (loaded) return *loaded;
    std::fputs(rules::print_faults(loaded.error()).c_str(), stderr);
    return nullptr;
}

using Act = std::function<int()>;

void add_rules_commands(CLI::App& app, InstallationOptions& options, Act& act) {
    auto* rules = app.add_subcommand("rules", "look at and check the rules as data");
    rules->require_subcommand(1);
    rules->add_option("--overlay", options.overlay, "the city's own folder of changed rules");

    auto* validate = rules->add_subcommand("validate", "check every file; exit 1 with file:line:reason when one has a fault");
    validate->footer("example: chengge rules validate --overlay /etc/chengge/overlay");
    validate->callback([&] {
        act = [&] {
            const auto set = load_or_complain(options);
            if (!set) return 1;
            std::fputs(rules::print_validation(*set, rules::find_warnings(*set, city_date(SystemClock().now_ms()))).c_str(), stdout);
            return 0;
        };
    });

    auto* classes = rules->add_subcommand("classes", "print the problem classes as CSV");
    static std::string edition, kind, format = "csv";
    classes->add_option("--edition", edition, "2026 or 2013; default both")->check(CLI::IsMember({"2026", "2013"}));
    classes->add_option("--kind", kind, "component or event")->check(CLI::IsMember({"component", "event"}));
    classes->add_option("--format", format)->check(CLI::IsMember({"csv"}));
    classes->footer("example: chengge rules classes --edition 2026 --kind event --format csv");
    classes->callback([&] {
        act = [&] {
            const auto set = load_or_complain(options);
            return set ? print(rules::print_classes(*set, edition, kind)) : 1;
        };
    });

    auto* deadline = rules->add_subcommand("deadline", "when a limit ends, in the city's time");
    static std::string from, unit;
    static double limit = 0;
    static bool is_explained = false;
    deadline->add_option("--from", from, "2026-09-30T16:30, the city's time unless an offset is given")->required();
    deadline->add_option("--limit", limit)->required();
    deadline->add_option("--unit", unit)->required()->check(CLI::IsMember({"urgent_hour", "urgent_day", "working_hour", "working_day"}));
    deadline->add_flag("--explain", is_explained, "say how it was counted, day by day");
    deadline->footer("example: chengge rules deadline --from 2026-09-30T16:30 --limit 4 --unit working_hour --explain");
    deadline->callback([&] {
        act = [&] {
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

void add_grid_commands(CLI::App& app, InstallationOptions& options, Act& act) {
    auto* grid = app.add_subcommand("grid", "unit grid cells");
    grid->require_subcommand(1);
    auto* locate = grid->add_subcommand("locate", "in which cell a point lies");
    static double lon = 0, lat = 0;
    static std::string coord_type = "cgcs2000", csv;
    locate->add_option("--data", options.data, "the city's folder")->required();
    locate->add_option("--database", options.database, "postgresql://… in place of the folder's file");
    auto* lon_option = locate->add_option("--lon", lon);
    auto* lat_option = locate->add_option("--lat", lat);
    locate->add_option("--coord-type", coord_type, "wgs84, cgcs2000, gcj02 or bd09");
    auto* csv_option = locate->add_option("--csv", csv, "a file with the columns lon,lat[,coord_type]");
    lon_option->needs(lat_option);
    csv_option->excludes(lon_option);
    locate->footer("example: chengge grid locate --data .demo --lon 110.36 --lat 21.27 --coord-type gcj02");
    locate->callback([&, lon_option, csv_option] {
        if (lon_option->count() == 0 && csv_option->count() == 0) throw CLI::RequiredError("--lon and --lat, or --csv");
        act = [&] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            if (csv.empty()) return print(grid::print_locate(*(*city)->grid, lon, lat, coord_type));
            const auto text = load_file(csv);
            return text ? print(grid::print_locate_csv(*(*city)->grid, *text, csv)) : refuse(text.error());
        };
    });
}

int audit(const InstallationOptions& options, int faults_max) {
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    auto& city = **opened;
    const auto report = cases::audit_cases(*city.database, *city.rules, city.identity->keys(), city.media.get(), faults_max);
    for (const auto& fault : report.faults) std::printf("%s\n", fault.c_str());
    std::printf("%lld cases, %lld steps, %lld photos: %s\n", static_cast<long long>(report.cases), static_cast<long long>(report.steps),
                static_cast<long long>(report.photos), report.faults.empty() ? "every chain is whole" : "faults found");
    return report.faults.empty() ? 0 : 1;
}

} // namespace

int run_command_line(int argc, char** argv) {
    CLI::App app{"城格 Chengge: an open digital urban management platform"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "chengge 0.1.0");
    InstallationOptions options;
    options.home = default_home();
    app.add_option("--home", options.home, "the product's own files");
    Act act;
    add_rules_commands(app, options, act);
    add_grid_commands(app, options, act);

    ServeOptions serve_options;
    std::string clock_speed = "1x";
    auto* serve_command = app.add_subcommand("serve", "serve a city");
    serve_command->add_option("--data", options.data, "the city's folder")->required();
    serve_command->add_option("--listen", serve_options.listen, "ADDRESS:PORT")->capture_default_str();
    serve_command->add_option("--database", options.database, "postgresql://… in place of the folder's file");
    serve_command->add_option("--overlay", options.overlay, "the city's own folder of changed rules");
    serve_command->add_option("--clock", clock_speed, "demo data only: run the clock faster, e.g. 600x");
    serve_command->add_flag("--allow-open-demo", serve_options.allows_open_demo, "serve a demo's known passwords beyond this machine");
    serve_command->footer("example: chengge serve --data /var/lib/chengge --listen 127.0.0.1:8080");
    serve_command->callback([&] {
        act = [&] {
            options.clock_speed = std::atof(clock_speed.c_str());
            const bool is_demo = load_file(options.data + "/demo.json").has_value();
            if (!(options.clock_speed > 0) || (options.clock_speed != 1 && !is_demo))
                return refuse({"bad_argument", {{"argument", "--clock " + clock_speed}, {"reason", "only a demo city's clock may run faster"}}});
            return serve(options, serve_options);
        };
    });

    DemoOptions demo_options;
    auto* demo_command = app.add_subcommand("demo", "make a demo city the size of Zhanjiang");
    demo_command->add_option("--data", options.data, "a new folder for it")->required();
    demo_command->add_option("--database", options.database, "postgresql://… in place of the folder's file");
    demo_command->add_option("--seed", demo_options.seed, "the same seed and --now make the same city")->capture_default_str();
    demo_command->add_option("--months", demo_options.months, "of case history")->capture_default_str()->check(CLI::Range(0, 60));
    demo_command->add_option("--now", demo_options.now, "when the history ends; default: the clock");
    demo_command->footer("example: chengge demo --data .demo --seed 1 --months 3");
    demo_command->callback([&] {
        act = [&] {
            demo_options.installation = options;
            return make_demo(demo_options);
        };
    });

    auto* migrate_command = app.add_subcommand("migrate", "bring a city's database to this program's schema");
    migrate_command->add_option("--data", options.data, "the city's folder")->required();
    migrate_command->add_option("--database", options.database, "postgresql://… in place of the folder's file");
    migrate_command->footer("example: chengge migrate --data /var/lib/chengge");
    migrate_command->callback([&] {
        act = [&] {
            const auto city = Installation::open(options);
            if (!city) return refuse(city.error());
            for (const auto& one : storage::list_migrations(*(*city)->database))
                std::printf("%04d %s %s\n", one.number, one.name.c_str(), format_rfc3339(one.applied_ms).c_str());
            return 0;
        };
    });

    static int faults_max = 100;
    auto* audit_command = app.add_subcommand("audit", "prove every case's chain, rows and photos; exit 1 naming the faults");
    audit_command->add_option("--data", options.data, "the city's folder")->required();
    audit_command->add_option("--database", options.database, "postgresql://… in place of the folder's file");
    audit_command->add_option("--faults", faults_max, "name at most this many")->capture_default_str();
    audit_command->footer("example: chengge audit --data /var/lib/chengge");
    audit_command->callback([&] { act = [&] { return audit(options, faults_max); }; });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        return act();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
}

} // namespace chengge::platform
