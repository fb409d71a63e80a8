#include "maps/ogc_items.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge::maps {

namespace {

using registry::Field;
using registry::FieldKind;
using registry::FixedPoint;
using registry::Layer;
using registry::LayerSnapshot;
using Kind = LayerSnapshot::Shape::Kind;

tl::unexpected<Error> bad(std::string_view name) { return fail("ogc_bad_parameter", {{"name", std::string(name)}}); }

std::optional<double> to_number(std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && std::isfinite(number) ? std::optional(number) : std::nullopt;
}

geo::CoordinateSystem system_of(const OgcCrs& crs) {
    static const auto systems = [] {
        std::vector<geo::CoordinateSystem> made;
        for (const auto& each : ogc_systems()) {
            auto parsed = geo::CoordinateSystem::parse(each.text);
            ASSERT(parsed);
            made.push_back(std::move(*parsed));
        }
        return made;
    }();
    return systems[static_cast<std::size_t>(&crs - ogc_systems().data())];
}

// The corners and the middles of a box's sides in degrees: what a projected box covers at least.
Result<geo::Box> read_box(std::string_view text, const OgcCrs& crs) {
    std::vector<double> numbers;
    for (const auto& part : split(text, ',')) {
        const auto number = to_number(trim(part));
        if (!number) return bad("bbox");
        numbers.push_back(*number);
    }
    if (numbers.size() == 6) numbers = {numbers[0], numbers[1], numbers[3], numbers[4]}; // heights say nothing here
    if (numbers.size() != 4) return bad("bbox");
    if (crs.is_north_first) {
        std::swap(numbers[0], numbers[1]);
        std::swap(numbers[2], numbers[3]);
    }
    geo::Box box{numbers[0], numbers[1], numbers[2], numbers[3]};
    if (box.south > box.north) return bad("bbox");
    if (crs.is_degrees) {
        if (std::abs(box.south) > 90 || std::abs(box.north) > 90 || std::abs(box.west) > 180 || std::abs(box.east) > 180) return bad("bbox");
        return box; // west > east: over the antimeridian, 17-069r4 §7.15.3
    }
    if (box.west > box.east) return bad("bbox");
    std::vector<geo::Point> edge;
    constexpr int steps = 8;
    for (int i = 0; i <= steps; ++i) {
        const auto x = box.west + (box.east - box.west) * i / steps, y = box.south + (box.north - box.south) * i / steps;
        edge.insert(edge.end(), {{x, box.south}, {x, box.north}, {box.west, y}, {box.east, y}});
    }
    system_of(crs).to_cgcs2000(edge);
    geo::Box degrees{1e9, 1e9, -1e9, -1e9};
    for (const auto& point : edge) {
        if (!std::isfinite(point.lon) || !std::isfinite(point.lat)) return bad("bbox");
        degrees = {std::min(degrees.west, point.lon), std::min(degrees.south, point.lat), std::max(degrees.east, point.lon), std::max(degrees.north, point.lat)};
    }
    return degrees;
}

// A date or an instant as the city's date; empty for an open end.
std::optional<std::string> read_moment(std::string_view text) {
    if (text.empty() || text == "..") return std::string();
    if (const auto date = parse_date(text)) return format_date(*date);
    if (const auto instant = parse_instant(text)) return format_date(city_date(*instant));
    return std::nullopt;
}

Result<void> read_time(std::string_view text, ItemsQuery& query) {
    const auto slash = text.find('/');
    const auto from = read_moment(text.substr(0, slash)), to = slash == std::string_view::npos ? from : read_moment(text.substr(slash + 1));
    if (!from || !to || (from->empty() && to->empty()) || (!from->empty() && !to->empty() && *from > *to)) return bad("datetime");
    query.from_date = *from;
    query.to_date = *to;
    query.has_time = true;
    return {};
}

Result<void> read_token(std::string_view text, ItemsQuery& query) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return bad("page");
    const auto version = to_number(text.substr(0, dot));
    if (!version || *version < 1 || *version != std::floor(*version) || *version > 1e15) return bad("page");
    query.version = static_cast<std::int64_t>(*version);
    query.after = text.substr(dot + 1);
    return {};
}

