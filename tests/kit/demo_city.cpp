#include "kit/demo_city.hpp"

#include <stdexcept>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "demo/base_data.hpp"
#include "demo/photos.hpp"

namespace chengge::kit {

DemoCity::DemoCity(storage::Engine engine, std::int64_t now_ms) : database_(engine), now_ms_(now_ms) {
    auto clock = std::make_unique<FixedClock>(now_ms);
    founded.clock = clock.get();
    founded.plan = demo::make_city(1, "2026-01-01");
    const auto& plan = founded.plan;
    auto opened = platform::Installation::open({.data = folder_.path(), .database = database_.url(), .home = CHENGGE_SOURCE, .overlay = "", .is_bulk = true}, std::move(clock));
    if (!opened || !(*opened)->grid->replace_all(plan.regions, plan.cells, {})) throw std::runtime_error("the demo's city cannot be founded");
    founded.city = std::move(*opened);
    std::vector<identity::IdentityService::NewOrganisation> organisations;
    for (const auto& one : plan.organisations) organisations.push_back({one.code, one.name, one.kind, one.parent_code, one.region_code});
    std::vector<identity::IdentityService::NewPerson> people;
    Random random(1);
    for (const auto& one : plan.people)
        people.push_back({.id = make_uuid(now_ms, random), .login = one.login, .name = one.name, .phone = one.phone, .organisation_code = one.organisation_code,
                          .roles = one.roles, .password = std::nullopt});
    if (!founded.city->identity->add_all(organisations, people)) throw std::runtime_error("the demo's people cannot be added");
    const auto photo = founded.city->media->add({.bytes = demo::render_photo(demo::list_photos()[0], false, 1), .is_simulated = true});
    if (!photo) throw std::runtime_error("no picture could be stored");
    for (const auto& one : demo::list_photos()) founded.photos[one.scene] = {{{photo->id, to_hex(photo->sm3)}, {photo->id, to_hex(photo->sm3)}}};
}

Result<void> DemoCity::add_base_data(int components, const std::set<std::string>& layers) {
    auto& registry = *founded.city->registry;
    const auto set = founded.city->rules->current();
    auto drafts = demo::draft_base_data(founded.plan, {.seed = 1, .components = components}, *set, *registry.find_layer("components"));
    std::erase_if(drafts, [&](const auto& one) { return !layers.contains(one.first); });
    TRY(registry.take_over());
    TRY(demo::publish_base_data(registry, std::move(drafts), "2026-01-01", founded.assets));
    return {};
}

Result<std::int64_t> DemoCity::add_history(std::uint64_t seed, int cases) {
    const auto set = founded.city->rules->current();
    TRY_ASSIGN(made, demo::add_history({founded.plan, *set, *founded.city->identity, *founded.city->cases, founded.photos}, {.seed = seed, .now_ms = now_ms_, .months = 1, .cases_per_month = cases}));
    founded.city->cases->run_jobs_once();
    return made;
}

identity::Viewer DemoCity::viewer(const std::string& login) const {
    const auto* person = founded.city->identity->directory()->find_person_by_login(login);
    if (person == nullptr) throw std::runtime_error("nobody is called " + login);
    return founded.city->identity->viewer_of(*person);
}

} // namespace chengge::kit
