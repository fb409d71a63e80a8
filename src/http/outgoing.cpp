// From a handler's answer to the bytes on the wire.
#include <charconv>
#include <ctime>

#include <sys/stat.h>
#include <zlib.h>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

constexpr std::size_t gzip_bytes_min = 1024;

struct Range {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

enum class RangeKind { none, one, unsatisfiable };

// One range of bytes; several or malformed ones are ignored and the whole is sent (RFC 9110, 14.2).
RangeKind read_range(std::string_view header, std::uint64_t size, Range& range) {
    if (!header.starts_with("bytes=") || header.find(',') != std::string_view::npos)
        return RangeKind::none;
    const auto text = trim(header.substr(6));
    const auto dash = text.find('-');
    if (dash == std::string_view::npos) return RangeKind::none;
    const auto first = number_of(text.substr(0, dash));
    const auto last = number_of(text.substr(dash + 1));
    if (dash == 0) {
        if (!last) return RangeKind::none;
        if (*last == 0 || size == 0) return RangeKind::unsatisfiable;
        range.length = std::min(*last, size);
        range.first = size - range.length;
        return RangeKind::one;
    }
    if (!first || (dash + 1 < text.size() && !last) || (last && *last < *first))
        return RangeKind::none;
    if (*first >= size) return RangeKind::unsatisfiable;
    range.first = *first;
    range.length = std::min(last.value_or(size - 1), size - 1) - *first + 1;
    return RangeKind::one;
}

struct FileFacts {
    std::uint64_t size = 0;
    std::int64_t modified_seconds = 0;
    std::int64_t modified_ns = 0;
};

std::optional<FileFacts> facts_of(const std::string& path) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return std::nullopt;
    return FileFacts{static_cast<std::uint64_t>(about.st_size), about.st_mtim.tv_sec,
                     about.st_mtim.tv_nsec};
}

bool has_header(const Outgoing& outgoing, std::string_view name) {
    for (const auto& [key, value] : outgoing.headers)
        if (equal_ignoring_case(key, name)) return true;
    return false;
}

void set_default(Outgoing& outgoing, std::string_view name, std::string value) {
    if (!has_header(outgoing, name)) outgoing.headers.emplace_back(name, std::move(value));
}

std::string value_of(const Outgoing& outgoing, std::string_view name) {
    for (const auto& [key, value] : outgoing.headers)
        if (equal_ignoring_case(key, name)) return value;
    return {};
}

void set_header(Outgoing& outgoing, std::string_view name, std::string value) {
    for (auto& [key, old] : outgoing.headers)
        if (equal_ignoring_case(key, name)) {
            old = std::move(value);
            return;
        }
    outgoing.headers.emplace_back(name, std::move(value));
}

// Written once a second, not once an answer.
const std::string& date_now() {
    thread_local std::time_t at = 0;
    thread_local std::string text;
    const auto now = std::time(nullptr);
    if (now != at) text = http_date(now);
    at = now;
    return text;
}

void become_empty(Outgoing& outgoing, int status) {
    outgoing.status = status;
    outgoing.body.clear();
    outgoing.shared_body.reset();
    outgoing.file.clear();
    outgoing.length = 0;
}

// A neighbour "app.js.br" or "app.js.gz" that is not older than the file itself.
void choose_precompressed(const Request& request, Outgoing& outgoing, FileFacts& facts) {
    if (!is_compressible(content_type_of(outgoing.file))) return;
    set_default(outgoing, "Vary", "Accept-Encoding");
    if (!request.header("Range").empty()) return;
    const auto accepted = request.header("Accept-Encoding");
    for (const auto& [coding, extension] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
        if (!accepts_encoding(accepted, coding)) continue;
        const auto packed = facts_of(outgoing.file + extension);
        if (!packed || packed->modified_seconds < facts.modified_seconds) continue;
        outgoing.file += extension;
        outgoing.headers.emplace_back("Content-Encoding", coding);
        facts = *packed;
        return;
    }
}

std::string etag_of(const FileFacts& facts, std::string_view coding) {
    std::string tag(1, '"');
    for (const auto part :
         {facts.modified_seconds, facts.modified_ns / 1000, static_cast<std::int64_t>(facts.size)})
        tag.append(std::to_string(part)).append(1, '-');
    return tag.append(coding).append(1, '"');
}

std::string content_range(std::string_view piece, std::uint64_t size) {
    return std::string("bytes ").append(piece).append("/").append(std::to_string(size));
}

void shape_file(const Request& request, Outgoing& outgoing) {
    auto facts = facts_of(outgoing.file);
    if (!facts) {
        log_warning("a file to be sent is not there", {{"request_id", request.id}});
        return become_empty(outgoing, 404);
    }
    set_default(outgoing, "Content-Type", std::string(content_type_of(outgoing.file)));
    choose_precompressed(request, outgoing, *facts);
    set_default(outgoing, "ETag", etag_of(*facts, value_of(outgoing, "Content-Encoding")));
    set_default(outgoing, "Last-Modified", http_date(facts->modified_seconds));
    set_default(outgoing, "Accept-Ranges", "bytes");
    outgoing.length = facts->size;
    const auto if_range = request.header("If-Range");
    if (!if_range.empty() && if_range != value_of(outgoing, "ETag")) return;
    Range range;
    switch (read_range(request.header("Range"), facts->size, range)) {
    case RangeKind::none: return;
    case RangeKind::unsatisfiable:
        set_header(outgoing, "Content-Range", content_range("*", facts->size));
        return become_empty(outgoing, 416);
    case RangeKind::one: {
        outgoing.status = 206;
        outgoing.offset = range.first;
        outgoing.length = range.length;
        const auto last = std::to_string(range.first + range.length - 1);
        set_header(
            outgoing, "Content-Range",
            content_range(std::to_string(range.first).append("-").append(last), facts->size));
    }
    }
}

