// SQLite's own look at a file, for the doctor.
#include <sqlite3.h>

#include "storage/status.hpp"

namespace chengge::storage {

std::string find_damage(const std::string& url) {
    if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return {};
    const auto path = url.starts_with("sqlite:") ? url.substr(7) : url;
    sqlite3* handle = nullptr;
    std::string damage;
    const auto take = [](void* into, int, char** values, char**) {
        const std::string line = values[0] == nullptr ? "" : values[0];
        auto& text = *static_cast<std::string*>(into);
        if (line != "ok" && text.empty()) text = line;
        return 0;
    };
    // Not read-only: a log left by a server that was killed is part of the database.
    if (sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK || sqlite3_exec(handle, "PRAGMA quick_check(1)", take, &damage, nullptr) != SQLITE_OK)
        damage = handle == nullptr ? "out of memory" : sqlite3_errmsg(handle);
    sqlite3_close_v2(handle);
    return damage;
}

} // namespace chengge::storage
