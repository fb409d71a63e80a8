// Sockets: reads requests and writes answers on the event loop, runs handlers on the worker pool.
// long: the life of a connection, whose coroutines share one state, is read in one go.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "base/digest.hpp"
#include "base/failure.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/stream_queue.hpp"
#include "http/wire.hpp"
#include "http/worker_pool.hpp"

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace chengge::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;
using Strand = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<Tcp, Strand>;
using Stream = beast::basic_stream<Tcp, Strand>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Strand>;
using Parser = beast::http::request_parser<beast::http::string_body>;
using ErrorCode = boost::system::error_code;
using std::chrono::seconds;

namespace {

// Errors are looked at, not thrown: a peer that goes away is nothing exceptional.
auto into(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable, error); }

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

// What is left over by a request that was refused before its body was read.
enum class After { keep, close, drain };

} // namespace

struct Connection;

struct Server::State {
    State(ServerOptions given, Router given_router, Problems given_problems)
        : options(std::move(given)), router(std::move(given_router)),
          problems(std::move(given_problems)), loop(options.io_threads), acceptor(loop),
          readers(std::make_unique<WorkerPool>(options.worker_threads, options.queue_max)),
          writers(std::make_unique<WorkerPool>(options.writer_threads, options.queue_max)) {}

    asio::awaitable<void> accept_all();
    void add(const std::shared_ptr<Connection>& connection);
    void remove(const std::shared_ptr<Connection>& connection);
    WorkerPool& workers_for(Method method) const {
        return method == Method::get || method == Method::head ? *readers : *writers;
    }

    const ServerOptions options;
    const Router router;
    const Problems problems;
    std::atomic<std::size_t> body_bytes{0};
    std::atomic<int> streams{0};
    std::atomic<bool> is_stopping{false};
    asio::io_context loop; // after the counters: what is left in it gives back to them
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
    asio::basic_socket_acceptor<Tcp, asio::io_context::executor_type> acceptor;
    // Writes wait for the disk; whoever only looks must not wait behind them.
    std::unique_ptr<WorkerPool> readers;
    std::unique_ptr<WorkerPool> writers;
    std::vector<std::jthread> threads;
    std::mutex mutex; // guards `connections`
    std::condition_variable all_gone;
    std::set<std::shared_ptr<Connection>> connections;
};

// Bytes of request bodies in memory, given back before the answer is written.
class BodyShare {
public:
    BodyShare(std::atomic<std::size_t>& total, std::size_t budget)
        : total_(total), budget_(budget) {}
    ~BodyShare() { release(); }
    BodyShare(const BodyShare&) = delete;
    BodyShare& operator=(const BodyShare&) = delete;
    bool grow_to(std::size_t bytes) {
        if (bytes <= held_) return true;
        total_ += bytes - held_;
        held_ = bytes;
        return total_.load() <= budget_;
    }
    void release() {
        total_ -= held_;
        held_ = 0;
    }

private:
    std::atomic<std::size_t>& total_;
    std::size_t budget_;
    std::size_t held_ = 0;
};

struct Connection : std::enable_shared_from_this<Connection> {
    Connection(Server::State& given, Socket socket)
        : server(given), stream(std::move(socket)), buffer(read_buffer_bytes_max) {}

    asio::awaitable<void> serve();
    asio::awaitable<bool> serve_one();
    asio::awaitable<bool> wait_for_request();
    asio::awaitable<bool> read_body(Parser& parser, Request& request, const Route& route,
                                    BodyShare& share);
    asio::awaitable<bool> answer(const Request& request, Response response, After after);
    asio::awaitable<bool> run_handler(Request& request, const Route& route, BodyShare& share,
                                      bool is_kept_alive);
    asio::awaitable<bool> write(const Request& request, Outgoing outgoing, After after);
    asio::awaitable<bool> write_bytes(std::string_view head, std::string_view body);
    asio::awaitable<bool> write_file(const Outgoing& outgoing);
    asio::awaitable<void> drain();
    asio::awaitable<void> serve_stream(const Request& request, Outgoing outgoing);
    asio::awaitable<void> watch_peer(std::shared_ptr<StreamQueue> queue);
    Outgoing shape(const Request& request, Response response, bool is_kept_alive) const;
    Outgoing call(const Request& request, const Route& route, bool is_kept_alive) const;
    std::optional<Response> header_problem(const Request& request, ErrorCode error) const;
    std::optional<Response> choose(const Parser& parser, Request& request,
                                   const Route*& route) const;
    Response problem(const Request& request, std::string code,
                     std::map<std::string, std::string> facts = {}) const;
    bool fill(const Parser& parser, Request& request) const;
    void log_access(const Request& request, int status, std::uint64_t bytes) const;
    void close();

