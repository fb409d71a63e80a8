#include "demo/scene.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace chengge::demo {

namespace {

constexpr double near_m = 0.25;
using std::numbers::pi;

Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
Vec operator*(Vec a, double by) { return {a.x * by, a.y * by, a.z * by}; }
double dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
Vec cross(Vec a, Vec b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
Vec unit(Vec a) {
    const double length = std::sqrt(dot(a, a));
    return length > 0 ? a * (1 / length) : a;
}

} // namespace

Colour mix(Colour a, Colour b, double part) {
    return {a.red + (b.red - a.red) * part, a.green + (b.green - a.green) * part,
            a.blue + (b.blue - a.blue) * part};
}

std::vector<Vec> rectangle(double x0, double y0, double x1, double y1, double z) {
    return {{x0, y0, z}, {x1, y0, z}, {x1, y1, z}, {x0, y1, z}};
}

Scene::Scene(const Camera& camera, const Light& light, std::uint64_t seed)
    : camera_(camera), light_(light), random_(seed) {
    const double pitch = camera.pitch_degrees * pi / 180, yaw = camera.yaw_degrees * pi / 180;
    sin_pitch_ = std::sin(pitch);
    cos_pitch_ = std::cos(pitch);
    sin_yaw_ = std::sin(yaw);
    cos_yaw_ = std::cos(yaw);
    light_.to_sun = unit(light_.to_sun);
    begin({0, 1000, 0});
}

// In the camera's own axes: x to the right, y into the depth, z up.
Vec Scene::to_camera(Vec point) const {
    const double z = point.z - camera_.height_m;
    const double x = cos_yaw_ * point.x - sin_yaw_ * point.y;
    const double y = sin_yaw_ * point.x + cos_yaw_ * point.y;
    return {x, y * cos_pitch_ - z * sin_pitch_, y * sin_pitch_ + z * cos_pitch_};
}

Scene::Pixel Scene::to_screen(Vec in_camera) const {
    return {width_px / 2.0 + camera_.focal_px * in_camera.x / in_camera.y,
            height_px / 2.0 - camera_.focal_px * in_camera.z / in_camera.y};
}

std::vector<Scene::Pixel> Scene::project(const std::vector<Vec>& polygon, bool is_closed) const {
    std::vector<Vec> seen;
    seen.reserve(polygon.size());
    for (const auto& point : polygon) seen.push_back(to_camera(point));
    std::vector<Pixel> pixels;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto& here = seen[i];
        if (here.y >= near_m) pixels.push_back(to_screen(here));
        if (!is_closed && i + 1 == seen.size()) break;
        const auto& next = seen[(i + 1) % seen.size()];
        if ((here.y >= near_m) != (next.y >= near_m))
            pixels.push_back(
                to_screen(here + (next - here) * ((near_m - here.y) / (next.y - here.y))));
    }
    return pixels;
}

std::string Scene::paint(Colour colour, double brightness) const {
    const auto channel = [&](double value, double tint) {
        return std::clamp(static_cast<int>(value * brightness * tint / 255), 0, 255);
    };
    return fmt::format("#{:02x}{:02x}{:02x}", channel(colour.red, light_.tint.red),
                       channel(colour.green, light_.tint.green),
                       channel(colour.blue, light_.tint.blue));
}

double Scene::brightness_of(Vec normal) const {
    return light_.ambient + light_.sun * std::max(0.0, dot(unit(normal), light_.to_sun));
}

void Scene::put_polygon(std::string& out, const std::vector<Vec>& polygon, const std::string& fill,
                        double alpha) const {
    const auto pixels = project(polygon);
    if (pixels.size() < 3) return;
    out += "<path d='M";
    for (const auto& pixel : pixels) out += fmt::format("{:.1f} {:.1f} ", pixel.x, pixel.y);
    out += "Z' fill='" + fill + "'";
    // A hair of the same colour closes the seams between neighbouring faces.
    if (alpha < 1) out += fmt::format(" fill-opacity='{:.2f}'", alpha);
    else out += " stroke='" + fill + "' stroke-width='.7'";
    out += "/>";
}

