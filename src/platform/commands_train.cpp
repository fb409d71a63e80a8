// chengge train
#include <cstdio>

#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct TrainArguments {
    std::string measure;
    bool only_measures = false;
};

double per_cent(std::size_t part, std::size_t whole) { return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole); }

int train(const InstallationOptions& options, const TrainArguments& arguments) {
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    auto& hotline = *(**opened).hotline;
    if (!arguments.only_measures) {
        const auto report = hotline.train();
        if (!report) return refuse(report.error());
        std::printf("learnt from %zu closed cases and the standard's own words: %zu different texts of %zu classes\n", report->cases, report->texts, report->classes);
        if (report->held_out > 0)
            std::printf("of %zu texts of closed cases held out: the first suggestion right %.1f %%, one of three right %.1f %%\n", report->held_out,
                        per_cent(report->right_first, report->held_out), per_cent(report->right_of_three, report->held_out));
        std::printf("a running server takes the model over at its next reload (SIGHUP)\n");
    }
    return arguments.measure.empty() ? 0 : print(hotline.measure(arguments.measure));
}

} // namespace

void add_train_command(Commands& commands) {
    auto& options = commands.options;
    static TrainArguments arguments;
    auto* command = commands.app.add_subcommand("train", "learns from the city's own closed cases which class a caller's words mean");
    add_city_options(*command, options);
    command->add_option("--measure", arguments.measure, "texts with their classes (CSV: words,kind,code): how often the suggestions are right, and what is taken for what");
    command->add_flag("--only-measure", arguments.only_measures, "leave the model as it is");
    command->footer("example: chengge train --data /var/lib/chengge --measure texts.csv");
    command->callback([&options, &act = commands.act] { act = [&options] { return train(options, arguments); }; });
}

} // namespace chengge::platform
