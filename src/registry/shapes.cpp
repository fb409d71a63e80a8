// Outlines that lie side by side: cut, joined, bent, proposed; neighbours and parents keep fitting.
#include <algorithm>
#include <set>

#include "geo/shape_faults.hpp"
#include "registry/registry_state.hpp"

namespace chengge::registry {

namespace {

constexpr double reach_degrees = 2e-7; // of a box that touches

tl::unexpected<Error> unfit(Words words) { return fail("shapes_unfit", {{"reason", std::move(words.zh)}, {"reason_en", std::move(words.en)}}); }

std::vector<geo::Polygon> areas_of(const std::optional<geo::Geometry>& geometry) {
    if (!geometry) return {};
    if (const auto* one = std::get_if<geo::Polygon>(&*geometry)) return {*one};
    if (const auto* many = std::get_if<geo::MultiPolygon>(&*geometry)) return *many;
    return {};
}

geo::Geometry to_geometry(std::vector<geo::Polygon> areas) {
    if (areas.size() == 1) return std::move(areas.front());
    return geo::Geometry(std::move(areas));
}

std::size_t count_corners(const std::vector<geo::Polygon>& areas) {
    std::size_t count = 0;
    for (const auto& area : areas)
        for (const auto& ring : area.rings) count += ring.size();
    return count;
}

geo::Box wider(geo::Box box) { return {box.west - reach_degrees, box.south - reach_degrees, box.east + reach_degrees, box.north + reach_degrees}; }

// Everything in the layer that has one of these edges takes the corners in.
std::vector<Feature> with_corners(const LayerSnapshot& snapshot, const geo::Box& box, const std::vector<geo::NewCorner>& corners, const std::set<std::string>& without) {
    std::vector<Feature> changed;
    if (corners.empty()) return changed;
    snapshot.visit(wider(box), [&](std::size_t at) {
        if (without.contains(std::string(snapshot.id(at)))) return true;
        auto feature = snapshot.feature(at);
        auto areas = areas_of(feature.geometry);
        const auto before = count_corners(areas);
        for (auto& area : areas) area = geo::with_corners(area, corners);
        if (areas.empty() || count_corners(areas) == before) return true;
        feature.geometry = to_geometry(std::move(areas));
        changed.push_back(std::move(feature));
        return true;
    });
    return changed;
}

std::string community_of(std::string_view cell) { return std::string(cell.substr(0, 12)); }

class Planner {
public:
    Planner(const Layer& layer, std::shared_ptr<const LayerSnapshot> snapshot, std::shared_ptr<const LayerSnapshot> regions)
        : layer_(layer), snapshot_(std::move(snapshot)), regions_(std::move(regions)) {
        plan_.change.base_version = snapshot_->version();
    }

    Result<ShapePlan> split(const ShapeAct& act) {
        if (act.ids.size() != 1) return unfit({"请选一个要分开的面", "choose one area to split"});
        TRY_ASSIGN(old, feature_of(act.ids.front()));
        const auto areas = areas_of(old.geometry);
        if (areas.size() != 1) return unfit({"只有一个面的才能分开", "only a feature of one area can be split"});
        const auto made = geo::cut(areas.front(), act.lines);
        if (!made) return unfit({"分割线离边界或拐角太近，请移开一些再画", "the line comes too close to a border or corner; draw it a little further off"});
        if (made->pieces.size() < 2) return unfit({"分割线没有把面分开，请从一侧边界画到另一侧边界之外", "the line does not part the area; draw it from beyond one border to beyond another"});
        auto pieces = made->pieces;
        std::ranges::sort(pieces, std::greater<>(), [](const geo::Polygon& piece) { return geo::area_m2(piece); });
        // Cells end and begin under new codes: a case keeps the cell it was reported in. Of other layers the largest piece stays what it was.
        for (std::size_t i = 0; i < pieces.size(); ++i) put(old, i == 0 && !is_grid() ? old.id : "", pieces[i], community_of(old.id));
        if (is_grid()) plan_.change.removed.push_back(act.ids.front());
        fit_neighbours(geo::bounds_of(areas.front()), made->corners, {act.ids.front()});
        return std::move(plan_);
    }

