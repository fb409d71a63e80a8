#include "platform/cli.hpp"

#include <cstdio>

#include "http/http.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

std::string describe(const Error& error) {
    if (error.code == "bad_data" && error.facts.contains("file"))
        return error.facts.at("file") + ":" + error.facts.at("line") + ":" + error.facts.at("reason");
    if (const auto problems = http::Problems::load(default_home() + "/api/errors.csv")) return problems->sentence(error, "zh") + " (" + error.code + ")";
    return error.code;
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

void add_city_options(CLI::App& command, InstallationOptions& options) {
    command.add_option("--data", options.data, "the city's folder")->required();
    command.add_option("--database", options.database, "postgresql://… in place of the folder's file");
}

int run_command_line(int argc, char** argv) {
    CLI::App app{"城格 Chengge: an open digital urban management platform"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "chengge 0.1.0");
    InstallationOptions options;
    options.home = default_home();
    app.add_option("--home", options.home, "the product's own files");
    std::function<int()> act;
    Commands commands{app, options, act};
    add_rules_commands(commands);
    add_grid_commands(commands);
    add_serve_command(commands);
    add_demo_command(commands);
    add_database_commands(commands);
    add_roots_commands(commands);
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
