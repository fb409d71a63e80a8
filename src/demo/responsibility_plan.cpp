#include "demo/responsibility_plan.hpp"

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/random.hpp"

namespace chengge::demo {

namespace {

using responsibility::Row;

class Plan {
public:
    Plan(const City& city, const std::string& day) : city_(city), day_(day), random_(city.seed ^ 0x7a71) {
        for (const auto& feature : city.base_map)
            if (feature.layer == "road_main" && !feature.name.empty()) roads_.insert(feature.name);
        for (const auto& region : city.regions)
            if (region.level == grid::RegionLevel::community) communities_.push_back(&region);
    }

    std::vector<Row> run() {
        add_trades();
        add_roads();
        add_areas();
        add_cells_and_assets();
        add_faults();
        return std::move(rows_);
    }

private:
    Row& add(const std::string& code, const std::string& place_kind, const std::string& place, const std::string& competent, const std::string& source) {
        Row row;
        row.code = code;
        row.place_kind = place_kind;
        row.place = place;
        row.competent = competent;
        row.valid_from = day_;
        row.source = "模拟：" + source;
        row.note = "演示数据，系统生成";
        row.origin = "generated";
        rows_.push_back(std::move(row));
        return rows_.back();
    }
    static void name_class(Row& row, const char* kind, const std::string& code) {
        row.edition = "2026";
        row.kind = kind;
        row.class_code = code;
    }

    // What the departments' plan of duties says, by trade; two trades are left out so that the report has gaps.
    void add_trades() {
        for (const auto& one : city_.responsibilities) {
            const auto& place = one.region_code;
            const char* kind = place.empty() ? "city" : place.size() <= 6 ? "district" : "subdistrict";
            auto& row = add("T-" + one.kind + (place.empty() ? "" : "-" + place), kind, place, one.organisation_code, "市直部门和各区职责分工方案");
            row.trade = one.kind;
            if (one.kind == "civil" || one.kind == "culture") row.valid_to = "2025-12-31", row.valid_from.clear(); // ran out, nobody renewed it
        }
    }

    // Main roads: the city cleans some itself; of some each side is another district's.
    void add_roads() {
        int number = 1;
        for (const auto& road : roads_) {
            const auto code = fmt::format("R{:03}", number);
            const auto pick = number++ % 4;
            if (pick == 0) {
                auto& row = add(code, "road", road, "sanitation", "主干道清扫保洁市级直管路段表");
                row.trade = "sanitation";
                row.maintenance = "sanitation";
            } else if (pick == 1) {
                for (const auto& [side, district] : {std::pair{"north", "440802"}, {"south", "440803"}}) {
                    auto& row = add(code + (side[0] == 'n' ? "N" : "S"), "road", road, fmt::format("sanitation-{}", district), "区界道路管养分段协议");
                    row.trade = "sanitation";
                    row.side = side;
                }
            } else if (pick == 2) {
                auto& row = add(code, "road", road, "municipal", "主干道路灯统一管养通知");
                row.trade = "municipal";
                row.owner = "municipal";
            }
            if (number > 40) break;
        }
    }

    geo::Polygon around(geo::Point middle, double radius_m) const {
        geo::Polygon polygon{{{}}};
        for (int i = 0; i <= 8; ++i) {
            const double angle = (i % 8) * 3.14159265358979 / 4;
            polygon.rings[0].push_back({middle.lon + radius_m * std::cos(angle) / (111'320 * std::cos(middle.lat * 0.0174533)), middle.lat + radius_m * std::sin(angle) / 111'320});
        }
        return polygon;
    }

    void add_areas() {
        const std::tuple<const char*, const char*, const char*> places[] = {
            {"港口作业区", "company-port", "港区移交管理协议"}, {"铁路货场", "central-rail", "铁路用地红线"},     {"海滨码头", "central-maritime", "海事码头管理范围"},
            {"中央公园", "landscaping", "市属公园名录"},        {"湖滨公园", "landscaping", "市属公园名录"},     {"体育广场", "landscaping", "市属公园名录"},
            {"高速出入口", "central-highway", "高速公路用地范围"}, {"公交总站", "company-bus", "公交场站移交清单"}, {"物流园", "company-port", "园区管理协议"}};
        int number = 1;
        for (const auto& [name, unit, source] : places) {
            const auto& community = *communities_[(static_cast<std::size_t>(number) * 6) % communities_.size()];
            auto& row = add(fmt::format("A{:03}", number++), "area", name, unit, source);
            row.shape = {around(community.label_point, 120 + static_cast<double>(random_.below(120)))};
        }
    }

    void add_cells_and_assets() {
        for (int i = 1; i <= 20; ++i) {
            const auto& cell = city_.cells[random_.below(city_.cells.size())];
            auto& row = add(fmt::format("G{:03}", i), "cell", cell.code, "enforcement", "严管网格清单");
            name_class(row, "event", "06011");
        }
        for (int i = 1; i <= 20; ++i) {
            const auto& community = *communities_[static_cast<std::size_t>(i * 2) % communities_.size()];
            auto& row = add(fmt::format("C{:03}", i), "community", community.code, "street-" + community.code.substr(0, 9), "社区积存垃圾兜底清运安排");
            name_class(row, "event", "06012");
        }
        for (int i = 1; i <= 12; ++i) {
            auto& row = add(fmt::format("P{:03}", i), "asset", fmt::format("44080001004{:06}", i), "municipal", "排水设施移交清单");
            row.owner = "company-water";
            row.maintenance = "municipal";
        }
        auto& covers = add("M001", "city", "", "company-telecom", "通信井盖权属确认会议纪要");
        name_class(covers, "component", "01007");
        covers.owner = "company-telecom";
    }

    // Two rows that say different things of the same; a report must find them.
    void add_faults() {
        const auto& community = *communities_[3];
        for (const auto& [code, unit] : {std::pair{"X001", "sanitation"}, {"X002", "enforcement"}}) {
            auto& row = add(code, "community", community.code, unit, "两份通知说法不一（有意设置的重叠）");
            name_class(row, "event", "06010");
        }
        for (const auto& [code, unit] : {std::pair{"X003", "company-broadcast"}, {"X004", "company-telecom"}}) {
            auto& row = add(code, "district", "440802", unit, "线缆归属有争议（有意设置的重叠）");
            name_class(row, "component", "01027");
        }
    }

    const City& city_;
    const std::string& day_;
    Random random_;
    std::set<std::string> roads_;
    std::vector<const grid::Region*> communities_;
    std::vector<Row> rows_;
};

} // namespace

std::vector<Row> make_responsibility_rows(const City& city, const std::string& day) { return Plan(city, day).run(); }

} // namespace chengge::demo
