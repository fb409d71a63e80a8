// Names and sentences: what a row means, and what is wrong with one.
#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "responsibility/responsibility_state.hpp"

namespace chengge::responsibility {

namespace {

constexpr std::size_t shape_points_max = 5000;

const Words& side_words(std::string_view side) {
    static const Words both{"两侧", "both sides of "}, north{"北侧", "north side of "}, south{"南侧", "south side of "}, east{"东侧", "east side of "}, west{"西侧", "west side of "};
    return side == "north" ? north : side == "south" ? south : side == "east" ? east : side == "west" ? west : both;
}

std::size_t points_of(const geo::MultiPolygon& shape) {
    std::size_t points = 0;
    for (const auto& polygon : shape)
        for (const auto& ring : polygon.rings) points += ring.size();
    return points;
}

RowFault fault(const char* field, std::string zh, std::string en) { return {0, field, {std::move(zh), std::move(en)}}; }

std::optional<RowFault> find_class_fault(Row& row, const Names& names) {
    const auto& taxonomy = names.rules->taxonomy;
    if (row.class_code.empty()) {
        row.edition.clear();
        row.kind.clear();
    } else {
        if (row.edition.empty()) row.edition = "2026";
        if (!row.trade.empty()) return fault("trade", "问题类别和责任类别只填一项", "give a class or a kind of responsibility, not both");
        if (row.kind != "component" && row.kind != "event") return fault("kind", "须为“部件”或“事件”", "must be component or event");
        if (taxonomy.find_class(row.edition, row.kind, row.class_code) == nullptr && names.major(row) == nullptr)
            return fault("class_code", "没有代码为 " + row.class_code + " 的小类或大类", "there is no class or major class " + row.class_code);
    }
    if (!row.trade.empty() && names.trade(row.trade) == nullptr) return fault("trade", "没有责任类别 " + row.trade, "there is no kind of responsibility " + row.trade);
    if (!row.filing_row.empty()) {
        const auto* condition = taxonomy.find_row(row.filing_row);
        if (condition == nullptr) return fault("filing_row", "没有立案条件 " + row.filing_row, "there is no filing condition " + row.filing_row);
        if (!row.class_code.empty() && (condition->kind != row.kind || !condition->class_code.starts_with(row.class_code)))
            return fault("filing_row", "这条立案条件不属于所填的问题类别", "the filing condition is not of the class");
    }
    return std::nullopt;
}

std::optional<RowFault> find_place_fault(Row& row, const Names& names) {
    const auto& kind = row.place_kind;
    if (place_rank(kind) < 0) return fault("place_kind", "须为部件、绘制范围、道路、网格、社区、街道、区、全市之一", "must be asset, area, road, cell, community, subdistrict, district or city");
    if (kind != "area") row.shape.clear();
    if (kind != "road") row.side.clear();
    if (kind == "city") {
        row.place.clear();
        return std::nullopt;
    }
    if (row.place.empty()) return fault("place", "请填写范围", "the place is missing");
    if (kind == "area") {
        if (row.shape.empty()) return fault("wkt", "绘制范围须有图形", "a drawn area needs its shape");
        if (points_of(row.shape) > shape_points_max) return fault("wkt", "图形的点太多，最多 5000 个", "the shape has more than 5000 points");
        return std::nullopt;
    }
    if (kind == "road") {
        if (std::find(sides.begin(), sides.end(), row.side) == sides.end()) return fault("side", "须为东、南、西、北侧之一，或不填（两侧）", "must be east, south, west, north or empty for both");
        if (names.grid.find_road(row.place).empty()) return fault("place", "底图上没有道路“" + row.place + "”", "the base map has no road " + row.place);
        return std::nullopt;
    }
    if (kind == "cell" && names.grid.find_cell(row.place) == nullptr) return fault("place", "没有单元网格 " + row.place, "there is no cell " + row.place);
    if (kind == "community" || kind == "subdistrict" || kind == "district") {
        const auto* region = names.grid.find_region(row.place);
        const auto level = kind == "community" ? grid::RegionLevel::community : kind == "subdistrict" ? grid::RegionLevel::subdistrict : grid::RegionLevel::district;
        if (region == nullptr || region->level != level) return fault("place", "没有这个区划 " + row.place, "there is no such region " + row.place);
    }
    return std::nullopt;
}

std::optional<RowFault> find_unit_fault(const Row& row, const Names& names) {
    for (const auto& [field, code] : {std::pair{"competent", row.competent}, {"owner", row.owner}, {"maintenance", row.maintenance}}) {
        if (code.empty()) continue;
        const auto* unit = names.directory->find_organisation(code);
        if (unit == nullptr) return fault(field, "没有这个单位：" + code, "there is no organisation " + code);
        if (!unit->is_open) return fault(field, unit->name + "已撤销，请改填接手的单位", unit->name + " is closed; name who took over");
    }
    if (unit_of(row).empty()) return fault("competent", "主管、权属、养护单位至少填一个", "name a competent, owner or maintenance unit");
    return std::nullopt;
}

} // namespace

const rules::ResponsibleKind* Names::trade(std::string_view code) const {
    for (const auto& one : rules->responsible_kinds)
        if (one.code == code) return &one;
    return nullptr;
}

const rules::MajorClass* Names::major(const Row& row) const {
    for (const auto& one : rules->major_classes)
        if (one.edition == row.edition && one.kind == row.kind && one.code == row.class_code) return &one;
    return nullptr;
}

std::string Names::class_name(const Row& row) const {
    if (const auto* problem = rules->taxonomy.find_class(row.edition, row.kind, row.class_code)) return problem->name;
    if (const auto* one = major(row)) return one->name;
    return "";
}

Words Names::class_words(const Row& row) const {
    if (!row.class_code.empty()) {
        const auto* problem = rules->taxonomy.find_class(row.edition, row.kind, row.class_code);
        const auto* of_all = major(row);
        const auto name = class_name(row);
        const auto name_en = problem != nullptr ? problem->name_en : of_all != nullptr ? of_all->name_en : "";
        const auto called = "“" + (name_en.empty() ? name : name_en) + "”";
        return problem != nullptr ? Words{"“" + name + "”", called} : Words{"大类“" + name + "”", "major class " + called};
    }
    if (const auto* one = trade(row.trade)) return {"“" + one->zh + "”类问题", one->en};
    return {"各类问题", "every class"};
}

Words Names::place_words(const Row& row) const {
    const auto& kind = row.place_kind;
    if (kind == "city") return {"全市", "the whole city"};
    if (kind == "asset") return {"部件 " + row.place, "asset " + row.place};
    if (kind == "area") return {"绘制范围“" + row.place + "”", "the drawn area “" + row.place + "”"};
    if (kind == "road") return {row.place + side_words(row.side).zh, side_words(row.side).en + row.place};
    if (kind == "cell") return {"单元网格 " + row.place, "cell " + row.place};
    const auto* region = grid.find_region(row.place);
    const auto name = region != nullptr ? region->name : row.place;
    return {name, name};
}

std::string Names::unit_name(const std::string& code) const {
    const auto* unit = directory->find_organisation(code);
    return unit != nullptr ? unit->name : code;
}

std::optional<RowFault> find_fault(Row& row, const Names& names) {
    for (const auto& [field, text, characters] : {std::tuple{"place", &row.place, 60u}, {"source", &row.source, 200u}, {"note", &row.note, 500u}, {"code", &row.code, 32u}})
        if (count_characters(*text) > characters) return fault(field, "太长，最多 " + std::to_string(characters) + " 个字", "has more than " + std::to_string(characters) + " characters");
    if (auto one = find_class_fault(row, names)) return one;
    if (auto one = find_place_fault(row, names)) return one;
    if (auto one = find_unit_fault(row, names)) return one;
    for (const auto& [field, day] : {std::pair{"valid_from", row.valid_from}, {"valid_to", row.valid_to}})
        if (!day.empty() && !parse_date(day)) return fault(field, "日期须像 2026-01-01", "must be a day like 2026-01-01");
    if (!row.valid_from.empty() && !row.valid_to.empty() && row.valid_to < row.valid_from) return fault("valid_to", "失效日期早于生效日期", "ends before it begins");
    return std::nullopt;
}

bool says_same(const Row& a, const Row& b) {
    return natural_key(a) == natural_key(b) && a.competent == b.competent && a.owner == b.owner && a.maintenance == b.maintenance && a.valid_to == b.valid_to && a.source == b.source &&
           a.note == b.note && geo::to_wkt(a.shape) == geo::to_wkt(b.shape);
}

std::string natural_key(const Row& row) {
    return join({row.edition, row.kind, row.class_code, row.trade, row.filing_row, row.place_kind, row.place, row.side, row.valid_from}, "\n");
}

} // namespace chengge::responsibility
