// From steps and late clocks to rows of the outbox. What is looked for is read outside the write, and the rows are written
// with the reader's position: nothing is told twice, nothing is left out.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "notices/notice_state.hpp"
#include "notices/queries.hpp"
#include "notices/send_rules.hpp"

namespace chengge::notices {

using storage::FeedPosition;
using storage::Params;
using storage::Transaction;

namespace {

constexpr int feed_page = 200;
constexpr std::size_t clocks_page = 100;
constexpr std::int64_t looks_back_ms = day_ms; // of a city that tells for the first time: what lies on the table, in-app only

struct Wishes {
    bool reaches_email = false, reaches_sms = false;
    std::string language = "zh";
};

// Rows for the outbox, gathered while reading.
class Maker {
public:
    Maker(NoticesService::State& state, Transaction& transaction, std::int64_t begin_ms)
        : parts_(state.parts), data_(state.data()), channels_(state.channels()), rules_(state.parts.rules.current()), transaction_(transaction), begin_ms_(begin_ms), now_ms_(state.parts.clock.now_ms()) {}

    void add(const Happening& happening) {
        make_webhooks(happening);
        if (!data_->has_event(happening.event)) return;
        const auto reporters = load_reporters(transaction_, happening);
        for (const auto& audience : data_->audiences)
            for (const auto channel : {"in_app", "email", "sms"}) make(happening, audience, channel, reporters);
    }

    // Whether anybody at all hears of such an event.
    bool is_told(const std::string& event) const {
        return data_->has_event(event) || std::any_of(channels_->webhooks.begin(), channels_->webhooks.end(), [&](const WebhookEndpoint& one) { return one.wants(event); });
    }

    std::vector<Params> rows;
    std::map<std::int64_t, Uuid> told; // people with something new to read, by key

private:
    bool is_open(const Happening& happening, std::string_view channel) const { return channel == "in_app" || (channels_->is_on(channel) && happening.at_ms >= begin_ms_); }

    void make(const Happening& happening, const Audience& audience, const char* channel, const std::vector<Reporter>& reporters) {
        if (!is_open(happening, channel)) return;
        const auto& c = happening.stored.c;
        if (data_->choose(happening.event, audience.code, channel, "", c.kind, c.class_code) == nullptr) return;
        for (const auto& recipient : find_recipients(parts_, audience, happening, reporters)) {
            const auto* chosen = data_->choose(happening.event, audience.code, channel, recipient.clock == nullptr ? "" : recipient.clock->stage, c.kind, c.class_code);
            if (chosen != nullptr && is_reached(recipient, channel)) add_row(happening, audience, channel, *chosen, recipient);
        }
    }

    bool is_reached(const Recipient& recipient, std::string_view channel) {
        if (recipient.person == nullptr) return channel == "sms";
        const auto& wishes = wishes_of(recipient.person->id);
        return channel == "in_app" || (channel == "email" ? wishes.reaches_email : wishes.reaches_sms && !recipient.has_left_number);
    }

    const Wishes& wishes_of(const Uuid& person) {
        const auto [found, is_new] = wishes_.try_emplace(person.raw());
        if (!is_new) return found->second;
        const auto rows_found = transaction_.run(sql::load_wishes, {{"person_id", blob_of(person)}});
        if (!rows_found.empty()) {
            const auto row = rows_found[0];
            found->second = {row.flag("has_address") && row.flag("has_email"), row.flag("has_phone") && row.flag("has_sms"), row.text("language")};
        }
        return found->second;
    }

