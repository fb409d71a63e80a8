// Rows of features and versions ↔ values; JSON of features. Private to this module.
#pragma once

#include <set>

#include "registry/registry_service.hpp"

namespace chengge::registry {

// A feature as the registry keeps it: coordinates of 1e-7 degrees, each value of its field's kind, one for each field.
Feature to_canonical(const Layer& layer, Feature feature);
bool is_filled_from_place(const Field& field); // codes and names of cell, community, subdistrict, district
// Of canonical ones: the same in every coordinate and value.
bool is_same(const Feature& a, const Feature& b);
bool is_same_geometry(const std::optional<geo::Geometry>& a, const std::optional<geo::Geometry>& b);

// A value as its field's kind keeps it; what cannot be of the kind stays as it came.
Value to_kind(FieldKind kind, Value value);
// The fields' names as a row's attributes begin with them, made once for many rows.
std::vector<std::string> attribute_keys(const Layer& layer);
std::string attributes_text(const Layer& layer, const Feature& feature, const std::vector<std::string>& keys); // without what is empty
storage::Params feature_params(const Layer& layer, const Feature& feature, std::int64_t version, const std::vector<std::string>& keys);
// From the columns id (or the one given), geometry and attributes.
Feature read_row(const Layer& layer, const std::string& id, const storage::Rows::Row& row);
VersionInfo read_version(const std::string& layer, const storage::Rows::Row& row);
storage::Params version_params(const VersionInfo& info);

std::string text_of(const Value& value); // as CSV shows it
json::value json_of(const Layer& layer, std::size_t field, const Value& value);
// {id, geometry, attributes}; restricted fields only when asked.
json::object to_json(const Layer& layer, const Feature& feature, bool shows_restricted, bool with_geometry = true);
// A client's {id?, geometry, attributes}: absent attributes are empty; or, over `old`, stay as they were. Refusal bad_member.
Result<Feature> read_feature(const Layer& layer, const json::value& value, const Feature* old);

} // namespace chengge::registry
