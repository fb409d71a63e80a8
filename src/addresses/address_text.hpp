// Chinese addresses as texts: normalised, and parted into their elements (GB/T 30428.3: region, street, estate, door and
// building, point of interest, direction). Pure; knows the city's names only through a gazetteer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace chengge::addresses {

enum class ElementKind {
    province, city, county, town, community, // 省 市 区县 街道镇 社区村
    street, estate, poi,                     // 街巷、小区、兴趣点或标志物
    door, building, unit, room,              // 12号 3栋 2单元 501室
    crossing,                                // 与…交叉口: the street that follows or went before meets another
    direction,                               // 东侧 对面 附近: a hint, never a place of its own
    offset,                                  // 南50米: the same
    cell,                                    // a 15-digit code of a unit grid cell
    rest                                     // what none of these is
};
std::string_view name_of(ElementKind kind); // "street"

struct Element {
    ElementKind kind = ElementKind::rest;
    std::string text; // normalised
    bool is_known = false; // a name of the gazetteer
};

// Half-width letters and digits, upper case; no blanks, commas, brackets; Chinese numerals of numbers ("十二号" → "12号");
// "#" → "号". The same place written two ways becomes the same text.
std::string normalise(std::string_view text);

// Names that the city is known to have: regions, streets, estates, points of interest.
class Gazetteer {
public:
    // `name` as written; the normalised name is kept. A region may be called without its last word (区, 街道, 社区, 镇, 村).
    void add(std::string_view name, ElementKind kind);
    // The longest known name at the beginning of a normalised text; length 0 when there is none.
    struct Found {
        std::size_t length = 0; // bytes
        ElementKind kind = ElementKind::rest;
    };
    Found find(std::string_view normalised) const;

private:
    std::unordered_map<std::string, ElementKind> names_;
    std::unordered_map<std::string, std::vector<std::uint16_t>> lengths_; // by the first two characters; longest first
};

// The elements from left to right; together they are the whole normalised text but for what joins them (的, 与, 和).
std::vector<Element> parse(std::string_view text, const Gazetteer& gazetteer);

} // namespace chengge::addresses
