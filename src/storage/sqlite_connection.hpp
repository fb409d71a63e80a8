// One connection to a SQLite file and the statements it has parsed. One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <sqlite3.h>

#include "storage/database.hpp"

namespace chengge::storage {

bool is_failed_sync(int extended_code);

// Throws what the handle's last call failed with, as DatabaseError: storage_full, storage_failed or temporarily_unavailable.
[[noreturn]] void raise_sqlite(sqlite3* handle, const std::string& doing);

class SqliteConnection {
public:
    // `layer`: of gathered_log_layer(), or the system's own. Throws DatabaseError when the file cannot be opened.
    SqliteConnection(const std::string& path, bool may_write, int cache_kb, const char* layer = nullptr);
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;
    ~SqliteConnection();

    sqlite3* handle() { return handle_; }

    void execute(const std::string& sql);
    // BEGIN, COMMIT and their like, parsed once.
    void run_fixed(const char* sql);
    Rows run(const Statement& statement, const Params& params);

private:
    struct Prepared {
        sqlite3_stmt* handle = nullptr;
        Rows::Columns columns;
        bool answers_key = false; // its one row is the key of what it has inserted
    };
    // A text and its hash, which its statement has made once.
    struct HashedText {
        std::string_view text;
        std::size_t hash;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(const HashedText& one) const { return one.hash; }
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    struct TextEqual {
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const { return a == b; }
        bool operator()(const HashedText& a, std::string_view b) const { return a.text == b; }
        bool operator()(std::string_view a, const HashedText& b) const { return a == b.text; }
    };

    [[noreturn]] void raise_after(sqlite3_stmt* prepared, const std::string& doing);
    void forget_statements();
    bool is_rowid(const std::string& table, const std::string& column);
    std::optional<std::pair<std::string, std::string>> without_returning(const std::string& text);
    Prepared& prepare(const std::string& text, std::size_t hash, const std::string& name);

    sqlite3* handle_ = nullptr;
    std::unordered_map<std::string, Prepared, TextHash, TextEqual> statements_;
};

} // namespace chengge::storage
