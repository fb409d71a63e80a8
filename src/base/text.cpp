#include "base/text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <utf8proc.h>

#include "base/assert.hpp"

namespace chengge {

namespace {

// The code point at the front of the text and its length in bytes; length 0 when it is not UTF-8.
struct Decoded {
    char32_t code_point = 0;
    std::size_t bytes = 0;
};

Decoded decode(std::string_view text) {
    utf8proc_int32_t code_point = 0;
    const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                        static_cast<utf8proc_ssize_t>(text.size()), &code_point);
    if (bytes <= 0) return {};
    return {static_cast<char32_t>(code_point), static_cast<std::size_t>(bytes)};
}

} // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            text.remove_prefix(1);
            continue;
        }
        const auto decoded = decode(text);
        if (decoded.bytes == 0) return false;
        text.remove_prefix(decoded.bytes);
    }
    return true;
}

bool is_surely_nfc(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[at + i])); };
        if (byte(0) < 0x80) {
            ++at;
            continue;
        }
        // Three bytes of UTF-8; none of these code points has a canonical mapping or joins a neighbour.
        if ((byte(0) & 0xf0) != 0xe0 || text.size() - at < 3 || (byte(1) & 0xc0) != 0x80 || (byte(2) & 0xc0) != 0x80) return false;
        const auto point = (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
        const bool is_known = (point >= 0x3400 && point <= 0x9fff) || (point >= 0x3000 && point <= 0x3029) || (point >= 0xff01 && point <= 0xff5e) || (point >= 0x2010 && point <= 0x2027);
        if (!is_known) return false;
        at += 3;
    }
    return true;
}

std::string to_nfc(std::string_view text) {
    if (is_surely_nfc(text)) return std::string(text);
    utf8proc_uint8_t* out = nullptr;
    const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &out,
                                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    ASSERT(length >= 0);
    std::string result(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
    std::free(out);
    return result;
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    for (const unsigned char byte : text) count += (byte & 0xc0) != 0x80;
    return count;
}

std::string_view take_characters(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    while (at < text.size()) {
        if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) {
            if (characters == 0) break;
            --characters;
        }
        ++at;
    }
    return text.substr(0, at);
}

std::vector<char32_t> to_code_points(std::string_view text) {
    std::vector<char32_t> points;
    while (!text.empty()) {
        const auto decoded = decode(text);
        if (decoded.bytes == 0) {
            text.remove_prefix(1);
            continue;
        }
        points.push_back(decoded.code_point);
        text.remove_prefix(decoded.bytes);
    }
    return points;
}

void append_utf8(std::string& out, char32_t code_point) {
    utf8proc_uint8_t bytes[4];
    const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes);
    out.append(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(count));
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    if (text.empty()) return parts;
    for (;;) {
        const auto at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string result;
    for (const auto& part : parts) {
        if (&part != &parts.front()) result += separator;
        result += part;
    }
    return result;
}

bool contains(const std::vector<std::string>& list, std::string_view text) { return std::ranges::find(list, text) != list.end(); }

std::string to_lower_ascii(std::string_view text) {
    std::string result(text);
    for (auto& letter : result)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return result;
}

std::string json_quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    std::size_t plain = 0; // begins what needs no escape
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        if (static_cast<unsigned char>(letter) >= 0x20 && letter != '"' && letter != '\\') continue;
        out.append(text, plain, at - plain);
        plain = at + 1;
        switch (letter) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default: {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", letter);
            out += escape;
        }
        }
    }
    out.append(text, plain, text.size() - plain);
    out += '"';
    return out;
}

std::string csv_field(std::string_view text) {
    std::string field;
    // OWASP: a leading = + - @ or tab is a formula to a spreadsheet.
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        field += '\'';
    field += text;
    if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
    std::string quoted = "\"";
    for (const char letter : field) {
        if (letter == '"') quoted += '"';
        quoted += letter;
    }
    return quoted + "\"";
}

std::string to_xml_text(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '&') out += "&amp;";
        else if (letter == '<') out += "&lt;";
        else if (letter == '>') out += "&gt;";
        else if (letter == '"') out += "&quot;";
        else if (static_cast<unsigned char>(letter) >= 0x20 || letter == '\n' || letter == '\t') out += letter;
    }
    return out;
}

} // namespace chengge
