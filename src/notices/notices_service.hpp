// Notices (通知): who is told of a step or a late clock, by which channel, in which words; the outbox and its sending.
// The one public face of the module.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cases/case_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "notices/channels.hpp"
#include "notices/notice_data.hpp"
#include "storage/database.hpp"
#include "storage/feed.hpp"

namespace chengge::notices {

struct NoticeParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    cases::CaseService& cases;
    cases::RuleSets& rules;
    std::shared_ptr<const NoticeData> data;
};

struct OutboxFilter {
    std::string channel, state, event, audience;
    std::string case_reference; // a case id or a 案卷号
    std::optional<std::int64_t> from_ms, to_ms; // when it was made
    bool is_oldest_first = false;
    std::string cursor;
    int limit = 50;
};

struct Preferences {
    bool has_email = true, has_sms = true;
    std::optional<std::string> email; // nothing: as it is; empty: none
    std::string language = "zh";
};

// By channel; for /metrics and chengge doctor.
struct ChannelHealth {
    std::int64_t waiting = 0, failed = 0, unknown = 0; // failed and unknown: not decided by a person yet
    std::int64_t oldest_due_ms = 0;                    // of those whose time has come; 0 = none
};
std::map<std::string, ChannelHealth> load_health(storage::Transaction& transaction, std::int64_t now_ms);

class NoticesService {
public:
    explicit NoticesService(NoticeParts parts);
    ~NoticesService();

    // The channels as they are from now on; those that are off make no notices.
    void use_channels(ChannelSettings settings);
    // The words and settings of a reload; in force from the next notice on.
    void use_data(std::shared_ptr<const NoticeData> data);

    // Follows the feed and the clocks, and sends; a served process only.
    void start_jobs(storage::FeedFollower& follower);
    void stop_jobs();
    // Drops what is older than the settings keep it.
    void drop_old_notices();
    // Everything that is to be told by now becomes rows of the outbox; rows go out by nobody's hand but the jobs'.
    void make_notices();
    // One round of a channel's sender: those whose time has come, some tens at most; how many were handed over or given back.
    int send_round(const std::string& channel);
    // Hands a trial over without the outbox. Refusals: channel_unknown, channel_off; notice_not_sent with the reason in words.
    Result<void> send_trial(const std::string& channel, const std::string& address, const std::string& language);

    // --- one's own: what the bell shows -----------------------------------------------------------------
    // Newest first: {items, next_cursor, unread}; unread counts up to 100.
    Result<json::object> inbox(bool only_unread, const std::string& cursor, int limit, const identity::Viewer& viewer, const std::string& language);
    std::int64_t count_unread(const identity::Viewer& viewer);
    // The named ones, or all of them; how many are still unread.
    std::int64_t mark_read(const std::vector<Uuid>& ids, bool all, const identity::Viewer& viewer);
    json::object preferences(const identity::Viewer& viewer);
    // Refusal: email_not_fitting.
    Result<json::object> set_preferences(const Preferences& preferences, const identity::Viewer& viewer);

    // --- 通知发送记录 ------------------------------------------------------------------------------------
    // Words of a notice only where the viewer may see its case; addresses never. Refusals: bad_cursor, case_unknown.
    Result<json::object> outbox(const OutboxFilter& filter, const identity::Viewer& viewer, const std::string& language);
    Result<std::string> outbox_csv(const OutboxFilter& filter, const identity::Viewer& viewer, const std::string& language);
    // By channel: whether it is on, what waits, what a person has to decide.
    json::object channels(const std::string& language);
    // resend: of a failed one or one whose outcome is unknown; delivered: of one whose outcome is unknown; drop: of any that has
    // not gone out. Refusals: notice_unknown, notice_not_open.
    Result<json::object> decide(const Uuid& id, const std::string& decision, const identity::Viewer& viewer, const std::string& language);
    json::object templates(const std::string& language);
    // How a template would read for a case, in both languages. Refusals: template_unknown, case_unknown.
    Result<json::object> preview(const std::string& code, const std::string& case_reference, const identity::Viewer& viewer);

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    std::unique_ptr<State> state_;
};

} // namespace chengge::notices
