#include "base/log.hpp"

#include <atomic>
#include <cstdio>
#include <mutex>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge {

namespace {

constexpr std::string_view level_names[] = {"debug", "info", "warning", "error"};

std::atomic<LogLevel> least_level{LogLevel::info};
std::atomic<std::uint64_t> lost_lines{0};

// The one file of the process; standard error while there is none.
class LogFile {
public:
    bool open(const LogTarget& target) {
        const std::scoped_lock lock(mutex_);
        const int fresh = target.file.empty() ? STDERR_FILENO : open_file(target.file);
        if (fresh < 0) return false;
        take(fresh);
        target_ = target;
        return true;
    }

    void write(std::string_view line) {
        const std::scoped_lock lock(mutex_);
        if (descriptor_ != STDERR_FILENO && size_ > 0 &&
            size_ + static_cast<std::int64_t>(line.size()) > target_.rotate_bytes)
            rotate();
        // One call, so that lines of several processes do not mix; a rest that a full disk does not
        // take is lost rather than waited for.
        const auto written = ::write(descriptor_, line.data(), line.size());
        if (written != static_cast<ssize_t>(line.size())) ++lost_lines;
        if (written > 0) size_ += written;
    }

private:
    static int open_file(const std::string& file) {
        return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    }

    void take(int descriptor) {
        if (descriptor_ != STDERR_FILENO) ::close(descriptor_);
        descriptor_ = descriptor;
        struct stat about {};
        size_ = ::fstat(descriptor_, &about) == 0 ? about.st_size : 0;
    }

    void rotate() {
        const auto name = [&](int number) { return target_.file + "." + std::to_string(number); };
        for (int number = target_.keep - 1; number >= 1; --number)
            ::rename(name(number).c_str(), name(number + 1).c_str());
        ::rename(target_.file.c_str(), name(1).c_str());
        const int fresh = open_file(target_.file);
        if (fresh >= 0) take(fresh);
        else size_ = 0; // goes on in the renamed one
    }

    std::mutex mutex_;
    LogTarget target_;
    int descriptor_ = STDERR_FILENO;
    std::int64_t size_ = 0;
};

LogFile& log_file() {
    static LogFile file;
    return file;
}

void write(LogLevel level, std::string_view sentence, LogFields fields) {
    if (!is_logged(level)) return;
    std::string line = R"({"at":")" + format_rfc3339(SystemClock().now_ms()) + R"(","level":")";
    line += level_names[static_cast<int>(level)];
    line += R"(","message":)" + json_quote(sentence);
    for (const auto& [name, value] : fields) line += "," + json_quote(name) + ":" + json_quote(value);
    line += "}\n";
    log_file().write(line);
}

} // namespace

void set_log_level(LogLevel level) { least_level.store(level); }
bool is_logged(LogLevel level) { return level >= least_level.load(std::memory_order_relaxed); }

std::optional<LogLevel> parse_log_level(std::string_view name) {
    for (int i = 0; i < 4; ++i)
        if (level_names[i] == name) return static_cast<LogLevel>(i);
    return std::nullopt;
}

bool set_log_target(const LogTarget& target) { return log_file().open(target); }
std::uint64_t count_lost_log_lines() { return lost_lines.load(); }

void log_debug(std::string_view sentence, LogFields fields) { write(LogLevel::debug, sentence, fields); }
void log_info(std::string_view sentence, LogFields fields) { write(LogLevel::info, sentence, fields); }
void log_warning(std::string_view sentence, LogFields fields) { write(LogLevel::warning, sentence, fields); }
void log_error(std::string_view sentence, LogFields fields) { write(LogLevel::error, sentence, fields); }

} // namespace chengge
