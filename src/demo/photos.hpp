// The demo's pictures: drawn scenes before and after handling, marked 模拟影像 in a corner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace chengge::demo {

// One place, seen twice.
struct PhotoPlan {
    std::string scene;      // "storm_grate"
    std::string class_kind; // of edition 2026, for which it was drawn
    std::string class_code;
    int variant = 0;
};

// Every picture pair of the demo, about 120 pairs: frequent classes have more variants.
std::vector<PhotoPlan> list_photos();

// The scene that shows a class best: its own, else one of its kin; never empty.
std::string scene_of(std::string_view kind, std::string_view class_code);

// JPEG, 1280 × 960; the same seed gives the same bytes.
std::string render_photo(const PhotoPlan& plan, bool is_after, std::uint64_t seed);

struct Photo {
    PhotoPlan plan;
    bool is_after = false;
    std::string jpeg;
};
// Renders all of list_photos() on `threads` threads, each of which calls `take` with what it drew, in
// no particular order. What `take` throws ends the work and is thrown again here.
void render_photos(std::uint64_t seed, int threads, const std::function<void(Photo&&)>& take);

} // namespace chengge::demo
