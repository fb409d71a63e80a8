// Lists of features from a snapshot: filter, order, page, tables. Private to this module.
#pragma once

#include "registry/registry_state.hpp"

namespace chengge::registry {

struct FeatureFilter {
    std::optional<geo::Box> box;
    std::string class_code; // a class, or a major class's two digits
    std::string state, region, words;
    std::string order = "id"; // id, name, changed, or with a minus before: the other way round
    std::string cursor;
    int limit = 50;
};

inline constexpr int export_features_max = 100'000, export_sheet_max = 20'000; // a workbook is built in memory

// Positions that fit, in order, after the cursor, at most limit; how many fit in all; where to go on.
struct FeaturePage {
    std::vector<std::size_t> at;
    std::int64_t total = 0;
    std::string next_cursor;
};
// `region`: a cell, community, subdistrict or managing district. Refusal: bad_cursor.
Result<FeaturePage> list_features(const LayerSnapshot& snapshot, const grid::GridService& grid, const FeatureFilter& filter);

// The page as a table with a heading in the language; restricted columns only when asked.
std::string feature_table(const LayerSnapshot& snapshot, const std::vector<std::size_t>& at, bool is_xlsx, bool shows_restricted, const std::string& language, std::int64_t now_ms);
// {id, name, class_code, class_label, lon, lat, attributes}.
json::object feature_row(const LayerSnapshot& snapshot, std::size_t at, bool shows_restricted, const std::string& language);
json::object layer_json(const Layer& layer, const LayerSnapshot& snapshot, bool with_fields, const std::string& language);

} // namespace chengge::registry
