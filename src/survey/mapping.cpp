#include "survey/mapping.hpp"

#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace chengge::survey {

namespace {

std::string plain_name(std::string_view name) {
    auto text = to_lower_ascii(trim(name));
    for (const auto* mark : {" ", "_", "-", "(", ")", "（", "）", "【", "】", "*", "\t"})
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) text.erase(at, std::string_view(mark).size());
    return text;
}

bool has(const std::vector<std::string>& header, std::string_view column) { return std::ranges::find(header, column) != header.end(); }

} // namespace

Mapping map_columns(const registry::Layer& layer, const std::vector<std::string>& header, const Mapping& remembered) {
    Mapping mapping;
    std::set<std::string, std::less<>> taken;
    const auto take = [&](const std::string& field, const std::string& column) {
        if (mapping.contains(field) || !taken.insert(column).second) return;
        mapping[field] = column;
    };
    for (const auto& [field, column] : remembered)
        if (layer.find_field(field) != nullptr && has(header, column)) take(field, column);
    // A better kind of name goes first for every field, so that a label does not take another field's own column.
    for (int kind = 0; kind < 4; ++kind)
        for (const auto& field : layer.fields) {
            const auto wanted = plain_name(kind == 0 ? field.name : kind == 1 ? field.short_name : kind == 2 ? field.label.zh : field.label.en);
            if (wanted.empty()) continue;
            for (const auto& column : header)
                if (plain_name(column) == wanted) take(field.name, column);
        }
    return mapping;
}

Result<void> check_mapping(const registry::Layer& layer, const std::vector<std::string>& header, const Mapping& mapping) {
    std::set<std::string, std::less<>> taken;
    for (const auto& [field, column] : mapping) {
        if (layer.find_field(field) == nullptr) return fail("survey_field_unknown", {{"field", field}});
        if (!has(header, column)) return fail("survey_column_unknown", {{"column", column}});
        if (!taken.insert(column).second) return fail("survey_column_twice", {{"column", column}});
    }
    return {};
}

std::string columns_digest(const std::vector<std::string>& header) {
    auto names = header;
    std::ranges::sort(names);
    std::string text;
    for (const auto& name : names) text += std::to_string(name.size()) + ":" + name;
    return to_hex(sm3(text));
}

std::vector<std::string> missing_fields(const registry::Layer& layer, const Mapping& mapping) {
    std::vector<std::string> missing;
    for (const auto& field : layer.fields)
        if (field.need == registry::Need::mandatory && field.filled_with.empty() && field.name != layer.id_field && !mapping.contains(field.name)) missing.push_back(field.name);
    return missing;
}

json::value to_json(const Mapping& mapping) {
    json::object object;
    for (const auto& [field, column] : mapping) object[field] = column;
    return object;
}

Mapping mapping_from_json(const json::value& value) {
    Mapping mapping;
    if (value.is_object())
        for (const auto& member : value.get_object())
            if (member.value().is_string()) mapping[std::string(member.key())] = std::string(member.value().get_string());
    return mapping;
}

} // namespace chengge::survey
