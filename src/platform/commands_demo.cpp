// chengge demo
#include "platform/commands.hpp"
#include "platform/demo_command.hpp"

namespace chengge::platform {

void add_demo_command(Commands& commands) {
    static DemoOptions demo_options;
    auto* demo_command = commands.app.add_subcommand("demo", "make a demo city the size of Zhanjiang");
    demo_command->add_option("--data", commands.options.data, "a new folder for it")->required();
    demo_command->add_option("--database", commands.options.database, "postgresql://… in place of the folder's file");
    demo_command->add_option("--seed", demo_options.seed, "the same seed and --now make the same city")->capture_default_str();
    demo_command->add_option("--months", demo_options.months, "of case history")->capture_default_str()->check(CLI::Range(0, 120));
    demo_command->add_option("--cases-per-month", demo_options.cases_per_month, "for a city as large as one likes")->capture_default_str()->check(CLI::Range(1, 1'000'000));
    demo_command->add_option("--components", demo_options.components, "about so many in the registry; 0 = none")->capture_default_str()->check(CLI::Range(0, 5'000'000));
    demo_command->add_option("--now", demo_options.now, "when the history ends; default: the clock");
    demo_command->footer("example: chengge demo --data .demo --seed 1 --months 3");
    demo_command->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            demo_options.installation = options;
            return make_demo(demo_options);
        };
    });
}

} // namespace chengge::platform
