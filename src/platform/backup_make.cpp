// Making, listing and pruning backups.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/crash_point.hpp"
#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/time.hpp"
#include "media/media_service.hpp"
#include "platform/backup_files.hpp"
#include "storage/migrations.hpp"
#include "storage/snapshot.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

namespace {

constexpr int media_page = 10'000;
constexpr int upgrades_kept = 2;
constexpr std::size_t warnings_max = 100;

// What a crash left half done; the lock is held.
void remove_leftovers(const std::string& folder) {
    for (const auto& entry : files::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        if (name.starts_with(making_prefix) || name.starts_with(removing_prefix)) files::remove_all(entry.path());
    }
}

std::string free_name(const std::string& folder, std::int64_t now_ms) {
    auto text = format_rfc3339(now_ms); // 2026-11-22T03:00:00+08:00
    std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
    const auto stem = text.substr(0, 8) + "-" + text.substr(9, 6);
    auto name = stem;
    for (int i = 2; files::exists(folder + "/" + name); ++i) name = stem + "-" + std::to_string(i);
    return name;
}

class Maker {
public:
    Maker(const BackupParts& parts, std::string folder, const Tell& tell) : parts_(parts), folder_(std::move(folder)), tell_(tell) {}

    BackupManifest make(const std::string& reason) {
        manifest_.name = free_name(folder_, parts_.now_ms);
        manifest_.reason = reason;
        manifest_.program = CHENGGE_VERSION;
        manifest_.made_ms = parts_.now_ms;
        manifest_.engine = parts_.database.engine();
        work_ = folder_ + "/" + std::string(making_prefix) + manifest_.name;
        files::create_directories(work_ + "/files");
        copy_database();
        CRASH_POINT("backup.copied");
        copy_media();
        copy_own_files();
        finish();
        return manifest_;
    }

private:
    void copy_database() {
        say(tell_, "database");
        const auto applied = storage::list_migrations(parts_.database);
        manifest_.schema = applied.empty() ? 0 : applied.back().number;
        const auto name = storage::copy_name(manifest_.engine);
        parts_.database.copy_to(work_ + "/" + name, [&](storage::Transaction& transaction) {
            // A database of a version before the signed roots is backed up too, before its upgrade.
            if (manifest_.schema >= counted_schema) {
                manifest_.counts = cases::count_city(transaction);
                manifest_.feed = storage::feed_end(transaction);
            }
            list_media(transaction);
        });
        add_file(name);
        add_file("media.csv");
    }

    void list_media(storage::Transaction& transaction) {
        media_.clear();
        std::int64_t after = 0;
        for (bool has_more = true; has_more;) {
            const auto page = media::list_originals(transaction, after, media_page);
            has_more = !page.empty();
            for (const auto& one : page) {
                after = one.key;
                media_.emplace(one.sm3, one.bytes);
            }
        }
        std::ofstream list(work_ + "/media.csv", std::ios::binary | std::ios::trunc);
        list << "sm3,bytes\n";
        for (const auto& [sm3, bytes] : media_) list << to_hex(sm3) << ',' << bytes << '\n';
        list.close();
        if (!list) throw std::runtime_error("cannot write " + work_ + "/media.csv");
    }

    // An original is stored before its row: every one that the database names is there.
    void copy_media() {
        const auto pool = pool_path(folder_);
        std::int64_t copied = 0;
        for (const auto& [sm3, bytes] : media_) {
            const auto name = media::original_name(sm3);
            manifest_.media_bytes += bytes;
            ++manifest_.media_files;
            std::error_code error;
            if (files::file_size(pool + "/" + name, error) == static_cast<std::uintmax_t>(bytes) && !error) continue;
            copy_original(parts_.data + "/media/originals/" + name, pool + "/" + name, to_hex(sm3));
            if (++copied % 1000 == 0) say(tell_, "photographs: " + std::to_string(copied) + " new so far");
        }
        say(tell_, "photographs: " + std::to_string(manifest_.media_files) + ", " + std::to_string(copied) + " of them new");
    }

    void copy_original(const std::string& from, const std::string& to, const std::string& sm3_hex) {
        if (!files::exists(from)) return warn("original " + sm3_hex + " is missing");
        files::create_directories(files::path(to).parent_path());
        const auto copied = copy_hashed(from, to + ".new");
        if (copied.sm3_hex != sm3_hex) {
            files::remove(to + ".new");
            return warn("original " + sm3_hex + " is damaged");
        }
        files::rename(to + ".new", to);
    }

    // One lost photo must not end all backups; the audit names its case.
    void warn(const std::string& sentence) {
        say(tell_, sentence);
        if (manifest_.warnings.size() < warnings_max) manifest_.warnings.push_back(sentence);
    }

