#include "rules/data_folder.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace chengge::rules {

namespace {

namespace files = std::filesystem;

bool is_calendar_year(const std::string& path) {
    return path.size() == 18 && path.starts_with("calendar/") && path.ends_with(".json") &&
           std::all_of(path.begin() + 9, path.begin() + 13,
                       [](char c) { return c >= '0' && c <= '9'; });
}

std::string key_of(const DataRow& row, const std::vector<std::string>& keys) {
    std::vector<std::string> parts;
    for (const auto& key : keys) parts.push_back(row.text(key));
    return join(parts, "/");
}

int to_line(const std::string& text) { return std::atoi(text.c_str()); }

} // namespace

const std::string& DataRow::text(std::string_view column) const {
    static const std::string none;
    const auto found = fields_.find(column);
    return found == fields_.end() ? none : found->second;
}

int DataDocument::line_of(std::string_view needle) const {
    const auto at = text.find(needle);
    if (at == std::string::npos) return 1;
    return 1 + static_cast<int>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

DataFolder::DataFolder(std::string base, std::string overlay)
    : base_(std::move(base)), overlay_(std::move(overlay)) {
    if (!overlay_.empty()) check_overlay_names();
}

DataFolder::DataFolder(std::map<std::string, std::string> given)
    : given_(std::move(given)), base_("base"), overlay_("overlay") {}

bool DataFolder::has_file(const std::string& root, const std::string& path) const {
    return given_ ? given_->contains(root + "/" + path) : files::exists(root + "/" + path);
}

void DataFolder::check_overlay_names() {
    std::error_code error;
    if (!files::is_directory(overlay_, error)) {
        add_fault(overlay_, 0, "the overlay folder does not exist");
        return;
    }
    for (const auto& entry : files::recursive_directory_iterator(overlay_, error)) {
        if (!entry.is_regular_file()) continue;
        const auto path = files::relative(entry.path(), overlay_).generic_string();
        if (path.ends_with(".csv") || path.ends_with(".json"))
            if (!files::exists(files::path(base_) / path) && !is_calendar_year(path))
                add_fault(entry.path().string(), 0, "no file of the rules has this name");
    }
}

std::optional<std::string> DataFolder::read(const std::string& root, const std::string& path) {
    const auto full = root + "/" + path;
    auto bytes = given_ ? Result<std::string>(has_file(root, path) ? given_->at(full) : "") : load_file(full);
    if (given_ && !has_file(root, path)) {
        add_fault(full, 0, "is missing from the stored rule set");
        return std::nullopt;
    }
    if (!bytes) {
        add_fault(full, 0, bytes.error().facts["reason"]);
        return std::nullopt;
    }
    bytes_[(root == base_ ? "base/" : "overlay/") + path] = *bytes;
    if (!is_utf8(*bytes)) {
        add_fault(full, 0, "is not UTF-8");
        return std::nullopt;
    }
    return std::move(*bytes);
}

std::vector<DataRow> DataFolder::table(const std::string& path,
                                       const std::vector<std::string>& columns,
                                       const std::vector<std::string>& keys) {
    std::vector<DataRow> rows;
    std::map<std::string, std::size_t> at;
    for (const auto& root : {base_, overlay_}) {
        if (root.empty() || (root == overlay_ && !has_file(root, path))) continue;
        const auto text = read(root, path);
        if (!text) continue;
        const auto parsed = parse_csv(*text, root + "/" + path);
        if (!parsed) {
            const auto& facts = parsed.error().facts;
            add_fault(facts.at("file"), to_line(facts.at("line")), facts.at("reason"));
            continue;
        }
        bool is_complete = true;
        for (const auto& column : columns)
            if (parsed->column(column) < 0) {
                add_fault(parsed->path, 1, "has no column " + column);
                is_complete = false;
            }
        if (!is_complete) continue;
        std::set<std::string> seen;
        for (const auto& source : parsed->rows) {
            std::map<std::string, std::string, std::less<>> fields;
            for (std::size_t i = 0; i < source.fields.size(); ++i)
                fields.emplace(parsed->header[i], source.fields[i]);
            DataRow row(parsed->path, source.line, std::move(fields));
            const auto key = key_of(row, keys);
            if (!seen.insert(key).second) {
                add_fault(row, "is a second row with the key " + key);
                continue;
            }
            const auto [found, is_new] = at.emplace(key, rows.size());
            if (is_new) rows.push_back(std::move(row));
            else rows[found->second] = std::move(row);
        }
    }
    return rows;
}

std::vector<DataDocument> DataFolder::documents(const std::string& path) {
    std::vector<DataDocument> documents;
    for (const auto& root : {base_, overlay_}) {
        if (root.empty() || !has_file(root, path)) continue;
        auto text = read(root, path);
        if (!text) continue;
        auto value = parse_json(*text);
        if (!value) {
            const auto found = value.error().facts.find("reason");
            add_fault(root + "/" + path, 1,
                      found == value.error().facts.end() ? "is not JSON"
                                                         : "is not JSON: " + found->second);
            continue;
        }
        documents.push_back({root + "/" + path, std::move(*text), std::move(*value)});
    }
    if (documents.empty() && !has_file(base_, path))
        add_fault(base_ + "/" + path, 0, "is missing");
    return documents;
}

std::vector<std::string> DataFolder::list(const std::string& folder) const {
    if (given_) {
        std::set<std::string> found;
        for (const auto& [full, bytes] : *given_)
            for (const auto& root : {base_, overlay_})
                if (full.starts_with(root + "/" + folder + "/")) found.insert(full.substr(root.size() + folder.size() + 2));
        return {found.begin(), found.end()};
    }
    std::set<std::string> names;
    for (const auto& root : {base_, overlay_}) {
        if (root.empty()) continue;
        std::error_code error;
        for (const auto& entry : files::directory_iterator(root + "/" + folder, error))
            if (entry.is_regular_file()) names.insert(entry.path().filename().string());
    }
    return {names.begin(), names.end()};
}

std::optional<double> DataFolder::positive_number(const DataRow& row, std::string_view column) {
    const auto& text = row.text(column);
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !std::isfinite(value)) {
        add_fault(row, std::string(column) + " is not a number: " + text);
        return std::nullopt;
    }
    if (value <= 0) {
        add_fault(row, std::string(column) + " must be above 0: " + text);
        return std::nullopt;
    }
    return value;
}

std::string DataFolder::version_sm3() const {
    Sm3 digest;
    for (const auto& [name, bytes] : bytes_) {
        digest.update(std::to_string(name.size()) + ":" + name + std::to_string(bytes.size()) +
                      ":");
        digest.update(bytes);
    }
    return to_hex(digest.finish());
}

} // namespace chengge::rules
