// Features in the order they come → columns, then everything put in Hilbert order.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <future>
#include <limits>

#include "base/assert.hpp"
#include "registry/snapshot_pack.hpp"

namespace chengge::registry {

namespace {

using Kind = LayerSnapshot::Shape::Kind;
// More different texts than this are kept one for each feature.
constexpr std::size_t dictionary_most = 65535;
// When there are so many different ones, and they are most of what came, the column is hardly a list of few.
constexpr std::size_t looked_at = 8192;

constexpr std::size_t beside_rows_min = 20'000; // from here on a thread is worth its beginning

// Place along a Hilbert curve of 65,536 × 65,536 places.
std::uint32_t hilbert(std::uint32_t x, std::uint32_t y) {
    std::uint32_t place = 0;
    for (std::uint32_t side = 1u << 15; side > 0; side /= 2) {
        const std::uint32_t right = (x & side) != 0, up = (y & side) != 0;
        place += side * side * ((3 * right) ^ up);
        if (up == 0) {
            if (right == 1) {
                x = 65535 - x;
                y = 65535 - y;
            }
            std::swap(x, y);
        }
    }
    return place;
}

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// A column while features come: texts numbered in order of first sight until there are too many.
class GrowingColumn {
public:
    explicit GrowingColumn(FieldKind field) : field_(field) {}

    void add(const Value& value, std::string_view id) {
        const auto at = static_cast<std::uint32_t>(count_++);
        const auto is_none = std::holds_alternative<std::monostate>(value);
        if (field_ == FieldKind::integer || field_ == FieldKind::flag) {
            const auto* whole = std::get_if<std::int64_t>(&value);
            wholes_.push_back(whole ? *whole : 0);
            has_.push_back(whole != nullptr);
            if (!whole && !is_none) odd_.emplace_back(at, value);
        } else if (field_ == FieldKind::number) {
            const auto* number = std::get_if<double>(&value);
            const auto is_kept = number && std::isfinite(*number);
            doubles_.push_back(is_kept ? *number : std::numeric_limits<double>::quiet_NaN());
            if (!is_kept && !is_none) odd_.emplace_back(at, value);
        } else {
            const auto* text = std::get_if<std::string>(&value);
            if (!text && !is_none) odd_.emplace_back(at, value);
            add_text(at, text, id);
        }
    }

    Column pack(const std::vector<std::uint32_t>& order) {
        Column column;
        if (field_ == FieldKind::integer || field_ == FieldKind::flag) pack_wholes(column, order);
        else if (field_ == FieldKind::number) pack_doubles(column, order);
        else pack_texts(column, order);
        if (!odd_.empty()) {
            std::vector<std::uint32_t> place(order.size());
            for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = static_cast<std::uint32_t>(i);
            for (auto& [at, value] : odd_) column.odd.emplace(place[at], std::move(value));
        }
        return column;
    }

private:
    void add_text(std::uint32_t at, const std::string* text, std::string_view id) {
        if (is_id_) {
            if (text && *text == id) return;
            is_id_ = false;
            ids_until_ = at;
        }
        if (is_arena_) {
            numbers_.push_back(text != nullptr);
            arena_.add(text ? std::string_view(*text) : std::string_view());
            return;
        }
        if (!text) {
            numbers_.push_back(0);
            return;
        }
        if (last_ != 0 && *seen_[last_ - 1] == *text) {
            numbers_.push_back(last_);
            return;
        }
        const auto [found, is_new] = dictionary_.try_emplace(*text, static_cast<std::uint32_t>(seen_.size() + 1));
        if (is_new) seen_.push_back(&found->first);
        last_ = found->second;
        numbers_.push_back(last_);
        if (seen_.size() > dictionary_most || (is_new && seen_.size() == looked_at && numbers_.size() < looked_at / 4 * 5)) become_arena();
    }

