// What a certificate file says of itself, without a socket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace chengge::http {

struct CertificateFacts {
    std::string subject;
    std::vector<std::string> names; // DNS names and addresses it is good for
    std::int64_t from_ms = 0;
    std::int64_t until_ms = 0;
};

// Reads a PEM chain and its key. Refusals: certificate_unreadable, certificate_key_unreadable,
// certificate_key_other (facts: file; the key is not the certificate's).
Result<CertificateFacts> read_certificate(const std::string& certificate_file,
                                          const std::string& key_file);

} // namespace chengge::http
