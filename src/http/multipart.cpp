// multipart/form-data (RFC 7578): few parts, small part headers, no nesting.
#include "base/text.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

constexpr std::size_t parts_max = 64;
constexpr std::size_t part_header_bytes_max = 8 * 1024;

auto refuse(std::string reason) { return fail("bad_multipart", {{"reason", std::move(reason)}}); }

// The value of name=… in "form-data; name=\"a\"; filename=\"b\"": quoted with \" escapes, or bare.
std::optional<std::string> parameter_of(std::string_view text, std::string_view name) {
    auto mark = text.find(';');
    while (mark != std::string_view::npos) {
        text = trim(text.substr(mark + 1));
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return std::nullopt;
        const auto key = trim(text.substr(0, equals));
        text = trim(text.substr(equals + 1));
        std::string value;
        std::size_t at = 0;
        if (text.starts_with('"')) {
            for (at = 1; at < text.size() && text[at] != '"'; ++at) {
                // Browsers send Windows paths with bare backslashes: only \" and \\ are escapes.
                if (text[at] == '\\' && at + 1 < text.size() &&
                    (text[at + 1] == '"' || text[at + 1] == '\\'))
                    ++at;
                value += text[at];
            }
            if (at >= text.size()) return std::nullopt;
        } else {
            at = text.find(';');
            value = trim(text.substr(0, at));
        }
        if (equal_ignoring_case(key, name)) return value;
        mark = at == std::string_view::npos ? at : text.find(';', at);
    }
    return std::nullopt;
}

Result<Part> read_part_header(std::string_view header) {
    Part part;
    bool has_disposition = false;
    while (!header.empty()) {
        const auto end = header.find("\r\n");
        const auto line = header.substr(0, end);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return refuse("a part's header line has no colon");
        const auto name = trim(line.substr(0, colon));
        const auto value = trim(line.substr(colon + 1));
        if (equal_ignoring_case(name, "Content-Disposition")) {
            const auto field = parameter_of(value, "name");
            if (!value.starts_with("form-data") || !field || field->empty()) return refuse("a part has no name");
            part.name = *field;
            part.file_name = parameter_of(value, "filename").value_or("");
            has_disposition = true;
        } else if (equal_ignoring_case(name, "Content-Type")) {
            part.content_type = value;
        }
        header.remove_prefix(end == std::string_view::npos ? header.size() : end + 2);
    }
    if (!has_disposition) return refuse("a part has no Content-Disposition");
    if (!is_utf8(part.name) || !is_utf8(part.file_name)) return refuse("a name is not UTF-8");
    return part;
}

} // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
    if (!equal_ignoring_case(content_type.substr(0, 19), "multipart/form-data"))
        return refuse("the content type is not multipart/form-data");
    const auto boundary = parameter_of(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > 70 ||
        boundary->find_first_of("\r\n") != std::string::npos)
        return refuse("the boundary is missing or not usable");
    const std::string delimiter = "\r\n--" + *boundary;
    std::vector<Part> parts;
    // The first delimiter may stand at the very beginning, without a line end before it.
    std::size_t at = body.starts_with(std::string_view(delimiter).substr(2)) ? delimiter.size() - 2
                                                                             : body.find(delimiter);
    if (at == std::string_view::npos) return refuse("the boundary does not occur");
    if (!body.starts_with(std::string_view(delimiter).substr(2))) at += delimiter.size();
    while (true) {
        auto rest = body.substr(at);
        if (rest.starts_with("--")) return parts;
        while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
        if (!rest.starts_with("\r\n")) return refuse("a boundary line does not end");
        rest.remove_prefix(2);
        if (parts.size() == parts_max) return refuse("there are too many parts");
        const bool has_no_header = rest.starts_with("\r\n");
        const auto header_end =
            has_no_header ? 0 : rest.substr(0, part_header_bytes_max).find("\r\n\r\n");
        if (has_no_header || header_end == std::string_view::npos)
            return refuse("a part's header is missing or too long");
        TRY_ASSIGN(part, read_part_header(rest.substr(0, header_end)));
        // The line end before the delimiter belongs to the delimiter; an empty part has only that.
        const auto content = rest.substr(header_end + 2);
        const auto end = content.find(delimiter);
        if (end == std::string_view::npos) return refuse("the last part does not end");
        part.bytes = end >= 2 ? content.substr(2, end - 2) : content.substr(0, 0);
        parts.push_back(std::move(part));
        at = static_cast<std::size_t>(content.data() - body.data()) + end + delimiter.size();
    }
}

} // namespace chengge::http