    Server::State& server;
    Stream stream;
    beast::flat_buffer buffer;
    std::chrono::steady_clock::time_point began;
    bool is_waiting = false; // between requests: may be closed at any time
    std::shared_ptr<StreamQueue> events;
};

// --- reading ---------------------------------------------------------------------------------

asio::awaitable<void> Connection::serve() {
    const auto self = shared_from_this();
    try {
        while (co_await serve_one()) {}
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
    stream.expires_after(seconds(server.options.idle_seconds));
    const auto bytes = co_await stream.async_read_some(buffer.prepare(4096), into(error));
    is_waiting = false;
    buffer.commit(bytes);
    co_return !error;
}

// After a time-out there is no answer: the stream has closed the socket.
asio::awaitable<bool> Connection::serve_one() {
    if (!co_await wait_for_request()) co_return false;
    began = std::chrono::steady_clock::now();
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(server.options.header_bytes_max));
    parser.body_limit(boost::none); // the route's limit is applied when the route is known
    ErrorCode error;
    stream.expires_after(seconds(server.options.request_seconds));
    co_await beast::http::async_read_header(stream, buffer, parser, into(error));
    Request request;
    request.id = to_hex(random_bytes(8));
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
    BodyShare share(server.body_bytes, server.options.body_budget_bytes);
    if (has_body && !co_await read_body(parser, request, *route, share)) co_return false;
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
                                           const Route*& route) const {
    const bool is_known_method = fill(parser, request);
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
        return std::nullopt;
    }
    if (is_known_method && match.allowed.empty()) {
        auto file = find_static(server.router.state().folders, request);
        return file ? std::move(*file) : problem(request, "not_found");
    }
    auto response = problem(request, "method_not_allowed", {{"allowed", match.allowed}});
    return response.with("Allow", match.allowed);
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
    const auto& trusted = server.options.trusted_proxies;
    const auto is_trusted = [&](std::string_view address) {
        return std::find(trusted.begin(), trusted.end(), address) != trusted.end();
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
            began + seconds(server.options.request_seconds + received / slowest_bytes_per_second));
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
                         {.content_security_policy = server.options.content_security_policy,
                          .is_head = request.method == Method::head,
                          .is_kept_alive = is_kept_alive});
}

asio::awaitable<bool> Connection::answer(const Request& request, Response response, After after) {
    auto outgoing = shape(request, std::move(response), after == After::keep);
    co_return co_await write(request, std::move(outgoing), after);
}

// Runs on a worker.
Outgoing Connection::call(const Request& request, const Route& route, bool is_kept_alive) const {
    std::string code = "temporarily_unavailable";
    const auto log = [&](const std::exception& error) {
        log_error("a request failed", {{"what", error.what()},
                                       {"method", std::string(method_name(request.method))},
                                       {"path", request.path},
                                       {"request_id", request.id}});
    };
    try {
        return shape(request, route.handler(request), is_kept_alive);
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
    auto start = [&](auto handler) {
        auto done = std::make_shared<decltype(handler)>(std::move(handler));
        const auto finish = [done, executor = stream.get_executor()](Outgoing outgoing) {
            auto held = std::make_shared<Outgoing>(std::move(outgoing));
            asio::post(executor, [done, held] { std::move (*done)(std::move(*held)); });
        };
        const bool is_taken = server.workers_for(request.method).try_run(
            [&, this, finish] { finish(call(request, route, is_kept_alive)); });
        if (!is_taken) finish(shape(request, problem(request, "server_busy"), is_kept_alive));
    };
    auto outgoing = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Outgoing)>(
        start, asio::use_awaitable);
    std::string().swap(request.body);
    share.release();
    if (outgoing.on_stream) {
        co_await serve_stream(request, std::move(outgoing));
        co_return false;
    }
    co_return co_await write(request, std::move(outgoing),
                             is_kept_alive ? After::keep : After::close);
}

