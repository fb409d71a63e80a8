// Photographs made in the test: a colour field, a mark in the upper left corner, hand-made EXIF.
#pragma once

#include <string>

namespace chengge::kit {

struct PhotoOptions {
    int width = 64;
    int height = 48;
    bool is_png = false;
    bool is_interlaced = false;
    bool has_alpha = false; // PNG only: all but the mark is transparent
    bool is_wide = false;   // says of itself that its colours are of Display P3, as a telephone does
    int seed = 1;           // different seeds, different bytes
};
std::string make_photo(const PhotoOptions& options);

struct ExifOptions {
    int orientation = 1;
    std::string taken = "2026:11:22 08:30:00";
    std::string offset; // "+08:00"
    // Degrees, minutes, hundredths of seconds; none when `latitude_side` is empty.
    std::string latitude_side, longitude_side;
    unsigned latitude[3] = {21, 16, 1234};
    unsigned longitude[3] = {110, 21, 4321};
};
// The JPEG with an EXIF segment put behind its first marker.
std::string with_exif(const std::string& jpeg, const ExifOptions& options);

// Width, height and the colour (0xRRGGBB) near each corner: upper left, upper right, lower left.
struct PhotoLook {
    int width = 0, height = 0;
    unsigned upper_left = 0, upper_right = 0, lower_left = 0;
    bool has_exif = false, has_profile = false;
};
PhotoLook look_at(const std::string& bytes);

} // namespace chengge::kit
