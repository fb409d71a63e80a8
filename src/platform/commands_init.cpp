// chengge init | setup-link
#include <cstdio>

#include "platform/commands.hpp"
#include "platform/init.hpp"

namespace chengge::platform {

namespace {

int make_setup_link(const InstallationOptions& options) {
    const auto city = Installation::open(options);
    if (!city) return refuse(city.error());
    const auto secret = (*city)->identity->make_setup_secret();
    if (!secret) return refuse({"setup_done", {}});
    std::printf("%s/setup#secret=%s\n", public_url(options).c_str(), secret->c_str());
    return 0;
}

} // namespace

void add_init_commands(Commands& commands) {
    static std::string answers;
    auto& options = commands.options;
    auto* init = commands.app.add_subcommand("init", "begin a city in an empty folder: asks, or takes a file");
    init->add_option("--data", options.data, "a new folder for it")->required();
    init->add_option("--database", options.database, "postgresql://… in place of the folder's file");
    init->add_option("--from", answers, "the answers, in chengge.yaml's form");
    init->footer("example: sudo -u chengge chengge init --data /var/lib/chengge");
    init->callback([&options, &act = commands.act] {
        act = [&options] {
            const auto made = init_city({.installation = options, .answers = answers, .language = spoken_language()});
            return made ? 0 : refuse(made.error());
        };
    });

    auto* link = commands.app.add_subcommand("setup-link", "a new one-time link that makes the three administrators; earlier ones stop working");
    add_city_options(*link, options);
    link->footer("example: chengge setup-link --data /var/lib/chengge");
    link->callback([&options, &act = commands.act] { act = [&options] { return make_setup_link(options); }; });
}

} // namespace chengge::platform
