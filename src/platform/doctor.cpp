#include "platform/doctor.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/time.hpp"
#include "http/certificate.hpp"
#include "identity/identity_service.hpp"
#include "platform/backup.hpp"
#include "storage/migrations.hpp"
#include "storage/status.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

namespace {

using Level = FindingLevel;

constexpr double gigabyte = 1e9;

class Doctor {
public:
    explicit Doctor(const InstallationOptions& options) : options_(options), now_ms_(SystemClock().now_ms()) {}

    std::vector<Finding> run() {
        look_at_configuration();
        look_at_disk(options_.data, {"数据目录", "data folder"});
        if (!options_.config.backup.folder.empty()) look_at_disk(options_.config.backup.folder, {"备份目录", "backup folder"});
        measure_sync();
        look_at_clock();
        look_at_permissions();
        look_at_secrets();
        look_at_certificate();
        look_at_backups();
        look_at_rules();
        look_at_database();
        return std::move(findings_);
    }

private:
    void add(Level level, Words what, Words advice = {}) { findings_.push_back({level, std::move(what), std::move(advice)}); }

    void look_at_configuration() {
        if (options_.config.file.empty()) return add(Level::warn, {"配置：没有 chengge.yaml，用的都是默认值", "configuration: there is no chengge.yaml, all is default"}, {"演示城市可不管；正式城市请用 chengge init 建立", "right for a demo; a real city begins with chengge init"});
        const auto loaded = load_config(options_.config.file);
        for (const auto& one : loaded.warnings) add(Level::warn, {"配置：" + one.words.zh, "configuration: " + one.words.en}, {"修改 " + one.file + " 后 systemctl reload chengge", "change " + one.file + ", then systemctl reload chengge"});
        if (loaded.warnings.empty()) add(Level::ok, {"配置：" + options_.config.file, "configuration: " + options_.config.file});
    }

    void look_at_disk(const std::string& folder, const Words& name) {
        struct statvfs about {};
        if (::statvfs(folder.c_str(), &about) != 0)
            return add(Level::fail, {name.zh + "：打不开 " + folder, name.en + ": cannot be opened: " + folder}, {"检查路径、挂载和权限", "check the path, the mount and its permissions"});
        const double free_bytes = static_cast<double>(about.f_bavail) * static_cast<double>(about.f_frsize);
        const double all_bytes = static_cast<double>(about.f_blocks) * static_cast<double>(about.f_frsize);
        const auto level = free_bytes < 1 * gigabyte ? Level::fail : free_bytes < 10 * gigabyte || free_bytes < all_bytes * 0.1 ? Level::warn : Level::ok;
        const auto size = fmt::format("{:.1f} GB / {:.0f} GB", free_bytes / gigabyte, all_bytes / gigabyte);
        add(level, {name.zh + "：剩余 " + size, name.en + ": " + size + " free"},
            level == Level::ok ? Words{} : Words{"腾出空间或扩容：磁盘满时停止保存，已保存的不受影响", "make room or add a disk: when it is full nothing more is saved, what is saved stays"});
    }

    // 4 KB appends with fdatasync for half a second, as a commit does.
    void measure_sync() {
        const auto path = options_.data + "/.doctor-" + std::to_string(getpid());
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file < 0) return add(Level::fail, {std::string("写盘：数据目录写不了：") + std::strerror(errno), std::string("sync: the data folder cannot be written: ") + std::strerror(errno)}, {"用服务的用户运行，检查目录权限和磁盘", "run as the service's user; check the folder's permissions and the disk"});
        const std::string block(4096, 'x');
        const auto begin = std::chrono::steady_clock::now();
        int count = 0;
        bool is_good = true;
        std::chrono::duration<double> took{};
        while (is_good && count < 5000 && took.count() < 0.5) {
            is_good = ::write(file, block.data(), block.size()) == static_cast<ssize_t>(block.size()) && ::fdatasync(file) == 0;
            count += is_good;
            took = std::chrono::steady_clock::now() - begin;
        }
        check_file_time(file);
        ::close(file);
        ::unlink(path.c_str());
        if (!is_good) return add(Level::fail, {std::string("写盘：失败：") + std::strerror(errno), std::string("sync: failed: ") + std::strerror(errno)}, {"立即检查磁盘", "check the disk at once"});
        const double rate = count / took.count();
        const auto level = rate < 20 ? Level::fail : rate < 200 ? Level::warn : Level::ok;
        add(level, {fmt::format("写盘：每秒 {:.0f} 次落盘", rate), fmt::format("sync: {:.0f} durable writes a second", rate)},
            level == Level::ok ? Words{} : Words{"换固态盘，或带掉电保护的阵列卡缓存；不要放在网络盘上", "use an SSD or a controller with a protected cache; not a network share"});
    }

