// A file sent in answer to Range, If-Range, If-None-Match, Accept-Encoding.
#include <filesystem>

#include <unistd.h>

#include "base/files.hpp"
#include "fuzz.hpp"
#include "http/wire.hpp"

using namespace chengge;
using namespace chengge::http;

FUZZ(input) {
    constexpr std::size_t size = 1000;
    static const auto path = [] {
        const auto name = (std::filesystem::temp_directory_path() / ("fuzz_range" + std::to_string(::getpid()))).string();
        save_file(name, std::string(size, 'x'));
        return name;
    }();
    Request request;
    for (const auto* name : {"Range", "If-Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding"}) {
        const auto value = fuzz::take_line(input);
        if (!value.empty()) request.headers.emplace_back(name, value);
    }
    Response response;
    response.file = path;
    response.with("ETag", "\"x\"").with("Content-Type", "text/plain");
    const auto outgoing = make_outgoing(request, std::move(response), {});
    ASSERT(outgoing.status == 200 || outgoing.status == 206 || outgoing.status == 304 || outgoing.status == 416);
    if (!outgoing.file.empty()) ASSERT(outgoing.offset <= size && outgoing.length <= size - outgoing.offset);
    if (outgoing.status == 206) ASSERT(outgoing.length > 0);
    header_block(outgoing);
}
