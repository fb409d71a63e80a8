#include "cases/case_store.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/chain.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using rules::MaybeMs;
using storage::Blob;
using storage::Params;
using storage::Rows;
using storage::Transaction;
using storage::Value;

namespace {

void read(const Rows::Row& row, const char* name, std::string& into) { into = row.text(name); }
void read(const Rows::Row& row, const char* name, std::int64_t& into) { into = row.integer(name); }
void read(const Rows::Row& row, const char* name, double& into) { into = row.number(name); }
void read(const Rows::Row& row, const char* name, MaybeMs& into) { into = row.maybe_integer(name); }
void read(const Rows::Row& row, const char* name, Uuid& into) { into = row.is_null(name) ? Uuid{} : uuid_from_raw(row.bytes(name)); }

template <class Part, class Fields>
void read_fields(const Rows::Row& row, Part& part, const Fields& fields) {
    std::apply([&](const auto&... one) { (read(row, one.name, part.*one.member), ...); }, fields);
}

template <class Part, class Fields>
void add_fields(Params& params, const Part& part, const Fields& fields) {
    std::apply([&](const auto&... one) { (params.add(one.name, to_value(part.*one.member)), ...); }, fields);
}

Params range_of(std::int64_t case_key) {
    return {{"first", case_key * parts_max}, {"last", case_key * parts_max + parts_max - 1}};
}

template <class Part, class Fields>
std::vector<Part> load_parts(Transaction& transaction, const storage::Statement& query, std::int64_t case_key, const Fields& fields) {
    std::vector<Part> parts;
    for (const auto row : transaction.run(query, range_of(case_key))) {
        parts.emplace_back();
        read_fields(row, parts.back(), fields);
    }
    return parts;
}

template <class Part, class Fields>
Params part_params(const char* key_name, std::int64_t case_key, std::size_t number, const Part& part, const Fields& fields) {
    Params params{{key_name, case_key * parts_max + static_cast<std::int64_t>(number)}, {"case_key", case_key}};
    add_fields(params, part, fields);
    return params;
}

// Inserts and updates for one kind of part, collected over many cases.
struct PartWrites {
    std::vector<Params> inserts, updates;

    template <class Part, class Fields>
    void add(const char* key_name, std::int64_t case_key, const std::vector<Part>& before, const std::vector<Part>& after, const Fields& fields) {
        ASSERT(after.size() < static_cast<std::size_t>(parts_max));
        for (std::size_t i = 0; i < after.size(); ++i) {
            if (i >= before.size()) inserts.push_back(part_params(key_name, case_key, i, after[i], fields));
            else if (!(before[i] == after[i])) updates.push_back(part_params(key_name, case_key, i, after[i], fields));
        }
    }
};

struct Writes {
    PartWrites assignments, tasks, requests, clocks;
    std::vector<Params> steps, media;

    void add_case(std::int64_t case_key, const rules::Case& before, const rules::Case& after) {
        assignments.add("assignment_key", case_key, before.assignments, after.assignments, rules::assignment_fields);
        tasks.add("task_key", case_key, before.tasks, after.tasks, rules::task_fields);
        requests.add("request_key", case_key, before.requests, after.requests, rules::request_fields);
        clocks.add("clock_key", case_key, before.clocks, after.clocks, rules::clock_fields);
    }

    void add_new_case(std::int64_t case_key, const NewCaseRow& row) {
        add_case(case_key, {}, row.c);
        for (const auto& step : row.steps) add_step(case_key, step);
    }

