#include "demo/ground.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "base/assert.hpp"

namespace chengge::demo {

namespace {

constexpr double origin_lon = 110.30;
constexpr double origin_lat = 21.15;
constexpr double metres_per_lon = 103'850; // at 21.2° N
constexpr double metres_per_lat = 110'740;

// As the registry keeps coordinates: whole numbers of 1e-7 degrees, so that cells and their copies there are equal.
geo::Point kept(geo::Point point) { return {std::round(point.lon * 1e7) / 1e7, std::round(point.lat * 1e7) / 1e7}; }

// Lattice lines 86 to 114 m apart, 100 m on average.
std::vector<double> make_lines(Random& random, int count) {
    std::vector<double> lines{0};
    for (int i = 0; i < count; ++i) lines.push_back(lines.back() + 86 + 28 * random.unit());
    const double stretch = count * 100.0 / lines.back();
    for (auto& line : lines) line *= stretch;
    return lines;
}

double line_m(const std::vector<double>& lines, double at) {
    const auto last = static_cast<double>(lines.size() - 2);
    const auto index = static_cast<std::size_t>(std::clamp(std::floor(at), 0.0, last));
    return lines[index] + (at - static_cast<double>(index)) * (lines[index + 1] - lines[index]);
}

struct Bent {
    double x = 0, y = 0;
};

} // namespace

Ground::Ground(std::uint64_t seed) {
    Random random(seed ^ 0x67726f756e64);
    for (auto& phase : shift_) phase = random.unit() * 2 * std::numbers::pi;
    x_m_ = make_lines(random, columns);
    y_m_ = make_lines(random, rows);
    corners_.reserve(static_cast<std::size_t>((columns + 1) * (rows + 1)));
    for (int j = 0; j <= rows; ++j)
        for (int i = 0; i <= columns; ++i)
            corners_.push_back(kept(at({static_cast<double>(i), static_cast<double>(j)})));
}

geo::Point Ground::at(Spot spot) const {
    const double x = line_m(x_m_, spot.u);
    const double y = line_m(y_m_, spot.v);
    // The displacement is the curl of a stream function, so that areas stay what they are to first
    // order while streets turn by up to some fifteen degrees.
    struct Wave {
        double amplitude_m, length_x_m, length_y_m;
    };
    constexpr std::array<Wave, 3> waves{
        {{210, 9'000, 7'500}, {120, 5'200, 6'100}, {45, 3'100, 2'700}}};
    Bent bent{x, y};
    for (std::size_t i = 0; i < waves.size(); ++i) {
        const double kx = 2 * std::numbers::pi / waves[i].length_x_m;
        const double ky = 2 * std::numbers::pi / waves[i].length_y_m;
        const double a = kx * x + shift_[2 * i], b = ky * y + shift_[2 * i + 1];
        bent.x += waves[i].amplitude_m * std::sin(a) * std::cos(b);
        bent.y -= waves[i].amplitude_m * kx / ky * std::cos(a) * std::sin(b);
    }
    return {origin_lon + bent.x / metres_per_lon, origin_lat + bent.y / metres_per_lat};
}

geo::Polygon Ground::outline(Mesh mesh) const {
    const auto [i, j] = mesh;
    return {
        {{corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1), corner(i, j)}}};
}

double Ground::west_shore(double v) const {
    return 107 + 5 * std::sin(v / 25 + 0.6) + 1.6 * std::sin(v / 8.5) + 0.5 * std::sin(v / 3.1);
}

double Ground::east_shore(double v) const {
    return west_shore(v) + 22 + 6 * std::sin(v / 38 + 2.2) + 1.2 * std::sin(v / 7.3 + 1);
}

bool Ground::is_land(Mesh mesh) const {
    for (const double v : {mesh.j + 0.0, mesh.j + 0.5, mesh.j + 1.0})
        if (mesh.i + 1 > west_shore(v) - 1.1 && mesh.i < east_shore(v) + 1.1) return false;
    return mesh.i >= 2 && mesh.i < columns - 2 && mesh.j >= 2 && mesh.j < rows - 2;
}

double Ground::width_m(int column) const {
    const auto at = static_cast<std::size_t>(std::clamp(column, 0, columns - 1));
    return x_m_[at + 1] - x_m_[at];
}

double Ground::height_m(int row) const {
    const auto at = static_cast<std::size_t>(std::clamp(row, 0, rows - 1));
    return y_m_[at + 1] - y_m_[at];
}

geo::MultiPolygon Ground::outline(const std::vector<Mesh>& meshes) const {
    // Directed border edges with the area on their left; a corner has at most two that leave it.
    std::vector<Mesh> sorted = meshes;
    std::ranges::sort(sorted);
    const auto has = [&](int i, int j) { return std::ranges::binary_search(sorted, Mesh{i, j}); };
    std::map<Mesh, std::vector<Mesh>> leaving;
    for (const auto [i, j] : sorted) {
        if (!has(i, j - 1)) leaving[{i, j}].push_back({i + 1, j});
        if (!has(i + 1, j)) leaving[{i + 1, j}].push_back({i + 1, j + 1});
        if (!has(i, j + 1)) leaving[{i + 1, j + 1}].push_back({i, j + 1});
        if (!has(i - 1, j)) leaving[{i, j + 1}].push_back({i, j});
    }
    geo::MultiPolygon parts;
    std::vector<geo::Ring> holes;
    while (!leaving.empty()) {
        const Mesh first = leaving.begin()->first;
        Mesh before = first, now = first;
        geo::Ring ring{corner(first.i, first.j)};
        double turn_area = 0;
        do {
            auto& ways = leaving.at(now);
            std::size_t choice = 0;
            // Where two parts touch at a corner, turning left keeps them apart.
            if (ways.size() == 2) {
                const auto left = [&](Mesh way) {
                    return (now.i - before.i) * (way.j - now.j) -
                           (now.j - before.j) * (way.i - now.i);
                };
                choice = left(ways[1]) > left(ways[0]) ? 1 : 0;
            }
            const Mesh next = ways[choice];
            ways.erase(ways.begin() + static_cast<std::ptrdiff_t>(choice));
            if (ways.empty()) leaving.erase(now);
            turn_area += now.i * next.j - next.i * now.j;
            before = now;
            now = next;
            ring.push_back(corner(now.i, now.j));
        } while (now != first);
        if (turn_area > 0) parts.push_back({{std::move(ring)}});
        else holes.push_back(std::move(ring));
    }
    for (auto& hole : holes) {
        const auto& probe = hole[0];
        for (auto& part : parts) {
            // A hole's corner may lie on the outer ring; its edge's middle does not.
            const geo::Point middle{(probe.lon + hole[1].lon) / 2, (probe.lat + hole[1].lat) / 2};
            if (!geo::contains({{part.rings[0]}}, middle)) continue;
            part.rings.push_back(std::move(hole));
            break;
        }
    }
    return parts;
}

} // namespace chengge::demo
