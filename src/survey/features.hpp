// From a survey's row to a feature of its layer: types, lists, coordinates. The same for the dry run and for publishing.
#pragma once

#include <string>
#include <vector>

#include "geo/crs.hpp"
#include "registry/registry_service.hpp"
#include "survey/faults.hpp"
#include "survey/mapping.hpp"
#include "survey/rows.hpp"
#include "survey/survey_service.hpp"

namespace chengge::survey {

struct BuiltFeature {
    registry::Feature feature;
    std::vector<RowFault> faults; // of what could not be read; its fields are left empty
    geo::Point raw;               // the file's own coordinates of its first point
    bool has_place = false;
    double address_score = 0;     // of a place found by its address, 0 … 1; 0: it was not asked for, or is not sure
    bool is_address_unsure = false;
};

// How rows without coordinates come to a place: a column of addresses and who knows where they are. Empty: not at all.
struct Locating {
    std::string column;
    std::function<std::vector<FoundAddress>(const std::string&)> find;
};
// From this score on a place found by its address is taken; below, a person decides.
inline constexpr double address_score_min = 0.8;

class FeatureBuilder {
public:
    // All must outlive the builder. Fields that no column is mapped to keep what the feature in force has.
    FeatureBuilder(const registry::Layer& layer, const registry::LayerSnapshot& in_force, const std::vector<std::string>& header, const Mapping& mapping, const geo::CoordinateSystem& system, Locating locating = {});

    BuiltFeature build(const SourceRow& row) const;
    const GeometryColumns& geometry_columns() const { return places_; }
    // The column of a field, empty when there is none.
    std::string column_of(std::string_view field) const;

private:
    void take_value(const SourceRow& row, std::size_t field, BuiltFeature& built) const;
    void take_geometry(const SourceRow& row, BuiltFeature& built) const;
    // Of a row without coordinates: by its address when that is sure; then it is marked, and told as something to be looked at.
    void take_address(const SourceRow& row, BuiltFeature& built) const;
    void mark_located(BuiltFeature& built) const;
    void check_kind(const SourceRow& row, BuiltFeature& built) const;
    void add(BuiltFeature& built, const SourceRow& row, std::string_view field, std::string code, Words words) const;

    const registry::Layer& layer_;
    const registry::LayerSnapshot& in_force_;
    const geo::CoordinateSystem& system_;
    const std::vector<std::string>& header_;
    std::vector<int> columns_; // of each field; −1
    int id_column_ = -1;
    GeometryColumns places_;
    Locating locating_;
    int address_column_ = -1;
};

// "2026-01-31" of 2026-01-31, 2026/1/31, 20260131, 2026.1.31, 2026年1月31日, also with a time behind; nothing when it is no day.
std::optional<std::string> read_date(std::string_view text);
// The first point of a geometry.
geo::Point first_point(const geo::Geometry& geometry);
// Applies `act` to every coordinate of a geometry.
void each_point(geo::Geometry& geometry, const std::function<void(std::span<geo::Point>)>& act);

} // namespace chengge::survey
