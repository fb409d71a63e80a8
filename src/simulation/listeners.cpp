#include "simulation/listeners.hpp"

#include <cstring>
#include <stdexcept>

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace chengge::simulation {

namespace {

int connect_to(const std::string& host, const std::string& port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0 || found == nullptr) return -1;
    const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool is_open = socket >= 0 && ::connect(socket, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (is_open) return socket;
    if (socket >= 0) ::close(socket);
    return -1;
}

} // namespace

Listeners::Listeners(const std::string& server, const std::vector<std::string>& tokens) {
    if (!server.starts_with("http://")) throw std::runtime_error("streams are opened over http:// only");
    auto host = server.substr(7);
    host.resize(host.find('/') == std::string::npos ? host.size() : host.find('/'));
    const auto colon = host.rfind(':');
    const auto port = colon == std::string::npos ? std::string("80") : host.substr(colon + 1);
    if (colon != std::string::npos) host.resize(colon);
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    for (const auto& token : tokens) {
        const int socket = connect_to(host, port);
        if (socket < 0) continue;
        const auto request = "GET /api/v1/stream HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + token + "\r\nAccept: text/event-stream\r\n\r\n";
        if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
            ::close(socket);
            continue;
        }
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = socket;
        epoll_ctl(poll_, EPOLL_CTL_ADD, socket, &event);
        sockets_.push_back(socket);
        ++open_;
    }
    thread_ = std::jthread([this](std::stop_token stop) { listen(stop); });
}

Listeners::~Listeners() {
    thread_.request_stop();
    thread_.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(poll_);
}

void Listeners::listen(std::stop_token stop) {
    std::vector<char> bytes(64 * 1024);
    std::vector<epoll_event> events(256);
    while (!stop.stop_requested()) {
        const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 200);
        for (int i = 0; i < count; ++i) {
            const int socket = events[static_cast<std::size_t>(i)].data.fd;
            const auto got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) {
                epoll_ctl(poll_, EPOLL_CTL_DEL, socket, nullptr);
                --open_;
                ++lost_;
                continue;
            }
            for (ssize_t at = 0; at + 4 < got; ++at) entries_ += std::memcmp(bytes.data() + at, "data:", 5) == 0;
        }
    }
}

} // namespace chengge::simulation
