#include "registry/layer_snapshot.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "registry/snapshot_pack.hpp"

namespace chengge::registry {

namespace {

// A feature put after the base was packed. `numbers`: of its texts in the base's dictionaries and the words added since.
struct Put {
    std::string id;
    FlatGeometry geometry;
    std::vector<Value> values;
    std::vector<int> numbers;
};

} // namespace

// Slots: first the base's features, then the puts, which replace those of the base that are not there.
struct LayerSnapshot::State {
    std::shared_ptr<const Layer> layer;
    std::int64_t version = 0, changed_ms = 0;
    std::shared_ptr<const Pack> base;
    std::vector<bool> is_gone; // of the base; empty when none is
    std::vector<std::uint32_t> gone; // the same as places
    std::vector<std::shared_ptr<const Put>> puts;
    std::vector<std::uint32_t> by_id;            // of the puts
    std::vector<std::vector<std::string>> words; // of each field: texts that the base's dictionary lacks
    FixedBox bounds;
    bool is_edge_lost = true; // since the bounds were found

    bool is_put(std::size_t at) const { return at >= base->count; }
    const Put& put(std::size_t at) const { return *puts[at - base->count]; }
    const Column& column(int field) const { return base->columns[static_cast<std::size_t>(field)]; }

    std::vector<std::uint32_t>::const_iterator place_of(std::string_view id) const {
        return std::lower_bound(by_id.begin(), by_id.end(), id, [&](auto at, std::string_view asked) { return puts[at]->id < asked; });
    }

    int number_of(std::size_t field, const Value& value) {
        const auto& column = base->columns[field];
        if (column.kind != Column::Kind::numbered || !column.odd.empty()) return -1;
        const auto* text = std::get_if<std::string>(&value);
        if (!text) return 0;
        if (const auto found = column.find_number(*text); found >= 0) return found;
        auto& more = words[field];
        const auto at = std::find(more.begin(), more.end(), *text);
        if (at == more.end()) more.push_back(*text);
        const auto place = at == more.end() ? more.size() - 1 : static_cast<std::size_t>(at - more.begin());
        return static_cast<int>(column.texts.size() + 1 + place);
    }

    void lose(const FixedBox& box) {
        is_edge_lost |= box.west == bounds.west || box.south == bounds.south || box.east == bounds.east || box.north == bounds.north;
    }

    void remove(std::string_view id) {
        if (const auto found = place_of(id); found != by_id.end() && puts[*found]->id == id) {
            const auto at = *found;
            by_id.erase(found);
            // The last put takes the free place.
            if (at + 1 != puts.size()) {
                const auto last = place_of(puts.back()->id);
                by_id[static_cast<std::size_t>(last - by_id.begin())] = at;
                std::swap(puts[at], puts.back());
            }
            lose(puts.back()->geometry.box);
            puts.pop_back();
            return;
        }
        if (const auto found = base->find(id); found && (is_gone.empty() || !is_gone[*found])) {
            if (is_gone.empty()) is_gone.resize(base->count);
            is_gone[*found] = true;
            gone.push_back(static_cast<std::uint32_t>(*found));
            lose(base->box(*found));
        }
    }

    void add(Feature feature) {
        ASSERT(feature.values.size() == layer->fields.size());
        remove(feature.id);
        auto put = std::make_shared<Put>();
        put->geometry = flatten(feature.geometry);
        for (std::size_t i = 0; i < feature.values.size(); ++i) put->numbers.push_back(number_of(i, feature.values[i]));
        put->id = std::move(feature.id);
        put->values = std::move(feature.values);
        by_id.insert(place_of(put->id), static_cast<std::uint32_t>(puts.size()));
        puts.push_back(std::move(put));
    }

