// Problem classes of two editions side by side and the filing rows that set their limits
// (GB/T 47678.5-2026, GB/T 30428.2-2013; GB/T 30428.8 for filing, handling, closing).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "rules/calendar.hpp"

namespace chengge::rules {

struct ProblemClass {
    std::string edition; // "2026", "2013"
    std::string kind;    // "component", "event"
    std::string code;    // 5 digits (2026) or 4 (2013)
    std::string name;
    std::string name_en; // our own translation; empty when there is none
    std::string major_code;
    std::string major_name;
    std::string major_name_en; // of the major class's own row; empty when there is none
    std::string evidence; // C read in a public source, I inferred
    bool is_local_extension = false;
};

// One row of the filing standard; a class has one or more.
struct FilingRow {
    std::string id; // stable: "2026-component-01004-1"
    std::string edition, kind, class_code;
    std::string condition;         // 立案条件
    std::string closing_condition; // 结案条件
    Limit limit;
    std::string area_class;       // A, B, C, or empty = every area
    std::string responsible_kind; // kind of department: "municipal", "sanitation", …
    std::string basis;            // "sourced" | "mapped" | "default"
    std::string source;           // where the row comes from
};

// "2026/event/06010": the key of a class across editions and kinds.
std::string class_key(std::string_view edition, std::string_view kind, std::string_view code);

// What a class or a major class is called in a language, "zh" or "en"; in Chinese where there is no other name.
template <class Named>
const std::string& name_in(const Named& of, std::string_view language) {
    return language == "en" && !of.name_en.empty() ? of.name_en : of.name;
}

class Taxonomy {
public:
    Taxonomy(std::vector<ProblemClass> classes, std::vector<FilingRow> rows,
             const std::vector<std::pair<std::string, std::string>>& mapping);
    const ProblemClass* find_class(std::string_view edition, std::string_view kind,
                                   std::string_view code) const;
    const FilingRow* find_row(std::string_view id) const;
    std::vector<const FilingRow*> rows_of(std::string_view edition, std::string_view kind,
                                          std::string_view code) const;
    const std::vector<ProblemClass>& classes() const { return classes_; }
    const std::vector<FilingRow>& rows() const { return rows_; }
    // "2013/component/0104" ↔ "2026/component/01004"; empty when there is no counterpart.
    std::string counterpart(std::string_view edition, std::string_view kind,
                            std::string_view code) const;

private:
    std::vector<ProblemClass> classes_;
    std::vector<FilingRow> rows_;
    std::unordered_map<std::string, std::size_t> class_at_; // "edition/kind/code"
    std::unordered_map<std::string, std::size_t> row_at_;
    std::unordered_map<std::string, std::vector<std::size_t>> rows_at_;
    std::unordered_map<std::string, std::string> counterpart_;
};

} // namespace chengge::rules
