// The list as a file, out and in: CSV or Excel, with columns an official can read.
#include <algorithm>
#include <map>

#include "base/csv.hpp"
#include "base/spreadsheet.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "responsibility/responsibility_state.hpp"
#include "storage/feed.hpp"

namespace chengge::responsibility {

using storage::Transaction;

namespace {

struct Column {
    const char* name;
    const char* zh;
    std::string Row::*member; // none: only to be read by people, or the shape
    int width;
};
constexpr Column columns[] = {
    {"code", "编号", &Row::code, 12},           {"edition", "标准版本", &Row::edition, 9},      {"kind", "部件/事件", &Row::kind, 10},
    {"class_code", "类别代码", &Row::class_code, 10}, {"class_name", "类别名称", nullptr, 18},      {"trade", "责任类别", &Row::trade, 12},
    {"filing_row", "立案条件", &Row::filing_row, 22}, {"place_kind", "范围类型", &Row::place_kind, 10}, {"place", "范围", &Row::place, 18},
    {"place_name", "范围名称", nullptr, 20},    {"side", "道路侧", &Row::side, 8},             {"competent", "主管单位", &Row::competent, 24},
    {"owner", "权属单位", &Row::owner, 24},     {"maintenance", "养护单位", &Row::maintenance, 24}, {"valid_from", "生效日期", &Row::valid_from, 12},
    {"valid_to", "失效日期", &Row::valid_to, 12}, {"source", "依据文件", &Row::source, 30},      {"note", "备注", &Row::note, 20},
    {"wkt", "图形", nullptr, 30}};

using Pairs = std::vector<std::pair<const char*, const char*>>; // code, the word for people
const Pairs kind_words{{"component", "部件"}, {"event", "事件"}};
const Pairs place_kind_pairs{{"asset", "部件"}, {"area", "绘制范围"}, {"road", "道路"}, {"cell", "网格"}, {"community", "社区"}, {"subdistrict", "街道"}, {"district", "区"}, {"city", "全市"}};
const Pairs side_pairs{{"north", "北"}, {"south", "南"}, {"east", "东"}, {"west", "西"}};

std::string word_of(const Pairs& pairs, const std::string& code) {
    for (const auto& [one, word] : pairs)
        if (code == one) return word;
    return code;
}
std::string code_of(const Pairs& pairs, std::string text) {
    if (text.ends_with("侧")) text.resize(text.size() - std::string_view("侧").size());
    if (text == "两") return "";
    for (const auto& [code, word] : pairs)
        if (text == word) return code;
    return text;
}

// Units by their names where a name is one unit's alone.
class UnitNames {
public:
    explicit UnitNames(const identity::Directory& directory) : directory_(directory) {
        for (const auto& one : directory.organisations())
            if (one.is_open) ++count_[one.name], code_[one.name] = one.code;
    }
    std::string name_of(const std::string& code) const {
        const auto* unit = directory_.find_organisation(code);
        if (unit == nullptr) return code;
        const auto found = count_.find(unit->name);
        return found != count_.end() && found->second == 1 ? unit->name : code;
    }
    std::string code_of(const std::string& text) const {
        if (text.empty() || directory_.find_organisation(text) != nullptr) return text;
        const auto found = count_.find(text);
        return found != count_.end() && found->second == 1 ? code_.at(text) : text;
    }

private:
    const identity::Directory& directory_;
    std::map<std::string, int> count_;
    std::map<std::string, std::string> code_;
};

std::vector<std::string> fields_of(const Row& row, const Names& names, const UnitNames& units) {
    std::vector<std::string> fields;
    for (const auto& column : columns) {
        const std::string_view name = column.name;
        if (name == "class_name") fields.push_back(names.class_name(row));
        else if (name == "place_name") fields.push_back(names.place_words(row).zh);
        else if (name == "wkt") fields.push_back(row.shape.empty() ? "" : geo::to_wkt(row.shape));
        else if (name == "kind") fields.push_back(word_of(kind_words, row.kind));
        else if (name == "place_kind") fields.push_back(word_of(place_kind_pairs, row.place_kind));
        else if (name == "side") fields.push_back(word_of(side_pairs, row.side));
        else if (name == "competent" || name == "owner" || name == "maintenance") fields.push_back(units.name_of(row.*column.member));
        else if (name == "trade" && names.trade(row.trade) != nullptr) fields.push_back(names.trade(row.trade)->zh);
        else fields.push_back(row.*column.member);
    }
    return fields;
}

// Which field of the file each column is; −1 = the file does not have it.
std::map<std::string, int> places_of(const std::vector<std::string>& header) {
    std::map<std::string, int> places;
    for (const auto& column : columns) places[column.name] = -1;
    for (std::size_t i = 0; i < header.size(); ++i)
        for (const auto& column : columns)
            if (trim(header[i]) == column.name || trim(header[i]) == column.zh) places[column.name] = static_cast<int>(i);
    return places;
}

// A shape in degrees, one polygon or several, closed.
std::optional<geo::MultiPolygon> read_shape(const std::string& text) {
    const auto shape = geo::from_wkt(text);
    if (!shape) return std::nullopt;
    if (const auto* one = std::get_if<geo::Polygon>(&*shape)) return geo::MultiPolygon{*one};
    if (const auto* many = std::get_if<geo::MultiPolygon>(&*shape)) return *many;
    return std::nullopt;
}

std::optional<RowFault> fill(Row& row, const CsvRow& from, const std::map<std::string, int>& places, const Names& names, const UnitNames& units) {
    const auto text = [&](const char* name) {
        const int at = places.at(name);
        return at < 0 ? std::string() : std::string(trim(from.fields[static_cast<std::size_t>(at)]));
    };
    for (const auto& column : columns)
        if (column.member != nullptr) row.*column.member = text(column.name);
    row.kind = code_of(kind_words, row.kind);
    row.place_kind = code_of(place_kind_pairs, row.place_kind);
    row.side = code_of(side_pairs, row.side);
    for (auto* unit : {&row.competent, &row.owner, &row.maintenance}) *unit = units.code_of(*unit);
    for (auto* day : {&row.valid_from, &row.valid_to})
        if (const auto date = date_of_serial(*day); !date.empty()) *day = date;
    for (const auto& trade : names.rules->responsible_kinds)
        if (row.trade == trade.zh) row.trade = trade.code;
    if (const auto wkt = text("wkt"); !wkt.empty()) {
        const auto shape = read_shape(wkt);
        if (!shape) return RowFault{0, "wkt", {"图形须是 WKT 的 POLYGON 或 MULTIPOLYGON", "must be a POLYGON or MULTIPOLYGON in WKT"}};
        row.shape = *shape;
    }
    return find_fault(row, names);
}

// The file of earlier versions: kind,place,organisation.
bool is_short_form(const CsvTable& table) { return table.column("organisation") >= 0 && table.column("place") >= 0 && table.column("kind") >= 0; }

CsvTable lengthen(const CsvTable& table) {
    CsvTable longer{table.path, {"trade", "place_kind", "place", "competent"}, {}};
    const auto kind = static_cast<std::size_t>(table.column("kind")), place = static_cast<std::size_t>(table.column("place")), unit = static_cast<std::size_t>(table.column("organisation"));
    for (const auto& row : table.rows) {
        const auto& code = row.fields[place];
        const char* place_kind = code.empty() ? "city" : code.size() <= 6 ? "district" : code.size() <= 9 ? "subdistrict" : "community";
        longer.rows.push_back({row.line, {row.fields[kind], place_kind, code, row.fields[unit]}});
    }
    return longer;
}

struct Wanted {
    std::vector<Row> rows;
    FileImport report;
};

Wanted read_rows(const CsvTable& table, const List& list, const Names& names, const std::string& origin) {
    Wanted wanted;
    const UnitNames units(*names.directory);
    const auto places = places_of(table.header);
    std::map<std::string, const Row*> by_key;
    for (const auto& row : list.rows()) by_key[natural_key(row)] = &row;
    std::set<std::string> seen;
    for (const auto& line : table.rows) {
        ++wanted.report.rows;
        Row row;
        auto fault = fill(row, line, places, names, units);
        const Row* old = nullptr;
        if (!fault) {
            if (row.code.empty()) {
                const auto found = by_key.find(natural_key(row));
                if (found != by_key.end()) old = found->second, row.code = old->code;
            } else {
                old = list.find(row.code);
            }
            const auto key = row.code.empty() ? natural_key(row) : row.code;
            if (!seen.insert(key).second) fault = RowFault{0, "code", {"与文件中前面一行重复", "says the same as a row before"}};
        }
        if (fault) {
            fault->line = line.line;
            wanted.report.faults.push_back(*fault);
            ++wanted.report.skipped;
            continue;
        }
        if (old != nullptr && says_same(*old, row)) {
            ++wanted.report.unchanged;
            continue;
        }
        row.version = old != nullptr ? old->version : 0;
        row.origin = origin;
        ++(old != nullptr ? wanted.report.changed : wanted.report.added);
        wanted.rows.push_back(std::move(row));
    }
    return wanted;
}

} // namespace

std::string ResponsibilityService::export_csv() const {
    const Names names(state_->parts);
    const UnitNames units(*names.directory);
    std::string text = "\xef\xbb\xbf"; // Excel reads UTF-8 by this mark
    for (const auto& column : columns) text += (&column == columns ? "" : ",") + std::string(column.zh);
    text += "\n";
    for (const auto& row : rows()) {
        std::vector<std::string> fields;
        for (const auto& field : fields_of(row, names, units)) fields.push_back(csv_field(field));
        text += join(fields, ",") + "\n";
    }
    return text;
}

std::string ResponsibilityService::export_xlsx() const {
    const Names names(state_->parts);
    const UnitNames units(*names.directory);
    Sheet sheet{.name = "责任清单", .header = {}, .rows = {}};
    for (const auto& column : columns) sheet.header.emplace_back(column.zh), sheet.widths.push_back(column.width);
    for (const auto& row : rows()) sheet.rows.push_back(fields_of(row, names, units));
    return write_xlsx(sheet, state_->parts.clock.now_ms());
}

FileImport ResponsibilityService::import_file(std::string_view bytes, const std::string& name, const ImportOptions& options, const std::string& by, const std::string& origin) {
    auto& parts = state_->parts;
    auto table = is_xlsx(bytes) ? read_xlsx(bytes, name) : parse_csv(bytes, name);
    if (!table) {
        const auto& facts = table.error().facts;
        return {.faults = {{std::atoi(facts.at("line").c_str()), "", {"文件读不出来，须为 CSV(UTF-8) 或 Excel(.xlsx)：" + facts.at("reason"), "cannot be read as CSV (UTF-8) or Excel (.xlsx): " + facts.at("reason")}}}, .skipped = 1};
    }
    if (is_short_form(*table)) *table = lengthen(*table);
    const auto places = places_of(table->header);
    if (places.at("place_kind") < 0 || (places.at("competent") < 0 && places.at("owner") < 0 && places.at("maintenance") < 0))
        return {.faults = {{1, "", {"第一行须有“范围类型”和“主管单位、权属单位、养护单位”之一；可先导出一份作样表", "the first row must have place_kind and one of competent, owner, maintenance; export the list for a pattern"}}}, .skipped = 1};
    const auto snapshot = state_->now();
    auto wanted = read_rows(*table, snapshot->list, Names(parts), origin);
    auto& report = wanted.report;
    if (options.is_check || (!report.faults.empty() && !options.skips_faulty)) return report;
    const auto now = parts.clock.now_ms();
    if (!wanted.rows.empty()) {
        const auto stored = parts.database.write([&](Transaction& transaction) -> Result<void> {
            for (auto row : wanted.rows)
                if (!store_row(transaction, row, by, now)) return fail("stale_version");
            storage::append_feed(transaction, {.kind = "responsibility", .recorded_ms = now});
            return {};
        });
        if (!stored) {
            report.faults.push_back({0, "", {"导入时有人改了责任清单，什么都没有写入，请再导入一次", "somebody changed the list meanwhile; nothing was stored, import it again"}});
            return report;
        }
        reload();
    }
    report.is_stored = true;
    return report;
}

} // namespace chengge::responsibility
