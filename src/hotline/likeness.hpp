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
    std::string address_key{}, address_name{}; // addresses::StandardAddress; empty: none is known
};

struct Likeness {
    double score = 0; // 0 … 1; 0 = another problem
    double metres = 0;
    double words = 0; // share of pairs of characters in common
    bool is_same_asset = false, is_same_class = false, is_same_major = false, is_same_address = false;
};

// Metres between two places near each other.
double metres_between(const Problem& a, const Problem& b);
// Half of the score is the place: the same asset, else how near within the distance of the class (out of it: 0);
// three tenths the class (another class: 0; not known: as far as the words agree); the rest the words and the time passed. With the
// same class the same standard address adds a tenth and reaches half as far again: the words hold where the pin errs. Without a class
// it decides nothing, as whatever else is wrong at that door has the same; another address says nothing, as neighbours give their own.
inline constexpr double address_reach = 1.5;
Likeness compare(const HotlineData& data, const Problem& fresh, const Problem& earlier);

} // namespace chengge::hotline
