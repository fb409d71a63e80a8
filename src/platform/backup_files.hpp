// Files of a backup: copied with their digest, synced, locked; the manifest as JSON.
#pragma once

#include <optional>
#include <string>

#include "platform/backup.hpp"

namespace chengge::platform {

// Copies and digests in one pass; not synced. Throws when the disk fails.
BackupFile copy_hashed(const std::string& from, const std::string& to);
BackupFile hash_file(const std::string& path);
// Everything written below the folder's file system is on the disk.
void sync_disk(const std::string& folder);


// One maker or remover of backups in a folder at a time, across processes.
class FolderLock {
public:
    explicit FolderLock(const std::string& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;
    bool is_held() const { return is_held_; }

private:
    int file_ = -1;
    bool is_held_ = false;
};

std::string manifest_text(const BackupManifest& manifest);
Result<BackupManifest> load_manifest(const std::string& path); // backup_damaged

// Names inside a folder of backups.
inline constexpr std::string_view making_prefix = ".making-", removing_prefix = ".removing-", restoring_name = ".restoring";
std::string pool_path(const std::string& folder); // of originals; a MediaService's folder/originals
// The digests that media.csv of a backup lists, 32 raw bytes each.
Result<std::vector<std::string>> load_media_list(const std::string& backup_path);

} // namespace chengge::platform
