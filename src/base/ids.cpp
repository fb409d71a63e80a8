#include "base/ids.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "base/digest.hpp"
#include "base/random.hpp"

namespace chengge {

namespace {

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

Uuid stamp(std::int64_t now_ms, std::array<std::uint8_t, 16> bytes) {
    for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(now_ms >> (8 * (5 - i)));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    return {bytes};
}

} // namespace

std::string format_uuid(const Uuid& id) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[id.bytes[i] >> 4];
        text += digits[id.bytes[i] & 15];
    }
    return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Uuid id;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text[at++] != '-') return std::nullopt;
        }
        const int high = hex_value(text[at]);
        const int low = hex_value(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        at += 2;
    }
    return id;
}

Uuid uuid_from_raw(std::string_view raw) {
    ASSERT(raw.size() == 16);
    Uuid id;
    std::memcpy(id.bytes.data(), raw.data(), 16);
    return id;
}

Uuid make_uuid(std::int64_t now_ms) {
    std::array<std::uint8_t, 16> bytes;
    const auto random = random_bytes(16);
    std::memcpy(bytes.data(), random.data(), 16);
    return stamp(now_ms, bytes);
}

Uuid make_uuid(std::int64_t now_ms, Random& random) {
    std::array<std::uint8_t, 16> bytes;
    const std::uint64_t words[] = {random.next(), random.next()};
    std::memcpy(bytes.data(), words, 16);
    return stamp(now_ms, bytes);
}

} // namespace chengge
