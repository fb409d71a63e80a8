// The other side of what goes out: a small HTTP server of the test's own, and a real SMTP server in a process beside it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kit/database_kit.hpp"

namespace chengge::kit {

class HttpReceiver {
public:
    struct Got {
        std::string method, target, body;
        std::map<std::string, std::string> headers; // names in lower case
    };
    HttpReceiver();
    ~HttpReceiver();
    std::string url(const std::string& target = "/") const;
    // What the next requests are answered with, in order; the last one stays. "200", "500", "200 body"; "drop": the
    // request is taken and the connection closed; "silence": it is taken and nothing comes.
    void answer(std::vector<std::string> answers);
    // Sent with every answer from now on: "Content-Type: image/png".
    void send_headers(std::vector<std::string> headers);
    std::vector<Got> got() const;

private:
    void serve(std::stop_token stop);
    void take(int connection);
    int socket_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_; // guards what follows
    std::vector<std::string> answers_{"200"};
    std::vector<Got> got_;
    std::string headers_;
    std::vector<int> silent_;
    std::jthread thread_;
};

struct MailServerOptions {
    bool has_tls = false;
    std::string user, password; // empty: nobody signs in
};

class MailServer {
public:
    explicit MailServer(const MailServerOptions& options = {});
    ~MailServer();
    std::string address() const { return "localhost:" + std::to_string(port_); }
    std::string ca_file() const { return folder_.path() + "/certificate.pem"; }
    // Every letter kept so far, as it came.
    std::vector<std::string> letters() const;

private:
    ScratchFolder folder_;
    std::uint16_t port_ = 0;
    int process_ = -1, input_ = -1;
};

} // namespace chengge::kit
