// The senders: a claimed notice is marked durably before it is handed over, so that after a crash it is known which ones may
// have gone out (docs/adr/0010-nothing-sent-twice.md).
#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "notices/notice_state.hpp"
#include "notices/queries.hpp"
#include "notices/send_rules.hpp"

namespace chengge::notices {

using namespace std::chrono_literals;
using storage::Params;
using storage::Transaction;

namespace {

constexpr std::int64_t lease_ms = 3 * minute_ms;    // longer than any exchange may take
constexpr std::int64_t crowded_wait_ms = 10 * minute_ms;

struct Claimed {
    std::int64_t key = 0, attempts = 0;
    std::optional<std::int64_t> case_key;
    Uuid id, person_id;
    std::string recipient, event, audience, subject, body;
    bool is_urgent = false;
};

double chance() { return static_cast<double>(static_cast<unsigned char>(random_bytes(1)[0])) / 256.0; }

bool is_repeatable(const std::string& channel) { return channel == "webhook"; } // receivers know it again by its id

// What a process that is gone has left.
void recover(NoticesService::State& state, const std::string& channel, std::int64_t now) {
    (void)state.parts.database.write([&](Transaction& transaction) -> Result<void> {
        const Params params{{"channel", channel}, {"now", now}};
        transaction.run(sql::give_back_expired, params);
        const auto left = transaction.run(is_repeatable(channel) ? sql::repeat_expired : sql::doubt_expired, params).affected;
        if (left > 0) log_warning("notices were left half sent", {{"channel", channel}, {"count", std::to_string(left)}});
        return {};
    });
}

std::vector<Claimed> claim(NoticesService::State& state, const std::string& channel, std::int64_t now) {
    std::vector<Claimed> claimed;
    (void)state.parts.database.write([&](Transaction& transaction) -> Result<void> {
        claimed.clear();
        transaction.run(sql::claim_due, {{"owner", blob_of(state.owner)}, {"until", now + lease_ms}, {"channel", channel}, {"now", now}});
        for (const auto row : transaction.run(sql::list_claimed, {{"channel", channel}, {"owner", blob_of(state.owner)}}))
            claimed.push_back({row.integer("notice_key"), row.integer("attempts"), row.maybe_integer("case_key"), uuid_from_raw(row.bytes("notice_id")), row.is_null("person_id") ? Uuid{} : uuid_from_raw(row.bytes("person_id")),
                               row.text("recipient"), row.text("event"), row.text("audience"), row.text("subject"), row.text("body"), row.flag("is_urgent")});
        return {};
    });
    return claimed;
}

std::string find_address(NoticesService::State& state, const std::string& channel, const Claimed& one) {
    return state.parts.database.read([&](Transaction& transaction) -> std::string {
        const auto unsealed = [&](const storage::Rows& rows, const char* column) { return rows.empty() || rows[0].is_null(column) ? std::string() : identity::unseal(state.parts.identity.keys(), rows[0].bytes(column)).value_or(""); };
        if (one.person_id.is_nil()) return unsealed(transaction.run(sql::load_contact_phone, {{"case_key", one.case_key.value_or(0)}}), "sealed_phone");
        return unsealed(transaction.run(sql::load_person_address, {{"person_id", blob_of(one.person_id)}}), channel == "email" ? "sealed_email" : "phone_sealed");
    });
}

// One claimed notice, from looking its address up to recording what became of it.
class Sending {
public:
    Sending(NoticesService::State& state, const std::string& channel, const Claimed& one) : state_(state), channel_(channel), one_(one), data_(state.data()), channels_(state.channels()) {}

