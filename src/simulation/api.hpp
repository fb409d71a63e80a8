// The API as an agent uses it: JSON in and out, every answer measured. One for a thread.
#pragma once

#include <string>

#include "base/json.hpp"
#include "http/http.hpp"
#include "simulation/tally.hpp"

namespace chengge::simulation {

struct Reply {
    int status = 0; // 0: no answer
    json::value body;
    std::string raw;
    std::string retry_after;
    bool is_good() const { return status >= 200 && status < 300; }
    std::string code() const; // of a refusal
    // A text member of the answer; empty when it has none.
    std::string text(std::string_view name) const;
};

std::string text_of(const json::value& value, std::string_view name);
// The rows of a member; empty when there is none.
const json::array& rows_of(const json::value& value, std::string_view name);

class Api {
public:
    // `server`: http://127.0.0.1:8080
    Api(std::string server, Tally& tally) : server_(std::move(server)), tally_(tally) {}
    // A latency is counted from `since` when one is given (milliseconds of the steady clock).
    Reply get(const std::string& path, const std::string& token, double since_ms = 0);
    Reply post(const std::string& path, const json::value& body, const std::string& token, double since_ms = 0);
    // The id of the photo; empty when it was refused.
    std::string upload(const std::string& jpeg, const std::string& token);
    // A session by the demo's door; empty when there is none.
    std::string sign_in(const std::string& login);

private:
    Reply send(const std::string& kind, http::ClientRequest request, const std::string& token, double since_ms);
    std::string server_;
    Tally& tally_;
    http::ClientConnection connection_;
};

double steady_ms();

} // namespace chengge::simulation
