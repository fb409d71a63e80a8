// Handing a notice over: SMTP and HTTP, by way of outgoing.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "notices/template_text.hpp"

namespace chengge::notices {

struct EmailSettings {
    std::string server;              // host:port; empty = the channel is off
    std::string security = "starttls"; // starttls, tls, none
    std::string user, password_file; // empty = no signing in
    std::string from, from_name;     // the address and how it is called
    std::string ca_file;             // whom to believe; empty = the system's authorities
    int time_out_seconds = 20;
};

struct SmsSettings {
    std::string url; // of the gateway; empty = the channel is off. {phone}, {text}, {id}, {secret} are filled in
    std::string method = "POST";
    std::vector<std::string> headers; // "Name: value", filled in as the address
    std::string body;                 // filled in, escaped as `format` says
    std::string format = "json";      // json, form
    std::string success;              // a text that a successful answer holds; empty = any 2xx
    std::string secret_file, ca_file;
    int time_out_seconds = 15;
};

struct WebhookEndpoint {
    std::string name, url;
    std::string algorithm = "hmac-sha256"; // or hmac-sm3
    std::string secret_file;
    std::vector<std::string> events; // actions, numbered, yellow, red; empty = all
    bool wants(std::string_view event) const;
};

struct ChannelSettings {
    EmailSettings email;
    SmsSettings sms;
    std::vector<WebhookEndpoint> webhooks;
    std::vector<std::string> private_networks; // that webhooks may reach; loopback and private ones are closed otherwise
    std::string webhook_ca_file;
    int webhook_time_out_seconds = 10;
    std::string platform_name = "城管", public_url; // {平台}, {链接}
    bool is_on(std::string_view channel) const;
    const WebhookEndpoint* find_webhook(std::string_view name) const;
};

// Endpoints of a JSON file: [{"name", "url", "secret_file", "algorithm"?, "events"?}]; paths are relative to the file's folder.
// Refusal bad_data with file and reason.
Result<std::vector<WebhookEndpoint>> load_webhooks(const std::string& file);
// Whether the texts of the gateway can be filled in; refusal template_wrong with the reason.
Result<void> check_sms_settings(const SmsSettings& settings);

// What is to be handed over.
struct Message {
    std::string id;      // of the notice: Message-ID, the gateway's {id}, X-Chengge-Id
    std::string address; // e-mail address or phone
    std::string subject, text;
    std::int64_t at_ms = 0; // of the handing over
};

enum class Handed { sent, failed, refused, unknown }; // refused: for good, not tried again

struct Outcome {
    Handed handed = Handed::failed;
    std::string reason; // of labels.csv, list reasons; empty when sent
    std::string detail; // the server's status code, no text of its own
};

Outcome send_email(const EmailSettings& settings, const Message& message);
Outcome send_sms(const SmsSettings& settings, const Message& message);
// `message.text` is the JSON body. Signed over "id.timestamp.body".
Outcome post_webhook(const ChannelSettings& settings, const WebhookEndpoint& endpoint, const Message& message);

// The bytes of the letter: headers as RFC 2047, a body of UTF-8 in base64, the notice's id in Message-ID.
std::string write_email(const EmailSettings& settings, const Message& message);
// "v1,<hex>" is compared by receivers: HMAC over "id.timestamp.body".
std::string webhook_signature(const std::string& algorithm, const std::string& secret, const std::string& id, std::int64_t timestamp_s, const std::string& body);

} // namespace chengge::notices