    void add_step(std::int64_t case_key, const StoredStep& stored) {
        const auto& step = stored.step;
        ASSERT(step.seq < parts_max);
        std::vector<std::string> hashes;
        for (const auto& one : step.media) hashes.push_back(one.sm3_hex);
        steps.push_back({{"step_key", case_key * parts_max + step.seq}, {"case_key", case_key}, {"seq", step.seq},
                         {"epoch", step.epoch}, {"platform", step.platform}, {"step_id", to_value(step.step_id)},
                         {"action", step.action}, {"from_state", step.from}, {"to_state", step.to},
                         {"subject_kind", step.subject_kind}, {"subject_id", to_value(step.subject_id)},
                         {"actor_id", to_value(step.actor_id)}, {"role", step.role}, {"organisation", step.organisation},
                         {"receiver_organisation", step.receiver_organisation},
                         {"receiver_person", to_value(step.receiver_person)}, {"filing_row", step.filing_row},
                         {"at_ms", step.at_ms}, {"recorded_ms", step.recorded_ms}, {"deadline_ms", to_value(step.deadline_ms)},
                         {"rules_version", step.rules_version}, {"media", join(hashes, ",")}, {"opinion", step.opinion},
                         {"salt", Blob{stored.salt}}, {"body_hash", Blob{stored.body_hash}}, {"changes", step.changes},
                         {"chain", Blob{stored.chain}}});
        std::int64_t position = 0;
        for (const auto& one : media_rows_of(stored))
            media.push_back({{"case_key", case_key}, {"seq", one.seq}, {"position", position++}, {"media_id", to_value(one.media_id)},
                             {"sm3", one.sm3_hex}, {"moment", one.moment}});
    }

    void run(Transaction& transaction) const {
        transaction.run_batch(sql::insert_assignment, assignments.inserts);
        transaction.run_batch(sql::update_assignment, assignments.updates);
        transaction.run_batch(sql::insert_task, tasks.inserts);
        transaction.run_batch(sql::update_task, tasks.updates);
        transaction.run_batch(sql::insert_request, requests.inserts);
        transaction.run_batch(sql::update_request, requests.updates);
        transaction.run_batch(sql::insert_clock, clocks.inserts);
        transaction.run_batch(sql::update_clock, clocks.updates);
        transaction.run_batch(sql::insert_step, steps);
        transaction.run_batch(sql::insert_case_media, media);
    }
};

void add_summary(Params& params, const CaseSummaryFields& summary) {
    params.add("is_open", summary.is_open)
        .add("stage", summary.stage)
        .add("stage_deadline_ms", to_value(summary.stage_deadline_ms))
        .add("stage_yellow_ms", to_value(summary.stage_yellow_ms))
        .add("handling_deadline_ms", to_value(summary.handling_deadline_ms))
        .add("handling_yellow_ms", to_value(summary.handling_yellow_ms))
        .add("unit", summary.unit);
}

StoredCase read_case(const Rows::Row& row) {
    StoredCase stored;
    stored.key = row.integer("case_key");
    stored.case_no = row.text_or_empty("case_no");
    stored.description = row.text("description");
    stored.chain = row.bytes("chain");
    read(row, "photo_id", stored.photo_id);
    stored.is_simulated = row.flag("is_simulated");
    read(row, "case_id", stored.c.id);
    read(row, "version", stored.c.version);
    read_fields(row, stored.c, rules::case_fields);
    return stored;
}

CaseSummaryFields read_summary(const Rows::Row& row) {
    return {row.integer("is_open"), row.text("stage"), row.maybe_integer("stage_deadline_ms"), row.maybe_integer("stage_yellow_ms"),
            row.maybe_integer("handling_deadline_ms"), row.maybe_integer("handling_yellow_ms"), row.text("unit")};
}

// Without the ids of its photos, which lie beside it.
StoredStep read_step(const Rows::Row& row) {
    StoredStep stored;
    auto& step = stored.step;
    step.seq = row.integer("seq");
    step.epoch = row.integer("epoch");
    step.platform = row.text("platform");
    read(row, "step_id", step.step_id);
    step.action = row.text("action");
    step.from = row.text("from_state");
    step.to = row.text("to_state");
    step.subject_kind = row.text("subject_kind");
    read(row, "subject_id", step.subject_id);
    read(row, "actor_id", step.actor_id);
    step.role = row.text("role");
    step.organisation = row.text("organisation");
    step.receiver_organisation = row.text("receiver_organisation");
    read(row, "receiver_person", step.receiver_person);
    step.filing_row = row.text("filing_row");
    step.at_ms = row.integer("at_ms");
    step.recorded_ms = row.integer("recorded_ms");
    step.deadline_ms = row.maybe_integer("deadline_ms");
    step.rules_version = row.text("rules_version");
    for (const auto& sm3_hex : split(row.text("media"), ',')) step.media.push_back({{}, sm3_hex});
    step.opinion = row.text("opinion");
    stored.salt = row.bytes("salt");
    stored.body_hash = row.bytes("body_hash");
    step.changes = row.text("changes");
    stored.chain = row.bytes("chain");
    return stored;
}

// The hashes are the step's own; the ids come from the links beside it.
void link_media(StoredStep& stored, const std::vector<CaseMediaRow>& media) {
    std::size_t position = 0;
    for (const auto& one : media)
        if (one.seq == stored.step.seq && position < stored.step.media.size()) stored.step.media[position++].id = one.media_id;
}

// Hands each row of a part to its case; `add` answers the number that its key must end with. A row whose
// own column names another case, or whose number leaves a gap, marks the case.
template <class Add>
void read_range(const Rows& rows, std::vector<AuditedCase>& all, const char* table, Add&& add) {
    auto at = all.begin();
    for (const auto row : rows) {
        const auto part_key = row.integer("part_key");
        const auto case_key = part_key / parts_max;
        while (at != all.end() && at->stored.key < case_key) ++at;
        if (at == all.end()) return;
        if (at->stored.key != case_key) continue;
        const auto named_key = row.integer("case_key");
        if (static_cast<std::int64_t>(add(*at, row)) != part_key % parts_max || named_key != case_key) at->misplaced = table;
    }
}

// The ground of the ledgers' caps; spread over a few rows, so that filings do not wait for each other.
void count_filed(Transaction& transaction, std::int64_t case_key, std::int64_t filed_ms) {
    transaction.run(sql::count_filed, {{"day", (filed_ms + city_offset_minutes * minute_ms) / day_ms}, {"part", case_key % 16}});
}

// The fields of update_case_report.
auto reported_of(const rules::Case& c) {
    return std::tie(c.platform, c.asset_id, c.source, c.level, c.raw_lon, c.raw_lat, c.coord_type, c.lon, c.lat, c.cell_code, c.community_code,
                    c.district_code, c.area_class, c.address, c.reporter_id, c.reported_ms, c.observed_ms);
}

std::optional<std::int64_t> insert_case_row(Transaction& transaction, const rules::Rules& rules, const NewCaseRow& row) {
    ASSERT(!row.steps.empty());
    Params params{{"case_id", to_value(row.c.id)}, {"version", row.c.version}, {"description", row.description},
                  {"report_hash", Blob{row.report_hash}}, {"chain", Blob{row.steps.back().chain}},
                  {"is_simulated", row.is_simulated}};
    const auto& photos = row.steps.front().step.media;
    params.add("photo_id", photos.empty() ? Value{} : to_value(photos.front().id));
    add_fields(params, row.c, rules::case_fields);
    add_summary(params, summarise(rules, row.c));
    const auto rows = transaction.run(sql::insert_case, params);
    if (rows.empty()) return std::nullopt;
    return rows[0].integer("case_key");
}

// Remembers that a decision has reached the case, whoever did the step.
void note_decision(Transaction& transaction, std::int64_t case_key, const std::string& before, const std::string& after, std::int64_t at_ms) {
    if (!after.empty() && after != before) transaction.run(sql::note_decision_case, {{"case_key", case_key}, {"number", after}, {"at_ms", at_ms}});
}

} // namespace

