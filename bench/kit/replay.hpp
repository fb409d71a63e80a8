// What one of our acts has written, as PostgreSQL would be given it by a program without any rules: the
// very rows, in one statement or one pipeline, so that what is compared is the storing alone.
#pragma once

#include <string>
#include <vector>

#include "kit/postgres.hpp"
#include "storage/database.hpp"

namespace chengge::bench {

struct Row {
    std::vector<std::string> columns;
    std::vector<storage::Value> values;
    storage::Value& at(const std::string& column);
};

// The rows that belong to a case in the SQLite city; `key` is the column that names the part.
Row load_row(storage::Database& database, const std::string& table, const std::string& key, std::int64_t value);

enum class Numbering {
    counter,  // the day's counter row moves on in the same transaction: gap-free
    sequence, // nextval: gaps after a failure
    batch     // none here: another session numbers what is committed, many at once; gap-free
};

// An intake as one statement: case, step, clock, photo, feed.
class IntakeReplay {
public:
    IntakeReplay(storage::Database& city, std::int64_t case_key);
    void prepare(Postgres& postgres, Numbering numbering) const;
    // One durable intake under a new id.
    void run(Postgres& postgres, const std::string& raw_id);
    // What the batch numberer's session does again and again.
    static std::string batch_statement();

private:
    std::vector<std::pair<std::string, Row>> rows_; // by table; the case first
    std::vector<storage::Value> values_;
    std::vector<std::size_t> id_places_;
};

// A step as five statements in one pipeline: the case's row, the clock that stops, the one that starts, the
// step and the feed.
class StepReplay {
public:
    StepReplay(storage::Database& city, std::int64_t case_key);
    void prepare(Postgres& postgres) const;
    void run(Postgres& postgres, std::int64_t case_key);

private:
    struct Statement {
        std::string name, table, key, mode;
        Row row;
        std::vector<storage::Value> values;
    };
    void add(const char* name, const char* table, const char* key, const char* mode, Row row, std::int64_t part);
    std::vector<Statement> statements_;
    std::vector<std::int64_t> parts_;
};

} // namespace chengge::bench
