// Calls: who called is sealed and found again by a blind index; what it became, a case or an answer.
#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::hotline {

using identity::Viewer;
using storage::Blob;
using storage::ListBuilder;
using storage::Transaction;
using storage::Value;

namespace {

Value sealed(const identity::SecretKeys& keys, const std::string& text) { return text.empty() ? Value{} : Value{Blob{identity::seal(keys, text)}}; }

std::string unsealed(const identity::SecretKeys& keys, const storage::Rows::Row& row, const char* column) {
    return row.is_null(column) ? "" : identity::unseal(keys, row.bytes(column)).value_or("");
}

Value index_of(const identity::SecretKeys& keys, const std::string& phone) { return phone.empty() ? Value{} : Value{Blob{identity::phone_index(keys, phone)}}; }

std::string body_hash(const NewCall& call, const Uuid& owner) {
    std::string text = format_uuid(owner) + format_uuid(call.article_id) + std::to_string(call.called_ms);
    for (const auto& part : {call.phone, call.name, call.outside_call_id, call.recording, call.source, call.level, call.topic, call.outside_no, call.case_reference, call.question, call.answer})
        text += "\n" + std::to_string(part.size()) + ":" + part;
    return sm3(text);
}

constexpr std::string_view call_columns =
    "SELECT h.call_key, h.call_id, h.called_ms, h.source, h.level, h.topic, h.outcome, h.outside_call_id, h.recording, h.outside_no, h.outside_due_ms, h.question, h.answer, "
    "h.is_public, h.wants_call_back, h.sealed_phone, h.sealed_name, h.operator_id, c.case_id, c.case_no, a.article_id, a.question AS article_question "
    "FROM hotline_calls h LEFT JOIN cases c ON c.case_key = h.case_key LEFT JOIN knowledge_articles a ON a.article_key = h.article_key";

json::object call_json(const HotlineService::State& state, const storage::Rows::Row& row, const std::string& language) {
    const auto& keys = state.parts.identity.keys();
    const auto set = state.parts.rules.current();
    const auto label = [&](const std::vector<rules::LabelRow>& list, const std::string& code) {
        const auto* found = set->workflow.find_label(list, code);
        return found == nullptr ? code : language == "en" ? found->en : found->zh;
    };
    const auto name = unsealed(keys, row, "sealed_name");
    json::value of_case = nullptr, article = nullptr;
    if (!row.is_null("case_id")) {
        const auto id = format_uuid(uuid_from_raw(row.bytes("case_id")));
        of_case = json::object{{"case_id", id}, {"name", row.is_null("case_no") ? id.substr(0, 8) : row.text("case_no")}};
    }
    if (!row.is_null("article_id")) article = json::object{{"article_id", format_uuid(uuid_from_raw(row.bytes("article_id")))}, {"question", row.text("article_question")}};
    return {{"call_id", format_uuid(uuid_from_raw(row.bytes("call_id")))},
            {"called_at", format_rfc3339(row.integer("called_ms"))},
            {"source", row.text("source")},
            {"source_label", label(set->workflow.sources, row.text("source"))},
            {"level", row.text("level")},
            {"level_label", label(set->workflow.levels, row.text("level"))},
            {"topic", row.text("topic")},
            {"topic_label", state.label("topics", row.text("topic"), language)},
            {"outcome", row.text("outcome")},
            {"outcome_label", state.label("outcomes", row.text("outcome"), language)},
            {"phone_masked", identity::mask_phone(unsealed(keys, row, "sealed_phone"))},
            {"caller_masked", name.empty() ? "" : std::string(take_characters(name, 1)) + "**"},
            {"outside_call_id", maybe_text(row.text("outside_call_id"))},
            {"recording", maybe_text(row.text("recording"))},
            {"outside_no", maybe_text(row.text("outside_no"))},
            {"outside_due_at", maybe_instant(row.maybe_integer("outside_due_ms"))},
            {"question", identity::mask_phones_in(row.text("question"))},
            {"answer", row.text("answer")},
            {"case", std::move(of_case)},
            {"article", std::move(article)},
            {"operator_name", state.person_name(uuid_from_raw(row.bytes("operator_id")))},
            {"public", row.flag("is_public")},
            {"call_back", row.flag("wants_call_back")}};
}

Result<void> check_call(const HotlineService::State& state, const NewCall& call) {
    const auto set = state.parts.rules.current();
    if (set->workflow.find_label(set->workflow.sources, call.source) == nullptr) return fail("source_unknown", {{"source", call.source}});
    if (set->workflow.find_label(set->workflow.levels, call.level) == nullptr) return fail("level_unknown", {{"level", call.level}});
    if (state.parts.data->find_label("topics", call.topic) == nullptr) return fail("topic_unknown");
    // It becomes a link on the desk: nothing but the web's own kinds.
    if (!call.recording.empty() && !call.recording.starts_with("https://") && !call.recording.starts_with("http://")) return fail("recording_not_a_link");
    if (call.answer.empty() && call.case_reference.empty()) return fail("needs_answer_or_case");
    return {};
}

} // namespace

