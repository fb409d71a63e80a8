// Files of ours, kept through a power cut: what these have returned from is on the disk.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chengge {

// The whole file; refusal bad_data when it cannot be read.
Result<std::string> load_file(const std::string& path);

// Writes beside, syncs, renames, syncs the folder: the old content or the new, never half, and after
// the return the new. What a crash leaves beside lies in `scratch`, a folder of the same file system
// (empty: the file's own). Throws Failure (storage_full when the disk is).
void save_file(const std::string& path, std::string_view bytes, unsigned mode = 0644, const std::string& scratch = "");

// The folder and those above it that are missing; the folder is durable in its parent after the
// return, also when it was there. Throws Failure.
void make_folders(const std::string& path);

// Makes the names in a folder durable. Throws Failure.
void sync_folder(const std::string& path);

} // namespace chengge
