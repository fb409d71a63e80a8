// Requests and answers as handlers see them.
#include <array>
#include <ctime>

#include "base/text.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

constexpr std::array<std::pair<Method, std::string_view>, 6> method_names{{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::del, "DELETE"},
}};

// "en;q=0.8" → 0.8; 1 without a weight, 0 for one that is no number.
double weight_of(std::string_view item) {
    const auto mark = item.find(";q=");
    if (mark == std::string_view::npos) return 1;
    const auto text = item.substr(mark + 3);
    if (text.empty() || text.size() > 5 ||
        text.find_first_not_of("0123456789.") != std::string_view::npos)
        return 0;
    return std::strtod(std::string(text).c_str(), nullptr);
}

template <class Function>
void for_each_item(std::string_view list, Function&& function) {
    for (const auto& piece : split(list, ',')) {
        std::string item;
        for (const char letter : piece)
            if (letter != ' ' && letter != '\t') item += letter;
        if (!item.empty()) function(to_lower_ascii(item));
    }
}

} // namespace

std::string_view method_name(Method method) {
    for (const auto& [value, name] : method_names)
        if (value == method) return name;
    return "GET";
}

std::optional<Method> method_of(std::string_view name) {
    for (const auto& [value, text] : method_names)
        if (text == name) return value;
    return std::nullopt;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto lower = [](char letter) {
            return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
        };
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equal_ignoring_case(key, name)) return value;
    return {};
}

std::optional<std::string> Request::cookie(std::string_view name) const {
    for (const auto& piece : split(header("Cookie"), ';')) {
        const auto pair = trim(piece);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return std::string(pair.substr(equals + 1));
    }
    return std::nullopt;
}

std::optional<std::string> Request::query_value(std::string_view name) const {
    const auto found = query.find(std::string(name));
    if (found == query.end()) return std::nullopt;
    return found->second;
}

std::string Request::language() const {
    const auto asked = query_value("lang");
    if (asked && (*asked == "zh" || *asked == "en")) return *asked;
    double zh = 0;
    double en = 0;
    for_each_item(header("Accept-Language"), [&](const std::string& item) {
        if (item.starts_with("zh")) zh = std::max(zh, weight_of(item));
        if (item.starts_with("en")) en = std::max(en, weight_of(item));
    });
    return en > zh ? "en" : "zh";
}

Response Response::json(const json::value& value, int status) {
    Response response = text(to_json_text(value), "application/json");
    response.status = status;
    return response;
}

Result<Response> answer(Result<json::object> object, int status) {
    if (!object) return tl::unexpected(object.error());
    return Response::json(std::move(*object), status);
}

Response Response::text(std::string body, std::string content_type) {
    Response response;
    response.body = std::move(body);
    return response.with("Content-Type", std::move(content_type)), response;
}

Response Response::empty(int status) {
    Response response;
    response.status = status;
    return response;
}

Response& Response::with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
}

std::string_view header_of(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (equal_ignoring_case(key, name)) return value;
    return {};
}

bool accepts_encoding(std::string_view accept_encoding, std::string_view coding) {
    bool is_accepted = false;
    for_each_item(accept_encoding, [&](const std::string& item) {
        if (item.substr(0, item.find(';')) == coding) is_accepted = weight_of(item) > 0;
    });
    return is_accepted;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    if (trim(if_none_match) == "*") return true;
    // Weak comparison (RFC 9110, 13.1.2): the W/ does not count.
    const auto plain = [](std::string_view tag) {
        tag = trim(tag);
        return tag.starts_with("W/") ? tag.substr(2) : tag;
    };
    for (const auto& item : split(if_none_match, ','))
        if (!item.empty() && plain(item) == plain(etag)) return true;
    return false;
}

std::string http_date(std::int64_t at_seconds) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t at = at_seconds;
    std::tm parts{};
    gmtime_r(&at, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday],
                  parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
                  parts.tm_min, parts.tm_sec);
    return text;
}

std::string_view reason_phrase(int status) {
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return status < 400 ? "OK" : status < 500 ? "Bad Request" : "Internal Server Error";
    }
}

} // namespace chengge::http
