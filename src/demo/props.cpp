#include "demo/props.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace chengge::demo {

namespace {

using std::numbers::pi;

// A point of a thing's own plan: `along` its front, `deep` behind it, turned about `at`.
Vec turned(Vec at, double along, double deep, double up, double turn_degrees) {
    const double turn = turn_degrees * pi / 180;
    return {at.x + along * std::cos(turn) - deep * std::sin(turn),
            at.y + along * std::sin(turn) + deep * std::cos(turn), at.z + up};
}

// A box in the thing's own plan.
void block(Scene& scene, Vec at, double turn, Vec low, Vec high, Colour colour) {
    std::vector<Vec> below, above;
    for (const auto& [x, y] : {std::pair(low.x, low.y), std::pair(high.x, low.y),
                               std::pair(high.x, high.y), std::pair(low.x, high.y)}) {
        below.push_back(turned(at, x, y, low.z, turn));
        above.push_back(turned(at, x, y, high.z, turn));
    }
    scene.prism(below, above, colour);
}

} // namespace

void draw_tree(Scene& scene, Vec at, double height, double crown, bool is_dead) {
    scene.begin(at);
    const Colour bark = is_dead ? Colour{128, 112, 96} : Colour{104, 88, 72};
    const double trunk = height * 0.5;
    scene.cylinder(at, 0.16, 0.1, trunk, bark);
    for (int i = 0; i < (is_dead ? 9 : 4); ++i) {
        const double angle = scene.between(0, 2 * pi), reach = crown * scene.between(0.5, 0.9);
        const Vec from{at.x, at.y, at.z + trunk * scene.between(0.75, 1)};
        const Vec to{at.x + reach * std::cos(angle), at.y + reach * std::sin(angle) * 0.5,
                     at.z + trunk + height * scene.between(0.15, 0.45)};
        scene.cylinder(from, to, 0.06, 0.02, bark);
        if (is_dead) scene.line({to, {to.x + scene.wobble(0, 0.4), to.y, to.z + 0.4}}, bark, 0.02);
    }
    if (is_dead) return;
    const Vec middle{at.x, at.y, at.z + height * 0.72};
    std::vector<Vec> silhouette;
    for (int i = 0; i < 12; ++i)
        silhouette.push_back({middle.x + crown * std::cos(i * pi / 6),
                              middle.y + crown * 0.6 * std::sin(i * pi / 6), middle.z});
    scene.cast_shadow(silhouette);
    // Clumps of leaves from the dark inside out to the light rim.
    for (int layer = 0; layer < 3; ++layer)
        for (int i = 0; i < 16 + layer * 12; ++i) {
            const double angle = scene.between(0, 2 * pi),
                         reach = std::sqrt(scene.random().unit()) * crown * (1 - layer * 0.06);
            const double x = reach * std::cos(angle), z = reach * std::sin(angle) * 0.72;
            const double lit = std::clamp(0.25 + layer * 0.22 + z / crown * 0.3 +
                                              x / crown * scene.light().to_sun.x * 0.25,
                                          0.0, 1.0);
            scene.body({middle.x + x, at.y - layer * 0.05, middle.z + z},
                       crown * scene.between(0.16, 0.27), crown * scene.between(0.13, 0.2),
                       mix({52, 82, 44}, {138, 164, 86}, lit), 0.16);
        }
}

void draw_fallen_tree(Scene& scene, Vec at) {
    scene.begin(at);
    const Colour bark{108, 90, 74};
    scene.shade_ground({at.x + 1.6, at.y, at.z}, 2.4, 0.7, 0.5);
    scene.cylinder({at.x - 1.3, at.y, at.z + 0.16}, {at.x + 1.6, at.y + 0.2, at.z + 0.3}, 0.17,
                   0.11, bark);
    for (int i = 0; i < 9; ++i) { // roots
        const double angle = scene.between(0, 2 * pi);
        scene.line({{at.x - 1.3, at.y, at.z + 0.16},
                    {at.x - 1.6 - 0.3 * scene.random().unit(), at.y + 0.2 * std::sin(angle),
                     at.z + 0.2 + 0.45 * std::cos(angle)}},
                   {84, 66, 52}, 0.04);
    }
    for (int i = 0; i < 70; ++i) {
        const double x = scene.between(0, 2.4), lit = scene.random().unit();
        scene.body({at.x + 0.9 + x, at.y + scene.wobble(0, 0.4),
                    at.z + 0.2 + scene.between(0, 0.9) * (1 - std::fabs(x - 1.2) / 1.6)},
                   scene.between(0.16, 0.3), scene.between(0.12, 0.2),
                   mix({60, 88, 48}, {140, 164, 88}, lit), 0.18);
    }
}