    void become_arena() {
        for (auto& number : numbers_) {
            arena_.add(number == 0 ? std::string_view() : std::string_view(*seen_[number - 1]));
            number = number != 0;
        }
        seen_.clear();
        dictionary_.clear();
        is_arena_ = true;
    }

public:
    // The first features of a column that began by repeating the ids: told apart when it stops doing so.
    std::size_t ids_until() const { return is_id_ ? 0 : ids_until_; }
    void put_ids_in_front(const TextArena& ids) {
        GrowingColumn front(field_);
        front.is_id_ = false;
        for (std::size_t i = 0; i < ids_until_; ++i) front.add(Value(std::string(ids.get(i))), {});
        for (std::size_t i = 0; i + ids_until_ < count_; ++i) {
            const auto number = numbers_[i];
            if (number == 0) front.add({}, {});
            else front.add(Value(std::string(is_arena_ ? arena_.get(i) : std::string_view(*seen_[number - 1]))), {});
        }
        front.odd_ = std::move(odd_);
        *this = std::move(front);
    }

private:
    void pack_wholes(Column& column, const std::vector<std::uint32_t>& order) const {
        std::int64_t least = std::numeric_limits<std::int64_t>::max(), most = std::numeric_limits<std::int64_t>::min();
        for (std::size_t i = 0; i < count_; ++i) {
            if (!has_[i]) continue;
            least = std::min(least, wholes_[i]);
            most = std::max(most, wholes_[i]);
        }
        if (least > most) return;
        const auto range = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
        if (range == std::numeric_limits<std::uint64_t>::max()) {
            // Both ends of the numbers: every one of them as another type would be.
            for (std::size_t i = 0; i < order.size(); ++i)
                if (has_[order[i]]) column.odd.emplace(static_cast<std::uint32_t>(i), wholes_[order[i]]);
            return;
        }
        column.kind = Column::Kind::whole;
        column.lowest = least;
        column.numbers.assign(count_, range + 1);
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto from = order[i];
            if (has_[from]) column.numbers.set(i, static_cast<std::uint64_t>(wholes_[from]) - static_cast<std::uint64_t>(least) + 1);
        }
    }

    void pack_doubles(Column& column, const std::vector<std::uint32_t>& order) const {
        std::unordered_map<std::uint64_t, std::uint32_t> numbers;
        for (const auto value : doubles_) {
            if (std::isnan(value)) continue;
            const auto number = static_cast<std::uint32_t>(numbers.size() + 1);
            if (numbers.try_emplace(std::bit_cast<std::uint64_t>(value), number).second && number > dictionary_most) break;
        }
        if (numbers.empty()) return;
        if (numbers.size() <= std::max<std::size_t>(256, std::min(dictionary_most, count_ / 4))) {
            column.kind = Column::Kind::numbered_number;
            column.doubles.resize(numbers.size());
            for (const auto& [bits, number] : numbers) column.doubles[number - 1] = std::bit_cast<double>(bits);
            column.numbers.assign(count_, numbers.size());
            for (std::size_t i = 0; i < order.size(); ++i) {
                const auto value = doubles_[order[i]];
                if (!std::isnan(value)) column.numbers.set(i, numbers.at(std::bit_cast<std::uint64_t>(value)));
            }
            return;
        }
        column.kind = Column::Kind::number;
        column.doubles.reserve(count_);
        for (const auto from : order) column.doubles.push_back(doubles_[from]);
    }

    void pack_texts(Column& column, const std::vector<std::uint32_t>& order) {
        if (is_id_) {
            column.kind = count_ == 0 ? Column::Kind::nothing : Column::Kind::same_as_id;
            return;
        }
        if (!is_arena_ && seen_.size() > std::max<std::size_t>(256, count_ / 2)) become_arena();
        if (is_arena_) {
            column.kind = Column::Kind::arena;
            column.numbers.assign(count_, 1);
            column.texts.reserve(count_, arena_.byte_count());
            for (std::size_t i = 0; i < order.size(); ++i) {
                column.numbers.set(i, numbers_[order[i]]);
                column.texts.add(arena_.get(order[i]));
            }
            return;
        }
        if (seen_.empty()) return;
        column.kind = Column::Kind::numbered;
        std::vector<std::uint32_t> sorted(seen_.size());
        for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = static_cast<std::uint32_t>(i);
        std::sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return *seen_[a] < *seen_[b]; });
        std::vector<std::uint32_t> rank(seen_.size() + 1, 0);
        for (std::size_t i = 0; i < sorted.size(); ++i) {
            column.texts.add(*seen_[sorted[i]]);
            rank[sorted[i] + 1] = static_cast<std::uint32_t>(i + 1);
        }
        column.numbers.assign(count_, seen_.size());
        for (std::size_t i = 0; i < order.size(); ++i) column.numbers.set(i, rank[numbers_[order[i]]]);
    }

    FieldKind field_;
    std::size_t count_ = 0, ids_until_ = 0;
    bool is_id_ = true, is_arena_ = false;
    std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> dictionary_;
    std::vector<const std::string*> seen_;
    std::uint32_t last_ = 0;
    std::vector<std::uint32_t> numbers_; // from the first that is not its feature's id
    TextArena arena_;
    std::vector<std::int64_t> wholes_;
    std::vector<bool> has_;
    std::vector<double> doubles_;
    std::vector<std::pair<std::uint32_t, Value>> odd_;
};

