// Decisions over many cases as they are recorded and read; the job is decision_job.cpp.
#include <algorithm>
#include <limits>

#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/decision_state.hpp"
#include "cases/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

using storage::Blob;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr std::int64_t remembered_ms = hour_ms; // an ended hold, for acts that were decided by an older picture

json::array texts(const std::vector<std::string>& list) {
    json::array all;
    for (const auto& one : list) all.emplace_back(one);
    return all;
}

std::vector<std::string> texts_of(const json::object& object, const char* name) {
    std::vector<std::string> list;
    if (const auto* value = object.if_contains(name); value != nullptr && value->is_array())
        for (const auto& one : value->get_array())
            if (one.is_string()) list.emplace_back(one.get_string());
    return list;
}

std::string text_of(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// What the job must know again, beside what the recorder keeps.
json::object content_of(const NewDecision& wanted) {
    json::array moves;
    for (const auto& one : wanted.moves)
        moves.push_back(json::object{{"from", one.from}, {"to", one.to}, {"classes", texts(one.classes)}, {"regions", texts(one.regions)}, {"stays_open", one.stays_open}});
    return {{"content", wanted.content}, {"moves", std::move(moves)}, {"stages", texts(wanted.stages)}, {"regions", texts(wanted.regions)}, {"classes", texts(wanted.classes)}};
}

void read_content(const std::string& text, NewDecision& into) {
    const auto value = parse_json(text);
    if (!value || !value->is_object()) return;
    const auto& object = value->get_object();
    if (const auto* content = object.if_contains("content"); content != nullptr && content->is_object()) into.content = content->get_object();
    into.stages = texts_of(object, "stages");
    into.regions = texts_of(object, "regions");
    into.classes = texts_of(object, "classes");
    if (const auto* moves = object.if_contains("moves"); moves != nullptr && moves->is_array())
        for (const auto& one : moves->get_array()) {
            const auto& move = one.as_object();
            const auto* stays = move.if_contains("stays_open");
            into.moves.push_back({text_of(move, "from"), text_of(move, "to"), texts_of(move, "classes"), texts_of(move, "regions"), stays != nullptr && stays->is_bool() && stays->get_bool()});
        }
}

// 机构调整〔2026〕1号, as offices number what they decide. What belongs to a hold is named after it.
std::string next_number(Transaction& transaction, const NewDecision& wanted, std::int64_t now_ms) {
    if (wanted.of_key != 0) {
        const auto of = load_decision(transaction, wanted.of_key);
        return of->number + (wanted.kind == "release" ? "（结束）" : "（剔除考核）");
    }
    const auto prefix = (wanted.kind == "move" ? "机构调整〔" : "三防〔") + std::to_string(city_date(now_ms).year) + "〕";
    const auto rows = transaction.run(sql::count_decisions, {{"kind", wanted.kind}, {"prefix", prefix}});
    return prefix + std::to_string(rows[0].integer("decisions") + 1) + "号";
}

bool is_same(const CaseDecision& known, const NewDecision& wanted) {
    return known.kind == wanted.kind && known.of_key == wanted.of_key && known.name == wanted.name && known.words == wanted.words && to_json_text(content_of(known)) == to_json_text(content_of(wanted));
}

} // namespace

// What a decision is, the counts of its cases aside.
#define DECISION_COLUMNS "d.decision_key, d.decision_id, d.number, d.kind, d.of_key, d.name, d.words, d.content, d.made_by, d.made_ms, d.from_ms, d.state, d.note, d.expected, d.done_ms, "
const std::string_view decision_job_columns = DECISION_COLUMNS "0 AS reached, 0 AS refused";
const std::string_view decision_columns = DECISION_COLUMNS
    "(SELECT COUNT(*) FROM case_decision_cases r WHERE r.decision_key = d.decision_key AND r.outcome = 'done') AS reached, "
    "(SELECT COUNT(*) FROM case_decision_cases r WHERE r.decision_key = d.decision_key AND r.outcome <> 'done') AS refused";