void draw_bush(Scene& scene, Vec at, double radius) {
    scene.begin(at);
    scene.shade_ground(at, radius * 1.1, radius * 0.5, 0.4);
    for (int i = 0; i < 14; ++i)
        scene.body(
            {at.x + scene.wobble(0, radius * 0.7), at.y, at.z + scene.between(0.2, 0.9) * radius},
            radius * scene.between(0.3, 0.5), radius * scene.between(0.25, 0.4),
            mix({66, 98, 52}, {126, 152, 80}, scene.random().unit()), 0.15);
}

void draw_bag(Scene& scene, Vec at, double size, Colour colour) {
    scene.begin(at);
    scene.shade_ground({at.x, at.y, at.z}, size * 1.25, size * 0.6, 0.6);
    scene.body({at.x, at.y, at.z + size * 0.7}, size, size * 0.78, colour, 0.05);
    // Folds and the knot.
    for (int i = 0; i < 5; ++i) {
        const double x = scene.wobble(0, size * 0.7);
        scene.line({{at.x + x * 0.35, at.y - size * 0.3, at.z + size * 1.3},
                    {at.x + x, at.y - size * 0.4, at.z + size * scene.between(0.3, 0.8)}},
                   mix(colour, {255, 255, 255}, 0.35), 0.008, 0.5);
    }
    scene.body({at.x + scene.wobble(0, size * 0.2), at.y, at.z + size * 1.5}, size * 0.16,
               size * 0.22, mix(colour, {0, 0, 0}, 0.15), 0.25);
}

void draw_bin(Scene& scene, Vec at, Colour colour, bool is_open, bool is_fallen) {
    scene.begin(at);
    if (is_fallen) {
        scene.shade_ground({at.x + 0.4, at.y, at.z}, 0.8, 0.35, 0.5);
        block(scene, at, 12, {-0.1, 0, 0.03}, {0.95, 0.6, 0.6}, colour);
        scene.face({turned(at, -0.1, 0.04, 0.07, 12), turned(at, -0.1, 0.56, 0.07, 12),
                    turned(at, -0.1, 0.56, 0.56, 12), turned(at, -0.1, 0.04, 0.56, 12)},
                   {34, 40, 38});
        return;
    }
    scene.shade_ground({at.x + 0.3, at.y + 0.3, at.z}, 0.5, 0.4, 0.5);
    std::vector<Vec> low{{at.x + 0.06, at.y + 0.06, at.z + 0.08},
                         {at.x + 0.54, at.y + 0.06, at.z + 0.08},
                         {at.x + 0.54, at.y + 0.6, at.z + 0.08},
                         {at.x + 0.06, at.y + 0.6, at.z + 0.08}};
    std::vector<Vec> high{{at.x, at.y, at.z + 0.95},
                          {at.x + 0.6, at.y, at.z + 0.95},
                          {at.x + 0.6, at.y + 0.68, at.z + 0.95},
                          {at.x, at.y + 0.68, at.z + 0.95}};
    for (const double x : {0.1, 0.5})
        scene.cylinder({at.x + x, at.y + 0.55, at.z + 0.08},
                       {at.x + x + 0.05, at.y + 0.55, at.z + 0.08}, 0.09, 0.09, {40, 42, 44});
    scene.prism(low, high, colour);
    scene.face({{at.x + 0.14, at.y - 0.01, at.z + 0.5},
                {at.x + 0.46, at.y - 0.01, at.z + 0.5},
                {at.x + 0.46, at.y - 0.01, at.z + 0.78},
                {at.x + 0.14, at.y - 0.01, at.z + 0.78}},
               {232, 232, 226});
    if (!is_open) {
        scene.box({at.x - 0.03, at.y - 0.04, at.z + 0.95}, {0.66, 0.76, 0.07},
                  mix(colour, {20, 24, 26}, 0.25));
        return;
    }
    scene.face({{at.x - 0.02, at.y + 0.68, at.z + 0.95},
                {at.x + 0.62, at.y + 0.68, at.z + 0.95},
                {at.x + 0.62, at.y + 0.95, at.z + 1.5},
                {at.x - 0.02, at.y + 0.95, at.z + 1.5}},
               mix(colour, {20, 24, 26}, 0.25));
    constexpr Colour bags[] = {
        {52, 56, 60}, {206, 206, 202}, {120, 136, 150}, {176, 84, 72}, {190, 170, 120}};
    for (int i = 0; i < 6; ++i)
        scene.body({at.x + scene.between(0.08, 0.52), at.y + 0.2, at.z + 0.98 + 0.07 * (i / 2)},
                   scene.between(0.12, 0.2), scene.between(0.1, 0.16),
                   bags[scene.random().below(5)], 0.12);
}

