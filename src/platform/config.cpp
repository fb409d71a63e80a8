#include "platform/config.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <set>

#include <yaml-cpp/yaml.h>

#include "base/clock.hpp"
#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "http/certificate.hpp"
#include "maps/base_maps.hpp"
#include "notices/channels.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

namespace {

// Letters to insert, drop or change to get from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row.back();
}

std::string last_word(std::string_view path) { return std::string(path.substr(path.rfind('.') + 1)); }

// The known key that was most likely meant; empty when none is near.
std::string nearest_key(const std::string& path) {
    std::string nearest;
    auto least = std::max<std::size_t>(3, path.size() / 3) + 1;
    for (const auto& field : config_fields()) {
        // The right word in the wrong section is nearer than it looks.
        const auto distance = last_word(field.path) == last_word(path) ? 1 : edit_distance(field.path, path);
        if (distance < least) {
            least = distance;
            nearest = field.path;
        }
    }
    return nearest;
}

class Reader {
public:
    explicit Reader(LoadedConfig& into) : into_(into) {}

    void read(const YAML::Node& root) {
        if (root.IsNull()) return;
        if (!root.IsMap()) return add(root, {"须为“键: 值”的列表", "must be a list of \"key: value\""});
        read_map(root, "");
    }

private:
    void read_map(const YAML::Node& node, const std::string& prefix) {
        std::set<std::string> seen;
        for (const auto& member : node) {
            const auto path = prefix + member.first.Scalar();
            if (!seen.insert(path).second) {
                add(member.first, {path + " 写了两遍", path + " stands twice"});
                continue;
            }
            const auto& fields = config_fields();
            const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& one) { return path == one.path; });
            if (field != fields.end()) {
                read_field(*field, member.second);
                continue;
            }
            const bool is_section = std::any_of(fields.begin(), fields.end(), [&](const auto& one) { return std::string_view(one.path).starts_with(path + "."); });
            if (is_section && member.second.IsMap()) read_map(member.second, path + ".");
            else if (is_section && !member.second.IsNull()) add(member.second, {path + " 下面须有各自的键", path + " must hold keys of its own"});
            else if (!is_section) add_unknown(member.first, path);
        }
    }

    void add_unknown(const YAML::Node& node, const std::string& path) {
        const auto nearest = nearest_key(path);
        if (nearest.empty()) return add(node, {"没有 " + path + " 这个键", "there is no key " + path});
        add(node, {"没有 " + path + " 这个键，是不是 " + nearest + "？", "there is no key " + path + "; did you mean " + nearest + "?"});
    }

    void read_field(const ConfigField& field, const YAML::Node& node) {
        into_.given.emplace_back(field.path);
        const auto slot = field.slot(into_.config);
        if (auto* const* list = std::get_if<std::vector<std::string>*>(&slot)) return read_list(field, node, **list);
        if (node.IsNull() && std::holds_alternative<std::string*>(slot)) return read_text(field, node, "", *std::get<std::string*>(slot));
        if (!node.IsScalar()) return add(node, {std::string(field.path) + " 须为一个值", std::string(field.path) + " must be one value"});
        if (auto* const* text = std::get_if<std::string*>(&slot)) return read_text(field, node, node.Scalar(), **text);
        const auto number = read_number(field, node);
        if (!number) return;
        if (auto* const* whole = std::get_if<int*>(&slot)) **whole = static_cast<int>(*number);
        else *std::get<double*>(slot) = *number;
    }

    std::optional<double> read_number(const ConfigField& field, const YAML::Node& node) {
        const auto& text = node.Scalar();
        double number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool is_whole = std::holds_alternative<int*>(field.slot(into_.config));
        const bool is_number = read.ec == std::errc() && read.ptr == text.data() + text.size() && std::isfinite(number) && (!is_whole || number == std::floor(number));
        if (is_number && number >= field.least && number <= field.most) return number;
        const auto least = std::to_string(static_cast<long long>(field.least)), most = std::to_string(static_cast<long long>(field.most));
        add(node, {std::string(field.path) + " 须为 " + least + " 至 " + most + (is_whole ? " 的整数" : " 的数"),
                   std::string(field.path) + " must be a" + (is_whole ? " whole" : "") + " number from " + least + " to " + most});
        return std::nullopt;
    }

    void read_text(const ConfigField& field, const YAML::Node& node, const std::string& text, std::string& into) {
        into = text;
        if (text.find('\n') != std::string::npos || !is_utf8(text)) return add(node, {std::string(field.path) + " 须为一行 UTF-8 文字", std::string(field.path) + " must be one line of UTF-8"});
        if (field.check != nullptr)
            if (const auto reason = field.check(text)) add(node, {std::string(field.path) + " " + reason->zh, std::string(field.path) + " " + reason->en});
        if (field.is_file && !text.empty() && !files::path(text).is_absolute())
            into = (files::absolute(into_.config.file).parent_path() / text).lexically_normal().string();
    }

    void read_list(const ConfigField& field, const YAML::Node& node, std::vector<std::string>& into) {
        into.clear();
        if (node.IsNull()) return;
        if (!node.IsSequence()) return add(node, {std::string(field.path) + " 须为列表，如 [10.1.0.0/16]", std::string(field.path) + " must be a list such as [10.1.0.0/16]"});
        for (const auto& item : node) {
            if (!item.IsScalar()) {
                add(item, {std::string(field.path) + " 的每一项须为一个值", "every item of " + std::string(field.path) + " must be one value"});
                continue;
            }
            into.emplace_back();
            read_text(field, item, item.Scalar(), into.back());
        }
    }

    void add(const YAML::Node& node, Words words) { into_.faults.push_back({into_.config.file, node.Mark().line + 1, std::move(words)}); }

    LoadedConfig& into_;
};

