#include "demo/city_map.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace chengge::demo {

namespace {

using geo::Line;
using geo::Point;
using geo::Polygon;
using geo::Ring;

// A rectangle in a block's own measure: 0…1 to the east and to the north.
struct Part {
    double west, south, east, north;
};

// Metres from the middle of a street to the blocks beside it.
double half_width_m(StreetClass street) {
    switch (street) {
    case StreetClass::none: return 0;
    case StreetClass::lane: return 4.5;
    case StreetClass::road: return 9;
    case StreetClass::road_main: return 16;
    case StreetClass::canal: return 17;
    }
    return 0;
}

class Drawer {
public:
    Drawer(const Ground& ground, const Settlement& settlement, const StreetNet& net,
           std::uint64_t seed)
        : ground_(ground), settlement_(settlement), net_(net), random_(seed ^ 0x6d6170) {}

    std::vector<grid::BaseFeature> run() {
        draw_water();
        draw_green();
        draw_blocks();
        draw_streets();
        draw_rail();
        return std::move(features_);
    }

private:
    void add(const char* layer, std::string name, int rank, geo::Geometry geometry) {
        features_.push_back({layer, std::move(name), rank, std::move(geometry)});
    }

    Line shore(bool is_west) const {
        Line line;
        for (double v = -45; v <= Ground::rows + 45; v += 0.5)
            line.push_back(
                ground_.at({is_west ? ground_.west_shore(v) : ground_.east_shore(v), v}));
        return line;
    }

    void draw_water() {
        auto west = shore(true), east = shore(false);
        Ring ring(east.begin(), east.end());
        ring.insert(ring.end(), west.rbegin(), west.rend());
        ring.push_back(ring.front());
        std::ranges::reverse(ring); // counter-clockwise
        add("water", "湛江湾", 0, Polygon{{std::move(ring)}});
        add("coast", "", 0, std::move(west));
        add("coast", "", 0, std::move(east));
        for (const double v : {52.0, 86.0, 120.0})
            add("label", "湛江湾", 9,
                ground_.at({(ground_.west_shore(v) + ground_.east_shore(v)) / 2, v}));
        constexpr double ponds[][3] = {{18, 92, 1.8}, {23, 88, 1.1},  {33, 40, 1.6},
                                       {38, 36, 0.9}, {152, 66, 1.5}, {148, 124, 1.9}};
        for (const auto& pond : ponds)
            if (is_country({pond[0], pond[1]}, pond[2] + 1))
                add("water", "", 11, blob({pond[0], pond[1]}, pond[2], 18));
    }

    bool is_country(Spot spot, double radius) const {
        for (int j = static_cast<int>(spot.v - radius); j <= static_cast<int>(spot.v + radius); ++j)
            for (int i = static_cast<int>(spot.u - radius); i <= static_cast<int>(spot.u + radius);
                 ++i)
                if (settlement_.at({i, j}) >= 0 || !ground_.is_land({i, j})) return false;
        return true;
    }

    Polygon blob(Spot centre, double radius, int corners) {
        const double a = random_.unit() * 6, b = random_.unit() * 6;
        Ring ring;
        for (int i = 0; i < corners; ++i) {
            const double angle = 2 * std::numbers::pi * i / corners;
            const double r =
                radius * (1 + 0.18 * std::sin(2 * angle + a) + 0.07 * std::sin(3 * angle + b));
            ring.push_back(
                ground_.at({centre.u + r * std::cos(angle), centre.v + r * std::sin(angle)}));
        }
        ring.push_back(ring.front());
        return {{std::move(ring)}};
    }

    void draw_green() {
        constexpr std::pair<std::array<double, 3>, const char*> hills[] = {
            {{20, 60, 8}, "望云岭森林公园"}, {{26, 148, 7}, "青岗岭"},
            {{16, 28, 6}, "南屏岭"},         {{148, 146, 6}, "东篱岭"},
            {{150, 30, 7}, "海月岭"},        {{52, 154, 5}, "北坡林场"},
            {{46, 70, 4}, "西湾湿地"},       {{156, 88, 4}, "田寮林场"},
            {{30, 110, 4}, "花溪苗圃"}};
        for (const auto& [place, name] : hills)
            if (is_country({place[0], place[1]}, place[2] * 1.2))
                add("green", name, 10, blob({place[0], place[1]}, place[2], 48));
        constexpr double promenades[][2] = {{22, 44}, {48, 70}, {74, 90}, {99, 124}, {128, 143}};
        for (const auto& piece : promenades) {
            Ring ring;
            for (double v = piece[0]; v <= piece[1]; v += 0.5)
                ring.push_back(ground_.at({ground_.west_shore(v) - 0.22, v}));
            for (double v = piece[1]; v >= piece[0]; v -= 0.5)
                ring.push_back(ground_.at({ground_.west_shore(v) - 0.8, v}));
            ring.push_back(ring.front());
            add("green", "观海长廊", 12, Polygon{{std::move(ring)}});
        }
        for (const auto& park : net_.parks()) draw_park(park);
    }

