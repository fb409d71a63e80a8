#include "platform/init.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include <unistd.h>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "storage/migrations.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

namespace {

const ConfigField& field_of(std::string_view path) {
    return *std::ranges::find_if(config_fields(), [&](const auto& field) { return path == field.path; });
}

// Asks until the answer is good; an empty one keeps what is there.
class Interview {
public:
    Interview(Config& config, Language language) : config_(config), language_(language) {}

    void ask(const char* path, const Words& question) {
        const auto& field = field_of(path);
        for (;;) {
            std::printf("%s [%s]: ", question.in(language_).c_str(), format_field(field, config_).c_str());
            std::fflush(stdout);
            std::string line;
            if (!std::getline(std::cin, line)) throw std::runtime_error("the answers ended early");
            const auto answer = std::string(trim(line));
            if (answer.empty()) return;
            // The file's own reader judges, so that both know the same bounds.
            const auto loaded = read_config_text(std::string(path) + ": " + json_quote(answer), config_);
            if (loaded.faults.empty()) {
                config_ = loaded.config;
                return;
            }
            std::printf("  %s\n", loaded.faults.front().words.in(language_).c_str());
        }
    }

private:
    Config& config_;
    Language language_;
};

Result<Config> find_answers(const InitOptions& options) {
    if (!options.answers.empty()) {
        auto loaded = load_config(options.answers);
        if (!loaded.faults.empty()) {
            const auto& first = loaded.faults.front();
            return fail("bad_data", {{"file", first.file}, {"line", std::to_string(first.line)}, {"reason", first.words.in(options.language)}});
        }
        if (std::ranges::find(loaded.given, "platform.code") == loaded.given.end()) return fail("platform_code_missing");
        return loaded.config;
    }
    if (isatty(STDIN_FILENO) == 0) return fail("answers_missing");
    Config config;
    Interview interview(config, options.language);
    interview.ask("platform.code", {"平台代码(行政区划代码，案卷号以它开头，以后不能改)", "platform code (division code; case numbers begin with it, for good)"});
    interview.ask("platform.name", {"平台名称", "name of the platform"});
    interview.ask("map.lon", {"地图中心经度", "longitude of the map's centre"});
    interview.ask("map.lat", {"地图中心纬度", "latitude of the map's centre"});
    interview.ask("map.zoom", {"地图初始级别", "zoom of the map"});
    interview.ask("listen", {"服务地址和端口", "address and port to serve on"});
    interview.ask("platform.url", {"用户访问的网址(可空)", "address that people type (may be empty)"});
    return config;
}

bool has_city(const std::string& folder) {
    for (const auto* name : {"chengge.yaml", "chengge.db", "keys", "media", "demo.json"})
        if (files::exists(folder + "/" + name)) return true;
    return false;
}

Result<void> check_database_is_empty(const std::string& url) {
    if (url.empty()) return {};
    const auto database = storage::Database::open({.url = url, .readers = 1, .writers = 1});
    try {
        if (!storage::list_migrations(*database).empty()) return fail("database_in_use");
    } catch (const storage::DatabaseError& error) {
        if (error.state != "42P01") throw; // no such table: nothing has been made here
    }
    return {};
}

void add_line(std::string& text, const char* path, const Config& config, bool is_set) {
    const std::string name = path;
    const auto dot = name.find('.');
    text += (is_set ? "" : "# ") + std::string(dot == std::string::npos ? "" : "  ") + name.substr(dot == std::string::npos ? 0 : dot + 1) + ": " + format_field(field_of(path), config) + "\n";
}

} // namespace

std::string make_config_text(const Config& config, Language language) {
    const bool is_zh = language == Language::zh;
    const auto remark = [&](const char* zh, const char* en) { return "# " + std::string(is_zh ? zh : en) + "\n"; };
    std::string text = remark("城格配置。修改后先 chengge config validate，再 systemctl reload chengge。", "Chengge's configuration. After a change: chengge config validate, then systemctl reload chengge.");
    text += "\nplatform:\n";
    for (const auto* path : {"platform.code", "platform.name", "platform.url"}) add_line(text, path, config, true);
    text += "map:\n";
    for (const auto* path : {"map.lon", "map.lat", "map.zoom"}) add_line(text, path, config, true);
    text += "\n" + remark("服务地址；对外服务须配置 tls 或前置代理。", "Where it is served; beyond this machine with tls or behind a proxy.");
    add_line(text, "listen", config, true);
    if (!config.database.empty()) text += "database: " + json_quote(config.database) + "\n"; // unmasked: this is the one place that has it
    if (!config.overlay.empty()) add_line(text, "overlay", config, true);
    text += "\n" + remark("HTTPS 证书和私钥(PEM)。", "Certificate and key for HTTPS (PEM).");
    const bool is_tls = !config.tls.certificate.empty();
    text += is_tls ? "tls:\n" : "# tls:\n";
    add_line(text, "tls.certificate", config, is_tls);
    add_line(text, "tls.key", config, is_tls);
    if (!config.tls.redirect_from.empty()) add_line(text, "tls.redirect_from", config, true);
    text += "\n" + remark("定时备份，最好在另一块磁盘上。", "Backups on a schedule, best on another disk.");
    const bool has_backup = !config.backup.folder.empty();
    text += has_backup ? "backup:\n" : "# backup:\n";
    for (const auto* path : {"backup.folder", "backup.hour", "backup.keep"}) add_line(text, path, config, has_backup);
    if (!config.signing.keys.empty()) {
        text += "\nsigning:\n";
        add_line(text, "signing.keys", config, true);
    }
    text += "\n" + remark("其余键及其默认值：chengge config show", "All other keys with their defaults: chengge config show");
    return text;
}

Result<void> init_city(const InitOptions& options) {
    auto installation = options.installation;
    if (has_city(installation.data)) return fail("city_exists", {{"folder", installation.data}});
    TRY_ASSIGN(config, find_answers(options));
    if (!installation.database.empty()) config.database = installation.database;
    installation.database = config.database;
    installation.config = config;
    TRY(check_database_is_empty(config.database));
    files::create_directories(installation.data);
    files::permissions(installation.data, files::perms::owner_all | files::perms::group_read | files::perms::group_exec);
    files::create_directories(signing_folder(installation));
    files::permissions(signing_folder(installation), files::perms::owner_all);
    TRY_ASSIGN(city, Installation::open(installation)); // migrates, makes the keys
    const auto secret = city->identity->make_setup_secret();
    // Last: a folder with a configuration is a whole city. It may hold a database's password.
    save_file(installation.data + "/chengge.yaml", make_config_text(config, options.language), 0600);
    const bool is_zh = options.language == Language::zh;
    std::printf(is_zh ? "城市已建立：%s\n  配置    %s/chengge.yaml\n  密钥    %s/keys (权限 0600，请另行备份)\n" : "the city is made: %s\n  configuration  %s/chengge.yaml\n  keys           %s/keys (0600; keep a copy elsewhere)\n",
                installation.data.c_str(), installation.data.c_str(), installation.data.c_str());
    std::printf(is_zh ? "下一步：导入区划、单元网格、机构、人员(chengge import --help)，再 chengge serve --data %s\n" : "next: import regions, cells, organisations and people (chengge import --help), then chengge serve --data %s\n", installation.data.c_str());
    if (secret) std::printf(is_zh ? "启动后在 24 小时内打开一次，建立三位管理员：\n%s/setup#secret=%s\n" : "once it is served, open this within 24 hours to make the three administrators:\n%s/setup#secret=%s\n", public_url(installation).c_str(), secret->c_str());
    return {};
}

} // namespace chengge::platform
