// Vector tiles: the same 200,000 components with 18 attributes in our snapshot and in PostGIS, every decoded tile compared; a
// million in memory, twelve million points; warm tiles over HTTP beside nginx sending the same bytes.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/random.hpp"
#include "geo/tile_reader.hpp"
#include "http/http.hpp"
#include "kit/load.hpp"
#include "kit/postgres.hpp"
#include "kit/server.hpp"
#include "maps/identify.hpp"
#include "maps/layer_tile.hpp"

namespace chengge::bench {

namespace {

using registry::Feature;
using registry::FieldKind;
using registry::Layer;
using registry::LayerSnapshot;

constexpr const char* field_names[] = {"id",         "class_code", "name",      "competent_code", "competent_name", "owner_code",  "owner_name",   "maintenance_code", "maintenance_name",
                                       "cell_code",  "state",      "initial_date", "changed_date", "source",         "note",        "height_m",     "lamps",            "is_lit"};

std::shared_ptr<const Layer> component_layer() {
    auto layer = std::make_shared<Layer>();
    layer->id = "components";
    layer->class_field = "class_code";
    layer->name_field = "name";
    for (const auto* name : field_names) {
        registry::Field field;
        field.name = name;
        field.is_in_tiles = std::string_view(name) == "class_code" || std::string_view(name) == "name" || std::string_view(name) == "state";
        layer->fields.push_back(field);
    }
    layer->fields[15].kind = FieldKind::number;
    layer->fields[16].kind = FieldKind::integer;
    layer->fields[17].kind = FieldKind::flag;
    return layer;
}

// Beside streets of a city 40 km wide, dense in the middle.
class Components {
public:
    explicit Components(std::uint64_t seed) : random_(seed) {}
    Feature next() {
        const auto number = ++count_;
        const auto far = [&] { return (random_.unit() + random_.unit() + random_.unit() - 1.5) * 0.13; };
        const auto along = random_.chance(0.5);
        const auto street = std::round(far() / 0.0012) * 0.0012 + (random_.chance(0.5) ? 0.00006 : -0.00006), place = far();
        const geo::Point at{110.36 + (along ? place : street), 21.22 + (along ? street : place)};
        const auto kind = random_.below(153), unit = random_.below(60), owner = random_.below(90);
        const auto text = [](const char* prefix, std::uint64_t of) { return prefix + std::to_string(of); };
        char id[24];
        std::snprintf(id, sizeof id, "440802%05u%06u", static_cast<unsigned>(1001 + kind), static_cast<unsigned>(number));
        Feature feature{id, at, {}};
        feature.values = {feature.id, text("", 1001 + kind), text("部件小类", kind), text("44080210", 10 + unit), text("主管单位", unit), text("44080220", 10 + owner), text("权属单位", owner),
                          text("44080230", 10 + owner), text("养护单位", owner), text("44080200100", 1000 + random_.below(7526)), std::string(random_.chance(0.95) ? "intact" : "damaged"),
                          text("2026-01-", 10 + random_.below(20)), text("2026-03-", 10 + random_.below(20)), std::string("surveyed"), text("人民大道北侧第", random_.below(1'000'000)),
                          std::round(random_.unit() * 1200) / 100, random_.between(0, 4), random_.between(0, 1)};
        return feature;
    }

private:
    Random random_;
    std::uint64_t count_ = 0;
};

std::shared_ptr<const LayerSnapshot> make_components(int count, std::uint64_t seed) {
    Components components(seed);
    registry::SnapshotBuilder builder(component_layer());
    for (int i = 0; i < count; ++i) builder.add(components.next());
    return builder.finish(1, 1);
}

std::string quoted(const registry::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return "'" + *text + "'";
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%.17g", std::get<double>(value));
    return buffer;
}

void load_postgis(Postgres& postgres, const LayerSnapshot& snapshot) {
    postgres.run("CREATE EXTENSION IF NOT EXISTS postgis");
    postgres.run("DROP TABLE IF EXISTS components");
    std::string columns = "id TEXT PRIMARY KEY", names = "id";
    for (std::size_t i = 1; i < std::size(field_names); ++i) {
        columns += std::string(", ") + field_names[i] + (i == 15 ? " DOUBLE PRECISION" : i > 15 ? " BIGINT" : " TEXT");
        names += std::string(", ") + field_names[i];
    }
    postgres.run("CREATE TABLE components (" + columns + ", geom geometry(Point, 3857))");
    std::string rows;
    for (std::size_t at = 0; at < snapshot.slots(); ++at) {
        const auto point = to_degrees(snapshot.point(at));
        rows += rows.empty() ? "(" : ",(";
        for (std::size_t i = 0; i < std::size(field_names); ++i) rows += quoted(snapshot.value(at, static_cast<int>(i))) + ",";
        char place[120];
        std::snprintf(place, sizeof place, "ST_Transform(ST_SetSRID(ST_MakePoint(%.9f, %.9f), 4326), 3857))", point.lon, point.lat);
        rows += place;
        if (at % 2000 == 1999 || at + 1 == snapshot.slots()) {
            postgres.run("INSERT INTO components (" + names + ", geom) VALUES " + rows);
            rows.clear();
        }
    }
    postgres.run("CREATE INDEX components_geom ON components USING gist (geom)");
    postgres.run("CLUSTER components USING components_geom");
    postgres.run("VACUUM ANALYZE components");
    for (const auto* setting : {"SET jit = off", "SET max_parallel_workers_per_gather = 0"}) postgres.run(setting);
}

std::string tile_query(const std::string& outer) {
    std::string names;
    for (const auto* name : field_names) names += std::string(", ") + name;
    const std::string tile = "ST_TileEnvelope($1::int, $2::int, $3::int)", margin = "ST_TileEnvelope($1::int, $2::int, $3::int, margin => 64.0 / 4096)";
    return "SELECT " + outer + " FROM (SELECT ST_AsMVT(rows, 'components', 4096, 'geom') AS tile FROM (SELECT ST_AsMVTGeom(geom, " + tile + ", 4096, 64, true) AS geom" + names +
           " FROM components WHERE geom && " + margin + ") AS rows) AS tiles";
}

std::string fill(std::string sql, geo::TileId tile) {
    const auto put = [&](const std::string& name, int number) {
        for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name)) sql.replace(at, name.size(), std::to_string(number));
    };
    put("$1", tile.z);
    put("$2", tile.x);
    put("$3", tile.y);
    return sql;
}

