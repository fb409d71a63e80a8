#include "maps/layer_tile.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

namespace chengge::maps {

namespace {

using registry::FixedPoint;
using registry::LayerSnapshot;
using Shape = LayerSnapshot::Shape;

constexpr int buffer = 64;
constexpr int squares = 8; // of clusters along a tile's side: 64 pixels of the screen

// What tells a value's number in a tile by its number in the snapshot, one for each column. Kept by the thread from tile to
// tile, so that a tile of a few features costs nothing for a dictionary of thousands.
class KnownValues {
public:
    KnownValues() : own_(spare().empty() ? std::make_unique<Own>() : std::move(spare().back())) {
        if (!spare().empty()) spare().pop_back();
        if (++own_->tile == 0) *own_ = {1, {}};
    }
    ~KnownValues() { spare().push_back(std::move(own_)); }
    KnownValues(const KnownValues&) = delete;
    KnownValues& operator=(const KnownValues&) = delete;

    // Asks for a value that this tile has not had.
    template <class Find>
    std::uint32_t find(std::size_t column, std::size_t number, Find&& find) {
        if (column >= own_->columns.size()) own_->columns.resize(column + 1);
        auto& known = own_->columns[column];
        if (number >= known.size()) known.resize(number + 1);
        auto& one = known[number];
        if (one.tile != own_->tile) one = {own_->tile, find()};
        return one.value;
    }

private:
    struct Known {
        std::uint32_t tile = 0, value = 0;
    };
    struct Own {
        std::uint32_t tile = 0;
        std::vector<std::vector<Known>> columns;
    };
    static std::vector<std::unique_ptr<Own>>& spare() {
        thread_local std::vector<std::unique_ptr<Own>> all;
        return all;
    }
    std::unique_ptr<Own> own_;
};

// The attributes of one layer of one tile: a number of a dictionary becomes the number of a tile's value by one look.
class Attributes {
public:
    Attributes(const LayerSnapshot& snapshot, geo::TileLayerWriter& writer, bool is_whole) : snapshot_(snapshot), writer_(writer) {
        const auto& layer = snapshot.layer();
        const auto id_field = std::max(0, layer.field_index(layer.id_field));
        for (std::size_t i = 0; i < layer.fields.size(); ++i) {
            const auto& field = layer.fields[i];
            const auto is_id = static_cast<int>(i) == id_field;
            if (!is_id && (field.is_restricted || !(is_whole || field.is_in_tiles))) continue;
            columns_.push_back({static_cast<int>(i), writer.add_key(field.name), is_id});
        }
        tags_.reserve(columns_.size() * 2);
    }

    std::span<const std::uint32_t> tags(std::size_t at) {
        tags_.clear();
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const auto& column = columns_[i];
            std::uint32_t value = none;
            if (column.is_id) value = writer_.add_text(snapshot_.id(at)); // no other feature has it
            else if (const auto number = snapshot_.value_number(at, column.field); number >= 0)
                value = known_.find(i, static_cast<std::size_t>(number), [&] { return add(at, column.field); });
            else value = add(at, column.field); // kept one for each feature because nearly all differ
            if (value == none) continue;
            tags_.push_back(column.key);
            tags_.push_back(value);
        }
        return tags_;
    }

private:
    struct Column {
        int field;
        std::uint32_t key;
        bool is_id;
    };
    static constexpr std::uint32_t none = 0xffffffff;

    std::uint32_t add(std::size_t at, int field) {
        if (const auto text = snapshot_.text(at, field)) return writer_.add_text(*text);
        const auto value = snapshot_.value(at, field);
        if (const auto* whole = std::get_if<std::int64_t>(&value)) return writer_.add_whole(*whole);
        if (const auto* number = std::get_if<double>(&value)) return writer_.add_number(*number);
        return none;
    }

    const LayerSnapshot& snapshot_;
    geo::TileLayerWriter& writer_;
    KnownValues known_;
    std::vector<Column> columns_;
    std::vector<std::uint32_t> tags_;
};

// Puts one feature after the other into a tile.
class Painter {
public:
    Painter(const LayerSnapshot& snapshot, geo::TileId tile, const LayerTileOptions& options)
        : snapshot_(snapshot), writer_(snapshot.layer().id), attributes_(snapshot, writer_, options.is_whole), frame_(tile),
          geometry_(buffer, options.is_whole ? 0 : options.tolerance) {}

