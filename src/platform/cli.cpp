#include "platform/cli.hpp"

#include <cstdio>
#include <filesystem>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/http.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

constexpr const char* installed_data = "/var/lib/chengge"; // of the package
std::string language = "zh";

// Whether the command that was given works on a city.
bool is_of_city(const CLI::App& app) {
    for (const auto* command : app.get_subcommands())
        if (is_of_city(*command) || (command->get_option_no_throw("--config") != nullptr && command->get_option_no_throw("--database") != nullptr)) return true;
    return false;
}

// Root would leave files behind that the service cannot open.
bool is_own_folder(const std::string& folder) {
    struct stat about {};
    if (geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return true;
    const auto* owner = getpwuid(about.st_uid);
    refuse({"folder_of_another", {{"folder", folder}, {"user", owner == nullptr ? std::to_string(about.st_uid) : owner->pw_name}}});
    return false;
}

// Whether it was told what to look at in place of a city: a pack, a folder of backups.
bool names_another(const CLI::App& app) {
    for (const auto* command : app.get_subcommands()) {
        for (const auto* name : {"--pack", "--from"})
            if (const auto* option = command->get_option_no_throw(name); option != nullptr && option->count() > 0) return true;
        if (names_another(*command)) return true;
    }
    return false;
}

// Finds the city's folder and reads its configuration; false after saying what is wrong.
bool read_configuration(InstallationOptions& options, bool is_needed) {
    if (options.data.empty() && options.config_file.empty() && std::filesystem::exists(std::string(installed_data) + "/chengge.yaml")) options.data = installed_data;
    auto file = options.config_file;
    if (file.empty() && std::filesystem::exists(options.data + "/chengge.yaml")) file = options.data + "/chengge.yaml";
    if (!file.empty()) {
        auto loaded = load_config(file);
        if (!loaded.faults.empty()) {
            std::fputs(print_config_faults(loaded.faults, spoken_language()).c_str(), stderr);
            return false;
        }
        options.config = std::move(loaded.config);
        if (options.data.empty()) options.data = options.config.data;
        if (options.database.empty()) options.database = options.config.database;
    }
    if (!options.data.empty()) return is_own_folder(options.data);
    if (!is_needed) return true;
    refuse({"bad_argument", {{"argument", "--data"}, {"reason", "must name the city's folder"}}});
    return false;
}

} // namespace

Language spoken_language() { return language == "en" ? Language::en : Language::zh; }

std::string describe(const Error& error) {
    if (error.code == "bad_data" && error.facts.contains("file"))
        return error.facts.at("file") + ":" + error.facts.at("line") + ":" + error.facts.at("reason");
    if (const auto problems = http::Problems::load(default_home() + "/api/errors.csv")) return problems->sentence(error, language) + " (" + error.code + ")";
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
    command.add_option("--data", options.data, "the city's folder");
    command.add_option("--config", options.config_file, "its configuration; default: chengge.yaml in the folder");
    command.add_option("--database", options.database, "postgresql://… in place of the folder's file");
}

int run_command_line(int argc, char** argv) {
    CLI::App app{"城格 Chengge: an open digital urban management platform"};
    app.require_subcommand(1);
    app.fallthrough(); // --lang, --home and a group's options may stand behind the command, too
    app.set_version_flag("--version", "chengge " CHENGGE_VERSION);
    InstallationOptions options;
    options.home = default_home();
    app.add_option("--home", options.home, "the product's own files");
    app.add_option("--lang", language, "of what is said to you: zh or en")->check(CLI::IsMember({"zh", "en"}));
    std::function<int()> act;
    Commands commands{app, options, act};
    add_rules_commands(commands);
    add_grid_commands(commands);
    add_serve_command(commands);
    add_demo_command(commands);
    add_simulate_command(commands);
    add_database_commands(commands);
    add_config_commands(commands);
    add_import_commands(commands);
    add_init_commands(commands);
    add_doctor_command(commands);
    add_roots_commands(commands);
    add_backup_commands(commands);
    add_evidence_command(commands);
    add_train_command(commands);
    add_notices_commands(commands);
    add_registry_commands(commands);
    add_addresses_commands(commands);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    try {
        if (is_of_city(app) && !read_configuration(options, !names_another(app))) return 1;
        return act();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failed: %s\n", error.what());
        return 1;
    }
}

} // namespace chengge::platform
