// Compression of answers that are kept ready made.
#pragma once

#include <string>
#include <string_view>

namespace chengge::http {

// With a gzip header, as Content-Encoding: gzip. Level 5.
std::string gzip(std::string_view bytes);
// Of an Accept-Encoding header: whether the coding may be sent.
bool accepts_encoding(std::string_view header, std::string_view coding);

} // namespace chengge::http
