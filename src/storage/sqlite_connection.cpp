#include "storage/sqlite_connection.hpp"

#include <thread>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace chengge::storage {

namespace {

using namespace std::chrono_literals;

constexpr auto busy_pause = 500us;
constexpr int busy_asked_max = 20'000; // ten seconds
constexpr std::size_t cached_statements_max = 512;

// Texts stay owned by the parameters, which outlive the step.
void bind_value(sqlite3_stmt* prepared, int index, const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        sqlite3_bind_int64(prepared, index, *integer);
    else if (const auto* number = std::get_if<double>(&value))
        sqlite3_bind_double(prepared, index, *number);
    else if (const auto* text = std::get_if<std::string>(&value))
        sqlite3_bind_text64(prepared, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
    else if (const auto* blob = std::get_if<Blob>(&value))
        sqlite3_bind_blob64(prepared, index, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
    else
        sqlite3_bind_null(prepared, index);
}

Value value_of(sqlite3_stmt* prepared, int column) {
    switch (sqlite3_column_type(prepared, column)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(prepared, column);
    case SQLITE_FLOAT: return sqlite3_column_double(prepared, column);
    case SQLITE_TEXT: {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared, column));
        return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(prepared, column)));
    }
    case SQLITE_BLOB: {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(prepared, column));
        return Blob{std::string(bytes == nullptr ? "" : bytes,
                                static_cast<std::size_t>(sqlite3_column_bytes(prepared, column)))};
    }
    default: return std::monostate{};
    }
}

} // namespace

bool is_failed_sync(int extended_code) { return extended_code == SQLITE_IOERR_FSYNC || extended_code == SQLITE_IOERR_DIR_FSYNC; }

void raise_sqlite(sqlite3* handle, const std::string& doing) {
    const int code = sqlite3_extended_errcode(handle);
    const bool is_full = (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE;
    throw DatabaseError(doing + ": " + sqlite3_errmsg(handle), std::to_string(code), (code & 0xff) == SQLITE_BUSY,
                        is_full                ? "storage_full"
                        : is_failed_sync(code) ? "storage_failed"
                                               : "temporarily_unavailable");
}

SqliteConnection::SqliteConnection(const std::string& path, bool may_write, int cache_kb, const char* layer) {
    const int flags = (may_write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path.c_str(), &handle_, flags, layer) != SQLITE_OK) {
        const std::string reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
        sqlite3_close_v2(handle_);
        throw DatabaseError("cannot open " + path + ": " + reason, "cantopen", false);
    }
    // Another process writes: it is asked so often that the short time between two of its writes is met.
    sqlite3_busy_handler(handle_, [](void*, int asked) { return asked < busy_asked_max ? (std::this_thread::sleep_for(busy_pause), 1) : 0; }, nullptr);
    execute("PRAGMA journal_mode = WAL");
    execute("PRAGMA synchronous = FULL");
    execute("PRAGMA wal_autocheckpoint = 0");
    execute("PRAGMA temp_store = MEMORY");
    execute("PRAGMA cache_size = -" + std::to_string(cache_kb));
    if (!may_write) execute("PRAGMA query_only = 1");
}

SqliteConnection::~SqliteConnection() {
    forget_statements();
    sqlite3_close_v2(handle_);
}

void SqliteConnection::execute(const std::string& sql) {
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        raise_sqlite(handle_, sql.substr(0, 80));
}

void SqliteConnection::run_fixed(const char* sql) {
    auto* prepared = prepare(sql, std::hash<std::string_view>()(sql), sql).handle;
    const int state = sqlite3_step(prepared);
    if (state != SQLITE_DONE) raise_after(prepared, sql);
    sqlite3_reset(prepared);
}

