#include "http/tls.hpp"

#include "base/assert.hpp"
#include "http/certificate.hpp"

#include <boost/asio/ssl.hpp>

namespace chengge::http {

namespace ssl = boost::asio::ssl;

namespace {

// ECDHE for forward secrecy; AES-GCM and ChaCha20-Poly1305 are what TLS 1.2 has of AEAD. All of
// TLS 1.3 is.
constexpr const char* suites_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

} // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const TlsFiles& files) {
    TRY(read_certificate(files.certificate, files.key));
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    auto* const native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    ASSERT(SSL_CTX_set_cipher_list(native, suites_of_1_2) == 1);
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    boost::system::error_code error;
    context->use_certificate_chain_file(files.certificate, error);
    if (error) return fail("certificate_unreadable", {{"file", files.certificate}});
    context->use_private_key_file(files.key, ssl::context::pem, error);
    if (error) return fail("certificate_key_unreadable", {{"file", files.key}});
    return context;
}

} // namespace chengge::http