Value to_value(const std::string& value) { return value; }
Value to_value(std::int64_t value) { return value; }
Value to_value(double value) { return value; }
Value to_value(const Uuid& value) { return value.is_nil() ? Value{} : Value{Blob{value.raw()}}; }
Value to_value(const MaybeMs& value) { return value ? Value{*value} : Value{}; }

std::string moment_of(std::string_view action) {
    if (action == "report" || action == "report_simple" || action == "confirm" || action == "not_found") return "before";
    if (action == "feed_back" || action == "handle_simple") return "after";
    if (action.starts_with("check_") || action.starts_with("recheck_") || action.starts_with("spot_")) return "check";
    return "other";
}

CaseSummaryFields summarise(const rules::Rules& rules, const rules::Case& c) {
    CaseSummaryFields fields;
    const auto* state = rules.workflow.machine("case").find_state("", c.state);
    fields.is_open = state != nullptr && !state->is_final;
    if (const auto* clock = rules::leading_clock(c)) {
        fields.stage = clock->stage;
        fields.stage_deadline_ms = clock->deadline_ms;
        fields.stage_yellow_ms = clock->yellow_ms;
    }
    if (const auto* lead = rules::lead_assignment(c)) {
        fields.unit = lead->organisation;
        // Only a running clock can be late; a stopped one has said what it has to say.
        if (lead->clock_from_ms) {
            fields.handling_deadline_ms = lead->deadline_ms;
            for (const auto& clock : c.clocks)
                if (clock.stage == "handle" && !clock.stopped_ms && clock.deadline_ms == lead->deadline_ms)
                    fields.handling_yellow_ms = clock.yellow_ms;
        }
    }
    return fields;
}

