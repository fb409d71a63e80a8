// What handlers ask of a request: target, cookies, languages, codings, tags, addresses of proxies.
#include "fuzz.hpp"
#include "http/address_list.hpp"
#include "http/wire.hpp"

using namespace chengge;
using namespace chengge::http;

FUZZ(input) {
    Request request;
    const auto target = fuzz::take_line(input);
    if (auto parsed = parse_target(target)) {
        ASSERT(parsed->path.starts_with('/'));
        for (const auto& segment : parsed->segments) ASSERT(segment != "." && segment != "..");
        request.path = parsed->path;
        request.query = parsed->query;
    }
    percent_decode(target, true);
    while (!input.empty()) {
        const auto line = fuzz::take_line(input);
        const auto colon = line.find(':');
        if (colon != std::string::npos) request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    request.cookie("chengge_session");
    const auto language = request.language();
    ASSERT(language == "zh" || language == "en");
    accepts_encoding(request.header("Accept-Encoding"), "gzip");
    etag_matches(request.header("If-None-Match"), "\"abc-320\"");
    if (const auto list = AddressList::parse({std::string(request.header("X-Forwarded-For"))})) list->contains("10.1.2.3");
}
