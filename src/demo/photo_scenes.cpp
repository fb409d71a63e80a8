#include "demo/photo_scenes.hpp"

#include <cmath>
#include <numbers>

#include "demo/props.hpp"

namespace chengge::demo {

namespace {

using std::numbers::pi;
constexpr Colour green_bin{58, 104, 76}, dark_bag{48, 52, 56}, steel{132, 138, 140};

std::vector<Vec> ring(Vec centre, double radius, int corners = 40) {
    std::vector<Vec> points;
    for (int i = 0; i < corners; ++i)
        points.push_back({centre.x + radius * std::cos(2 * pi * i / corners),
                          centre.y + radius * std::sin(2 * pi * i / corners), centre.z});
    return points;
}

void drop_leaves(Scene& scene, Vec low, Vec high, int count) {
    scene.speckle(low, high, count, 0.03, {{176, 128, 56}, {146, 104, 48}, {196, 160, 80}}, 0.9);
}

void storm_grate(Scene& scene, int variant, bool is_after) {
    draw_gutter(scene, 2.5, variant);
    const double x0 = -0.42, x1 = 0.42, y0 = 1.55, y1 = 2.15;
    scene.ground(rectangle(x0 - 0.07, y0 - 0.07, x1 + 0.07, y1 + 0.07, 0), {150, 146, 136});
    scene.ground(rectangle(x0, y0, x1, y1, 0), {22, 26, 28});
    scene.ground({{x0, y1, 0}, {x1, y1, 0}, {x1, y1, -0.4}, {x0, y1, -0.4}}, {70, 66, 58});
    scene.ground({{x0, y0, 0}, {x0, y1, 0}, {x0, y1, -0.4}}, {44, 42, 38});
    const int bars = 15;
    for (int i = 0; i < bars; ++i) {
        const double x = x0 + 0.01 + (x1 - x0 - 0.055) * i / (bars - 1);
        if (!is_after && variant % 2 == 0 && i > 1 && i < bars - 2) continue;
        if (!is_after && variant % 2 == 1 && i > 5 && i < 11) continue;
        const double wear = is_after ? 0 : 0.5;
        scene.ground(rectangle(x, y0, x + 0.032, y1, 0), mix({152, 160, 164}, {112, 92, 76}, wear));
        scene.ground(rectangle(x + 0.032, y0, x + 0.04, y1, -0.02), {40, 44, 46});
    }
    if (is_after)
        scene.ground(rectangle(x0, (y0 + y1) / 2 - 0.02, x1, (y0 + y1) / 2 + 0.02, 0),
                     {136, 144, 148});
    else {
        // Someone has put a branch into the hole.
        scene.begin({0, 1.8, 0});
        if (variant % 2 == 0) {
            scene.cylinder({0.02, 1.85, -0.2}, {-0.05, 1.9, 0.95}, 0.018, 0.012, {118, 96, 70});
            for (int i = 0; i < 9; ++i)
                scene.body({-0.05 + scene.wobble(0, 0.2), 1.9, 0.55 + 0.06 * i}, 0.1, 0.05,
                           {92, 132, 64}, 0.2);
        }
        drop_leaves(scene, {-1.2, 1.2, 0}, {1.4, 2.4, 0}, 14);
    }
}

void manhole(Scene& scene, int variant, bool is_after) {
    draw_asphalt(scene, {-8, 0.2, 0}, {8, 14, 0}, variant);
    scene.ground(rectangle(1.5, 0.2, 1.62, 14, 0), {222, 222, 214}, 0.7);
    const Vec centre{-0.05, 1.95, 0};
    scene.ground(scene.spot(centre, 0.56, 0.56, 0.05, 30), {74, 80, 84});
    scene.ground(ring(centre, 0.46), {128, 130, 128});
    scene.ground(ring(centre, 0.41), is_after ? Colour{92, 96, 98} : Colour{18, 22, 24});
    if (is_after) {
        for (double radius = 0.36; radius > 0.05; radius -= 0.07) {
            auto circle = ring(centre, radius);
            circle.push_back(circle[0]);
            scene.ground_line(circle, {124, 128, 130}, 0.012);
        }
        for (int i = 0; i < 16; ++i)
            scene.ground_line({{centre.x + 0.12 * std::cos(i * pi / 8),
                                centre.y + 0.12 * std::sin(i * pi / 8), 0},
                               {centre.x + 0.38 * std::cos(i * pi / 8),
                                centre.y + 0.38 * std::sin(i * pi / 8), 0}},
                              {122, 126, 128}, 0.012);
        return;
    }
    // The far wall of the shaft and, shifted aside, the cover or a warning.
    std::vector<Vec> wall;
    for (int i = 0; i <= 14; ++i)
        wall.push_back(
            {centre.x + 0.41 * std::cos(i * pi / 14), centre.y + 0.41 * std::sin(i * pi / 14), 0});
    for (int i = 14; i >= 0; --i)
        wall.push_back({centre.x + 0.4 * std::cos(i * pi / 14),
                        centre.y + 0.39 * std::sin(i * pi / 14) - 0.05, -0.3});
    scene.ground(wall, {92, 84, 74});
    if (variant % 2 == 0) {
        const Vec aside{0.62, 2.2, 0.03};
        scene.ground(ring({aside.x + 0.03, aside.y - 0.02, 0}, 0.42), {40, 44, 46}, 0.5);
        scene.ground(ring(aside, 0.41), {104, 104, 100});
        for (double radius = 0.34; radius > 0.05; radius -= 0.08) {
            auto circle = ring(aside, radius);
            circle.push_back(circle[0]);
            scene.ground_line(circle, {132, 130, 124}, 0.012);
        }
    } else {
        draw_cone(scene, {-0.72, 2.2, 0});
    }
}

void pothole(Scene& scene, int variant, bool is_after) {
    draw_asphalt(scene, {-8, 0.2, 0}, {8, 14, 0}, variant);
    scene.ground(rectangle(-1.75, 0.2, -1.62, 14, 0), {222, 222, 214}, 0.7);
    const Vec centre{scene.wobble(0.1, 0.2), 2.1, 0};
    if (is_after) {
        const auto patch =
            rectangle(centre.x - 0.8, centre.y - 0.55, centre.x + 0.85, centre.y + 0.55, 0);
        scene.ground(patch, {58, 62, 66});
        scene.speckle(patch[0], patch[2], 500, 0.011, {{86, 90, 94}, {36, 38, 42}}, 0.7);
        auto edge = patch;
        edge.push_back(patch[0]);
        scene.ground_line(edge, {34, 36, 40}, 0.03);
        return;
    }
    scene.ground(scene.spot(centre, 0.86, 0.55, 0.2, 34), {78, 82, 84});
    scene.ground(scene.spot({centre.x, centre.y - 0.03, 0}, 0.72, 0.43, 0.2, 34), {62, 60, 58});
    scene.ground(scene.spot({centre.x + 0.05, centre.y - 0.08, 0}, 0.5, 0.26, 0.22, 30),
                 variant % 2 ? Colour{104, 118, 124} : Colour{92, 84, 72});
    scene.speckle({centre.x - 0.9, centre.y - 0.6, 0}, {centre.x + 0.9, centre.y + 0.6, 0}, 160,
                  0.03, {{126, 124, 120}, {98, 96, 94}, {150, 146, 138}}, 0.95);
    for (int i = 0; i < 9; ++i) {
        double angle = i * 2 * pi / 9 + scene.wobble(0, 0.3);
        std::vector<Vec> crack{
            {centre.x + 0.75 * std::cos(angle), centre.y + 0.48 * std::sin(angle), 0}};
        for (int step = 0; step < 5; ++step) {
            angle += scene.wobble(0, 0.5);
            crack.push_back({crack.back().x + 0.16 * std::cos(angle),
                             crack.back().y + 0.12 * std::sin(angle), 0});
        }
        scene.ground_line(crack, {44, 46, 48}, 0.014);
    }
}

void kerb_gap(Scene& scene, int variant, bool is_after) {
    draw_gutter(scene, 2.2, variant + 1);
    if (is_after) return;
    scene.ground(rectangle(-0.5, 2.2, 0.36, 2.4, kerb_m), {124, 112, 98});
    scene.ground({{-0.5, 2.2, 0}, {0.36, 2.2, 0}, {0.36, 2.4, kerb_m}, {-0.5, 2.4, kerb_m}},
                 {98, 90, 80});
    scene.speckle({-0.5, 2.0, 0}, {0.5, 2.3, 0}, 50, 0.04, {{150, 146, 138}, {120, 110, 100}}, 1);
    scene.begin({0.5, 1.7, 0});
    scene.shade_ground({0.5, 1.7, 0}, 0.5, 0.16, 0.5);
    scene.box({0.1, 1.62, 0}, {0.62, 0.15, 0.13}, {190, 188, 180}, 24);
    scene.box({-0.5, 1.82, 0}, {0.24, 0.15, 0.12}, {184, 182, 176}, -30);
}

void tactile_paving(Scene& scene, int variant, bool is_after) {
    draw_paving(scene, {-8, 0.3, 0}, {8, 12, 0}, 1 + variant * 2);
    const Colour yellow{214, 178, 72};
    for (int row = 0; row < 18; ++row)
        for (int column = 0; column < 2; ++column) {
            const double x = -0.31 + column * 0.31, y = 0.6 + row * 0.31;
            const bool is_broken =
                !is_after && row >= 3 && row <= 5 && !(row == 4 && column == 1 && variant % 2);
            if (is_broken) {
                scene.ground(rectangle(x, y, x + 0.3, y + 0.3, 0), {132, 118, 98});
                scene.speckle({x, y, 0}, {x + 0.3, y + 0.3, 0}, 26, 0.03,
                              {{208, 176, 90}, {150, 140, 124}, {104, 96, 84}}, 1);
                continue;
            }
            scene.ground(rectangle(x, y, x + 0.298, y + 0.298, 0),
                         mix(yellow, {190, 160, 80}, scene.random().unit() * 0.5));
            for (int rib = 0; rib < 4; ++rib)
                scene.ground_line(
                    {{x + 0.05 + rib * 0.068, y + 0.03, 0}, {x + 0.05 + rib * 0.068, y + 0.27, 0}},
                    {236, 208, 120}, 0.022);
        }
    if (!is_after) draw_litter(scene, {-0.6, 1.5, 0}, {0.7, 2.4, 0}, 3);
}

void tree_pit(Scene& scene, int variant, bool is_after) {
    draw_paving(scene, {-8, 0.3, 0}, {8, 12, 0}, variant);
    const double x0 = -0.6, x1 = 0.6, y0 = 1.7, y1 = 2.9;
    scene.ground(rectangle(x0 - 0.1, y0 - 0.1, x1 + 0.1, y1 + 0.1, 0), {186, 184, 176});
    scene.ground(rectangle(x0, y0, x1, y1, 0), {104, 84, 64});
    scene.speckle({x0, y0, 0}, {x1, y1, 0}, 120, 0.03, {{124, 102, 78}, {82, 66, 50}}, 0.9);
    if (is_after) {
        for (double y = y0 + 0.03; y < y1; y += 0.1)
            for (const auto& [from, to] : {std::pair(x0 + 0.03, -0.2), std::pair(0.2, x1 - 0.03)})
                scene.ground(rectangle(from, y, to, y + 0.07, 0.01), {88, 100, 98});
        for (const double y : {y0 + 0.03, y1 - 0.3})
            for (double x = -0.2; x < 0.2; x += 0.08)
                scene.ground(rectangle(x, y, x + 0.055, y + 0.27, 0.01), {88, 100, 98});
    } else {
        scene.ground(scene.spot({0.65, 2.0, 0}, 0.36, 0.3, 0.2), {118, 98, 78});
        draw_litter(scene, {x0, y0, 0}, {x1 + 0.2, y1, 0}, 9);
    }
    scene.begin({0, 2.3, 0});
    scene.cylinder({0, 2.3, 0}, 0.17, 0.14, 2.6, {112, 96, 78});
}

void exposed_garbage(Scene& scene, int variant, bool is_after) {
    constexpr Behind rows[] = {Behind::shops, Behind::wall, Behind::houses, Behind::hedge};
    draw_pavement(scene, rows[variant % 4], variant);
    const double x = variant % 2 ? -0.9 : -2.2;
    draw_bin(scene, {x, 5.2, 0}, green_bin, false, false);
    draw_bin(scene, {x + 0.75, 5.2, 0}, variant % 3 ? Colour{70, 92, 124} : green_bin, false,
             false);
    if (is_after) return;
    scene.ground(scene.spot({x + 0.6, 4.3, 0}, 1.3, 0.5, 0.25), {72, 68, 62}, 0.4);
    constexpr Colour bags[] = {dark_bag,      {196, 194, 188}, {92, 112, 130},
                               {168, 62, 56}, dark_bag,        {60, 84, 66}};
    const int count = 7 + variant % 4;
    for (int i = 0; i < count; ++i)
        draw_bag(scene, {x + scene.between(-0.5, 1.8), scene.between(3.9, 4.9), 0},
                 scene.between(0.2, 0.34), bags[scene.random().below(6)]);
    if (variant % 3 == 0) draw_carton(scene, {x + 1.5, 4.6, 0}, 0.5, 20);
    draw_litter(scene, {x - 0.8, 3.2, 0}, {x + 2.2, 4.4, 0}, 16);
}

void dirty_road(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::hedge : Behind::houses, variant);
    if (is_after) {
        for (int i = 0; i < 5; ++i)
            scene.ground(scene.spot({scene.between(-3, 3), scene.between(2.5, 5), 0},
                                    scene.between(0.5, 1.4), 0.25, 0.3),
                         {70, 76, 82}, 0.35);
        return;
    }
    for (int i = 0; i < 7; ++i)
        scene.ground(scene.spot({scene.between(-3, 3), scene.between(2.6, 5), 0},
                                scene.between(0.5, 1.3), scene.between(0.15, 0.45), 0.35),
                     {126, 104, 78}, 0.6);
    drop_leaves(scene, {-4, 1.5, 0}, {4, 5.1, 0}, 260);
    draw_litter(scene, {-3, 2.4, 0}, {3, 5, 0}, 18);
}

void rubble_heap(Scene& scene, int variant, bool is_after) {
    constexpr Behind rows[] = {Behind::wall, Behind::houses, Behind::hoarding, Behind::hedge};
    draw_pavement(scene, rows[variant % 4], 1 + variant);
    if (is_after) {
        scene.ground(scene.spot({0.2, 4.6, 0}, 1.6, 0.5, 0.2), {150, 146, 140}, 0.35);
        return;
    }
    scene.ground(scene.spot({0.2, 4.3, 0}, 2.1, 0.8, 0.2), {158, 150, 138}, 0.7);
    draw_rubble(scene, {variant % 2 ? 0.6 : -0.2, 4.8, 0}, 1.55, 1.05);
    if (variant % 2 == 0)
        for (int i = 0; i < 4; ++i)
            draw_bag(scene, {1.5 + i * 0.42, 4.7 + scene.wobble(0, 0.2), 0}, 0.3, {206, 200, 186});
    else
        for (int i = 0; i < 3; ++i) {
            scene.begin({-1.6 + i * 0.2, 4.3, 0});
            scene.cylinder({-1.9 + i * 0.15, 4.5, 0.05}, {-0.4 + i * 0.2, 4.2 - i * 0.1, 0.5}, 0.04,
                           0.04, {150, 116, 82});
        }
}

void dumped_furniture(Scene& scene, int variant, bool is_after) {
    constexpr Behind rows[] = {Behind::houses, Behind::wall, Behind::hedge, Behind::houses};
    draw_pavement(scene, rows[variant % 4], variant + 1);
    if (is_after) return;
    if (variant % 2 == 0) {
        draw_wardrobe(scene, {-1.5, 5.1, 0}, -8);
        draw_sofa(scene, {-0.1, 4.5, 0}, 10);
    } else {
        draw_sofa(scene, {-1.9, 4.7, 0}, -6);
        draw_wardrobe(scene, {0.6, 4.9, 0}, 12);
        scene.begin({0.4, 4.1, 0});
        scene.box({0.2, 3.9, 0}, {0.9, 0.5, 0.12}, {200, 196, 184}, 14);
    }
    draw_carton(scene, {2.4, 4.7, 0}, 0.45, 28);
}

void spillage(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::hoarding : Behind::hedge, variant);
    if (is_after) {
        scene.ground({{-0.6, 0.4, 0}, {0.5, 0.4, 0}, {1.1, 5.1, 0}, {0.2, 5.1, 0}}, {74, 80, 86},
                     0.4);
        return;
    }
    for (int i = 0; i < 16; ++i) {
        const double y = 1.2 + i * 0.25;
        scene.ground(scene.spot({-0.4 + y * 0.22 + scene.wobble(0, 0.15), y, 0},
                                scene.between(0.25, 0.55), scene.between(0.1, 0.2), 0.35),
                     {136, 112, 84}, 0.85);
    }
    scene.speckle({-1, 1, 0}, {1.4, 5, 0}, 420, 0.03,
                  {{150, 126, 96}, {112, 92, 70}, {168, 148, 118}}, 0.95);
    draw_rubble(scene, {0.5, 4.2, 0}, 0.5, 0.22);
}

