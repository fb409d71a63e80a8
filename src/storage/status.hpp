// What operators ask of a database: does it take writes, how far are the feed's readers.
#pragma once

#include <string>
#include <vector>

#include "storage/feed.hpp"

namespace chengge::storage {

// Why the database behind this transaction takes no writes; empty when it does.
std::string find_write_obstacle(Transaction& transaction);

// What is broken in a SQLite file; empty when nothing is. Reads all of it: seconds a gigabyte. Of
// PostgreSQL nothing is known here.
std::string find_damage(const std::string& url);

// When the newest entry of the feed was recorded; 0 = there is none.
std::int64_t last_recorded_ms(Transaction& transaction);

struct FeedReaderStatus {
    std::string name;
    FeedPosition position;
    std::int64_t entries_behind = 0;   // counted up to 100,000
    std::int64_t waiting_since_ms = 0; // when the first of them was recorded; 0 = none waits
};
std::vector<FeedReaderStatus> list_feed_readers(Transaction& transaction);

} // namespace chengge::storage
