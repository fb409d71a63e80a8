// chengge import layer, chengge export layer: surveys into the registry and layers out of it.
#include <cstdio>
#include <filesystem>
#include <future>

#include <unistd.h>

#include "base/text.hpp"
#include "platform/commands.hpp"

namespace chengge::platform {

namespace {

struct SurveyAsked {
    std::string layer, file, reason, out, encoding = "auto", crs;
    std::vector<std::string> columns;
    std::string source_layer, address_column;
    survey::ExportOptions exported;
    bool is_check = false, is_complete = false;
};
SurveyAsked survey_asked;

constexpr std::size_t faults_shown_max = 200;

Result<std::map<std::string, std::string, std::less<>>> read_columns() {
    std::map<std::string, std::string, std::less<>> mapping;
    for (const auto& one : survey_asked.columns) {
        const auto equals = one.find('=');
        if (equals == std::string::npos || equals == 0) return fail("bad_argument", {{"argument", "--map"}, {"reason", "must be FIELD=COLUMN"}});
        mapping[one.substr(0, equals)] = one.substr(equals + 1);
    }
    return mapping;
}

// "41 %" over itself, or how many rows are checked when nobody knows of how many; on a terminal only.
registry::Progress survey_progress() {
    if (!isatty(STDERR_FILENO)) return {};
    return {.tell = [](std::int64_t done, std::int64_t all) {
                if (all > 0) std::fprintf(stderr, "\r%3d %%", static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(all)));
                else std::fprintf(stderr, spoken_language() == Language::zh ? "\r%lld 行" : "\r%lld rows", static_cast<long long>(done));
            },
            .is_stopped = {}};
}

std::string summary_of(const survey::SurveyService::Outcome& outcome, Language language) {
    const auto& report = outcome.import.at("report").as_object();
    const auto& difference = report.at("difference").as_object();
    const auto number = [](const json::object& object, const char* name) { return std::to_string(object.at(name).to_number<std::int64_t>()); };
    const auto good = number(report, "good_rows"), faulty = number(report, "faulty_rows"), added = number(difference, "added"), changed = number(difference, "changed"), unchanged = number(difference, "unchanged"), removed = number(difference, "removed");
    auto text = language == Language::zh ? good + " 行通过，" + faulty + " 行要改；新增 " + added + "，变更 " + changed + "，不变 " + unchanged + "，移除 " + removed + "。"
                                         : good + " rows are well, " + faulty + " are to be mended; " + added + " added, " + changed + " changed, " + unchanged + " unchanged, " + removed + " removed.";
    if (outcome.is_published) {
        const auto version = number(outcome.import.as_object(), "version");
        text += language == Language::zh ? "已发布为第 " + version + " 版。" : " Published as version " + version + ".";
    } else if (outcome.may_publish) text += language == Language::zh ? "没有发布：只做了检查。" : " Not published: only checked.";
    else text += language == Language::zh ? "没有发布：请改好后重新导入。" : " Not published: mend the faults and import again.";
    return text + "\n";
}

int run_import(const InstallationOptions& options) {
    if (!survey_asked.is_check && survey_asked.reason.empty()) return refuse({"bad_argument", {{"argument", "--reason"}, {"reason", "is needed to publish; --check only looks"}}});
    auto columns = read_columns();
    if (!columns) return refuse(columns.error());
    const auto readers = std::async(std::launch::async, survey::SurveyService::find_readers); // while the city is opened
    auto for_one = options;
    for_one.is_for_one_act = true;
    const auto city = Installation::open(for_one);
    if (!city) return refuse(city.error());
    const survey::NewImport import{.import_id = {}, .layer = survey_asked.layer, .file_name = std::filesystem::path(survey_asked.file).filename().string(), .crs = survey_asked.crs, .encoding = survey_asked.encoding, .source_layer = survey_asked.source_layer, .address_column = survey_asked.address_column, .is_complete = survey_asked.is_complete, .mapping = std::move(*columns)};
    const auto outcome = (*city)->survey->import_file(survey_asked.file, import, survey_asked.is_check ? "" : survey_asked.reason, survey_progress());
    if (isatty(STDERR_FILENO)) std::fputs("\r              \r", stderr);
    if (!outcome) return refuse(outcome.error());
    std::fputs((*city)->survey->print_faults(*outcome, spoken_language(), faults_shown_max).c_str(), stderr);
    std::fputs(summary_of(*outcome, spoken_language()).c_str(), stdout);
    return outcome->may_publish || outcome->is_published ? 0 : 1;
}

int run_export(const InstallationOptions& options) {
    const auto city = Installation::open(options);
    if (!city) return refuse(city.error());
    survey_asked.exported.shows_restricted = true;
    const auto done = (*city)->survey->export_layer(survey_asked.layer, survey_asked.exported, survey_asked.out);
    return done ? 0 : refuse(done.error());
}

} // namespace

void add_survey_import(CLI::App& import, Commands& commands) {
    auto* command = import.add_subcommand("layer", "a survey into a layer of the registry: Shapefile (zip), GeoPackage, GeoJSON, DXF, KML, CSV");
    add_city_options(*command, commands.options);
    command->add_option("layer", survey_asked.layer, "components, heritage_trees, …")->required();
    command->add_option("file", survey_asked.file, "the file")->required()->check(CLI::ExistingFile);
    command->add_option("--crs", survey_asked.crs, "EPSG:4546, cgcs2000, wgs84, gcj02, bd09 or a local system; default: the file's own");
    command->add_option("--encoding", survey_asked.encoding, "auto, utf-8, gbk")->capture_default_str();
    command->add_option("--map", survey_asked.columns, "FIELD=COLUMN, as often as needed; default: by name and by what was used the last time");
    command->add_option("--source-layer", survey_asked.source_layer, "of a file with several");
    command->add_option("--address", survey_asked.address_column, "COLUMN of addresses by which rows without coordinates are placed");
    command->add_flag("--check", survey_asked.is_check, "only look: nothing is published");
    command->add_flag("--complete", survey_asked.is_complete, "the file is all there is: what it lacks is removed");
    command->add_option("--reason", survey_asked.reason, "why, as the version's history will say");
    command->footer("example: chengge import layer components survey.gpkg --crs EPSG:4546 --check");
    command->callback([&options = commands.options, &act = commands.act] { act = [&options] { return run_import(options); }; });
}

void add_survey_export(CLI::App& exported, Commands& commands) {
    auto* command = exported.add_subcommand("layer", "a layer of the registry as a file");
    add_city_options(*command, commands.options);
    command->add_option("layer", survey_asked.layer, "components, heritage_trees, …")->required();
    command->add_option("--format", survey_asked.exported.format)->check(CLI::IsMember({"gpkg", "geojson", "shp", "csv", "kml"}))->capture_default_str();
    command->add_option("--out", survey_asked.out, "the file; shp: a zip")->required();
    command->add_option("--crs", survey_asked.exported.crs, "not of geojson and kml, which are always WGS-84")->capture_default_str();
    command->add_option("--encoding", survey_asked.exported.encoding, "of shp and csv")->check(CLI::IsMember({"utf-8", "gbk"}))->capture_default_str();
    command->add_option("--version", survey_asked.exported.version, "an earlier version; default: in force");
    command->footer("example: chengge export layer components --format gpkg --out components.gpkg");
    command->callback([&options = commands.options, &act = commands.act] { act = [&options] { return run_export(options); }; });
}

} // namespace chengge::platform
