#include "identity/posts.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/csv.hpp"
#include "base/text.hpp"

namespace chengge::identity {

namespace {

constexpr std::string_view permissions[] = {
    "session.own", "map.read", "media.write", "media.read", "report.write", "case.read", "case.act", "case.export",
    "inbox.read", "stream.read", "directory.read", "directory.write", "account.write", "audit.read", "contact.read",
    "evidence.export", "ledger.read", "hotline.read", "hotline.write", "hotline.manage", "patrol.read",
    "patrol.inspect", "patrol.decide", "patrol.manage", "patrol.own", "patrol.company", "notice.read", "notice.write",
    "rules.read", "responsibility.read", "responsibility.write", "dispatch.statistics", "reorganisation.read",
    "reorganisation.write", "emergency.read", "emergency.report", "emergency.command", "emergency.ask_exclusion",
    "registry.read", "registry.edit", "registry.review", "registry.publish", "registry.propose"};

auto refuse(const CsvTable& table, int line, std::string reason) {
    return fail(
        "bad_data",
        {{"file", table.path}, {"line", std::to_string(line)}, {"reason", std::move(reason)}});
}

// The table's columns in the asked order, each row checked for code, zh and en.
Result<std::vector<std::vector<std::string>>> read_table(const CsvTable& table,
                                                         const std::vector<std::string>& names) {
    std::vector<int> columns;
    for (const auto& name : names) {
        columns.push_back(table.column(name));
        if (columns.back() < 0) return refuse(table, 1, "has no column " + name);
    }
    std::vector<std::vector<std::string>> rows;
    std::set<std::string> seen;
    for (const auto& row : table.rows) {
        std::vector<std::string> out;
        for (const int column : columns)
            out.push_back(row.fields[static_cast<std::size_t>(column)]);
        if (out[0].empty() || out[1].empty() || out[2].empty())
            return refuse(table, row.line, "code, zh and en must not be empty");
        if (!seen.insert(out[0]).second) return refuse(table, row.line, out[0] + " stands twice");
        rows.push_back(std::move(out));
    }
    return rows;
}

Result<bool> read_flag(const CsvTable& table, int line, const std::string& text) {
    if (text == "yes") return true;
    if (text == "no") return false;
    return refuse(table, line, "must be yes or no, not " + text);
}

// A city's row takes the place of the product's row of the same code, or is added.
template <class Row>
void lay_over(std::vector<Row>& rows, Row row) {
    const auto same = std::find_if(rows.begin(), rows.end(),
                                   [&](const Row& one) { return one.code == row.code; });
    if (same != rows.end()) *same = std::move(row);
    else rows.push_back(std::move(row));
}

Result<void> load_kinds(const std::string& path, Posts& posts) {
    TRY_ASSIGN(table, load_csv(path));
    TRY_ASSIGN(rows, read_table(table, {"code", "zh", "en", "sees", "sees_reporter"}));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (row[3] != "all" && row[3] != "subtree")
            return refuse(table, table.rows[i].line, "sees must be all or subtree");
        TRY_ASSIGN(sees_reporter, read_flag(table, table.rows[i].line, row[4]));
        lay_over(posts.kinds, {row[0], row[1], row[2], row[3] == "all", sees_reporter});
    }
    return {};
}

Result<void> load_roles(const std::string& path, Posts& posts) {
    TRY_ASSIGN(table, load_csv(path));
    TRY_ASSIGN(rows,
               read_table(table, {"code", "zh", "en", "scope", "sees_reporter", "permissions"}));
    static constexpr std::array<std::string_view, 4> scopes{"organisation", "region", "crew",
                                                            "own"};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        const int line = table.rows[i].line;
        const auto scope = std::find(scopes.begin(), scopes.end(), row[3]);
        if (scope == scopes.end())
            return refuse(table, line, "scope must be organisation, region, crew or own");
        TRY_ASSIGN(sees_reporter, read_flag(table, line, row[4]));
        Role role{row[0],        row[1], row[2], static_cast<RoleScope>(scope - scopes.begin()),
                  sees_reporter, {}};
        for (const auto& name : split(row[5], ' ')) {
            if (name.empty()) continue;
            if (!is_permission(name)) return refuse(table, line, "there is no permission " + name);
            role.permissions.push_back(name);
        }
        lay_over(posts.roles, std::move(role));
    }
    for (const auto* needed : {"system_admin", "security_admin", "audit_admin"})
        if (posts.find_role(needed) == nullptr)
            return refuse(table, 1, std::string("has no role ") + needed);
    return {};
}

Result<void> load_acts(const std::string& path, Posts& posts) {
    TRY_ASSIGN(table, load_csv(path));
    TRY_ASSIGN(rows, read_table(table, {"code", "zh", "en"}));
    for (const auto& row : rows) lay_over(posts.acts, {row[0], row[1], row[2]});
    return {};
}

template <class Row>
const Row* find_row(const std::vector<Row>& rows, std::string_view code) {
    for (const auto& row : rows)
        if (row.code == code) return &row;
    return nullptr;
}

} // namespace

Result<Posts> Posts::load(const std::string& folder, const std::string& overlay) {
    Posts posts;
    const auto load = [&](const char* name, const auto& read) -> Result<void> {
        TRY(read(folder + "/organisations/" + name, posts));
        const auto laid_over = overlay + "/organisations/" + name;
        if (!overlay.empty() && std::filesystem::exists(laid_over)) TRY(read(laid_over, posts));
        return {};
    };
    TRY(load("kinds.csv", load_kinds));
    TRY(load("roles.csv", load_roles));
    TRY(load("access_acts.csv", load_acts));
    return posts;
}

const Kind* Posts::find_kind(std::string_view code) const { return find_row(kinds, code); }
const Role* Posts::find_role(std::string_view code) const { return find_row(roles, code); }

bool is_permission(std::string_view name) {
    return std::ranges::find(permissions, name) != std::end(permissions);
}

bool is_administrator(std::string_view role) {
    return role == "system_admin" || role == "security_admin" || role == "audit_admin";
}

} // namespace chengge::identity
