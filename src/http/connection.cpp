// The life of a connection: reads requests and writes answers on the event loop, runs handlers on
// the worker pool.
#include <fcntl.h>
#include <unistd.h>

#include "base/digest.hpp"
#include "base/failure.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/connection.hpp"

namespace chengge::http {

namespace {

constexpr std::size_t read_buffer_bytes_max = 128 * 1024;
constexpr std::size_t slowest_bytes_per_second = 8 * 1024;
// A client that still sends while it is refused is read for a while, or it would see a reset
// connection in place of the answer.
constexpr std::uint64_t drain_bytes_max = 4ull << 30;
constexpr int drain_seconds_max = 30;

class Descriptor {
public:
    explicit Descriptor(const std::string& path)
        : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

bool is_request_id(std::string_view text) {
    if (text.size() < 8 || text.size() > 64) return false;
    for (const char letter : text)
        if (!std::isalnum(static_cast<unsigned char>(letter)) && letter != '-' && letter != '_')
            return false;
    return true;
}

std::string plain_address(const asio::ip::address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
    return address.to_string();
}

// A listener of a server that stops comes back later, thousands of them not all at once.
std::string come_back_hint() {
    const auto spread = static_cast<unsigned char>(random_bytes(1)[0]) * 30; // 0 … 7.65 s
    return "retry: " + std::to_string(2000 + spread) + "\n: the server is stopping\n\n";
}

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Strand>;

} // namespace

// --- reading ---------------------------------------------------------------------------------

Connection::Connection(Server::State& given, Socket socket, bool given_is_redirect)
    : server(given), settings(given.now()),
      stream(std::move(socket), given_is_redirect ? nullptr : settings->tls.get()),
      buffer(read_buffer_bytes_max), id_prefix(to_hex(random_bytes(6)) + "-"),
      is_redirect(given_is_redirect) {
    ErrorCode ignored;
    stream.socket().non_blocking(true, ignored); // for what is written at once
}

asio::awaitable<void> Connection::serve() {
    const auto self = shared_from_this();
    try {
        ErrorCode error;
        stream.expires_after(seconds(settings->options.request_seconds));
        is_waiting = true;
        co_await stream.handshake(error);
        is_waiting = false;
        if (error) ++server.failed_handshakes;
        else {
            while (co_await serve_one()) {}
            if (asked_stream) co_await serve_stream();
        }
        stream.expires_after(seconds(2));
        if (!error) co_await stream.say_goodbye(error);
    } catch (const std::exception& error) {
        log_error("a connection failed", {{"what", error.what()}});
    }
    close();
    server.remove(self);
}

void Connection::close() {
    ErrorCode ignored;
    if (events) events->detach();
    stream.socket().shutdown(Tcp::socket::shutdown_both, ignored);
    stream.close();
}

asio::awaitable<bool> Connection::wait_for_request() {
    if (buffer.size() > 0) co_return true; // pipelined
    ErrorCode error;
    is_waiting = true;
    if (server.is_stopping) co_return false;
    stream.expires_after(seconds(settings->options.idle_seconds));
    const auto bytes = co_await stream.async_read_some(buffer.prepare(4096), into(error));
    is_waiting = false;
    buffer.commit(bytes);
    co_return !error;
}

// After a time-out there is no answer: the stream has closed the socket.
asio::awaitable<bool> Connection::serve_one() {
    if (!co_await wait_for_request()) co_return false;
    began = std::chrono::steady_clock::now();
    settings = server.now();
    counted_as = server.counter.index_of_none();
    // On the heap: it need not live as long as what the request asked for.
    auto held_parser = std::make_unique<Parser>();
    auto& parser = *held_parser;
    parser.header_limit(static_cast<std::uint32_t>(settings->options.header_bytes_max));
    parser.body_limit(boost::none); // the route's limit is applied when the route is known
    ErrorCode error;
    // Mostly the whole head has come at once.
    buffer.consume(parser.put(buffer.data(), error));
    if (error == beast::http::error::need_more) {
        error = {};
        stream.expires_after(seconds(settings->options.request_seconds));
        co_await beast::http::async_read_header(stream, buffer, parser, into(error));
    }
    Request request;
    request.id = id_prefix + std::to_string(++request_count);
    if (error) {
        auto response = header_problem(request, error);
        if (!response) co_return false; // gone, or too slow
        co_return co_await answer(request, std::move(*response), After::drain);
    }
    const bool is_kept_alive = parser.keep_alive() && !server.is_stopping;
    const bool has_body = !parser.is_done();
    const Route* route = nullptr;
    auto early = choose(parser, request, route);
    if (early) {
        // Whatever is answered before its body was read ends the connection.
        const After after = has_body ? After::drain : is_kept_alive ? After::keep : After::close;
        co_return co_await answer(request, std::move(*early), after);
    }
    BodyShare share(server.body_bytes, settings->options.body_budget_bytes);
    if (has_body && !co_await read_body(parser, request, *route, share)) co_return false;
    held_parser.reset();
    co_return co_await run_handler(request, *route, share, is_kept_alive);
}

std::optional<Response> Connection::header_problem(const Request& request, ErrorCode error) const {
    using beast::http::error::end_of_stream;
    using beast::http::error::partial_message;
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow)
        return problem(request, "header_too_large");
    const auto& of_parser = beast::http::make_error_code(end_of_stream).category();
    if (error.category() != of_parser || error == end_of_stream || error == partial_message)
        return std::nullopt;
    return problem(request, "bad_request", {{"reason", error.message()}});
}

// Finds the route, or the answer that needs none: a file, or a refusal.
std::optional<Response> Connection::choose(const Parser& parser, Request& request,
                                           const Route*& route) {
    const bool is_known_method = fill(parser, request);
    if (is_redirect) return send_to_https(request, parser.get().target());
    auto target = parse_target(parser.get().target());
    if (!target) return problem(request, target.error().code);
    if (parser.get().version() >= 11 && request.header("Host").empty())
        return problem(request, "bad_request", {{"reason", "no Host header"}});
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    auto match = server.router.find(request.method, target->segments);
    if (match.route != nullptr && is_known_method) {
        request.path_values = std::move(match.path_values);
        route = match.route;
        counted_as = route->index;
        return std::nullopt;
    }
    if (is_known_method && match.allowed.empty()) {
        auto file = find_static(server.router.state().folders, request);
        if (file) counted_as = server.counter.index_of_files();
        return file ? std::move(*file) : problem(request, "not_found");
    }
    auto response = problem(request, "method_not_allowed", {{"allowed", match.allowed}});
    return response.with("Allow", match.allowed);
}

// 308 keeps the method, so that what was posted in the clear is not taken for a reading.
Response Connection::send_to_https(const Request& request, std::string_view target) const {
    auto host = std::string(request.header("Host"));
    if (const auto colon = host.rfind(':'); colon != std::string::npos && !host.ends_with(']'))
        host.resize(colon);
    const bool is_host = !host.empty() && host.find_first_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.[]:") == std::string::npos;
    if (!is_host || !target.starts_with('/'))
        return problem(request, "bad_request", {{"reason", "no Host header"}});
    ErrorCode ignored;
    const auto port = server.acceptor.local_endpoint(ignored).port();
    if (port != 443) host += ":" + std::to_string(port);
    auto response = Response::empty(308);
    return response.with("Location", "https://" + host + std::string(target));
}

Response Connection::problem(const Request& request, std::string code,
                             std::map<std::string, std::string> facts) const {
    return server.problems.answer({std::move(code), std::move(facts)}, request);
}

bool Connection::fill(const Parser& parser, Request& request) const {
    const auto& message = parser.get();
    ErrorCode ignored;
    const auto peer = stream.socket().remote_endpoint(ignored);
    request.remote_address = plain_address(peer.address());
    const auto is_trusted = [&](std::string_view address) {
        return settings->trusted_proxies.contains(address);
    };
    const bool is_peer_trusted = is_trusted(request.remote_address);
    for (const auto& field : message) {
        const std::string_view name(field.name_string().data(), field.name_string().size());
        if (!is_peer_trusted && to_lower_ascii(name).starts_with("x-forwarded-")) continue;
        request.headers.emplace_back(name,
                                     std::string_view(field.value().data(), field.value().size()));
    }
    if (is_peer_trusted) {
        // From the right: the first address that is not one of our own proxies is the client.
        auto hops = split(request.header("X-Forwarded-For"), ',');
        for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
            ErrorCode error;
            const auto address = asio::ip::make_address(std::string(trim(*hop)), error);
            if (error) break;
            request.remote_address = plain_address(address);
            if (!is_trusted(request.remote_address)) break;
        }
    }
    if (stream.is_tls() && request.header("X-Forwarded-Proto").empty())
        request.headers.emplace_back("X-Forwarded-Proto", "https"); // as a proxy would say
    const auto given_id = request.header("X-Request-Id");
    if (is_request_id(given_id)) request.id = given_id;
    const auto method = method_of({message.method_string().data(), message.method_string().size()});
    request.method = method.value_or(Method::get);
    return method.has_value();
}

