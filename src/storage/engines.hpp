// The two engines, known only to Database::open.
#pragma once

#include <memory>

#include "storage/database.hpp"

namespace chengge::storage {

std::unique_ptr<Database> open_sqlite(const DatabaseOptions& options, const std::string& path);
std::unique_ptr<Database> open_postgres(const DatabaseOptions& options);

// The name of the statements that PostgreSQL plans for their values each time (ListBuilder::plan_for_values).
constexpr std::string_view planned_name = "list planned for its values";

// Runs pg_dump over an exported snapshot; throws DatabaseError.
void dump_postgres(const std::string& url, int server_major, const std::string& snapshot, const std::string& path);

} // namespace chengge::storage
