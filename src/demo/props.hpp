// Things that stand in streets, and the streets themselves, for the demo's pictures.
#pragma once

#include "demo/scene.hpp"

namespace chengge::demo {

inline constexpr double kerb_m = 0.13; // height of the pavement over the road

// Backdrops. Each draws ground from the camera's feet to its far edge and what stands there.
// Looking down at the gutter: asphalt, a kerb at `kerb_y`, paving beyond.
void draw_gutter(Scene& scene, double kerb_y, int style);
// Looking along at the far side of a road: asphalt, kerb at 5.2 m, pavement, and a row behind.
enum class Behind { shops, houses, wall, hedge, hoarding };
void draw_road(Scene& scene, Behind behind, int style);
// Standing on a pavement before a row.
void draw_pavement(Scene& scene, Behind behind, int style);
// A lawn with shrubs and trees.
void draw_lawn(Scene& scene, int style);
// A quay: paving, a railing, water beyond.
void draw_quay(Scene& scene, int style);

void draw_paving(Scene& scene, Vec low, Vec high, int style);
void draw_asphalt(Scene& scene, Vec low, Vec high, int style);

// Things.
void draw_tree(Scene& scene, Vec at, double height, double crown, bool is_dead = false);
void draw_fallen_tree(Scene& scene, Vec at);
void draw_bag(Scene& scene, Vec at, double size, Colour colour);
void draw_bin(Scene& scene, Vec at, Colour colour, bool is_open, bool is_fallen);
void draw_lamp(Scene& scene, Vec at, double height, double lean_degrees, bool is_lit);
void draw_bike(Scene& scene, Vec at, double turn_degrees, Colour colour, bool is_fallen = false);
void draw_car(Scene& scene, Vec at, Colour colour);
void draw_carton(Scene& scene, Vec at, double size, double turn_degrees);
void draw_sofa(Scene& scene, Vec at, double turn_degrees);
void draw_wardrobe(Scene& scene, Vec at, double turn_degrees);
void draw_rubble(Scene& scene, Vec at, double radius, double height);
void draw_stall(Scene& scene, Vec at);
void draw_shop_goods(Scene& scene, double from_x, double to_x, double y);
void draw_railing(Scene& scene, Vec from, Vec to, Colour colour, int gone);
void draw_litter(Scene& scene, Vec low, Vec high, int count);
void draw_cone(Scene& scene, Vec at);
void draw_bush(Scene& scene, Vec at, double radius);
void draw_cabinet(Scene& scene, Vec at, bool is_open, bool is_dirty);

} // namespace chengge::demo
