// The server of a city: its routes, its jobs, what a reload changes.
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "base/log.hpp"
#include "demo/demo_routes.hpp"
#include "http/http.hpp"
#include "platform/backup.hpp"
#include "platform/change_follower.hpp"
#include "platform/config.hpp"
#include "platform/health.hpp"
#include "platform/metrics.hpp"
#include "platform/serve.hpp"
#include "rules/rules_report.hpp"

namespace chengge::platform {

namespace {

struct Address {
    std::string host;
    std::uint16_t port = 0;
};

Result<Address> parse_address(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto port = colon == std::string::npos ? -1 : std::atoi(text.c_str() + colon + 1);
    if (colon == std::string::npos || port < 0 || port > 65535) return fail("bad_argument", {{"argument", "--listen " + text}, {"reason", "must be ADDRESS:PORT"}});
    return Address{text.substr(0, colon), static_cast<std::uint16_t>(port)};
}

http::ServerOptions server_options_of(const Config& config) {
    http::ServerOptions options;
    options.worker_threads = config.limits.worker_threads;
    options.writer_threads = config.limits.writer_threads;
    options.queue_max = config.limits.queue;
    options.connections_max = config.limits.connections;
    options.streams_max = config.limits.streams;
    options.body_budget_bytes = static_cast<std::size_t>(config.limits.body_budget_mb) << 20;
    options.request_seconds = config.limits.request_seconds;
    options.idle_seconds = config.limits.idle_seconds;
    options.drain_seconds = config.limits.drain_seconds;
    options.trusted_proxies = config.trusted_proxies;
    options.hsts_days = config.tls.hsts_days;
    if (!config.tls.certificate.empty()) options.tls = http::TlsFiles{config.tls.certificate, config.tls.key};
    return options;
}

// What a running server cannot take over keeps its value, so that the next reload says so again.
std::string keep_what_needs_a_restart(const Config& before, Config& after) {
    std::string names;
    const bool was_tls = !before.tls.certificate.empty(), is_tls = !after.tls.certificate.empty();
    for (const auto& field : config_fields()) {
        const bool is_live = field.is_live && (was_tls == is_tls || !std::string_view(field.path).starts_with("tls."));
        if (is_live) continue;
        std::visit(
            [&]<class T>(T* old) {
                auto& fresh = *std::get<T*>(field.slot(after));
                if (fresh == *old) return;
                names += (names.empty() ? "" : " ") + std::string(field.path);
                fresh = *old;
            },
            field.slot(const_cast<Config&>(before)));
    }
    return names;
}

std::string names_of(const std::vector<ConfigChange>& changes) {
    std::string names;
    for (const auto& change : changes) names += (names.empty() ? "" : " ") + change.path;
    return names;
}

} // namespace

struct RunningServer::State {
    State(Installation& given, ServeOptions given_options)
        : city(given), options(std::move(given_options)), current(std::make_shared<const Config>(given.options.config)) {}
    // Also of a start that failed halfway, on an address in use for one: the jobs follow a feed that ends with this.
    ~State() {
        if (health) health->begin_stop();
        if (server) server->stop();
        root_job.reset();
        city.survey->stop_jobs();
        city.notices->stop_jobs();
        city.hotline->stop_jobs();
        city.cases->stop_jobs();
    }

    std::shared_ptr<const Config> config() const {
        const std::scoped_lock lock(mutex);
        return current;
    }

    void start() {
        auto loaded = http::Problems::load(city.options.home + "/api/errors.csv");
        if (!loaded) throw std::runtime_error("api/errors.csv: " + loaded.error().facts["reason"]);
        problems = std::move(*loaded);
        auto server_options = server_options_of(*current);
        bind(server_options);
        health = std::make_unique<Health>(*city.database);
        auto router = make_router();
        routes = router.entries();
        follower = std::make_unique<storage::FeedFollower>(*city.database);
        changes = std::make_unique<ChangeFollower>(city, *follower);
        city.cases->start_jobs(*follower);
        city.hotline->start_jobs(*follower);
        city.notices->start_jobs(*follower);
        city.survey->start_jobs();
        root_job = std::make_unique<cases::RootJob>(*city.roots, *city.clock);
        backup_job = std::make_unique<BackupJob>(*city.database, *city.clock, city.options.data, [this] { return backup_settings(*config()); });
        server = std::make_unique<http::Server>(server_options, std::move(router), problems);
        server->start();
    }

