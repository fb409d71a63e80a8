// Pictures kept in a folder with a bound on their bytes; who was not asked for longest goes first. May be lost at any time.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace chengge::maps {

class TileFiles {
public:
    explicit TileFiles(std::string folder) : folder_(std::move(folder)) {}

    struct Kept {
        std::string type, bytes;
        std::int64_t fetched_ms = 0;
    };
    // `name` is a relative path of letters, digits, '-', '_' and '/'. Nothing when it is not there or is damaged.
    std::optional<Kept> find(const std::string& name);
    // A disk that takes nothing is told in the log; the picture is then not kept.
    void keep(const std::string& name, const Kept& picture);
    void set_bytes_most(std::int64_t bytes);
    std::int64_t bytes() const;

private:
    struct Entry {
        std::string name;
        std::int64_t bytes;
    };
    void know_files(); // under the lock, once: what earlier runs left, by when it was last used
    void forget(std::list<Entry>::iterator entry);
    void make_room();

    const std::string folder_;
    mutable std::mutex mutex_; // guards what follows
    bool is_known_ = false;
    std::int64_t bytes_ = 0, bytes_most_ = std::int64_t{512} << 20;
    std::list<Entry> order_; // last used first
    std::unordered_map<std::string, std::list<Entry>::iterator> entries_;
    std::uint64_t written_ = 0;
};

} // namespace chengge::maps
