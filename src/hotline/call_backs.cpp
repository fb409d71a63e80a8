// 回访: whom to call after a closing, by script; who is not satisfied has the case reopened with the own words.
#include "base/digest.hpp"
#include "base/text.hpp"
#include "cases/case_service.hpp"
#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::hotline {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

// The same case is always in the sample or always out of it.
bool is_sampled(const std::string& case_id, double share) {
    const auto digest = sm3("call-back" + case_id);
    const auto number = static_cast<unsigned char>(digest[0]) << 16 | static_cast<unsigned char>(digest[1]) << 8 | static_cast<unsigned char>(digest[2]);
    return static_cast<double>(number) < share * (1 << 24);
}

std::string reason_for(const HotlineSettings& settings, const storage::Rows::Row& row) {
    if (row.integer("outside_orders") > 0) return "outside";
    if (row.is_null("sealed_phone")) return ""; // nobody to call
    if (row.flag("wants_call_back")) return "asked";
    return is_sampled(row.bytes("case_id"), settings.call_back_sample) ? "sample" : "";
}

struct Waiting {
    std::int64_t key = 0, attempts = 0;
    bool is_open = false;
    Uuid case_id; // the one to reopen: the lead of a merged case
};

Result<Waiting> find_waiting(Transaction& transaction, const Uuid& id) {
    const auto rows = transaction.run(sql::find_call_back, {{"call_back_id", blob_of(id)}});
    if (rows.empty()) return fail("call_back_unknown");
    const auto row = rows[0];
    return Waiting{row.integer("call_back_key"), row.integer("attempts"), row.text("state") == "waiting", uuid_from_raw(row.bytes(row.is_null("merged_into") ? "case_id" : "merged_into"))};
}

// Reopened when it can be; when it already is in hand again, the words are added to it.
Result<void> reopen(const HotlineParts& parts, const Waiting& waiting, const Attempt& attempt, const Viewer& viewer) {
    const auto reference = format_uuid(waiting.case_id);
    TRY_ASSIGN(detail, parts.cases.get(reference, viewer));
    cases::NewStep step;
    step.step_id = attempt.attempt_id;
    step.version = detail.stored.c.version;
    step.opinion = parts.data->reopened.zh + attempt.words;
    for (const auto* action : {"reopen", "comment"})
        for (const auto& allowed : detail.allowed)
            if (allowed.row->code == action) {
                step.action = action;
                TRY(parts.cases.act(reference, step, viewer));
                return {};
            }
    return fail("action_not_allowed");
}

constexpr std::string_view call_back_columns =
    "SELECT b.call_back_key, b.call_back_id, b.case_key, b.reason, b.state, b.attempts, b.outcome, b.words, b.made_ms, b.last_ms, COALESCE(t.sealed_phone, n.sealed_phone) AS sealed_phone, COALESCE(t.sealed_name, n.sealed_name) AS sealed_name, CASE WHEN t.sealed_phone IS NULL THEN n.call_id END AS call_id, "
    "(SELECT MIN(h.outside_due_ms) FROM hotline_calls h WHERE h.case_key = b.case_key) AS outside_due_ms, "
    "(SELECT MAX(h.outside_no) FROM hotline_calls h WHERE h.case_key = b.case_key) AS outside_no "
    "FROM call_backs b LEFT JOIN case_contacts t ON t.case_key = b.case_key "
    // Where nobody left a number with the report: who gave one in a call about it.
    "LEFT JOIN hotline_calls n ON n.call_key = (SELECT MAX(x.call_key) FROM hotline_calls x WHERE x.case_key = b.case_key AND x.sealed_phone IS NOT NULL)";

} // namespace

void find_call_backs(const HotlineParts& parts, Transaction& transaction, std::int64_t case_key, std::int64_t closing, FoundWork& work) {
    std::vector<std::int64_t> keys{case_key};
    for (const auto row : transaction.run(sql::list_followers, {{"case_key", case_key}})) keys.push_back(row.integer("case_key"));
    for (const auto key : keys) {
        const auto rows = transaction.run(sql::load_closed_case, {{"case_key", key}});
        if (rows.empty()) continue;
        const auto reason = reason_for(parts.data->settings, rows[0]);
        if (reason.empty()) continue;
        work.call_backs.push_back({{"call_back_id", blob_of(make_uuid(parts.clock.now_ms()))}, {"case_key", key}, {"closing", closing}, {"reason", reason}, {"made_ms", parts.clock.now_ms()}});
    }
}

