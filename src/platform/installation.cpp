#include "platform/installation.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/files.hpp"
#include "base/log.hpp"
#include "platform/backup_files.hpp"
#include "storage/migrations.hpp"

namespace chengge::platform {

namespace files = std::filesystem;

std::string default_home() {
    if (const char* home = std::getenv("CHENGGE_HOME")) return home;
    std::error_code error;
    // build/<preset>/chengge lies two folders below the product's own files.
    const auto program = files::read_symlink("/proc/self/exe", error);
    for (const auto& folder : {program.parent_path().parent_path().parent_path(), files::path("/usr/share/chengge")})
        if (files::exists(folder / "data" / "workflow" / "case.json", error)) return folder.string();
    return "/usr/share/chengge";
}

std::string signing_folder(const InstallationOptions& options) {
    return options.config.signing.keys.empty() ? options.data + "/keys" : options.config.signing.keys;
}

std::string public_url(const InstallationOptions& options) {
    const auto& config = options.config;
    auto url = config.platform.url.empty() ? (config.tls.certificate.empty() ? "http://" : "https://") + config.listen : config.platform.url;
    while (url.ends_with('/')) url.pop_back();
    return url;
}

// The city's own rows; empty when it has none.
std::string overlay_folder(const InstallationOptions& options) {
    auto named = options.overlay.empty() ? options.config.overlay : options.overlay;
    if (!named.empty() || options.data.empty()) return named;
    const auto own = options.data + "/overlay";
    return files::is_directory(own) ? own : "";
}

rules::LoadedRules load_city_rules(const InstallationOptions& options) {
    return rules::load_rules({.folder = options.home + "/data", .overlay_folder = overlay_folder(options)});
}

registry::LoadedLayers load_city_layers(const InstallationOptions& options) { return registry::load_layers(options.home + "/data", overlay_folder(options)); }

Result<notices::ChannelSettings> channel_settings(const InstallationOptions& options) {
    const auto& config = options.config;
    const auto name = config.platform.name.empty() ? std::string("城管") : config.platform.name;
    notices::ChannelSettings channels;
    channels.email = {config.email.server, config.email.security, config.email.user, config.email.password_file, config.email.from, config.email.from_name.empty() ? name : config.email.from_name, config.email.ca_file};
    channels.sms = {config.sms.url, config.sms.method, config.sms.headers, config.sms.body, config.sms.format, config.sms.success, config.sms.secret_file, config.sms.ca_file};
    TRY_ASSIGN(webhooks, notices::load_webhooks(config.webhooks.file));
    channels.webhooks = webhooks;
    channels.private_networks = config.webhooks.private_networks;
    channels.webhook_ca_file = config.webhooks.ca_file;
    channels.platform_name = name;
    channels.public_url = public_url(options);
    return channels;
}

Result<maps::BaseMapSettings> base_map_settings(const InstallationOptions& options) {
    const auto& config = options.config.base_maps;
    maps::BaseMapSettings settings;
    TRY_ASSIGN(bases, maps::load_base_maps(config.file));
    settings.bases = bases;
    settings.private_networks = config.private_networks;
    settings.ca_file = config.ca_file;
    settings.cache_bytes = std::int64_t{config.cache_mb} << 20;
    return settings;
}

survey::KeptDays kept_days(const Config& config) { return {config.survey.published_days, config.survey.untouched_days}; }

namespace {

// What an upgrade changes can be taken back.
Result<void> back_up_before_upgrade(const InstallationOptions& options, storage::Database& database, std::int64_t now_ms) {
    if (!options.backs_up_before_upgrade) return {};
    TRY_ASSIGN(is_needed, storage::needs_upgrade(database, options.home + "/db/migrations"));
    if (!is_needed) return {};
    const auto folder = backup_folder(backup_settings(options.config), options.data);
    log_info("a backup is made before the upgrade", {{"folder", folder}});
    TRY_ASSIGN(made, make_backup({database, options.data, now_ms}, folder, "upgrade"));
    log_info("a backup was made", {{"folder", folder + "/" + made.name}});
    return {};
}

// A demo's base data are made up: anybody may look at what is published.
std::shared_ptr<const std::vector<registry::Layer>> open_to_all(const std::vector<registry::Layer>& layers) {
    auto open = std::make_shared<std::vector<registry::Layer>>(layers);
    for (auto& layer : *open) layer.is_public = layer.is_published && layer.read_permission == "registry.read";
    return open;
}

Result<std::unique_ptr<registry::RegistryService>> open_registry(Installation& city, registry::LoadedLayers layers) {
    TRY_ASSIGN(editions, registry::EditionMap::load(city.options.home + "/data/taxonomy/mapping_2013_2026.csv"));
    return registry::RegistryService::open({*city.database, *city.clock, *city.identity, *city.grid, *city.media, std::move(layers.layers), std::make_shared<const registry::EditionMap>(std::move(editions)), city.options.is_for_one_act});
}

// What geocoding knows of a survey's address. A street, a region or a name that several places have is no place to put a thing.
std::vector<survey::FoundAddress> find_address(const addresses::AddressService& addresses, const std::string& text) {
    using addresses::PlaceKind, addresses::Reason;
    std::vector<survey::FoundAddress> found;
    for (const auto& one : addresses.geocode(text, {.near = {}, .has_near = false, .limit = 3})) {
        const auto& [place, score, reasons] = one.candidate;
        const bool is_vague = std::ranges::any_of(reasons, [](Reason reason) { return reason == Reason::street_only || reason == Reason::region_only || reason == Reason::region_differs || reason == Reason::region_unsaid || reason == Reason::direction_unused || reason == Reason::cell; });
        const bool is_place = place.kind == PlaceKind::door || place.kind == PlaceKind::building || place.kind == PlaceKind::poi || place.kind == PlaceKind::landmark;
        found.push_back({place.name, place.point, score, is_place && !is_vague});
    }
    return found;
}

} // namespace

Result<std::unique_ptr<Installation>> Installation::open(InstallationOptions options, std::unique_ptr<Clock> clock) {
    auto loaded = load_city_rules(options);
    if (!loaded) {
        const auto& first = loaded.error().front();
        return fail("bad_data", {{"file", first.file}, {"line", std::to_string(first.line)}, {"reason", first.reason}});
    }
    auto layers = load_city_layers(options);
    if (!layers.faults.empty()) return fail("registry_files_faulty", {{"reason", layers.faults.front().zh}, {"reason_en", layers.faults.front().en}});
    if (files::exists(options.data + "/" + std::string(restoring_name))) return fail("restore_unfinished", {{"folder", options.data}});
    make_folders(options.data);
    make_folders(options.data + "/keys");
    files::permissions(options.data + "/keys", files::perms::owner_all);
    auto city = std::make_unique<Installation>();
    city->options = options;
    city->is_demo = files::exists(options.data + "/demo.json");
    city->clock = clock ? std::move(clock) : std::make_unique<SystemClock>(options.clock_speed);
    city->database = storage::Database::open({.url = options.database.empty() ? options.data + "/chengge.db" : options.database, .is_bulk = options.is_bulk});
    const auto now = city->clock->now_ms();
    TRY(back_up_before_upgrade(options, *city->database, now));
    TRY_ASSIGN(applied, storage::migrate(*city->database, options.home + "/db/migrations", now));
    for (const auto& one : applied) log_info("migrated", {{"number", std::to_string(one.number)}, {"name", one.name}});
    TRY_ASSIGN(identity, identity::IdentityService::open(*city->database, *city->clock,
                                                         {.data_folder = options.home + "/data", .overlay_folder = overlay_folder(options), .keys_folder = options.data + "/keys", .is_demo = city->is_demo}));
    city->identity = std::move(identity);
    TRY_ASSIGN(grid, grid::GridService::open(*city->database, *city->clock));
    city->grid = std::move(grid);
    city->media = media::MediaService::open(*city->database, *city->clock, options.data + "/media");
    if (city->is_demo) layers.layers = open_to_all(*layers.layers);
    TRY_ASSIGN(registry, open_registry(*city, std::move(layers)));
    city->registry = std::move(registry);
    city->addresses = std::make_unique<addresses::AddressService>(addresses::AddressParts{*city->identity, *city->grid, *city->registry});
    const auto overlay = overlay_folder(options);
    TRY_ASSIGN(survey, survey::SurveyService::open({*city->database, *city->clock, *city->identity, *city->grid, *city->registry, options.data + "/imports", overlay.empty() ? "" : overlay + "/survey/coordinate_systems.json",
                                                             [addresses = city->addresses.get()](const std::string& text) { return find_address(*addresses, text); }}));
    city->survey = std::move(survey);
    city->survey->use(kept_days(options.config));
    city->rules = std::make_unique<cases::RuleSets>(*city->database, *loaded);
    city->rules->publish(*loaded, now);
    city->responsibility = std::make_unique<responsibility::ResponsibilityService>(
        responsibility::ServiceParts{*city->database, *city->clock, *city->identity, *city->grid, [rules = city->rules.get()] { return rules->current(); }});
    city->cases = std::make_unique<cases::CaseService>(cases::CaseServiceParts{*city->database, *city->clock, *city->identity, *city->grid, *city->media, *city->responsibility, *city->rules, options.config.platform.code, CHENGGE_VERSION});
    city->registry->count_cases_by([service = city->cases.get()](std::int64_t from_ms) { return service->count_cases_of_cells(from_ms); });
    city->maps = std::make_unique<maps::MapsService>(maps::MapsParts{*city->clock, *city->identity, *city->registry, *city->cases, *city->database, public_url(city->options), options.data + "/cache/base_maps"});
    TRY_ASSIGN(base_maps, base_map_settings(options));
    city->maps->base_maps().use(std::move(base_maps));
    TRY_ASSIGN(hotline_data, hotline::load_hotline_data(options.home + "/data", overlay_folder(options)));
    city->hotline = std::make_unique<hotline::HotlineService>(hotline::HotlineParts{*city->database, *city->clock, *city->identity, *city->grid, *city->addresses, *city->cases, *city->rules, hotline_data, options.data + "/models/classes.bin"});
    TRY_ASSIGN(patrol_data, patrol::load_patrol_data(options.home + "/data", overlay_folder(options)));
    city->patrol = std::make_unique<patrol::PatrolService>(patrol::PatrolParts{*city->database, *city->clock, *city->identity, *city->grid, *city->media, *city->cases, *city->rules, patrol_data});
    std::vector<registry::DutyShift> shifts;
    for (const auto& one : patrol_data->shifts) shifts.push_back({one.code, one.zh, one.en, one.from, one.to});
    city->registry->use_shifts(std::move(shifts));
    TRY_ASSIGN(notice_data, notices::load_notice_data(options.home + "/data", overlay_folder(options), **loaded));
    city->notices = std::make_unique<notices::NoticesService>(notices::NoticeParts{*city->database, *city->clock, *city->identity, *city->grid, *city->cases, *city->rules, notice_data});
    TRY_ASSIGN(channels, channel_settings(options));
    city->notices->use_channels(std::move(channels));
    city->reorganisation = std::make_unique<reorganisation::ReorganisationService>(
        reorganisation::ReorganisationParts{*city->clock, *city->identity, *city->grid, *city->responsibility, *city->cases, [rules = city->rules.get()] { return rules->current(); }});
    TRY_ASSIGN(emergency_data, emergency::load_emergency_data(options.home + "/data", overlay_folder(options)));
    city->emergency = std::make_unique<emergency::EmergencyService>(emergency::EmergencyParts{*city->database, *city->clock, *city->identity, *city->grid, *city->media, *city->cases, *city->rules, emergency_data});
    city->roots = std::make_unique<cases::RootSigner>(*city->database, *city->clock, cases::RootSettings{.keys_folder = signing_folder(options)}, options.config.platform.code);
    return city;
}

} // namespace chengge::platform
