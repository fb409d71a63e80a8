// The scenes of the demo's pictures by name.
#pragma once

#include <string_view>

#include "demo/scene.hpp"

namespace chengge::demo {

struct SceneKind {
    const char* name;
    const char* class_kind;
    const char* class_code; // of edition 2026
    int variants;
    double pitch_degrees; // how far the camera looks down
    void (*draw)(Scene& scene, int variant, bool is_after);
};

const std::vector<SceneKind>& scene_kinds();
const SceneKind* find_scene_kind(std::string_view name);

} // namespace chengge::demo
