#include "base/process.hpp"

#include <fstream>
#include <iterator>

#include <unistd.h>

#include "base/text.hpp"

namespace chengge {

namespace {

std::string file_text(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string machine_name() {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return std::string(host) + "/" + std::string(trim(file_text("/proc/sys/kernel/random/boot_id")));
}

// When the process began, in ticks since the machine's start; empty when there is none.
std::string start_of(const std::string& pid) {
    const auto text = file_text("/proc/" + pid + "/stat");
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return "";
    const auto fields = split(text.substr(name_end + 1), ' ');
    return fields.size() > 20 ? fields[20] : "";
}

} // namespace

std::string process_name() {
    const auto pid = std::to_string(getpid());
    return machine_name() + "/" + pid + "/" + start_of(pid);
}

std::optional<bool> is_process_running(std::string_view name) {
    const auto machine = machine_name() + "/";
    if (!name.starts_with(machine)) return std::nullopt;
    const auto parts = split(name.substr(machine.size()), '/');
    return parts.size() >= 2 && !parts[0].empty() && !parts[1].empty() && parts[0].find_first_not_of("0123456789") == std::string::npos && start_of(parts[0]) == parts[1];
}

} // namespace chengge
