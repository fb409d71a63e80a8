#include "demo/photos.hpp"

#include <cmath>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <vips/vips.h>

#include "base/assert.hpp"
#include "demo/photo_scenes.hpp"

namespace chengge::demo {

namespace {

// Pixels are an image of libvips; released with the last reference.
class Image {
public:
    Image() = default;
    Image(const Image&) = delete;
    Image& operator=(const Image&) = delete;
    ~Image() {
        if (image_) g_object_unref(image_);
    }
    VipsImage** put() {
        if (image_) g_object_unref(image_);
        image_ = nullptr;
        return &image_;
    }
    VipsImage* get() const { return image_; }

private:
    VipsImage* image_ = nullptr;
};

void check(int failed) {
    if (!failed) return;
    const std::string why = vips_error_buffer();
    vips_error_clear();
    throw std::runtime_error("cannot draw a picture: " + why);
}

void start_vips() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (VIPS_INIT("chengge") != 0) throw std::runtime_error("cannot start libvips");
    });
}

// Sun, cloud, low sun, shade after rain: what the day was like.
Light light_of(int variant, Random& random) {
    Light light;
    const double side = random.chance(0.5) ? 1 : -1;
    switch (variant % 4) {
    case 0: // a clear forenoon
        light.to_sun = {0.55 * side, -0.35, 0.85};
        light.tint = {255, 250, 240};
        break;
    case 1: // an overcast sky
        light = {{0.2 * side, -0.3, 0.95}, 0.84,           0.24, 0.1, {240, 246, 250},
                 {190, 200, 208},          {222, 228, 230}};
        break;
    case 2: // late afternoon
        light = {{0.8 * side, -0.3, 0.5}, 0.68,           0.58, 0.34, {255, 242, 222},
                 {158, 182, 206},         {240, 228, 208}};
        break;
    default: // bright shade
        light = {{-0.3 * side, -0.6, 0.8}, 0.8, 0.36, 0.2, {248, 250, 248}, {168, 194, 214},
                 {220, 230, 232}};
    }
    return light;
}

Camera camera_of(const SceneKind& kind, Random& random) {
    Camera camera;
    camera.height_m = 1.55 + 0.15 * random.unit();
    camera.yaw_degrees = (random.unit() - 0.5) * 14;
    camera.pitch_degrees = kind.pitch_degrees + 4 * (random.unit() - 0.5);
    camera.focal_px = kind.pitch_degrees > 30 ? 1280 : 850 + 80 * random.unit();
    return camera;
}

std::uint64_t seed_of(const PhotoPlan& plan, std::uint64_t seed) {
    std::uint64_t hash = seed ^ 0xcbf29ce484222325ull;
    for (const char letter : plan.scene)
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3ull;
    return (hash ^ static_cast<std::uint64_t>(plan.variant)) * 0x100000001b3ull;
}

// The grain of a phone's camera: one sheet for all pictures, each takes another corner of it.
constexpr int grain_margin_px = 200;

VipsImage* grain_sheet() {
    static VipsImage* const sheet = [] {
        Image noise, small;
        check(vips_gaussnoise(noise.put(), Scene::width_px + grain_margin_px,
                              Scene::height_px + grain_margin_px, "sigma", 4.5, "mean", 0.0, "seed",
                              7, nullptr));
        check(vips_cast(noise.get(), small.put(), VIPS_FORMAT_CHAR, nullptr));
        return vips_image_copy_memory(small.get()); // kept to the end of the program
    }();
    return sheet;
}

// The softness of its lens.
VipsImage* soft_lens() {
    static VipsImage* const mask = [] {
        auto* made = vips_image_new_matrixv(3, 3, 1.0, 2.0, 1.0, 2.0, 9.0, 2.0, 1.0, 2.0, 1.0);
        check(made == nullptr);
        vips_image_set_double(made, "scale", 21);
        return made; // kept to the end of the program
    }();
    return mask;
}

// SVG → pixels, softened and grained → JPEG.
std::string to_jpeg(const std::string& svg, std::uint64_t seed) {
    start_vips();
    Image drawn, flat, soft, grain, grained, pixels;
    // Drawings of ours may be read; foreign ones stay barred, as the media module wants it.
    vips_operation_block_set("VipsForeignLoadSvg", FALSE);
    check(vips_svgload_buffer(const_cast<char*>(svg.data()), svg.size(), drawn.put(), nullptr));
    check(vips_flatten(drawn.get(), flat.put(), nullptr));
    check(vips_conv(flat.get(), soft.put(), soft_lens(), "precision", VIPS_PRECISION_INTEGER,
                    nullptr));
    check(vips_extract_area(grain_sheet(), grain.put(), static_cast<int>(seed % grain_margin_px),
                            static_cast<int>(seed / 1000 % grain_margin_px), Scene::width_px,
                            Scene::height_px, nullptr));
    check(vips_add(soft.get(), grain.get(), grained.put(), nullptr));
    check(vips_cast(grained.get(), pixels.put(), VIPS_FORMAT_UCHAR, nullptr));
    void* bytes = nullptr;
    std::size_t size = 0;
    check(vips_jpegsave_buffer(pixels.get(), &bytes, &size, "Q", 82, "strip", 1, nullptr));
    std::string jpeg(static_cast<const char*>(bytes), size);
    g_free(bytes);
    return jpeg;
}

