// What a dry run found: each fault with its row, field, reason and place; kept in a file, grouped by kind.
#pragma once

#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/words.hpp"
#include "geo/geometry.hpp"

namespace chengge::survey {

inline constexpr std::int64_t faults_kept_max = 100'000; // more are counted only

struct RowFault {
    std::int64_t number = 0; // in its report, from 1: the same in the list, on the map and in tables; set when it is saved
    std::int64_t row = 0; // of the feature in the file, from 1; 0: the file as a whole
    std::string id;       // the feature's, as far as it has one
    std::string field;    // empty: the geometry or the row
    std::string column;   // of the file
    std::string value;    // as it stood there, the first 80 characters
    std::string code;     // as in the registry's checks, or one of ours
    Words words;
    std::optional<geo::Point> at; // CGCS2000 degrees
    bool is_blocking = true;      // false: to be looked at, not to be mended
};

struct FaultGroup {
    std::string code, field;
    bool is_blocking = true;
    std::int64_t count = 0; // all
    std::int64_t kept = 0;  // in the file
    std::int64_t offset = 0, end = 0; // of its lines in the file, bytes
    Words example;
};

struct FaultSummary {
    std::vector<FaultGroup> groups; // blocking first, many before few
    std::int64_t faulty_rows = 0;   // with at least one blocking fault
    std::int64_t blocking = 0, others = 0;
};

// Collects faults and writes them, sorted by group (blocking first, many before few) and row.
class FaultLog {
public:
    void add(RowFault fault);
    // Takes those of codes away again: a wrong datum explains them all.
    void drop(const std::vector<std::string>& codes);
    std::int64_t blocking() const;
    // JSON lines, durable when it returns. Throws Failure.
    FaultSummary save(const std::string& path) const;

private:
    struct Group {
        std::vector<RowFault> kept;
        std::int64_t count = 0;
        std::vector<bool> rows; // those that have one
    };
    std::map<std::tuple<bool, std::string, std::string>, Group> groups_; // not blocking, code, field
    std::int64_t kept_ = 0;
};

json::value to_json(const FaultSummary& summary);
FaultSummary summary_from_json(const json::value& value);

// Reads kept faults back. `group` null: all of them.
class FaultFile {
public:
    explicit FaultFile(std::string path) : path_(std::move(path)) {}
    struct Page {
        std::vector<RowFault> items;
        std::int64_t next = -1; // byte to go on at; −1 at the end
    };
    Page read(std::int64_t from, std::int64_t end, int limit) const;

private:
    std::string path_;
};

// The first word of a group's heading, as an operator says it: "必填项没填".
Words fault_title(std::string_view code);

} // namespace chengge::survey
