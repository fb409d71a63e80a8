#include "reorganisation/reorganisation_rows.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace chengge::reorganisation {

namespace {

using responsibility::Row;

enum class Overlap { none, inside, wider, unknown };

struct Scope {
    std::string edition, kind, class_code, trade;
};
struct PlaceOf {
    std::string kind, place;
};

bool replace_units(Row& row, const std::string& from, const std::string& to) {
    bool has_changed = false;
    for (auto* unit : {&row.competent, &row.owner, &row.maintenance})
        if (*unit == from) {
            *unit = to;
            has_changed = true;
        }
    return has_changed;
}

bool names_unit(const Row& row, const std::string& unit) { return row.competent == unit || row.owner == unit || row.maintenance == unit; }

std::string key_of(const Row& row) { return row.class_code.empty() ? "" : rules::class_key(row.edition, row.kind, row.class_code); }

// How a row's classes lie to those of a part; `narrower` are the scopes of rows for what both have.
Overlap class_overlap(const Row& row, const std::vector<std::string>& prefixes, const rules::Rules& rules, std::vector<Scope>& narrower) {
    narrower = {{row.edition, row.kind, row.class_code, row.trade}};
    if (prefixes.empty()) return Overlap::inside;
    const auto key = key_of(row);
    if (!key.empty() && std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& one) { return key.starts_with(one); })) return Overlap::inside;
    narrower.clear();
    std::set<std::string> taken;
    for (const auto& prefix : prefixes) {
        // A whole major class is one row.
        if (const auto names = split(prefix, '/'); names.size() == 3 && names[2].size() == 2 && row.trade.empty() && prefix.starts_with(key)) {
            narrower.push_back({names[0], names[1], names[2], ""});
            continue;
        }
        for (const auto& problem : rules.taxonomy.classes()) {
            const auto of_class = rules::class_key(problem.edition, problem.kind, problem.code);
            if (!of_class.starts_with(prefix) || (!key.empty() && !of_class.starts_with(key))) continue;
            if (!row.trade.empty()) {
                const auto conditions = rules.taxonomy.rows_of(problem.edition, problem.kind, problem.code);
                if (std::none_of(conditions.begin(), conditions.end(), [&](const rules::FilingRow* one) { return one->responsible_kind == row.trade; })) continue;
            }
            if (taken.insert(of_class).second) narrower.push_back({problem.edition, problem.kind, problem.code, ""});
        }
    }
    return narrower.empty() ? Overlap::none : Overlap::wider;
}

std::string region_of(const Row& row, const grid::GridService& grid) {
    if (row.place_kind == "cell" || row.place_kind == "community" || row.place_kind == "subdistrict" || row.place_kind == "district") return row.place;
    if (row.place_kind != "area" || row.shape.empty()) return "";
    const auto middle = geo::centroid(row.shape.front());
    const auto place = grid.locate(middle.lon, middle.lat);
    return place ? place->cell_code : "";
}

bool lies_in(const std::string& code, const std::string& region, const grid::GridService& grid) {
    if (code.starts_with(region)) return true;
    // A district is who manages the place, whatever its code says.
    const auto* found = region.size() > 6 ? nullptr : grid.find_region(code.substr(0, 12));
    return found != nullptr && found->managed_by_code == region;
}

Overlap region_overlap(const Row& row, const std::vector<std::string>& regions, const grid::GridService& grid, std::vector<PlaceOf>& narrower) {
    narrower = {{row.place_kind, row.place}};
    if (regions.empty()) return Overlap::inside;
    const auto own = region_of(row, grid);
    if (row.place_kind != "city" && own.empty()) return Overlap::unknown;
    if (!own.empty() && std::any_of(regions.begin(), regions.end(), [&](const std::string& one) { return lies_in(own, one, grid); })) return Overlap::inside;
    narrower.clear();
    static const std::map<std::size_t, std::string> kinds{{6, "district"}, {9, "subdistrict"}, {12, "community"}, {15, "cell"}};
    for (const auto& region : regions)
        if (const auto kind = kinds.find(region.size()); kind != kinds.end() && (own.empty() || lies_in(region, own, grid))) narrower.push_back({kind->second, region});
    return narrower.empty() ? Overlap::none : Overlap::wider;
}

void mark(Row& row, const Plan& plan) {
    row.origin = "reorganisation";
    if (!plan.document.empty()) row.source = plan.document;
}

void split_row(const Plan& plan, const Row& row, const rules::Rules& rules, const grid::GridService& grid, std::vector<RowChange>& changes) {
    const auto& unit = plan.units.front();
    auto rest = row;
    bool is_unsure = false;
    const auto finish = [&](const std::string& to) {
        replace_units(rest, unit, to);
        if (to == unit) return;
        mark(rest, plan);
        changes.push_back({row, rest, is_unsure});
    };
    for (std::size_t i = 0; i + 1 < plan.parts.size(); ++i) {
        const auto& part = plan.parts[i];
        std::vector<Scope> scopes;
        std::vector<PlaceOf> places;
        const auto classes = class_overlap(row, part.classes, rules, scopes), regions = region_overlap(row, part.regions, grid, places);
        if (classes == Overlap::none || regions == Overlap::none) continue;
        if (regions == Overlap::unknown) {
            is_unsure = true;
            continue;
        }
        if (classes == Overlap::inside && regions == Overlap::inside) return finish(part.to.code);
        for (const auto& scope : scopes)
            for (const auto& place : places) {
                Row beside = row;
                beside.code.clear();
                beside.version = 0;
                beside.edition = scope.edition;
                beside.kind = scope.kind;
                beside.class_code = scope.class_code;
                beside.trade = scope.trade;
                if (regions == Overlap::wider) {
                    beside.place_kind = place.kind;
                    beside.place = place.place;
                    beside.shape.clear();
                    beside.side.clear();
                }
                replace_units(beside, unit, part.to.code);
                mark(beside, plan);
                changes.push_back({row, std::move(beside), false});
            }
    }
    finish(plan.parts.back().to.code);
}

} // namespace

std::vector<RowChange> row_changes(const Plan& plan, const std::vector<Row>& rows, const rules::Rules& rules, const grid::GridService& grid) {
    std::vector<RowChange> changes;
    for (const auto& row : rows) {
        if (plan.kind == "split" && names_unit(row, plan.units.front())) split_row(plan, row, rules, grid, changes);
        if (plan.kind != "merge") continue;
        auto after = row;
        bool has_changed = false;
        for (const auto& unit : plan.units)
            if (unit != plan.target.code) has_changed = replace_units(after, unit, plan.target.code) || has_changed;
        if (!has_changed) continue;
        mark(after, plan);
        changes.push_back({row, std::move(after), false});
    }
    return changes;
}

} // namespace chengge::reorganisation