void Scene::put_line(std::string& out, const std::vector<Vec>& line, const std::string& stroke,
                     double width_m, double alpha) const {
    const auto pixels = project(line, false);
    if (pixels.size() < 2) return;
    const double depth = std::max(near_m, depth_of(line[line.size() / 2]));
    out += "<path d='M";
    for (const auto& pixel : pixels) out += fmt::format("{:.1f} {:.1f} ", pixel.x, pixel.y);
    out += fmt::format(
        "' fill='none' stroke='{}' stroke-width='{:.2f}' stroke-opacity='{:.2f}' stroke-linecap='round' "
        "stroke-linejoin='round'/>",
        stroke, std::max(0.5, width_m * camera_.focal_px / depth), alpha);
}

void Scene::ground(const std::vector<Vec>& polygon, Colour colour, double alpha) {
    put_polygon(ground_, polygon, paint(colour, brightness_of({0, 0, 1})), alpha);
}

void Scene::ground_line(const std::vector<Vec>& line, Colour colour, double width_m, double alpha) {
    put_line(ground_, line, paint(colour, brightness_of({0, 0, 1})), width_m, alpha);
}

void Scene::speckle(Vec low, Vec high, int count, double size_m, const std::vector<Colour>& colours,
                    double alpha) {
    for (int i = 0; i < count; ++i) {
        // Drawn before anything is left out, so that two views of a place have the same spots.
        const Vec at{between(low.x, high.x), between(low.y, high.y), low.z};
        const double wide_m = size_m * between(0.4, 1.3), flat = between(0.35, 0.7);
        const auto& colour = colours[random_.below(colours.size())];
        const double depth = depth_of(at);
        if (depth < near_m) continue;
        const auto pixel = to_screen(to_camera(at));
        if (pixel.x < -20 || pixel.x > width_px + 20 || pixel.y < -20 || pixel.y > height_px + 20)
            continue;
        const double size = wide_m * camera_.focal_px / depth;
        ground_ += fmt::format("<ellipse cx='{:.0f}' cy='{:.0f}' rx='{:.1f}' ry='{:.1f}' fill='{}' "
                               "fill-opacity='{:.2f}'/>",
                               pixel.x, pixel.y, size, size * flat,
                               paint(colour, brightness_of({0, 0, 1})), alpha);
    }
}

std::vector<Vec> Scene::spot(Vec centre, double radius_x, double radius_y, double roughness,
                             int corners) {
    const double a = random_.unit() * 6, b = random_.unit() * 6;
    std::vector<Vec> points;
    for (int i = 0; i < corners; ++i) {
        const double angle = 2 * pi * i / corners;
        const double r = 1 + roughness * (0.6 * std::sin(2 * angle + a) +
                                          0.4 * std::sin(5 * angle + b) + wobble(0, 0.5));
        points.push_back({centre.x + radius_x * r * std::cos(angle),
                          centre.y + radius_y * r * std::sin(angle), centre.z});
    }
    return points;
}

void Scene::begin(Vec at) { bodies_.push_back({depth_of(at), ""}); }

void Scene::face(const std::vector<Vec>& polygon, Colour colour, double alpha) {
    auto normal = cross(polygon[1] - polygon[0], polygon[2] - polygon[0]);
    // Faces are lit on the side one sees.
    if (dot(normal, Vec{0, 0, camera_.height_m} - polygon[0]) < 0) normal = normal * -1;
    put_polygon(bodies_.back().svg, polygon, paint(colour, brightness_of(normal)), alpha);
}

void Scene::line(const std::vector<Vec>& points, Colour colour, double width_m, double alpha) {
    put_line(bodies_.back().svg, points, paint(colour, light_.ambient + light_.sun * 0.5), width_m,
             alpha);
}

void Scene::box(Vec corner, Vec size, Colour colour, double turn_degrees) {
    const double turn = turn_degrees * pi / 180;
    const Vec along = Vec{std::cos(turn), std::sin(turn), 0} * size.x;
    const Vec deep = Vec{-std::sin(turn), std::cos(turn), 0} * size.y;
    const std::vector<Vec> low{corner, corner + along, corner + along + deep, corner + deep};
    std::vector<Vec> high;
    for (const auto& point : low) high.push_back(point + Vec{0, 0, size.z});
    prism(low, high, colour);
}

