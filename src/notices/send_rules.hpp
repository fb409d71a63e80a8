// When a notice may go out and when it is tried again. Pure.
#pragma once

#include <cstdint>

#include "notices/notice_data.hpp"

namespace chengge::notices {

// The first instant at or after `at_ms` outside the quiet hours; they may reach over midnight.
std::int64_t after_quiet_hours(const QuietHours& quiet, std::int64_t at_ms);

// How long to wait after the n-th failed attempt (from 1): doubling from the first up to the most, and up to a quarter more
// so that those which failed together do not come back together; `chance` lies in [0, 1).
std::int64_t retry_wait_ms(const NoticeSettings& settings, std::int64_t attempts, double chance);

} // namespace chengge::notices
