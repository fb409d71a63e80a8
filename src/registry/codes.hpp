// Codes of what the registry holds (GB/T 47678.5-2026, GB/T 30428.2-2013, GB/T 30428.1). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "registry/layer.hpp"

namespace chengge::registry {

inline constexpr int sequence_max = 999'999;

// 6 digits of county, class, 6 digits of sequence: 17 in the 2026 edition (class 5), 16 in that of 2013 (class 4).
struct ComponentCode {
    std::string county, class_code;
    int sequence = 0; // 1 … 999,999
    bool operator==(const ComponentCode&) const = default;
};
std::string format_component_code(const ComponentCode& code);
// By its length; nothing when it is neither. Whether the class exists is another question.
std::optional<ComponentCode> parse_component_code(std::string_view text);

// Six digits; also pseudo-codes of functional zones, as 440891. Not 000000, nor a whole province (xx0000).
bool is_county_code(std::string_view text);
bool is_cell_code(std::string_view text);   // 15 digits that begin with a county, sequence not 000
bool is_region_code(std::string_view text); // 6, 9 or 12 digits
// Letters, county, sequence: "GS" + 440802 + 000001.
std::string format_prefixed_code(std::string_view prefix, std::string_view county, int sequence);
// Does the id follow the layer's rule?
bool follows_rule(const Layer& layer, std::string_view id);
// The county an id says; of regions and cells their first six digits.
std::string county_of(const Layer& layer, std::string_view id);

// Component classes of both editions, both ways (data/taxonomy/mapping_2013_2026.csv).
class EditionMap {
public:
    // Refusal bad_data.
    static Result<EditionMap> load(const std::string& path);
    // Empty when the class has no counterpart.
    std::string class_2026(std::string_view class_2013) const;
    std::string class_2013(std::string_view class_2026) const;
    // The code of the other edition with the same county and sequence; empty when there is none or `text` is no component code.
    std::string counterpart(std::string_view text) const;

private:
    std::map<std::string, std::string, std::less<>> to_2026_, to_2013_;
};

} // namespace chengge::registry
