// Expected refusals: a value or an error code from api/errors.csv with the words that fill its
// sentence. Bugs are ASSERTs, failures of the world are exceptions.
#pragma once

#include <map>
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace chengge {

// A refusal. `code` is a row of api/errors.csv; `facts` fill the {placeholders} of its sentences
// and are also sent to the client as members of the problem document.
struct Error {
    std::string code;
    std::map<std::string, std::string> facts;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string code, std::map<std::string, std::string> facts = {}) {
    return tl::unexpected<Error>(Error{std::move(code), std::move(facts)});
}

} // namespace chengge

// Evaluates a Result; on refusal returns it from the enclosing function, else binds the value.
#define TRY_ASSIGN(name, expression)                                                               \
    auto name##_result = (expression);                                                             \
    if (!name##_result) return tl::unexpected(std::move(name##_result.error()));                   \
    auto& name = *name##_result /* NOLINT */

#define TRY(expression)                                                                            \
    do {                                                                                           \
        if (auto try_result = (expression); !try_result)                                           \
            return tl::unexpected(std::move(try_result.error()));                                  \
    } while (false)
