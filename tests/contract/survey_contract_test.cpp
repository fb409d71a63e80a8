// Surveys as their callers see them, on both engines: planted faults found, a repaired file published, what is shifted told by
// the system that fits, and what is exported imported again as the same.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "base/files.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "kit/feature_kit.hpp"
#include "kit/small_city.hpp"
#include "survey/bytes.hpp"
#include "survey/survey_state.hpp"

namespace survey_contract_test {

using namespace chengge;
using namespace chengge::survey;

namespace {

using registry::Feature;
using registry::Layer;

class SurveyContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        static const auto loaded = registry::load_layers(CHENGGE_SOURCE "/data", "");
        static const auto editions = std::make_shared<const registry::EditionMap>(*registry::EditionMap::load(CHENGGE_SOURCE "/data/taxonomy/mapping_2013_2026.csv"));
        auto opened = registry::RegistryService::open({*city.database, city.clock, *city.identity, *city.grid, *city.media, loaded.layers, editions});
        ASSERT_TRUE(opened) << (opened ? "" : opened.error().code);
        registry = std::move(*opened);
        auto service = SurveyService::open({*city.database, city.clock, *city.identity, *city.grid, *registry, city.folder.path() + "/imports", ""});
        ASSERT_TRUE(service);
        survey = std::move(*service);
    }

    std::string put(const std::string& name, std::string_view bytes) const {
        const auto path = city.folder.path() + "/" + name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    std::string at(const std::string& cell, double east = 0) const {
        const auto middle = city.center(cell);
        return std::to_string(middle.lon + east) + "," + std::to_string(middle.lat);
    }
    // A line of a survey of components: class, competent unit, state, cell, place.
    std::string line(const std::string& id, const std::string& cell, const std::string& state = "完好", double east = 0) const {
        return id + ",01004,城管,城市管理局," + state + "," + city.cell_code(cell) + "," + at(cell, east) + "\n";
    }
    static constexpr std::string_view head = "管理部件标识码,小类代码,主管部门代码,主管部门名称,状态,所在单元网格标识码,经度,纬度\n";

    SurveyService::Outcome import(const std::string& path, const std::string& reason = "", NewImport how = {}) {
        how.file_name = std::filesystem::path(path).filename();
        if (how.layer.empty()) how.layer = "components";
        auto outcome = survey->import_file(path, how, reason, {});
        EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().code + " " + (outcome.error().facts.contains("reason") ? outcome.error().facts.at("reason") : ""));
        return outcome.value_or(SurveyService::Outcome{});
    }
    std::string refusal(const std::string& path, NewImport how = {}) {
        how.file_name = std::filesystem::path(path).filename();
        how.layer = "components";
        const auto outcome = survey->import_file(path, how, "", {});
        return outcome ? "" : outcome.error().code;
    }
    static std::map<std::string, std::int64_t> kinds(const SurveyService::Outcome& outcome) {
        std::map<std::string, std::int64_t> counts;
        for (const auto& group : outcome.import.at("report").at("groups").as_array()) counts[std::string(group.at("code").as_string()) + " " + std::string(group.at("field").as_string())] += group.at("count").to_number<std::int64_t>();
        return counts;
    }
    static std::int64_t count(const SurveyService::Outcome& outcome, const char* what) { return outcome.import.at("report").at("difference").at(what).to_number<std::int64_t>(); }

    kit::SmallCity city{GetParam()};
    std::unique_ptr<registry::RegistryService> registry;
    std::unique_ptr<SurveyService> survey;
};

ON_BOTH_ENGINES(SurveyContract);

} // namespace

