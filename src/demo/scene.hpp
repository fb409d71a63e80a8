// A street scene in three dimensions, drawn as SVG: a camera, a sun, flat faces and round bodies.
// Metres: x to the right, y away from the camera, z up; the ground is z = 0.
#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"

namespace chengge::demo {

struct Vec {
    double x = 0, y = 0, z = 0;
};

struct Colour {
    double red = 0, green = 0, blue = 0; // 0…255
};
Colour mix(Colour a, Colour b, double part);

struct Camera {
    double height_m = 1.6;
    double pitch_degrees = 10; // downwards
    double yaw_degrees = 0;
    double focal_px = 1050;
};

struct Light {
    Vec to_sun{0.4, -0.5, 0.8};
    double ambient = 0.66, sun = 0.52; // what a face gets without and towards the sun
    double shadow = 0.33;              // how dark a shadow is
    Colour tint{255, 255, 255};
    Colour sky_top{150, 185, 214}, sky_low{214, 226, 232};
};

std::vector<Vec> rectangle(double x0, double y0, double x1, double y1, double z);

class Scene {
public:
    static constexpr int width_px = 1280;
    static constexpr int height_px = 960;
    Scene(const Camera& camera, const Light& light, std::uint64_t seed);

    // On the ground, in the order drawn; lit from above.
    void ground(const std::vector<Vec>& polygon, Colour colour, double alpha = 1);
    void ground_line(const std::vector<Vec>& line, Colour colour, double width_m, double alpha = 1);
    // Small irregular spots over a rectangle of ground: grit, leaves, wear.
    void speckle(Vec low, Vec high, int count, double size_m, const std::vector<Colour>& colours,
                 double alpha);
    // An irregular closed shape round a point of the ground.
    std::vector<Vec> spot(Vec centre, double radius_x, double radius_y, double roughness,
                          int corners = 22);

    // What follows stands at `at`: bodies are painted from far to near.
    void begin(Vec at);
    void face(const std::vector<Vec>& polygon, Colour colour, double alpha = 1);
    void line(const std::vector<Vec>& points, Colour colour, double width_m, double alpha = 1);
    // An upright box turned about its corner; casts a shadow.
    void box(Vec corner, Vec size, Colour colour, double turn_degrees = 0);
    // A box whose top leans: its four lower and four upper corners.
    void prism(const std::vector<Vec>& low, const std::vector<Vec>& high, Colour colour);
    void cylinder(Vec base, double radius_low, double radius_high, double height, Colour colour);
    void cylinder(Vec from, Vec to, double radius_from, double radius_to, Colour colour);
    // A soft body: outline on the screen, lighter towards the sun.
    void body(Vec centre, double radius_x, double radius_z, Colour colour, double roughness = 0.08);
    void disc(Vec centre, double radius, Colour colour, double alpha = 1); // facing the camera
    void ellipse_upright(Vec centre, double radius_y_m, double radius_z_m, Colour stroke,
                         double width_m, double turn_degrees);
    // A text whose first letter stands at `corner`, along `right` (its whole length) and `up`.
    void text(Vec corner, Vec right, Vec up, const std::string& words, Colour colour);
    void cast_shadow(const std::vector<Vec>& points);
    void shade_ground(Vec centre, double radius_x, double radius_y,
                      double alpha); // where a body meets the ground

    Random& random() { return random_; }
    double wobble(double value, double by) { return value + (random_.unit() - 0.5) * 2 * by; }
    double between(double low, double high) { return low + (high - low) * random_.unit(); }
    const Light& light() const { return light_; }
    std::string svg() const;

private:
    struct Pixel {
        double x = 0, y = 0;
    };
    struct Body {
        double depth = 0;
        std::string svg;
    };
    Vec to_camera(Vec point) const;
    Pixel to_screen(Vec in_camera) const;
    double depth_of(Vec point) const { return to_camera(point).y; }
    // Cut at the near plane and projected; fewer than three corners when nothing is left.
    std::vector<Pixel> project(const std::vector<Vec>& polygon, bool is_closed = true) const;
    std::string paint(Colour colour, double brightness) const;
    double brightness_of(Vec normal) const;
    void put_polygon(std::string& out, const std::vector<Vec>& polygon, const std::string& fill,
                     double alpha) const;
    void put_line(std::string& out, const std::vector<Vec>& line, const std::string& stroke,
                  double width_m, double alpha) const;

    Camera camera_;
    Light light_;
    Random random_;
    double sin_pitch_ = 0, cos_pitch_ = 1, sin_yaw_ = 0, cos_yaw_ = 1;
    std::string ground_, shadows_, gradients_;
    std::vector<Body> bodies_;
    int gradient_count_ = 0;
};

} // namespace chengge::demo
