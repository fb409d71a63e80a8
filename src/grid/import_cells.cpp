// chengge import cells: unit grid cells that tile their communities (GB/T 30428.1).
#include <algorithm>

#include <fmt/format.h>

#include "base/time.hpp"
#include "grid/import_checks.hpp"

namespace chengge::grid {

namespace {

// The standard asks for about 10,000 m²; far from it is told, not refused.
constexpr double usual_m2_min = 1'000, usual_m2_max = 100'000;

class CellImport {
public:
    // `regions`: those that are to stand in the place of the city's of the same code.
    CellImport(const Snapshot& city, ImportTable table, geo::CoordType coord_type,
               const ImportOptions& options, std::string today, ImportReport& report, const std::vector<Region>& regions = {})
        : city_(city), table_(std::move(table)), coord_type_(coord_type), options_(options),
          today_(std::move(today)), report_(report) {
        for (const auto& region : regions) regions_.emplace(region.code, &region);
    }

    CityChanges run() {
        for (const auto& row : table_.rows) read(row);
        if (!is_other_datum())
            for (auto& [code, community] : communities_) check_tiling(code, community);
        tell_sizes();
        return make_changes();
    }

private:
    const Region* find_region(const std::string& code) const {
        const auto found = regions_.find(code);
        return found != regions_.end() ? found->second : city_.find_region(code);
    }

    struct Community {
        std::vector<std::size_t> rows; // into candidates_
        bool is_faulty = false;
    };
    struct Candidate {
        Cell cell;
        int place = 0;
    };

    void read(const ImportRow& row) {
        Cell cell;
        cell.code = row.field("code");
        const auto said = row.field("community_code");
        bool is_faulty = row.is_faulty;
        const auto refuse = [&](Words words) {
            is_faulty = true;
            add(row.place, std::move(words));
        };
        if (!has_digits(cell.code, 15)) refuse({"编码 " + cell.code + " 须为 15 位数字", "the code " + cell.code + " must have 15 digits"});
        cell.community_code = cell.code.substr(0, 12);
        if (!said.empty() && said != cell.community_code)
            refuse({"编码 " + cell.code + " 的前 12 位不是社区 " + said, "the code " + cell.code + " does not begin with the community " + said});
        const auto* community = find_region(cell.community_code);
        if (cell.code.size() == 15 && (community == nullptr || community->level != RegionLevel::community))
            refuse({"单元网格 " + cell.code + " 的社区 " + cell.community_code + " 不存在，请先导入区划", "the community " + cell.community_code + " of the cell " + cell.code + " does not exist; import the regions first"});
        if (row.outline.size() == 1) cell.outline = row.outline.front();
        else if (!row.is_faulty) refuse({"单元网格 " + cell.code + " 须为一个面", "the cell " + cell.code + " must be one area"});
        const auto date = initial_date_of(table_, row, today_, report_);
        if (date) cell.initial_date = *date;
        if (const auto [first, is_new] = place_of_.emplace(cell.code, row.place); !is_new)
            refuse({fmt::format("编码 {} 重复，前面第 {} 行已有", cell.code, first->second), fmt::format("the code {} stands twice, before at {}", cell.code, first->second)});
        auto& of = communities_[cell.community_code];
        of.is_faulty = of.is_faulty || is_faulty || !date;
        of.rows.push_back(candidates_.size());
        cell.area_m2 = geo::area_m2(cell.outline);
        candidates_.push_back({std::move(cell), row.place});
    }

    bool lies_in_community(const Cell& cell, geo::CoordType read_as) const {
        const auto* community = find_region(cell.community_code);
        if (community == nullptr || cell.outline.rings.empty()) return false;
        // Back to the numbers of the file, and forth as another datum.
        const auto raw = geo::from_cgcs2000(geo::centroid(cell.outline), coord_type_);
        const auto point = geo::to_cgcs2000(raw, read_as);
        return std::ranges::any_of(community->outline, [&](const auto& part) { return geo::contains(part, point); });
    }

