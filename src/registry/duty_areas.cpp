// 责任网格: cells shared out among collectors, evenly and each share in one piece.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/time.hpp"
#include "registry/duty_balance.hpp"
#include "registry/registry_state.hpp"

namespace chengge::registry {

namespace {

struct Share {
    std::vector<std::size_t> cells; // into the region's
    const Feature* follows = nullptr;
};

std::string text_at(const Layer& layer, const Feature& feature, std::string_view field) {
    const int at = layer.field_index(field);
    const auto* text = at < 0 ? nullptr : std::get_if<std::string>(&feature.values[static_cast<std::size_t>(at)]);
    return text != nullptr ? *text : "";
}

std::set<std::string> cells_of(const Layer& layer, const Feature& area) {
    const auto codes = split(text_at(layer, area, "cells"), ' ');
    return {codes.begin(), codes.end()};
}

// One outline where the cells hang together, else one for each part.
geo::Geometry outline_of(const std::vector<CellLoad>& cells, const std::vector<std::size_t>& members) {
    std::vector<geo::Polygon> areas;
    for (const auto at : members) areas.push_back(cells[at].outline);
    if (auto whole = geo::join(areas)) return std::move(*whole);
    // Parts that nothing joins: cell by cell into the first that takes it.
    std::vector<geo::Polygon> parts;
    for (auto& area : areas) {
        parts.push_back(std::move(area));
        for (std::size_t i = parts.size() - 1; i-- > 0;)
            if (auto joined = geo::join({parts[i], parts.back()})) {
                parts.back() = std::move(*joined);
                parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
            }
    }
    if (parts.size() == 1) return std::move(parts.front());
    return geo::Geometry(std::move(parts));
}

} // namespace

void RegistryService::count_cases_by(std::function<std::map<std::string, std::int64_t>(std::int64_t)> count) { state_->count_cases = std::move(count); }

void RegistryService::use_shifts(std::vector<DutyShift> shifts) { state_->shifts = std::move(shifts); }

Result<DutyPlan> RegistryService::plan_duty(const DutyWish& wish) {
    TRY_ASSIGN(state, state_->need("duty_areas"));
    const auto& layer = *state->layer;
    const auto& grid = state_->parts.grid;
    const auto* region = grid.find_region(wish.region);
    if (region == nullptr || region->level == grid::RegionLevel::city) return fail("region_unknown");

    // The region's cells, what stands in each and what was reported in it.
    std::map<std::string, std::int64_t> components, cases;
    const auto things = snapshot("components");
    if (const int field = things->layer().field_index("cell_code"); field >= 0)
        for (std::size_t at = 0; at < things->slots(); ++at)
            if (things->is_there(at))
                if (const auto code = things->value(at, field); std::holds_alternative<std::string>(code)) ++components[std::get<std::string>(code)];
    if (state_->count_cases) cases = state_->count_cases(state_->parts.clock.now_ms() - wish.days * day_ms);
    std::vector<CellLoad> cells;
    std::vector<std::string> codes;
    std::map<std::string, std::size_t> cell_at;
    for (const auto& cell : grid.cells()) {
        const auto* community = grid.find_region(cell.community_code);
        const bool is_within = region->level == grid::RegionLevel::district ? community != nullptr && community->managed_by_code == region->code : cell.code.starts_with(region->code);
        if (!is_within) continue;
        cell_at.emplace(cell.code, cells.size());
        codes.push_back(cell.code);
        cells.push_back({cell.outline, static_cast<double>(components[cell.code]) + wish.case_weight * static_cast<double>(cases[cell.code])});
    }
    if (cells.empty()) return fail("no_cells");

    // Areas in force that lie in the region.
    const auto now = state->now();
    std::vector<Feature> before;
    for (std::size_t at = 0; at < now->slots(); ++at) {
        if (!now->is_there(at)) continue;
        auto one = now->feature(at);
        // Of the region is what has most of its cells there; of cells that are no more, what lies there.
        std::int64_t inside = 0, known = 0;
        for (const auto& code : cells_of(layer, one)) {
            inside += cell_at.contains(code);
            known += grid.find_cell(code) != nullptr;
        }
        const auto middle = known == 0 && one.geometry ? place_of(*one.geometry) : std::nullopt;
        const auto lies = middle ? grid.find_cell(middle->lon, middle->lat) : -1;
        if (2 * inside > known || (lies >= 0 && cell_at.contains(grid.cells()[static_cast<std::size_t>(lies)].code))) before.push_back(std::move(one));
    }
    DutyPlan plan;
    plan.change.base_version = now->version();
    if (!before.empty()) {
        DutyBalance old;
        for (const auto& one : before) {
            double load = 0;
            for (const auto& code : cells_of(layer, one))
                if (const auto found = cell_at.find(code); found != cell_at.end()) load += cells[found->second].load;
            old.loads.push_back(load);
        }
        plan.worst_before = old.worst();
    }

    const int count = wish.areas > 0 ? wish.areas : std::max<int>(1, static_cast<int>(before.size()));
    const auto made = balance_duty(cells, count);
    plan.worst_after = made.worst();
    std::vector<Share> shares(made.loads.size());
    for (std::size_t i = 0; i < cells.size(); ++i) shares[static_cast<std::size_t>(made.area_of[i])].cells.push_back(i);
    // Who walked most of it goes on walking it.
    std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> common; // cells in common, share, area
    for (std::size_t share = 0; share < shares.size(); ++share)
        for (std::size_t area = 0; area < before.size(); ++area) {
            const auto its = cells_of(layer, before[area]);
            const auto same = static_cast<std::size_t>(std::ranges::count_if(shares[share].cells, [&](std::size_t at) { return its.contains(codes[at]); }));
            if (same > 0) common.emplace_back(same, share, area);
        }
    std::ranges::sort(common, std::greater<>());
    std::set<std::size_t> followed;
    for (const auto& [same, share, area] : common)
        if (shares[share].follows == nullptr && followed.insert(area).second) shares[share].follows = &before[area];

    const auto set = [&](Feature& feature, std::string_view field, Value value) {
        if (const int at = layer.field_index(field); at >= 0) feature.values[static_cast<std::size_t>(at)] = std::move(value);
    };
    int number = static_cast<int>(before.size());
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const auto& share = shares[i];
        Feature feature;
        if (share.follows != nullptr) feature = *share.follows;
        else feature.values.resize(layer.fields.size());
        if (share.follows == nullptr) set(feature, "name", region->name + fmt::format("第{}责任网格", ++number));
        std::string list;
        double area_m2 = 0;
        DutyPlan::Area told{feature.id, text_at(layer, feature, "name"), text_at(layer, feature, "collector_name"), static_cast<std::int64_t>(share.cells.size())};
        for (const auto at : share.cells) {
            list += (list.empty() ? "" : " ") + codes[at];
            area_m2 += geo::area_m2(cells[at].outline);
            told.components += components[codes[at]];
            told.cases += cases[codes[at]];
        }
        told.load = made.loads[i];
        set(feature, "cells", list);
        set(feature, "cell_count", static_cast<std::int64_t>(share.cells.size()));
        set(feature, "area_m2", std::round(area_m2));
        feature.geometry = outline_of(cells, share.cells);
        plan.areas.push_back(std::move(told));
        plan.change.puts.push_back(std::move(feature));
    }
    for (std::size_t area = 0; area < before.size(); ++area)
        if (!followed.contains(area)) plan.change.removed.push_back(before[area].id);
    return plan;
}