asio::awaitable<bool> Connection::read_body(Parser& parser, Request& request, const Route& route,
                                            BodyShare& share) {
    const auto limit = route.options.body_bytes_max;
    bool is_too_large = parser.content_length() && *parser.content_length() > limit;
    bool is_over_budget = false;
    parser.body_limit(limit);
    ErrorCode error;
    if (!is_too_large && equal_ignoring_case(request.header("Expect"), "100-continue"))
        co_await asio::async_write(stream, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25),
                                   into(error));
    while (!error && !is_too_large && !is_over_budget && !parser.is_done()) {
        // A phone on a bad network may take minutes for a photo, as long as it goes on.
        const auto received = parser.get().body().size();
        stream.expires_at(
            began + seconds(settings->options.request_seconds + received / slowest_bytes_per_second));
        co_await beast::http::async_read_some(stream, buffer, parser, into(error));
        is_too_large = error == beast::http::error::body_limit;
        is_over_budget = !share.grow_to(parser.get().body().size());
    }
    if (is_too_large || is_over_budget) {
        std::string().swap(parser.get().body()); // assigning would keep the memory
        share.release();
        auto response = is_too_large ? problem(request, "body_too_large",
                                               {{"limit_kb", std::to_string(limit / 1024)}})
                                     : problem(request, "server_busy");
        co_return co_await answer(request, std::move(response), After::drain);
    }
    if (error) co_return false; // gone, too slow, or chunks that are none
    request.body = std::move(parser.get().body());
    co_return true;
}