    // A file's time is the file server's clock.
    void check_file_time(int file) {
        struct stat about {};
        if (::fstat(file, &about) != 0) return;
        const auto file_ms = static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000 + about.st_mtim.tv_nsec / 1'000'000;
        const auto apart_s = (SystemClock().now_ms() - file_ms) / 1000;
        if (apart_s > 2 || apart_s < -2)
            add(Level::warn, {fmt::format("时钟：与磁盘所在机器差 {} 秒", apart_s), fmt::format("clock: {} s away from the disk's machine", apart_s)}, {"两台机器都用同一时间源", "let both follow the same time source"});
    }

    void look_at_clock() {
        timex state{};
        const int answer = ::adjtimex(&state);
        const auto now = format_rfc3339(now_ms_ / 1000 * 1000);
        const bool is_synchronised = answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
        add(is_synchronised ? Level::ok : Level::warn, {"时钟：" + now + (is_synchronised ? "，已与时间源同步" : "，没有与时间源同步"), "clock: " + now + (is_synchronised ? ", synchronised" : ", not synchronised")},
            is_synchronised ? Words{} : Words{"启用 systemd-timesyncd 或 chrony：时限按服务器时钟计算", "enable systemd-timesyncd or chrony: limits are counted by the server's clock"});
    }

    void look_at_permissions() {
        std::vector<std::string> open;
        const auto look = [&](const std::string& path, unsigned allowed) {
            struct stat about {};
            if (::stat(path.c_str(), &about) == 0 && (about.st_mode & 0777 & ~allowed) != 0) open.push_back(path);
        };
        std::error_code error;
        for (const auto& folder : {options_.data + "/keys", signing_folder(options_)}) {
            look(folder, 0700);
            for (const auto& entry : files::directory_iterator(folder, error))
                if (entry.path().extension() != ".pub") look(entry.path().string(), 0600);
        }
        for (const auto& file : {options_.config.tls.key, options_.config.email.password_file, options_.config.sms.secret_file})
            if (!file.empty()) look(file, 0640);
        if (const auto endpoints = notices::load_webhooks(options_.config.webhooks.file))
            for (const auto& one : *endpoints) look(one.secret_file, 0640);
        if (mask_secrets(options_.config.database) != options_.config.database) look(options_.config.file, 0640);
        std::ranges::sort(open);
        open.erase(std::unique(open.begin(), open.end()), open.end());
        if (!files::exists(options_.data + "/keys/identity.key"))
            add(Level::fail, {"密钥：没有 keys/identity.key", "keys: keys/identity.key is missing"}, {"从备份恢复：没有它，姓名和电话都读不出来", "restore it from its copy: without it no name and no phone can be read"});
        for (const auto& path : open) add(Level::fail, {"密钥：" + path + " 可被他人读取", "keys: others can read " + path}, {"chmod go-rwx " + path, "chmod go-rwx " + path});
        if (open.empty()) add(Level::ok, {"密钥：文件权限正确", "keys: only their owner can read them"});
    }

    void look_at_secrets() {
        if (!files::exists(options_.data + "/demo.json")) return;
        const auto& listen = options_.config.listen;
        const bool is_local = listen.starts_with("127.") || listen.starts_with("[::1]");
        add(is_local ? Level::ok : Level::fail, {"演示：这是演示城市，密码是公开的" + std::string(is_local ? "，只在本机服务" : "，却在 " + listen + " 上服务"), "demo: a demo city with known passwords, " + std::string(is_local ? "served on this machine only" : "yet served on " + listen)},
            is_local ? Words{} : Words{"改为 127.0.0.1，或另建正式城市(chengge init)", "listen on 127.0.0.1, or begin a real city (chengge init)"});
    }

    void look_at_certificate() {
        const auto& tls = options_.config.tls;
        if (tls.certificate.empty()) return;
        const auto facts = http::read_certificate(tls.certificate, tls.key);
        if (!facts) return add(Level::fail, {"证书：用不了 " + tls.certificate, "certificate: cannot be used: " + tls.certificate}, {"chengge config validate 看原因", "chengge config validate says why"});
        const auto days = (facts->until_ms - now_ms_) / day_ms;
        const auto level = days < 7 ? Level::fail : days < 30 ? Level::warn : Level::ok;
        add(level, {fmt::format("证书：还有 {} 天", days), fmt::format("certificate: {} days left", days)}, level == Level::ok ? Words{} : Words{"换新证书后 systemctl reload chengge，不用重启", "put the new one in place and systemctl reload chengge; no restart is needed"});
    }

