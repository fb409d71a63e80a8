// Killed at every named point (src/base/crash_point.hpp), with and without a power cut: the restart
// needs no hand, nothing acknowledged is lost, what is sent again counts once.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <thread>

#include <signal.h>

#include "base/crash_point.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "faults/kit_cluster.hpp"
#include "faults/kit_load.hpp"

namespace crash_point_test {

using namespace chengge;
using namespace chengge::faults;
using storage::Engine;

namespace {

// How a point is reached: under the clients' load, at the start of the server, or by a command of its
// own on a fresh city.
enum class Way { load, start, migrate, sign, back_up, prune, restore, decide, publish, follow, survey, bring_back };

struct Reach {
    std::string_view name;
    Way way = Way::load;
    bool is_on_postgres = true;
    int n = 1; // the time it is reached that is meant
};

// Points that are not here are reached under load.
constexpr Reach ways[] = {
    {.name = "file.written", .n = 3}, // the third file of an upload is its original
    {.name = "file.synced", .n = 3},
    {.name = "file.renamed", .n = 3},
    {.name = "storage.committing", .n = 12}, // past the start of the server
    {.name = "storage.committed", .n = 12},
    {.name = "storage.checkpointed", .is_on_postgres = false},
    {.name = "migration.ran", .way = Way::migrate},
    {.name = "migration.recorded", .way = Way::migrate},
    {.name = "rules.published", .way = Way::start},
    {.name = "decision.begun", .way = Way::decide},
    {.name = "decision.applying", .way = Way::decide},
    {.name = "decision.applied", .way = Way::decide},
    {.name = "registry.begun", .way = Way::publish},
    {.name = "registry.writing", .way = Way::publish},
    {.name = "registry.published", .way = Way::publish},
    {.name = "registry.following", .way = Way::follow},
    {.name = "registry.followed", .way = Way::follow},
    {.name = "survey.received", .way = Way::survey},
    {.name = "survey.listed", .way = Way::survey},
    {.name = "survey.converted", .way = Way::survey},
    {.name = "survey.checked", .way = Way::survey},
    {.name = "survey.publishing", .way = Way::survey},
    {.name = "survey.published", .way = Way::survey},
    {.name = "survey.restoring", .way = Way::bring_back},
    {.name = "survey.restored", .way = Way::bring_back},
    {.name = "root.signed", .way = Way::sign},
    {.name = "backup.copied", .way = Way::back_up},
    {.name = "backup.written", .way = Way::back_up},
    {.name = "backup.named", .way = Way::back_up},
    {.name = "backup.removing", .way = Way::prune},
    {.name = "restore.copied", .way = Way::restore},
    {.name = "restore.placed", .way = Way::restore},
};

Reach way_of(std::string_view name) {
    for (const auto& one : ways)
        if (one.name == name) return one;
    return {.name = name};
}

struct Crash {
    Engine engine;
    std::string_view point;
};

class CrashPoint : public testing::TestWithParam<Crash> {
protected:
    std::vector<std::string> at_point(int n) const { return {"CHENGGE_CRASH_POINT=" + std::string(GetParam().point) + ":" + std::to_string(n)}; }
    void expect_killed(const Ended& ended) const {
        EXPECT_EQ(ended.signal, SIGKILL) << GetParam().point << " was not reached: code " << ended.code << "\n" << ended.out << ended.log;
    }

    // Once with the machine going on, once with its power cut.
    void crash_under_load(int n) {
        FaultCity city(GetParam().engine);
        if (GetParam().point.starts_with("notices.")) push_to_nobody(city);
        city.need_start();
        Load load(city, {.seed = 1});
        for (const bool is_cut : {false, true}) {
            if (!city.is_running()) city.need_start();
            city.stop();
            if (city.start(at_point(n))) { // else what was left over brought it there before it listened
                load.start();
                // Senders look once a second, however much the clients have done by then.
                const int acknowledged_most = GetParam().point.starts_with("notices.") ? 8000 : 400;
                EXPECT_FALSE(load.wait_for(load.acknowledged() + acknowledged_most, 20)) << "never reached: " << load.summary();
                load.stop();
                city.kill();
            }
            expect_killed(city.last);
            settle_and_judge(city, load, is_cut);
        }
    }

