// chengge config validate | show
#include <cstdio>
#include <filesystem>

#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct Asked {
    std::string data, file;
};

LoadedConfig load(const Asked& asked) {
    if (!asked.file.empty()) return load_config(asked.file);
    return load_config((asked.data.empty() ? "/var/lib/chengge" : asked.data) + "/chengge.yaml");
}

int validate(const Asked& asked) {
    const auto loaded = load(asked);
    const auto language = spoken_language();
    std::fputs(print_config_faults(loaded.faults, language).c_str(), stderr);
    if (!loaded.faults.empty()) return 1;
    const Words warning{"提醒：", "warning: "}, good{"配置正确：", "the configuration is right: "};
    for (const auto& one : loaded.warnings) std::printf("%s%s", warning.in(language).c_str(), print_config_faults({one}, language).c_str());
    std::printf("%s%s\n", good.in(language).c_str(), loaded.config.file.c_str());
    return 0;
}

int show(const Asked& asked) {
    const auto loaded = load(asked);
    if (!loaded.faults.empty()) return validate(asked);
    std::fputs(print_config(loaded, spoken_language()).c_str(), stdout);
    return 0;
}

} // namespace

// Not add_city_options: these must speak of a configuration that is wrong, not stop at it.
void add_config_commands(Commands& commands) {
    static Asked asked;
    auto* config = commands.app.add_subcommand("config", "check and show a city's configuration");
    config->require_subcommand(1);
    const auto add = [&](const char* name, const char* about, int (*run)(const Asked&)) {
        auto* command = config->add_subcommand(name, about);
        command->add_option("--data", asked.data, "the city's folder, with its chengge.yaml");
        command->add_option("--file,--config", asked.file, "another file")->excludes("--data");
        command->footer(std::string("example: chengge config ") + name + " --data /var/lib/chengge");
        command->callback([&act = commands.act, run] { act = [run] { return run(asked); }; });
    };
    add("validate", "exit 1 with file:line:reason for each fault", validate);
    add("show", "every key as it is in force, passwords masked", show);
}

} // namespace chengge::platform
