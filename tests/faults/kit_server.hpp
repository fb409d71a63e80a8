// The real program as a process of its own: started, asked, killed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace chengge::faults {

struct Ended {
    int code = -1;   // exit code; -1 when a signal ended it
    int signal = 0;
    std::string out; // what it printed
    std::string log; // what it said on standard error
};

// A child with these words and these additions to the environment.
class Process {
public:
    Process(const std::vector<std::string>& words, const std::vector<std::string>& environment);
    ~Process(); // kills
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    pid_t pid() const { return pid_; }
    bool is_running();
    void signal(int number);
    void kill();                // and waits
    Ended wait(int seconds);    // kills after that; log says so
    // Waits for a line that begins so and gives the rest of it; nothing when the process has ended.
    std::optional<std::string> wait_for_line(const std::string& begin, int seconds);
    std::string log() const;

private:
    void read_out(int time_out_ms);
    void note(int status);
    pid_t pid_ = -1;
    int out_ = -1;
    int log_ = -1;
    std::string text_;
    std::optional<Ended> ended_;
};

// chengge with these words; at most this long.
Ended run_chengge(const std::vector<std::string>& words, const std::vector<std::string>& environment = {}, int seconds = 60);

} // namespace chengge::faults
