// The job behind decisions over many cases: begins them when their time has come, finds the cases, does each by a step
// of its own, some at a time. It gives way: as long as people write, its chunks are small and its rests long.
#include <algorithm>
#include <limits>
#include <set>

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "cases/decision_state.hpp"
#include "cases/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

using namespace std::chrono_literals;
using storage::Blob;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr int found_max = 2000;              // keys kept in memory of what a decision would reach
constexpr std::size_t chunk_quiet = 40, chunk_busy = 6; // cases in one transaction
constexpr auto idle_wait = 1s;
constexpr std::int64_t watch_interval_ms = 15'000;

constexpr std::string_view work_columns =
    "SELECT c.case_key, c.case_no, c.state, c.stage, c.unit, c.edition, c.kind, c.class_code, c.district_code, c.community_code, c.cell_code FROM cases c";

WorkRow work_of(const storage::Rows::Row& row) {
    WorkRow work{row.integer("case_key"), row.text_or_empty("case_no"), row.text("state"), row.text("stage"), row.text("unit"), {}};
    work.place.edition = row.text("edition");
    work.place.kind = row.text("kind");
    work.place.class_code = row.text("class_code");
    work.place.district_code = row.text("district_code");
    work.place.community_code = row.text("community_code");
    work.place.cell_code = row.text("cell_code");
    return work;
}

bool fits(const rules::Case& c, const std::vector<std::string>& classes, const std::vector<std::string>& regions) {
    rules::StandingHold scope;
    scope.classes = classes;
    scope.regions = regions;
    return scope.covers(c);
}

// The first move of each unit that takes the case.
std::vector<const WorkMove*> moves_for(const CaseDecision& decision, const rules::Case& c) {
    std::vector<const WorkMove*> chosen;
    for (const auto& one : decision.moves) {
        const bool has_one = std::any_of(chosen.begin(), chosen.end(), [&](const WorkMove* other) { return other->from == one.from; });
        if (!has_one && fits(c, one.classes, one.regions)) chosen.push_back(&one);
    }
    std::erase_if(chosen, [](const WorkMove* one) { return one->from == one->to; });
    return chosen;
}

// Keys of cases in which a unit has or had open work: its clocks, its parts, a ruling that names it.
std::set<std::int64_t> cases_of_unit(Transaction& transaction, const CaseDecision& decision, const std::string& unit, bool stays_open, std::int64_t after_key, int limit) {
    std::set<std::int64_t> keys;
    const auto add = [&](ListBuilder& list, const char* column) {
        list.where(std::string(column) + " > :after", {"after", after_key});
        for (const auto row : list.order_by(column).limit(limit).run(transaction)) keys.insert(row.integer("case_key"));
    };
    ListBuilder parts("SELECT DISTINCT a.case_key FROM assignments a JOIN cases c ON c.case_key = a.case_key");
    parts.where("a.organisation = :unit AND c.is_open = 1 AND a.state NOT IN ('sent_back', 'replaced', 'waived', 'recalled')", {"unit", unit});
    if (stays_open) parts.where("a.offered_ms < :from_ms", {"from_ms", decision.from_ms});
    add(parts, "a.case_key");
    if (stays_open) return keys;
    ListBuilder clocks("SELECT DISTINCT w.case_key FROM case_clocks w");
    clocks.where("w.stopped_ms IS NULL AND w.organisation = :unit", {"unit", unit});
    add(clocks, "w.case_key");
    ListBuilder rulings("SELECT c.case_key FROM cases c");
    rulings.where("c.is_disputed > 0 AND c.is_open = 1 AND (c.ruled_unit = :unit OR c.ruled_center = :unit)", {"unit", unit});
    add(rulings, "c.case_key");
    return keys;
}

std::vector<WorkRow> find_moves(Transaction& transaction, const CaseDecision& decision, std::int64_t after_key, int limit) {
    std::set<std::int64_t> keys;
    std::set<std::string> units;
    for (const auto& one : decision.moves)
        if (units.insert(one.from).second) keys.merge(cases_of_unit(transaction, decision, one.from, one.stays_open, after_key, limit));
    std::vector<WorkRow> found;
    std::vector<storage::Value> page;
    const auto flush = [&] {
        if (page.empty()) return;
        ListBuilder list(work_columns);
        for (const auto row : list.where_in("c.case_key", page).order_by("c.case_key").run(transaction)) found.push_back(work_of(row));
        page.clear();
    };
    int taken = 0;
    for (const auto key : keys) {
        if (taken++ >= limit) break;
        page.emplace_back(key);
        if (page.size() == 500) flush();
    }
    flush();
    return found;
}

