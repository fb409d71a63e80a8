// chengge import regions: city, districts, subdistricts, communities.
#include <algorithm>

#include <fmt/format.h>

#include "base/time.hpp"
#include "grid/import_checks.hpp"

namespace chengge::grid {

namespace {

// As coded: 440800 ← 440803 ← 440803001 ← 440803001002.
std::optional<RegionLevel> level_of(const std::string& code) {
    if (has_digits(code, 6)) return code.ends_with("00") ? RegionLevel::city : RegionLevel::district;
    if (has_digits(code, 9)) return RegionLevel::subdistrict;
    if (has_digits(code, 12)) return RegionLevel::community;
    return std::nullopt;
}

std::string coded_parent(const std::string& code, RegionLevel level) {
    switch (level) {
    case RegionLevel::city: return "";
    case RegionLevel::district: return code.substr(0, 4) + "00";
    case RegionLevel::subdistrict: return code.substr(0, 6);
    case RegionLevel::community: return code.substr(0, 9);
    }
    return "";
}

class RegionImport {
public:
    RegionImport(const Snapshot& city, ImportTable table, const ImportOptions& options,
                 std::string today, ImportReport& report)
        : city_(city), table_(std::move(table)), options_(options), today_(std::move(today)),
          report_(report) {}

    CityChanges run() {
        for (const auto& row : table_.rows) read(row);
        check_hierarchy();
        check_overlaps();
        check_nesting();
        place_labels();
        return make_changes();
    }

private:
    struct Candidate {
        Region region;
        int place = 0;
        bool is_faulty = false;
    };

    void read(const ImportRow& row) {
        Candidate candidate{.place = row.place, .is_faulty = row.is_faulty};
        auto& region = candidate.region;
        region.code = row.field("code");
        region.name = row.field("name");
        region.area_class = row.field("area_class");
        region.outline = row.outline;
        const auto refuse = [&](Words words) {
            candidate.is_faulty = true;
            add(row.place, std::move(words));
        };
        const auto level = level_of(region.code);
        if (!level) {
            refuse({"编码 " + region.code + " 须为 6 位(市、区)、9 位(街道)或 12 位(社区)数字", "the code " + region.code + " must have 6 (city, district), 9 (subdistrict) or 12 digits (community)"});
            ++faulty_;
            return;
        }
        region.level = *level;
        region.parent_code = coded_parent(region.code, *level);
        const auto said = row.field("parent_code");
        if (!said.empty() && said != region.parent_code)
            refuse({region.code + " 的上级编码须为 " + region.parent_code + "，不是 " + said, "the parent of " + region.code + " must be " + region.parent_code + ", not " + said});
        region.managed_by_code = row.field("managed_by_code");
        if (region.managed_by_code.empty() && *level != RegionLevel::city) region.managed_by_code = region.code.substr(0, 6);
        if (region.name.empty()) refuse({region.code + " 没有名称", region.code + " has no name"});
        if (!region.area_class.empty() && region.area_class != "A" && region.area_class != "B" && region.area_class != "C")
            refuse({region.code + " 的区域类别须为 A、B、C 或空", "the area class of " + region.code + " must be A, B, C or empty"});
        if (*level == RegionLevel::community && region.outline.empty() && !row.is_faulty)
            refuse({"社区 " + region.code + " 没有边界", "the community " + region.code + " has no outline"});
        if (const auto date = initial_date_of(table_, row, today_, report_)) region.initial_date = *date;
        else candidate.is_faulty = true;
        if (const auto [first, is_new] = place_of_.emplace(region.code, row.place); !is_new)
            refuse({fmt::format("编码 {} 重复，前面第 {} 行已有", region.code, first->second), fmt::format("the code {} stands twice, before at {}", region.code, first->second)});
        candidates_.push_back(std::move(candidate));
    }

    const Region* find(const std::string& code) const {
        for (const auto& candidate : candidates_)
            if (candidate.region.code == code && !candidate.is_faulty) return &candidate.region;
        return city_.find_region(code);
    }

