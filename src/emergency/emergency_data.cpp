#include "emergency/emergency_data.hpp"

#include <algorithm>

#include "rules/data_folder.hpp"

namespace chengge::emergency {

namespace {

// These have their own measure of time, or none.
constexpr std::string_view never_held[] = {"simple_handle", "reply", "reply_instruction", "confirm_reply", "confirm_instruction", "decide_request"};

void read_settings(rules::DataFolder& folder, EmergencySettings& settings) {
    for (const auto& document : folder.documents("emergency/settings.json")) {
        JsonReader reader(document.value);
        for (const auto& [name, into] : {std::pair<const char*, int*>{"past_minutes_max", &settings.past_minutes_max}, {"ahead_hours_max", &settings.ahead_hours_max}, {"damage_photos_max", &settings.damage_photos_max}}) {
            const auto value = reader.maybe_integer(name).value_or(*into);
            if (value < 0 || value > 100'000) folder.add_fault(document.file, document.line_of(name), std::string(name) + " lies in 0 … 100000");
            else *into = static_cast<int>(value);
        }
        if (reader.error()) folder.add_fault(document.file, 1, reader.error()->facts.at("member") + " " + reader.error()->facts.at("reason"));
    }
}

} // namespace

const DamageKind* EmergencyData::find_kind(std::string_view code) const {
    const auto found = std::find_if(damage_kinds.begin(), damage_kinds.end(), [&](const DamageKind& one) { return one.code == code; });
    return found == damage_kinds.end() ? nullptr : &*found;
}

bool EmergencyData::may_hold(std::string_view stage) const {
    return std::any_of(stages.begin(), stages.end(), [&](const HoldStage& one) { return one.stage == stage; });
}

Result<std::shared_ptr<const EmergencyData>> load_emergency_data(const std::string& base, const std::string& overlay) {
    rules::DataFolder folder(base, overlay);
    auto data = std::make_shared<EmergencyData>();
    read_settings(folder, data->settings);
    for (const auto& row : folder.table("emergency/stages.csv", {"stage", "is_usual"}, {"stage"})) {
        if (std::find(std::begin(never_held), std::end(never_held), row.text("stage")) != std::end(never_held)) folder.add_fault(row, "the clock of " + row.text("stage") + " cannot be stopped");
        data->stages.push_back({row.text("stage"), row.text("is_usual") == "1"});
    }
    for (const auto& row : folder.table("emergency/priority_classes.csv", {"code", "group", "zh", "en", "edition", "kind", "class_code"}, {"code"}))
        if (const auto group = folder.positive_number(row, "group"))
            data->priority.push_back({row.text("zh"), row.text("en"), row.text("edition"), row.text("kind"), row.text("class_code"), static_cast<int>(*group)});
    std::stable_sort(data->priority.begin(), data->priority.end(), [](const PriorityClass& a, const PriorityClass& b) { return a.group < b.group; });
    for (const auto& row : folder.table("emergency/damage_kinds.csv", {"code", "zh", "en", "unit_zh", "unit_en"}, {"code"}))
        data->damage_kinds.push_back({row.text("code"), row.text("zh"), row.text("en"), row.text("unit_zh"), row.text("unit_en")});
    if (folder.faults.empty()) return std::shared_ptr<const EmergencyData>(std::move(data));
    const auto& first = folder.faults.front();
    return fail("bad_data", {{"file", first.file}, {"line", std::to_string(first.line)}, {"reason", first.reason}});
}

} // namespace chengge::emergency