int date_field(const Layer& layer, std::string_view filled_with) {
    for (std::size_t i = 0; i < layer.fields.size(); ++i)
        if (layer.fields[i].kind == FieldKind::date && layer.fields[i].filled_with == filled_with) return static_cast<int>(i);
    return -1;
}

bool is_equal(const LayerSnapshot& snapshot, std::size_t at, int field, const std::string& asked) {
    if (const auto text = snapshot.text(at, field)) return *text == asked;
    const auto value = snapshot.value(at, field);
    const auto& kind = snapshot.layer().fields[static_cast<std::size_t>(field)].kind;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        if (kind == FieldKind::flag && (asked == "true" || asked == "false")) return (*whole != 0) == (asked == "true");
        const auto number = to_number(asked);
        return number && *number == static_cast<double>(*whole);
    }
    if (const auto* own = std::get_if<double>(&value)) {
        const auto number = to_number(asked);
        return number && *number == *own;
    }
    return false;
}

bool crosses(geo::Point a, geo::Point b, const geo::Box& box) {
    double from = 0, to = 1;
    const auto dx = b.lon - a.lon, dy = b.lat - a.lat;
    const double towards[] = {-dx, dx, -dy, dy}, room[] = {a.lon - box.west, box.east - a.lon, a.lat - box.south, box.north - a.lat};
    for (int side = 0; side < 4; ++side) {
        if (towards[side] == 0 && room[side] < 0) return false;
        if (towards[side] < 0) from = std::max(from, room[side] / towards[side]);
        if (towards[side] > 0) to = std::min(to, room[side] / towards[side]);
    }
    return from <= to;
}

// The geometry itself, not only its box.
bool meets(const LayerSnapshot::Shape& shape, const geo::Box& box) {
    bool is_around = false; // an area that holds the box's corner
    for (const auto& line : shape.lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            const auto a = to_degrees(line[i]), b = to_degrees(line[std::min(i + 1, line.size() - 1)]);
            if (crosses(a, b, box)) return true;
            if ((a.lat > box.south) != (b.lat > box.south) && a.lon + (box.south - a.lat) * (b.lon - a.lon) / (b.lat - a.lat) > box.west) is_around = !is_around;
        }
    }
    return is_around && (shape.kind == Kind::polygon || shape.kind == Kind::multi_polygon);
}

// A box over the antimeridian is one on each side of it.
std::vector<geo::Box> halves_of(const geo::Box& box) {
    if (box.west <= box.east) return {box};
    return {{box.west, box.south, 180, box.north}, {-180, box.south, box.east, box.north}};
}

class Filter {
public:
    Filter(const LayerSnapshot& snapshot, const ItemsQuery& query)
        : snapshot_(snapshot), query_(query), changed_(date_field(snapshot.layer(), "changed_date")), initial_(date_field(snapshot.layer(), "initial_date")) {}

    bool takes(std::size_t at) const {
        for (const auto& [field, asked] : query_.equals)
            if (!is_equal(snapshot_, at, field, asked)) return false;
        if (!query_.has_time) return true;
        auto date = changed_ < 0 ? std::nullopt : snapshot_.text(at, changed_);
        if (!date && initial_ >= 0) date = snapshot_.text(at, initial_);
        if (!date || date->empty()) return true;
        return (query_.from_date.empty() || *date >= query_.from_date) && (query_.to_date.empty() || *date <= query_.to_date);
    }
    bool takes_all() const { return query_.equals.empty() && !query_.has_time; }

private:
    const LayerSnapshot& snapshot_;
    const ItemsQuery& query_;
    int changed_, initial_;
};

void append_number(std::string& out, double number) {
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof(text), number);
    out.append(text, end);
}

