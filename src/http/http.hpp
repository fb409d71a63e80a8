// The wire: routes, requests, answers, event streams. Handlers are synchronous and run on a bounded
// pool; reading bodies and feeding streams happens on the event loop. Nothing of Beast is seen here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/histogram.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace chengge::http {

enum class Method { get, head, post, put, patch, del };

struct Request {
    Method method = Method::get;
    std::string path;                               // decoded, without the query
    std::map<std::string, std::string> path_values; // {case_id} → text
    std::map<std::string, std::string> query;       // decoded; the last of a repeated name
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string remote_address; // of the peer, or of X-Forwarded-For when the peer is trusted
    std::string id;             // the request id, also in the log and in X-Request-Id

    std::string_view header(std::string_view name) const; // case-insensitive; empty when absent
    std::optional<std::string> cookie(std::string_view name) const;
    std::optional<std::string> query_value(std::string_view name) const;
    // "zh" or "en" from Accept-Language (or ?lang=); zh when it says neither.
    std::string language() const;
};

// What a handler gives to a stream; the event loop writes it out. Bounded: a reader that does not
// keep up is cut off and comes back with Last-Event-ID.
class EventStream {
public:
    virtual ~EventStream() = default;
    // False when the peer is gone or too slow; then stop sending.
    virtual bool send(std::string_view event_id, std::string_view data) = 0;
    virtual bool is_open() const = 0;
    virtual void close() = 0;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    // When set, sent as it is in place of the body and not copied: what many are sent, already compressed if it shall be.
    std::shared_ptr<const std::string> shared_body;
    std::string file; // when set, this file is sent (ranges, ETag) in place of the body
    // When set the answer is text/event-stream and the function is given the stream once.
    std::function<void(std::shared_ptr<EventStream>)> on_stream;

    static Response json(const json::value& value, int status = 200);
    static Response text(std::string body, std::string content_type = "text/plain; charset=utf-8");
    static Response empty(int status = 204);
    Response& with(std::string name, std::string value);
};

// The object as JSON, or the refusal.
Result<Response> answer(Result<json::object> object, int status = 200);

using Handler = std::function<Response(const Request&)>;
// An answer that memory holds ready, or nothing.
using QuickHandler = std::function<std::optional<Response>(const Request&)>;

struct RouteOptions {
    std::size_t body_bytes_max = 256 * 1024;
    // Answered on the event loop: for handlers that wait for nothing and take microseconds.
    bool is_direct = false;
    // Asked first, on the event loop, of requests without a body; when it has nothing the handler is asked as always.
    // Handing a request to a worker and back costs more than a remembered answer does. Microseconds, waits for nothing.
    QuickHandler from_memory = nullptr;
    // Waits for servers of other people: on a few threads of its own, so that nothing else waits behind it.
    bool is_outgoing = false;
};

// Exact segments win over {parameters}.
class Router {
public:
    void add(Method method, std::string pattern, Handler handler, RouteOptions options = {});
    // The folder's files for every path no route has; index.html for paths of an application.
    void serve_folder(std::string url_prefix, const std::string& folder);
    struct Match;
    struct State;
    struct Entry {
        Method method;
        std::string pattern;
    };
    std::vector<Entry> entries() const; // for the contract test
    Match find(Method method, const std::vector<std::string>& segments) const; // used by Server

    const State& state() const { return *state_; } // used by Server
    Router();

private:
    std::shared_ptr<State> state_;
};

// RFC 9457 answers with a stable code and a sentence in the reader's language.
class Problems {
public:
    // Loads api/errors.csv (code,status,zh,en) and words.csv beside it (fact,value,zh): the Chinese
    // words for facts that the program says in English.
    static Result<Problems> load(const std::string& path);
    Response answer(const Error& error, const Request& request) const;
    int status_of(std::string_view code) const;
    // The sentence with {placeholders} filled.
    std::string sentence(const Error& error, std::string_view language) const;

private:
    struct Row {
        int status = 500;
        std::string zh;
        std::string en;
    };
    Result<void> load_words(const std::string& path);
    std::string to_chinese(const std::string& fact, const std::string& value) const;
    std::map<std::string, Row, std::less<>> rows_;
    std::map<std::pair<std::string, std::string>, std::string> words_; // (fact, value) → zh
};