void littered_green(Scene& scene, int variant, bool is_after) {
    draw_lawn(scene, variant);
    if (is_after) return;
    draw_litter(scene, {-3, 2.3, 0}, {3, 5.5, 0}, 34);
    for (int i = 0; i < 3; ++i)
        draw_bag(scene, {scene.between(-1.5, 1.8), scene.between(3, 4.5), 0}, 0.24,
                 i % 2 ? dark_bag : Colour{210, 208, 200});
}

void piled_objects(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, variant % 2 ? Behind::houses : Behind::shops, variant);
    if (is_after) return;
    const double x = variant % 2 ? -1.8 : 0.2;
    for (int i = 0; i < 5; ++i)
        draw_carton(scene, {x + i * 0.55, 5.2 + scene.wobble(0, 0.2), 0}, scene.between(0.45, 0.65),
                    scene.wobble(0, 14));
    for (int i = 0; i < 3; ++i)
        draw_carton(scene, {x + 0.3 + i * 0.6, 4.5, 0}, scene.between(0.35, 0.5),
                    scene.wobble(0, 20));
    scene.begin({x + 2.4, 4.9, 0});
    for (int i = 0; i < 6; ++i)
        scene.box({x + 2.3 + scene.wobble(0, 0.04), 4.9, i * 0.13}, {0.9, 0.6, 0.1},
                  {170, 140, 104}, scene.wobble(0, 4));
}