    void paint(std::size_t at) {
        geometry_.clear();
        snapshot_.shape(at, shape_);
        geo::TileShape kind = geo::TileShape::polygon;
        switch (shape_.kind) {
        case Shape::Kind::none: return;
        case Shape::Kind::point: {
            const auto point = shape_.lines[0][0];
            geometry_.add_point(frame_.place(point.lon, point.lat));
            kind = geo::TileShape::point;
            break;
        }
        case Shape::Kind::line:
        case Shape::Kind::multi_line:
            for (const auto& line : shape_.lines) geometry_.add_line(place(line));
            kind = geo::TileShape::line;
            break;
        case Shape::Kind::polygon:
            for (std::size_t i = 0; i < shape_.lines.size(); ++i) geometry_.add_polygon_ring(place(shape_.lines[i]), i == 0);
            break;
        case Shape::Kind::multi_polygon: {
            std::size_t ring = 0;
            for (const auto rings : shape_.parts)
                for (int i = 0; i < rings; ++i) geometry_.add_polygon_ring(place(shape_.lines[ring++]), i == 0);
            break;
        }
        }
        if (!geometry_.is_empty()) writer_.add_feature(kind, attributes_.tags(at), geometry_.commands());
    }

    geo::TileLayerWriter& writer() { return writer_; }

private:
    std::span<const geo::PlanePoint> place(std::span<const FixedPoint> line) {
        placed_.clear();
        for (const auto& point : line) placed_.push_back(frame_.place(point.lon, point.lat));
        return placed_;
    }

    const LayerSnapshot& snapshot_;
    geo::TileLayerWriter writer_;
    Attributes attributes_;
    geo::TileFrame frame_;
    geo::TileGeometry geometry_;
    Shape shape_;
    std::vector<geo::PlanePoint> placed_;
};

// Which features are of a class that is not left out; a class's number is looked up once.
class ClassChoice {
public:
    ClassChoice(const LayerSnapshot& snapshot, const std::vector<std::string>& without) : snapshot_(snapshot), without_(without), field_(without.empty() ? -1 : snapshot.layer().field_index(snapshot.layer().class_field)) {}
    bool is_all() const { return field_ < 0; }
    bool has(std::size_t at) {
        if (field_ < 0) return true;
        const auto number = snapshot_.value_number(at, field_);
        if (number < 0) return is_wanted(at);
        if (static_cast<std::size_t>(number) >= known_.size()) known_.resize(static_cast<std::size_t>(number) + 1, unknown);
        auto& known = known_[static_cast<std::size_t>(number)];
        if (known == unknown) known = is_wanted(at) ? wanted : left_out;
        return known == wanted;
    }

private:
    enum Known : char { unknown, wanted, left_out };
    bool is_wanted(std::size_t at) const {
        const auto code = snapshot_.text(at, field_);
        return !code || std::find(without_.begin(), without_.end(), *code) == without_.end();
    }
    const LayerSnapshot& snapshot_;
    const std::vector<std::string>& without_;
    int field_;
    std::vector<Known> known_;
};

struct Square {
    std::int64_t count = 0;
    double lon = 0, lat = 0; // sums over features
    std::size_t at = 0;
};

// Which square of the whole world's grid a place lies in: by borders that are the same for every tile, so that none is counted
// twice. Millions are asked for one tile, so a latitude is compared with borders instead of projected.
class Squares {
public:
    explicit Squares(geo::TileId tile) : first_column_(static_cast<long>(tile.x) * squares), side_(std::ldexp(static_cast<double>(squares), tile.z)), own_(squares * squares) {
        for (int i = 0; i <= squares; ++i) borders_[i] = geo::from_world({0, static_cast<double>(static_cast<long>(tile.y) * squares + i) / side_}).lat;
        rows_per_degree_ = squares / (borders_[0] - borders_[squares]);
    }

    // Of a box: its square when it lies in one, −1 when it lies outside the tile, −2 when in several.
    int find(const geo::Box& box) const {
        const auto x = column(box.west), x2 = column(box.east);
        if (x2 < 0 || x >= squares) return -1;
        const auto y = row(box.north), y2 = row(box.south);
        if (y2 < 0 || y >= squares) return -1;
        return x == x2 && y == y2 ? static_cast<int>(y * squares + x) : -2;
    }

