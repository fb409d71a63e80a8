// Whether this server can do its work, looked at once a second so that asking costs nothing.
#pragma once

#include <memory>
#include <string>

#include "storage/database.hpp"

namespace chengge::platform {

class Health {
public:
    explicit Health(storage::Database& database);
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
