#include "platform/demo_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <tuple>

#include "base/time.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "demo/base_data.hpp"
#include "demo/responsibility_plan.hpp"
#include "demo/city.hpp"
#include "demo/history.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

namespace {

constexpr const char* demo_password = "chengge-demo-2026";

Result<void> add_people(Installation& city, const demo::City& plan, Random& random) {
    std::vector<identity::IdentityService::NewOrganisation> organisations;
    for (const auto& one : plan.organisations) organisations.push_back({one.code, one.name, one.kind, one.parent_code, one.region_code});
    std::vector<identity::IdentityService::NewPerson> people;
    for (const auto& one : plan.people)
        people.push_back({.id = make_uuid(city.clock->now_ms(), random), .login = one.login, .name = one.name, .phone = one.phone,
                          .organisation_code = one.organisation_code, .roles = one.roles, .password = demo_password, .must_change_password = false});
    return city.identity->add_all(organisations, people);
}

// A storm that has passed today: clocks of what it hit stood still for some hours, damage was counted, somebody asks to
// leave its cases out of the evaluation. And a unit that will be renamed in a month.
Result<void> show_decisions(Installation& city, const demo::City& plan, std::int64_t now_ms, Random& random) {
    const auto directory = city.identity->directory();
    const auto viewer = [&](const char* login) -> std::optional<identity::Viewer> {
        const auto* person = directory->find_person_by_login(login);
        return person == nullptr ? std::nullopt : std::optional(city.identity->viewer_of(*person));
    };
    const auto commander = viewer("commander"), evaluator = viewer("evaluator"), collector = viewer("collector-001"), leader = viewer("leader"), administrator = viewer("system-admin");
    if (!commander || !evaluator || !collector || !leader || !administrator || plan.cells.empty()) return {};
    emergency::NewMode mode;
    mode.id = make_uuid(now_ms, random);
    mode.name = "台风“海棠”防御（模拟）";
    mode.words = "市三防指挥部Ⅲ级应急响应（演示数据）";
    mode.stages = {"sign", "handle", "review", "check"};
    mode.classes = {"2026/component/01003", "2026/component/01004", "2026/component/04002", "2026/component/03006"};
    mode.from_ms = now_ms - 9 * hour_ms;
    TRY(city.emergency->begin_mode(mode, *commander, "zh"));
    city.cases->decisions().run_job_once();
    constexpr std::tuple<const char*, double, std::int64_t, const char*> damage[] = {
        {"tree", 2, 3000, "行道树倒伏，压住人行道"}, {"flood", 1, 0, "路口积水约三十厘米"}, {"billboard", 3, 6800, "店招松脱"}, {"cover", 2, 900, "雨水箅子被冲走，已围蔽"},
        {"branch", 5, 0, "断枝堵住慢车道"}, {"lamp", 1, 4200, "灯杆倾斜"}, {"hoarding", 18, 5400, "工地围挡倒塌"}, {"tree", 1, 1500, "断枝挂在电线上"}};
    for (const auto& [kind, amount, estimate, note] : damage) {
        const auto& cell = plan.cells[random.below(plan.cells.size())];
        const auto middle = geo::centroid(cell.outline);
        emergency::NewDamage entry{.id = make_uuid(now_ms, random), .mode = mode.id, .kind = kind, .lon = middle.lon, .lat = middle.lat, .coord_type = "cgcs2000", .address = "", .note = note, .amount = amount,
                                   .estimate_yuan = std::nullopt, .found_ms = now_ms - random.between(1, 8) * hour_ms, .media = {}};
        if (estimate > 0) entry.estimate_yuan = estimate;
        TRY(city.emergency->add_damage(entry, random.chance(0.5) ? *collector : *leader, "zh"));
    }
    TRY(city.emergency->end_mode(mode.id, "台风已过境（演示数据）", now_ms - hour_ms, *commander, "zh"));
    city.cases->decisions().run_job_once();
    TRY(city.emergency->ask_exclusion(mode.id, make_uuid(now_ms, random), "台风影响期间无法按时处置（演示数据）", *evaluator, "zh"));
    if (const auto* unit = directory->find_organisation("landscaping"); unit != nullptr)
        TRY(city.reorganisation->record(json::object{{"reorganisation_id", format_uuid(make_uuid(now_ms, random))}, {"kind", "rename"}, {"day", format_date(city_date(now_ms + 30 * day_ms))}, {"reason", "机构改革（演示数据）"},
                                                     {"document", "演示文件"}, {"units", json::array{json::value(unit->code)}}, {"target", json::object{{"name", unit->name + "（园林绿化中心）"}}}},
                                        *administrator, "zh"));
    return {};
}

// Published on the first day, before anything happened to it.
Result<void> add_base_data(const DemoOptions& options, const std::string& first_day, std::int64_t now_ms, FoundedCity& founded) {
    auto& city = *founded.city;
    if (const auto day = parse_date(first_day)) founded.clock->set(std::min(now_ms, city_midnight_ms(*day) + 9 * hour_ms));
    TRY(city.registry->take_over());
    const auto components = city.registry->find_layer("components");
    if (options.components <= 0 || !components) return {};
    const auto set = city.rules->current();
    auto drafts = demo::draft_base_data(founded.plan, {.seed = options.seed, .components = options.components}, *set, *components);
    TRY(demo::publish_base_data(*city.registry, std::move(drafts), first_day, founded.assets));
    return {};
}

int count_level(const demo::City& plan, grid::RegionLevel level) {
    int count = 0;
    for (const auto& region : plan.regions) count += region.level == level;
    return count;
}

} // namespace

