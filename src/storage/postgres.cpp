// PostgreSQL over libpq: pooled connections, prepared statements, pipelined batches, LISTEN/NOTIFY.
#include "storage/engines.hpp"

#include <charconv>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <libpq-fe.h>
#include <poll.h>

#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"

namespace chengge::storage {

namespace {

using namespace std::chrono_literals;

constexpr int attempts_max = 6;           // of a transaction that may be run again
constexpr std::size_t pipeline_chunk = 128;
constexpr std::size_t prepared_max = 512; // statements of a connection
constexpr auto notify_interval = 50ms;
constexpr unsigned oid_bool = 16, oid_bytea = 17, oid_int8 = 20, oid_int2 = 21, oid_int4 = 23;
constexpr unsigned oid_oid = 26, oid_float4 = 700, oid_float8 = 701, oid_numeric = 1700;

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result_ = std::unique_ptr<PGresult, ResultDeleter>;

// Whoever waits longer for a server that is gone is told so instead.
constexpr const char* connect_seconds = "5";
constexpr const char* silence_ms = "15000"; // without an answer on TCP

bool is_conflict(std::string_view state) { return state == "40001" || state == "40P01"; }

// The connection is gone or the server is going: shut down, crashed, starting, out of connections.
bool is_lost(std::string_view state) {
    return state.starts_with("08") || state.starts_with("57P0") || state == "53300";
}

bool may_retry(std::string_view state) { return is_conflict(state) || is_lost(state); }

std::string code_of(std::string_view state) { return state == "53100" ? "storage_full" : "temporarily_unavailable"; }

// What the URL says comes last and wins.
PGconn* connect(const std::string& url) {
    const char* const names[] = {"connect_timeout", "tcp_user_timeout", "keepalives_idle", "application_name", "dbname", nullptr};
    const char* const values[] = {connect_seconds, silence_ms, "10", "chengge", url.c_str(), nullptr};
    return PQconnectdbParams(names, values, 1);
}

// Parameters in libpq's shape; texts are kept alive here.
class Arguments {
public:
    Arguments(const Statement::Compiled& compiled, const Params& params) {
        texts_.reserve(compiled.names.size());
        for (const auto& name : compiled.names) add(params.get(name));
        for (std::size_t i = 0; i < texts_.size(); ++i)
            values_.push_back(is_null_[i] ? nullptr : texts_[i].c_str());
    }
    int count() const { return static_cast<int>(values_.size()); }
    const char* const* values() const { return values_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

private:
    void add(const Value& value) {
        std::string text;
        int format = 0;
        if (const auto* integer = std::get_if<std::int64_t>(&value)) text = std::to_string(*integer);
        else if (const auto* number = std::get_if<double>(&value)) {
            char buffer[32];
            text.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, *number).ptr);
        } else if (const auto* string = std::get_if<std::string>(&value)) text = *string;
        else if (const auto* blob = std::get_if<Blob>(&value)) {
            text = blob->bytes;
            format = 1;
        }
        is_null_.push_back(std::holds_alternative<std::monostate>(value));
        lengths_.push_back(static_cast<int>(text.size()));
        formats_.push_back(format);
        texts_.push_back(std::move(text));
    }

