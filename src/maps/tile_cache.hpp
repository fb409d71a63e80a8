// Tiles kept in memory, the longest unused going first.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace chengge::maps {

class TileCache {
public:
    explicit TileCache(std::size_t bytes_most) : bytes_most_(bytes_most) {}

    std::shared_ptr<const std::string> find(const std::string& key) {
        const std::scoped_lock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end()) return nullptr;
        order_.splice(order_.begin(), order_, found->second);
        return found->second->tile;
    }

    void put(const std::string& key, std::shared_ptr<const std::string> tile) {
        const auto bytes = tile->size() + key.size() + 200; // and what the lists take
        if (bytes > bytes_most_ / 4) return;
        const std::scoped_lock lock(mutex_);
        if (entries_.contains(key)) return;
        order_.push_front({key, std::move(tile), bytes});
        entries_.emplace(key, order_.begin());
        bytes_ += bytes;
        while (bytes_ > bytes_most_) {
            bytes_ -= order_.back().bytes;
            entries_.erase(order_.back().key);
            order_.pop_back();
        }
    }

    std::size_t bytes() const {
        const std::scoped_lock lock(mutex_);
        return bytes_;
    }

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const std::string> tile;
        std::size_t bytes;
    };
    const std::size_t bytes_most_;
    mutable std::mutex mutex_;
    std::size_t bytes_ = 0;
    std::list<Entry> order_;
    std::unordered_map<std::string, std::list<Entry>::iterator> entries_;
};

} // namespace chengge::maps
