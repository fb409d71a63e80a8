#include "kit/photo_kit.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include <vips/vips.h>

#include "media/picture.hpp"

namespace chengge::kit {

namespace {

void append(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

// One TIFF directory, little-endian; values of more than four bytes go behind it.
class Directory {
public:
    explicit Directory(std::size_t offset) : offset_(offset) {}
    void add(int tag, int type, std::uint32_t count, std::string value) {
        entries_.push_back({tag, type, count, std::move(value)});
    }
    void add_text(int tag, std::string text) {
        text += '\0';
        const auto size = static_cast<std::uint32_t>(text.size());
        add(tag, 2, size, std::move(text));
    }
    void add_number(int tag, int type, std::uint32_t number) {
        std::string value;
        append(value, number, 4);
        add(tag, type, 1, value);
    }
    std::string bytes() const {
        std::string out;
        std::string behind;
        const auto behind_at = offset_ + 2 + 12 * entries_.size() + 4;
        append(out, static_cast<std::uint32_t>(entries_.size()), 2);
        for (const auto& entry : entries_) {
            append(out, static_cast<std::uint32_t>(entry.tag), 2);
            append(out, static_cast<std::uint32_t>(entry.type), 2);
            append(out, entry.count, 4);
            if (entry.value.size() <= 4) {
                out += entry.value + std::string(4 - entry.value.size(), '\0');
            } else {
                append(out, static_cast<std::uint32_t>(behind_at + behind.size()), 4);
                behind += entry.value;
            }
        }
        append(out, 0, 4);
        return out + behind;
    }

private:
    struct Entry {
        int tag, type;
        std::uint32_t count;
        std::string value;
    };
    std::size_t offset_;
    std::vector<Entry> entries_;
};

std::string rationals(const unsigned (&parts)[3]) {
    std::string out;
    for (int i = 0; i < 3; ++i) {
        append(out, parts[i], 4);
        append(out, i == 2 ? 100 : 1, 4);
    }
    return out;
}

} // namespace

std::string make_photo(const PhotoOptions& options) {
    media::start_pictures();
    std::string pixels;
    for (int y = 0; y < options.height; ++y)
        for (int x = 0; x < options.width; ++x) {
            const bool is_mark = x < options.width / 3 && y < options.height / 3;
            // Stripes as wide as the seed says: a JPEG would round a shade of difference away.
            const char blue = static_cast<char>(is_mark                           ? 20
                                                : x / (4 + options.seed) % 2 == 0 ? 180
                                                                                  : 220);
            pixels += {static_cast<char>(is_mark ? 230 : 40), static_cast<char>(is_mark ? 30 : 120),
                       blue};
            if (options.has_alpha) pixels += static_cast<char>(is_mark ? 255 : 0);
        }
    VipsImage* image =
        vips_image_new_from_memory_copy(pixels.data(), pixels.size(), options.width, options.height,
                                        options.has_alpha ? 4 : 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    if (options.is_wide) {
        VipsBlob* profile = nullptr;
        if (vips_profile_load("p3", &profile, nullptr) != 0) throw std::runtime_error(vips_error_buffer());
        std::size_t length = 0;
        const void* bytes = vips_blob_get(profile, &length);
        vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, bytes, length);
        vips_area_unref(VIPS_AREA(profile));
    }
    void* data = nullptr;
    std::size_t size = 0;
    const int failed =
        options.is_png
            ? vips_pngsave_buffer(image, &data, &size, "interlace", options.is_interlaced, nullptr)
            : vips_jpegsave_buffer(image, &data, &size, "Q", 90, "interlace", options.is_interlaced,
                                   nullptr);
    g_object_unref(image);
    if (failed) throw std::runtime_error(vips_error_buffer());
    std::string out(static_cast<char*>(data), size);
    g_free(data);
    return out;
}

std::string with_exif(const std::string& jpeg, const ExifOptions& options) {
    constexpr std::size_t first_at = 8;
    constexpr std::size_t exif_at = 200;
    constexpr std::size_t gps_at = 400;
    Directory first(first_at);
    first.add_number(0x0112, 3, static_cast<std::uint32_t>(options.orientation));
    first.add_number(0x8769, 4, exif_at);
    if (!options.latitude_side.empty()) first.add_number(0x8825, 4, gps_at);
    Directory exif(exif_at);
    exif.add_text(0x9003, options.taken);
    if (!options.offset.empty()) exif.add_text(0x9011, options.offset);
    Directory gps(gps_at);
    gps.add_text(1, options.latitude_side);
    gps.add(2, 5, 3, rationals(options.latitude));
    gps.add_text(3, options.longitude_side);
    gps.add(4, 5, 3, rationals(options.longitude));
    std::string tiff("II*\0\x08\0\0\0", 8);
    tiff += first.bytes();
    tiff.resize(exif_at, '\0');
    tiff += exif.bytes();
    tiff.resize(gps_at, '\0');
    tiff += gps.bytes();
    const auto length = tiff.size() + 8;
    std::string segment = "\xff\xe1";
    segment += static_cast<char>(length >> 8);
    segment += static_cast<char>(length & 0xff);
    segment += std::string("Exif\0\0", 6) + tiff;
    // Behind the start marker; a JFIF segment may follow.
    return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

PhotoLook look_at(const std::string& bytes) {
    media::start_pictures();
    VipsImage* image = vips_image_new_from_buffer(bytes.data(), bytes.size(), "", nullptr);
    if (image == nullptr) throw std::runtime_error(vips_error_buffer());
    PhotoLook look{.width = vips_image_get_width(image), .height = vips_image_get_height(image)};
    look.has_exif = vips_image_get_typeof(image, "exif-data") != 0;
    look.has_profile = vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0;
    const auto colour_at = [&](int x, int y) {
        double* values = nullptr;
        int count = 0;
        if (vips_getpoint(image, &values, &count, x, y, nullptr) != 0)
            throw std::runtime_error(vips_error_buffer());
        unsigned colour = 0;
        for (int band = 0; band < 3; ++band)
            colour = colour << 8 | static_cast<unsigned>(values[std::min(band, count - 1)]);
        g_free(values);
        return colour;
    };
    look.upper_left = colour_at(look.width / 8, look.height / 8);
    look.upper_right = colour_at(look.width - 1 - look.width / 8, look.height / 8);
    look.lower_left = colour_at(look.width / 8, look.height - 1 - look.height / 8);
    g_object_unref(image);
    return look;
}

} // namespace chengge::kit
