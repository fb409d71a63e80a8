#include "base/zip.hpp"

#include <array>
#include <limits>
#include <stdexcept>

#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge {

namespace {

// APPNOTE.TXT 6.3: the signatures and sizes of the three records.
constexpr std::uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50;
constexpr std::size_t local_bytes = 30, central_bytes = 46, end_bytes = 22;
constexpr std::uint16_t utf8_names = 0x0800, version = 20;
constexpr std::size_t members_max = 65'000;

std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        auto value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320u ^ value >> 1 : value >> 1;
        table[i] = value;
    }
    return table;
}

std::uint32_t crc32(std::string_view bytes) {
    static const auto table = make_crc_table();
    auto crc = ~std::uint32_t{0};
    for (const unsigned char byte : bytes) crc = table[(crc ^ byte) & 255] ^ crc >> 8;
    return ~crc;
}

// Little-endian, as the format has it.
class Record {
public:
    Record& two(std::uint16_t value) { return add(value, 2); }
    Record& four(std::uint32_t value) { return add(value, 4); }
    const std::string& bytes() const { return bytes_; }

private:
    Record& add(std::uint32_t value, int count) {
        for (int i = 0; i < count; ++i) bytes_ += static_cast<char>(value >> 8 * i & 255);
        return *this;
    }
    std::string bytes_;
};

std::uint32_t number(std::string_view bytes, std::size_t at, int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)])) << 8 * i;
    return value;
}

bool is_safe_name(std::string_view name) {
    return !name.empty() && name.front() != '/' && name.find("..") == std::string_view::npos && name.find('\\') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos && is_utf8(name);
}

} // namespace

ZipWriter::ZipWriter(Sink sink, std::int64_t now_ms) : sink_(std::move(sink)) {
    const auto date = city_date(now_ms);
    const auto seconds = (now_ms - city_midnight_ms(date)) / 1000;
    date_ = static_cast<std::uint16_t>((date.year - 1980) << 9 | date.month << 5 | date.day);
    time_ = static_cast<std::uint16_t>((seconds / 3600) << 11 | (seconds / 60 % 60) << 5 | seconds % 60 / 2);
}

void ZipWriter::write(std::string_view bytes) {
    sink_(bytes);
    offset_ += bytes.size();
}

void ZipWriter::add(const std::string& name, std::string_view bytes) {
    const auto end = offset_ + bytes.size() + name.size() + 1024;
    if (end > std::numeric_limits<std::uint32_t>::max() || members_.size() >= members_max) throw std::runtime_error("the archive would be larger than 4 GB");
    const Member member{name, crc32(bytes), static_cast<std::uint32_t>(bytes.size()), static_cast<std::uint32_t>(offset_)};
    Record local;
    local.four(local_mark).two(version).two(utf8_names).two(0).two(time_).two(date_);
    local.four(member.crc).four(member.size).four(member.size).two(static_cast<std::uint16_t>(name.size())).two(0);
    write(local.bytes());
    write(name);
    write(bytes);
    members_.push_back(member);
}

void ZipWriter::finish() {
    const auto begin = offset_;
    for (const auto& member : members_) {
        Record central;
        central.four(central_mark).two(version).two(version).two(utf8_names).two(0).two(time_).two(date_);
        central.four(member.crc).four(member.size).four(member.size).two(static_cast<std::uint16_t>(member.name.size()));
        central.two(0).two(0).two(0).two(0).four(0).four(member.offset);
        write(central.bytes());
        write(member.name);
    }
    const auto size = offset_ - begin;
    const auto count = static_cast<std::uint16_t>(members_.size());
    Record end;
    end.four(end_mark).two(0).two(0).two(count).two(count).four(static_cast<std::uint32_t>(size)).four(static_cast<std::uint32_t>(begin)).two(0);
    write(end.bytes());
}

Result<std::map<std::string, std::string_view, std::less<>>> read_zip(std::string_view bytes) {
    const auto broken = [](const char* reason) { return fail("archive_broken", {{"reason", reason}}); };
    if (bytes.size() < end_bytes) return broken("is too short");
    const auto end = bytes.size() - end_bytes;
    if (number(bytes, end, 4) != end_mark) return broken("has no end");
    const std::size_t count = number(bytes, end + 10, 2), size = number(bytes, end + 12, 4), begin = number(bytes, end + 16, 4);
    if (begin > end || size != end - begin) return broken("its list of members is cut");
    std::map<std::string, std::string_view, std::less<>> members;
    auto at = begin;
    std::size_t data_end = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (end - at < central_bytes || number(bytes, at, 4) != central_mark) return broken("its list of members is damaged");
        const auto method = number(bytes, at + 10, 2), crc = number(bytes, at + 16, 4);
        const std::size_t stored = number(bytes, at + 20, 4), plain = number(bytes, at + 24, 4), offset = number(bytes, at + 42, 4);
        const std::size_t name_size = number(bytes, at + 28, 2), more = number(bytes, at + 30, 2) + number(bytes, at + 32, 2);
        if (end - at - central_bytes < name_size + more) return broken("its list of members is cut");
        const auto name = bytes.substr(at + central_bytes, name_size);
        at += central_bytes + name_size + more;
        if (method != 0 || stored != plain) return broken("a member is compressed");
        if (!is_safe_name(name)) return broken("a member has a name that cannot be");
        // Members lie one behind the other: nothing is hidden between them.
        if (offset != data_end || begin - offset < local_bytes || number(bytes, offset, 4) != local_mark) return broken("a member is not where the list says");
        const std::size_t local_names = number(bytes, offset + 26, 2) + number(bytes, offset + 28, 2);
        if (number(bytes, offset + 26, 2) != name_size || begin - offset - local_bytes < local_names || begin - offset - local_bytes - local_names < stored ||
            bytes.substr(offset + local_bytes, name_size) != name)
            return broken("a member is not where the list says");
        const auto content = bytes.substr(offset + local_bytes + local_names, stored);
        data_end = offset + local_bytes + local_names + stored;
        if (crc32(content) != crc) return broken("a member is damaged");
        if (!members.emplace(name, content).second) return broken("a member comes twice");
    }
    if (at != end || data_end != begin) return broken("holds what it does not list");
    return members;
}

} // namespace chengge
