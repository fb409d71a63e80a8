// A list of addresses and networks: "127.0.0.1", "10.1.0.0/16", "fd00::/8".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chengge::http {

class AddressList {
public:
    // Nothing when one of the texts is neither an address nor a network.
    static std::optional<AddressList> parse(const std::vector<std::string>& texts);
    // An IPv4 address is also met in its IPv6 form.
    bool contains(std::string_view address) const;

private:
    struct Network {
        std::array<std::uint8_t, 16> bytes{};
        int bits = 128;
    };
    std::vector<Network> networks_;
};

} // namespace chengge::http
