// What an import found and did: faults with their place, counts.
#pragma once

#include <string>
#include <vector>

#include "base/words.hpp"

namespace chengge {

struct ImportFault {
    std::string file;
    int place = 0;           // line, or number of the feature, from 1; 0 = the file as a whole
    bool is_feature = false; // which of the two
    Words words;
};

struct ImportReport {
    std::vector<ImportFault> faults;
    std::vector<Words> notes; // to be known, not to be mended
    int rows = 0;             // of the file
    int added = 0, changed = 0, unchanged = 0, ended = 0;
    int skipped = 0; // for their faults
    bool is_stored = false;
};

struct ImportOptions {
    bool is_check = false;     // look only
    bool skips_faulty = false; // store the rest
    bool is_complete = false;  // what the file does not have is ended
};

} // namespace chengge
