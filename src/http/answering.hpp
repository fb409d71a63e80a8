// From acts that may refuse to handlers that always answer.
#pragma once

#include <utility>

#include "http/http.hpp"

namespace chengge::http {

// The act of a route, Result<Response>(request, viewer), with its refusal shaped into a problem document. `problems` outlives the server.
template <class Act>
auto answering(const Problems& problems, Act act) {
    return [&problems, act = std::move(act)](const Request& request, const auto& viewer) {
        Result<Response> made = act(request, viewer);
        return made ? std::move(*made) : problems.answer(made.error(), request);
    };
}

} // namespace chengge::http