    Result<ShapePlan> merge(const ShapeAct& act) {
        if (act.ids.size() < 2) return unfit({"请选两个或更多相邻的面", "choose two or more areas that lie side by side"});
        std::vector<geo::Polygon> areas;
        std::optional<Feature> largest;
        double size = -1;
        for (const auto& id : act.ids) {
            TRY_ASSIGN(one, feature_of(id));
            const auto of_one = areas_of(one.geometry);
            if (is_grid() && community_of(id) != community_of(act.ids.front())) return unfit({"单元网格不能跨社区合并", "cells of two communities cannot be merged"});
            double area = 0;
            for (const auto& part : of_one) area += geo::area_m2(part);
            areas.insert(areas.end(), of_one.begin(), of_one.end());
            if (area > size) size = area, largest = one;
        }
        const auto joined = geo::join(areas);
        if (!joined) return unfit({"所选的面没有共同的边界，或者互相重叠", "the areas have no border in common, or overlap"});
        const auto kept = is_grid() ? std::string() : largest->id;
        put(*largest, kept, *joined, community_of(largest->id));
        for (const auto& id : act.ids)
            if (id != kept) plan_.change.removed.push_back(id);
        return std::move(plan_);
    }

    Result<ShapePlan> move_corner(const ShapeAct& act) {
        const auto from = geo::to_whole(act.from), to = geo::to_whole(act.to);
        const geo::Box box{from.lon, from.lat, from.lon, from.lat};
        TRY_ASSIGN(changed, moved(*snapshot_, box, from, to));
        if (changed.empty()) return unfit({"这里没有拐角", "there is no corner here"});
        plan_.change.puts = std::move(changed);
        if (is_grid()) {
            TRY_ASSIGN(outlines, moved(*regions_, box, from, to));
            plan_.regions.puts = std::move(outlines);
            plan_.regions.base_version = regions_->version();
        }
        return std::move(plan_);
    }

    Result<ShapePlan> divide(const std::string& community, const LayerSnapshot& roads, const geo::DivisionRules& rules) {
        const auto at = regions_->find(community);
        if (!at) return fail("community_unknown");
        const auto region = regions_->feature(*at);
        std::vector<geo::Polygon> cells;
        std::vector<geo::NewCorner> corners;
        for (const auto& part : areas_of(region.geometry)) {
            std::vector<geo::Line> streets;
            roads.visit(geo::bounds_of(part), [&](std::size_t road) {
                const auto geometry = roads.geometry(road);
                if (const auto* line = geometry ? std::get_if<geo::Line>(&*geometry) : nullptr) streets.push_back(*line);
                if (const auto* lines = geometry ? std::get_if<geo::MultiLine>(&*geometry) : nullptr) streets.insert(streets.end(), lines->begin(), lines->end());
                return true;
            });
            const auto proposed = geo::propose_division(part, streets, rules);
            cells.insert(cells.end(), proposed.cells.begin(), proposed.cells.end());
            corners.insert(corners.end(), proposed.corners.begin(), proposed.corners.end());
        }
        if (cells.empty()) return unfit({"社区没有边界", "the community has no outline"});
        snapshot_->visit(geo::bounds_of(*region.geometry), [&](std::size_t cell) {
            if (snapshot_->id(cell).starts_with(community)) plan_.change.removed.emplace_back(snapshot_->id(cell));
            return true;
        });
        // In the order of their numbers: west → east, north → south.
        const auto numbers = grid::number_cells(cells);
        std::vector<std::size_t> order(cells.size());
        for (std::size_t i = 0; i < cells.size(); ++i) order[static_cast<std::size_t>(numbers[i] - 1)] = i;
        Feature blank;
        blank.values.resize(layer_.fields.size());
        for (const auto cell : order) put(blank, "", cells[cell], community);
        fit_neighbours(geo::bounds_of(*region.geometry), corners, {plan_.change.removed.begin(), plan_.change.removed.end()});
        return std::move(plan_);
    }

private:
    bool is_grid() const { return layer_.kept_by == "grid"; }

    Result<Feature> feature_of(const std::string& id) const {
        const auto at = snapshot_->find(id);
        if (!at) return fail("feature_unknown", {{"id", id.substr(0, 40)}});
        return snapshot_->feature(*at);
    }