void small_ads(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, Behind::wall, variant + 1);
    scene.begin({0, 6.2, 0});
    if (is_after) {
        for (int i = 0; i < 9; ++i) {
            const double x = scene.between(-2.4, 2), z = scene.between(0.9, 2.1),
                         w = scene.between(0.4, 0.8), h = scene.between(0.25, 0.5);
            scene.face({{x, 6.37, z}, {x + w, 6.37, z}, {x + w, 6.37, z + h}, {x, 6.37, z + h}},
                       {226, 220, 208}, 0.7);
        }
        return;
    }
    constexpr Colour sheets[] = {
        {238, 234, 226}, {232, 212, 120}, {222, 150, 140}, {170, 200, 220}};
    constexpr const char* words[] = {"疏通管道", "招租", "开锁", "搬家", "回收旧物", "补漏"};
    for (int i = 0; i < 22; ++i) {
        const double x = scene.between(-2.6, 2.2), z = scene.between(0.7, 2.2),
                     w = scene.between(0.3, 0.6), h = w * scene.between(0.6, 1.2),
                     lean = scene.wobble(0, 0.04);
        scene.face(
            {{x, 6.36, z}, {x + w, 6.36, z + lean}, {x + w, 6.36, z + h + lean}, {x, 6.36, z + h}},
            sheets[scene.random().below(4)]);
        const std::string word = words[scene.random().below(6)];
        const double letters = static_cast<double>(word.size()) / 3,
                     size = std::min(h * 0.5, w * 0.85 / letters);
        scene.text({x + 0.06 * w, 6.35, z + h * 0.3}, {size * letters, 0, lean}, {0, 0, size}, word,
                   {150, 40, 36});
    }
}

