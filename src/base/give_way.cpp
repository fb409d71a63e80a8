#include "base/give_way.hpp"

#include <chrono>
#include <cstdint>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace chengge {

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

thread_local bool thread_gives_way = false;

} // namespace

// The calling thread weighs little and takes long turns: from Linux 6.12 on, who wakes with a shorter turn need not wait
// for the end of this one's. Without it the disk's own threads waited behind readers for the next tick, 4 ms.
void give_way(int niceness) {
    thread_gives_way = true;
    SchedulerAttributes attributes;
    attributes.niceness = niceness;
    attributes.runtime_ns = std::chrono::nanoseconds(long_turn).count();
    // An older kernel takes no turn from here, a stricter one refuses the call.
    if (::syscall(SYS_sched_setattr, 0, &attributes, 0) != 0) ::setpriority(PRIO_PROCESS, 0, niceness);
}

bool gives_way() { return thread_gives_way; }

} // namespace chengge
