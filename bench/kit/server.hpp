// Programs under load: chengge serve over the city, and others; what they use up by /proc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

#include "kit/report.hpp"

namespace chengge::bench {

class Program {
public:
    // Waits for a line on standard output that begins with `until`; empty = does not wait.
    Program(const std::vector<std::string>& command, const std::string& until, const std::string& log);
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    pid_t pid() const { return pid_; }
    const std::string& line() const { return line_; }
    void stop();

private:
    pid_t pid_ = -1;
    std::string line_;
};

// A port of the loopback that nobody listens at just now.
std::uint16_t free_port();

// CPU seconds of a process and its children that live, and its resident memory.
double cpu_of(pid_t pid);
double resident_mb(pid_t pid);

class Served {
public:
    explicit Served(const Options& options, const std::vector<std::string>& more = {});
    std::uint16_t port() const { return port_; }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    pid_t pid() const { return program_.pid(); }
    // Waits until what a start leaves to be done beside the first questions (followers that catch up) is done, at most a minute.
    void rest() const;
    // A session of a demo's person.
    std::string sign_in(const std::string& login) const;

private:
    Program program_;
    std::uint16_t port_ = 0;
};

} // namespace chengge::bench
