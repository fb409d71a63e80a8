#include "kit/server.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.hpp"
#include "http/http.hpp"

namespace chengge::bench {

namespace {

[[noreturn]] void become(const std::vector<std::string>& command, int output, const std::string& log) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::dup2(output, 1);
    const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(errors, 2);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    std::vector<char*> words;
    for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execvp(words[0], words.data());
    ::_exit(127);
}

std::vector<std::string> words_of(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    // The name in brackets may hold spaces.
    const auto at = line.rfind(')');
    std::vector<std::string> words;
    std::string word;
    for (const char letter : line.substr(at == std::string::npos ? 0 : at + 2)) {
        if (letter != ' ') word += letter;
        else words.push_back(std::exchange(word, ""));
    }
    words.push_back(word);
    return words;
}

std::vector<std::string> command_of(const Options& options, const std::vector<std::string>& more) {
    std::vector<std::string> command{options.program, "serve", "--data", options.city, "--listen", "127.0.0.1:0"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

} // namespace

Program::Program(const std::vector<std::string>& command, const std::string& until, const std::string& log) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) become(command, ends[1], log);
    ::close(ends[1]);
    char letter = 0;
    while (!until.empty() && ::read(ends[0], &letter, 1) == 1) {
        if (letter != '\n') {
            line_ += letter;
            continue;
        }
        if (line_.starts_with(until)) break;
        line_.clear();
    }
    ::close(ends[0]);
    if (!until.empty() && !line_.starts_with(until)) throw std::runtime_error("did not start: " + command[0] + ", see " + log);
}

Program::~Program() { stop(); }

void Program::stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

std::uint16_t free_port() {
    const int line = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(line, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::getsockname(line, reinterpret_cast<sockaddr*>(&address), &length);
    ::close(line);
    return ntohs(address.sin_port);
}

double cpu_of(pid_t pid) {
    const auto words = words_of("/proc/" + std::to_string(pid) + "/stat");
    if (words.size() < 13) return 0;
    // utime and stime are the 14th and 15th of the line, the first here is the 3rd.
    return (std::atof(words[11].c_str()) + std::atof(words[12].c_str())) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_mb(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
    return 0;
}

Served::Served(const Options& options, const std::vector<std::string>& more) : program_(command_of(options, more), "listening on", options.scratch + "/serve.log") {
    port_ = static_cast<std::uint16_t>(std::atoi(program_.line().c_str() + program_.line().rfind(':') + 1));
}

void Served::rest() const {
    constexpr int asked_most = 240;
    for (int asked = 0, calm = 0; asked < asked_most && calm < 2; ++asked) {
        const auto before = cpu_of(pid());
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        calm = cpu_of(pid()) - before < 0.02 ? calm + 1 : 0;
    }
}

std::string Served::sign_in(const std::string& login) const {
    const auto answer = http::fetch({.method = http::Method::post, .url = url() + "/api/v1/demo/sessions", .headers = {{"Content-Type", "application/json"}},
                                     .body = to_json_text(json::object{{"login", login}}), .ca_file = ""});
    const auto document = parse_json(answer.body);
    if (answer.status != 201 || !document) throw std::runtime_error("cannot sign in as " + login + ": " + answer.body);
    return std::string(document->at("token").as_string());
}

} // namespace chengge::bench
