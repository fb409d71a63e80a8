// Many open event streams on one thread: who listens costs nothing but a socket.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace chengge::simulation {

class Listeners {
public:
    // Opens GET /api/v1/stream for each token. http:// only.
    Listeners(const std::string& server, const std::vector<std::string>& tokens);
    ~Listeners();
    std::int64_t open_count() const { return open_; }
    std::int64_t entries() const { return entries_; } // heard so far, all together
    std::int64_t lost() const { return lost_; }       // streams that ended by themselves

private:
    void listen(std::stop_token stop);
    int poll_ = -1;
    std::vector<int> sockets_;
    std::atomic<std::int64_t> open_{0}, entries_{0}, lost_{0};
    std::jthread thread_;
};

} // namespace chengge::simulation