Result<FoundedCity> found_demo_city(const DemoOptions& options, const std::string& folder, std::int64_t now_ms, const std::string& first_day, Progress& progress) {
    auto installation = options.installation;
    installation.data = folder;
    installation.is_bulk = true;
    FoundedCity founded;
    founded.plan = progress.part("ground, streets, cells", [&] { return demo::make_city(options.seed, first_day); });
    const auto& plan = founded.plan;
    founded.about = {{"city_name", plan.name}, {"seed", static_cast<std::int64_t>(options.seed)}, {"months", options.months},
                     {"district_count", count_level(plan, grid::RegionLevel::district)}, {"subdistrict_count", count_level(plan, grid::RegionLevel::subdistrict)},
                     {"community_count", count_level(plan, grid::RegionLevel::community)}, {"cell_count", static_cast<std::int64_t>(plan.cells.size())},
                     {"made_for", format_rfc3339(now_ms)}, {"password", demo_password}};
    save_file(folder + "/demo.json", to_json_text(founded.about)); // makes the installation a demo city
    auto clock = std::make_unique<FixedClock>(now_ms);
    founded.clock = clock.get();
    TRY_ASSIGN(city, Installation::open(installation, std::move(clock)));
    founded.city = std::move(city);
    auto& opened = *founded.city;
    Random random(options.seed);
    TRY(progress.part("regions and base map", [&] { return opened.grid->replace_all(plan.regions, plan.cells, plan.base_map); }));
    TRY(progress.part("organisations and people", [&] { return add_people(opened, plan, random); }));
    TRY(progress.part("base data", [&] { return add_base_data(options, first_day, now_ms, founded); }));
    founded.clock->set(now_ms);
    progress.part("responsibility list", [&] {
        opened.responsibility->add_all(demo::make_responsibility_rows(plan, first_day), "演示数据");
        return 0;
    });
    TRY_ASSIGN(photos, progress.part("photographs", [&] { return demo::store_photos(*opened.media, options.seed, 2); }));
    founded.photos = std::move(photos);
    return founded;
}

