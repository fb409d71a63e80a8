#include "notices/channels.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/address_list.hpp"

#include <fmt/format.h>

namespace chengge::notices {

namespace {

constexpr std::size_t answer_kept = 64 * 1024, answer_max = 1024 * 1024;
constexpr long connect_seconds = 10;

const std::vector<std::string_view> gateway_placeholders{"phone", "text", "id", "secret"};

// Starts libcurl once, before any thread of ours uses it.
struct CurlLibrary {
    CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
};

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

class List {
public:
    void add(const std::string& line) { list_.reset(curl_slist_append(list_.release(), line.c_str())); }
    curl_slist* get() const { return list_.get(); }

private:
    std::unique_ptr<curl_slist, FreeList> list_;
};

// What goes out and what comes in of one exchange.
struct Exchange {
    std::string_view out;
    std::size_t taken = 0;
    std::string in;
    std::size_t received = 0;
    const http::AddressList* permitted = nullptr; // set: only these and public addresses
    bool was_closed_off = false;
    bool is_whole_out() const { return taken == out.size(); }
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* to) {
    auto& exchange = *static_cast<Exchange*>(to);
    const auto length = std::min(size * count, exchange.out.size() - exchange.taken);
    std::copy_n(exchange.out.data() + exchange.taken, length, buffer);
    exchange.taken += length;
    return length;
}

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* to) {
    auto& exchange = *static_cast<Exchange*>(to);
    const auto length = size * count;
    exchange.received += length;
    if (exchange.in.size() < answer_kept) exchange.in.append(bytes, std::min(length, answer_kept - exchange.in.size()));
    return exchange.received > answer_max ? 0 : length;
}

// Looked at when the name has been resolved and the connection is about to be opened: nothing is between the look and the use.
curl_socket_t open_socket(void* to, curlsocktype, curl_sockaddr* place) {
    auto& exchange = *static_cast<Exchange*>(to);
    char text[INET6_ADDRSTRLEN] = "";
    if (place->family == AF_INET) inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(&place->addr)->sin_addr, text, sizeof text);
    else if (place->family == AF_INET6) inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(&place->addr)->sin6_addr, text, sizeof text);
    if (is_inner_address(text) && !exchange.permitted->contains(text)) {
        exchange.was_closed_off = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(place->family, place->socktype | SOCK_CLOEXEC, place->protocol);
}

std::unique_ptr<CURL, FreeHandle> make_handle(Exchange& exchange, const std::string& url, const char* protocols, const std::string& ca_file, int seconds) {
    static const CurlLibrary library;
    std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
    if (!handle) throw std::bad_alloc();
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, protocols);
    curl_easy_setopt(handle.get(), CURLOPT_PROXY, ""); // of the environment: not meant for these
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_CONNECTTIMEOUT, connect_seconds);
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, static_cast<long>(seconds));
    curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, give);
    curl_easy_setopt(handle.get(), CURLOPT_READDATA, &exchange);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &exchange);
    if (!ca_file.empty()) curl_easy_setopt(handle.get(), CURLOPT_CAINFO, ca_file.c_str());
    if (exchange.permitted != nullptr) {
        curl_easy_setopt(handle.get(), CURLOPT_OPENSOCKETFUNCTION, open_socket);
        curl_easy_setopt(handle.get(), CURLOPT_OPENSOCKETDATA, &exchange);
    }
    return handle;
}

std::string_view reason_of(CURLcode code) {
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_USE_SSL_FAILED: return "tls";
        case CURLE_LOGIN_DENIED: return "sign_in";
        default: return "connect";
    }
}

Result<std::string> load_secret(const std::string& file) {
    if (file.empty()) return std::string();
    auto text = load_file(file);
    if (!text) return fail("bad_data", {{"file", file}, {"line", "1"}, {"reason", "cannot be read"}});
    return std::string(trim(*text));
}

// One HTTP exchange; a missing answer is `unknown` as soon as something of the request may have left.
struct Answered {
    CURLcode code = CURLE_OK;
    long status = 0;
    bool may_have_left = false, was_closed_off = false;
    std::string body;
};

