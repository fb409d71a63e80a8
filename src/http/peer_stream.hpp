// A connection's bytes, in the clear or through TLS. Inside of the http module, with Asio.
#pragma once

#include <memory>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>

namespace chengge::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Tcp = asio::ip::tcp;
using Strand = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<Tcp, Strand>;
using PlainStream = beast::basic_stream<Tcp, Strand>;
using ErrorCode = boost::system::error_code;

// Errors are looked at, not thrown: a peer that goes away is nothing exceptional.
inline auto into(ErrorCode& error) { return asio::redirect_error(asio::use_awaitable, error); }

class PeerStream {
public:
    using executor_type = PlainStream::executor_type;

    // Through TLS when there is a context; it must outlive the handshake's beginning only.
    PeerStream(Socket socket, asio::ssl::context* tls) : plain_(std::move(socket)) {
        if (tls != nullptr) tls_ = std::make_unique<asio::ssl::stream<PlainStream&>>(plain_, *tls);
    }

    executor_type get_executor() { return plain_.get_executor(); }
    bool is_tls() const { return tls_ != nullptr; }
    Socket& socket() { return plain_.socket(); }
    const Socket& socket() const { return plain_.socket(); }
    void expires_after(std::chrono::steady_clock::duration time) { plain_.expires_after(time); }
    void expires_at(std::chrono::steady_clock::time_point at) { plain_.expires_at(at); }
    void cancel() { plain_.cancel(); }
    void close() { plain_.close(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return plain_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return plain_.async_write_some(buffers, std::forward<Token>(token));
    }
    asio::awaitable<void> handshake(ErrorCode& error) {
        if (tls_) co_await tls_->async_handshake(asio::ssl::stream_base::server, into(error));
    }
    // Says that nothing more will come, so that an answer cut short is told from a whole one.
    asio::awaitable<void> say_goodbye(ErrorCode& error) {
        if (tls_) co_await tls_->async_shutdown(into(error));
    }

private:
    PlainStream plain_;
    std::unique_ptr<asio::ssl::stream<PlainStream&>> tls_;
};

} // namespace chengge::http
