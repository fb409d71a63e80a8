#include "kit/contract_kit.hpp"

#include <cmath>
#include <stdexcept>

#include "base/ids.hpp"
#include "base/text.hpp"

namespace chengge::kit {

namespace {

using Faults = std::vector<std::string>;

std::string text_of(const json::value& value) { return std::string(value.as_string()); }

const json::object& resolve(const json::value& document, const json::object& node) {
    const auto* reference = node.if_contains("$ref");
    if (reference == nullptr) return node;
    const json::value* at = &document;
    for (const auto& part : split(text_of(*reference).substr(2), '/')) at = &at->at(part);
    return resolve(document, at->as_object());
}

bool fits_type(const json::value& value, std::string_view type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_bool();
    if (type == "integer") return value.is_int64() || value.is_uint64() || (value.is_double() && std::floor(value.get_double()) == value.get_double());
    if (type == "number") return value.is_number();
    throw std::runtime_error("the checker does not know the type " + std::string(type));
}

class Checker {
public:
    explicit Checker(const json::value& document) : document_(document) {}

    void check(const json::object& given, const json::value& value, const std::string& where) {
        std::set<std::string> known;
        bool is_closed = false;
        const auto faults_before = faults.size();
        check_one(given, value, where, known, is_closed);
        if (!value.is_object() || !is_closed || faults.size() > faults_before + 20) return;
        for (const auto& member : value.get_object())
            if (!known.contains(std::string(member.key()))) faults.push_back(where + "." + std::string(member.key()) + ": the contract does not know this member");
    }

    Faults faults;

private:
    // Collects in `known` the members that this schema and those it joins name.
    void check_one(const json::object& given, const json::value& value, const std::string& where, std::set<std::string>& known, bool& is_closed) {
        const auto& schema = resolve(document_, given);
        refuse_unknown_keywords(schema, where);
        if (value.is_null()) {
            const auto* nullable = schema.if_contains("nullable");
            if (nullable == nullptr || !nullable->as_bool()) faults.push_back(where + ": is null");
            return;
        }
        if (const auto* all = schema.if_contains("allOf"))
            for (const auto& one : all->as_array()) check_one(one.as_object(), value, where, known, is_closed);
        if (const auto* type = schema.if_contains("type"); type != nullptr && !fits_type(value, type->as_string())) {
            faults.push_back(where + ": is not of type " + text_of(*type) + " but " + to_json_text(value).substr(0, 60));
            return;
        }
        check_simple(schema, value, where);
        if (value.is_array())
            if (const auto* items = schema.if_contains("items"))
                for (std::size_t i = 0; i < value.get_array().size(); ++i) check(items->as_object(), value.get_array()[i], where + "[" + std::to_string(i) + "]");
        if (value.is_object()) check_members(schema, value.get_object(), where, known, is_closed);
    }

    void check_members(const json::object& schema, const json::object& object, const std::string& where, std::set<std::string>& known, bool& is_closed) {
        if (const auto* required = schema.if_contains("required"))
            for (const auto& name : required->as_array())
                if (!object.contains(name.as_string())) faults.push_back(where + ": lacks " + text_of(name));
        const auto* properties = schema.if_contains("properties");
        const auto* others = schema.if_contains("additionalProperties");
        if (properties != nullptr) {
            if (others == nullptr) is_closed = true;
            for (const auto& property : properties->as_object()) {
                known.insert(std::string(property.key()));
                if (const auto* member = object.if_contains(property.key())) check(property.value().as_object(), *member, where + "." + std::string(property.key()));
            }
        }
        if (others != nullptr && others->is_object())
            for (const auto& member : object)
                if (properties == nullptr || !properties->as_object().contains(member.key())) check(others->as_object(), member.value(), where + "." + std::string(member.key()));
    }

    void check_simple(const json::object& schema, const json::value& value, const std::string& where) {
        if (const auto* choices = schema.if_contains("enum")) {
            bool is_one = false;
            for (const auto& choice : choices->as_array()) is_one = is_one || choice == value;
            if (!is_one) faults.push_back(where + ": " + to_json_text(value) + " is not one of " + to_json_text(*choices));
        }
        const auto* format = schema.if_contains("format");
        if (format != nullptr && format->as_string() == "uuid" && !parse_uuid(text_of(value))) faults.push_back(where + ": is no UUID");
        if (const auto* most = schema.if_contains("maxLength"); most != nullptr && count_characters(text_of(value)) > static_cast<std::size_t>(most->to_number<int>()))
            faults.push_back(where + ": is too long");
    }