    void bind(http::ServerOptions& server_options) const {
        const auto address = parse_address(options.listen.empty() ? current->listen : options.listen);
        if (!address) throw std::runtime_error(address.error().facts.at("argument") + ": " + address.error().facts.at("reason"));
        if (city.is_demo && !is_loopback(address->host) && !options.allows_open_demo)
            throw std::runtime_error("this city has the demo's known passwords and is served on loopback only; add --allow-open-demo to serve it on " + address->host + " all the same");
        server_options.address = address->host;
        server_options.port = address->port;
        if (current->tls.redirect_from.empty()) return;
        const auto redirect = parse_address(current->tls.redirect_from);
        if (!redirect) throw std::runtime_error("tls.redirect_from must be ADDRESS:PORT");
        server_options.redirect_address = redirect->host;
        server_options.redirect_port = redirect->port;
    }

    http::Router make_router() {
        http::Router router;
        router.add(http::Method::get, "/healthz", [this](const http::Request&) { return answer_health(); }, {.is_direct = true});
        router.add(http::Method::get, "/metrics", [this](const http::Request& request) { return answer_metrics(request); });
        // Read when somebody asks: a start need not wait for a quarter of a megabyte of YAML.
        router.add(http::Method::get, "/api/openapi.json", [this](const http::Request& request) {
            const std::scoped_lock lock(contract_mutex);
            if (contract_text.empty()) {
                const auto contract = load_contract(city.options.home + "/api/openapi.yaml");
                if (!contract) return problems.answer(contract.error(), request);
                contract_text = to_json_text(*contract);
            }
            return http::Response::text(contract_text, "application/json");
        });
        city.identity->add_routes(router, problems);
        city.grid->add_routes(router, *city.identity, problems, city.is_demo);
        city.media->add_routes(router, *city.identity, problems, [this](const identity::Viewer& viewer, const media::Media& photo) {
            return city.cases->may_read_media(viewer, photo) || city.patrol->may_read_media(viewer, photo.id) || city.emergency->may_read_media(viewer, photo) || city.registry->may_read_media(viewer, photo.id);
        }, city.is_demo);
        city.responsibility->add_routes(router, problems);
        city.cases->add_routes(router, problems);
        city.hotline->add_routes(router, problems);
        city.patrol->add_routes(router, problems);
        city.notices->add_routes(router, problems);
        city.reorganisation->add_routes(router, problems);
        city.emergency->add_routes(router, problems);
        city.registry->add_routes(router, problems);
        city.addresses->add_routes(router, problems);
        city.maps->add_routes(router, problems);
        city.survey->add_routes(router, problems);
        demo::add_routes(router, problems, {*city.database, *city.clock, *city.identity, *city.grid, *city.cases, city.options.data + "/demo.json"});
        const auto web = city.options.home + "/web/apps/desk/dist";
        if (std::filesystem::exists(web)) router.serve_folder("/", web);
        return router;
    }

    http::Response answer_health() const {
        const auto obstacle = health->obstacle();
        auto response = http::Response::text(obstacle.empty() ? "ok\n" : obstacle + "\n");
        if (!obstacle.empty()) response.status = 503;
        return response;
    }

    http::Response answer_metrics(const http::Request& request) const {
        const auto now = config();
        // Who may not see them is not told that they exist.
        if (!is_metrics_reader(*now, request.remote_address)) return problems.answer({"not_found", {}}, request);
        return http::Response::text(print_metrics({city, *server, *now, follower->position(), health->obstacle().empty()}), "text/plain; version=0.0.4; charset=utf-8");
    }