    // Without an id it is given the next code when it is stored, begins today, and what the registry fills in is filled in anew.
    void put(const Feature& like, const std::string& id, geo::Polygon area, const std::string& community) {
        auto feature = like;
        feature.id = id;
        feature.geometry = std::move(area);
        for (std::size_t i = 0; i < layer_.fields.size(); ++i) {
            const auto& field = layer_.fields[i];
            if (field.name == layer_.id_field) feature.values[i] = id.empty() ? Value() : Value(id);
            else if (id.empty() && !field.filled_with.empty()) feature.values[i] = Value();
            if (is_grid() && field.name == "community_code") feature.values[i] = community;
        }
        plan_.change.puts.push_back(std::move(feature));
    }

    void fit_neighbours(const geo::Box& box, const std::vector<geo::NewCorner>& corners, const std::set<std::string>& without) {
        for (auto& one : with_corners(*snapshot_, box, corners, without)) plan_.change.puts.push_back(std::move(one));
        if (!is_grid()) return;
        plan_.regions.puts = with_corners(*regions_, box, corners, {});
        plan_.regions.base_version = regions_->version();
    }

    static Result<std::vector<Feature>> moved(const LayerSnapshot& snapshot, const geo::Box& box, geo::Point from, geo::Point to) {
        std::vector<Feature> changed;
        std::optional<std::string> broken;
        snapshot.visit(wider(box), [&](std::size_t at) {
            auto feature = snapshot.feature(at);
            auto areas = areas_of(feature.geometry);
            bool has_moved = false;
            for (auto& area : areas)
                for (const auto& ring : area.rings)
                    if (std::ranges::find(ring, from) != ring.end()) {
                        area = geo::with_moved_corner(area, from, to);
                        has_moved = true;
                        if (area.rings.empty() || geo::find_shape_fault(area)) broken = feature.id;
                        break;
                    }
            if (!has_moved) return true;
            feature.geometry = to_geometry(std::move(areas));
            changed.push_back(std::move(feature));
            return true;
        });
        if (broken) return unfit({"拐角移到那里，" + *broken + " 的边界会自己相交", "with its corner there the outline of " + *broken + " would cross itself"});
        return changed;
    }

    const Layer& layer_;
    std::shared_ptr<const LayerSnapshot> snapshot_, regions_;
    ShapePlan plan_;
};

} // namespace

Result<ShapePlan> RegistryService::plan_shapes(std::string_view id, const ShapeAct& act) {
    TRY_ASSIGN(state, state_->need(id));
    if (state->layer->geometry != GeometryKind::polygon && state->layer->geometry != GeometryKind::any) return unfit({"这个图层没有面", "the layer has no areas"});
    if (state->layer->code_rule == "region") return unfit({"区划的边界随单元网格和导入的文件变，不在这里改", "outlines of regions follow the cells and imported files"});
    Planner planner(*state->layer, state->now(), snapshot("regions"));
    switch (act.kind) {
    case ShapeAct::Kind::split: return planner.split(act);
    case ShapeAct::Kind::merge: return planner.merge(act);
    case ShapeAct::Kind::move_corner: break;
    }
    return planner.move_corner(act);
}

Result<ShapePlan> RegistryService::plan_division(std::string_view community, const geo::DivisionRules& rules) {
    TRY_ASSIGN(state, state_->need("cells"));
    const auto* region = state_->parts.grid.find_region(community);
    if (region == nullptr || region->level != grid::RegionLevel::community) return fail("community_unknown");
    return Planner(*state->layer, state->now(), snapshot("regions")).divide(std::string(community), *snapshot("roads"), rules);
}

Result<VersionInfo> RegistryService::change_shapes(std::string_view layer, ShapePlan plan, const Author& author) {
    std::vector<std::pair<std::string, Change>> changes;
    if (!plan.regions.puts.empty()) changes.emplace_back("regions", std::move(plan.regions));
    const auto ended = plan.change.removed;
    changes.emplace_back(layer, std::move(plan.change));
    TRY_ASSIGN(all, change_together(std::move(changes), author));
    auto made = std::move(all.back());
    if (layer != "cells") return made;
    // The cells are changed already: duty areas that need nothing are no refusal of it.
    const auto followed = state_->follow_cells(*this, ended, author);
    if (!followed && followed.error().code != "nothing_to_change") return tl::unexpected(followed.error());
    return made;
}

} // namespace chengge::registry
