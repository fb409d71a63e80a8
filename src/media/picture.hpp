// Inside of media: pictures measured and made smaller. The only place that sees libvips.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace chengge::media {

struct PictureFacts {
    std::string content_type;
    int width = 0, height = 0; // upright
    std::optional<std::int64_t> taken_ms;
    std::optional<double> lon, lat;
};

// Starts libvips once: few threads, no cache, only loaders for what we take.
void start_pictures();

// Type by magic bytes, size and metadata without decoding. Refusals: photo_type_unknown,
// photo_too_many_pixels, photo_broken.
Result<PictureFacts> measure_picture(std::string_view bytes);

// Upright JPEGs without metadata whose longest side is at most each of the `sizes` (descending),
// from one decoding of the whole picture. Refusal photo_broken, also when the end is missing.
Result<std::vector<std::string>> shrink_picture(std::string_view bytes,
                                                const std::vector<int>& sizes);

// Values of EXIF as libvips writes them: "21/1 16/1 1234/100 (21, 16, 12.34, Rational, …)".
std::optional<double> read_exif_degrees(std::string_view value, std::string_view reference);
// "2026:11:22 10:00:00 (…)" in the city's time, or with the offset "+08:00" when there is one.
std::optional<std::int64_t> read_exif_instant(std::string_view value, std::string_view offset);

} // namespace chengge::media