void Scene::prism(const std::vector<Vec>& low, const std::vector<Vec>& high, Colour colour) {
    std::vector<Vec> all = low;
    all.insert(all.end(), high.begin(), high.end());
    cast_shadow(all);
    std::vector<std::vector<Vec>> faces{high, low};
    for (std::size_t i = 0; i < low.size(); ++i) {
        const auto next = (i + 1) % low.size();
        faces.push_back({low[i], low[next], high[next], high[i]});
    }
    // A convex body: the faces turned to the camera, and only they, are seen.
    Vec middle;
    for (const auto& point : all) middle = middle + point * (1.0 / static_cast<double>(all.size()));
    for (const auto& polygon : faces) {
        auto normal = cross(polygon[1] - polygon[0], polygon[2] - polygon[0]);
        if (dot(normal, polygon[0] - middle) < 0) normal = normal * -1;
        if (dot(normal, Vec{0, 0, camera_.height_m} - polygon[0]) > 0) face(polygon, colour);
    }
}

void Scene::cylinder(Vec base, double radius_low, double radius_high, double height,
                     Colour colour) {
    cylinder(base, base + Vec{0, 0, height}, radius_low, radius_high, colour);
}

void Scene::cylinder(Vec from, Vec to, double radius_from, double radius_to, Colour colour) {
    const auto axis = unit(to - from);
    const auto side = unit(cross(axis, std::fabs(axis.z) < 0.9 ? Vec{0, 0, 1} : Vec{1, 0, 0}));
    const auto other = cross(axis, side);
    constexpr int faces = 14;
    std::vector<Vec> low, high;
    for (int i = 0; i < faces; ++i) {
        const double angle = 2 * pi * i / faces;
        const auto out = side * std::cos(angle) + other * std::sin(angle);
        low.push_back(from + out * radius_from);
        high.push_back(to + out * radius_to);
    }
    prism(low, high, colour);
}

void Scene::body(Vec centre, double radius_x, double radius_z, Colour colour, double roughness) {
    const double a = random_.unit() * 6, b = random_.unit() * 6;
    const double depth = depth_of(centre);
    if (depth < near_m) return;
    const auto middle = to_screen(to_camera(centre));
    const double rx = radius_x * camera_.focal_px / depth, rz = radius_z * camera_.focal_px / depth;
    const auto id = gradient_count_++;
    const double side = light_.to_sun.x * cos_yaw_ > 0 ? 0.68 : 0.32;
    gradients_ += fmt::format(
        "<radialGradient id='g{}' cx='{:.2f}' cy='.25' r='.85'><stop offset='0' stop-color='{}'/><stop offset='.55' "
        "stop-color='{}'/><stop offset='1' stop-color='{}'/></radialGradient>",
        id, side, paint(colour, light_.ambient + light_.sun * 0.95),
        paint(colour, light_.ambient + light_.sun * 0.35), paint(colour, light_.ambient * 0.62));
    auto& out = bodies_.back().svg;
    out += "<path d='M";
    for (int i = 0; i < 26; ++i) {
        const double angle = 2 * pi * i / 26;
        const double r = 1 + roughness * (std::sin(3 * angle + a) + 0.7 * std::sin(5 * angle + b));
        out += fmt::format("{:.1f} {:.1f} ", middle.x + rx * r * std::cos(angle),
                           middle.y - rz * r * std::sin(angle));
    }
    out += fmt::format("Z' fill='url(#g{})'/>", id);
}

void Scene::disc(Vec centre, double radius, Colour colour, double alpha) {
    const double depth = depth_of(centre);
    if (depth < near_m) return;
    const auto middle = to_screen(to_camera(centre));
    bodies_.back().svg +=
        fmt::format("<circle cx='{:.1f}' cy='{:.1f}' r='{:.1f}' fill='{}' fill-opacity='{:.2f}'/>",
                    middle.x, middle.y, radius * camera_.focal_px / depth,
                    paint(colour, light_.ambient + light_.sun * 0.6), alpha);
}

