// ZIP archives whose members are stored as they are: opened by a double click everywhere, written and
// read without a library. Nothing is compressed: photographs would not get smaller.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge {

class ZipWriter {
public:
    using Sink = std::function<void(std::string_view)>;
    // Instants in the archive are the city's time.
    ZipWriter(Sink sink, std::int64_t now_ms);
    // Names are relative, UTF-8, with forward slashes; a name comes once. At most 4 GB in all.
    void add(const std::string& name, std::string_view bytes);
    void finish();
    std::int64_t written() const { return static_cast<std::int64_t>(offset_); }

private:
    struct Member {
        std::string name;
        std::uint32_t crc = 0, size = 0, offset = 0;
    };
    void write(std::string_view bytes);

    Sink sink_;
    std::uint16_t date_ = 0, time_ = 0;
    std::uint64_t offset_ = 0;
    std::vector<Member> members_;
};

// The members of an archive that ZipWriter could have made, as views into its bytes. Refusal:
// archive_broken with a reason; foreign bytes are safe.
Result<std::map<std::string, std::string_view, std::less<>>> read_zip(std::string_view bytes);

} // namespace chengge
