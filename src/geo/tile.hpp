// Vector tiles (Mapbox Vector Tile 2.1) in Web Mercator: degrees → a tile's own grid, clipped, simplified, encoded.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "geo/geometry.hpp"

namespace chengge::geo {

constexpr int tile_extent = 4096;     // a tile's grid is 0 … 4,096 from its north-west corner, y to the south
constexpr int tile_zoom_most = 22;
constexpr double mercator_lat_most = 85.0511287798066;

struct TileId {
    int z = 0, x = 0, y = 0;
    bool is_valid() const { return z >= 0 && z <= tile_zoom_most && x >= 0 && y >= 0 && x < 1 << z && y < 1 << z; }
};

// Web Mercator with the world as the square 0 … 1, y to the south; latitudes beyond ±85.05° lie outside it.
struct PlanePoint {
    double x = 0, y = 0;
    bool operator==(const PlanePoint&) const = default;
};
PlanePoint to_world(Point point);
Point from_world(PlanePoint point);
// What a tile shows and `buffer` units of its grid around, in degrees.
Box tile_box(TileId tile, double buffer = 0);
// The tile of a zoom that holds a point.
TileId tile_at(Point point, int z);

// Where an area's name stands: its centroid when that lies inside, else the middle of the widest stretch of the parallel through it.
Point label_point(const Polygon& polygon);

// Degrees → the grid of one tile. Good to 1e-4 of a unit; from zoom 10 on by a polynomial about the tile's middle.
class TileFrame {
public:
    explicit TileFrame(TileId tile);
    // Coordinates times 1e7.
    PlanePoint place(std::int32_t lon, std::int32_t lat) const {
        const auto x = lon * x_unit_ - x_shift_;
        if (!is_near_) return {x, far_y(lat)};
        const auto d = (lat - middle_lat_) * 1e-7;
        return {x, c_[0] + d * (c_[1] + d * (c_[2] + d * (c_[3] + d * (c_[4] + d * c_[5]))))};
    }

private:
    double far_y(std::int32_t lat) const;
    TileId tile_;
    double scale_ = 1, x_unit_ = 1, x_shift_ = 0, middle_lat_ = 0;
    bool is_near_ = false;
    std::array<double, 6> c_{};
};

// The commands of one feature's geometry (§4.3): clipped to the tile and its buffer, rounded, without points twice in a
// row, without rings of no area; outer rings clockwise on the screen, inner ones against it.
class TileGeometry {
public:
    // `tolerance` in units: how far a simplified line may leave the true one; 0 = only what rounding takes.
    explicit TileGeometry(int buffer, double tolerance = 0) : low_(-buffer), high_(tile_extent + buffer), tolerance_(tolerance) {}
    void clear();
    void add_point(PlanePoint point);
    void add_line(std::span<const PlanePoint> line);
    void add_polygon_ring(std::span<const PlanePoint> ring, bool is_outer); // closed; outer first, then its holes
    bool is_empty() const { return commands_.empty(); }
    const std::vector<std::uint32_t>& commands() const { return commands_; }

private:
    struct Whole {
        std::int32_t x, y;
        bool operator==(const Whole&) const = default;
    };
    void emit_line(std::span<const PlanePoint> piece);
    void round(std::span<const PlanePoint> line, bool is_ring);
    void move_to(Whole to);
    void line_to(std::size_t first, std::size_t end);
    double low_, high_, tolerance_;
    std::vector<std::uint32_t> commands_;
    Whole cursor_{0, 0};
    bool has_outer_ = false;
    std::vector<PlanePoint> clipped_, other_, simple_; // used again and again
    std::vector<Whole> whole_;
};

enum class TileShape { point = 1, line = 2, polygon = 3 };

// Bytes that grow at their end; the thread keeps the memory of those that are gone for the next ones.
class TileBytes {
public:
    TileBytes();
    ~TileBytes();
    TileBytes(TileBytes&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)), capacity_(std::exchange(other.capacity_, 0)) {}
    TileBytes& operator=(TileBytes&&) = delete;
    // Where up to `most` more bytes may be written; `end_at` says where they ended.
    char* room(std::size_t most) {
        if (capacity_ - size_ < most) grow(most);
        return bytes_.get() + size_;
    }
    void end_at(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.get()); }
    const char* data() const { return bytes_.get(); }
    std::size_t size() const { return size_; }

private:
    void grow(std::size_t most);
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0, capacity_ = 0;
};

// One layer of a tile being written. Numbers of keys and values are those of add_key and add_value.
class TileLayerWriter {
public:
    explicit TileLayerWriter(std::string_view name);
    std::uint32_t add_key(std::string_view name);
    // Each call a value of its own; a caller that numbers its values asks once for each.
    std::uint32_t add_text(std::string_view text);
    std::uint32_t add_whole(std::int64_t number);
    std::uint32_t add_number(double number);
    // Equal numbers get one value.
    std::uint32_t whole_number(std::int64_t number);
    // `tags`: key, value, key, value, …
    void add_feature(TileShape shape, std::span<const std::uint32_t> tags, std::span<const std::uint32_t> commands);
    std::size_t bytes() const { return features_.size() + values_.size(); }
    std::size_t feature_count() const { return count_; }
    // The layer as a whole tile; layers of a tile are tiles put one behind the other. Empty when there is no feature.
    std::string finish();

private:
    std::string name_, keys_;
    TileBytes features_, values_;
    std::uint32_t key_count_ = 0, value_count_ = 0;
    std::size_t count_ = 0;
    std::unordered_map<std::int64_t, std::uint32_t> wholes_;
};

} // namespace chengge::geo
