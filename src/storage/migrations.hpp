// Numbered SQL files, forward only, checksummed; db/migrations/NNNN_name[.sqlite|.postgres].sql.
#pragma once

#include <string>
#include <vector>

#include "storage/database.hpp"

namespace chengge::storage {

struct Migration {
    int number = 0;
    std::string name;
    std::string sha256; // hex, of the file's bytes
    std::int64_t applied_ms = 0;
};

// Whether a database that is in use lacks migrations of the folder: time for a backup. Refusals as migrate.
Result<bool> needs_upgrade(Database& database, const std::string& folder);
// Applies what is missing, all files in one transaction; returns what was applied now. Refuses with
// migration_changed when an applied file's checksum differs, migration_unknown when the database is
// newer than this program. Throws DatabaseError when a file fails; then the schema is as it was.
Result<std::vector<Migration>> migrate(Database& database, const std::string& folder,
                                       std::int64_t now_ms);
// What the database already has, in order.
std::vector<Migration> list_migrations(Database& database);

} // namespace chengge::storage
