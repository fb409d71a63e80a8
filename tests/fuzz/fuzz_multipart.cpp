// Forms with files: the first line is the Content-Type, the rest the body.
#include "fuzz.hpp"
#include "http/http.hpp"

using namespace chengge;

FUZZ(input) {
    const auto type = fuzz::take_line(input);
    const std::string body(input);
    const auto parts = http::parse_multipart(type, body);
    if (!parts) return;
    for (const auto& part : *parts) {
        ASSERT(part.bytes.data() >= body.data() && part.bytes.data() + part.bytes.size() <= body.data() + body.size());
        ASSERT(!part.name.empty());
    }
}