void shape_text(const Request& request, Outgoing& outgoing) {
    if (outgoing.shared_body) {
        outgoing.length = outgoing.shared_body->size();
        return;
    }
    if (is_compressible(value_of(outgoing, "Content-Type"))) {
        set_default(outgoing, "Vary", "Accept-Encoding");
        if (outgoing.body.size() >= gzip_bytes_min && !has_header(outgoing, "Content-Encoding") &&
            accepts_encoding(request.header("Accept-Encoding"), "gzip")) {
            outgoing.body = gzip(outgoing.body);
            outgoing.headers.emplace_back("Content-Encoding", "gzip");
            const auto etag = value_of(outgoing, "ETag");
            if (!etag.empty() && !etag.starts_with("W/")) set_header(outgoing, "ETag", "W/" + etag);
        }
    }
    outgoing.length = outgoing.body.size();
}

// As text at once: they are the larger part of a small answer.
void add_security_headers(const Request& request, Outgoing& outgoing,
                          const OutgoingOptions& options) {
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!has_header(outgoing, name))
            outgoing.fixed_lines.append(name).append(": ").append(value).append("\r\n");
    };
    outgoing.fixed_lines.reserve(options.content_security_policy.size() + 512);
    add("X-Request-Id", request.id);
    add("X-Content-Type-Options", "nosniff");
    add("Referrer-Policy", "same-origin");
    add("X-Frame-Options", "SAMEORIGIN");
    add("Cross-Origin-Opener-Policy", "same-origin");
    add("Content-Security-Policy", options.content_security_policy);
    add("Cache-Control", "no-store");
    if (options.hsts_days > 0 && request.header("X-Forwarded-Proto") == "https")
        add("Strict-Transport-Security",
            "max-age=" + std::to_string(options.hsts_days * 86'400));
    add("Date", date_now());
}

// A handler that puts foreign text into a header must not be able to begin a new one.
bool is_header_safe(std::string_view name, std::string_view value) {
    const auto is_bad = [](std::string_view text) {
        for (const char letter : text)
            if (letter == '\r' || letter == '\n' || letter == '\0') return true;
        return false;
    };
    return !name.empty() && !is_bad(name) && name.find_first_of(": \t") == std::string_view::npos &&
           !is_bad(value);
}

} // namespace

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    // 15 + 16: the largest window, with a gzip header. Level 5 is near 6 in size and half the time.
    ASSERT(deflateInit2(&stream, 5, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

Outgoing make_outgoing(const Request& request, Response response, const OutgoingOptions& options) {
    Outgoing outgoing;
    outgoing.status = response.status;
    for (auto& [name, value] : response.headers) {
        if (is_header_safe(name, value))
            outgoing.headers.emplace_back(std::move(name), std::move(value));
        else log_error("a header with a line end was not sent", {{"request_id", request.id}});
    }
    outgoing.body = std::move(response.body);
    outgoing.shared_body = std::move(response.shared_body);
    outgoing.file = std::move(response.file);
    outgoing.on_stream = std::move(response.on_stream);
    if (outgoing.on_stream) {
        set_header(outgoing, "Content-Type", "text/event-stream");
        set_default(outgoing, "Cache-Control", "no-store");
        set_default(outgoing, "X-Accel-Buffering", "no"); // nginx: pass every event on at once
    } else if (!outgoing.file.empty()) {
        shape_file(request, outgoing);
    } else {
        shape_text(request, outgoing);
    }
    const auto etag = value_of(outgoing, "ETag");
    const auto if_none_match = request.header("If-None-Match");
    const bool is_read = request.method == Method::get || request.method == Method::head;
    if (is_read && (outgoing.status == 200 || outgoing.status == 206) && !etag.empty() &&
        !if_none_match.empty() && etag_matches(if_none_match, etag))
        become_empty(outgoing, 304);
    add_security_headers(request, outgoing, options);
    const bool is_kept_alive = options.is_kept_alive && !outgoing.on_stream;
    set_header(outgoing, "Connection", is_kept_alive ? "keep-alive" : "close");
    if (outgoing.status != 204 && outgoing.status != 304 && !outgoing.on_stream)
        set_header(outgoing, "Content-Length", std::to_string(outgoing.length));
    if (options.is_head) {
        outgoing.body.clear();
        outgoing.shared_body.reset();
        outgoing.file.clear();
        outgoing.on_stream = nullptr;
    }
    return outgoing;
}

std::string header_block(const Outgoing& outgoing) {
    std::string out;
    out.reserve(outgoing.fixed_lines.size() + 512);
    out.append("HTTP/1.1 ").append(std::to_string(outgoing.status)).append(" ");
    out += reason_phrase(outgoing.status);
    out += "\r\n";
    for (const auto& [name, value] : outgoing.headers) {
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    out += outgoing.fixed_lines;
    return out += "\r\n";
}

} // namespace chengge::http
