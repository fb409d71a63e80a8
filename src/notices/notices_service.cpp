#include "notices/notices_service.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "notices/notice_state.hpp"
#include "notices/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::notices {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;

namespace {

constexpr int export_rows_max = 50'000;

constexpr std::string_view own_columns = "SELECT n.notice_key, n.notice_id, n.event, n.case_key, n.subject, n.body, n.is_urgent, n.made_ms, n.read_ms FROM notices n";
constexpr std::string_view outbox_columns =
    "SELECT n.notice_key, n.notice_id, n.recipient, n.channel, n.person_id, n.case_key, n.template, n.event, n.audience, n.is_urgent, n.subject, n.body, n.state, n.made_ms, n.due_ms, n.attempts, n.sent_ms, n.reason, n.detail, "
    "n.decided_by FROM notices n";

// What may be done about a notice in a state: the decision and where it leads.
struct Decision {
    std::string_view name, from, to;
};
constexpr Decision decisions[] = {{"resend", "failed", "waiting"}, {"resend", "unknown", "waiting"}, {"delivered", "unknown", "sent"}, {"drop", "failed", "dropped"}, {"drop", "unknown", "dropped"}, {"drop", "waiting", "dropped"}};

std::string event_label(const NoticeData& data, const rules::Rules& rules, const std::string& event, const std::string& language) {
    if (const auto* label = data.find_label("events", event)) return language == "en" ? label->en : label->zh;
    for (const auto* machine : {"case", "assignment", "task", "request"})
        for (const auto& action : rules.workflow.machine(machine).actions)
            if (action.code == event) return language == "en" && !action.en.empty() ? action.en : action.zh;
    return event;
}

std::string audience_label(const NoticeData& data, const std::string& code, const std::string& language) {
    const auto* audience = data.find_audience(code);
    return audience == nullptr ? "" : language == "en" ? audience->en : audience->zh;
}

// How an e-mail address must look to be taken: one @, no blanks, no brackets, ASCII.
bool is_email(const std::string& text) {
    const auto at = text.find('@');
    if (at == 0 || at == std::string::npos || text.find('@', at + 1) != std::string::npos || text.size() > 200) return false;
    const auto domain = std::string_view(text).substr(at + 1);
    if (domain.empty() || domain.starts_with('.') || domain.ends_with('.')) return false;
    return std::all_of(text.begin(), text.end(), [](char letter) { return letter > 0x20 && letter < 0x7f && std::string_view("<>()[]\\,;:\"").find(letter) == std::string_view::npos; });
}

std::string mask_email(const std::string& email) { return email.empty() ? "" : std::string(take_characters(email, 1)) + "***" + email.substr(email.find('@')); }

} // namespace

std::string label_of(const NoticeData& data, std::string_view list, std::string_view code, const std::string& language) {
    const auto* found = data.find_label(list, code);
    return found == nullptr ? std::string(code) : language == "en" ? found->en : found->zh;
}

std::map<std::string, ChannelHealth> load_health(Transaction& transaction, std::int64_t now_ms) {
    std::map<std::string, ChannelHealth> health;
    for (const auto row : transaction.run(sql::load_health, {{"now", now_ms}})) {
        auto& one = health[row.text("channel")];
        const auto& state = row.text("state");
        const auto count = row.integer("n");
        if (state == "failed") one.failed += count;
        else if (state == "unknown") one.unknown += count;
        else {
            one.waiting += count;
            const auto oldest = row.maybe_integer("oldest_due_ms");
            if (oldest && (one.oldest_due_ms == 0 || *oldest < one.oldest_due_ms)) one.oldest_due_ms = *oldest;
        }
    }
    return health;
}

NoticesService::NoticesService(NoticeParts parts) : state_(std::make_unique<State>(std::move(parts))) {}
NoticesService::~NoticesService() { stop_jobs(); }

void NoticesService::use_channels(ChannelSettings settings) {
    auto fresh = std::make_shared<const ChannelSettings>(std::move(settings));
    const std::lock_guard lock(state_->mutex);
    state_->current_channels = std::move(fresh);
}

void NoticesService::use_data(std::shared_ptr<const NoticeData> data) {
    const std::lock_guard lock(state_->mutex);
    state_->current_data = std::move(data);
}

