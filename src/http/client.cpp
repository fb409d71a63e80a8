// A blocking client: one connection, kept open between requests when asked for.
#include <charconv>
#include <stdexcept>

#include "http/wire.hpp"

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace chengge::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

constexpr std::uint64_t answer_bytes_max = 256u << 20;

struct Address {
    bool is_tls = false;
    std::string host;
    std::string port = "80";
    std::string target = "/";
};

Address read_url(std::string_view url) {
    Address address;
    address.is_tls = url.starts_with("https://");
    if (!address.is_tls && !url.starts_with("http://"))
        throw std::runtime_error("only http:// and https:// addresses can be fetched");
    url.remove_prefix(url.find("://") + 3);
    if (address.is_tls) address.port = "443";
    const auto slash = url.find_first_of("/?");
    auto authority = url.substr(0, slash);
    if (slash != std::string_view::npos) address.target = url.substr(slash);
    if (address.target.starts_with('?')) address.target.insert(0, "/");
    const auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && !authority.ends_with(']')) {
        address.port = authority.substr(colon + 1);
        authority = authority.substr(0, colon);
    }
    if (authority.starts_with('[') && authority.ends_with(']'))
        authority = authority.substr(1, authority.size() - 2);
    address.host = authority;
    return address;
}

using AnswerParser = beast::http::response_parser<beast::http::string_body>;
using Sealed = asio::ssl::stream<beast::tcp_stream&>;

} // namespace

struct ClientConnection::State {
    asio::io_context loop;
    std::unique_ptr<beast::tcp_stream> stream;
    std::unique_ptr<asio::ssl::context> context;
    std::unique_ptr<Sealed> sealed;
    std::string peer; // scheme, host and port that the stream leads to
    beast::flat_buffer buffer;

    void close() {
        sealed.reset();
        stream.reset();
        buffer.clear();
        peer.clear();
    }

    // One request and its answer over a stream that is open.
    template <class Stream>
    asio::awaitable<void> exchange(Stream& over, const ClientRequest& request,
                                   const Address& address, AnswerParser& parser) {
        beast::http::request<beast::http::string_body> message;
        message.version(11);
        message.method_string(std::string(method_name(request.method)));
        message.target(address.target);
        message.set(beast::http::field::host, address.host + ":" + address.port);
        for (const auto& [name, value] : request.headers) message.insert(name, value);
        message.body() = request.body;
        message.prepare_payload();
        boost::system::error_code write_error;
        co_await beast::http::async_write(over, message,
                                          asio::redirect_error(asio::use_awaitable, write_error));

        // A server that refuses an upload answers before it has read it: the answer is read all the
        // same.
        boost::system::error_code error;
        parser.body_limit(answer_bytes_max);
        parser.skip(request.method == Method::head);
        co_await beast::http::async_read(over, buffer, parser,
                                         asio::redirect_error(asio::use_awaitable, error));
        if (error) throw std::runtime_error((write_error ? write_error : error).message());
    }

    asio::awaitable<void> open(const ClientRequest& request, const Address& address) {
        auto executor = co_await asio::this_coro::executor;
        stream = std::make_unique<beast::tcp_stream>(executor);
        stream->expires_after(std::chrono::seconds(request.time_out_seconds));
        asio::ip::tcp::resolver resolver(executor);
        const auto places =
            co_await resolver.async_resolve(address.host, address.port, asio::use_awaitable);
        co_await stream->async_connect(places, asio::use_awaitable);
        stream->socket().set_option(asio::ip::tcp::no_delay(true));
        if (!address.is_tls) co_return;
        context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
        context->set_verify_mode(asio::ssl::verify_peer);
        if (request.ca_file.empty()) context->set_default_verify_paths();
        else context->load_verify_file(request.ca_file);
        sealed = std::make_unique<Sealed>(*stream, *context);
        sealed->set_verify_callback(asio::ssl::host_name_verification(address.host));
        SSL_set_tlsext_host_name(sealed->native_handle(), address.host.c_str());
        co_await sealed->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    }

    asio::awaitable<void> talk(const ClientRequest& request, const Address& address,
                               AnswerParser& parser) {
        if (!stream) co_await open(request, address);
        stream->expires_after(std::chrono::seconds(request.time_out_seconds));
        if (sealed) co_await exchange(*sealed, request, address, parser);
        else co_await exchange(*stream, request, address, parser);
    }

    // The answer; throws what went wrong.
    Response once(const ClientRequest& request, const Address& address) {
        AnswerParser parser;
        std::exception_ptr failure;
        loop.restart();
        asio::co_spawn(
            loop, [&] { return talk(request, address, parser); },
            [&](std::exception_ptr thrown) { failure = thrown; });
        loop.run();
        if (failure) std::rethrow_exception(failure);
        Response response;
        auto message = parser.release();
        response.status = static_cast<int>(message.result_int());
        for (const auto& field : message)
            response.with(std::string(field.name_string()), std::string(field.value()));
        response.body = std::move(message.body());
        if (!message.keep_alive()) close();
        return response;
    }
};

ClientConnection::ClientConnection() : state_(std::make_unique<State>()) {}
ClientConnection::~ClientConnection() = default;

Response ClientConnection::send(const ClientRequest& request) {
    auto& state = *state_;
    const auto address = read_url(request.url);
    const auto peer = (address.is_tls ? "s " : "p ") + address.host + " " + address.port;
    if (state.peer != peer) state.close();
    const bool was_open = state.stream != nullptr;
    state.peer = peer;
    try {
        return state.once(request, address);
    } catch (const std::exception&) {
        state.close();
        if (!was_open) throw;
    }
    // The server had closed the idle connection.
    state.peer = peer;
    try {
        return state.once(request, address);
    } catch (const std::exception&) {
        state.close();
        throw;
    }
}

Response fetch(const ClientRequest& request) {
    try {
        ClientConnection once;
        auto with_close = request;
        with_close.headers.emplace_back("Connection", "close");
        return once.send(with_close);
    } catch (const std::exception& error) {
        throw std::runtime_error("no answer from " + request.url.substr(0, request.url.find('?')) +
                                 ": " + error.what());
    }
}

} // namespace chengge::http
