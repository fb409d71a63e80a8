#include "notices/send_rules.hpp"

#include <algorithm>

#include "base/time.hpp"

namespace chengge::notices {

std::int64_t after_quiet_hours(const QuietHours& quiet, std::int64_t at_ms) {
    if (quiet.from == quiet.to) return at_ms;
    const auto midnight = city_midnight_ms(city_date(at_ms));
    const auto minute = (at_ms - midnight) / minute_ms;
    const auto end = midnight + quiet.to * minute_ms;
    if (quiet.from < quiet.to) return minute >= quiet.from && minute < quiet.to ? end : at_ms;
    if (minute < quiet.to) return end;
    return minute >= quiet.from ? end + day_ms : at_ms;
}

std::int64_t retry_wait_ms(const NoticeSettings& settings, std::int64_t attempts, double chance) {
    const auto most = static_cast<std::int64_t>(settings.retry_most_seconds) * 1000;
    auto wait = static_cast<std::int64_t>(settings.retry_first_seconds) * 1000;
    for (std::int64_t i = 1; i < attempts && wait < most; ++i) wait *= 2;
    wait = std::min(wait, most);
    return wait + static_cast<std::int64_t>(static_cast<double>(wait) * 0.25 * chance);
}

} // namespace chengge::notices
