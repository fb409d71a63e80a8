// Photographs: header and metadata, and small ones decoded whole and shrunk, as an upload does.
#include "fuzz.hpp"
#include "media/picture.hpp"

using namespace chengge;

FUZZ(input) {
    static const bool is_started = (media::start_pictures(), true);
    ASSERT(is_started);
    const auto facts = media::measure_picture(input);
    if (!facts) return;
    ASSERT(facts->width > 0 && facts->height > 0);
    ASSERT(!facts->lat || (*facts->lat >= -90 && *facts->lat <= 90));
    if (std::int64_t{facts->width} * facts->height > 512 * 512) return;
    if (const auto made = media::shrink_picture(input, {64, 32}))
        for (const auto& one : *made) {
            const auto smaller = media::measure_picture(one);
            ASSERT(smaller && smaller->width <= 64 && smaller->height <= 64 && !smaller->lat && !smaller->taken_ms);
        }
}
