// A plan as values: what is wrong with it, what it means. Private to this module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reorganisation/reorganisation_service.hpp"

namespace chengge::reorganisation {

// A unit that is there, or a new one.
struct Target {
    std::string code, name, short_name, kind, parent, region; // of one that is there the code alone counts
    bool is_new = false;
};

// Of a split: what goes to whom. The last part takes what no other does.
struct Part {
    Target to;
    std::vector<std::string> classes, regions;
    std::vector<Uuid> people;
    std::vector<std::string> units; // below the one that is split
};

struct Plan {
    Uuid id;
    std::string kind; // rename, merge, split
    std::string day;  // from this day on
    std::string reason, document;
    std::vector<std::string> units; // renamed, merged, split
    Target target;                  // rename: the new names; merge: into whom
    std::vector<Part> parts;        // split
};

Result<Plan> read_plan(const json::value& body);
json::object to_json(const Plan& plan);

// Puts in its place what may be left out; refusals as in the service's header.
Result<void> check_plan(Plan& plan, const identity::Directory& directory, const identity::IdentityService& identity, const std::string& today);

// “环卫一所、环卫二所合并为环境卫生中心”.
std::string title_of(const Plan& plan, const identity::Directory& directory);
std::string target_name(const Target& target, const identity::Directory& directory);

identity::IdentityService::Reorganisation directory_change(const Plan& plan, const identity::Directory& directory);
std::vector<cases::WorkMove> moves_of(const Plan& plan);

} // namespace chengge::reorganisation
