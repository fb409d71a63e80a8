#include "notices/channels.hpp"

#include <algorithm>
#include <filesystem>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/address_list.hpp"
#include "outgoing/outgoing.hpp"

#include <fmt/format.h>

namespace chengge::notices {

namespace {

const std::vector<std::string_view> gateway_placeholders{"phone", "text", "id", "secret"};

Result<std::string> load_secret(const std::string& file) {
    if (file.empty()) return std::string();
    auto text = load_file(file);
    if (!text) return fail("bad_data", {{"file", file}, {"line", "1"}, {"reason", "cannot be read"}});
    return std::string(trim(*text));
}

std::string to_base64(std::string_view bytes) {
    static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
        for (std::size_t j = 0; j < 4; ++j) out += i + j > bytes.size() ? '=' : letters[group >> (18 - 6 * j) & 63];
    }
    return out;
}

// RFC 2047: words of at most 75 characters, whole characters in each.
std::string encoded_word(std::string_view text) {
    constexpr std::size_t word_bytes_max = 42;
    const auto is_plain = [](char letter) { return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') || letter == ' ' || letter == '-'; };
    if (text.size() < 60 && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
    std::string out;
    while (!text.empty()) {
        std::size_t characters = 1;
        while (take_characters(text, characters).size() < text.size() && take_characters(text, characters + 1).size() <= word_bytes_max) ++characters;
        const auto piece = take_characters(text, characters);
        out += (out.empty() ? "" : "\r\n ") + ("=?UTF-8?B?" + to_base64(piece) + "?=");
        text.remove_prefix(piece.size());
    }
    return out;
}

std::string base64_lines(std::string_view text) {
    constexpr std::size_t line_length = 76;
    const auto whole = to_base64(text);
    std::string out;
    for (std::size_t i = 0; i < whole.size(); i += line_length) out += (i == 0 ? "" : "\r\n") + whole.substr(i, line_length);
    return out;
}

// RFC 5322: "Tue, 29 Sep 2026 09:00:00 +0800", in the C locale.
std::string mail_date(std::int64_t at_ms) {
    static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = at_ms / 1000 + 8 * 3600;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0800", days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool is_final_refusal(long status) { return status == 501 || status == 550 || status == 551 || status == 553; }

// Without an answer: `unknown` as soon as something of the request may have left.
Outcome outcome_of(const outgoing::HttpAnswered& answered) {
    if (answered.was_closed_off) return {Handed::refused, "not_permitted", ""};
    if (answered.may_have_left) return {Handed::unknown, "broken_off", std::to_string(answered.code)};
    return {Handed::failed, answered.reason, std::to_string(answered.code)};
}

} // namespace

bool WebhookEndpoint::wants(std::string_view event) const { return events.empty() || std::find(events.begin(), events.end(), event) != events.end(); }

bool ChannelSettings::is_on(std::string_view channel) const {
    if (channel == "email") return !email.server.empty();
    if (channel == "sms") return !sms.url.empty();
    if (channel == "webhook") return !webhooks.empty();
    return channel == "in_app";
}

const WebhookEndpoint* ChannelSettings::find_webhook(std::string_view name) const {
    const auto found = std::find_if(webhooks.begin(), webhooks.end(), [&](const WebhookEndpoint& one) { return one.name == name; });
    return found == webhooks.end() ? nullptr : &*found;
}

Result<std::vector<WebhookEndpoint>> load_webhooks(const std::string& file) {
    std::vector<WebhookEndpoint> endpoints;
    if (file.empty()) return endpoints;
    TRY_ASSIGN(document, load_json(file));
    const auto wrong = [&](const std::string& reason) { return fail("bad_data", {{"file", file}, {"line", "1"}, {"reason", reason}}); };
    if (!document.is_array()) return wrong("must be a list of endpoints");
    for (const auto& one : document.get_array()) {
        JsonReader reader(one);
        WebhookEndpoint endpoint;
        endpoint.name = reader.text("name", 40);
        endpoint.url = reader.text("url", 500);
        endpoint.secret_file = reader.text("secret_file", 500);
        endpoint.algorithm = reader.maybe_text("algorithm", 20).value_or("hmac-sha256");
        if (const auto* events = reader.find("events")) {
            if (!events->is_array()) reader.refuse("events", "must be a list");
            else
                for (const auto& event : events->get_array())
                    if (event.is_string()) endpoint.events.emplace_back(event.get_string());
        }
        if (reader.error()) return wrong(reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
        if (!endpoint.url.starts_with("https://") && !endpoint.url.starts_with("http://")) return wrong("url must begin with https:// or http://");
        if (endpoint.algorithm != "hmac-sha256" && endpoint.algorithm != "hmac-sm3") return wrong("algorithm must be hmac-sha256 or hmac-sm3");
        if (endpoint.name.empty() || std::any_of(endpoints.begin(), endpoints.end(), [&](const WebhookEndpoint& other) { return other.name == endpoint.name; })) return wrong("every endpoint needs a name of its own");
        if (!std::filesystem::path(endpoint.secret_file).is_absolute()) endpoint.secret_file = (std::filesystem::absolute(file).parent_path() / endpoint.secret_file).lexically_normal().string();
        const auto secret = load_secret(endpoint.secret_file);
        if (!secret || secret->size() < 16) return wrong("the secret of " + endpoint.name + " cannot be read or is shorter than 16 characters: " + endpoint.secret_file);
        endpoints.push_back(std::move(endpoint));
    }
    return endpoints;
}

Result<void> check_sms_settings(const SmsSettings& settings) {
    TRY(TemplateText::parse(settings.url, gateway_placeholders));
    TRY(TemplateText::parse(settings.body, gateway_placeholders));
    for (const auto& header : settings.headers) {
        TRY(TemplateText::parse(header, gateway_placeholders));
        if (header.find(':') == std::string::npos) return fail("template_wrong", {{"reason", "a header is written Name: value"}});
    }
    return {};
}

std::string write_email(const EmailSettings& settings, const Message& message) {
    const auto at = settings.from.rfind('@');
    const auto domain = at == std::string::npos ? std::string("localhost") : settings.from.substr(at + 1);
    std::string letter;
    letter += "Date: " + mail_date(message.at_ms) + "\r\n";
    letter += "From: " + encoded_word(escape(settings.from_name, Escaping::header)) + " <" + escape(settings.from, Escaping::header) + ">\r\n";
    letter += "To: <" + escape(message.address, Escaping::header) + ">\r\n";
    letter += "Subject: " + encoded_word(escape(message.subject, Escaping::header)) + "\r\n";
    letter += "Message-ID: <" + message.id + "@" + domain + ">\r\n";
    letter += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    return letter + base64_lines(message.text) + "\r\n";
}

Outcome send_email(const EmailSettings& settings, const Message& message) {
    const auto password = load_secret(settings.password_file);
    if (!password) return {Handed::failed, "secret_unreadable", ""};
    const auto letter = write_email(settings, message);
    const auto answered = outgoing::hand_over_mail({.server = settings.server, .security = settings.security, .user = settings.user, .password = *password, .from = settings.from,
                                                    .to = escape(message.address, Escaping::header), .ca_file = settings.ca_file, .seconds = settings.time_out_seconds, .letter = letter});
    if (answered.code == 0) return {Handed::sent, "", ""};
    const auto status = answered.status;
    log_warning("an e-mail could not be handed over", {{"notice", message.id}, {"what", answered.words}, {"status", std::to_string(status)}});
    const auto detail = std::to_string(status > 0 ? status : answered.code);
    // Once the whole letter is out only the server's own no is a no.
    const bool is_answered_no = status >= 400 && status < 600;
    if (answered.is_whole_out && !is_answered_no) return {Handed::unknown, "broken_off", detail};
    if (answered.reason == "sign_in") return {Handed::failed, "sign_in", detail};
    if (is_answered_no) return {is_final_refusal(status) ? Handed::refused : Handed::failed, is_final_refusal(status) ? "address_refused" : "refused", detail};
    return {Handed::failed, answered.reason, detail};
}

Outcome send_sms(const SmsSettings& settings, const Message& message) {
    const auto secret = load_secret(settings.secret_file);
    if (!secret) return {Handed::failed, "secret_unreadable", ""};
    const Values values{{"phone", message.address}, {"text", message.text}, {"id", message.id}, {"secret", *secret}};
    const auto fill = [&](const std::string& text, Escaping escaping) { return TemplateText::parse(text, gateway_placeholders)->fill(values, escaping); };
    if (!check_sms_settings(settings)) return {Handed::failed, "channel_off", ""};
    std::vector<std::string> headers;
    for (const auto& header : settings.headers) headers.push_back(fill(header, Escaping::header));
    headers.emplace_back(settings.format == "form" ? "Content-Type: application/x-www-form-urlencoded" : "Content-Type: application/json");
    const auto body = fill(settings.body, settings.format == "form" ? Escaping::form : Escaping::json);
    const auto answered = outgoing::exchange_http({.url = fill(settings.url, Escaping::form), .method = settings.method, .headers = headers, .body = body, .ca_file = settings.ca_file, .seconds = settings.time_out_seconds});
    if (answered.code != 0) return outcome_of(answered);
    const auto status = std::to_string(answered.status);
    // What stands between us and the gateway does not know whether it has taken the message.
    if (answered.status == 502 || answered.status == 504) return {Handed::unknown, "broken_off", status};
    const bool is_good = answered.status >= 200 && answered.status < 300 && (settings.success.empty() || answered.body.find(settings.success) != std::string::npos);
    return is_good ? Outcome{Handed::sent, "", status} : Outcome{Handed::failed, "answer", status};
}

std::string webhook_signature(const std::string& algorithm, const std::string& secret, const std::string& id, std::int64_t timestamp_s, const std::string& body) {
    const auto text = id + "." + std::to_string(timestamp_s) + "." + body;
    return algorithm + "=" + to_hex(algorithm == "hmac-sm3" ? hmac_sm3(secret, text) : hmac_sha256(secret, text));
}

Outcome post_webhook(const ChannelSettings& settings, const WebhookEndpoint& endpoint, const Message& message) {
    const auto secret = load_secret(endpoint.secret_file);
    if (!secret || secret->empty()) return {Handed::failed, "secret_unreadable", ""};
    const auto permitted = http::AddressList::parse(settings.private_networks);
    static const auto none = *http::AddressList::parse({});
    const auto timestamp = message.at_ms / 1000;
    const std::vector<std::string> headers{"Content-Type: application/json", "X-Chengge-Id: " + message.id, "X-Chengge-Timestamp: " + std::to_string(timestamp),
                                           "X-Chengge-Signature: " + webhook_signature(endpoint.algorithm, *secret, message.id, timestamp, message.text)};
    const auto answered = outgoing::exchange_http({.url = endpoint.url, .method = "POST", .headers = headers, .body = message.text, .ca_file = settings.webhook_ca_file,
                                                   .seconds = settings.webhook_time_out_seconds, .permitted = permitted ? &*permitted : &none});
    if (answered.code != 0) return outcome_of(answered);
    const bool is_good = answered.status >= 200 && answered.status < 300;
    return is_good ? Outcome{Handed::sent, "", std::to_string(answered.status)} : Outcome{Handed::failed, "answer", std::to_string(answered.status)};
}

} // namespace chengge::notices
