// Bringing a backup back: into a city's folder, or into a scratch place to be audited.
#include <filesystem>

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/files.hpp"
#include "media/media_service.hpp"
#include "platform/backup_files.hpp"
#include "platform/installation.hpp"
#include "storage/migrations.hpp"
#include "storage/snapshot.hpp"

namespace chengge::platform {

namespace files = std::filesystem;
using storage::Engine;

namespace {

Result<void> check_copy(const BackupFile& copied, const BackupFile& listed) {
    if (copied.bytes == listed.bytes && copied.sm3_hex == listed.sm3_hex) return {};
    return fail("backup_damaged", {{"file", copied.path}, {"reason", "is not the file that was backed up"}});
}

Result<void> check_engine(const BackupManifest& backup, const std::string& database) {
    const bool is_postgres = backup.engine == Engine::postgres;
    if (is_postgres && database.empty()) return fail("bad_argument", {{"argument", "--database"}, {"reason", "must name a PostgreSQL database: the backup is of one"}});
    if (is_postgres == (storage::engine_of(database) == Engine::postgres && !database.empty())) return {};
    return fail("backup_engine_differs", {{"engine", is_postgres ? "PostgreSQL" : "SQLite"}});
}

// What may lie in a folder into which a city is restored.
bool may_stay(const files::path& entry) {
    const auto name = entry.filename().string();
    return name == "keys" || name == "lost+found" || name == "chengge.yaml";
}

// Empty, or left by a restore that was cut short: then begun anew.
Result<void> clear_target(const std::string& data) {
    make_folders(data);
    const bool is_unfinished = files::exists(data + "/" + std::string(restoring_name));
    for (const auto& entry : files::directory_iterator(data)) {
        if (may_stay(entry.path())) continue;
        if (!is_unfinished) return fail("target_not_empty", {{"target", data}});
        // The database that PostgreSQL has taken back whole needs no second time.
        if (entry.path().filename() != restoring_name) files::remove_all(entry.path());
    }
    return {};
}

class Restorer {
public:
    Restorer(const std::string& folder, const BackupManifest& backup, const RestoreTarget& target, const Tell& tell)
        : source_(folder + "/" + backup.name), pool_(pool_path(folder)), backup_(backup), target_(target), tell_(tell), work_(target.data + "/" + std::string(restoring_name)) {}

    Result<void> run() {
        const auto city = work_ + "/city";
        files::remove_all(city);
        files::create_directories(city);
        TRY(copy_files(city));
        TRY(copy_media(city));
        if (backup_.engine == Engine::sqlite) settle(city + "/chengge.db");
        sync_disk(work_);
        CRASH_POINT("restore.copied");
        if (backup_.engine == Engine::postgres) TRY(fill_postgres());
        place(city, target_.data);
        sync_disk(target_.data);
        CRASH_POINT("restore.placed");
        files::remove_all(work_);
        sync_folder(target_.data);
        return {};
    }

private:
    Result<void> copy_files(const std::string& city) {
        say(tell_, "database and files");
        for (const auto& listed : backup_.files) {
            const auto from = source_ + "/" + listed.path;
            if (!files::exists(from)) return fail("backup_damaged", {{"file", from}, {"reason", "is missing"}});
            auto to = work_ + "/" + listed.path;
            if (listed.path == storage::copy_name(Engine::sqlite)) to = city + "/chengge.db";
            if (listed.path.starts_with("files/")) to = city + listed.path.substr(5);
            files::create_directories(files::path(to).parent_path());
            TRY(check_copy(copy_hashed(from, to), listed));
        }
        return {};
    }

    Result<void> copy_media(const std::string& city) {
        TRY_ASSIGN(digests, load_media_list(source_));
        say(tell_, "photographs: " + std::to_string(digests.size()));
        for (const auto& sm3 : digests) {
            const auto name = media::original_name(sm3);
            const auto from = pool_ + "/" + name, to = city + "/media/originals/" + name;
            // One that was lost before the backup was made is lost; the audit names its case.
            if (!files::exists(from)) {
                say(tell_, "original " + to_hex(sm3) + " is not in the backup");
                continue;
            }
            files::create_directories(files::path(to).parent_path());
            if (copy_hashed(from, to).sm3_hex != to_hex(sm3)) return fail("backup_damaged", {{"file", from}, {"reason", "is not the file that was backed up"}});
        }
        return {};
    }

    void settle(const std::string& url) {
        const auto database = storage::Database::open({.url = url, .readers = 1, .writers = 1});
        if (backup_.schema >= 8) storage::continue_feed(*database, target_.now_ms);
        identity::end_all_sessions(*database);
    }

    // The server keeps all of it or nothing; that it has is remembered through a crash.
    Result<void> fill_postgres() {
        const auto done = work_ + "/database-is-back";
        if (files::exists(done)) return {};
        say(tell_, "database into the server");
        TRY(storage::restore_postgres(work_ + "/" + storage::copy_name(Engine::postgres), target_.database, false));
        settle(target_.database);
        save_file(done, "");
        return {};
    }