Result<void> set_up_rulings(Installation& city) {
    const auto directory = city.identity->directory();
    const auto* commander = directory->find_person_by_login("commander");
    if (commander == nullptr) return {};
    const auto viewer = city.identity->viewer_of(*commander);
    cases::CaseFilter filter;
    filter.is_disputed = true;
    TRY_ASSIGN(page, city.cases->list(filter, viewer, "zh"));
    for (const auto& item : page.at("items").as_array()) {
        if (item.at("dispute").as_string() != "ruled") continue;
        TRY_ASSIGN(detail, city.cases->get(std::string(item.at("case_id").as_string()), viewer));
        const auto ruling = std::ranges::find_if(detail.steps, [](const cases::StoredStep& one) { return one.step.action == "rule_dispute"; });
        if (ruling == detail.steps.end()) continue;
        const auto* ruler = directory->find_person(ruling->step.actor_id);
        city.responsibility->add_all({cases::row_of_ruling(detail.stored, detail.stored.c, ruling->step.opinion, ruling->step.at_ms)}, ruler == nullptr ? "" : ruler->name);
    }
    return {};
}

namespace {

Result<void> build(const DemoOptions& options, const std::string& folder, std::int64_t now_ms) {
    Progress progress;
    TRY_ASSIGN(founded, found_demo_city(options, folder, now_ms, "2026-01-01", progress));
    auto& city = founded.city;
    Random random(options.seed + 1);
    const auto set = city->rules->current();
    TRY_ASSIGN(count, progress.part("cases and their steps", [&] {
        return demo::add_history({founded.plan, *set, *city->identity, *city->cases, founded.photos, &founded.assets},
                                 {.seed = options.seed, .now_ms = now_ms, .months = options.months, .cases_per_month = options.cases_per_month});
    }));
    progress.part("numbers and search index", [&] {
        city->cases->run_jobs_once();
        return 0;
    });
    TRY(progress.part("rulings", [&] { return set_up_rulings(*city); }));
    TRY(progress.part("intake desk", [&] { return set_up_desk(*city); }));
    TRY(progress.part("contractors and inspectors", [&] { return set_up_patrol(founded, now_ms); }));
    TRY(progress.part("photographs of components", [&] { return set_up_passports(founded, now_ms); }));
    TRY(progress.part("proposals from the field", [&] { return set_up_proposals(founded, now_ms); }));
    TRY(progress.part("storm and reorganisation", [&] { return show_decisions(*city, founded.plan, now_ms, random); }));
    TRY(progress.part("signed days", [&] { return city->roots->sign_ended_days(); }));
    std::fprintf(stderr, "  %lld cases\n", static_cast<long long>(count));
    founded.about["play"] = demo::make_play(founded.plan, founded.photos);
    save_file(folder + "/demo.json", to_json_text(founded.about));
    return {};
}

} // namespace

int make_demo(const DemoOptions& options) {
    const auto& target = options.installation.data;
    if (files::exists(target) && !files::is_empty(target)) {
        std::fprintf(stderr, "%s is not empty; name a new folder\n", target.c_str());
        return 1;
    }
    auto now_ms = SystemClock().now_ms();
    if (!options.now.empty()) {
        const auto parsed = parse_instant(options.now);
        if (!parsed) {
            std::fprintf(stderr, "--now %s must be like 2026-11-20T11:49\n", options.now.c_str());
            return 2;
        }
        now_ms = *parsed;
    }
    // Built beside and renamed, so that a folder with a city in it is a whole one.
    set_log_level(LogLevel::warning);
    const auto folder = target + ".building";
    files::remove_all(folder);
    files::create_directories(folder);
    const auto built = build(options, folder, now_ms);
    if (!built) {
        std::fprintf(stderr, "the demo city could not be made: %s", built.error().code.c_str());
        for (const auto& [name, value] : built.error().facts) std::fprintf(stderr, " %s=%s", name.c_str(), value.c_str());
        std::fputc('\n', stderr);
        return 1;
    }
    if (files::exists(target)) files::remove(target);
    files::rename(folder, target);
    return 0;
}

} // namespace chengge::platform
