// One JSON line a message on standard error: a sentence plus fields; never personal data.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace chengge {

enum class LogLevel { debug, info, warning, error };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

void set_log_level(LogLevel level);
void log_debug(std::string_view sentence, LogFields fields = {});
void log_info(std::string_view sentence, LogFields fields = {});
void log_warning(std::string_view sentence, LogFields fields = {});
void log_error(std::string_view sentence, LogFields fields = {});

} // namespace chengge
