#include "kit/disk.hpp"

#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "kit/report.hpp"

namespace chengge::bench {

namespace {

constexpr std::size_t log_bytes = 64 << 20; // as our log before it is cleared

void must(bool is_good, const char* what) {
    if (!is_good) throw std::runtime_error(std::string("the disk refused: ") + what);
}

} // namespace

double fdatasync_rate(const std::string& folder, std::size_t bytes, WriteKind kind, double seconds) {
    const auto path = folder + "/fdatasync.tmp";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    must(file >= 0, "open");
    const std::vector<char> block(bytes, 'x');
    if (kind == WriteKind::overwrite) {
        const std::vector<char> zeros(1 << 20);
        for (std::size_t at = 0; at < log_bytes; at += zeros.size()) must(::write(file, zeros.data(), zeros.size()) > 0, "write");
        must(::fsync(file) == 0, "fsync");
    }
    const auto begin = now_s();
    std::size_t at = 0;
    std::int64_t count = 0;
    while (now_s() - begin < seconds) {
        if (kind == WriteKind::overwrite && at + bytes > log_bytes) at = 0;
        must(::pwrite(file, block.data(), bytes, static_cast<off_t>(at)) == static_cast<ssize_t>(bytes), "write");
        must(::fdatasync(file) == 0, "fdatasync");
        at += bytes;
        ++count;
    }
    const auto took = now_s() - begin;
    ::close(file);
    ::unlink(path.c_str());
    return static_cast<double>(count) / took;
}

} // namespace chengge::bench
