// PostgreSQL as good as it gets here: a private cluster with durable commits on the same file system,
// prepared statements, one round trip a transaction.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/database.hpp"

struct pg_conn;

namespace chengge::bench {

class Cluster {
public:
    // Starts the cluster of the folder; makes it when there is none.
    explicit Cluster(const std::string& folder);
    ~Cluster();
    std::string url(const std::string& database) const;
    // True when it was not there before.
    bool make_database(const std::string& database);

private:
    void admin(const std::string& sql) const;
    std::string folder_, sockets_;
};

// One connection. Throws std::runtime_error with what PostgreSQL says.
class Postgres {
public:
    explicit Postgres(const std::string& url);
    ~Postgres();
    Postgres(const Postgres&) = delete;
    Postgres& operator=(const Postgres&) = delete;
    // A script, or a statement without parameters.
    void run(const std::string& sql);
    std::string value(const std::string& sql); // of the first row and column
    void prepare(const std::string& name, const std::string& sql);
    // A prepared statement; returns how many rows it gave or changed.
    int execute(const std::string& name, const std::vector<storage::Value>& values);
    // Several in one transaction and one round trip.
    struct Call {
        const char* name;
        const std::vector<storage::Value>* values;
    };
    void execute_all(const std::vector<Call>& calls);
    // COPY … FROM STDIN, row by row.
    void copy_begin(const std::string& sql);
    void copy_row(const storage::Rows& rows, std::size_t row);
    void copy_end();

private:
    void flush();
    pg_conn* handle_;
    std::string buffer_;
};

// The migrated schema with the cases of the SQLite city, their open clocks and their search index, as far
// as intake and search need them; analysed. Kept for the next run.
void load_cases(Cluster& cluster, const std::string& database, const std::string& city_folder);

} // namespace chengge::bench