TEST_P(SurveyContract, PlantedFaultsAreFoundWithRowAndReason) {
    const auto before = registry->snapshot("components")->version();
    const std::string text = std::string(head) + line("44080201004000001", "A1") + line("44080201004000001", "A2")         // 2: the code twice
                             + line("44080201004000003", "A1", "很好")                                                     // 3: not in its list
                             + "44080201004000004,01004,,城市管理局,完好," + city.cell_code("A1") + "," + at("A1") + "\n"  // 4: M is missing
                             + "44080201004000005,01004,城管,城市管理局,完好," + city.cell_code("A2") + "," + at("A1") + "\n" // 5: another cell
                             + "44080201004000006,01004,城管,城市管理局,完好,,10.5,20.5\n"                                 // 6: outside the city
                             + "44080201004000007,01004,城管,城市管理局,完好,,abc,20.5\n"                                  // 7: no numbers
                             + "4408020100400008,01004,城管,城市管理局,完好,," + at("A1") + "\n"                          // 8: 16 digits
                             + line("", "A3", "破损") + line("44080201004000010", "B1") + line("44080201004000011", "B1");
    const auto outcome = import(put("faulty.csv", text), "试验");
    EXPECT_FALSE(outcome.may_publish);
    EXPECT_FALSE(outcome.is_published);
    const auto found = kinds(outcome);
    for (const auto* one : {"code_twice id", "not_in_list state", "missing competent_code", "wrong_cell cell_code", "bad_geometry ", "bad_code id"}) EXPECT_TRUE(found.contains(one)) << one << "\n" << survey->print_faults(outcome, Language::zh, 50);
    EXPECT_TRUE(found.contains("outside_city ") || found.contains("missing cell_code")) << survey->print_faults(outcome, Language::zh, 50);
    EXPECT_EQ(outcome.import.at("report").at("rows").to_number<int>(), 11);
    EXPECT_EQ(outcome.import.at("report").at("faulty_rows").to_number<int>(), 7) << survey->print_faults(outcome, Language::zh, 50);
    EXPECT_THAT(survey->print_faults(outcome, Language::zh, 50), testing::HasSubstr("第 5 行 44080201004000005 [所在单元网格标识码]"));
    EXPECT_EQ(registry->snapshot("components")->version(), before);
}

TEST_P(SurveyContract, ARepairedFileIsPublishedAndTheVersionBeforeComesBack) {
    const auto first = import(put("one.csv", std::string(head) + line("44080201004000001", "A1") + line("", "A2") + line("", "B1")), "第一批普查");
    ASSERT_TRUE(first.is_published) << survey->print_faults(first, Language::zh, 50);
    const auto was = registry->snapshot("components");
    ASSERT_EQ(was->size(), 3u);
    EXPECT_TRUE(was->find("44080201004000001"));
    // Only what is in the file changes; the rest stays.
    const auto second = import(put("two.csv", std::string(head) + line("44080201004000001", "A1", "破损") + line("", "A3")), "第二批普查");
    ASSERT_TRUE(second.is_published);
    EXPECT_EQ(count(second, "changed"), 1);
    EXPECT_EQ(count(second, "added"), 1);
    EXPECT_EQ(registry->snapshot("components")->size(), 4u);
    // The whole: what it lacks is removed.
    const auto third = import(put("three.csv", std::string(head) + line("44080201004000001", "A1", "破损")), "", {.is_complete = true});
    EXPECT_EQ(count(third, "removed"), 3);
    EXPECT_EQ(count(third, "unchanged"), 1);
    ASSERT_TRUE(registry->restore("components", was->version(), {.person = std::nullopt, .reason = "退回"}, {}));
    EXPECT_EQ(registry->snapshot("components")->size(), 3u);
    EXPECT_EQ(registry->versions("components").front().kind, "restore");
}

