#include "geo/tile_reader.hpp"

#include <limits>

#include <protozero/pbf_reader.hpp>

namespace chengge::geo {

namespace {

// A fault of the bytes, inside this file only; protozero throws its own.
struct Broken {};

using Wire = protozero::pbf_wire_type;

// The reader takes a field's word for what it is; foreign bytes are asked first.
protozero::pbf_reader& as(protozero::pbf_reader& message, Wire type) {
    if (message.wire_type() != type) throw Broken();
    return message;
}

std::int32_t zigzag(std::uint32_t number) { return static_cast<std::int32_t>(number >> 1) ^ -static_cast<std::int32_t>(number & 1); }

TileValue read_value(protozero::pbf_reader value) {
    std::optional<TileValue> read;
    while (value.next()) {
        switch (value.tag()) {
        case 1: read = std::string(as(value, Wire::length_delimited).get_string()); break;
        case 2: read = static_cast<double>(as(value, Wire::fixed32).get_float()); break;
        case 3: read = as(value, Wire::fixed64).get_double(); break;
        case 4: read = as(value, Wire::varint).get_int64(); break;
        case 5: read = static_cast<std::int64_t>(as(value, Wire::varint).get_uint64()); break;
        case 6: read = as(value, Wire::varint).get_sint64(); break;
        case 7: read = as(value, Wire::varint).get_uint64() != 0; break; // get_bool() reads a byte past a message that has ended
        default: value.skip();
        }
    }
    if (!read) throw Broken();
    return *read;
}

class PathReader {
public:
    PathReader(ReadTileFeature& feature, std::vector<std::uint32_t> words) : feature_(feature), words_(std::move(words)) {}

    void read() {
        while (at_ < words_.size()) {
            const auto command = words_[at_] & 7, count = words_[at_] >> 3;
            ++at_;
            if (command == 7) {
                if (feature_.shape != TileShape::polygon || count != 1 || feature_.paths.empty() || feature_.paths.back().size() < 3) throw Broken();
                is_closed_ = true;
                continue;
            }
            if ((command != 1 && command != 2) || count == 0 || count > (words_.size() - at_) / 2) throw Broken();
            if (command == 1) begin(count);
            else if (feature_.paths.empty() || is_closed_ || feature_.shape == TileShape::point) throw Broken();
            for (std::uint32_t i = 0; i < count; ++i) feature_.paths.back().push_back(next());
        }
        if (feature_.paths.empty() || (feature_.shape == TileShape::polygon && !is_closed_)) throw Broken();
        if (feature_.shape == TileShape::line && feature_.paths.back().size() < 2) throw Broken();
    }

private:
    void begin(std::uint32_t count) {
        const auto is_first = feature_.paths.empty();
        if (feature_.shape == TileShape::point ? !is_first : count != 1) throw Broken();
        if (feature_.shape == TileShape::polygon && !is_first && !is_closed_) throw Broken();
        if (feature_.shape == TileShape::line && !is_first && feature_.paths.back().size() < 2) throw Broken();
        feature_.paths.emplace_back();
        is_closed_ = false;
    }

    std::pair<std::int32_t, std::int32_t> next() {
        const auto x = x_ + zigzag(words_[at_]), y = y_ + zigzag(words_[at_ + 1]);
        at_ += 2;
        constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
        if (x < least || x > most || y < least || y > most) throw Broken();
        x_ = x;
        y_ = y;
        return {static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)};
    }

    ReadTileFeature& feature_;
    std::vector<std::uint32_t> words_;
    std::size_t at_ = 0;
    std::int64_t x_ = 0, y_ = 0;
    bool is_closed_ = false;
};

ReadTileFeature read_feature(protozero::pbf_reader message, const std::vector<std::string>& keys, const std::vector<TileValue>& values) {
    ReadTileFeature feature;
    std::vector<std::uint32_t> tags, words;
    int shape = 0;
    const auto take = [](std::vector<std::uint32_t>& into, const auto& range) { into.assign(range.begin(), range.end()); };
    while (message.next()) {
        switch (message.tag()) {
        case 1: feature.id = as(message, Wire::varint).get_uint64(); break;
        case 2: take(tags, as(message, Wire::length_delimited).get_packed_uint32()); break;
        case 3: shape = as(message, Wire::varint).get_enum(); break;
        case 4: take(words, as(message, Wire::length_delimited).get_packed_uint32()); break;
        default: message.skip();
        }
    }
    if (shape < 1 || shape > 3 || tags.size() % 2 != 0) throw Broken();
    feature.shape = static_cast<TileShape>(shape);
    for (std::size_t i = 0; i < tags.size(); i += 2) {
        if (tags[i] >= keys.size() || tags[i + 1] >= values.size()) throw Broken();
        if (!feature.values.emplace(keys[tags[i]], values[tags[i + 1]]).second) throw Broken();
    }
    PathReader(feature, std::move(words)).read();
    return feature;
}

ReadTileLayer read_layer(const protozero::data_view& bytes, std::size_t& room) {
    ReadTileLayer layer;
    std::vector<std::string> keys;
    std::vector<TileValue> values;
    std::vector<protozero::data_view> features;
    protozero::pbf_reader message(bytes);
    while (message.next()) {
        switch (message.tag()) {
        case 15: layer.version = as(message, Wire::varint).get_uint32(); break;
        case 1: layer.name = std::string(as(message, Wire::length_delimited).get_string()); break;
        case 2:
            if (room-- == 0) throw Broken();
            features.push_back(as(message, Wire::length_delimited).get_view());
            break;
        case 3: keys.emplace_back(as(message, Wire::length_delimited).get_string()); break;
        case 4: values.push_back(read_value(as(message, Wire::length_delimited).get_message())); break;
        case 5: layer.extent = as(message, Wire::varint).get_uint32(); break;
        default: message.skip();
        }
    }
    if (layer.version < 1 || layer.version > 2 || layer.extent == 0) throw Broken();
    for (const auto& feature : features) layer.features.push_back(read_feature(protozero::pbf_reader(feature), keys, values));
    return layer;
}

} // namespace

std::optional<std::vector<ReadTileLayer>> read_tile(std::string_view bytes, std::size_t features_most) {
    std::vector<ReadTileLayer> layers;
    try {
        protozero::pbf_reader tile(bytes.data(), bytes.size());
        while (tile.next()) {
            if (tile.tag() == 3) layers.push_back(read_layer(as(tile, Wire::length_delimited).get_view(), features_most));
            else tile.skip();
        }
    } catch (const Broken&) {
        return std::nullopt;
    } catch (const protozero::exception&) {
        return std::nullopt;
    }
    return layers;
}

std::int64_t ring_area(const std::vector<std::pair<std::int32_t, std::int32_t>>& ring) {
    std::int64_t area = 0;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const auto [ax, ay] = ring[i];
        const auto [bx, by] = ring[(i + 1) % ring.size()];
        area += std::int64_t{ax} * by - std::int64_t{bx} * ay;
    }
    return area;
}

} // namespace chengge::geo
