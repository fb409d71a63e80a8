// chengge backup make | list | verify | restore | prune
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "base/time.hpp"
#include "platform/backup.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct Arguments {
    std::string folder, name, keys, scratch;
    int keep = 14;
};

// What is being done, with the seconds since the beginning.
Tell progress() {
    return [begin = std::chrono::steady_clock::now()](const std::string& line) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        std::fprintf(stderr, "%7.1f s  %s\n", took.count(), line.c_str());
    };
}

std::string folder_of(const InstallationOptions& options, const Arguments& arguments) {
    if (!arguments.folder.empty()) return arguments.folder;
    return backup_folder(backup_settings(options.config), options.data);
}

// A database that is there already; nothing is migrated, so that a running city of another version may
// be backed up.
Result<std::unique_ptr<storage::Database>> open_database(const InstallationOptions& options) {
    const auto path = options.data + "/chengge.db";
    if (options.database.empty() && !std::filesystem::exists(path)) return fail("bad_argument", {{"argument", "--data " + options.data}, {"reason", "holds no city"}});
    return storage::Database::open({.url = options.database.empty() ? path : options.database, .readers = 2, .writers = 1, .cache_mb = 64});
}

int print_backup(const BackupManifest& backup) {
    std::int64_t bytes = backup.media_bytes;
    for (const auto& file : backup.files) bytes += file.bytes;
    std::printf("%-18s %-8s %-8s %9lld cases %10lld steps %8lld photographs %9.1f MB  schema %d, feed %s\n", backup.name.c_str(), backup.reason.c_str(),
                backup.engine == storage::Engine::sqlite ? "sqlite" : "postgres", static_cast<long long>(backup.counts.cases), static_cast<long long>(backup.counts.steps),
                static_cast<long long>(backup.media_files), static_cast<double>(bytes) / 1e6, backup.schema, storage::format_position(backup.feed).c_str());
    return 0;
}

int make(const InstallationOptions& options, const Arguments& arguments) {
    const auto database = open_database(options);
    if (!database) return refuse(database.error());
    const auto made = make_backup({**database, options.data, SystemClock().now_ms()}, folder_of(options, arguments), "hand", progress());
    return made ? print_backup(*made) : refuse(made.error());
}

int list(const InstallationOptions& options, const Arguments& arguments) {
    for (const auto& backup : list_backups(folder_of(options, arguments))) print_backup(backup);
    return 0;
}

int verify(const InstallationOptions& options, const Arguments& arguments) {
    const auto folder = folder_of(options, arguments);
    const auto backup = find_backup(folder, arguments.name);
    if (!backup) return refuse(backup.error());
    VerifyOptions verify_options{.home = options.home, .keys = arguments.keys, .scratch = arguments.scratch, .database = options.database, .audit = {.now_ms = backup->made_ms}};
    if (verify_options.keys.empty()) verify_options.keys = options.data + "/keys";
    const auto tell = progress();
    const auto report = verify_backup(folder, *backup, verify_options, tell);
    if (!report) return refuse(report.error());
    tell("done");
    for (const auto& warning : backup->warnings) std::printf("note: when it was made, %s\n", warning.c_str());
    print_backup(*backup);
    return print_report(*report);
}

int restore(const InstallationOptions& options, const Arguments& arguments) {
    const auto backup = find_backup(arguments.folder, arguments.name);
    if (!backup) return refuse(backup.error());
    const auto tell = progress();
    const auto done = restore_backup(arguments.folder, *backup, {.data = options.data, .database = options.database, .now_ms = SystemClock().now_ms()}, tell);
    if (!done) return refuse(done.error());
    tell("done");
    print_backup(*backup);
    for (const std::string file : {"identity.key"})
        if (!std::filesystem::exists(options.data + "/keys/" + file)) std::printf("note: put %s/keys/%s back before the city is started (docs/operations/backup.md)\n", options.data.c_str(), file.c_str());
    return 0;
}

int prune(const InstallationOptions& options, const Arguments& arguments) {
    const auto removed = prune_backups(folder_of(options, arguments), arguments.keep);
    if (!removed) return refuse(removed.error());
    std::printf("%d backups removed\n", *removed);
    return 0;
}

} // namespace

void add_backup_commands(Commands& commands) {
    auto& options = commands.options;
    auto& act = commands.act;
    static Arguments arguments;
    auto* backup = commands.app.add_subcommand("backup", "whole copies of a city, made beside its work");
    backup->require_subcommand(1);
    const auto add = [&](const char* name, const char* about, const char* folder_option, const char* folder_about, const char* footer, int (*run)(const InstallationOptions&, const Arguments&)) {
        auto* command = backup->add_subcommand(name, about);
        add_city_options(*command, options);
        command->add_option(folder_option, arguments.folder, folder_about);
        command->footer(footer);
        command->callback([&options, &act, run] { act = [&options, run] { return run(options, arguments); }; });
        return command;
    };
    const char* const where = "the folder of backups; default: backup.folder of the configuration, else backups/ of the city's folder";
    add("make", "make one now", "--to", where, "example: chengge backup make --data /var/lib/chengge --to /backup/chengge", make);
    add("list", "the whole ones, oldest first", "--from", where, "example: chengge backup list --from /backup/chengge --data /var/lib/chengge", list);
    auto* verify_command = add("verify", "restore one into a scratch place, audit all of it and hold the counts against it; nothing is stopped", "--from", where,
                               "example: chengge backup verify --data /var/lib/chengge --from /backup/chengge", verify);
    verify_command->add_option("--keys", arguments.keys, "the folder with identity.key; default: keys/ of the city's folder");
    verify_command->add_option("--scratch", arguments.scratch, "a folder with room for the database; default: the folder of backups");
    auto* restore_command = add("restore", "bring one back into a new or empty folder (and an empty PostgreSQL database)", "--from", "the folder of backups",
                                "example: chengge backup restore --from /backup/chengge --data /var/lib/chengge", restore);
    restore_command->get_option("--from")->required();
    for (auto* command : {verify_command, restore_command}) command->add_option("--name", arguments.name, "which one; default: the newest");
    add("prune", "remove surplus ones of the schedule and of upgrades", "--from", where, "example: chengge backup prune --data /var/lib/chengge --keep 14", prune)
        ->add_option("--keep", arguments.keep, "of those made on the schedule")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
}

} // namespace chengge::platform
