#include "survey/unpack.hpp"

#include <cstring>
#include <map>
#include <set>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/failure.hpp"
#include "base/text.hpp"
#include "survey/bytes.hpp"

namespace chengge::survey {

namespace {

constexpr std::string_view parts[] = {"shp", "shx", "dbf", "prj", "cpg"};

struct Member {
    std::string name;
    std::uint64_t packed = 0, size = 0, offset = 0;
    std::uint32_t crc = 0, mode = 0;
    int method = 0, flags = 0;
};

tl::unexpected<Error> broken(const char* reason) { return fail("survey_zip_broken", {{"reason", reason}}); }

// Little-endian number of n bytes; the caller has looked at the bounds.
std::uint64_t number(std::string_view bytes, std::size_t at, int n) {
    std::uint64_t value = 0;
    for (int i = n - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

struct Directory {
    std::uint64_t offset = 0, size = 0, members = 0;
};

Result<Directory> find_directory(std::string_view bytes) {
    if (bytes.size() < 22) return broken("too short");
    const auto from = bytes.size() > 65'557 ? bytes.size() - 65'557 : 0;
    const auto at = bytes.rfind("PK\5\6");
    if (at == std::string_view::npos || at < from || at + 22 > bytes.size()) return broken("cut off: its directory is missing");
    Directory found{number(bytes, at + 16, 4), number(bytes, at + 12, 4), number(bytes, at + 10, 2)};
    if (found.offset == 0xffffffff || found.size == 0xffffffff || found.members == 0xffff) { // ZIP64
        if (at < 20 || bytes.substr(at - 20, 4) != "PK\6\7") return broken("its 64-bit directory is missing");
        const auto end = number(bytes, at - 12, 8);
        if (end > bytes.size() || bytes.size() - end < 56 || bytes.substr(end, 4) != "PK\6\6") return broken("its 64-bit directory is missing");
        found = {number(bytes, end + 48, 8), number(bytes, end + 40, 8), number(bytes, end + 32, 8)};
    }
    if (found.offset > bytes.size() || found.size > bytes.size() - found.offset) return broken("its directory lies outside it");
    return found;
}

// Sizes and offset of 64 bits stand in an extra field.
bool take_wide_numbers(Member& member, std::string_view extra) {
    const bool wants = member.size == 0xffffffff || member.packed == 0xffffffff || member.offset == 0xffffffff;
    if (!wants) return true;
    for (std::size_t at = 0; at + 4 <= extra.size();) {
        const auto id = number(extra, at, 2), length = number(extra, at + 2, 2);
        if (length > extra.size() - at - 4) return false;
        auto field = extra.substr(at + 4, length);
        at += 4 + length;
        if (id != 1) continue;
        for (auto* value : {&member.size, &member.packed, &member.offset}) {
            if (*value != 0xffffffff) continue;
            if (field.size() < 8) return false;
            *value = number(field, 0, 8);
            field.remove_prefix(8);
        }
        return true;
    }
    return false;
}

bool is_unsafe(const Member& member) {
    const auto& name = member.name;
    if (name.empty() || name.front() == '/' || name.front() == '\\' || name.find('\0') != std::string::npos || (name.size() > 1 && name[1] == ':')) return true;
    std::string part;
    for (const char one : name + "/") {
        if (one != '/' && one != '\\') part += one;
        else {
            if (part == "..") return true;
            part.clear();
        }
    }
    const auto kind = member.mode & 0170000;
    return (kind != 0 && kind != 0100000 && kind != 0040000) || (member.flags & 1) != 0;
}

Result<std::vector<Member>> read_members(std::string_view bytes, const UnpackBounds& bounds) {
    TRY_ASSIGN(directory, find_directory(bytes));
    if (directory.members > static_cast<std::uint64_t>(bounds.members)) return fail("survey_zip_bomb");
    std::vector<Member> members;
    std::uint64_t at = directory.offset, total = 0;
    const auto end = directory.offset + directory.size;
    for (std::uint64_t i = 0; i < directory.members; ++i) {
        if (end - at < 46 || bytes.substr(at, 4) != "PK\1\2") return broken("its directory is damaged");
        Member member;
        const bool is_unix = number(bytes, at + 5, 1) == 3;
        member.flags = static_cast<int>(number(bytes, at + 8, 2)), member.method = static_cast<int>(number(bytes, at + 10, 2));
        member.crc = static_cast<std::uint32_t>(number(bytes, at + 16, 4));
        member.packed = number(bytes, at + 20, 4), member.size = number(bytes, at + 24, 4);
        const auto name = number(bytes, at + 28, 2), extra = number(bytes, at + 30, 2), comment = number(bytes, at + 32, 2);
        if (is_unix) member.mode = static_cast<std::uint32_t>(number(bytes, at + 38, 4) >> 16);
        member.offset = number(bytes, at + 42, 4);
        if (end - at < 46 + name + extra + comment) return broken("its directory is damaged");
        member.name = to_utf8(bytes.substr(at + 46, name));
        if (!take_wide_numbers(member, bytes.substr(at + 46 + name, extra))) return broken("its directory is damaged");
        at += 46 + name + extra + comment;
        if (is_unsafe(member)) return fail("survey_zip_unsafe", {{"member", std::string(take_characters(member.name, 80))}});
        total += member.size;
        if (member.size > static_cast<std::uint64_t>(bounds.bytes) || total > static_cast<std::uint64_t>(bounds.bytes)) return fail("survey_zip_bomb");
        if (member.size > 1'000'000 && member.size / static_cast<std::uint64_t>(bounds.ratio) > member.packed) return fail("survey_zip_bomb");
        members.push_back(std::move(member));
    }
    return members;
}

class Output {
public:
    explicit Output(const std::string& path) : fd_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
        if (fd_ < 0) throw Failure("temporarily_unavailable", "cannot write " + path);
    }
    ~Output() { close(fd_); }
    Output(const Output&) = delete;
    void write(const unsigned char* bytes, std::size_t size) {
        while (size > 0) {
            const auto done = ::write(fd_, bytes, size);
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) throw Failure(errno == ENOSPC || errno == EDQUOT ? "storage_full" : "temporarily_unavailable", "cannot write an unpacked file");
            bytes += done, size -= static_cast<std::size_t>(done);
        }
    }

private:
    int fd_;
};

Result<void> inflate_into(std::string_view packed, const Member& member, Output& out) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Failure("temporarily_unavailable", "zlib");
    std::vector<unsigned char> buffer(1u << 18);
    std::uint64_t made = 0;
    uLong crc = 0;
    int status = Z_OK;
    while (status == Z_OK) {
        if (stream.avail_in == 0 && !packed.empty()) {
            const auto piece = std::min<std::size_t>(packed.size(), 1u << 20);
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
            stream.avail_in = static_cast<uInt>(piece);
            packed.remove_prefix(piece);
        }
        stream.next_out = buffer.data();
        stream.avail_out = static_cast<uInt>(buffer.size());
        status = inflate(&stream, Z_NO_FLUSH);
        const auto got = buffer.size() - stream.avail_out;
        made += got;
        if (made > member.size || (status == Z_OK && got == 0 && packed.empty() && stream.avail_in == 0)) break; // more than it said, or cut off
        crc = crc32(crc, buffer.data(), static_cast<uInt>(got));
        out.write(buffer.data(), got);
    }
    inflateEnd(&stream);
    if (made > member.size) return fail("survey_zip_bomb");
    if (status != Z_STREAM_END || made != member.size || crc != member.crc) return broken("a member is damaged");
    return {};
}

Result<void> unpack(std::string_view bytes, const Member& member, const std::string& path) {
    if (member.offset > bytes.size() || bytes.size() - member.offset < 30 || bytes.substr(member.offset, 4) != "PK\3\4") return broken("a member is missing");
    const auto begin = member.offset + 30 + number(bytes, member.offset + 26, 2) + number(bytes, member.offset + 28, 2);
    if (begin > bytes.size() || member.packed > bytes.size() - begin) return broken("a member is cut off");
    const auto packed = bytes.substr(begin, member.packed);
    Output out(path);
    if (member.method == 8) return inflate_into(packed, member, out);
    if (member.method != 0) return broken("packed in a way that is not known");
    if (member.packed != member.size) return broken("a member is damaged");
    out.write(reinterpret_cast<const unsigned char*>(packed.data()), packed.size());
    return {};
}

struct Stem {
    std::map<std::string, const Member*> by_part;
};

} // namespace