void draw_lamp(Scene& scene, Vec at, double height, double lean_degrees, bool is_lit) {
    scene.begin(at);
    const double lean = lean_degrees * pi / 180;
    const Colour steel{126, 134, 138};
    const Vec top{at.x + height * std::sin(lean), at.y, at.z + height * std::cos(lean)};
    scene.cylinder(at, 0.14, 0.14, 0.35, {104, 110, 114});
    scene.cylinder(at, top, 0.075, 0.05, steel);
    const Vec end{top.x - 1.3 * std::cos(lean), top.y - 0.2, top.z + 0.25 + 1.3 * std::sin(lean)};
    scene.cylinder(top, end, 0.045, 0.035, steel);
    const Vec head{end.x - 0.5 * std::cos(lean), end.y - 0.05, end.z + 0.5 * std::sin(lean)};
    scene.cylinder(end, head, 0.1, 0.07, {92, 98, 102});
    const Vec bulb{(end.x + head.x) / 2, (end.y + head.y) / 2 - 0.05, (end.z + head.z) / 2 - 0.08};
    if (is_lit) {
        for (const double radius : {0.9, 0.6, 0.35})
            scene.disc(bulb, radius, {255, 236, 190}, 0.16);
        scene.disc(bulb, 0.14, {340, 330, 300});
    } else {
        scene.disc(bulb, 0.1, {120, 122, 120});
    }
}

void draw_bike(Scene& scene, Vec at, double turn_degrees, Colour colour, bool is_fallen) {
    scene.begin(at);
    const double squash = is_fallen ? 0.25 : 1;
    const auto point = [&](double along, double up) {
        auto spot = turned(at, along, is_fallen ? up * 0.8 : 0, 0, turn_degrees);
        spot.z += up * squash;
        return spot;
    };
    scene.shade_ground(turned(at, 0, 0, 0, turn_degrees), 0.9, is_fallen ? 0.5 : 0.16, 0.45);
    constexpr double wheel = 0.31;
    for (const double along : {-0.52, 0.52}) {
        const auto hub = point(along, wheel);
        std::vector<Vec> ring;
        for (int i = 0; i <= 24; ++i)
            ring.push_back(point(along + wheel * std::cos(i * pi / 12),
                                 wheel + wheel * std::sin(i * pi / 12)));
        scene.line(ring, {38, 40, 42}, 0.035);
        for (int i = 0; i < 5; ++i)
            scene.line(
                {hub, point(along + 0.28 * std::cos(i * 1.26), wheel + 0.28 * std::sin(i * 1.26))},
                {170, 174, 176}, 0.006);
    }
    scene.line({point(-0.52, wheel), point(-0.12, 0.32), point(0.4, 0.72), point(-0.24, 0.74),
                point(-0.12, 0.32)},
               colour, 0.04);
    scene.line({point(-0.52, wheel), point(-0.24, 0.74), point(-0.28, 0.9)}, colour, 0.03);
    scene.line({point(0.52, wheel), point(0.38, 0.72), point(0.34, 1.0)}, colour, 0.035);
    scene.line({point(-0.42, 0.92), point(-0.16, 0.92)}, {44, 44, 46}, 0.06);
    scene.line({point(0.22, 1.04), point(0.36, 1.0), point(0.42, 0.98)}, {50, 50, 52}, 0.03);
    // The basket.
    for (int i = 0; i < 4; ++i)
        scene.line({point(0.46, 0.7 + i * 0.07), point(0.74, 0.72 + i * 0.07)}, {70, 74, 78},
                   0.012);
}