Result<json::object> NoticesService::inbox(bool only_unread, const std::string& cursor, int limit, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto data = state_->data();
    const auto rules = parts.rules.current();
    json::array items;
    json::value next = nullptr;
    std::int64_t unread = 0;
    std::vector<std::int64_t> case_keys;
    TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
        items.clear();
        case_keys.clear();
        ListBuilder list{own_columns};
        list.where("n.person_id = :person_id AND n.channel = 'in_app'", {"person_id", blob_of(viewer.person_id)});
        if (only_unread) list.where("n.read_ms IS NULL");
        if (!cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(cursor, 1));
            if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
            list.where("n.notice_key < :key", {"key", place[0]});
        }
        std::int64_t key = 0;
        for (const auto row : list.order_by("n.notice_key DESC").limit(limit + 1).run(transaction)) {
            if (items.size() == static_cast<std::size_t>(limit)) {
                next = storage::encode_cursor({key});
                break;
            }
            key = row.integer("notice_key");
            case_keys.push_back(row.maybe_integer("case_key").value_or(0));
            items.push_back(json::object{{"notice_id", format_uuid(uuid_from_raw(row.bytes("notice_id")))},
                                         {"event", row.text("event")},
                                         {"event_label", event_label(*data, *rules, row.text("event"), language)},
                                         {"subject", row.text("subject")},
                                         {"text", row.text("body")},
                                         {"is_urgent", row.flag("is_urgent")},
                                         {"at", format_rfc3339(row.integer("made_ms"))},
                                         {"read_at", maybe_instant(row.maybe_integer("read_ms"))}});
        }
        unread = transaction.run(sql::count_unread, {{"person_id", blob_of(viewer.person_id)}})[0].integer("n");
        return {};
    }));
    const auto summaries = parts.cases.summaries(case_keys, viewer, language);
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto found = summaries.find(case_keys[i]);
        items[i].as_object()["case_id"] = found == summaries.end() ? json::value(nullptr) : found->second.at("case_id");
    }
    return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"unread", unread}};
}

std::int64_t NoticesService::count_unread(const Viewer& viewer) {
    return state_->parts.database.read([&](Transaction& transaction) { return transaction.run(sql::count_unread, {{"person_id", blob_of(viewer.person_id)}})[0].integer("n"); });
}

std::int64_t NoticesService::mark_read(const std::vector<Uuid>& ids, bool all, const Viewer& viewer) {
    const auto now = state_->parts.clock.now_ms();
    std::int64_t unread = 0;
    (void)state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        std::int64_t changed = 0;
        const storage::Value person = blob_of(viewer.person_id);
        if (all) changed = transaction.run(sql::mark_all_read, {{"now", now}, {"person_id", person}}).affected;
        for (const auto& id : ids) {
            storage::Params params{{"now", now}, {"person_id", person}};
            changed += transaction.run(sql::mark_read, params.add("notice_id", blob_of(id))).affected;
        }
        if (changed > 0) unread = announce_unread(transaction, viewer.person_id, viewer.person_key, now);
        else unread = transaction.run(sql::count_unread, {{"person_id", blob_of(viewer.person_id)}})[0].integer("n");
        return {};
    });
    return unread;
}

json::object NoticesService::preferences(const Viewer& viewer) {
    const auto channels = state_->channels();
    return state_->parts.database.read([&](Transaction& transaction) -> json::object {
        const auto rows = transaction.run(sql::load_preferences, {{"person_id", blob_of(viewer.person_id)}});
        const auto row = rows[0];
        const auto open = [&](const char* column) { return row.is_null(column) ? std::string() : identity::unseal(state_->parts.identity.keys(), row.bytes(column)).value_or(""); };
        const auto phone = open("phone_sealed");
        return {{"email", json::object{{"is_on", channels->is_on("email")}, {"is_wanted", row.flag("has_email")}, {"address_masked", maybe_text(mask_email(open("sealed_email")))}}},
                {"sms", json::object{{"is_on", channels->is_on("sms")}, {"is_wanted", row.flag("has_sms")}, {"address_masked", phone.empty() ? json::value(nullptr) : json::value(identity::mask_phone(phone))}}},
                {"language", row.text("language")}};
    });
}

Result<json::object> NoticesService::set_preferences(const Preferences& wanted, const Viewer& viewer) {
    if (wanted.email && !wanted.email->empty() && !is_email(*wanted.email)) return fail("email_not_fitting");
    const auto& keys = state_->parts.identity.keys();
    TRY(state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        storage::Value sealed;
        if (wanted.email) {
            if (!wanted.email->empty()) sealed = storage::Blob{identity::seal(keys, *wanted.email)};
        } else {
            sealed = transaction.run(sql::load_preferences, {{"person_id", blob_of(viewer.person_id)}})[0].value("sealed_email");
        }
        transaction.run(sql::store_preferences, {{"person_id", blob_of(viewer.person_id)}, {"sealed_email", sealed}, {"has_email", wanted.has_email}, {"has_sms", wanted.has_sms}, {"language", wanted.language}, {"changed_ms", state_->parts.clock.now_ms()}});
        return {};
    }));
    return preferences(viewer);
}