// --- answering -------------------------------------------------------------------------------

Outgoing Connection::shape(const Request& request, Response response, bool is_kept_alive) const {
    return make_outgoing(request, std::move(response),
                         {.content_security_policy = settings->options.content_security_policy,
                          .hsts_days = settings->options.hsts_days,
                          .is_head = request.method == Method::head,
                          .is_kept_alive = is_kept_alive});
}

asio::awaitable<bool> Connection::answer(const Request& request, Response response, After after) {
    auto outgoing = shape(request, std::move(response), after == After::keep);
    co_return co_await write(request, std::move(outgoing), after);
}

// Nothing only when a quick handler has nothing. Runs on a worker, or on the event loop what is quick.
template <class AnyHandler>
std::optional<Outgoing> Connection::call(const Request& request, const AnyHandler& handler, bool is_kept_alive) const {
    std::string code = "temporarily_unavailable";
    const auto log = [&](const std::exception& error) {
        log_error("a request failed", {{"what", error.what()},
                                       {"method", std::string(method_name(request.method))},
                                       {"path", request.path},
                                       {"request_id", request.id}});
    };
    try {
        std::optional<Response> response = handler(request);
        if (!response) return std::nullopt;
        return shape(request, std::move(*response), is_kept_alive);
    } catch (const Failure& failure) {
        log(failure);
        code = failure.code;
    } catch (const std::exception& error) {
        log(error);
    }
    return shape(request, problem(request, code), is_kept_alive);
}