    // From the top, so that what hangs on a faulty region is faulty too.
    void check_hierarchy() {
        std::ranges::stable_sort(candidates_, {}, [](const Candidate& one) { return one.region.level; });
        for (auto& candidate : candidates_) {
            const auto& region = candidate.region;
            const auto refuse = [&](Words words) {
                candidate.is_faulty = true;
                add(candidate.place, std::move(words));
            };
            const bool has_parent = region.parent_code.empty() || find(region.parent_code) != nullptr;
            if (!has_parent)
                refuse({region.code + " 的上级 " + region.parent_code + " 不存在", "the parent " + region.parent_code + " of " + region.code + " does not exist"});
            if (region.managed_by_code.empty() || region.managed_by_code == region.code) continue;
            if (!has_parent && region.managed_by_code == region.parent_code) continue; // the same thing said twice
            const auto* manager = find(region.managed_by_code);
            if (manager == nullptr || manager->level != RegionLevel::district)
                refuse({region.code + " 的管理区 " + region.managed_by_code + " 不是已有的区", "what manages " + region.code + ", " + region.managed_by_code + ", is no known district"});
        }
    }

    // Communities as they will be in force, with the candidate each comes from, if any.
    void check_overlaps() {
        std::vector<geo::Polygon> parts;
        std::vector<std::pair<const Region*, Candidate*>> owners;
        const auto add_parts = [&](const Region& region, Candidate* candidate) {
            if (region.level != RegionLevel::community) return;
            for (const auto& part : region.outline) {
                parts.push_back(part);
                owners.emplace_back(&region, candidate);
            }
        };
        for (auto& candidate : candidates_)
            if (!candidate.is_faulty) add_parts(candidate.region, &candidate);
        for (const auto& region : city_.regions)
            if (!place_of_.contains(region.code) && !options_.is_complete) add_parts(region, nullptr);
        if (std::ranges::none_of(owners, [](const auto& owner) { return owner.second != nullptr; })) return;
        for (const auto& fault : geo::find_coverage_faults(parts, {})) {
            if (!is_real(fault, rounding_m2_)) continue;
            auto one = owners[static_cast<std::size_t>(fault.first)], other = owners[static_cast<std::size_t>(fault.second)];
            if (one.second == nullptr) std::swap(one, other);
            if (one.second == nullptr) continue; // both stood before
            for (auto* candidate : {one.second, other.second})
                if (candidate != nullptr) candidate->is_faulty = true;
            const auto place = place_text(fault.at);
            add(one.second->place, {"社区 " + one.first->code + " 与 " + other.first->code + " 重叠 " + metres_text(fault.area_m2) + " 平方米，在 " + place,
                                    "the communities " + one.first->code + " and " + other.first->code + " overlap by " + metres_text(fault.area_m2) + " m2 at " + place});
        }
    }

    // A community lies in its subdistrict, where that has an outline.
    void check_nesting() {
        for (auto& candidate : candidates_) {
            const auto& region = candidate.region;
            const auto* parent = region.level == RegionLevel::community && !candidate.is_faulty ? find(region.parent_code) : nullptr;
            if (parent == nullptr || parent->outline.empty()) continue;
            for (const auto& fault : geo::find_coverage_faults(region.outline, parent->outline)) {
                if (fault.kind != geo::CoverageKind::outside || !is_real(fault, rounding_m2_)) continue;
                candidate.is_faulty = true;
                const auto place = place_text(fault.at);
                add(candidate.place, {"社区 " + region.code + " 有 " + metres_text(fault.area_m2) + " 平方米在街道 " + parent->code + " 之外，在 " + place,
                                      metres_text(fault.area_m2) + " m2 of the community " + region.code + " lie outside the subdistrict " + parent->code + ", at " + place});
            }
        }
    }

    // A region without an outline is named in the middle of what lies below it.
    void place_labels() {
        std::ranges::stable_sort(candidates_, std::ranges::greater(), [](const Candidate& one) { return one.region.level; });
        for (auto& candidate : candidates_) {
            auto& region = candidate.region;
            if (!region.outline.empty()) {
                region.label_point = geo::centroid(*std::ranges::max_element(region.outline, {}, [](const auto& part) { return geo::area_m2(part); }));
                continue;
            }
            double count = 0;
            for (const auto& other : candidates_)
                if (other.region.parent_code == region.code && other.region.level > region.level) {
                    region.label_point.lon += other.region.label_point.lon;
                    region.label_point.lat += other.region.label_point.lat;
                    ++count;
                }
            if (count > 0) region.label_point = {region.label_point.lon / count, region.label_point.lat / count};
        }
    }

