#include "rules/case_model.hpp"

#include <algorithm>
#include <charconv>

namespace chengge::rules {

namespace {

void append_escaped(std::string& out, const std::string& value) {
    if (value.find_first_of("\\\n") == std::string::npos) {
        out += value;
        return;
    }
    for (const char letter : value) {
        if (letter == '\\') out += "\\\\";
        else if (letter == '\n') out += "\\n";
        else out += letter;
    }
}

template <class Fields, class Visit>
void for_each_field(const Fields& fields, Visit&& visit) {
    std::apply([&](const auto&... one) { (visit(one), ...); }, fields);
}

template <class Part, class Fields, class Emit>
void diff_part(const std::string& prefix, const Part& before, const Part& after, const Fields& fields, Emit&& emit) {
    for_each_field(fields, [&](const auto& one) {
        if (before.*one.member == after.*one.member) return;
        emit(prefix, one.name, field_text(after.*one.member));
    });
}

template <class Part, class Fields, class Emit>
void diff_parts(const char* name, const std::vector<Part>& before, const std::vector<Part>& after,
                const Fields& fields, Emit&& emit) {
    static const Part none{};
    for (std::size_t i = 0; i < after.size(); ++i) {
        const Part& old = i < before.size() ? before[i] : none;
        if (i < before.size() && old == after[i]) continue;
        diff_part(std::string(name) + "/" + std::to_string(i) + "/", old, after[i], fields, emit);
    }
}

template <class Emit>
void diff(const Case& before, const Case& after, Emit&& emit) {
    diff_part("", before, after, case_fields, emit);
    diff_parts("assignment", before.assignments, after.assignments, assignment_fields, emit);
    diff_parts("task", before.tasks, after.tasks, task_fields, emit);
    diff_parts("request", before.requests, after.requests, request_fields, emit);
    diff_parts("clock", before.clocks, after.clocks, clock_fields, emit);
}

std::string unescape(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) out += value[i];
        else out += value[++i] == 'n' ? '\n' : value[i];
    }
    return out;
}

template <class Number>
Number number_of(const std::string& text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void read_field(const std::string& text, std::string& into) { into = text; }
void read_field(const std::string& text, std::int64_t& into) { into = number_of<std::int64_t>(text); }
void read_field(const std::string& text, double& into) { into = number_of<double>(text); }
void read_field(const std::string& text, Uuid& into) { into = parse_uuid(text).value_or(Uuid{}); }
void read_field(const std::string& text, MaybeMs& into) {
    into = text.empty() ? MaybeMs{} : MaybeMs{number_of<std::int64_t>(text)};
}

template <class Owner, class Fields>
void set_field(Owner& owner, const Fields& fields, std::string_view name, const std::string& value) {
    for_each_field(fields, [&](const auto& one) {
        if (name == one.name) read_field(value, owner.*one.member);
    });
}

// "3/state" of a part: its number, then the field.
template <class Part, class Fields>
void set_part(std::vector<Part>& parts, const Fields& fields, std::string_view path, const std::string& value) {
    constexpr std::size_t parts_max = 4096;
    const auto slash = path.find('/');
    const auto at = number_of<std::size_t>(std::string(path.substr(0, slash)));
    if (slash == std::string_view::npos || at >= parts_max) return;
    if (parts.size() <= at) parts.resize(at + 1);
    set_field(parts[at], fields, path.substr(slash + 1), value);
}

template <class Part>
const Part* find_by_id(const std::vector<Part>& parts, const Uuid& id) {
    for (const auto& part : parts)
        if (part.id == id) return &part;
    return nullptr;
}

} // namespace

const std::string& field_text(const std::string& value) { return value; }
std::string field_text(std::int64_t value) { return std::to_string(value); }
std::string field_text(const Uuid& value) { return value.is_nil() ? "" : format_uuid(value); }
std::string field_text(const MaybeMs& value) { return value ? std::to_string(*value) : ""; }
std::string field_text(double value) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string changes_between(const Case& before, const Case& after) {
    std::vector<std::string> lines;
    std::size_t bytes = 0;
    diff(before, after, [&](const std::string& prefix, std::string_view name, const std::string& value) {
        auto& line = lines.emplace_back();
        line.reserve(prefix.size() + name.size() + 1 + value.size());
        line.append(prefix).append(name) += '=';
        append_escaped(line, value);
        bytes += line.size() + 1;
    });
    std::sort(lines.begin(), lines.end());
    std::string text;
    text.reserve(bytes);
    for (const auto& line : lines) {
        if (!text.empty()) text += '\n';
        text += line;
    }
    return text;
}

std::vector<std::pair<std::string, std::string>> flatten(const Case& c) {
    const Case empty;
    std::vector<std::pair<std::string, std::string>> all;
    diff(empty, c, [&](const std::string& prefix, std::string_view name, const std::string& value) {
        auto& [whole_name, text] = all.emplace_back(prefix, std::string());
        whole_name += name;
        append_escaped(text, value);
    });
    std::sort(all.begin(), all.end());
    return all;
}

Case case_of_changes(const std::vector<std::string>& changes) {
    Case c;
    for (const std::string_view text : changes)
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            const auto line = text.substr(at, end - at);
            at = end + 1;
            const auto equals = line.find('=');
            if (equals == std::string_view::npos) continue;
            const auto name = line.substr(0, equals);
            const auto value = unescape(line.substr(equals + 1));
            if (name.starts_with("assignment/")) set_part(c.assignments, assignment_fields, name.substr(11), value);
            else if (name.starts_with("task/")) set_part(c.tasks, task_fields, name.substr(5), value);
            else if (name.starts_with("request/")) set_part(c.requests, request_fields, name.substr(8), value);
            else if (name.starts_with("clock/")) set_part(c.clocks, clock_fields, name.substr(6), value);
            else set_field(c, case_fields, name, value);
        }
    return c;
}

const Assignment* find_assignment(const Case& c, const Uuid& id) { return find_by_id(c.assignments, id); }
const Task* find_task(const Case& c, const Uuid& id) { return find_by_id(c.tasks, id); }
const Request* find_request(const Case& c, const Uuid& id) { return find_by_id(c.requests, id); }

std::int64_t latest_ms(const Case& c) {
    auto latest = c.reported_ms;
    const auto consider = [&](std::initializer_list<MaybeMs> instants) {
        for (const auto& at : instants) latest = std::max(latest, at.value_or(0));
    };
    consider({c.accepted_ms, c.filed_ms, c.handled_ms, c.closed_ms});
    for (const auto& one : c.assignments) consider({one.offered_ms, one.clock_from_ms, one.finished_ms});
    for (const auto& one : c.tasks) consider({one.offered_ms, one.finished_ms});
    for (const auto& one : c.requests) consider({one.asked_ms, one.decided_ms});
    for (const auto& one : c.clocks) consider({one.started_ms, one.stopped_ms});
    return latest;
}

const Assignment* lead_root(const Case& c) {
    const auto* lead = lead_assignment(c);
    while (lead != nullptr && !lead->parent_id.is_nil()) lead = find_assignment(c, lead->parent_id);
    return lead;
}

const Assignment* lead_assignment(const Case& c) {
    // The newest lead unit; else the newest lead command centre.
    const Assignment* command = nullptr;
    for (auto one = c.assignments.rbegin(); one != c.assignments.rend(); ++one) {
        if (one->part != "lead" || one->state == "recalled") continue;
        if (one->level == "unit") return &*one;
        if (one->level == "command" && command == nullptr) command = &*one;
    }
    return command;
}

} // namespace chengge::rules
