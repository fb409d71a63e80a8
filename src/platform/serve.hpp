// chengge serve: the routes of all modules on one port, the jobs, changes while it runs, an orderly
// stop.
#pragma once

#include <functional>
#include <string>

#include "platform/installation.hpp"

namespace chengge::platform {

struct ServeOptions {
    std::string listen;            // ADDRESS:PORT; port 0 = any free one; empty = the configuration's
    bool allows_open_demo = false; // a demo on another address than loopback
};

// A server in this process (tests use it too).
class RunningServer {
public:
    // Throws when it cannot be started.
    RunningServer(Installation& city, const ServeOptions& options);
    ~RunningServer();
    std::uint16_t port() const;
    std::uint16_t redirect_port() const;             // 0 = there is none
    std::vector<http::Router::Entry> routes() const; // for the contract test
    // Reads the configuration, the certificates and the rules again and takes all of them over or,
    // when one has a fault, none. What was done is in the log; false = nothing was changed.
    bool reload();
    std::shared_ptr<const Config> config() const; // in force

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Serves until SIGTERM or SIGINT, then drains; SIGHUP reloads, SIGUSR1 opens the log file anew. The
// program's exit code.
int serve(InstallationOptions installation, const ServeOptions& options);

// api/openapi.yaml as JSON; refusal bad_data.
Result<json::value> load_contract(const std::string& path);

} // namespace chengge::platform