std::string from_hex(const std::string& text) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
    return bytes;
}

// Differences of two decoded tiles: features or attributes that one lacks, and coordinates off by a unit.
struct Difference {
    std::int64_t features = 0, missing = 0, attributes = 0, rounded = 0, moved = 0;
};

void compare(const std::string& ours, const std::string& theirs, Difference& difference) {
    const auto a = geo::read_tile(ours), b = geo::read_tile(theirs);
    if (!a || !b || a->size() != b->size()) {
        ++difference.missing;
        return;
    }
    if (a->empty()) return;
    std::map<std::string, const geo::ReadTileFeature*> by_id;
    for (const auto& feature : b->front().features) by_id[std::get<std::string>(feature.values.at("id"))] = &feature;
    difference.features += static_cast<std::int64_t>(a->front().features.size());
    std::size_t met = 0;
    for (const auto& feature : a->front().features) {
        const auto found = by_id.find(std::get<std::string>(feature.values.at("id")));
        const auto [x, y] = feature.paths.at(0).at(0);
        if (found == by_id.end()) {
            // On the buffer's very edge rounding decides.
            if (std::min({x + 64, y + 64, 4160 - x, 4160 - y}) > 1) ++difference.missing;
            continue;
        }
        ++met;
        const auto [own_x, own_y] = found->second->paths.at(0).at(0);
        const auto off = std::max(std::abs(x - own_x), std::abs(y - own_y));
        difference.rounded += off == 1;
        difference.moved += off > 1;
        difference.attributes += feature.values != found->second->values;
    }
    for (const auto& feature : b->front().features) {
        const auto [x, y] = feature.paths.at(0).at(0);
        if (met < b->front().features.size() && std::min({x + 64, y + 64, 4160 - x, 4160 - y}) > 1 &&
            std::none_of(a->front().features.begin(), a->front().features.end(), [&](const auto& each) { return each.values.at("id") == feature.values.at("id"); }))
            ++difference.missing;
    }
}

std::vector<geo::TileId> tiles_of(const LayerSnapshot& snapshot, int z, int most, Random& random) {
    // Where features are: a city is not looked at over the sea.
    std::set<std::pair<int, int>> seen;
    std::vector<geo::TileId> tiles;
    for (int i = 0; i < most * 4 && static_cast<int>(tiles.size()) < most; ++i) {
        const auto tile = geo::tile_at(to_degrees(snapshot.point(random.below(snapshot.slots()))), z);
        if (seen.emplace(tile.x, tile.y).second) tiles.push_back(tile);
    }
    return tiles;
}

