#include "survey/bytes.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <iconv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/failure.hpp"
#include "base/text.hpp"

namespace chengge::survey {

MappedFile::MappedFile(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd < 0 || fstat(fd, &info) != 0) {
        if (fd >= 0) close(fd);
        throw Failure("temporarily_unavailable", "cannot read " + path + ": " + std::strerror(errno));
    }
    if (info.st_size > 0) {
        auto* at = mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
        if (at == MAP_FAILED) {
            close(fd);
            throw Failure("temporarily_unavailable", "cannot read " + path);
        }
        madvise(at, static_cast<std::size_t>(info.st_size), MADV_SEQUENTIAL);
        bytes_ = {static_cast<const char*>(at), static_cast<std::size_t>(info.st_size)};
    }
    close(fd);
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

bool is_disk_full(const std::string& folder) {
    struct statvfs info {};
    return statvfs(folder.c_str(), &info) == 0 && info.f_bavail * info.f_frsize < 1'000'000;
}

namespace {

class Converter {
public:
    Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {
        if (handle_ == reinterpret_cast<iconv_t>(-1)) throw Failure("temporarily_unavailable", "the system cannot convert GB 18030");
    }
    ~Converter() { iconv_close(handle_); }
    Converter(const Converter&) = delete;
    // `cut`: an unfinished character at the end is left out.
    std::optional<std::string> convert(std::string_view bytes, bool cut) {
        iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        std::string out(bytes.size() * 4 + 8, '\0');
        auto* in = const_cast<char*>(bytes.data());
        auto* to = out.data();
        auto left = bytes.size(), room = out.size();
        if (iconv(handle_, &in, &left, &to, &room) == static_cast<std::size_t>(-1) && !(cut && errno == EINVAL)) return std::nullopt;
        out.resize(out.size() - room);
        return out;
    }

private:
    iconv_t handle_;
};

} // namespace

std::optional<std::string> from_gbk(std::string_view bytes) {
    thread_local Converter converter("UTF-8", "GB18030");
    return converter.convert(bytes, true);
}

std::optional<std::string> to_gbk(std::string_view utf8) {
    thread_local Converter converter("GBK", "UTF-8");
    return converter.convert(utf8, false);
}

std::optional<std::string> from_cut_utf8(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    for (std::size_t cut = 1; cut <= 3 && cut < bytes.size(); ++cut) {
        const auto rest = bytes.substr(0, bytes.size() - cut);
        if ((static_cast<unsigned char>(bytes[rest.size()]) & 0xC0) == 0xC0 && is_utf8(rest)) return std::string(rest);
    }
    return std::nullopt;
}

std::string to_utf8(std::string_view bytes) {
    if (is_utf8(bytes)) return std::string(bytes);
    if (auto text = from_gbk(bytes); text && is_utf8(*text)) return *text;
    std::string plain;
    for (const char one : bytes) plain += static_cast<unsigned char>(one) < 0x80 ? one : '?';
    return plain;
}

} // namespace chengge::survey