CaseDecision decision_of(const storage::Rows::Row& row) {
    CaseDecision one;
    one.key = row.integer("decision_key");
    one.id = uuid_from_raw(row.bytes("decision_id"));
    one.number = row.text("number");
    one.kind = row.text("kind");
    one.of_key = row.maybe_integer("of_key").value_or(0);
    one.name = row.text("name");
    one.words = row.text("words");
    read_content(row.text("content"), one);
    if (!row.is_null("made_by")) one.made_by = uuid_from_raw(row.bytes("made_by"));
    one.made_ms = row.integer("made_ms");
    one.from_ms = row.integer("from_ms");
    one.state = row.text("state");
    one.note = row.text("note");
    one.expected = row.integer("expected");
    one.reached = row.integer("reached");
    one.refused = row.integer("refused");
    one.done_ms = row.maybe_integer("done_ms");
    return one;
}

std::optional<CaseDecision> load_decision(Transaction& transaction, std::int64_t key, std::string_view columns) {
    ListBuilder list("SELECT " + std::string(columns) + " FROM case_decisions d");
    const auto rows = list.where("d.decision_key = :key", {"key", key}).run(transaction);
    if (rows.empty()) return std::nullopt;
    return decision_of(rows[0]);
}

DecisionService::DecisionService(CaseService& cases) : state_(std::make_unique<State>(cases, cases.state_->parts)) { reload(); }

DecisionService::~DecisionService() { stop_job(); }

void DecisionService::on_begin(const std::string& kind, Beginning beginning) { state_->beginnings[kind] = std::move(beginning); }

void DecisionService::reload() {
    const auto now = state_->parts.clock.now_ms();
    std::vector<rules::StandingHold> holds;
    state_->parts.database.read([&](Transaction& transaction) {
        for (const auto row : transaction.run(sql::list_standing_holds, {{"since", now - remembered_ms}})) {
            NewDecision hold;
            read_content(row.text("content"), hold);
            holds.push_back({row.text("number"), hold.stages, hold.regions, hold.classes, row.integer("from_ms"), row.maybe_integer("until_ms")});
        }
    });
    state_->parts.holds->set(std::move(holds));
}

Result<CaseDecision> DecisionService::record(const NewDecision& wanted, const identity::Viewer& viewer, const Also& also) {
    auto& parts = state_->parts;
    const auto now = parts.clock.now_ms();
    std::optional<CaseDecision> made;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::take_numberer_lock); // numbers are given one after the other
        ListBuilder same("SELECT " + std::string(decision_columns) + " FROM case_decisions d");
        const auto known = same.where("d.decision_id = :id", {"id", Blob{wanted.id.raw()}}).run(transaction);
        if (!known.empty()) {
            made = decision_of(known[0]);
            if (!is_same(*made, wanted)) return fail("decision_id_taken");
            return {};
        }
        const auto rows = transaction.run(sql::insert_decision,
                                          {{"decision_id", Blob{wanted.id.raw()}}, {"number", next_number(transaction, wanted, now)}, {"kind", wanted.kind},
                                           {"of_key", wanted.of_key == 0 ? storage::Value{} : storage::Value{wanted.of_key}}, {"name", wanted.name}, {"words", wanted.words},
                                           {"content", to_json_text(content_of(wanted))}, {"made_by", Blob{viewer.person_id.raw()}}, {"made_ms", now}, {"from_ms", wanted.from_ms}});
        made = load_decision(transaction, rows[0].integer("decision_key"));
        storage::append_feed(transaction, {.kind = "decision", .subject_key = made->key, .recorded_ms = now});
        return also ? also(transaction, *made) : Result<void>();
    }));
    reload();
    {
        const std::lock_guard lock(state_->wake_mutex);
        state_->is_asked = true;
    }
    state_->wake.notify_all();
    return *made;
}

