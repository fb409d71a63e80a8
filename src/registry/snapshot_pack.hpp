// The packed, sorted part of a snapshot: columns, coordinates and a tree of boxes. Of the module alone;
// others see LayerSnapshot.
#pragma once

#include <limits>
#include <unordered_map>

#include "registry/layer_snapshot.hpp"

namespace chengge::registry {

struct FixedBox {
    std::int32_t west = std::numeric_limits<std::int32_t>::max(), south = std::numeric_limits<std::int32_t>::max();
    std::int32_t east = std::numeric_limits<std::int32_t>::min(), north = std::numeric_limits<std::int32_t>::min();
    void add(FixedPoint point);
    void add(const FixedBox& other);
    bool is_empty() const { return west > east; }
    bool meets(const FixedBox& other) const {
        return west <= other.east && other.west <= east && south <= other.north && other.south <= north;
    }
};

// The fixed coordinates whose degrees lie in `box`, exactly: a comparison in degrees and one in whole numbers agree.
FixedBox to_fixed(const geo::Box& box);
geo::Box to_degrees(const FixedBox& box);

// One geometry, flattened: rings or lines one after the other.
struct FlatGeometry {
    LayerSnapshot::Shape::Kind kind = LayerSnapshot::Shape::Kind::none;
    std::vector<FixedPoint> points;
    std::vector<std::uint32_t> line_ends; // in points
    std::vector<int> parts;               // of a multi_polygon: rings of each
    FixedBox box;
};
FlatGeometry flatten(const std::optional<geo::Geometry>& geometry);
std::optional<geo::Geometry> unflatten(const LayerSnapshot::Shape& shape);

// Whole numbers from 0 to a most, in as few bytes each as hold it.
class PackedNumbers {
public:
    PackedNumbers() = default;
    PackedNumbers(PackedNumbers&&) = default; // `from_` stays right: moved bytes do not move
    PackedNumbers& operator=(PackedNumbers&&) = default;
    void assign(std::size_t count, std::uint64_t most);
    void set(std::size_t at, std::uint64_t number); // before they are interleaved
    std::uint64_t get(std::size_t at) const;
    int width() const { return width_; } // bytes of each: 0 (all are 0), 1, 2, 4, 8
    // Puts those of each place side by side: who asks for all columns of a place meets one line of the cache instead of one
    // for each column. Each of `all` has as many numbers.
    static void interleave(std::span<PackedNumbers* const> all, std::size_t count);
    std::size_t bytes() const { return bytes_.capacity() + (rows_ && is_first_ ? rows_->capacity() : 0); }

private:
    int width_ = 0;
    std::size_t stride_ = 0;
    const std::uint8_t* from_ = nullptr;
    std::vector<std::uint8_t> bytes_;
    std::shared_ptr<const std::vector<std::uint8_t>> rows_;
    bool is_first_ = false; // of those that share the rows
};

// Texts one behind the other.
class TextArena {
public:
    void add(std::string_view text);
    std::string_view get(std::size_t at) const { return std::string_view(bytes_).substr(ends_[at], ends_[at + 1] - ends_[at]); }
    std::size_t size() const { return ends_.size() - 1; }
    void reserve(std::size_t texts, std::size_t bytes);
    std::size_t byte_count() const { return bytes_.size(); }
    std::size_t bytes() const { return bytes_.capacity() + ends_.capacity() * sizeof(std::uint32_t); }

private:
    std::string bytes_;
    std::vector<std::uint32_t> ends_{0};
};

// One attribute of every feature.
struct Column {
    // nothing: all are empty. same_as_id: the feature's id. numbered: a dictionary. arena: texts nearly all different.
    // whole: lowest + number − 1, 0 = none. number: doubles of which nearly all differ; a NaN = none.
    enum class Kind : std::uint8_t { nothing, same_as_id, numbered, arena, whole, number, numbered_number } kind = Kind::nothing;
    PackedNumbers numbers;
    TextArena texts; // the dictionary, in byte order; or of the arena one for each feature, whose presence `numbers` tells
    std::vector<double> doubles; // the dictionary or one for each feature
    std::int64_t lowest = 0;
    std::unordered_map<std::uint32_t, Value> odd; // values of another type than the field's

    Value get(std::size_t at, std::string_view id) const;
    std::optional<std::string_view> text(std::size_t at, std::string_view id) const;
    // Of a column of few kinds: 0 for none, else 1 + place in the dictionary or 1 + what it is above the lowest; −1 otherwise.
    int number(std::size_t at) const;
    int find_number(std::string_view text) const; // −1 when not in the dictionary
    std::size_t bytes() const;
};

// Immutable once built.
struct Pack {
    std::size_t count = 0;
    std::size_t boxed = 0; // features that have a box come first
    TextArena ids;
    std::vector<std::uint32_t> places; // of ids by hash, open addressing, 1 + place; 0 = free
    std::vector<FixedPoint> points;    // of a point: itself; of other kinds: lon is the index in `shapes`
    std::vector<LayerSnapshot::Shape::Kind> kinds; // empty when all are points
    struct ShapeRow {
        std::uint32_t first_line = 0, line_count = 0, first_part = 0, part_count = 0;
        FixedBox box;
    };
    std::vector<ShapeRow> shapes;
    std::vector<std::uint64_t> line_ends; // one more in front
    std::vector<FixedPoint> coordinates;
    std::vector<int> parts;
    std::vector<Column> columns;
    // Boxes of runs of `leaf_size` features, then of `fan_out` of those, and so on; the last level has one box.
    std::vector<std::vector<FixedBox>> levels;
    static constexpr std::size_t leaf_size = 32, fan_out = 16;

    LayerSnapshot::Shape::Kind kind(std::size_t at) const { return kinds.empty() ? LayerSnapshot::Shape::Kind::point : kinds[at]; }
    FixedBox box(std::size_t at) const;
    void shape(std::size_t at, LayerSnapshot::Shape& shape) const;
    std::optional<std::size_t> find(std::string_view id) const;
    // False from the visitor ends it, and is returned.
    bool visit(const FixedBox& box, const std::function<bool(std::size_t)>& visitor) const;
    void visit_runs(const FixedBox& box, const std::function<bool(const geo::Box&)>& is_whole,
                    const std::function<void(const geo::Box&, std::size_t, std::int64_t)>& take) const;
    std::size_t bytes() const;
};

// Takes features one by one and packs them; what it holds meanwhile is about twice the packed size.
class PackBuilder {
public:
    explicit PackBuilder(std::shared_ptr<const Layer> layer);
    ~PackBuilder();
    void add(const Feature& feature);
    std::shared_ptr<const Pack> finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace chengge::registry