asio::awaitable<bool> Connection::run_handler(Request& request, const Route& route,
                                              BodyShare& share, bool is_kept_alive) {
    std::optional<Outgoing> ready;
    if (route.options.is_direct) ready = call(request, route.handler, is_kept_alive);
    else if (route.options.from_memory) ready = call(request, route.options.from_memory, is_kept_alive);
    if (ready) co_return co_await write(request, std::move(*ready), is_kept_alive ? After::keep : After::close);
    auto start = [&](auto handler) {
        auto done = std::make_shared<decltype(handler)>(std::move(handler));
        const auto finish = [done, executor = stream.get_executor()](Outgoing outgoing) {
            auto held = std::make_shared<Outgoing>(std::move(outgoing));
            asio::post(executor, [done, held] { std::move (*done)(std::move(*held)); });
        };
        const bool is_taken = server.workers_for(request.method, route.options).try_run(
            [&, this, finish](bool is_late) { finish(is_late ? shape(request, problem(request, "server_busy"), is_kept_alive) : *call(request, route.handler, is_kept_alive)); });
        if (!is_taken) finish(shape(request, problem(request, "server_busy"), is_kept_alive));
    };
    auto outgoing = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Outgoing)>(
        start, asio::use_awaitable);
    std::string().swap(request.body);
    share.release();
    if (outgoing.on_stream) {
        // Served when all that belongs to the request is gone: thousands of streams stay open.
        asked_stream = std::make_unique<AskedStream>(AskedStream{std::move(request), std::move(outgoing)});
        co_return false;
    }
    co_return co_await write(request, std::move(outgoing),
                             is_kept_alive ? After::keep : After::close);
}

asio::awaitable<bool> Connection::write(const Request& request, Outgoing outgoing, After after) {
    log_access(request, outgoing.status, outgoing.length);
    const auto head = header_block(outgoing);
    const std::string_view body = outgoing.shared_body ? *outgoing.shared_body : outgoing.body;
    bool is_written = co_await write_bytes(head, outgoing.file.empty() ? body : "");
    if (is_written && !outgoing.file.empty()) is_written = co_await write_file(outgoing);
    if (!is_written) co_return false;
    if (after == After::drain) co_await drain();
    co_return after == After::keep;
}

asio::awaitable<bool> Connection::write_bytes(std::string_view head, std::string_view body) {
    ErrorCode error;
    if (!stream.is_tls()) {
        // Most answers fit into what the system takes without waiting.
        const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
        const auto sent = stream.socket().write_some(both, error);
        if (!error && sent == head.size() + body.size()) co_return true;
        if (error && error != asio::error::would_block) co_return false;
        if (!error) {
            const auto of_head = std::min(sent, head.size());
            head.remove_prefix(of_head);
            body.remove_prefix(sent - of_head);
        }
        error = {};
    }
    stream.expires_after(
        seconds(settings->options.request_seconds + body.size() / slowest_bytes_per_second));
    std::string joined; // TLS seals piece by piece: a small answer is one
    if (stream.is_tls() && !head.empty() && !body.empty() && body.size() < 16 * 1024) {
        joined.append(head).append(body);
        head = joined;
        body = {};
    }
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head), asio::buffer(body)};
    co_await asio::async_write(stream, pieces, into(error));
    co_return !error;
}

asio::awaitable<bool> Connection::write_file(const Outgoing& outgoing) {
    const Descriptor file(outgoing.file);
    std::string piece(std::min<std::uint64_t>(outgoing.length, 128 * 1024), '\0');
    std::uint64_t sent = 0;
    while (sent < outgoing.length) {
        const auto want = std::min<std::uint64_t>(piece.size(), outgoing.length - sent);
        const auto got = file.number() < 0 ? -1
                                           : ::pread(file.number(), piece.data(), want,
                                                     static_cast<off_t>(outgoing.offset + sent));
        if (got <= 0) co_return false; // the promised length cannot be kept: the peer must notice
        if (!co_await write_bytes({},
                                  std::string_view(piece).substr(0, static_cast<std::size_t>(got))))
            co_return false;
        sent += static_cast<std::uint64_t>(got);
    }
    co_return true;
}

