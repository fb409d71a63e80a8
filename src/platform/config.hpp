// A city's configuration: chengge.yaml in its data folder, or the file named by --config. Every
// key, its bounds and whether a running server takes a change over stand in config_fields.cpp.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/words.hpp"

namespace chengge::platform {

struct Config {
    struct Platform {
        std::string code = "440800"; // begins every case number
        std::string name;
        std::string url; // under which people reach it; empty = the listening address
    } platform;
    struct Map {
        double lon = 110.36, lat = 21.27; // CGCS2000 degrees
        double zoom = 11;
    } map;
    std::string data;     // the city's folder; empty = where the file lies
    std::string database; // empty = chengge.db in the data folder; or postgresql://…
    std::string overlay;  // empty = overlay/ in the data folder when it exists
    std::string listen = "127.0.0.1:8080";
    struct Tls {
        std::string certificate, key; // PEM; both or none
        std::string redirect_from;    // ADDRESS:PORT that only sends browsers to HTTPS
        int hsts_days = 180;
    } tls;
    std::vector<std::string> trusted_proxies = {"127.0.0.1", "::1"};
    struct Metrics {
        std::vector<std::string> allow = {"127.0.0.1", "::1"};
    } metrics;
    struct Log {
        std::string level = "info";
        std::string file; // empty = standard error, for systemd's journal
        int rotate_mb = 100;
        int keep = 30; // rotated files
    } log;
    struct Backup {
        std::string folder; // empty = none on a schedule
        int hour = 3;       // of the city's day
        int keep = 14;
    } backup;
    struct Signing {
        std::string keys; // folder; empty = keys/ in the data folder
    } signing;
    struct Email {
        std::string server; // host:port; empty = off
        std::string security = "starttls"; // starttls, tls, none
        std::string user, password_file;
        std::string from, from_name; // from_name: empty = platform.name
        std::string ca_file;
    } email;
    struct Sms {
        std::string url; // of the gateway; empty = off
        std::string method = "POST";
        std::vector<std::string> headers;
        std::string body, format = "json", success, secret_file, ca_file;
    } sms;
    struct Webhooks {
        std::string file; // JSON list of endpoints; empty = none
        std::vector<std::string> private_networks;
        std::string ca_file;
    } webhooks;
    struct BaseMaps {
        std::string file; // JSON list of foreign base maps; empty = none
        std::vector<std::string> private_networks;
        std::string ca_file;
        int cache_mb = 512; // of tiles kept on the disk
    } base_maps;
    struct Survey {
        int published_days = 30; // uploads and rows of published surveys
        int untouched_days = 90; // surveys that nobody goes on with
    } survey;
    struct Limits {
        int worker_threads = 4;  // for requests that read
        int writer_threads = 32; // for those that write: they wait together for the disk
        int queue = 512;
        int connections = 24'000;
        int streams = 20'000;
        int body_budget_mb = 128;
        int request_seconds = 30;
        int idle_seconds = 60;
        int drain_seconds = 20; // how long a stop waits for what runs
    } limits;

    std::string file; // where it was read from; empty = nothing but the defaults
};

struct ConfigFault {
    std::string file;
    int line = 0; // 0 = the file as a whole
    Words words;
};

struct LoadedConfig {
    Config config;
    std::vector<ConfigFault> faults; // none = may be used
    std::vector<ConfigFault> warnings;
    std::vector<std::string> given;  // paths of the keys that the file has
};

// Reads and checks the file; of a file with faults nothing may be used.
LoadedConfig load_config(const std::string& file);
// The same of a text, over what `before` has: flat keys ("map.lon: 110") are taken too. What lies
// outside the text is not looked at.
LoadedConfig read_config_text(const std::string& text, Config before);

// --- the table ---------------------------------------------------------------------------------

struct ConfigField {
    using Slot = std::variant<std::string*, int*, double*, std::vector<std::string>*>;
    using Check = std::optional<Words> (*)(const std::string&);
    const char* path; // "tls.certificate"
    Slot (*slot)(Config&);
    bool is_live;          // a reload takes it over; otherwise the server must be started again
    Check check = nullptr; // of a text, or of each of a list
    double least = -std::numeric_limits<double>::infinity();
    double most = std::numeric_limits<double>::infinity();
    bool is_file = false;   // a path, relative to the folder of the configuration
    bool is_secret = false; // may hold a password
};
const std::vector<ConfigField>& config_fields();
// The value as it stands in YAML.
std::string format_field(const ConfigField& field, const Config& config);
// Its passwords replaced by ***.
std::string mask_secrets(const std::string& text);

// --- texts -------------------------------------------------------------------------------------

// One line a fault: file:line:reason.
std::string print_config_faults(const std::vector<ConfigFault>& faults, Language language);
// The whole configuration as YAML, secrets masked, with what is a default and what needs a restart.
std::string print_config(const LoadedConfig& loaded, Language language);

struct ConfigChange {
    std::string path;
    bool is_live = false;
};
std::vector<ConfigChange> compare_configs(const Config& before, const Config& after);

// Whether the host, or the ADDRESS:PORT, is of this machine alone.
bool is_loopback(std::string_view address);

} // namespace chengge::platform