    std::vector<std::string> texts_;
    std::vector<bool> is_null_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

class Connection {
public:
    Connection(const std::string& url, bool is_bulk) : handle_(connect(url)) {
        if (PQstatus(handle_) != CONNECTION_OK) {
            const std::string reason = PQerrorMessage(handle_);
            PQfinish(handle_);
            throw DatabaseError("cannot reach PostgreSQL: " + reason, "08001", true);
        }
        PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
        execute("SET client_encoding = 'UTF8'; SET TIME ZONE 'UTC'; SET bytea_output = 'hex'; "
                "SET statement_timeout = '60s'; SET extra_float_digits = 3");
        if (is_bulk) execute("SET synchronous_commit = off");
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { PQfinish(handle_); }

    PGconn* handle() { return handle_; }
    // A pipeline left before its end leaves answers behind that nobody can tell from later ones.
    bool is_alive() const { return PQstatus(handle_) == CONNECTION_OK && !is_in_pipeline_; }
    bool is_idle() const { return is_ending_ || PQtransactionStatus(handle_) == PQTRANS_IDLE; }

    // Sent with the first statement, in its round trip.
    void begin(const char* sql) {
        settle();
        begin_ = sql;
    }
    bool has_begun() const { return begin_ == nullptr; }
    // The end of a transaction that has only read: its answer is waited for by whoever comes next.
    void end_read() {
        if (std::exchange(begin_, nullptr) != nullptr) return;
        if (PQsendQuery(handle_, "COMMIT") != 1) raise(nullptr, "COMMIT");
        is_ending_ = true;
    }

    void execute(const std::string& sql) {
        settle();
        if (const auto* first = std::exchange(begin_, nullptr)) execute(first);
        const Result_ result(PQexec(handle_, sql.c_str()));
        check(result.get(), sql.substr(0, 80));
    }

    void undo() {
        if (std::exchange(begin_, nullptr) == nullptr) execute("ROLLBACK");
    }

    // A COMMIT of a transaction that has failed is answered with ROLLBACK, as a success.
    void commit() {
        if (std::exchange(begin_, nullptr) != nullptr) return; // nothing was asked for
        const Result_ result(PQexec(handle_, "COMMIT"));
        check(result.get(), "COMMIT");
        if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
            throw DatabaseError("COMMIT was answered with " + std::string(PQcmdStatus(result.get())), "25P02", false);
    }

    Rows run(const Statement& statement, const Params& params) {
        if (!has_begun()) return std::move(run_in_pipeline(1, [&](std::size_t) { return std::pair<const Statement&, const Params&>(statement, params); }).front());
        const auto& compiled = statement.compiled(Engine::postgres);
        const auto& name = prepare(compiled, statement.name());
        const Arguments arguments(compiled, params);
        const Result_ result(name.empty() ? PQexecParams(handle_, compiled.text.c_str(), arguments.count(), nullptr, arguments.values(), arguments.lengths(), arguments.formats(), 0)
                                          : PQexecPrepared(handle_, name.c_str(), arguments.count(), arguments.values(), arguments.lengths(), arguments.formats(), 0));
        check(result.get(), statement.name());
        return rows_of(result.get());
    }

    std::vector<Rows> run_together(std::span<const Question> questions) {
        if (questions.empty()) return {};
        return run_in_pipeline(questions.size(), [&](std::size_t i) { return std::pair<const Statement&, const Params&>(questions[i].statement, questions[i].params); });
    }

    void run_batch(const Statement& statement, std::span<const Params> many) {
        if (many.empty()) return;
        const auto& compiled = statement.compiled(Engine::postgres);
        const auto& name = prepare(compiled, statement.name());
        if (const auto* first = std::exchange(begin_, nullptr)) execute(first);
        while (!many.empty()) {
            const auto count = std::min(many.size(), pipeline_chunk);
            enter_pipeline(statement.name());
            for (const auto& params : many.first(count)) send(statement, params, name);
            read_pipeline(statement.name(), [](const PGresult*) {});
            many = many.subspan(count);
        }
    }

private:
    // Takes in the answer of a COMMIT that nobody has waited for.
    void settle() {
        if (!std::exchange(is_ending_, false)) return;
        while (const Result_ result{PQgetResult(handle_)}) check(result.get(), "COMMIT");
    }

    // `at(i)` is a statement and its values. With the first of a transaction goes its BEGIN.
    template <class At>
    std::vector<Rows> run_in_pipeline(std::size_t count, At&& at) {
        make_room(count);
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) names.push_back(prepare(at(i).first.compiled(Engine::postgres), at(i).first.name()));
        const auto& doing = at(0).first.name();
        const auto* const first = std::exchange(begin_, nullptr);
        enter_pipeline(doing);
        if (first != nullptr && PQsendQueryParams(handle_, first, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) raise(nullptr, doing);
        for (std::size_t i = 0; i < count; ++i) send(at(i).first, at(i).second, names[i]);
        std::vector<Rows> answers;
        bool is_begin = first != nullptr;
        read_pipeline(doing, [&](const PGresult* result) {
            if (!std::exchange(is_begin, false)) answers.push_back(rows_of(result));
        });
        return answers;
    }

    void send(const Statement& statement, const Params& params, const std::string& prepared) {
        const auto& compiled = statement.compiled(Engine::postgres);
        const Arguments arguments(compiled, params);
        const int sent = prepared.empty() ? PQsendQueryParams(handle_, compiled.text.c_str(), arguments.count(), nullptr, arguments.values(), arguments.lengths(), arguments.formats(), 0)
                                          : PQsendQueryPrepared(handle_, prepared.c_str(), arguments.count(), arguments.values(), arguments.lengths(), arguments.formats(), 0);
        if (sent != 1) raise(nullptr, statement.name());
    }

    void enter_pipeline(const std::string& name) {
        is_in_pipeline_ = true;
        if (PQenterPipelineMode(handle_) != 1) raise(nullptr, name);
    }

    // The answers of all that was sent, in order; throws the first failure behind the last of them.
    template <class Hear>
    void read_pipeline(const std::string& name, Hear&& hear) {
        if (PQpipelineSync(handle_) != 1) raise(nullptr, name);
        std::exception_ptr failure;
        bool was_end = false;
        for (bool is_synced = false; !is_synced;) {
            const Result_ result(PQgetResult(handle_));
            // With the connection gone there is no last answer to wait for: libpq repeats its failure for ever, or, when
            // it could not even send, says without end that there is nothing more, and calls the connection well.
            if (PQstatus(handle_) != CONNECTION_OK || (was_end && !result)) raise(result.get(), name);
            was_end = !result;
            if (!result) continue;
            const auto status = PQresultStatus(result.get());
            is_synced = status == PGRES_PIPELINE_SYNC;
            if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) hear(result.get());
            if (status != PGRES_FATAL_ERROR || failure) continue;
            try {
                raise(result.get(), name);
            } catch (...) {
                failure = std::current_exception();
            }
        }
        is_in_pipeline_ = PQexitPipelineMode(handle_) != 1;
        if (failure) std::rethrow_exception(failure);
    }