void draw_car(Scene& scene, Vec at, Colour colour) {
    scene.begin(at);
    scene.shade_ground({at.x + 2.1, at.y + 0.8, at.z}, 2.4, 0.9, 0.7);
    const auto side = [&](double x, double z) { return Vec{at.x + x, at.y, at.z + z}; };
    const auto far = [&](double x, double z) { return Vec{at.x + x, at.y + 1.6, at.z + z}; };
    const Colour glass{62, 78, 88};
    scene.cast_shadow({side(0, 0), side(4.3, 0), far(4.3, 0), far(0, 0), side(1, 1.4),
                       side(3.2, 1.4), far(1, 1.4), far(3.2, 1.4)});
    scene.face({side(1.25, 1.42), side(3.0, 1.42), far(3.0, 1.42), far(1.25, 1.42)},
               mix(colour, {255, 255, 255}, 0.12)); // roof
    scene.face({side(0.75, 0.92), far(0.75, 0.92), far(1.25, 1.42), side(1.25, 1.42)},
               mix(glass, {200, 214, 220}, 0.35));
    scene.face({side(0.02, 0.62), far(0.02, 0.62), far(0.75, 0.92), side(0.75, 0.92)},
               mix(colour, {255, 255, 255}, 0.18)); // bonnet
    scene.face({side(0, 0.25), side(4.3, 0.25), side(4.28, 0.78), side(3.75, 0.95),
                side(0.75, 0.92), side(0.02, 0.66)},
               colour);
    scene.face({side(0.75, 0.92), side(3.75, 0.95), side(3.0, 1.42), side(1.25, 1.42)},
               mix(colour, {30, 34, 38}, 0.25));
    scene.face({side(0.95, 0.95), side(2.0, 0.96), side(2.0, 1.36), side(1.32, 1.36)}, glass);
    scene.face({side(2.1, 0.96), side(3.5, 0.98), side(2.94, 1.36), side(2.1, 1.36)}, glass);
    scene.line({side(2.05, 0.95), side(2.05, 0.3)}, mix(colour, {0, 0, 0}, 0.4), 0.012);
    scene.line({side(0.1, 0.5), side(4.2, 0.55)}, mix(colour, {255, 255, 255}, 0.3), 0.012);
    scene.face({side(0.02, 0.5), side(0.35, 0.55), side(0.3, 0.68), side(0.02, 0.64)},
               {240, 236, 214});
    scene.face({side(4.12, 0.6), side(4.29, 0.6), side(4.28, 0.76), side(4.1, 0.78)},
               {168, 52, 44});
    for (const double x : {0.85, 3.4}) {
        const Vec hub = side(x, 0.31);
        for (const auto& [radius, tone] :
             {std::pair(0.33, Colour{36, 38, 40}), std::pair(0.2, Colour{176, 180, 182}),
              std::pair(0.06, Colour{90, 94, 98})}) {
            std::vector<Vec> ring;
            for (int i = 0; i < 22; ++i)
                ring.push_back({hub.x + radius * std::cos(i * pi / 11), hub.y - 0.02,
                                hub.z + radius * std::sin(i * pi / 11)});
            scene.face(ring, tone);
        }
    }
}