// One part of a multipart/form-data body; views into the body.
struct Part {
    std::string name;
    std::string file_name;
    std::string content_type;
    std::string_view bytes;
};
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

// PEM files of a certificate chain and its key.
struct TlsFiles {
    std::string certificate;
    std::string key;
};

struct ServerOptions {
    // Taken at the start; all others may be changed by Server::reload.
    std::string address = "127.0.0.1";
    std::uint16_t port = 0; // 0 = any free one
    int io_threads = 1;
    int worker_threads = 4;  // for GET and HEAD
    int writer_threads = 32; // for the rest: they wait together for the disk, sharing syncs
    // A second, plain port that only sends browsers on to HTTPS; empty = none.
    std::string redirect_address;
    std::uint16_t redirect_port = 0;

    // HTTPS when given. A reload reads the files again; it cannot turn HTTPS on or off.
    std::optional<TlsFiles> tls;
    int hsts_days = 180; // browsers that came by HTTPS keep to it so long; 0 = not said
    int queue_max = 512;               // requests waiting for a worker of each; more get 503 + Retry-After
    int header_bytes_max = 16 * 1024;
    int idle_seconds = 60;
    int request_seconds = 30;
    int drain_seconds = 10;            // how long stop() waits for what runs
    std::size_t body_budget_bytes = 128u << 20; // of all bodies being read at once
    int streams_max = 20'000;
    int connections_max = 24'000;
    int stream_comment_seconds = 15; // a comment keeps idle event streams open through proxies
    // Addresses and networks whose X-Forwarded-For, -Proto and -Host are believed; of others they
    // are dropped.
    std::vector<std::string> trusted_proxies = {"127.0.0.1", "::1"};
    // For applications built by Vite: workers of the map are blobs, its images data or blobs.
    std::string content_security_policy =
        "default-src 'self'; script-src 'self'; worker-src 'self' blob:; child-src 'self' blob:; "
        "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "font-src 'self' data:; connect-src 'self' data: blob:; "
        "media-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'self'";
};

// What a server has done and does, for /metrics.
struct ServerCounts {
    struct Route {
        std::string method, pattern; // "static" for files, "none" for what was refused before
        std::map<int, std::uint64_t> by_status;
        Histogram::Counts latency; // from the first byte to the answer's beginning
    };
    std::vector<Route> routes; // those asked at least once
    std::uint64_t accepted = 0, turned_away = 0, failed_handshakes = 0, shed = 0;
    std::size_t connections = 0, body_bytes = 0;
    struct Pool {
        std::size_t waiting = 0, running = 0;
    };
    Pool reading, writing; // requests that wait for a worker, and those at work
    int streams = 0, worker_threads = 0, writer_threads = 0;
};

class Server {
public:
    Server(ServerOptions options, Router router, Problems problems);
    ~Server();
    // Throws when an address cannot be had or a certificate cannot be used.
    void start();
    std::uint16_t port() const;
    std::uint16_t redirect_port() const; // 0 = there is none
    // Takes the changeable options over; what runs goes on, no request is lost. Certificates are
    // read again. Refusals as read_certificate; then nothing has changed.
    Result<void> reload(ServerOptions options);
    ServerCounts counts() const;
    // No new connections; streams end with a hint when to come back; running requests finish
    // within drain_seconds, what is left then is cut off.
    void stop();

    struct State; // of the implementation

private:
    std::unique_ptr<State> state_;
};

// A small blocking client for tests, peers and health checks.
struct ClientRequest {
    Method method = Method::get;
    std::string url; // http://127.0.0.1:port/path?query, or https://
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    int time_out_seconds = 10;
    std::string ca_file; // whom to believe over HTTPS; empty = the system's authorities
};
Response fetch(const ClientRequest& request); // throws std::runtime_error when there is no answer

// The same over one connection that is kept open between requests to the same server; opened again
// when the server has closed it. A request may then be sent twice, so it has to be repeatable (ours
// are: reports and steps carry their ids). For one thread.
class ClientConnection {
public:
    ClientConnection();
    ~ClientConnection();
    Response send(const ClientRequest& request); // throws std::runtime_error when there is no answer

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace chengge::http
