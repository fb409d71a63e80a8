// One connection's life and what all of them share. Inside of the http module, with Asio.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "http/address_list.hpp"
#include "http/peer_stream.hpp"
#include "http/request_counter.hpp"
#include "http/stream_queue.hpp"
#include "http/wire.hpp"
#include "http/worker_pool.hpp"

#include <boost/beast/http.hpp>

namespace chengge::http {

using Parser = beast::http::request_parser<beast::http::string_body>;
using std::chrono::seconds;

// What a reload may change, replaced as a whole.
struct Settings {
    ServerOptions options;
    AddressList trusted_proxies;
    std::shared_ptr<asio::ssl::context> tls;
};

struct Connection;
using Acceptor = asio::basic_socket_acceptor<Tcp, asio::io_context::executor_type>;

struct Server::State {
    State(Settings first, Router given_router, Problems given_problems);

    std::shared_ptr<const Settings> now() const {
        const std::scoped_lock lock(settings_mutex);
        return settings;
    }
    asio::awaitable<void> accept_all(Acceptor& from, bool is_redirect);
    void listen(Acceptor& acceptor, const std::string& address, std::uint16_t port,
                bool is_redirect);
    void add(const std::shared_ptr<Connection>& connection);
    void remove(const std::shared_ptr<Connection>& connection);
    void wake_all();
    void cut_all();
    WorkerPool& workers_for(Method method, const RouteOptions& options) const {
        if (options.is_outgoing) return *askers;
        return method == Method::get || method == Method::head ? *readers : *writers;
    }

    const Router router;
    const Problems problems;
    RequestCounter counter;
    std::atomic<std::size_t> body_bytes{0};
    std::atomic<int> streams{0};
    std::atomic<bool> is_stopping{false};
    std::atomic<std::uint64_t> accepted{0}, turned_away{0}, failed_handshakes{0};
    asio::io_context loop; // after the counters: what is left in it gives back to them
    std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard;
    Acceptor acceptor;
    Acceptor redirect_acceptor;
    // Writes wait for the disk; whoever only looks must not wait behind them.
    std::unique_ptr<WorkerPool> readers;
    std::unique_ptr<WorkerPool> writers;
    std::unique_ptr<WorkerPool> askers; // wait for servers of other people
    std::vector<std::jthread> threads;
    mutable std::mutex mutex; // guards `connections`
    std::condition_variable all_gone;
    std::set<std::shared_ptr<Connection>> connections;
    mutable std::mutex settings_mutex; // guards `settings`
    std::shared_ptr<const Settings> settings;
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

// What is left over by a request that was refused before its body was read.
enum class After { keep, close, drain };

struct Connection : std::enable_shared_from_this<Connection> {
    Connection(Server::State& given, Socket socket, bool given_is_redirect);

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
    asio::awaitable<void> serve_stream();
    asio::awaitable<void> watch_peer(std::shared_ptr<StreamQueue> queue);
    Outgoing shape(const Request& request, Response response, bool is_kept_alive) const;
    template <class AnyHandler>
    std::optional<Outgoing> call(const Request& request, const AnyHandler& handler, bool is_kept_alive) const;
    std::optional<Response> header_problem(const Request& request, ErrorCode error) const;
    std::optional<Response> choose(const Parser& parser, Request& request, const Route*& route);
    Response send_to_https(const Request& request, std::string_view target) const;
    Response problem(const Request& request, std::string code,
                     std::map<std::string, std::string> facts = {}) const;
    bool fill(const Parser& parser, Request& request) const;
    void log_access(const Request& request, int status, std::uint64_t bytes) const;
    void close();

    Server::State& server;
    std::shared_ptr<const Settings> settings; // of the request under way
    PeerStream stream;
    beast::flat_buffer buffer;
    std::chrono::steady_clock::time_point began;
    std::size_t counted_as = 0; // the route in Server::State::counter
    const std::string id_prefix; // of the ids of its requests
    std::uint64_t request_count = 0;
    const bool is_redirect;
    bool is_waiting = false; // between requests: may be closed at any time
    std::shared_ptr<StreamQueue> events;
    struct AskedStream {
        Request request;
        Outgoing outgoing;
    };
    std::unique_ptr<AskedStream> asked_stream;
};

} // namespace chengge::http