    void look_at_backups() {
        const auto& folder = options_.config.backup.folder;
        if (folder.empty()) return; // said by the configuration
        std::int64_t newest_ms = 0; // only whole ones count
        for (const auto& one : list_backups(folder)) newest_ms = std::max(newest_ms, one.made_ms);
        if (newest_ms == 0) return add(Level::fail, {"备份：" + folder + " 里没有完整的备份", "backup: there is no whole one in " + folder}, {"chengge backup make 先做一次，再看日志里的定时备份", "make one with chengge backup make, then look in the log for those on the schedule"});
        const auto hours = (now_ms_ - newest_ms) / hour_ms;
        const auto level = hours > 72 ? Level::fail : hours > 26 ? Level::warn : Level::ok;
        add(level, {fmt::format("备份：最近一次在 {} 小时前", hours), fmt::format("backup: the newest is {} hours old", hours)}, level == Level::ok ? Words{} : Words{"看日志里备份为什么没做", "look in the log why none was made"});
    }

    void look_at_rules() {
        const auto loaded = load_city_rules(options_);
        if (!loaded) {
            const auto& first = loaded.error().front();
            return add(Level::fail, {"规则：" + first.file + ":" + std::to_string(first.line) + " " + first.reason, "rules: " + first.file + ":" + std::to_string(first.line) + " " + first.reason}, {"chengge rules validate 看全部", "chengge rules validate says all"});
        }
        const auto today = city_date(now_ms_);
        if (!(*loaded)->calendar.has_year(today.year))
            add(Level::fail, {fmt::format("日历：没有 {} 年的节假日，时限只按周末计算", today.year), fmt::format("calendar: no holidays of {} are known, limits know weekends only", today.year)}, {"把国务院公布的安排写进 overlay/calendar/", "write the published holidays into overlay/calendar/"});
        const bool has_next = (*loaded)->calendar.has_year(today.year + 1);
        add(has_next ? Level::ok : Level::warn, {fmt::format("日历：{} 年{}", today.year + 1, has_next ? "已有" : "还没有"), fmt::format("calendar: {} is {}", today.year + 1, has_next ? "there" : "missing")},
            has_next ? Words{} : Words{"国务院一般在 11 月公布；写进 overlay/calendar/ 后 systemctl reload chengge", "it is published in November; write it into overlay/calendar/, then systemctl reload chengge"});
    }

    void look_at_database() {
        const auto url = options_.database.empty() ? options_.data + "/chengge.db" : options_.database;
        const bool is_file = options_.database.empty();
        if (is_file && !files::exists(url)) return add(Level::fail, {"数据库：没有 " + url, "database: there is no " + url}, {"新城市请 chengge init；否则从备份恢复", "a new city begins with chengge init; else restore a backup"});
        if (const auto damage = storage::find_damage(url); !damage.empty()) return add(Level::fail, {"数据库：有损坏：" + damage, "database: damaged: " + damage}, {"停止服务，从最近的备份恢复(docs/operations)", "stop the service and restore the newest backup (docs/operations)"});
        try {
            const auto database = storage::Database::open({.url = url, .readers = 1, .writers = 1, .cache_mb = 8});
            look_inside(*database);
        } catch (const std::exception& error) {
            add(Level::fail, {std::string("数据库：连不上：") + error.what(), std::string("database: ") + error.what()}, {"检查数据库服务和 database 的写法", "check the database server and the key database"});
        }
    }