asio::awaitable<bool> Connection::write(const Request& request, Outgoing outgoing, After after) {
    log_access(request, outgoing.status, outgoing.length);
    const auto head = header_block(outgoing);
    bool is_written =
        co_await write_bytes(head, outgoing.file.empty() ? std::string_view(outgoing.body) : "");
    if (is_written && !outgoing.file.empty()) is_written = co_await write_file(outgoing);
    if (!is_written) co_return false;
    if (after == After::drain) co_await drain();
    co_return after == After::keep;
}

asio::awaitable<bool> Connection::write_bytes(std::string_view head, std::string_view body) {
    ErrorCode error;
    stream.expires_after(
        seconds(server.options.request_seconds + body.size() / slowest_bytes_per_second));
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
    stream.socket().shutdown(Tcp::socket::shutdown_send, error);
    const auto end = std::chrono::steady_clock::now() + seconds(drain_seconds_max);
    std::string sink(256 * 1024, '\0');
    std::uint64_t dropped = 0;
    while (!error && dropped < drain_bytes_max && !server.is_stopping) {
        stream.expires_at(std::min(end, std::chrono::steady_clock::now() + seconds(5)));
        dropped += co_await stream.async_read_some(asio::buffer(sink), into(error));
    }
}

void Connection::log_access(const Request& request, int status, std::uint64_t bytes) const {
    const auto took = std::chrono::steady_clock::now() - began;
    std::string names; // of the query only: values may be names or phone numbers
    for (const auto& [name, value] : request.query) names += (names.empty() ? "" : ",") + name;
    log_debug(
        "request answered",
        {{"method", std::string(method_name(request.method))},
         {"path", request.path},
         {"query", names},
         {"status", std::to_string(status)},
         {"bytes", std::to_string(bytes)},
         {"took_us",
          std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count())},
         {"request_id", request.id}});
}

// --- event streams ---------------------------------------------------------------------------

asio::awaitable<void> Connection::serve_stream(const Request& request, Outgoing outgoing) {
    struct Count {
        std::atomic<int>& streams;
        ~Count() { --streams; }
    } count{server.streams};
    if (++server.streams > server.options.streams_max || server.is_stopping) {
        auto busy = problem(request, "server_busy");
        co_await answer(request, std::move(busy), After::close);
        co_return;
    }
    log_access(request, outgoing.status, 0);
    buffer.clear();
    buffer.shrink_to_fit(); // thousands of these stay open
    Timer timer(stream.get_executor());
    // Wake-ups come from any thread; the timer is touched on the strand only, while it lives.
    auto living_timer = std::make_shared<Timer*>(&timer);
    events = std::make_shared<StreamQueue>([executor = stream.get_executor(), living_timer] {
        asio::post(executor, [living_timer] {
            if (*living_timer != nullptr) (*living_timer)->cancel();
        });
    });
    const auto queue = events;
    bool is_alive = co_await write_bytes(header_block(outgoing), "retry: 2000\n\n");
    asio::co_spawn(
        stream.get_executor(),
        [self = shared_from_this(), queue] { return self->watch_peer(queue); }, asio::detached);
    if (!server.readers->try_run([start = std::move(outgoing.on_stream), queue, id = request.id] {
            try {
                start(queue);
            } catch (const std::exception& error) {
                log_error("a stream failed", {{"what", error.what()}, {"request_id", id}});
                queue->close();
            }
        }))
        is_alive = false;
    while (is_alive && !server.is_stopping) {
        const auto bytes = queue->take();
        if (!bytes.empty()) {
            is_alive = co_await write_bytes(bytes, {});
            continue;
        }
        if (!queue->is_open()) break;
        ErrorCode error;
        timer.expires_after(seconds(server.options.stream_comment_seconds));
        co_await timer.async_wait(into(error));
        if (!error) is_alive = co_await write_bytes(": still here\n\n", {});
    }
    *living_timer = nullptr;
    queue->detach();
}