    // Only what lay on the edge of all makes every box be looked at.
    void find_bounds() {
        if (is_edge_lost) {
            bounds = {};
            if (gone.empty() && !base->levels.empty()) bounds.add(base->levels.back()[0]);
            for (std::size_t i = 0; !gone.empty() && i < base->count; ++i)
                if (!is_gone[i]) bounds.add(base->box(i));
        }
        for (const auto& put : puts)
            if (!put->geometry.box.is_empty()) bounds.add(put->geometry.box);
        is_edge_lost = false;
    }
};

struct SnapshotBuilder::State {
    std::shared_ptr<const Layer> layer;
    PackBuilder pack;
};

SnapshotBuilder::SnapshotBuilder(std::shared_ptr<const Layer> layer) : state_(new State{layer, PackBuilder(layer)}) {}
SnapshotBuilder::~SnapshotBuilder() = default;
SnapshotBuilder::SnapshotBuilder(SnapshotBuilder&&) noexcept = default;

void SnapshotBuilder::add(const Feature& feature) { state_->pack.add(feature); }

std::shared_ptr<const LayerSnapshot> SnapshotBuilder::finish(std::int64_t version, std::int64_t changed_ms) {
    auto state = std::make_shared<LayerSnapshot::State>();
    state->layer = state_->layer;
    state->version = version;
    state->changed_ms = changed_ms;
    state->base = state_->pack.finish();
    state->words.resize(state->layer->fields.size());
    state->find_bounds();
    state_.reset();
    return std::make_shared<const LayerSnapshot>(std::move(state));
}

std::shared_ptr<const LayerSnapshot> LayerSnapshot::make(std::shared_ptr<const Layer> layer, std::int64_t version, std::int64_t changed_ms,
                                                         std::vector<Feature> features) {
    SnapshotBuilder builder(std::move(layer));
    for (auto& feature : features) {
        builder.add(feature);
        feature = {}; // gives its memory back while the packed ones grow
    }
    return builder.finish(version, changed_ms);
}

std::shared_ptr<const LayerSnapshot> LayerSnapshot::with(std::int64_t version, std::int64_t changed_ms, std::vector<Feature> puts,
                                                         std::span<const std::string> removed) const {
    auto state = std::make_shared<State>(*state_);
    state->version = version;
    state->changed_ms = changed_ms;
    // Puts are kept sorted by id, one by one; very many at once are cheaper packed.
    const auto most = 1024 + state->base->count / 128;
    const auto is_packed = state->puts.size() + state->gone.size() + puts.size() + removed.size() > most;
    for (const auto& id : removed) state->remove(id);
    if (!is_packed) {
        for (auto& feature : puts) state->add(std::move(feature));
        state->find_bounds();
        return std::make_shared<const LayerSnapshot>(std::move(state));
    }
    std::unordered_map<std::string_view, std::size_t> last;
    for (std::size_t i = 0; i < puts.size(); ++i) last[puts[i].id] = i;
    for (const auto& feature : puts) state->remove(feature.id);
    const LayerSnapshot kept(state);
    SnapshotBuilder builder(state->layer);
    for (std::size_t at = 0; at < kept.slots(); ++at)
        if (kept.is_there(at)) builder.add(kept.feature(at));
    for (std::size_t i = 0; i < puts.size(); ++i)
        if (last.at(puts[i].id) == i) builder.add(puts[i]);
    return builder.finish(version, changed_ms);
}

std::shared_ptr<const LayerSnapshot> LayerSnapshot::with_pages(std::int64_t version, std::int64_t changed_ms, const std::function<std::vector<Feature>()>& next_page) const {
    auto state = std::make_shared<State>(*state_);
    SnapshotBuilder builder(state->layer);
    for (auto page = next_page(); !page.empty(); page = next_page())
        for (const auto& feature : page) {
            state->remove(feature.id);
            builder.add(feature);
        }
    const LayerSnapshot kept(state);
    for (std::size_t at = 0; at < kept.slots(); ++at)
        if (kept.is_there(at)) builder.add(kept.feature(at));
    return builder.finish(version, changed_ms);
}

const Layer& LayerSnapshot::layer() const { return *state_->layer; }
std::int64_t LayerSnapshot::version() const { return state_->version; }
std::int64_t LayerSnapshot::changed_ms() const { return state_->changed_ms; }
std::size_t LayerSnapshot::size() const { return state_->base->count - state_->gone.size() + state_->puts.size(); }
geo::Box LayerSnapshot::bounds() const { return to_degrees(state_->bounds); }
std::size_t LayerSnapshot::slots() const { return state_->base->count + state_->puts.size(); }

bool LayerSnapshot::is_there(std::size_t at) const {
    return at < state_->base->count ? state_->is_gone.empty() || !state_->is_gone[at] : at < slots();
}

std::optional<std::size_t> LayerSnapshot::find(std::string_view id) const {
    const auto found = state_->place_of(id);
    if (found != state_->by_id.end() && state_->puts[*found]->id == id) return state_->base->count + *found;
    const auto at = state_->base->find(id);
    return at && is_there(*at) ? at : std::nullopt;
}

std::string_view LayerSnapshot::id(std::size_t at) const { return state_->is_put(at) ? std::string_view(state_->put(at).id) : state_->base->ids.get(at); }

geo::Box LayerSnapshot::box(std::size_t at) const {
    return to_degrees(state_->is_put(at) ? state_->put(at).geometry.box : state_->base->box(at));
}

LayerSnapshot::Shape LayerSnapshot::shape(std::size_t at) const {
    Shape out;
    shape(at, out);
    return out;
}

void LayerSnapshot::shape(std::size_t at, Shape& out) const {
    if (!state_->is_put(at)) return state_->base->shape(at, out);
    const auto& flat = state_->put(at).geometry;
    out.kind = flat.kind;
    out.parts = flat.parts;
    out.lines.clear();
    std::uint32_t first = 0;
    for (const auto end : flat.line_ends) {
        out.lines.emplace_back(flat.points.data() + first, end - first);
        first = end;
    }
}

FixedPoint LayerSnapshot::point(std::size_t at) const {
    if (state_->is_put(at)) {
        const auto& flat = state_->put(at).geometry;
        ASSERT(flat.kind == Shape::Kind::point);
        return flat.points[0];
    }
    ASSERT(state_->base->kind(at) == Shape::Kind::point);
    return state_->base->points[at];
}

std::optional<geo::Geometry> LayerSnapshot::geometry(std::size_t at) const { return unflatten(shape(at)); }

Value LayerSnapshot::value(std::size_t at, int field) const {
    if (state_->is_put(at)) return state_->put(at).values[static_cast<std::size_t>(field)];
    return state_->column(field).get(at, state_->base->ids.get(at));
}

int LayerSnapshot::value_number(std::size_t at, int field) const {
    if (state_->is_put(at)) return state_->put(at).numbers[static_cast<std::size_t>(field)];
    return state_->column(field).number(at);
}

std::optional<std::string_view> LayerSnapshot::text(std::size_t at, int field) const {
    if (state_->is_put(at)) {
        const auto* text = std::get_if<std::string>(&state_->put(at).values[static_cast<std::size_t>(field)]);
        return text ? std::optional<std::string_view>(*text) : std::nullopt;
    }
    return state_->column(field).text(at, state_->base->ids.get(at));
}

Feature LayerSnapshot::feature(std::size_t at) const {
    Feature feature{std::string(id(at)), geometry(at), {}};
    feature.values.reserve(state_->layer->fields.size());
    for (int field = 0; field < static_cast<int>(state_->layer->fields.size()); ++field) feature.values.push_back(value(at, field));
    return feature;
}

void LayerSnapshot::visit(const geo::Box& box, const std::function<bool(std::size_t)>& visitor) const {
    const auto fixed = to_fixed(box);
    const auto& state = *state_;
    if (fixed.is_empty()) return;
    const auto is_done = state.is_gone.empty()
                             ? state.base->visit(fixed, visitor)
                             : state.base->visit(fixed, [&](std::size_t at) { return state.is_gone[at] || visitor(at); });
    if (!is_done) return;
    for (std::size_t i = 0; i < state.puts.size(); ++i) {
        const auto& of = state.puts[i]->geometry.box;
        if (!of.is_empty() && of.meets(fixed) && !visitor(state.base->count + i)) return;
    }
}

void LayerSnapshot::visit_runs(const geo::Box& box, const std::function<bool(const geo::Box&)>& is_whole,
                               const std::function<void(const geo::Box&, std::size_t, std::int64_t)>& take) const {
    const auto fixed = to_fixed(box);
    const auto& state = *state_;
    if (fixed.is_empty()) return;
    state.base->visit_runs(fixed, is_whole, take);
    for (const auto at : state.gone)
        if (const auto of = state.base->box(at); !of.is_empty() && of.meets(fixed)) take(to_degrees(of), at, -1);
    for (std::size_t i = 0; i < state.puts.size(); ++i)
        if (const auto& of = state.puts[i]->geometry.box; !of.is_empty() && of.meets(fixed)) take(to_degrees(of), state.base->count + i, 1);
}

std::size_t LayerSnapshot::bytes() const {
    auto sum = sizeof(State) + state_->base->bytes() + state_->is_gone.capacity() / 8 + state_->gone.capacity() * 4 + state_->by_id.capacity() * 4;
    for (const auto& put : state_->puts) {
        sum += sizeof(Put) + 16 + put->id.capacity() + put->geometry.points.capacity() * sizeof(FixedPoint) +
               put->values.capacity() * (sizeof(Value) + sizeof(int));
        for (const auto& value : put->values)
            if (const auto* text = std::get_if<std::string>(&value); text && text->capacity() > 15) sum += text->capacity();
    }
    for (const auto& words : state_->words)
        for (const auto& word : words) sum += sizeof(std::string) + word.capacity();
    return sum;
}

} // namespace chengge::registry
