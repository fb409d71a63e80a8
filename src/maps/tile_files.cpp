#include "maps/tile_files.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <vector>

#include <unistd.h>

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace chengge::maps {

namespace files = std::filesystem;

namespace {

// A file begins with a line "image/png 1790000000000 12345": type, when it was fetched, bytes that follow.
std::optional<TileFiles::Kept> read_kept(const std::string& text) {
    const auto end = text.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const auto words = split(text.substr(0, end), ' ');
    if (words.size() != 3) return std::nullopt;
    TileFiles::Kept kept{words[0], text.substr(end + 1), 0};
    std::size_t bytes = 0;
    std::from_chars(words[1].data(), words[1].data() + words[1].size(), kept.fetched_ms);
    std::from_chars(words[2].data(), words[2].data() + words[2].size(), bytes);
    return bytes == kept.bytes.size() && bytes > 0 ? std::optional(std::move(kept)) : std::nullopt;
}

} // namespace

std::optional<TileFiles::Kept> TileFiles::find(const std::string& name) {
    {
        const std::scoped_lock lock(mutex_);
        know_files();
        const auto found = entries_.find(name);
        if (found == entries_.end()) return std::nullopt;
        order_.splice(order_.begin(), order_, found->second);
    }
    const auto text = load_file(folder_ + "/" + name);
    auto kept = text ? read_kept(*text) : std::nullopt;
    std::error_code ignored;
    if (kept) {
        files::last_write_time(folder_ + "/" + name, files::file_time_type::clock::now(), ignored);
        return kept;
    }
    const std::scoped_lock lock(mutex_);
    if (const auto found = entries_.find(name); found != entries_.end()) forget(found->second);
    return std::nullopt;
}

void TileFiles::keep(const std::string& name, const Kept& picture) {
    std::string beside;
    {
        const std::scoped_lock lock(mutex_);
        know_files();
        beside = folder_ + "/part-" + std::to_string(::getpid()) + "-" + std::to_string(++written_);
    }
    const auto path = folder_ + "/" + name;
    const auto head = picture.type + " " + std::to_string(picture.fetched_ms) + " " + std::to_string(picture.bytes.size()) + "\n";
    std::error_code error;
    files::create_directories(files::path(path).parent_path(), error);
    {
        std::ofstream file(beside, std::ios::binary);
        file << head << picture.bytes;
        file.close();
        if (!error && file) files::rename(beside, path, error);
        else if (!error) error = std::make_error_code(std::errc::io_error);
    }
    if (error) {
        log_warning("a tile of a base map could not be kept", {{"folder", folder_}, {"what", error.message()}});
        files::remove(beside, error);
        return;
    }
    const auto bytes = static_cast<std::int64_t>(head.size() + picture.bytes.size());
    const std::scoped_lock lock(mutex_);
    if (const auto found = entries_.find(name); found != entries_.end()) {
        bytes_ -= found->second->bytes;
        order_.erase(found->second);
        entries_.erase(found);
    }
    order_.push_front({name, bytes});
    entries_.emplace(name, order_.begin());
    bytes_ += bytes;
    make_room();
}

void TileFiles::set_bytes_most(std::int64_t bytes) {
    const std::scoped_lock lock(mutex_);
    bytes_most_ = bytes;
    if (is_known_) make_room();
}

std::int64_t TileFiles::bytes() const {
    const std::scoped_lock lock(mutex_);
    return bytes_;
}

void TileFiles::know_files() {
    if (std::exchange(is_known_, true)) return;
    struct Found {
        std::string name;
        std::int64_t bytes;
        files::file_time_type used;
    };
    std::vector<Found> found;
    std::error_code error;
    for (auto at = files::recursive_directory_iterator(folder_, error); !error && at != files::recursive_directory_iterator(); at.increment(error)) {
        std::error_code ignored;
        if (!at->is_regular_file(ignored)) continue;
        auto name = at->path().lexically_relative(folder_).string();
        if (name.starts_with("part-")) files::remove(at->path(), ignored);
        else found.push_back({std::move(name), static_cast<std::int64_t>(at->file_size(ignored)), at->last_write_time(ignored)});
    }
    std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.used > b.used; });
    for (auto& one : found) {
        bytes_ += one.bytes;
        order_.push_back({one.name, one.bytes});
        entries_.emplace(std::move(one.name), std::prev(order_.end()));
    }
    make_room();
}

void TileFiles::forget(std::list<Entry>::iterator entry) {
    std::error_code ignored;
    files::remove(folder_ + "/" + entry->name, ignored);
    bytes_ -= entry->bytes;
    entries_.erase(entry->name);
    order_.erase(entry);
}

void TileFiles::make_room() {
    while (bytes_ > bytes_most_ && !order_.empty()) forget(std::prev(order_.end()));
}

} // namespace chengge::maps