    // A whole file that lies beside its communities, and in them when read as another datum.
    bool is_other_datum() {
        const auto count_in = [&](geo::CoordType read_as) {
            return std::ranges::count_if(candidates_, [&](const Candidate& one) { return lies_in_community(one.cell, read_as); });
        };
        const auto size = static_cast<std::ptrdiff_t>(candidates_.size());
        if (size == 0 || count_in(coord_type_) * 2 > size) return false;
        for (const auto other : {geo::CoordType::cgcs2000, geo::CoordType::gcj02, geo::CoordType::bd09}) {
            if (other == coord_type_ || count_in(other) * 10 < size * 9) continue;
            const auto name = std::string(geo::format_coord_type(other));
            add(0, {"单元网格整体偏离社区；按 " + name + " 读就在社区里，请加 --coord-type " + name, "the cells lie beside their communities, and in them when read as " + name + "; add --coord-type " + name});
            for (auto& [code, community] : communities_) community.is_faulty = true;
            return true;
        }
        return false;
    }

    // The community as it will be: the file's cells and those in force that the file does not have.
    void check_tiling(const std::string& code, Community& community) {
        const auto* region = find_region(code);
        if (community.is_faulty || region == nullptr) return;
        std::vector<geo::Polygon> areas;
        std::vector<std::pair<std::string, int>> names; // code, place in the file or 0
        for (const auto row : community.rows) {
            areas.push_back(candidates_[row].cell.outline);
            names.emplace_back(candidates_[row].cell.code, candidates_[row].place);
        }
        if (!options_.is_complete)
            for (const auto& cell : city_.cells)
                if (cell.community_code == code && !place_of_.contains(cell.code)) {
                    areas.push_back(cell.outline);
                    names.emplace_back(cell.code, 0);
                }
        for (const auto& fault : geo::find_coverage_faults(areas, region->outline)) {
            if (!is_real(fault, rounding_m2_)) continue;
            community.is_faulty = true;
            say(fault, code, names);
        }
    }

    void say(const geo::CoverageFault& fault, const std::string& community, const std::vector<std::pair<std::string, int>>& names) {
        const auto at = place_text(fault.at), size = metres_text(fault.area_m2);
        const auto& first = fault.first < 0 ? std::pair<std::string, int>("", 0) : names[static_cast<std::size_t>(fault.first)];
        switch (fault.kind) {
        case geo::CoverageKind::gap: {
            const auto beside_zh = first.first.empty() ? "" : "(" + first.first + " 旁)", beside_en = first.first.empty() ? "" : " beside " + first.first;
            return add(first.second, {"社区 " + community + " 有 " + size + " 平方米没有单元网格，在 " + at + beside_zh, size + " m2 of the community " + community + " have no cell, at " + at + beside_en});
        }
        case geo::CoverageKind::outside:
            return add(first.second, {"单元网格 " + first.first + " 有 " + size + " 平方米在社区 " + community + " 之外，在 " + at, size + " m2 of the cell " + first.first + " lie outside the community " + community + ", at " + at});
        case geo::CoverageKind::overlap: break;
        }
        const auto& second = names[static_cast<std::size_t>(fault.second)];
        const bool meets_old = first.second == 0 || second.second == 0;
        add(std::max(first.second, second.second),
            {"单元网格 " + first.first + " 与 " + second.first + " 重叠 " + size + " 平方米，在 " + at + (meets_old ? "；后者是现有网格，若文件已包含整个社区请加 --complete" : ""),
             "the cells " + first.first + " and " + second.first + " overlap by " + size + " m2 at " + at + (meets_old ? "; one is in force already: if the file has the whole community add --complete" : "")});
    }

    void tell_sizes() {
        int unusual = 0;
        std::string example;
        for (const auto& [cell, place] : candidates_) {
            if (cell.outline.rings.empty() || (cell.area_m2 >= usual_m2_min && cell.area_m2 <= usual_m2_max)) continue;
            if (unusual++ == 0) example = cell.code + " (" + metres_text(cell.area_m2) + " m2)";
        }
        if (unusual > 0)
            report_.notes.push_back({fmt::format("{} 个单元网格的面积远离 10000 平方米，如 {}", unusual, example), fmt::format("{} cells are far from 10,000 m2, as {}", unusual, example)});
        if (rounding_m2_ > 0)
            report_.notes.push_back({"边界间共有 " + metres_text(rounding_m2_) + " 平方米的细缝或重叠，按取整误差处理", "slivers of " + metres_text(rounding_m2_) + " m2 in all along borders are taken as rounding"});
    }

    CityChanges make_changes() {
        CityChanges changes;
        for (const auto& [code, community] : communities_) {
            if (community.is_faulty) {
                report_.skipped += static_cast<int>(community.rows.size());
                continue;
            }
            for (const auto row : community.rows) take(std::move(candidates_[row].cell), changes);
            if (options_.is_complete) end_missing(code, changes);
        }
        return changes;
    }

