// The command line's parts: a file a group of commands, each adds its own to the one program.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "base/result.hpp"
#include "platform/installation.hpp"

namespace chengge::platform {

// What every group is given. A command's callback sets `act`; it runs after the line was read.
struct Commands {
    CLI::App& app;
    InstallationOptions& options;
    std::function<int()>& act;
};

// --data, --config and --database of a command that works on a city. Before the command runs the
// configuration has been read into `options`.
void add_city_options(CLI::App& command, InstallationOptions& options);

// Which language the command line speaks: --lang.
Language spoken_language();

// A refusal as a person reads it on the command line.
std::string describe(const Error& error);
// Says it on standard error; the exit code 1.
int refuse(const Error& error);
// The text on standard output, or the refusal.
int print(const Result<std::string>& text);

// The findings, a line each, then the summary; the exit code.
int print_report(const cases::AuditReport& report);

// Opens the city for one act and closes it again.
template <class Act>
int with_city(const InstallationOptions& options, Act&& act) {
    const auto city = Installation::open(options);
    if (!city) return refuse(city.error());
    return act(**city);
}

void add_rules_commands(Commands& commands);
void add_grid_commands(Commands& commands);
void add_serve_command(Commands& commands);
void add_demo_command(Commands& commands);
void add_simulate_command(Commands& commands);
void add_database_commands(Commands& commands); // migrate, audit
void add_config_commands(Commands& commands);
void add_import_commands(Commands& commands); // import, export
void add_survey_import(CLI::App& import, Commands& commands);   // import layer
void add_survey_export(CLI::App& exported, Commands& commands); // export layer
void add_init_commands(Commands& commands);   // init, setup-link
void add_doctor_command(Commands& commands);
void add_roots_commands(Commands& commands);
void add_backup_commands(Commands& commands);
void add_evidence_command(Commands& commands);
void add_train_command(Commands& commands);
void add_notices_commands(Commands& commands);
void add_registry_commands(Commands& commands);
void add_addresses_commands(Commands& commands);

} // namespace chengge::platform
