// What comes next is made in other threads while what came is used.
#pragma once

#include <deque>
#include <functional>
#include <future>
#include <optional>
#include <utility>
#include <vector>

namespace chengge {

// Hands out what `make(0)`, `make(1)` … make, in that order; ends at the first that is nothing. `depth` of them are made at once, each
// in a thread of its own; with a depth of one never two. What one throws is thrown when it would have been handed out.
template <class Made>
class Ahead {
public:
    Ahead(std::size_t depth, std::function<std::optional<Made>(std::size_t)> make) : depth_(depth), make_(std::move(make)) {}
    Ahead(const Ahead&) = delete; // its threads know where it is
    Ahead& operator=(const Ahead&) = delete;

    std::optional<Made> next() {
        begin();
        if (coming_.empty()) return std::nullopt;
        auto first = std::move(coming_.front());
        coming_.pop_front();
        auto made = first.get();
        if (made) begin();
        else has_ended_ = true, coming_.clear();
        return made;
    }

private:
    void begin() {
        for (; !has_ended_ && coming_.size() < depth_; ++begun_)
            coming_.push_back(std::async(std::launch::async, [this, number = begun_] { return make_(number); }));
    }
    std::size_t depth_, begun_ = 0;
    bool has_ended_ = false;
    std::function<std::optional<Made>(std::size_t)> make_;
    std::deque<std::future<std::optional<Made>>> coming_; // last: ends before the rest
};

// The same, one thing of a batch after the other.
template <class Thing>
class AheadOneByOne {
public:
    AheadOneByOne(std::size_t depth, std::function<std::optional<std::vector<Thing>>(std::size_t)> make) : batches_(depth, std::move(make)) {}

    std::optional<Thing> next() {
        while (taken_ == batch_.size()) {
            auto batch = batches_.next();
            if (!batch) return std::nullopt;
            batch_ = std::move(*batch);
            taken_ = 0;
        }
        return std::move(batch_[taken_++]);
    }

private:
    std::vector<Thing> batch_;
    std::size_t taken_ = 0;
    Ahead<std::vector<Thing>> batches_; // last: its threads end first
};

} // namespace chengge