    // The overlay, the city's own JSON files, public keys. Never private keys, never the configuration's
    // passwords.
    void copy_own_files() {
        const auto take = [&](const files::path& from, const std::string& name) {
            const auto to = files::path(work_ + "/files/" + name);
            files::create_directories(to.parent_path());
            auto file = copy_hashed(from.string(), to.string());
            file.path = "files/" + name;
            manifest_.files.push_back(std::move(file));
        };
        std::error_code error;
        for (const auto& entry : files::directory_iterator(parts_.data, error))
            if (entry.is_regular_file() && entry.path().extension() == ".json") take(entry.path(), entry.path().filename().string());
        for (const auto& entry : files::directory_iterator(parts_.data + "/keys", error))
            if (entry.is_regular_file() && entry.path().extension() == ".pub") take(entry.path(), "keys/" + entry.path().filename().string());
        if (!files::is_directory(parts_.data + "/overlay", error)) return;
        for (const auto& entry : files::recursive_directory_iterator(parts_.data + "/overlay"))
            if (entry.is_regular_file()) take(entry.path(), files::relative(entry.path(), parts_.data).generic_string());
    }

    void add_file(const std::string& name) {
        auto file = hash_file(work_ + "/" + name);
        file.path = name;
        manifest_.files.push_back(std::move(file));
    }

    void finish() {
        sync_disk(folder_);
        save_file(work_ + "/manifest.json", manifest_text(manifest_)); // synced by itself
        sync_folder(work_);
        CRASH_POINT("backup.written");
        files::rename(work_, folder_ + "/" + manifest_.name);
        sync_folder(folder_);
        CRASH_POINT("backup.named");
    }

    static constexpr int counted_schema = 8; // from here on everything counted is there

    const BackupParts& parts_;
    std::string folder_, work_;
    const Tell& tell_;
    BackupManifest manifest_;
    std::map<std::string, std::int64_t> media_; // SM3 → bytes
};

} // namespace

BackupSettings backup_settings(const Config& config) { return {config.backup.folder, config.backup.hour, config.backup.keep}; }

std::string backup_folder(const BackupSettings& settings, const std::string& data) { return settings.folder.empty() ? data + "/backups" : settings.folder; }

Result<BackupManifest> make_backup(const BackupParts& parts, const std::string& folder, const std::string& reason, const Tell& tell) {
    const FolderLock lock(folder);
    if (!lock.is_held()) return fail("backup_busy", {{"folder", folder}});
    remove_leftovers(folder);
    Maker maker(parts, folder, tell);
    return maker.make(reason);
}

std::vector<BackupManifest> list_backups(const std::string& folder) {
    std::vector<BackupManifest> all;
    std::error_code error;
    for (const auto& entry : files::directory_iterator(folder, error)) {
        if (entry.path().filename().string().starts_with('.') || !files::exists(entry.path() / "manifest.json")) continue;
        if (auto manifest = load_manifest((entry.path() / "manifest.json").string())) {
            manifest->name = entry.path().filename().string();
            all.push_back(std::move(*manifest));
        }
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return std::tie(a.made_ms, a.name) < std::tie(b.made_ms, b.name); });
    return all;
}

Result<BackupManifest> find_backup(const std::string& folder, const std::string& name) {
    auto all = list_backups(folder);
    if (name.empty() && !all.empty()) return std::move(all.back());
    for (auto& one : all)
        if (one.name == name) return std::move(one);
    return fail("backup_unknown", {{"folder", folder}});
}

Result<int> prune_backups(const std::string& folder, int keep) {
    const FolderLock lock(folder);
    if (!lock.is_held()) return fail("backup_busy", {{"folder", folder}});
    remove_leftovers(folder);
    auto all = list_backups(folder);
    std::reverse(all.begin(), all.end());
    int removed = 0, scheduled = 0, upgrades = 0;
    std::set<std::string> named;
    for (const auto& one : all) {
        const bool is_surplus = (one.reason == "schedule" && ++scheduled > keep) || (one.reason == "upgrade" && ++upgrades > upgrades_kept);
        const auto path = folder + "/" + one.name;
        if (is_surplus) {
            const auto doomed = folder + "/" + std::string(removing_prefix) + one.name;
            files::rename(path, doomed);
            CRASH_POINT("backup.removing");
            files::remove_all(doomed);
            ++removed;
            continue;
        }
        TRY_ASSIGN(digests, load_media_list(path));
        named.insert(digests.begin(), digests.end());
    }
    if (removed == 0) return 0;
    std::error_code error;
    for (const auto& entry : files::recursive_directory_iterator(pool_path(folder), error))
        if (entry.is_regular_file() && !named.contains(from_hex(entry.path().filename().string()))) files::remove(entry.path(), error);
    return removed;
}

} // namespace chengge::platform