void laundry(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, variant % 2 ? Behind::houses : Behind::shops, variant + 2);
    draw_tree(scene, {-2.3, 5, 0}, 5.6, 1.6);
    draw_tree(scene, {2.4, 5, 0}, 5.8, 1.7);
    if (is_after) return;
    scene.begin({0, 4.95, 0});
    scene.line({{-2.2, 5, 2}, {0, 5, 1.86}, {2.3, 5, 2}}, {60, 62, 64}, 0.015);
    constexpr Colour cloths[] = {{206, 210, 214}, {92, 118, 160},  {196, 108, 104},
                                 {222, 200, 150}, {110, 140, 116}, {236, 234, 228}};
    for (int i = 0; i < 8; ++i) {
        const double x = -1.9 + i * 0.5, sag = 1.95 - 0.1 * (1 - std::fabs(x) / 2.2),
                     w = scene.between(0.32, 0.46), h = scene.between(0.55, 0.95);
        const Colour cloth = cloths[scene.random().below(6)];
        scene.face({{x, 5, sag},
                    {x + w, 5, sag},
                    {x + w * 0.96, 4.95, sag - h},
                    {x + w * 0.05, 4.95, sag - h * 0.96}},
                   cloth);
        scene.line({{x + w * 0.4, 4.97, sag - 0.05}, {x + w * 0.45, 4.94, sag - h * 0.9}},
                   mix(cloth, {60, 60, 60}, 0.3), 0.012, 0.6);
    }
}

