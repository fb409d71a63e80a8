#include "geo/tile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include <protozero/pbf_writer.hpp>

#include "base/assert.hpp"

namespace chengge::geo {

namespace {

constexpr double radians = std::numbers::pi / 180;

std::uint32_t zigzag(std::int32_t number) {
    return (static_cast<std::uint32_t>(number) << 1) ^ static_cast<std::uint32_t>(number >> 31);
}

double world_y(double lat) {
    const auto sine = std::sin(lat * radians);
    return 0.5 - std::atanh(sine) / (2 * std::numbers::pi);
}

double squared_distance(PlanePoint p, PlanePoint a, PlanePoint b) {
    auto dx = b.x - a.x, dy = b.y - a.y;
    if (dx != 0 || dy != 0) {
        const auto t = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
        a.x += dx * t;
        a.y += dy * t;
    }
    dx = p.x - a.x;
    dy = p.y - a.y;
    return dx * dx + dy * dy;
}

// Douglas and Peucker: keeps the ends and what lies farther off than the tolerance.
void simplify(std::span<const PlanePoint> line, double tolerance, std::vector<PlanePoint>& out) {
    out.clear();
    if (line.size() < 3 || tolerance <= 0) {
        out.assign(line.begin(), line.end());
        return;
    }
    std::vector<bool> is_kept(line.size());
    is_kept.front() = is_kept.back() = true;
    std::vector<std::pair<std::size_t, std::size_t>> open{{0, line.size() - 1}};
    while (!open.empty()) {
        const auto [first, last] = open.back();
        open.pop_back();
        double most = tolerance * tolerance;
        std::size_t farthest = 0;
        for (auto i = first + 1; i < last; ++i) {
            const auto distance = squared_distance(line[i], line[first], line[last]);
            if (distance > most) {
                most = distance;
                farthest = i;
            }
        }
        if (farthest == 0) continue;
        is_kept[farthest] = true;
        open.emplace_back(first, farthest);
        open.emplace_back(farthest, last);
    }
    for (std::size_t i = 0; i < line.size(); ++i)
        if (is_kept[i]) out.push_back(line[i]);
}

// Sutherland and Hodgman against one side; `along`: the coordinate that the side bounds.
template <class Inside, class Cut>
void clip_side(const std::vector<PlanePoint>& ring, std::vector<PlanePoint>& out, Inside inside, Cut cut) {
    out.clear();
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
        const auto a = ring[i], b = ring[i + 1];
        if (inside(a)) out.push_back(a);
        if (inside(a) != inside(b)) out.push_back(cut(a, b));
    }
    if (!out.empty()) out.push_back(out.front());
}

PlanePoint cut_x(PlanePoint a, PlanePoint b, double x) { return {x, a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)}; }
PlanePoint cut_y(PlanePoint a, PlanePoint b, double y) { return {a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y), y}; }

} // namespace

PlanePoint to_world(Point point) {
    return {point.lon / 360 + 0.5, world_y(std::clamp(point.lat, -mercator_lat_most, mercator_lat_most))};
}

Point from_world(PlanePoint point) {
    return {(point.x - 0.5) * 360, std::asin(std::tanh((0.5 - point.y) * 2 * std::numbers::pi)) / radians};
}

Box tile_box(TileId tile, double buffer) {
    const auto side = std::ldexp(1.0, -tile.z), margin = buffer / tile_extent;
    const auto low = from_world({(tile.x - margin) * side, (tile.y + 1 + margin) * side});
    const auto high = from_world({(tile.x + 1 + margin) * side, (tile.y - margin) * side});
    return {low.lon, low.lat, high.lon, high.lat};
}

TileId tile_at(Point point, int z) {
    const auto world = to_world(point);
    const auto side = 1 << z;
    return {z, std::clamp(static_cast<int>(std::floor(world.x * side)), 0, side - 1),
            std::clamp(static_cast<int>(std::floor(world.y * side)), 0, side - 1)};
}

TileFrame::TileFrame(TileId tile) : tile_(tile) {
    scale_ = std::ldexp(static_cast<double>(tile_extent), tile.z);
    x_unit_ = scale_ / 360e7;
    x_shift_ = static_cast<double>(tile.x) * tile_extent - scale_ / 2;
    is_near_ = tile.z >= 10;
    if (!is_near_) return;
    // Derivatives of the latitude's Mercator ordinate, by which a tile of 0.35° is met to 1e-9 of a unit.
    const auto box = tile_box(tile);
    const auto lat = (box.south + box.north) / 2 * radians;
    middle_lat_ = std::round(lat / radians * 1e7);
    const auto phi = middle_lat_ * 1e-7 * radians;
    const auto s = 1 / std::cos(phi), t = std::tan(phi);
    const double slopes[] = {s, s * t, s * s * s + s * t * t, 5 * s * s * s * t + s * t * t * t,
                             5 * s * s * s * s * s + 18 * s * s * s * t * t + s * t * t * t * t};
    c_[0] = world_y(middle_lat_ * 1e-7) * scale_ - static_cast<double>(tile.y) * tile_extent;
    double factor = -scale_ / (2 * std::numbers::pi);
    for (std::size_t i = 0; i < 5; ++i) {
        factor *= radians / static_cast<double>(i + 1);
        c_[i + 1] = slopes[i] * factor;
    }
}

