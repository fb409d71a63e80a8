#include "responsibility/responsibility_list.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

namespace chengge::responsibility {

namespace {

// The middle line's nearest place, as metres east and north from there to the point.
struct Offset {
    double east = 0, north = 0;
    bool lies_along_meridian = false; // of the piece of road
    double distance() const { return std::hypot(east, north); }
};

Offset offset_from(const geo::Line& line, geo::Point point) {
    constexpr double metres = 111'320;
    const double shrink = std::cos(point.lat * std::numbers::pi / 180);
    Offset nearest{1e9, 1e9, false};
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const double ax = (line[i].lon - point.lon) * metres * shrink, ay = (line[i].lat - point.lat) * metres;
        const double bx = (line[i + 1].lon - point.lon) * metres * shrink, by = (line[i + 1].lat - point.lat) * metres;
        const double dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
        const double t = length > 0 ? std::clamp(-(ax * dx + ay * dy) / length, 0.0, 1.0) : 0;
        const Offset one{-(ax + t * dx), -(ay + t * dy), std::abs(dy) > std::abs(dx)};
        if (one.distance() < nearest.distance()) nearest = one;
    }
    return nearest;
}

bool is_on_side(const Offset& offset, std::string_view side) {
    if (side.empty()) return true;
    // A road from north to south has an east and a west; a point on the middle line is on both sides.
    if (offset.lies_along_meridian) return (side == "east" && offset.east >= 0) || (side == "west" && offset.east <= 0);
    return (side == "north" && offset.north >= 0) || (side == "south" && offset.north <= 0);
}

geo::Box box_of(const std::vector<geo::Line>& lines) {
    geo::Box box{180, 90, -180, -90};
    for (const auto& line : lines)
        for (const auto& point : line) {
            box.west = std::min(box.west, point.lon), box.east = std::max(box.east, point.lon);
            box.south = std::min(box.south, point.lat), box.north = std::max(box.north, point.lat);
        }
    constexpr double reach = 0.0005; // more than the width, in degrees
    return {box.west - reach, box.south - reach, box.east + reach, box.north + reach};
}

std::string place_key(std::string_view kind, std::string_view place) { return std::string(kind) + "/" + std::string(place); }

} // namespace

int place_rank(std::string_view place_kind) {
    const auto found = std::find(place_kinds.begin(), place_kinds.end(), place_kind);
    return found == place_kinds.end() ? -1 : static_cast<int>(found - place_kinds.begin());
}

const std::string& unit_of(const Row& row) { return !row.maintenance.empty() ? row.maintenance : !row.owner.empty() ? row.owner : row.competent; }

std::string_view part_of(const Row& row) { return !row.maintenance.empty() ? "maintenance" : !row.owner.empty() ? "owner" : "competent"; }

Subject subject_of(const rules::Rules& rules, const Question& question) {
    Subject subject;
    subject.filing_row = question.filing_row;
    const auto add = [&](const rules::ProblemClass* problem) {
        if (problem == nullptr) return;
        subject.classes.insert(rules::class_key(problem->edition, problem->kind, problem->code));
        subject.majors.insert(rules::class_key(problem->edition, problem->kind, problem->major_code));
    };
    const auto& taxonomy = rules.taxonomy;
    add(taxonomy.find_class(question.edition, question.kind, question.class_code));
    const auto other = taxonomy.counterpart(question.edition, question.kind, question.class_code);
    const auto first = other.find('/'), last = other.rfind('/');
    if (first != std::string::npos && last > first) add(taxonomy.find_class(other.substr(0, first), other.substr(first + 1, last - first - 1), other.substr(last + 1)));
    if (const auto* row = taxonomy.find_row(question.filing_row)) subject.trades.insert(row->responsible_kind);
    else
        for (const auto* one : taxonomy.rows_of(question.edition, question.kind, question.class_code)) {
            subject.trades.insert(one->responsible_kind);
            break; // the first condition is the usual one
        }
    return subject;
}

