// A fixed number of threads with a bounded queue of jobs.
#pragma once

#include <chrono>
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
    // A job is told whether it waited longer than `wait_max`: then it only says so. Under a load that does
    // not end, a queue of any length would make everybody wait as long, also who has gone meanwhile.
    using Job = std::function<void(bool is_late)>;
    // `niceness` as of setpriority; above 0 the threads give way to all others, the disk's among them (ADR 14).
    WorkerPool(int threads, int queue_max, int niceness = 0, std::chrono::milliseconds wait_max = std::chrono::seconds(2));
    // Jobs that wait are still done; none are taken any more.
    ~WorkerPool();
    // False when too many wait already.
    bool try_run(Job job);
    void stop();
    void set_queue_max(int queue_max);
    struct Load {
        std::size_t waiting = 0, running = 0;
        std::uint64_t shed = 0; // not taken, or too late
    };
    Load load() const;

private:
    void work();

    mutable std::mutex mutex_; // guards what follows
    std::size_t queue_max_;
    std::chrono::milliseconds wait_max_;
    std::size_t running_ = 0;
    std::uint64_t shed_ = 0;
    std::condition_variable wake_;
    struct Waiting {
        Job job;
        std::chrono::steady_clock::time_point since;
    };
    std::deque<Waiting> jobs_;
    bool is_stopping_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace chengge::http