    void draw_park(const Park& park) {
        const Mesh last{park.first.i + park.columns - 1, park.first.j + park.rows - 1};
        const double west =
            park.first.i + half_width_m(net_.west_of(park.first)) / ground_.width_m(park.first.i);
        const double south =
            park.first.j + half_width_m(net_.south_of(park.first)) / ground_.height_m(park.first.j);
        const double east = last.i + 1 - half_width_m(net_.east_of(last)) / ground_.width_m(last.i);
        const double north =
            last.j + 1 - half_width_m(net_.north_of(last)) / ground_.height_m(last.j);
        add("green", park.name, park.columns * park.rows >= 4 ? 12 : 14,
            quad({west, south}, {east, north}));
        if (park.columns < 2 || park.rows < 2) return;
        const auto stem = park.name.substr(0, park.name.size() - std::string_view("公园").size());
        add("water", stem + "湖", 13,
            blob({(west + east) / 2, (south + north) / 2}, 0.27 * std::min(park.columns, park.rows),
                 20));
    }

    // A rectangle of the lattice, bent with it.
    Polygon quad(Spot low, Spot high) const {
        return {{{ground_.at(low), ground_.at({high.u, low.v}), ground_.at(high),
                  ground_.at({low.u, high.v}), ground_.at(low)}}};
    }

    void draw_blocks() {
        for (std::size_t c = 0; c < settlement_.communities.size(); ++c) {
            const auto& plan = settlement_.communities[c];
            const auto stem =
                plan.name.substr(0, plan.name.size() - std::string_view("社区").size());
            constexpr const char* public_places[] = {"小学",   "中学",   "农贸市场", "医院",
                                                     "幼儿园", "文化站", "停车场",   "派出所"};
            const auto every =
                std::max<std::size_t>(1, plan.meshes.size() / std::size(public_places));
            std::size_t number = 0;
            for (const auto mesh : plan.meshes) {
                const std::size_t at = number++;
                if (net_.is_park(mesh)) continue;
                const double west =
                    mesh.i + half_width_m(net_.west_of(mesh)) / ground_.width_m(mesh.i);
                const double east =
                    mesh.i + 1 - half_width_m(net_.east_of(mesh)) / ground_.width_m(mesh.i);
                const double south =
                    mesh.j + half_width_m(net_.south_of(mesh)) / ground_.height_m(mesh.j);
                const double north =
                    mesh.j + 1 - half_width_m(net_.north_of(mesh)) / ground_.height_m(mesh.j);
                const bool is_public =
                    at % every == every / 2 && at / every < std::size(public_places);
                add("block", is_public ? stem + public_places[at / every] : "", 13,
                    quad({west, south}, {east, north}));
                for (const auto& part : is_public ? big_house() : houses(plan.area_class))
                    add("building", "", 15,
                        quad({west + part.west * (east - west),
                              south + part.south * (north - south)},
                             {west + part.east * (east - west),
                              south + part.north * (north - south)}));
            }
        }
    }

    double wobble(double value, double by) { return value + (random_.unit() - 0.5) * 2 * by; }

    std::vector<Part> big_house() {
        return {{wobble(0.14, 0.04), wobble(0.45, 0.06), wobble(0.86, 0.04), wobble(0.88, 0.03)},
                {wobble(0.14, 0.04), wobble(0.12, 0.03), wobble(0.45, 0.05), wobble(0.32, 0.04)}};
    }

