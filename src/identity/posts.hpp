// Inside of identity: the tables of data/organisations in memory.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::identity {

enum class RoleScope { organisation, region, crew, own };

struct Kind {
    std::string code, zh, en;
    bool sees_all = false;
    bool sees_reporter = false;
};

struct Role {
    std::string code, zh, en;
    RoleScope scope = RoleScope::own;
    bool sees_reporter = false;
    std::vector<std::string> permissions;
};

struct Act {
    std::string code, zh, en;
};

struct Posts {
    std::vector<Kind> kinds;
    std::vector<Role> roles;
    std::vector<Act> acts;

    // Reads kinds.csv, roles.csv and access_acts.csv, and over them the rows of a city's overlay
    // (empty = none); bad_data names file, line and reason.
    static Result<Posts> load(const std::string& folder, const std::string& overlay = "");
    const Kind* find_kind(std::string_view code) const;
    const Role* find_role(std::string_view code) const;
};

// Every permission that a route may ask for.
bool is_permission(std::string_view name);
// The three administrators: kept apart from each other and from all other posts.
bool is_administrator(std::string_view role);

} // namespace chengge::identity
