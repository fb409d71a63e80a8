// The demo's city as `chengge demo` founds it, with its people and no case yet; one picture stands for all that it would draw.
#pragma once

#include "kit/database_kit.hpp"
#include "platform/demo_command.hpp"

namespace chengge::kit {

class DemoCity {
public:
    DemoCity(storage::Engine engine, std::int64_t now_ms);
    // About so many components, and what stands beside them on the layers named.
    Result<void> add_base_data(int components, const std::set<std::string>& layers);
    // A month of so many cases.
    Result<std::int64_t> add_history(std::uint64_t seed, int cases);
    identity::Viewer viewer(const std::string& login) const;

private:
    ScratchFolder folder_;
    TestDatabase database_;
    const std::int64_t now_ms_;

public:
    platform::FoundedCity founded; // ends before its folder
};

} // namespace chengge::kit