void draw_carton(Scene& scene, Vec at, double size, double turn_degrees) {
    scene.begin(at);
    const Colour card = mix({176, 140, 98}, {150, 118, 84}, scene.random().unit());
    const double height = size * scene.between(0.6, 0.95);
    scene.shade_ground({at.x + size / 2, at.y + size / 3, at.z}, size * 0.9, size * 0.6, 0.45);
    block(scene, at, turn_degrees, {0, 0, 0}, {size, size * 0.75, height}, card);
    scene.line({turned(at, size * 0.5, -0.004, height, turn_degrees),
                turned(at, size * 0.5, -0.004, height * 0.6, turn_degrees)},
               {206, 180, 130}, 0.04);
    scene.face({turned(at, 0, 0, height, turn_degrees), turned(at, size, 0, height, turn_degrees),
                turned(at, size * 0.94, -size * 0.22, height * 1.02, turn_degrees),
                turned(at, size * 0.06, -size * 0.22, height * 1.02, turn_degrees)},
               mix(card, {255, 255, 255}, 0.15));
}

void draw_sofa(Scene& scene, Vec at, double turn_degrees) {
    scene.begin(at);
    const Colour cloth = scene.random().chance(0.5) ? Colour{124, 84, 66} : Colour{110, 104, 84};
    scene.shade_ground({at.x + 0.8, at.y + 0.4, at.z}, 1.3, 0.7, 0.55);
    block(scene, at, turn_degrees, {0, 0.62, 0.1}, {1.9, 0.85, 0.9}, cloth);
    block(scene, at, turn_degrees, {0, 0, 0.1}, {1.9, 0.62, 0.4}, mix(cloth, {20, 16, 14}, 0.12));
    block(scene, at, turn_degrees, {0.2, 0.02, 0.4}, {0.94, 0.6, 0.52},
          mix(cloth, {255, 255, 255}, 0.1));
    block(scene, at, turn_degrees, {0.98, 0.02, 0.4}, {1.7, 0.6, 0.5},
          mix(cloth, {255, 255, 255}, 0.06));
    for (const double x : {0.0, 1.7})
        block(scene, at, turn_degrees, {x, 0, 0.1}, {x + 0.2, 0.85, 0.66},
              mix(cloth, {255, 255, 255}, 0.04));
    // Torn cloth.
    scene.face(
        {turned(at, 1.15, -0.01, 0.2, turn_degrees), turned(at, 1.42, -0.01, 0.16, turn_degrees),
         turned(at, 1.36, -0.01, 0.36, turn_degrees), turned(at, 1.2, -0.01, 0.32, turn_degrees)},
        {214, 204, 178});
}

void draw_wardrobe(Scene& scene, Vec at, double turn_degrees) {
    scene.begin(at);
    const Colour wood{168, 132, 94};
    block(scene, at, turn_degrees, {0, 0, 0}, {1.0, 0.5, 1.7}, wood);
    scene.face(
        {turned(at, 0.05, -0.01, 0.1, turn_degrees), turned(at, 0.48, -0.01, 0.1, turn_degrees),
         turned(at, 0.48, -0.01, 1.6, turn_degrees), turned(at, 0.05, -0.01, 1.6, turn_degrees)},
        mix(wood, {255, 255, 255}, 0.12));
    scene.face(
        {turned(at, 0.52, -0.01, 0.1, turn_degrees), turned(at, 0.95, -0.01, 0.1, turn_degrees),
         turned(at, 0.95, -0.01, 1.6, turn_degrees), turned(at, 0.52, -0.01, 1.6, turn_degrees)},
        {70, 58, 46});
    // The door hangs open.
    scene.face(
        {turned(at, 0.95, -0.01, 0.08, turn_degrees), turned(at, 1.2, -0.36, 0.02, turn_degrees),
         turned(at, 1.2, -0.36, 1.5, turn_degrees), turned(at, 0.95, -0.01, 1.58, turn_degrees)},
        mix(wood, {255, 255, 255}, 0.2));
    scene.disc(turned(at, 0.43, -0.02, 0.85, turn_degrees), 0.025, {220, 210, 180});
}

