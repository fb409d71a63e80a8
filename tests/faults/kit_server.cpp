#include "faults/kit_server.hpp"

#include <chrono>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace chengge::faults {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> out;
    for (const auto& word : words) out.push_back(const_cast<char*>(word.c_str()));
    out.push_back(nullptr);
    return out;
}

} // namespace

Process::Process(const std::vector<std::string>& words, const std::vector<std::string>& environment) {
    int pipe_ends[2];
    log_ = ::memfd_create("log", MFD_CLOEXEC);
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0 || log_ < 0) throw std::runtime_error("no pipe");
    auto all = environment;
    for (char** one = environ; *one != nullptr; ++one) all.emplace_back(*one);
    const auto arguments = pointers(words);
    const auto variables = pointers(all);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL); // nobody is left behind when the test dies
        ::dup2(pipe_ends[1], STDOUT_FILENO);
        ::dup2(log_, STDERR_FILENO);
        ::execvpe(arguments[0], arguments.data(), variables.data());
        ::_exit(127);
    }
    ::close(pipe_ends[1]);
    out_ = pipe_ends[0];
}

Process::~Process() {
    if (!ended_) kill();
    ::close(out_);
    ::close(log_);
}

void Process::note(int status) {
    Ended ended;
    if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
    else ended.signal = WTERMSIG(status);
    read_out(0);
    ended.out = text_;
    ended.log = log();
    ended_ = std::move(ended);
}

bool Process::is_running() {
    int status = 0;
    if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_) note(status);
    return !ended_;
}

void Process::signal(int number) {
    if (is_running()) ::kill(pid_, number);
}

void Process::kill() {
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    note(status);
}

Ended Process::wait(int seconds) {
    const auto until = Clock::now() + std::chrono::seconds(seconds);
    while (is_running()) {
        read_out(10);
        if (Clock::now() < until) continue;
        kill();
        ended_->log += "\n(killed by the test: it did not end by itself)";
    }
    return *ended_;
}

std::optional<std::string> Process::wait_for_line(const std::string& begin, int seconds) {
    const auto until = Clock::now() + std::chrono::seconds(seconds);
    for (;;) {
        for (auto at = text_.find(begin); at != std::string::npos; at = text_.find(begin, at + 1)) {
            const auto end = text_.find('\n', at);
            if ((at == 0 || text_[at - 1] == '\n') && end != std::string::npos) return text_.substr(at + begin.size(), end - at - begin.size());
        }
        if (!is_running() || Clock::now() > until) return std::nullopt;
        read_out(20);
    }
}

void Process::read_out(int time_out_ms) {
    pollfd item{out_, POLLIN, 0};
    char buffer[4096];
    while (::poll(&item, 1, time_out_ms) == 1) {
        const auto got = ::read(out_, buffer, sizeof buffer);
        if (got <= 0) {
            // Closed, but perhaps not ended yet.
            if (time_out_ms > 0) ::usleep(1000);
            return;
        }
        text_.append(buffer, static_cast<std::size_t>(got));
        time_out_ms = 0;
    }
}

std::string Process::log() const {
    std::string text;
    char buffer[65536];
    off_t at = 0;
    for (ssize_t got = 0; (got = ::pread(log_, buffer, sizeof buffer, at)) > 0; at += got) text.append(buffer, static_cast<std::size_t>(got));
    return text;
}

Ended run_chengge(const std::vector<std::string>& words, const std::vector<std::string>& environment, int seconds) {
    std::vector<std::string> all{CHENGGE_PROGRAM};
    all.insert(all.end(), words.begin(), words.end());
    return Process(all, environment).wait(seconds);
}

} // namespace chengge::faults