Result<void> RegistryService::State::follow_cells(RegistryService& service, const std::vector<std::string>& ended, const Author& author) {
    TRY_ASSIGN(state, need("duty_areas"));
    const auto& layer = *state->layer;
    const auto now = state->now();
    const std::set<std::string> gone(ended.begin(), ended.end());
    Change change;
    change.base_version = now->version();
    for (std::size_t at = 0; at < now->slots(); ++at) {
        if (!now->is_there(at)) continue;
        auto area = now->feature(at);
        auto its = cells_of(layer, area);
        const auto before = its.size();
        std::erase_if(its, [&](const auto& code) { return gone.contains(code); });
        if (its.size() == before) continue;
        // What begins within its outline belongs to it.
        std::vector<geo::Polygon> outline;
        if (area.geometry) {
            if (const auto* one = std::get_if<geo::Polygon>(&*area.geometry)) outline = {*one};
            else if (const auto* many = std::get_if<geo::MultiPolygon>(&*area.geometry)) outline = *many;
        }
        std::vector<CellLoad> cells;
        double area_m2 = 0;
        for (const auto& cell : parts.grid.cells()) {
            const auto middle = place_of(cell.outline);
            const bool is_new = !its.contains(cell.code) && middle && std::ranges::any_of(outline, [&](const auto& part) { return geo::contains(part, *middle); });
            if (is_new) its.insert(cell.code);
            if (!its.contains(cell.code)) continue;
            cells.push_back({cell.outline, 0});
            area_m2 += cell.area_m2;
        }
        if (cells.empty()) {
            change.removed.push_back(area.id);
            continue;
        }
        std::vector<std::size_t> all(cells.size());
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
        area.geometry = outline_of(cells, all);
        const auto set = [&](std::string_view field, Value value) {
            if (const int field_at = layer.field_index(field); field_at >= 0) area.values[static_cast<std::size_t>(field_at)] = std::move(value);
        };
        set("cells", join({its.begin(), its.end()}, " "));
        set("cell_count", static_cast<std::int64_t>(its.size()));
        set("area_m2", std::round(area_m2));
        change.puts.push_back(std::move(area));
    }
    if (change.puts.empty() && change.removed.empty()) return {};
    TRY(service.change("duty_areas", std::move(change), author));
    return {};
}

} // namespace chengge::registry