std::optional<StoredCase> load_case(Transaction& transaction, std::int64_t case_key) {
    const auto rows = transaction.run(sql::load_case, {{"case_key", case_key}});
    if (rows.empty()) return std::nullopt;
    auto stored = read_case(rows[0]);
    stored.c.assignments = load_parts<rules::Assignment>(transaction, sql::load_assignments, case_key, rules::assignment_fields);
    stored.c.tasks = load_parts<rules::Task>(transaction, sql::load_tasks, case_key, rules::task_fields);
    stored.c.requests = load_parts<rules::Request>(transaction, sql::load_requests, case_key, rules::request_fields);
    stored.c.clocks = load_parts<rules::StageClock>(transaction, sql::load_clocks, case_key, rules::clock_fields);
    return stored;
}

std::vector<CaseMediaRow> load_case_media(Transaction& transaction, std::int64_t case_key) {
    std::vector<CaseMediaRow> media;
    for (const auto row : transaction.run(sql::load_case_media, {{"case_key", case_key}}))
        media.push_back({row.integer("seq"), uuid_from_raw(row.bytes("media_id")), row.text("sm3"), row.text("moment")});
    return media;
}

std::vector<CaseMediaRow> media_rows_of(const StoredStep& step) {
    std::vector<CaseMediaRow> rows;
    for (const auto& one : step.step.media) rows.push_back({step.step.seq, one.id, one.sm3_hex, moment_of(step.step.action)});
    return rows;
}

std::vector<StoredStep> load_steps(Transaction& transaction, std::int64_t case_key, const std::vector<CaseMediaRow>& media) {
    std::vector<StoredStep> steps;
    for (const auto row : transaction.run(sql::load_steps, range_of(case_key))) {
        steps.push_back(read_step(row));
        link_media(steps.back(), media);
    }
    return steps;
}

std::vector<AuditedCase> load_case_range(Transaction& transaction, std::int64_t first_key, std::int64_t last_key) {
    std::vector<AuditedCase> all;
    for (const auto row : transaction.run(sql::load_case_range, {{"first", first_key}, {"last", last_key}})) {
        all.emplace_back();
        all.back().stored = read_case(row);
        all.back().summary = read_summary(row);
    }
    const Params parts{{"first", first_key * parts_max}, {"last", last_key * parts_max + parts_max - 1}};
    read_range(transaction.run(sql::load_assignments, parts), all, "assignments", [](AuditedCase& one, const Rows::Row& row) {
        read_fields(row, one.stored.c.assignments.emplace_back(), rules::assignment_fields);
        return one.stored.c.assignments.size() - 1;
    });
    read_range(transaction.run(sql::load_tasks, parts), all, "tasks", [](AuditedCase& one, const Rows::Row& row) {
        read_fields(row, one.stored.c.tasks.emplace_back(), rules::task_fields);
        return one.stored.c.tasks.size() - 1;
    });
    read_range(transaction.run(sql::load_requests, parts), all, "requests", [](AuditedCase& one, const Rows::Row& row) {
        read_fields(row, one.stored.c.requests.emplace_back(), rules::request_fields);
        return one.stored.c.requests.size() - 1;
    });
    read_range(transaction.run(sql::load_clocks, parts), all, "case_clocks", [](AuditedCase& one, const Rows::Row& row) {
        read_fields(row, one.stored.c.clocks.emplace_back(), rules::clock_fields);
        return one.stored.c.clocks.size() - 1;
    });
    read_range(transaction.run(sql::load_steps, parts), all, "case_steps", [](AuditedCase& one, const Rows::Row& row) {
        one.steps.push_back(read_step(row));
        one.steps.back().step.case_id = one.stored.c.id;
        return one.steps.back().step.seq;
    });
    const Params range{{"first", first_key}, {"last", last_key}};
    auto at = all.begin();
    for (const auto row : transaction.run(sql::load_media_range, range)) {
        while (at != all.end() && at->stored.key < row.integer("case_key")) ++at;
        if (at == all.end() || at->stored.key != row.integer("case_key")) continue;
        at->media.push_back({row.integer("seq"), uuid_from_raw(row.bytes("media_id")), row.text("sm3"), row.text("moment")});
    }
    at = all.begin();
    for (const auto row : transaction.run(sql::load_contact_range, range)) {
        while (at != all.end() && at->stored.key < row.integer("case_key")) ++at;
        if (at == all.end() || at->stored.key != row.integer("case_key")) continue;
        at->has_contact = true;
        if (!row.is_null("sealed_name")) at->sealed_name = row.bytes("sealed_name");
        if (!row.is_null("sealed_phone")) at->sealed_phone = row.bytes("sealed_phone");
    }
    return all;
}

