// Features for any layer: a value in every field, shapes of one part and of several, texts that files break on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "kit/small_city.hpp"
#include "registry/registry_service.hpp"

namespace chengge::kit {

// A feature near `at` (degrees) that says something in every field but those that follow from its place; without an id.
registry::Feature whole_feature(const registry::Layer& layer, registry::GeometryKind kind, geo::Point at, Random& random);

// `count` of them for the layer, in cells A1 and B1 by turns; of a layer with classes each of another class.
std::vector<registry::Feature> whole_features(const registry::Layer& layer, int count, const SmallCity& city, Random& random);

} // namespace chengge::kit
