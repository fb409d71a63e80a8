// The demo's components as they were photographed when they were surveyed and looked after since.
#include <map>

#include "base/random.hpp"
#include "base/time.hpp"
#include "demo/photos.hpp"
#include "platform/demo_command.hpp"

namespace chengge::platform {

namespace {

constexpr int each_class_most = 24, every = 60; // of a class so many, one in so many

Result<void> add_photos(FoundedCity& founded, std::int64_t now_ms, const identity::Viewer& keeper) {
    const auto components = founded.city->registry->snapshot("components");
    const int class_field = components ? components->layer().field_index("class_code") : -1;
    if (class_field < 0) return {};
    std::map<std::string, std::string, std::less<>> scenes;
    for (const auto& plan : demo::list_photos())
        if (plan.class_kind == "component") scenes.emplace(plan.class_code, plan.scene);
    Random random(11);
    std::map<std::string, int, std::less<>> seen;
    for (std::size_t at = 0; at < components->slots(); ++at) {
        const auto code = components->is_there(at) ? components->text(at, class_field) : std::nullopt;
        const auto scene = code ? scenes.find(*code) : scenes.end();
        if (scene == scenes.end()) continue;
        const int number = seen[scene->first]++;
        if (number % every != 0 || number >= each_class_most * every) continue;
        const auto& pairs = founded.photos.find(scene->second)->second;
        const auto add = [&](std::int64_t days_ago, const char* words) {
            founded.clock->set(now_ms - days_ago * day_ms);
            return founded.city->registry->add_photos("components", std::string(components->id(at)), {pairs[random.below(pairs.size())].after.id}, words, keeper);
        };
        TRY(add(random.between(90, 200), "普查入库"));
        if (random.chance(0.3)) TRY(add(random.between(3, 60), "日常养护"));
    }
    return {};
}

} // namespace

Result<void> set_up_passports(FoundedCity& founded, std::int64_t now_ms) {
    const auto keepers = founded.city->identity->directory()->people_with_role("system_admin", std::nullopt);
    if (keepers.empty()) return {};
    auto made = add_photos(founded, now_ms, founded.city->identity->viewer_of(*keepers.front()));
    founded.clock->set(now_ms);
    return made;
}

} // namespace chengge::platform
