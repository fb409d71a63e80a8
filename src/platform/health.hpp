// Whether this server can do its work, looked at once a second so that asking costs nothing.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "storage/database.hpp"

namespace chengge::platform {

struct HealthBounds {
    std::chrono::milliseconds look_every{1000};
    std::chrono::milliseconds write_takes_max{15'000}; // a disk that hangs
    std::chrono::milliseconds silence_max{10'000};     // a look that does not come back
};

class Health {
public:
    explicit Health(storage::Database& database, HealthBounds bounds = {});
    ~Health();
    // Empty while all is well; else one English sentence without personal data.
    std::string obstacle() const;
    // From now on the answer is that the server stops.
    void begin_stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace chengge::platform