void shop_outside(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, Behind::shops, variant);
    if (is_after) return;
    draw_shop_goods(scene, -2.6, 2.4, 5.3);
    if (variant % 2) draw_shop_goods(scene, -1.8, 1.2, 4.5);
    else draw_carton(scene, {1.2, 4.5, 0}, 0.5, 15);
}

void street_vendor(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::shops : Behind::hedge, variant);
    if (is_after) return;
    draw_stall(scene, {variant % 2 ? -0.4 : -1.4, 4.2, 0});
    draw_carton(scene, {variant % 2 ? 1.9 : 0.9, 4.1, 0}, 0.4, 10);
    draw_litter(scene, {-1.5, 3, 0}, {2, 4, 0}, 5);
}

void parked_bikes(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, variant % 2 ? Behind::hedge : Behind::shops, variant + 1);
    constexpr Colour paints[] = {{60, 140, 150}, {214, 150, 50}, {70, 110, 170}, {180, 180, 176}};
    if (is_after) {
        for (const double x : {-3.0, 3.0})
            scene.ground_line({{x, 4.4, 0}, {x, 5.8, 0}}, {236, 236, 230}, 0.06);
        scene.ground_line({{-3, 4.4, 0}, {3, 4.4, 0}}, {236, 236, 230}, 0.06);
        for (int i = 0; i < 9; ++i)
            draw_bike(scene, {-2.5 + i * 0.6, 5.1, 0}, 68,
                      paints[static_cast<std::size_t>(variant) % 2]);
        return;
    }
    for (int i = 0; i < 8; ++i)
        draw_bike(scene, {scene.between(-2.6, 2.6), scene.between(3.4, 5.6), 0},
                  scene.between(-40, 60), paints[scene.random().below(4)], i % 3 == 0);
}