asio::awaitable<void> Connection::drain() {
    ErrorCode error;
    if (!stream.is_tls()) stream.socket().shutdown(Tcp::socket::shutdown_send, error);
    const auto end = std::chrono::steady_clock::now() + seconds(drain_seconds_max);
    std::string sink(256 * 1024, '\0');
    std::uint64_t dropped = 0;
    while (!error && dropped < drain_bytes_max && !server.is_stopping) {
        stream.expires_at(std::min(end, std::chrono::steady_clock::now() + seconds(5)));
        dropped += co_await stream.async_read_some(asio::buffer(sink), into(error));
    }
}

void Connection::log_access(const Request& request, int status, std::uint64_t bytes) const {
    const auto took_us = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::steady_clock::now() - began)
                             .count();
    server.counter.add(counted_as, status, took_us);
    if (!is_logged(LogLevel::debug)) return;
    std::string names; // of the query only: values may be names or phone numbers
    for (const auto& [name, value] : request.query) names += (names.empty() ? "" : ",") + name;
    log_debug(
        "request answered",
        {{"method", std::string(method_name(request.method))},
         {"path", request.path},
         {"query", names},
         {"status", std::to_string(status)},
         {"bytes", std::to_string(bytes)},
         {"took_us", std::to_string(took_us)},
         {"request_id", request.id}});
}

// --- event streams ---------------------------------------------------------------------------

asio::awaitable<void> Connection::serve_stream() {
    struct Count {
        std::atomic<int>& streams;
        ~Count() { --streams; }
    } count{server.streams};
    if (++server.streams > settings->options.streams_max || server.is_stopping) {
        auto busy = problem(asked_stream->request, "server_busy");
        co_await answer(asked_stream->request, std::move(busy), After::close);
        co_return;
    }
    log_access(asked_stream->request, asked_stream->outgoing.status, 0);
    buffer.clear();
    buffer.shrink_to_fit();
    Timer timer(stream.get_executor());
    // Wake-ups come from any thread; the timer is touched on the strand only, while it lives.
    auto living_timer = std::make_shared<Timer*>(&timer);
    events = std::make_shared<StreamQueue>([executor = stream.get_executor(), living_timer] {
        asio::post(executor, [living_timer] {
            if (*living_timer != nullptr) (*living_timer)->cancel();
        });
    });
    const auto queue = events;
    bool is_alive = co_await write_bytes(header_block(asked_stream->outgoing), "retry: 2000\n\n");
    auto asked = std::exchange(asked_stream, nullptr);
    asio::co_spawn(
        stream.get_executor(),
        [self = shared_from_this(), queue] { return self->watch_peer(queue); }, asio::detached);
    if (!server.readers->try_run([start = std::move(asked->outgoing.on_stream), queue, id = asked->request.id](bool) {
            try {
                start(queue);
            } catch (const std::exception& error) {
                log_error("a stream failed", {{"what", error.what()}, {"request_id", id}});
                queue->close();
            }
        }))
        is_alive = false;
    asked.reset();
    while (is_alive && !server.is_stopping) {
        const auto bytes = queue->take();
        if (!bytes.empty()) {
            is_alive = co_await write_bytes(bytes, {});
            continue;
        }
        if (!queue->is_open()) break;
        ErrorCode error;
        timer.expires_after(seconds(settings->options.stream_comment_seconds));
        co_await timer.async_wait(into(error));
        if (!error) is_alive = co_await write_bytes(": still here\n\n", {});
    }
    *living_timer = nullptr;
    if (is_alive && server.is_stopping) co_await write_bytes(come_back_hint(), {});
    queue->detach();
}

// The peer of a stream says nothing; when reading ends, it is gone.
asio::awaitable<void> Connection::watch_peer(std::shared_ptr<StreamQueue> queue) {
    const auto self = shared_from_this();
    char sink[32];
    ErrorCode error;
    // On the socket itself: the stream's one deadline belongs to the writer.
    while (!error) co_await stream.socket().async_read_some(asio::buffer(sink), into(error));
    queue->close();
}

} // namespace chengge::http
