#include "geo/tile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
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

// Protocol buffers by hand, where a tile's bytes are made: a general writer's cost is half of a tile's.
char* put_varint(char* at, std::uint64_t number) {
    for (; number >= 128; number >>= 7) *at++ = static_cast<char>(number | 128);
    *at++ = static_cast<char>(number);
    return at;
}

std::size_t varint_size(std::uint32_t number) {
    return std::size_t{1} + (number >= 1u << 7) + (number >= 1u << 14) + (number >= 1u << 21) + (number >= 1u << 28);
}

std::size_t packed_size(std::span<const std::uint32_t> numbers) {
    std::uint32_t size = 0;
    for (const auto number : numbers) size += static_cast<std::uint32_t>(varint_size(number));
    return size;
}

char* put_packed(char* at, char field, std::size_t size, std::span<const std::uint32_t> numbers) {
    *at++ = field;
    at = put_varint(at, size);
    for (const auto number : numbers) at = put_varint(at, number);
    return at;
}

constexpr char length_field(int number) { return static_cast<char>(number << 3 | 2); }
constexpr char varint_field(int number) { return static_cast<char>(number << 3); }
constexpr std::size_t varint_most = 10;

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

Point label_point(const Polygon& polygon) {
    const auto middle = centroid(polygon);
    if (contains(polygon, middle)) return middle;
    std::vector<double> crossings;
    for (const auto& ring : polygon.rings)
        for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
            const auto a = ring[i], b = ring[i + 1];
            if ((a.lat > middle.lat) != (b.lat > middle.lat)) crossings.push_back(a.lon + (b.lon - a.lon) * (middle.lat - a.lat) / (b.lat - a.lat));
        }
    std::sort(crossings.begin(), crossings.end());
    auto best = middle;
    double widest = -1;
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2)
        if (crossings[i + 1] - crossings[i] > widest) {
            widest = crossings[i + 1] - crossings[i];
            best.lon = (crossings[i] + crossings[i + 1]) / 2;
        }
    return best;
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

namespace {

struct SpareBytes {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;
};
constexpr std::size_t spare_most = 4, spare_bytes_most = 8 << 20;
thread_local std::vector<SpareBytes> spare_bytes;

} // namespace

TileBytes::TileBytes() {
    if (spare_bytes.empty()) return;
    bytes_ = std::move(spare_bytes.back().bytes);
    capacity_ = spare_bytes.back().capacity;
    spare_bytes.pop_back();
}

TileBytes::~TileBytes() {
    if (bytes_ && spare_bytes.size() < spare_most && capacity_ <= spare_bytes_most) spare_bytes.push_back({std::move(bytes_), capacity_});
}

void TileBytes::grow(std::size_t most) {
    const auto capacity = std::max(2 * capacity_, std::max<std::size_t>(size_ + most, 4096));
    auto bytes = std::make_unique_for_overwrite<char[]>(capacity);
    std::copy_n(bytes_.get(), size_, bytes.get());
    bytes_ = std::move(bytes);
    capacity_ = capacity;
}

TileLayerWriter::TileLayerWriter(std::string_view name) : name_(name) {}

std::uint32_t TileLayerWriter::add_key(std::string_view name) {
    protozero::pbf_writer(keys_).add_string(3, name.data(), name.size());
    return key_count_++;
}

std::uint32_t TileLayerWriter::add_text(std::string_view text) {
    auto* at = values_.room(text.size() + 2 + 2 * varint_most);
    const auto size = static_cast<std::uint32_t>(text.size());
    *at++ = length_field(4);
    at = put_varint(at, 1 + varint_size(size) + size);
    *at++ = length_field(1);
    at = put_varint(at, size);
    values_.end_at(std::copy(text.begin(), text.end(), at));
    return value_count_++;
}

std::uint32_t TileLayerWriter::add_whole(std::int64_t number) {
    char value[varint_most + 1];
    value[0] = varint_field(number < 0 ? 6 : 5);
    const auto bits = static_cast<std::uint64_t>(number);
    auto* end = put_varint(value + 1, number < 0 ? ~(bits << 1) : bits); // the zigzag of a negative number
    auto* at = values_.room(sizeof value + 2);
    *at++ = length_field(4);
    *at++ = static_cast<char>(end - value);
    values_.end_at(std::copy(value, end, at));
    return value_count_++;
}

std::uint32_t TileLayerWriter::add_number(double number) {
    static_assert(std::endian::native == std::endian::little);
    auto* at = values_.room(11);
    *at++ = length_field(4);
    *at++ = 9;
    *at++ = 3 << 3 | 1;
    std::memcpy(at, &number, 8);
    values_.end_at(at + 8);
    return value_count_++;
}

std::uint32_t TileLayerWriter::whole_number(std::int64_t number) {
    const auto [found, is_new] = wholes_.try_emplace(number, value_count_);
    return is_new ? add_whole(number) : found->second;
}

void TileLayerWriter::add_feature(TileShape shape, std::span<const std::uint32_t> tags, std::span<const std::uint32_t> commands) {
    ASSERT(tags.size() % 2 == 0 && !commands.empty());
    const auto tags_size = packed_size(tags), commands_size = packed_size(commands);
    const auto size = 4 + varint_size(static_cast<std::uint32_t>(tags_size)) + tags_size + varint_size(static_cast<std::uint32_t>(commands_size)) + commands_size;
    auto* at = features_.room(size + 1 + varint_most);
    *at++ = length_field(2);
    at = put_varint(at, size);
    at = put_packed(at, length_field(2), tags_size, tags);
    *at++ = varint_field(3);
    *at++ = static_cast<char>(shape);
    features_.end_at(put_packed(at, length_field(4), commands_size, commands));
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
    protozero::pbf_writer(tile).add_bytes_vectored(3, head, protozero::data_view(features_.data(), features_.size()), keys_, protozero::data_view(values_.data(), values_.size()), tail);
    return tile;
}

} // namespace chengge::geo