Answered exchange_http(const std::string& url, const std::string& method, List& headers, const std::string& body, const std::string& ca_file, int seconds, const http::AddressList* permitted) {
    Exchange exchange;
    exchange.permitted = permitted;
    const auto handle = make_handle(exchange, url, "http,https", ca_file, seconds);
    if (method != "GET") {
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(handle.get(), CURLOPT_POSTFIELDS, body.c_str());
    }
    curl_easy_setopt(handle.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    headers.add("Expect:"); // the body goes at once
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    Answered answered;
    answered.code = curl_easy_perform(handle.get());
    long sent_bytes = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answered.status);
    curl_easy_getinfo(handle.get(), CURLINFO_REQUEST_SIZE, &sent_bytes);
    // A long answer is broken off by us; its status has been read.
    if (answered.code == CURLE_WRITE_ERROR && answered.status != 0) answered.code = CURLE_OK;
    answered.may_have_left = sent_bytes > 0;
    answered.was_closed_off = exchange.was_closed_off;
    answered.body = std::move(exchange.in);
    return answered;
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

Outcome outcome_of(const Answered& answered) {
    if (answered.was_closed_off) return {Handed::refused, "not_permitted", ""};
    if (answered.may_have_left) return {Handed::unknown, "broken_off", std::to_string(answered.code)};
    return {Handed::failed, std::string(reason_of(answered.code)), std::to_string(answered.code)};
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
    Exchange exchange;
    exchange.out = letter;
    const auto handle = make_handle(exchange, (settings.security == "tls" ? "smtps://" : "smtp://") + settings.server, "smtp,smtps", settings.ca_file, settings.time_out_seconds);
    List receivers;
    receivers.add("<" + escape(message.address, Escaping::header) + ">");
    if (settings.security == "starttls") curl_easy_setopt(handle.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (!settings.user.empty()) {
        curl_easy_setopt(handle.get(), CURLOPT_USERNAME, settings.user.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_PASSWORD, password->c_str());
    }
    const auto from = "<" + settings.from + ">";
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, receivers.get());
    curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
    const auto code = curl_easy_perform(handle.get());
    if (code == CURLE_OK) return {Handed::sent, "", ""};
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    log_warning("an e-mail could not be handed over", {{"notice", message.id}, {"what", curl_easy_strerror(code)}, {"status", std::to_string(status)}});
    const auto detail = status > 0 ? std::to_string(status) : std::to_string(code);
    // Once the whole letter is out only the server's own no is a no.
    const bool is_answered_no = status >= 400 && status < 600;
    if (exchange.taken > 0 && exchange.is_whole_out() && !is_answered_no) return {Handed::unknown, "broken_off", detail};
    if (code == CURLE_LOGIN_DENIED) return {Handed::failed, "sign_in", detail};
    if (is_answered_no) return {is_final_refusal(status) ? Handed::refused : Handed::failed, is_final_refusal(status) ? "address_refused" : "refused", detail};
    return {Handed::failed, std::string(reason_of(code)), detail};
}

Outcome send_sms(const SmsSettings& settings, const Message& message) {
    const auto secret = load_secret(settings.secret_file);
    if (!secret) return {Handed::failed, "secret_unreadable", ""};
    const Values values{{"phone", message.address}, {"text", message.text}, {"id", message.id}, {"secret", *secret}};
    const auto fill = [&](const std::string& text, Escaping escaping) { return TemplateText::parse(text, gateway_placeholders)->fill(values, escaping); };
    if (!check_sms_settings(settings)) return {Handed::failed, "channel_off", ""};
    List headers;
    for (const auto& header : settings.headers) headers.add(fill(header, Escaping::header));
    headers.add(settings.format == "form" ? "Content-Type: application/x-www-form-urlencoded" : "Content-Type: application/json");
    const auto body = fill(settings.body, settings.format == "form" ? Escaping::form : Escaping::json);
    const auto answered = exchange_http(fill(settings.url, Escaping::form), settings.method, headers, body, settings.ca_file, settings.time_out_seconds, nullptr);
    if (answered.code != CURLE_OK) return outcome_of(answered);
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
    List headers;
    headers.add("Content-Type: application/json");
    headers.add("X-Chengge-Id: " + message.id);
    headers.add("X-Chengge-Timestamp: " + std::to_string(timestamp));
    headers.add("X-Chengge-Signature: " + webhook_signature(endpoint.algorithm, *secret, message.id, timestamp, message.text));
    const auto answered = exchange_http(endpoint.url, "POST", headers, message.text, settings.webhook_ca_file, settings.webhook_time_out_seconds, permitted ? &*permitted : &none);
    if (answered.code != CURLE_OK) return outcome_of(answered);
    const bool is_good = answered.status >= 200 && answered.status < 300;
    return is_good ? Outcome{Handed::sent, "", std::to_string(answered.status)} : Outcome{Handed::failed, "answer", std::to_string(answered.status)};
}

bool is_inner_address(std::string_view address) {
    static const auto inner = *http::AddressList::parse({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
                                                         "::/128", "::1/128", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"});
    return inner.contains(address);
}

} // namespace chengge::notices