    void add_row(const Happening& happening, const Audience& audience, const char* channel, const Template& chosen, const Recipient& recipient) {
        const bool is_in_app = std::string_view(channel) == "in_app";
        const auto language = recipient.person == nullptr ? std::string("zh") : wishes_of(recipient.person->id).language;
        const auto values = values_for({*rules_, parts_, *data_, *channels_}, happening, recipient.clock, recipient.case_name, language);
        const bool is_english = language == "en";
        auto body = (is_english ? chosen.en : chosen.zh).fill(values);
        if (std::string_view(channel) == "email") body += "\n\n" + values.find("链接")->second + "\n";
        const auto made_for = recipient.person != nullptr ? "person:" + format_uuid(recipient.person->id) : "contact:" + format_uuid(recipient.contact_case);
        // One happening tells one person once by one channel, whatever parts they have in it.
        if (!seen_.insert(happening.cause + "|" + made_for + "|" + channel).second) return;
        rows.push_back({{"notice_id", blob_of(make_uuid(now_ms_))},
                        {"cause", happening.cause},
                        {"recipient", made_for},
                        {"channel", channel},
                        {"person_id", recipient.person == nullptr ? storage::Value() : storage::Value(blob_of(recipient.person->id))},
                        {"case_key", recipient.contact_of.value_or(happening.case_key)},
                        {"seq", happening.seq},
                        {"template", chosen.code},
                        {"event", happening.event},
                        {"audience", audience.code},
                        {"is_urgent", chosen.is_urgent},
                        {"subject", (is_english ? chosen.subject_en : chosen.subject_zh).fill(values)},
                        {"body", std::move(body)},
                        {"state", is_in_app ? "sent" : "waiting"},
                        {"made_ms", now_ms_},
                        {"due_ms", is_in_app ? now_ms_ : earliest_ms(data_->settings, audience.code, channel, chosen.is_urgent, now_ms_)},
                        {"sent_ms", is_in_app ? storage::Value(now_ms_) : storage::Value()}});
        if (is_in_app) told.emplace(recipient.person->key, recipient.person->id);
    }

    void make_webhooks(const Happening& happening) {
        if (!is_open(happening, "webhook")) return;
        for (const auto& endpoint : channels_->webhooks) {
            if (!endpoint.wants(happening.event)) continue;
            const auto id = make_uuid(now_ms_);
            rows.push_back({{"notice_id", blob_of(id)}, {"cause", happening.cause}, {"recipient", "endpoint:" + endpoint.name}, {"channel", "webhook"}, {"person_id", nullptr}, {"case_key", happening.case_key},
                            {"seq", happening.seq}, {"template", ""}, {"event", happening.event}, {"audience", ""}, {"is_urgent", true}, {"subject", ""}, {"body", webhook_body({*rules_, parts_, *data_, *channels_}, happening, id)},
                            {"state", "waiting"}, {"made_ms", now_ms_}, {"due_ms", now_ms_}, {"sent_ms", nullptr}});
        }
    }

