#include "base/log.hpp"

#include <atomic>
#include <cstdio>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge {

namespace {

std::atomic<LogLevel> least_level{LogLevel::info};

void write(LogLevel level, std::string_view sentence, LogFields fields) {
    if (level < least_level.load()) return;
    static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
    std::string line = R"({"at":")" + format_rfc3339(SystemClock().now_ms()) + R"(","level":")";
    line += names[static_cast<int>(level)];
    line += R"(","message":)" + json_quote(sentence);
    for (const auto& [name, value] : fields) line += "," + json_quote(name) + ":" + json_quote(value);
    line += "}\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

} // namespace

void set_log_level(LogLevel level) { least_level.store(level); }
void log_debug(std::string_view sentence, LogFields fields) { write(LogLevel::debug, sentence, fields); }
void log_info(std::string_view sentence, LogFields fields) { write(LogLevel::info, sentence, fields); }
void log_warning(std::string_view sentence, LogFields fields) { write(LogLevel::warning, sentence, fields); }
void log_error(std::string_view sentence, LogFields fields) { write(LogLevel::error, sentence, fields); }

} // namespace chengge
