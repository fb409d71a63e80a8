// A fixed number of threads with a bounded queue of jobs.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chengge::http {

class WorkerPool {
public:
    // `niceness` as of setpriority: threads that give way to others of this process.
    WorkerPool(int threads, int queue_max, int niceness = 0);
    // Jobs that wait are still done; none are taken any more.
    ~WorkerPool();
    // False when too many wait already.
    bool try_run(std::function<void()> job);
    void stop();
    void set_queue_max(int queue_max);
    struct Load {
        std::size_t waiting = 0, running = 0;
        std::uint64_t shed = 0; // not taken
    };
    Load load() const;

private:
    void work();

    mutable std::mutex mutex_; // guards what follows
    std::size_t queue_max_;
    std::size_t running_ = 0;
    std::uint64_t shed_ = 0;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    bool is_stopping_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace chengge::http
