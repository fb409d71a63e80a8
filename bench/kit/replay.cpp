#include "kit/replay.hpp"

#include <map>
#include <stdexcept>

#include "kit/city.hpp"

namespace chengge::bench {

using storage::Blob;
using storage::Value;

namespace {

std::map<std::string, std::string> column_types(Postgres& postgres, const std::string& table) {
    const auto text = postgres.value("SELECT string_agg(attname || ':' || format_type(atttypid, atttypmod), ',') FROM pg_attribute WHERE attrelid = '" + table +
                                     "'::regclass AND attnum > 0");
    std::map<std::string, std::string> types;
    for (std::size_t at = 0; at < text.size();) {
        const auto colon = text.find(':', at);
        const auto end = std::min(text.find(',', at), text.size());
        types[text.substr(at, colon - at)] = text.substr(colon + 1, end - colon - 1);
        at = end + 1;
    }
    return types;
}

std::string names_of(const Row& row) {
    std::string text;
    for (const auto& column : row.columns) text += ", " + column;
    return text;
}

// ", $3::bigint, …" for the row's columns from the given place on.
std::string places_of(const Row& row, std::size_t first, const std::map<std::string, std::string>& types) {
    std::string text;
    for (std::size_t i = 0; i < row.columns.size(); ++i) text += ", $" + std::to_string(first + i) + "::" + types.at(row.columns[i]);
    return text;
}

void drop(Row& row, const std::string& column) {
    for (std::size_t i = 0; i < row.columns.size(); ++i)
        if (row.columns[i] == column) {
            row.columns.erase(row.columns.begin() + static_cast<std::ptrdiff_t>(i));
            row.values.erase(row.values.begin() + static_cast<std::ptrdiff_t>(i));
            return;
        }
}

} // namespace

Value& Row::at(const std::string& column) {
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (columns[i] == column) return values[i];
    throw std::runtime_error("no column " + column);
}

Row load_row(storage::Database& database, const std::string& table, const std::string& key, std::int64_t value) {
    auto rows = query(database, "SELECT * FROM " + table + " WHERE " + key + " = :key", {{"key", value}});
    if (rows.empty()) throw std::runtime_error("no row in " + table);
    Row row;
    row.columns = rows.columns();
    row.values.assign(rows.values().begin(), rows.values().begin() + static_cast<std::ptrdiff_t>(row.columns.size()));
    return row;
}

IntakeReplay::IntakeReplay(storage::Database& city, std::int64_t case_key) {
    rows_ = {{"cases", load_row(city, "cases", "case_key", case_key)},
             {"case_steps", load_row(city, "case_steps", "step_key", case_key * 4096 + 1)},
             {"case_clocks", load_row(city, "case_clocks", "clock_key", case_key * 4096)},
             {"case_media", load_row(city, "case_media", "case_key", case_key)}};
    rows_[0].second.at("accepted_day") = Value(std::string("bench"));
    drop(rows_[0].second, "case_no");
    for (auto& [table, row] : rows_)
        for (const auto* column : {"case_key", "step_key", "clock_key"}) drop(row, column);
    for (const auto& [table, row] : rows_)
        for (std::size_t i = 0; i < row.columns.size(); ++i) {
            if (row.columns[i] == "case_id" || row.columns[i] == "step_id") id_places_.push_back(values_.size());
            values_.push_back(row.values[i]);
        }
}

void IntakeReplay::prepare(Postgres& postgres, Numbering numbering) const {
    std::string sql = numbering == Numbering::counter  ? "WITH n AS (UPDATE case_sequences SET last = last + 1 WHERE platform = 'bench' AND day = 'bench' RETURNING last)"
                      : numbering == Numbering::sequence ? "WITH n AS (SELECT nextval('bench_numbers') AS last)"
                                                         : "WITH n AS (SELECT CAST(NULL AS BIGINT) AS last)";
    const char* keys[][2] = {{"c", ""}, {"s", "step_key, case_key"}, {"k", "clock_key, case_key"}, {"m", "case_key"}};
    const char* made[] = {"", "case_key * 4096 + 1, case_key", "case_key * 4096, case_key", "case_key"};
    std::size_t place = 1;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& [table, row] = rows_[i];
        const auto types = column_types(postgres, table);
        if (i == 0)
            sql += ", c AS (INSERT INTO cases (case_no" + names_of(row) + ") SELECT 'bench-' || n.last" + places_of(row, place, types) + " FROM n RETURNING case_key)";
        else
            sql += std::string(", ") + keys[i][0] + " AS (INSERT INTO " + table + " (" + keys[i][1] + names_of(row) + ") SELECT " + made[i] + places_of(row, place, types) + " FROM c)";
        place += row.columns.size();
    }
    sql += " INSERT INTO feed_entries (kind, subject_key, version, recorded_ms) SELECT 'case_reported', case_key, 1, 0 FROM c";
    postgres.prepare("intake", sql);
}

