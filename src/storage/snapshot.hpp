// A whole database as files and back: SQLite page by page, PostgreSQL by pg_dump and pg_restore. Copying
// stops nobody; it sees one instant.
#pragma once

#include <functional>
#include <string>

#include "storage/database.hpp"

namespace chengge::storage {

// "database.sqlite" or "database.dump": what Database::copy_to writes for the engine.
std::string copy_name(Engine engine);
Engine engine_of(const std::string& url);

// Brings a copy of a PostgreSQL database back into an empty database: all of it or nothing, unless
// `is_scratch`, which is faster and may leave half. Refusals: target_not_empty, tool_failed. (A SQLite
// copy is the database file itself.)
Result<void> restore_postgres(const std::string& copy, const std::string& url, bool is_scratch);

// After a copy was brought back: the feed goes on behind every place it can have told anybody, also
// those of the time that was lost.
void continue_feed(Database& database, std::int64_t now_ms);

// A database beside the one of the URL, dropped with the object. Throws DatabaseError.
class ScratchPostgres {
public:
    explicit ScratchPostgres(const std::string& beside_url);
    ~ScratchPostgres();
    ScratchPostgres(const ScratchPostgres&) = delete;
    ScratchPostgres& operator=(const ScratchPostgres&) = delete;
    const std::string& url() const { return url_; }

private:
    std::string beside_url_, name_, url_;
};

} // namespace chengge::storage
