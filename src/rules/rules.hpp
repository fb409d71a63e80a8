// The whole rule set of a city, read from data/ and its overlay, checked, immutable afterwards.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "rules/calendar.hpp"
#include "rules/data_folder.hpp"
#include "rules/taxonomy.hpp"
#include "rules/workflow.hpp"

namespace chengge::rules {

// The stages whose limit every city must state (data/time_limits/stages.csv).
inline constexpr const char* stage_names[] = {
    "accept", "verify",     "file_case", "city_dispatch", "district_dispatch", "sign", "review",
    "gate",   "send_check", "check",     "close",         "decide_request"};

struct StageName {
    std::string zh, en;
};

// A kind of body that filing rows name as responsible; which organisation it is in a district is
// the city's own data.
struct ResponsibleKind {
    std::string code, zh, en, note;
};

struct MajorClass {
    std::string edition, kind, code, name;
    std::string name_en;      // our own translation; empty when there is none
    int count = 0;            // classes of the standard; local extensions come on top
    bool is_complete = false; // the edition is fully known here
};

struct Rules {
    Calendar calendar;
    Taxonomy taxonomy;
    std::map<std::string, Limit, std::less<>> stage_limits;
    std::map<std::string, StageName, std::less<>> stage_labels;
    std::vector<ResponsibleKind> responsible_kinds;
    std::vector<MajorClass> major_classes;
    Workflow workflow;
    std::vector<std::string> roles; // data/organisations/roles.csv
    std::map<std::string, std::string> files; // that it was made from, to be stored with it
    std::string version_sm3; // hex, over names and bytes of all files read
};

struct RulesOptions {
    std::string folder;         // data/
    std::string overlay_folder; // the city's own; may be empty
    std::map<std::string, std::string> files = {}; // a stored set's files, in place of the folders
};

using LoadedRules = tl::expected<std::shared_ptr<const Rules>, std::vector<DataFault>>;

// Reads and checks everything; on refusal every fault found, in the order of the files.
LoadedRules load_rules(const RulesOptions& options);

// What is allowed but should be known: the calendar of this or next year is missing.
std::vector<DataFault> find_warnings(const Rules& rules, Date today);

} // namespace chengge::rules