    // Long houses facing south, courtyards, towers, village houses: what stands on a block.
    std::vector<Part> houses(const std::string& area_class) {
        std::vector<Part> parts;
        const double choice = random_.unit();
        if (choice < 0.06) return parts; // building land, yards
        if (area_class == "C" && choice < 0.55) {
            for (const double west : {0.1, 0.42, 0.7})
                for (const double south : {0.14, 0.6}) {
                    if (random_.chance(0.25)) continue;
                    const double w = wobble(west, 0.04), s = wobble(south, 0.05);
                    parts.push_back(
                        {w, s, w + 0.15 + 0.08 * random_.unit(), s + 0.2 + 0.12 * random_.unit()});
                }
            return parts;
        }
        if (choice < 0.62) {
            const int rows = static_cast<int>(random_.between(2, 4));
            for (int row = 0; row < rows; ++row) {
                const double south = 0.1 + 0.8 * row / rows,
                             north = south + 0.8 / rows * wobble(0.5, 0.05);
                if (random_.chance(0.35)) {
                    const double gap = wobble(0.5, 0.14);
                    parts.push_back({wobble(0.1, 0.03), south, gap - 0.05, north});
                    parts.push_back({gap + 0.05, south, wobble(0.9, 0.03), north});
                } else {
                    parts.push_back({wobble(0.12, 0.04), south, wobble(0.88, 0.05), north});
                }
            }
            return parts;
        }
        if (choice < 0.76) {
            parts = {
                {0.1, 0.1, 0.9, 0.28}, {0.1, 0.72, wobble(0.8, 0.1), 0.9}, {0.1, 0.28, 0.27, 0.72}};
            if (random_.chance(0.5)) parts.push_back({0.73, 0.28, 0.9, 0.6});
            return parts;
        }
        if (choice < 0.92) {
            for (const auto& [u, v] : {std::pair(0.27, 0.27), std::pair(0.72, 0.3),
                                       std::pair(0.3, 0.73), std::pair(0.73, 0.72)}) {
                if (random_.chance(0.22)) continue;
                const double size = 0.11 + 0.05 * random_.unit(), x = wobble(u, 0.04),
                             y = wobble(v, 0.04);
                parts.push_back({x - size, y - size, x + size, y + size});
            }
            return parts;
        }
        return big_house();
    }

    void draw_streets() {
        for (const auto& street : net_.streets()) {
            if (street.width == StreetClass::canal) {
                draw_canal(street);
                continue;
            }
            Line line;
            for (int at = street.from; at <= street.to; ++at) {
                const auto along = static_cast<double>(at),
                           line_at = static_cast<double>(street.line);
                line.push_back(
                    ground_.at(street.is_upright ? Spot{line_at, along} : Spot{along, line_at}));
            }
            if (street.width == StreetClass::road_main)
                add("road_main", street.name, 9, std::move(line));
            else if (street.width == StreetClass::road)
                add("road", street.name, 12, std::move(line));
            else add("lane", street.name, 14, std::move(line));
        }
        const double v = net_.bridge_row();
        const double west = ground_.west_shore(v) - 1.4, east = ground_.east_shore(v) + 1.4;
        Line deck;
        for (int step = 0; step <= 24; ++step)
            deck.push_back(ground_.at({west + (east - west) * step / 24, v}));
        add("bridge", "望潮大桥", 9, std::move(deck));
    }

    // To the crossing after its last mesh, and on to the bay where that is near.
    void draw_canal(const Street& street) {
        const double v = street.line, half = 0.11;
        double to = street.to;
        if (ground_.west_shore(v) - to < 6) to = ground_.west_shore(v) + 0.2;
        Ring ring;
        for (double u = street.from; u < to; u += 1) ring.push_back(ground_.at({u, v - half}));
        ring.push_back(ground_.at({to, v - half}));
        ring.push_back(ground_.at({to, v + half}));
        for (double u = std::ceil(to) - 1; u >= street.from; u -= 1)
            ring.push_back(ground_.at({u, v + half}));
        ring.push_back(ring.front());
        add("water", street.name, 11, Polygon{{std::move(ring)}});
    }

    void draw_rail() {
        const auto u = [](double v) {
            return 60.6 + 2.4 * std::sin(v / 21) + 1.2 * std::sin(v / 9 + 1);
        };
        Line main, branch;
        for (double v = -45; v <= Ground::rows + 45; v += 1) main.push_back(ground_.at({u(v), v}));
        const double from = 60, to = ground_.west_shore(72) - 1.2;
        for (int step = 0; step <= 60; ++step) {
            const double part = step / 60.0;
            branch.push_back(ground_.at(
                {u(from) + part * (to - u(from)), from + 12 * part * part * (3 - 2 * part)}));
        }
        add("rail", "湛北铁路", 10, std::move(main));
        add("rail", "港区专用线", 12, std::move(branch));
    }

    const Ground& ground_;
    const Settlement& settlement_;
    const StreetNet& net_;
    Random random_;
    std::vector<grid::BaseFeature> features_;
};

} // namespace

std::vector<grid::BaseFeature> draw_map(const Ground& ground, const Settlement& settlement,
                                        const StreetNet& net, std::uint64_t seed) {
    return Drawer(ground, settlement, net, seed).run();
}

} // namespace chengge::demo
