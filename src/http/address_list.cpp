#include "http/address_list.hpp"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace chengge::http {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

// IPv4 as ::ffff:a.b.c.d, so that both families are compared alike.
std::optional<Bytes> read_address(const std::string& text) {
    Bytes bytes{};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
    bytes = {};
    if (inet_pton(AF_INET, text.c_str(), bytes.data() + 12) != 1) return std::nullopt;
    bytes[10] = bytes[11] = 0xff;
    return bytes;
}

bool has_prefix(const Bytes& address, const Bytes& network, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (std::memcmp(address.data(), network.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
    return (address[whole] & mask) == (network[whole] & mask);
}

} // namespace

std::optional<AddressList> AddressList::parse(const std::vector<std::string>& texts) {
    AddressList list;
    for (const auto& text : texts) {
        const auto slash = text.find('/');
        const auto address = read_address(text.substr(0, slash));
        if (!address) return std::nullopt;
        Network network{*address, 128};
        if (slash != std::string::npos) {
            const bool is_v4 = text.find(':') == std::string::npos;
            int bits = -1;
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data() + slash + 1, end, bits);
            if (read.ec != std::errc() || read.ptr != end || bits < 0 || bits > (is_v4 ? 32 : 128))
                return std::nullopt;
            network.bits = is_v4 ? 96 + bits : bits;
        }
        list.networks_.push_back(network);
    }
    return list;
}

bool AddressList::contains(std::string_view address) const {
    const auto bytes = read_address(std::string(address));
    if (!bytes) return false;
    for (const auto& network : networks_)
        if (has_prefix(*bytes, network.bytes, network.bits)) return true;
    return false;
}

} // namespace chengge::http
