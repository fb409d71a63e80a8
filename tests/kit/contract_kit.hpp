// api/openapi.yaml as a judge: says of a real answer where it differs from what was promised.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "http/http.hpp"

namespace chengge::kit {

class Contract {
public:
    struct Operation {
        std::string method; // "GET"
        std::string path;   // "/api/v1/cases/{case_id}"
        bool is_open = false; // may be asked without a session
        auto operator<=>(const Operation&) const = default;
    };

    explicit Contract(json::value document);
    std::vector<Operation> operations() const;
    // The operation of a real path; exact segments win over {parameters}.
    const Operation* find(const std::string& method, const std::string& path) const;
    // One line a fault: where it stands and what is wrong. An answer to a path that is no
    // operation must be a problem document.
    std::vector<std::string> check_answer(const std::string& method, const std::string& path, const http::Response& answer) const;
    // A value against a named schema. Members that the schema does not know are faults: what is not
    // in the contract has no type in the generated client.
    std::vector<std::string> check_value(const std::string& schema, const json::value& value) const;

private:
    json::value document_;
    std::vector<Operation> operations_;
};

} // namespace chengge::kit
