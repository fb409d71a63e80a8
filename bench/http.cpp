// The wire alone: CPU time of an answer of three bytes against nginx, and what an idle event stream costs.
#include <cstdlib>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

#include "base/files.hpp"
#include "http/http.hpp"
#include "kit/load.hpp"
#include "kit/server.hpp"

namespace chengge::bench {

namespace {

// nginx in one process, answering what `sample` is with the same head.
class Nginx {
public:
    Nginx(const std::string& folder, const http::Response& sample) : port_(free_port()), program_(start(folder, sample)) {
        for (int i = 0; i < 100; ++i) {
            try {
                (void)http::fetch({.url = url(), .headers = {}, .body = "", .ca_file = ""});
                return;
            } catch (const std::exception&) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
        }
        throw std::runtime_error("nginx did not start");
    }
    std::uint16_t port() const { return port_; }
    pid_t pid() const { return program_.pid(); }

private:
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/healthz"; }
    std::vector<std::string> start(const std::string& folder, const http::Response& sample) const {
        std::string headers;
        for (const auto& [name, value] : sample.headers)
            if (name != "Content-Length" && name != "Content-Type" && name != "Server" && name != "Date" && name != "Connection") headers += "      add_header " + name + " \"" + value + "\";\n";
        save_file(folder + "/nginx.conf", "daemon off;\nmaster_process off;\nworker_processes 1;\npid " + folder + "/nginx.pid;\nerror_log " + folder + "/nginx.log;\n" +
                                              "events { worker_connections 1024; }\nhttp {\n  access_log off;\n  keepalive_requests 1000000000;\n  default_type text/plain;\n" +
                                              "  client_body_temp_path " + folder + "/nginx_body;\n  proxy_temp_path " + folder + "/nginx_proxy;\n  fastcgi_temp_path " + folder +
                                              "/nginx_fastcgi;\n  uwsgi_temp_path " + folder + "/nginx_uwsgi;\n  scgi_temp_path " + folder + "/nginx_scgi;\n  server {\n    listen 127.0.0.1:" +
                                              std::to_string(port_) + ";\n    location / {\n" + headers + "      return 200 \"ok\\n\";\n    }\n  }\n}\n");
        return {"/usr/sbin/nginx", "-c", folder + "/nginx.conf"};
    }
    std::uint16_t port_;
    struct Started {
        explicit Started(const std::vector<std::string>& command) : program(command, "", "/dev/null") {}
        Program program;
        pid_t pid() const { return program.pid(); }
    } program_;
};

std::size_t bytes_of(const http::Response& answer) {
    std::size_t bytes = answer.body.size();
    for (const auto& [name, value] : answer.headers) bytes += name.size() + value.size() + 4;
    return bytes;
}

double cpu_us_each(std::uint16_t port, pid_t pid, std::int64_t requests) {
    const auto request = get_request("/healthz");
    const auto before = cpu_of(pid);
    const auto result = drive({.port = port, .connections = 16, .seconds = 600, .requests_max = requests, .next = [&](std::int64_t) { return request; }, .hear = {}});
    if (result.failures() > 0) throw std::runtime_error("not every answer was 200");
    return (cpu_of(pid) - before) / static_cast<double>(requests) * 1e6;
}

void compare_with_nginx(Report& report, const Options& options, const Served& served) {
    const auto fetch = [](std::uint16_t port) { return http::fetch({.url = "http://127.0.0.1:" + std::to_string(port) + "/healthz", .headers = {}, .body = "", .ca_file = ""}); };
    const auto sample = fetch(served.port());
    const Nginx nginx(options.scratch, sample);
    report.figure("bytes of our answer", static_cast<double>(bytes_of(sample)), "bytes");
    report.figure("bytes of nginx's answer", static_cast<double>(bytes_of(fetch(nginx.port()))), "bytes");
    const std::int64_t requests = options.is_quick ? 10'000 : 150'000;
    std::vector<double> ours, theirs;
    for (int round = 0; round < options.rounds; ++round) {
        theirs.push_back(cpu_us_each(nginx.port(), nginx.pid(), requests));
        ours.push_back(cpu_us_each(served.port(), served.pid(), requests));
    }
    report.figure("nginx, CPU of a request", median(theirs), "us", 16);
    report.figure("/healthz, CPU of a request", median(ours), "us", 16);
    report.target("/healthz to nginx", median(ours) / median(theirs), "x", Sense::at_most, 1.8, 16);
}

int open_stream(std::uint16_t port, const std::string& token, int number) {
    const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line < 0) return -1;
    // Ports of one address do not suffice for many listeners.
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(number / 5000));
    ::bind(line, reinterpret_cast<sockaddr*>(&from), sizeof from);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto request = "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\nAccept: text/event-stream\r\n\r\n";
    if (::connect(line, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 || ::send(line, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        ::close(line);
        return -1;
    }
    return line;
}

// True when the head says 200.
bool is_streaming(int line) {
    timeval wait{20, 0};
    ::setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    char bytes[4096];
    const auto got = ::recv(line, bytes, sizeof bytes, 0);
    return got > 12 && std::string_view(bytes, static_cast<std::size_t>(got)).substr(9, 3) == "200";
}

void weigh_streams(Report& report, const Options& options, const Served& served) {
    const int wanted = options.is_quick ? 500 : 18'000;
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const auto token = served.sign_in("leader");
    std::vector<int> lines;
    int streaming = 0;
    // What the first ones alone bring into memory (statements, pages) is not theirs.
    for (int i = 0; i < 64; ++i) lines.push_back(open_stream(served.port(), token, i));
    for (const int line : lines) {
        if (line < 0 || !is_streaming(line)) throw std::runtime_error("a stream was refused");
        ::close(line);
    }
    lines.clear();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const auto before = resident_mb(served.pid());
    // In handfuls, as they come after a restart; all at once is the queue's business.
    for (int i = 0; i < wanted; i += 200) {
        const auto first = lines.size();
        for (int k = i; k < std::min(i + 200, wanted); ++k) lines.push_back(open_stream(served.port(), token, k));
        for (auto at = first; at < lines.size(); ++at) streaming += lines[at] >= 0 && is_streaming(lines[at]);
    }
    // Past the first comments, so that what they allocate is counted.
    std::this_thread::sleep_for(std::chrono::seconds(options.is_quick ? 1 : 20));
    const auto after = resident_mb(served.pid());
    const auto cpu = cpu_of(served.pid());
    std::this_thread::sleep_for(std::chrono::seconds(options.is_quick ? 1 : 15));
    report.target("idle event streams", streaming, "streams", Sense::at_least, wanted, streaming);
    report.target("resident memory of a stream", (after - before) * 1024 / std::max(streaming, 1), "KB", Sense::at_most, 8, streaming);
    report.figure("CPU of a core while they idle", (cpu_of(served.pid()) - cpu) / (options.is_quick ? 1 : 15) * 100, "%", streaming);
    for (const int line : lines)
        if (line >= 0) ::close(line);
}

int run(const Options& options) {
    Report report("http", options);
    const Served served(options);
    served.rest();
    compare_with_nginx(report, options, served);
    weigh_streams(report, options, served);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
