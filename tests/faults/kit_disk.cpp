#include "faults/kit_disk.hpp"

#include <fstream>
#include <map>
#include <random>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/files.hpp"

namespace chengge::faults {

namespace files = std::filesystem;

namespace {

constexpr std::size_t page_bytes = 4096;

void put(const files::path& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary);
    out << bytes;
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string key_of(const files::path& path) {
    auto key = inode_key(path.string());
    if (key.empty()) throw std::runtime_error("no file " + path.string());
    return key;
}

// SQLite's shared memory: a start after a power cut finds none.
bool is_memory(const std::string& name) { return name.ends_with("-shm"); }

// Builds the folder after the cut from what was kept and, by chance, from what was not.
class Survivor {
public:
    Survivor(std::string state, std::string lost, double chance, std::uint64_t seed)
        : state_(std::move(state)), lost_(std::move(lost)), chance_(chance), random_(seed) {
        for (const auto& entry : files::recursive_directory_iterator(lost_))
            if (const auto id = entry.is_regular_file() ? id_of(entry.path()) : ""; !id.empty()) living_[id] = entry.path();
    }

    void build(const std::string& relative, const files::path& into) {
        files::create_directories(into);
        const auto kept = state_ + "/folders/" + folder_key(relative);
        const auto below = [&](const std::string& name) { return relative.empty() ? name : relative + "/" + name; };
        std::map<std::string, files::path> names; // kept f: and d: names → content
        if (files::exists(kept))
            for (const auto& entry : files::directory_iterator(kept)) names[entry.path().filename()] = entry.path();
        const auto living = living_names(relative);
        for (const auto& [name, content] : names) {
            if (!living.contains(name) && survives()) continue; // its removal came to the disk
            if (name.starts_with("d:")) build(below(name.substr(2)), into / name.substr(2));
            else copy(content, into / name.substr(2));
        }
        for (const auto& [name, content] : living) {
            if (names.contains(name) && (name.starts_with("d:") || files::equivalent(names[name], content))) continue;
            if (!survives()) continue;
            if (name.starts_with("d:")) build(below(name.substr(2)), into / name.substr(2));
            else copy(content, into / name.substr(2));
        }
    }

private:
    bool survives() { return std::uniform_real_distribution<>(0, 1)(random_) < chance_; }

    // Empty for what is no file of the disk's: memory, or made in the moment of the kill.
    std::string id_of(const files::path& path) const {
        return is_memory(path.filename()) ? "" : load_file(state_ + "/ids/" + key_of(path)).value_or("");
    }

    std::map<std::string, files::path> living_names(const std::string& relative) const {
        std::map<std::string, files::path> names;
        const files::path folder = relative.empty() ? files::path(lost_) : files::path(lost_) / relative;
        if (!files::is_directory(folder)) return names;
        for (const auto& entry : files::directory_iterator(folder)) {
            const std::string name = entry.path().filename();
            if (entry.is_directory()) names["d:" + name] = "";
            else if (const auto id = id_of(entry.path()); !id.empty()) names["f:" + name] = state_ + "/content/" + id;
        }
        return names;
    }

    // Bytes as of the last sync; pages written since, by chance.
    void copy(const files::path& content, const files::path& into) {
        auto bytes = load_file(content).value();
        for (const auto& [id, path] : living_) {
            if (chance_ <= 0 || !files::equivalent(content, state_ + "/content/" + id)) continue;
            const auto newer = load_file(path).value();
            for (std::size_t at = 0; at < newer.size(); at += page_bytes) {
                const auto page = newer.substr(at, page_bytes);
                if (bytes.compare(std::min(at, bytes.size()), page.size(), page) == 0 || !survives()) continue;
                if (bytes.size() < at + page.size()) bytes.resize(at + page.size());
                bytes.replace(at, page.size(), page);
            }
        }
        put(into, bytes);
    }

    std::string state_;
    std::string lost_;
    double chance_;
    std::mt19937_64 random_;
    std::map<std::string, files::path> living_; // id → where it lives
};

} // namespace

FaultyDisk::FaultyDisk() {
    files::create_directories(root());
    files::create_directories(state());
    const auto path = state() + "/control";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, sizeof(DiskControl)) != 0) throw std::runtime_error("cannot make " + path);
    void* page = ::mmap(nullptr, sizeof(DiskControl), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (page == MAP_FAILED) throw std::runtime_error("cannot map " + path);
    control_ = static_cast<DiskControl*>(page);
}

FaultyDisk::~FaultyDisk() { ::munmap(control_, sizeof(DiskControl)); }

std::vector<std::string> FaultyDisk::environment() const {
    return {"LD_PRELOAD=" FAULTY_DISK_LIBRARY, "FAULTS_ROOT=" + root(), "FAULTS_STATE=" + state()};
}

void FaultyDisk::keep_all() {
    for (const auto* part : {"/ids", "/content", "/folders"}) {
        files::remove_all(state() + part);
        files::create_directories(state() + part);
    }
    const auto keep_folder = [&](const files::path& folder, const std::string& relative) {
        const auto kept = state() + "/folders/" + folder_key(relative);
        files::create_directories(kept);
        for (const auto& entry : files::directory_iterator(folder)) {
            const std::string name = entry.path().filename();
            if (entry.is_directory()) {
                put(kept + "/d:" + name, "");
            } else if (!is_memory(name)) {
                const auto id = std::to_string(++control_->next_id);
                files::copy_file(entry.path(), state() + "/content/" + id);
                files::create_hard_link(state() + "/content/" + id, kept + "/f:" + name);
                put(state() + "/ids/" + key_of(entry.path()), id);
            }
        }
    };
    keep_folder(root(), "");
    for (const auto& entry : files::recursive_directory_iterator(root()))
        if (entry.is_directory()) keep_folder(entry.path(), files::relative(entry.path(), root()));
}

void FaultyDisk::cut_power(double chance, std::uint64_t seed) {
    const auto lost = folder_.path() + "/lost";
    files::remove_all(lost);
    files::rename(root(), lost);
    Survivor(state(), lost, chance, seed).build("", root());
    files::remove_all(lost);
    keep_all();
}

void FaultyDisk::fail(Act act, int error, std::int64_t n, std::int64_t count) {
    auto& range = control_->fails[act];
    range.from = 0;
    range.error = error;
    const auto first = control_->done[act] + n;
    range.to = first + count - 1;
    range.from = first;
}

void FaultyDisk::heal() {
    for (auto& range : control_->fails) range.from = 0;
    control_->sync_delay_ms = 0;
    control_->lie = lie_none;
    control_->clock_offset_ms = 0;
}

} // namespace chengge::faults