double TileFrame::far_y(std::int32_t lat) const {
    return to_world({0, lat / 1e7}).y * scale_ - static_cast<double>(tile_.y) * tile_extent;
}

void TileGeometry::clear() {
    commands_.clear();
    cursor_ = {0, 0};
    has_outer_ = false;
}

void TileGeometry::move_to(Whole to) {
    commands_.push_back(zigzag(to.x - cursor_.x));
    commands_.push_back(zigzag(to.y - cursor_.y));
    cursor_ = to;
}

void TileGeometry::line_to(std::size_t first, std::size_t end) {
    commands_.push_back(2 | static_cast<std::uint32_t>(end - first) << 3);
    for (auto i = first; i < end; ++i) move_to(whole_[i]);
}

void TileGeometry::add_point(PlanePoint point) {
    const auto x = std::round(point.x), y = std::round(point.y);
    if (!(x >= low_ && x <= high_ && y >= low_ && y <= high_)) return;
    // A multipoint's one command has a count: here each feature has one point.
    commands_.push_back(1 | 1u << 3);
    move_to({static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)});
}

void TileGeometry::round(std::span<const PlanePoint> line, bool is_ring) {
    whole_.clear();
    for (const auto& point : line) {
        const Whole next{static_cast<std::int32_t>(std::lround(point.x)), static_cast<std::int32_t>(std::lround(point.y))};
        if (!whole_.empty() && whole_.back() == next) continue;
        // A ring's point between two on one line says nothing, and a spike there and back is no area.
        while (is_ring && whole_.size() >= 2) {
            const auto a = whole_[whole_.size() - 2], b = whole_.back();
            const auto turn = std::int64_t{b.x - a.x} * (next.y - a.y) - std::int64_t{b.y - a.y} * (next.x - a.x);
            if (turn != 0) break;
            whole_.pop_back();
            if (whole_.back() == next) break;
        }
        if (whole_.empty() || !(whole_.back() == next)) whole_.push_back(next);
    }
}

void TileGeometry::emit_line(std::span<const PlanePoint> piece) {
    simplify(piece, tolerance_, simple_);
    round(simple_, false);
    if (whole_.size() < 2) return;
    commands_.push_back(1 | 1u << 3);
    move_to(whole_[0]);
    line_to(1, whole_.size());
}

void TileGeometry::add_line(std::span<const PlanePoint> line) {
    clipped_.clear();
    const auto end_piece = [&] {
        if (clipped_.size() > 1) emit_line(clipped_);
        clipped_.clear();
    };
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const auto a = line[i], b = line[i + 1];
        // Liang and Barsky: the part of a → b inside is from `from` to `to`.
        double from = 0, to = 1;
        const auto dx = b.x - a.x, dy = b.y - a.y;
        const double towards[] = {-dx, dx, -dy, dy}, room[] = {a.x - low_, high_ - a.x, a.y - low_, high_ - a.y};
        bool is_out = false;
        for (int side = 0; side < 4 && !is_out; ++side) {
            if (towards[side] == 0) is_out = room[side] < 0;
            else if (towards[side] < 0) from = std::max(from, room[side] / towards[side]);
            else to = std::min(to, room[side] / towards[side]);
        }
        if (is_out || from > to) {
            end_piece();
            continue;
        }
        if (from > 0) end_piece();
        if (clipped_.empty()) clipped_.push_back(from > 0 ? PlanePoint{a.x + dx * from, a.y + dy * from} : a);
        clipped_.push_back(to < 1 ? PlanePoint{a.x + dx * to, a.y + dy * to} : b);
        if (to < 1) end_piece();
    }
    end_piece();
}

