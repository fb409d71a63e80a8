// Surveys as strangers send them: an archive's members stay inside their folder, rows have their header's width, texts are UTF-8.
#include <filesystem>

#include <unistd.h>

#include "base/files.hpp"
#include "base/text.hpp"
#include "fuzz.hpp"
#include "survey/rows.hpp"
#include "survey/unpack.hpp"

using namespace chengge;
using namespace chengge::survey;
namespace files = std::filesystem;

FUZZ(input) {
    static const auto folder = "/dev/shm/fuzz-survey-" + std::to_string(getpid());
    files::remove_all(folder);
    make_folders(folder + "/out");
    save_file(folder + "/input", input);
    if (unpack_shapefile(folder + "/input", folder + "/out", "", {.bytes = 1 << 20, .ratio = 200, .members = 100})) ASSERT(files::exists(folder + "/out/input.shp"));
    for (const auto& entry : files::recursive_directory_iterator(folder + "/out")) ASSERT(entry.is_regular_file() && !entry.is_symlink() && entry.path().filename().string().starts_with("input."));
    auto reader = RowReader::open(folder + "/input", Encoding::automatic);
    if (!reader) return;
    const auto places = find_geometry_columns(reader->header());
    std::int64_t number = 0;
    for (SourceRow row; reader->next(row);) {
        ASSERT(row.number == ++number);
        ASSERT(row.values.size() == reader->header().size());
        for (const auto& value : row.values) ASSERT(is_utf8(value));
        const auto shape = read_shape(row, places);
        ASSERT((shape.state == ShapeState::ok) == shape.geometry.has_value());
        if (!row.values.empty()) (void)read_wkt(row.values[0]);
    }
}
