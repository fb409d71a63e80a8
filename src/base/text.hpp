// UTF-8 text: checking, normalising, splitting, quoting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chengge {

bool is_utf8(std::string_view text);
// Unicode normalisation form C; the text must be UTF-8.
std::string to_nfc(std::string_view text);
// True for ASCII, Chinese characters and their punctuation, which need no normalising; false may be either.
bool is_surely_nfc(std::string_view text);
// Number of code points.
std::size_t count_characters(std::string_view text);
// The first `characters` code points.
std::string_view take_characters(std::string_view text, std::size_t characters);
std::vector<char32_t> to_code_points(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// Whether the list has exactly this text.
bool contains(const std::vector<std::string>& list, std::string_view text);
std::string to_lower_ascii(std::string_view text);
std::string json_quote(std::string_view text);
// A CSV field, quoted when needed; a text that a spreadsheet would run as a formula is made plain.
std::string csv_field(std::string_view text);

// For XML and HTML, in elements and quoted attributes; control characters that XML cannot hold are left out.
std::string to_xml_text(std::string_view text);

} // namespace chengge
