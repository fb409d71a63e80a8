#include "http/stream_queue.hpp"

namespace chengge::http {

bool StreamQueue::send(std::string_view event_id, std::string_view data) {
    std::string event;
    if (!event_id.empty() && event_id.find_first_of("\r\n") == std::string_view::npos)
        event.append("id: ").append(event_id).append("\n");
    while (true) {
        const auto end = data.find('\n');
        auto line = data.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        event.append("data: ");
        for (const char letter : line)
            if (letter != '\r') event += letter; // a lone CR would end the line for a browser
        event += '\n';
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + 1);
    }
    event += '\n';
    bool was_empty = false;
    {
        const std::scoped_lock lock(mutex_);
        if (!is_open_) return false;
        if (waiting_.size() + event.size() > waiting_bytes_max) {
            is_open_ = false; // too slow: it comes back with Last-Event-ID
            waiting_.clear();
        } else {
            was_empty = waiting_.empty();
            waiting_ += event;
        }
        if (is_open_ && !was_empty) return true;
    }
    call_wake();
    return is_open();
}

bool StreamQueue::is_open() const {
    const std::scoped_lock lock(mutex_);
    return is_open_;
}

void StreamQueue::close() {
    {
        const std::scoped_lock lock(mutex_);
        if (!is_open_) return;
        is_open_ = false;
    }
    call_wake();
}

std::string StreamQueue::take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(waiting_, {});
}

void StreamQueue::detach() {
    {
        const std::scoped_lock lock(mutex_);
        is_open_ = false;
        waiting_.clear();
    }
    const std::scoped_lock lock(wake_mutex_);
    wake_ = nullptr;
}

void StreamQueue::call_wake() {
    const std::scoped_lock lock(wake_mutex_);
    if (wake_) wake_();
}

} // namespace chengge::http
