// A fixed number of threads with a bounded queue of jobs.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chengge::http {

class WorkerPool {
public:
    WorkerPool(int threads, int queue_max);
    // Jobs that wait are still done; none are taken any more.
    ~WorkerPool();
    // False when too many wait already.
    bool try_run(std::function<void()> job);
    void stop();

private:
    void work();

    const std::size_t queue_max_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    bool is_stopping_ = false;
    std::vector<std::jthread> threads_;
};

} // namespace chengge::http
