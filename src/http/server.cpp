// Sockets: accepts connections, changes settings while it runs, stops in order.
#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/tls.hpp"

namespace chengge::http {

namespace {

// Who looks something up gives way to who reports or acts: an act holds others up, a look does not.
constexpr int reader_niceness = 15;
constexpr int asker_threads = 8, asker_queue_max = 256;

Result<Settings> make_settings(ServerOptions options) {
    auto trusted = AddressList::parse(options.trusted_proxies);
    if (!trusted) return fail("trusted_proxies_invalid");
    Settings settings{std::move(options), std::move(*trusted), nullptr};
    if (settings.options.tls) {
        TRY_ASSIGN(tls, make_tls_context(*settings.options.tls));
        settings.tls = tls;
    }
    return settings;
}

Settings settings_or_throw(ServerOptions options) {
    auto settings = make_settings(std::move(options));
    if (settings) return std::move(*settings);
    throw std::runtime_error(settings.error().code + " " + settings.error().facts["file"]);
}

} // namespace

Server::State::State(Settings first, Router given_router, Problems given_problems)
    : router(std::move(given_router)), problems(std::move(given_problems)),
      counter(router.entries()), loop(first.options.io_threads), acceptor(loop),
      redirect_acceptor(loop),
      readers(std::make_unique<WorkerPool>(first.options.worker_threads, first.options.queue_max, reader_niceness)),
      writers(std::make_unique<WorkerPool>(first.options.writer_threads, first.options.queue_max)),
      askers(std::make_unique<WorkerPool>(asker_threads, asker_queue_max, reader_niceness, std::chrono::seconds(10))),
      settings(std::make_shared<const Settings>(std::move(first))) {}

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

asio::awaitable<void> Server::State::accept_all(Acceptor& from, bool is_redirect) {
    while (!is_stopping) {
        ErrorCode error;
        Socket socket(asio::make_strand(loop.get_executor()));
        co_await from.async_accept(socket, into(error));
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
            const auto most = static_cast<std::size_t>(now()->options.connections_max);
            const std::scoped_lock lock(mutex);
            is_full = connections.size() >= most;
        }
        ++(is_full ? turned_away : accepted);
        if (is_full) continue; // closed by going out of scope
        socket.set_option(Tcp::no_delay(true), error);
        auto connection = std::make_shared<Connection>(*this, std::move(socket), is_redirect);
        add(connection);
        asio::co_spawn(
            connection->stream.get_executor(), [connection] { return connection->serve(); },
            asio::detached);
    }
}

void Server::State::listen(Acceptor& at, const std::string& address, std::uint16_t port,
                           bool is_redirect) {
    auto host = address;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    try {
        const Tcp::endpoint endpoint(asio::ip::make_address(host), port);
        at.open(endpoint.protocol());
        at.set_option(asio::socket_base::reuse_address(true));
        at.bind(endpoint);
        at.listen(1024);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(address + ":" + std::to_string(port) + " cannot be listened on (" + error.code().message() + "); see what uses it, or give another address");
    }
    asio::co_spawn(
        loop, [this, &at, is_redirect] { return accept_all(at, is_redirect); }, asio::detached);
}

// Streams end, connections between two requests are closed; what runs is left alone.
void Server::State::wake_all() {
    for (const auto& connection : connections)
        asio::post(connection->stream.get_executor(), [connection] {
            if (connection->events) connection->events->close();
            if (connection->is_waiting) connection->stream.cancel();
        });
}

void Server::State::cut_all() {
    for (const auto& connection : connections)
        asio::post(connection->stream.get_executor(), [connection] { connection->close(); });
}

Server::Server(ServerOptions options, Router router, Problems problems)
    : state_(std::make_unique<State>(settings_or_throw(std::move(options)), std::move(router),
                                     std::move(problems))) {}

Server::~Server() { stop(); }

void Server::start() {
    auto& state = *state_;
    const auto settings = state.now();
    const auto& options = settings->options;
    state.guard.emplace(state.loop.get_executor());
    state.listen(state.acceptor, options.address, options.port, false);
    if (!options.redirect_address.empty())
        state.listen(state.redirect_acceptor, options.redirect_address, options.redirect_port,
                     true);
    for (int i = 0; i < options.io_threads; ++i)
        state.threads.emplace_back([&state] { state.loop.run(); });
}

std::uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

std::uint16_t Server::redirect_port() const {
    const auto& acceptor = state_->redirect_acceptor;
    return acceptor.is_open() ? acceptor.local_endpoint().port() : 0;
}

Result<void> Server::reload(ServerOptions options) {
    auto& state = *state_;
    const auto before = state.now();
    options.address = before->options.address;
    options.port = before->options.port;
    options.io_threads = before->options.io_threads;
    options.worker_threads = before->options.worker_threads;
    options.writer_threads = before->options.writer_threads;
    options.redirect_address = before->options.redirect_address;
    options.redirect_port = before->options.redirect_port;
    if (options.tls.has_value() != before->options.tls.has_value()) options.tls = before->options.tls;
    auto made = make_settings(std::move(options));
    if (!made) return tl::unexpected(made.error());
    state.readers->set_queue_max(made->options.queue_max);
    state.writers->set_queue_max(made->options.queue_max);
    const std::scoped_lock lock(state.settings_mutex);
    state.settings = std::make_shared<const Settings>(std::move(*made));
    return {};
}

ServerCounts Server::counts() const {
    const auto& state = *state_;
    const auto reading = state.readers->load();
    const auto writing = state.writers->load();
    const auto asking = state.askers->load();
    ServerCounts counts{.routes = state.counter.counts(),
                        .accepted = state.accepted,
                        .turned_away = state.turned_away,
                        .failed_handshakes = state.failed_handshakes,
                        .shed = reading.shed + writing.shed + asking.shed,
                        .body_bytes = state.body_bytes,
                        .reading = {reading.waiting, reading.running},
                        .writing = {writing.waiting, writing.running},
                        .streams = state.streams,
                        .worker_threads = state.now()->options.worker_threads,
                        .writer_threads = state.now()->options.writer_threads};
    const std::scoped_lock lock(state.mutex);
    counts.connections = state.connections.size();
    return counts;
}

void Server::stop() {
    auto& state = *state_;
    if (state.is_stopping.exchange(true) || state.threads.empty()) return;
    asio::post(state.loop, [&state] {
        ErrorCode ignored;
        state.acceptor.close(ignored);
        state.redirect_acceptor.close(ignored);
    });
    {
        std::unique_lock lock(state.mutex);
        const auto is_empty = [&] { return state.connections.empty(); };
        state.wake_all();
        if (!state.all_gone.wait_for(lock, seconds(state.now()->options.drain_seconds), is_empty)) {
            log_warning("connections were cut off at the stop",
                        {{"connections", std::to_string(state.connections.size())}});
            state.cut_all();
            state.all_gone.wait_for(lock, seconds(1), is_empty);
        }
    }
    state.readers->stop();
    state.askers->stop();
    state.writers->stop(); // a handler cannot be broken off; its transaction must end
    state.guard.reset();
    state.loop.stop();
    state.threads.clear();
    const std::scoped_lock lock(state.mutex);
    state.connections.clear();
}

} // namespace chengge::http
