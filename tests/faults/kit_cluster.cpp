#include "faults/kit_cluster.hpp"

#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

namespace chengge::faults {

namespace {

const std::string binaries = "/usr/lib/postgresql/15/bin/";
// Few, so that they can be used up.
constexpr int connections_max = 40;

bool try_run(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

void run(const std::string& command) {
    if (!try_run(command)) throw std::runtime_error("this command failed: " + command);
}

// PostgreSQL refuses to run as root.
std::string as_server_user(const std::string& command) { return ::geteuid() == 0 ? "runuser -u postgres -- " + command : command; }

} // namespace

Cluster& Cluster::shared() {
    static Cluster cluster;
    return cluster;
}

Cluster::Cluster() {
    if (::geteuid() == 0) run("chown postgres " + folder_.path());
    run(as_server_user(binaries + "initdb -D " + folder_.path() + "/data -U chengge --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync"));
    start();
}

Cluster::~Cluster() {
    try_run(as_server_user(binaries + "pg_ctl -m immediate -D " + folder_.path() + "/data stop"));
}

void Cluster::start() {
    // The machine itself never fails here, and PostgreSQL's own durability is PostgreSQL's matter: no
    // fsync. What is committed survives the kill of its server.
    run(as_server_user(binaries + "pg_ctl -w -D " + folder_.path() + "/data -l " + folder_.path() + "/log -o \"-k " + folder_.path() +
                       " -c listen_addresses='' -c fsync=off -c max_connections=" + std::to_string(connections_max) + "\" start"));
}

void Cluster::stop(const std::string& how) { run(as_server_user(binaries + "pg_ctl -w -m " + how + " -D " + folder_.path() + "/data stop")); }

void Cluster::restart(const std::string& how) {
    stop(how);
    start();
}

void Cluster::sql(const std::string& statement) const {
    run(binaries + "psql -v ON_ERROR_STOP=1 -h " + folder_.path() + " -U chengge -d postgres -c \"" + statement + "\"");
}

std::string Cluster::url(const std::string& database) const { return "postgresql:///" + database + "?host=" + folder_.path() + "&user=chengge"; }

void Cluster::make_database(const std::string& name, const std::string& from) {
    sql("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
    sql("CREATE DATABASE " + name + (from.empty() ? "" : " TEMPLATE " + from));
}

void Cluster::drop_database(const std::string& name) {
    try_run(binaries + "psql -h " + folder_.path() + " -U chengge -d postgres -c \"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)\"");
}

void Cluster::end_sessions(const std::string& database) const {
    sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database + "'");
}

} // namespace chengge::faults
