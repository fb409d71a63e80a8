// Every key of chengge.yaml.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "http/address_list.hpp"
#include "platform/config.hpp"

namespace chengge::platform {

namespace {

using Reason = std::optional<Words>;

Reason check_code(const std::string& text) {
    const bool is_digits = text.find_first_not_of("0123456789") == std::string::npos;
    if (is_digits && text.size() >= 6 && text.size() <= 12 && text.size() % 3 == 0) return {};
    return Words{"须为 6、9 或 12 位数字的行政区划代码，如 440800", "must be a division code of 6, 9 or 12 digits such as 440800"};
}

Reason check_name(const std::string& text) {
    if (count_characters(text) <= 60) return {};
    return Words{"最多 60 个字", "has at most 60 characters"};
}

Reason check_url(const std::string& text) {
    if (text.empty() || text.starts_with("https://") || text.starts_with("http://")) return {};
    return Words{"须为空或 https://…", "must be empty or https://…"};
}

Reason check_database(const std::string& text) {
    if (text.empty() || text.starts_with("postgresql://") || text.starts_with("postgres://")) return {};
    return Words{"须为空(用数据目录中的 chengge.db)或 postgresql://…", "must be empty (the file chengge.db of the data folder) or postgresql://…"};
}

Reason check_listen(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon != std::string::npos) {
        auto host = text.substr(0, colon);
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        int port = -1;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + colon + 1, end, port);
        if (read.ec == std::errc() && read.ptr == end && port >= 0 && port <= 65535 && http::AddressList::parse({host}) && host.find('/') == std::string::npos) return {};
    }
    return Words{"须为 地址:端口，如 0.0.0.0:443、127.0.0.1:8080", "must be ADDRESS:PORT such as 0.0.0.0:443 or 127.0.0.1:8080"};
}

Reason check_redirect(const std::string& text) { return text.empty() ? Reason() : check_listen(text); }

Reason check_network(const std::string& text) {
    if (http::AddressList::parse({text})) return {};
    return Words{"须为 IP 地址或网段，如 10.1.0.0/16", "must be an address or a network such as 10.1.0.0/16"};
}

Reason check_level(const std::string& text) {
    for (const auto* level : {"debug", "info", "warning", "error"})
        if (text == level) return {};
    return Words{"须为 debug、info、warning 或 error", "must be debug, info, warning or error"};
}

Reason check_mail_server(const std::string& text) {
    if (text.empty()) return {};
    const auto colon = text.rfind(':');
    int port = 0;
    const char* const end = text.data() + text.size();
    if (colon != std::string::npos && colon > 0 && text.find('/') == std::string::npos) {
        const auto read = std::from_chars(text.data() + colon + 1, end, port);
        if (read.ec == std::errc() && read.ptr == end && port > 0 && port <= 65535) return {};
    }
    return Words{"须为 服务器:端口，如 smtp.example.gov.cn:587", "must be SERVER:PORT such as smtp.example.gov.cn:587"};
}

Reason check_mail_security(const std::string& text) {
    if (text == "starttls" || text == "tls" || text == "none") return {};
    return Words{"须为 starttls、tls 或 none", "must be starttls, tls or none"};
}

Reason check_mail_address(const std::string& text) {
    const auto at = text.find('@');
    if (text.empty() || (at != 0 && at != std::string::npos && at + 1 < text.size() && text.find_first_of(" <>\"") == std::string::npos)) return {};
    return Words{"须为邮箱地址，如 no-reply@example.gov.cn", "must be an address such as no-reply@example.gov.cn"};
}

Reason check_method(const std::string& text) {
    if (text == "POST" || text == "GET" || text == "PUT") return {};
    return Words{"须为 POST、GET 或 PUT", "must be POST, GET or PUT"};
}

Reason check_format(const std::string& text) {
    if (text == "json" || text == "form") return {};
    return Words{"须为 json 或 form", "must be json or form"};
}

// A field whose member pointer path is spelt once.
#define SLOT(member) [](Config& config) -> ConfigField::Slot { return &config.member; }