    // The marked folder vanishes last: until then the city does not start.
    static void place(const files::path& from, const files::path& to) {
        for (const auto& entry : files::directory_iterator(from)) {
            const auto target = to / entry.path().filename();
            if (entry.is_directory() && files::exists(target)) place(entry.path(), target);
            else files::rename(entry.path(), target);
        }
    }

    std::string source_, pool_;
    const BackupManifest& backup_;
    const RestoreTarget& target_;
    const Tell& tell_;
    std::string work_;
};

// A folder that is removed with the object.
struct Scratch {
    std::string path;
    explicit Scratch(std::string given) : path(std::move(given)) {
        files::remove_all(path);
        files::create_directories(path);
    }
    ~Scratch() {
        std::error_code ignored;
        files::remove_all(path, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};

// Brings the database back beside the city and checks every other file; its URL.
Result<std::string> make_scratch_copy(const std::string& source, const BackupManifest& backup, const VerifyOptions& options, const std::string& scratch,
                                      std::unique_ptr<storage::ScratchPostgres>& server, const Tell& tell) {
    const auto name = storage::copy_name(backup.engine);
    bool has_database = false;
    for (const auto& listed : backup.files) {
        const auto from = source + "/" + listed.path;
        if (!files::exists(from)) return fail("backup_damaged", {{"file", from}, {"reason", "is missing"}});
        const bool is_database = listed.path == name;
        has_database |= is_database;
        const bool is_copied = is_database || listed.path.starts_with("files/");
        if (is_copied) files::create_directories(files::path(scratch + "/" + listed.path).parent_path());
        auto copied = is_copied ? copy_hashed(from, scratch + "/" + listed.path) : hash_file(from);
        TRY(check_copy(copied, listed));
    }
    if (!has_database) return fail("backup_damaged", {{"file", source}, {"reason", "has no database"}});
    if (backup.engine == Engine::sqlite) return scratch + "/" + name;
    say(tell, "database into a scratch database");
    server = std::make_unique<storage::ScratchPostgres>(options.database);
    TRY(storage::restore_postgres(scratch + "/" + name, server->url(), true));
    return server->url();
}

void compare_counts(const BackupManifest& backup, const cases::CityCounts& found, cases::AuditReport& report) {
    if (backup.schema < 8 || found == backup.counts) return;
    const auto text = [](const cases::CityCounts& counts) {
        return std::to_string(counts.cases) + " cases, " + std::to_string(counts.steps) + " steps, " + std::to_string(counts.media) + " photographs, " + std::to_string(counts.roots) + " roots";
    };
    report.faults.push_back("the copy has " + text(found) + "; when it was made there were " + text(backup.counts));
    ++report.faults_found;
}

} // namespace

Result<void> restore_backup(const std::string& folder, const BackupManifest& backup, const RestoreTarget& target, const Tell& tell) {
    TRY(check_engine(backup, target.database));
    TRY(clear_target(target.data));
    return Restorer(folder, backup, target, tell).run();
}

Result<cases::AuditReport> verify_backup(const std::string& folder, const BackupManifest& backup, const VerifyOptions& options, const Tell& tell) {
    TRY(check_engine(backup, backup.engine == Engine::postgres ? options.database : ""));
    const Scratch scratch((options.scratch.empty() ? folder : options.scratch) + "/.verifying-" + backup.name);
    std::unique_ptr<storage::ScratchPostgres> server;
    say(tell, "a scratch copy, every file against its SM3");
    TRY_ASSIGN(url, make_scratch_copy(folder + "/" + backup.name, backup, options, scratch.path, server, tell));
    // The pool is laid out as a city's own photographs: the audit reads each from there.
    InstallationOptions city;
    city.data = scratch.path + "/files";
    city.home = options.home;
    auto loaded = load_city_rules(city);
    if (!loaded) return fail("bad_data", {{"file", loaded.error().front().file}, {"line", std::to_string(loaded.error().front().line)}, {"reason", loaded.error().front().reason}});
    const auto database = storage::Database::open({.url = url, .is_bulk = true});
    const SystemClock clock;
    TRY(storage::migrate(*database, options.home + "/db/migrations", clock.now_ms()));
    const auto photographs = media::MediaService::open(*database, clock, folder + "/media");
    cases::RuleSets rules(*database, *loaded);
    std::unique_ptr<identity::IdentityService> people;
    if (!options.keys.empty() && files::exists(options.keys + "/identity.key")) {
        TRY_ASSIGN(opened, identity::IdentityService::open(*database, clock, {.data_folder = options.home + "/data", .overlay_folder = overlay_folder(city), .keys_folder = options.keys}));
        people = std::move(opened);
    }
    say(tell, "audit");
    TRY_ASSIGN(report, cases::audit_city({*database, rules, people ? &people->keys() : nullptr, photographs.get()}, options.audit));
    compare_counts(backup, database->read([](storage::Transaction& transaction) { return cases::count_city(transaction); }), report);
    return report;
}

} // namespace chengge::platform
