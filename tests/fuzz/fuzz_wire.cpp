// Bytes into the real server over a loopback socket: heads, bodies, chunks, streams.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/log.hpp"
#include "fuzz.hpp"
#include "http/http.hpp"

using namespace chengge;
using namespace chengge::http;

namespace {

std::unique_ptr<Server> start() {
    set_log_level(LogLevel::error);
    const auto folder = std::filesystem::temp_directory_path() / ("fuzz_wire" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    save_file(folder / "index.html", std::string(3000, 'x'));
    Router router;
    router.add(Method::get, "/api/v1/echo/{name}", [](const Request& request) {
        return Response::text(request.path_values.at("name") + request.query_value("q").value_or("") + request.cookie("s").value_or("") + request.language() + request.remote_address);
    });
    router.add(Method::post, "/api/v1/body", [](const Request& request) { return Response::text(std::to_string(request.body.size())); }, {.body_bytes_max = 1000});
    router.add(Method::get, "/api/v1/stream", [](const Request& request) {
        Response response;
        response.on_stream = [id = std::string(request.header("Last-Event-ID"))](const std::shared_ptr<EventStream>& stream) {
            stream->send(id.substr(0, id.find('\n')), "{}");
            stream->close();
        };
        return response;
    });
    router.serve_folder("/", folder);
    auto problems = Problems::load(CHENGGE_SOURCE "/api/errors.csv");
    ASSERT(problems);
    auto server = std::make_unique<Server>(ServerOptions{.worker_threads = 1, .writer_threads = 1, .idle_seconds = 2, .request_seconds = 2, .trusted_proxies = {"127.0.0.0/8"}},
                                           std::move(router), *problems);
    server->start();
    return server;
}

} // namespace

FUZZ(input) {
    // Never taken down: the process ends while its threads run, as a real one may.
    static const auto* const server = start().release();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server->port());
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    // A machine that is short of ports or turns for a moment is no fault of the server's; one that stays so is.
    int peer = -1;
    for (int attempt = 0; attempt < 100; ++attempt) {
        peer = ::socket(AF_INET, SOCK_STREAM, 0);
        // A reset at the end: no port has to wait.
        const linger reset{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (peer >= 0 && ::connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) break;
        std::fprintf(stderr, "no connection: %s\n", std::strerror(errno));
        ::close(peer);
        peer = -1;
        ::usleep(50'000);
    }
    ASSERT(peer >= 0);
    while (!input.empty()) {
        const auto sent = ::send(peer, input.data(), input.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        input.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::shutdown(peer, SHUT_WR);
    std::string received;
    char piece[16384];
    for (ssize_t got = 0; (got = ::recv(peer, piece, sizeof piece, 0)) > 0;) received.append(piece, static_cast<std::size_t>(got));
    ::close(peer);
    ASSERT(received.empty() || received.starts_with("HTTP/1.1 "));
    ASSERT(!received.starts_with("HTTP/1.1 500"));
}