TEST_P(SurveyContract, AShiftedSurveyIsToldWhichSystemFits) {
    std::string gcj(head), plane(head);
    const auto zone = *geo::CoordinateSystem::parse("EPSG:4546");
    for (const auto* cell : {"A1", "A2", "A3", "A4", "B1"}) {
        const auto place = city.center(cell);
        const auto vendor = geo::from_cgcs2000(place, geo::CoordType::gcj02), metres = zone.from_cgcs2000(place);
        const auto begin = std::string(",01004,城管,城市管理局,完好,") + city.cell_code(cell) + ",";
        gcj += begin + std::to_string(vendor.lon) + "," + std::to_string(vendor.lat) + "\n";
        plane += begin + std::to_string(metres.lon) + "," + std::to_string(metres.lat) + "\n";
    }
    const auto shifted = import(put("gcj.csv", gcj));
    EXPECT_FALSE(shifted.may_publish);
    EXPECT_EQ(shifted.import.at("report").at("fitting_system").as_string(), "gcj02");
    EXPECT_TRUE(kinds(shifted).contains("wrong_datum "));
    EXPECT_TRUE(import(put("gcj.csv", gcj), "", {.crs = "gcj02"}).may_publish);
    const auto metres = import(put("plane.csv", plane));
    EXPECT_EQ(metres.import.at("report").at("fitting_system").as_string(), "EPSG:4546");
    EXPECT_TRUE(import(put("plane.csv", plane), "", {.crs = "EPSG:4546"}).may_publish);
}

TEST_P(SurveyContract, ColumnsAreMappedByHandAndRemembered) {
    const auto path = put("odd.csv", "bh,xl,dw,mc,zt,lon,lat\n,01004,城管,城市管理局,完好," + at("A1") + "\n");
    EXPECT_FALSE(import(path).may_publish);
    const auto mapped = import(path, "第一次", {.mapping = {{"id", "bh"}, {"class_code", "xl"}, {"competent_code", "dw"}, {"competent_name", "mc"}, {"state", "zt"}}});
    EXPECT_TRUE(mapped.is_published) << survey->print_faults(mapped, Language::zh, 50);
    EXPECT_TRUE(import(put("odd.csv", "bh,xl,dw,mc,zt,lon,lat\n,01004,城管,城市管理局,破损," + at("A2") + "\n")).may_publish);
}

// Every layer that is kept here: points, lines, areas, of one part and of several, a text of every kind.
TEST_P(SurveyContract, EveryLayerIsExportedAndImportedAsTheSame) {
    Random random(11);
    for (const auto& layer : registry->layers()) {
        if (layer.kept_by == "grid") continue;
        const auto puts = kit::whole_features(layer, 6, city, random);
        const auto made = registry->change(layer.id, {.puts = puts, .removed = {}}, {.person = std::nullopt, .reason = "试验"});
        if (!made) {
            std::string facts;
            for (const auto& [name, value] : made.error().facts) facts += " " + name + "=" + value;
            ADD_FAILURE() << layer.id << " " << made.error().code << facts;
            continue;
        }
        for (const std::string format : {"gpkg", "geojson", "csv", "kml", "shp"}) {
            if (format == "shp" && layer.geometry == registry::GeometryKind::any) continue; // one file for each kind of shape
            const auto path = city.folder.path() + "/layer." + (format == "shp" ? "zip" : format);
            const auto done = survey->export_layer(layer.id, {.format = format, .shows_restricted = true}, path);
            ASSERT_TRUE(done) << layer.id << " " << format << " " << done.error().code << " " << (done.error().facts.contains("reason") ? done.error().facts.at("reason") : "");
            const auto again = import(path, "", {.layer = layer.id, .is_complete = true});
            if (!again.import.is_object()) continue;
            EXPECT_EQ(count(again, "unchanged"), 6) << layer.id << " " << format << "\n" << survey->print_faults(again, Language::en, 5) << to_json_text(again.import.at("report").at("difference")).substr(0, 500);
        }
    }
}

