// One JSON line a message, on standard error or in a file: a sentence plus fields; never personal
// data.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace chengge {

enum class LogLevel { debug, info, warning, error };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

void set_log_level(LogLevel level);
// Whether a message of the level is written: ask before making costly fields.
bool is_logged(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view name);

struct LogTarget {
    std::string file; // empty = standard error
    std::int64_t rotate_bytes = 100 << 20; // then FILE becomes FILE.1, FILE.1 becomes FILE.2 …
    int keep = 30;                         // files besides the one written to
};
// Opens the file anew even when it is the same: a file that was moved away is left behind. False
// when it cannot be opened; then the messages go where they went before.
bool set_log_target(const LogTarget& target);
// Lines that could not be written (a full disk); they are not tried again.
std::uint64_t count_lost_log_lines();

void log_debug(std::string_view sentence, LogFields fields = {});
void log_info(std::string_view sentence, LogFields fields = {});
void log_warning(std::string_view sentence, LogFields fields = {});
void log_error(std::string_view sentence, LogFields fields = {});

} // namespace chengge