void compare_with_postgis(Report& report, const Options& options) {
    const int count = options.is_quick ? 20'000 : 200'000;
    const auto snapshot = make_components(count, 1);
    Cluster cluster(options.scratch + "/postgis");
    cluster.make_database("tiles");
    Postgres postgres(cluster.url("tiles"));
    load_postgis(postgres, *snapshot);
    report.note("PostgreSQL " + postgres.value("SHOW server_version") + ", PostGIS " + postgres.value("SELECT PostGIS_Lib_Version()") +
                "; jit off, one process; the table clustered by its index in EPSG:3857, the tile's length asked for, so that nothing is sent");
    Random random(2);
    Difference difference;
    double all_ours = 0, all_theirs = 0;
    for (const int z : {12, 13, 14, 15, 16}) {
        const auto tiles = tiles_of(*snapshot, z, options.is_quick ? 8 : 40, random);
        std::vector<double> ours, theirs;
        for (int round = 0; round < (options.is_quick ? 1 : options.rounds); ++round) {
            // All tiles by the one, then all by the other: neither works in caches that the other has filled.
            double our_time = 0, their_time = 0;
            for (const auto& tile : tiles) {
                const auto timed = fill(tile_query("length(tile)"), tile);
                const auto begin = now_s();
                (void)postgres.value(timed);
                their_time += now_s() - begin;
            }
            for (const auto& tile : tiles) {
                const auto begin = now_s();
                const auto bytes = maps::make_layer_tile(*snapshot, tile, {.is_whole = true});
                our_time += now_s() - begin;
            }
            for (const auto& tile : tiles)
                if (round == 0) compare(maps::make_layer_tile(*snapshot, tile, {.is_whole = true}), from_hex(postgres.value(fill(tile_query("encode(tile, 'hex')"), tile))), difference);
            ours.push_back(our_time / static_cast<double>(tiles.size()) * 1e3);
            theirs.push_back(their_time / static_cast<double>(tiles.size()) * 1e3);
        }
        const auto at = "z" + std::to_string(z);
        report.figure(at + ", ST_AsMVT", median(theirs), "ms");
        report.figure(at + ", ours", median(ours), "ms");
        report.target(at + ", times as fast", median(theirs) / median(ours), "x", Sense::at_least, 10);
        all_ours += median(ours);
        all_theirs += median(theirs);
    }
    report.figure("all zooms, times as fast", all_theirs / all_ours, "x");
    report.figure("features compared", static_cast<double>(difference.features), "features");
    report.target("features that one of both lacks", static_cast<double>(difference.missing), "features", Sense::at_most, 0);
    report.target("features with other attributes", static_cast<double>(difference.attributes), "features", Sense::at_most, 0);
    report.target("features more than a unit apart", static_cast<double>(difference.moved), "features", Sense::at_most, 0);
    report.figure("features a unit apart by rounding", static_cast<double>(difference.rounded), "features");
}