StoredStep seal_step(const rules::Step& step, const std::string& previous, const std::string& salt, const std::string& contact) {
    StoredStep stored{step, salt, body_hash(salt, step.opinion, contact), ""};
    stored.chain = chain_next(previous, chain_bytes(step, stored.body_hash));
    return stored;
}

std::optional<std::int64_t> insert_case(Transaction& transaction, const rules::Rules& rules, const NewCaseRow& row) {
    const auto key = insert_case_row(transaction, rules, row);
    if (!key) return std::nullopt;
    if (row.c.filed_ms) count_filed(transaction, *key, *row.c.filed_ms);
    note_decision(transaction, *key, "", row.c.hold_decision, row.steps.back().step.at_ms);
    Writes writes;
    writes.add_new_case(*key, row);
    writes.run(transaction);
    return key;
}

std::vector<std::int64_t> insert_cases(Transaction& transaction, const rules::Rules& rules, const std::vector<NewCaseRow>& rows) {
    std::vector<std::int64_t> keys;
    Writes writes;
    for (const auto& row : rows) {
        const auto key = insert_case_row(transaction, rules, row);
        ASSERT(key); // a history's ids are made here
        keys.push_back(*key);
        if (row.c.filed_ms) count_filed(transaction, *key, *row.c.filed_ms);
        writes.add_new_case(*key, row);
    }
    writes.run(transaction);
    return keys;
}

void store_step(Transaction& transaction, const rules::Rules& rules, std::int64_t case_key, const rules::Case& before,
                const rules::Case& after, const StoredStep& step) {
    Params params{{"case_key", case_key}, {"chain", Blob{step.chain}}};
    add_fields(params, after, rules::case_fields);
    const auto was = summarise(rules, before), is = summarise(rules, after);
    add_summary(params, is);
    transaction.run(sql::update_case, params);
    if (after.filed_ms && !before.filed_ms) count_filed(transaction, case_key, *after.filed_ms);
    if (was.stage_deadline_ms != is.stage_deadline_ms) transaction.run(sql::update_case_deadline, params);
    const bool moves_lists = before.accepted_day != after.accepted_day || before.is_simple != after.is_simple || before.suspended_until_ms != after.suspended_until_ms;
    if (was.is_open != is.is_open || moves_lists) transaction.run(sql::update_case_open, params);
    const auto dispute_of = [](const rules::Case& c) { return std::tie(c.is_disputed, c.red_line, c.ruled_unit, c.ruled_center); };
    if (dispute_of(before) != dispute_of(after)) transaction.run(sql::update_case_dispute, params);
    const auto bulk_of = [](const rules::Case& c) { return std::tie(c.hold_decision, c.hold_stages, c.excluded_by); };
    if (bulk_of(before) != bulk_of(after)) {
        transaction.run(sql::update_case_hold, params);
        note_decision(transaction, case_key, before.hold_decision, after.hold_decision, step.step.at_ms);
        note_decision(transaction, case_key, before.excluded_by, after.excluded_by, step.step.at_ms);
    }
    if (reported_of(before) != reported_of(after)) transaction.run(sql::update_case_report, params);
    if (before.merged_into != after.merged_into) transaction.run(sql::update_case_merge, params);
    Writes writes;
    writes.add_case(case_key, before, after);
    writes.add_step(case_key, step);
    writes.run(transaction);
}

} // namespace chengge::cases
