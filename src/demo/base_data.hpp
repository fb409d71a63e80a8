// The model city's base data: what stands in its streets and parks, invented from the seed, for every layer of the registry.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "demo/city.hpp"
#include "registry/registry_service.hpp"
#include "rules/rules.hpp"

namespace chengge::demo {

struct BaseDataOptions {
    std::uint64_t seed = 1;
    int components = 120'000; // about so many; other layers but the published numbers follow in proportion
};

// A feature before it has its code and what the registry fills in.
struct Draft {
    geo::Geometry geometry;
    std::string county; // of its code; empty: where it lies
    std::vector<std::pair<const char*, registry::Value>> values;
};

// Layer → its drafts. Published numbers: 96 own and 988 shared cameras, 6,865 heritage and 3,899 reserve trees.
// `components`: the layer, which knows the geometry of each class.
std::map<std::string, std::vector<Draft>> draft_base_data(const City& city, const BaseDataOptions& options, const rules::Rules& rules, const registry::Layer& components);

// Publishes every draft in bulk as invented data, surveyed on the first day; returns how many features there are.
Result<std::int64_t> publish_base_data(registry::RegistryService& registry, std::map<std::string, std::vector<Draft>> drafts, const std::string& first_day, AssetShelf& shelf);

} // namespace chengge::demo