namespace {

// The rows of 通知发送记录 in their order and where the next page begins.
Result<json::value> read_outbox(NoticesService::State& state, const OutboxFilter& filter, const Viewer& viewer, const std::string& language, int limit, std::vector<std::pair<std::int64_t, json::object>>& found) {
    auto& parts = state.parts;
    std::optional<std::int64_t> case_key;
    if (!filter.case_reference.empty()) {
        TRY_ASSIGN(detail, parts.cases.get(filter.case_reference, viewer));
        case_key = detail.stored.key;
    }
    const auto data = state.data();
    const auto rules = parts.rules.current();
    const auto directory = parts.identity.directory();
    json::value next = nullptr;
    TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
        found.clear();
        ListBuilder list{outbox_columns};
        // Said as the indexes of the few say it.
        const bool is_open = !filter.state.empty() && filter.state != "sent" && filter.state != "dropped";
        if (is_open) list.where("n.state <> 'sent' AND n.state <> 'dropped'");
        if (!filter.channel.empty() && filter.channel != "in_app") list.where("n.channel <> 'in_app'");
        if (!filter.channel.empty()) list.where("n.channel = :channel", {"channel", filter.channel});
        if (filter.state == "waiting") list.where("n.state IN ('waiting', 'claimed')");
        else if (!filter.state.empty()) list.where("n.state = :state", {"state", filter.state});
        if (!filter.event.empty()) list.where("n.event = :event", {"event", filter.event});
        if (!filter.audience.empty()) list.where("n.audience = :audience", {"audience", filter.audience});
        if (case_key) list.where("n.case_key = :case_key", {"case_key", *case_key});
        if (filter.from_ms) list.where("n.made_ms >= :from_ms", {"from_ms", *filter.from_ms});
        if (filter.to_ms) list.where("n.made_ms < :to_ms", {"to_ms", *filter.to_ms});
        if (!filter.cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 1));
            if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
            list.where(filter.is_oldest_first ? "n.notice_key > :key" : "n.notice_key < :key", {"key", place[0]});
        }
        std::int64_t key = 0;
        for (const auto row : list.order_by(filter.is_oldest_first ? "n.notice_key" : "n.notice_key DESC").limit(limit + 1).run(transaction)) {
            if (found.size() == static_cast<std::size_t>(limit)) {
                next = storage::encode_cursor({key});
                break;
            }
            key = row.integer("notice_key");
            const auto* person = row.is_null("person_id") ? nullptr : directory->find_person(uuid_from_raw(row.bytes("person_id")));
            const auto* decider = row.is_null("decided_by") ? nullptr : directory->find_person(uuid_from_raw(row.bytes("decided_by")));
            const auto* organisation = person == nullptr ? nullptr : directory->find_organisation(person->organisation_key);
            const auto& recipient = row.text("recipient");
            json::array may;
            for (const auto& decision : decisions)
                if (decision.from == row.text("state")) may.emplace_back(decision.name);
            const auto& own_state = row.text("state") == "claimed" ? std::string("waiting") : row.text("state");
            const bool is_reporter = row.text("audience") == "reporter" || row.text("audience") == "finder";
            found.emplace_back(row.maybe_integer("case_key").value_or(0),
                               json::object{{"notice_id", format_uuid(uuid_from_raw(row.bytes("notice_id")))},
                                            {"channel", row.text("channel")},
                                            {"channel_label", label_of(*data, "channels", row.text("channel"), language)},
                                            {"state", own_state},
                                            {"state_label", label_of(*data, "states", own_state, language)},
                                            {"event", row.text("event")},
                                            {"event_label", event_label(*data, *rules, row.text("event"), language)},
                                            {"audience", maybe_text(row.text("audience"))},
                                            {"audience_label", maybe_text(audience_label(*data, row.text("audience"), language))},
                                            // Who reported is for the supervision centre only.
                                            {"recipient", recipient.starts_with("endpoint:") ? json::value(recipient.substr(9)) : person == nullptr || (is_reporter && !viewer.scope.sees_reporter) ? json::value(nullptr) : json::value(person->name)},
                                            {"organisation", organisation == nullptr || is_reporter ? json::value(nullptr) : json::value(organisation->name)},
                                            {"is_urgent", row.flag("is_urgent")},
                                            {"subject", maybe_text(row.text("subject"))},
                                            {"text", maybe_text(row.text("body"))},
                                            {"made_at", format_rfc3339(row.integer("made_ms"))},
                                            {"due_at", own_state == "waiting" ? maybe_instant(row.integer("due_ms")) : json::value(nullptr)},
                                            {"sent_at", maybe_instant(row.maybe_integer("sent_ms"))},
                                            {"attempts", row.integer("attempts")},
                                            {"reason", maybe_text(row.text("reason"))},
                                            {"reason_label", row.text("reason").empty() ? json::value(nullptr) : json::value(label_of(*data, "reasons", row.text("reason"), language))},
                                            {"detail", maybe_text(row.text("detail"))},
                                            {"decided_by", decider == nullptr ? json::value(nullptr) : json::value(decider->name)},
                                            {"may", std::move(may)}});
        }
        return {};
    }));
    std::vector<std::int64_t> keys;
    for (const auto& one : found) keys.push_back(one.first);
    const auto summaries = parts.cases.summaries(keys, viewer, language);
    for (auto& [key, one] : found) {
        const auto seen = summaries.find(key);
        one["case_id"] = seen == summaries.end() ? json::value(nullptr) : seen->second.at("case_id");
        one["case_name"] = seen == summaries.end() ? json::value(nullptr) : seen->second.at("name");
        if (seen != summaries.end()) continue;
        one["subject"] = nullptr;
        one["text"] = nullptr;
    }
    return next;
}

