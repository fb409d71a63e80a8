// A folder of a test's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace chengge::kit {

// Removed with the object. Others may pass through it: a database's server runs as another user.
class ScratchFolder {
public:
    // What need not outlast a power cut is kept in memory where there is room.
    enum class On { disk, memory };
    explicit ScratchFolder(On on = On::disk) {
        constexpr std::uintmax_t room_bytes = 2ull << 30;
        std::error_code none;
        const auto space = std::filesystem::space("/dev/shm", none);
        const bool is_in_memory = on == On::memory && !none && space.available > room_bytes;
        std::string path = (is_in_memory ? "/dev/shm" : "/tmp") + std::string("/chengge-test-XXXXXX");
        if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make a scratch folder");
        using std::filesystem::perms;
        std::filesystem::permissions(path, perms::owner_all | perms::group_exec | perms::others_exec);
        path_ = path;
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace chengge::kit
