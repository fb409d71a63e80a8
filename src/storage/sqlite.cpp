// SQLite: one writer at a time with group commit, pooled readers, a checkpoint thread.
#include "storage/engines.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <semaphore.h>
#include <sqlite3.h>

#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "storage/read_watch.hpp"
#include "storage/sqlite_connection.hpp"
#include "storage/wal_writes.hpp"

namespace chengge::storage {

namespace {

using namespace std::chrono_literals;

constexpr auto gather_time = 150us;        // how long a commit waits for others when others wait
constexpr std::size_t batch_max = 256;     // writes that share one fsync
constexpr int restart_pages = 16 * 1024;   // 64 MiB of log before a checkpoint insists

constexpr const char* stopped_state = "stopped";

DatabaseError stopped_error() {
    return {"writing has stopped: the disk failed to sync", stopped_state, false, "storage_failed"};
}

class SqliteTransaction final : public Transaction {
public:
    explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection), changes_before_(sqlite3_total_changes64(connection.handle())) {}
    Engine engine() const override { return Engine::sqlite; }
    bool has_written() const { return has_run_script_ || sqlite3_total_changes64(connection_.handle()) != changes_before_; }
    Rows run(const Statement& statement, const Params& params) override {
        return connection_.run(statement, params);
    }
    std::vector<Rows> run_together(std::span<const Question> questions) override {
        std::vector<Rows> answers;
        for (const auto& one : questions) answers.push_back(connection_.run(one.statement, one.params));
        return answers;
    }
    void run_batch(const Statement& statement, std::span<const Params> many) override {
        for (const auto& params : many) connection_.run(statement, params);
    }
    void run_script(std::string_view sql) override {
        has_run_script_ = true; // tables made are not counted as changes
        connection_.execute(std::string(sql));
    }

private:
    SqliteConnection& connection_;
    sqlite3_int64 changes_before_;
    bool has_run_script_ = false;
};

// Sleeps at once: the standard library's semaphores first yield many times, which sixteen writers on two cores paid
// with a twentieth of their time.
class Signal {
public:
    Signal() { ::sem_init(&semaphore_, 0, 0); }
    ~Signal() { ::sem_destroy(&semaphore_); }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    void give() { ::sem_post(&semaphore_); }
    void await() {
        while (::sem_wait(&semaphore_) != 0) {} // only a signal's handler breaks it off
    }

private:
    sem_t semaphore_;
};

// A closure that waits to be committed with others. Its thread sleeps until it is done, or until it is its
// turn to lead a group.
struct WriteJob {
    const std::function<bool(Transaction&)>* act = nullptr;
    Signal woken;
    bool is_done = false; // else, when woken: leads the next group
    bool is_kept = false;
    std::exception_ptr failure;
};

// All pages of the source's snapshot into a new file.
void copy_pages(sqlite3* source, const std::string& path) {
    sqlite3* target = nullptr;
    const auto close = [](sqlite3* handle) { sqlite3_close_v2(handle); };
    const int opened = sqlite3_open_v2(path.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    const std::unique_ptr<sqlite3, decltype(close)> owner(target, close);
    if (opened != SQLITE_OK) raise_sqlite(target, "cannot make " + path);
    // Half a copy is thrown away whole, so nothing is journalled; the caller syncs.
    sqlite3_exec(target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -16384", nullptr, nullptr, nullptr);
    auto* backup = sqlite3_backup_init(target, "main", source, "main");
    if (backup == nullptr) raise_sqlite(target, "cannot copy into " + path);
    int state = SQLITE_OK;
    while (state == SQLITE_OK) state = sqlite3_backup_step(backup, 4096);
    sqlite3_backup_finish(backup);
    if (state != SQLITE_DONE) throw DatabaseError("copying the database failed: " + std::string(sqlite3_errstr(state)), std::to_string(state), false);
}

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(const DatabaseOptions& options, std::string path)
        : path_(std::move(path)), writer_(path_, true, options.cache_mb * 1024 / 2, options.is_bulk ? nullptr : gathered_log_layer()),
          is_bulk_(options.is_bulk) {
        if (is_bulk_) writer_.execute("PRAGMA synchronous = OFF");
        else bring_home();
        sqlite3_wal_hook(
            writer_.handle(),
            [](void* self, sqlite3*, const char*, int pages) {
                static_cast<SqliteDatabase*>(self)->log_pages_.store(pages);
                return SQLITE_OK;
            },
            this);
        for (int i = 0; i < options.readers; ++i)
            idle_readers_.push_back(std::make_unique<SqliteConnection>(
                path_, false, options.cache_mb * 1024 / 2 / options.readers));
        checkpoint_thread_ = std::jthread([this](std::stop_token stop) { checkpoint_loop(stop); });
    }

    ~SqliteDatabase() override {
        checkpoint_thread_.request_stop();
        checkpoint_thread_.join();
        idle_readers_.clear();
        if (has_stopped_) {
            // Nothing is known of the disk; the log is left as it is for the next start.
            sqlite3_db_config(writer_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
            return;
        }
        if (is_bulk_) sqlite3_exec(writer_.handle(), "PRAGMA synchronous = FULL", nullptr, nullptr, nullptr);
        sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    }

    Engine engine() const override { return Engine::sqlite; }

    bool wait_for_commit(std::chrono::milliseconds time_out) override {
        std::unique_lock lock(commit_mutex_);
        const auto seen = commits_;
        if (seen != commits_told_) {
            commits_told_ = seen;
            return true;
        }
        const bool came = committed_.wait_for(lock, time_out, [&] { return commits_ != seen; });
        commits_told_ = commits_;
        return came;
    }

    bool has_stopped_writing() const override { return has_stopped_; }

    std::int64_t unchecked_bytes() const override { return std::int64_t{log_pages_.load()} * 4096; }

    WriteCounts write_counts() const override {
        const auto began_us = batch_began_us_.load();
        WriteCounts counts{.kept = kept_, .busy_ms = began_us == 0 ? 0 : (monotonic_us() - began_us) / 1000, .duration = commit_time_.counts()};
        counts.commits = counts.duration.total();
        const std::lock_guard lock(queue_mutex_);
        counts.waiting = queue_.size();
        return counts;
    }

    void copy_to(const std::string& path, const std::function<void(Transaction&)>& look) override {
        // A connection of its own: the snapshot may live for minutes.
        SqliteConnection source(path_, false, 16 * 1024);
        source.execute("BEGIN");
        SqliteTransaction transaction(source);
        look(transaction);
        copy_pages(source.handle(), path);
        source.execute("COMMIT");
    }

protected:
    void run_read(const std::function<void(Transaction&)>& act) override {
        auto connection = take_reader();
        struct Return {
            SqliteDatabase& database;
            std::unique_ptr<SqliteConnection>& connection;
            ~Return() {
                sqlite3_progress_handler(connection->handle(), 0, nullptr, nullptr);
                if (sqlite3_get_autocommit(connection->handle()) == 0)
                    sqlite3_exec(connection->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
                database.give_reader(std::move(connection));
            }
        } give_back{*this, connection};
        ReadWatch watch(reads_keep_on_until_us_);
        sqlite3_progress_handler(connection->handle(), ReadWatch::every, [](void* of) { return static_cast<ReadWatch*>(of)->look(); }, &watch);
        connection->run_fixed("BEGIN");
        SqliteTransaction transaction(*connection);
        act(transaction);
        connection->run_fixed("COMMIT");
    }

    void run_write(const std::function<bool(Transaction&)>& act) override {
        WriteJob job;
        job.act = &act;
        bool leads = false;
        {
            const std::lock_guard lock(queue_mutex_);
            if (has_stopped_) throw stopped_error();
            queue_.push_back(&job);
            leads = !has_leader_;
            has_leader_ = true;
        }
        // Who finds nobody writing commits its own closure at once, in its own thread, with those of all who
        // came meanwhile: a lone writer wakes nobody. The rest sleep until they are done or lead.
        if (leads) {
            lead_group();
        } else {
            queued_.notify_one(); // a leader that gathers
            job.woken.await();
            if (!job.is_done) lead_group();
        }
        if (job.failure) std::rethrow_exception(job.failure);
    }

private:
    // Writes the log of the last run into the main file and syncs it. After a failed sync the log in
    // memory may hold what the disk does not; a commit appended behind such a hole would be lost with
    // it. Once all of it is in the main file the log begins anew.
    void bring_home() {
        const int state = sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        // Busy: another process has the city open and does it itself.
        if (state != SQLITE_OK && state != SQLITE_BUSY) raise_sqlite(writer_.handle(), "checkpoint at the start");
    }

    std::unique_ptr<SqliteConnection> take_reader() {
        std::unique_lock lock(reader_mutex_);
        reader_back_.wait(lock, [&] { return !idle_readers_.empty(); });
        auto connection = std::move(idle_readers_.back());
        idle_readers_.pop_back();
        return connection;
    }

    void give_reader(std::unique_ptr<SqliteConnection> connection) {
        {
            const std::lock_guard lock(reader_mutex_);
            idle_readers_.push_back(std::move(connection));
        }
        reader_back_.notify_one();
    }

    // The next job of the queue, waited for at most so long.
    WriteJob* take_job(std::chrono::microseconds wait) {
        std::unique_lock lock(queue_mutex_);
        if (wait > 0us) queued_.wait_for(lock, wait, [&] { return !queue_.empty(); });
        if (queue_.empty()) return nullptr;
        auto* job = queue_.front();
        queue_.pop_front();
        return job;
    }

    // False when it has done something that must be undone.
    bool run_job(WriteJob& job) {
        SqliteTransaction transaction(writer_);
        try {
            job.failure = nullptr;
            job.is_kept = (*job.act)(transaction);
        } catch (...) {
            job.failure = std::current_exception();
            job.is_kept = false;
            stop_after(job.failure);
        }
        // A full disk ends the whole transaction by itself.
        if (sqlite3_get_autocommit(writer_.handle()) != 0)
            std::rethrow_exception(job.failure ? job.failure : std::make_exception_ptr(DatabaseError("the database ended the transaction by itself", "rolledback", false)));
        if (has_stopped_) throw stopped_error();
        return job.is_kept || !transaction.has_written();
    }

    // Each as it comes, without savepoints: they cost a copy of every page, and each statement inside walks
    // through the copies made so far. A job that is refused after it has written spoils the transaction of all:
    // false, and nothing is left of it.
    bool gather_plainly(std::vector<WriteJob*>& batch) {
        writer_.run_fixed("BEGIN IMMEDIATE");
        const auto gather_until = std::chrono::steady_clock::now() + gather_time;
        for (auto* job = take_job(0us); job != nullptr;) {
            batch.push_back(job);
            if (!run_job(*job)) {
                writer_.run_fixed("ROLLBACK");
                return false;
            }
            if (batch.size() >= batch_max) break;
            const auto left = std::chrono::duration_cast<std::chrono::microseconds>(gather_until - std::chrono::steady_clock::now());
            // Alone, a writer must not wait for company that will not come.
            const bool others_wait = last_batch_ > 1 && batch.size() < last_batch_;
            job = take_job(others_wait && left > 0us ? left : 0us);
        }
        return true;
    }

    // The same jobs in the same order, each in a savepoint of its own.
    void run_apart(const std::vector<WriteJob*>& batch) {
        writer_.run_fixed("BEGIN IMMEDIATE");
        for (auto* job : batch) {
            writer_.run_fixed("SAVEPOINT job");
            if (!run_job(*job)) writer_.run_fixed("ROLLBACK TO job");
            writer_.run_fixed("RELEASE job");
        }
    }

    // Commits one group, wakes its jobs, and names the next leader when others wait.
    void lead_group() {
        std::vector<WriteJob*> batch;
        try {
            if (has_stopped_) throw stopped_error();
            batch_began_us_ = monotonic_us();
            if (!gather_plainly(batch)) run_apart(batch);
            CRASH_POINT("storage.committing");
            const auto committing_us = monotonic_us();
            writer_.run_fixed("COMMIT");
            commit_time_.add(monotonic_us() - committing_us);
            CRASH_POINT("storage.committed");
            for (const auto* job : batch) kept_ += job->is_kept;
            tell_commit();
            if (is_bulk_) empty_log();
        } catch (...) {
            fail_batch(batch, std::current_exception());
        }
        last_batch_ = batch.size();
        batch_began_us_ = 0;
        end_group(batch);
    }

    // Who writes without a rest is never met resting by the checkpoint's thread: the log of a city being made grew
    // longer than the city. Once all of it is in the main file, the next write begins it anew.
    void empty_log() {
        if (log_pages_ > restart_pages) sqlite3_wal_checkpoint_v2(writer_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    }

    void end_group(const std::vector<WriteJob*>& batch) {
        WriteJob* next = nullptr;
        {
            const std::lock_guard lock(queue_mutex_);
            if (queue_.empty()) has_leader_ = false;
            else next = queue_.front();
        }
        // A job woken is gone: its thread goes on at once.
        if (next != nullptr) next->woken.give();
        for (auto* job : batch) {
            job->is_done = true;
            job->woken.give();
        }
    }

    void fail_batch(std::vector<WriteJob*>& batch, std::exception_ptr failure) {
        stop_after(failure);
        sqlite3_exec(writer_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        if (batch.empty()) batch.push_back(take_job(0us)); // the leader itself waits in front
        for (auto* job : batch) {
            if (!job->failure) job->failure = failure;
        }
    }

    // After a failed sync nobody knows what the disk holds, and a second sync says nothing: no more
    // writes until a restart.
    void stop_after(const std::exception_ptr& failure) {
        try {
            std::rethrow_exception(failure);
        } catch (const DatabaseError& error) {
            if (error.code == "storage_failed" && error.state != stopped_state) stop_writing(error.what());
        } catch (...) {
            // Not the disk's doing.
        }
    }

    void stop_writing(const std::string& reason) {
        if (!has_stopped_.exchange(true)) log_error("writing has stopped until a restart: the disk failed to sync", {{"reason", reason}});
    }

    void tell_commit() {
        {
            const std::lock_guard lock(commit_mutex_);
            ++commits_;
        }
        committed_.notify_all();
    }

    void checkpoint_loop(std::stop_token stop) {
        SqliteConnection connection(path_, true, 2048);
        // A checkpoint that waited for a reader (a backup, an audit) would hold every writer up meanwhile.
        sqlite3_busy_timeout(connection.handle(), 0);
        int last_pages = 0;
        std::unique_lock lock(checkpoint_mutex_);
        while (!checkpoint_wake_.wait_for(lock, stop, 100ms, [&] { return stop.stop_requested(); })) {
            const int pages = log_pages_.load();
            if (has_stopped_) return;
            if (pages == 0) continue;
            const bool is_idle = pages == last_pages;
            last_pages = pages;
            const int mode = is_idle || pages > restart_pages ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
            // A busy reader only postpones; the next round tries again.
            const int state = sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, mode, nullptr, nullptr);
            if (state != SQLITE_OK && is_failed_sync(sqlite3_extended_errcode(connection.handle()))) {
                stop_writing(std::string("checkpoint: ") + sqlite3_errmsg(connection.handle()));
                return;
            }
            if (state == SQLITE_OK) CRASH_POINT("storage.checkpointed");
            if (state != SQLITE_OK || mode != SQLITE_CHECKPOINT_RESTART) continue;
            int expected = pages;
            if (log_pages_.compare_exchange_strong(expected, 0)) last_pages = 0;
        }
    }

    std::string path_;
    SqliteConnection writer_;
    bool is_bulk_;
    std::atomic<int> log_pages_{0};

    Histogram commit_time_;
    std::atomic<std::uint64_t> kept_{0};
    std::atomic<std::int64_t> batch_began_us_{0}; // 0 = none is under way

    mutable std::mutex queue_mutex_;
    std::condition_variable queued_;
    std::deque<WriteJob*> queue_;
    bool has_leader_ = false;     // whose job is the first of the queue until it takes it
    std::size_t last_batch_ = 1;  // the leader's
    std::atomic<bool> has_stopped_{false};

    std::atomic<std::int64_t> reads_keep_on_until_us_{0};
    std::mutex reader_mutex_;
    std::condition_variable reader_back_;
    std::vector<std::unique_ptr<SqliteConnection>> idle_readers_;

    std::mutex commit_mutex_;
    std::condition_variable committed_;
    std::uint64_t commits_ = 0;
    std::uint64_t commits_told_ = 0;

    std::mutex checkpoint_mutex_;
    std::condition_variable_any checkpoint_wake_;
    std::jthread checkpoint_thread_;
};

} // namespace

std::unique_ptr<Database> open_sqlite(const DatabaseOptions& options, const std::string& path) {
    // SQLite counts its memory under one mutex for all connections: a reader that gives way while it holds it would
    // keep the writer waiting. Refused, and harmless, once SQLite is in use.
    [[maybe_unused]] static const int is_counting = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return std::make_unique<SqliteDatabase>(options, path);
}

} // namespace chengge::storage
