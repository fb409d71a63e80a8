#include "base/json.hpp"

#include <charconv>
#include <cmath>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace chengge {

namespace {

void write_value(std::string& out, const json::value& value) {
    switch (value.kind()) {
    case json::kind::object: {
        out += '{';
        bool is_first = true;
        for (const auto& member : value.get_object()) {
            if (!is_first) out += ',';
            is_first = false;
            out += json_quote(std::string_view(member.key().data(), member.key().size()));
            out += ':';
            write_value(out, member.value());
        }
        out += '}';
        break;
    }
    case json::kind::array: {
        out += '[';
        bool is_first = true;
        for (const auto& item : value.get_array()) {
            if (!is_first) out += ',';
            is_first = false;
            write_value(out, item);
        }
        out += ']';
        break;
    }
    case json::kind::string:
        out += json_quote(std::string_view(value.get_string().data(), value.get_string().size()));
        break;
    case json::kind::double_: {
        char buffer[32];
        const double number = value.get_double();
        if (!std::isfinite(number)) {
            out += "null";
            break;
        }
        const auto end = std::to_chars(buffer, buffer + sizeof buffer, number == 0 ? 0.0 : number).ptr; // never "-0"
        out.append(buffer, end);
        break;
    }
    case json::kind::int64: out += std::to_string(value.get_int64()); break;
    case json::kind::uint64: out += std::to_string(value.get_uint64()); break;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case json::kind::null: out += "null"; break;
    }
}

} // namespace

Result<json::value> parse_json(std::string_view text) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = 32;
    auto value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error) return fail("bad_json", {{"reason", error.message()}});
    return value;
}

Result<json::value> load_json(const std::string& path) {
    TRY_ASSIGN(text, load_file(path));
    json::stream_parser parser;
    json::error_code error;
    const auto used = parser.write_some(text, error);
    if (!error && used == text.size()) parser.finish(error);
    if (error || used != text.size()) {
        // Where the fault stands, for the person who edits the file.
        int line = 1;
        for (std::size_t i = 0; i < used && i < text.size(); ++i) line += text[i] == '\n';
        return fail("bad_data", {{"file", path},
                                 {"line", std::to_string(line)},
                                 {"reason", "is not JSON: " + error.message()}});
    }
    return parser.release();
}

JsonReader::JsonReader(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) error_ = Error{"bad_member", {{"member", ""}, {"reason", "must be an object"}}};
}

const json::value* JsonReader::find(std::string_view name) const {
    if (object_ == nullptr) return nullptr;
    const auto* value = object_->if_contains({name.data(), name.size()});
    return value != nullptr && !value->is_null() ? value : nullptr;
}

void JsonReader::refuse(std::string_view name, std::string_view reason) {
    if (!error_)
        error_ = Error{"bad_member", {{"member", std::string(name)}, {"reason", std::string(reason)}}};
}

std::optional<std::string> JsonReader::maybe_text(std::string_view name, std::size_t characters_max) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        refuse(name, "must be a text");
        return std::nullopt;
    }
    const std::string_view text(value->get_string().data(), value->get_string().size());
    if (text.find('\0') != std::string_view::npos) refuse(name, "must not contain the character zero");
    auto composed = to_nfc(text); // may be longer: some signs are only written in parts
    if (count_characters(composed) > characters_max)
        refuse(name, "is longer than " + std::to_string(characters_max) + " characters");
    return composed;
}

std::string JsonReader::text(std::string_view name, std::size_t characters_max) {
    auto value = maybe_text(name, characters_max);
    if (!value || trim(*value).empty()) refuse(name, "is missing");
    return value.value_or("");
}

std::optional<double> JsonReader::maybe_number(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number()) {
        refuse(name, "must be a number");
        return std::nullopt;
    }
    return value->to_number<double>();
}

double JsonReader::number(std::string_view name) {
    const auto value = maybe_number(name);
    if (!value) refuse(name, "is missing");
    return value.value_or(0);
}

std::optional<std::int64_t> JsonReader::maybe_integer(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (const auto* integer = value->if_int64()) return *integer;
    refuse(name, "must be a whole number");
    return std::nullopt;
}

std::int64_t JsonReader::integer(std::string_view name) {
    const auto value = maybe_integer(name);
    if (!value) refuse(name, "is missing");
    return value.value_or(0);
}

bool JsonReader::flag(std::string_view name, bool otherwise) {
    const auto* value = find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) {
        refuse(name, "must be true or false");
        return otherwise;
    }
    return value->get_bool();
}

std::string JsonReader::words(std::string_view name, std::size_t characters_max) { return std::string(trim(text(name, characters_max))); }

std::string JsonReader::maybe_words(std::string_view name, std::size_t characters_max) {
    return std::string(trim(maybe_text(name, characters_max).value_or("")));
}

Uuid JsonReader::maybe_id(std::string_view name) {
    const auto text = maybe_text(name, 36);
    if (!text) return {};
    const auto id = parse_uuid(*text);
    if (!id || id->is_nil()) refuse(name, "must be a UUID");
    return id.value_or(Uuid{});
}

Uuid JsonReader::id(std::string_view name) {
    const auto id = maybe_id(name);
    if (id.is_nil()) refuse(name, "is missing"); // unless it was refused already
    return id;
}

std::vector<Uuid> JsonReader::ids(std::string_view name, std::size_t most) {
    std::vector<Uuid> ids;
    const auto* value = find(name);
    if (value == nullptr) return ids;
    if (!value->is_array() || value->get_array().size() > most) {
        refuse(name, "must be a list of ids");
        return ids;
    }
    for (const auto& item : value->get_array()) {
        const auto id = item.is_string() ? parse_uuid(std::string_view(item.get_string().data(), item.get_string().size())) : std::nullopt;
        if (!id || id->is_nil()) refuse(name, "must be a list of ids");
        else ids.push_back(*id);
    }
    return ids;
}

std::vector<std::string> JsonReader::texts(std::string_view name, std::size_t most, std::size_t bytes_max) {
    std::vector<std::string> texts;
    const auto* value = find(name);
    if (value == nullptr) return texts;
    if (!value->is_array() || value->get_array().size() > most) {
        refuse(name, "must be a list of at most " + std::to_string(most) + " texts");
        return texts;
    }
    for (const auto& item : value->get_array()) {
        if (!item.is_string() || item.get_string().size() > bytes_max) refuse(name, "must be texts");
        else texts.emplace_back(item.get_string());
    }
    return texts;
}

std::optional<std::int64_t> JsonReader::maybe_instant(std::string_view name) {
    const auto text = maybe_text(name, 40);
    if (!text) return std::nullopt;
    const auto at = parse_instant(*text);
    if (!at) refuse(name, "must be an RFC 3339 instant");
    return at;
}

std::string to_json_text(const json::value& value) {
    std::string out;
    write_value(out, value);
    return out;
}

} // namespace chengge