// The peer of a stream says nothing; when reading ends, it is gone.
asio::awaitable<void> Connection::watch_peer(std::shared_ptr<StreamQueue> queue) {
    const auto self = shared_from_this();
    char sink[256];
    ErrorCode error;
    // On the socket itself: the stream's one deadline belongs to the writer.
    while (!error) co_await stream.socket().async_read_some(asio::buffer(sink), into(error));
    queue->close();
}

// --- the server ------------------------------------------------------------------------------

void Server::State::add(const std::shared_ptr<Connection>& connection) {
    const std::scoped_lock lock(mutex);
    connections.insert(connection);
}

void Server::State::remove(const std::shared_ptr<Connection>& connection) {
    {
        const std::scoped_lock lock(mutex);
        connections.erase(connection);
    }
    all_gone.notify_all();
}

asio::awaitable<void> Server::State::accept_all() {
    while (!is_stopping) {
        ErrorCode error;
        Socket socket(asio::make_strand(loop.get_executor()));
        co_await acceptor.async_accept(socket, into(error));
        if (error == asio::error::operation_aborted) co_return;
        if (error) {
            // Out of descriptors, most likely: try again when some connections have ended.
            log_warning("a connection was not accepted", {{"what", error.message()}});
            asio::steady_timer pause(loop, std::chrono::milliseconds(200));
            co_await pause.async_wait(into(error));
            continue;
        }
        bool is_full = false;
        {
            const std::scoped_lock lock(mutex);
            is_full = connections.size() >= static_cast<std::size_t>(options.connections_max);
        }
        if (is_full) continue; // closed by going out of scope
        socket.set_option(Tcp::no_delay(true), error);
        auto connection = std::make_shared<Connection>(*this, std::move(socket));
        add(connection);
        asio::co_spawn(
            connection->stream.get_executor(), [connection] { return connection->serve(); },
            asio::detached);
    }
}

Server::Server(ServerOptions options, Router router, Problems problems)
    : state_(std::make_unique<State>(std::move(options), std::move(router), std::move(problems))) {}

Server::~Server() { stop(); }

void Server::start() {
    auto& state = *state_;
    const Tcp::endpoint endpoint(asio::ip::make_address(state.options.address), state.options.port);
    state.acceptor.open(endpoint.protocol());
    state.acceptor.set_option(asio::socket_base::reuse_address(true));
    state.acceptor.bind(endpoint);
    state.acceptor.listen(1024);
    state.guard.emplace(state.loop.get_executor());
    asio::co_spawn(
        state.loop, [&state] { return state.accept_all(); }, asio::detached);
    for (int i = 0; i < state.options.io_threads; ++i)
        state.threads.emplace_back([&state] { state.loop.run(); });
}

std::uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

void Server::stop() {
    auto& state = *state_;
    if (state.is_stopping.exchange(true) || state.threads.empty()) return;
    asio::post(state.loop, [&state] {
        ErrorCode ignored;
        state.acceptor.close(ignored);
    });
    {
        std::unique_lock lock(state.mutex);
        for (const auto& connection : state.connections)
            asio::post(connection->stream.get_executor(), [connection] {
                if (connection->events) connection->events->close();
                if (connection->is_waiting) connection->stream.cancel();
            });
        state.all_gone.wait_for(lock, seconds(10), [&] { return state.connections.empty(); });
    }
    state.readers->stop();
    state.writers->stop(); // a handler cannot be broken off; its transaction must end
    state.guard.reset();
    state.loop.stop();
    state.threads.clear();
    const std::scoped_lock lock(state.mutex);
    state.connections.clear();
}

} // namespace chengge::http