Result<json::object> HotlineService::caller(const std::string& phone, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto& keys = parts.identity.keys();
    std::vector<std::int64_t> case_keys;
    json::array calls;
    parts.database.read([&](Transaction& transaction) {
        const Value digits = index_of(keys, phone), typed = Blob{identity::blind_index(keys, phone)};
        for (const auto row : transaction.run(sql::list_phone_cases, {{"digits", digits}, {"typed", typed}})) case_keys.push_back(row.integer("case_key"));
        ListBuilder list{call_columns};
        for (const auto row : list.where("h.phone_index = :digits AND h.outcome = 'answered'", {"digits", digits}).order_by("h.call_key DESC").limit(10).run(transaction)) calls.push_back(call_json(*state_, row, language));
    });
    auto found = parts.cases.summaries(case_keys, viewer, language);
    json::array reports;
    for (const auto key : case_keys)
        if (const auto one = found.find(key); one != found.end()) reports.push_back(one->second);
    parts.identity.record_access(viewer, "caller_read", identity::mask_phone(phone));
    return json::object{{"phone_masked", identity::mask_phone(phone)}, {"reports", std::move(reports)}, {"calls", std::move(calls)}};
}

Result<json::object> HotlineService::add_call(const NewCall& call, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto& keys = parts.identity.keys();
    TRY(check_call(*state_, call));
    Value case_key;
    if (!call.case_reference.empty()) {
        TRY_ASSIGN(found, find_case(parts, call.case_reference, viewer));
        case_key = found.key;
    }
    const auto hash = body_hash(call, viewer.person_id);
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        Value article_key;
        if (!call.article_id.is_nil()) {
            const auto article = transaction.run(sql::find_article, {{"article_id", blob_of(call.article_id)}});
            if (article.empty()) return fail("article_unknown");
            article_key = article[0].integer("article_key");
        }
        const auto stored = transaction.run(sql::insert_call,
            {{"call_id", blob_of(call.call_id)}, {"body_hash", Blob{hash}}, {"sealed_phone", sealed(keys, call.phone)}, {"sealed_name", sealed(keys, call.name)}, {"phone_index", index_of(keys, call.phone)},
             {"called_ms", call.called_ms}, {"outside_call_id", call.outside_call_id}, {"recording", call.recording}, {"source", call.source}, {"level", call.level}, {"topic", call.topic},
             {"outside_no", call.outside_no}, {"outside_due_ms", call.outside_due_ms}, {"is_public", call.is_public}, {"wants_call_back", call.wants_call_back},
             {"outcome", call.case_reference.empty() ? "answered" : "reported"}, {"case_key", case_key}, {"question", call.question}, {"answer", call.answer}, {"article_key", article_key},
             {"operator_id", blob_of(viewer.person_id)}, {"recorded_ms", parts.clock.now_ms()}});
        if (stored.affected == 0) { // sent again
            const auto known = transaction.run(sql::find_call, {{"call_id", blob_of(call.call_id)}});
            if (known.empty() || known[0].bytes("body_hash") != hash) return fail("call_id_taken");
            return {};
        }
        if (!call.article_id.is_nil()) transaction.run(sql::count_article_use, {{"article_key", article_key}});
        return {};
    }));
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{call_columns};
        const auto rows = list.where("h.call_id = :call_id", {"call_id", blob_of(call.call_id)}).run(transaction);
        return call_json(*state_, rows[0], language);
    });
}

Result<json::object> HotlineService::calls(const CallFilter& filter, const Viewer& viewer, const std::string& language) {
    return state_->parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        ListBuilder list{call_columns};
        if (!filter.outcome.empty()) list.where("h.outcome = :outcome", {"outcome", filter.outcome});
        if (!filter.source.empty()) list.where("h.source = :source", {"source", filter.source});
        if (filter.is_mine) list.where("h.operator_id = :me", {"me", blob_of(viewer.person_id)});
        if (filter.from_ms) list.where("h.called_ms >= :from_ms", {"from_ms", *filter.from_ms});
        if (filter.to_ms) list.where("h.called_ms < :to_ms", {"to_ms", *filter.to_ms});
        if (!filter.cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 1));
            if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
            list.where("h.call_key < :key", {"key", place[0]});
        }
        json::array items;
        json::value next = nullptr;
        std::int64_t last = 0;
        for (const auto row : list.order_by("h.call_key DESC").limit(filter.limit + 1).run(transaction)) {
            if (items.size() == static_cast<std::size_t>(filter.limit)) {
                next = storage::encode_cursor({last});
                break;
            }
            last = row.integer("call_key");
            items.push_back(call_json(*state_, row, language));
        }
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
    });
}

Result<json::object> HotlineService::call_contact(const Uuid& call_id, const Viewer& viewer) {
    auto& parts = state_->parts;
    std::string phone, name;
    TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::find_call, {{"call_id", blob_of(call_id)}});
        if (rows.empty()) return fail("call_unknown");
        phone = unsealed(parts.identity.keys(), rows[0], "sealed_phone");
        name = unsealed(parts.identity.keys(), rows[0], "sealed_name");
        return {};
    }));
    parts.identity.record_access(viewer, "call_contact_read", format_uuid(call_id));
    return json::object{{"phone", phone}, {"name", name}};
}

} // namespace chengge::hotline