std::string text_of(const json::object& one, const char* name) {
    const auto& value = one.at(name);
    return value.is_string() ? std::string(value.get_string()) : value.is_null() ? "" : to_json_text(value);
}

} // namespace

Result<json::object> NoticesService::outbox(const OutboxFilter& filter, const Viewer& viewer, const std::string& language) {
    std::vector<std::pair<std::int64_t, json::object>> found;
    TRY_ASSIGN(next, read_outbox(*state_, filter, viewer, language, filter.limit, found));
    json::array items;
    for (auto& one : found) items.push_back(std::move(one.second));
    return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}};
}

Result<std::string> NoticesService::outbox_csv(const OutboxFilter& filter, const Viewer& viewer, const std::string& language) {
    std::vector<std::pair<std::int64_t, json::object>> found;
    TRY(read_outbox(*state_, filter, viewer, language, export_rows_max, found));
    const bool is_english = language == "en";
    std::string csv = is_english ? "\xEF\xBB\xBFMade,Case,What,For,Recipient,Unit,Channel,State,Attempts,Sent,Reason,Code\r\n" : "\xEF\xBB\xBF生成时间,案卷号,事由,对象,收件人,单位,渠道,状态,尝试次数,发出时间,原因,回应码\r\n";
    for (const auto& [key, one] : found) {
        std::vector<std::string> fields;
        for (const auto* name : {"made_at", "case_name", "event_label", "audience_label", "recipient", "organisation", "channel_label", "state_label", "attempts", "sent_at", "reason_label", "detail"}) fields.push_back(csv_field(text_of(one, name)));
        csv += join(fields, ",") + "\r\n";
    }
    state_->parts.identity.record_access(viewer, "notices_exported", "");
    return csv;
}

json::object NoticesService::channels(const std::string& language) {
    const auto settings = state_->channels();
    const auto data = state_->data();
    const auto now = state_->parts.clock.now_ms();
    auto health = state_->parts.database.read([&](Transaction& transaction) { return load_health(transaction, now); });
    json::array items;
    for (const auto channel : channel_codes) {
        const std::string code(channel);
        const auto& one = health[code];
        items.push_back(json::object{{"channel", code}, {"label", label_of(*data, "channels", code, language)}, {"is_on", settings->is_on(code)}, {"waiting", one.waiting}, {"failed", one.failed}, {"unknown", one.unknown},
                                     {"oldest_due_at", one.oldest_due_ms == 0 ? json::value(nullptr) : json::value(format_rfc3339(one.oldest_due_ms))}});
    }
    return {{"items", std::move(items)}};
}

