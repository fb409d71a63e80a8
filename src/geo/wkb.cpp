// Well-known binary (OGC 06-103r4 §8): written little endian, read in both byte orders.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "geo/geometry.hpp"

namespace chengge::geo {

namespace {

enum : std::uint32_t { type_point = 1, type_line = 2, type_polygon = 3, type_multi_line = 5, type_multi_polygon = 6 };

template <class Number>
void put(std::string& out, Number number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    if constexpr (std::endian::native == std::endian::big)
        std::reverse(bytes, bytes + sizeof number);
    out.append(bytes, sizeof number);
}

void put_header(std::string& out, std::uint32_t type) {
    out += '\x01';
    put(out, type);
}

void put_points(std::string& out, const Line& line) {
    put(out, static_cast<std::uint32_t>(line.size()));
    for (const auto& point : line) {
        put(out, point.lon);
        put(out, point.lat);
    }
}

void put_polygon(std::string& out, const Polygon& polygon) {
    put_header(out, type_polygon);
    put(out, static_cast<std::uint32_t>(polygon.rings.size()));
    for (const auto& ring : polygon.rings) put_points(out, ring);
}

// Reads foreign bytes: every count is checked against what is left before anything is reserved.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::optional<Geometry> geometry() {
        const auto type = header();
        if (!type) return std::nullopt;
        switch (*type) {
        case type_point: {
            Point point;
            if (!take(point.lon) || !take(point.lat) || !is_finite(point)) return std::nullopt;
            return Geometry(point);
        }
        case type_line: {
            auto line = points();
            if (!line || line->size() < 2) return std::nullopt;
            return Geometry(std::move(*line));
        }
        case type_polygon: {
            auto polygon = rings();
            if (!polygon) return std::nullopt;
            return Geometry(std::move(*polygon));
        }
        case type_multi_polygon: {
            auto many = polygons();
            if (!many) return std::nullopt;
            return Geometry(std::move(*many));
        }
        case type_multi_line: {
            auto many = lines();
            if (!many) return std::nullopt;
            return Geometry(std::move(*many));
        }
        default: return std::nullopt;
        }
    }
    bool is_at_end() const { return bytes_.empty(); }

private:
    static bool is_finite(Point point) {
        return std::isfinite(point.lon) && std::isfinite(point.lat);
    }

    template <class Number>
    bool take(Number& number) {
        if (bytes_.size() < sizeof number) return false;
        char bytes[sizeof number];
        std::memcpy(bytes, bytes_.data(), sizeof number);
        if (is_little_ != (std::endian::native == std::endian::little))
            for (std::size_t i = 0; i < sizeof number / 2; ++i)
                std::swap(bytes[i], bytes[sizeof number - 1 - i]);
        std::memcpy(&number, bytes, sizeof number);
        bytes_.remove_prefix(sizeof number);
        return true;
    }
    std::optional<std::uint32_t> header() {
        if (bytes_.empty() || (bytes_[0] != 0 && bytes_[0] != 1)) return std::nullopt;
        is_little_ = bytes_[0] == 1;
        bytes_.remove_prefix(1);
        std::uint32_t type = 0;
        return take(type) ? std::optional(type) : std::nullopt;
    }
    std::optional<std::uint32_t> count(std::size_t bytes_each) {
        std::uint32_t items = 0;
        if (!take(items) || items > bytes_.size() / bytes_each) return std::nullopt;
        return items;
    }
    std::optional<Line> points() {
        const auto items = count(16);
        if (!items) return std::nullopt;
        Line line(*items);
        for (auto& point : line)
            if (!take(point.lon) || !take(point.lat) || !is_finite(point)) return std::nullopt;
        return line;
    }
    std::optional<Polygon> rings() {
        const auto items = count(4);
        if (!items || *items == 0) return std::nullopt;
        Polygon polygon;
        for (std::uint32_t i = 0; i < *items; ++i) {
            auto ring = points();
            if (!ring || ring->size() < 4 || !(ring->front() == ring->back())) return std::nullopt;
            polygon.rings.push_back(std::move(*ring));
        }
        return polygon;
    }
    std::optional<MultiPolygon> polygons() {
        const auto items = count(9);
        if (!items) return std::nullopt;
        MultiPolygon many;
        for (std::uint32_t i = 0; i < *items; ++i) {
            if (header() != type_polygon) return std::nullopt;
            auto polygon = rings();
            if (!polygon) return std::nullopt;
            many.push_back(std::move(*polygon));
        }
        return many;
    }

    std::optional<MultiLine> lines() {
        const auto items = count(9);
        if (!items) return std::nullopt;
        MultiLine many;
        for (std::uint32_t i = 0; i < *items; ++i) {
            if (header() != type_line) return std::nullopt;
            auto line = points();
            if (!line || line->size() < 2) return std::nullopt;
            many.push_back(std::move(*line));
        }
        return many;
    }

    std::string_view bytes_;
    bool is_little_ = true;
};

} // namespace

std::string to_wkb(const Geometry& geometry) {
    std::string out;
    if (const auto* point = std::get_if<Point>(&geometry)) {
        put_header(out, type_point);
        put(out, point->lon);
        put(out, point->lat);
    } else if (const auto* line = std::get_if<Line>(&geometry)) {
        put_header(out, type_line);
        put_points(out, *line);
    } else if (const auto* polygon = std::get_if<Polygon>(&geometry)) {
        put_polygon(out, *polygon);
    } else if (const auto* lines = std::get_if<MultiLine>(&geometry)) {
        put_header(out, type_multi_line);
        put(out, static_cast<std::uint32_t>(lines->size()));
        for (const auto& line_of : *lines) {
            put_header(out, type_line);
            put_points(out, line_of);
        }
    } else {
        const auto& many = std::get<MultiPolygon>(geometry);
        put_header(out, type_multi_polygon);
        put(out, static_cast<std::uint32_t>(many.size()));
        for (const auto& polygon_of : many) put_polygon(out, polygon_of);
    }
    return out;
}

bool is_storable(const Geometry& geometry) { return from_wkb(to_wkb(geometry)).has_value(); }

std::optional<Geometry> from_wkb(std::string_view wkb) {
    Reader reader(wkb);
    auto geometry = reader.geometry();
    return geometry && reader.is_at_end() ? geometry : std::nullopt;
}

} // namespace chengge::geo
