#include "platform/serve.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/time.hpp"
#include "platform/backup_files.hpp"
#include "platform/commands.hpp"
#include "platform/notify.hpp"
#include "rules/rules_report.hpp"

namespace chengge::platform {

namespace {

LogTarget log_target_of(const Config& config) {
    return {.file = config.log.file, .rotate_bytes = std::int64_t{config.log.rotate_mb} << 20, .keep = config.log.keep};
}

// Asked a second time, the program ends at once: what was acknowledged is on the disk.
void end_at_the_next(sigset_t signals) {
    sigdelset(&signals, SIGHUP);
    sigdelset(&signals, SIGUSR1);
    std::thread([signals] {
        int signal = 0;
        if (sigwait(&signals, &signal) == 0) _exit(130);
    }).detach();
}

void wait_for_end(RunningServer& server, const sigset_t& signals) {
    for (int signal = 0; sigwait(&signals, &signal) == 0;) {
        if (signal == SIGHUP) server.reload();
        else if (signal != SIGUSR1) break;
        if (!set_log_target(log_target_of(*server.config()))) log_error("the log file cannot be opened", {{"file", server.config()->log.file}});
    }
    notify_supervisor("STOPPING=1");
    end_at_the_next(signals);
    log_info("the server stops: running requests are finished first");
}

int serve_city(Installation& city, const ServeOptions& options, const sigset_t& signals) {
    const auto& config = city.options.config;
    for (const auto& warning : rules::find_warnings(*city.rules->current(), city_date(city.clock->now_ms())))
        log_warning(warning.reason, {{"file", warning.file}});
    RunningServer server(city, options);
    const auto& listen = options.listen.empty() ? config.listen : options.listen;
    const auto url = (config.tls.certificate.empty() ? "http://" : "https://") + listen.substr(0, listen.rfind(':')) + ":" + std::to_string(server.port());
    if (const auto until = city.identity->setup_link_until())
        std::printf("first administrators: the link made before works until %s; `chengge setup-link` makes a new one\n", format_rfc3339(*until).c_str());
    else if (const auto secret = city.identity->make_setup_secret())
        std::printf("first administrators: open %s/setup#secret=%s once\n", config.platform.url.empty() ? url.c_str() : public_url(city.options).c_str(), secret->c_str());
    give_memory_back(); // what the opening took
    std::printf("listening on %s\n", url.c_str());
    std::fflush(stdout);
    notify_supervisor("READY=1");
    wait_for_end(server, signals);
    return 0;
}

} // namespace

int serve(InstallationOptions installation, const ServeOptions& options) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const auto has = [&](std::string_view name) { return std::filesystem::exists(installation.data + "/" + std::string(name)); };
    if (installation.config.file.empty() && !has("demo.json") && !has(restoring_name)) {
        std::fprintf(stderr, "there is no city in %s yet: begin with `chengge init --data %s`\n", installation.data.c_str(), installation.data.c_str());
        return 1;
    }
    set_log_level(*parse_log_level(installation.config.log.level));
    if (!set_log_target(log_target_of(installation.config))) {
        std::fprintf(stderr, "cannot start: the log file %s cannot be opened\n", installation.config.log.file.c_str());
        return 1;
    }
    auto city = Installation::open(std::move(installation));
    if (!city) return refuse(city.error());
    try {
        return serve_city(**city, options, signals);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cannot serve: %s\n", error.what());
        return 1;
    }
}

} // namespace chengge::platform