void parked_car(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, variant % 2 ? Behind::houses : Behind::hedge, variant + 1);
    for (double x = -3; x < 3.4; x += 1.5) {
        scene.begin({x, 3.2, 0});
        scene.cylinder({x, 3.2, 0}, 0.06, 0.06, 0.75, {206, 200, 190});
        scene.disc({x, 3.2, 0.78}, 0.07, {196, 70, 56});
    }
    constexpr Colour paints[] = {{196, 198, 200}, {64, 72, 86}, {150, 52, 50}, {226, 224, 218}};
    if (!is_after) draw_car(scene, {variant % 2 ? -2.5 : -1.9, 4.3, 0}, paints[variant % 4]);
}

void broken_hoarding(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, Behind::hoarding, variant + 1);
    if (is_after) return;
    scene.begin({0, 6.2, 0});
    scene.face({{-0.6, 6.37, 0.1}, {1.2, 6.37, 0.1}, {1.0, 6.37, 2.6}, {-0.4, 6.37, 2.6}},
               {128, 120, 108});
    scene.face({{-0.6, 6.36, 0.1}, {1.2, 6.36, 0.1}, {1.15, 6.36, 0.5}, {-0.55, 6.36, 0.6}},
               {150, 132, 108});
    scene.face({{1.2, 6.3, 0.1}, {2.3, 5.6, 0.05}, {2.5, 5.5, 1.9}, {1.1, 6.3, 2.5}},
               {74, 138, 130});
    draw_rubble(scene, {0.2, 5.6, 0}, 0.5, 0.25);
}