    // So that statements prepared together are all still there when they are sent.
    void make_room(std::size_t count) {
        if (prepared_.size() + count <= prepared_max) return;
        const Result_ result(PQexec(handle_, "DEALLOCATE ALL"));
        check(result.get(), "DEALLOCATE ALL");
        prepared_.clear();
    }

    // The name under which the connection knows it; empty when it is to be planned for its values.
    const std::string& prepare(const Statement::Compiled& compiled, const std::string& name) {
        static const std::string unnamed;
        if (name == planned_name) return unnamed;
        if (const auto found = prepared_.find(compiled.text); found != prepared_.end()) return found->second;
        make_room(1);
        const auto id = "s" + std::to_string(++prepared_count_);
        const Result_ result(PQprepare(handle_, id.c_str(), compiled.text.c_str(), 0, nullptr));
        check(result.get(), name);
        return prepared_.emplace(compiled.text, id).first->second;
    }

    void check(const PGresult* result, const std::string& doing) {
        const auto status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) raise(result, doing);
    }

    [[noreturn]] void raise(const PGresult* result, const std::string& doing) {
        const char* state = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
        const std::string code = state != nullptr ? state : "08006";
        throw DatabaseError(doing + ": " + PQerrorMessage(handle_), code, may_retry(code), code_of(code));
    }

    static Value value_of(const PGresult* result, int row, int column) {
        if (PQgetisnull(result, row, column) != 0) return std::monostate{};
        const std::string_view text(PQgetvalue(result, row, column),
                                    static_cast<std::size_t>(PQgetlength(result, row, column)));
        switch (PQftype(result, column)) {
        case oid_bool: return std::int64_t{text == "t"};
        case oid_bytea: return Blob{from_hex(text.substr(2))};
        case oid_numeric:
            if (text.find('.') == std::string_view::npos) [[fallthrough]];
            else return std::stod(std::string(text));
        case oid_int2:
        case oid_int4:
        case oid_oid:
        case oid_int8: {
            std::int64_t number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            return number;
        }
        case oid_float4:
        case oid_float8: {
            double number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            return number;
        }
        default: return std::string(text);
        }
    }

    static Rows rows_of(const PGresult* result) {
        Rows rows;
        const int columns = PQnfields(result);
        auto names = std::make_shared<std::vector<std::string>>();
        for (int i = 0; i < columns; ++i) names->emplace_back(PQfname(result, i));
        rows.set_columns(std::move(names));
        const int count = PQntuples(result);
        rows.values().reserve(static_cast<std::size_t>(columns) * static_cast<std::size_t>(count));
        for (int row = 0; row < count; ++row)
            for (int i = 0; i < columns; ++i) rows.values().push_back(value_of(result, row, i));
        const std::string_view affected = PQcmdTuples(const_cast<PGresult*>(result));
        std::from_chars(affected.data(), affected.data() + affected.size(), rows.affected);
        return rows;
    }

