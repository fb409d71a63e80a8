// The one place where SQL is put together: lists with optional filters, keyset pages, whitelisted
// columns. Conditions and orders are constants of the program; values are always parameters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/database.hpp"

namespace chengge::storage {

class ListBuilder {
public:
    // `select` is everything before WHERE: "SELECT c.case_key, … FROM cases c".
    explicit ListBuilder(std::string_view select);
    // A condition with :named parameters, joined by AND; `values` are its parameters.
    ListBuilder& where(std::string_view condition, const Params::Param& value);
    ListBuilder& where(std::string_view condition, const std::vector<Params::Param>& values = {});
    // `column IN (…)`; an empty list matches nothing.
    ListBuilder& where_in(std::string_view column, const std::vector<Value>& values);
    ListBuilder& group_by(std::string_view columns);
    // "c.reported_ms DESC, c.case_key DESC"; keyset pages by comparing the same columns.
    ListBuilder& order_by(std::string_view order);
    ListBuilder& limit(int rows);
    // How to go about it depends on the values: PostgreSQL plans it each time instead of once for all values.
    ListBuilder& plan_for_values();
    Rows run(Transaction& transaction) const;
    // The same to be asked together with others; the parameters are of this list, which outlives them.
    Statement statement() const;
    Params params() const;
    // A fresh :name for a parameter that occurs several times.
    std::string bind(Value value);

private:
    std::string select_;
    std::vector<std::string> conditions_;
    std::string group_, order_;
    int limit_ = 0;
    bool is_planned_ = false;
    std::vector<std::pair<std::string, Value>> values_;
};

// Cursors are opaque to clients: the values of the last row, base64url of a JSON array.
std::string encode_cursor(const std::vector<Value>& values);
Result<std::vector<Value>> decode_cursor(std::string_view text, std::size_t count); // whole numbers, texts, null; bad_cursor
Result<std::vector<std::int64_t>> decode_numbers(std::string_view cursor, std::size_t count);           // of lists whose cursors are whole numbers alone; bad_cursor

} // namespace chengge::storage
