#include "rules/taxonomy.hpp"

namespace chengge::rules {

std::string class_key(std::string_view edition, std::string_view kind, std::string_view code) {
    std::string key;
    key.reserve(edition.size() + kind.size() + code.size() + 2);
    key.append(edition).append("/").append(kind).append("/").append(code);
    return key;
}

Taxonomy::Taxonomy(std::vector<ProblemClass> classes, std::vector<FilingRow> rows,
                   const std::vector<std::pair<std::string, std::string>>& mapping)
    : classes_(std::move(classes)), rows_(std::move(rows)) {
    for (std::size_t i = 0; i < classes_.size(); ++i)
        class_at_.emplace(class_key(classes_[i].edition, classes_[i].kind, classes_[i].code), i);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        row_at_.emplace(rows_[i].id, i);
        rows_at_[class_key(rows_[i].edition, rows_[i].kind, rows_[i].class_code)].push_back(i);
    }
    for (const auto& [from, to] : mapping) {
        if (from.empty() || to.empty()) continue;
        counterpart_.emplace(from, to);
        counterpart_.emplace(to, from);
    }
}

const ProblemClass* Taxonomy::find_class(std::string_view edition, std::string_view kind,
                                         std::string_view code) const {
    const auto found = class_at_.find(class_key(edition, kind, code));
    return found == class_at_.end() ? nullptr : &classes_[found->second];
}

const FilingRow* Taxonomy::find_row(std::string_view id) const {
    const auto found = row_at_.find(std::string(id));
    return found == row_at_.end() ? nullptr : &rows_[found->second];
}

std::vector<const FilingRow*> Taxonomy::rows_of(std::string_view edition, std::string_view kind,
                                                std::string_view code) const {
    std::vector<const FilingRow*> rows;
    if (const auto found = rows_at_.find(class_key(edition, kind, code)); found != rows_at_.end())
        for (const auto index : found->second) rows.push_back(&rows_[index]);
    return rows;
}

std::string Taxonomy::counterpart(std::string_view edition, std::string_view kind,
                                  std::string_view code) const {
    const auto found = counterpart_.find(class_key(edition, kind, code));
    return found == counterpart_.end() ? std::string() : found->second;
}

} // namespace chengge::rules