// Classes that look like one that has a scene of its own, by the front of the code.
struct Kin {
    const char* kind;
    const char* front;
    const char* scene;
};
constexpr Kin kin[] = {{"component", "01004", "storm_grate"},
                       {"component", "01026", "storm_grate"},
                       {"component", "0100", "manhole"},
                       {"component", "0101", "manhole"},
                       {"component", "0102", "telecom_cabinet"},
                       {"component", "0103", "lamp_post"},
                       {"component", "01", "telecom_cabinet"},
                       {"component", "0200", "kerb_gap"},
                       {"component", "02", "traffic_railing"},
                       {"component", "03", "litter_bin"},
                       {"component", "04011", "tree_pit"},
                       {"component", "0400", "street_tree"},
                       {"component", "04", "littered_green"},
                       {"component", "05", "telecom_cabinet"},
                       {"event", "06008", "fallen_cable"},
                       {"event", "0600", "piled_objects"},
                       {"event", "06019", "laundry"},
                       {"event", "06016", "pothole"},
                       {"event", "06018", "littered_green"},
                       {"event", "06021", "street_tree"},
                       {"event", "06022", "street_tree"},
                       {"event", "0602", "floating_rubbish"},
                       {"event", "06030", "dirty_road"},
                       {"event", "06034", "parked_car"},
                       {"event", "06042", "litter_bin"},
                       {"event", "06045", "littered_green"},
                       {"event", "06046", "floating_rubbish"},
                       {"event", "06047", "littered_green"},
                       {"event", "06048", "kerb_gap"},
                       {"event", "06049", "kerb_gap"},
                       {"event", "06052", "tactile_paving"},
                       {"event", "06", "exposed_garbage"},
                       {"event", "07", "small_ads"},
                       {"event", "08", "broken_hoarding"},
                       {"event", "09011", "parked_bikes"},
                       {"event", "09012", "parked_car"},
                       {"event", "09016", "parked_car"},
                       {"event", "09005", "shop_outside"},
                       {"event", "09022", "shop_outside"},
                       {"event", "09", "street_vendor"},
                       {"event", "10", "fallen_cable"}};

} // namespace

std::vector<PhotoPlan> list_photos() {
    std::vector<PhotoPlan> plans;
    for (const auto& kind : scene_kinds())
        for (int variant = 0; variant < kind.variants; ++variant)
            plans.push_back({kind.name, kind.class_kind, kind.class_code, variant});
    return plans;
}

std::string scene_of(std::string_view kind, std::string_view class_code) {
    // A mirror matter of 2026 looks like its component.
    if (kind == "event" && class_code < "06") kind = "component";
    for (const auto& scene : scene_kinds())
        if (kind == scene.class_kind && class_code == scene.class_code) return scene.name;
    for (const auto& one : kin)
        if (kind == one.kind && class_code.starts_with(one.front)) return one.scene;
    return "exposed_garbage";
}

std::string render_photo(const PhotoPlan& plan, bool is_after, std::uint64_t seed) {
    const auto* kind = find_scene_kind(plan.scene);
    ASSERT(kind != nullptr);
    const auto own = seed_of(plan, seed);
    Random random(own);
    auto camera = camera_of(*kind, random);
    auto light = light_of(plan.variant + static_cast<int>(own % 3), random);
    // The second picture is taken some hours later from about the same spot.
    if (is_after) {
        camera.yaw_degrees += 1.5;
        camera.pitch_degrees += 0.8;
        light.to_sun.x *= 0.7;
    }
    Scene scene(camera, light, own);
    kind->draw(scene, plan.variant, is_after);
    return to_jpeg(scene.svg(), own + is_after);
}

void render_photos(std::uint64_t seed, int threads, const std::function<void(Photo&&)>& take) {
    start_vips();
    vips_concurrency_set(1); // pictures are drawn side by side, not each in strips
    const auto plans = list_photos();
    std::mutex mutex; // of next and failure
    std::size_t next = 0;
    std::exception_ptr failure;
    const auto work = [&] {
        for (;;) {
            std::size_t at = 0;
            {
                const std::lock_guard lock(mutex);
                if (next == plans.size() * 2 || failure) return;
                at = next++;
            }
            try {
                Photo photo{plans[at / 2], at % 2 == 1, {}};
                photo.jpeg = render_photo(photo.plan, photo.is_after, seed);
                take(std::move(photo));
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
                return;
            }
        }
    };
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i < threads; ++i) pool.emplace_back(work);
    }
    if (failure) std::rethrow_exception(failure);
}

} // namespace chengge::demo
