#include "kit/postgres.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <libpq-fe.h>
#include <unistd.h>

#include "kit/city.hpp"
#include "platform/installation.hpp"
#include "storage/migrations.hpp"

namespace chengge::bench {

namespace files = std::filesystem;

namespace {

const std::string binaries = "/usr/lib/postgresql/15/bin/";
constexpr std::int64_t rows_at_once = 5000;

void shell(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0) throw std::runtime_error("this command failed: " + command);
}

// PostgreSQL refuses to run as root.
std::string as_server_user(const std::string& command) { return ::geteuid() == 0 ? "runuser -u postgres -- " + command : command; }

struct Deleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Deleter>;

void check(const PGresult* result, pg_conn* handle) {
    const auto status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(handle));
}

std::string hex_of(const std::string& bytes) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text = "\\x";
    for (const auto byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 15];
    }
    return text;
}

std::string text_of(const storage::Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* number = std::get_if<double>(&value)) {
        char buffer[40];
        std::snprintf(buffer, sizeof buffer, "%.17g", *number);
        return buffer;
    }
    if (const auto* blob = std::get_if<storage::Blob>(&value)) return hex_of(blob->bytes);
    return std::get<std::string>(value);
}

// Arguments in libpq's shape.
struct Arguments {
    explicit Arguments(const std::vector<storage::Value>& values) {
        for (const auto& value : values) {
            const auto* blob = std::get_if<storage::Blob>(&value);
            const bool is_null = std::holds_alternative<std::monostate>(value);
            texts.push_back(is_null ? "" : blob != nullptr ? blob->bytes : text_of(value));
            formats.push_back(blob != nullptr);
            lengths.push_back(static_cast<int>(texts.back().size()));
            nulls.push_back(is_null);
        }
        for (std::size_t i = 0; i < texts.size(); ++i) pointers.push_back(nulls[i] ? nullptr : texts[i].c_str());
    }
    std::vector<std::string> texts;
    std::vector<const char*> pointers;
    std::vector<int> lengths, formats;
    std::vector<bool> nulls;
};

} // namespace

Cluster::Cluster(const std::string& folder) : folder_(folder) {
    char sockets[] = "/tmp/chengge-bench-XXXXXX";
    if (::mkdtemp(sockets) == nullptr) throw std::runtime_error("no folder for sockets");
    sockets_ = sockets;
    files::permissions(sockets_, files::perms::all);
    if (!files::exists(folder_ + "/PG_VERSION")) {
        files::create_directories(folder_);
        if (::geteuid() == 0) shell("chown postgres " + folder_);
        shell(as_server_user(binaries + "initdb -D " + folder_ + " -U chengge --auth=trust --encoding=UTF8 --locale=C.UTF-8"));
    }
    // Durable commits; memory as one would give it on this machine; autovacuum must not decide who wins.
    shell(as_server_user(binaries + "pg_ctl -w -t 120 -D " + folder_ + " -l " + folder_ + "/log -o \"-k " + sockets_ +
                         " -c listen_addresses='' -c fsync=on -c synchronous_commit=on -c max_connections=60 -c shared_buffers=1GB"
                         " -c effective_cache_size=8GB -c max_wal_size=8GB -c checkpoint_timeout=15min -c random_page_cost=1.1 -c autovacuum=off\" start"));
}

Cluster::~Cluster() {
    std::system((as_server_user(binaries + "pg_ctl -w -m fast -D " + folder_ + " stop") + " >/dev/null 2>&1").c_str());
    std::error_code ignored;
    files::remove_all(sockets_, ignored);
}

std::string Cluster::url(const std::string& database) const { return "postgresql:///" + database + "?host=" + sockets_ + "&user=chengge"; }

void Cluster::admin(const std::string& sql) const { Postgres(url("postgres")).run(sql); }

bool Cluster::make_database(const std::string& database) {
    if (Postgres(url("postgres")).value("SELECT COUNT(*) FROM pg_database WHERE datname = '" + database + "'") != "0") return false;
    admin("CREATE DATABASE " + database);
    return true;
}

Postgres::Postgres(const std::string& url) : handle_(PQconnectdb(url.c_str())) {
    if (PQstatus(handle_) != CONNECTION_OK) throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(handle_));
    run("SET client_min_messages = warning");
}

Postgres::~Postgres() { PQfinish(handle_); }

void Postgres::run(const std::string& sql) {
    const Answer answer(PQexec(handle_, sql.c_str()));
    check(answer.get(), handle_);
}

