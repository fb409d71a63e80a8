#include "registry/snapshot_pack.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.hpp"

namespace chengge::registry {

using Kind = LayerSnapshot::Shape::Kind;

namespace {

std::int32_t clamp_fixed(double value) {
    return static_cast<std::int32_t>(std::clamp(value, -2147483648.0, 2147483647.0));
}

// The least whole number whose degrees are not below `degrees`.
std::int32_t at_least(double degrees) {
    auto number = static_cast<double>(clamp_fixed(std::ceil(degrees * 1e7)));
    while (number > -2147483648.0 && (number - 1) / 1e7 >= degrees) --number;
    while (number < 2147483647.0 && number / 1e7 < degrees) ++number;
    return static_cast<std::int32_t>(number);
}

std::int32_t at_most(double degrees) { return clamp_fixed(-static_cast<double>(at_least(-degrees))); }

void add_line(FlatGeometry& flat, const std::vector<geo::Point>& line) {
    for (const auto& point : line) {
        flat.points.push_back(to_fixed(point));
        flat.box.add(flat.points.back());
    }
    flat.line_ends.push_back(static_cast<std::uint32_t>(flat.points.size()));
}

std::vector<geo::Point> line_of(std::span<const FixedPoint> points) {
    std::vector<geo::Point> line;
    line.reserve(points.size());
    for (const auto& point : points) line.push_back(to_degrees(point));
    return line;
}

} // namespace

void FixedBox::add(FixedPoint point) {
    west = std::min(west, point.lon);
    east = std::max(east, point.lon);
    south = std::min(south, point.lat);
    north = std::max(north, point.lat);
}

void FixedBox::add(const FixedBox& other) {
    west = std::min(west, other.west);
    east = std::max(east, other.east);
    south = std::min(south, other.south);
    north = std::max(north, other.north);
}

FixedPoint to_fixed(geo::Point point) {
    return {static_cast<std::int32_t>(std::llround(std::clamp(point.lon, -214.0, 214.0) * 1e7)),
            static_cast<std::int32_t>(std::llround(std::clamp(point.lat, -214.0, 214.0) * 1e7))};
}

FixedBox to_fixed(const geo::Box& box) { return {at_least(box.west), at_least(box.south), at_most(box.east), at_most(box.north)}; }

geo::Box to_degrees(const FixedBox& box) {
    if (box.is_empty()) return {1, 1, -1, -1};
    return {box.west / 1e7, box.south / 1e7, box.east / 1e7, box.north / 1e7};
}

FlatGeometry flatten(const std::optional<geo::Geometry>& geometry) {
    FlatGeometry flat;
    if (!geometry) return flat;
    if (const auto* point = std::get_if<geo::Point>(&*geometry)) {
        flat.kind = Kind::point;
        add_line(flat, {*point});
    } else if (const auto* line = std::get_if<geo::Line>(&*geometry)) {
        flat.kind = Kind::line;
        add_line(flat, *line);
    } else if (const auto* polygon = std::get_if<geo::Polygon>(&*geometry)) {
        flat.kind = Kind::polygon;
        for (const auto& ring : polygon->rings) add_line(flat, ring);
    } else if (const auto* lines = std::get_if<geo::MultiLine>(&*geometry)) {
        flat.kind = Kind::multi_line;
        for (const auto& each : *lines) add_line(flat, each);
    } else {
        flat.kind = Kind::multi_polygon;
        for (const auto& each : std::get<geo::MultiPolygon>(*geometry)) {
            flat.parts.push_back(static_cast<int>(each.rings.size()));
            for (const auto& ring : each.rings) add_line(flat, ring);
        }
    }
    return flat;
}

std::optional<geo::Geometry> unflatten(const LayerSnapshot::Shape& shape) {
    switch (shape.kind) {
    case Kind::none: return std::nullopt;
    case Kind::point: return geo::Geometry(to_degrees(shape.lines[0][0]));
    case Kind::line: return geo::Geometry(line_of(shape.lines[0]));
    case Kind::polygon: {
        geo::Polygon polygon;
        for (const auto& ring : shape.lines) polygon.rings.push_back(line_of(ring));
        return geo::Geometry(std::move(polygon));
    }
    case Kind::multi_line: {
        geo::MultiLine lines;
        for (const auto& line : shape.lines) lines.push_back(line_of(line));
        return geo::Geometry(std::move(lines));
    }
    case Kind::multi_polygon: {
        geo::MultiPolygon areas;
        std::size_t at = 0;
        for (const auto rings : shape.parts) {
            areas.emplace_back();
            for (int i = 0; i < rings; ++i) areas.back().rings.push_back(line_of(shape.lines[at++]));
        }
        return geo::Geometry(std::move(areas));
    }
    }
    return std::nullopt;
}

void PackedNumbers::assign(std::size_t count, std::uint64_t most) {
    width_ = most == 0 ? 0 : most < 1u << 8 ? 1 : most < 1u << 16 ? 2 : most < 1ull << 32 ? 4 : 8;
    stride_ = static_cast<std::size_t>(width_);
    bytes_.assign(count * stride_, 0);
    from_ = bytes_.data();
}

void PackedNumbers::set(std::size_t at, std::uint64_t number) {
    // Little endian as the machine: the low bytes are the first ones.
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(bytes_.data() + at * stride_, &number, stride_);
}

std::uint64_t PackedNumbers::get(std::size_t at) const {
    const auto read = [&]<class Number>(Number number) -> std::uint64_t {
        std::memcpy(&number, from_ + at * stride_, sizeof number);
        return number;
    };
    switch (width_) {
    case 0: return 0;
    case 1: return from_[at * stride_];
    case 2: return read(std::uint16_t{});
    case 4: return read(std::uint32_t{});
    default: return read(std::uint64_t{});
    }
}

void PackedNumbers::interleave(std::span<PackedNumbers* const> all, std::size_t count) {
    std::size_t stride = 0;
    for (const auto* one : all) stride += static_cast<std::size_t>(one->width_);
    if (stride == 0) return;
    auto rows = std::make_shared<std::vector<std::uint8_t>>(count * stride);
    std::size_t offset = 0;
    for (auto* one : all) {
        const auto width = static_cast<std::size_t>(one->width_);
        if (width == 0) continue;
        for (std::size_t i = 0; i < count; ++i) std::memcpy(rows->data() + i * stride + offset, one->bytes_.data() + i * width, width);
        std::vector<std::uint8_t>().swap(one->bytes_);
        one->from_ = rows->data() + offset;
        one->stride_ = stride;
        one->is_first_ = offset == 0;
        one->rows_ = rows;
        offset += width;
    }
}

void TextArena::add(std::string_view text) {
    bytes_.append(text);
    ASSERT(bytes_.size() <= std::numeric_limits<std::uint32_t>::max());
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
}

void TextArena::reserve(std::size_t texts, std::size_t bytes) {
    ends_.reserve(texts + 1);
    bytes_.reserve(bytes);
}

Value Column::get(std::size_t at, std::string_view id) const {
    if (!odd.empty()) {
        const auto found = odd.find(static_cast<std::uint32_t>(at));
        if (found != odd.end()) return found->second;
    }
    switch (kind) {
    case Kind::nothing: return {};
    case Kind::same_as_id: return std::string(id);
    case Kind::numbered:
    case Kind::arena: {
        const auto found = text(at, id);
        return found ? Value(std::string(*found)) : Value();
    }
    case Kind::whole: {
        const auto number = numbers.get(at);
        return number == 0 ? Value() : Value(static_cast<std::int64_t>(static_cast<std::uint64_t>(lowest) + number - 1));
    }
    case Kind::number: return std::isnan(doubles[at]) ? Value() : Value(doubles[at]);
    case Kind::numbered_number: {
        const auto number = numbers.get(at);
        return number == 0 ? Value() : Value(doubles[number - 1]);
    }
    }
    return {};
}

std::optional<std::string_view> Column::text(std::size_t at, std::string_view id) const {
    if (kind == Kind::same_as_id) return id;
    if (kind != Kind::numbered && kind != Kind::arena) return std::nullopt;
    const auto number = numbers.get(at);
    if (number == 0) return std::nullopt;
    return texts.get(kind == Kind::arena ? at : number - 1);
}

int Column::number(std::size_t at) const {
    if (kind == Kind::nothing && odd.empty()) return 0;
    const auto is_numbered = kind == Kind::numbered || kind == Kind::numbered_number || (kind == Kind::whole && numbers.width() <= 2);
    return is_numbered && odd.empty() ? static_cast<int>(numbers.get(at)) : -1;
}

int Column::find_number(std::string_view text) const {
    std::size_t low = 0, high = texts.size();
    while (low < high) {
        const auto middle = (low + high) / 2;
        if (texts.get(middle) < text) low = middle + 1;
        else high = middle;
    }
    return low < texts.size() && texts.get(low) == text ? static_cast<int>(low) + 1 : -1;
}

std::size_t Column::bytes() const {
    return numbers.bytes() + texts.bytes() + doubles.capacity() * sizeof(double) + odd.size() * (sizeof(Value) + 24);
}

FixedBox Pack::box(std::size_t at) const {
    const auto of = kind(at);
    if (of == LayerSnapshot::Shape::Kind::none) return {};
    const auto point = points[at];
    if (of == LayerSnapshot::Shape::Kind::point) return {point.lon, point.lat, point.lon, point.lat};
    return shapes[static_cast<std::uint32_t>(point.lon)].box;
}

void Pack::shape(std::size_t at, LayerSnapshot::Shape& shape) const {
    shape.lines.clear();
    shape.parts.clear();
    shape.kind = kind(at);
    if (shape.kind == LayerSnapshot::Shape::Kind::none) return;
    if (shape.kind == LayerSnapshot::Shape::Kind::point) {
        shape.lines.emplace_back(&points[at], 1);
        return;
    }
    const auto& row = shapes[static_cast<std::uint32_t>(points[at].lon)];
    for (std::size_t i = row.first_line; i < row.first_line + row.line_count; ++i)
        shape.lines.emplace_back(coordinates.data() + line_ends[i], line_ends[i + 1] - line_ends[i]);
    shape.parts.assign(parts.begin() + row.first_part, parts.begin() + row.first_part + row.part_count);
}

std::optional<std::size_t> Pack::find(std::string_view id) const {
    if (places.empty()) return std::nullopt;
    for (auto at = std::hash<std::string_view>()(id) & (places.size() - 1);; at = (at + 1) & (places.size() - 1)) {
        if (places[at] == 0) return std::nullopt;
        if (ids.get(places[at] - 1) == id) return places[at] - 1;
    }
}

bool Pack::visit(const FixedBox& asked, const std::function<bool(std::size_t)>& visitor) const {
    if (levels.empty() || asked.is_empty()) return true;
    struct Step {
        std::size_t level, at;
    };
    // Depth first, the last child pushed first, so that features come in their order.
    std::vector<Step> open{{levels.size() - 1, 0}};
    while (!open.empty()) {
        const auto [level, at] = open.back();
        open.pop_back();
        if (!levels[level][at].meets(asked)) continue;
        if (level > 0) {
            const auto first = at * fan_out, end = std::min(first + fan_out, levels[level - 1].size());
            for (auto child = end; child > first; --child) open.push_back({level - 1, child - 1});
            continue;
        }
        const auto first = at * leaf_size, end = std::min(first + leaf_size, count);
        for (auto each = first; each < end; ++each) {
            if (kinds.empty()) {
                const auto point = points[each];
                if (point.lon < asked.west || point.lon > asked.east || point.lat < asked.south || point.lat > asked.north) continue;
            } else if (!box(each).meets(asked)) {
                continue;
            }
            if (!visitor(each)) return false;
        }
    }
    return true;
}

void Pack::visit_runs(const FixedBox& asked, const std::function<bool(const geo::Box&)>& is_whole,
                      const std::function<void(const geo::Box&, std::size_t, std::int64_t)>& take) const {
    if (levels.empty() || asked.is_empty()) return;
    struct Step {
        std::size_t level, at, features; // of a node of its level
    };
    auto features = leaf_size;
    for (std::size_t level = 1; level < levels.size(); ++level) features *= fan_out;
    std::vector<Step> open{{levels.size() - 1, 0, features}};
    while (!open.empty()) {
        const auto [level, at, size] = open.back();
        open.pop_back();
        const auto& own = levels[level][at];
        if (!own.meets(asked)) continue;
        const auto first = at * size, end = std::min(first + size, boxed);
        if (const auto degrees = to_degrees(own); is_whole(degrees)) {
            take(degrees, first, static_cast<std::int64_t>(end - first));
        } else if (level > 0) {
            const auto from = at * fan_out, to = std::min(from + fan_out, levels[level - 1].size());
            for (auto child = to; child > from; --child) open.push_back({level - 1, child - 1, size / fan_out});
        } else {
            for (auto each = first; each < end; ++each)
                if (const auto box = this->box(each); box.meets(asked)) take(to_degrees(box), each, 1);
        }
    }
}

std::size_t Pack::bytes() const {
    std::size_t sum = sizeof(Pack) + ids.bytes() + places.capacity() * 4 + points.capacity() * sizeof(FixedPoint) + kinds.capacity() +
                      shapes.capacity() * sizeof(ShapeRow) + line_ends.capacity() * 8 + coordinates.capacity() * sizeof(FixedPoint) +
                      parts.capacity() * sizeof(int);
    for (const auto& column : columns) sum += sizeof(Column) + column.bytes();
    for (const auto& level : levels) sum += level.capacity() * sizeof(FixedBox);
    return sum;
}

} // namespace chengge::registry