    void add(const geo::Box& box, std::size_t at, std::int64_t count) {
        const geo::Point middle{(box.west + box.east) / 2, (box.south + box.north) / 2};
        auto square = find(box);
        // A feature of some extent lies where its middle is.
        if (square < -1) square = find({middle.lon, middle.lat, middle.lon, middle.lat});
        if (square < 0) return;
        auto& own = own_[static_cast<std::size_t>(square)];
        own.count += count;
        own.lon += static_cast<double>(count) * middle.lon;
        own.lat += static_cast<double>(count) * middle.lat;
        if (count > 0) own.at = at;
    }

    const std::vector<Square>& all() const { return own_; }

private:
    long column(double lon) const { return static_cast<long>(std::floor((lon / 360 + 0.5) * side_)) - first_column_; }
    int row(double lat) const {
        if (lat > borders_[0]) return -1;
        if (lat <= borders_[squares]) return squares;
        auto row = std::min(static_cast<int>((borders_[0] - lat) * rows_per_degree_), squares - 1);
        while (lat > borders_[row]) --row;
        while (lat <= borders_[row + 1]) ++row;
        return row;
    }

    long first_column_;
    double side_, rows_per_degree_ = 1;
    double borders_[squares + 1];
    std::vector<Square> own_;
};

std::string clustered(const LayerSnapshot& snapshot, geo::TileId tile, const LayerTileOptions& options) {
    Squares gathered(tile);
    ClassChoice choice(snapshot, options.without);
    if (choice.is_all())
        snapshot.visit_runs(geo::tile_box(tile, 1), [&](const geo::Box& run) { return gathered.find(run) != -2; },
                            [&](const geo::Box& box, std::size_t at, std::int64_t count) { gathered.add(box, at, count); });
    else
        snapshot.visit(geo::tile_box(tile, 1), [&](std::size_t at) {
            if (choice.has(at)) gathered.add(snapshot.box(at), at, 1);
            return true;
        });
    Painter painter(snapshot, tile, options);
    auto& writer = painter.writer();
    const auto key = writer.add_key("cluster_count");
    geo::TileGeometry geometry(0);
    constexpr double units = static_cast<double>(geo::tile_extent) / squares;
    const auto& all = gathered.all();
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& square = all[i];
        if (square.count <= 0) continue;
        // One alone is itself, when it is still there.
        if (square.count == 1 && snapshot.is_there(square.at)) {
            painter.paint(square.at);
            continue;
        }
        const auto west = static_cast<double>(i % squares) * units, north = static_cast<double>(i / squares) * units, count = static_cast<double>(square.count);
        const auto middle = geo::to_world({square.lon / count, square.lat / count});
        const auto side = std::ldexp(static_cast<double>(geo::tile_extent), tile.z);
        geometry.clear();
        geometry.add_point({std::clamp(middle.x * side - static_cast<double>(tile.x) * geo::tile_extent, west + units / 10, west + units * 9 / 10),
                            std::clamp(middle.y * side - static_cast<double>(tile.y) * geo::tile_extent, north + units / 10, north + units * 9 / 10)});
        const std::uint32_t tags[] = {key, writer.whole_number(square.count)};
        writer.add_feature(geo::TileShape::point, tags, geometry.commands());
    }
    return writer.finish();
}

// A name would stand in each piece of an area that tiles have: here it stands in one.
class NamePainter {
public:
    NamePainter(const LayerSnapshot& snapshot, geo::TileId tile) : snapshot_(snapshot), writer_(snapshot.layer().id + "_names"), attributes_(snapshot, writer_, false), frame_(tile) {}

    void paint(std::size_t at) {
        const auto geometry = snapshot_.geometry(at);
        if (!geometry) return;
        const geo::Polygon* largest = std::get_if<geo::Polygon>(&*geometry);
        if (const auto* many = std::get_if<geo::MultiPolygon>(&*geometry))
            for (const auto& one : *many)
                if (largest == nullptr || geo::area_m2(one) > geo::area_m2(*largest)) largest = &one;
        if (largest == nullptr) return;
        const auto middle = registry::to_fixed(geo::label_point(*largest));
        const auto place = frame_.place(middle.lon, middle.lat);
        if (!(place.x >= 0 && place.x < geo::tile_extent && place.y >= 0 && place.y < geo::tile_extent)) return;
        geometry_.clear();
        geometry_.add_point(place);
        writer_.add_feature(geo::TileShape::point, attributes_.tags(at), geometry_.commands());
    }
    std::string finish() { return writer_.finish(); }

private:
    const LayerSnapshot& snapshot_;
    geo::TileLayerWriter writer_;
    Attributes attributes_;
    geo::TileFrame frame_;
    geo::TileGeometry geometry_{0};
};

