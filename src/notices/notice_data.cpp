#include "notices/notice_data.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.hpp"
#include "rules/data_folder.hpp"

namespace chengge::notices {

namespace {

using rules::DataFolder;
using rules::DataRow;

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (const auto& word : split(text, ' '))
        if (!word.empty()) words.push_back(word);
    return words;
}

bool has(const std::vector<std::string>& list, std::string_view one) { return std::find(list.begin(), list.end(), one) != list.end(); }

template <class List>
bool is_one_of(const List& list, std::string_view one) {
    return std::find(std::begin(list), std::end(list), one) != std::end(list);
}

// "22:00" in minutes; nothing when it is no time of day.
std::optional<int> minutes_of(const std::string& text) {
    int hours = 0, minutes = 0;
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = std::from_chars(text.data(), text.data() + 2, hours), minute = std::from_chars(text.data() + 3, text.data() + 5, minutes);
    if (hour.ec != std::errc() || minute.ec != std::errc() || hour.ptr != text.data() + 2 || minute.ptr != text.data() + 5 || hours > 23 || minutes > 59 || hours < 0 || minutes < 0) return std::nullopt;
    return hours * 60 + minutes;
}

void read_settings(DataFolder& folder, NoticeSettings& settings) {
    for (const auto& document : folder.documents("notices/settings.json")) {
        JsonReader reader(document.value);
        const auto whole = [&](const char* name, int& into, std::int64_t least, std::int64_t most) {
            const auto value = reader.maybe_integer(name);
            if (!value) return;
            if (*value < least || *value > most) folder.add_fault(document.file, document.line_of(name), std::string(name) + " lies outside " + std::to_string(least) + " … " + std::to_string(most));
            else into = static_cast<int>(*value);
        };
        const auto time = [&](const char* name, int& into) {
            const auto value = reader.maybe_text(name, 5);
            if (!value) return;
            const auto minutes = value->empty() ? std::optional<int>(0) : minutes_of(*value);
            if (!minutes) folder.add_fault(document.file, document.line_of(name), std::string(name) + " must be a time such as 22:00, or empty");
            else into = *minutes;
        };
        time("quiet_from", settings.citizens.from);
        time("quiet_to", settings.citizens.to);
        time("staff_quiet_from", settings.staff.from);
        time("staff_quiet_to", settings.staff.to);
        whole("attempts_max", settings.attempts_max, 1, 100);
        whole("retry_first_seconds", settings.retry_first_seconds, 1, 86'400);
        whole("retry_most_seconds", settings.retry_most_seconds, 1, 86'400);
        whole("sms_per_hour", settings.sms_per_hour, 1, 10'000);
        whole("email_per_hour", settings.email_per_hour, 1, 10'000);
        whole("keep_days", settings.keep_days, 7, 10'000);
        if (reader.error()) folder.add_fault(document.file, 1, reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
    }
}

constexpr std::pair<std::string_view, Finds> ways_to_find[] = {{"reporter", Finds::reporter}, {"finder", Finds::finder}, {"holder", Finds::holder}, {"part", Finds::part},
                                                               {"asker", Finds::asker},       {"command", Finds::command}, {"post", Finds::post}};

void read_audiences(DataFolder& folder, NoticeData& data) {
    for (const auto& row : folder.table("notices/audiences.csv", {"code", "zh", "en", "finds", "roles"}, {"code"})) {
        Audience audience{row.text("code"), row.text("zh"), row.text("en"), Finds::holder, words_of(row.text("roles"))};
        const auto found = std::find_if(std::begin(ways_to_find), std::end(ways_to_find), [&](const auto& one) { return one.first == row.text("finds"); });
        if (found == std::end(ways_to_find)) {
            folder.add_fault(row, "there is no way to find people called " + row.text("finds"));
            continue;
        }
        audience.finds = found->second;
        const bool needs_roles = audience.finds != Finds::reporter && audience.finds != Finds::finder && audience.finds != Finds::asker;
        if (needs_roles == audience.roles.empty()) folder.add_fault(row, needs_roles ? "roles must name posts" : "roles must be empty");
        data.audiences.push_back(std::move(audience));
    }
}

std::set<std::string> action_codes(const rules::Rules& rules) {
    std::set<std::string> codes;
    for (const auto* machine : {"case", "assignment", "task", "request"})
        for (const auto& action : rules.workflow.machine(machine).actions) codes.insert(action.code);
    return codes;
}

void read_text(DataFolder& folder, const DataRow& row, const char* column, TemplateText& into) {
    auto parsed = TemplateText::parse(row.text(column), notice_placeholders());
    if (!parsed) folder.add_fault(row, std::string(column) + ": " + parsed.error().facts.at("reason"));
    else if (parsed->empty()) folder.add_fault(row, std::string(column) + " must not be empty");
    else into = std::move(*parsed);
}

void read_templates(DataFolder& folder, NoticeData& data, const rules::Rules& rules) {
    const auto actions = action_codes(rules);
    for (const auto& row : folder.table("notices/templates.csv", {"code", "on", "stage", "class", "audience", "channels", "urgent", "subject_zh", "zh", "subject_en", "en"}, {"code"})) {
        Template one;
        one.code = row.text("code");
        one.on = words_of(row.text("on"));
        one.stages = words_of(row.text("stage"));
        one.channels = words_of(row.text("channels"));
        one.audience = row.text("audience");
        one.is_urgent = row.text("urgent") == "yes";
        const auto& problem = row.text("class");
        const auto colon = problem.find(':');
        one.kind = problem.substr(0, colon);
        if (colon != std::string::npos) one.class_beginning = problem.substr(colon + 1);
        if (one.on.empty()) folder.add_fault(row, "on must name an action or an event");
        for (const auto& event : one.on)
            if (!is_one_of(event_codes, event) && !actions.contains(event)) folder.add_fault(row, "the workflow has no action " + event);
        for (const auto& stage : one.stages)
            if (rules.workflow.find_label(rules.workflow.stages, stage) == nullptr) folder.add_fault(row, "there is no stage " + stage);
        for (const auto& channel : one.channels)
            if (!is_one_of(channel_codes, channel) || channel == "webhook") folder.add_fault(row, "there is no channel " + channel + "; webhooks carry data, not words");
        if (data.find_audience(one.audience) == nullptr) folder.add_fault(row, "there is no audience " + one.audience);
        if (row.text("urgent") != "yes" && row.text("urgent") != "no") folder.add_fault(row, "urgent must be yes or no");
        if (!one.kind.empty() && one.kind != "event" && one.kind != "component") folder.add_fault(row, "class must be event or component, or one of these and the beginning of a code: event:06");
        read_text(folder, row, "subject_zh", one.subject_zh);
        read_text(folder, row, "zh", one.zh);
        read_text(folder, row, "subject_en", one.subject_en);
        read_text(folder, row, "en", one.en);
        data.templates.push_back(std::move(one));
    }
}

} // namespace

const Audience* NoticeData::find_audience(std::string_view code) const {
    const auto found = std::find_if(audiences.begin(), audiences.end(), [&](const Audience& one) { return one.code == code; });
    return found == audiences.end() ? nullptr : &*found;
}

const Template* NoticeData::find_template(std::string_view code) const {
    const auto found = std::find_if(templates.begin(), templates.end(), [&](const Template& one) { return one.code == code; });
    return found == templates.end() ? nullptr : &*found;
}

const Label* NoticeData::find_label(std::string_view list, std::string_view code) const {
    const auto found = std::find_if(labels.begin(), labels.end(), [&](const Label& one) { return one.list == list && one.code == code; });
    return found == labels.end() ? nullptr : &*found;
}

const Template* NoticeData::choose(std::string_view event, std::string_view audience, std::string_view channel, std::string_view stage, std::string_view kind, std::string_view class_code) const {
    const Template* best = nullptr;
    std::size_t best_length = 0;
    for (const auto& one : templates) {
        if (one.audience != audience || !has(one.on, event) || !has(one.channels, channel)) continue;
        if (!one.stages.empty() && !stage.empty() && !has(one.stages, stage)) continue;
        if (!one.kind.empty() && (one.kind != kind || !class_code.starts_with(one.class_beginning))) continue;
        const auto length = one.kind.empty() ? 0 : 1 + one.class_beginning.size();
        if (best != nullptr && length <= best_length) continue;
        best = &one;
        best_length = length;
    }
    return best;
}

bool NoticeData::has_event(std::string_view event) const {
    return std::any_of(templates.begin(), templates.end(), [&](const Template& one) { return has(one.on, event); });
}

Result<std::shared_ptr<const NoticeData>> load_notice_data(const std::string& base, const std::string& overlay, const rules::Rules& rules) {
    DataFolder folder(base, overlay);
    auto data = std::make_shared<NoticeData>();
    read_settings(folder, data->settings);
    read_audiences(folder, *data);
    for (const auto& row : folder.table("notices/labels.csv", {"list", "code", "zh", "en"}, {"list", "code"}))
        data->labels.push_back({row.text("list"), row.text("code"), row.text("zh"), row.text("en")});
    read_templates(folder, *data, rules);
    if (folder.faults.empty()) return std::shared_ptr<const NoticeData>(std::move(data));
    const auto& first = folder.faults.front();
    return fail("bad_data", {{"file", first.file}, {"line", std::to_string(first.line)}, {"reason", first.reason}});
}

} // namespace chengge::notices
