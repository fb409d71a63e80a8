// Backups of a whole city beside running work (docs/operations/backup.md): database, originals of all
// photographs, the city's own files and public keys; never private keys.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cases/case_audit.hpp"
#include "platform/config.hpp"
#include "storage/database.hpp"
#include "storage/feed.hpp"

namespace chengge::platform {

// What the configuration says.
struct BackupSettings {
    std::string folder; // empty: none on a schedule
    int hour = 3;       // of the city's time
    int keep = 14;      // of those made on the schedule; others stay until somebody removes them
};
BackupSettings backup_settings(const Config& config);
// Where backups go when nobody says: the configured folder, else backups/ of the city's own.
std::string backup_folder(const BackupSettings& settings, const std::string& data);

struct BackupFile {
    std::string path; // below the backup's folder
    std::int64_t bytes = 0;
    std::string sm3_hex;
};

// manifest.json of a whole backup.
struct BackupManifest {
    std::string name;   // "20261122-030000"; also its folder
    std::string reason; // schedule, hand, upgrade
    std::string program;
    std::int64_t made_ms = 0;
    storage::Engine engine = storage::Engine::sqlite;
    int schema = 0; // number of the newest migration
    storage::FeedPosition feed;
    cases::CityCounts counts;
    std::int64_t media_files = 0, media_bytes = 0; // in the pool, each content once
    std::vector<BackupFile> files;
    std::vector<std::string> warnings; // originals that were missing or damaged already
};

using Tell = std::function<void(const std::string&)>; // one line of progress
inline void say(const Tell& tell, const std::string& line) {
    if (tell) tell(line);
}

struct BackupParts {
    storage::Database& database;
    std::string data; // the city's folder
    std::int64_t now_ms = 0;
};
// Written under another name, synced, renamed: a half backup is never listed. Refusal: backup_busy.
Result<BackupManifest> make_backup(const BackupParts& parts, const std::string& folder, const std::string& reason, const Tell& tell = {});
// Whole backups, oldest first.
std::vector<BackupManifest> list_backups(const std::string& folder);
// One of them by name, the newest for an empty one. Refusal: backup_unknown.
Result<BackupManifest> find_backup(const std::string& folder, const std::string& name);
// Removes all but the newest `keep` scheduled ones, all but two of upgrades, and originals that no
// backup names any more. Refusal: backup_busy.
Result<int> prune_backups(const std::string& folder, int keep);

struct RestoreTarget {
    std::string data;     // a new or empty folder; it may hold keys/
    std::string database; // an empty PostgreSQL database, for a backup of one
    std::int64_t now_ms = 0;
};
// Refusals: backup_damaged, backup_engine_differs, target_not_empty, bad_argument.
Result<void> restore_backup(const std::string& folder, const BackupManifest& backup, const RestoreTarget& target, const Tell& tell = {});

struct VerifyOptions {
    std::string home;
    std::string keys;     // folder with identity.key; empty: sealed contacts stay unproven
    std::string scratch;  // folder for the scratch copy; empty: inside the backups' folder
    std::string database; // PostgreSQL server on which a scratch database may be made
    cases::AuditOptions audit;
};
// Restores into a scratch folder or database, audits the whole and holds the counts against the
// manifest. Refusals: backup_damaged, backup_engine_differs, bad_argument, those of migrate.
Result<cases::AuditReport> verify_backup(const std::string& folder, const BackupManifest& backup, const VerifyOptions& options, const Tell& tell = {});

// Makes the day's backup at its hour and prunes; a served city only.
class BackupJob {
public:
    // `settings` is asked each time: a reload may have changed them.
    BackupJob(storage::Database& database, const Clock& clock, std::string data, std::function<BackupSettings()> settings);
    ~BackupJob();

private:
    struct State;
    std::unique_ptr<State> state_;
};
// When the last daily backup before this instant was due.
std::int64_t last_due_ms(std::int64_t now_ms, int hour);

} // namespace chengge::platform
