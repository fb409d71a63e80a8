#include "storage/snapshot.hpp"

#include <filesystem>
#include <memory>

#include <libpq-fe.h>

#include "base/digest.hpp"
#include "storage/engines.hpp"
#include "storage/feed.hpp"
#include "storage/queries.hpp"
#include "storage/subprocess.hpp"

namespace chengge::storage {

namespace {

namespace files = std::filesystem;

// More entries than any city commits between a backup and its restore.
constexpr std::int64_t feed_jump = 1'000'000'000'000;

struct OptionsDeleter {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// The URL as libpq's environment: a password must not be readable in the list of processes.
struct Target {
    std::map<std::string, std::string> environment;
    std::string database;
};

Target target_of(const std::string& url) {
    char* message = nullptr;
    const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(PQconninfoParse(url.c_str(), &message));
    if (!options) {
        const std::string reason = message != nullptr ? message : "";
        PQfreemem(message);
        throw DatabaseError("the database's URL is not right: " + reason, "badurl", false);
    }
    Target target;
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        if (std::string_view(option->keyword) == "dbname") target.database = option->val;
        else if (option->envvar != nullptr) target.environment[option->envvar] = option->val;
    }
    target.environment["PGCONNECT_TIMEOUT"] = "20";
    return target;
}

// Debian keeps each version's tools apart; the server's own version is asked for first.
std::string tool_path(const std::string& name, int server_major) {
    const files::path folder = "/usr/lib/postgresql";
    std::error_code error;
    std::string best;
    int best_major = 0;
    for (const auto& entry : files::directory_iterator(folder, error)) {
        const auto tool = entry.path() / "bin" / name;
        const int major = std::atoi(entry.path().filename().c_str());
        if (!files::exists(tool, error) || major < server_major) continue;
        if (best.empty() || major < best_major) {
            best = tool.string();
            best_major = major;
        }
    }
    return best.empty() ? name : best;
}

void require(const ProcessEnd& end, const std::string& name) {
    if (end.exit_code == 127) throw DatabaseError(name + " is not installed (Debian package postgresql-client)", "tool_missing", false);
    if (end.exit_code != 0) throw DatabaseError(name + " failed: " + end.messages, "tool_failed", false);
}

int major_of(Database& database) {
    static const Statement version("server_version", "", "SELECT CAST(current_setting('server_version_num') AS BIGINT) AS version");
    return static_cast<int>(database.read([](Transaction& transaction) { return transaction.run(version)[0].integer("version"); }) / 10000);
}

// The same server, another database of it.
std::string with_database(const std::string& url, const std::string& name) {
    const auto scheme = url.find("://") + 3;
    const auto query = url.find('?', scheme);
    const auto slash = url.find('/', scheme);
    const auto end = query == std::string::npos ? url.size() : query;
    const auto host_end = slash == std::string::npos || slash > end ? end : slash;
    return url.substr(0, host_end) + "/" + name + url.substr(end);
}

void run_alone(const std::string& url, const std::string& sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> handle(PQconnectdb(url.c_str()), &PQfinish);
    if (PQstatus(handle.get()) != CONNECTION_OK) throw DatabaseError("cannot reach PostgreSQL: " + std::string(PQerrorMessage(handle.get())), "08001", false);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(handle.get(), sql.c_str()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw DatabaseError(sql + ": " + PQerrorMessage(handle.get()), "scratch", false);
}

} // namespace

Engine engine_of(const std::string& url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://") ? Engine::postgres : Engine::sqlite;
}

std::string copy_name(Engine engine) { return engine == Engine::sqlite ? "database.sqlite" : "database.dump"; }

void dump_postgres(const std::string& url, int server_major, const std::string& snapshot, const std::string& path) {
    const auto target = target_of(url);
    require(run_process({tool_path("pg_dump", server_major), "--format=custom", "--compress=1", "--no-owner", "--no-privileges",
                         "--snapshot=" + snapshot, "--file=" + path, "--dbname=" + target.database},
                        target.environment),
            "pg_dump");
}

Result<void> restore_postgres(const std::string& copy, const std::string& url, bool is_scratch) {
    const auto target = target_of(url);
    int major = 0;
    {
        const auto database = Database::open({.url = url, .readers = 1, .writers = 1});
        if (database->read([](Transaction& transaction) { return transaction.run(sql::count_tables)[0].integer("tables"); }) > 0)
            return fail("target_not_empty", {{"target", "database " + target.database}});
        major = major_of(*database);
    }
    std::vector<std::string> words{tool_path("pg_restore", major), "--no-owner", "--no-privileges", "--exit-on-error", "--dbname=" + target.database};
    words.emplace_back(is_scratch ? "--jobs=2" : "--single-transaction");
    words.push_back(copy);
    require(run_process(words, target.environment), "pg_restore");
    // Without statistics the planner guesses badly until the server has looked around by itself.
    run_alone(url, "ANALYZE");
    return {};
}

void continue_feed(Database& database, std::int64_t now_ms) {
    const auto done = database.write([&](Transaction& transaction) -> Result<void> {
        if (transaction.engine() == Engine::postgres) {
            const auto rows = transaction.run(sql::feed_base);
            const auto here = rows[0].integer("txid"), base = rows[0].integer("base");
            const auto needed = transaction.run(sql::feed_largest_txid)[0].integer("txid") + 1 - here;
            transaction.run_script("CREATE OR REPLACE FUNCTION feed_base() RETURNS BIGINT LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS 'SELECT CAST(" +
                                   std::to_string(std::max(base, needed) + feed_jump) + " AS BIGINT)'");
            append_feed(transaction, {"restored", 0, 0, now_ms});
        } else {
            transaction.run(sql::append_feed_jump, {{"jump", feed_jump}, {"recorded_ms", now_ms}});
        }
        return {};
    });
    if (!done) throw DatabaseError("the feed could not be continued", "feed", false);
}

ScratchPostgres::ScratchPostgres(const std::string& beside_url)
    : beside_url_(beside_url), name_("chengge_scratch_" + to_hex(random_bytes(6))), url_(with_database(beside_url, name_)) {
    run_alone(beside_url_, "CREATE DATABASE " + name_ + " TEMPLATE template0 ENCODING 'UTF8'");
}

ScratchPostgres::~ScratchPostgres() {
    try {
        run_alone(beside_url_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
    } catch (const DatabaseError&) {
        // An orphan is a nuisance, named by its prefix; the answer has been given.
    }
}

} // namespace chengge::storage