    void crash_at_start() {
        FaultCity city(GetParam().engine);
        city.need_start();
        Load load(city, {.seed = 1});
        for (const bool is_cut : {false, true}) {
            load.report();
            city.kill();
            EXPECT_FALSE(city.start(at_point(1)));
            expect_killed(city.last);
            settle_and_judge(city, load, is_cut);
            city.need_start();
        }
    }

    // Every migration in turn, on a folder of its own.
    void crash_in_migrations() {
        int migrations = 1;
        for (int n = 1; n <= migrations; ++n) {
            SCOPED_TRACE("migration " + std::to_string(n));
            FaultyDisk disk;
            std::vector<std::string> words{"migrate", "--data", disk.root() + "/new"};
            if (GetParam().engine == Engine::postgres) {
                Cluster::shared().make_database("fresh");
                words.insert(words.end(), {"--database", Cluster::shared().url("fresh")});
            }
            auto environment = disk.environment();
            environment.push_back(at_point(n).front());
            disk.keep_all();
            expect_killed(run_chengge(words, environment));
            disk.cut_power(n % 2 == 0 ? 0 : 0.5, static_cast<std::uint64_t>(n));
            const auto again = run_chengge(words, disk.environment());
            EXPECT_EQ(again.code, 0) << again.out << again.log;
            const auto lines = std::count(again.out.begin(), again.out.end(), '\n');
            EXPECT_GE(lines, n);
            // All are recorded together, so that the last point is passed once.
            if (n == 1 && GetParam().point == "migration.ran") migrations = static_cast<int>(lines);
            EXPECT_GE(lines, migrations);
            words[0] = "audit";
            const auto audit = run_chengge(words);
            EXPECT_EQ(audit.code, 0) << audit.out << audit.log;
        }
    }

