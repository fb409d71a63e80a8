#include "media/picture.hpp"

#include <charconv>
#include <cmath>
#include <mutex>
#include <semaphore>
#include <stdexcept>

#include <vips/vips.h>

#include <vips/vector.h> // wants the other first

#include "base/text.hpp"
#include "base/time.hpp"
#include "media/media_service.hpp"

namespace chengge::media {

namespace {

// Interlaced pictures are decoded as a whole in memory, others line by line.
constexpr std::int64_t interlaced_pixels_max = photo_pixels_max / 2;

struct Unref {
    void operator()(VipsImage* image) const { g_object_unref(image); }
};
using Image = std::unique_ptr<VipsImage, Unref>;

// Decoding takes up to some hundred megabytes: two at a time.
std::counting_semaphore<2>& places() {
    static std::counting_semaphore<2> free{2};
    return free;
}

struct Place {
    Place() { places().acquire(); }
    ~Place() { places().release(); }
};

auto refuse_broken() {
    std::string reason(trim(vips_error_buffer()));
    vips_error_clear();
    return fail("photo_broken", {{"reason", reason.substr(0, reason.find('\n'))}});
}

std::string_view sniff(std::string_view bytes) {
    if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
    return {};
}

std::string text_of(VipsImage* image, const char* field) {
    const char* value = nullptr;
    if (vips_image_get_typeof(image, field) != VIPS_TYPE_REF_STRING ||
        vips_image_get_string(image, field, &value) != 0) {
        vips_error_clear();
        return {};
    }
    return value;
}

// The text before the parenthesis in which libvips repeats it.
std::string_view plain_part(std::string_view value) {
    return trim(value.substr(0, value.find('(')));
}

std::optional<double> read_rational(std::string_view text) {
    const auto slash = text.find('/');
    std::int64_t above = 0;
    std::int64_t below = 1;
    const auto read = [](std::string_view part, std::int64_t& number) {
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
        return error == std::errc() && end == part.data() + part.size() && !part.empty();
    };
    if (!read(text.substr(0, slash), above)) return std::nullopt;
    if (slash != std::string_view::npos && !read(text.substr(slash + 1), below))
        return std::nullopt;
    if (below == 0) return std::nullopt;
    return static_cast<double>(above) / static_cast<double>(below);
}

// Lines are read once, from the top. With `shrink` (1, 2, 4, 8) a JPEG is decoded that much
// smaller.
Image load(std::string_view bytes, std::string_view type, int shrink) {
    VipsImage* image = nullptr;
    auto* data = const_cast<char*>(bytes.data());
    if (type == "image/jpeg")
        vips_jpegload_buffer(data, bytes.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL,
                             "fail_on", VIPS_FAIL_ON_ERROR, "shrink", shrink, nullptr);
    else
        vips_pngload_buffer(data, bytes.size(), &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                            VIPS_FAIL_ON_ERROR, nullptr);
    return Image(image);
}

void read_place(VipsImage* image, PictureFacts& facts) {
    const auto lat = read_exif_degrees(text_of(image, "exif-ifd3-GPSLatitude"),
                                       text_of(image, "exif-ifd3-GPSLatitudeRef"));
    const auto lon = read_exif_degrees(text_of(image, "exif-ifd3-GPSLongitude"),
                                       text_of(image, "exif-ifd3-GPSLongitudeRef"));
    // Cameras without a fix write zeros.
    if (!lat || !lon || std::abs(*lat) > 90 || std::abs(*lon) > 180 || (*lat == 0 && *lon == 0))
        return;
    facts.lat = lat;
    facts.lon = lon;
}

// Colours become sRGB: the profile is not kept. All pixels are computed here, so a broken file
// shows.
Image thumbnail(VipsImage* image, int size) {
    VipsImage* lazy = nullptr;
    // Between two profiles stands a table that takes longer than the picture: only where colours are others.
    const bool is_srgb = vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 && vips_image_get_interpretation(image) == VIPS_INTERPRETATION_sRGB;
    const int failed = is_srgb ? vips_thumbnail_image(image, &lazy, size, "height", size, "size", VIPS_SIZE_DOWN, "no_rotate", TRUE, nullptr)
                               : vips_thumbnail_image(image, &lazy, size, "height", size, "size", VIPS_SIZE_DOWN, "no_rotate", TRUE, "export_profile", "srgb", nullptr);
    if (failed) return nullptr;
    const Image held(lazy);
    Image made(vips_image_copy_memory(lazy));
    if (made) vips_image_remove(made.get(), VIPS_META_ICC_NAME);
    return made;
}

Image upright(VipsImage* image) {
    VipsImage* lazy = nullptr;
    if (vips_autorot(image, &lazy, nullptr) != 0) return nullptr;
    const Image held(lazy);
    return Image(vips_image_copy_memory(lazy));
}

Result<std::string> to_jpeg(VipsImage* image) {
    Image flat;
    if (vips_image_hasalpha(image)) {
        // Transparent parts become white. Without an alpha band vips_flatten would eat a colour.
        VipsImage* lazy = nullptr;
        VipsArrayDouble* white = vips_array_double_newv(1, 255.0);
        const int failed = vips_flatten(image, &lazy, "background", white, nullptr);
        vips_area_unref(VIPS_AREA(white));
        if (failed) return refuse_broken();
        flat.reset(lazy);
        image = lazy;
    }
    void* data = nullptr;
    std::size_t size = 0;
    if (vips_jpegsave_buffer(image, &data, &size, "Q", 80, "strip", TRUE, "optimize_coding", TRUE,
                             nullptr) != 0)
        return refuse_broken();
    std::string out(static_cast<const char*>(data), size);
    g_free(data);
    return out;
}

} // namespace

void start_pictures() {
    static std::once_flag started;
    std::call_once(started, [] {
        if (VIPS_INIT("chengge") != 0) throw std::runtime_error("libvips cannot be used");
        // Refused files are told as refusals; a line each for broken pixels would fill the log.
        g_log_set_handler(
            "VIPS", G_LOG_LEVEL_WARNING,
            [](const gchar*, GLogLevelFlags, const gchar*, gpointer) {}, nullptr);
        vips_block_untrusted_set(TRUE);
        // No code made at run time: the service may then run without memory that is both written and run.
        vips_vector_set_enabled(FALSE);
        vips_concurrency_set(1);
        vips_cache_set_max(0);
    });
}

std::optional<double> read_exif_degrees(std::string_view value, std::string_view reference) {
    const auto parts = split(plain_part(value), ' ');
    if (parts.empty() || parts.size() > 3 || value.empty()) return std::nullopt;
    double degrees = 0;
    double scale = 1;
    for (const auto& part : parts) {
        const auto number = read_rational(part);
        if (!number || *number < 0) return std::nullopt;
        degrees += *number / scale;
        scale *= 60;
    }
    const auto side = plain_part(reference);
    if (side != "N" && side != "S" && side != "E" && side != "W") return std::nullopt;
    return side == "S" || side == "W" ? -degrees : degrees;
}

std::optional<std::int64_t> read_exif_instant(std::string_view value, std::string_view offset) {
    std::string text(plain_part(value));
    if (text.size() != 19 || text[4] != ':' || text[7] != ':') return std::nullopt;
    text[4] = text[7] = '-';
    text[10] = 'T';
    const auto zone = plain_part(offset);
    const auto with_zone = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-')
                               ? parse_instant(text + std::string(zone))
                               : std::nullopt;
    const auto at_ms = with_zone ? with_zone : parse_instant(text);
    // A camera whose clock was never set says 1970 or 1980.
    static const auto earliest_ms = *parse_instant("1990-01-01T00:00:00Z");
    if (!at_ms || *at_ms < earliest_ms) return std::nullopt;
    return at_ms;
}

Result<PictureFacts> measure_picture(std::string_view bytes) {
    PictureFacts facts;
    facts.content_type = sniff(bytes);
    if (facts.content_type.empty()) return fail("photo_type_unknown");
    const auto image = load(bytes, facts.content_type, 1);
    if (!image) return refuse_broken();
    facts.width = vips_image_get_width(image.get());
    facts.height = vips_image_get_height(image.get());
    const auto pixels = static_cast<std::int64_t>(facts.width) * facts.height;
    const bool is_interlaced = vips_image_get_typeof(image.get(), "interlaced") != 0;
    if (pixels > (is_interlaced ? interlaced_pixels_max : photo_pixels_max))
        return fail("photo_too_many_pixels", {{"width", std::to_string(facts.width)},
                                              {"height", std::to_string(facts.height)}});
    if (vips_image_get_orientation_swap(image.get())) std::swap(facts.width, facts.height);
    facts.taken_ms = read_exif_instant(text_of(image.get(), "exif-ifd2-DateTimeOriginal"),
                                       text_of(image.get(), "exif-ifd2-OffsetTimeOriginal"));
    read_place(image.get(), facts);
    return facts;
}

Result<std::vector<std::string>> shrink_picture(std::string_view bytes,
                                                const std::vector<int>& sizes) {
    const Place place;
    const auto type = sniff(bytes);
    if (type.empty()) return fail("photo_type_unknown");
    Image image = load(bytes, type, 1);
    if (!image) return refuse_broken();
    const int longest =
        std::max(vips_image_get_width(image.get()), vips_image_get_height(image.get()));
    int shrink = 1;
    while (type == "image/jpeg" && shrink < 8 && longest / (2 * shrink) >= 2 * sizes.front())
        shrink *= 2;
    if (shrink > 1) image = load(bytes, type, shrink);
    std::vector<std::string> made;
    for (const int size : sizes) {
        // The first is computed from the file and turned, the others from the one before, in
        // memory.
        if (!image) return refuse_broken();
        Image smaller = thumbnail(image.get(), size);
        image = smaller ? upright(smaller.get()) : nullptr;
        if (!image) return refuse_broken();
        TRY_ASSIGN(jpeg, to_jpeg(image.get()));
        made.push_back(std::move(jpeg));
    }
    return made;
}

} // namespace chengge::media