void fallen_cable(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::houses : Behind::shops, variant);
    for (const double x : {-4.4, 4.6}) {
        scene.begin({x, 6, 0});
        scene.cylinder({x, 6, 0}, 0.14, 0.1, 6.5, {150, 148, 142});
    }
    const int low = is_after ? -1 : 1;
    scene.begin({0, 5.4, 0});
    for (int wire = 0; wire < 4; ++wire) {
        std::vector<Vec> line;
        const bool is_down = wire == low || (variant % 2 && !is_after && wire == 2);
        for (int i = 0; i <= 20; ++i) {
            const double part = i / 20.0, sag = is_down ? 4.6 : 0.5 + 0.08 * wire;
            line.push_back({-4.4 + 9 * part, is_down ? 6 - 2.4 * std::sin(part * pi) : 6,
                            std::max(0.02, 5.2 - 0.2 * wire -
                                               sag * std::sin(part * pi) * (is_down ? 1.25 : 1))});
        }
        scene.line(line, {34, 36, 38}, 0.03);
    }
    if (!is_after) draw_cone(scene, {-0.7, 3.6, 0});
}

void floating_rubbish(Scene& scene, int variant, bool is_after) {
    draw_quay(scene, variant);
    if (is_after) return;
    scene.begin({0, 30, 0}); // behind the railing
    for (int i = 0; i < 46; ++i) {
        const double y = scene.between(7.4, 13);
        scene.body({scene.wobble(0.5, 2.6), y, -1.05}, scene.between(0.08, 0.28),
                   scene.between(0.03, 0.07),
                   scene.random().chance(0.5) ? Colour{96, 122, 70} : Colour{214, 208, 190}, 0.25);
    }
}

void lamp_post(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::houses : Behind::hedge, variant);
    const bool is_leaning = variant % 2 == 1;
    draw_lamp(scene, {0.9, 6.4, kerb_m}, 5.4, !is_after && is_leaning ? 17 : 0,
              is_after && !is_leaning);
    draw_lamp(scene, {-5.2, 6.6, kerb_m}, 5.4, 0, !is_leaning);
    if (!is_after && is_leaning) draw_cone(scene, {0.3, 5.8, kerb_m});
}

void street_tree(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::houses : Behind::shops, variant);
    draw_tree(scene, {-3.8, 6.4, kerb_m}, 5.6, 1.6);
    if (is_after) {
        draw_tree(scene, {0.4, 6.2, kerb_m}, 5.2, 1.4);
        for (const double x : {-0.2, 1.0}) {
            scene.begin({x, 6, 0});
            scene.cylinder({x, 6, kerb_m}, {0.4, 6.2, 1.9}, 0.03, 0.03, {150, 122, 88});
        }
    } else if (variant % 2) {
        draw_tree(scene, {0.4, 6.2, kerb_m}, 5.0, 1.3, true);
    } else {
        draw_fallen_tree(scene, {-0.4, 4.6, 0});
    }
}

