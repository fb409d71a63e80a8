// Features of a collection as OGC API – Features asks for them (17-069r4, 18-058r1): filters, pages, coordinate systems.
#pragma once

#include <string>
#include <vector>

#include "geo/crs.hpp"
#include "maps/maps_state.hpp"

namespace chengge::maps {

inline constexpr int ogc_limit_default = 100, ogc_limit_most = 10'000;

// A coordinate system that collections offer; the first is the default (CRS84).
struct OgcCrs {
    std::string uri;
    std::string text;           // as geo::CoordinateSystem::parse reads it
    bool is_north_first = false; // its own order of axes: latitude or northing first
    bool is_degrees = true;
};
const std::vector<OgcCrs>& ogc_systems();
const OgcCrs* find_ogc_crs(std::string_view uri);

struct ItemsQuery {
    std::optional<geo::Box> box; // degrees of CGCS2000; west > east: over the antimeridian
    std::string from_date, to_date; // of `datetime`, both included; empty: open. Features without a date always fit
    bool has_time = false;
    std::vector<std::pair<int, std::string>> equals; // field, text
    const OgcCrs* crs = nullptr;
    int limit = ogc_limit_default;
    std::int64_t version = 0; // of the page before; 0: in force
    std::string after;        // the last id of the page before
};

// From the query of a request. Refusals (fact name): ogc_bad_parameter of a value that is wrong, ogc_unknown_parameter.
Result<ItemsQuery> read_items_query(const http::Request& request, const registry::Layer& layer);

struct ItemsPage {
    std::vector<std::uint32_t> at; // in order of ids
    std::int64_t matched = 0;      // of all pages
    bool has_more = false;
};
// Each feature of one version is on exactly one page, whatever is edited meanwhile: pages go by id through the version
// that the first page named.
ItemsPage find_items(const SortedLayer& sorted, const ItemsQuery& query);

// {"type": "Feature", …}; restricted fields stay out.
void append_feature(std::string& out, const registry::LayerSnapshot& snapshot, std::size_t at, const OgcCrs& crs);
// The value as text, empty when there is none.
std::string text_of(const registry::Value& value);

} // namespace chengge::maps
