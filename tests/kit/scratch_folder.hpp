// A folder of a test's own.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>

namespace chengge::kit {

// Removed with the object. Others may pass through it: a database's server runs as another user.
class ScratchFolder {
public:
    ScratchFolder() {
        char path[] = "/tmp/chengge-test-XXXXXX";
        if (::mkdtemp(path) == nullptr) throw std::runtime_error("cannot make a scratch folder");
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