// Writes coordinates in a system, in its own order of axes.
class CoordinateWriter {
public:
    CoordinateWriter(std::string& out, const OgcCrs& crs) : out_(out), crs_(crs), is_identity_(crs.is_degrees) {}

    void line(std::span<const FixedPoint> points) {
        out_ += '[';
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (i > 0) out_ += ',';
            point(points[i]);
        }
        out_ += ']';
    }

    void point(FixedPoint at) {
        auto place = to_degrees(at);
        if (!is_identity_) {
            place = system().from_cgcs2000(place);
            // 0.1 mm, finer than what is stored.
            place = {std::round(place.lon * 1e4) / 1e4, std::round(place.lat * 1e4) / 1e4};
        }
        out_ += '[';
        append_number(out_, crs_.is_north_first ? place.lat : place.lon);
        out_ += ',';
        append_number(out_, crs_.is_north_first ? place.lon : place.lat);
        out_ += ']';
    }

private:
    const geo::CoordinateSystem& system() {
        if (!system_) system_ = system_of(crs_);
        return *system_;
    }
    std::string& out_;
    const OgcCrs& crs_;
    bool is_identity_;
    std::optional<geo::CoordinateSystem> system_;
};

void append_geometry(std::string& out, const LayerSnapshot::Shape& shape, const OgcCrs& crs) {
    if (shape.kind == Kind::none) {
        out += "null";
        return;
    }
    constexpr const char* names[] = {"", "Point", "LineString", "Polygon", "MultiLineString", "MultiPolygon"};
    out += R"({"type":")";
    out += names[static_cast<int>(shape.kind)];
    out += R"(","coordinates":)";
    CoordinateWriter writer(out, crs);
    const auto lines = [&](std::size_t first, std::size_t end) {
        out += '[';
        for (auto i = first; i < end; ++i) {
            if (i > first) out += ',';
            writer.line(shape.lines[i]);
        }
        out += ']';
    };
    if (shape.kind == Kind::point) writer.point(shape.lines[0][0]);
    else if (shape.kind == Kind::line) writer.line(shape.lines[0]);
    else if (shape.kind != Kind::multi_polygon) lines(0, shape.lines.size());
    else {
        out += '[';
        std::size_t ring = 0;
        for (std::size_t i = 0; i < shape.parts.size(); ++i) {
            if (i > 0) out += ',';
            lines(ring, ring + static_cast<std::size_t>(shape.parts[i]));
            ring += static_cast<std::size_t>(shape.parts[i]);
        }
        out += ']';
    }
    out += '}';
}

} // namespace

const std::vector<OgcCrs>& ogc_systems() {
    static const std::vector<OgcCrs> systems{{"http://www.opengis.net/def/crs/OGC/1.3/CRS84", "wgs84", false, true},
                                             {"http://www.opengis.net/def/crs/EPSG/0/4490", "cgcs2000", true, true},
                                             {"http://www.opengis.net/def/crs/EPSG/0/4326", "wgs84", true, true},
                                             {"http://www.opengis.net/def/crs/EPSG/0/4546", "EPSG:4546", true, false},
                                             {"http://www.opengis.net/def/crs/EPSG/0/3857", "EPSG:3857", false, false}};
    return systems;
}

const OgcCrs* find_ogc_crs(std::string_view uri) {
    for (const auto& crs : ogc_systems())
        if (crs.uri == uri) return &crs;
    return nullptr;
}

std::string text_of(const registry::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    std::string out;
    if (const auto* number = std::get_if<double>(&value)) append_number(out, *number);
    return out;
}