Rows SqliteConnection::run(const Statement& statement, const Params& params) {
    const auto& compiled = statement.compiled(Engine::sqlite);
    auto& cached = prepare(compiled.text, compiled.hash, statement.name());
    sqlite3_stmt* prepared = cached.handle;
    for (std::size_t i = 0; i < compiled.names.size(); ++i)
        bind_value(prepared, static_cast<int>(i + 1), params.get(compiled.names[i]));
    Rows rows;
    const int columns = sqlite3_column_count(prepared);
    rows.set_columns(cached.columns);
    int state = SQLITE_OK;
    while ((state = sqlite3_step(prepared)) == SQLITE_ROW)
        for (int i = 0; i < columns; ++i) rows.values().push_back(value_of(prepared, i));
    rows.affected = sqlite3_changes64(handle_);
    if (state != SQLITE_DONE) raise_after(prepared, statement.name());
    if (cached.answers_key && rows.affected == 1) rows.values().push_back(std::int64_t{sqlite3_last_insert_rowid(handle_)});
    sqlite3_reset(prepared);
    return rows;
}

// The reset reports the same error again; the message must be read before it.
void SqliteConnection::raise_after(sqlite3_stmt* prepared, const std::string& doing) {
    try {
        raise_sqlite(handle_, doing);
    } catch (...) {
        sqlite3_reset(prepared);
        throw;
    }
}

void SqliteConnection::forget_statements() {
    for (auto& [text, statement] : statements_) sqlite3_finalize(statement.handle);
    statements_.clear();
}

// Whether the column is another name of the rowid.
bool SqliteConnection::is_rowid(const std::string& table, const std::string& column) {
    static constexpr const char* question = "SELECT (SELECT COUNT(*) FROM pragma_table_info(?1) WHERE pk > 0) = 1 AND EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE pk > 0 AND name = ?2 AND type = 'INTEGER') "
                                            "AND NOT EXISTS (SELECT 1 FROM pragma_table_list(?1) WHERE wr > 0)";
    sqlite3_stmt* asked = nullptr;
    if (sqlite3_prepare_v2(handle_, question, -1, &asked, nullptr) != SQLITE_OK) raise_sqlite(handle_, question);
    sqlite3_bind_text64(asked, 1, table.data(), table.size(), SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_text64(asked, 2, column.data(), column.size(), SQLITE_STATIC, SQLITE_UTF8);
    const bool is_it = sqlite3_step(asked) == SQLITE_ROW && sqlite3_column_int(asked, 0) == 1;
    sqlite3_finalize(asked);
    return is_it;
}

// A RETURNING is answered by way of a table made for it, which costs as much as the insert: the key of one row that
// was inserted is known without. The text without it and the key's name, or nothing.
std::optional<std::pair<std::string, std::string>> SqliteConnection::without_returning(const std::string& text) {
    constexpr std::string_view insert = "INSERT INTO ", returning = "RETURNING ";
    const auto begin = text.find_first_not_of(" \n"), at = text.rfind(returning);
    if (at == std::string::npos || text.compare(begin, insert.size(), insert) != 0 || text.find("SELECT") != std::string::npos || text.find("DO UPDATE") != std::string::npos) return std::nullopt;
    std::string key(trim(std::string_view(text).substr(at + returning.size())));
    const auto name_at = begin + insert.size();
    const auto table = text.substr(name_at, text.find_first_of(" (", name_at) - name_at);
    if (!is_rowid(table, key)) return std::nullopt;
    return std::pair(text.substr(0, at), std::move(key));
}

SqliteConnection::Prepared& SqliteConnection::prepare(const std::string& text, std::size_t hash, const std::string& name) {
    if (const auto found = statements_.find(HashedText{text, hash}); found != statements_.end()) return found->second;
    if (statements_.size() >= cached_statements_max) forget_statements();
    const auto plain = without_returning(text);
    sqlite3_stmt* prepared = nullptr;
    if (sqlite3_prepare_v3(handle_, (plain ? plain->first : text).c_str(), -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) !=
        SQLITE_OK)
        raise_sqlite(handle_, name);
    ASSERT(prepared != nullptr);
    auto names = std::make_shared<std::vector<std::string>>();
    if (plain) names->push_back(plain->second);
    for (int i = 0; i < sqlite3_column_count(prepared); ++i) names->emplace_back(sqlite3_column_name(prepared, i));
    return statements_.emplace(text, Prepared{prepared, std::move(names), plain.has_value()}).first->second;
}

} // namespace chengge::storage