void litter_bin(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, variant % 2 ? Behind::hedge : Behind::houses, variant);
    if (is_after) {
        draw_bin(scene, {-0.7, 4.4, 0}, green_bin, false, false);
        draw_bin(scene, {0.15, 4.4, 0}, {70, 92, 124}, false, false);
        return;
    }
    if (variant % 2 == 0) {
        draw_bin(scene, {-0.7, 4.4, 0}, green_bin, true, false);
        draw_bin(scene, {0.15, 4.4, 0}, {70, 92, 124}, true, false);
    } else {
        draw_bin(scene, {-0.5, 4.3, 0}, green_bin, true, true);
        draw_bin(scene, {0.9, 4.6, 0}, {70, 92, 124}, false, false);
    }
    draw_bag(scene, {-1.1, 4.2, 0}, 0.24, dark_bag);
    draw_litter(scene, {-1.6, 3.2, 0}, {1.2, 4.2, 0}, 16);
}

void traffic_railing(Scene& scene, int variant, bool is_after) {
    draw_road(scene, variant % 2 ? Behind::shops : Behind::houses, variant);
    draw_railing(scene, {-6, 4.3, 0}, {6, 4.7, 0},
                 variant % 2 ? Colour{226, 226, 222} : Colour{96, 132, 160}, is_after ? 0 : 1);
    if (!is_after) draw_cone(scene, {1.1, 3.6, 0});
}

void telecom_cabinet(Scene& scene, int variant, bool is_after) {
    draw_pavement(scene, variant % 2 ? Behind::wall : Behind::hedge, variant);
    draw_cabinet(scene, {-0.6, 4.2, 0}, !is_after && variant % 2 == 0, !is_after);
}

} // namespace

const std::vector<SceneKind>& scene_kinds() {
    static const std::vector<SceneKind> kinds{
        {"storm_grate", "component", "01004", 6, 40, storm_grate},
        {"manhole", "component", "01003", 5, 40, manhole},
        {"lamp_post", "component", "01037", 4, -15, lamp_post},
        {"street_tree", "component", "04002", 4, 2, street_tree},
        {"litter_bin", "component", "03005", 4, 8, litter_bin},
        {"traffic_railing", "component", "02017", 4, 8, traffic_railing},
        {"telecom_cabinet", "component", "01027", 3, 8, telecom_cabinet},
        {"tree_pit", "component", "04011", 3, 40, tree_pit},
        {"exposed_garbage", "event", "06010", 10, 8, exposed_garbage},
        {"dirty_road", "event", "06012", 6, 8, dirty_road},
        {"rubble_heap", "event", "06011", 6, 8, rubble_heap},
        {"dumped_furniture", "event", "06035", 6, 8, dumped_furniture},
        {"pothole", "event", "06013", 6, 40, pothole},
        {"spillage", "event", "06014", 4, 8, spillage},
        {"littered_green", "event", "06017", 4, 8, littered_green},
        {"piled_objects", "event", "06036", 4, 8, piled_objects},
        {"small_ads", "event", "07001", 4, 8, small_ads},
        {"laundry", "event", "06007", 3, 8, laundry},
        {"shop_outside", "event", "09005", 5, 8, shop_outside},
        {"street_vendor", "event", "09001", 5, 8, street_vendor},
        {"parked_bikes", "event", "09010", 4, 8, parked_bikes},
        {"parked_car", "event", "09009", 4, 8, parked_car},
        {"broken_hoarding", "event", "08007", 3, 8, broken_hoarding},
        {"fallen_cable", "event", "10002", 3, 0, fallen_cable},
        {"floating_rubbish", "event", "06025", 3, 8, floating_rubbish},
        {"kerb_gap", "event", "06050", 3, 40, kerb_gap},
        {"tactile_paving", "event", "06051", 3, 40, tactile_paving},
    };
    return kinds;
}

const SceneKind* find_scene_kind(std::string_view name) {
    for (const auto& kind : scene_kinds())
        if (kind.name == name) return &kind;
    return nullptr;
}

} // namespace chengge::demo
