// A blocking client: one connection, one request, one answer.
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

using Parser = beast::http::response_parser<beast::http::string_body>;

// One request and its answer over a stream that is open.
template <class Stream>
asio::awaitable<void> exchange(Stream& stream, const ClientRequest& request, const Address& address,
                               Parser& parser) {
    beast::http::request<beast::http::string_body> message;
    message.version(11);
    message.method_string(std::string(method_name(request.method)));
    message.target(address.target);
    message.set(beast::http::field::host, address.host + ":" + address.port);
    message.set(beast::http::field::connection, "close");
    for (const auto& [name, value] : request.headers) message.insert(name, value);
    message.body() = request.body;
    message.prepare_payload();
    boost::system::error_code write_error;
    co_await beast::http::async_write(stream, message,
                                      asio::redirect_error(asio::use_awaitable, write_error));

    // A server that refuses an upload answers before it has read it: the answer is read all the
    // same.
    beast::flat_buffer buffer;
    boost::system::error_code error;
    parser.body_limit(answer_bytes_max);
    parser.skip(request.method == Method::head);
    co_await beast::http::async_read(stream, buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    if (error) throw std::runtime_error((write_error ? write_error : error).message());
}

asio::awaitable<void> talk_through_tls(beast::tcp_stream& stream, const ClientRequest& request,
                                       const Address& address, Parser& parser) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.set_verify_mode(asio::ssl::verify_peer);
    if (request.ca_file.empty()) context.set_default_verify_paths();
    else context.load_verify_file(request.ca_file);
    asio::ssl::stream<beast::tcp_stream&> sealed(stream, context);
    sealed.set_verify_callback(asio::ssl::host_name_verification(address.host));
    SSL_set_tlsext_host_name(sealed.native_handle(), address.host.c_str());
    co_await sealed.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    co_await exchange(sealed, request, address, parser);
}

asio::awaitable<void> talk(const ClientRequest& request, Parser& parser) {
    const auto address = read_url(request.url);
    auto executor = co_await asio::this_coro::executor;
    beast::tcp_stream stream(executor);
    stream.expires_after(std::chrono::seconds(request.time_out_seconds));
    asio::ip::tcp::resolver resolver(executor);
    const auto places =
        co_await resolver.async_resolve(address.host, address.port, asio::use_awaitable);
    co_await stream.async_connect(places, asio::use_awaitable);
    if (address.is_tls) co_await talk_through_tls(stream, request, address, parser);
    else co_await exchange(stream, request, address, parser);
}

} // namespace

Response fetch(const ClientRequest& request) {
    asio::io_context loop;
    Parser parser;
    std::exception_ptr failure;
    asio::co_spawn(
        loop, [&] { return talk(request, parser); },
        [&](std::exception_ptr thrown) { failure = thrown; });
    loop.run();
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        throw std::runtime_error("no answer from " + request.url.substr(0, request.url.find('?')) +
                                 ": " + error.what());
    }
    Response response;
    auto message = parser.release();
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
        response.with(std::string(field.name_string()), std::string(field.value()));
    response.body = std::move(message.body());
    return response;
}

} // namespace chengge::http
