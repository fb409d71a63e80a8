// Geometry as text: GeoJSON in, WKT in and out.
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "geo/geometry.hpp"

namespace chengge::geo {

namespace {

// --- GeoJSON -----------------------------------------------------------------------------------

std::optional<Point> point_from(const json::value& value) {
    if (!value.is_array() || value.get_array().size() < 2) return std::nullopt;
    double numbers[2];
    for (int i = 0; i < 2; ++i) {
        const auto& item = value.get_array()[static_cast<std::size_t>(i)];
        if (!item.is_number()) return std::nullopt;
        numbers[i] = item.to_number<double>();
        if (!std::isfinite(numbers[i])) return std::nullopt;
    }
    return Point{numbers[0], numbers[1]};
}

template <class Item, class Read>
std::optional<std::vector<Item>> list_from(const json::value& value, Read&& read) {
    if (!value.is_array()) return std::nullopt;
    std::vector<Item> items;
    for (const auto& one : value.get_array()) {
        auto item = read(one);
        if (!item) return std::nullopt;
        items.push_back(std::move(*item));
    }
    return items;
}

std::optional<Line> line_from(const json::value& value) {
    return list_from<Point>(value, point_from);
}

std::optional<Polygon> polygon_from(const json::value& value) {
    auto rings = list_from<Ring>(value, line_from);
    if (!rings || rings->empty()) return std::nullopt;
    return Polygon{std::move(*rings)};
}

template <class Shape>
std::optional<Geometry> as_geometry(std::optional<Shape> shape) {
    if (!shape) return std::nullopt;
    return Geometry(std::move(*shape));
}

// --- WKT ---------------------------------------------------------------------------------------

class WktReader {
public:
    explicit WktReader(std::string_view text) : text_(text) {}

    std::optional<Geometry> read() {
        const auto name = word();
        std::optional<Geometry> geometry;
        if (name == "POINT") {
            const auto points = line();
            if (points && points->size() == 1) geometry = points->front();
        } else if (name == "LINESTRING") {
            geometry = as_geometry(line());
        } else if (name == "POLYGON") {
            geometry = as_geometry(polygon());
        } else if (name == "MULTIPOLYGON") {
            geometry = as_geometry(list<Polygon>([this] { return polygon(); }));
        } else if (name == "MULTILINESTRING") {
            geometry = as_geometry(list<Line>([this] { return line(); }));
        }
        skip();
        return text_.empty() ? geometry : std::nullopt;
    }

private:
    void skip() {
        while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t' ||
                                  text_.front() == '\n' || text_.front() == '\r'))
            text_.remove_prefix(1);
    }
    bool take(char letter) {
        skip();
        if (text_.empty() || text_.front() != letter) return false;
        text_.remove_prefix(1);
        return true;
    }
    // The type's name; Z, M and ZM say only that more numbers follow.
    std::string word() {
        skip();
        const auto open = std::min(text_.find('('), text_.size());
        const auto words = split(trim(text_.substr(0, open)), ' ');
        text_.remove_prefix(open);
        std::string name;
        for (const char letter : words.empty() ? "" : words.front())
            name += static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
        return words.size() <= 2 ? name : "";
    }
    std::optional<double> number() {
        skip();
        double value = 0;
        const auto read = std::from_chars(text_.data(), text_.data() + text_.size(), value);
        if (read.ec != std::errc() || !std::isfinite(value)) return std::nullopt;
        text_.remove_prefix(static_cast<std::size_t>(read.ptr - text_.data()));
        return value;
    }
    std::optional<Point> point() {
        const auto lon = number(), lat = number();
        if (!lon || !lat) return std::nullopt;
        while (number()) {} // height and measure
        return Point{*lon, *lat};
    }
    template <class Item, class Read>
    std::optional<std::vector<Item>> list(Read&& read) {
        if (!take('(')) return std::nullopt;
        std::vector<Item> items;
        do {
            auto item = read();
            if (!item) return std::nullopt;
            items.push_back(std::move(*item));
        } while (take(','));
        if (!take(')')) return std::nullopt;
        return items;
    }
    std::optional<Line> line() {
        return list<Point>([this] { return point(); });
    }
    std::optional<Polygon> polygon() {
        auto rings = list<Ring>([this] { return line(); });
        if (!rings) return std::nullopt;
        return Polygon{std::move(*rings)};
    }

    std::string_view text_;
};

void put(std::string& out, Point point) {
    for (const double degrees : {point.lon, point.lat}) {
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, std::round(degrees * 1e7) / 1e7);
        out.append(text, end.ptr).append(1, ' ');
    }
    out.pop_back();
}

template <class Items, class Put>
void put_list(std::string& out, const Items& items, Put&& put_one) {
    out += '(';
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += ',';
        put_one(items[i]);
    }
    out += ')';
}

} // namespace

std::optional<Geometry> from_geojson(const json::value& value) {
    if (!value.is_object()) return std::nullopt;
    const auto* type = value.get_object().if_contains("type");
    const auto* positions = value.get_object().if_contains("coordinates");
    if (type == nullptr || !type->is_string() || positions == nullptr) return std::nullopt;
    const auto& name = type->get_string();
    if (name == "Point") return as_geometry(point_from(*positions));
    if (name == "LineString") return as_geometry(line_from(*positions));
    if (name == "Polygon") return as_geometry(polygon_from(*positions));
    if (name == "MultiPolygon") return as_geometry(list_from<Polygon>(*positions, polygon_from));
    if (name == "MultiLineString") return as_geometry(list_from<Line>(*positions, line_from));
    return std::nullopt;
}

std::optional<Geometry> from_wkt(std::string_view text) { return WktReader(text).read(); }

std::string to_wkt(const Geometry& geometry) {
    std::string out;
    const auto put_line = [&](const Line& line) {
        put_list(out, line, [&](Point point) { put(out, point); });
    };
    const auto put_polygon = [&](const Polygon& polygon) { put_list(out, polygon.rings, put_line); };
    if (const auto* point = std::get_if<Point>(&geometry)) {
        out = "POINT";
        put_line({*point});
    } else if (const auto* line = std::get_if<Line>(&geometry)) {
        out = "LINESTRING";
        put_line(*line);
    } else if (const auto* polygon = std::get_if<Polygon>(&geometry)) {
        out = "POLYGON";
        put_polygon(*polygon);
    } else if (const auto* lines = std::get_if<MultiLine>(&geometry)) {
        out = "MULTILINESTRING";
        put_list(out, *lines, put_line);
    } else {
        out = "MULTIPOLYGON";
        put_list(out, std::get<MultiPolygon>(geometry), put_polygon);
    }
    return out;
}

} // namespace chengge::geo
