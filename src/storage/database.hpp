// One database behind two engines, SQLite and PostgreSQL. The seam is the statement: callers give
// closures that run statements; how they are committed is this module's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "base/histogram.hpp"
#include "base/result.hpp"

namespace chengge::storage {

enum class Engine { sqlite, postgres };

struct Blob {
    std::string bytes;
    bool operator==(const Blob&) const = default;
};

using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

// Named values for one execution: {{"case_key", 7}, {"name", "x"}}. Whole numbers of any width and
// booleans become std::int64_t; std::nullopt and nullptr become NULL.
class Params {
public:
    struct Param {
        template <class T>
        Param(std::string_view name_, T&& value_) : name(name_), value(to_value(std::forward<T>(value_))) {}
        std::string_view name;
        Value value;
    };
    Params() = default;
    Params(std::initializer_list<Param> params) : params_(params) {}
    template <class T>
    Params& add(std::string_view name, T&& value) {
        params_.emplace_back(name, std::forward<T>(value));
        return *this;
    }
    // Asserts that the name was given.
    const Value& get(std::string_view name) const;

private:
    template <class T>
    static Value to_value(T&& value) {
        using Plain = std::remove_cvref_t<T>;
        if constexpr (std::is_same_v<Plain, Value>) return std::forward<T>(value);
        else if constexpr (std::is_same_v<Plain, std::nullptr_t> || std::is_same_v<Plain, std::nullopt_t>)
            return std::monostate{};
        else if constexpr (std::is_integral_v<Plain> || std::is_enum_v<Plain>)
            return static_cast<std::int64_t>(value);
        else if constexpr (std::is_floating_point_v<Plain>) return static_cast<double>(value);
        else if constexpr (std::is_same_v<Plain, Blob>) return std::forward<T>(value);
        else if constexpr (std::is_convertible_v<T, std::string_view>)
            return std::string(std::string_view(value));
        else if (value) return to_value(*value); // std::optional
        else return std::monostate{};
    }
    std::vector<Param> params_;
    mutable std::size_t next_ = 0; // names are mostly asked for in their order
};

// A statement in the common dialect with :named parameters; the build makes one from each file
// queries/<name>.sql, or from the pair <name>.sqlite.sql and <name>.postgres.sql.
class Statement {
public:
    Statement(std::string name, std::string_view sqlite, std::string_view postgres);
    // Text with ?1 or $1 in place of the names; names in the order of their numbers.
    struct Compiled {
        std::string text;
        std::vector<std::string> names;
        std::size_t hash = 0; // of the text: hashing two kilobytes at each run costs as much as running a small statement
    };
    const Compiled& compiled(Engine engine) const {
        return engine == Engine::sqlite ? sqlite_ : postgres_;
    }
    const std::string& name() const { return name_; }

private:
    std::string name_;
    Compiled sqlite_;
    Compiled postgres_;
};

// All rows of an answer, held in memory.
class Rows {
public:
    class Row {
    public:
        Row(const Rows& rows, std::size_t index) : rows_(rows), index_(index) {}
        const Value& value(std::string_view column) const;
        bool is_null(std::string_view column) const;
        std::int64_t integer(std::string_view column) const; // asserts not NULL
        double number(std::string_view column) const;
        const std::string& text(std::string_view column) const;
        const std::string& bytes(std::string_view column) const;
        bool flag(std::string_view column) const { return integer(column) != 0; }
        std::optional<std::int64_t> maybe_integer(std::string_view column) const;
        std::optional<double> maybe_number(std::string_view column) const;
        std::optional<std::string> maybe_text(std::string_view column) const;
        std::string text_or_empty(std::string_view column) const;

    private:
        const Rows& rows_;
        std::size_t index_;
        mutable std::size_t last_column_ = 0; // columns are mostly asked for in their order
    };
    class Iterator {
    public:
        Iterator(const Rows& rows, std::size_t index) : rows_(rows), index_(index) {}
        Row operator*() const { return {rows_, index_}; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index_ != other.index_; }

    private:
        const Rows& rows_;
        std::size_t index_;
    };
    std::size_t size() const { return columns().empty() ? 0 : values_.size() / columns().size(); }
    bool empty() const { return values_.empty(); }
    Row operator[](std::size_t index) const { return {*this, index}; }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }
    // Rows changed by an INSERT, UPDATE or DELETE.
    std::int64_t affected = 0;

    // Shared by all answers of a statement.
    using Columns = std::shared_ptr<const std::vector<std::string>>;
    const std::vector<std::string>& columns() const {
        static const std::vector<std::string> none;
        return columns_ ? *columns_ : none;
    }
    void set_columns(Columns columns) { columns_ = std::move(columns); }
    std::vector<Value>& values() { return values_; }
    const std::vector<Value>& values() const { return values_; }

private:
    Columns columns_;
    std::vector<Value> values_;
};

