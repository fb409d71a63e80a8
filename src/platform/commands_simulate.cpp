// chengge simulate
#include "base/csv.hpp"
#include "platform/commands.hpp"
#include "platform/demo_command.hpp"
#include "simulation/simulation.hpp"

namespace chengge::platform {

void add_simulate_command(Commands& commands) {
    static simulation::SimulationOptions day;
    static simulation::StormOptions storm;
    static bool is_storm = false;
    static std::string json_path;
    static MonthCommand month;
    auto* command = commands.app.add_subcommand("simulate", "people of a demo city at work over the API: a day, a month, a storm");
    command->add_option("--server", day.server, "a demo city that is served")->capture_default_str();
    command->add_option("--days", day.days)->capture_default_str()->check(CLI::PositiveNumber);
    command->add_option("--speed", day.speed, "as fast as the server's clock runs: serve --clock 600x and --speed 600")->capture_default_str()->check(CLI::PositiveNumber);
    command->add_option("--finds", day.finds_per_day, "on an ordinary day")->capture_default_str();
    command->add_option("--seed", day.seed)->capture_default_str();
    command->add_option("--connections", day.connections)->capture_default_str()->check(CLI::Range(1, 256));
    auto* is_storm_flag = command->add_flag("--storm", is_storm, "reports on a fixed timetable beside desks and screens that work and listen (http:// only)");
    const auto add_storm = [&](const char* name, auto& into, const char* text) { command->add_option(name, into, text)->capture_default_str()->needs(is_storm_flag); };
    add_storm("--rate", storm.reports_per_second, "reports a second");
    add_storm("--seconds", storm.seconds, "of the storm");
    add_storm("--overload", storm.overload, "then so many times as many");
    add_storm("--overload-seconds", storm.overload_seconds, "for so long");
    add_storm("--desks", storm.desks, "people at work");
    add_storm("--screens", storm.screens, "that listen and look");
    add_storm("--senders", storm.senders, "connections that bring reports");
    add_storm("--think", storm.think_seconds, "seconds of a desk between two looks");
    add_storm("--photos", storm.photo_share, "share of reports with a new photo");
    command->add_option("--json", json_path, "write what was measured to a file");
    auto* month_option = command->add_option("--month", month.month, "the month of the model city's bulletin, made in this program without a server, and its bulletin counted from the database: 2023-02");
    month_option->excludes(is_storm_flag);
    const auto add_month = [&](const char* name, auto& into, const char* text) { command->add_option(name, into, text)->needs(month_option); };
    add_month("--data", month.installation.data, "a new folder to keep the month's city in; else it is thrown away");
    add_month("--out", month.out, "write the bulletin to a file");
    add_month("--share", month.share, "of the published figures, for a small month");
    command->footer("example: chengge simulate --month 2023-02 --out bulletin.md\n"
                    "         chengge serve --data .demo/city --clock 600x & chengge simulate --days 1 --speed 600");
    command->callback([&options = commands.options, &act = commands.act, month_option] {
        act = [&options, month_option] {
            if (month_option->count() > 0) {
                const auto kept = month.installation.data;
                month.installation = options;
                month.installation.data = kept;
                month.seed = day.seed;
                return simulate_month(month);
            }
            const auto rules = load_city_rules(options);
            if (!rules) return refuse({"bad_data", {{"file", rules.error().front().file}, {"line", std::to_string(rules.error().front().line)}, {"reason", rules.error().front().reason}}});
            storm.server = day.server;
            storm.seed = day.seed;
            const auto result = is_storm ? simulation::storm(storm, *rules) : simulation::simulate(day, *rules);
            const auto text = to_json_text(result) + "\n";
            if (json_path.empty()) std::fputs(text.c_str(), stdout);
            else save_file(json_path, text);
            return 0;
        };
    });
}

} // namespace chengge::platform