    CityChanges make_changes() {
        CityChanges changes;
        std::set<std::string> kept;
        for (auto& candidate : candidates_) {
            if (candidate.is_faulty) {
                ++faulty_;
                continue;
            }
            const auto* old = city_.find_region(candidate.region.code);
            if (old != nullptr && is_same(*old, candidate.region)) {
                ++report_.unchanged;
                continue;
            }
            ++(old == nullptr ? report_.added : report_.changed);
            if (old != nullptr) candidate.region.initial_date = today_;
            changes.regions.push_back(std::move(candidate.region));
        }
        report_.skipped = faulty_;
        if (options_.is_complete) end_missing(changes);
        if (rounding_m2_ > 0)
            report_.notes.push_back({"边界间共有 " + metres_text(rounding_m2_) + " 平方米的细缝或重叠，按取整误差处理", "slivers of " + metres_text(rounding_m2_) + " m2 in all along borders are taken as rounding"});
        return changes;
    }

    void end_missing(CityChanges& changes) {
        for (const auto& region : city_.regions) {
            if (place_of_.contains(region.code)) continue;
            if (const auto cells = city_.count_cells(region.code); cells > 0 && region.level == RegionLevel::community) {
                add(0, {fmt::format("文件里没有社区 {}，但它还有 {} 个单元网格；请先导入新的单元网格", region.code, cells), fmt::format("the file lacks the community {}, which still has {} cells; import the new cells first", region.code, cells)});
                continue;
            }
            changes.ended_regions.push_back(region.code);
            ++report_.ended;
        }
    }

    void add(int place, Words words) { report_.faults.push_back(table_.fault(place, std::move(words))); }

    const Snapshot& city_;
    const ImportTable table_;
    const ImportOptions& options_;
    const std::string today_;
    ImportReport& report_;
    std::vector<Candidate> candidates_;
    std::map<std::string, int> place_of_;
    double rounding_m2_ = 0;
    int faulty_ = 0;
};

} // namespace

bool is_real(const geo::CoverageFault& fault, double& rounding_m2) {
    if (fault.area_m2 >= 1 && fault.width_m >= 0.1) return true;
    rounding_m2 += fault.area_m2;
    return false;
}

bool has_digits(const std::string& code, std::size_t count) {
    return code.size() == count && code.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<std::string> initial_date_of(const ImportTable& table, const ImportRow& row, const std::string& today, ImportReport& report) {
    const auto text = row.field("initial_date");
    if (text.empty()) return today;
    const auto date = parse_date(text);
    if (date && format_date(*date) <= today) return format_date(*date);
    report.faults.push_back(table.fault(row.place, {"启用日期 " + text + " 须为今天或以前的日期，如 2026-01-01", "the initial date " + text + " must be a day until today such as 2026-01-01"}));
    return std::nullopt;
}

std::string place_text(geo::Point point) { return fmt::format("{:.7f},{:.7f}", point.lon, point.lat); }

std::string metres_text(double metres) { return fmt::format("{:.1f}", metres); }

CityChanges GridService::plan_regions(const std::vector<Region>& wanted, const std::vector<std::string>& removed, bool is_complete, ImportReport& report) const {
    const auto& city = state_->now();
    const auto today = format_date(city_date(state_->clock.now_ms()));
    ImportTable table;
    std::set<std::string> codes(removed.begin(), removed.end());
    const auto add = [&](const Region& region, int place) {
        table.rows.push_back({place,
                              {{"code", region.code}, {"name", region.name}, {"parent_code", region.parent_code}, {"managed_by_code", region.managed_by_code}, {"area_class", region.area_class},
                               {"initial_date", region.initial_date}},
                              region.outline, false});
    };
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        add(wanted[i], static_cast<int>(i + 1));
        codes.insert(wanted[i].code);
    }
    if (!is_complete)
        for (const auto& region : city.regions)
            if (!codes.contains(region.code)) add(region, 0);
    return RegionImport(city, std::move(table), {.is_complete = true}, today, report).run();
}

ImportReport GridService::import_regions(const std::string& file, geo::CoordType coord_type, const ImportOptions& options) {
    ImportReport report;
    auto table = load_import_table(file, coord_type, report);
    const auto now_ms = state_->clock.now_ms();
    const auto today = format_date(city_date(now_ms));
    const auto changes = RegionImport(state_->now(), std::move(table), options, today, report).run();
    state_->store(changes, options, today, now_ms, report);
    return report;
}

} // namespace chengge::grid
