// 128-bit identifiers (UUID, RFC 9562) as 16 raw bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chengge {

class Random;

struct Uuid {
    std::array<std::uint8_t, 16> bytes{};
    auto operator<=>(const Uuid&) const = default;
    bool is_nil() const { return bytes == std::array<std::uint8_t, 16>{}; }
    // The 16 bytes as a string, as stored in the database.
    std::string raw() const { return {reinterpret_cast<const char*>(bytes.data()), 16}; }
};

// "0190163d-8694-739b-aea5-966c26f8ad91", lower case.
std::string format_uuid(const Uuid& id);
// Accepts the hyphenated form in either case; any version.
std::optional<Uuid> parse_uuid(std::string_view text);
// From 16 raw bytes; asserts on another length (the database is the only source).
Uuid uuid_from_raw(std::string_view raw);

// UUIDv7: 48 bits of milliseconds, the rest random.
Uuid make_uuid(std::int64_t now_ms);                 // randomness of the system
Uuid make_uuid(std::int64_t now_ms, Random& random); // reproducible

} // namespace chengge

template <>
struct std::hash<chengge::Uuid> {
    std::size_t operator()(const chengge::Uuid& id) const noexcept {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(id.bytes.data()), 16});
    }
};
