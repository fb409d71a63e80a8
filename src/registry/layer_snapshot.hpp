// One version of a layer in memory: immutable, small, sorted along a Hilbert curve so that neighbours lie together.
// Coordinates are kept to 1e-7 degrees (1.1 cm), which is also what the registry stores: export → import is the identity.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "geo/geometry.hpp"
#include "registry/layer.hpp"

namespace chengge::registry {

// Nothing, a whole number, a number, a text (also dates and codes). Flags are 0 and 1.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Feature {
    std::string id;
    std::optional<geo::Geometry> geometry;
    std::vector<Value> values; // one for each of the layer's fields, in their order
};

// A coordinate times 1e7.
struct FixedPoint {
    std::int32_t lon = 0, lat = 0;
    bool operator==(const FixedPoint&) const = default;
};
inline geo::Point to_degrees(FixedPoint point) { return {point.lon / 1e7, point.lat / 1e7}; }
FixedPoint to_fixed(geo::Point point); // rounds half away from zero

class LayerSnapshot {
public:
    // Sorts and packs; ids must be unique.
    static std::shared_ptr<const LayerSnapshot> make(std::shared_ptr<const Layer> layer, std::int64_t version, std::int64_t changed_ms,
                                                     std::vector<Feature> features);
    // The same with some features put (new or in the place of one of the same id) and some taken away. Shares what it can
    // with `this`; O(changes) but for every some thousandth, which packs anew.
    std::shared_ptr<const LayerSnapshot> with(std::int64_t version, std::int64_t changed_ms, std::vector<Feature> puts,
                                              std::span<const std::string> removed) const;
    // The same for very many puts, which come in pages (the last is empty) of ids that are put once each; packed once.
    std::shared_ptr<const LayerSnapshot> with_pages(std::int64_t version, std::int64_t changed_ms, const std::function<std::vector<Feature>()>& next_page) const;

    const Layer& layer() const;
    std::int64_t version() const;
    std::int64_t changed_ms() const;
    std::size_t size() const;  // features in force
    geo::Box bounds() const;   // of all geometries; west > east when there is none

    // Positions are 0 … slots() − 1; not each is in force (is_there).
    std::size_t slots() const;
    bool is_there(std::size_t at) const;
    std::optional<std::size_t> find(std::string_view id) const;
    std::string_view id(std::size_t at) const;
    geo::Box box(std::size_t at) const;
    // The packed geometry: kind, and rings or lines as spans of fixed points. Points have one span of one point.
    struct Shape {
        enum class Kind : std::uint8_t { none, point, line, polygon, multi_line, multi_polygon } kind = Kind::none;
        // Of a polygon: its rings, outer first; of a multi_polygon `parts` says how many rings each has.
        std::vector<std::span<const FixedPoint>> lines;
        std::vector<int> parts;
    };
    Shape shape(std::size_t at) const;
    void shape(std::size_t at, Shape& out) const; // the same into one that is used again and again
    // Of points without making a Shape; asserts that it is one.
    FixedPoint point(std::size_t at) const;
    std::optional<geo::Geometry> geometry(std::size_t at) const;
    Value value(std::size_t at, int field) const;
    // Values of few different kinds are numbered: equal numbers, equal values. −1 when this one is not kept so.
    int value_number(std::size_t at, int field) const;
    // Of a text, date or code without copying it; nothing when there is none. Lives as long as the snapshot.
    std::optional<std::string_view> text(std::size_t at, int field) const;
    Feature feature(std::size_t at) const;

    // Every feature in force whose box meets `box`, in the snapshot's order; false from the visitor ends it.
    void visit(const geo::Box& box, const std::function<bool(std::size_t)>& visitor) const;
    // How many lie where, without looking at each: goes down the tree of boxes and stops where `is_whole` says that a run's
    // box needs no closer look. `take` gets the box, one feature of the run and how many there are; afterwards, with −1,
    // each feature that a later version took away (its run counted it). For counts and clusters of millions.
    void visit_runs(const geo::Box& box, const std::function<bool(const geo::Box&)>& is_whole,
                    const std::function<void(const geo::Box&, std::size_t at, std::int64_t count)>& take) const;
    std::size_t bytes() const; // what it holds in memory

    // For the module: others make one by `make`, `with` or the builder.
    struct State;
    explicit LayerSnapshot(std::shared_ptr<const State> state) : state_(std::move(state)) {}

private:
    std::shared_ptr<const State> state_;
};

// Packs features as they come, so that a million of them never lie in memory unpacked; what `make` does of a vector.
class SnapshotBuilder {
public:
    explicit SnapshotBuilder(std::shared_ptr<const Layer> layer);
    ~SnapshotBuilder();
    SnapshotBuilder(SnapshotBuilder&&) noexcept;
    void add(const Feature& feature); // as many values as the layer has fields; ids must be unique
    // Once; the builder is empty afterwards.
    std::shared_ptr<const LayerSnapshot> finish(std::int64_t version, std::int64_t changed_ms);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace chengge::registry
