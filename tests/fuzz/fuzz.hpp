// One input of libFuzzer as text, cut where a fuzzer wants several texts of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"

#define FUZZ(input) \
    static void fuzz_one(std::string_view input); \
    extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
        fuzz_one({reinterpret_cast<const char*>(data), size}); \
        return 0; \
    } \
    static void fuzz_one(std::string_view input)

namespace chengge::fuzz {

// The first line; what is left stays in `rest`.
inline std::string take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    std::string line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

} // namespace chengge::fuzz
