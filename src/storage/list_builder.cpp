#include "storage/list_builder.hpp"

#include "base/assert.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "storage/engines.hpp"

namespace chengge::storage {

ListBuilder::ListBuilder(std::string_view select) : select_(select) {}

std::string ListBuilder::bind(Value value) {
    auto name = "v" + std::to_string(values_.size());
    values_.emplace_back(name, std::move(value));
    return ":" + name;
}

ListBuilder& ListBuilder::where(std::string_view condition, const Params::Param& value) {
    return where(condition, std::vector<Params::Param>{value});
}

ListBuilder& ListBuilder::where(std::string_view condition, const std::vector<Params::Param>& values) {
    conditions_.emplace_back(condition);
    for (const auto& value : values) values_.emplace_back(std::string(value.name), value.value);
    return *this;
}

ListBuilder& ListBuilder::where_in(std::string_view column, const std::vector<Value>& values) {
    if (values.empty()) return where("1 = 0");
    std::string condition(column);
    condition += " IN (";
    for (std::size_t i = 0; i < values.size(); ++i) condition += (i > 0 ? ", " : "") + bind(values[i]);
    conditions_.push_back(condition + ")");
    return *this;
}

ListBuilder& ListBuilder::group_by(std::string_view columns) {
    group_ = columns;
    return *this;
}

ListBuilder& ListBuilder::order_by(std::string_view order) {
    order_ = order;
    return *this;
}

ListBuilder& ListBuilder::limit(int rows) {
    limit_ = rows;
    return *this;
}

ListBuilder& ListBuilder::plan_for_values() {
    is_planned_ = true;
    return *this;
}

Statement ListBuilder::statement() const {
    std::string text = select_;
    for (std::size_t i = 0; i < conditions_.size(); ++i)
        text += (i == 0 ? "\nWHERE (" : "\n  AND (") + conditions_[i] + ")";
    if (!group_.empty()) text += "\nGROUP BY " + group_;
    if (!order_.empty()) text += "\nORDER BY " + order_;
    if (limit_ > 0) text += "\nLIMIT " + std::to_string(limit_);
    return Statement(is_planned_ ? std::string(planned_name) : "list", text, text);
}

Params ListBuilder::params() const {
    Params params;
    for (const auto& [name, value] : values_) params.add(name, value);
    return params;
}

Rows ListBuilder::run(Transaction& transaction) const { return transaction.run(statement(), params()); }

std::string encode_cursor(const std::vector<Value>& values) {
    json::array array;
    for (const auto& value : values) {
        if (const auto* integer = std::get_if<std::int64_t>(&value)) array.emplace_back(*integer);
        else if (const auto* text = std::get_if<std::string>(&value)) array.emplace_back(*text);
        else if (const auto* number = std::get_if<double>(&value)) array.emplace_back(*number);
        else array.emplace_back(nullptr);
    }
    return to_base64url(to_json_text(array));
}

Result<std::vector<Value>> decode_cursor(std::string_view text, std::size_t count) {
    const auto parsed = parse_json(from_base64url(text));
    if (!parsed || !parsed->is_array() || parsed->get_array().size() != count) return fail("bad_cursor");
    std::vector<Value> values;
    for (const auto& item : parsed->get_array()) {
        if (item.is_int64()) values.emplace_back(item.get_int64());
        else if (item.is_string()) values.emplace_back(std::string(item.get_string()));
        else if (item.is_null()) values.emplace_back(std::monostate{});
        else return fail("bad_cursor");
    }
    return values;
}

Result<std::vector<std::int64_t>> decode_numbers(std::string_view cursor, std::size_t count) {
    TRY_ASSIGN(values, decode_cursor(cursor, count));
    std::vector<std::int64_t> numbers;
    for (const auto& one : values) {
        if (!std::holds_alternative<std::int64_t>(one)) return fail("bad_cursor");
        numbers.push_back(std::get<std::int64_t>(one));
    }
    return numbers;
}

} // namespace chengge::storage