    // A 三防 mode stops the clocks of many cases, and lets them run on: each once, whenever the program dies.
    void crash_in_a_decision() {
        FaultCity city(GetParam().engine);
        city.need_start();
        city.sign_in({"commander", "operator"});
        Load load(city, {.seed = 1, .photo_chance = 0});
        for (const bool is_cut : {false, true}) {
            if (!city.is_running()) city.need_start();
            for (int i = 0; i < 60; ++i) load.report();
            const std::string mode = is_cut ? "0190a000-0000-7000-8000-000000000002" : "0190a000-0000-7000-8000-000000000001";
            const FaultCity::Ask begin{.who = "commander", .method = http::Method::post, .path = "/api/v1/emergency/modes",
                                       .body = to_json_text(json::object{{"mode_id", mode}, {"name", "台风防御"}, {"stages", json::array{"accept", "handle"}}})};
            const FaultCity::Ask end{.who = "commander", .method = http::Method::post, .path = "/api/v1/emergency/modes/" + mode + "/end", .body = "{}"};
            for (const auto& ask : {begin, end}) {
                city.stop();
                city.need_start(at_point(1));
                try {
                    (void)city.ask(ask);
                } catch (const std::runtime_error&) {
                    // It may die before it answers.
                }
                for (int i = 0; i < 400 && city.is_running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
                city.kill();
                expect_killed(city.last);
                after_the_crash(city, is_cut);
                city.need_start();
                const auto again = city.ask(ask);
                EXPECT_TRUE(again.status / 100 == 2 || again.status == 409) << again.body;
                const bool is_begin = ask.path == begin.path;
                const auto reached = wait_for_decision(city, mode, is_begin);
                const auto open = city.get("operator", "/api/v1/cases?open=true&limit=200").at("items").as_array();
                for (const auto& one : open) EXPECT_EQ(one.at("is_held").as_bool(), is_begin);
                EXPECT_EQ(reached, static_cast<std::int64_t>(open.size()));
            }
            load.settle();
            judge(load, is_cut);
        }
    }

    // Until the job is done with it; how many cases it has touched.
    static std::int64_t wait_for_decision(FaultCity& city, const std::string& mode, bool is_begin) {
        json::value seen;
        for (int i = 0; i < 400; ++i) {
            seen = city.get("commander", "/api/v1/emergency/modes/" + mode);
            const auto& job = is_begin ? seen : seen.at("end");
            if (job.at("state").as_string() == "done") return seen.at("reached").to_number<std::int64_t>();
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        ADD_FAILURE() << "the job did not come to its end: " << to_json_text(seen);
        return -1;
    }

    void crash_while_signing() {
        for (const bool is_cut : {false, true}) {
            FaultCity city(GetParam().engine);
            expect_killed(city.run({"roots", "sign"}, {}, at_point(1)));
            after_the_crash(city, is_cut);
            expect_well(city.run({"roots", "sign"}));
            expect_well(run_chengge(city.words("audit")));
        }
    }

    // The first command on a city that has no registry yet publishes its regions, then its cells; whichever it died in,
    // the next has each layer once and whole.
    void crash_while_publishing() {
        for (const bool is_cut : {false, true})
            for (const int n : {1, 2}) {
                FaultCity city(GetParam().engine);
                expect_killed(city.run({"registry", "layers"}, {}, at_point(n)));
                after_the_crash(city, is_cut);
                const auto layers = city.run({"registry", "layers"});
                expect_well(layers);
                for (const std::string layer : {"regions", "cells"}) {
                    const auto versions = city.run({"registry", "versions"}, {layer});
                    expect_well(versions);
                    const auto lines = split(trim(versions.out), '\n');
                    EXPECT_EQ(lines.size(), 1u) << versions.out;
                    EXPECT_NE(versions.out.find("taken_over"), std::string::npos) << versions.out;
                    EXPECT_EQ(versions.out.find("= 0 "), std::string::npos) << versions.out;
                }
                expect_well(run_chengge(city.words("audit")));
            }
    }

    // A corner of four cells is moved: what lay beside it lies in another cell now, under codes that stay. Whenever the program dies
    // between the cells and what stands in them, the next says where each thing lies.
    void crash_while_following() {
        for (const bool is_cut : {false, true}) {
            FaultCity city(GetParam().engine);
            city.need_start();
            city.sign_in({"system_admin"});
            const auto corner = inner_corner(city);
            // On the diagonal of the cell to the south-west: from it to the one across when the corner comes over here.
            const auto at = [&](double share) { return json::array{corner.first - share * 0.0005, corner.second - share * 0.0005}; };
            const auto send = [&](const std::string& path, const json::object& body) {
                return city.ask({.who = "system_admin", .method = http::Method::post, .path = "/api/v1/registry/layers/" + path, .body = to_json_text(body)});
            };
            const json::object bin{{"geometry", json::object{{"type", "Point"}, {"coordinates", at(0.1)}}}, {"attributes", json::object{{"class_code", "01004"}, {"competent_code", "x"}, {"competent_name", "环卫所"}, {"state", "intact"}}}};
            const auto made = send("components/changes", {{"reason", "普查"}, {"puts", json::array{bin}}});
            ASSERT_EQ(made.status, 200) << made.body;
            const auto before = cell_said(city);
            // Once in peace, so that every layer is known to follow; there and back.
            ASSERT_EQ(send("cells/shapes", {{"act", "move_corner"}, {"corner", at(0)}, {"moved_to", at(0.05)}, {"reason", "调整"}}).status, 200);
            EXPECT_EQ(cell_said(city), before);
            city.stop();
            city.need_start(at_point(1));
            try {
                const auto moved = send("cells/shapes", {{"act", "move_corner"}, {"corner", at(0.05)}, {"moved_to", at(0.6)}, {"reason", "调整"}});
                ADD_FAILURE() << moved.status << " " << moved.body;
            } catch (const std::runtime_error&) {
                // It died before it answered.
            }
            city.kill();
            expect_killed(city.last);
            after_the_crash(city, is_cut);
            city.need_start();
            const auto after = cell_said(city);
            EXPECT_NE(after, before);
            const auto place = at(0.1);
            EXPECT_EQ(after, std::string(city.get("system_admin", "/api/v1/grid/locate?coord_type=cgcs2000&lon=" + std::to_string(place.at(0).as_double()) + "&lat=" + std::to_string(place.at(1).as_double())).at("cell_code").as_string()));
            city.stop();
            expect_well(run_chengge(city.words("audit")));
        }
    }

    // The cell that the only component says it stands in.
    static std::string cell_said(FaultCity& city) {
        const auto found = city.get("system_admin", "/api/v1/registry/layers/components/features?limit=5");
        return std::string(found.at("items").at(0).at("attributes").at("cell_code").as_string());
    }
    // Where four cells of one community meet.
    static std::pair<double, double> inner_corner(FaultCity& city) {
        std::map<std::pair<std::string, std::pair<double, double>>, int> met;
        const auto bbox = std::to_string(city.lon() - 0.01) + "," + std::to_string(city.lat() - 0.01) + "," + std::to_string(city.lon() + 0.01) + "," + std::to_string(city.lat() + 0.01);
        const auto cells = city.get("system_admin", "/api/v1/grid/cells?bbox=" + bbox);
        for (const auto& cell : cells.at("features").as_array()) {
            const auto& ring = cell.at("geometry").at("coordinates").at(0).as_array();
            const std::string community(cell.at("properties").at("community_code").as_string());
            for (std::size_t i = 0; i + 1 < ring.size(); ++i) ++met[{community, {ring[i].at(0).to_number<double>(), ring[i].at(1).to_number<double>()}}];
        }
        for (const auto& [where, count] : met)
            if (count == 4) return where.second;
        throw std::runtime_error("no four cells meet");
    }

    // Work that the server does by itself, asked for again by a client that was told nothing, until it is published: whenever the program
    // dies, the next goes on. Afterwards the components are one, in so many versions.
    void crash_until_published(const std::function<void(FaultCity&)>& prepare, std::size_t versions, const std::function<http::Response(FaultCity&)>& ask) {
        for (const bool is_cut : {false, true}) {
            FaultCity city(GetParam().engine);
            city.need_start();
            city.sign_in({"system_admin"});
            prepare(city);
            city.stop();
            city.need_start(at_point(1));
            bool has_died = false;
            std::string state;
            for (int i = 0; i < 1200 && state != "published"; ++i) {
                try {
                    if (!city.is_running()) {
                        has_died = true;
                        city.kill();
                        expect_killed(city.last);
                        after_the_crash(city, is_cut);
                        city.need_start();
                    }
                    const auto answer = ask(city);
                    ASSERT_EQ(answer.status / 100, 2) << answer.body;
                    state = std::string(json::parse(answer.body).at("state").as_string());
                    ASSERT_NE(state, "failed") << answer.body;
                } catch (const std::runtime_error&) {
                    // It died before it answered.
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
            }
            EXPECT_TRUE(has_died) << GetParam().point << " was not reached";
            EXPECT_EQ(state, "published");
            EXPECT_EQ(city.get("system_admin", std::string(components) + "/versions").at("items").as_array().size(), versions);
            EXPECT_EQ(city.get("system_admin", std::string(components) + "/features?limit=5").at("total").to_number<int>(), 1);
            city.stop();
            expect_well(run_chengge(city.words("audit")));
        }
    }
    static constexpr std::string_view components = "/api/v1/registry/layers/components";
    static http::Response post(FaultCity& city, const std::string& path, const std::string& body) { return city.ask({.who = "system_admin", .method = http::Method::post, .path = path, .body = body}); }
    static json::object place_of_a_grate(const FaultCity& city) { return {{"type", "Point"}, {"coordinates", json::array{city.lon(), city.lat()}}}; }
    static json::object words_of_a_grate() { return {{"class_code", "01004"}, {"competent_code", "x"}, {"competent_name", "环卫所"}, {"state", "intact"}}; }

    // A survey on its way in, from its first byte to the version.
    void crash_in_a_survey() {
        crash_until_published([](FaultCity&) {}, 1, [](FaultCity& city) {
            const std::string id = "0190a000-0000-7000-8000-000000000077", path = "/api/v1/survey/imports/" + id;
            const json::object feature{{"type", "Feature"}, {"properties", words_of_a_grate()}, {"geometry", place_of_a_grate(city)}};
            const auto text = to_json_text(json::object{{"type", "FeatureCollection"}, {"features", json::array{feature}}});
            auto made = post(city, "/api/v1/survey/imports", to_json_text(json::object{{"import_id", id}, {"layer", "components"}, {"file_name", "a.geojson"}, {"bytes", text.size()}}));
            const auto now = json::parse(made.body);
            const auto state = made.status == 201 ? std::string(now.at("state").as_string()) : std::string();
            if (state == "uploading") {
                const auto received = now.at("received").to_number<std::size_t>();
                (void)city.ask({.who = "system_admin", .method = http::Method::put, .path = path + "/content?offset=" + std::to_string(received), .body = text.substr(received)});
            }
            if (state == "waiting") (void)post(city, path + "/publication", R"({"reason":"普查"})");
            return made;
        });
    }

    // An older version brought back.
    void crash_while_bringing_back() {
        const auto edit_twice = [](FaultCity& city) {
            const json::object grate{{"geometry", place_of_a_grate(city)}, {"attributes", words_of_a_grate()}};
            const auto body = to_json_text(json::object{{"reason", "普查"}, {"puts", json::array{grate}}});
            for (int i = 0; i < 2; ++i) ASSERT_EQ(post(city, std::string(components) + "/changes", body).status, 200);
        };
        crash_until_published(edit_twice, 3, [](FaultCity& city) { return post(city, std::string(components) + "/restore", R"({"import_id":"0190a000-0000-7000-8000-000000000078","version":1,"reason":"退回"})"); });
    }

    // Beside the working city.
    void crash_while_backing_up() {
        for (const bool is_cut : {false, true}) {
            FaultCity city(GetParam().engine);
            Load load = begin_signed(city);
            load.report();
            expect_well(make_backup(city));
            load.report();
            auto killed = city.run({"backup", "make"}, {"--to", backups(city)}, at_point(1));
            expect_killed(killed);
            city.kill();
            after_the_crash(city, is_cut);
            verify_all(city, GetParam().point == "backup.named" ? 2 : 1);
            city.need_start();
            EXPECT_EQ(load.report().status, 201);
            expect_well(make_backup(city));
            verify_all(city, GetParam().point == "backup.named" ? 3 : 2);
            for (const auto& entry : std::filesystem::directory_iterator(backups(city)))
                EXPECT_FALSE(entry.path().filename().string().starts_with(".making")) << "left behind: " << entry.path();
            load.settle();
            judge(load, is_cut);
        }
    }

    void crash_while_pruning() {
        for (const bool is_cut : {false, true}) {
            FaultCity city(GetParam().engine);
            Load load = begin_signed(city);
            for (int i = 0; i < 3; ++i) {
                load.report();
                expect_well(make_backup(city));
            }
            // As if the schedule had made them.
            for (const auto& entry : std::filesystem::directory_iterator(backups(city))) {
                const auto file = entry.path().string() + "/manifest.json";
                if (!std::filesystem::exists(file)) continue;
                auto text = load_file(file).value();
                const auto at = text.find("\"hand\"");
                ASSERT_NE(at, std::string::npos) << text;
                save_file(file, text.replace(at, 6, "\"schedule\""));
            }
            const std::vector<std::string> keep{"--from", backups(city), "--keep", "1"};
            expect_killed(city.run({"backup", "prune"}, keep, at_point(1)));
            city.kill();
            after_the_crash(city, is_cut);
            verify_all(city, 2);
            expect_well(city.run({"backup", "prune"}, keep));
            verify_all(city, 1);
            judge(load, is_cut);
        }
    }

    void crash_while_restoring() {
        for (const bool is_cut : {false, true}) {
            FaultCity city(GetParam().engine);
            Load load = begin_signed(city);
            load.report();
            expect_well(make_backup(city));
            city.kill();
            std::vector<std::string> target{"--data", city.disk.root() + "/again"};
            if (GetParam().engine == Engine::postgres) {
                Cluster::shared().make_database("again");
                target.insert(target.end(), {"--database", Cluster::shared().url("again")});
            }
            std::filesystem::create_directories(city.disk.root() + "/again");
            std::filesystem::copy(city.data() + "/keys", city.disk.root() + "/again/keys");
            city.disk.keep_all();
            const auto with = [&](std::vector<std::string> words, bool has_source) {
                words.insert(words.end(), target.begin(), target.end());
                if (has_source) words.insert(words.end(), {"--from", backups(city)});
                return words;
            };
            auto environment = city.disk.environment();
            environment.push_back(at_point(1).front());
            expect_killed(run_chengge(with({"backup", "restore"}, true), environment));
            after_the_crash(city, is_cut);
            // Half a city does not start.
            const auto served = run_chengge(with({"serve", "--listen", "127.0.0.1:0"}, false), {}, 10);
            EXPECT_EQ(served.code, 1) << served.out << served.log;
            EXPECT_NE(served.log.find("backup restore"), std::string::npos) << served.log;
            expect_well(run_chengge(with({"backup", "restore"}, true), city.disk.environment()));
            expect_well(run_chengge(with({"roots", "sign"}, false)));
            expect_well(run_chengge(with({"audit"}, false)));
            const auto cases = city.look().cases;
            const auto counted = run_chengge(with({"backup", "make", "--to", city.disk.root() + "/of-it"}, false));
            EXPECT_NE(counted.out.find(" " + std::to_string(cases) + " cases"), std::string::npos) << counted.out << counted.log;
        }
    }

    // Every step is pushed to an endpoint that nobody listens at.
    static void push_to_nobody(FaultCity& city) {
        save_file(city.data() + "/hook.secret", "0123456789abcdef");
        save_file(city.data() + "/webhooks.json", R"([{"name": "nobody", "url": "http://127.0.0.1:1/", "secret_file": "hook.secret"}])");
        save_file(city.data() + "/chengge.yaml", "webhooks:\n  file: webhooks.json\n  private_networks: [127.0.0.0/8]\n");
        city.disk.keep_all();
    }
    // A working city whose days so far are signed.
    static Load begin_signed(FaultCity& city) {
        expect_well(city.run({"roots", "sign"}));
        city.need_start();
        return Load(city, {.seed = 1, .photo_chance = 1});
    }
    static std::string backups(const FaultCity& city) { return city.disk.root() + "/backups"; }
    static Ended make_backup(const FaultCity& city) { return city.run({"backup", "make"}, {"--to", backups(city)}); }
    static void expect_well(const Ended& ended) { EXPECT_EQ(ended.code, 0) << ended.out << ended.log; }
    static void after_the_crash(FaultCity& city, bool is_cut) {
        if (is_cut) city.disk.cut_power(0.5, 1);
        else city.disk.keep_all();
    }
    // What is listed is whole.
    static void verify_all(const FaultCity& city, int count) {
        const auto list = city.run({"backup", "list"}, {"--from", backups(city)});
        expect_well(list);
        const auto lines = split(trim(list.out), '\n');
        EXPECT_EQ(static_cast<int>(lines.size()), count) << list.out;
        for (const auto& line : lines) {
            const auto name = split(line, ' ').front();
            expect_well(city.run({"backup", "verify"}, {"--from", backups(city), "--name", name}));
        }
    }

    static void settle_and_judge(FaultCity& city, Load& load, bool is_cut) {
        if (is_cut) city.disk.cut_power(0.5, 1);
        else city.disk.keep_all();
        city.need_start();
        load.settle();
        judge(load, is_cut);
    }
    static void judge(Load& load, bool is_cut) {
        for (const auto& fault : load.judge()) ADD_FAILURE() << (is_cut ? "power cut: " : "kill: ") << fault;
    }
};

std::string name_of(const testing::TestParamInfo<Crash>& info) {
    std::string name(info.param.point);
    std::replace(name.begin(), name.end(), '.', '_');
    return name + (info.param.engine == Engine::sqlite ? "_sqlite" : "_postgres");
}

std::vector<Crash> all_points() {
    std::vector<Crash> all;
    for (const auto point : crash_points) {
        all.push_back({Engine::sqlite, point});
        if (way_of(point).is_on_postgres) all.push_back({Engine::postgres, point});
    }
    return all;
}

} // namespace

TEST_P(CrashPoint, LosesAndDoublesNothing) {
    const auto reach = way_of(GetParam().point);
    switch (reach.way) {
    case Way::load: return crash_under_load(reach.n);
    case Way::start: return crash_at_start();
    case Way::migrate: return crash_in_migrations();
    case Way::sign: return crash_while_signing();
    case Way::back_up: return crash_while_backing_up();
    case Way::prune: return crash_while_pruning();
    case Way::restore: return crash_while_restoring();
    case Way::decide: return crash_in_a_decision();
    case Way::publish: return crash_while_publishing();
    case Way::follow: return crash_while_following();
    case Way::survey: return crash_in_a_survey();
    case Way::bring_back: return crash_while_bringing_back();
    }
}

INSTANTIATE_TEST_SUITE_P(Points, CrashPoint, testing::ValuesIn(all_points()), name_of);

} // namespace crash_point_test