void IntakeReplay::run(Postgres& postgres, const std::string& raw_id) {
    for (const auto place : id_places_) values_[place] = Blob{raw_id};
    postgres.execute("intake", values_);
}

std::string IntakeReplay::batch_statement() {
    return "WITH w AS (SELECT case_key, row_number() OVER (ORDER BY case_key) AS place FROM cases WHERE case_no IS NULL AND accepted_day <> '' ORDER BY case_key LIMIT 500),"
           " s AS (UPDATE case_sequences SET last = last + (SELECT COUNT(*) FROM w) WHERE platform = 'bench' AND day = 'bench' RETURNING last)"
           " UPDATE cases SET case_no = 'bench-' || (s.last - (SELECT COUNT(*) FROM w) + w.place) FROM w, s WHERE cases.case_key = w.case_key";
}

void StepReplay::add(const char* name, const char* table, const char* key, const char* mode, Row row, std::int64_t part) {
    drop(row, key);
    drop(row, "case_key");
    Statement statement{name, table, key, mode, row, {Value(std::int64_t{0})}};
    statement.values.insert(statement.values.end(), row.values.begin(), row.values.end());
    statements_.push_back(std::move(statement));
    parts_.push_back(part);
}

StepReplay::StepReplay(storage::Database& city, std::int64_t case_key) {
    auto row = load_row(city, "cases", "case_key", case_key);
    // Found by it, indexed by them; a step leaves them as they are.
    drop(row, "case_id");
    drop(row, "case_no");
    drop(row, "accepted_day");
    add("step_case", "cases", "case_key", "update", std::move(row), 0);
    const auto seq = query_number(city, "SELECT MAX(seq) AS n FROM case_steps WHERE step_key >= " + std::to_string(case_key * 4096) + " AND step_key < " + std::to_string(case_key * 4096 + 4096));
    const auto clock = query_number(city, "SELECT MAX(clock_key) AS n FROM case_clocks WHERE clock_key >= " + std::to_string(case_key * 4096) + " AND clock_key < " + std::to_string(case_key * 4096 + 4096));
    add("step_stop", "case_clocks", "clock_key", "update", load_row(city, "case_clocks", "clock_key", clock - 1), 0);
    add("step_start", "case_clocks", "clock_key", "insert", load_row(city, "case_clocks", "clock_key", clock), 1);
    add("step_row", "case_steps", "step_key", "insert", load_row(city, "case_steps", "step_key", case_key * 4096 + seq), 2);
}

void StepReplay::prepare(Postgres& postgres) const {
    for (std::size_t i = 0; i < statements_.size(); ++i) {
        const auto& one = statements_[i];
        const auto types = column_types(postgres, one.table);
        const auto key = one.table == "cases" ? std::string("$1::bigint") : "$1::bigint * 4096 + " + std::to_string(parts_[i]);
        std::string sql;
        if (one.mode == "insert") sql = "INSERT INTO " + one.table + " (" + one.key + ", case_key" + names_of(one.row) + ") VALUES (" + key + ", $1::bigint" + places_of(one.row, 2, types) + ")";
        else {
            sql = "UPDATE " + one.table + " SET ";
            for (std::size_t column = 0; column < one.row.columns.size(); ++column)
                sql += (column > 0 ? ", " : "") + one.row.columns[column] + " = $" + std::to_string(column + 2) + "::" + types.at(one.row.columns[column]);
            sql += " WHERE " + one.key + " = " + key;
        }
        postgres.prepare(one.name, sql);
    }
    postgres.prepare("step_feed", "INSERT INTO feed_entries (kind, subject_key, version, recorded_ms) VALUES ('case_step', $1::bigint, 2, 0)");
}

void StepReplay::run(Postgres& postgres, std::int64_t case_key) {
    std::vector<Postgres::Call> calls;
    for (auto& one : statements_) {
        one.values[0] = case_key;
        calls.push_back({one.name.c_str(), &one.values});
    }
    const std::vector<Value> key{Value(case_key)};
    calls.push_back({"step_feed", &key});
    postgres.execute_all(calls);
}

} // namespace chengge::bench
