#include "survey/faults.hpp"

#include <algorithm>
#include <fstream>

#include "base/files.hpp"
#include "base/text.hpp"

namespace chengge::survey {

void FaultLog::add(RowFault fault) {
    fault.value = std::string(take_characters(fault.value, 80));
    auto& group = groups_[{!fault.is_blocking, fault.code, fault.field}];
    ++group.count;
    const auto row = static_cast<std::size_t>(fault.row);
    if (group.rows.size() <= row) group.rows.resize(std::max(row + 1, group.rows.size() * 2));
    group.rows[row] = true;
    if (kept_ >= faults_kept_max && !group.kept.empty()) return; // of each kind at least one
    ++kept_;
    group.kept.push_back(std::move(fault));
}

void FaultLog::drop(const std::vector<std::string>& codes) {
    std::erase_if(groups_, [&](const auto& one) {
        if (std::ranges::find(codes, std::get<1>(one.first)) == codes.end()) return false;
        kept_ -= static_cast<std::int64_t>(one.second.kept.size());
        return true;
    });
}

std::int64_t FaultLog::blocking() const {
    std::int64_t count = 0;
    for (const auto& [key, group] : groups_)
        if (!std::get<0>(key)) count += group.count;
    return count;
}

namespace {

json::value line_of(const RowFault& fault) {
    json::object line{{"number", fault.number}, {"row", fault.row}, {"id", fault.id}, {"field", fault.field}, {"column", fault.column}, {"value", fault.value}, {"code", fault.code}, {"zh", fault.words.zh}, {"en", fault.words.en}, {"blocking", fault.is_blocking}};
    if (fault.at) line["at"] = json::array{fault.at->lon, fault.at->lat};
    return line;
}

std::string text_of(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t number_of(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool flag_of(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

RowFault fault_of(const json::object& line) {
    RowFault fault{number_of(line, "number"), number_of(line, "row"), text_of(line, "id"), text_of(line, "field"), text_of(line, "column"), text_of(line, "value"), text_of(line, "code"), {text_of(line, "zh"), text_of(line, "en")}, {}, flag_of(line, "blocking")};
    if (const auto* at = line.if_contains("at"); at != nullptr && at->is_array() && at->get_array().size() == 2)
        fault.at = geo::Point{at->get_array()[0].to_number<double>(), at->get_array()[1].to_number<double>()};
    return fault;
}

} // namespace

FaultSummary FaultLog::save(const std::string& path) const {
    FaultSummary summary;
    std::vector<bool> rows;
    std::vector<std::pair<FaultGroup, const Group*>> order;
    for (const auto& [key, group] : groups_) {
        const auto& [is_soft, code, field] = key;
        (is_soft ? summary.others : summary.blocking) += group.count;
        if (!is_soft && rows.size() < group.rows.size()) rows.resize(group.rows.size());
        for (std::size_t row = 1; !is_soft && row < group.rows.size(); ++row) // row 0 is the file as a whole
            if (group.rows[row]) rows[row] = true;
        order.push_back({{code, field, !is_soft, group.count, static_cast<std::int64_t>(group.kept.size()), 0, 0, group.kept.empty() ? Words{} : group.kept.front().words}, &group});
    }
    summary.faulty_rows = std::ranges::count(rows, true);
    std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return std::pair(!a.first.is_blocking, -a.first.count) < std::pair(!b.first.is_blocking, -b.first.count); });
    std::string text;
    std::int64_t number = 0;
    for (auto& [of, group] : order) {
        auto kept = group->kept;
        std::ranges::stable_sort(kept, {}, &RowFault::row);
        of.offset = static_cast<std::int64_t>(text.size());
        for (auto& fault : kept) {
            fault.number = ++number;
            text += to_json_text(line_of(fault)) + "\n";
        }
        of.end = static_cast<std::int64_t>(text.size());
        summary.groups.push_back(std::move(of));
    }
    save_file(path, text, 0600);
    return summary;
}

json::value to_json(const FaultSummary& summary) {
    json::array groups;
    for (const auto& one : summary.groups)
        groups.push_back(json::object{{"code", one.code}, {"field", one.field}, {"blocking", one.is_blocking}, {"count", one.count}, {"kept", one.kept}, {"offset", one.offset}, {"end", one.end}, {"zh", one.example.zh}, {"en", one.example.en}});
    return json::object{{"groups", std::move(groups)}, {"faulty_rows", summary.faulty_rows}, {"blocking", summary.blocking}, {"others", summary.others}};
}

FaultSummary summary_from_json(const json::value& value) {
    FaultSummary summary;
    if (!value.is_object()) return summary;
    const auto& object = value.get_object();
    summary.faulty_rows = number_of(object, "faulty_rows"), summary.blocking = number_of(object, "blocking"), summary.others = number_of(object, "others");
    if (const auto* groups = object.if_contains("groups"); groups != nullptr && groups->is_array())
        for (const auto& one : groups->get_array()) {
            const auto& group = one.get_object();
            summary.groups.push_back({text_of(group, "code"), text_of(group, "field"), flag_of(group, "blocking"), number_of(group, "count"), number_of(group, "kept"), number_of(group, "offset"), number_of(group, "end"), {text_of(group, "zh"), text_of(group, "en")}});
        }
    return summary;
}

FaultFile::Page FaultFile::read(std::int64_t from, std::int64_t end, int limit) const {
    Page page;
    std::ifstream file(path_, std::ios::binary);
    if (!file) return page;
    file.seekg(from);
    std::string line;
    while (from < end && static_cast<int>(page.items.size()) < limit && std::getline(file, line)) {
        from += static_cast<std::int64_t>(line.size()) + 1;
        const auto value = parse_json(line);
        if (!value || !value->is_object()) break; // a cursor that points into a line
        page.items.push_back(fault_of(value->get_object()));
    }
    if (from < end && static_cast<int>(page.items.size()) == limit) page.next = from;
    return page;
}

Words fault_title(std::string_view code) {
    struct Row {
        std::string_view code;
        const char *zh, *en;
    };
    static constexpr Row rows[] = {
        {"missing", "必填项没填", "A mandatory field is empty"},
        {"not_a_number", "不是数字", "Not a number"},
        {"not_a_date", "不是日期", "Not a date"},
        {"not_a_flag", "不是“是/否”", "Neither yes nor no"},
        {"too_long", "文字太长", "Too long"},
        {"not_in_list", "不在可选值里", "Not in its list"},
        {"out_of_range", "超出允许范围", "Out of range"},
        {"bad_code", "编码不对", "Wrong code"},
        {"code_twice", "编码重复", "The same code twice"},
        {"code_of_other_class", "编码已被别的类别占用", "The code belongs to another class"},
        {"no_geometry", "没有图形", "No geometry"},
        {"address_unsure", "地址对不准", "An address that is not sure"},
        {"located_by_address", "没有坐标，按地址定位", "Placed by its address"},
        {"wrong_geometry", "图形类型不对", "Wrong kind of geometry"},
        {"bad_geometry", "图形读不出来", "Unreadable geometry"},
        {"crosses_itself", "图形自相交", "Crosses itself"},
        {"outside_city", "在城区之外", "Outside the city"},
        {"wrong_cell", "不在所填的网格里", "Not in its stated cell"},
        {"wrong_parent", "与所在街道、社区不一致", "Not in its stated subdistrict or community"},
        {"wrong_county", "编码不属于所在的区", "The code is of another county"},
        {"bad_shape", "图形有错", "A faulty shape"},
        {"bad_coordinates", "坐标不是经纬度", "Coordinates are no degrees"},
        {"unknown_class", "没有这个小类", "No such class"},
        {"not_a_text", "不是文字", "Not a text"},
        {"moved", "与现有位置相差过大", "Moved by more than its accuracy"},
        {"wrong_datum", "整体偏移，坐标系可能选错", "Shifted as by a wrong coordinate system"},
        {"tiling", "网格有缝隙、重叠或越界", "Cells with gaps, overlaps or outside"},
        {"text_encoding", "文字乱码", "Unreadable text"},
        {"other_encoding", "文字编码与文件不一致", "Text in another encoding"},
        {"heights_dropped", "带高程，按平面处理", "Heights were left out"},
        {"wrong_width", "列数与表头不一致", "More or fewer fields than the header"}};
    for (const auto& row : rows)
        if (row.code == code) return {row.zh, row.en};
    return {"其他", "Other"};
}

} // namespace chengge::survey
