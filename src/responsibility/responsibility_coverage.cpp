// Where nobody or several answer. Cells for which the same rows come in question are asked once.
#include <algorithm>
#include <map>

#include "base/time.hpp"
#include "responsibility/responsibility_state.hpp"

namespace chengge::responsibility {

namespace {

constexpr std::size_t cells_shown = 20;
constexpr int raster = 4; // a cell is looked at in as many rows and columns: some 25 m, less than a road is wide

struct Asked {
    const rules::ProblemClass* problem;
    Subject subject;
};

std::vector<Asked> classes_of(const rules::Rules& rules, const std::string& edition) {
    std::vector<Asked> classes;
    for (const auto& problem : rules.taxonomy.classes()) {
        if (problem.edition != edition) continue;
        // The mirror matters of components are derived on export; cases have the component.
        if (edition == "2026" && problem.kind == "event" && problem.code < "06") continue;
        classes.push_back({&problem, subject_of(rules, {.edition = problem.edition, .kind = problem.kind, .class_code = problem.code})});
    }
    return classes;
}

// The narrowest region that holds all of these cells, and whether it has no other.
class Regions {
public:
    explicit Regions(const grid::GridService& grid) : grid_(grid) {
        for (const auto& cell : grid.cells())
            for (const auto& code : above(cell)) ++count_[code];
    }
    std::string district_of(const grid::Cell& cell) const {
        const auto* community = grid_.find_region(cell.community_code);
        return community != nullptr ? community->managed_by_code : "";
    }
    std::pair<std::string, bool> place_of(const std::vector<int>& cells) const {
        for (const auto& code : above(grid_.cells()[static_cast<std::size_t>(cells[0])])) {
            const bool holds_all = std::all_of(cells.begin(), cells.end(), [&](int cell) {
                const auto codes = above(grid_.cells()[static_cast<std::size_t>(cell)]);
                return std::find(codes.begin(), codes.end(), code) != codes.end();
            });
            if (holds_all) return {code, count_.at(code) == static_cast<std::int64_t>(cells.size())};
        }
        return {"", false};
    }

private:
    std::vector<std::string> above(const grid::Cell& cell) const { return {cell.community_code, cell.community_code.substr(0, 9), district_of(cell)}; }
    const grid::GridService& grid_;
    std::map<std::string, std::int64_t> count_;
};

using FaultKey = std::tuple<const rules::ProblemClass*, std::string, std::vector<int>>; // class, district, rows that stand first

using Faults = std::map<FaultKey, std::vector<int>>; // the cells

// A drawn area's middle lies in a cell that is asked for itself too.
void sort_once(std::vector<int>& cells) {
    std::sort(cells.begin(), cells.end());
    cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
}

void find(Faults& faults, const List& list, const Asked& asked, const std::vector<int>& at_place, const std::map<std::string, std::vector<int>>& cells, const std::string& day) {
    const auto hits = list.hits(at_place, asked.subject, day);
    std::vector<int> first;
    std::set<std::string> units;
    for (const auto& hit : hits)
        if (hit.is_first) first.push_back(hit.row), units.insert(unit_of(list.rows()[static_cast<std::size_t>(hit.row)]));
    if (units.size() == 1) return;
    for (const auto& [district, indexes] : cells) {
        auto& known = faults[{asked.problem, district, first}];
        known.insert(known.end(), indexes.begin(), indexes.end());
    }
}

} // namespace

CoverageReport ResponsibilityService::coverage(const std::string& edition, std::size_t faults_max) const {
    const auto snapshot = state_->now();
    const auto& list = snapshot->list;
    const auto& grid = state_->parts.grid;
    const auto set = state_->parts.rules();
    const auto classes = classes_of(*set, edition);
    const Regions regions(grid);
    const auto& cells = grid.cells();
    std::map<std::vector<int>, std::map<std::string, std::vector<int>>> groups; // rows in question → district → cells
    const auto add = [&](geo::Point point, int cell) {
        const auto& at = cells[static_cast<std::size_t>(cell)];
        const auto district = regions.district_of(at);
        auto rows = list.rows_at({.lon = point.lon, .lat = point.lat, .cell = at.code, .community = at.community_code, .district = district});
        auto& known = groups[std::move(rows)][district];
        if (known.empty() || known.back() != cell) known.push_back(cell);
    };
    for (int i = 0; i < static_cast<int>(cells.size()); ++i) {
        const auto& outline = cells[static_cast<std::size_t>(i)].outline;
        add(geo::centroid(outline), i);
        const auto box = geo::bounds_of(outline);
        for (int x = 0; x < raster; ++x)
            for (int y = 0; y < raster; ++y) {
                const geo::Point point{box.west + (box.east - box.west) * (x + 0.5) / raster, box.south + (box.north - box.south) * (y + 0.5) / raster};
                if (grid.find_cell(point.lon, point.lat) == i) add(point, i);
            }
    }
    for (const auto& row : list.rows())
        for (const auto& polygon : row.shape) {
            const auto middle = geo::centroid(polygon);
            if (const int cell = grid.find_cell(middle.lon, middle.lat); cell >= 0) add(middle, cell);
        }
    Faults faults;
    const auto day = state_->today();
    for (const auto& [at_place, where] : groups)
        for (const auto& asked : classes) find(faults, list, asked, at_place, where, day);

    CoverageReport report{.faults = {}, .cell_count = static_cast<std::int64_t>(cells.size()), .class_count = static_cast<std::int64_t>(classes.size())};
    // What is so in every district is said once, of the city.
    std::map<std::pair<const rules::ProblemClass*, std::vector<int>>, std::vector<int>> whole;
    for (auto& [key, indexes] : faults) {
        sort_once(indexes);
        (std::get<2>(key).empty() ? report.gap_count : report.overlap_count) += static_cast<std::int64_t>(indexes.size());
        auto& all = whole[{std::get<0>(key), std::get<2>(key)}];
        all.insert(all.end(), indexes.begin(), indexes.end());
    }
    const auto list_fault = [&](const rules::ProblemClass& problem, const std::vector<int>& rows, std::vector<int> indexes, std::pair<std::string, bool> place) {
        CoverageFault fault{.is_overlap = !rows.empty(), .edition = problem.edition, .kind = problem.kind, .class_code = problem.code, .rows = {}, .units = {}, .place = std::move(place.first), .is_whole = place.second, .cell_count = static_cast<std::int64_t>(indexes.size()), .cells = {}};
        for (const int row : rows) {
            fault.rows.push_back(list.rows()[static_cast<std::size_t>(row)].code);
            fault.units.push_back(unit_of(list.rows()[static_cast<std::size_t>(row)]));
        }
        for (std::size_t i = 0; i < std::min(cells_shown, indexes.size()); ++i) fault.cells.push_back(cells[static_cast<std::size_t>(indexes[i])].code);
        report.faults.push_back(std::move(fault));
    };
    for (auto& [key, indexes] : whole)
        if (indexes.size() == cells.size()) list_fault(*key.first, key.second, std::move(indexes), {"city", true});
    for (auto& [key, indexes] : faults) {
        if (const auto& all = whole.at({std::get<0>(key), std::get<2>(key)}); all.empty()) continue; // moved into the city's
        auto place = regions.place_of(indexes);
        list_fault(*std::get<0>(key), std::get<2>(key), std::move(indexes), std::move(place));
    }
    std::stable_sort(report.faults.begin(), report.faults.end(), [](const CoverageFault& a, const CoverageFault& b) {
        return a.is_overlap != b.is_overlap ? !a.is_overlap : a.cell_count > b.cell_count;
    });
    // A long list of gaps must not hide the overlaps.
    const auto first_overlap = std::find_if(report.faults.begin(), report.faults.end(), [](const CoverageFault& one) { return one.is_overlap; });
    const auto gaps = static_cast<std::size_t>(first_overlap - report.faults.begin()), overlaps = report.faults.size() - gaps;
    if (report.faults.size() > faults_max) {
        report.is_cut = true;
        const auto kept_overlaps = std::min(overlaps, std::max(faults_max / 2, faults_max - std::min(gaps, faults_max)));
        report.faults.resize(gaps + kept_overlaps);
        const auto kept_gaps = std::min(gaps, faults_max - kept_overlaps);
        report.faults.erase(report.faults.begin() + static_cast<std::ptrdiff_t>(kept_gaps), report.faults.begin() + static_cast<std::ptrdiff_t>(gaps));
    }
    return report;
}

} // namespace chengge::responsibility