    void take(Cell cell, CityChanges& changes) {
        const auto* old = city_.find_cell(cell.code);
        if (old != nullptr && is_same(*old, cell)) {
            ++report_.unchanged;
            return;
        }
        ++(old == nullptr ? report_.added : report_.changed);
        if (old != nullptr) cell.initial_date = today_;
        changes.cells.push_back(std::move(cell));
    }

    void end_missing(const std::string& community, CityChanges& changes) {
        for (const auto& cell : city_.cells)
            if (cell.community_code == community && !place_of_.contains(cell.code)) {
                changes.ended_cells.push_back(cell.code);
                ++report_.ended;
            }
    }

    void add(int place, Words words) { report_.faults.push_back(table_.fault(place, std::move(words))); }

    const Snapshot& city_;
    std::map<std::string, const Region*, std::less<>> regions_;
    const ImportTable table_;
    const geo::CoordType coord_type_;
    const ImportOptions& options_;
    const std::string today_;
    ImportReport& report_;
    std::vector<Candidate> candidates_;
    std::map<std::string, Community> communities_;
    std::map<std::string, int> place_of_;
    double rounding_m2_ = 0;
};

} // namespace

void GridService::State::store(const CityChanges& changes, const ImportOptions& options, const std::string& today, std::int64_t now_ms, ImportReport& report) {
    std::ranges::stable_sort(report.faults, {}, &ImportFault::place);
    if (options.is_check || (!report.faults.empty() && !options.skips_faulty)) return;
    if (!changes.empty()) {
        (void)database.write([&](storage::Transaction& transaction) -> Result<void> {
            store_changes(transaction, changes, today, now_ms);
            return {};
        });
        load();
    }
    report.is_stored = true;
}

CityChanges GridService::plan_cells(const std::vector<Cell>& wanted, const std::vector<std::string>& removed, bool is_complete, ImportReport& report, const std::vector<Region>& regions) const {
    const auto& city = state_->now();
    const auto today = format_date(city_date(state_->clock.now_ms()));
    std::set<std::string> communities, codes(removed.begin(), removed.end());
    for (const auto& cell : wanted) {
        communities.insert(cell.code.substr(0, 12));
        codes.insert(cell.code);
    }
    for (const auto& code : removed) communities.insert(code.substr(0, 12));
    if (is_complete)
        for (const auto& cell : city.cells) communities.insert(cell.community_code);
    // Each community that is touched, whole: what stays as it is stands behind what is wanted.
    ImportTable table;
    std::set<std::string> filled;
    const auto add = [&](const Cell& cell, int place) {
        table.rows.push_back({place, {{"code", cell.code}, {"community_code", cell.community_code}, {"initial_date", cell.initial_date}}, {cell.outline}, false});
        filled.insert(cell.code.substr(0, 12));
    };
    for (std::size_t i = 0; i < wanted.size(); ++i) add(wanted[i], static_cast<int>(i + 1));
    if (!is_complete)
        for (const auto& cell : city.cells)
            if (communities.contains(cell.community_code) && !codes.contains(cell.code)) add(cell, 0);
    auto changes = CellImport(city, std::move(table), geo::CoordType::cgcs2000, {.is_complete = true}, today, report, regions).run();
    for (const auto& community : communities) {
        if (filled.contains(community)) continue;
        if (city.find_region(community) != nullptr)
            report.faults.push_back({"", 0, true, {"社区 " + community + " 一个单元网格也没有了", "the community " + community + " would be left without a cell"}});
        for (const auto& cell : city.cells)
            if (cell.community_code == community) changes.ended_cells.push_back(cell.code);
    }
    return changes;
}

void GridService::store(storage::Transaction& transaction, const CityChanges& changes) const {
    if (changes.empty()) return;
    const auto now_ms = state_->clock.now_ms();
    store_changes(transaction, changes, format_date(city_date(now_ms)), now_ms);
}

ImportReport GridService::import_cells(const std::string& file, geo::CoordType coord_type, const ImportOptions& options) {
    ImportReport report;
    auto table = load_import_table(file, coord_type, report);
    const auto now_ms = state_->clock.now_ms();
    const auto today = format_date(city_date(now_ms));
    const auto changes = CellImport(state_->now(), std::move(table), coord_type, options, today, report).run();
    state_->store(changes, options, today, now_ms, report);
    return report;
}

} // namespace chengge::grid
