// PostgreSQL's own tools, run beside the program.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace chengge::storage {

struct ProcessEnd {
    int exit_code = -1;   // 127: there is no such program
    std::string messages; // the last of what it wrote on standard error
};

// Runs a program to its end with a few more variables in its environment; its standard output is dropped.
ProcessEnd run_process(const std::vector<std::string>& words, const std::map<std::string, std::string>& environment);

} // namespace chengge::storage
