// A zip of a shapefile, taken apart without trusting it.
#pragma once

#include <string>

#include "base/result.hpp"

namespace chengge::survey {

struct UnpackBounds {
    std::int64_t bytes = std::int64_t{8} << 30; // of all members together
    std::int64_t ratio = 200;                   // unpacked to packed, of a member over 1 MB
    int members = 2000;
};

// Writes the .shp with its .shx .dbf .prj .cpg as `folder`/input.*: never a name from the archive, nothing else. The shapefile
// is the only one, or the one called `wanted` (its path in the archive). Refusals: survey_zip_broken (reason);
// survey_zip_unsafe (member): a link, an absolute path, "..", an encrypted member; survey_zip_bomb; survey_zip_without_shapefile;
// survey_zip_of_many (names) when it holds several and none was chosen.
Result<void> unpack_shapefile(const std::string& zip, const std::string& folder, const std::string& wanted, const UnpackBounds& bounds);

} // namespace chengge::survey
