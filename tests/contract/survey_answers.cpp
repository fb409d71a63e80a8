#include "survey_answers.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "base/spreadsheet.hpp"

using namespace chengge;
using http::Method;

namespace {

// Waits for a survey to need a person.
kit::Answer settled(kit::HttpClient& client, const std::string& path) {
    for (int i = 0; i < 400; ++i) {
        auto answer = client.get(path);
        const auto state = answer.text("state");
        if (state != "converting" && state != "checking" && state != "publishing") return answer;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return client.get(path);
}

} // namespace

void answer_the_survey(kit::HttpCity& city) {
    auto& system = city.as("system_admin");
    const std::string imports = "/api/v1/survey/imports";
    const auto line = [&](const char* cell, const char* state) {
        const auto place = city.city.center(cell);
        return std::string(",04002,城管,城市管理局,") + state + "," + std::to_string(place.lon) + "," + std::to_string(place.lat) + "\n";
    };
    const std::string header = "管理部件标识码,小类代码,主管部门代码,主管部门名称,状态,经度,纬度\n";
    const auto begin = [&](const std::string& text, const char* name) {
        const auto import_id = format_uuid(city.city.new_id());
        const json::object body{{"import_id", import_id}, {"layer", "components"}, {"file_name", name}, {"bytes", static_cast<std::int64_t>(text.size())}};
        EXPECT_EQ(system.post(imports, body).status, 201);
        EXPECT_EQ(system.post(imports, body).text("state"), "uploading"); // sent again
        return imports + "/" + import_id;
    };
    const auto send = [&](const std::string& path, const std::string& bytes, std::size_t offset) {
        return system.send({.method = Method::put, .path = path + "/content?offset=" + std::to_string(offset), .body = bytes, .content_type = "application/octet-stream"});
    };
    const auto faulty = header + line("A1", "完好") + line("A2", "很好");
    const auto path = begin(faulty, "普查.csv");
    EXPECT_EQ(city.as("operator").get(path).code(), "forbidden");
    EXPECT_EQ(send(path, faulty.substr(10), 10).code(), "survey_offset");
    EXPECT_EQ(send(path, faulty.substr(0, 10), 0).at("received").to_number<int>(), 10);
    EXPECT_EQ(send(path, faulty.substr(0, 10), 0).at("received").to_number<int>(), 10);
    EXPECT_EQ(send(path, faulty.substr(10) + "more", 10).code(), "survey_too_long");
    EXPECT_EQ(send(path, faulty.substr(10), 10).status, 200);
    const auto checked = settled(system, path);
    ASSERT_EQ(checked.text("state"), "waiting") << checked.body;
    EXPECT_EQ(checked.at("report").at("good_rows").to_number<int>(), 1);
    EXPECT_EQ(checked.at("report").at("faulty_rows").to_number<int>(), 1);
    EXPECT_EQ(checked.at("mapping").at("state").as_string(), "状态");
    const auto faults = system.get(path + "/faults?code=not_in_list&field=state");
    ASSERT_EQ(faults.at("items").as_array().size(), 1u) << faults.body;
    EXPECT_EQ(faults.at("items").at(0).at("row").to_number<int>(), 2);
    EXPECT_EQ(faults.at("items").at(0).at("value").as_string(), "很好");
    EXPECT_EQ(system.get(path + "/faults?cursor=x").code(), "bad_cursor");
    EXPECT_EQ(json::parse(system.get(path + "/faults.geojson").body).at("features").as_array().size(), 1u);
    EXPECT_NE(system.get(path + "/faults.csv").body.find("很好"), std::string::npos);
    const auto table = read_xlsx(system.get(path + "/faults.xlsx").body, "faults.xlsx");
    ASSERT_TRUE(table);
    EXPECT_EQ(table->rows.size(), 1u);
    EXPECT_EQ(system.post(path + "/publication", json::object{{"reason", "试验"}}).code(), "survey_has_faults");
    // Read otherwise it is well: the column that is wrong is left out, and then the field is missing.
    EXPECT_EQ(system.post(path + "/settings", json::object{{"mapping", json::object{{"state", "no such"}}}}).code(), "survey_column_unknown");
    EXPECT_EQ(system.post(path + "/settings", json::object{{"crs", "EPSG:4546"}}).status, 200);
    const auto other = settled(system, path);
    EXPECT_EQ(other.at("report").at("fitting_system").as_string(), "") << "two rows are too few to tell";
    EXPECT_EQ(system.post(path + "/discard", json::object{}).text("state"), "discarded");

    const auto well = header + line("A1", "完好") + line("A2", "破损");
    const auto good = begin(well, "普查2.csv");
    EXPECT_EQ(send(good, well, 0).status, 200);
    ASSERT_TRUE(settled(system, good).at("report").at("may_publish").as_bool()) << system.get(good).body;
    EXPECT_EQ(system.post(good + "/stop", json::object{}).code(), "survey_state");
    EXPECT_EQ(system.post(good + "/publication", json::object{{"reason", "第二批"}}).status, 202);
    const auto published = settled(system, good);
    ASSERT_EQ(published.text("state"), "published") << published.body;
    EXPECT_EQ(system.get("/api/v1/registry/layers/components/versions").at("items").at(0).at("kind").as_string(), "survey");
    EXPECT_EQ(system.get(imports + "?layer=components&limit=1").at("items").as_array().size(), 1u);

    // What cannot be read waits for a person, may be read again, and stopped at once when nobody has begun.
    const std::string nonsense = "{\"type\":\"FeatureCollection\",";
    const auto broken = begin(nonsense, "a.geojson");
    EXPECT_EQ(send(broken, nonsense, 0).status, 200);
    const auto failed = settled(system, broken);
    EXPECT_EQ(failed.text("state"), "failed");
    EXPECT_EQ(failed.at("problem").at("code").as_string(), "survey_file_broken");
    city.installation->survey->stop_jobs();
    EXPECT_EQ(system.post(broken + "/resume", json::object{}).text("state"), "converting");
    EXPECT_EQ(system.post(broken + "/stop", json::object{}).text("state"), "stopped");
    EXPECT_GT(system.get("/api/v1/survey/coordinate-systems").at("items").as_array().size(), 20u);
    for (const std::string format : {"gpkg", "geojson", "shp", "csv", "kml"}) EXPECT_EQ(system.get("/api/v1/registry/layers/components/export?format=" + format).status, 200) << format;
    EXPECT_EQ(system.get("/api/v1/registry/layers/nothing/export").code(), "layer_unknown");
}