void draw_rubble(Scene& scene, Vec at, double radius, double height) {
    scene.begin(at);
    scene.shade_ground(at, radius * 1.25, radius * 0.7, 0.5);
    constexpr Colour stones[] = {{168, 160, 150}, {150, 118, 98}, {186, 178, 166},
                                 {134, 130, 124}, {164, 96, 76},  {200, 194, 184}};
    const auto top_at = [&](double u) { return height * std::pow(1 - u * u, 0.8); };
    std::vector<Vec> heap;
    for (int i = 0; i <= 20; ++i) {
        const double u = -1 + i / 10.0;
        heap.push_back({at.x + radius * u, at.y, at.z + top_at(u) * scene.wobble(0.94, 0.06)});
    }
    scene.cast_shadow(heap);
    scene.face(heap, {132, 122, 110});
    // Pieces from the back and top to the front and foot.
    const int count = static_cast<int>(140 * radius) + 60;
    for (int i = 0; i < count; ++i) {
        const double u = scene.between(-1, 1), level = 1 - (i + scene.random().unit()) / count;
        const double size =
            scene.between(0.06, 0.19) * (level < 0.1 ? 0.7 : 1) * std::min(1.0, radius);
        const Colour stone = mix(stones[scene.random().below(std::size(stones))], {210, 204, 194},
                                 0.25 * scene.random().unit());
        const Vec corner{at.x + radius * u * (1.06 - 0.1 * level),
                         at.y - 0.5 * radius * (1 - level),
                         at.z + std::max(0.0, top_at(u) * level - size * 0.4)};
        const double lean = scene.wobble(0, size * 0.5), tall = size * scene.between(0.5, 0.9);
        scene.face({corner,
                    {corner.x + size, corner.y, corner.z + lean * 0.3},
                    {corner.x + size * 0.8 + lean, corner.y, corner.z + tall},
                    {corner.x + lean * 0.5, corner.y, corner.z + tall * 0.9}},
                   stone);
        scene.face({{corner.x + lean * 0.5, corner.y, corner.z + tall * 0.9},
                    {corner.x + size * 0.8 + lean, corner.y, corner.z + tall},
                    {corner.x + size * 0.7 + lean, corner.y + size * 0.6, corner.z + tall * 1.2},
                    {corner.x + size * 0.1, corner.y + size * 0.6, corner.z + tall * 1.1}},
                   mix(stone, {255, 255, 255}, 0.15));
    }
}

void draw_stall(Scene& scene, Vec at) {
    scene.begin(at);
    scene.shade_ground({at.x + 0.9, at.y + 0.4, at.z}, 1.4, 0.7, 0.5);
    for (const double x : {0.15, 1.6})
        scene.ellipse_upright({at.x + x, at.y, at.z + 0.28}, 0.28, 0.28, {40, 42, 44}, 0.05, 0);
    scene.box({at.x, at.y, at.z + 0.45}, {1.9, 0.9, 0.3}, {74, 110, 140});
    scene.box({at.x - 0.05, at.y - 0.05, at.z + 0.75}, {2.0, 1.0, 0.05}, {150, 140, 120});
    constexpr Colour fruit[] = {
        {206, 120, 50}, {186, 64, 52}, {150, 170, 70}, {220, 186, 80}, {120, 84, 120}};
    for (int heap = 0; heap < 5; ++heap)
        for (int i = 0; i < 12; ++i)
            scene.body({at.x + 0.2 + heap * 0.38 + scene.wobble(0, 0.13), at.y + 0.1 - i * 0.006,
                        at.z + 0.84 + (i / 6) * 0.07},
                       0.055, 0.055, fruit[heap], 0.03);
    const Vec foot{at.x + 1.0, at.y + 0.5, at.z + 0.8}, top{at.x + 1.05, at.y + 0.5, at.z + 2.5};
    scene.cylinder(foot, top, 0.025, 0.025, {190, 190, 186});
    constexpr Colour cloth[] = {{178, 62, 54}, {226, 218, 202}};
    for (int i = 0; i < 10; ++i) {
        const auto rim = [&](int n) {
            return Vec{top.x + 1.35 * std::cos(n * pi / 5), top.y + 1.35 * std::sin(n * pi / 5),
                       top.z - 0.45};
        };
        if (i == 0) {
            std::vector<Vec> edge;
            for (int n = 0; n < 10; ++n) edge.push_back(rim(n));
            scene.cast_shadow(edge);
        }
        const int n = (i < 5 ? i : 14 - i); // the far half first
        scene.face({{top.x, top.y, top.z + 0.1}, rim(n), rim(n + 1)}, cloth[n % 2]);
    }
}

