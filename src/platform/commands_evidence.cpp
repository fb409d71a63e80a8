// chengge evidence
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cases/evidence.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct PackArguments {
    std::string reference, out;
    bool is_without_contact = false;
};

int write_pack(const InstallationOptions& options, const PackArguments& arguments) {
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    auto& city = **opened;
    const auto beside = arguments.out + ".writing";
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    // It may name who reported: for nobody else on this machine.
    std::error_code error;
    std::filesystem::permissions(beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
    const auto facts = cases::write_evidence({*city.database, *city.rules, *city.media, *city.identity}, arguments.reference,
                                             {.has_contact = !arguments.is_without_contact, .now_ms = city.clock->now_ms(), .program = CHENGGE_VERSION},
                                             [&](std::string_view piece) { file.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
    file.close();
    if (!facts || !file) {
        std::filesystem::remove(beside);
        return refuse(facts ? Error{"bad_argument", {{"argument", "--out " + arguments.out}, {"reason", "cannot be written"}}} : facts.error());
    }
    std::filesystem::rename(beside, arguments.out);
    std::printf("%s: %lld steps, %lld photos, %.1f MB\n", facts->case_no.empty() ? facts->case_id.c_str() : facts->case_no.c_str(), static_cast<long long>(facts->steps),
                static_cast<long long>(facts->photos), static_cast<double>(facts->bytes) / 1e6);
    if (facts->unsigned_steps > 0) std::printf("note: %lld steps are not under a signed root yet; chengge roots sign puts them there at once\n", static_cast<long long>(facts->unsigned_steps));
    return 0;
}

} // namespace

void add_evidence_command(Commands& commands) {
    auto& options = commands.options;
    static PackArguments arguments;
    auto* command = commands.app.add_subcommand("evidence", "everything that proves one case, in a single file that is audited alone (chengge audit --pack)");
    add_city_options(*command, options);
    command->add_option("--case", arguments.reference, "the case's number or id")->required();
    command->add_option("--out", arguments.out, "the file, a ZIP")->required();
    command->add_flag("--without-contact", arguments.is_without_contact, "leave the reporter's contact out; the words of the report are then not proven");
    command->footer("example: chengge evidence --data /var/lib/chengge --case 440800-20261122-00007 --out case7.zip");
    command->callback([&options, &act = commands.act] { act = [&options] { return write_pack(options, arguments); }; });
}

} // namespace chengge::platform