void Scene::ellipse_upright(Vec centre, double radius_y_m, double radius_z_m, Colour stroke,
                            double width_m, double turn_degrees) {
    const double turn = turn_degrees * pi / 180;
    std::vector<Vec> ring;
    for (int i = 0; i <= 24; ++i) {
        const double angle = 2 * pi * i / 24, along = radius_y_m * std::cos(angle);
        ring.push_back({centre.x + along * std::cos(turn), centre.y + along * std::sin(turn),
                        centre.z + radius_z_m * std::sin(angle)});
    }
    line(ring, stroke, width_m);
}

void Scene::text(Vec corner, Vec right, Vec up, const std::string& words, Colour colour) {
    const auto a = to_camera(corner), b = to_camera(corner + right), c = to_camera(corner + up);
    if (a.y < near_m || b.y < near_m || c.y < near_m) return;
    const auto origin = to_screen(a), end = to_screen(b), top = to_screen(c);
    std::size_t letters = 0;
    for (const char byte : words) letters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    // Letters are 100 high; one of them is as wide as high.
    const double length = 100.0 * static_cast<double>(std::max<std::size_t>(1, letters));
    bodies_.back().svg += fmt::format(
        "<text transform='matrix({:.4f} {:.4f} {:.4f} {:.4f} {:.1f} {:.1f})' font-family='Noto Sans CJK SC' font-weight='bold' "
        "font-size='100' y='-12' fill='{}'>{}</text>",
        (end.x - origin.x) / length, (end.y - origin.y) / length, (origin.x - top.x) / 100,
        (origin.y - top.y) / 100, origin.x, origin.y,
        paint(colour, light_.ambient + light_.sun * 0.55), words);
}

void Scene::cast_shadow(const std::vector<Vec>& points) {
    if (light_.shadow <= 0 || light_.to_sun.z < 0.1) return;
    // The convex hull of the points' shadows on the ground.
    std::vector<Vec> flat;
    for (const auto& point : points) {
        const double away = std::max(0.0, point.z) / light_.to_sun.z;
        flat.push_back({point.x - light_.to_sun.x * away, point.y - light_.to_sun.y * away, 0});
    }
    std::ranges::sort(flat, {}, [](const Vec& point) { return std::pair(point.x, point.y); });
    std::vector<Vec> hull;
    for (int pass = 0; pass < 2; ++pass) {
        const auto base = hull.size();
        for (const auto& point : flat) {
            while (hull.size() >= base + 2) {
                const auto& a = hull[hull.size() - 2];
                const auto& b = hull.back();
                if ((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0) break;
                hull.pop_back();
            }
            hull.push_back(point);
        }
        hull.pop_back();
        std::ranges::reverse(flat);
    }
    if (hull.size() >= 3) put_polygon(shadows_, hull, "#11181d", light_.shadow);
}

void Scene::shade_ground(Vec centre, double radius_x, double radius_y, double alpha) {
    for (const double part : {1.0, 0.75, 0.5}) {
        std::vector<Vec> ring;
        for (int i = 0; i < 20; ++i) {
            const double angle = 2 * pi * i / 20;
            ring.push_back({centre.x + radius_x * part * std::cos(angle),
                            centre.y + radius_y * part * std::sin(angle), centre.z});
        }
        put_polygon(shadows_, ring, "#11181d", alpha / 3);
    }
}

std::string Scene::svg() const {
    std::string out = fmt::format(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' viewBox='0 0 {0} {1}'><defs>"
        "<linearGradient id='sky' x1='0' y1='0' x2='0' y2='1'><stop offset='0' stop-color='{2}'/><stop offset='.6' "
        "stop-color='{3}'/></linearGradient>{4}</defs><rect width='100%' height='100%' fill='url(#sky)'/>",
        width_px, height_px, paint(light_.sky_top, 1), paint(light_.sky_low, 1), gradients_);
    out += ground_ + shadows_;
    std::vector<const Body*> order;
    for (const auto& each : bodies_) order.push_back(&each);
    std::ranges::stable_sort(order, std::greater(), [](const Body* each) { return each->depth; });
    for (const auto* each : order) out += each->svg;
    // Everything generated says that it is.
    out +=
        "<rect x='1112' y='908' width='152' height='40' rx='6' fill='#1b2328' fill-opacity='.72'/><text x='1188' y='937' "
        "text-anchor='middle' font-family='Noto Sans CJK SC' font-size='26' fill='#ffffff'>模拟影像</text></svg>";
    return out;
}

} // namespace chengge::demo