    void run() {
        const auto now = state_.parts.clock.now_ms();
        if (!channels_->is_on(channel_)) return give_up("channel_off");
        const auto earliest = earliest_ms(data_->settings, one_.audience, channel_, one_.is_urgent, now);
        if (earliest > now) return put_off(earliest, "quiet");
        Message message{format_uuid(one_.id), "", one_.subject, one_.body, now};
        const WebhookEndpoint* endpoint = nullptr;
        storage::Value address_index;
        if (channel_ == "webhook") {
            endpoint = channels_->find_webhook(one_.recipient.substr(std::string_view("endpoint:").size()));
            if (endpoint == nullptr) return give_up("channel_off");
        } else {
            message.address = find_address(state_, channel_, one_);
            if (message.address.empty()) return give_up("no_address");
            const auto& keys = state_.parts.identity.keys();
            const storage::Blob index{channel_ == "email" ? identity::blind_index(keys, to_lower_ascii(message.address)) : identity::phone_index(keys, message.address)};
            if (!one_.is_urgent && is_crowded(index, now)) return put_off(now + crowded_wait_ms, "too_many");
            address_index = index;
        }
        if (!begin(address_index, now)) return; // taken from us: our lease had run out
        CRASH_POINT("notices.sending");
        const auto outcome = hand_over(message, endpoint);
        CRASH_POINT("notices.handed");
        record(outcome);
    }

private:
    Outcome hand_over(const Message& message, const WebhookEndpoint* endpoint) const {
        if (channel_ == "email") return send_email(channels_->email, message);
        if (channel_ == "sms") return send_sms(channels_->sms, message);
        return post_webhook(*channels_, *endpoint, message);
    }

    bool is_crowded(const storage::Blob& index, std::int64_t now) const {
        const auto most = channel_ == "email" ? data_->settings.email_per_hour : data_->settings.sms_per_hour;
        return state_.parts.database.read([&](Transaction& transaction) { return transaction.run(sql::count_sent_to, {{"address_index", index}, {"since", now - hour_ms}, {"channel", channel_}})[0].integer("n"); }) >= most;
    }

    bool begin(const storage::Value& address_index, std::int64_t now) const {
        return write(sql::begin_sending, {{"until", now + lease_ms}, {"address_index", address_index}, {"notice_key", one_.key}, {"owner", blob_of(state_.owner)}});
    }
    void put_off(std::int64_t due_ms, const char* reason) const { write(sql::put_off, {{"due_ms", due_ms}, {"reason", reason}, {"notice_key", one_.key}, {"owner", blob_of(state_.owner)}}); }
    void give_up(const char* reason) const { write(sql::record_unsent, {{"reason", reason}, {"notice_key", one_.key}, {"owner", blob_of(state_.owner)}}); }

    void record(const Outcome& outcome) const {
        const auto now = state_.parts.clock.now_ms();
        const bool is_unknown = outcome.handed == Handed::unknown && !is_repeatable(channel_);
        const bool is_last = outcome.handed == Handed::refused || one_.attempts + 1 >= data_->settings.attempts_max;
        const char* to = outcome.handed == Handed::sent ? "sent" : is_unknown ? "unknown" : is_last ? "failed" : "waiting";
        const auto due = std::string_view(to) == "waiting" ? now + retry_wait_ms(data_->settings, one_.attempts + 1, chance()) : now;
        write(sql::record_outcome, {{"state", to}, {"due_ms", due}, {"sent_ms", outcome.handed == Handed::sent ? storage::Value(now) : storage::Value()}, {"reason", outcome.reason}, {"detail", outcome.detail}, {"notice_key", one_.key}, {"owner", blob_of(state_.owner)}});
        if (outcome.handed != Handed::sent) log_warning("a notice was not sent", {{"notice", format_uuid(one_.id)}, {"channel", channel_}, {"state", to}, {"reason", outcome.reason}, {"detail", outcome.detail}});
    }

    bool write(const storage::Statement& statement, const Params& params) const {
        bool is_done = false;
        (void)state_.parts.database.write([&](Transaction& transaction) -> Result<void> {
            is_done = transaction.run(statement, params).affected > 0;
            return {};
        });
        return is_done;
    }

