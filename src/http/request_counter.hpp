// Answers counted by route and status. Inside of the http module.
#pragma once

#include <deque>
#include <mutex>

#include "http/wire.hpp"

namespace chengge::http {

class RequestCounter {
public:
    explicit RequestCounter(std::vector<Router::Entry> entries)
        : entries_(std::move(entries)), counted_(entries_.size() + 2) {}

    std::size_t index_of_files() const { return entries_.size(); }
    std::size_t index_of_none() const { return entries_.size() + 1; }

    void add(std::size_t route, int status, std::int64_t took_us) {
        auto& of = counted_[route];
        of.latency.add(took_us);
        const std::scoped_lock lock(mutex_);
        ++of.by_status[status];
    }

    std::vector<ServerCounts::Route> counts() const {
        std::vector<ServerCounts::Route> out;
        const std::scoped_lock lock(mutex_);
        for (std::size_t i = 0; i < counted_.size(); ++i) {
            if (counted_[i].by_status.empty()) continue;
            const bool is_route = i < entries_.size();
            out.push_back({.method = is_route ? std::string(method_name(entries_[i].method)) : "",
                           .pattern = is_route                  ? entries_[i].pattern
                                      : i == index_of_files() ? "static"
                                                                : "none",
                           .by_status = counted_[i].by_status,
                           .latency = counted_[i].latency.counts()});
        }
        return out;
    }

private:
    struct Counted {
        Histogram latency;
        std::map<int, std::uint64_t> by_status;
    };
    const std::vector<Router::Entry> entries_;
    mutable std::mutex mutex_; // guards the maps
    std::deque<Counted> counted_;
};

} // namespace chengge::http
