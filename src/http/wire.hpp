// Inside of the http module: what request line, headers and answers look like as bytes. No sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http.hpp"

namespace chengge::http {

// The request target taken apart; segments are decoded one by one, so %2F never makes a new one.
struct Target {
    std::string path; // decoded, begins with '/'
    std::vector<std::string> segments;
    std::map<std::string, std::string> query;
};
// Refusals: bad_path, bad_query.
Result<Target> parse_target(std::string_view target);

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);
std::string_view reason_phrase(int status);
std::string_view content_type_of(std::string_view path);
bool is_compressible(std::string_view content_type);
// Whether Accept-Encoding permits the coding (q=0 refuses it).
bool accepts_encoding(std::string_view accept_encoding, std::string_view coding);
std::string gzip(std::string_view bytes);
// RFC 9110 date of an instant: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::int64_t at_seconds);
bool equal_ignoring_case(std::string_view a, std::string_view b);

std::string_view header_of(const Response& response, std::string_view name);
bool etag_matches(std::string_view if_none_match, std::string_view etag);

// What is written for one answer: status line and headers, then text, file or stream.
struct Outgoing {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string fixed_lines; // further header lines that every answer has, ready to be sent
    std::string body;
    std::shared_ptr<const std::string> shared_body; // when set, in place of the body
    std::string file; // when set, `length` bytes from `offset` are sent
    std::uint64_t offset = 0;
    std::uint64_t length = 0; // of the body or the file's piece
    std::function<void(std::shared_ptr<EventStream>)> on_stream;
};

struct OutgoingOptions {
    std::string_view content_security_policy;
    int hsts_days = 0;
    bool is_head = false;
    bool is_kept_alive = true;
};

// Conditional requests, ranges, compression, security headers. Runs on a worker: it may compress.
Outgoing make_outgoing(const Request& request, Response response, const OutgoingOptions& options);
std::string header_block(const Outgoing& outgoing);

struct Folder {
    std::string url_prefix; // "/" or "/desk", no slash at the end
    std::string path;       // canonical
};
// The file for a path, an application's index.html, or nothing.
std::optional<Response> find_static(const std::vector<Folder>& folders, const Request& request);

struct Route {
    std::vector<std::string> names; // of the parameters, in the order of the pattern
    Handler handler;
    RouteOptions options;
    std::size_t index = 0; // in Router::State::entries
};

struct RouteNode {
    std::map<std::string, std::unique_ptr<RouteNode>, std::less<>> exact;
    std::unique_ptr<RouteNode> parameter;
    std::map<Method, Route> routes;
};

struct Router::State {
    RouteNode root;
    std::vector<Entry> entries;
    std::vector<Folder> folders; // longest prefix first
};

struct Router::Match {
    const Route* route = nullptr; // none: see `allowed`
    std::map<std::string, std::string> path_values;
    std::string allowed; // "GET, HEAD, POST" when the path exists but not with this method
};

std::string_view method_name(Method method);
std::optional<Method> method_of(std::string_view name);

} // namespace chengge::http
