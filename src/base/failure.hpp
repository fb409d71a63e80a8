// A failing world that a person can be told about.
#pragma once

#include <stdexcept>
#include <string>

namespace chengge {

// Thrown when the world failed and there is a sentence for it: `code` is a row of api/errors.csv.
// Caught once, at the request's edge or by the job runner, like every other exception.
struct Failure : std::runtime_error {
    Failure(std::string code_, const std::string& what) : std::runtime_error(what), code(std::move(code_)) {}
    std::string code;
};

} // namespace chengge
