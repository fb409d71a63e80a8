// A disk with faults, preloaded into the server (LD_PRELOAD): beneath FAULTS_ROOT a write lives until
// a power cut unless it was synced, a name unless its folder was; acts fail, syncs are slow or lie,
// as the control page in FAULTS_STATE says. And a clock that can be set wrong.
#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "disk_control.hpp"

using namespace chengge::faults;

namespace {

template <class Function>
Function real(const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

#define REAL(name) static const auto real_##name = real<decltype(&::name)>(#name)

int really_open(const char* path, int flags, mode_t mode = 0) {
    REAL(open);
    return real_open(path, flags, mode);
}
int really_close(int fd) {
    REAL(close);
    return real_close(fd);
}

struct Range {
    off_t begin = 0;
    off_t end = 0;
};

struct File {
    std::string id;
    std::vector<Range> dirty;
};

// An open descriptor of the faulty disk.
struct Handle {
    std::string path;      // absolute
    std::string file;      // inode key; empty for folders
    bool is_folder = false;
};

class Disk {
public:
    Disk() {
        const char* root = std::getenv("FAULTS_ROOT");
        const char* state = std::getenv("FAULTS_STATE");
        if (root == nullptr || state == nullptr) return;
        root_ = root;
        state_ = state;
        const int fd = really_open((state_ + "/control").c_str(), O_RDWR | O_CLOEXEC);
        if (fd < 0) return;
        void* page = ::mmap(nullptr, sizeof(DiskControl), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        really_close(fd);
        if (page != MAP_FAILED) control = static_cast<DiskControl*>(page);
        turn_fd_ = really_open((state_ + "/turn").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }

    // The path when it lies on this disk; the shared memory of SQLite is memory, not disk.
    bool covers(const std::string& path) const {
        return control != nullptr && path.size() > root_.size() && path.starts_with(root_) && path[root_.size()] == '/' &&
               !path.ends_with("-shm");
    }
    bool covers_folder(const std::string& path) const { return control != nullptr && (path == root_ || covers(path)); }

    // Counts the act; true when it is to fail, with errno set.
    bool fails(Act act) {
        const bool fails_itself = is_due(act, ++control->done[act]);
        const bool fails_as_any = is_due(act_any, ++control->done[act_any]);
        return fails_itself || fails_as_any;
    }

    void opened(int fd, const std::string& path, bool is_made, int flags) {
        struct stat facts {};
        if (::fstat(fd, &facts) != 0) return;
        const std::lock_guard lock(mutex_);
        Handle handle{path, "", S_ISDIR(facts.st_mode)};
        if (!handle.is_folder) {
            handle.file = inode_key(fd);
            if (is_made) make_file(handle.file);
            else if (!files_.contains(handle.file)) files_[handle.file].id = find_id(handle.file);
            if ((flags & O_TRUNC) != 0) files_[handle.file].dirty.push_back({0, INT64_MAX});
        }
        handles_[fd] = std::move(handle);
    }

    void closed(int fd) {
        const std::lock_guard lock(mutex_);
        handles_.erase(fd);
    }

    bool holds(int fd) {
        const std::lock_guard lock(mutex_);
        return handles_.contains(fd);
    }

    void wrote(int fd, off_t begin, off_t end) {
        const std::lock_guard lock(mutex_);
        const auto found = handles_.find(fd);
        if (found == handles_.end() || found->second.is_folder) return;
        auto& dirty = files_[found->second.file].dirty;
        if (!dirty.empty() && dirty.back().end == begin) dirty.back().end = end;
        else dirty.push_back({begin, end});
    }

    // 0 or -1 with errno, as fsync.
    int sync(int fd) {
        if (const int ms = control->sync_delay_ms; ms > 0) ::usleep(static_cast<useconds_t>(ms) * 1000);
        const bool has_failed = fails(act_sync);
        const int reason = errno;
        const std::lock_guard lock(mutex_);
        const Turn turn(*this);
        const auto found = handles_.find(fd);
        if (found == handles_.end()) return 0;
        auto& handle = found->second;
        const int lie = control->lie;
        if (has_failed) {
            // As Linux does: the pages count as clean now, and a second sync says nothing.
            if (!handle.is_folder) files_[handle.file].dirty.clear();
            errno = reason;
            return -1;
        }
        if (handle.is_folder) {
            if (lie != lie_folders) keep_folder(handle.path);
        } else if (lie != lie_files) {
            keep_file(fd, files_[handle.file]);
        }
        return 0;
    }

    // What is kept of a folder goes with it under its new name; the old one still leads to it until the
    // folders around are synced.
    void moved_folder(const std::string& from, const std::string& to) {
        REAL(unlink);
        const std::lock_guard lock(mutex_);
        const Turn turn(*this);
        const auto old_key = folder_key(from.substr(root_.size() + 1)), new_key = folder_key(to.substr(root_.size() + 1));
        for (auto key : names_in(state_ + "/folders")) {
            key.pop_back(); // a folder's slash
            if (key != old_key && !key.starts_with(old_key + "%")) continue;
            const auto source = state_ + "/folders/" + key, target = state_ + "/folders/" + new_key + key.substr(old_key.size());
            ::mkdir(target.c_str(), 0700);
            for (const auto& name : names_in(target)) real_unlink((target + "/" + name).c_str());
            for (const auto& name : names_in(source))
                if (::link((source + "/" + name).c_str(), (target + "/" + name).c_str()) != 0) std::abort();
        }
    }

    // As syncfs: all of the disk, whoever wrote it.
    int sync_all() {
        if (const int ms = control->sync_delay_ms; ms > 0) ::usleep(static_cast<useconds_t>(ms) * 1000);
        if (fails(act_sync)) return -1;
        const std::lock_guard lock(mutex_);
        const Turn turn(*this);
        if (control->lie != lie_files) keep_files(root_);
        if (control->lie != lie_folders) keep_folders(root_);
        return 0;
    }

    DiskControl* control = nullptr;

private:
    // Several processes may share the disk: one keeps at a time, or an older length would cut off what
    // another has just synced.
    struct Turn {
        explicit Turn(Disk& disk) : fd(disk.turn_fd_) { ::flock(fd, LOCK_EX); }
        ~Turn() { ::flock(fd, LOCK_UN); }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        int fd;
    };

    bool is_due(Act act, std::int64_t number) {
        const auto& range = control->fails[act];
        if (range.from == 0 || number < range.from || number > range.to) return false;
        errno = range.error;
        return true;
    }

    void make_file(const std::string& key) {
        auto& file = files_[key];
        file.id = std::to_string(++control->next_id);
        file.dirty.clear();
        const auto path = state_ + "/ids/" + key;
        really_close(really_open((state_ + "/content/" + file.id).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        write_text(path, file.id);
    }

    std::string find_id(const std::string& key) {
        const int fd = really_open((state_ + "/ids/" + key).c_str(), O_RDONLY | O_CLOEXEC);
        char text[32];
        const auto length = fd < 0 ? 0 : ::read(fd, text, sizeof text);
        if (fd >= 0) really_close(fd);
        if (length > 0) return {text, static_cast<std::size_t>(length)};
        make_file(key); // nobody saw it being made: nothing of it is synced
        return files_[key].id;
    }

    void write_text(const std::string& path, const std::string& text) {
        REAL(write);
        const int fd = really_open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0 || real_write(fd, text.data(), text.size()) < 0) std::abort();
        really_close(fd);
    }

    void keep_file(int fd, File& file) {
        REAL(pwrite);
        REAL(ftruncate);
        struct stat facts {};
        ::fstat(fd, &facts);
        // Opened anew only when it was opened for writing alone: closing any descriptor of a file gives up
        // the locks that the process has on it, and SQLite would take its neighbour for gone.
        const bool is_readable = (::fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY;
        const int from = is_readable ? fd : really_open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_RDONLY | O_CLOEXEC);
        const int to = really_open((state_ + "/content/" + file.id).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (from < 0 || to < 0) std::abort();
        static char buffer[1 << 16];
        for (const auto& range : file.dirty)
            for (off_t at = range.begin, end = std::min<off_t>(range.end, facts.st_size); at < end;) {
                const auto got = ::pread(from, buffer, std::min<std::size_t>(sizeof buffer, static_cast<std::size_t>(end - at)), at);
                if (got <= 0) break;
                if (real_pwrite(to, buffer, static_cast<std::size_t>(got), at) != got) std::abort();
                at += got;
            }
        if (real_ftruncate(to, facts.st_size) != 0) std::abort();
        if (!is_readable) really_close(from);
        really_close(to);
        file.dirty.clear();
    }

    // Names in a folder; those of folders end with a slash.
    static std::vector<std::string> names_in(const std::string& path) {
        std::vector<std::string> names;
        DIR* folder = ::opendir(path.c_str());
        if (folder == nullptr) return names; // removed meanwhile
        while (const dirent* entry = ::readdir(folder)) {
            const std::string name = entry->d_name;
            struct stat facts {};
            if (name == "." || name == ".." || ::lstat((path + "/" + name).c_str(), &facts) != 0) continue;
            if (S_ISDIR(facts.st_mode)) names.push_back(name + "/");
            else if (S_ISREG(facts.st_mode)) names.push_back(name);
        }
        ::closedir(folder);
        return names;
    }

    void keep_files(const std::string& path) {
        for (const auto& name : names_in(path)) {
            const auto below = path + "/" + name;
            if (name.back() == '/') {
                keep_files(below.substr(0, below.size() - 1));
                continue;
            }
            if (!covers(below)) continue;
            const auto key = inode_key(below);
            const auto held = std::find_if(handles_.begin(), handles_.end(), [&](const auto& one) { return one.second.file == key; });
            const int fd = held != handles_.end() ? held->first : really_open(below.c_str(), O_RDONLY | O_CLOEXEC);
            if (fd < 0) continue;
            auto& file = files_[key];
            if (file.id.empty()) file.id = find_id(key);
            file.dirty = {{0, INT64_MAX}};
            keep_file(fd, file);
            if (held == handles_.end()) really_close(fd);
        }
    }

    void keep_folders(const std::string& path) {
        for (const auto& name : names_in(path))
            if (name.back() == '/') keep_folders(path + "/" + name.substr(0, name.size() - 1));
        keep_folder(path);
    }

    void keep_folder(const std::string& path) {
        const auto relative = path == root_ ? std::string() : path.substr(root_.size() + 1);
        const auto kept = state_ + "/folders/" + folder_key(relative);
        ::mkdir(kept.c_str(), 0700);
        std::map<std::string, std::string> living; // name in the kept folder → id, empty for folders
        DIR* folder = ::opendir(path.c_str());
        if (folder == nullptr) std::abort();
        while (const dirent* entry = ::readdir(folder)) {
            const std::string name = entry->d_name;
            struct stat facts {};
            if (name == "." || name == ".." || ::lstat((path + "/" + name).c_str(), &facts) != 0) continue;
            if (S_ISDIR(facts.st_mode)) living["d:" + name] = "";
            else if (S_ISREG(facts.st_mode) && covers(path + "/" + name)) {
                const auto key = inode_key(path + "/" + name);
                if (key.empty()) continue;
                if (!files_.contains(key)) files_[key].id = find_id(key);
                living["f:" + name] = files_[key].id;
            }
        }
        ::closedir(folder);
        keep_names(kept, living);
    }

    void keep_names(const std::string& kept, const std::map<std::string, std::string>& living) {
        REAL(unlink);
        REAL(rename);
        DIR* folder = ::opendir(kept.c_str());
        if (folder == nullptr) std::abort();
        while (const dirent* entry = ::readdir(folder))
            if (entry->d_name[0] != '.' && !living.contains(entry->d_name)) real_unlink((kept + "/" + entry->d_name).c_str());
        ::closedir(folder);
        for (const auto& [name, id] : living) {
            const auto path = kept + "/" + name;
            struct stat here {}, there {};
            const bool is_here = ::stat(path.c_str(), &here) == 0;
            if (id.empty()) {
                if (!is_here) really_close(really_open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
                continue;
            }
            const auto content = state_ + "/content/" + id;
            if (::stat(content.c_str(), &there) != 0) std::abort();
            if (is_here && here.st_ino == there.st_ino) continue;
            const auto beside = kept + "/.new";
            real_unlink(beside.c_str());
            if (::link(content.c_str(), beside.c_str()) != 0 || real_rename(beside.c_str(), path.c_str()) != 0) std::abort();
        }
    }

    std::string root_;
    std::string state_;
    int turn_fd_ = -1;
    std::mutex mutex_;
    std::map<std::string, File> files_;
    std::map<int, Handle> handles_;
};

Disk& disk() {
    static Disk* one = new Disk; // outlives every thread that still writes at exit
    return *one;
}

// The one way to write a path: absolute, without doubled slashes or one at its end.
std::string absolute(const char* name) {
    std::string path = name;
    char folder[4096];
    if (name[0] != '/' && ::getcwd(folder, sizeof folder) != nullptr) path = std::string(folder) + "/" + path;
    std::string out;
    for (const char letter : path)
        if (letter != '/' || !out.ends_with('/')) out += letter;
    if (out.size() > 1 && out.ends_with('/')) out.pop_back();
    return out;
}

int open_on_disk(const char* name, int flags, mode_t mode) {
    const auto path = absolute(name);
    const bool is_folder = (flags & O_DIRECTORY) != 0;
    if (is_folder ? !disk().covers_folder(path) : !disk().covers(path)) return really_open(name, flags, mode);
    if ((flags & O_ACCMODE) != O_RDONLY && disk().fails(act_open)) return -1;
    struct stat facts {};
    const bool is_made = (flags & O_CREAT) != 0 && ::stat(path.c_str(), &facts) != 0;
    const int fd = really_open(name, flags, mode);
    if (fd >= 0) disk().opened(fd, path, is_made, flags);
    return fd;
}

bool is_covered(int fd) { return disk().control != nullptr && disk().holds(fd); }

} // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_on_disk(path, flags, mode);
}
EXPORT int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_on_disk(path, flags, mode);
}
EXPORT int __open_2(const char* path, int flags) { return open_on_disk(path, flags, 0); }
EXPORT int __open64_2(const char* path, int flags) { return open_on_disk(path, flags, 0); }

EXPORT int close(int fd) {
    if (disk().control != nullptr) disk().closed(fd);
    return really_close(fd);
}

EXPORT ssize_t write(int fd, const void* bytes, size_t count) {
    REAL(write);
    if (!is_covered(fd)) return real_write(fd, bytes, count);
    if (disk().fails(act_write)) return -1;
    const auto at = ::lseek(fd, 0, SEEK_CUR);
    const auto done = real_write(fd, bytes, count);
    if (done > 0) disk().wrote(fd, at, at + done);
    return done;
}

static ssize_t write_at(int fd, const void* bytes, size_t count, off_t at) {
    REAL(pwrite);
    if (!is_covered(fd)) return real_pwrite(fd, bytes, count, at);
    if (disk().fails(act_write)) return -1;
    const auto done = real_pwrite(fd, bytes, count, at);
    if (done > 0) disk().wrote(fd, at, at + done);
    return done;
}
EXPORT ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) { return write_at(fd, bytes, count, at); }
EXPORT ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) { return write_at(fd, bytes, count, at); }

static int truncate_at(int fd, off_t length) {
    REAL(ftruncate);
    if (!is_covered(fd)) return real_ftruncate(fd, length);
    if (disk().fails(act_write)) return -1;
    struct stat facts {};
    ::fstat(fd, &facts);
    const int done = real_ftruncate(fd, length);
    if (done == 0) disk().wrote(fd, std::min(length, facts.st_size), std::max(length, facts.st_size));
    return done;
}
EXPORT int ftruncate(int fd, off_t length) noexcept { return truncate_at(fd, length); }
EXPORT int ftruncate64(int fd, off64_t length) noexcept { return truncate_at(fd, length); }

EXPORT int fsync(int fd) {
    REAL(fsync);
    return is_covered(fd) ? disk().sync(fd) : real_fsync(fd);
}
EXPORT int syncfs(int fd) noexcept {
    REAL(syncfs);
    return is_covered(fd) ? disk().sync_all() : real_syncfs(fd);
}
EXPORT int fdatasync(int fd) {
    REAL(fdatasync);
    return is_covered(fd) ? disk().sync(fd) : real_fdatasync(fd);
}

EXPORT int rename(const char* from, const char* to) noexcept {
    REAL(rename);
    const bool is_covered = disk().covers(absolute(to));
    if (is_covered && disk().fails(act_rename)) return -1;
    const int done = real_rename(from, to);
    struct stat facts {};
    if (done == 0 && is_covered && ::stat(to, &facts) == 0 && S_ISDIR(facts.st_mode)) disk().moved_folder(absolute(from), absolute(to));
    return done;
}

EXPORT int unlink(const char* path) noexcept {
    REAL(unlink);
    if (disk().covers(absolute(path)) && disk().fails(act_unlink)) return -1;
    return real_unlink(path);
}

// --- the clock ---------------------------------------------------------------------------------

EXPORT int clock_gettime(clockid_t clock, timespec* now) noexcept {
    REAL(clock_gettime);
    const int done = real_clock_gettime(clock, now);
    if (done != 0 || clock != CLOCK_REALTIME || disk().control == nullptr) return done;
    const std::int64_t offset = disk().control->clock_offset_ms;
    const auto ns = now->tv_nsec + offset % 1000 * 1'000'000;
    now->tv_sec += offset / 1000 + (ns < 0 ? -1 : ns / 1'000'000'000);
    now->tv_nsec = (ns + 1'000'000'000) % 1'000'000'000;
    return done;
}
EXPORT int gettimeofday(timeval* now, void*) noexcept {
    timespec exact{};
    const int done = ::clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return done;
}
EXPORT time_t time(time_t* into) noexcept {
    timespec exact{};
    ::clock_gettime(CLOCK_REALTIME, &exact);
    if (into != nullptr) *into = exact.tv_sec;
    return exact.tv_sec;
}
