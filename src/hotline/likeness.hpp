// How likely it is that two reports mean the same problem: place, class, words and time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "hotline/hotline_data.hpp"

namespace chengge::hotline {

// A report, or a case, as a problem in a place.
struct Problem {
    std::string edition, kind, class_code; // empty: not known yet
    std::string asset_id, words;
    double lon = 0, lat = 0; // CGCS2000
    std::int64_t reported_ms = 0;
    std::optional<std::int64_t> closed_ms;
};

struct Likeness {
    double score = 0; // 0 … 1; 0 = another problem
    double metres = 0;
    double words = 0; // share of pairs of characters in common
    bool is_same_asset = false, is_same_class = false, is_same_major = false;
};

// Metres between two places near each other.
double metres_between(const Problem& a, const Problem& b);
// Half of the score is the place: the same asset, else how near within the distance of the class (out of it: 0);
// three tenths the class (another class: 0; not known: as far as the words agree); the rest the words and the time passed.
Likeness compare(const HotlineData& data, const Problem& fresh, const Problem& earlier);

} // namespace chengge::hotline