// Geometries as they came.
struct Shapes {
    std::vector<FixedPoint> points;
    std::vector<Kind> kinds;
    std::vector<Pack::ShapeRow> rows;
    std::vector<std::uint64_t> line_ends{0};
    std::vector<FixedPoint> coordinates;
    std::vector<int> parts;

    void add(const std::optional<geo::Geometry>& geometry) {
        if (geometry) {
            if (const auto* point = std::get_if<geo::Point>(&*geometry)) {
                points.push_back(to_fixed(*point));
                kinds.push_back(Kind::point);
                return;
            }
        }
        const auto flat = flatten(geometry);
        kinds.push_back(flat.kind);
        points.push_back({static_cast<std::int32_t>(rows.size()), 0});
        if (flat.kind == Kind::none) return;
        rows.push_back({static_cast<std::uint32_t>(line_ends.size() - 1), static_cast<std::uint32_t>(flat.line_ends.size()),
                        static_cast<std::uint32_t>(parts.size()), static_cast<std::uint32_t>(flat.parts.size()), flat.box});
        const auto first = coordinates.size();
        coordinates.insert(coordinates.end(), flat.points.begin(), flat.points.end());
        for (const auto end : flat.line_ends) line_ends.push_back(first + end);
        parts.insert(parts.end(), flat.parts.begin(), flat.parts.end());
    }

    FixedBox box(std::size_t at) const {
        if (kinds[at] == Kind::none) return {};
        if (kinds[at] == Kind::point) return {points[at].lon, points[at].lat, points[at].lon, points[at].lat};
        return rows[static_cast<std::uint32_t>(points[at].lon)].box;
    }
};

// Features without a box come last.
std::vector<std::uint32_t> hilbert_order(const Shapes& shapes) {
    FixedBox all;
    const auto count = shapes.kinds.size();
    for (std::size_t i = 0; i < count; ++i)
        if (const auto box = shapes.box(i); !box.is_empty()) all.add(box);
    const auto width = std::max(1.0, static_cast<double>(all.east) - all.west), height = std::max(1.0, static_cast<double>(all.north) - all.south);
    std::vector<std::uint64_t> keys(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto box = shapes.box(i);
        std::uint64_t place = std::numeric_limits<std::uint32_t>::max();
        if (!box.is_empty()) {
            const auto x = ((static_cast<double>(box.west) + box.east) / 2 - all.west) / width * 65535;
            const auto y = ((static_cast<double>(box.south) + box.north) / 2 - all.south) / height * 65535;
            place = hilbert(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y));
        }
        keys[i] = place << 32 | i;
    }
    std::sort(keys.begin(), keys.end());
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(keys[i]);
    return order;
}

void pack_shapes(Pack& pack, const Shapes& shapes, const std::vector<std::uint32_t>& order) {
    pack.points.reserve(order.size());
    const auto are_all_points = std::all_of(shapes.kinds.begin(), shapes.kinds.end(), [](Kind kind) { return kind == Kind::point; });
    if (!are_all_points) pack.kinds.reserve(order.size());
    pack.shapes.reserve(shapes.rows.size());
    pack.line_ends.reserve(shapes.line_ends.size());
    pack.line_ends.push_back(0);
    pack.coordinates.reserve(shapes.coordinates.size());
    pack.parts.reserve(shapes.parts.size());
    for (const auto from : order) {
        const auto kind = shapes.kinds[from];
        if (!are_all_points) pack.kinds.push_back(kind);
        if (kind == Kind::point || kind == Kind::none) {
            pack.points.push_back(shapes.points[from]);
            continue;
        }
        auto row = shapes.rows[static_cast<std::uint32_t>(shapes.points[from].lon)];
        const auto first_line = row.first_line, first_part = row.first_part;
        row.first_line = static_cast<std::uint32_t>(pack.line_ends.size() - 1);
        row.first_part = static_cast<std::uint32_t>(pack.parts.size());
        for (std::size_t i = first_line; i < first_line + row.line_count; ++i) {
            pack.coordinates.insert(pack.coordinates.end(), shapes.coordinates.begin() + static_cast<std::ptrdiff_t>(shapes.line_ends[i]),
                                    shapes.coordinates.begin() + static_cast<std::ptrdiff_t>(shapes.line_ends[i + 1]));
            pack.line_ends.push_back(pack.coordinates.size());
        }
        pack.parts.insert(pack.parts.end(), shapes.parts.begin() + first_part, shapes.parts.begin() + first_part + row.part_count);
        pack.points.push_back({static_cast<std::int32_t>(pack.shapes.size()), 0});
        pack.shapes.push_back(row);
    }
}