Result<ItemsQuery> read_items_query(const http::Request& request, const Layer& layer) {
    ItemsQuery query;
    query.crs = &ogc_systems()[0];
    const auto* box_crs = &ogc_systems()[0];
    std::optional<std::string> box;
    for (const auto& [name, value] : request.query) {
        if (name == "f" || name == "lang") continue;
        if (name == "bbox") box = value;
        else if (name == "bbox-crs" || name == "crs") {
            const auto* found = find_ogc_crs(value);
            if (found == nullptr) return bad(name);
            (name == "crs" ? query.crs : box_crs) = found;
        } else if (name == "datetime") {
            TRY(read_time(value, query));
        } else if (name == "limit") {
            const auto number = to_number(value);
            if (!number || *number < 1 || *number != std::floor(*number)) return bad(name);
            query.limit = static_cast<int>(std::min<double>(*number, ogc_limit_most)); // more than the most gets the most
        } else if (name == "page") {
            TRY(read_token(value, query));
        } else {
            const auto field = layer.field_index(name);
            if (field < 0 || layer.fields[static_cast<std::size_t>(field)].is_restricted) return fail("ogc_unknown_parameter", {{"name", name}});
            query.equals.emplace_back(field, value);
        }
    }
    if (box) {
        TRY_ASSIGN(degrees, read_box(*box, *box_crs));
        query.box = degrees;
    }
    return query;
}

ItemsPage find_items(const SortedLayer& sorted, const ItemsQuery& query) {
    const auto& snapshot = *sorted.snapshot;
    const Filter filter(snapshot, query);
    const auto by_id = [&](auto a, auto b) { return snapshot.id(a) < snapshot.id(b); };
    std::vector<std::uint32_t> found;
    const std::vector<std::uint32_t>* all = &sorted.order;
    if (query.box) {
        LayerSnapshot::Shape shape;
        for (const auto& box : halves_of(*query.box))
            snapshot.visit(box, [&](std::size_t at) {
                snapshot.shape(at, shape);
                if ((shape.kind == Kind::point || meets(shape, box)) && filter.takes(at)) found.push_back(static_cast<std::uint32_t>(at));
                return true;
            });
        std::sort(found.begin(), found.end(), by_id);
        found.erase(std::unique(found.begin(), found.end()), found.end()); // what reaches into both halves
        all = &found;
    } else if (!filter.takes_all()) {
        for (const auto at : sorted.order)
            if (filter.takes(at)) found.push_back(at);
        all = &found;
    }
    ItemsPage page;
    page.matched = static_cast<std::int64_t>(all->size());
    const auto begin = query.after.empty() ? all->begin()
                                           : std::upper_bound(all->begin(), all->end(), std::string_view(query.after),
                                                              [&](std::string_view after, auto at) { return after < snapshot.id(at); });
    const auto count = std::min<std::ptrdiff_t>(query.limit, all->end() - begin);
    page.at.assign(begin, begin + count);
    page.has_more = begin + count != all->end();
    return page;
}

void append_feature(std::string& out, const LayerSnapshot& snapshot, std::size_t at, const OgcCrs& crs) {
    const auto& layer = snapshot.layer();
    out += R"({"type":"Feature","id":)" + json_quote(snapshot.id(at)) + R"(,"geometry":)";
    thread_local LayerSnapshot::Shape shape;
    snapshot.shape(at, shape);
    append_geometry(out, shape, crs);
    out += R"(,"properties":{)";
    bool is_first = true;
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        const Field& field = layer.fields[i];
        if (field.is_restricted || (field.name == "id" && field.name == layer.id_field)) continue; // the id stands above
        if (!is_first) out += ',';
        is_first = false;
        out += json_quote(field.name) + ':';
        if (const auto text = snapshot.text(at, static_cast<int>(i))) {
            out += json_quote(*text);
            continue;
        }
        const auto value = snapshot.value(at, static_cast<int>(i));
        if (const auto* whole = std::get_if<std::int64_t>(&value)) out += field.kind == FieldKind::flag ? (*whole != 0 ? "true" : "false") : std::to_string(*whole);
        else if (const auto* number = std::get_if<double>(&value)) append_number(out, *number);
        else if (const auto* text = std::get_if<std::string>(&value)) out += json_quote(*text);
        else out += "null";
    }
    out += "}}";
}

} // namespace chengge::maps
