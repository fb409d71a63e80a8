// A city's installation opened: database, rules and the services, wired once. The only place that
// knows every module.
#pragma once

#include <memory>
#include <string>

#include "addresses/address_service.hpp"
#include "cases/case_roots.hpp"
#include "cases/case_service.hpp"
#include "emergency/emergency_service.hpp"
#include "grid/grid_service.hpp"
#include "hotline/hotline_service.hpp"
#include "identity/identity_service.hpp"
#include "maps/maps_service.hpp"
#include "media/media_service.hpp"
#include "patrol/patrol_service.hpp"
#include "notices/notices_service.hpp"
#include "registry/registry_service.hpp"
#include "reorganisation/reorganisation_service.hpp"
#include "responsibility/responsibility_service.hpp"
#include "platform/config.hpp"
#include "rules/rules.hpp"
#include "survey/survey_service.hpp"
#include "storage/database.hpp"
#include "storage/feed.hpp"

namespace chengge::platform {

struct InstallationOptions {
    std::string data;     // the city's own folder: chengge.db, media/, keys/, overlay/, demo.json
    std::string database; // empty = data/chengge.db; or postgresql://…
    std::string home;     // the product's folder: data/, db/migrations/, api/, web/
    std::string overlay;  // empty = data/overlay when it exists
    double clock_speed = 1;
    bool is_bulk = false;
    bool is_for_one_act = false; // what it publishes of the registry is not looked at by this process
    bool backs_up_before_upgrade = true; // before migrations run on a database in use
    std::string config_file; // as named on the command line; empty = data/chengge.yaml when it exists
    Config config;           // what it says; the members above win
};

// The city's own rows laid over the rules; empty when it has none.
std::string overlay_folder(const InstallationOptions& options);

// Where the keys that sign lie: of the configuration, else with the other keys.
std::string signing_folder(const InstallationOptions& options);

// The folder with the product's own files: where the program was built, or /usr/share/chengge.
std::string default_home();

// Under which address people reach the city, without a slash at its end.
std::string public_url(const InstallationOptions& options);

// The layers of base data with the city's own laid over them, or every fault.
registry::LoadedLayers load_city_layers(const InstallationOptions& options);

// The rules of the product with the city's own laid over them, or every fault.
rules::LoadedRules load_city_rules(const InstallationOptions& options);

// The channels of notices as the configuration has them; refusal bad_data of the endpoints' file.
Result<notices::ChannelSettings> channel_settings(const InstallationOptions& options);

// The foreign base maps as the configuration has them, keys read; refusal bad_data of their file.
Result<maps::BaseMapSettings> base_map_settings(const InstallationOptions& options);

// How long the files of surveys are kept.
survey::KeptDays kept_days(const Config& config);

struct Installation {
    InstallationOptions options;
    std::unique_ptr<Clock> clock;
    std::unique_ptr<storage::Database> database;
    std::unique_ptr<identity::IdentityService> identity;
    std::unique_ptr<grid::GridService> grid;
    std::unique_ptr<media::MediaService> media;
    std::unique_ptr<registry::RegistryService> registry;
    std::unique_ptr<addresses::AddressService> addresses;
    std::unique_ptr<survey::SurveyService> survey;
    std::unique_ptr<cases::RuleSets> rules;
    std::unique_ptr<responsibility::ResponsibilityService> responsibility;
    std::unique_ptr<cases::CaseService> cases;
    std::unique_ptr<maps::MapsService> maps; // after what it draws
    std::unique_ptr<hotline::HotlineService> hotline;
    std::unique_ptr<patrol::PatrolService> patrol;
    std::unique_ptr<notices::NoticesService> notices;
    std::unique_ptr<reorganisation::ReorganisationService> reorganisation;
    std::unique_ptr<emergency::EmergencyService> emergency;
    std::unique_ptr<cases::RootSigner> roots;
    bool is_demo = false; // data/demo.json exists: known passwords, loopback only

    // Opens, migrates and wires. `clock` replaces the machine's (demo history, tests).
    static Result<std::unique_ptr<Installation>> open(InstallationOptions options, std::unique_ptr<Clock> clock = nullptr);
};

} // namespace chengge::platform