void pack_boxes(Pack& pack) {
    if (pack.count == 0) return;
    std::vector<FixedBox> level((pack.count + Pack::leaf_size - 1) / Pack::leaf_size);
    for (std::size_t i = 0; i < pack.count; ++i)
        if (const auto box = pack.box(i); !box.is_empty()) {
            level[i / Pack::leaf_size].add(box);
            pack.boxed = i + 1;
        }
    pack.levels.push_back(std::move(level));
    while (pack.levels.back().size() > 1) {
        const auto& below = pack.levels.back();
        std::vector<FixedBox> above((below.size() + Pack::fan_out - 1) / Pack::fan_out);
        for (std::size_t i = 0; i < below.size(); ++i)
            if (!below[i].is_empty()) above[i / Pack::fan_out].add(below[i]);
        pack.levels.push_back(std::move(above));
    }
}

void pack_ids(Pack& pack, const TextArena& ids, const std::vector<std::uint32_t>& order) {
    pack.ids.reserve(ids.size(), ids.byte_count());
    for (const auto from : order) pack.ids.add(ids.get(from));
    if (pack.count == 0) return;
    pack.places.assign(std::bit_ceil(pack.count * 2), 0);
    const auto mask = pack.places.size() - 1;
    for (std::size_t i = 0; i < pack.count; ++i) {
        const auto id = pack.ids.get(i);
        auto at = std::hash<std::string_view>()(id) & mask;
        for (; pack.places[at] != 0; at = (at + 1) & mask) ASSERT(pack.ids.get(pack.places[at] - 1) != id);
        pack.places[at] = static_cast<std::uint32_t>(i + 1);
    }
}

} // namespace

struct PackBuilder::State {
    std::shared_ptr<const Layer> layer;
    TextArena ids;
    Shapes shapes;
    std::vector<GrowingColumn> columns;
};

PackBuilder::PackBuilder(std::shared_ptr<const Layer> layer) : state_(std::make_unique<State>()) {
    state_->layer = std::move(layer);
    for (const auto& field : state_->layer->fields) state_->columns.emplace_back(field.kind);
}

PackBuilder::~PackBuilder() = default;

void PackBuilder::add(const Feature& feature) {
    ASSERT(feature.values.size() == state_->columns.size());
    state_->ids.add(feature.id);
    state_->shapes.add(feature.geometry);
    for (std::size_t i = 0; i < state_->columns.size(); ++i) state_->columns[i].add(feature.values[i], feature.id);
}

std::shared_ptr<const Pack> PackBuilder::finish() {
    auto pack = std::make_shared<Pack>();
    pack->count = state_->ids.size();
    ASSERT(pack->count < std::numeric_limits<std::uint32_t>::max());
    const auto order = hilbert_order(state_->shapes);
    // Columns are packed beside the rest, and beside each other.
    pack->columns.resize(state_->columns.size());
    std::atomic<std::size_t> next_column{0};
    const auto pack_columns = [&] {
        for (auto at = next_column++; at < pack->columns.size(); at = next_column++) {
            auto& column = state_->columns[at];
            if (column.ids_until() > 0) column.put_ids_in_front(state_->ids);
            pack->columns[at] = column.pack(order);
            column = GrowingColumn(FieldKind::text); // gives its memory back
        }
    };
    {
        const auto beside = pack->count < beside_rows_min ? std::future<void>() : std::async(std::launch::async, pack_columns);
        pack_shapes(*pack, state_->shapes, order);
        state_->shapes = {};
        pack_boxes(*pack);
        pack_ids(*pack, state_->ids, order);
        pack_columns();
    }
    std::vector<PackedNumbers*> numbers;
    for (auto& column : pack->columns) numbers.push_back(&column.numbers);
    PackedNumbers::interleave(numbers, pack->count);
    state_.reset();
    return pack;
}

} // namespace chengge::registry