    const NoticeParts& parts_;
    const std::shared_ptr<const NoticeData> data_;
    const std::shared_ptr<const ChannelSettings> channels_;
    const std::shared_ptr<const rules::Rules> rules_;
    Transaction& transaction_;
    const std::int64_t begin_ms_, now_ms_;
    std::map<std::string, Wishes> wishes_;
    std::set<std::string> seen_;
};

// Which clocks of the case a step began, by what it says it changed: "clock/3/started_ms=…".
std::vector<std::size_t> clocks_begun(const std::string& changes, std::size_t count) {
    std::vector<std::size_t> found;
    for (const auto& line : split(changes, '\n')) {
        if (!line.starts_with("clock/")) continue;
        std::size_t index = 0;
        const auto read = std::from_chars(line.data() + 6, line.data() + line.size(), index);
        if (read.ec == std::errc() && std::string_view(read.ptr).starts_with("/started_ms=") && index < count) found.push_back(index);
    }
    return found;
}

// Nothing for what is no step or tells nobody anything, and for numbers of cases that were accepted before that time. Of most
// steps no more than the action is read.
std::optional<Happening> load_happening(Transaction& transaction, const storage::FeedEntry& entry, std::int64_t not_before_ms, const Maker& maker) {
    if (!entry.kind.starts_with("case_") || entry.version == 0) return std::nullopt;
    Happening happening;
    happening.case_key = entry.subject_key;
    happening.at_ms = entry.recorded_ms;
    if (entry.kind == "case_numbered") {
        if (!maker.is_told("numbered")) return std::nullopt;
        const auto accepted = transaction.run(sql::load_accepted, {{"case_key", entry.subject_key}});
        if (accepted.empty() || accepted[0].maybe_integer("accepted_ms").value_or(0) < not_before_ms) return std::nullopt;
        auto stored = cases::load_case(transaction, entry.subject_key);
        if (!stored) return std::nullopt;
        happening.stored = std::move(*stored);
        happening.event = "numbered";
        happening.cause = "numbered:" + format_uuid(happening.stored.c.id);
        return happening;
    }
    const auto rows = transaction.run(sql::load_step, {{"step_key", entry.subject_key * cases::parts_max + entry.version}});
    if (rows.empty() || !maker.is_told(rows[0].text("action"))) return std::nullopt;
    auto stored = cases::load_case(transaction, entry.subject_key);
    if (!stored) return std::nullopt;
    const auto row = rows[0];
    happening.stored = std::move(*stored);
    happening.seq = entry.version;
    happening.event = row.text("action");
    happening.cause = "step:" + format_uuid(happening.stored.c.id) + ":" + std::to_string(entry.version);
    happening.at_ms = row.integer("recorded_ms");
    if (!row.is_null("actor_id")) happening.actor_id = uuid_from_raw(row.bytes("actor_id"));
    if (!row.is_null("subject_id")) happening.subject_id = uuid_from_raw(row.bytes("subject_id"));
    happening.subject_kind = row.text("subject_kind");
    happening.opinion = row.text("opinion");
    happening.clocks = clocks_begun(row.text("changes"), happening.stored.c.clocks.size());
    return happening;
}

std::optional<std::int64_t> load_mark(Transaction& transaction, const char* name) {
    const auto rows = transaction.run(sql::load_mark, {{"name", name}});
    return rows.empty() ? std::nullopt : std::optional(rows[0].integer("at_ms"));
}

// A city begins to tell: of the last day in-app, of everything else from now on.
void begin_telling(NoticesService::State& state) {
    (void)state.parts.database.write([&](Transaction& transaction) -> Result<void> {
        if (load_mark(transaction, "begin")) return fail("nothing_to_do");
        const auto now = state.parts.clock.now_ms();
        const auto rows = transaction.run(sql::find_start, {{"at_ms", now - looks_back_ms}});
        storage::store_reader_position(transaction, "notices", rows.empty() ? FeedPosition{} : FeedPosition{rows[0].integer("txid"), rows[0].integer("entry_key")});
        transaction.run(sql::store_mark, {{"name", "begin"}, {"at_ms", now}});
        transaction.run(sql::store_mark, {{"name", "sweep"}, {"at_ms", now - looks_back_ms}});
        return {};
    });
}

struct Due {
    std::vector<Params> rows;
    std::map<std::int64_t, Uuid> told;
};

void write_found(Transaction& transaction, const Due& found, std::int64_t now_ms) {
    transaction.run_batch(sql::insert_notice, found.rows);
    for (const auto& [key, id] : found.told) announce_unread(transaction, id, key, now_ms);
}

} // namespace

std::int64_t earliest_ms(const NoticeSettings& settings, std::string_view audience, std::string_view channel, bool is_urgent, std::int64_t now_ms) {
    if (is_urgent || channel == "webhook" || channel == "in_app") return now_ms;
    return after_quiet_hours(audience == "reporter" ? settings.citizens : settings.staff, now_ms);
}

std::int64_t announce_unread(Transaction& transaction, const Uuid& person_id, std::int64_t person_key, std::int64_t now_ms) {
    const auto unread = transaction.run(sql::count_unread, {{"person_id", blob_of(person_id)}})[0].integer("n");
    storage::append_feed(transaction, {"notice", person_key, unread, now_ms});
    return unread;
}

bool follow_feed(NoticesService::State& state) {
    auto& parts = state.parts;
    FeedPosition from, end;
    Due found;
    bool has_begun = false;
    const auto entries = parts.database.read([&](Transaction& transaction) {
        found = {};
        const auto begin = load_mark(transaction, "begin");
        has_begun = begin.has_value();
        if (!has_begun) return std::size_t{0};
        from = storage::load_reader_position(transaction, "notices");
        const auto page = storage::read_feed(transaction, from, feed_page);
        Maker maker(state, transaction, *begin);
        for (const auto& entry : page)
            if (const auto happening = load_happening(transaction, entry, *begin - looks_back_ms, maker)) maker.add(*happening);
        found = {std::move(maker.rows), std::move(maker.told)};
        if (!page.empty()) end = page.back().position;
        return page.size();
    });
    if (!has_begun) {
        begin_telling(state);
        return true;
    }
    if (entries == 0) return false;
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        if (storage::load_reader_position(transaction, "notices") != from) return fail("nothing_to_do"); // another node was faster
        write_found(transaction, found, parts.clock.now_ms());
        CRASH_POINT("notices.made");
        storage::store_reader_position(transaction, "notices", end);
        return {};
    });
    return entries == static_cast<std::size_t>(feed_page);
}

