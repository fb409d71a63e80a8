// What another process changed in the city's master data (an import while the server runs) is read
// into memory again, told by the feed.
#pragma once

#include <thread>

#include "platform/installation.hpp"

namespace chengge::platform {

class ChangeFollower {
public:
    ChangeFollower(Installation& city, storage::FeedFollower& follower);

private:
    void follow(std::stop_token stop);
    Installation& city_;
    storage::FeedFollower& follower_;
    storage::FeedPosition at_;
    std::jthread thread_;
};

} // namespace chengge::platform