    bool reload() {
        auto fresh = *config();
        if (!fresh.file.empty()) {
            auto loaded = load_config(fresh.file);
            if (!loaded.faults.empty()) {
                log_error("nothing was changed: the configuration has faults", {{"faults", print_config_faults(loaded.faults, Language::en)}});
                return false;
            }
            fresh = std::move(loaded.config);
        }
        const auto before = config();
        const auto waiting = keep_what_needs_a_restart(*before, fresh);
        auto rules_options = city.options;
        rules_options.config = fresh;
        auto rules = load_city_rules(rules_options);
        if (!rules) {
            log_error("nothing was changed: the rules have faults", {{"faults", rules::print_faults(rules.error())}});
            return false;
        }
        const auto notice_data = notices::load_notice_data(rules_options.home + "/data", overlay_folder(rules_options), **rules);
        const auto channels = channel_settings(rules_options);
        if (!notice_data || !channels) {
            const auto& error = notice_data ? channels.error() : notice_data.error();
            log_error("nothing was changed: the notices have faults", {{"file", error.facts.at("file")}, {"reason", error.facts.at("reason")}});
            return false;
        }
        const auto base_maps = base_map_settings(rules_options);
        if (!base_maps) {
            log_error("nothing was changed: the base maps have faults", {{"file", base_maps.error().facts.at("file")}, {"reason", base_maps.error().facts.at("reason")}});
            return false;
        }
        try {
            city.rules->store(**rules, city.clock->now_ms());
        } catch (const std::exception& error) {
            log_error("nothing was changed: the rules cannot be stored", {{"what", error.what()}});
            return false;
        }
        if (const auto taken = server->reload(server_options_of(fresh)); !taken) {
            log_error("nothing was changed: " + problems.sentence(taken.error(), "en"));
            return false;
        }
        city.rules->use(*rules);
        city.notices->use_data(*notice_data);
        city.notices->use_channels(*channels);
        city.maps->base_maps().use(*base_maps);
        city.survey->use(kept_days(fresh));
        if (const auto loaded = city.hotline->load_model(); !loaded) log_error("the class model stays as it was", {{"reason", problems.sentence(loaded.error(), "en")}});
        set_log_level(*parse_log_level(fresh.log.level));
        const auto changed = names_of(compare_configs(*before, fresh));
        {
            const std::scoped_lock lock(mutex);
            current = std::make_shared<const Config>(std::move(fresh));
        }
        log_info("configuration and rules were read again", {{"changed", changed}, {"needs_a_restart", waiting}, {"rules", (*rules)->version_sm3}});
        return true;
    }

    Installation& city;
    ServeOptions options;
    http::Problems problems;
    std::vector<http::Router::Entry> routes;
    std::mutex contract_mutex; // guards the text
    std::string contract_text;
    mutable std::mutex mutex; // guards `current`
    std::shared_ptr<const Config> current;
    std::unique_ptr<Health> health;
    std::unique_ptr<storage::FeedFollower> follower;
    std::unique_ptr<ChangeFollower> changes;
    std::unique_ptr<cases::RootJob> root_job;
    std::unique_ptr<BackupJob> backup_job;
    std::unique_ptr<http::Server> server;
};

RunningServer::RunningServer(Installation& city, const ServeOptions& options) : state_(std::make_unique<State>(city, options)) { state_->start(); }

RunningServer::~RunningServer() = default;

std::uint16_t RunningServer::port() const { return state_->server->port(); }
std::uint16_t RunningServer::redirect_port() const { return state_->server->redirect_port(); }
std::vector<http::Router::Entry> RunningServer::routes() const { return state_->routes; }
bool RunningServer::reload() { return state_->reload(); }
std::shared_ptr<const Config> RunningServer::config() const { return state_->config(); }

} // namespace chengge::platform
