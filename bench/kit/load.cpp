#include "kit/load.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/report.hpp"

namespace chengge::bench {

namespace {

struct Line {
    int socket = -1;
    double asked_at = 0;
    double due_at = 0; // of the next request; 0 = none is planned
    std::string received;
};

int open_line(std::uint16_t port) {
    const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(line, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("the server cannot be reached");
    const int one = 1;
    ::setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return line;
}

// The bytes of the whole answer once they are known, else 0.
std::size_t answer_bytes(const std::string& received) {
    const auto head = received.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const auto at = received.find("Content-Length: ");
    const auto body = at < head ? std::strtoul(received.c_str() + at + 16, nullptr, 10) : 0;
    return head + 4 + body;
}

} // namespace

std::int64_t LoadResult::failures() const {
    std::int64_t count = 0;
    for (const auto& [status, times] : by_status)
        if (status < 200 || status > 299) count += times;
    return count;
}

std::string get_request(const std::string& path, const std::string& token) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n";
}

std::string post_request(const std::string& path, const std::string& token, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

LoadResult drive(const LoadOptions& options) {
    LoadResult result;
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    std::vector<Line> lines(static_cast<std::size_t>(options.connections));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        lines[i].socket = open_line(options.port);
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, lines[i].socket, &event);
    }
    std::int64_t asked = 0, waiting = 0;
    const auto begin = now_s();
    const auto may_ask = [&] { return now_s() - begin < options.seconds && (options.requests_max == 0 || asked < options.requests_max); };
    const auto ask = [&](Line& line) {
        if (!may_ask()) return;
        const auto request = options.next(asked++);
        line.asked_at = now_s();
        if (::send(line.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) throw std::runtime_error("the server does not take a request");
        ++waiting;
    };
    for (auto& line : lines) ask(line);
    std::vector<epoll_event> events(256);
    std::vector<char> bytes(256 * 1024);
    const auto is_due = [&](const Line& line) { return line.due_at > 0; };
    while (waiting > 0 || (may_ask() && std::ranges::any_of(lines, is_due))) {
        const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), options.pause_ms > 0 ? 1 : 30'000);
        if (count == 0 && options.pause_ms == 0) throw std::runtime_error("the server does not answer");
        for (auto& line : lines)
            if (is_due(line) && now_s() >= line.due_at) {
                line.due_at = 0;
                ask(line);
            }
        for (int i = 0; i < count; ++i) {
            auto& line = lines[events[static_cast<std::size_t>(i)].data.u64];
            const auto got = ::recv(line.socket, bytes.data(), bytes.size(), 0);
            if (got <= 0) throw std::runtime_error("the server has hung up");
            line.received.append(bytes.data(), static_cast<std::size_t>(got));
            const auto whole = answer_bytes(line.received);
            if (whole == 0 || line.received.size() < whole) continue;
            const auto status = std::atoi(line.received.c_str() + 9);
            result.ms.push_back((now_s() - line.asked_at) * 1000);
            ++result.answers;
            ++result.by_status[status];
            --waiting;
            if (options.hear) options.hear(status, line.received.substr(line.received.find("\r\n\r\n") + 4));
            line.received.clear();
            if (options.pause_ms > 0) line.due_at = now_s() + options.pause_ms / 1000;
            else ask(line);
        }
    }
    result.seconds = now_s() - begin;
    for (const auto& line : lines) ::close(line.socket);
    ::close(poll);
    return result;
}

} // namespace chengge::bench
