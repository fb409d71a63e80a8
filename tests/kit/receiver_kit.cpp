#include "kit/receiver_kit.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/text.hpp"

namespace chengge::kit {

HttpReceiver::HttpReceiver() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof place;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&place), sizeof place) != 0 || ::listen(socket_, 64) != 0 || ::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &length) != 0)
        throw std::runtime_error("no port for the receiver");
    port_ = ntohs(place.sin_port);
    thread_ = std::jthread([this](std::stop_token stop) { serve(stop); });
}

HttpReceiver::~HttpReceiver() {
    thread_ = {};
    ::close(socket_);
    for (const int one : silent_) ::close(one);
}

std::string HttpReceiver::url(const std::string& target) const { return "http://127.0.0.1:" + std::to_string(port_) + target; }

void HttpReceiver::answer(std::vector<std::string> answers) {
    const std::lock_guard lock(mutex_);
    answers_ = std::move(answers);
}

void HttpReceiver::send_headers(std::vector<std::string> headers) {
    const std::lock_guard lock(mutex_);
    headers_.clear();
    for (const auto& header : headers) headers_ += header + "\r\n";
}

std::vector<HttpReceiver::Got> HttpReceiver::got() const {
    const std::lock_guard lock(mutex_);
    return got_;
}

void HttpReceiver::serve(std::stop_token stop) {
    while (!stop.stop_requested()) {
        pollfd waits{socket_, POLLIN, 0};
        if (::poll(&waits, 1, 20) <= 0) continue;
        const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        if (connection >= 0) take(connection);
    }
}

void HttpReceiver::take(int connection) {
    const timeval wait{5, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    std::string bytes;
    std::size_t head = std::string::npos, body_length = 0;
    Got got;
    char piece[4096];
    while (head == std::string::npos || bytes.size() < head + 4 + body_length) {
        const auto count = ::recv(connection, piece, sizeof piece, 0);
        if (count <= 0) break;
        bytes.append(piece, static_cast<std::size_t>(count));
        if (head != std::string::npos || (head = bytes.find("\r\n\r\n")) == std::string::npos) continue;
        const auto lines = split(bytes.substr(0, head), '\n');
        const auto words = split(std::string(trim(lines.front())), ' ');
        got.method = words.at(0);
        got.target = words.at(1);
        for (std::size_t i = 1; i < lines.size(); ++i)
            if (const auto colon = lines[i].find(':'); colon != std::string::npos) got.headers[to_lower_ascii(lines[i].substr(0, colon))] = std::string(trim(lines[i].substr(colon + 1)));
        const auto& length = got.headers["content-length"];
        std::from_chars(length.data(), length.data() + length.size(), body_length);
        if (got.headers.contains("expect")) ::send(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
    }
    if (head == std::string::npos) {
        ::close(connection);
        return;
    }
    got.body = bytes.substr(head + 4);
    std::string answer, headers;
    {
        const std::lock_guard lock(mutex_);
        answer = answers_.front();
        if (answers_.size() > 1) answers_.erase(answers_.begin());
        got_.push_back(std::move(got));
        headers = headers_;
        if (answer == "silence") silent_.push_back(connection);
    }
    if (answer == "silence") return;
    if (answer != "drop") {
        const auto body = answer.size() > 4 ? answer.substr(4) : "";
        const auto text = "HTTP/1.1 " + answer.substr(0, 3) + " X\r\n" + headers + "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    }
    ::close(connection);
}

MailServer::MailServer(const MailServerOptions& options) {
    std::vector<std::string> words{"/usr/bin/python3", CHENGGE_SOURCE "/tests/kit/mail_server.py", folder_.path()};
    if (options.has_tls) {
        const auto key = folder_.path() + "/key.pem";
        const auto command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout " + key + " -out " + ca_file() + " >/dev/null 2>&1";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("no certificate for the mail server");
        words.insert(words.end(), {"--tls", ca_file(), key});
    }
    if (!options.user.empty()) words.insert(words.end(), {"--sign-in", options.user, options.password});
    int input[2], output[2];
    if (::pipe2(input, O_CLOEXEC) != 0 || ::pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error("no pipes for the mail server");
    std::vector<char*> list;
    for (auto& word : words) list.push_back(word.data());
    list.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
        ::dup2(input[0], 0);
        ::dup2(output[1], 1);
        ::execvp(list[0], list.data());
        ::_exit(127);
    }
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    std::string line;
    for (char letter = 0; ::read(output[0], &letter, 1) == 1 && letter != '\n';) line += letter;
    ::close(output[0]);
    port_ = static_cast<std::uint16_t>(std::atoi(line.c_str()));
    if (port_ == 0) throw std::runtime_error("the mail server did not start; is python3-aiosmtpd installed?");
}

MailServer::~MailServer() {
    ::close(input_);
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

std::vector<std::string> MailServer::letters() const {
    std::vector<std::string> letters;
    for (int i = 1; std::filesystem::exists(folder_.path() + "/" + std::to_string(i) + ".eml"); ++i) letters.push_back(load_file(folder_.path() + "/" + std::to_string(i) + ".eml").value());
    return letters;
}

} // namespace chengge::kit
