#include "hotline/hotline_data.hpp"

#include <algorithm>

#include "rules/data_folder.hpp"

namespace chengge::hotline {

namespace {

using rules::DataDocument;
using rules::DataFolder;

std::string text_of(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Label label_of(const json::object& object) { return {"", text_of(object, "code"), text_of(object, "zh"), text_of(object, "en")}; }

void read_settings(DataFolder& folder, HotlineSettings& settings) {
    for (const auto& document : folder.documents("hotline/settings.json")) {
        JsonReader reader(document.value);
        const auto whole = [&](const char* name, int& into, std::int64_t least) {
            const auto value = reader.maybe_integer(name);
            if (!value) return;
            if (*value < least || *value > 100'000) folder.add_fault(document.file, document.line_of(name), std::string(name) + " lies outside " + std::to_string(least) + " … 100000");
            else into = static_cast<int>(*value);
        };
        const auto share = [&](const char* name, double& into) {
            const auto value = reader.maybe_number(name);
            if (!value) return;
            if (*value < 0 || *value > 1) folder.add_fault(document.file, document.line_of(name), std::string(name) + " lies in [0, 1]");
            else into = *value;
        };
        whole("claim_minutes", settings.claim_minutes, 1);
        whole("handed_minutes", settings.handed_minutes, 1);
        whole("call_back_attempts_max", settings.call_back_attempts_max, 1);
        whole("repeat_days", settings.repeat_days, 0);
        whole("duplicate_closed_days", settings.duplicate_closed_days, 0);
        share("call_back_sample", settings.call_back_sample);
        share("duplicate_score_min", settings.duplicate_score_min);
        if (reader.error()) folder.add_fault(document.file, 1, reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
    }
}

void read_script(DataFolder& folder, HotlineData& data) {
    for (const auto& document : folder.documents("hotline/script.json")) {
        const auto* script = document.value.if_object();
        if (script == nullptr) {
            folder.add_fault(document.file, 1, "must be an object");
            continue;
        }
        for (const auto& [name, into] : {std::pair<const char*, Label*>{"opening", &data.opening}, {"closing", &data.closing}, {"reopened", &data.reopened}})
            if (const auto* one = script->if_contains(name); one != nullptr && one->is_object()) *into = label_of(one->get_object());
        const auto* questions = script->if_contains("questions");
        if (questions == nullptr || !questions->is_array()) continue;
        data.questions.clear(); // a city's own script replaces the whole list
        for (const auto& one : questions->get_array()) {
            if (!one.is_object()) continue;
            Question question{label_of(one.get_object()), {}};
            const auto* choices = one.get_object().if_contains("choices");
            if (choices != nullptr && choices->is_array())
                for (const auto& choice : choices->get_array())
                    if (choice.is_object()) question.choices.push_back(label_of(choice.get_object()));
            if (question.words.code.empty() || question.words.zh.empty() || question.choices.empty())
                folder.add_fault(document.file, document.line_of(question.words.code), "a question needs a code, words and choices");
            data.questions.push_back(std::move(question));
        }
    }
}

} // namespace

const Label* HotlineData::find_label(std::string_view list, std::string_view code) const {
    const auto found = std::find_if(labels.begin(), labels.end(), [&](const Label& one) { return one.list == list && one.code == code; });
    return found == labels.end() ? nullptr : &*found;
}

double HotlineData::distance_of(std::string_view kind, std::string_view class_code) const {
    double metres = 40;
    for (const auto& one : distances) {
        if (one.kind != kind) continue;
        if (one.class_code == class_code && !class_code.empty()) return one.metres;
        if (one.class_code.empty()) metres = one.metres;
    }
    return metres;
}

Result<std::shared_ptr<const HotlineData>> load_hotline_data(const std::string& base, const std::string& overlay) {
    DataFolder folder(base, overlay);
    auto data = std::make_shared<HotlineData>();
    read_settings(folder, data->settings);
    for (const auto& row : folder.table("hotline/labels.csv", {"list", "code", "zh", "en"}, {"list", "code"}))
        data->labels.push_back({row.text("list"), row.text("code"), row.text("zh"), row.text("en")});
    for (const auto& row : folder.table("hotline/phrases.csv", {"role", "code", "zh", "en"}, {"code"}))
        data->phrases.push_back({row.text("role"), row.text("code"), row.text("zh"), row.text("en")});
    for (const auto& row : folder.table("hotline/shifts.csv", {"code", "zh", "en", "from", "to"}, {"code"}))
        data->shifts.push_back({row.text("code"), row.text("zh"), row.text("en"), row.text("from"), row.text("to")});
    for (const auto& row : folder.table("hotline/distances.csv", {"kind", "class_code", "metres"}, {"kind", "class_code"})) {
        const auto metres = folder.positive_number(row, "metres");
        if (metres && *metres > 500) folder.add_fault(row, "more than 500 m is another place");
        if (metres) data->distances.push_back({row.text("kind"), row.text("class_code"), *metres});
    }
    read_script(folder, *data);
    if (folder.faults.empty()) return std::shared_ptr<const HotlineData>(std::move(data));
    const auto& first = folder.faults.front();
    return fail("bad_data", {{"file", first.file}, {"line", std::to_string(first.line)}, {"reason", first.reason}});
}

} // namespace chengge::hotline
