// What the disk itself can do: how often a second so many bytes can be written and synced.
#pragma once

#include <string>

namespace chengge::bench {

enum class WriteKind {
    append,   // the file grows with every write, as a log does that is not cleared
    overwrite // inside a file that is already there, as a log does after it was cleared
};

// Writes of `bytes`, each with its fdatasync, a second.
double fdatasync_rate(const std::string& folder, std::size_t bytes, WriteKind kind, double seconds);

} // namespace chengge::bench
