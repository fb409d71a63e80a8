// Boost.JSON with the few readers every module needs: typed members with a refusal that names them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "base/ids.hpp"
#include "base/result.hpp"

namespace chengge {

namespace json = boost::json;

// Parses foreign text: UTF-8, depth ≤ 32. Refusal bad_json.
Result<json::value> parse_json(std::string_view text);
// Parses a file of ours; refusal bad_data with file and reason.
Result<json::value> load_json(const std::string& path);

// A JSON object from a client, read member by member. The first bad member is remembered; ask
// `error()` once at the end, so a reader stays a list of fields.
class JsonReader {
public:
    explicit JsonReader(const json::value& value);

    std::string text(std::string_view name, std::size_t characters_max = 2000);          // required
    std::optional<std::string> maybe_text(std::string_view name, std::size_t characters_max = 2000);
    double number(std::string_view name);
    std::optional<double> maybe_number(std::string_view name);
    std::int64_t integer(std::string_view name);
    std::optional<std::int64_t> maybe_integer(std::string_view name);
    bool flag(std::string_view name, bool otherwise);
    // Without what is blank at either end; of blanks alone is refused.
    std::string words(std::string_view name, std::size_t characters_max = 2000);
    std::string maybe_words(std::string_view name, std::size_t characters_max = 2000); // absent: empty
    Uuid id(std::string_view name);                                                    // not the nil one
    Uuid maybe_id(std::string_view name);                                              // absent: nil
    std::vector<Uuid> ids(std::string_view name, std::size_t most = 1000);             // absent: none
    std::vector<std::string> texts(std::string_view name, std::size_t most, std::size_t bytes_max = 64); // absent: none
    std::optional<std::int64_t> maybe_instant(std::string_view name);                  // RFC 3339, as UTC milliseconds
    // The member when present and not null.
    const json::value* find(std::string_view name) const;
    // Refusal bad_member with the member's name and the reason, or nothing.
    const std::optional<Error>& error() const { return error_; }
    void refuse(std::string_view name, std::string_view reason);

private:
    const json::object* object_ = nullptr;
    std::optional<Error> error_;
};

// Compact text; doubles are written shortest ("110.3512"), unlike the library's "1.103512E2".
std::string to_json_text(const json::value& value);

} // namespace chengge