    NoticesService::State& state_;
    const std::string& channel_;
    const Claimed& one_;
    const std::shared_ptr<const NoticeData> data_;
    const std::shared_ptr<const ChannelSettings> channels_;
};

int send_some(NoticesService::State& state, const std::string& channel, const std::function<bool()>& stops) {
    const auto now = state.parts.clock.now_ms();
    const auto [expired, due] = state.parts.database.read([&](Transaction& transaction) {
        const auto rows = transaction.run(sql::find_expired, {{"channel", channel}, {"now", now}});
        return std::pair(rows[0].flag("expired"), rows[0].flag("due"));
    });
    if (expired) recover(state, channel, now);
    if (!due && !expired) return 0;
    const auto claimed = claim(state, channel, now);
    if (!claimed.empty()) {
        CRASH_POINT("notices.claimed");
    }
    for (const auto& one : claimed) {
        if (stops()) break;
        Sending(state, channel, one).run();
    }
    if (stops())
        (void)state.parts.database.write([&](Transaction& transaction) -> Result<void> {
            transaction.run(sql::give_back_own, {{"channel", channel}, {"owner", blob_of(state.owner)}});
            return {};
        });
    return static_cast<int>(claimed.size());
}

template <class Act>
void guarded(const char* what, Act&& act) {
    try {
        act();
    } catch (const std::exception& error) {
        log_error("a job of the notices failed and will try again", {{"job", what}, {"reason", error.what()}});
    }
}

} // namespace

int NoticesService::send_round(const std::string& channel) {
    return send_some(*state_, channel, [] { return false; });
}

void NoticesService::drop_old_notices() { drop_old(*state_); }

void NoticesService::make_notices() {
    while (follow_feed(*state_)) {}
    look_at_clocks(*state_);
}

void NoticesService::start_jobs(storage::FeedFollower& follower) {
    auto& state = *state_;
    const auto rest = [&state](std::stop_token stop, std::chrono::milliseconds time) {
        std::unique_lock lock(state.sleep_mutex);
        state.sleep.wait_for(lock, stop, time, [] { return false; });
    };
    state.threads.emplace_back([&state, &follower, rest](std::stop_token stop) {
        storage::FeedPosition at;
        while (!stop.stop_requested()) {
            const auto end = follower.position();
            guarded("feed", [&] {
                while (!stop.stop_requested() && follow_feed(state)) {}
                at = end;
            });
            rest(stop, 250ms); // a round costs a commit
            while (!stop.stop_requested() && !follower.wait_past(at, 1s, stop)) {}
        }
    });
    state.threads.emplace_back([&state, rest](std::stop_token stop) {
        for (int round = 0; !stop.stop_requested(); ++round) {
            guarded("clocks", [&] { look_at_clocks(state); });
            if (round % 240 == 0) guarded("old notices", [&] { drop_old(state); });
            rest(stop, 15s);
        }
    });
    for (const std::string channel : {"email", "sms", "webhook"})
        state.threads.emplace_back([&state, rest, channel](std::stop_token stop) {
            while (!stop.stop_requested()) {
                int sent = 0;
                guarded(channel.c_str(), [&] { sent = send_some(state, channel, [&] { return stop.stop_requested(); }); });
                if (sent == 0) rest(stop, 1s);
            }
        });
}

void NoticesService::stop_jobs() {
    for (auto& thread : state_->threads) thread.request_stop();
    state_->threads.clear();
}

Result<void> NoticesService::send_trial(const std::string& channel, const std::string& address, const std::string& language) {
    const auto channels = state_->channels();
    if (channel != "email" && channel != "sms" && channel != "webhook") return fail("channel_unknown", {{"channel", channel}});
    if (!channels->is_on(channel)) return fail("channel_off", {{"channel", channel}});
    const auto now = state_->parts.clock.now_ms();
    const auto id = make_uuid(now);
    const bool is_english = language == "en";
    Message message{format_uuid(id), address, is_english ? "Trial" : "试发", (is_english ? "This is a trial of the notices of " : "这是一条试发的通知：") + channels->platform_name, now};
    Outcome outcome;
    if (channel == "webhook") {
        const auto* endpoint = channels->find_webhook(address);
        if (endpoint == nullptr) return fail("channel_unknown", {{"channel", address}});
        message.text = to_json_text(json::object{{"id", message.id}, {"event", "trial"}, {"seq", 0}, {"at", format_rfc3339(now)}, {"case", nullptr}});
        outcome = post_webhook(*channels, *endpoint, message);
    } else {
        outcome = channel == "email" ? send_email(channels->email, message) : send_sms(channels->sms, message);
    }
    if (outcome.handed == Handed::sent) return {};
    return fail("notice_not_sent", {{"reason", label_of(*state_->data(), "reasons", outcome.reason, language)}, {"detail", outcome.detail}});
}

} // namespace chengge::notices