const std::vector<ConfigField> fields{
    {.path = "platform.code", .slot = SLOT(platform.code), .is_live = false, .check = check_code},
    {.path = "platform.name", .slot = SLOT(platform.name), .is_live = true, .check = check_name},
    {.path = "platform.url", .slot = SLOT(platform.url), .is_live = true, .check = check_url},
    {.path = "map.lon", .slot = SLOT(map.lon), .is_live = true, .least = 73, .most = 136},
    {.path = "map.lat", .slot = SLOT(map.lat), .is_live = true, .least = 3, .most = 54},
    {.path = "map.zoom", .slot = SLOT(map.zoom), .is_live = true, .least = 5, .most = 18},
    {.path = "data", .slot = SLOT(data), .is_live = false, .is_file = true},
    {.path = "database", .slot = SLOT(database), .is_live = false, .check = check_database, .is_secret = true},
    {.path = "overlay", .slot = SLOT(overlay), .is_live = true, .is_file = true},
    {.path = "listen", .slot = SLOT(listen), .is_live = false, .check = check_listen},
    {.path = "tls.certificate", .slot = SLOT(tls.certificate), .is_live = true, .is_file = true},
    {.path = "tls.key", .slot = SLOT(tls.key), .is_live = true, .is_file = true},
    {.path = "tls.redirect_from", .slot = SLOT(tls.redirect_from), .is_live = false, .check = check_redirect},
    {.path = "tls.hsts_days", .slot = SLOT(tls.hsts_days), .is_live = true, .least = 0, .most = 730},
    {.path = "trusted_proxies", .slot = SLOT(trusted_proxies), .is_live = true, .check = check_network},
    {.path = "metrics.allow", .slot = SLOT(metrics.allow), .is_live = true, .check = check_network},
    {.path = "log.level", .slot = SLOT(log.level), .is_live = true, .check = check_level},
    {.path = "log.file", .slot = SLOT(log.file), .is_live = true, .is_file = true},
    {.path = "log.rotate_mb", .slot = SLOT(log.rotate_mb), .is_live = true, .least = 1, .most = 10'000},
    {.path = "log.keep", .slot = SLOT(log.keep), .is_live = true, .least = 1, .most = 10'000},
    {.path = "backup.folder", .slot = SLOT(backup.folder), .is_live = true, .is_file = true},
    {.path = "backup.hour", .slot = SLOT(backup.hour), .is_live = true, .least = 0, .most = 23},
    {.path = "backup.keep", .slot = SLOT(backup.keep), .is_live = true, .least = 1, .most = 1000},
    {.path = "signing.keys", .slot = SLOT(signing.keys), .is_live = false, .is_file = true},
    {.path = "email.server", .slot = SLOT(email.server), .is_live = true, .check = check_mail_server},
    {.path = "email.security", .slot = SLOT(email.security), .is_live = true, .check = check_mail_security},
    {.path = "email.user", .slot = SLOT(email.user), .is_live = true},
    {.path = "email.password_file", .slot = SLOT(email.password_file), .is_live = true, .is_file = true},
    {.path = "email.from", .slot = SLOT(email.from), .is_live = true, .check = check_mail_address},
    {.path = "email.from_name", .slot = SLOT(email.from_name), .is_live = true, .check = check_name},
    {.path = "email.ca_file", .slot = SLOT(email.ca_file), .is_live = true, .is_file = true},
    {.path = "sms.url", .slot = SLOT(sms.url), .is_live = true, .check = check_url},
    {.path = "sms.method", .slot = SLOT(sms.method), .is_live = true, .check = check_method},
    {.path = "sms.headers", .slot = SLOT(sms.headers), .is_live = true},
    {.path = "sms.body", .slot = SLOT(sms.body), .is_live = true},
    {.path = "sms.format", .slot = SLOT(sms.format), .is_live = true, .check = check_format},
    {.path = "sms.success", .slot = SLOT(sms.success), .is_live = true},
    {.path = "sms.secret_file", .slot = SLOT(sms.secret_file), .is_live = true, .is_file = true},
    {.path = "sms.ca_file", .slot = SLOT(sms.ca_file), .is_live = true, .is_file = true},
    {.path = "webhooks.file", .slot = SLOT(webhooks.file), .is_live = true, .is_file = true},
    {.path = "webhooks.private_networks", .slot = SLOT(webhooks.private_networks), .is_live = true, .check = check_network},
    {.path = "webhooks.ca_file", .slot = SLOT(webhooks.ca_file), .is_live = true, .is_file = true},
    {.path = "base_maps.file", .slot = SLOT(base_maps.file), .is_live = true, .is_file = true},
    {.path = "base_maps.private_networks", .slot = SLOT(base_maps.private_networks), .is_live = true, .check = check_network},
    {.path = "base_maps.ca_file", .slot = SLOT(base_maps.ca_file), .is_live = true, .is_file = true},
    {.path = "base_maps.cache_mb", .slot = SLOT(base_maps.cache_mb), .is_live = true, .least = 1, .most = 100'000},
    {.path = "survey.published_days", .slot = SLOT(survey.published_days), .is_live = true, .least = 1, .most = 3650},
    {.path = "survey.untouched_days", .slot = SLOT(survey.untouched_days), .is_live = true, .least = 1, .most = 3650},
    {.path = "limits.worker_threads", .slot = SLOT(limits.worker_threads), .is_live = false, .least = 1, .most = 256},
    {.path = "limits.writer_threads", .slot = SLOT(limits.writer_threads), .is_live = false, .least = 1, .most = 256},
    {.path = "limits.queue", .slot = SLOT(limits.queue), .is_live = true, .least = 1, .most = 100'000},
    {.path = "limits.connections", .slot = SLOT(limits.connections), .is_live = true, .least = 10, .most = 1'000'000},
    {.path = "limits.streams", .slot = SLOT(limits.streams), .is_live = true, .least = 0, .most = 1'000'000},
    {.path = "limits.body_budget_mb", .slot = SLOT(limits.body_budget_mb), .is_live = true, .least = 25, .most = 100'000},
    {.path = "limits.request_seconds", .slot = SLOT(limits.request_seconds), .is_live = true, .least = 1, .most = 600},
    {.path = "limits.idle_seconds", .slot = SLOT(limits.idle_seconds), .is_live = true, .least = 1, .most = 3600},
    {.path = "limits.drain_seconds", .slot = SLOT(limits.drain_seconds), .is_live = true, .least = 1, .most = 600},
};

#undef SLOT

std::string quote(const std::string& text) {
    const bool is_plain = !text.empty() && text.find_first_of(":#{}[],&*!|>'\"%@` \\\n") == std::string::npos && text.find_first_not_of("0123456789.+-") != std::string::npos &&
                          text.front() != '-' && text != "true" && text != "false" && text != "null" && text != "~";
    return is_plain ? text : json_quote(text);
}

std::string format_number(double number) {
    char text[32];
    const auto written = std::to_chars(text, text + sizeof text, number);
    return {text, written.ptr};
}

} // namespace

const std::vector<ConfigField>& config_fields() { return fields; }

std::string mask_secrets(const std::string& text) {
    std::string masked = text;
    const auto at = masked.find('@');
    const auto scheme = masked.find("://");
    if (scheme != std::string::npos && at != std::string::npos) {
        const auto colon = masked.find(':', scheme + 3);
        if (colon != std::string::npos && colon < at) masked.replace(colon + 1, at - colon - 1, "***");
    }
    for (const std::string name : {"password=", "sslpassword="})
        for (auto found = masked.find(name); found != std::string::npos; found = masked.find(name, found + 1)) {
            const auto from = found + name.size();
            masked.replace(from, std::min(masked.find('&', from), masked.size()) - from, "***");
        }
    return masked;
}

std::string format_field(const ConfigField& field, const Config& config) {
    const auto slot = field.slot(const_cast<Config&>(config)); // only read
    if (const auto* const* text = std::get_if<std::string*>(&slot)) return quote(field.is_secret ? mask_secrets(**text) : **text);
    if (const auto* const* whole = std::get_if<int*>(&slot)) return std::to_string(**whole);
    if (const auto* const* number = std::get_if<double*>(&slot)) return format_number(**number);
    std::string list;
    for (const auto& item : *std::get<std::vector<std::string>*>(slot)) list += (list.empty() ? "" : ", ") + quote(item);
    return "[" + list + "]";
}

std::vector<ConfigChange> compare_configs(const Config& before, const Config& after) {
    std::vector<ConfigChange> changes;
    for (const auto& field : fields) {
        const auto is_same = std::visit(
            [&]<class T>(T* was) { return *was == *std::get<T*>(field.slot(const_cast<Config&>(after))); },
            field.slot(const_cast<Config&>(before)));
        if (!is_same) changes.push_back({field.path, field.is_live});
    }
    return changes;
}

} // namespace chengge::platform