Result<void> DecisionService::cancel(const Uuid& id) {
    const auto known = find(id);
    if (!known) return fail("decision_unknown");
    TRY(state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto now = state_->parts.clock.now_ms();
        if (transaction.run(sql::end_decision, {{"decision_key", known->key}, {"from_state", "waiting"}, {"state", "cancelled"}, {"note", ""}, {"now", now}}).affected == 0) return fail("decision_begun");
        storage::append_feed(transaction, {.kind = "decision", .subject_key = known->key, .recorded_ms = now});
        return {};
    }));
    reload();
    return {};
}

std::optional<CaseDecision> DecisionService::find(const Uuid& id) const {
    return state_->parts.database.read([&](Transaction& transaction) -> std::optional<CaseDecision> {
        ListBuilder list("SELECT " + std::string(decision_columns) + " FROM case_decisions d");
        const auto rows = list.where("d.decision_id = :id", {"id", Blob{id.raw()}}).run(transaction);
        if (rows.empty()) return std::nullopt;
        return decision_of(rows[0]);
    });
}

std::optional<CaseDecision> DecisionService::find(std::int64_t key) const {
    return state_->parts.database.read([&](Transaction& transaction) { return load_decision(transaction, key); });
}

std::vector<CaseDecision> DecisionService::list(const std::vector<std::string>& kinds, std::int64_t before_key, int limit) const {
    return state_->parts.database.read([&](Transaction& transaction) {
        std::vector<CaseDecision> all;
        ListBuilder list("SELECT " + std::string(decision_columns) + " FROM case_decisions d");
        list.where_in("d.kind", {kinds.begin(), kinds.end()});
        if (before_key != 0) list.where("d.decision_key < :before", {"before", before_key});
        for (const auto row : list.order_by("d.decision_key DESC").limit(limit).run(transaction)) all.push_back(decision_of(row));
        return all;
    });
}

std::map<std::int64_t, CaseDecision> DecisionService::ends_of(const std::vector<std::int64_t>& hold_keys) const {
    std::map<std::int64_t, CaseDecision> ends;
    if (hold_keys.empty()) return ends;
    state_->parts.database.read([&](Transaction& transaction) {
        ListBuilder list("SELECT " + std::string(decision_columns) + " FROM case_decisions d");
        list.where("d.kind = 'release' AND d.state <> 'cancelled'").where_in("d.of_key", {hold_keys.begin(), hold_keys.end()});
        for (const auto row : list.run(transaction)) ends.emplace(row.integer("of_key"), decision_of(row));
    });
    return ends;
}

std::vector<WorkRow> DecisionService::find_work(const NewDecision& wanted) const {
    CaseDecision asked;
    static_cast<NewDecision&>(asked) = wanted;
    const auto of = wanted.of_key == 0 ? std::nullopt : find(wanted.of_key);
    return state_->parts.database.read([&](Transaction& transaction) { return cases::find_work(transaction, asked, of ? &*of : nullptr, 0, std::numeric_limits<int>::max()); });
}

json::object DecisionService::json_of(const CaseDecision& one, const identity::Directory& directory, const std::string& language) const {
    static const std::map<std::string, std::pair<const char*, const char*>> states{
        {"waiting", {"待生效", "Not yet in force"}}, {"running", {"办理中", "Under way"}}, {"done", {"已完成", "Done"}}, {"cancelled", {"已撤销", "Taken back"}}, {"failed", {"未能执行", "Failed"}}};
    const auto& label = states.at(one.state);
    const auto* person = directory.find_person(one.made_by);
    return {{"decision_id", format_uuid(one.id)},
            {"number", one.number},
            {"name", one.name},
            {"words", one.words},
            {"made_by_name", person != nullptr ? person->name : ""},
            {"made_at", format_rfc3339(one.made_ms)},
            {"from", format_rfc3339(one.from_ms)},
            {"state", one.state},
            {"state_label", language == "en" ? label.second : label.first},
            {"expected", one.expected},
            {"reached", one.reached},
            {"refused", one.refused},
            {"done_at", instant_json(one.done_ms)}};
}

} // namespace chengge::cases
