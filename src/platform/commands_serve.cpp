// chengge serve
#include "base/csv.hpp"
#include "platform/commands.hpp"
#include "platform/serve.hpp"

namespace chengge::platform {

void add_serve_command(Commands& commands) {
    static ServeOptions serve_options;
    static std::string clock_speed = "1x";
    auto& options = commands.options;
    auto* serve_command = commands.app.add_subcommand("serve", "serve a city");
    add_city_options(*serve_command, options);
    serve_command->add_option("--listen", serve_options.listen, "ADDRESS:PORT in place of the configuration's (127.0.0.1:8080)");
    serve_command->add_option("--overlay", options.overlay, "the city's own folder of changed rules");
    serve_command->add_option("--clock", clock_speed, "demo data only: run the clock faster, e.g. 600x");
    serve_command->add_flag("--allow-open-demo", serve_options.allows_open_demo, "serve a demo's known passwords beyond this machine");
    serve_command->footer("example: chengge serve --data /var/lib/chengge --listen 127.0.0.1:8080");
    serve_command->callback([&options, &act = commands.act] {
        act = [&options] {
            options.clock_speed = std::atof(clock_speed.c_str());
            const bool is_demo = load_file(options.data + "/demo.json").has_value();
            if (!(options.clock_speed > 0) || (options.clock_speed != 1 && !is_demo))
                return refuse({"bad_argument", {{"argument", "--clock " + clock_speed}, {"reason", "only a demo city's clock may run faster"}}});
            return serve(options, serve_options);
        };
    });
}

} // namespace chengge::platform
