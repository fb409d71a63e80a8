// What lists ask in an address: typed values with a refusal that names them. All refuse with bad_query_value;
// an absent value and an empty one are the same.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "http/http.hpp"

namespace chengge::http {

// In Unicode's composed form (NFC), as texts are stored.
std::string query_text(const Request& request, std::string_view name);
// One of these, or empty.
Result<std::string> query_choice(const Request& request, std::string_view name, std::initializer_list<std::string_view> values);
// true, false, 1 or 0.
Result<std::optional<bool>> query_flag(const Request& request, std::string_view name);
// The number of rows of a page, 1 to `most`.
Result<int> query_limit(const Request& request, int otherwise, int most = 200);
Result<int> query_whole(const Request& request, std::string_view name, int otherwise, int least, int most);
Result<Uuid> query_id(const Request& request, std::string_view name); // absent: nil
Result<double> query_number(const Request& request, std::string_view name); // finite; required
// RFC 3339, as UTC milliseconds.
Result<std::optional<std::int64_t>> query_instant(const Request& request, std::string_view name);
struct Span {
    std::optional<std::int64_t> from_ms, to_ms;
};
// `from` and `to`.
Result<Span> query_span(const Request& request);
// `bbox`: west, south, east, north.
Result<std::optional<std::array<double, 4>>> query_box(const Request& request);

} // namespace chengge::http
