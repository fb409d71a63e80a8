#include "hotline/likeness.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.hpp"
#include "base/time.hpp"
#include "storage/bigrams.hpp"

namespace chengge::hotline {

namespace {

constexpr double place_weight = 0.5, class_weight = 0.3, words_weight = 0.12, time_weight = 0.08, address_weight = 0.1;
constexpr double time_scale_days = 10;

double words_in_common(const std::string& a, const std::string& b) {
    const auto pairs = [](const std::string& text) {
        const auto all = split(storage::to_bigrams(text), ' ');
        return std::set<std::string>(all.begin(), all.end());
    };
    const auto one = pairs(a), other = pairs(b);
    std::size_t common = 0;
    for (const auto& pair : one) common += !pair.empty() && other.contains(pair);
    const auto smaller = std::min(one.size(), other.size());
    return smaller == 0 ? 0 : static_cast<double>(common) / static_cast<double>(smaller);
}

} // namespace

double metres_between(const Problem& a, const Problem& b) {
    constexpr double metres_per_degree = 111'320;
    const auto x = (a.lon - b.lon) * std::cos(a.lat * 3.14159265358979 / 180);
    return std::hypot(x, a.lat - b.lat) * metres_per_degree;
}

Likeness compare(const HotlineData& data, const Problem& fresh, const Problem& earlier) {
    Likeness likeness;
    likeness.metres = metres_between(fresh, earlier);
    likeness.is_same_asset = !fresh.asset_id.empty() && fresh.asset_id == earlier.asset_id;
    const bool is_known = !fresh.class_code.empty() && !earlier.class_code.empty();
    likeness.is_same_address = !fresh.address_key.empty() && fresh.address_key == earlier.address_key;
    likeness.is_same_class = is_known && fresh.kind == earlier.kind && fresh.class_code == earlier.class_code;
    // The first two digits of a class are its major class in both editions.
    likeness.is_same_major = is_known && fresh.kind == earlier.kind && fresh.class_code.substr(0, 2) == earlier.class_code.substr(0, 2);
    const bool is_another_asset = !fresh.asset_id.empty() && !earlier.asset_id.empty() && !likeness.is_same_asset;
    if (is_another_asset || (is_known && !likeness.is_same_class)) return likeness;
    const auto& named = earlier.class_code.empty() ? fresh : earlier;
    const auto distance = data.distance_of(named.kind, named.class_code);
    const auto reach = likeness.is_same_address && likeness.is_same_class ? address_reach * distance : distance;
    if (!likeness.is_same_asset && likeness.metres > reach) return likeness;
    likeness.words = words_in_common(fresh.words, earlier.words); // the dearest comes last
    const auto place = likeness.is_same_asset ? 1.0 : 1 - 0.6 * likeness.metres / distance;
    const auto days = static_cast<double>(std::max<std::int64_t>(fresh.reported_ms - earlier.reported_ms, 0)) / static_cast<double>(day_ms);
    // Without a class the words have to speak for it.
    const auto problem = likeness.is_same_class ? 1.0 : std::min(1.0, 2.5 * likeness.words);
    likeness.score = place_weight * place + class_weight * problem + words_weight * likeness.words + time_weight * std::exp(-days / time_scale_days);
    if (likeness.is_same_address && likeness.is_same_class) likeness.score = std::min(1.0, likeness.score + address_weight);
    return likeness;
}

} // namespace chengge::hotline
