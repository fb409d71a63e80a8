// Evidence packs as archives: what is read lies within the bytes, and writes the same archive again.
#include "base/zip.hpp"
#include "fuzz.hpp"

using namespace chengge;

FUZZ(input) {
    const auto members = read_zip(input);
    if (!members) return;
    std::string again;
    ZipWriter writer([&](std::string_view piece) { again += piece; }, 0);
    std::size_t bytes = 0;
    for (const auto& [name, content] : *members) {
        ASSERT(content.empty() || (content.data() >= input.data() && content.data() + content.size() <= input.data() + input.size()));
        bytes += content.size();
        writer.add(name, content);
    }
    writer.finish();
    ASSERT(bytes <= input.size());
    const auto read_again = read_zip(again);
    ASSERT(read_again && *read_again == *members);
}
