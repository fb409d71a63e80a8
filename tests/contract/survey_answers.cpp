#include "survey_answers.hpp"

#include <functional>
#include <map>
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

// A door in the middle of a cell.
void put_door(kit::HttpCity& city, const std::string& name, const char* cell) {
    auto& registry = *city.installation->registry;
    const auto& layer = *registry.find_layer("addresses");
    registry::Feature door;
    door.geometry = city.city.center(cell);
    door.values.resize(layer.fields.size());
    for (const auto& [field, value] : std::initializer_list<std::pair<const char*, std::string>>{{"name", name}, {"category", "door"}, {"full_address", name}}) door.values[static_cast<std::size_t>(layer.field_index(field))] = value;
    const auto made = registry.change("addresses", {.puts = {std::move(door)}, .removed = {}}, {.person = std::nullopt, .reason = "普查"});
    ASSERT_TRUE(made) << made.error().code;
}

// Rows without coordinates: what geocoding is sure of is placed, marked and told; the rest is for a person.
void place_by_address(kit::HttpCity& city, const std::function<kit::Answer(const std::string&)>& import) {
    put_door(city, "试验路18号", "A1");
    put_door(city, "同名巷5号", "A2");
    put_door(city, "同名巷5号", "B1");
    for (int i = 0; i < 200 && (city.installation->addresses->geocode("试验路18号", {}).empty() || city.installation->addresses->geocode("同名巷5号", {}).size() < 2); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::string header = "小类代码,主管部门代码,主管部门名称,状态,数据来源,经度,纬度,位置\n", begin = "04002,城管,城市管理局,完好,实测,";
    const auto a2 = city.city.center("A2");
    const auto with_place = begin + std::to_string(a2.lon) + "," + std::to_string(a2.lat) + ",试验路18号\n"; // its coordinates count
    const auto first = import(header + begin + ",,试验路18号\n" + with_place + begin + ",,没有这个地方\n" + begin + ",,同名巷5号\n" + begin + ",,\n");
    const auto& report = first.at("report");
    EXPECT_EQ(report.at("located").at("rows").to_number<int>(), 1) << first.body;
    EXPECT_EQ(report.at("located").at("unsure").to_number<int>(), 2) << first.body;
    EXPECT_GE(report.at("located").at("least_score").to_number<double>(), 0.8);
    EXPECT_EQ(report.at("faulty_rows").to_number<int>(), 3) << first.body;
    std::map<std::string, int> counts;
    for (const auto& group : report.at("groups").as_array()) counts[std::string(group.at("code").as_string())] = group.at("count").to_number<int>();
    EXPECT_EQ(counts["located_by_address"], 1);
    EXPECT_EQ(counts["address_unsure"], 2);
    EXPECT_EQ(counts["no_geometry"], 1);
    const auto second = import(header + begin + ",,试验路18号\n" + with_place);
    ASSERT_TRUE(second.at("report").at("may_publish").as_bool()) << second.body;
    auto& system = city.as("system_admin");
    const auto path = "/api/v1/survey/imports/" + second.text("import_id");
    EXPECT_EQ(system.post(path + "/publication", json::object{{"reason", "按地址补录"}}).status, 202);
    ASSERT_EQ(settled(system, path).text("state"), "published");
    std::map<std::string, std::string> sources; // by cell
    const auto snapshot = city.installation->registry->snapshot("components");
    const auto& layer = snapshot->layer();
    for (std::size_t i = 0; i < snapshot->slots(); ++i)
        if (snapshot->is_there(i) && snapshot->text(i, layer.field_index("address")) == "试验路18号") sources[std::string(*snapshot->text(i, layer.field_index("cell_code")))] = *snapshot->text(i, layer.field_index("source"));
    EXPECT_EQ(sources, (std::map<std::string, std::string>{{city.city.cell_code("A1"), "address"}, {city.city.cell_code("A2"), "surveyed"}}));
}

// An older version as work: stopped before anybody has begun, resumed, done once although its worker died before it said so.
void bring_back(kit::HttpCity& city) {
    auto& system = city.as("system_admin");
    const std::string layer = "/api/v1/registry/layers/components";
    const auto newest = system.get(layer + "/versions?limit=1").at("items").at(0).at("version").to_number<std::int64_t>();
    const auto restore = [&](std::int64_t version, const std::string& id) { return system.post(layer + "/restore", json::object{{"import_id", id}, {"version", version}, {"reason", "退回"}}); };
    const auto id = format_uuid(city.city.new_id()), path = "/api/v1/survey/imports/" + id;
    EXPECT_EQ(restore(newest + 9, id).code(), "version_not_found");
    EXPECT_EQ(restore(newest, id).code(), "nothing_to_change");
    EXPECT_EQ(city.as("operator").post(layer + "/restore", json::object{{"import_id", id}, {"version", 1}, {"reason", "退回"}}).code(), "forbidden");
    EXPECT_EQ(restore(newest - 1, id).status, 202); // the jobs stand still
    EXPECT_EQ(restore(newest - 2, id).code(), "survey_id_taken");
    EXPECT_EQ(system.post(path + "/settings", json::object{{"crs", "EPSG:4546"}}).code(), "survey_state");
    EXPECT_EQ(system.post(path + "/stop", json::object{}).text("state"), "stopped");
    EXPECT_EQ(system.get(layer + "/versions?limit=1").at("items").at(0).at("version").to_number<std::int64_t>(), newest);
    EXPECT_EQ(system.post(path + "/resume", json::object{}).text("state"), "publishing");
    // As by a worker that died between the version and the word of it.
    const auto before = (*city.installation->registry->snapshot_at("components", newest - 1))->size();
    ASSERT_TRUE(city.installation->registry->restore("components", newest - 1, {.person = std::nullopt, .reason = "退回"}, {}));
    city.installation->survey->start_jobs();
    const auto done = settled(system, path);
    EXPECT_EQ(done.text("state"), "published") << done.body;
    EXPECT_EQ(done.at("version").to_number<std::int64_t>(), newest + 1);
    EXPECT_EQ(city.installation->registry->snapshot("components")->version(), newest + 1);
    EXPECT_EQ(city.installation->registry->snapshot("components")->size(), before);
    // And by the work alone, there and back again.
    const auto again = format_uuid(city.city.new_id());
    EXPECT_EQ(restore(newest, again).status, 202);
    EXPECT_EQ(settled(system, "/api/v1/survey/imports/" + again).at("version").to_number<std::int64_t>(), newest + 2);
    const auto discarded = format_uuid(city.city.new_id());
    city.installation->survey->stop_jobs();
    EXPECT_EQ(restore(newest, discarded).status, 202); // equal to what is in force: told when it is tried
    EXPECT_EQ(system.post("/api/v1/survey/imports/" + discarded + "/stop", json::object{}).text("state"), "stopped");
    EXPECT_EQ(system.post("/api/v1/survey/imports/" + discarded + "/discard", json::object{}).text("state"), "discarded");
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

    place_by_address(city, [&](const std::string& text) {
        const auto placed = begin(text, "无坐标.csv");
        EXPECT_EQ(send(placed, text, 0).status, 200);
        EXPECT_GT(settled(system, placed).at("report").at("blocking").to_number<int>(), 0) << "without a column of addresses they are faults";
        EXPECT_EQ(system.post(placed + "/settings", json::object{{"address_column", "没有这一列"}}).code(), "survey_column_unknown");
        EXPECT_EQ(system.post(placed + "/settings", json::object{{"address_column", "位置"}}).text("address_column"), "位置");
        return settled(system, placed);
    });

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
    bring_back(city);
    EXPECT_GT(system.get("/api/v1/survey/coordinate-systems").at("items").as_array().size(), 20u);
    for (const std::string format : {"gpkg", "geojson", "shp", "csv", "kml"}) EXPECT_EQ(system.get("/api/v1/registry/layers/components/export?format=" + format).status, 200) << format;
    EXPECT_EQ(system.get("/api/v1/registry/layers/nothing/export").code(), "layer_unknown");
}
