#include "kit/feature_kit.hpp"

#include <cmath>

#include "base/text.hpp"

namespace chengge::kit {

using registry::Feature;
using registry::FieldKind;
using registry::GeometryKind;

namespace {

registry::Value whole_value(const registry::Field& field, Random& random) {
    static const std::string texts[] = {"人民大道12号", "a, \"b\" 与 c", "x;y", "=1+1", "-5", "O'Neil"};
    const auto middle = field.least != 0 || field.most != 0 ? (field.least + field.most) / 2 : 12.25;
    switch (field.kind) {
    case FieldKind::text: return std::string(take_characters(texts[random.below(6)], static_cast<std::size_t>(field.length_max > 0 ? field.length_max : 20)));
    case FieldKind::integer: return static_cast<std::int64_t>(middle);
    case FieldKind::number: return std::nextafter(middle + 0.3, 1e9); // more digits than most formats carry
    case FieldKind::date: return std::string("2026-02-28");
    case FieldKind::flag: return std::int64_t{1};
    case FieldKind::code: return field.codes[random.below(field.codes.size())].code;
    }
    return {};
}

} // namespace

Feature whole_feature(const registry::Layer& layer, GeometryKind kind, geo::Point at, Random& random) {
    Feature feature;
    const auto near = [&](double east, double north) { return geo::Point{at.lon + east * 1e-4 + random.below(90) * 1e-7, at.lat + north * 1e-4 + random.below(90) * 1e-7}; };
    const auto square = [&](double east) { return geo::Polygon{{[&] { auto a = near(east, 0), b = near(east + 0.4, 0), c = near(east + 0.4, 0.4); return geo::Ring{a, b, c, a}; }()}}; };
    if (kind == GeometryKind::point) feature.geometry = near(0, 0);
    if (kind == GeometryKind::line && random.below(2) == 0) feature.geometry = geo::Line{near(0, 0), near(1, 0), near(1, 1)};
    else if (kind == GeometryKind::line) feature.geometry = geo::MultiLine{{near(0, 0), near(1, 0)}, {near(2, 0), near(2, 1)}};
    if (kind == GeometryKind::polygon && random.below(2) == 0) feature.geometry = square(0);
    else if (kind == GeometryKind::polygon) feature.geometry = geo::MultiPolygon{square(0), square(1)};
    feature.values.resize(layer.fields.size());
    for (std::size_t i = 1; i < layer.fields.size(); ++i) {
        const auto& field = layer.fields[i];
        if (field.filled_with.empty() && field.name != layer.class_field) feature.values[i] = whole_value(field, random);
    }
    return feature;
}

std::vector<Feature> whole_features(const registry::Layer& layer, int count, const SmallCity& city, Random& random) {
    std::vector<Feature> features;
    for (int i = 0; i < count; ++i) {
        const auto* of = layer.classes.empty() ? nullptr : &layer.classes[static_cast<std::size_t>(i * 29) % layer.classes.size()];
        features.push_back(whole_feature(layer, of != nullptr ? of->geometry : layer.geometry, city.center(i % 2 == 0 ? "A1" : "B1"), random));
        if (of != nullptr) features.back().values[static_cast<std::size_t>(layer.field_index(layer.class_field))] = of->code;
    }
    return features;
}

} // namespace chengge::kit
