// What the sources of this module share; nothing outside includes it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/time.hpp"
#include "notices/notices_service.hpp"

namespace chengge::notices {

struct NoticesService::State {
    explicit State(NoticeParts given) : parts(std::move(given)), current_data(parts.data), current_channels(std::make_shared<ChannelSettings>()) {}
    NoticeParts parts;
    const Uuid owner = make_uuid(parts.clock.now_ms()); // of what this process has claimed
    std::mutex mutex; // guards the two that follow
    std::shared_ptr<const NoticeData> current_data;
    std::shared_ptr<const ChannelSettings> current_channels;
    std::mutex sleep_mutex;
    std::condition_variable_any sleep;
    std::vector<std::jthread> threads;

    std::shared_ptr<const NoticeData> data() {
        const std::lock_guard lock(mutex);
        return current_data;
    }
    std::shared_ptr<const ChannelSettings> channels() {
        const std::lock_guard lock(mutex);
        return current_channels;
    }
};

inline storage::Blob blob_of(const Uuid& id) { return {id.raw()}; }
inline json::value maybe_instant(const std::optional<std::int64_t>& at) { return at ? json::value(format_rfc3339(*at)) : json::value(nullptr); }
inline json::value maybe_text(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }
std::string label_of(const NoticeData& data, std::string_view list, std::string_view code, const std::string& language);

// --- making (making.cpp, finding.cpp, wording.cpp) ---------------------------------------------------------

// What there is to tell of.
struct Happening {
    std::string cause, event;
    std::int64_t case_key = 0, seq = 0, at_ms = 0;
    cases::StoredCase stored;
    // Of a step.
    Uuid actor_id;
    std::string opinion, subject_kind;
    Uuid subject_id;
    std::vector<std::size_t> clocks; // of the case: those that began, or the one that is late
};

// Somebody to tell: a person with an account, or whoever left a telephone number with a report.
struct Recipient {
    const identity::Person* person = nullptr;
    std::optional<std::int64_t> contact_of; // case key
    Uuid contact_case;
    const rules::StageClock* clock = nullptr; // the work that is meant
    bool has_left_number = false;             // with the report: called there, not at the number of the account
    std::string case_name;                    // how the recipient knows the case, when it is another than this one
};

// Who reported: of the case and of those that were merged into it.
struct Reporter {
    std::int64_t case_key = 0;
    Uuid case_id, person_id;
    std::string case_no;
    bool has_phone = false;
};
std::vector<Reporter> load_reporters(storage::Transaction& transaction, const Happening& happening);
std::vector<Recipient> find_recipients(const NoticeParts& parts, const Audience& audience, const Happening& happening, const std::vector<Reporter>& reporters);

struct Wording {
    const rules::Rules& rules;
    const NoticeParts& parts;
    const NoticeData& data;
    const ChannelSettings& channels;
};
// What the placeholders stand for; phone numbers in what people wrote are masked.
Values values_for(const Wording& wording, const Happening& happening, const rules::StageClock* clock, const std::string& case_name, const std::string& language);
// The data that webhooks get: no words, no people.
std::string webhook_body(const Wording& wording, const Happening& happening, const Uuid& notice_id);
// How a case is called: its number, before it has one the beginning of its id.
std::string name_of_case(const Uuid& id, const std::string& case_no);

// One round each; true when there may be more to do.
bool follow_feed(NoticesService::State& state);
bool look_at_clocks(NoticesService::State& state);
void drop_old(NoticesService::State& state);
// Tells a person's open pages how many are unread, with the transaction that changes it; the number, up to 100.
std::int64_t announce_unread(storage::Transaction& transaction, const Uuid& person_id, std::int64_t person_key, std::int64_t now_ms);
// A notice that waits is sent at the earliest then.
std::int64_t earliest_ms(const NoticeSettings& settings, std::string_view audience, std::string_view channel, bool is_urgent, std::int64_t now_ms);

} // namespace chengge::notices
