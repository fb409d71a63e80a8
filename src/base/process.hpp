// Which process somebody is, so that others can tell when it has died.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chengge {

// host/boot/number/start of this process: no other has the same, before or after.
std::string process_name();
// Whether the process of that name runs; nothing when it is another machine's, of which nothing can be known here. What
// stands behind a further slash is left aside.
std::optional<bool> is_process_running(std::string_view name);

} // namespace chengge
