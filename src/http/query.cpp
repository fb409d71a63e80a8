#include "http/query.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge::http {

namespace {

tl::unexpected<Error> refused(std::string_view name) { return fail("bad_query_value", {{"name", std::string(name)}}); }

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

} // namespace

std::string query_text(const Request& request, std::string_view name) { return to_nfc(request.query_value(name).value_or("")); }

Result<std::string> query_choice(const Request& request, std::string_view name, std::initializer_list<std::string_view> values) {
    auto text = request.query_value(name).value_or("");
    if (!text.empty() && std::find(values.begin(), values.end(), text) == values.end()) return refused(name);
    return text;
}

Result<std::optional<bool>> query_flag(const Request& request, std::string_view name) {
    TRY_ASSIGN(text, query_choice(request, name, {"true", "false", "1", "0"}));
    return text.empty() ? std::optional<bool>() : text == "true" || text == "1";
}

Result<int> query_whole(const Request& request, std::string_view name, int otherwise, int least, int most) {
    const auto text = request.query_value(name).value_or("");
    if (text.empty()) return otherwise;
    const auto number = parse_number<int>(text);
    if (!number || *number < least || *number > most) return refused(name);
    return *number;
}

Result<int> query_limit(const Request& request, int otherwise, int most) { return query_whole(request, "limit", otherwise, 1, most); }

Result<Uuid> query_id(const Request& request, std::string_view name) {
    const auto text = request.query_value(name).value_or("");
    const auto id = text.empty() ? std::optional(Uuid{}) : parse_uuid(text);
    if (!id) return refused(name);
    return *id;
}

Result<double> query_number(const Request& request, std::string_view name) {
    const auto number = parse_number<double>(request.query_value(name).value_or(""));
    if (!number || !std::isfinite(*number)) return refused(name);
    return *number;
}

Result<std::optional<std::int64_t>> query_instant(const Request& request, std::string_view name) {
    const auto text = request.query_value(name).value_or("");
    const auto at = text.empty() ? std::nullopt : parse_instant(text);
    if (!text.empty() && !at) return refused(name);
    return at;
}

Result<Span> query_span(const Request& request) {
    TRY_ASSIGN(from, query_instant(request, "from"));
    TRY_ASSIGN(to, query_instant(request, "to"));
    return Span{from, to};
}

Result<std::optional<std::array<double, 4>>> query_box(const Request& request) {
    const auto text = request.query_value("bbox").value_or("");
    if (text.empty()) return std::optional<std::array<double, 4>>();
    const auto pieces = split(text, ',');
    std::array<double, 4> box{};
    if (pieces.size() != box.size()) return refused("bbox");
    for (std::size_t i = 0; i < box.size(); ++i) {
        const auto number = parse_number<double>(pieces[i]);
        if (!number || !std::isfinite(*number)) return refused("bbox");
        box[i] = *number;
    }
    if (box[0] > box[2] || box[1] > box[3]) return refused("bbox");
    return std::optional(box);
}

} // namespace chengge::http