// In every format, encoding and coordinate system, read back as the very same.
TEST_P(SurveyContract, WhatIsExportedIsImportedAsTheSame) {
    std::string text(head);
    for (int i = 1; i <= 40; ++i) {
        const auto number = std::to_string(100'000 + i).substr(1);
        text += line("440802010040" + number, i % 3 == 0 ? "B1" : i % 2 == 0 ? "A2" : "A1", i % 5 == 0 ? "破损" : "完好", i * 1e-6);
    }
    ASSERT_TRUE(import(put("many.csv", text), "普查").is_published);
    struct Way {
        std::string format, encoding, crs;
    };
    const std::vector<Way> ways{{"gpkg", "utf-8", "cgcs2000"}, {"gpkg", "utf-8", "EPSG:4546"}, {"geojson", "utf-8", "cgcs2000"}, {"shp", "utf-8", "EPSG:4546"}, {"shp", "gbk", "cgcs2000"}, {"csv", "utf-8", "cgcs2000"}, {"csv", "gbk", "cgcs2000"}, {"csv", "utf-8", "bd09"}, {"kml", "utf-8", "cgcs2000"}};
    for (const auto* layer : {"components", "cells"})
        for (const auto& way : ways) {
            const auto path = city.folder.path() + "/out." + (way.format == "shp" ? "zip" : way.format);
            std::filesystem::remove(path);
            const auto done = survey->export_layer(layer, {.format = way.format, .crs = way.crs, .encoding = way.encoding, .shows_restricted = true}, path);
            ASSERT_TRUE(done) << layer << " " << way.format << " " << done.error().code << " " << (done.error().facts.contains("reason") ? done.error().facts.at("reason") : "");
            const auto again = import(path, "", {.layer = layer, .crs = way.format == "csv" ? way.crs : "", .is_complete = true});
            if (!again.import.is_object()) continue;
            const auto where = std::string(layer) + " " + way.format + " " + way.encoding + " " + way.crs + "\n" + survey->print_faults(again, Language::en, 5) + to_json_text(again.import.at("report").at("difference")).substr(0, 600);
            EXPECT_EQ(count(again, "unchanged"), static_cast<std::int64_t>(registry->snapshot(layer)->size())) << where;
            EXPECT_EQ(count(again, "added") + count(again, "changed") + count(again, "removed"), 0) << where;
            EXPECT_TRUE(again.may_publish) << where;
        }
}

TEST_P(SurveyContract, FilesThatAreNoneGetASentence) {
    EXPECT_EQ(refusal(put("a.csv", "")), "survey_file_empty");
    EXPECT_EQ(refusal(put("b.csv", std::string(head))), "survey_file_empty");
    EXPECT_EQ(refusal(put("c.exe", "MZ....")), "survey_format_unknown");
    EXPECT_EQ(refusal(put("d.zip", "PK\3\4 but no more")), "survey_zip_broken");
    EXPECT_EQ(refusal(put("e.gpkg", "SQLite format 3" + std::string(2000, '\0'))), "survey_file_broken");
    EXPECT_EQ(refusal(put("f.geojson", "{\"type\":\"FeatureCollection\",\"features\":[")), "survey_file_broken");
    EXPECT_EQ(refusal(put("g.vrt", "<OGRVRTDataSource/>")), "survey_format_unknown");
    EXPECT_EQ(refusal(put("h.csv", std::string(head) + line("", "A1")), {.crs = "EPSG:1"}), "crs_unknown");
    EXPECT_EQ(refusal(put("h.csv", std::string(head) + line("", "A1")), {.encoding = "koi8"}), "encoding_unknown");
}

// While a file is read its rows are checked already: told in rows, of as many as the file says it has.
TEST_P(SurveyContract, RowsCheckedWhileTheFileIsReadAreTold) {
    constexpr int rows = 6'000;
    std::string text = R"({"type":"FeatureCollection","features":[)";
    for (int i = 0; i < rows; ++i)
        text += std::string(i > 0 ? "," : "") + R"({"type":"Feature","properties":{"class_code":"01004","competent_code":"x","competent_name":"城市管理局","state":"intact"},"geometry":{"type":"Point","coordinates":[)" + at("A1") + "]}}";
    const auto path = put("many.geojson", text + "]}");
    std::vector<std::pair<std::int64_t, std::int64_t>> told;
    const auto outcome = survey->import_file(path, {.layer = "components", .file_name = "many.geojson"}, "", {.tell = [&](std::int64_t done, std::int64_t all) { told.emplace_back(done, all); }, .is_stopped = {}});
    ASSERT_TRUE(outcome) << outcome.error().code;
    EXPECT_EQ(outcome->import.at("report").at("rows").to_number<int>(), rows);
    ASSERT_FALSE(told.empty());
    EXPECT_LT(told.front().first, rows);
    EXPECT_EQ(told.back().first, rows);
    EXPECT_TRUE(std::ranges::is_sorted(told));
    for (const auto& one : told) EXPECT_EQ(one.second, rows);
}

// An older version is read and then made the layer's: one count, which never goes back.
TEST_P(SurveyContract, BringingBackTellsHowFarItIsFromItsBeginning) {
    ASSERT_TRUE(import(put("one.csv", std::string(head) + line("", "A1") + line("", "A2")), "第一批").is_published);
    ASSERT_TRUE(import(put("two.csv", std::string(head) + line("", "B1")), "第二批").is_published);
    const auto layer = registry->find_layer("components");
    SurveyService::State state({*city.database, city.clock, *city.identity, *city.grid, *registry, city.folder.path() + "/imports", ""});
    const auto asked = state.create_restore(city.new_id(), *layer, 1, "退回", std::nullopt);
    ASSERT_TRUE(asked) << asked.error().code;
    std::vector<std::pair<std::int64_t, std::int64_t>> told;
    ASSERT_TRUE(state.work_on(asked->key, {.tell = [&](std::int64_t done, std::int64_t all) { told.emplace_back(done, all); }, .is_stopped = {}}));
    EXPECT_EQ(state.load(asked->id)->state, "published");
    EXPECT_EQ(registry->snapshot("components")->size(), 2u);
    ASSERT_FALSE(told.empty());
    EXPECT_TRUE(std::ranges::is_sorted(told));
    for (const auto& one : told) EXPECT_EQ(one.second, 4); // two read, two written
    EXPECT_EQ(told.back().first, 4);
}

// The worker died after the version was in force and before the survey's row said so: it is not published twice.
TEST_P(SurveyContract, APublishedSurveyWhoseRowDoesNotSaySoIsNotPublishedAgain) {
    ASSERT_TRUE(import(put("one.csv", std::string(head) + line("", "A1")), "第一批").is_published);
    const auto versions = registry->versions("components").size();
    static const storage::Statement undo("test/undo", "UPDATE survey_imports SET state = 'publishing', version = 0", "UPDATE survey_imports SET state = 'publishing', version = 0");
    (void)city.database->write([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run(undo);
        return {};
    });
    survey->start_jobs();
    static const storage::Statement look("test/look", "SELECT state, version FROM survey_imports", "SELECT state, version FROM survey_imports");
    std::string state;
    for (int i = 0; i < 100 && state != "published"; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        state = city.database->read([&](storage::Transaction& transaction) { return transaction.run(look)[0].text("state"); });
    }
    survey->stop_jobs();
    EXPECT_EQ(state, "published");
    EXPECT_EQ(registry->versions("components").size(), versions);
}

// Asked for before the layer was changed, begun after it: rows that change nothing would undo the change.
TEST_P(SurveyContract, AChangeBetweenTheCheckAndThePublicationIsNotUndone) {
    ASSERT_TRUE(import(put("one.csv", std::string(head) + line("44080201004000001", "A1") + line("44080201004000002", "A2")), "第一批").is_published);
    const auto checked = import(put("two.csv", std::string(head) + line("44080201004000001", "A1") + line("44080201004000002", "A2", "破损")));
    ASSERT_EQ(count(checked, "unchanged"), 1);
    auto feature = registry->snapshot("components")->feature(*registry->snapshot("components")->find("44080201004000001"));
    const auto state_at = static_cast<std::size_t>(registry->find_layer("components")->field_index("state"));
    feature.values[state_at] = std::string("missing");
    ASSERT_TRUE(registry->change("components", {.puts = {feature}, .removed = {}, .base_version = 0}, {.person = std::nullopt, .reason = "巡查发现丢失"}));
    const auto versions = registry->versions("components").size();
    static const storage::Statement ask("test/ask", "UPDATE survey_imports SET state = 'publishing', reason = '第二批' WHERE state = 'waiting'", "UPDATE survey_imports SET state = 'publishing', reason = '第二批' WHERE state = 'waiting'");
    (void)city.database->write([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run(ask);
        return {};
    });
    survey->start_jobs();
    static const storage::Statement look("test/state", "SELECT state, problem, report FROM survey_imports ORDER BY import_key DESC", "SELECT state, problem, report FROM survey_imports ORDER BY import_key DESC");
    std::string state = "publishing", problem, report;
    for (int i = 0; i < 200 && (state == "publishing" || state == "checking"); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        city.database->read([&](storage::Transaction& transaction) {
            const auto rows = transaction.run(look);
            state = rows[0].text("state"), problem = rows[0].text("problem"), report = rows[0].text("report");
        });
    }
    survey->stop_jobs();
    EXPECT_EQ(state, "waiting");
    EXPECT_THAT(problem, ::testing::HasSubstr("survey_outdated"));
    EXPECT_EQ(registry->versions("components").size(), versions) << "nothing was published";
    EXPECT_EQ(registry->snapshot("components")->feature(*registry->snapshot("components")->find("44080201004000001")).values[state_at], registry::Value(std::string("missing")));
    EXPECT_EQ(json::parse(report).at("difference").at("changed").to_number<int>(), 2) << "the new report says that the survey undoes the change";
}

TEST_P(SurveyContract, FilesGoAfterTheirTimeAndTheReportStays) {
    const auto exists = [&](const SurveyService::Outcome& outcome, const std::string& name) {
        return std::filesystem::exists(std::filesystem::symlink_status(std::filesystem::path(outcome.faults_file).parent_path() / name));
    };
    const auto published = import(put("one.csv", std::string(head) + line("", "A1")), "第一批");
    const auto checked = import(put("two.csv", std::string(head) + line("", "A2")));
    ASSERT_TRUE(exists(published, "upload") && exists(published, "faults.jsonl") && exists(checked, "upload"));
    // Until the upload is gone, or for half a second.
    const auto clean = [&](std::int64_t days, const SurveyService::Outcome& outcome) {
        city.clock.advance(days * 86'400'000);
        survey->start_jobs();
        for (int i = 0; i < 50 && exists(outcome, "upload"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        survey->stop_jobs();
    };
    clean(29, published);
    EXPECT_TRUE(exists(published, "upload"));
    clean(2, published);
    EXPECT_FALSE(exists(published, "upload"));
    EXPECT_TRUE(exists(published, "faults.jsonl"));
    EXPECT_TRUE(exists(checked, "upload"));
    clean(60, checked);
    EXPECT_FALSE(exists(checked, "upload"));
    EXPECT_TRUE(std::filesystem::exists(city.folder.path() + "/two.csv")); // the surveyor's own file stays
}

// Regions are judged in the dry run as they are when they are published: an outline over its neighbour's, a parent that is not there.
TEST_P(SurveyContract, RegionsAreJudgedAsTheGridWillJudgeThem) {
    const auto path = city.folder.path() + "/regions.geojson";
    ASSERT_TRUE(survey->export_layer("regions", {.format = "geojson", .shows_restricted = true}, path));
    auto document = *parse_json(*load_file(path));
    const auto as_it_is = import(path, "", {.layer = "regions", .is_complete = true});
    EXPECT_FALSE(kinds(as_it_is).contains("tiling ")) << survey->print_faults(as_it_is, Language::zh, 20);
    json::value* first = nullptr;
    for (auto& feature : document.at("features").as_array()) {
        const auto& code = feature.at("properties").at("id").as_string();
        if (code.size() != 12) continue;
        if (first == nullptr) first = &feature;
        else {
            feature.at("geometry") = first->at("geometry"); // lies upon the first
            break;
        }
    }
    const auto before = registry->snapshot("regions")->version();
    const auto outcome = import(put("regions2.geojson", to_json_text(document)), "试验", {.layer = "regions", .is_complete = true});
    EXPECT_FALSE(outcome.may_publish);
    EXPECT_TRUE(kinds(outcome).contains("tiling ")) << survey->print_faults(outcome, Language::zh, 20);
    EXPECT_EQ(registry->snapshot("regions")->version(), before);
}

} // namespace survey_contract_test
