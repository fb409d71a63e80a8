#include "storage/wal_writes.hpp"

#include <new>
#include <string>

#include <sqlite3.h>

#include "base/assert.hpp"

namespace chengge::storage {

namespace {

constexpr std::size_t kept_bytes_max = 120 * 1024; // the system's layer takes less than 128 KiB at once

sqlite3_vfs* system_layer() { return sqlite3_vfs_find(nullptr); }

// SQLite allots the memory: ours first, the system's file behind it.
struct Log {
    sqlite3_file base;
    sqlite3_int64 kept_at; // where the kept bytes begin in the file
    std::string kept;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }

    int write_kept() {
        if (kept.empty()) return SQLITE_OK;
        const int state = real()->pMethods->xWrite(real(), kept.data(), static_cast<int>(kept.size()), kept_at);
        // After a failure the transaction is given up: what was kept belongs to nobody.
        kept.clear();
        return state;
    }
};

Log& log_of(sqlite3_file* file) { return *reinterpret_cast<Log*>(file); }

// Whatever is not an append goes to the file behind what was kept.
template <class Act>
int behind_kept(sqlite3_file* file, Act&& act) {
    auto& log = log_of(file);
    if (const int state = log.write_kept(); state != SQLITE_OK) return state;
    return act(log.real());
}

int write_log(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    auto& log = log_of(file);
    const bool follows = !log.kept.empty() && at == log.kept_at + static_cast<sqlite3_int64>(log.kept.size());
    if (!follows || log.kept.size() + static_cast<std::size_t>(size) > kept_bytes_max)
        if (const int state = log.write_kept(); state != SQLITE_OK) return state;
    if (log.kept.empty()) log.kept_at = at;
    log.kept.append(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int close_log(sqlite3_file* file) {
    auto& log = log_of(file);
    const int written = log.write_kept();
    const int closed = log.real()->pMethods->xClose(log.real());
    log.kept.~basic_string();
    return written != SQLITE_OK ? written : closed;
}

const sqlite3_io_methods log_methods{
    .iVersion = 1,
    .xClose = close_log,
    .xRead = [](sqlite3_file* file, void* into, int size, sqlite3_int64 at) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xRead(real, into, size, at); }); },
    .xWrite = write_log,
    .xTruncate = [](sqlite3_file* file, sqlite3_int64 size) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xTruncate(real, size); }); },
    .xSync = [](sqlite3_file* file, int flags) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xSync(real, flags); }); },
    .xFileSize = [](sqlite3_file* file, sqlite3_int64* size) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xFileSize(real, size); }); },
    .xLock = [](sqlite3_file* file, int level) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xLock(real, level); }); },
    .xUnlock = [](sqlite3_file* file, int level) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xUnlock(real, level); }); },
    .xCheckReservedLock = [](sqlite3_file* file, int* answer) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xCheckReservedLock(real, answer); }); },
    .xFileControl = [](sqlite3_file* file, int code, void* argument) { return behind_kept(file, [&](sqlite3_file* real) { return real->pMethods->xFileControl(real, code, argument); }); },
    .xSectorSize = [](sqlite3_file* file) { return log_of(file).real()->pMethods->xSectorSize(log_of(file).real()); },
    .xDeviceCharacteristics = [](sqlite3_file* file) { return log_of(file).real()->pMethods->xDeviceCharacteristics(log_of(file).real()); },
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* system = system_layer();
    if ((flags & SQLITE_OPEN_WAL) == 0) return system->xOpen(system, name, file, flags, out_flags);
    auto& log = log_of(file);
    file->pMethods = nullptr;
    const int state = system->xOpen(system, name, log.real(), flags, out_flags);
    // Without methods SQLite closes nothing: a half-open file of the system's is closed here.
    if (state != SQLITE_OK) {
        if (log.real()->pMethods != nullptr) log.real()->pMethods->xClose(log.real());
        return state;
    }
    new (&log.kept) std::string();
    log.kept_at = 0;
    file->pMethods = &log_methods;
    return SQLITE_OK;
}

} // namespace

const char* gathered_log_layer() {
    static const char* const name = [] {
        static sqlite3_vfs layer = *system_layer();
        layer.zName = "gathered-log";
        layer.szOsFile += static_cast<int>(sizeof(Log));
        layer.pNext = nullptr;
        layer.xOpen = open_file;
        const int state = sqlite3_vfs_register(&layer, 0);
        ASSERT(state == SQLITE_OK);
        return layer.zName;
    }();
    return name;
}

} // namespace chengge::storage
