// Time as the program sees it: instants in UTC milliseconds from a Clock that tests own.
#pragma once

#include <atomic>
#include <cstdint>

namespace chengge {

class Clock {
public:
    virtual ~Clock() = default;
    // Milliseconds since 1970-01-01T00:00:00Z.
    virtual std::int64_t now_ms() const = 0;
};

// The machine's clock, optionally run faster from the moment of construction (demo data only).
class SystemClock final : public Clock {
public:
    explicit SystemClock(double speed = 1.0);
    std::int64_t now_ms() const override;

private:
    double speed_;
    std::int64_t origin_ms_;
};

class FixedClock final : public Clock {
public:
    explicit FixedClock(std::int64_t now_ms = 0) : now_ms_(now_ms) {}
    std::int64_t now_ms() const override { return now_ms_.load(); }
    void set(std::int64_t now_ms) { now_ms_.store(now_ms); }
    void advance(std::int64_t ms) { now_ms_.fetch_add(ms); }

private:
    std::atomic<std::int64_t> now_ms_;
};

} // namespace chengge
