#include "base/csv.hpp"

namespace chengge {

namespace {

// Reads one record; `line` advances over every newline inside it.
std::vector<std::string> take_record(std::string_view& text, int& line, bool& is_closed) {
    std::vector<std::string> fields(1);
    bool is_quoted = false;
    is_closed = true;
    while (!text.empty()) {
        const char letter = text.front();
        text.remove_prefix(1);
        if (letter == '\n') ++line;
        if (is_quoted) {
            if (letter != '"') {
                fields.back() += letter;
            } else if (!text.empty() && text.front() == '"') {
                fields.back() += '"';
                text.remove_prefix(1);
            } else {
                is_quoted = false;
            }
        } else if (letter == '"' && fields.back().empty()) {
            is_quoted = true;
        } else if (letter == ',') {
            fields.emplace_back();
        } else if (letter == '\n') {
            return fields;
        } else if (letter != '\r') {
            fields.back() += letter;
        }
    }
    is_closed = !is_quoted;
    return fields;
}

} // namespace

int CsvTable::column(std::string_view name) const {
    for (std::size_t i = 0; i < header.size(); ++i)
        if (header[i] == name) return static_cast<int>(i);
    return -1;
}

Result<CsvTable> parse_csv(std::string_view text, std::string path) {
    CsvTable table;
    table.path = std::move(path);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    int line = 1;
    while (!text.empty()) {
        const int begins = line;
        bool is_closed = true;
        const bool is_comment = text.front() == '#';
        auto fields = take_record(text, line, is_closed);
        if (is_comment || (fields.size() == 1 && fields[0].empty())) continue;
        const auto refuse = [&](std::string reason) {
            return fail("bad_data", {{"file", table.path},
                                     {"line", std::to_string(begins)},
                                     {"reason", std::move(reason)}});
        };
        if (!is_closed) return refuse("has a quoted field that is not closed");
        if (table.header.empty()) {
            table.header = std::move(fields);
            continue;
        }
        if (fields.size() != table.header.size())
            return refuse("has " + std::to_string(fields.size()) + " fields, the header has " +
                          std::to_string(table.header.size()));
        table.rows.push_back({begins, std::move(fields)});
    }
    if (table.header.empty())
        return fail("bad_data", {{"file", table.path}, {"line", "1"}, {"reason", "has no header row"}});
    return table;
}

Result<CsvTable> load_csv(const std::string& path) {
    TRY_ASSIGN(text, load_file(path));
    return parse_csv(text, path);
}

} // namespace chengge
