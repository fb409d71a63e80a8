// What the sources of decide share; nothing outside includes it. decide.cpp has the words of the standard
// path, approvals.cpp those of requests in rounds and their ledgers, special_ways.cpp those beside the path.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "rules/decide.hpp"

namespace chengge::rules {

// The subject of an act inside the case: exactly one pointer is set, none for the case itself.
struct Subject {
    Assignment* assignment = nullptr;
    Task* task = nullptr;
    Request* request = nullptr;
    std::string level; // of the assignment, kind of task or request, empty for the case
    std::string* state = nullptr;
};

template <class Part>
Part* find_part(std::vector<Part>& parts, const Uuid& id) {
    for (auto& part : parts)
        if (part.id == id) return &part;
    return nullptr;
}

std::optional<Subject> find_subject(Case& c, const std::string& kind, const Uuid& id);

// Everything a guard or effect may look at.
struct Act {
    const Rules& rules;
    const ActionRow& row;
    const Command& command;
    const Context& context;
    Case& c;
    Subject subject;
    int ids_made = 0;

    std::int64_t seq() const { return c.version + 1; } // of the step that is being made

    // New parts get ids that follow from the step's, so that a replay makes the same ones.
    Uuid make_id() {
        auto seed = command.step_id.raw();
        seed += static_cast<char>(++ids_made);
        auto id = uuid_from_raw(sm3(seed).substr(0, 16));
        id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x80);
        id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
        return id;
    }
};

using Guards = std::map<std::string, std::function<Result<void>(const Act&)>, std::less<>>;
using Effects = std::map<std::string, std::function<void(Act&)>, std::less<>>;
using Conditions = std::map<std::string, std::function<bool(Act&)>, std::less<>>;
using Selectors = std::map<std::string, std::function<bool(Act&, const Assignment&)>, std::less<>>;

inline Result<void> allow(bool is_allowed, const char* code) {
    if (is_allowed) return {};
    return fail(code);
}

// The role by which the actor may; empty = may not.
std::string role_for(const ActionRow& row, const Actor& actor);
bool is_final(const Rules& rules, const Assignment& assignment);
// Who in an organisation replies to an order; empty = nobody there can.
std::string decider_role_of(std::string_view kind);
void add_task(Act& act, const char* kind);

// --- approvals.cpp ------------------------------------------------------------------------------------

// 督办, 批示: an order runs beside the work, it is no stage of the case and holds nothing up.
bool is_order(std::string_view request_kind);
// Opens the row's request; its decider is the first round of the kind, or the one given.
void ask(Act& act, std::string decider, std::string role);
// The part that the request at hand is about.
Assignment* asked_about(Act& act);
// Requests whose part or case has moved on, so that nothing is left to decide.
void lapse_requests(Act& act);
void add_approval_words(Guards& guards, Effects& effects);

// --- bulk_acts.cpp ------------------------------------------------------------------------------------

// nullptr: no act of a decision over many cases.
const ActionRow* find_bulk_action(std::string_view code);
// Does it to the case; `before` is the case as it was. Refusal: nothing_to_do.
Result<void> apply_bulk(Act& act, const Case& before);
// Begins the hold that covers the case and ends the one that is over, each as of its own moment.
void take_up_holds(const Rules& rules, Case& c, const Context& context);

// --- special_ways.cpp ---------------------------------------------------------------------------------

void add_special_words(Guards& guards, Effects& effects, Conditions& conditions, Selectors& selectors);

} // namespace chengge::rules
