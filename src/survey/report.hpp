// A report as people take it away: the faulty rows with their reasons as a table, the faults as GeoJSON. Private to this module.
#pragma once

#include "survey/survey_state.hpp"

namespace chengge::survey {

// The file's own columns of every faulty row, before them its number and why; CSV or an Excel workbook (at most 200,000 rows).
Result<std::string> faulty_rows_table(const Import& import, const std::string& rows, const std::string& report, bool is_xlsx, Language language, std::int64_t now_ms);
// A FeatureCollection of points: number, code, title, row, id, sentence. At most 5,000.
json::value faults_geojson(const std::string& report, const FaultSummary& summary, Language language);
json::value show(const RowFault& fault, Language language);

} // namespace chengge::survey