void draw_shop_goods(Scene& scene, double from_x, double to_x, double y) {
    constexpr Colour goods[] = {{196, 90, 60},   {90, 130, 90},   {214, 180, 90},
                                {100, 120, 160}, {190, 150, 110}, {160, 80, 90}};
    for (double x = from_x; x < to_x; x += 0.72) {
        scene.begin({x, y, 0});
        const double height = scene.between(0.35, 0.75);
        scene.box({x, y, 0}, {0.62, 0.55, height},
                  mix({150, 116, 82}, {196, 190, 178}, scene.random().unit()));
        for (int i = 0; i < 9; ++i)
            scene.body({x + scene.between(0.08, 0.54), y + 0.12, height + 0.05 + 0.05 * (i / 5)},
                       0.07, 0.06, goods[scene.random().below(6)], 0.05);
    }
}

void draw_railing(Scene& scene, Vec from, Vec to, Colour colour, int gone) {
    const int pieces =
        std::max(1, static_cast<int>(std::hypot(to.x - from.x, to.y - from.y) / 1.6));
    for (int i = 0; i < pieces; ++i) {
        const auto at = [&](double part, double up) {
            const double share = (i + part) / pieces;
            return Vec{from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share,
                       from.z + (to.z - from.z) * share + up};
        };
        scene.begin(at(0.5, 0));
        scene.cylinder(at(0, 0), 0.04, 0.035, 1.12, colour);
        scene.disc(at(0, 1.16), 0.055, colour);
        if (gone > 0 && i == pieces / 2) { // pushed over
            const Vec a = at(0.05, 0.02), b = at(0.95, 0.02);
            const auto lying = [&](double part, double out) {
                return Vec{a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part - out, a.z};
            };
            scene.shade_ground(lying(0.5, 0.5), 1.0, 0.5, 0.3);
            scene.line({lying(0, 0.05), lying(1, 0.35)}, colour, 0.045);
            scene.line({lying(0.04, 0.85), lying(1.04, 1.15)}, colour, 0.045);
            for (double part = 0.1; part < 1; part += 0.12)
                scene.line({lying(part, 0.08 + part * 0.3), lying(part + 0.04, 0.86 + part * 0.3)},
                           colour, 0.022);
            continue;
        }
        scene.line({at(0, 0.2), at(1, 0.2)}, colour, 0.045);
        scene.line({at(0, 1.0), at(1, 1.0)}, colour, 0.05);
        for (double part = 0.08; part < 1; part += 0.085)
            scene.line({at(part, 0.2), at(part, 1.0)}, mix(colour, {120, 124, 126}, 0.25), 0.02);
    }
    scene.begin(to);
    scene.cylinder(to, 0.04, 0.035, 1.12, colour);
}

void draw_litter(Scene& scene, Vec low, Vec high, int count) {
    constexpr Colour kinds[] = {{236, 234, 228}, {196, 70, 60}, {80, 120, 170},
                                {206, 176, 120}, {96, 140, 96}, {210, 206, 190}};
    for (int i = 0; i < count; ++i) {
        const Vec at{scene.between(low.x, high.x), scene.between(low.y, high.y), low.z};
        scene.begin(at);
        scene.shade_ground(at, 0.09, 0.05, 0.4);
        const Colour colour = kinds[scene.random().below(6)];
        switch (scene.random().below(3)) {
        case 0: { // a cup
            const double angle = scene.between(-40, 40);
            scene.cylinder({at.x, at.y, at.z + 0.04},
                           turned({at.x, at.y, at.z + 0.045}, 0.13, 0, 0, angle), 0.03, 0.042,
                           mix(colour, {255, 255, 255}, 0.4));
            break;
        }
        case 1:
            scene.body({at.x, at.y, at.z + 0.04}, scene.between(0.05, 0.12), 0.045, colour, 0.22);
            break;
        default: {
            const double size = scene.between(0.06, 0.15);
            scene.face({{at.x, at.y, at.z + 0.01},
                        {at.x + size, at.y - size * 0.2, at.z + 0.02},
                        {at.x + size * 1.1, at.y + size * 0.7, at.z + 0.05},
                        {at.x + size * 0.1, at.y + size * 0.8, at.z + 0.01}},
                       colour);
        }
        }
    }
}