// Every feature, or those of the greatest extent when there are more than `most`.
std::string painted(const LayerSnapshot& snapshot, geo::TileId tile, const LayerTileOptions& options, std::size_t most) {
    const auto box = geo::tile_box(tile, buffer + 1);
    Painter painter(snapshot, tile, options);
    if (options.is_whole) {
        snapshot.visit(box, [&](std::size_t at) {
            painter.paint(at);
            return true;
        });
        return painter.writer().finish();
    }
    struct Sized {
        double extent;
        std::size_t at;
    };
    std::vector<Sized> found;
    // Smaller than a quarter of a screen's pixel: not seen, whatever else is there.
    const auto least = (box.east - box.west) / geo::tile_extent * 2;
    ClassChoice choice(snapshot, options.without);
    snapshot.visit(box, [&](std::size_t at) {
        if (!choice.has(at)) return true;
        const auto own = snapshot.box(at);
        const auto extent = std::max(own.east - own.west, own.north - own.south);
        if (extent >= least || extent == 0) found.push_back({extent, at});
        return true;
    });
    if (found.size() > most) {
        std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(most), found.end(),
                         [](const Sized& a, const Sized& b) { return a.extent != b.extent ? a.extent > b.extent : a.at < b.at; });
        found.resize(most);
        std::sort(found.begin(), found.end(), [](const Sized& a, const Sized& b) { return a.at < b.at; });
    }
    for (const auto& each : found) {
        painter.paint(each.at);
        if (painter.writer().bytes() > options.bytes_most) break; // asked again with fewer
    }
    auto tile_bytes = painter.writer().finish();
    if (has_names(snapshot.layer()) && tile_bytes.size() <= options.bytes_most) {
        NamePainter names(snapshot, tile);
        for (const auto& each : found) names.paint(each.at);
        tile_bytes += names.finish();
    }
    return tile_bytes;
}

std::int64_t count_chosen(const LayerSnapshot& snapshot, geo::TileId tile, const std::vector<std::string>& without) {
    ClassChoice choice(snapshot, without);
    if (choice.is_all()) return count_in_tile(snapshot, tile);
    std::int64_t count = 0;
    snapshot.visit(geo::tile_box(tile), [&](std::size_t at) {
        count += choice.has(at);
        return true;
    });
    return count;
}

bool are_points(const registry::Layer& layer) { return layer.geometry == registry::GeometryKind::point || layer.geometry == registry::GeometryKind::any; }

} // namespace

bool has_names(const registry::Layer& layer) {
    const auto field = layer.name_field.empty() ? -1 : layer.field_index(layer.name_field);
    if (layer.geometry != registry::GeometryKind::polygon || field < 0 || layer.name_field == layer.id_field) return false;
    const auto& named = layer.fields[static_cast<std::size_t>(field)];
    return named.is_in_tiles && !named.is_restricted;
}

std::int64_t count_in_tile(const LayerSnapshot& snapshot, geo::TileId tile) {
    // Runs inside the tile are counted, not looked at.
    std::int64_t count = 0;
    const auto box = geo::tile_box(tile);
    const auto is_inside = [&](const geo::Box& run) { return run.west >= box.west && run.east <= box.east && run.south >= box.south && run.north <= box.north; };
    snapshot.visit_runs(box, is_inside, [&](const geo::Box&, std::size_t, std::int64_t many) { count += many; });
    return count;
}

std::string make_layer_tile(const LayerSnapshot& snapshot, geo::TileId tile, const LayerTileOptions& options) {
    if (options.is_whole) return painted(snapshot, tile, options, 0);
    const auto count = count_chosen(snapshot, tile, options.without);
    if (are_points(snapshot.layer()) && count > static_cast<std::int64_t>(options.features_most)) return clustered(snapshot, tile, options);
    for (auto most = std::size_t{20'000};; most /= 2) {
        auto bytes = painted(snapshot, tile, options, most);
        if (bytes.size() <= options.bytes_most) return bytes;
        if (are_points(snapshot.layer())) return clustered(snapshot, tile, options);
        if (most < 2) return {};
    }
}

} // namespace chengge::maps
