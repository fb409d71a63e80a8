// chengge migrate | audit
#include <cstdio>

#include "base/time.hpp"
#include "platform/commands.hpp"
#include "storage/migrations.hpp"

namespace chengge::platform {

namespace {

int audit(const InstallationOptions& options, int faults_max) {
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    auto& city = **opened;
    const auto report = cases::audit_cases(*city.database, *city.rules, city.identity->keys(), city.media.get(), faults_max);
    for (const auto& fault : report.faults) std::printf("%s\n", fault.c_str());
    std::printf("%lld cases, %lld steps, %lld photos: %s\n", static_cast<long long>(report.cases), static_cast<long long>(report.steps),
                static_cast<long long>(report.photos), report.faults.empty() ? "every chain is whole" : "faults found");
    return report.faults.empty() ? 0 : 1;
}

int migrate(const InstallationOptions& options) {
    const auto city = Installation::open(options);
    if (!city) return refuse(city.error());
    for (const auto& one : storage::list_migrations(*(*city)->database))
        std::printf("%04d %s %s\n", one.number, one.name.c_str(), format_rfc3339(one.applied_ms).c_str());
    return 0;
}

} // namespace

void add_database_commands(Commands& commands) {
    auto& options = commands.options;
    auto* migrate_command = commands.app.add_subcommand("migrate", "bring a city's database to this program's schema");
    add_city_options(*migrate_command, options);
    migrate_command->footer("example: chengge migrate --data /var/lib/chengge");
    migrate_command->callback([&options, &act = commands.act] { act = [&options] { return migrate(options); }; });

    static int faults_max = 100;
    auto* audit_command = commands.app.add_subcommand("audit", "prove every case's chain, rows and photos; exit 1 naming the faults");
    add_city_options(*audit_command, options);
    audit_command->add_option("--faults", faults_max, "name at most this many")->capture_default_str();
    audit_command->footer("example: chengge audit --data /var/lib/chengge");
    audit_command->callback([&options, &act = commands.act] { act = [&options] { return audit(options, faults_max); }; });
}

} // namespace chengge::platform
