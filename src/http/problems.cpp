// Refusals in words (RFC 9457).
#include <charconv>
#include <filesystem>

#include "base/csv.hpp"
#include "base/log.hpp"
#include "http/wire.hpp"

namespace chengge::http {

namespace {

// Members of the document itself; a fact of the same name is not sent.
bool is_reserved(std::string_view name) {
    for (const std::string_view member :
         {"type", "title", "status", "code", "detail", "zh", "en", "request_id"})
        if (name == member) return true;
    return false;
}

template <class Say>
std::string fill(std::string_view sentence, const std::map<std::string, std::string>& facts, Say&& say) {
    std::string out;
    while (!sentence.empty()) {
        const auto open = sentence.find('{');
        const auto close = open == std::string_view::npos ? open : sentence.find('}', open);
        if (close == std::string_view::npos) break;
        out += sentence.substr(0, open);
        const auto found = facts.find(std::string(sentence.substr(open + 1, close - open - 1)));
        if (found != facts.end()) out += say(found->first, found->second);
        sentence.remove_prefix(close + 1);
    }
    return out += sentence;
}

} // namespace

Result<Problems> Problems::load(const std::string& path) {
    TRY_ASSIGN(table, load_csv(path));
    const int code = table.column("code");
    const int status = table.column("status");
    const int zh = table.column("zh");
    const int en = table.column("en");
    const auto refuse = [&](int line, std::string reason) {
        return fail(
            "bad_data",
            {{"file", path}, {"line", std::to_string(line)}, {"reason", std::move(reason)}});
    };
    if (code < 0 || status < 0 || zh < 0 || en < 0)
        return refuse(1, "the header must have code, status, zh, en");
    Problems problems;
    for (const auto& row : table.rows) {
        Row out{0, row.fields[zh], row.fields[en]};
        const auto& number = row.fields[status];
        std::from_chars(number.data(), number.data() + number.size(), out.status);
        if (out.status < 400 || out.status > 599) return refuse(row.line, "status is not 400…599");
        if (row.fields[code].empty() || out.zh.empty() || out.en.empty())
            return refuse(row.line, "code, zh and en must not be empty");
        if (!problems.rows_.emplace(row.fields[code], std::move(out)).second)
            return refuse(row.line, "code " + row.fields[code] + " stands twice");
    }
    TRY(problems.load_words(
        (std::filesystem::path(path).parent_path() / "words.csv").string()));
    return problems;
}

Result<void> Problems::load_words(const std::string& path) {
    if (!std::filesystem::exists(path)) return {};
    TRY_ASSIGN(table, load_csv(path));
    const int fact = table.column("fact");
    const int value = table.column("value");
    const int zh = table.column("zh");
    if (fact < 0 || value < 0 || zh < 0)
        return fail("bad_data", {{"file", path},
                                 {"line", "1"},
                                 {"reason", "the header must have fact, value, zh"}});
    for (const auto& row : table.rows)
        if (!words_.emplace(std::pair(row.fields[fact], row.fields[value]), row.fields[zh]).second)
            return fail("bad_data", {{"file", path},
                                     {"line", std::to_string(row.line)},
                                     {"reason", row.fields[value] + " stands twice"}});
    return {};
}

std::string Problems::to_chinese(const std::string& fact, const std::string& value) const {
    if (const auto found = words_.find({fact, value}); found != words_.end()) return found->second;
    // A row with # in place of numbers; they fill its words in their order.
    std::string pattern;
    std::vector<std::string> numbers;
    for (std::size_t at = 0; at < value.size();) {
        const auto begin = std::min(value.find_first_of("0123456789", at), value.size());
        pattern += value.substr(at, begin - at);
        if (begin == value.size()) break;
        at = std::min(value.find_first_not_of("0123456789", begin), value.size());
        pattern += '#';
        numbers.push_back(value.substr(begin, at - begin));
    }
    const auto found = words_.find({fact, pattern});
    if (found == words_.end()) return value;
    std::string words;
    std::size_t number = 0;
    for (const char letter : found->second)
        if (letter == '#' && number < numbers.size()) words += numbers[number++];
        else words += letter;
    return words;
}

int Problems::status_of(std::string_view code) const {
    const auto found = rows_.find(code);
    return found == rows_.end() ? 500 : found->second.status;
}

std::string Problems::sentence(const Error& error, std::string_view language) const {
    const auto found = rows_.find(error.code);
    if (found == rows_.end()) return error.code;
    if (language == "en")
        return fill(found->second.en, error.facts,
                    [](const std::string&, const std::string& value) { return value; });
    return fill(found->second.zh, error.facts,
                [this](const std::string& fact, const std::string& value) {
                    return to_chinese(fact, value);
                });
}

Response Problems::answer(const Error& error, const Request& request) const {
    const int status = status_of(error.code);
    if (!rows_.contains(error.code))
        log_error("a refusal has no row in api/errors.csv", {{"code", error.code}});
    json::object document;
    document["type"] = "urn:chengge:error:" + error.code;
    document["title"] = std::string(reason_phrase(status));
    document["status"] = status;
    document["code"] = error.code;
    document["detail"] = sentence(error, request.language());
    document["zh"] = sentence(error, "zh");
    document["en"] = sentence(error, "en");
    document["request_id"] = request.id;
    for (const auto& [name, value] : error.facts)
        if (!is_reserved(name)) document[name] = value;
    auto response = Response::text(to_json_text(document), "application/problem+json");
    response.status = status;
    const auto wait = error.facts.find("retry_after_seconds");
    if (wait != error.facts.end()) response.with("Retry-After", wait->second);
    else if (status == 503) response.with("Retry-After", "2");
    return response;
}

} // namespace chengge::http
