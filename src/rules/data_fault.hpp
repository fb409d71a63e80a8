// What is wrong with a data file, for the person who edits it.
#pragma once

#include <string>

namespace chengge::rules {

struct DataFault {
    std::string file;
    int line = 0; // 0 = the whole file
    std::string reason;
};

} // namespace chengge::rules
