#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "base/time.hpp"
#include "platform/backup.hpp"

namespace chengge::platform {

using namespace std::chrono_literals;

std::int64_t last_due_ms(std::int64_t now_ms, int hour) {
    const auto due = city_midnight_ms(city_date(now_ms)) + hour * hour_ms;
    return due <= now_ms ? due : due - day_ms;
}

struct BackupJob::State {
    State(storage::Database& given, const Clock& given_clock, std::string given_data, std::function<BackupSettings()> given_settings)
        : database(given), clock(given_clock), data(std::move(given_data)), settings(std::move(given_settings)) {
        thread = std::jthread([this](std::stop_token stop) { run(stop); });
    }

    void run(std::stop_token stop) {
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            auto pause = 30s;
            try {
                make_when_due();
            } catch (const std::exception& error) {
                log_error("the backup failed and will be tried again", {{"reason", error.what()}});
                pause = 600s;
            }
            wake.wait_for(lock, stop, pause, [] { return false; });
        }
    }

    void make_when_due() {
        const auto now = settings();
        if (now.folder.empty() || now.hour < 0) return;
        const auto due = last_due_ms(clock.now_ms(), now.hour);
        if (made_ms >= due) return;
        for (const auto& one : list_backups(now.folder))
            if (one.reason == "schedule") made_ms = std::max(made_ms, one.made_ms);
        if (made_ms >= due) return;
        const auto made = make_backup({database, data, clock.now_ms()}, now.folder, "schedule");
        if (!made) throw std::runtime_error(made.error().code);
        made_ms = made->made_ms;
        log_info("a backup was made", {{"folder", now.folder + "/" + made->name}, {"cases", std::to_string(made->counts.cases)}, {"steps", std::to_string(made->counts.steps)}});
        for (const auto& warning : made->warnings) log_warning("the backup lacks a photograph", {{"reason", warning}});
        if (const auto removed = prune_backups(now.folder, now.keep); removed && *removed > 0) log_info("old backups were removed", {{"count", std::to_string(*removed)}});
    }

    storage::Database& database;
    const Clock& clock;
    std::string data;
    std::function<BackupSettings()> settings;
    std::int64_t made_ms = 0;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::jthread thread;
};

BackupJob::BackupJob(storage::Database& database, const Clock& clock, std::string data, std::function<BackupSettings()> settings)
    : state_(std::make_unique<State>(database, clock, std::move(data), std::move(settings))) {}
BackupJob::~BackupJob() = default;

} // namespace chengge::platform
