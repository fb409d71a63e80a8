// The command line of the one program: every subcommand with --help and an example.
#pragma once

namespace chengge::platform {

int run_command_line(int argc, char** argv);

} // namespace chengge::platform