// The line on which a key stands; 0 when the file does not have it.
int line_of(const YAML::Node& root, const std::string& path) {
    const auto dot = path.find('.');
    if (!root.IsMap()) return 0;
    for (const auto& member : root)
        if (member.first.Scalar() == path.substr(0, dot))
            return dot == std::string::npos ? member.first.Mark().line + 1 : std::max(line_of(member.second, path.substr(dot + 1)), member.first.Mark().line + 1);
    return 0;
}

using AddWords = std::function<void(const char*, Words)>;

// What lies outside the file: the channels of notices, the base maps.
void check_outgoing(const Config& config, const AddWords& refuse, const AddWords& warn) {
    const auto look = [&](const char* path, const std::string& file) {
        if (!file.empty() && !load_file(file)) refuse(path, {"读不到文件 " + file, "the file cannot be read: " + file});
    };
    const auto& email = config.email;
    if (!email.server.empty() && email.from.empty()) refuse("email.from", {"用邮件须填写 email.from", "e-mail needs email.from"});
    if (!email.user.empty() && email.password_file.empty()) refuse("email.password_file", {"有 email.user 就须有 email.password_file", "email.user goes with email.password_file"});
    look("email.password_file", email.password_file);
    look("email.ca_file", email.ca_file);
    if (!email.user.empty() && email.security == "none") warn("email.security", {"口令以明文发给邮件服务器", "the password goes to the mail server in plain text"});
    const auto channels = notices::SmsSettings{config.sms.url, config.sms.method, config.sms.headers, config.sms.body, config.sms.format, config.sms.success, config.sms.secret_file, config.sms.ca_file};
    if (const auto checked = notices::check_sms_settings(channels); !checked) refuse("sms", {"sms 的模板不对：" + checked.error().facts.at("reason"), "a text of sms is wrong: " + checked.error().facts.at("reason")});
    look("sms.secret_file", config.sms.secret_file);
    look("sms.ca_file", config.sms.ca_file);
    if (const auto endpoints = notices::load_webhooks(config.webhooks.file); !endpoints) refuse("webhooks.file", {"推送端点文件不对：" + endpoints.error().facts.at("reason"), "the file of endpoints is wrong: " + endpoints.error().facts.at("reason")});
    look("webhooks.ca_file", config.webhooks.ca_file);
    if (const auto bases = maps::load_base_maps(config.base_maps.file); !bases) refuse("base_maps.file", {"底图文件不对：" + bases.error().facts.at("reason"), "the file of base maps is wrong: " + bases.error().facts.at("reason")});
    look("base_maps.ca_file", config.base_maps.ca_file);
}