Result<json::object> NoticesService::decide(const Uuid& id, const std::string& decision, const Viewer& viewer, const std::string& language) {
    const auto now = state_->parts.clock.now_ms();
    std::string state;
    TRY(state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::find_notice, {{"notice_id", blob_of(id)}});
        if (rows.empty()) return fail("notice_unknown");
        const auto from = rows[0].text("state");
        const auto found = std::find_if(std::begin(decisions), std::end(decisions), [&](const Decision& one) { return one.name == decision && one.from == from; });
        if (found == std::end(decisions)) return fail("notice_not_open");
        state = found->to;
        const auto changed = transaction.run(sql::decide_notice, {{"state", state}, {"now", now}, {"sent_ms", state == "sent" ? storage::Value(now) : storage::Value()}, {"person_id", blob_of(viewer.person_id)},
                                                                  {"notice_key", rows[0].integer("notice_key")}, {"from_state", from}});
        if (changed.affected == 0) return fail("notice_not_open"); // a sender was faster
        return {};
    }));
    state_->parts.identity.record_access(viewer, "notice_decided", format_uuid(id));
    state_->sleep.notify_all();
    return json::object{{"notice_id", format_uuid(id)}, {"state", state}, {"state_label", label_of(*state_->data(), "states", state, language)}};
}

json::object NoticesService::templates(const std::string& language) {
    const auto data = state_->data();
    const auto rules = state_->parts.rules.current();
    const auto channels = state_->channels();
    json::array items;
    for (const auto& one : data->templates) {
        json::array events, stages, ways;
        for (const auto& event : one.on) events.push_back(json::object{{"code", event}, {"label", event_label(*data, *rules, event, language)}});
        for (const auto& stage : one.stages)
            if (const auto* label = rules->workflow.find_label(rules->workflow.stages, stage)) stages.push_back(json::object{{"code", stage}, {"label", language == "en" ? label->en : label->zh}});
        for (const auto& channel : one.channels) ways.push_back(json::object{{"code", channel}, {"label", label_of(*data, "channels", channel, language)}, {"is_on", channels->is_on(channel)}});
        items.push_back(json::object{{"template", one.code},
                                     {"events", std::move(events)},
                                     {"stages", std::move(stages)},
                                     {"kind", maybe_text(one.kind)},
                                     {"class_beginning", maybe_text(one.class_beginning)},
                                     {"audience", one.audience},
                                     {"audience_label", audience_label(*data, one.audience, language)},
                                     {"channels", std::move(ways)},
                                     {"is_urgent", one.is_urgent},
                                     {"subject", (language == "en" ? one.subject_en : one.subject_zh).source()},
                                     {"text", (language == "en" ? one.en : one.zh).source()}});
    }
    return {{"items", std::move(items)}};
}

Result<json::object> NoticesService::preview(const std::string& code, const std::string& case_reference, const Viewer& viewer) {
    auto& parts = state_->parts;
    const auto data = state_->data();
    const auto channels = state_->channels();
    const auto* one = data->find_template(code);
    if (one == nullptr) return fail("template_unknown");
    TRY_ASSIGN(detail, parts.cases.get(case_reference, viewer));
    Happening happening;
    happening.case_key = detail.stored.key;
    happening.stored = detail.stored;
    happening.event = one->on.front();
    // As at the newest step that the template is for; else as at the newest step of all.
    const auto is_meant = [&](const cases::StoredStep& stored) { return std::find(one->on.begin(), one->on.end(), stored.step.action) != one->on.end(); };
    const auto found = std::find_if(detail.steps.rbegin(), detail.steps.rend(), is_meant);
    const auto& step = (found == detail.steps.rend() ? detail.steps.back() : *found).step;
    happening.seq = step.seq;
    happening.at_ms = step.recorded_ms;
    happening.opinion = step.opinion;
    happening.subject_kind = step.subject_kind;
    happening.subject_id = step.subject_id;
    const auto& clocks = happening.stored.c.clocks;
    const auto fits = [&](const rules::StageClock& clock) { return one->stages.empty() ? !clock.stopped_ms : std::find(one->stages.begin(), one->stages.end(), clock.stage) != one->stages.end(); };
    const auto clock = std::find_if(clocks.rbegin(), clocks.rend(), fits);
    const auto rules = parts.rules.current();
    const Wording wording{*rules, parts, *data, *channels};
    json::object shown{{"template", code}, {"case_id", format_uuid(detail.stored.c.id)}};
    for (const std::string language : {"zh", "en"}) {
        const auto values = values_for(wording, happening, clock == clocks.rend() ? nullptr : &*clock, "", language);
        shown["subject_" + language] = (language == "en" ? one->subject_en : one->subject_zh).fill(values);
        shown["text_" + language] = (language == "en" ? one->en : one->zh).fill(values);
    }
    return shown;
}

} // namespace chengge::notices
