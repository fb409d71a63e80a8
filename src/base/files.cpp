#include "base/files.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash_point.hpp"
#include "base/failure.hpp"

namespace chengge {

namespace {

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    void close() {
        if (number_ >= 0) ::close(number_);
        number_ = -1;
    }

private:
    int number_;
};

[[noreturn]] void stop(const char* act, const std::string& path) {
    const int number = errno;
    const bool is_full = number == ENOSPC || number == EDQUOT;
    throw Failure(is_full ? "storage_full" : "temporarily_unavailable",
                  std::string("cannot ") + act + " " + path + ": " + std::strerror(number));
}

void write_all(int file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) stop("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

// Taken away again when the work on it is not finished.
struct Beside {
    ~Beside() {
        if (!is_renamed) ::unlink(path.c_str());
    }
    std::string path;
    bool is_renamed = false;
};

std::string folder_of(const std::string& path) {
    const auto folder = path.substr(0, path.find_last_of('/') + 1);
    return folder.empty() ? "." : folder;
}

} // namespace

Result<std::string> load_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto refuse = [&] {
        return fail("bad_data", {{"file", path}, {"line", "0"}, {"reason", std::strerror(errno)}});
    };
    if (file.number() < 0) return refuse();
    std::string bytes;
    char buffer[65536];
    for (;;) {
        const auto count = ::read(file.number(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return refuse();
        if (count == 0) return bytes;
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

void save_file(const std::string& path, std::string_view bytes, unsigned mode, const std::string& scratch) {
    // Two threads may save the same file at once: each has its own name beside.
    static std::atomic<unsigned> count{0};
    const auto name = ".writing-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
    Beside beside{scratch.empty() ? path + name : scratch + path.substr(path.find_last_of('/')) + name, false};
    Descriptor file(::open(beside.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.number() < 0) stop("create", path);
    write_all(file.number(), bytes, path);
    CRASH_POINT("file.written");
    if (::fsync(file.number()) != 0) stop("sync", path);
    file.close();
    CRASH_POINT("file.synced");
    if (::rename(beside.path.c_str(), path.c_str()) != 0) stop("rename", path);
    beside.is_renamed = true;
    CRASH_POINT("file.renamed");
    sync_folder(folder_of(path));
}

void make_folders(const std::string& path) {
    const std::filesystem::path folder(path);
    const auto parent = folder.has_filename() ? folder.parent_path() : folder.parent_path().parent_path();
    std::error_code error;
    const bool is_there = std::filesystem::is_directory(folder, error);
    if (!is_there) {
        if (!parent.empty() && parent != folder && !std::filesystem::is_directory(parent, error)) make_folders(parent.string());
        if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) stop("create", path);
    }
    // Also when it is there: a crash may have come between. A parent that may not be read is not ours.
    const auto above = parent.empty() ? "." : parent.string();
    if (!is_there || ::access(above.c_str(), R_OK) == 0) sync_folder(above);
}

void sync_folder(const std::string& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0 || ::fsync(folder.number()) != 0) stop("sync", path);
}

} // namespace chengge
