// Request targets: decoding, and refusing what no honest client sends.
#include "base/text.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

int digit_of(char letter) {
    if (letter >= '0' && letter <= '9') return letter - '0';
    if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
    return -1;
}

bool is_safe_segment(std::string_view segment) {
    return segment != "." && segment != ".." &&
           segment.find_first_of("/\\") == std::string_view::npos;
}

Result<void> read_path(std::string_view path, Target& target) {
    if (!path.starts_with('/')) return fail("bad_path");
    path.remove_prefix(1);
    while (true) {
        const auto slash = path.find('/');
        const auto segment = percent_decode(path.substr(0, slash), false);
        if (!segment || !is_safe_segment(*segment)) return fail("bad_path");
        target.path += '/';
        target.path += *segment;
        target.segments.push_back(*segment);
        if (slash == std::string_view::npos) return {};
        path.remove_prefix(slash + 1);
    }
}

Result<void> read_query(std::string_view query, Target& target) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        const auto name = percent_decode(pair.substr(0, equals), true);
        const auto value = equals == std::string_view::npos
                               ? std::optional<std::string>("")
                               : percent_decode(pair.substr(equals + 1), true);
        if (!name || !value) return fail("bad_query");
        if (!name->empty()) target.query[*name] = *value;
        if (end == std::string_view::npos) return {};
        query.remove_prefix(end + 1);
    }
    return {};
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char letter = text[i];
        if (letter == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = digit_of(text[i + 1]);
            const int low = digit_of(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            letter = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (letter == '+' && plus_is_space) {
            letter = ' ';
        }
        // Control characters stand in no name of ours and break logs and header lines.
        const bool is_control = static_cast<unsigned char>(letter) < 0x20;
        const bool is_white = letter == '\n' || letter == '\r' || letter == '\t';
        if (is_control && !(is_white && plus_is_space)) return std::nullopt;
        out += letter;
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

Result<Target> parse_target(std::string_view target) {
    // The absolute form is legal in every request (RFC 9112, 3.2.2); its host is not looked at.
    if (target.starts_with("http://") || target.starts_with("https://")) {
        const auto path = target.find('/', target.find("//") + 2);
        target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
    }
    const auto fragment = target.find('#');
    if (fragment != std::string_view::npos) target = target.substr(0, fragment);
    const auto mark = target.find('?');
    Target out;
    TRY(read_path(target.substr(0, mark), out));
    if (mark != std::string_view::npos) TRY(read_query(target.substr(mark + 1), out));
    return out;
}

} // namespace chengge::http
