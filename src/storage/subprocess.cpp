#include "storage/subprocess.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace chengge::storage {

namespace {

constexpr std::size_t messages_max = 4000;

std::vector<std::string> with_environment(const std::map<std::string, std::string>& more) {
    std::vector<std::string> all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
    }
    for (const auto& [name, value] : more) all.push_back(name + "=" + value);
    return all;
}

std::vector<char*> pointers_of(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

struct Spawn {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    Spawn() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
        // The server blocks the signals it waits for; a tool must be stoppable.
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    }
    ~Spawn() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
};

std::string read_messages(int from) {
    std::string messages;
    char buffer[1024];
    for (;;) {
        const auto count = ::read(from, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return messages;
        messages.append(buffer, static_cast<std::size_t>(count));
        if (messages.size() > messages_max) messages.erase(0, messages.size() - messages_max);
    }
}

} // namespace

ProcessEnd run_process(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe: " + std::string(std::strerror(errno)));
    Spawn spawn;
    posix_spawn_file_actions_adddup2(&spawn.actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addopen(&spawn.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&spawn.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    auto texts = words, variables = with_environment(environment);
    pid_t child = 0;
    const int failed = ::posix_spawnp(&child, words[0].c_str(), &spawn.actions, &spawn.attributes, pointers_of(texts).data(), pointers_of(variables).data());
    ::close(ends[1]);
    if (failed != 0) {
        ::close(ends[0]);
        return {127, std::strerror(failed)};
    }
    ProcessEnd end;
    end.messages = read_messages(ends[0]);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return end;
}

} // namespace chengge::storage
