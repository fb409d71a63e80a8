// chengge serve: the routes of all modules on one port, the jobs, an orderly stop.
#pragma once

#include <functional>
#include <string>

#include "platform/installation.hpp"

namespace chengge::platform {

struct ServeOptions {
    std::string listen = "127.0.0.1:8080"; // ADDRESS:PORT; port 0 = any free one
    bool allows_open_demo = false;         // a demo on another address than loopback
};

// A server in this process (tests use it too).
class RunningServer {
public:
    RunningServer(Installation& city, const ServeOptions& options);
    ~RunningServer();
    std::uint16_t port() const;
    std::vector<http::Router::Entry> routes() const; // for the contract test
    void reload_rules(); // publishes a changed rule set without a restart

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Serves until SIGTERM or SIGINT; SIGHUP reloads the rules. The program's exit code.
int serve(InstallationOptions installation, const ServeOptions& options);

// api/openapi.yaml as JSON; refusal bad_data.
Result<json::value> load_contract(const std::string& path);

} // namespace chengge::platform
