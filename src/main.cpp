#include "platform/cli.hpp"

int main(int argc, char** argv) { return chengge::platform::run_command_line(argc, argv); }
