// Streets, rows of houses, lawns and quays behind the things of the demo's pictures.
#include <algorithm>
#include <cmath>

#include "demo/props.hpp"

namespace chengge::demo {

namespace {

constexpr Colour kerbstone{196, 194, 186};
constexpr Colour plaster[] = {
    {222, 214, 198}, {205, 198, 186}, {214, 205, 208}, {196, 206, 204}, {226, 220, 206}};
constexpr Colour boards[] = {{168, 58, 48},  {40, 92, 110}, {60, 104, 66},
                             {190, 140, 50}, {72, 78, 104}, {140, 76, 50}};
constexpr const char* shop_names[] = {
    "鲜果小店", "便民超市", "五金日杂", "海味干货", "早餐肠粉", "茶行",   "理发",   "文具店",
    "面包房",   "药房",     "手机维修", "花店",     "粮油店",   "糖水铺", "服装店", "快递驿站"};

// A flat piece of a wall at distance y.
std::vector<Vec> panel(double x0, double z0, double x1, double z1, double y) {
    return {{x0, y, z0}, {x1, y, z0}, {x1, y, z1}, {x0, y, z1}};
}

void draw_windows(Scene& scene, double x0, double x1, double y, double z0, double z1) {
    const Colour glass{96, 116, 128}, frame{232, 232, 226};
    for (double z = z0 + 0.7; z + 1.3 < z1; z += 2.9)
        for (double x = x0 + 0.5; x + 1.5 < x1; x += 2.3) {
            scene.face(panel(x - 0.07, z - 0.07, x + 1.47, z + 1.37, y), frame);
            const Colour pane = mix(glass, {150, 176, 188}, scene.random().unit());
            scene.face(panel(x, z, x + 0.67, z + 1.3, y), pane);
            scene.face(panel(x + 0.73, z, x + 1.4, z + 1.3, y), mix(pane, {60, 72, 80}, 0.3));
            if (scene.random().chance(0.3))
                scene.box({x + 0.3, y - 0.35, z - 0.75}, {0.75, 0.33, 0.5}, {214, 214, 208});
        }
}

void draw_shop(Scene& scene, double x0, double x1, double y) {
    auto& random = scene.random();
    const Colour board = boards[random.below(std::size(boards))];
    if (random.chance(0.25)) { // a rolled-down shutter
        for (int i = 0; i < 14; ++i)
            scene.face(panel(x0 + 0.15, 0.1 + i * 0.19, x1 - 0.15, 0.1 + (i + 1) * 0.19, y),
                       mix({168, 172, 174}, {140, 144, 148}, i % 2));
    } else {
        scene.face(panel(x0 + 0.15, 0.1, x1 - 0.15, 2.75, y), {58, 62, 64});
        for (int shelf = 0; shelf < 3; ++shelf) {
            scene.face(panel(x0 + 0.3, 0.45 + shelf * 0.7, x1 - 0.3, 0.5 + shelf * 0.7, y),
                       {120, 104, 84});
            for (double x = x0 + 0.35; x < x1 - 0.5; x += 0.26)
                scene.face(panel(x, 0.5 + shelf * 0.7, x + 0.2,
                                 0.72 + shelf * 0.7 + 0.2 * random.unit(), y),
                           mix(boards[random.below(std::size(boards))], {210, 196, 160}, 0.5));
        }
        scene.face(panel(x0 + 0.15, 0.1, x1 - 0.15, 2.75, y), {190, 206, 214}, 0.16);
    }
    scene.face(panel(x0 + 0.05, 2.85, x1 - 0.05, 3.65, y - 0.05), board);
    const std::string name = shop_names[random.below(std::size(shop_names))];
    const double letters = static_cast<double>(name.size()) / 3,
                 width = std::min(x1 - x0 - 0.5, letters * 0.6);
    scene.text({(x0 + x1 - width) / 2, y - 0.07, 2.98}, {width, 0, 0}, {0, 0, width / letters},
               name, {250, 246, 232});
}

void draw_houses(Scene& scene, double y, bool has_shops, double base) {
    scene.begin({0, y + 3, 0});
    auto& random = scene.random();
    for (double x = -16 + random.unit() * 2; x < 16;) {
        const double width = scene.between(5.5, 9), height = scene.between(8, 15);
        const Colour wall = plaster[random.below(std::size(plaster))];
        scene.face(panel(x, base, x + width, height, y), wall);
        scene.face(panel(x, height - 0.4, x + width, height, y - 0.1),
                   mix(wall, {120, 112, 104}, 0.4));
        draw_windows(scene, x, x + width, y - 0.02, has_shops ? 3.6 : 0.4, height - 0.5);
        if (has_shops)
            for (double shop = x; shop + 2.6 < x + width; shop += width / 2)
                draw_shop(scene, shop, shop + width / 2, y - 0.03);
        else
            scene.face(panel(x, base, x + width, base + 0.7, y - 0.03),
                       mix(wall, {110, 104, 98}, 0.5));
        x += width;
    }
}

void draw_wall(Scene& scene, double y, double base) {
    scene.begin({0, y + 1, 0});
    const Colour wall = plaster[scene.random().below(std::size(plaster))];
    scene.face(panel(-16, base, 16, 2.7, y), wall);
    scene.face(panel(-16, 2.7, 16, 2.85, y - 0.12), {150, 142, 132});
    scene.face(panel(-16, base, 16, base + 0.45, y - 0.02), {142, 136, 128});
    for (int i = 0; i < 14; ++i) {
        const double x = scene.between(-9, 9), z = scene.between(0.8, 2.5);
        scene.face(panel(x, z, x + scene.between(0.2, 1.2), z + scene.between(0.1, 0.5), y - 0.01),
                   mix(wall, {120, 116, 110}, 0.35), 0.35);
    }
    for (double x = -12; x < 12; x += scene.between(3, 5))
        draw_tree(scene, {x, y + 3.5, 0}, scene.between(5, 7), scene.between(1.8, 2.6));
}

void draw_hedge(Scene& scene, double y, double base) {
    for (double x = -12; x < 12; x += scene.between(3.5, 5.5))
        draw_tree(scene, {x, y + 2.8, 0}, scene.between(5, 7.5), scene.between(1.7, 2.4));
    scene.begin({0, y, 0});
    for (int row = 0; row < 3; ++row)
        for (double x = -10; x < 10; x += 0.45)
            scene.body({scene.wobble(x, 0.15), y, base + 0.25 + row * 0.25}, 0.42, 0.34,
                       mix({74, 106, 58}, {104, 134, 72}, scene.random().unit()), 0.14);
}

void draw_hoarding(Scene& scene, double y, double base) {
    scene.begin({0, y + 0.5, 0});
    const Colour sheet{66, 128, 120};
    for (double x = -14; x < 14; x += 1.2) {
        scene.face(panel(x, base + 0.1, x + 1.18, 2.6, y),
                   mix(sheet, {255, 255, 255}, 0.06 * scene.random().unit()));
        for (double rib = 0.2; rib < 1.2; rib += 0.2)
            scene.line({{x + rib, y - 0.01, base + 0.12}, {x + rib, y - 0.01, 2.58}},
                       {52, 106, 100}, 0.015);
    }
    scene.face(panel(-14, base, 14, base + 0.3, y - 0.02), {196, 190, 178});
    scene.begin({0, y + 4, 0});
    for (double x = -8; x < 8; x += 4)
        scene.face(panel(x, 2, x + 3.4, 9.5, y + 5), {176, 176, 170});
}

void draw_behind(Scene& scene, Behind behind, double y, double base) {
    switch (behind) {
    case Behind::shops: return draw_houses(scene, y, true, base);
    case Behind::houses: return draw_houses(scene, y, false, base);
    case Behind::wall: return draw_wall(scene, y, base);
    case Behind::hedge: return draw_hedge(scene, y, base);
    case Behind::hoarding: return draw_hoarding(scene, y, base);
    }
}

void draw_kerb(Scene& scene, double y) {
    for (double x = -9; x < 9; x += 0.8) {
        const Colour stone = mix(kerbstone, {160, 158, 152}, 0.4 * scene.random().unit());
        scene.ground(rectangle(x, y, x + 0.785, y + 0.16, kerb_m), stone);
        scene.ground({{x, y, 0}, {x + 0.785, y, 0}, {x + 0.785, y, kerb_m}, {x, y, kerb_m}},
                     mix(stone, {70, 72, 74}, 0.36));
    }
    scene.ground(rectangle(-9, y - 0.16, 9, y, 0), {70, 74, 76}, 0.35);
}

} // namespace

void draw_asphalt(Scene& scene, Vec low, Vec high, int style) {
    constexpr Colour tones[] = {{94, 102, 107}, {104, 108, 108}, {84, 90, 96}};
    const Colour tone = tones[static_cast<std::size_t>(style) % std::size(tones)];
    scene.ground(rectangle(low.x, low.y, high.x, high.y, low.z), tone);
    for (int i = 0; i < 5; ++i)
        scene.ground(
            scene.spot({scene.between(low.x, high.x) * 0.4, scene.between(low.y, high.y), low.z},
                       scene.between(0.4, 1.4), scene.between(0.2, 0.6), 0.4),
            mix(tone, {60, 64, 68}, 0.5), 0.22);
    const Vec near_high{std::min(high.x, 4.0), std::min(high.y, 6.0), low.z},
        near_low{std::max(low.x, -4.0), low.y, low.z};
    scene.speckle(near_low, near_high, 900, 0.012,
                  {mix(tone, {255, 255, 255}, 0.25), mix(tone, {0, 0, 0}, 0.3)}, 0.4);
}

void draw_paving(Scene& scene, Vec low, Vec high, int style) {
    constexpr Colour tones[][2] = {{{184, 144, 122}, {170, 128, 108}},
                                   {{176, 174, 168}, {160, 158, 152}},
                                   {{196, 182, 156}, {178, 164, 140}},
                                   {{150, 156, 158}, {136, 142, 146}}};
    const auto& pair = tones[static_cast<std::size_t>(style) % std::size(tones)];
    scene.ground(rectangle(low.x, low.y, high.x, high.y, low.z), mix(pair[1], {80, 76, 72}, 0.4));
    const double length = style % 2 == 0 ? 0.4 : 0.5, depth = style % 2 == 0 ? 0.2 : 0.5;
    int row = 0;
    for (double y = low.y; y < high.y; y += depth, ++row) {
        // Far rows are too fine to be drawn stone by stone.
        const double reach = std::min(high.x, 2.2 + y * 0.8);
        if (y > 9) break;
        for (double x = -reach - (row % 2) * length / 2; x < reach; x += length)
            scene.ground(rectangle(std::max(low.x, x), y, std::min(high.x, x + length - 0.012),
                                   std::min(high.y, y + depth - 0.012), low.z),
                         mix(mix(pair[0], pair[1], scene.random().unit()), {90, 84, 78},
                             0.16 * scene.random().unit()));
    }
}

void draw_gutter(Scene& scene, double kerb_y, int style) {
    draw_asphalt(scene, {-8, 0.2, 0}, {8, kerb_y, 0}, style);
    draw_paving(scene, {-9, kerb_y + 0.16, kerb_m}, {9, 12, kerb_m}, style);
    draw_kerb(scene, kerb_y);
}

void draw_road(Scene& scene, Behind behind, int style) {
    draw_asphalt(scene, {-14, 0.3, 0}, {14, 5.2, 0}, style);
    scene.ground(rectangle(-14, 3.9, 14, 4.02, 0), {222, 222, 214}, 0.75);
    draw_paving(scene, {-14, 5.36, kerb_m}, {14, 8.4, kerb_m}, style + 1);
    draw_kerb(scene, 5.2);
    draw_behind(scene, behind, 8.4, kerb_m);
}

void draw_pavement(Scene& scene, Behind behind, int style) {
    draw_paving(scene, {-14, 0.3, 0}, {14, 6.4, 0}, style);
    draw_behind(scene, behind, 6.4, 0);
}

void draw_lawn(Scene& scene, int style) {
    const Colour grass = style % 2 ? Colour{112, 140, 78} : Colour{98, 132, 70};
    scene.ground(rectangle(-20, 1.2, 20, 26, 0), grass);
    draw_paving(scene, {-14, 0.3, 0}, {14, 1.9, 0}, style);
    scene.ground(rectangle(-14, 1.9, 14, 2.05, 0), {186, 182, 172});
    scene.speckle({-6, 2.2, 0}, {6, 9, 0}, 1500, 0.035,
                  {mix(grass, {40, 70, 30}, 0.5), mix(grass, {190, 210, 130}, 0.4), grass}, 0.6);
    draw_houses(scene, 22, false, 0);
    for (int i = 0; i < 5; ++i)
        draw_tree(scene, {scene.between(-9, 9), scene.between(12, 19), 0}, scene.between(5, 7.5),
                  scene.between(1.8, 2.8));
    for (int i = 0; i < 7; ++i)
        draw_bush(scene, {scene.between(-6, 6), scene.between(8, 11), 0}, scene.between(0.4, 0.8));
}

void draw_quay(Scene& scene, int style) {
    scene.ground(rectangle(-300, 4.2, 300, 160, -1.1), {118, 148, 156});
    for (int i = 0; i < 90; ++i) {
        const double y = 5 + 60 * std::pow(scene.random().unit(), 2.2),
                     x = scene.between(-0.7, 0.7) * y;
        scene.ground_line({{x, y, -1.1}, {x + scene.between(0.3, 1.4), y, -1.1}}, {170, 194, 198},
                          0.05, 0.4);
    }
    scene.ground(rectangle(-14, 3.9, 14, 4.2, 0.1), {178, 174, 166});
    draw_paving(scene, {-14, 0.3, 0}, {14, 3.9, 0}, style);
    scene.begin({0, 150, 0});
    for (int i = 0; i < 16; ++i) {
        const double x = -70 + i * 9.5;
        scene.face(panel(x, 0, x + scene.between(5, 9), scene.between(6, 22), 160), {168, 184, 192},
                   0.8);
    }
    scene.face(panel(-400, -1, 400, 4, 158), {120, 146, 126}, 0.8);
    draw_railing(scene, {-8, 4, 0.1}, {8, 4, 0.1}, {206, 206, 200}, 0);
}

} // namespace chengge::demo
