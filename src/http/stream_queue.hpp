// The bounded queue between whoever sends events and the connection that writes them.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "http/http.hpp"

namespace chengge::http {

class StreamQueue final : public EventStream {
public:
    // `wake` is called, from any thread and without the lock, when there is something to do.
    explicit StreamQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

    bool send(std::string_view event_id, std::string_view data) override;
    bool is_open() const override;
    void close() override;

    // All waiting bytes; empty when there are none.
    std::string take();
    // No wake-ups any more: the connection is going away.
    void detach();

    static constexpr std::size_t waiting_bytes_max = 1u << 20;

private:
    void call_wake();

    mutable std::mutex mutex_;
    std::string waiting_;
    bool is_open_ = true;
    std::mutex wake_mutex_; // separate: `wake_` runs under it, and may not be gone meanwhile
    std::function<void()> wake_;
};

} // namespace chengge::http
