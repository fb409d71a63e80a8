// Rows ↔ values: a case is loaded whole, and what a step changed is written back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/decide.hpp"
#include "storage/database.hpp"

namespace chengge::cases {

// A case as it lies in the database.
struct StoredCase {
    std::int64_t key = 0;
    std::string case_no; // empty until numbered
    std::string description;
    std::string chain; // after the last step, 32 bytes
    Uuid photo_id;     // the first photo
    bool is_simulated = false;
    rules::Case c;
};

// A step with what lies beside it.
struct StoredStep {
    rules::Step step; // media only as ids and hashes
    std::string salt, body_hash, chain;
};

// Where a photo belongs: before, after, check, other.
std::string moment_of(std::string_view action);

// What lists need without loading the parts; made from the whole case, checked by the audit.
struct CaseSummaryFields {
    std::int64_t is_open = 0;
    std::string stage;
    rules::MaybeMs stage_deadline_ms, stage_yellow_ms, handling_deadline_ms, handling_yellow_ms;
    std::string unit; // organisation code of the lead unit
    bool operator==(const CaseSummaryFields&) const = default;
};
CaseSummaryFields summarise(const rules::Rules& rules, const rules::Case& c);

// Key range of a case's parts: case_key * 4096 + number.
inline constexpr std::int64_t parts_max = 4096;

std::optional<StoredCase> load_case(storage::Transaction& transaction, std::int64_t case_key);

struct CaseMediaRow {
    std::int64_t seq = 0;
    Uuid media_id;
    std::string sm3_hex, moment;
};
std::vector<CaseMediaRow> load_case_media(storage::Transaction& transaction, std::int64_t case_key);
// What a step adds to them, in the order in which they are stored.
std::vector<CaseMediaRow> media_rows_of(const StoredStep& step);
// `media` are the rows of load_case_media.
std::vector<StoredStep> load_steps(storage::Transaction& transaction, std::int64_t case_key, const std::vector<CaseMediaRow>& media);

// A case with everything the audit holds against its steps.
struct AuditedCase {
    StoredCase stored;
    CaseSummaryFields summary;
    std::vector<StoredStep> steps;
    std::vector<CaseMediaRow> media;
    bool has_contact = false;
    std::string sealed_name, sealed_phone; // empty = none
    std::string misplaced;                 // a table whose row does not say which case it belongs to
};
// The cases of a range of keys in order, each table read once.
std::vector<AuditedCase> load_case_range(storage::Transaction& transaction, std::int64_t first_key, std::int64_t last_key);

// The step as it is stored, chained to `previous`; `contact` only for a report that has one.
StoredStep seal_step(const rules::Step& step, const std::string& previous, const std::string& salt, const std::string& contact = "");

struct NewCaseRow {
    rules::Case c; // after the steps
    std::string description;
    std::string report_hash;
    std::vector<StoredStep> steps;
    bool is_simulated = false;
};
// Inserts a case with all its steps; returns its key.
std::optional<std::int64_t> insert_case(storage::Transaction& transaction, const rules::Rules& rules, const NewCaseRow& row); // none: the id is there
// Many at once: the same rows, in fewer round trips.
std::vector<std::int64_t> insert_cases(storage::Transaction& transaction, const rules::Rules& rules, const std::vector<NewCaseRow>& rows);
// Writes what differs between before and after, and the step. The version was claimed before.
void store_step(storage::Transaction& transaction, const rules::Rules& rules, std::int64_t case_key,
                const rules::Case& before, const rules::Case& after, const StoredStep& step);

storage::Value to_value(const std::string& value);
storage::Value to_value(std::int64_t value);
storage::Value to_value(double value);
storage::Value to_value(const Uuid& value); // nil = NULL
storage::Value to_value(const rules::MaybeMs& value);

} // namespace chengge::cases