    void look_inside(storage::Database& database) {
        const auto applied = storage::list_migrations(database);
        const auto obstacle = database.read([](storage::Transaction& transaction) { return storage::find_write_obstacle(transaction); });
        add(obstacle.empty() ? Level::ok : Level::fail, {"数据库：" + (obstacle.empty() ? fmt::format("完好，结构版本 {}", applied.empty() ? 0 : applied.back().number) : obstacle), "database: " + (obstacle.empty() ? fmt::format("whole, schema {}", applied.empty() ? 0 : applied.back().number) : obstacle)},
            obstacle.empty() ? Words{} : Words{"把 database 指向主库", "point the key database to the primary"});
        const auto [last_ms, readers] = database.read([](storage::Transaction& transaction) { return std::pair(storage::last_recorded_ms(transaction), storage::list_feed_readers(transaction)); });
        if (last_ms > now_ms_ + 60'000)
            add(Level::fail, {"时钟：比数据库里最新的记录(" + format_rfc3339(last_ms) + ")还早", "clock: behind the newest record (" + format_rfc3339(last_ms) + ")"}, {"先校正时钟再启动服务", "put the clock right before the service runs"});
        for (const auto& reader : readers) {
            const auto lag_s = reader.waiting_since_ms == 0 ? 0 : std::max<std::int64_t>(0, (now_ms_ - reader.waiting_since_ms) / 1000);
            const auto level = lag_s > 3600 ? Level::fail : lag_s > 60 ? Level::warn : Level::ok;
            add(level, {fmt::format("后台 {}：落后 {} 条、{} 秒", reader.name, reader.entries_behind, lag_s), fmt::format("reader {}: {} entries, {} s behind", reader.name, reader.entries_behind, lag_s)},
                level == Level::ok ? Words{} : Words{"服务没有运行，或后台任务出错：看日志", "the service does not run or the job fails: look in the log"});
        }
        look_at_notices(database);
        look_at_base_maps(database);
        if (!identity::has_administrators(database) && !files::exists(options_.data + "/demo.json"))
            add(Level::warn, {"管理员：还没有建立", "administrators: not made yet"}, {"chengge setup-link 打印一次性链接", "chengge setup-link prints the one-time link"});
    }

    // Notices that do not go out, and those that a person has to decide about.
    void look_at_notices(storage::Database& database) {
        const auto applied = storage::list_migrations(database);
        if (std::ranges::none_of(applied, [](const auto& one) { return one.name == "notices"; })) return; // before its upgrade
        static const std::map<std::string, std::string> names{{"email", "邮件"}, {"sms", "短信"}, {"webhook", "接口推送"}};
        const auto health = database.read([&](storage::Transaction& transaction) { return notices::load_health(transaction, now_ms_); });
        bool is_well = true;
        for (const auto& [channel, one] : health) {
            const auto found = names.find(channel);
            const auto name = found == names.end() ? channel : found->second;
            const auto late_s = one.oldest_due_ms == 0 ? 0 : std::max<std::int64_t>(0, (now_ms_ - one.oldest_due_ms) / 1000);
            if (late_s > 600) add(late_s > 3600 ? Level::fail : Level::warn, {fmt::format("通知：{}有 {} 条没发出，最早的已迟 {} 秒", name, one.waiting, late_s), fmt::format("notices: {} by {} have not gone out, the oldest is {} s late", one.waiting, channel, late_s)}, {"看日志；chengge notices test 试发一条", "look in the log; try one with chengge notices test"});
            if (one.failed + one.unknown > 0)
                add(Level::warn, {fmt::format("通知：{}有 {} 条发送失败、{} 条结果不明", name, one.failed, one.unknown), fmt::format("notices: {} by {} failed, the outcome of {} is unknown", one.failed, channel, one.unknown)}, {"在“通知发送记录”里重发、确认送达或不再发送", "resend, confirm or drop them on the page of the outbox"});
            is_well = is_well && late_s <= 600 && one.failed + one.unknown == 0;
        }
        if (is_well) add(Level::ok, {"通知：没有积压", "notices: nothing is held up"});
    }

    // Each is asked for one tile over the city; the desk draws the city's own map when one fails.
    void look_at_base_maps(storage::Database& database) {
        if (options_.config.base_maps.file.empty()) return;
        const auto settings = base_map_settings(options_);
        if (!settings) return add(Level::fail, {"底图：" + settings.error().facts.at("reason"), "base maps: " + settings.error().facts.at("reason")}, {"按提示改好 base_maps.file 后 systemctl reload chengge", "mend base_maps.file, then systemctl reload chengge"});
        if (settings->bases.empty()) return;
        look_at_tile_folder(options_.data + "/cache/base_maps");
        std::map<std::string, std::int64_t> used;
        const auto applied = storage::list_migrations(database);
        if (std::ranges::any_of(applied, [](const auto& one) { return one.name == "base_maps"; }))
            used = database.read([&](storage::Transaction& transaction) { return maps::base_map_uses(transaction, days_from_date(city_date(now_ms_))); });
        for (const auto& base : settings->bases) look_at_base_map(base, *settings, used[base.id]);
    }

    void look_at_tile_folder(const std::string& folder) {
        std::error_code error;
        if (!files::exists(folder, error) && !error) return; // made with the first tile; the data folder has been looked at
        const auto path = folder + "/.doctor-" + std::to_string(getpid());
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file >= 0) {
            ::close(file);
            ::unlink(path.c_str());
            return;
        }
        add(Level::warn, {"底图缓存：写不进 " + folder + "：" + std::strerror(errno), "tiles of base maps: cannot be kept in " + folder + ": " + std::strerror(errno)},
            {"把这个目录交还给运行服务的用户，或整个删除(服务会重建)；缓存不了时每次看图都占配额", "give the folder to the service's user, or delete it (it is made anew); until then every look at the map uses the quota"});
    }

