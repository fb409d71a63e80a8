// What operators ask of a database: does it take writes, how far are the feed's readers.
#pragma once

#include <string>
#include <vector>

#include "storage/feed.hpp"

namespace chengge::storage {

// Why the database behind this transaction takes no writes; empty when it does.
std::string find_write_obstacle(Transaction& transaction);

struct FeedReaderStatus {
    std::string name;
    FeedPosition position;
    std::int64_t entries_behind = 0;   // counted up to 100,000
    std::int64_t waiting_since_ms = 0; // when the first of them was recorded; 0 = none waits
};
std::vector<FeedReaderStatus> list_feed_readers(Transaction& transaction);

} // namespace chengge::storage
