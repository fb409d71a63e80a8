#pragma once

namespace chengge::platform {

inline constexpr const char* program_version = "0.1.0";

} // namespace chengge::platform
