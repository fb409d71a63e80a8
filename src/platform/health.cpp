#include "platform/health.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "storage/status.hpp"

namespace chengge::platform {

using namespace std::chrono_literals;

namespace {

std::int64_t monotonic_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string look_at(storage::Database& database, const HealthBounds& bounds) {
    if (database.has_stopped_writing()) return "writing has stopped: the disk failed to sync; check the disk, then restart";
    if (database.write_counts().busy_ms > bounds.write_takes_max.count()) return "a write has been waiting for the disk for too long";
    try {
        return database.read([](storage::Transaction& transaction) { return storage::find_write_obstacle(transaction); });
    } catch (const std::exception& error) {
        log_error("the database does not answer", {{"what", error.what()}});
        return "the database does not answer";
    }
}

} // namespace

struct Health::State {
    State(storage::Database& database_in, HealthBounds bounds_in) : database(database_in), bounds(bounds_in), obstacle(look_at(database, bounds)) {
        is_well = obstacle.empty();
        thread = std::jthread([this](std::stop_token stop) { look(stop); });
    }

    void look(std::stop_token stop) {
        std::mutex sleep_mutex;
        std::condition_variable_any sleep;
        while (!stop.stop_requested()) {
            auto found = look_at(database, bounds);
            {
                const std::scoped_lock lock(mutex);
                obstacle = std::move(found);
                is_well = obstacle.empty();
            }
            looked_ms = monotonic_ms();
            std::unique_lock lock(sleep_mutex);
            sleep.wait_for(lock, stop, bounds.look_every, [] { return false; });
        }
    }

    storage::Database& database;
    const HealthBounds bounds;
    mutable std::mutex mutex; // guards `obstacle`
    std::string obstacle;
    std::atomic<bool> is_well{false}, is_stopping{false};
    std::atomic<std::int64_t> looked_ms{monotonic_ms()};
    std::jthread thread;
};

Health::Health(storage::Database& database, HealthBounds bounds) : state_(std::make_unique<State>(database, bounds)) {}
Health::~Health() = default;

std::string Health::obstacle() const {
    const auto& state = *state_;
    if (state.is_stopping) return "the server is stopping";
    if (monotonic_ms() - state.looked_ms > state.bounds.silence_max.count()) return "the database has not answered for too long";
    if (state.is_well) return {};
    const std::scoped_lock lock(state.mutex);
    return state.obstacle;
}

void Health::begin_stop() { state_->is_stopping = true; }

} // namespace chengge::platform
