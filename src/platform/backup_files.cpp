#include "platform/backup_files.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/time.hpp"

namespace chengge::platform {

namespace {

constexpr std::size_t piece_bytes = 1 << 20;

[[noreturn]] void raise(const std::string& doing) { throw std::runtime_error(doing + ": " + std::strerror(errno)); }

class File {
public:
    File(const std::string& path, int flags) : path_(path), handle_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
        if (handle_ < 0) raise("cannot open " + path);
    }
    ~File() {
        if (handle_ >= 0) ::close(handle_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int handle() const { return handle_; }
    // Bytes read; 0 at the end.
    std::size_t read(std::string& into) {
        for (;;) {
            const auto count = ::read(handle_, into.data(), into.size());
            if (count >= 0) return static_cast<std::size_t>(count);
            if (errno != EINTR) raise("cannot read " + path_);
        }
    }
    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::write(handle_, bytes.data(), bytes.size());
            if (count < 0 && errno != EINTR) raise("cannot write " + path_);
            if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    // The last chance to hear of a failed write.
    void close() {
        const int handle = std::exchange(handle_, -1);
        if (::close(handle) != 0) raise("cannot write " + path_);
    }

private:
    std::string path_;
    int handle_;
};

BackupFile read_through(const std::string& from, File* to) {
    File source(from, O_RDONLY);
    Sm3 digest;
    BackupFile file{from, 0, ""};
    std::string piece(piece_bytes, '\0');
    while (const auto count = source.read(piece)) {
        const std::string_view bytes(piece.data(), count);
        digest.update(bytes);
        if (to != nullptr) to->write(bytes);
        file.bytes += static_cast<std::int64_t>(count);
    }
    file.sm3_hex = to_hex(digest.finish());
    return file;
}

} // namespace

BackupFile copy_hashed(const std::string& from, const std::string& to) {
    File target(to, O_WRONLY | O_CREAT | O_TRUNC);
    auto file = read_through(from, &target);
    target.close();
    return file;
}

BackupFile hash_file(const std::string& path) { return read_through(path, nullptr); }

void sync_disk(const std::string& folder) {
    const File handle(folder, O_RDONLY | O_DIRECTORY);
    if (::syncfs(handle.handle()) != 0) raise("cannot sync " + folder);
}

FolderLock::FolderLock(const std::string& folder) {
    std::filesystem::create_directories(folder);
    file_ = ::open((folder + "/.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (file_ < 0) raise("cannot open " + folder + "/.lock");
    is_held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0;
}

FolderLock::~FolderLock() { ::close(file_); }

std::string pool_path(const std::string& folder) { return folder + "/media/originals"; }

std::string manifest_text(const BackupManifest& manifest) {
    json::array files, warnings;
    for (const auto& file : manifest.files) files.push_back(json::object{{"path", file.path}, {"bytes", file.bytes}, {"sm3", file.sm3_hex}});
    for (const auto& warning : manifest.warnings) warnings.push_back(json::value(warning));
    const json::object object{{"format", "chengge-backup-1"},
                              {"name", manifest.name},
                              {"reason", manifest.reason},
                              {"program", manifest.program},
                              {"made_at", format_rfc3339(manifest.made_ms)},
                              {"made_ms", manifest.made_ms},
                              {"engine", manifest.engine == storage::Engine::sqlite ? "sqlite" : "postgres"},
                              {"schema", manifest.schema},
                              {"feed_position", storage::format_position(manifest.feed)},
                              {"cases", manifest.counts.cases},
                              {"steps", manifest.counts.steps},
                              {"media", manifest.counts.media},
                              {"roots", manifest.counts.roots},
                              {"media_files", manifest.media_files},
                              {"media_bytes", manifest.media_bytes},
                              {"files", std::move(files)},
                              {"warnings", std::move(warnings)}};
    return to_json_text(object) + "\n";
}

Result<BackupManifest> load_manifest(const std::string& path) {
    const auto damaged = [&](const std::string& reason) { return fail("backup_damaged", {{"file", path}, {"reason", reason}}); };
    const auto text = load_file(path);
    if (!text) return damaged("cannot be read");
    const auto parsed = parse_json(*text);
    if (!parsed) return damaged("is not JSON");
    JsonReader reader(*parsed);
    BackupManifest manifest;
    const auto format = reader.text("format");
    manifest.name = reader.text("name");
    manifest.reason = reader.text("reason");
    manifest.program = reader.text("program");
    manifest.made_ms = reader.integer("made_ms");
    manifest.engine = reader.text("engine") == "sqlite" ? storage::Engine::sqlite : storage::Engine::postgres;
    manifest.schema = static_cast<int>(reader.integer("schema"));
    const auto feed = storage::parse_position(reader.text("feed_position"));
    manifest.counts = {reader.integer("cases"), reader.integer("steps"), reader.integer("media"), reader.integer("roots")};
    manifest.media_files = reader.integer("media_files");
    manifest.media_bytes = reader.integer("media_bytes");
    const auto* files = reader.find("files");
    const auto* warnings = reader.find("warnings");
    if (reader.error()) return damaged(reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
    if (format != "chengge-backup-1" || !feed || files == nullptr || !files->is_array()) return damaged("is of another format");
    manifest.feed = *feed;
    for (const auto& one : files->get_array()) {
        JsonReader file(one);
        manifest.files.push_back({file.text("path"), file.integer("bytes"), file.text("sm3")});
        const auto& name = manifest.files.back().path;
        if (file.error() || name.starts_with('/') || name.find("..") != std::string::npos) return damaged("names a file that cannot be");
    }
    if (warnings != nullptr && warnings->is_array())
        for (const auto& one : warnings->get_array())
            if (one.is_string()) manifest.warnings.emplace_back(one.get_string());
    return manifest;
}

Result<std::vector<std::string>> load_media_list(const std::string& backup_path) {
    const auto path = backup_path + "/media.csv";
    TRY_ASSIGN(table, load_csv(path));
    const int column = table.column("sm3");
    std::vector<std::string> digests;
    digests.reserve(table.rows.size());
    for (const auto& row : table.rows) {
        if (column < 0) return fail("backup_damaged", {{"file", path}, {"reason", "has no column sm3"}});
        digests.push_back(from_hex(row.fields[static_cast<std::size_t>(column)]));
        if (digests.back().size() != 32) return fail("backup_damaged", {{"file", path}, {"reason", "line " + std::to_string(row.line) + " is no digest"}});
    }
    return digests;
}

} // namespace chengge::platform