List::List(std::vector<Row> rows, const FindRoad& find_road) : rows_(std::move(rows)) {
    std::vector<geo::Polygon> areas;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& row = rows_[i];
        const auto index = static_cast<int>(i);
        by_code_[row.code] = index;
        if (row.place_kind == "area") {
            for (const auto& polygon : row.shape) areas.push_back(polygon), area_rows_.push_back(index);
        } else if (row.place_kind == "road") {
            auto lines = find_road(row.place);
            if (!lines.empty()) roads_.push_back({index, lines, box_of(lines)});
        } else {
            by_place_[place_key(row.place_kind, row.place)].push_back(index);
        }
    }
    if (!areas.empty()) areas_ = geo::PointIndex(std::move(areas));
}

const Row* List::find(std::string_view code) const {
    const auto found = by_code_.find(std::string(code));
    return found == by_code_.end() ? nullptr : &rows_[static_cast<std::size_t>(found->second)];
}

std::vector<int> List::rows_at(const Question& question) const {
    std::vector<int> found;
    const auto add = [&](std::string_view kind, std::string_view place) {
        if (const auto at = by_place_.find(place_key(kind, place)); at != by_place_.end()) found.insert(found.end(), at->second.begin(), at->second.end());
    };
    if (!question.asset_id.empty()) add("asset", question.asset_id);
    if (!area_rows_.empty())
        for (const int polygon : areas_.find_all({question.lon, question.lat})) {
            const int row = area_rows_[static_cast<std::size_t>(polygon)];
            if (std::find(found.begin(), found.end(), row) == found.end()) found.push_back(row);
        }
    for (const auto& road : roads_) {
        if (!road.box.contains({question.lon, question.lat})) continue;
        Offset nearest{1e9, 1e9, false};
        for (const auto& line : road.lines)
            if (const auto one = offset_from(line, {question.lon, question.lat}); one.distance() < nearest.distance()) nearest = one;
        if (nearest.distance() <= road_width_m && is_on_side(nearest, rows_[static_cast<std::size_t>(road.row)].side)) found.push_back(road.row);
    }
    if (!question.cell.empty()) add("cell", question.cell);
    add("community", question.community);
    add("subdistrict", question.community.substr(0, 9));
    add("district", question.district);
    add("city", "");
    return found;
}

std::vector<List::Hit> List::hits(const std::vector<int>& at_place, const Subject& subject, const std::string& day) const {
    std::vector<Hit> found;
    for (const int index : at_place) {
        const auto& row = rows_[static_cast<std::size_t>(index)];
        if ((!row.valid_from.empty() && day < row.valid_from) || (!row.valid_to.empty() && day > row.valid_to)) continue;
        if (!row.filing_row.empty() && row.filing_row != subject.filing_row) continue;
        Hit hit{index};
        if (!row.class_code.empty()) {
            const auto key = rules::class_key(row.edition, row.kind, row.class_code);
            if (subject.classes.contains(key)) hit.reach = ClassReach::exact;
            else if (subject.majors.contains(key)) hit.reach = ClassReach::major;
            else continue;
        } else if (!row.trade.empty()) {
            if (!subject.trades.contains(row.trade)) continue;
            hit.reach = ClassReach::trade;
        } else if (row.place_kind == "asset") {
            hit.reach = ClassReach::exact; // the thing itself
        }
        found.push_back(hit);
    }
    // Later in force goes first: the days compare as texts, an open one is the earliest.
    const auto rank = [&](const Hit& hit) {
        const auto& row = rows_[static_cast<std::size_t>(hit.row)];
        return std::tuple(place_rank(row.place_kind), static_cast<int>(hit.reach), row.filing_row.empty() ? 1 : 0);
    };
    const auto from = [&](const Hit& hit) -> const std::string& { return rows_[static_cast<std::size_t>(hit.row)].valid_from; };
    std::stable_sort(found.begin(), found.end(), [&](const Hit& a, const Hit& b) { return rank(a) != rank(b) ? rank(a) < rank(b) : from(a) > from(b); });
    for (auto& hit : found) hit.is_first = rank(hit) == rank(found.front()) && from(hit) == from(found.front());
    return found;
}

} // namespace chengge::responsibility
