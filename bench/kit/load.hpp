// Many keep-alive connections driven by one thread, so that the client takes little of the machine that
// the server is measured on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace chengge::bench {

struct LoadResult {
    double seconds = 0;
    std::int64_t answers = 0;
    std::map<int, std::int64_t> by_status;
    std::vector<double> ms; // of every answer
    double rate() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
    std::int64_t failures() const; // not 2xx
};

struct LoadOptions {
    std::uint16_t port = 0;
    int connections = 1;
    double seconds = 1;
    std::int64_t requests_max = 0; // 0 = as many as fit into the time
    double pause_ms = 0;           // of a connection between an answer and its next request
    // A whole request with its head, for the n-th asked.
    std::function<std::string(std::int64_t)> next;
    // Hears the answers' bodies when set.
    std::function<void(int, const std::string&)> hear;
};

// Every connection asks again as soon as it has its answer. Throws when the server hangs up.
LoadResult drive(const LoadOptions& options);

std::string get_request(const std::string& path, const std::string& token = "");
std::string post_request(const std::string& path, const std::string& token, const std::string& body);

} // namespace chengge::bench
