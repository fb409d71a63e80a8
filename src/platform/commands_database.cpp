// chengge migrate | audit
#include <cstdio>

#include "base/csv.hpp"
#include "base/time.hpp"
#include "cases/evidence.hpp"
#include "platform/commands.hpp"
#include "storage/migrations.hpp"

namespace chengge::platform {

int print_report(const cases::AuditReport& report) {
    for (const auto& fault : report.faults) std::printf("%s\n", fault.c_str());
    for (const auto& note : report.notes) std::printf("note: %s\n", note.c_str());
    std::printf("%lld cases, %lld steps, %lld photos, %lld signed roots%s: ", static_cast<long long>(report.cases), static_cast<long long>(report.steps),
                static_cast<long long>(report.photos), static_cast<long long>(report.roots), report.signed_until.empty() ? "" : (" up to " + report.signed_until).c_str());
    if (report.faults_found == 0) std::puts("every chain is whole");
    else std::printf("faults found: %lld\n", static_cast<long long>(report.faults_found));
    return report.faults_found == 0 ? 0 : 1;
}

namespace {

struct AuditArguments {
    int faults_max = 100;
    std::string key, witness, pack;
};

int audit_pack(const std::string& path, const std::optional<PublicKey>& trusted) {
    const auto bytes = load_file(path);
    if (!bytes) return refuse(bytes.error());
    const auto report = cases::audit_pack(*bytes, trusted, CHENGGE_VERSION);
    return report ? print_report(*report) : refuse(report.error());
}

int audit(const InstallationOptions& options, const AuditArguments& arguments) {
    cases::AuditOptions audit_options{.faults_max = arguments.faults_max};
    if (!arguments.key.empty()) {
        const auto text = load_file(arguments.key);
        if (!text) return refuse(text.error());
        const auto key = read_public_key(*text);
        if (!key) return refuse({"key_unreadable", {{"file", arguments.key}}});
        audit_options.trusted = *key;
    }
    if (!arguments.witness.empty()) {
        const auto text = load_file(arguments.witness);
        if (!text) return refuse(text.error());
        audit_options.witness = *text;
    }
    if (!arguments.pack.empty()) return audit_pack(arguments.pack, audit_options.trusted);
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    auto& city = **opened;
    audit_options.now_ms = city.clock->now_ms();
    const auto report = cases::audit_city({*city.database, *city.rules, &city.identity->keys(), city.media.get()}, audit_options);
    if (!report) return refuse(report.error());
    return print_report(*report);
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
    static bool is_without_backup = false;
    migrate_command->add_flag("--without-backup", is_without_backup, "do not make a backup first");
    migrate_command->footer("example: chengge migrate --data /var/lib/chengge");
    migrate_command->callback([&options, &act = commands.act] { act = [&options] {
            options.backs_up_before_upgrade = !is_without_backup;
            return migrate(options);
        }; });

    static AuditArguments arguments;
    auto* audit_command = commands.app.add_subcommand("audit", "prove chains, rows, photos and signed roots; exit 1 naming the faults");
    add_city_options(*audit_command, options);
    audit_command->add_option("--faults", arguments.faults_max, "name at most this many")->capture_default_str();
    audit_command->add_option("--key", arguments.key, "a public key (PEM) that every root must go back to");
    audit_command->add_option("--witness", arguments.witness, "a file of chengge roots export that was kept elsewhere");
    audit_command->add_option("--pack", arguments.pack, "an evidence pack in place of a city: audited alone, no database needed");
    audit_command->footer("example: chengge audit --data /var/lib/chengge");
    audit_command->callback([&options, &act = commands.act] { act = [&options] { return audit(options, arguments); }; });
}

} // namespace chengge::platform
