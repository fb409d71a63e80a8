// The one commit-ordered feed of changes. Whatever follows the cases reads it by position, never by
// id: on PostgreSQL a larger key may commit earlier than a smaller one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "storage/database.hpp"

namespace chengge::storage {

// A place in the feed. On SQLite txid is 0; on PostgreSQL the order is (txid, key).
struct FeedPosition {
    std::int64_t txid = 0;
    std::int64_t key = 0;
    auto operator<=>(const FeedPosition&) const = default;
};
std::string format_position(FeedPosition position); // "txid-key"
std::optional<FeedPosition> parse_position(std::string_view text);

// A change to be announced with the transaction that makes it.
struct FeedAppend {
    std::string_view kind;        // "case_step", "case_numbered", "directory", …
    std::int64_t subject_key = 0; // the key of the changed thing
    std::int64_t version = 0;
    std::int64_t recorded_ms = 0;
};
// Where the entry will stand once the transaction has committed.
FeedPosition append_feed(Transaction& transaction, const FeedAppend& entry);
void append_feed(Transaction& transaction, std::span<const FeedAppend> entries);

struct FeedEntry {
    FeedPosition position;
    std::string kind;
    std::int64_t subject_key = 0;
    std::int64_t version = 0;
    std::int64_t recorded_ms = 0;
};

// Entries after the position that can no longer be overtaken, in commit order.
std::vector<FeedEntry> read_feed(Transaction& transaction, FeedPosition after, int limit);
// The position behind which nothing can appear any more, as of this transaction.
FeedPosition feed_end(Transaction& transaction);
// The same in two halves, to be asked for together with something else.
const Statement& feed_end_statement();
FeedPosition feed_end_of(const Rows& answer);

// A named reader's stored place; none stored is the beginning.
FeedPosition load_reader_position(Transaction& transaction, std::string_view reader);
void store_reader_position(Transaction& transaction, std::string_view reader, FeedPosition position);

// Follows the feed in a thread of its own and tells waiters how far it is.
class FeedFollower {
public:
    explicit FeedFollower(Database& database);
    ~FeedFollower();
    // The newest position seen.
    FeedPosition position() const;
    // Waits until the feed is past `after`; false on time-out or stop.
    bool wait_past(FeedPosition after, std::chrono::milliseconds time_out, std::stop_token stop = {});
    // Waits until the feed has reached `position` (read-your-writes).
    bool wait_for(FeedPosition position, std::chrono::milliseconds time_out);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace chengge::storage