void draw_cone(Scene& scene, Vec at) {
    scene.begin(at);
    scene.box({at.x - 0.18, at.y - 0.18, at.z}, {0.36, 0.36, 0.04}, {48, 50, 52});
    constexpr Colour bands[] = {
        {214, 84, 44}, {240, 236, 228}, {214, 84, 44}, {240, 236, 228}, {214, 84, 44}};
    for (int i = 0; i < 5; ++i)
        scene.cylinder({at.x, at.y, at.z + 0.04 + i * 0.13}, 0.14 - i * 0.024,
                       0.14 - (i + 1) * 0.024, 0.13, bands[i]);
}

void draw_cabinet(Scene& scene, Vec at, bool is_open, bool is_dirty) {
    scene.begin(at);
    const Colour paint{150, 160, 156};
    scene.shade_ground({at.x + 0.55, at.y + 0.2, at.z}, 0.9, 0.4, 0.5);
    scene.box({at.x - 0.06, at.y - 0.06, at.z}, {1.22, 0.56, 0.18}, {168, 164, 156});
    scene.box({at.x, at.y, at.z + 0.18}, {1.1, 0.45, 1.25}, paint);
    scene.box({at.x - 0.05, at.y - 0.06, at.z + 1.43}, {1.2, 0.57, 0.07},
              mix(paint, {80, 88, 86}, 0.3));
    const auto front = [&](double x0, double z0, double x1, double z1) {
        return std::vector<Vec>{{at.x + x0, at.y - 0.012, at.z + z0},
                                {at.x + x1, at.y - 0.012, at.z + z0},
                                {at.x + x1, at.y - 0.012, at.z + z1},
                                {at.x + x0, at.y - 0.012, at.z + z1}};
    };
    scene.face(front(0.03, 0.24, 0.54, 1.38), mix(paint, {255, 255, 255}, 0.1));
    if (is_open) {
        scene.face(front(0.56, 0.24, 1.07, 1.38), {54, 58, 60});
        for (int i = 0; i < 9; ++i)
            scene.line({{at.x + 0.6 + i * 0.05, at.y - 0.02, at.z + 1.3},
                        {at.x + 0.6 + scene.wobble(i * 0.05, 0.08), at.y - 0.03, at.z + 0.8},
                        {at.x + 0.62 + i * 0.045, at.y - 0.02, at.z + 0.3}},
                       i % 3 == 0   ? Colour{70, 120, 170}
                       : i % 3 == 1 ? Colour{200, 180, 90}
                                    : Colour{120, 124, 128},
                       0.014);
        scene.face({{at.x + 1.07, at.y - 0.01, at.z + 0.24},
                    {at.x + 1.4, at.y - 0.38, at.z + 0.24},
                    {at.x + 1.4, at.y - 0.38, at.z + 1.38},
                    {at.x + 1.07, at.y - 0.01, at.z + 1.38}},
                   mix(paint, {255, 255, 255}, 0.14));
    } else {
        scene.face(front(0.56, 0.24, 1.07, 1.38), mix(paint, {255, 255, 255}, 0.08));
        scene.disc({at.x + 0.6, at.y - 0.03, at.z + 0.8}, 0.03, {60, 64, 66});
    }
    if (!is_dirty) return;
    constexpr Colour sheets[] = {
        {232, 222, 180}, {240, 238, 232}, {226, 190, 184}, {196, 214, 226}};
    for (int i = 0; i < 8; ++i) {
        const double x = scene.between(0.04, is_open ? 0.36 : 0.85), z = scene.between(0.35, 1.15);
        scene.face(front(x, z, x + scene.between(0.12, 0.2), z + scene.between(0.1, 0.22)),
                   sheets[scene.random().below(4)]);
    }
}

} // namespace chengge::demo
