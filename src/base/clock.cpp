#include "base/clock.hpp"

#include <chrono>

namespace chengge {

namespace {

std::int64_t machine_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

SystemClock::SystemClock(double speed) : speed_(speed), origin_ms_(machine_ms()) {}

std::int64_t SystemClock::now_ms() const {
    const auto now = machine_ms();
    if (speed_ == 1.0) return now;
    return origin_ms_ + static_cast<std::int64_t>(static_cast<double>(now - origin_ms_) * speed_);
}

} // namespace chengge