// A clock that turns both ways in one look is only red.
bool look_at_clocks(NoticesService::State& state) {
    auto& parts = state.parts;
    const auto now = parts.clock.now_ms();
    struct Turned {
        std::int64_t clock_key = 0;
        bool is_red = false;
    };
    std::vector<Turned> turned;
    std::optional<std::int64_t> after, begin;
    parts.database.read([&](Transaction& transaction) {
        turned.clear();
        after = load_mark(transaction, "sweep");
        begin = load_mark(transaction, "begin");
        if (!after || *after >= now) return;
        for (const auto row : transaction.run(sql::list_turned_clocks, {{"after", *after}, {"now", now}})) {
            const auto deadline = row.maybe_integer("deadline_ms");
            turned.push_back({row.integer("clock_key"), deadline && *deadline <= now});
        }
    });
    if (!after || !begin || *after >= now) return false;
    for (std::size_t first = 0; first < turned.size(); first += clocks_page) {
        Due found;
        parts.database.read([&](Transaction& transaction) {
            Maker maker(state, transaction, *begin);
            for (auto i = first; i < std::min(first + clocks_page, turned.size()); ++i) {
                auto stored = cases::load_case(transaction, turned[i].clock_key / cases::parts_max);
                const auto index = static_cast<std::size_t>(turned[i].clock_key % cases::parts_max);
                if (!stored || index >= stored->c.clocks.size() || stored->c.clocks[index].stopped_ms) continue;
                const auto& clock = stored->c.clocks[index];
                const auto at = turned[i].is_red ? clock.deadline_ms : clock.yellow_ms;
                if (!at || *at > now) continue;
                Happening happening;
                happening.event = turned[i].is_red ? "red" : "yellow";
                happening.cause = happening.event + ":" + format_uuid(stored->c.id) + ":" + std::to_string(index) + ":" + std::to_string(*at);
                happening.case_key = stored->key;
                happening.at_ms = *at;
                happening.stored = std::move(*stored);
                happening.clocks = {index};
                maker.add(happening);
            }
            found = {std::move(maker.rows), std::move(maker.told)};
        });
        (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
            write_found(transaction, found, now);
            return {};
        });
    }
    // Where it stopped is stored last: looked at again, the same rows are there already.
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        if (load_mark(transaction, "sweep") != after) return fail("nothing_to_do");
        transaction.run(sql::store_mark, {{"name", "sweep"}, {"at_ms", now}});
        return {};
    });
    return !turned.empty();
}

void drop_old(NoticesService::State& state) {
    const auto before = state.parts.clock.now_ms() - state.data()->settings.keep_days * day_ms;
    for (std::int64_t dropped = 500; dropped == 500;) {
        dropped = 0;
        (void)state.parts.database.write([&](Transaction& transaction) -> Result<void> {
            dropped = transaction.run(sql::drop_old_notices, {{"before", before}}).affected;
            if (dropped == 0) return fail("nothing_to_do");
            return {};
        });
    }
}

} // namespace chengge::notices
