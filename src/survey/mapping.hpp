// Which column of a survey is which field of a layer. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "registry/registry_service.hpp"

namespace chengge::survey {

// Field's name → column of the file, by its name there. A field that is missing takes nothing from the file.
using Mapping = std::map<std::string, std::string, std::less<>>;

// Each field's column: the remembered one when the file has it, else the first whose name is the field's name, short name
// or label (case, blanks and 【 】() left aside). A column serves one field.
Mapping map_columns(const registry::Layer& layer, const std::vector<std::string>& header, const Mapping& remembered);
// Refusals: survey_field_unknown (field), survey_column_unknown (column), survey_column_twice (column).
Result<void> check_mapping(const registry::Layer& layer, const std::vector<std::string>& header, const Mapping& mapping);
// Equal for files with the same columns in any order: what a mapping is remembered by. Hex.
std::string columns_digest(const std::vector<std::string>& header);
// Mandatory fields that neither a column nor the registry itself fills in.
std::vector<std::string> missing_fields(const registry::Layer& layer, const Mapping& mapping);

json::value to_json(const Mapping& mapping);
Mapping mapping_from_json(const json::value& value);

} // namespace chengge::survey