void where_covered(ListBuilder& list, const CaseDecision& hold) {
    if (!hold.regions.empty()) {
        std::string any;
        for (const auto& code : hold.regions) {
            const auto bound = list.bind(code);
            any += any.empty() ? "" : " OR ";
            if (code.size() <= 6) any += "c.district_code = " + bound;
            else if (code.size() < 15) any += "SUBSTR(c.community_code, 1, " + list.bind(static_cast<std::int64_t>(code.size())) + ") = " + bound;
            else any += "c.cell_code = " + bound;
        }
        list.where(any);
    }
    if (hold.classes.empty()) return;
    std::string any;
    for (const auto& prefix : hold.classes)
        any += (any.empty() ? "" : " OR ") + ("SUBSTR(c.edition || '/' || c.kind || '/' || c.class_code, 1, " + list.bind(static_cast<std::int64_t>(prefix.size())) + ") = " + list.bind(prefix));
    list.where("c.class_code <> '' AND (" + any + ")");
}

// Who is named in a part that moves and did not go where it goes.
std::vector<Uuid> unnamed_in(const identity::Directory& directory, const rules::Case& c, const std::vector<rules::UnitMove>& moves) {
    std::vector<Uuid> unnamed;
    for (const auto& part : c.assignments)
        for (const auto& move : moves) {
            if (part.organisation != move.from || part.person_id.is_nil()) continue;
            const auto* person = directory.find_person(part.person_id);
            const auto* organisation = person != nullptr ? directory.find_organisation(person->organisation_key) : nullptr;
            if (organisation == nullptr || organisation->code != move.to.organisation) unnamed.push_back(part.person_id);
        }
    return unnamed;
}

std::string name_of(const identity::Directory& directory, const std::string& code) {
    const auto* organisation = directory.find_organisation(code);
    return organisation != nullptr ? organisation->name : code;
}

// What is done to one case; nothing when the decision does not concern it.
std::optional<rules::Command> command_for(const identity::Directory& directory, const CaseDecision& decision, const CaseDecision* of, const rules::Case& c) {
    rules::Command command;
    command.bulk = rules::BulkAct{decision.number, {}, {}};
    // The same act from two nodes is one step.
    command.step_id = uuid_from_raw(sm3("decision" + decision.number + c.id.raw() + std::to_string(c.version)).substr(0, 16));
    command.step_id.bytes[6] = static_cast<std::uint8_t>((command.step_id.bytes[6] & 0x0f) | 0x80);
    command.step_id.bytes[8] = static_cast<std::uint8_t>((command.step_id.bytes[8] & 0x3f) | 0x80);
    const auto reason = decision.words.empty() ? std::string() : "：" + decision.words;
    if (decision.kind == "move") {
        command.action = "move_units";
        std::string words;
        for (const auto* one : moves_for(decision, c)) {
            auto receiver = receiver_of(directory, one->to, {});
            if (!receiver) return std::nullopt; // the directory is older than the decision
            command.bulk->moves.push_back({one->from, std::move(*receiver)});
            words += "，" + name_of(directory, one->from) + "的在办案件移交" + name_of(directory, one->to);
        }
        if (command.bulk->moves.empty()) return std::nullopt;
        const auto has = [&](const std::string& unit) {
            return std::any_of(c.assignments.begin(), c.assignments.end(), [&](const rules::Assignment& one) { return one.organisation == unit; });
        };
        // Who is concerned is named as the receiver.
        const auto main = std::find_if(command.bulk->moves.begin(), command.bulk->moves.end(), [&](const rules::UnitMove& one) { return has(one.from); });
        command.receiver = (main == command.bulk->moves.end() ? command.bulk->moves.begin() : main)->to;
        command.bulk->unnamed = unnamed_in(directory, c, command.bulk->moves);
        command.opinion = decision.number + words + reason;
        return command;
    }
    if (decision.kind == "hold") {
        command.action = "hold_clocks";
        command.opinion = decision.number + "“" + decision.name + "”" + reason;
        return command;
    }
    if (of == nullptr) return std::nullopt;
    if (decision.kind == "release") {
        command.action = "release_clocks";
        command.bulk->decision = of->number;
        command.opinion = of->number + "“" + of->name + "”结束" + reason;
        return command;
    }
    command.action = "exclude_case";
    command.opinion = decision.number + "“" + of->name + "”" + reason;
    return command;
}

} // namespace