std::string Postgres::value(const std::string& sql) {
    const Answer answer(PQexec(handle_, sql.c_str()));
    check(answer.get(), handle_);
    return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

void Postgres::prepare(const std::string& name, const std::string& sql) {
    const Answer answer(PQprepare(handle_, name.c_str(), sql.c_str(), 0, nullptr));
    check(answer.get(), handle_);
}

int Postgres::execute(const std::string& name, const std::vector<storage::Value>& values) {
    const Arguments arguments(values);
    const Answer answer(PQexecPrepared(handle_, name.c_str(), static_cast<int>(values.size()), arguments.pointers.data(), arguments.lengths.data(), arguments.formats.data(), 0));
    check(answer.get(), handle_);
    return std::max(PQntuples(answer.get()), std::atoi(PQcmdTuples(answer.get())));
}

void Postgres::execute_all(const std::vector<Call>& calls) {
    // A pipeline up to its sync is one transaction.
    if (PQenterPipelineMode(handle_) != 1) throw std::runtime_error("no pipeline");
    for (const auto& [name, values] : calls) {
        const Arguments arguments(*values);
        PQsendQueryPrepared(handle_, name, static_cast<int>(values->size()), arguments.pointers.data(), arguments.lengths.data(), arguments.formats.data(), 0);
    }
    PQpipelineSync(handle_);
    bool is_good = true;
    for (bool is_done = false; !is_done;) {
        const Answer answer(PQgetResult(handle_));
        if (!answer) continue;
        const auto status = PQresultStatus(answer.get());
        is_done = status == PGRES_PIPELINE_SYNC;
        is_good = is_good && (is_done || status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    }
    PQexitPipelineMode(handle_);
    if (!is_good) throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(handle_));
}

void Postgres::copy_begin(const std::string& sql) { run(sql); }

void Postgres::copy_row(const storage::Rows& rows, std::size_t row) {
    const auto width = rows.columns().size();
    for (std::size_t i = 0; i < width; ++i) {
        const auto& value = rows.values()[row * width + i];
        if (i > 0) buffer_ += '\t';
        if (std::holds_alternative<std::monostate>(value)) {
            buffer_ += "\\N";
            continue;
        }
        for (const char letter : text_of(value)) {
            if (letter == '\\' || letter == '\t' || letter == '\n' || letter == '\r') {
                buffer_ += '\\';
                buffer_ += letter == '\t' ? 't' : letter == '\n' ? 'n' : letter == '\r' ? 'r' : '\\';
            } else buffer_ += letter;
        }
    }
    buffer_ += '\n';
    if (buffer_.size() > (1 << 20)) flush();
}

void Postgres::flush() {
    if (PQputCopyData(handle_, buffer_.data(), static_cast<int>(buffer_.size())) != 1) throw std::runtime_error(std::string("PostgreSQL: ") + PQerrorMessage(handle_));
    buffer_.clear();
}

void Postgres::copy_end() {
    flush();
    PQputCopyEnd(handle_, nullptr);
    const Answer answer(PQgetResult(handle_));
    check(answer.get(), handle_);
    while (const Answer rest{PQgetResult(handle_)}) {}
}

namespace {

std::string join_columns(const storage::Rows& rows) {
    std::string text;
    for (const auto& column : rows.columns()) text += (text.empty() ? "" : ", ") + column;
    return text;
}

// A table by ranges of its key.
void copy_table(Postgres& target, storage::Database& source, const std::string& into, const std::string& select, std::int64_t last) {
    bool has_begun = false;
    for (std::int64_t first = 0; first <= last; first += rows_at_once) {
        const auto rows = query(source, select, {{"first", first}, {"end", first + rows_at_once}});
        if (rows.empty()) continue;
        if (!has_begun) target.copy_begin("COPY " + into + " (" + join_columns(rows) + ") FROM STDIN");
        has_begun = true;
        for (std::size_t i = 0; i < rows.size(); ++i) target.copy_row(rows, i);
    }
    if (has_begun) target.copy_end();
}

// What a city needs besides its cases to be opened.
constexpr const char* small_tables[] = {"organisations", "people", "person_roles", "regions", "grid_cells", "base_features", "media", "rule_sets", "responsibility_rows"};

void copy_all(Postgres& target, storage::Database& source, const std::string& table) {
    const auto rows = query(source, "SELECT * FROM " + table);
    if (rows.empty()) return;
    target.copy_begin("COPY " + table + " (" + join_columns(rows) + ") FROM STDIN");
    for (std::size_t i = 0; i < rows.size(); ++i) target.copy_row(rows, i);
    target.copy_end();
}

} // namespace

void load_cases(Cluster& cluster, const std::string& name, const std::string& city_folder) {
    if (!cluster.make_database(name)) return;
    {
        const auto database = storage::Database::open({.url = cluster.url(name), .readers = 1, .writers = 1});
        if (const auto done = storage::migrate(*database, platform::default_home() + "/db/migrations", 0); !done) throw std::runtime_error("migration failed");
    }
    const auto city = storage::Database::open({.url = city_folder + "/chengge.db", .readers = 1});
    const auto last = query_number(*city, "SELECT MAX(case_key) AS n FROM cases");
    Postgres target(cluster.url(name));
    target.run("SET maintenance_work_mem = '1GB'; SET session_replication_role = replica");
    for (const auto* table : small_tables) {
        target.run(std::string("DELETE FROM ") + table);
        copy_all(target, *city, table);
    }
    copy_table(target, *city, "cases", "SELECT * FROM cases WHERE case_key >= :first AND case_key < :end", last);
    copy_table(target, *city, "case_clocks", "SELECT * FROM case_clocks WHERE clock_key >= :first * 4096 AND clock_key < :end * 4096 AND stopped_ms IS NULL", last);
    // Who sees a case.
    copy_table(target, *city, "assignments", "SELECT * FROM assignments WHERE assignment_key >= :first * 4096 AND assignment_key < :end * 4096", last);
    copy_table(target, *city, "tasks", "SELECT * FROM tasks WHERE task_key >= :first * 4096 AND task_key < :end * 4096", last);
    target.run("CREATE UNLOGGED TABLE words (case_key BIGINT, tokens TEXT)");
    copy_table(target, *city, "words", "SELECT rowid AS case_key, tokens FROM case_search WHERE rowid >= :first AND rowid < :end", last);
    target.run("DROP INDEX case_search_tokens");
    target.run("INSERT INTO case_search (case_key, tokens) SELECT case_key, to_tsvector('simple', tokens) FROM words; DROP TABLE words");
    target.run("CREATE INDEX case_search_tokens ON case_search USING GIN (tokens)");
    target.run("SELECT setval(pg_get_serial_sequence('cases', 'case_key'), (SELECT MAX(case_key) FROM cases))");
    target.run("VACUUM ANALYZE");
}

} // namespace chengge::bench