    PGconn* handle_;
    std::unordered_map<std::string, std::string> prepared_;
    int prepared_count_ = 0;
    const char* begin_ = nullptr; // not sent yet
    bool is_ending_ = false;      // a COMMIT is under way
    bool is_in_pipeline_ = false;
};

class PostgresTransaction final : public Transaction {
public:
    explicit PostgresTransaction(Connection& connection) : connection_(connection) {}
    Engine engine() const override { return Engine::postgres; }
    Rows run(const Statement& statement, const Params& params) override {
        return connection_.run(statement, params);
    }
    std::vector<Rows> run_together(std::span<const Question> questions) override {
        return connection_.run_together(questions);
    }
    void run_batch(const Statement& statement, std::span<const Params> many) override {
        connection_.run_batch(statement, many);
    }
    void run_script(std::string_view sql) override { connection_.execute(std::string(sql)); }

private:
    Connection& connection_;
};

// A fixed number of connections, made when first needed, replaced when broken.
class Pool {
public:
    Pool(std::string url, int size, bool is_bulk) : url_(std::move(url)), free_(size), is_bulk_(is_bulk) {}

    std::unique_ptr<Connection> take() {
        std::unique_lock lock(mutex_);
        came_back_.wait(lock, [&] { return free_ > 0; });
        --free_;
        std::unique_ptr<Connection> connection;
        if (!idle_.empty()) {
            connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        lock.unlock();
        try {
            return std::make_unique<Connection>(url_, is_bulk_);
        } catch (...) {
            give(nullptr);
            throw;
        }
    }

    // A connection that is broken or still inside a transaction is dropped. With a broken one go all
    // that are idle: a server that has ended has ended theirs too, and nobody should have to find out
    // one by one.
    void give(std::unique_ptr<Connection> connection) {
        std::vector<std::unique_ptr<Connection>> dropped;
        {
            const std::lock_guard lock(mutex_);
            ++free_;
            if (connection && !connection->is_alive()) dropped.swap(idle_);
            else if (connection && connection->is_idle()) idle_.push_back(std::move(connection));
        }
        came_back_.notify_one();
    }

private:
    std::string url_;
    std::mutex mutex_;
    std::condition_variable came_back_;
    int free_;
    bool is_bulk_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

class Lease {
public:
    explicit Lease(Pool& pool) : pool_(pool), connection_(pool.take()) {}
    ~Lease() { pool_.give(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

private:
    Pool& pool_;
    std::unique_ptr<Connection> connection_;
};

class PostgresDatabase final : public Database {
public:
    explicit PostgresDatabase(const DatabaseOptions& options)
        : url_(options.url), readers_(url_, options.readers, false), writers_(url_, options.writers, options.is_bulk) {
        Lease probe(readers_); // fails early, with the server's own words
        notify_thread_ = std::jthread([this](std::stop_token stop) { notify_loop(stop); });
    }

    Engine engine() const override { return Engine::postgres; }

    WriteCounts write_counts() const override {
        WriteCounts counts{.duration = commit_time_.counts()};
        counts.kept = counts.commits = counts.duration.total();
        return counts;
    }

    bool wait_for_commit(std::chrono::milliseconds time_out) override {
        try {
            if (!listener_ || !listener_->is_alive()) {
                listener_.reset();
                auto listener = std::make_unique<Connection>(url_, false);
                listener->execute("LISTEN chengge_feed");
                listener_ = std::move(listener);
                has_told_silence_ = false;
            }
            pollfd socket{PQsocket(listener_->handle()), POLLIN, 0};
            ::poll(&socket, 1, static_cast<int>(time_out.count()));
            PQconsumeInput(listener_->handle());
            bool came = false;
            while (auto* notice = PQnotifies(listener_->handle())) {
                PQfreemem(notice);
                came = true;
            }
            return came;
        } catch (const DatabaseError& error) {
            // Once, not four times a second while the server is away.
            if (!std::exchange(has_told_silence_, true)) log_warning("cannot listen for commits", {{"reason", error.what()}});
            std::this_thread::sleep_for(time_out);
            return false;
        }
    }

    void copy_to(const std::string& path, const std::function<void(Transaction&)>& look) override {
        static const Statement export_snapshot("export_snapshot", "", "SELECT pg_export_snapshot() AS name");
        Connection connection(url_, false);
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        PostgresTransaction transaction(connection);
        const auto name = connection.run(export_snapshot, {})[0].text("name");
        look(transaction);
        dump_postgres(url_, PQserverVersion(connection.handle()) / 10000, name, path);
        connection.execute("COMMIT");
    }

protected:
    void run_read(const std::function<void(Transaction&)>& act) override {
        for (int attempt = 1;; ++attempt) {
            try {
                Lease connection(readers_);
                connection->begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                run_and_undo(*connection, act);
                connection->end_read();
                return;
            } catch (const DatabaseError& error) {
                if (!error.may_retry || attempt >= attempts_max) throw;
                pause(attempt);
            }
        }
    }

    void run_write(const std::function<bool(Transaction&)>& act) override {
        for (int attempt = 1;; ++attempt) {
            bool is_committing = false;
            try {
                Lease connection(writers_);
                connection->begin("BEGIN ISOLATION LEVEL READ COMMITTED");
                bool is_kept = false;
                run_and_undo(*connection, [&](Transaction& transaction) { is_kept = act(transaction); });
                if (!is_kept) {
                    connection->undo();
                    return;
                }
                is_committing = true;
                CRASH_POINT("storage.committing");
                const auto began = std::chrono::steady_clock::now();
                connection->commit();
                commit_time_.add(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count());
                CRASH_POINT("storage.committed");
                mark_commit();
                return;
            } catch (const DatabaseError& error) {
                // A connection lost during COMMIT leaves the outcome unknown; only the client's
                // id can settle it, so it is never run again here.
                if (is_committing && is_lost(error.state))
                    throw DatabaseError(error.what(), error.state, false, "outcome_unknown");
                if (!error.may_retry || attempt >= attempts_max) throw;
                pause(attempt);
            }
        }
    }

private:
    static void run_and_undo(Connection& connection, const std::function<void(Transaction&)>& act) {
        PostgresTransaction transaction(connection);
        try {
            act(transaction);
        } catch (...) {
            if (connection.is_alive()) {
                try {
                    connection.undo();
                } catch (const DatabaseError&) {
                    // The pool drops a connection that is not idle.
                }
            }
            throw;
        }
    }

    static void pause(int attempt) { std::this_thread::sleep_for(std::chrono::milliseconds(5 << attempt)); }

    void mark_commit() {
        {
            const std::lock_guard lock(notify_mutex_);
            has_commit_ = true;
        }
        notify_wake_.notify_one();
    }

    void notify_loop(std::stop_token stop) {
        while (!stop.stop_requested()) {
            {
                std::unique_lock lock(notify_mutex_);
                notify_wake_.wait(lock, stop, [&] { return has_commit_; });
                if (!has_commit_) return;
                has_commit_ = false;
            }
            try {
                Lease connection(writers_);
                connection->execute("NOTIFY chengge_feed");
            } catch (const DatabaseError& error) {
                log_warning("cannot announce a commit", {{"reason", error.what()}});
            }
            std::this_thread::sleep_for(notify_interval);
        }
    }

    std::string url_;
    Pool readers_;
    Pool writers_;
    Histogram commit_time_;
    std::unique_ptr<Connection> listener_; // used by the one follower only
    bool has_told_silence_ = false;        // … and this
    std::mutex notify_mutex_;
    std::condition_variable_any notify_wake_;
    bool has_commit_ = false;
    std::jthread notify_thread_;
};

} // namespace

std::unique_ptr<Database> open_postgres(const DatabaseOptions& options) {
    return std::make_unique<PostgresDatabase>(options);
}

std::unique_ptr<Database> Database::open(const DatabaseOptions& options) {
    if (options.url.starts_with("postgresql://") || options.url.starts_with("postgres://"))
        return open_postgres(options);
    const std::string_view url = options.url;
    return open_sqlite(options, std::string(url.starts_with("sqlite:") ? url.substr(7) : url));
}

} // namespace chengge::storage