// What only several keys together can get wrong, and what lies outside the file.
void check_whole(LoadedConfig& loaded, const YAML::Node& root) {
    const auto& config = loaded.config;
    const auto add = [&](std::vector<ConfigFault>& to, const char* path, Words words) { to.push_back({config.file, line_of(root, path), std::move(words)}); };
    if (config.tls.certificate.empty() != config.tls.key.empty())
        add(loaded.faults, "tls", {"tls.certificate 和 tls.key 须同时填写", "tls.certificate and tls.key go together"});
    const bool is_tls = !config.tls.certificate.empty() && !config.tls.key.empty();
    if (!config.tls.redirect_from.empty() && !is_tls) add(loaded.faults, "tls.redirect_from", {"没有证书就不能转到 HTTPS：请填写 tls.certificate 和 tls.key", "without a certificate there is no HTTPS to send browsers to: give tls.certificate and tls.key"});
    if (is_tls) {
        const auto facts = http::read_certificate(config.tls.certificate, config.tls.key);
        const auto file = facts ? "" : facts.error().facts.at("file");
        if (!facts && facts.error().code == "certificate_unreadable") add(loaded.faults, "tls.certificate", {"读不到 PEM 证书 " + file, "no PEM certificate can be read from " + file});
        else if (!facts && facts.error().code == "certificate_key_unreadable") add(loaded.faults, "tls.key", {"读不到 PEM 私钥(不能有口令) " + file, "no PEM key without a passphrase can be read from " + file});
        else if (!facts) add(loaded.faults, "tls.key", {"私钥 " + file + " 与证书不是一对", "the key " + file + " is not the certificate's"});
        else if (facts->until_ms < SystemClock().now_ms())
            add(loaded.warnings, "tls.certificate", {"证书已于 " + format_rfc3339(facts->until_ms) + " 过期", "the certificate ended at " + format_rfc3339(facts->until_ms)});
    }
    if (!is_tls && !is_loopback(config.listen)) add(loaded.warnings, "listen", {"在本机以外的地址上用明文 HTTP 服务；请配置 tls，或只经前置代理访问", "plain HTTP on an address beyond this machine; give tls, or let only a proxy reach it"});
    if (!config.overlay.empty() && !files::is_directory(config.overlay)) add(loaded.faults, "overlay", {"没有文件夹 " + config.overlay, "there is no folder " + config.overlay});
    check_outgoing(config, [&](const char* path, Words words) { add(loaded.faults, path, std::move(words)); }, [&](const char* path, Words words) { add(loaded.warnings, path, std::move(words)); });
    if (config.backup.folder.empty()) add(loaded.warnings, "backup.folder", {"没有定时备份：请填写 backup.folder，最好在另一块磁盘上", "no backup on a schedule: give backup.folder, best on another disk"});
}

} // namespace

LoadedConfig load_config(const std::string& file) {
    LoadedConfig loaded;
    loaded.config.file = file;
    const auto text = load_file(file);
    if (!text) {
        loaded.faults.push_back({file, 0, {"读不到这个文件", "the file cannot be read"}});
        return loaded;
    }
    YAML::Node root;
    try {
        root = YAML::Load(*text);
        Reader(loaded).read(root);
    } catch (const YAML::Exception& error) {
        loaded.faults.push_back({file, error.mark.line + 1, {"不是正确的 YAML：" + error.msg, "is not YAML: " + error.msg}});
        return loaded;
    }
    if (loaded.faults.empty()) check_whole(loaded, root);
    std::stable_sort(loaded.faults.begin(), loaded.faults.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    return loaded;
}

LoadedConfig read_config_text(const std::string& text, Config before) {
    LoadedConfig loaded{.config = std::move(before)};
    try {
        Reader(loaded).read(YAML::Load(text));
    } catch (const YAML::Exception& error) {
        loaded.faults.push_back({"", error.mark.line + 1, {"写法不对：" + error.msg, "is not written right: " + error.msg}});
    }
    return loaded;
}

std::string print_config_faults(const std::vector<ConfigFault>& faults, Language language) {
    std::string text;
    for (const auto& fault : faults) text += fault.file + ":" + std::to_string(fault.line) + ":" + fault.words.in(language) + "\n";
    return text;
}

std::string print_config(const LoadedConfig& loaded, Language language) {
    const Words unset{"默认值", "default"}, restart{"改后须重启", "a change needs a restart"};
    std::string text, section;
    for (const auto& field : config_fields()) {
        const std::string path = field.path;
        const auto dot = path.find('.');
        const auto own = dot == std::string::npos ? "" : path.substr(0, dot);
        if (own != section && !own.empty()) text += own + ":\n";
        section = own;
        text += (own.empty() ? "" : "  ") + path.substr(dot == std::string::npos ? 0 : dot + 1) + ": " + format_field(field, loaded.config);
        const bool is_given = std::find(loaded.given.begin(), loaded.given.end(), path) != loaded.given.end();
        std::string remark = is_given ? "" : unset.in(language);
        if (!field.is_live) remark += (remark.empty() ? "" : language == Language::zh ? "；" : "; ") + restart.in(language);
        text += remark.empty() ? "\n" : "   # " + remark + "\n";
    }
    return text;
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("::1") || address == "localhost" || address.starts_with("localhost:");
}

} // namespace chengge::platform