std::vector<WorkRow> find_work(Transaction& transaction, const CaseDecision& decision, const CaseDecision* of, std::int64_t after_key, int limit) {
    if (decision.kind == "move")
        for (;;) { // a page of which nothing moves is not the end
            auto found = find_moves(transaction, decision, after_key, limit);
            const bool has_more = found.size() >= static_cast<std::size_t>(limit);
            if (has_more) after_key = found.back().case_key;
            std::erase_if(found, [&](const WorkRow& one) { return moves_for(decision, one.place).empty(); });
            if (!found.empty() || !has_more) return found;
        }
    ListBuilder list(work_columns);
    // "+": the few that are open or held are looked at, not all that there are in the order of their keys.
    list.where("+c.case_key > :after", {"after", after_key});
    if (decision.kind == "hold") {
        list.where("c.is_open = 1 AND c.hold_decision = ''");
        where_covered(list, decision);
    } else if (decision.kind == "release") {
        list.where("c.is_open = 1 AND c.hold_decision = :number", {"number", of == nullptr ? std::string() : of->number});
    } else {
        list.where("c.excluded_by = '' AND c.case_key IN (SELECT r.case_key FROM case_decision_cases r WHERE r.decision_key = :of_key AND r.outcome = 'done')", {"of_key", decision.of_key});
    }
    if (decision.key != 0) list.where("NOT EXISTS (SELECT 1 FROM case_decision_cases x WHERE x.decision_key = :decision_key AND x.case_key = c.case_key AND x.outcome <> 'done')", {"decision_key", decision.key});
    list.order_by("+c.case_key");
    if (limit != std::numeric_limits<int>::max()) list.limit(limit);
    std::vector<WorkRow> found;
    for (const auto row : list.run(transaction)) found.push_back(work_of(row));
    return found;
}

bool DecisionService::State::begin(const CaseDecision& decision) {
    const auto now = parts.clock.now_ms();
    const auto known = beginnings.find(decision.kind);
    // Counted outside the write: it would hold every writer up.
    const auto expected = parts.database.read([&](Transaction& transaction) {
        const auto of = decision.of_key == 0 ? std::nullopt : load_decision(transaction, decision.of_key, decision_job_columns);
        return static_cast<std::int64_t>(cases::find_work(transaction, decision, of ? &*of : nullptr, 0, std::numeric_limits<int>::max()).size());
    });
    bool is_ours = false;
    const auto begun = parts.database.write([&](Transaction& transaction) -> Result<void> {
        is_ours = transaction.run(sql::begin_decision, {{"decision_key", decision.key}}).affected == 1;
        if (!is_ours) return fail("nothing_to_do"); // another node was faster
        if (known != beginnings.end()) TRY(known->second.in(transaction, decision));
        transaction.run(sql::expect_cases, {{"decision_key", decision.key}, {"expected", expected}});
        storage::append_feed(transaction, {.kind = "decision", .subject_key = decision.key, .recorded_ms = now});
        return {};
    });
    if (!begun && is_ours) {
        log_error("a decision cannot be carried out", {{"number", decision.number}, {"reason", begun.error().code}});
        (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
            transaction.run(sql::end_decision, {{"decision_key", decision.key}, {"from_state", "waiting"}, {"state", "failed"}, {"note", begun.error().code}, {"now", now}});
            return {};
        });
        return true;
    }
    CRASH_POINT("decision.begun");
    if (begun && known != beginnings.end() && known->second.after) known->second.after();
    return begun.has_value();
}