    void look_at_base_map(const maps::BaseMap& base, const maps::BaseMapSettings& settings, std::int64_t used) {
        const auto& at = options_.config.map;
        const auto asked = maps::ask_base_map(base, geo::tile_at({at.lon, at.lat}, std::clamp(12, base.zoom_min, base.zoom_most)), settings);
        const auto name_zh = "底图 " + base.label.zh + "：", name_en = "base map " + base.label.en + ": ";
        const auto http = fmt::format("(HTTP {})", asked.status);
        const auto warn = [&](const std::string& zh, const std::string& en, Words advice) { add(Level::warn, {name_zh + zh, name_en + en}, std::move(advice)); };
        using maps::BaseMapAnswer;
        switch (asked.answer) {
        case BaseMapAnswer::picture: break;
        case BaseMapAnswer::none_here: return warn("本市位置没有图块" + http, "has no tile where the city lies " + http, {"核对 url 里的图层名和 zoom_min、zoom_most", "look at the layer in its url, and at zoom_min and zoom_most"});
        case BaseMapAnswer::no_connection: return warn("连不上", "cannot be reached", {"查服务器到它的网络、域名解析和防火墙；不通期间一张图只显示本市底图", "look at the network, the name server and the firewall on the way; the desk shows the city's own map meanwhile"});
        case BaseMapAnswer::tls: return warn("证书核对不通过", "its certificate is not believed", {"先校准本机时间；经单位代理出网的，把代理的根证书写进 base_maps.ca_file", "put this machine's clock right; behind a proxy that opens TLS, name its authority in base_maps.ca_file"});
        case BaseMapAnswer::closed_off: return warn("地址在内网，没有放行，未去取图", "lies in an inner network that is not permitted: it was not asked", {"确认是自己的地图服务后，把它的网段写进 base_maps.private_networks", "when it is your own map server, name its network in base_maps.private_networks"});
        case BaseMapAnswer::refused: return warn("对方不认密钥" + http, "refuses the key " + http, {"到服务商控制台核对：密钥是服务器端类型、本机出口地址在白名单、配额有余；换了密钥写进 key_file 后 systemctl reload chengge", "look with the provider: a key for servers, this machine's outgoing address on its list, quota left; a new key goes into key_file, then systemctl reload chengge"});
        case BaseMapAnswer::odd_status: return warn("对方出错" + http, "answers with an error " + http, {"过半小时再查；仍是这样就问服务商", "look again in half an hour; if it stays, ask the provider"});
        case BaseMapAnswer::no_picture: return warn("返回的不是图片", "what it sends is no picture", {"多半是密钥过期或地址写错：核对 url 和密钥", "an expired key or a wrong address, most likely: look at url and key"});
        }
        const auto count_zh = base.quota_day == 0 ? fmt::format("今天已取 {} 张", used) : fmt::format("今天已取 {} 张，配额 {} 张", used, base.quota_day);
        const auto count_en = base.quota_day == 0 ? fmt::format("{} tiles today", used) : fmt::format("{} tiles today of {}", used, base.quota_day);
        const bool is_scarce = base.quota_day > 0 && used * 10 >= base.quota_day * 9;
        add(is_scarce ? Level::warn : Level::ok, {name_zh + count_zh, name_en + count_en},
            is_scarce ? Words{"配额快用完：用完后到明天零点只显示本市底图。向服务商提额后调大 quota_day，或加大 base_maps.cache_mb", "the quota is nearly used; then the city's own map is shown until midnight. Ask the provider for more and raise quota_day, or raise base_maps.cache_mb"} : Words{});
    }

    const InstallationOptions& options_;
    const std::int64_t now_ms_;
    std::vector<Finding> findings_;
};

} // namespace

std::vector<Finding> examine(const InstallationOptions& options) { return Doctor(options).run(); }

std::string print_findings(const std::vector<Finding>& findings, Language language) {
    static constexpr const char* names[] = {"ok  ", "warn", "fail"};
    std::string text;
    for (const auto& finding : findings) {
        text += std::string(names[static_cast<int>(finding.level)]) + "  " + finding.what.in(language) + "\n";
        if (!finding.advice.in(language).empty()) text += "      → " + finding.advice.in(language) + "\n";
    }
    return text;
}

} // namespace chengge::platform
