#include "survey/report.hpp"

#include <filesystem>

#include <limits>

#include "base/csv.hpp"
#include "base/spreadsheet.hpp"
#include "base/text.hpp"

namespace chengge::survey {

namespace {

constexpr int map_faults_max = 5'000;
constexpr std::size_t reasons_max = 10; // of one row

struct Reasons {
    std::vector<std::string> fields, sentences;
    std::string numbers;
};

std::map<std::int64_t, Reasons> reasons_of(const std::string& report, Language language) {
    std::map<std::int64_t, Reasons> by_row;
    const auto page = FaultFile(report).read(0, std::numeric_limits<std::int64_t>::max(), static_cast<int>(faults_kept_max) + 1000);
    for (const auto& fault : page.items) {
        auto& reasons = by_row[fault.row];
        if (reasons.sentences.size() >= reasons_max) continue;
        reasons.numbers += (reasons.numbers.empty() ? "" : " ") + std::to_string(fault.number);
        reasons.sentences.push_back(fault.words.in(language));
    }
    return by_row;
}

} // namespace

Result<std::string> faulty_rows_table(const Import& import, const std::string& rows, const std::string& report, bool is_xlsx, Language language, std::int64_t now_ms) {
    const bool is_zh = language == Language::zh;
    const auto reasons = reasons_of(report, language);
    Sheet sheet{.name = is_zh ? "要改的行" : "rows to mend"};
    sheet.header = {is_zh ? "行号" : "row", is_zh ? "问题编号" : "fault", is_zh ? "错误原因" : "reason"};
    sheet.header.insert(sheet.header.end(), import.found.header.begin(), import.found.header.end());
    sheet.widths = {8, 10, 60};
    const auto add = [&](std::int64_t number, const Reasons& why, const std::vector<std::string>& values) {
        std::vector<std::string> line{number == 0 ? "" : std::to_string(number), why.numbers, join(why.sentences, is_zh ? "；" : "; ")};
        line.insert(line.end(), values.begin(), values.end());
        line.resize(sheet.header.size());
        sheet.rows.push_back(std::move(line));
    };
    if (const auto whole = reasons.find(0); whole != reasons.end()) add(0, whole->second, {});
    if (std::error_code ignored; !std::filesystem::exists(rows, ignored)) return fail("survey_rows_gone");
    TRY_ASSIGN(reader, RowReader::open(rows, parse_encoding(import.found.encoding).value_or(Encoding::automatic)));
    SourceRow row;
    while (reader.next(row))
        if (const auto why = reasons.find(row.number); why != reasons.end()) add(row.number, why->second, row.values);
    return write_table(sheet, is_xlsx, now_ms);
}

json::value show(const RowFault& fault, Language language) {
    json::object shown{{"number", fault.number}, {"row", fault.row}, {"id", fault.id}, {"field", fault.field}, {"column", fault.column}, {"value", fault.value}, {"code", fault.code},
                       {"title", fault_title(fault.code).in(language)}, {"sentence", fault.words.in(language)}, {"is_blocking", fault.is_blocking}, {"lon", nullptr}, {"lat", nullptr}};
    if (fault.at) shown["lon"] = fault.at->lon, shown["lat"] = fault.at->lat;
    return shown;
}

json::value faults_geojson(const std::string& report, const FaultSummary& summary, Language language) {
    json::array features;
    for (const auto& group : summary.groups) {
        if (features.size() >= static_cast<std::size_t>(map_faults_max)) break;
        for (const auto& fault : FaultFile(report).read(group.offset, group.end, map_faults_max - static_cast<int>(features.size())).items) {
            if (!fault.at) continue;
            features.push_back(json::object{{"type", "Feature"}, {"geometry", geo::to_geojson(*fault.at)},
                                            {"properties", json::object{{"number", fault.number}, {"code", fault.code}, {"row", fault.row}, {"id", fault.id}, {"is_blocking", fault.is_blocking}, {"sentence", fault.words.in(language)}}}});
        }
    }
    return json::object{{"type", "FeatureCollection"}, {"features", std::move(features)}};
}

} // namespace chengge::survey
