// chengge doctor
#include <algorithm>
#include <cstdio>

#include "platform/commands.hpp"
#include "platform/doctor.hpp"

namespace chengge::platform {

void add_doctor_command(Commands& commands) {
    auto* doctor = commands.app.add_subcommand("doctor", "is the city healthy, and what to do; exit 0 = well, 1 = warnings, 2 = failures");
    add_city_options(*doctor, commands.options);
    doctor->footer("example: sudo -u chengge chengge doctor --data /var/lib/chengge");
    doctor->callback([&options = commands.options, &act = commands.act] {
        act = [&options] {
            const auto findings = examine(options);
            std::fputs(print_findings(findings, spoken_language()).c_str(), stdout);
            const auto worst = std::ranges::max_element(findings, {}, &Finding::level);
            return worst == findings.end() ? 0 : static_cast<int>(worst->level);
        };
    });
}

} // namespace chengge::platform
