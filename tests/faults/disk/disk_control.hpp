// What the test and the faulty disk in the server's process share: a page of memory, and a folder
// that holds what a power cut would leave.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

namespace chengge::faults {

// What can be made to fail. `any` counts them all.
enum Act : int { act_any, act_open, act_write, act_sync, act_rename, act_unlink, act_count };

// What a lying disk says of a sync it has not done.
enum Lie : int { lie_none, lie_files, lie_folders };

struct FailureRange {
    std::atomic<std::int64_t> from{0}; // the number of the first that fails, from 1; 0 = none
    std::atomic<std::int64_t> to{0};   // … and of the last
    std::atomic<int> error{0};         // errno
};

// Lies in shared memory, zeroed at first.
struct DiskControl {
    std::atomic<std::int64_t> done[act_count];
    FailureRange fails[act_count];
    std::atomic<int> sync_delay_ms;
    std::atomic<int> lie;
    std::atomic<std::int64_t> clock_offset_ms;
    std::atomic<std::int64_t> next_id; // of files
};

// Beneath the state folder:
//   control            the page above
//   ids/<key>          the id of a living file
//   content/<id>       its bytes as of its last sync
//   folders/<key>/     a folder as of its last sync: f:<name> linked to content/<id>, d:<name> empty
inline std::string folder_key(const std::string& relative) {
    std::string key = "/" + relative;
    for (auto& letter : key)
        if (letter == '/') letter = '%';
    return key;
}

// A file by its inode and its birth: numbers of removed files are given again, also to files that a
// process without the faulty disk (pg_dump's own writing) made. Empty when there is none.
inline std::string inode_key(int folder, const char* path) {
    struct statx facts {};
    if (::statx(folder, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &facts) != 0) return "";
    return std::to_string(facts.stx_dev_minor) + "-" + std::to_string(facts.stx_ino) + "-" + std::to_string(facts.stx_btime.tv_sec) + "-" + std::to_string(facts.stx_btime.tv_nsec);
}
inline std::string inode_key(int fd) { return inode_key(fd, ""); }
inline std::string inode_key(const std::string& path) { return inode_key(AT_FDCWD, path.c_str()); }

} // namespace chengge::faults
