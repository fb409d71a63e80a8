#include "http/worker_pool.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace chengge::http {

using std::chrono::steady_clock;

namespace {

// What sched_setattr takes (48 bytes, its first version); the C library has no name for it yet.
struct SchedulerAttributes {
    std::uint32_t size = sizeof(SchedulerAttributes), policy = 0;
    std::uint64_t flags = 0;
    std::int32_t niceness = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0, deadline_ns = 0, period_ns = 0;
};

// Longer than everybody's own turn, which Linux sets to 0.7 to 2.8 ms by the number of cores; not longer than need be:
// who offers the core in vain stands behind by a turn times the ratio of weights, half a second here.
constexpr auto long_turn = std::chrono::milliseconds(20);

// The calling thread weighs little and takes long turns: from Linux 6.12 on, who wakes with a shorter turn need not wait
// for the end of this one's. Without it the disk's own threads waited behind readers for the next tick, 4 ms.
void give_way(int niceness) {
    SchedulerAttributes attributes;
    attributes.niceness = niceness;
    attributes.runtime_ns = std::chrono::nanoseconds(long_turn).count();
    // An older kernel takes no turn from here, a stricter one refuses the call.
    if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0) ::setpriority(PRIO_PROCESS, 0, niceness);
}

} // namespace

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