void DecisionService::State::apply(const CaseDecision& decision, const CaseDecision* of, const std::vector<std::int64_t>& keys) {
    struct Ready {
        StoredCase before;
        rules::Decision decision;
        StoredStep sealed;
        std::shared_ptr<const rules::Rules> rules;
    };
    std::vector<Ready> ready;
    std::vector<std::pair<std::int64_t, std::string>> refused;
    auto directory = parts.identity.directory();
    const bool is_behind = std::any_of(decision.moves.begin(), decision.moves.end(), [&](const WorkMove& one) { return directory->find_organisation(one.to) == nullptr; });
    if (is_behind) { // another node has begun the decision
        parts.identity.reload_directory();
        directory = parts.identity.directory();
    }
    const auto now = parts.clock.now_ms();
    const auto context = cases.context_of(platform_viewer(directory), now);
    auto loaded = parts.database.read([&](Transaction& transaction) {
        std::vector<StoredCase> all;
        for (const auto key : keys)
            if (auto stored = load_case(transaction, key)) all.push_back(std::move(*stored));
        return all;
    });
    for (auto& stored : loaded) {
        const auto command = command_for(*directory, decision, of, stored.c);
        if (!command) continue;
        auto rules = parts.rules.find(stored.c.rules_version);
        auto decided = stored.c.version + 1 >= parts_max ? Result<rules::Decision>(fail("too_many_steps")) : rules::decide(*rules, stored.c, *command, context);
        if (!decided) {
            if (decided.error().code != "nothing_to_do") refused.emplace_back(stored.key, decided.error().code);
            continue;
        }
        auto sealed = seal_step(decided->step, stored.chain, random_bytes(16));
        ready.push_back({std::move(stored), std::move(*decided), std::move(sealed), std::move(rules)});
    }
    std::vector<Uuid> done;
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        done.clear();
        std::vector<storage::FeedAppend> entries;
        for (const auto& one : ready) {
            // Somebody was faster: the next pass takes the case up again.
            if (transaction.run(sql::claim_version, {{"case_key", one.before.key}, {"version", one.before.c.version}}).affected != 1) continue;
            store_step(transaction, *one.rules, one.before.key, one.before.c, one.decision.after, one.sealed);
            transaction.run(sql::note_decision_case, {{"case_key", one.before.key}, {"number", decision.number}, {"at_ms", now}});
            entries.push_back({"case_step", one.before.key, one.decision.after.version, now});
            done.push_back(one.before.c.id);
        }
        for (const auto& [key, code] : refused)
            transaction.run(sql::note_decision_refusal, {{"decision_key", decision.key}, {"case_key", key}, {"at_ms", now}, {"outcome", code}});
        storage::append_feed(transaction, entries);
        transaction.run(sql::move_decision_cursor, {{"decision_key", decision.key}, {"cursor_key", keys.back()}, {"found", static_cast<std::int64_t>(ready.size())}});
        CRASH_POINT("decision.applying");
        return {};
    });
    CRASH_POINT("decision.applied");
    for (const auto& id : done) cases.state_->known.forget(id);
    for (const auto& [key, code] : refused) log_error("a decision could not be done to a case", {{"number", decision.number}, {"case_key", std::to_string(key)}, {"reason", code}});
}

// Some of the cases; at the end of a pass that found any another begins, one that found none is the last.
bool DecisionService::State::go_on(const CaseDecision& decision, std::size_t chunk_max) {
    auto& keys = waiting[decision.key];
    const auto of = decision.of_key == 0 ? std::nullopt : parts.database.read([&](Transaction& transaction) { return load_decision(transaction, decision.of_key, decision_job_columns); });
    if (keys.empty())
        parts.database.read([&](Transaction& transaction) {
            const auto cursor = transaction.run(sql::load_decision_cursor, {{"decision_key", decision.key}})[0].integer("cursor_key");
            for (const auto& one : cases::find_work(transaction, decision, of ? &*of : nullptr, cursor, found_max)) keys.push_back(one.case_key);
        });
    if (keys.empty()) {
        const auto now = parts.clock.now_ms();
        bool is_done = false;
        (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
            is_done = transaction.run(sql::finish_decision, {{"decision_key", decision.key}, {"now", now}}).affected == 1;
            if (!is_done) transaction.run(sql::restart_decision, {{"decision_key", decision.key}});
            else storage::append_feed(transaction, {.kind = "decision", .subject_key = decision.key, .recorded_ms = now});
            return {};
        });
        if (is_done) {
            waiting.erase(decision.key);
            log_info("a decision has reached every case", {{"number", decision.number}});
        }
        return true;
    }
    std::vector<std::int64_t> chunk;
    while (!keys.empty() && chunk.size() < chunk_max) {
        chunk.push_back(keys.front());
        keys.pop_front();
    }
    apply(decision, of ? &*of : nullptr, chunk);
    return true;
}

