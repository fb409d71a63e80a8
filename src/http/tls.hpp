// The server's side of TLS: which versions and suites, from which files. Inside of the http module.
#pragma once

#include <memory>

#include <boost/asio/ssl/context.hpp>

#include "http/http.hpp"

namespace chengge::http {

// TLS 1.2 and 1.3 with authenticated encryption only. Refusals as read_certificate.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const TlsFiles& files);

} // namespace chengge::http
