// The two engines, known only to Database::open.
#pragma once

#include <memory>

#include "storage/database.hpp"

namespace chengge::storage {

std::unique_ptr<Database> open_sqlite(const DatabaseOptions& options, const std::string& path);
std::unique_ptr<Database> open_postgres(const DatabaseOptions& options);

} // namespace chengge::storage
