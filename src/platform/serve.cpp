#include "platform/serve.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include <yaml-cpp/yaml.h>

#include "base/log.hpp"
#include "base/text.hpp"
#include "demo/demo_routes.hpp"
#include "http/http.hpp"
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

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1" || host == "[::1]" || host == "localhost"; }

json::value to_json(const YAML::Node& node) {
    switch (node.Type()) {
    case YAML::NodeType::Sequence: {
        json::array array;
        for (const auto& item : node) array.push_back(to_json(item));
        return array;
    }
    case YAML::NodeType::Map: {
        json::object object;
        for (const auto& member : node) object[member.first.as<std::string>()] = to_json(member.second);
        return object;
    }
    case YAML::NodeType::Scalar: {
        const auto text = node.as<std::string>();
        if (node.Tag() == "!") return json::value(text); // quoted
        bool flag = false;
        if (YAML::convert<bool>::decode(node, flag) && (text == "true" || text == "false")) return flag;
        std::int64_t number = 0;
        if (YAML::convert<std::int64_t>::decode(node, number)) return number;
        return json::value(text);
    }
    default: return nullptr;
    }
}

} // namespace

Result<json::value> load_contract(const std::string& path) {
    try {
        return to_json(YAML::LoadFile(path));
    } catch (const YAML::Exception& error) {
        return fail("bad_data", {{"file", path}, {"line", std::to_string(error.mark.line + 1)}, {"reason", error.msg}});
    }
}

struct RunningServer::State {
    State(Installation& given, const ServeOptions& given_options) : city(given), options(given_options) {}

    void start() {
        auto loaded = http::Problems::load(city.options.home + "/api/errors.csv");
        if (!loaded) throw std::runtime_error("api/errors.csv: " + loaded.error().facts["reason"]);
        problems = std::move(*loaded);
        auto contract = load_contract(city.options.home + "/api/openapi.yaml");
        if (!contract) throw std::runtime_error("api/openapi.yaml: " + contract.error().facts["reason"]);
        const auto address = parse_address(options.listen);
        if (!address) throw std::runtime_error(address.error().facts.at("argument") + ": " + address.error().facts.at("reason"));
        if (city.is_demo && !is_loopback(address->host) && !options.allows_open_demo)
            throw std::runtime_error("this city has the demo's known passwords and is served on loopback only; add --allow-open-demo to serve it on " + address->host + " all the same");
        http::Router router;
        router.add(http::Method::get, "/healthz", [](const http::Request&) { return http::Response::text("ok\n"); });
        router.add(http::Method::get, "/api/openapi.json", [text = to_json_text(*contract)](const http::Request&) { return http::Response::text(text, "application/json"); });
        city.identity->add_routes(router, problems);
        city.grid->add_routes(router, *city.identity, problems, city.is_demo);
        city.media->add_routes(router, *city.identity, problems, [this](const identity::Viewer& viewer, const media::Media& photo) { return city.cases->may_read_media(viewer, photo); }, city.is_demo);
        city.cases->add_routes(router, problems);
        demo::add_routes(router, problems, {*city.database, *city.clock, *city.identity, *city.grid, *city.cases, city.options.data + "/demo.json"});
        const auto web = city.options.home + "/web/apps/desk/dist";
        if (std::filesystem::exists(web)) router.serve_folder("/", web);
        routes = router.entries();
        follower = std::make_unique<storage::FeedFollower>(*city.database);
        city.cases->start_jobs(*follower);
        root_job = std::make_unique<cases::RootJob>(*city.roots, *city.clock);
        server = std::make_unique<http::Server>(http::ServerOptions{.address = address->host, .port = address->port, .io_threads = 1, .worker_threads = 4}, std::move(router), problems);
        server->start();
    }

    Installation& city;
    ServeOptions options;
    http::Problems problems;
    std::vector<http::Router::Entry> routes;
    std::unique_ptr<storage::FeedFollower> follower;
    std::unique_ptr<cases::RootJob> root_job;
    std::unique_ptr<http::Server> server;
};

RunningServer::RunningServer(Installation& city, const ServeOptions& options) : state_(std::make_unique<State>(city, options)) { state_->start(); }

RunningServer::~RunningServer() {
    state_->server->stop();
    state_->root_job.reset();
    state_->city.cases->stop_jobs();
}

std::uint16_t RunningServer::port() const { return state_->server->port(); }

std::vector<http::Router::Entry> RunningServer::routes() const { return state_->routes; }

void RunningServer::reload_rules() {
    auto loaded = load_city_rules(state_->city.options);
    if (!loaded) {
        log_error("the rules were not changed: they have faults", {{"faults", rules::print_faults(loaded.error())}});
        return;
    }
    state_->city.rules->publish(*loaded, state_->city.clock->now_ms());
    log_info("rules published", {{"version", (*loaded)->version_sm3}});
}

int serve(InstallationOptions installation, const ServeOptions& options) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    auto city = Installation::open(std::move(installation));
    if (!city) {
        auto facts = city.error().facts;
        std::fprintf(stderr, "cannot start: %s %s:%s: %s\n", city.error().code.c_str(), facts["file"].c_str(), facts["line"].c_str(), facts["reason"].c_str());
        return 1;
    }
    try {
        for (const auto& warning : rules::find_warnings(*(*city)->rules->current(), city_date((*city)->clock->now_ms())))
            log_warning(warning.reason, {{"file", warning.file}});
        RunningServer server(**city, options);
        const auto host = options.listen.substr(0, options.listen.rfind(':'));
        const auto url = "http://" + host + ":" + std::to_string(server.port());
        if (const auto secret = (*city)->identity->make_setup_secret())
            std::printf("first administrators: open %s/setup#secret=%s once\n", url.c_str(), secret->c_str());
        std::printf("listening on %s\n", url.c_str());
        std::fflush(stdout);
        for (int signal = 0; sigwait(&signals, &signal) == 0;) {
            if (signal != SIGHUP) break;
            server.reload_rules();
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cannot serve: %s\n", error.what());
        return 1;
    }
    return 0;
}

} // namespace chengge::platform
