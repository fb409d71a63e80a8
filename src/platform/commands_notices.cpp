// chengge notices test
#include <cstdio>

#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct TrialArguments {
    std::string channel, to;
};

int send_trial(const InstallationOptions& options, const TrialArguments& arguments) {
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    const bool is_english = spoken_language() == Language::en;
    const auto sent = (**opened).notices->send_trial(arguments.channel, arguments.to, is_english ? "en" : "zh");
    if (!sent) return refuse(sent.error());
    std::puts(is_english ? "handed over" : "已交给对方服务器");
    return 0;
}

} // namespace

void add_notices_commands(Commands& commands) {
    auto& options = commands.options;
    static TrialArguments arguments;
    auto* group = commands.app.add_subcommand("notices", "what people are told by e-mail, SMS and webhook");
    group->require_subcommand(1);
    auto* test = group->add_subcommand("test", "hands a trial over by a channel and says what the other side answered; nothing is recorded");
    add_city_options(*test, options);
    test->add_option("--channel", arguments.channel, "email, sms or webhook")->required()->check(CLI::IsMember({"email", "sms", "webhook"}));
    test->add_option("--to", arguments.to, "the address, the telephone number, or the name of the endpoint")->required();
    test->footer("example: chengge notices test --data /var/lib/chengge --channel email --to zhang@example.gov.cn");
    test->callback([&options, &act = commands.act] { act = [&options] { return send_trial(options, arguments); }; });
}

} // namespace chengge::platform