bool DecisionService::State::work_once(std::size_t chunk_max) {
    const auto now = parts.clock.now_ms();
    const auto open = parts.database.read([&](Transaction& transaction) {
        std::vector<CaseDecision> all;
        ListBuilder list("SELECT " + std::string(decision_job_columns) + " FROM case_decisions d");
        list.where("d.state IN ('waiting', 'running') AND d.from_ms <= :now", {"now", now});
        for (const auto row : list.order_by("d.from_ms, d.decision_key").run(transaction)) all.push_back(decision_of(row));
        return all;
    });
    for (const auto& one : open)
        if (one.state == "waiting" ? begin(one) : go_on(one, chunk_max)) return true;
    return false;
}

// What was decided by an older picture, or came back (a closed case of a unit that is gone): taken up again.
void DecisionService::State::watch() {
    const auto now = parts.clock.now_ms();
    const auto standing = parts.database.read([&](Transaction& transaction) {
        std::vector<std::int64_t> again;
        ListBuilder list("SELECT " + std::string(decision_job_columns) + " FROM case_decisions d");
        list.where("d.state = 'done' AND (d.kind = 'move' OR (d.kind IN ('release', 'exclude') AND d.done_ms > :lately) OR (d.kind = 'hold' AND NOT EXISTS (SELECT 1 FROM case_decisions e WHERE e.of_key = d.decision_key AND e.kind = 'release' AND e.state <> 'waiting')))",
                   {"lately", now - hour_ms});
        for (const auto row : list.run(transaction)) {
            const auto decision = decision_of(row);
            const auto of = decision.of_key == 0 ? std::nullopt : load_decision(transaction, decision.of_key, decision_job_columns);
            bool has_work = false;
            if (decision.kind == "move") {
                for (const auto& move : decision.moves) {
                    if (move.stays_open) continue;
                    ListBuilder clocks("SELECT w.case_key FROM case_clocks w");
                    has_work = has_work || !clocks.where("w.stopped_ms IS NULL AND w.organisation = :unit", {"unit", move.from}).limit(1).run(transaction).empty();
                }
            } else {
                has_work = !cases::find_work(transaction, decision, of ? &*of : nullptr, 0, 1).empty();
            }
            if (has_work) again.push_back(decision.key);
        }
        return again;
    });
    for (const auto key : standing)
        (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
            transaction.run(sql::reopen_decision, {{"decision_key", key}});
            return {};
        });
}

void DecisionService::run_job_once() {
    const std::lock_guard lock(state_->job_mutex);
    reload();
    state_->watch();
    while (state_->work_once(chunk_quiet)) {}
    reload();
}

void DecisionService::start_job() {
    state_->job = std::jthread([this](std::stop_token stop) {
        auto& state = *state_;
        const auto kept = [&] { return state.parts.database.write_counts().kept; };
        auto next_watch = std::chrono::steady_clock::now();
        while (!stop.stop_requested()) {
            bool has_worked = false;
            const auto before = kept();
            const auto began = std::chrono::steady_clock::now();
            try {
                const std::lock_guard lock(state.job_mutex);
                if (began >= next_watch) {
                    state.watch();
                    next_watch = began + std::chrono::milliseconds(watch_interval_ms);
                }
                reload();
                // Others have written since the last chunk: they go first.
                const bool is_busy = state.parts.database.write_counts().waiting > 0 || state.others_wrote;
                has_worked = state.work_once(is_busy ? chunk_busy : chunk_quiet);
            } catch (const std::exception& error) {
                log_error("a job failed and will try again", {{"job", "decisions"}, {"reason", error.what()}});
            }
            const auto took = std::chrono::steady_clock::now() - began;
            const auto own = kept() - before;
            std::unique_lock lock(state.wake_mutex);
            if (has_worked) {
                // At most a fifth of the time beside others, half of it alone.
                const auto rest = state.others_wrote ? std::max<std::chrono::nanoseconds>(took * 4, 10ms) : took / 2;
                const auto at_rest = kept();
                state.wake.wait_for(lock, stop, rest, [] { return false; });
                state.others_wrote = own > 1 || kept() != at_rest;
            } else {
                state.wake.wait_for(lock, stop, idle_wait, [&] { return state.is_asked; });
                state.is_asked = false;
            }
        }
    });
}

void DecisionService::stop_job() { state_->job = {}; }

} // namespace chengge::cases