    // A keyword nobody looks at would make the contract say more than is checked.
    void refuse_unknown_keywords(const json::object& schema, const std::string& where) {
        static const std::set<std::string> known{"type", "required", "properties", "items", "enum", "nullable", "$ref", "allOf", "additionalProperties",
                                                 "description", "format", "maxLength", "minimum", "maximum"};
        for (const auto& member : schema)
            if (!known.contains(std::string(member.key()))) faults.push_back(where + ": the checker does not know the keyword " + std::string(member.key()));
    }

    const json::value& document_;
};

std::string content_type_of(const http::Response& answer) {
    for (const auto& [name, value] : answer.headers)
        if (to_lower_ascii(name) == "content-type") return std::string(trim(split(value, ';').front()));
    return "";
}

void check_json(const json::value& document, const json::object& schema, const http::Response& answer, Faults& faults) {
    const auto value = parse_json(answer.body);
    if (!value) {
        faults.push_back("the body is not JSON: " + answer.body.substr(0, 80));
        return;
    }
    Checker checker(document);
    checker.check(schema, *value, "body");
    faults.insert(faults.end(), checker.faults.begin(), checker.faults.end());
}

} // namespace

Contract::Contract(json::value document) : document_(std::move(document)) {
    for (const auto& path : document_.at("paths").as_object())
        for (const auto& method : path.value().as_object()) {
            std::string name(method.key());
            for (auto& letter : name) letter = static_cast<char>(letter - 'a' + 'A');
            const auto* security = method.value().as_object().if_contains("security");
            bool is_open = security != nullptr && security->as_array().empty();
            if (security != nullptr)
                for (const auto& way : security->as_array()) is_open = is_open || way.as_object().empty();
            operations_.push_back({name, std::string(path.key()), is_open});
        }
}

std::vector<Contract::Operation> Contract::operations() const { return operations_; }

const Contract::Operation* Contract::find(const std::string& method, const std::string& path) const {
    const auto segments = split(path, '/');
    const Operation* best = nullptr;
    std::size_t best_exact = 0;
    for (const auto& one : operations_) {
        const auto pattern = split(one.path, '/');
        if (one.method != method || pattern.size() != segments.size()) continue;
        std::size_t exact = 0;
        bool fits = true;
        for (std::size_t i = 0; i < pattern.size() && fits; ++i) {
            if (pattern[i] == segments[i]) ++exact;
            else fits = pattern[i].starts_with('{') && !segments[i].empty();
        }
        if (fits && (best == nullptr || exact > best_exact)) {
            best = &one;
            best_exact = exact;
        }
    }
    return best;
}

std::vector<std::string> Contract::check_answer(const std::string& method, const std::string& path, const http::Response& answer) const {
    Faults faults;
    const auto* operation = find(method, path);
    const json::object* promised = nullptr;
    if (operation != nullptr) {
        std::string lower = to_lower_ascii(method);
        const auto& responses = document_.at("paths").at(operation->path).at(lower).at("responses").as_object();
        const auto* response = responses.if_contains(std::to_string(answer.status));
        if (response == nullptr && answer.status >= 400) response = responses.if_contains("default");
        if (response == nullptr) return {"the status " + std::to_string(answer.status) + " was not promised"};
        promised = &resolve(document_, response->as_object());
    } else if (answer.status >= 400) {
        promised = &document_.at("components").at("responses").at("Problem").as_object();
    } else {
        return {"no such operation, and yet the answer is " + std::to_string(answer.status)};
    }
    const auto* content = promised->if_contains("content");
    if (content == nullptr) {
        if (!answer.body.empty()) faults.push_back("a body was not promised");
        return faults;
    }
    const auto type = content_type_of(answer);
    const auto* media = content->as_object().if_contains(type);
    if (media == nullptr) return {"the content type " + type + " was not promised"};
    if (type.ends_with("json")) check_json(document_, media->at("schema").as_object(), answer, faults);
    else if (answer.body.empty()) faults.push_back("the body is empty");
    return faults;
}

std::vector<std::string> Contract::check_value(const std::string& schema, const json::value& value) const {
    Checker checker(document_);
    checker.check(document_.at("components").at("schemas").at(schema).as_object(), value, schema);
    return checker.faults;
}

} // namespace chengge::kit
