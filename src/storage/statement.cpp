#include "storage/database.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace chengge::storage {

namespace {

bool is_name_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' ||
           (letter >= 'A' && letter <= 'Z');
}

// Rewrites :names to ?1 or $1, leaving texts in quotes and dropping comments.
Statement::Compiled compile(std::string_view sql, char mark) {
    Statement::Compiled compiled;
    for (std::size_t at = 0; at < sql.size();) {
        const char letter = sql[at];
        if (letter == '\'') {
            const auto end = sql.find('\'', at + 1);
            ASSERT(end != std::string_view::npos);
            compiled.text += sql.substr(at, end - at + 1);
            at = end + 1;
        } else if (letter == '-' && at + 1 < sql.size() && sql[at + 1] == '-') {
            const auto end = sql.find('\n', at);
            at = end == std::string_view::npos ? sql.size() : end;
        } else if (letter == ':' && at + 1 < sql.size() && is_name_letter(sql[at + 1])) {
            std::size_t end = at + 1;
            while (end < sql.size() && is_name_letter(sql[end])) ++end;
            const std::string name(sql.substr(at + 1, end - at - 1));
            auto found = std::find(compiled.names.begin(), compiled.names.end(), name);
            if (found == compiled.names.end()) found = compiled.names.insert(found, name);
            compiled.text += mark + std::to_string(found - compiled.names.begin() + 1);
            at = end;
        } else {
            compiled.text += letter;
            ++at;
        }
    }
    compiled.hash = std::hash<std::string_view>()(compiled.text);
    return compiled;
}

} // namespace

Statement::Statement(std::string name, std::string_view sqlite, std::string_view postgres)
    : name_(std::move(name)), sqlite_(compile(sqlite, '?')), postgres_(compile(postgres, '$')) {}

const Value& Params::get(std::string_view name) const {
    for (std::size_t tried = 0; tried < params_.size(); ++tried) {
        const auto i = (next_ + tried) % params_.size();
        if (params_[i].name != name) continue;
        next_ = i + 1;
        return params_[i].value;
    }
    std::fprintf(stderr, "parameter :%.*s was not given\n", static_cast<int>(name.size()), name.data());
    std::abort();
}

const Value& Rows::Row::value(std::string_view column) const {
    const auto& names = rows_.columns();
    const auto count = names.size();
    for (std::size_t tried = 0; tried < count; ++tried) {
        const auto i = last_column_ + tried < count ? last_column_ + tried : last_column_ + tried - count;
        if (names[i] != column) continue;
        last_column_ = i;
        return rows_.values_[index_ * count + i];
    }
    std::fprintf(stderr, "the answer has no column %.*s\n", static_cast<int>(column.size()), column.data());
    std::abort();
}

bool Rows::Row::is_null(std::string_view column) const {
    return std::holds_alternative<std::monostate>(value(column));
}

std::int64_t Rows::Row::integer(std::string_view column) const {
    const auto& held = value(column);
    if (const auto* number = std::get_if<double>(&held)) return static_cast<std::int64_t>(*number);
    ASSERT(std::holds_alternative<std::int64_t>(held));
    return std::get<std::int64_t>(held);
}

double Rows::Row::number(std::string_view column) const {
    const auto& held = value(column);
    if (const auto* integer = std::get_if<std::int64_t>(&held)) return static_cast<double>(*integer);
    ASSERT(std::holds_alternative<double>(held));
    return std::get<double>(held);
}

const std::string& Rows::Row::text(std::string_view column) const {
    const auto& held = value(column);
    ASSERT(std::holds_alternative<std::string>(held));
    return std::get<std::string>(held);
}

const std::string& Rows::Row::bytes(std::string_view column) const {
    const auto& held = value(column);
    ASSERT(std::holds_alternative<Blob>(held));
    return std::get<Blob>(held).bytes;
}

std::optional<std::int64_t> Rows::Row::maybe_integer(std::string_view column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

std::optional<double> Rows::Row::maybe_number(std::string_view column) const {
    if (is_null(column)) return std::nullopt;
    return number(column);
}

std::optional<std::string> Rows::Row::maybe_text(std::string_view column) const {
    if (is_null(column)) return std::nullopt;
    return text(column);
}

std::string Rows::Row::text_or_empty(std::string_view column) const {
    return is_null(column) ? std::string() : text(column);
}

} // namespace chengge::storage
