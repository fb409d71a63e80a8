#include "registry/codes.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "base/csv.hpp"

namespace chengge::registry {

namespace {

bool has_digits(std::string_view text, std::size_t count) {
    return text.size() == count && std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

int number_of(std::string_view digits) {
    int number = 0;
    for (const char digit : digits) number = number * 10 + (digit - '0');
    return number;
}

bool is_own_prefix(const Layer& layer) { return layer.code_rule != "component" && layer.code_rule != "cell" && layer.code_rule != "region"; }

} // namespace

std::string format_component_code(const ComponentCode& code) {
    ASSERT(is_county_code(code.county) && (code.class_code.size() == 5 || code.class_code.size() == 4));
    ASSERT(code.sequence >= 1 && code.sequence <= sequence_max);
    return code.county + code.class_code + fmt::format("{:06}", code.sequence);
}

std::optional<ComponentCode> parse_component_code(std::string_view text) {
    if (!has_digits(text, 17) && !has_digits(text, 16)) return std::nullopt;
    ComponentCode code{std::string(text.substr(0, 6)), std::string(text.substr(6, text.size() - 12)), number_of(text.substr(text.size() - 6))};
    if (!is_county_code(code.county) || code.sequence == 0) return std::nullopt;
    return code;
}

bool is_county_code(std::string_view text) { return has_digits(text, 6) && text.substr(0, 2) != "00" && text.substr(2) != "0000"; }

bool is_cell_code(std::string_view text) { return has_digits(text, 15) && is_county_code(text.substr(0, 6)) && text.substr(12) != "000"; }

bool is_region_code(std::string_view text) { return (has_digits(text, 6) || has_digits(text, 9) || has_digits(text, 12)) && is_county_code(text.substr(0, 6)); }

std::string format_prefixed_code(std::string_view prefix, std::string_view county, int sequence) {
    ASSERT(is_county_code(county) && sequence >= 1 && sequence <= sequence_max);
    return fmt::format("{}{}{:06}", prefix, county, sequence);
}

bool follows_rule(const Layer& layer, std::string_view id) {
    if (layer.code_rule == "component") return id.size() == 17 && parse_component_code(id).has_value();
    if (layer.code_rule == "cell") return is_cell_code(id);
    if (layer.code_rule == "region") return is_region_code(id);
    const auto& prefix = layer.code_rule;
    return id.starts_with(prefix) && has_digits(id.substr(prefix.size()), 12) && is_county_code(id.substr(prefix.size(), 6)) && id.substr(prefix.size() + 6) != "000000";
}

std::string county_of(const Layer& layer, std::string_view id) {
    if (!follows_rule(layer, id)) return "";
    return std::string(id.substr(is_own_prefix(layer) ? layer.code_rule.size() : 0, 6));
}

Result<EditionMap> EditionMap::load(const std::string& path) {
    TRY_ASSIGN(table, load_csv(path));
    const int from = table.column("from"), to = table.column("to");
    if (from < 0 || to < 0) return fail("bad_data", {{"file", path}, {"line", "1"}, {"reason", "must have the columns from and to"}});
    EditionMap map;
    constexpr std::string_view old_part = "2013/component/", new_part = "2026/component/";
    for (const auto& row : table.rows) {
        const std::string_view one = row.fields[static_cast<std::size_t>(from)], other = row.fields[static_cast<std::size_t>(to)];
        if (!one.starts_with(old_part) || !other.starts_with(new_part)) continue;
        map.to_2026_.emplace(one.substr(old_part.size()), other.substr(new_part.size()));
        map.to_2013_.emplace(other.substr(new_part.size()), one.substr(old_part.size()));
    }
    return map;
}

std::string EditionMap::class_2026(std::string_view class_2013) const {
    const auto found = to_2026_.find(class_2013);
    return found == to_2026_.end() ? "" : found->second;
}

std::string EditionMap::class_2013(std::string_view class_2026) const {
    const auto found = to_2013_.find(class_2026);
    return found == to_2013_.end() ? "" : found->second;
}

std::string EditionMap::counterpart(std::string_view text) const {
    auto code = parse_component_code(text);
    if (!code) return "";
    code->class_code = text.size() == 17 ? class_2013(code->class_code) : class_2026(code->class_code);
    return code->class_code.empty() ? "" : format_component_code(*code);
}

} // namespace chengge::registry