// A statement and its values.
struct Question {
    const Statement& statement;
    Params params = {};
};

class Transaction {
public:
    virtual ~Transaction() = default;
    virtual Engine engine() const = 0;
    virtual Rows run(const Statement& statement, const Params& params = {}) = 0;
    // Several questions and their answers in order: one round trip on PostgreSQL.
    virtual std::vector<Rows> run_together(std::span<const Question> questions) = 0;
    // The same statement for many parameter sets, answers dropped: one round trip on PostgreSQL.
    virtual void run_batch(const Statement& statement, std::span<const Params> many) = 0;
    // Several statements without parameters (migrations).
    virtual void run_script(std::string_view sql) = 0;
};

// Thrown when the world failed: no disk, no server, a broken constraint. The request edge answers
// 503, the job runner tries again later. Its code: storage_full; storage_failed (the disk failed to
// sync, no more writes until a restart); outcome_unknown (the connection was lost during COMMIT: only
// the client's id can settle it); else temporarily_unavailable.
struct DatabaseError : Failure {
    DatabaseError(const std::string& what, std::string state_, bool may_retry_, std::string code_ = "temporarily_unavailable")
        : Failure(std::move(code_), what), state(std::move(state_)), may_retry(may_retry_) {}
    std::string state; // SQLSTATE, or SQLite's extended code as text
    bool may_retry;
};

struct DatabaseOptions {
    // A path of a SQLite file, "sqlite:PATH", or "postgresql://…".
    std::string url;
    int readers = 8;      // pooled read connections: more than threads that only read, or writers wait for them
    int writers = 8;      // pooled write connections (PostgreSQL); SQLite has one writer thread
    int cache_mb = 256;   // SQLite page cache, shared out over its connections
    // Writes are made durable by one sync at close instead of each commit: for building a demo
    // city that is thrown away when the build fails. Never for a served database.
    bool is_bulk = false;
};

class Database {
public:
    // Opens without migrating. Throws DatabaseError when it cannot be opened.
    static std::unique_ptr<Database> open(const DatabaseOptions& options);
    virtual ~Database() = default;
    virtual Engine engine() const = 0;

    // Runs the closure in a read-only snapshot.
    template <class Function>
    auto read(Function&& function) {
        using Answer = std::invoke_result_t<Function, Transaction&>;
        if constexpr (std::is_void_v<Answer>) {
            run_read([&](Transaction& transaction) { function(transaction); });
        } else {
            std::optional<Answer> answer;
            run_read([&](Transaction& transaction) { answer.emplace(function(transaction)); });
            return std::move(*answer);
        }
    }

    // Runs the closure in a transaction, returns after it is durable. The closure returns a
    // Result<T>; a refusal rolls it back. It may run more than once (lost connection, serialisation
    // failure) and must touch nothing outside the transaction but its own answer.
    template <class Function>
    auto write(Function&& function) {
        using Answer = std::invoke_result_t<Function, Transaction&>;
        std::optional<Answer> answer;
        run_write([&](Transaction& transaction) {
            answer.emplace(function(transaction));
            return answer->has_value();
        });
        return std::move(*answer);
    }

    // Writes a copy of one instant into a new file, beside running work; `look` reads in the same
    // instant. Throws DatabaseError; tool_missing as its state when PostgreSQL's tools are not there.
    virtual void copy_to(const std::string& path, const std::function<void(Transaction&)>& look) = 0;

    // Waits until some process has committed a write, at most this long; true when one has.
    virtual bool wait_for_commit(std::chrono::milliseconds time_out) = 0;
    // True after a failed sync: every write is refused with storage_failed until a restart, reads go
    // on. PostgreSQL stops and recovers by itself; there it stays false.
    virtual bool has_stopped_writing() const { return false; }
    // Bytes of the write-ahead log not yet in the main file; 0 on PostgreSQL.
    virtual std::int64_t unchecked_bytes() const { return 0; }

    // What writing has done so far and what it waits for.
    struct WriteCounts {
        std::uint64_t kept = 0;     // closures whose changes are durable
        std::uint64_t commits = 0;  // that made them so: on SQLite one for a whole group
        std::size_t waiting = 0;    // closures that have not begun (SQLite)
        std::int64_t busy_ms = 0;   // how long the commit under way has been going on (SQLite)
        Histogram::Counts duration; // of commits, their sync included
    };
    virtual WriteCounts write_counts() const = 0;

protected:
    virtual void run_read(const std::function<void(Transaction&)>& act) = 0;
    // `act` says whether to keep its changes.
    virtual void run_write(const std::function<bool(Transaction&)>& act) = 0;
};

} // namespace chengge::storage