Result<json::object> HotlineService::call_backs(const std::string& state, const std::string& cursor, int limit, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    struct Row {
        std::int64_t case_key = 0;
        json::object json;
    };
    std::vector<Row> rows;
    json::value next = nullptr;
    TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
        ListBuilder list{call_back_columns};
        if (!state.empty()) list.where("b.state = :state", {"state", state});
        if (!cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(cursor, 2));
            if (!std::holds_alternative<std::int64_t>(place[0]) || !std::holds_alternative<std::int64_t>(place[1])) return fail("bad_cursor");
            list.where("(b.made_ms, b.call_back_key) > (:made, :key)", {{"made", place[0]}, {"key", place[1]}});
        }
        std::int64_t made = 0, key = 0;
        for (const auto row : list.order_by("b.made_ms, b.call_back_key").limit(limit + 1).run(transaction)) {
            if (rows.size() == static_cast<std::size_t>(limit)) {
                next = storage::encode_cursor({made, key});
                break;
            }
            made = row.integer("made_ms");
            key = row.integer("call_back_key");
            const auto open = [&](const char* column) { return row.is_null(column) ? std::string() : identity::unseal(parts.identity.keys(), row.bytes(column)).value_or(""); };
            const auto name = open("sealed_name");
            rows.push_back({row.integer("case_key"),
                            {{"call_back_id", format_uuid(uuid_from_raw(row.bytes("call_back_id")))},
                             {"reason", row.text("reason")},
                             {"reason_label", state_->label("reasons", row.text("reason"), language)},
                             {"state", row.text("state")},
                             {"attempts", row.integer("attempts")},
                             {"outcome", maybe_text(row.text("outcome"))},
                             {"outcome_label", row.text("outcome").empty() ? json::value(nullptr) : json::value(state_->label("satisfaction", row.text("outcome"), language))},
                             {"words", maybe_text(row.text("words"))},
                             {"since", format_rfc3339(made)},
                             {"last_at", maybe_instant(row.maybe_integer("last_ms"))},
                             {"caller_masked", name.empty() ? "" : std::string(take_characters(name, 1)) + "**"},
                             {"phone_masked", identity::mask_phone(open("sealed_phone"))},
                             {"call_id", row.is_null("call_id") ? json::value(nullptr) : json::value(format_uuid(uuid_from_raw(row.bytes("call_id"))))},
                             {"outside_no", maybe_text(row.text_or_empty("outside_no"))},
                             {"outside_due_at", maybe_instant(row.maybe_integer("outside_due_ms"))}}});
        }
        return {};
    }));
    std::vector<std::int64_t> keys;
    for (const auto& row : rows) keys.push_back(row.case_key);
    auto summaries = parts.cases.summaries(keys, viewer, language);
    json::array items;
    for (auto& row : rows) {
        const auto found = summaries.find(row.case_key);
        if (found == summaries.end()) continue;
        row.json["case"] = found->second;
        items.push_back(std::move(row.json));
    }
    return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

Result<json::object> HotlineService::try_call_back(const Uuid& id, const Attempt& attempt, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    if (parts.data->find_label("satisfaction", attempt.outcome) == nullptr) return fail("satisfaction_unknown");
    if (attempt.outcome == "unsatisfied" && attempt.words.empty()) return fail("needs_words");
    bool was_there = false;
    TRY_ASSIGN(waiting, parts.database.read([&](Transaction& transaction) {
        was_there = !transaction.run(sql::find_attempt, {{"attempt_id", blob_of(attempt.attempt_id)}}).empty();
        return find_waiting(transaction, id);
    }));
    if (!was_there) {
        if (!waiting.is_open) return fail("call_back_over");
        // The act first: it has the same id, so that the whole can be sent again after a crash in between.
        if (attempt.outcome == "unsatisfied") TRY(reopen(parts, waiting, attempt, viewer));
        json::object answers;
        for (const auto& [question, choice] : attempt.answers) answers[question] = choice;
        const auto now = parts.clock.now_ms();
        const bool is_last = waiting.attempts + 1 >= parts.data->settings.call_back_attempts_max;
        const auto state = attempt.outcome != "no_answer" ? "done" : is_last ? "unreached" : "waiting";
        TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
            const auto added = transaction.run(sql::insert_attempt, {{"attempt_id", blob_of(attempt.attempt_id)}, {"call_back_key", waiting.key}, {"outcome", attempt.outcome}, {"words", attempt.words},
                                                                     {"answers", to_json_text(answers)}, {"person_id", blob_of(viewer.person_id)}, {"at_ms", now}});
            if (added.affected == 0) return {};
            if (transaction.run(sql::update_call_back, {{"state", state}, {"outcome", attempt.outcome}, {"words", attempt.words}, {"at_ms", now}, {"call_back_key", waiting.key}}).affected == 0) return fail("call_back_over");
            return {};
        }));
    }
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{call_back_columns};
        const auto rows = list.where("b.call_back_id = :call_back_id", {"call_back_id", blob_of(id)}).run(transaction);
        return json::object{{"call_back_id", format_uuid(id)},
                            {"state", rows[0].text("state")},
                            {"attempts", rows[0].integer("attempts")},
                            {"outcome", maybe_text(rows[0].text("outcome"))},
                            {"outcome_label", state_->label("satisfaction", rows[0].text("outcome"), language)},
                            {"case_id", format_uuid(waiting.case_id)}};
    });
}

} // namespace chengge::hotline
