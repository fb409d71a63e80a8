#include "rules/rules.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"

namespace chengge::rules {

namespace {

bool is_digits(std::string_view text, std::size_t count) {
    return text.size() == count &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t code_digits(std::string_view edition) { return edition == "2013" ? 4 : 5; }

// "08:00" → 480; −1 when it is no time of day ("24:00" is the day's end).
int parse_minute(std::string_view text) {
    if (text.size() != 5 || text[2] != ':' || !is_digits(text.substr(0, 2), 2) ||
        !is_digits(text.substr(3), 2))
        return -1;
    const int minute =
        ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
    return text[3] > '5' || minute > 1440 ? -1 : minute;
}

std::string member_text(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    const auto* member = object ? object->if_contains(name) : nullptr;
    return member && member->is_string() ? std::string(member->as_string()) : std::string();
}

const json::array* member_array(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    const auto* member = object ? object->if_contains(name) : nullptr;
    return member ? member->if_array() : nullptr;
}

std::vector<Session> read_sessions(DataFolder& folder) {
    std::vector<Session> sessions;
    const auto documents = folder.documents("calendar/sessions.json");
    if (documents.empty()) return sessions;
    const auto& document =
        documents.back(); // an overlay's sessions replace the base ones as a whole
    const auto* items = member_array(document.value, "sessions");
    if (items == nullptr || items->empty()) {
        folder.add_fault(document.file, 1, "has no sessions");
        return sessions;
    }
    int last = 0;
    for (const auto& item : *items) {
        const auto from = member_text(item, "from");
        const Session session{parse_minute(from), parse_minute(member_text(item, "to"))};
        if (session.from_minute < last || session.to_minute <= session.from_minute) {
            folder.add_fault(document.file, document.line_of(from),
                             "a session must be from and to as HH:MM, in order, without overlap");
            continue;
        }
        last = session.to_minute;
        sessions.push_back(session);
    }
    return sessions;
}

void read_days(DataFolder& folder, const DataDocument& document, CalendarYear& year) {
    const auto* days = member_array(document.value, "days");
    const auto* sources = member_array(document.value, "sources");
    if (days == nullptr || sources == nullptr) {
        folder.add_fault(document.file, 1, "has no days or no sources");
        return;
    }
    if (sources->empty() && !days->empty())
        folder.add_fault(document.file, document.line_of("\"sources\""),
                         "names no notice behind its days");
    for (const auto& source : *sources)
        if (source.is_string()) year.sources.emplace_back(source.as_string());
    std::set<Date> seen;
    for (const auto& day : *days) {
        const auto text = member_text(day, "date");
        const int line = document.line_of("\"" + text + "\"");
        const auto date = parse_date(text);
        const auto* is_off = day.is_object() ? day.as_object().if_contains("is_off") : nullptr;
        if (!date || is_off == nullptr || !is_off->is_bool()) {
            folder.add_fault(document.file, line,
                             "a day needs a date YYYY-MM-DD and is_off true or false: " + text);
            continue;
        }
        // A notice may reach over New Year: its last days of December stand with the next year.
        if (date->year != year.year && !(date->year == year.year - 1 && date->month == 12))
            folder.add_fault(document.file, line, text + " does not belong to this year's notice");
        if (!seen.insert(*date).second)
            folder.add_fault(document.file, line, text + " stands twice");
        year.days[*date] = is_off->as_bool();
    }
}

std::vector<CalendarYear> read_years(DataFolder& folder) {
    std::vector<CalendarYear> years;
    std::map<Date, std::pair<int, bool>> by_date;
    for (const auto& name : folder.list("calendar")) {
        if (name.size() != 9 || !is_digits(name.substr(0, 4), 4) || !name.ends_with(".json"))
            continue;
        CalendarYear year;
        year.year = std::stoi(name.substr(0, 4));
        for (const auto& document : folder.documents("calendar/" + name)) {
            const auto* number = document.value.is_object()
                                     ? document.value.as_object().if_contains("year")
                                     : nullptr;
            if (number == nullptr || !number->is_int64() || number->as_int64() != year.year)
                folder.add_fault(document.file, document.line_of("\"year\""),
                                 "year must be that of the file's name");
            read_days(folder, document, year);
            for (const auto& [date, is_off] : year.days) {
                const auto [found, is_new] = by_date.emplace(date, std::pair(year.year, is_off));
                if (!is_new && found->second.first != year.year && found->second.second != is_off)
                    folder.add_fault(document.file, document.line_of(format_date(date)),
                                     format_date(date) + " is stated differently in " +
                                         std::to_string(found->second.first) + ".json");
            }
        }
        years.push_back(std::move(year));
    }
    return years;
}

std::vector<MajorClass> read_major_classes(DataFolder& folder) {
    std::vector<MajorClass> majors;
    for (const auto& row : folder.table("taxonomy/major_classes.csv",
                                        {"edition", "kind", "code", "name", "count", "is_complete"},
                                        {"edition", "kind", "code"})) {
        const auto count = folder.positive_number(row, "count");
        if (!is_digits(row.text("code"), 2))
            folder.add_fault(row, "a major class has two digits: " + row.text("code"));
        majors.push_back({row.text("edition"), row.text("kind"), row.text("code"), row.text("name"), row.text("name_en"),
                          static_cast<int>(count.value_or(0)), row.text("is_complete") == "1"});
    }
    return majors;
}

const MajorClass* find_major(const std::vector<MajorClass>& majors, const ProblemClass& problem) {
    for (const auto& major : majors)
        if (major.edition == problem.edition && major.kind == problem.kind &&
            major.code == problem.major_code)
            return &major;
    return nullptr;
}

void check_class(DataFolder& folder, const DataRow& row, const ProblemClass& problem,
                 std::string_view edition, const std::vector<MajorClass>& majors) {
    if (problem.edition != edition)
        folder.add_fault(row, "edition must be " + std::string(edition));
    if (problem.kind != "component" && problem.kind != "event")
        folder.add_fault(row, "kind must be component or event: " + problem.kind);
    if (!is_digits(problem.code, code_digits(edition)))
        folder.add_fault(row, "the code must have " + std::to_string(code_digits(edition)) +
                                  " digits: " + problem.code);
    if (!problem.code.starts_with(problem.major_code) || problem.major_code.size() != 2)
        folder.add_fault(row, "the code " + problem.code + " does not begin with its major class " +
                                  problem.major_code);
    if (problem.name.empty()) folder.add_fault(row, "the class has no name");
    if (problem.evidence != "C" && problem.evidence != "I" &&
        !(problem.is_local_extension && problem.evidence == "L"))
        folder.add_fault(row,
                         "evidence must be C or I (L for a local extension): " + problem.evidence);
    const auto* major = find_major(majors, problem);
    if (major == nullptr) {
        if (!problem.is_local_extension)
            folder.add_fault(row, "there is no major class " + problem.major_code +
                                      " of this edition and kind");
    } else if (major->name != problem.major_name) {
        folder.add_fault(row, "the major class is called " + major->name + ", not " +
                                  problem.major_name);
    }
}

std::vector<ProblemClass> read_classes(DataFolder& folder, const std::vector<MajorClass>& majors) {
    std::vector<ProblemClass> classes;
    for (const std::string edition : {"2026", "2013"}) {
        const auto path = "taxonomy/classes_" + edition + ".csv";
        std::map<std::string, std::string> codes_of_names;
        for (const auto& row : folder.table(path,
                                            {"edition", "kind", "code", "name", "name_en",
                                             "major_code", "major_name", "evidence"},
                                            {"edition", "kind", "code"})) {
            ProblemClass problem{
                row.text("edition"),    row.text("kind"),     row.text("code"),
                row.text("name"),       row.text("name_en"),  row.text("major_code"),
                row.text("major_name"), "",                   row.text("evidence"),
                row.text("is_local") == "1"};
            check_class(folder, row, problem, edition, majors);
            if (const auto* major = find_major(majors, problem)) problem.major_name_en = major->name_en;
            const auto [found, is_new] =
                codes_of_names.emplace(problem.kind + "/" + problem.name, problem.code);
            if (!is_new)
                folder.add_fault(row,
                                 "the name " + problem.name + " is also that of " + found->second);
            classes.push_back(std::move(problem));
        }
        for (const auto& major : majors) {
            if (major.edition != edition) continue;
            const auto count = std::ranges::count_if(classes, [&](const auto& problem) {
                return !problem.is_local_extension && find_major(majors, problem) == &major;
            });
            if (count != major.count)
                folder.add_fault(path, 0,
                                 "major class " + major.kind + " " + major.code + " " + major.name +
                                     " has " + std::to_string(count) + " classes, must have " +
                                     std::to_string(major.count));
        }
    }
    return classes;
}

using ClassKeys = std::set<std::string, std::less<>>;

std::vector<std::pair<std::string, std::string>> read_mapping(DataFolder& folder,
                                                              const ClassKeys& classes) {
    static const std::set<std::string, std::less<>> relations{"same", "renamed", "moved",
                                                              "dropped"};
    std::vector<std::pair<std::string, std::string>> mapping;
    std::set<std::string> targets;
    for (const auto& row : folder.table("taxonomy/mapping_2013_2026.csv",
                                        {"from", "to", "relation", "evidence"}, {"from"})) {
        const auto& from = row.text("from");
        const auto& to = row.text("to");
        if (!classes.contains(from)) folder.add_fault(row, "unknown class " + from);
        if (!to.empty() && !classes.contains(to)) folder.add_fault(row, "unknown class " + to);
        if (!to.empty() && !targets.insert(to).second)
            folder.add_fault(row, "a second class leads to " + to);
        if (!relations.contains(row.text("relation")))
            folder.add_fault(row, "unknown relation " + row.text("relation"));
        if (to.empty() != (row.text("relation") == "dropped"))
            folder.add_fault(row, "exactly a dropped class has no counterpart");
        mapping.emplace_back(from, to);
    }
    return mapping;
}

std::vector<ResponsibleKind> read_responsible_kinds(DataFolder& folder) {
    std::vector<ResponsibleKind> kinds;
    for (const auto& row : folder.table("organisations/responsible_kinds.csv",
                                        {"code", "zh", "en", "note"}, {"code"})) {
        if (row.text("code").empty() || row.text("zh").empty() || row.text("en").empty())
            folder.add_fault(row, "a kind needs a code and a name in both languages");
        kinds.push_back({row.text("code"), row.text("zh"), row.text("en"), row.text("note")});
    }
    return kinds;
}

std::optional<Limit> read_limit(DataFolder& folder, const DataRow& row, std::string_view column) {
    const auto value = folder.positive_number(row, column);
    const auto unit = parse_limit_unit(row.text("unit"));
    if (!unit) folder.add_fault(row, "unknown unit " + row.text("unit"));
    if (!value || !unit) return std::nullopt;
    return Limit{*value, *unit};
}

void check_filing_row(DataFolder& folder, const DataRow& row, const FilingRow& filing,
                      const std::vector<ResponsibleKind>& kinds) {
    static const std::set<std::string, std::less<>> bases{"sourced", "mapped", "default", "local"};
    if (!filing.id.starts_with(filing.edition + "-" + filing.kind + "-" + filing.class_code + "-"))
        folder.add_fault(row, "the id must begin with edition-kind-code-: " + filing.id);
    for (const auto column : {"condition", "closing_condition", "source"})
        if (row.text(column).empty()) folder.add_fault(row, std::string(column) + " is empty");
    if (!bases.contains(filing.basis)) folder.add_fault(row, "unknown basis " + filing.basis);
    if (!filing.area_class.empty() && filing.area_class != "A" && filing.area_class != "B" &&
        filing.area_class != "C")
        folder.add_fault(row, "area_class must be A, B, C or empty: " + filing.area_class);
    if (std::ranges::none_of(
            kinds, [&](const auto& kind) { return kind.code == filing.responsible_kind; }))
        folder.add_fault(row, "unknown responsible_kind " + filing.responsible_kind);
}

std::vector<FilingRow> read_filing_rows(DataFolder& folder, const ClassKeys& classes,
                                        const std::vector<ResponsibleKind>& kinds) {
    std::vector<FilingRow> rows;
    ClassKeys served;
    for (const auto& row :
         folder.table("time_limits/filing_rows.csv",
                      {"id", "edition", "kind", "class_code", "condition", "closing_condition",
                       "limit", "unit", "area_class", "responsible_kind", "basis", "source"},
                      {"id"})) {
        FilingRow filing;
        filing.id = row.text("id");
        filing.edition = row.text("edition");
        filing.kind = row.text("kind");
        filing.class_code = row.text("class_code");
        filing.condition = row.text("condition");
        filing.closing_condition = row.text("closing_condition");
        filing.area_class = row.text("area_class");
        filing.responsible_kind = row.text("responsible_kind");
        filing.basis = row.text("basis");
        filing.source = row.text("source");
        check_filing_row(folder, row, filing, kinds);
        const auto key = class_key(filing.edition, filing.kind, filing.class_code);
        if (!classes.contains(key)) folder.add_fault(row, "unknown class " + key);
        const auto limit = read_limit(folder, row, "limit");
        served.insert(key); // also a faulty row: its class is not without one
        if (!limit) continue;
        filing.limit = *limit;
        rows.push_back(std::move(filing));
    }
    for (const auto& key : classes)
        if (!served.contains(key))
            folder.add_fault("time_limits/filing_rows.csv", 0, "no row for the class " + key);
    return rows;
}

void read_stages(DataFolder& folder, Rules& rules) {
    static const std::set<std::string, std::less<>> known(std::begin(stage_names),
                                                          std::end(stage_names));
    // A set of before there were such stages has no limit for them.
    static const std::set<std::string, std::less<>> further{"confirm_reply", "confirm_instruction", "send_recheck", "recheck", "archive", "spot_check"};
    std::set<std::string, std::less<>> seen;
    for (const auto& row :
         folder.table("time_limits/stages.csv", {"stage", "value", "unit", "zh", "en", "origin"},
                      {"stage"})) {
        const auto& stage = row.text("stage");
        if (!known.contains(stage) && !further.contains(stage)) folder.add_fault(row, "unknown stage " + stage);
        seen.insert(stage);
        if (const auto limit = read_limit(folder, row, "value")) rules.stage_limits[stage] = *limit;
        if (row.text("zh").empty() || row.text("en").empty())
            folder.add_fault(row, "the stage needs a name in both languages");
        rules.stage_labels[stage] = {row.text("zh"), row.text("en")};
    }
    for (const auto& stage : known)
        if (!seen.contains(stage))
            folder.add_fault("time_limits/stages.csv", 0, "no limit for the stage " + stage);
}

} // namespace

LoadedRules load_rules(const RulesOptions& options) {
    auto folder = options.files.empty() ? DataFolder(options.folder, options.overlay_folder) : DataFolder(options.files);
    auto sessions = read_sessions(folder);
    auto years = read_years(folder);
    auto majors = read_major_classes(folder);
    auto classes = read_classes(folder, majors);
    ClassKeys keys;
    for (const auto& problem : classes)
        keys.insert(class_key(problem.edition, problem.kind, problem.code));
    auto mapping = read_mapping(folder, keys);
    auto kinds = read_responsible_kinds(folder);
    auto rows = read_filing_rows(folder, keys, kinds);
    if (sessions.empty()) return tl::unexpected(std::move(folder.faults));
    auto rules = std::make_shared<Rules>(Rules{
        .calendar = Calendar(std::move(sessions), std::move(years)),
        .taxonomy = Taxonomy(std::move(classes), std::move(rows), mapping),
        .responsible_kinds = std::move(kinds),
        .major_classes = std::move(majors),
    });
    read_stages(folder, *rules);
    for (const auto& row : folder.table("organisations/roles.csv", {"code", "zh", "en"}, {"code"}))
        rules->roles.push_back(row.text("code"));
    rules->workflow = load_workflow(folder, rules->roles);
    rules->files = folder.files_read();
    rules->version_sm3 = folder.version_sm3();
    if (!folder.faults.empty()) return tl::unexpected(std::move(folder.faults));
    return rules;
}

std::vector<DataFault> find_warnings(const Rules& rules, Date today) {
    std::vector<DataFault> warnings;
    for (const int year : {today.year, today.year + 1})
        if (!rules.calendar.has_year(year))
            warnings.push_back({"calendar/" + std::to_string(year) + ".json", 0,
                                "no holidays are known for " + std::to_string(year) +
                                    ": deadlines in that year know weekends only"});
    return warnings;
}

} // namespace chengge::rules
