// Files as bytes in memory, and their texts in whatever encoding they came.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chengge::survey {

// A file's bytes, read by need; empty files are empty. Throws Failure when it cannot be read.
class MappedFile {
public:
    explicit MappedFile(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    std::string_view bytes() const { return bytes_; }

private:
    std::string_view bytes_;
};

// Less than a megabyte is left on the disk of a folder: what failed there failed for that.
bool is_disk_full(const std::string& folder);

// GBK with its later additions (GB 18030); nothing when the bytes are none. An unfinished character at the end, as a field of
// fixed width cuts it, is left out.
std::optional<std::string> from_gbk(std::string_view bytes);
std::optional<std::string> to_gbk(std::string_view utf8); // nothing when a character is not in it
// Without an unfinished character at the end; nothing when it is not UTF-8.
std::optional<std::string> from_cut_utf8(std::string_view bytes);
// Of a name that may be either; what is neither becomes '?'.
std::string to_utf8(std::string_view bytes);

} // namespace chengge::survey
