#include "notices/template_text.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace chengge::notices {

namespace {

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
        if (is_plain) out += letter;
        else out += fmt::format("%{:02X}", byte);
    }
    return out;
}

// One line, no control characters.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char letter : text) out += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f ? ' ' : letter;
    return out;
}

} // namespace

std::string escape(std::string_view text, Escaping escaping) {
    switch (escaping) {
        case Escaping::none: return std::string(text);
        case Escaping::form: return percent_encode(text);
        case Escaping::header: return one_line(text);
        case Escaping::json: break;
    }
    const auto quoted = to_json_text(json::value(text)); // its quotes are the template's own
    return quoted.substr(1, quoted.size() - 2);
}

Result<TemplateText> TemplateText::parse(std::string_view text, const std::vector<std::string_view>& known) {
    TemplateText made;
    made.source_ = text;
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char letter = text[at];
        const bool is_double = at + 1 < text.size() && text[at + 1] == letter;
        if ((letter == '{' || letter == '}') && is_double) {
            plain += letter;
            ++at;
            continue;
        }
        if (letter == '}') return fail("template_wrong", {{"reason", "a } without its {"}});
        if (letter != '{') {
            plain += letter;
            continue;
        }
        const auto end = text.find('}', at);
        if (end == std::string_view::npos) return fail("template_wrong", {{"reason", "a { without its }"}});
        const auto name = text.substr(at + 1, end - at - 1);
        if (std::find(known.begin(), known.end(), name) == known.end()) return fail("template_wrong", {{"reason", "there is no placeholder {" + std::string(name) + "}"}});
        if (!plain.empty()) made.parts_.push_back({false, std::move(plain)});
        plain.clear();
        made.parts_.push_back({true, std::string(name)});
        at = end;
    }
    if (!plain.empty()) made.parts_.push_back({false, std::move(plain)});
    return made;
}

std::string TemplateText::fill(const Values& values, Escaping escaping) const {
    std::string out;
    for (const auto& part : parts_) {
        if (!part.is_value) {
            out += part.text;
            continue;
        }
        const auto found = values.find(part.text);
        if (found != values.end()) out += escape(found->second, escaping);
    }
    return out;
}

std::vector<std::string_view> notice_placeholders() { return {std::begin(placeholders), std::end(placeholders)}; }

} // namespace chengge::notices
