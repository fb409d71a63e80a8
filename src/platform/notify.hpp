// Tells systemd how far the service is (Type=notify); nothing happens without one.
#pragma once

#include <string_view>

namespace chengge::platform {

// "READY=1", "STOPPING=1", "RELOADING=1", "STATUS=…"
void notify_supervisor(std::string_view state);

} // namespace chengge::platform
