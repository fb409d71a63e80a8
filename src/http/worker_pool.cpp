#include "http/worker_pool.hpp"

#include "base/give_way.hpp"

namespace chengge::http {

using std::chrono::steady_clock;

WorkerPool::WorkerPool(int threads, int queue_max, int niceness, std::chrono::milliseconds wait_max)
    : queue_max_(static_cast<std::size_t>(queue_max)), wait_max_(wait_max) {
    for (int i = 0; i < threads; ++i)
        threads_.emplace_back([this, niceness] {
            if (niceness > 0) give_way(niceness);
            work();
        });
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_run(Job job) {
    {
        const std::scoped_lock lock(mutex_);
        if (is_stopping_ || jobs_.size() >= queue_max_) {
            ++shed_;
            return false;
        }
        jobs_.push_back({std::move(job), steady_clock::now()});
    }
    wake_.notify_one();
    return true;
}

void WorkerPool::stop() {
    {
        const std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
    threads_.clear();
}

void WorkerPool::set_queue_max(int queue_max) {
    const std::scoped_lock lock(mutex_);
    queue_max_ = static_cast<std::size_t>(queue_max);
}

WorkerPool::Load WorkerPool::load() const {
    const std::scoped_lock lock(mutex_);
    return {jobs_.size(), running_, shed_};
}

void WorkerPool::work() {
    bool has_run = false;
    while (true) {
        Job job;
        bool is_late = false;
        {
            std::unique_lock lock(mutex_);
            if (has_run) --running_;
            has_run = false;
            wake_.wait(lock, [&] { return is_stopping_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            job = std::move(jobs_.front().job);
            is_late = steady_clock::now() - jobs_.front().since > wait_max_;
            if (is_late) ++shed_;
            jobs_.pop_front();
            has_run = true;
            ++running_;
        }
        job(is_late);
    }
}

} // namespace chengge::http
