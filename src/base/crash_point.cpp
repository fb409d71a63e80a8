#include "base/crash_point.hpp"

#if CHENGGE_CRASH_POINTS

#include <atomic>
#include <cstdlib>
#include <string>

#include <signal.h>
#include <unistd.h>

namespace chengge {

namespace {

struct Chosen {
    Chosen() {
        const char* text = std::getenv("CHENGGE_CRASH_POINT");
        if (text == nullptr) return;
        name = text;
        if (const auto colon = name.find(':'); colon != std::string::npos) {
            left = std::atoi(name.c_str() + colon + 1);
            name.resize(colon);
        }
    }
    std::string name;
    std::atomic<int> left{1};
};

} // namespace

void reach_crash_point(std::string_view name) {
    static Chosen chosen;
    if (chosen.name != name || --chosen.left != 0) return;
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

} // namespace chengge

#endif
