#include "base/spreadsheet.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/zip.hpp"

namespace chengge {

namespace {

constexpr std::size_t unpacked_bytes_max = 64u << 20;
constexpr std::size_t rows_max = 200'000;
constexpr std::size_t columns_max = 256;

struct Broken {
    std::string reason;
};

// --- the archive: stored or deflated members ----------------------------------------------------------

std::uint32_t little(std::string_view bytes, std::size_t at, int count) {
    if (at + static_cast<std::size_t>(count) > bytes.size()) throw Broken{"it is cut off"};
    std::uint32_t value = 0;
    for (int i = count - 1; i >= 0; --i) value = (value << 8) | static_cast<std::uint8_t>(bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

std::string inflate_all(std::string_view packed, std::size_t size, std::size_t& room) {
    if (size > room) throw Broken{"it is larger than 64 MB unpacked"};
    room -= size;
    std::string out(size, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Broken{"it cannot be unpacked"};
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream, Z_FINISH);
    const bool is_whole = code == Z_STREAM_END && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!is_whole && !(size == 0 && code == Z_STREAM_END)) throw Broken{"a part of it cannot be unpacked"};
    return out;
}

// The members whose names are wanted, by name.
std::map<std::string, std::string> unpack(std::string_view bytes, const std::function<bool(std::string_view)>& is_wanted) {
    constexpr std::uint32_t end_mark = 0x06054b50, entry_mark = 0x02014b50;
    if (bytes.size() < 22) throw Broken{"it is cut off"};
    std::size_t end = bytes.size() - 22;
    const std::size_t last = end > 65'535 ? end - 65'535 : 0;
    while (little(bytes, end, 4) != end_mark) {
        if (end == last) throw Broken{"it is no Excel workbook"};
        --end;
    }
    const auto count = little(bytes, end + 10, 2);
    std::size_t at = little(bytes, end + 16, 4), room = unpacked_bytes_max;
    std::map<std::string, std::string> members;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (little(bytes, at, 4) != entry_mark) throw Broken{"its list of contents is broken"};
        const auto method = little(bytes, at + 10, 2);
        const std::size_t packed = little(bytes, at + 20, 4), size = little(bytes, at + 24, 4);
        const std::size_t name_size = little(bytes, at + 28, 2);
        const std::size_t start = little(bytes, at + 42, 4);
        if (at + 46 + name_size > bytes.size()) throw Broken{"it is cut off"};
        const std::string name(bytes.substr(at + 46, name_size));
        at += 46 + name_size + little(bytes, at + 30, 2) + little(bytes, at + 32, 2);
        if (!is_wanted(name)) continue;
        const std::size_t data = start + 30 + little(bytes, start + 26, 2) + little(bytes, start + 28, 2);
        if (data > bytes.size() || packed > bytes.size() - data) throw Broken{"it is cut off"};
        if (method == 8) members[name] = inflate_all(bytes.substr(data, packed), size, room);
        else if (method == 0) members[name] = std::string(bytes.substr(data, packed));
        else throw Broken{"it is packed in an unknown way"};
    }
    return members;
}

// --- XML: tags one after another ------------------------------------------------------------------------

std::string plain(std::string_view text) {
    static const std::map<std::string_view, const char*> names{{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto end = text[i] == '&' ? text.find(';', i) : std::string_view::npos;
        if (end == std::string_view::npos || end - i > 10) {
            out += text[i];
            continue;
        }
        auto name = text.substr(i + 1, end - i - 1);
        if (const auto found = names.find(name); found != names.end()) out += found->second;
        else if (name.starts_with("#")) {
            const bool is_hex = name.size() > 1 && name[1] == 'x';
            name.remove_prefix(is_hex ? 2 : 1);
            std::uint32_t point = 0;
            std::from_chars(name.data(), name.data() + name.size(), point, is_hex ? 16 : 10);
            if (point > 0 && point < 0x110000 && (point < 0xd800 || point > 0xdfff)) append_utf8(out, static_cast<char32_t>(point));
        }
        i = end;
    }
    return out;
}

struct Tag {
    std::string_view name;       // without its prefix
    std::string_view attributes; // as written
    std::string_view text;       // up to the next tag
    bool is_end = false, is_empty = false;

    std::string attribute(std::string_view wanted) const {
        std::size_t at = 0;
        while ((at = attributes.find(wanted, at)) != std::string_view::npos) {
            const bool is_begin = at == 0 || attributes[at - 1] == ' ' || attributes[at - 1] == '\n';
            const auto equals = at + wanted.size();
            if (is_begin && equals + 1 < attributes.size() && attributes[equals] == '=') {
                const char quote = attributes[equals + 1];
                const auto end = attributes.find(quote, equals + 2);
                if (end == std::string_view::npos) return "";
                return plain(attributes.substr(equals + 2, end - equals - 2));
            }
            at = equals;
        }
        return "";
    }
};

void each_tag(std::string_view xml, const std::function<void(const Tag&)>& see) {
    for (auto at = xml.find('<'); at != std::string_view::npos;) {
        const auto end = xml.find('>', at);
        if (end == std::string_view::npos) return;
        const auto next = xml.find('<', end);
        Tag tag;
        auto body = xml.substr(at + 1, end - at - 1);
        tag.text = xml.substr(end + 1, (next == std::string_view::npos ? xml.size() : next) - end - 1);
        if (body.starts_with('/')) tag.is_end = true, body.remove_prefix(1);
        if (body.ends_with('/')) tag.is_empty = true, body.remove_suffix(1);
        const auto space = body.find_first_of(" \r\n\t");
        tag.name = body.substr(0, space);
        if (const auto colon = tag.name.find(':'); colon != std::string_view::npos) tag.name.remove_prefix(colon + 1);
        if (space != std::string_view::npos) tag.attributes = body.substr(space + 1);
        see(tag);
        at = next;
    }
}

std::vector<std::string> shared_texts(std::string_view xml) {
    std::vector<std::string> texts;
    bool is_phonetic = false;
    each_tag(xml, [&](const Tag& tag) {
        if (tag.name == "si" && !tag.is_end) texts.emplace_back();
        if (tag.name == "rPh") is_phonetic = !tag.is_end;
        if (tag.name == "t" && !tag.is_end && !is_phonetic && !texts.empty()) texts.back() += plain(tag.text);
    });
    return texts;
}

// "AB12" → 27.
std::size_t column_of(std::string_view cell, std::size_t otherwise) {
    std::size_t column = 0;
    for (const char letter : cell) {
        if (letter < 'A' || letter > 'Z') break;
        column = column * 26 + static_cast<std::size_t>(letter - 'A' + 1);
        if (column > columns_max) throw Broken{"it has more than 256 columns"};
    }
    return column == 0 ? otherwise : column - 1;
}

std::vector<CsvRow> sheet_rows(std::string_view xml, const std::vector<std::string>& shared) {
    std::vector<CsvRow> rows;
    std::string type, value;
    std::size_t column = 0;
    bool is_in_cell = false;
    each_tag(xml, [&](const Tag& tag) {
        if (tag.name == "row" && !tag.is_end) {
            if (rows.size() >= rows_max) throw Broken{"it has more than 200000 rows"};
            const auto number = tag.attribute("r");
            const int line = rows.empty() ? 1 : rows.back().line + 1;
            rows.push_back({number.empty() || number.size() > 8 ? line : std::max(line, std::atoi(number.c_str())), {}});
        } else if (tag.name == "c" && !tag.is_end && !rows.empty()) {
            column = column_of(tag.attribute("r"), rows.back().fields.size());
            if (column >= columns_max) throw Broken{"it has more than 256 columns"};
            type = tag.attribute("t");
            value.clear();
            is_in_cell = !tag.is_empty;
        } else if (is_in_cell && (tag.name == "v" || tag.name == "t") && !tag.is_end && !tag.is_empty) {
            value += plain(tag.text);
        } else if (tag.name == "c" && tag.is_end && is_in_cell) {
            is_in_cell = false;
            if (type == "s") {
                const auto index = static_cast<std::size_t>(std::strtoul(value.c_str(), nullptr, 10));
                value = index < shared.size() ? shared[index] : "";
            }
            auto& fields = rows.back().fields;
            if (fields.size() <= column) fields.resize(column + 1);
            fields[column] = std::string(trim(value));
        }
    });
    return rows;
}

// --- writing --------------------------------------------------------------------------------------------

void add_row(std::string& xml, const std::vector<std::string>& fields, bool is_header) {
    xml += "<row>";
    for (const auto& field : fields)
        xml += (is_header ? "<c t=\"inlineStr\" s=\"1\"><is><t xml:space=\"preserve\">" : "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">") + to_xml_text(field) + "</t></is></c>";
    xml += "</row>";
}

constexpr const char* xml_head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr const char* content_types =
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
    "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
    "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"
    "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/></Types>";
constexpr const char* root_links =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
    "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
constexpr const char* book_links =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
    "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" "
    "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>";
constexpr const char* styles =
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><fonts count=\"2\"><font><sz val=\"11\"/><name val=\"宋体\"/></font><font><b/><sz val=\"11\"/><name "
    "val=\"宋体\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills><borders "
    "count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"2\"><xf numFmtId=\"49\" applyNumberFormat=\"1\"/><xf numFmtId=\"49\" fontId=\"1\" "
    "applyFont=\"1\" applyNumberFormat=\"1\"/></cellXfs></styleSheet>";

} // namespace

bool is_xlsx(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }

std::string write_xlsx(const Sheet& sheet, std::int64_t now_ms) {
    std::string out;
    ZipWriter zip([&](std::string_view piece) { out += piece; }, now_ms);
    zip.add("[Content_Types].xml", std::string(xml_head) + content_types);
    zip.add("_rels/.rels", std::string(xml_head) + root_links);
    zip.add("xl/workbook.xml", std::string(xml_head) +
                                   "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">"
                                   "<sheets><sheet name=\"" + to_xml_text(sheet.name) + "\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>");
    zip.add("xl/_rels/workbook.xml.rels", std::string(xml_head) + book_links);
    zip.add("xl/styles.xml", std::string(xml_head) + styles);
    std::string xml = std::string(xml_head) + "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetViews><sheetView workbookViewId=\"0\">"
                                              "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>";
    for (std::size_t i = 0; i < sheet.header.size(); ++i) {
        const auto number = std::to_string(i + 1);
        xml += "<col min=\"" + number + "\" max=\"" + number + "\" width=\"" + std::to_string(i < sheet.widths.size() ? sheet.widths[i] : 14) + "\" customWidth=\"1\"/>";
    }
    xml += "</cols><sheetData>";
    add_row(xml, sheet.header, true);
    for (const auto& row : sheet.rows) add_row(xml, row, false);
    xml += "</sheetData></worksheet>";
    zip.add("xl/worksheets/sheet1.xml", xml);
    zip.finish();
    return out;
}

std::string write_table(const Sheet& sheet, bool is_xlsx, std::int64_t now_ms) {
    if (is_xlsx) return write_xlsx(sheet, now_ms);
    std::string text = "\xEF\xBB\xBF";
    const auto add = [&](const std::vector<std::string>& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(fields[i]);
        text += "\r\n";
    };
    add(sheet.header);
    for (const auto& row : sheet.rows) add(row);
    return text;
}

Result<CsvTable> read_xlsx(std::string_view bytes, const std::string& path) {
    try {
        const auto members = unpack(bytes, [](std::string_view name) { return name == "xl/sharedStrings.xml" || (name.starts_with("xl/worksheets/") && name.ends_with(".xml")); });
        auto sheet = members.find("xl/worksheets/sheet1.xml");
        if (sheet == members.end()) sheet = std::find_if(members.begin(), members.end(), [](const auto& one) { return one.first.starts_with("xl/worksheets/"); });
        if (sheet == members.end()) throw Broken{"it has no sheet"};
        const auto texts = members.find("xl/sharedStrings.xml");
        auto rows = sheet_rows(sheet->second, texts == members.end() ? std::vector<std::string>{} : shared_texts(texts->second));
        CsvTable table{path, {}, {}};
        for (auto& row : rows) {
            if (std::all_of(row.fields.begin(), row.fields.end(), [](const std::string& field) { return field.empty(); })) continue;
            if (table.header.empty()) {
                table.header = std::move(row.fields);
                continue;
            }
            row.fields.resize(table.header.size());
            table.rows.push_back(std::move(row));
        }
        if (table.header.empty()) throw Broken{"it is empty"};
        return table;
    } catch (const Broken& broken) {
        return fail("bad_data", {{"file", path}, {"line", "0"}, {"reason", broken.reason}});
    }
}

std::string date_of_serial(std::string_view text) {
    int days = 0;
    const auto whole = text.substr(0, text.find('.'));
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), days);
    if (error != std::errc() || end != whole.data() + whole.size() || days < 20'000 || days > 80'000) return ""; // 1954 … 2119
    return format_date(date_from_days(days - 25'569));
}

} // namespace chengge
