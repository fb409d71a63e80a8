// chengge import | export: regions, cells, organisations, people, responsibilities
#include <cstdio>
#include <filesystem>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "platform/commands.hpp"
#include "platform/imports.hpp"

namespace chengge::platform {

namespace {

struct ImportAsked {
    std::string file, coord_type = "cgcs2000", links, out, format = "csv";
    ImportOptions options;
    bool renews_links = false;
};
ImportAsked import_asked;

int say(const ImportReport& report) {
    const auto language = spoken_language();
    std::fputs(print_import_faults(report, language).c_str(), stderr);
    std::fputs(print_import_summary(report, language).c_str(), stdout);
    return report.faults.empty() || report.is_stored ? 0 : 1;
}

// Readable by its owner only: whoever has a link has the account.
void save_links(const Installation& city, const std::vector<identity::IdentityService::LinkGiven>& links) {
    auto file = import_asked.links;
    if (file.empty()) file = city.options.data + "/people-links-" + format_date_compact(city_date(city.clock->now_ms())) + ".csv";
    for (int number = 2; std::filesystem::exists(file) && import_asked.links.empty(); ++number)
        file = city.options.data + "/people-links-" + format_date_compact(city_date(city.clock->now_ms())) + "-" + std::to_string(number) + ".csv";
    std::string text = "login,name,organisation,link,valid_until\n";
    for (const auto& link : links)
        text += join({link.login, csv_field(link.name), csv_field(link.organisation), public_url(city.options) + "/welcome#secret=" + link.secret, format_rfc3339(link.expires_ms)}, ",") + "\n";
    save_file(file, text, 0600);
    const Words said{"设置密码的链接在 " + file + "，发给本人后请删除", "the links for choosing a password are in " + file + "; remove it when they are handed out"};
    std::printf("%s\n", said.in(spoken_language()).c_str());
}

ImportReport import_one(const std::string& what, Installation& city) {
    const auto coord_type = *geo::parse_coord_type(import_asked.coord_type);
    if (what == "regions") return city.grid->import_regions(import_asked.file, coord_type, import_asked.options);
    if (what == "cells") return city.grid->import_cells(import_asked.file, coord_type, import_asked.options);
    if (what == "organisations")
        return city.identity->import_organisations(import_asked.file, import_asked.options, [&](const std::string& code) { return city.grid->find_region(code) != nullptr; });
    if (what == "responsibilities") return import_responsibilities(city, import_asked.file, import_asked.options);
    auto import = city.identity->import_people(import_asked.file, import_asked.options, import_asked.renews_links);
    if (!import.links.empty()) save_links(city, import.links);
    return std::move(import.report);
}

int run_import(const std::string& what, const InstallationOptions& options) {
    const auto city = Installation::open(options);
    if (!city) return refuse(city.error());
    return say(import_one(what, **city));
}

int run_export(const std::string& what, const InstallationOptions& options) {
    const auto opened = Installation::open(options);
    if (!opened) return refuse(opened.error());
    const auto& city = **opened;
    const bool is_geojson = import_asked.format == "geojson";
    std::string text;
    if (what == "regions") text = city.grid->export_regions(is_geojson);
    if (what == "cells") text = city.grid->export_cells(is_geojson);
    if (what == "organisations") text = city.identity->export_organisations();
    if (what == "people") text = city.identity->export_people();
    if (what == "responsibilities") text = import_asked.out.ends_with(".xlsx") ? city.responsibility->export_xlsx() : city.responsibility->export_csv();
    // People's phones are nobody else's to read.
    if (import_asked.out.empty()) std::fwrite(text.data(), 1, text.size(), stdout);
    else save_file(import_asked.out, text, what == "people" ? 0600 : 0644);
    return 0;
}

constexpr std::pair<const char*, const char*> things[] = {
    {"regions", "city, districts, subdistricts, communities (CSV with wkt, or GeoJSON)"},
    {"cells", "unit grid cells that tile their communities (CSV with wkt, or GeoJSON)"},
    {"organisations", "code,name,kind,parent_code,region_code"},
    {"people", "login,name,phone,organisation_code,roles; makes accounts and links for choosing a password"},
    {"responsibilities", "the responsibility list (确权): CSV or Excel (.xlsx); export it for the columns"}};

bool is_spatial(const std::string& what) { return what == "regions" || what == "cells"; }

void add_import(CLI::App& import, Commands& commands, const std::string& what, const char* about) {
    auto* command = import.add_subcommand(what, about);
    add_city_options(*command, commands.options);
    command->add_option("--file", import_asked.file, "the file")->required();
    command->add_flag("--check", import_asked.options.is_check, "only look: nothing is stored");
    command->add_flag("--skip-faulty", import_asked.options.skips_faulty, "store what has no fault");
    if (is_spatial(what)) {
        command->add_flag("--complete", import_asked.options.is_complete, "the file is all there is (cells: of each community in it): what it lacks ends today");
        command->add_option("--coord-type", import_asked.coord_type, "of the file")->check(CLI::IsMember({"cgcs2000", "wgs84", "gcj02", "bd09"}))->capture_default_str();
    }
    if (what == "people") {
        command->add_option("--links", import_asked.links, "where the links go; default: the city's folder");
        command->add_flag("--renew-links", import_asked.renews_links, "new links for everybody in the file who has no password yet");
    }
    command->footer("example: chengge import " + what + " --file " + what + ".csv --check");
    command->callback([&options = commands.options, &act = commands.act, what] { act = [&options, what] { return run_import(what, options); }; });
}

void add_export(CLI::App& exported, Commands& commands, const std::string& what, const char* about) {
    auto* command = exported.add_subcommand(what, about);
    add_city_options(*command, commands.options);
    command->add_option("--out", import_asked.out, "a file; default: standard output");
    if (is_spatial(what)) command->add_option("--format", import_asked.format)->check(CLI::IsMember({"csv", "geojson"}))->capture_default_str();
    command->footer("example: chengge export " + what + " --out " + what + ".csv");
    command->callback([&options = commands.options, &act = commands.act, what] { act = [&options, what] { return run_export(what, options); }; });
}

} // namespace

void add_import_commands(Commands& commands) {
    auto* import = commands.app.add_subcommand("import", "the city's own regions, cells, organisations and people from files");
    import->require_subcommand(1);
    auto* exported = commands.app.add_subcommand("export", "the same as files");
    exported->require_subcommand(1);
    for (const auto& [what, about] : things) {
        add_import(*import, commands, what, about);
        add_export(*exported, commands, what, about);
    }
    add_survey_import(*import, commands);
    add_survey_export(*exported, commands);
}

} // namespace chengge::platform
