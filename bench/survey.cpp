// A survey of 200,000 components from a GeoPackage: read, checked in every respect and published by `chengge import layer`, beside
// `ogr2ogr` alone copying the same file into PostGIS, which checks nothing. Whole commands by the clock on the wall. And what a file of a
// gigabyte costs in memory.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "geo/geometry.hpp"
#include "kit/postgres.hpp"
#include "kit/report.hpp"
#include "registry/layer.hpp"

namespace chengge::bench {

namespace files = std::filesystem;

namespace {

double timed(const std::string& command) {
    const auto begin = now_s();
    if (std::system(command.c_str()) != 0) throw std::runtime_error("this command failed: " + command);
    return now_s() - begin;
}

// The most that a command, or what it starts, holds in memory at once.
double peak_mb(const std::string& command) {
    const auto child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", ("exec " + command).c_str(), nullptr);
        _exit(127);
    }
    int status = 0;
    rusage usage{};
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1) throw std::runtime_error("this command failed: " + command);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

struct CellPlace {
    std::string code;
    geo::Point middle;
};

// Every cell of the city by its code, with a place inside it.
std::vector<CellPlace> cells_of(const Options& options, const std::string& city) {
    const auto path = options.scratch + "/cells.csv";
    timed(options.program + " export layer cells --format csv --data " + city + " --out " + path + " > /dev/null");
    const auto table = load_csv(path);
    if (!table) throw std::runtime_error("the cells cannot be read");
    std::vector<CellPlace> cells;
    const auto id = static_cast<std::size_t>(table->column("id")), outline = static_cast<std::size_t>(table->column("WKT"));
    for (const auto& row : table->rows) {
        const auto shape = geo::from_wkt(row.fields.at(outline));
        const auto* area = shape ? std::get_if<geo::Polygon>(&*shape) : nullptr;
        if (area == nullptr) continue;
        const auto middle = geo::centroid(*area);
        if (geo::contains(*area, middle)) cells.push_back({row.fields.at(id), middle});
    }
    if (cells.empty()) throw std::runtime_error("the city has no cells");
    return cells;
}

// Rows as a survey company delivers them: all columns but those that follow from the place.
std::string make_rows(const Options& options, const std::string& city, int count) {
    constexpr int numbers = 700'000; // of a class

    const auto loaded = registry::load_layers(CHENGGE_SOURCE "/data", "");
    std::vector<const registry::FeatureClass*> classes;
    for (const auto& layer : *loaded.layers)
        if (layer.id == "components")
            for (const auto& one : layer.classes)
                if (one.geometry == registry::GeometryKind::point) classes.push_back(&one);
    const auto cells = cells_of(options, city);
    const auto csv = options.scratch + "/survey_rows.csv";
    std::ofstream file(csv);
    file << "WKT,id,class_code,name,competent_code,competent_name,owner_code,owner_name,maintenance_code,maintenance_name,cell_code,state,initial_date,source,note,address,material\n";
    Random random(1);
    for (int i = 0; i < count; ++i) {
        const auto& cell = cells[random.below(cells.size())];
        const auto& of = *classes[count <= numbers ? random.below(classes.size()) : static_cast<std::size_t>(i / numbers)];
        const auto unit = 10 + random.below(60), owner = 10 + random.below(80);
        char line[1200];
        std::snprintf(line, sizeof line, "POINT (%.7f %.7f),%s%s%06d,%s,%s,44080210%02u,主管单位%02u,44080220%02u,权属单位%02u,44080230%02u,养护单位%02u,%s,%s,2026-03-%02u,surveyed,人民大道北侧第%u处,人民大道%u号,铸铁\n",
                      cell.middle.lon + (random.unit() - 0.5) * 1e-5, cell.middle.lat + (random.unit() - 0.5) * 1e-5, cell.code.substr(0, 6).c_str(), of.code.c_str(), 200'000 + i % numbers, of.code.c_str(), of.label.zh.c_str(),
                      static_cast<unsigned>(unit), static_cast<unsigned>(unit), static_cast<unsigned>(owner), static_cast<unsigned>(owner), static_cast<unsigned>(owner), static_cast<unsigned>(owner), cell.code.c_str(),
                      random.chance(0.95) ? "intact" : "damaged", static_cast<unsigned>(10 + random.below(20)), static_cast<unsigned>(random.below(1'000'000)), static_cast<unsigned>(random.below(2'000)));
        file << line;
    }
    return csv;
}

void make_survey(const Options& options, const std::string& city, int count, const std::string& path) {
    const auto csv = make_rows(options, city, count);
    files::remove(path);
    timed("ogr2ogr -f GPKG -a_srs EPSG:4490 -oo AUTODETECT_TYPE=NO -oo KEEP_GEOM_COLUMNS=NO -nln components " + path + " " + csv);
}

int run(const Options& options) {
    Report report("survey", options);
    const int count = options.is_quick ? 20'000 : 200'000;
    const auto city = options.scratch + "/survey_city", round_city = options.scratch + "/survey_round", survey = options.scratch + "/survey.gpkg", log = options.scratch + "/survey.log";
    // A city as it is on its first day: what has grown in others is not asked here.
    files::remove_all(city);
    timed(options.program + " demo --data " + city + " --months 0 --seed 1 > /dev/null");
    make_survey(options, city, count, survey);
    Cluster cluster(options.scratch + "/postgis");
    cluster.make_database("survey");
    Postgres postgres(cluster.url("survey"));
    postgres.run("CREATE EXTENSION IF NOT EXISTS postgis");
    report.note("PostgreSQL " + postgres.value("SHOW server_version") + ", PostGIS " + postgres.value("SELECT PostGIS_Lib_Version()") + " over a Unix socket, COPY, jit off, one process; durable commits on both sides");
    std::vector<double> ours, theirs, checks;
    for (int round = 0; round < (options.is_quick ? 1 : options.rounds); ++round) {
        theirs.push_back(timed("PGOPTIONS='-c jit=off -c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0' ogr2ogr -f PostgreSQL '" + cluster.url("survey") + "' " + survey + " -nln components -overwrite >> " + log + " 2>&1"));
        if (postgres.value("SELECT COUNT(*) FROM components") != std::to_string(count)) throw std::runtime_error("PostGIS did not get every row");
        files::remove_all(round_city);
        files::copy(city, round_city, files::copy_options::recursive);
        checks.push_back(timed(options.program + " import layer components " + survey + " --check --data " + round_city + " >> " + log + " 2>&1"));
        ours.push_back(timed(options.program + " import layer components " + survey + " --reason bench --data " + round_city + " >> " + log + " 2>&1"));
    }
    report.figure("components", count, "components");
    report.figure("ogr2ogr alone into PostGIS", median(theirs), "s");
    report.figure("read and checked", median(checks), "s");
    report.figure("read, checked and published", median(ours), "s");
    report.target("times ogr2ogr's", median(ours) / median(theirs), "x", Sense::at_most, 3);
    const int many = options.is_quick ? 300'000 : 3'300'000;
    const auto rows = make_rows(options, city, many);
    report.figure("a large CSV", static_cast<double>(files::file_size(rows)) / 1e6, "MB");
    report.figure("its rows", many, "rows");
    report.figure("memory of the city alone", peak_mb(options.program + " registry layers --data " + city + " >> " + log + " 2>&1"), "MB");
    report.target("memory of checking it", peak_mb(options.program + " import layer components " + rows + " --check --data " + city + " >> " + log + " 2>&1"), "MB", Sense::at_most, 600);
    files::remove(rows);
    files::remove_all(round_city);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
