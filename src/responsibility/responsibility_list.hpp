// The list held in memory and asked: which rows speak of a class at a place, which of them counts.
// Private to this module.
#pragma once

#include <functional>
#include <set>
#include <unordered_map>

#include "geo/point_index.hpp"
#include "responsibility/responsibility_service.hpp"

namespace chengge::responsibility {

inline constexpr double road_width_m = 40; // how far from the middle of a road its side reaches

// From the narrowest place to the widest; the position is the precedence.
inline constexpr std::array<std::string_view, 8> place_kinds{"asset", "area", "road", "cell", "community", "subdistrict", "district", "city"};
inline constexpr std::array<std::string_view, 5> sides{"", "north", "south", "east", "west"};
// How exactly a row names the class: itself, its major class, the trade of its filing row, any.
enum class ClassReach { exact, major, trade, any };

int place_rank(std::string_view place_kind); // −1 when there is none
// Whom a row gives the work to: who maintains, else who owns, else who is competent.
const std::string& unit_of(const Row& row);
std::string_view part_of(const Row& row); // "maintenance", "owner", "competent"

// What a row is compared with: a question's place with the classes that count as its own.
struct Subject {
    std::set<std::string> classes; // class_key of the class and of its counterpart in the other edition
    std::set<std::string> majors;  // class_key of the major class, the same way
    std::set<std::string> trades;  // of its filing rows
    std::string filing_row;
};
Subject subject_of(const rules::Rules& rules, const Question& question);

class List {
public:
    using FindRoad = std::function<std::vector<geo::Line>(const std::string& name)>;
    List(std::vector<Row> rows, const FindRoad& find_road);
    const std::vector<Row>& rows() const { return rows_; }
    const Row* find(std::string_view code) const;

    // Indexes of the rows whose place holds the question's, whatever their class; in order of precedence.
    std::vector<int> rows_at(const Question& question) const;
    // Of these the rows that speak of the class on the day, the first of them first.
    struct Hit {
        int row = 0;
        ClassReach reach = ClassReach::any;
        bool is_first = false; // nothing goes before it; several are equal
    };
    std::vector<Hit> hits(const std::vector<int>& at_place, const Subject& subject, const std::string& day) const;

private:
    struct Road {
        int row = 0;
        std::vector<geo::Line> lines;
        geo::Box box;
    };
    std::vector<Row> rows_;
    std::unordered_map<std::string, std::vector<int>> by_place_; // "cell/440802001101001"
    std::unordered_map<std::string, int> by_code_;
    geo::PointIndex areas_;
    std::vector<int> area_rows_; // the row of each polygon of areas_
    std::vector<Road> roads_;
};

} // namespace chengge::responsibility
