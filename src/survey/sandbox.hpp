// A foreign program run without rights: no shell, no network, no other processes, bounded memory, time and files.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace chengge::survey {

struct SandboxJob {
    std::string program;                  // absolute path
    std::vector<std::string> arguments;   // without the program itself
    std::vector<std::string> environment; // NAME=value; nothing else is passed on
    std::string folder;                   // working folder, the only one it may write to (where the kernel has Landlock)
    std::vector<std::string> readable;    // further files and folders it may read
    std::int64_t memory_bytes = std::int64_t{2} << 30;
    std::int64_t file_bytes = std::int64_t{8} << 30; // of each file it writes
    int cpu_seconds = 900;
    int wall_seconds = 1200;
    std::function<bool()> is_stopped; // asked ten times a second; may be empty
};

enum class SandboxEnd { exited, out_of_time, out_of_memory, file_too_large, stopped, crashed, not_started };

struct SandboxOutcome {
    SandboxEnd end = SandboxEnd::not_started;
    int exit_code = -1;
    std::string out;    // standard output, the first 4 MB
    std::string errors; // standard error, the first 64 KB
};

// Waits for the program's end, kills it and its group when its time is over or it is stopped. The program gets an own network
// namespace where the kernel lets it, and always a filter that answers EPERM to sockets, new processes, tracing and mounts.
// Throws Failure when no pipe or process can be had.
SandboxOutcome run_sandboxed(const SandboxJob& job);

} // namespace chengge::survey
