// data/emergency: what a mode may stop, what goes first, what damage is counted in, with a city's own laid over them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chengge::emergency {

struct EmergencySettings {
    int past_minutes_max = 720;
    int ahead_hours_max = 72;
    int damage_photos_max = 9;
};
struct HoldStage {
    std::string stage;
    bool is_usual = false;
};
struct PriorityClass {
    std::string zh, en, edition, kind, class_code;
    int group = 0;
};
struct DamageKind {
    std::string code, zh, en, unit_zh, unit_en;
};
struct EmergencyData {
    EmergencySettings settings;
    std::vector<HoldStage> stages;
    std::vector<PriorityClass> priority; // in order
    std::vector<DamageKind> damage_kinds;
    const DamageKind* find_kind(std::string_view code) const;
    bool may_hold(std::string_view stage) const;
};

// Refusal: bad_data with file, line and reason of the first fault.
Result<std::shared_ptr<const EmergencyData>> load_emergency_data(const std::string& folder, const std::string& overlay);

} // namespace chengge::emergency
