#include "kit/database_kit.hpp"

#include <atomic>
#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

#include "storage/migrations.hpp"

namespace chengge::kit {

namespace {

const std::string binaries = "/usr/lib/postgresql/15/bin/";
constexpr const char* migrations_folder = CHENGGE_SOURCE "/db/migrations";

void run(const std::string& command) {
    if (std::system((command + " >/dev/null 2>&1").c_str()) != 0)
        throw std::runtime_error("this command failed: " + command);
}

// PostgreSQL refuses to run as root.
std::string as_server_user(const std::string& command) {
    return ::geteuid() == 0 ? "runuser -u postgres -- " + command : command;
}

class Cluster {
public:
    static Cluster& shared() {
        static Cluster cluster;
        return cluster;
    }
    ~Cluster() { std::system((stop_command() + " >/dev/null 2>&1").c_str()); }

    // A database that already has the schema.
    std::string make_database() {
        const auto name = "test_" + std::to_string(++count_);
        run(psql("CREATE DATABASE " + name + " TEMPLATE migrated"));
        return url(name);
    }
    void drop_database(const std::string& database_url) {
        const auto name = database_url.substr(database_url.rfind("/test_") + 1);
        const auto end = name.find('?');
        std::system((psql("DROP DATABASE IF EXISTS " + name.substr(0, end) + " WITH (FORCE)") + " >/dev/null 2>&1").c_str());
    }

private:
    Cluster() {
        if (::geteuid() == 0) run("chown postgres " + folder_.path());
        run(as_server_user(binaries + "initdb -D " + folder_.path() +
                           "/data -U chengge --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync"));
        // Durability is not what these tests are about; the kill tests run their own cluster.
        run(as_server_user(binaries + "pg_ctl -w -D " + folder_.path() + "/data -l " + folder_.path() +
                           "/log -o \"-k " + folder_.path() +
                           " -c listen_addresses='' -c fsync=off -c max_connections=200\" start"));
        run(psql("CREATE DATABASE migrated"));
        auto database = storage::Database::open({.url = url("migrated"), .readers = 1, .writers = 1});
        if (auto done = storage::migrate(*database, migrations_folder, 0); !done)
            throw std::runtime_error("migration failed: " + done.error().code);
    }
    std::string stop_command() const {
        return as_server_user(binaries + "pg_ctl -m immediate -D " + folder_.path() + "/data stop");
    }
    std::string psql(const std::string& sql) const {
        return binaries + "psql -h " + folder_.path() + " -U chengge -d postgres -c \"" + sql + "\"";
    }
    std::string url(const std::string& database) const {
        return "postgresql:///" + database + "?host=" + folder_.path() + "&user=chengge";
    }

    ScratchFolder folder_{ScratchFolder::On::memory};
    std::atomic<int> count_{0};
};

} // namespace

TestDatabase::TestDatabase(storage::Engine engine, const std::string& url) : url_(url), is_given_(!url.empty()) {
    if (!is_given_) url_ = engine == storage::Engine::postgres ? Cluster::shared().make_database() : folder_.path() + "/chengge.db";
    reopen();
    if (engine == storage::Engine::sqlite || is_given_)
        if (auto done = storage::migrate(*database_, migrations_folder, 0); !done)
            throw std::runtime_error("migration failed: " + done.error().code);
}

TestDatabase::~TestDatabase() {
    database_.reset();
    if (!is_given_ && url_.starts_with("postgresql:")) Cluster::shared().drop_database(url_);
}

void TestDatabase::reopen() {
    database_.reset();
    database_ = storage::Database::open({.url = url_, .readers = 4, .writers = 8, .cache_mb = 16});
}

std::string engine_name(const testing::TestParamInfo<storage::Engine>& info) {
    return info.param == storage::Engine::sqlite ? "sqlite" : "postgres";
}

} // namespace chengge::kit