void TileGeometry::add_polygon_ring(std::span<const PlanePoint> ring, bool is_outer) {
    if (is_outer) has_outer_ = false;
    else if (!has_outer_) return; // its outer ring is not in this tile
    if (ring.size() < 4) return;
    clipped_.assign(ring.begin(), ring.end());
    const auto is_inside = std::all_of(ring.begin(), ring.end(),
                                       [&](const auto& p) { return p.x >= low_ && p.x <= high_ && p.y >= low_ && p.y <= high_; });
    if (!is_inside) {
        const auto low = low_, high = high_;
        clip_side(clipped_, other_, [&](auto p) { return p.x >= low; }, [&](auto a, auto b) { return cut_x(a, b, low); });
        clip_side(other_, clipped_, [&](auto p) { return p.x <= high; }, [&](auto a, auto b) { return cut_x(a, b, high); });
        clip_side(clipped_, other_, [&](auto p) { return p.y >= low; }, [&](auto a, auto b) { return cut_y(a, b, low); });
        clip_side(other_, clipped_, [&](auto p) { return p.y <= high; }, [&](auto a, auto b) { return cut_y(a, b, high); });
        if (clipped_.size() < 4) return;
    }
    simplify(clipped_, tolerance_, simple_);
    round(simple_, true);
    // Closed, and its seam is no spike and no point on a line either.
    while (whole_.size() >= 2 && whole_.front() == whole_.back()) whole_.pop_back();
    const auto is_flat = [](Whole a, Whole b, Whole c) {
        return std::int64_t{b.x - a.x} * (c.y - a.y) == std::int64_t{b.y - a.y} * (c.x - a.x);
    };
    while (whole_.size() >= 3 && is_flat(whole_[whole_.size() - 2], whole_.back(), whole_.front())) whole_.pop_back();
    while (whole_.size() >= 3 && is_flat(whole_.back(), whole_[0], whole_[1])) whole_.erase(whole_.begin());
    if (whole_.size() < 3) return;
    std::int64_t area = 0;
    for (std::size_t i = 0; i < whole_.size(); ++i) {
        const auto a = whole_[i], b = whole_[(i + 1) % whole_.size()];
        area += std::int64_t{a.x} * b.y - std::int64_t{b.x} * a.y;
    }
    if (area == 0) return;
    if ((area > 0) != is_outer) std::reverse(whole_.begin(), whole_.end());
    has_outer_ = true;
    commands_.push_back(1 | 1u << 3);
    move_to(whole_[0]);
    line_to(1, whole_.size());
    commands_.push_back(7 | 1u << 3);
}

TileLayerWriter::TileLayerWriter(std::string_view name) : name_(name) {}

std::uint32_t TileLayerWriter::add_key(std::string_view name) {
    protozero::pbf_writer(keys_).add_string(3, name.data(), name.size());
    return key_count_++;
}

std::uint32_t TileLayerWriter::add_text(std::string_view text) {
    protozero::pbf_writer layer(values_);
    protozero::pbf_writer(layer, 4).add_string(1, text.data(), text.size());
    return value_count_++;
}

std::uint32_t TileLayerWriter::add_whole(std::int64_t number) {
    protozero::pbf_writer layer(values_);
    protozero::pbf_writer value(layer, 4);
    if (number < 0) value.add_sint64(6, number);
    else value.add_uint64(5, static_cast<std::uint64_t>(number));
    return value_count_++;
}

std::uint32_t TileLayerWriter::add_number(double number) {
    protozero::pbf_writer layer(values_);
    protozero::pbf_writer(layer, 4).add_double(3, number);
    return value_count_++;
}

std::uint32_t TileLayerWriter::text_number(std::string_view text) {
    const auto [found, is_new] = texts_.try_emplace(std::string(text), value_count_);
    return is_new ? add_text(text) : found->second;
}

std::uint32_t TileLayerWriter::whole_number(std::int64_t number) {
    const auto [found, is_new] = wholes_.try_emplace(number, value_count_);
    return is_new ? add_whole(number) : found->second;
}

std::uint32_t TileLayerWriter::number_number(double number) {
    const auto [found, is_new] = numbers_.try_emplace(std::bit_cast<std::uint64_t>(number), value_count_);
    return is_new ? add_number(number) : found->second;
}

void TileLayerWriter::add_feature(TileShape shape, std::span<const std::uint32_t> tags, std::span<const std::uint32_t> commands) {
    ASSERT(tags.size() % 2 == 0 && !commands.empty());
    protozero::pbf_writer layer(features_);
    protozero::pbf_writer feature(layer, 2);
    feature.add_packed_uint32(2, tags.begin(), tags.end());
    feature.add_enum(3, static_cast<int>(shape));
    feature.add_packed_uint32(4, commands.begin(), commands.end());
    ++count_;
}

std::string TileLayerWriter::finish() {
    std::string tile;
    if (count_ == 0) return tile;
    std::string head;
    {
        protozero::pbf_writer layer(head);
        layer.add_uint32(15, 2);
        layer.add_string(1, name_);
    }
    std::string tail;
    protozero::pbf_writer(tail).add_uint32(5, tile_extent);
    protozero::pbf_writer(tile).add_bytes_vectored(3, head, features_, keys_, values_, tail);
    return tile;
}

} // namespace chengge::geo