void measure_a_million(Report& report, const Options& options) {
    const int count = options.is_quick ? 50'000 : 1'000'000;
    const auto memory_before = resident_mb(::getpid());
    Components components(3);
    registry::SnapshotBuilder builder(component_layer());
    double build = 0;
    constexpr int chunk = 10'000;
    std::vector<Feature> features;
    for (int i = 0; i < count; i += chunk) {
        features.clear();
        for (int k = 0; k < chunk; ++k) features.push_back(components.next());
        const auto begin = now_s();
        for (const auto& feature : features) builder.add(feature);
        build += now_s() - begin;
    }
    auto begin = now_s();
    const auto snapshot = builder.finish(1, 1);
    build += now_s() - begin;
    report.figure("components", static_cast<double>(snapshot->size()), "components");
    report.target("packed in", build, "s", Sense::at_most, 60);
    report.figure("the snapshot's bytes", static_cast<double>(snapshot->bytes()) / 1e6, "MB");
    report.target("memory of the process grown by", resident_mb(::getpid()) - memory_before, "MB", Sense::at_most, 600);
    Random random(4);
    std::vector<double> cold, found;
    std::size_t largest = 0;
    for (int i = 0; i < (options.is_quick ? 200 : 4000); ++i) {
        const auto tile = geo::tile_at(to_degrees(snapshot->point(random.below(snapshot->slots()))), static_cast<int>(random.between(10, 17)));
        begin = now_s();
        const auto bytes = maps::make_layer_tile(*snapshot, tile);
        cold.push_back((now_s() - begin) * 1e3);
        largest = std::max(largest, bytes.size());
        const std::shared_ptr<const LayerSnapshot> layers[] = {snapshot};
        const auto at = to_degrees(snapshot->point(random.below(snapshot->slots())));
        begin = now_s();
        (void)maps::find_at(layers, at, static_cast<double>(random.between(12, 19)));
        found.push_back((now_s() - begin) * 1e3);
    }
    report.figure("cold tile, median", percentile(cold, 0.5), "ms");
    report.target("cold tile, p99", percentile(cold, 0.99), "ms", Sense::at_most, 20);
    report.target("largest tile", static_cast<double>(largest), "bytes", Sense::at_most, 500'000);
    report.target("identify, p99", percentile(found, 0.99), "ms", Sense::at_most, 10);
    std::vector<Feature> one{snapshot->feature(17)};
    begin = now_s();
    const auto changed = snapshot->with(2, 2, one, {});
    report.figure("one feature changed", (now_s() - begin) * 1e3, "ms");
}

void measure_twelve_million(Report& report, const Options& options) {
    const int count = options.is_quick ? 200'000 : 12'000'000;
    auto layer = std::make_shared<Layer>();
    layer->id = "points";
    for (const auto* name : {"id", "class_code", "state"}) {
        registry::Field field;
        field.name = name;
        field.is_in_tiles = true;
        layer->fields.push_back(field);
    }
    registry::SnapshotBuilder builder(layer);
    Random random(5);
    const auto far = [&] { return (random.unit() + random.unit() + random.unit() - 1.5) * 0.4; };
    auto begin = now_s();
    for (int i = 0; i < count; ++i) {
        Feature feature{"P" + std::to_string(10'000'000 + i), geo::Point{121.4 + far(), 31.2 + far()}, {}};
        feature.values = {feature.id, std::to_string(1001 + random.below(153)), std::string(random.chance(0.9) ? "intact" : "damaged")};
        builder.add(feature);
    }
    const auto snapshot = builder.finish(1, 1);
    report.figure("points", static_cast<double>(snapshot->size()), "points");
    report.figure("points made and packed in", now_s() - begin, "s");
    report.figure("the points' bytes", static_cast<double>(snapshot->bytes()) / 1e6, "MB");
    std::vector<double> ms;
    std::size_t largest = 0;
    for (int i = 0; i < (options.is_quick ? 200 : 2000); ++i) {
        const auto tile = geo::tile_at(to_degrees(snapshot->point(random.below(snapshot->slots()))), static_cast<int>(random.between(0, 18)));
        begin = now_s();
        const auto bytes = maps::make_layer_tile(*snapshot, tile);
        ms.push_back((now_s() - begin) * 1e3);
        largest = std::max(largest, bytes.size());
    }
    report.figure("tile of the points, median", percentile(ms, 0.5), "ms");
    report.target("tile of the points, p99", percentile(ms, 0.99), "ms", Sense::at_most, 50);
    report.target("largest tile of the points", static_cast<double>(largest), "bytes", Sense::at_most, 500'000);
}

// The largest of some tiles of the layer with the most features.
std::string find_large_tile(const Served& served, const std::string& token) {
    const auto get = [&](const std::string& path, const char* encoding = "gzip") { return http::fetch({.url = served.url() + path, .headers = {{"Authorization", "Bearer " + token}, {"Accept-Encoding", encoding}}, .body = "", .ca_file = ""}); };
    const auto layers = parse_json(get("/api/v1/map/layers", "identity").body);
    if (!layers) throw std::runtime_error("no layers");
    std::string best;
    std::size_t best_bytes = 0;
    for (const auto& layer : layers->at("items").as_array()) {
        if (layer.at("count").as_int64() < 1000) continue;
        const auto& box = layer.at("bbox").as_array();
        const geo::Point middle{(box[0].to_number<double>() + box[2].to_number<double>()) / 2, (box[1].to_number<double>() + box[3].to_number<double>()) / 2};
        for (const int z : {13, 14, 15}) {
            const auto tile = geo::tile_at(middle, z);
            const auto path = "/api/v1/map/tiles/" + std::string(layer.at("id").as_string()) + "/" + std::to_string(layer.at("version").as_int64()) + "/" + std::to_string(z) + "/" + std::to_string(tile.x) + "/" + std::to_string(tile.y) + ".mvt";
            const auto answer = get(path);
            if (answer.status != 200 || answer.body.size() <= best_bytes) continue;
            best = path;
            best_bytes = answer.body.size();
        }
    }
    if (best.empty()) throw std::runtime_error("the city has no tile");
    return best;
}

void compare_with_nginx(Report& report, const Options& options) {
    const Served served(options);
    served.rest();
    const auto token = served.sign_in("operator");
    const auto path = find_large_tile(served, token);
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\nAccept-Encoding: gzip\r\n\r\n";
    const auto sample = http::fetch({.url = served.url() + path, .headers = {{"Authorization", "Bearer " + token}, {"Accept-Encoding", "gzip"}}, .body = "", .ca_file = ""});
    const auto folder = options.scratch + "/nginx_tiles";
    std::filesystem::create_directories(folder + "/www");
    save_file(folder + "/www/tile.mvt", sample.body);
    const auto port = free_port();
    save_file(folder + "/nginx.conf", "daemon off;\nmaster_process off;\nworker_processes 1;\npid " + folder + "/nginx.pid;\nerror_log " + folder + "/nginx.log;\nevents { worker_connections 1024; }\nhttp {\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n" +
                                          "  open_file_cache max=100;\n  keepalive_requests 1000000000;\n  default_type application/vnd.mapbox-vector-tile;\n  client_body_temp_path " + folder + "/body;\n  proxy_temp_path " + folder + "/proxy;\n  fastcgi_temp_path " + folder +
                                          "/fastcgi;\n  uwsgi_temp_path " + folder + "/uwsgi;\n  scgi_temp_path " + folder + "/scgi;\n  server {\n    listen 127.0.0.1:" + std::to_string(port) + ";\n    root " + folder +
                                          "/www;\n    location / { add_header Content-Encoding gzip; add_header Cache-Control \"private, max-age=3600, immutable\"; }\n  }\n}\n");
    const Program nginx({"/usr/sbin/nginx", "-c", folder + "/nginx.conf"}, "", "/dev/null");
    const auto their_request = get_request("/tile.mvt");
    std::string theirs_body;
    for (int i = 0; i < 100 && theirs_body.empty(); ++i) {
        try {
            theirs_body = http::fetch({.url = "http://127.0.0.1:" + std::to_string(port) + "/tile.mvt", .headers = {}, .body = "", .ca_file = ""}).body;
        } catch (const std::exception&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }
    if (theirs_body != sample.body) throw std::runtime_error("nginx does not send the same bytes");
    const std::int64_t requests = options.is_quick ? 2'000 : 50'000;
    const auto cpu_us = [&](std::uint16_t to, pid_t pid, const std::string& ask) {
        const auto before = cpu_of(pid);
        const auto result = drive({.port = to, .connections = 16, .seconds = 600, .requests_max = requests, .next = [&](std::int64_t) { return ask; }, .hear = {}});
        if (result.failures() > 0) throw std::runtime_error("not every answer was 200");
        return (cpu_of(pid) - before) / static_cast<double>(requests) * 1e6;
    };
    std::vector<double> ours, theirs;
    for (int round = 0; round < options.rounds; ++round) {
        theirs.push_back(cpu_us(port, nginx.pid(), their_request));
        ours.push_back(cpu_us(served.port(), served.pid(), request));
    }
    report.figure("bytes of the tile, gzipped", static_cast<double>(sample.body.size()), "bytes");
    report.figure("nginx, CPU of a tile", median(theirs), "us", 16);
    report.figure("warm tile, CPU", median(ours), "us", 16);
    report.target("warm tiles a CPU second to nginx's", median(theirs) / median(ours), "x", Sense::at_least, 0.5, 16);
}

// The program itself with a million components in its database: until it answers, what it then holds, what it is asked for.
void measure_the_program(Report& report, const Options& options) {
    auto own = options;
    own.city = options.city + ".components";
    const auto count = std::to_string(options.is_quick ? 20'000 : 1'000'000);
    if (!std::filesystem::exists(own.city + "/chengge.db")) {
        const auto begin = now_s();
        const auto command = options.program + " demo --data " + own.city + " --months 0 --components " + count + " >" + options.scratch + "/components.log 2>&1";
        if (std::system(command.c_str()) != 0) throw std::runtime_error("no city of components, see " + options.scratch + "/components.log");
        report.figure("a city of so many components made in", now_s() - begin, "s");
    }
    auto begin = now_s();
    const Served served(own);
    report.target("started, with all read from the database", now_s() - begin, "s", Sense::at_most, 60);
    served.rest();
    const auto token = served.sign_in("operator");
    const auto get = [&](const std::string& path) {
        auto answer = http::fetch({.url = served.url() + path, .headers = {{"Authorization", "Bearer " + token}}, .body = "", .ca_file = ""});
        if (answer.status >= 300 && answer.status != 422) throw std::runtime_error(path + ": " + std::to_string(answer.status));
        return std::move(answer.body);
    };
    const auto layers = parse_json(get("/api/v1/map/layers"));
    if (!layers) throw std::runtime_error("no layers");
    std::string version;
    geo::Box box;
    for (const auto& layer : layers->at("items").as_array()) {
        if (layer.at("id").as_string() != "components") continue;
        version = std::to_string(layer.at("version").as_int64());
        const auto& sides = layer.at("bbox").as_array();
        box = {sides[0].to_number<double>(), sides[1].to_number<double>(), sides[2].to_number<double>(), sides[3].to_number<double>()};
        report.figure("components served", static_cast<double>(layer.at("count").as_int64()), "components");
    }
    // Where the city is dense: its middle.
    Random random(8);
    const auto somewhere = [&] {
        const auto part = [&] { return (random.unit() + random.unit() + random.unit()) / 3; };
        return geo::Point{box.west + (box.east - box.west) * part(), box.south + (box.north - box.south) * part()};
    };
    std::vector<double> tiles, found, suggested;
    std::size_t words = 0;
    const auto timed = [&](std::vector<double>& times, const std::string& path) {
        begin = now_s();
        auto body = get(path);
        times.push_back((now_s() - begin) * 1e3);
        return body;
    };
    std::set<std::string> asked;
    for (int i = 0; i < (options.is_quick ? 50 : 1000); ++i) {
        const auto tile = geo::tile_at(somewhere(), static_cast<int>(random.between(12, 17)));
        const auto path = "/api/v1/map/tiles/components/" + version + "/" + std::to_string(tile.z) + "/" + std::to_string(tile.x) + "/" + std::to_string(tile.y) + ".mvt";
        if (asked.insert(path).second) timed(tiles, path);
        const auto at = somewhere();
        timed(found, "/api/v1/map/identify?lon=" + std::to_string(at.lon) + "&lat=" + std::to_string(at.lat) + "&zoom=" + std::to_string(random.between(14, 19)));
        // As it is typed: the first letters of an address that is there.
        const auto near = parse_json(get("/api/v1/addresses/reverse?lon=" + std::to_string(at.lon) + "&lat=" + std::to_string(at.lat)));
        std::string name;
        if (near && !near->as_object().contains("address")) continue; // no place of the city
        for (const auto* field : {"address", "landmark", "street"})
            if (const auto& place = near.value().at(field); name.empty() && place.is_object()) name = std::string(place.at("name").as_string());
        std::string text = "/api/v1/addresses/suggestions?q=";
        for (std::size_t k = 0; k < name.size(); ++k) {
            text += fmt::format("%{:02X}", static_cast<unsigned char>(name[k]));
            const bool is_letter = k + 1 == name.size() || (name[k + 1] & 0xC0) != 0x80;
            if (is_letter) words += parse_json(timed(suggested, text)).value().at("items").as_array().size();
        }
    }
    report.figure("tiles asked for once each", static_cast<double>(tiles.size()), "tiles");
    report.target("cold tile over HTTP, p99", percentile(tiles, 0.99), "ms", Sense::at_most, 20, 1);
    report.target("identify over HTTP, p99", percentile(found, 0.99), "ms", Sense::at_most, 10, 1);
    report.figure("suggestions asked for", static_cast<double>(suggested.size()), "questions");
    report.figure("suggestions to a question", static_cast<double>(words) / std::max(1.0, static_cast<double>(suggested.size())), "places");
    report.target("resident memory of the program after all of it", resident_mb(served.pid()), "MB", Sense::at_most, 600);
    report.target("suggestions over HTTP, p99", percentile(suggested, 0.99), "ms", Sense::at_most, 20, 1);
}

int run(const Options& options) {
    Report report("tiles", options);
    // Each part in turn gives its memory back. Words name the parts to run.
    const auto wants = [&](const char* part) { return options.more.empty() || std::find(options.more.begin(), options.more.end(), part) != options.more.end(); };
    if (wants("million")) measure_a_million(report, options);
    if (wants("postgis")) compare_with_postgis(report, options);
    if (wants("points")) measure_twelve_million(report, options);
    if (wants("program")) measure_the_program(report, options);
    if (wants("nginx")) compare_with_nginx(report, options);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