Result<void> unpack_shapefile(const std::string& zip, const std::string& folder, const std::string& wanted, const UnpackBounds& bounds) {
    const MappedFile file(zip);
    TRY_ASSIGN(members, read_members(file.bytes(), bounds));
    std::map<std::string, Stem> stems; // path without its ending, lower case
    for (const auto& member : members) {
        const auto dot = member.name.rfind('.');
        if (dot == std::string::npos || member.name.starts_with("__MACOSX")) continue;
        const auto part = to_lower_ascii(member.name.substr(dot + 1));
        for (const auto known : parts)
            if (part == known) stems[to_lower_ascii(member.name.substr(0, dot))].by_part.emplace(part, &member);
    }
    std::erase_if(stems, [](const auto& one) { return !one.second.by_part.contains("shp"); });
    if (stems.empty()) return fail("survey_zip_without_shapefile");
    const Stem* chosen = stems.size() == 1 ? &stems.begin()->second : nullptr;
    std::vector<std::string> names;
    for (const auto& [stem, one] : stems) {
        names.push_back(one.by_part.at("shp")->name);
        if (!wanted.empty() && names.back() == wanted) chosen = &one;
    }
    if (chosen == nullptr) return fail("survey_zip_of_many", {{"names", std::string(take_characters(join(names, ", "), 300))}});
    if (!chosen->by_part.contains("dbf")) return fail("survey_zip_broken", {{"reason", "the .dbf with the attributes is missing"}});
    for (const auto& [part, member] : chosen->by_part) TRY(unpack(file.bytes(), *member, folder + "/input." + part));
    return {};
}

} // namespace chengge::survey
