// The contract held against the server that runs: api/openapi.yaml, api/errors.csv, the routes.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <regex>
#include <thread>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "survey_answers.hpp"
#include "kit/http_kit.hpp"
#include "kit/receiver_kit.hpp"
#include "kit/photo_kit.hpp"

namespace http_contract_test {

using namespace chengge;
using http::Method;
using kit::Answer;

namespace {

// Every operation of the intake desk, answered once.
void answer_the_intake_desk(kit::HttpCity& city, const std::string& open, const std::string& closed) {
    auto& operator_ = city.as("operator");
    auto& leader = city.as("leader");
    const auto id = [&] { return format_uuid(city.city.new_id()); };
    EXPECT_EQ(operator_.get("/api/v1/hotline/settings").status, 200);
    EXPECT_EQ(operator_.get("/api/v1/hotline/pool?holder=free&limit=1").status, 200);
    EXPECT_EQ(operator_.put("/api/v1/hotline/claims/" + open, json::object{{"takes", true}}).status, 200);
    EXPECT_EQ(operator_.get("/api/v1/hotline/claims/" + open).status, 200);
    EXPECT_EQ(operator_.post("/api/v1/hotline/handovers", json::object{{"handover_id", id()}, {"to", format_uuid(city.city.viewer("operator2").person_id)}, {"words", "路口井盖请盯紧"}}).status, 201);
    EXPECT_EQ(leader.get("/api/v1/hotline/handovers").status, 200);
    EXPECT_EQ(leader.del("/api/v1/hotline/claims/" + open).status, 204);
    EXPECT_EQ(operator_.post("/api/v1/hotline/callers", json::object{{"phone", "138 0013 8000"}}).at("reports").as_array().size(), 1u);
    const auto article = id(), call = id(), phrase = id();
    EXPECT_EQ(leader.post("/api/v1/hotline/articles", json::object{{"article_id", article}, {"question", "垃圾几点收"}, {"answer", "早上六点到八点。"}, {"source", "环卫作业规范"}}).status, 201);
    EXPECT_EQ(leader.post("/api/v1/hotline/articles", json::object{{"article_id", article}, {"version", 1}, {"question", "垃圾几点收"}, {"answer", "早上六点到九点。"}}).status, 200);
    EXPECT_EQ(operator_.get("/api/v1/hotline/articles?q=垃圾").at("items").as_array().size(), 1u);
    EXPECT_EQ(operator_.post("/api/v1/hotline/calls", json::object{{"call_id", call}, {"phone", "13800138000"}, {"source", "hotline_12319"}, {"topic", "service"}, {"question", "垃圾几点收"}, {"answer", "早上六点到九点。"}, {"article_id", article}}).status, 201);
    EXPECT_EQ(operator_.get("/api/v1/hotline/calls?mine=true").at("items").as_array().size(), 1u);
    EXPECT_EQ(operator_.get("/api/v1/hotline/calls/" + call + "/contact").text("phone"), "13800138000");
    EXPECT_EQ(operator_.post("/api/v1/hotline/phrases", json::object{{"phrase_id", phrase}, {"words", "已电话告知。"}}).status, 201);
    EXPECT_GE(operator_.get("/api/v1/hotline/phrases").at("items").as_array().size(), 2u);
    EXPECT_EQ(operator_.del("/api/v1/hotline/phrases/" + phrase).status, 204);
    EXPECT_EQ(operator_.post("/api/v1/hotline/class-suggestions", json::object{{"words", "垃圾没人收"}}).status, 200);
    EXPECT_EQ(operator_.post("/api/v1/hotline/duplicates", json::object{{"lon", city.city.center("A2").lon}, {"lat", city.city.center("A2").lat}, {"coord_type", "cgcs2000"}, {"words", "垃圾"}}).status, 200);
    EXPECT_EQ(operator_.get("/api/v1/hotline/cases/" + closed + "/duplicates").status, 200);
    EXPECT_EQ(leader.put("/api/v1/hotline/rota", json::object{{"day", "2026-09-30"}, {"shift", "early"}, {"people", json::array{json::value(format_uuid(city.city.viewer("operator").person_id))}}}).status, 200);
    EXPECT_EQ(leader.get("/api/v1/hotline/rota?from=2026-09-30").at("items").as_array().size(), 1u);
    EXPECT_EQ(operator_.post("/api/v1/hotline/duty-log", json::object{{"entry_id", id()}, {"kind", "note"}, {"words", "值班正常"}}).status, 201);
    EXPECT_EQ(leader.get("/api/v1/hotline/duty-log").at("items").as_array().size(), 1u);
    EXPECT_EQ(leader.get("/api/v1/hotline/summary").status, 200);
    // Somebody asked for a call: after the closing one waits.
    auto asked = operator_.report_at("A3");
    asked["source"] = "hotline_12319";
    asked["contact"] = json::object{{"name", "李女士"}, {"phone", "13900139001"}, {"public", false}, {"call_back", true}};
    EXPECT_EQ(operator_.post("/api/v1/reports", asked).status, 201);
    city.close(std::string(asked["case_id"].as_string()));
    // On PostgreSQL the feed shows a step when no older transaction is open any more.
    auto waiting = operator_.get("/api/v1/hotline/call-backs?state=waiting");
    for (int i = 0; i < 100 && waiting.at("items").as_array().empty(); ++i) {
        city.installation->hotline->run_jobs_once();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        waiting = operator_.get("/api/v1/hotline/call-backs?state=waiting");
    }
    ASSERT_EQ(waiting.at("items").as_array().size(), 1u);
    EXPECT_EQ(operator_.post("/api/v1/hotline/call-backs/" + std::string(waiting.at("items").at(0).at("call_back_id").as_string()) + "/attempts", json::object{{"attempt_id", id()}, {"outcome", "satisfied"}, {"answers", json::object{{"done", "yes"}}}}).status, 200);
}

// Every operation of the inspectors and the contractors, answered once.
void answer_the_patrol(kit::HttpCity& city, const std::string& closed) {
    auto& evaluator = city.as("evaluator");
    auto& inspector = city.as("inspector2");
    const auto id = [&] { return format_uuid(city.city.new_id()); };
    const auto lot = id(), sample = id(), finding = id(), collector = format_uuid(city.city.viewer("collector").person_id);
    EXPECT_EQ(evaluator.get("/api/v1/patrol/settings").status, 200);
    const json::object body{{"lot_id", lot}, {"code", "BD1"}, {"name", "一标段"}, {"organisation", "contractor"}, {"valid_from", "2026-09-01"}, {"valid_to", "2027-08-31"}, {"regions", json::array{"440802"}},
                            {"promises", json::array{json::object{{"shift", "early"}, {"workday", 2}, {"restday", 1}}}}, {"month_fee_cents", 10'000'000}};
    EXPECT_EQ(evaluator.post("/api/v1/patrol/lots", body).status, 201);
    auto change = body;
    change["version"] = 1;
    EXPECT_EQ(evaluator.post("/api/v1/patrol/lots", change).status, 200);
    const auto path = "/api/v1/patrol/lots/" + lot;
    EXPECT_EQ(evaluator.put(path + "/collectors", json::object{{"person_id", collector}, {"from", "2026-09-01"}}).status, 200);
    EXPECT_EQ(evaluator.get("/api/v1/patrol/lots").at("items").as_array().size(), 1u);
    EXPECT_EQ(evaluator.get(path).status, 200);
    EXPECT_EQ(inspector.post(path + "/roll-calls", json::object{{"roll_call_id", id()}, {"day", "2026-09-28"}, {"shift", "early"}, {"people", json::array{json::value(collector)}}}).status, 201);
    EXPECT_EQ(evaluator.get(path + "/presence?month=2026-09").status, 200);
    EXPECT_EQ(inspector.post("/api/v1/patrol/samples", json::object{{"sample_id", sample}, {"from", "2026-09-01"}, {"to", "2026-09-30"}, {"size", 1}, {"lot_id", lot}}).status, 201);
    EXPECT_EQ(inspector.get("/api/v1/patrol/samples").status, 200);
    for (const std::string part : {"", "/check", "/population.csv"}) EXPECT_EQ(inspector.get("/api/v1/patrol/samples/" + sample + part).status, 200) << part;
    EXPECT_EQ(inspector.post("/api/v1/patrol/findings", json::object{{"finding_id", finding}, {"case_id", closed}, {"kind", "wrong_class"}, {"words", "应为建筑垃圾"}}).status, 201);
    for (const std::string part : {"?month=2026-09", "/table.csv", "/table.xlsx"}) EXPECT_EQ(inspector.get("/api/v1/patrol/findings" + part).status, 200) << part;
    EXPECT_EQ(inspector.get("/api/v1/patrol/findings/" + finding).status, 200);
    const json::object objection{{"words", "当时看是生活垃圾"}, {"media", json::array{json::value(city.as("collector").upload())}}};
    EXPECT_EQ(city.as("collector").post("/api/v1/patrol/findings/" + finding + "/objection", objection).status, 200);
    EXPECT_EQ(evaluator.post("/api/v1/patrol/findings/" + finding + "/decision", json::object{{"upholds", true}, {"words", "照片清楚，维持"}}).status, 200);
    EXPECT_EQ(evaluator.get("/api/v1/patrol/scores?month=2026-09").status, 200);
    EXPECT_EQ(city.as("collector").get("/api/v1/patrol/my-score").status, 200);
    EXPECT_EQ(evaluator.post("/api/v1/patrol/sheets", json::object{{"sheet_id", id()}, {"lot_id", lot}, {"month", "2026-08"}}).code(), "lot_unknown"); // not its contract yet
    city.city.clock.advance(20 * day_ms);
    city.forget_sessions();
    const auto sheet = city.as("evaluator").post("/api/v1/patrol/sheets", json::object{{"sheet_id", id()}, {"lot_id", lot}, {"month", "2026-09"}});
    ASSERT_EQ(sheet.status, 201) << sheet.body;
    const auto of_sheet = "/api/v1/patrol/sheets/" + sheet.text("sheet_id");
    EXPECT_EQ(city.as("leader").post(of_sheet + "/confirmation", json::object{{"version", sheet.at("version")}}).status, 200);
    EXPECT_EQ(city.as("leader").get("/api/v1/patrol/sheets").at("items").as_array().size(), 1u);
    for (const std::string part : {"", "/lines", "/table.csv", "/table.xlsx"}) EXPECT_EQ(city.as("leader").get(of_sheet + part).status, 200) << part;
}

// Where a text is and how a place is called.
void answer_the_addresses(kit::HttpCity& city) {
    auto& operator_ = city.as("operator");
    const auto middle = city.city.center("A1");
    const auto lon = std::to_string(middle.lon), lat = std::to_string(middle.lat);
    EXPECT_FALSE(operator_.get("/api/v1/addresses/suggestions?q=%E7%A4%BE%E5%8C%BA&near=" + lon + "," + lat).at("items").as_array().empty()); // 社区
    EXPECT_FALSE(operator_.get("/api/v1/addresses/forward?limit=3&q=%E7%A4%BE%E5%8C%BA101").at("items").as_array().empty()); // 社区101
    EXPECT_FALSE(operator_.get("/api/v1/addresses/reverse?lon=" + lon + "&lat=" + lat).text("text").empty());
    EXPECT_EQ(operator_.send({.method = Method::post, .path = "/api/v1/addresses/table.csv", .body = "lon,lat\n" + lon + "," + lat + "\n", .content_type = "text/csv"}).status, 200);
    EXPECT_EQ(operator_.get("/api/v1/addresses/suggestions").code(), "bad_query_value");
    EXPECT_EQ(operator_.get("/api/v1/addresses/forward?q=a&near=1").code(), "bad_query_value");
    EXPECT_EQ(operator_.get("/api/v1/addresses/reverse?lon=100&lat=10").code(), "outside_city");
    EXPECT_EQ(operator_.send({.method = Method::post, .path = "/api/v1/addresses/table.csv", .body = "a,b\n1\n", .content_type = "text/csv"}).code(), "bad_csv");
}

// Cells cut, looked at and done; cells proposed for a community.
void answer_the_shapes(kit::HttpCity& city) {
    auto& system = city.as("system_admin");
    const auto cell = city.city.cell_code("A1");
    const auto middle = city.city.center("A1");
    const json::array line{json::array{middle.lon, middle.lat - 1}, json::array{middle.lon + 0.00001, middle.lat + 1}};
    json::object act{{"act", "split"}, {"ids", json::array{json::value(cell)}}, {"lines", json::array{line}}};
    const auto seen = system.post("/api/v1/registry/layers/cells/shapes", act);
    EXPECT_EQ(seen.status, 200) << seen.body;
    EXPECT_EQ(seen.at("removed").as_array().size(), 1u);
    EXPECT_EQ(system.post("/api/v1/registry/layers/cells/division", json::object{{"community", cell.substr(0, 12)}}).status, 200);
    act["reason"] = "沿新路分开";
    const auto done = system.post("/api/v1/registry/layers/cells/shapes", act);
    EXPECT_EQ(done.status, 200) << done.body;
    EXPECT_EQ(done.at("removed").as_int64(), 1);
    EXPECT_EQ(system.post("/api/v1/registry/layers/cells/shapes", act).code(), "feature_unknown"); // it is no more
    EXPECT_EQ(system.post("/api/v1/registry/layers/cells/shapes", json::object{{"act", "bend"}}).code(), "bad_member");
    EXPECT_EQ(system.post("/api/v1/registry/layers/cells/shapes", json::object{{"act", "move_corner"}, {"corner", json::array{110, 21}}, {"moved_to", json::array{110, 21.1}}}).code(), "shapes_unfit");
    EXPECT_EQ(system.post("/api/v1/registry/layers/cells/division", json::object{{"community", "999999999999"}}).code(), "community_unknown");
    EXPECT_EQ(city.as("operator").post("/api/v1/registry/layers/cells/shapes", act).code(), "forbidden");
    json::object share{{"region", cell.substr(0, 12)}, {"areas", 2}};
    const auto shares = system.post("/api/v1/registry/layers/duty_areas/suggestion", share);
    EXPECT_EQ(shares.status, 200) << shares.body;
    EXPECT_EQ(shares.at("areas").as_array().size(), 2u);
    share["reason"] = "新增采集员";
    EXPECT_EQ(system.post("/api/v1/registry/layers/duty_areas/suggestion", share).status, 200);
    EXPECT_EQ(system.post("/api/v1/registry/layers/duty_areas/suggestion", json::object{{"region", "999999"}}).code(), "region_unknown");
    EXPECT_EQ(system.post("/api/v1/registry/layers/duty_areas/suggestion", json::object{{"region", cell.substr(0, 6)}, {"days", 0}}).code(), "bad_member");
}

// Who looks after a duty area: assigned, seen by the person, stood in for, ended; what has been stays.
void answer_the_duty(kit::HttpCity& city) {
    auto& system = city.as("system_admin");
    auto& collector = city.as("collector");
    const std::string path = "/api/v1/registry/duty/";
    const auto areas = system.get(path + "areas?day=2026-09-30");
    ASSERT_EQ(areas.at("items").as_array().size(), 2u) << areas.body;
    EXPECT_EQ(areas.at("uncovered").as_int64(), 2);
    const std::string area(areas.at("items").at(0).at("area_id").as_string());
    const auto me = format_uuid(city.city.viewer("collector").person_id), duty = format_uuid(city.city.new_id());
    json::object body{{"duty_id", duty}, {"area_id", area}, {"shift", "early"}, {"person_id", me}, {"from_day", "2026-09-28"}, {"words", "熟悉这一片"}};
    EXPECT_EQ(system.post(path + "assignments", body).status, 201);
    EXPECT_EQ(system.post(path + "assignments", body).status, 201); // sent again
    EXPECT_EQ(system.get(path + "assignments?area=" + area).at("items").as_array().size(), 1u);
    const auto refused = [&](const char* name, const json::value& value, std::string_view code) {
        auto other = body;
        other["duty_id"] = format_uuid(city.city.new_id());
        other[name] = value;
        EXPECT_EQ(system.post(path + "assignments", other).code(), code) << name;
    };
    refused("words", "再排一次", "duty_overlaps");
    refused("area_id", "ZRWG000", "feature_unknown");
    refused("shift", "noon", "shift_unknown");
    refused("person_id", json::value(format_uuid(city.city.new_id())), "person_unknown");
    refused("person_id", json::value(format_uuid(city.city.viewer("operator").person_id)), "duty_needs_collector");
    refused("to_day", "2026-09-27", "bad_dates");
    refused("from_day", "2026-9-28", "bad_dates");
    refused("role", "substitute", "duty_substitute_open");
    refused("role", "chief", "bad_member");
    auto taken = body;
    taken["shift"] = "late";
    EXPECT_EQ(system.post(path + "assignments", taken).code(), "duty_id_taken");
    taken["duty_id"] = format_uuid(city.city.new_id());
    taken["role"] = "substitute";
    taken["from_day"] = taken["to_day"] = "2026-09-30";
    EXPECT_EQ(system.post(path + "assignments", taken).status, 201);
    EXPECT_EQ(collector.post(path + "assignments", body).code(), "forbidden");
    EXPECT_EQ(collector.get(path + "areas").code(), "forbidden"); // who walks where is for those who lead
    const auto mine = collector.get(path + "mine?day=2026-09-30");
    ASSERT_EQ(mine.at("items").as_array().size(), 2u) << mine.body;
    EXPECT_FALSE(mine.at("items").at(0).at("cells").as_array().empty());
    EXPECT_EQ(mine.at("items").at(0).at("from").as_string(), "07:00");
    EXPECT_EQ(collector.get(path + "mine?day=2026-10-01").at("items").as_array().size(), 1u); // the substitute's day is over
    EXPECT_EQ(collector.get(path + "mine?day=2026-02-30").code(), "bad_dates");
    const auto seen = system.get(path + "areas?day=2026-09-30&limit=1");
    EXPECT_EQ(seen.at("uncovered").as_int64(), 1);
    EXPECT_TRUE(seen.at("items").at(0).at("uncovered").as_array().empty());
    EXPECT_EQ(system.get(path + "areas?day=2026-09-30&limit=1&cursor=" + seen.text("next_cursor")).at("items").as_array().size(), 1u);
    EXPECT_EQ(system.get(path + "areas?day=2026-09-30&uncovered=true&region=" + city.city.cell_code("A1").substr(0, 6)).at("items").as_array().size(), 1u);
    EXPECT_EQ(system.get(path + "areas?words=无此地").at("items").as_array().size(), 0u);
    // On paper: an area a row, a shift a column.
    const auto table = system.get(path + "areas.csv?day=2026-09-30").body;
    EXPECT_TRUE(table.starts_with("\xef\xbb\xbf责任网格,编号,单元网格数,早班 07:00–14:30,晚班 14:30–22:00\r\n")) << table;
    EXPECT_EQ(std::ranges::count(table, '\n'), 3) << table;
    EXPECT_NE(table.find("（顶班）"), std::string::npos) << table;
    EXPECT_NE(table.find("无人"), std::string::npos) << table;
    EXPECT_EQ(std::ranges::count(system.get(path + "areas.csv?day=2026-09-30&uncovered=true").body, '\n'), 2);
    EXPECT_EQ(system.get(path + "areas.csv?day=2026-9-1").code(), "bad_dates");
    EXPECT_TRUE(system.get(path + "areas.xlsx?day=2026-09-30").body.starts_with("PK"));
    EXPECT_EQ(collector.get(path + "areas.csv").code(), "forbidden");
    EXPECT_EQ(system.get(path + "areas?cursor=x").code(), "bad_cursor");
    // Ended: the last day is brought forward; what has been cannot be.
    const auto today = format_date(city_date(city.city.clock.now_ms()));
    EXPECT_EQ(system.post(path + "assignments/" + duty + "/end", json::object{{"last_day", "2020-01-01"}}).code(), "duty_past");
    const auto ended = system.post(path + "assignments/" + duty + "/end", json::object{{"last_day", today}, {"words", "调岗"}});
    EXPECT_EQ(ended.status, 200) << ended.body;
    EXPECT_EQ(ended.text("ended_words"), "调岗");
    EXPECT_EQ(system.post(path + "assignments/" + duty + "/end", json::object{{"last_day", "2099-01-01"}}).code(), "duty_ended");
    EXPECT_EQ(system.post(path + "assignments/" + format_uuid(city.city.new_id()) + "/end", json::object{{"last_day", today}}).code(), "duty_unknown");
    EXPECT_EQ(system.get(path + "assignments?person=" + me).at("items").as_array().size(), 2u);
}

// Every operation of the map and the open interfaces, answered once.
void answer_the_maps(kit::HttpCity& city) {
    auto& operator_ = city.as("operator");
    const auto layers = operator_.get("/api/v1/map/layers");
    EXPECT_EQ(layers.status, 200);
    const auto& cells = *std::ranges::find_if(layers.at("items").as_array(), [](const auto& layer) { return layer.at("id").as_string() == "cells"; });
    const auto version = std::to_string(cells.at("version").as_int64());
    const auto centre = city.city.center("A1");
    const auto tile = geo::tile_at(centre, 16);
    const auto place = std::to_string(tile.x) + "/" + std::to_string(tile.y);
    EXPECT_EQ(operator_.get("/api/v1/map/tiles/cells/" + version + "/16/" + place + ".mvt").status, 200);
    EXPECT_EQ(operator_.get("/api/v1/map/tiles/cells/" + version + "/16/0/0.mvt").status, 204);
    EXPECT_EQ(operator_.get("/api/v1/map/tiles/cells/tile.json").status, 200);
    EXPECT_EQ(operator_.get("/api/v1/map/style.json?theme=dark").status, 200);
    EXPECT_EQ(operator_.get("/api/v1/map/identify?zoom=17&lon=" + std::to_string(centre.lon) + "&lat=" + std::to_string(centre.lat)).status, 200);
    for (const std::string path : {"cases?bbox=110,21,111,22", "heat?bbox=110,21,111,22&zoom=14&days=7"}) EXPECT_EQ(operator_.get("/api/v1/map/" + path).status, 200) << path;
    kit::HttpReceiver provider;
    provider.send_headers({"Content-Type: image/png"});
    provider.answer({"200 \x89PNG\r\n\x1a\n picture"});
    maps::BaseMapSettings bases;
    bases.bases = {maps::BaseMap{.id = "vec", .label = {"天地图", "Tianditu"}, .url = provider.url("/{z}/{x}/{y}"), .subdomains = {}, .key = "", .attribution = "天地图"}};
    bases.private_networks = {"127.0.0.1"};
    city.installation->maps->base_maps().use(bases);
    EXPECT_EQ(operator_.get("/api/v1/map/bases").status, 200);
    EXPECT_EQ(operator_.get("/api/v1/map/bases/vec/3/1/2").status, 200);
    kit::RawSocket stream(city.server->port());
    stream.send("GET /api/v1/map/changes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + operator_.token() + "\r\n\r\n");
    EXPECT_TRUE(stream.read_until("text/event-stream"));
    city.answered["GET /api/v1/map/changes"].insert(200);
    const auto cell = city.city.cell_code("A1");
    for (const auto& path : std::vector<std::string>{"", "/conformance", "/api", "/collections", "/collections/cells", "/collections/cells/items", "/collections/cells/items/" + cell, "/collections/cells/tiles",
                                   "/collections/cells/tiles/WebMercatorQuad", "/tileMatrixSets", "/tileMatrixSets/WebMercatorQuad"})
        for (const std::string form : {"json", "html"}) EXPECT_EQ(operator_.get("/ogc" + path + "?f=" + form).status, 200) << path << form;
    EXPECT_EQ(operator_.get("/ogc/collections/cells/tiles/WebMercatorQuad/16/" + std::to_string(tile.y) + "/" + std::to_string(tile.x)).status, 200);
}

// Photographs of a component whose proposal was merged (one of them), and of one that a proposal began (none).
void answer_the_photos(kit::HttpCity& city, const std::string& path, const std::string& fresh) {
    auto& system = city.as("system_admin");
    auto& collector = city.as("collector");
    auto& department = city.as("dispatcher");
    const auto merged = system.get(path);
    ASSERT_EQ(merged.at("items").as_array().size(), 1u) << merged.body;
    EXPECT_EQ(merged.at("items").at(0).at("words").as_string(), "雨水箅子不见了");
    EXPECT_TRUE(merged.at("items").at(0).at("made_by").is_string());
    EXPECT_TRUE(merged.at("items").at(0).at("proposal_id").is_string());
    EXPECT_TRUE(department.get(path).at("items").at(0).at("made_by").is_null()); // who reports is not told to those who are reported
    EXPECT_EQ(system.get(fresh).at("total").as_int64(), 0);
    // By who keeps the registry: own photographs only, again is the same.
    city.city.clock.advance(minute_ms);
    const auto photo = system.upload();
    const json::object body{{"media", json::array{json::value(photo)}}, {"words", "更换后"}};
    EXPECT_EQ(system.post(path, body).status, 201);
    const auto added = system.post(path, body);
    EXPECT_EQ(added.at("total").as_int64(), 2) << added.body;
    EXPECT_EQ(added.at("items").at(0).at("media_id").as_string(), photo); // newest first
    EXPECT_EQ(collector.post(path, body).code(), "forbidden");
    EXPECT_EQ(system.post(path, json::object{{"media", json::array{json::value(collector.upload())}}}).code(), "media_unknown");
    EXPECT_EQ(system.post(path, json::object{{"media", json::array{}}}).code(), "bad_member");
    EXPECT_EQ(system.post("/api/v1/registry/layers/components/features/44080301031999999/photos", body).code(), "feature_unknown");
    const auto first = system.get(path + "?limit=1");
    const auto second = system.get(path + "?limit=1&cursor=" + first.text("next_cursor"));
    EXPECT_NE(first.at("items").at(0).at("media_id"), second.at("items").at(0).at("media_id"));
    EXPECT_TRUE(second.at("next_cursor").is_null());
    EXPECT_EQ(system.get(path + "?cursor=x").code(), "bad_cursor");
    EXPECT_EQ(department.get("/api/v1/media/" + photo + "/thumbnail").status, 200);
    // Out of sight, with a reason, for all but those who keep the registry; never deleted.
    const auto removal = path + "/" + photo + "/removal";
    EXPECT_EQ(system.post(removal, json::object{{"reason", " "}}).code(), "bad_member");
    EXPECT_EQ(department.post(removal, json::object{{"reason", "拍到车牌"}}).code(), "forbidden");
    const auto restoration = path + "/" + photo + "/restoration";
    EXPECT_EQ(system.post(restoration, json::object{{"reason", "误撤"}}).code(), "photo_shown");
    const auto removed = system.post(removal, json::object{{"reason", "拍到车牌"}});
    EXPECT_TRUE(removed.at("is_removed").as_bool()) << removed.body;
    EXPECT_EQ(removed.at("history").at(0).at("words").as_string(), "拍到车牌");
    EXPECT_EQ(system.post(removal, json::object{{"reason", "拍到车牌"}}).status, 200); // sent again
    EXPECT_EQ(system.post(removal, json::object{{"reason", "别的原因"}}).code(), "photo_removed");
    EXPECT_EQ(system.post(path + "/" + format_uuid(city.city.new_id()) + "/removal", json::object{{"reason", "无"}}).code(), "photo_not_of_feature");
    EXPECT_EQ(system.get(path).at("total").as_int64(), 1);
    EXPECT_EQ(system.get(path + "?removed=true").at("items").as_array().size(), 1u);
    EXPECT_EQ(department.get(path + "?removed=true").code(), "forbidden");
    EXPECT_EQ(department.get("/api/v1/media/" + photo + "/thumbnail").code(), "media_unknown");
    EXPECT_EQ(system.get("/api/v1/media/" + photo + "/thumbnail").status, 200);
    // Shown again with a reason by those who may remove; both facts stay, for them alone, and it can be removed once more.
    city.city.clock.advance(minute_ms);
    EXPECT_EQ(department.post(restoration, json::object{{"reason", "误撤"}}).code(), "forbidden");
    EXPECT_EQ(system.post(restoration, json::object{{"reason", ""}}).code(), "bad_member");
    EXPECT_EQ(system.post(path + "/" + format_uuid(city.city.new_id()) + "/restoration", json::object{{"reason", "误撤"}}).code(), "photo_not_of_feature");
    const auto restored = system.post(restoration, json::object{{"reason", "车牌已遮盖"}});
    EXPECT_FALSE(restored.at("is_removed").as_bool()) << restored.body;
    EXPECT_EQ(system.post(restoration, json::object{{"reason", "车牌已遮盖"}}).status, 200); // sent again
    EXPECT_EQ(system.post(restoration, json::object{{"reason", "别的原因"}}).code(), "photo_shown");
    const auto seen = system.get(path);
    EXPECT_EQ(seen.at("total").as_int64(), 2);
    EXPECT_EQ(seen.at("removed").as_int64(), 0);
    const auto history = seen.at("items").at(0).at("history").as_array();
    ASSERT_EQ(history.size(), 2u) << seen.body;
    EXPECT_EQ(history[0].at("act").as_string(), "removed");
    EXPECT_TRUE(history[0].at("by").is_string());
    EXPECT_EQ(history[1].at("act").as_string(), "restored");
    EXPECT_EQ(history[1].at("words").as_string(), "车牌已遮盖");
    EXPECT_LT(history[0].at("at").as_string(), history[1].at("at").as_string());
    EXPECT_TRUE(department.get(path).at("items").at(0).at("history").as_array().empty());
    EXPECT_EQ(department.get("/api/v1/media/" + photo + "/thumbnail").status, 200);
    EXPECT_EQ(system.post(removal, json::object{{"reason", "遮盖不全"}}).at("history").as_array().size(), 3u);
}

// Every operation of the registry, answered once: a component from its first edit to a proposal that was merged.
void answer_the_registry(kit::HttpCity& city) {
    auto& system = city.as("system_admin");
    const auto id = [&] { return format_uuid(city.city.new_id()); };
    const std::string path = "/api/v1/registry/layers/components";
    const auto point = [&](const char* cell) { return json::object{{"type", "Point"}, {"coordinates", json::array{city.city.center(cell).lon, city.city.center(cell).lat}}}; };
    const auto fields = [](const char* class_code) { return json::object{{"class_code", class_code}, {"competent_code", "sanitation-a"}, {"competent_name", "环卫所"}, {"state", "intact"}}; };
    EXPECT_EQ(system.get("/api/v1/registry/layers").at("items").as_array().size(), 19u);
    EXPECT_EQ(system.get(path).at("classes").as_array().size(), 153u);
    const json::object body{{"reason", "补录"}, {"puts", json::array{json::object{{"geometry", point("A1")}, {"attributes", fields("01004")}}, json::object{{"geometry", point("B1")}, {"attributes", fields("04002")}}}}};
    const auto made = system.post(path + "/changes", body);
    ASSERT_EQ(made.status, 200) << made.body;
    ASSERT_EQ(made.at("ids").as_array().size(), 2u);
    const std::string grate(made.at("ids").at(0).as_string());
    EXPECT_EQ(system.post(path + "/changes", json::object{{"reason", "移位"}, {"puts", json::array{json::object{{"id", grate}, {"geometry", point("A2")}}}}}).status, 200);
    const auto page = system.get(path + "/features/" + grate);
    EXPECT_EQ(page.at("attributes").at("cell_code").as_string(), city.city.cell_code("A2"));
    EXPECT_EQ(page.at("history").as_array().size(), 2u);
    EXPECT_EQ(page.at("states").as_array().size(), 1u);
    EXPECT_EQ(system.get(path + "/features?class=01&state=intact&order=-changed&limit=1&region=440802").at("total").as_int64(), 1);
    const auto first = system.get(path + "/features?limit=1");
    const auto second = system.get(path + "/features?limit=1&cursor=" + first.text("next_cursor"));
    EXPECT_NE(first.at("items").at(0).at("id"), second.at("items").at(0).at("id"));
    EXPECT_TRUE(second.at("next_cursor").is_null());
    EXPECT_TRUE(system.get(path + "/features.csv").body.starts_with("\xef\xbb\xbf管理部件标识码"));
    EXPECT_EQ(system.get(path + "/features.xlsx?words=%E8%A1%8C%E9%81%93").status, 200);
    EXPECT_EQ(system.post(path + "/bulk-edit?class=04", json::object{{"reason", "批量"}, {"field", "note"}, {"value", "移交"}, {"expected", 1}}).status, 200);
    EXPECT_EQ(system.post(path + "/bulk-edit", json::object{{"reason", "批量"}, {"field", "cell_code"}, {"value", "x"}}).code(), "field_not_editable");
    EXPECT_EQ(system.get(path + "/versions?limit=2").at("next_cursor").as_string().empty(), false);
    EXPECT_TRUE(system.get(path + "/difference?from=1&to=2").at("items").at(0).at("is_moved").as_bool());
    EXPECT_EQ(system.post(path + "/codes", json::object{{"county", "440891"}, {"class_code", "01004"}, {"count", 2}}).at("codes").as_array().size(), 2u);
    const json::object wanted{{"import_id", id()}, {"version", 1}, {"reason", "撤销移位"}};
    EXPECT_EQ(system.post(path + "/restore", wanted).status, 202);
    EXPECT_EQ(system.post(path + "/restore", wanted).at("restores").to_number<int>(), 1); // sent again
    const auto work = "/api/v1/survey/imports/" + std::string(wanted.at("import_id").as_string());
    for (int i = 0; i < 200 && system.get(work).text("state") == "publishing"; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(system.get(work).text("state"), "published") << system.get(work).body;
    EXPECT_EQ(system.get(path + "/versions?limit=1").at("items").at(0).at("kind").as_string(), "restore");
    EXPECT_EQ(system.get(path + "/features/" + grate).at("attributes").at("cell_code").as_string(), city.city.cell_code("A1"));
    // The street says it is gone; a reviewer agrees.
    auto& collector = city.as("collector");
    const auto proposal = id(), other = id();
    const json::object said{{"proposal_id", proposal}, {"layer", "components"}, {"kind", "missing"}, {"feature_id", grate}, {"words", "雨水箅子不见了"}, {"media", json::array{json::value(collector.upload())}}};
    EXPECT_EQ(collector.post("/api/v1/registry/proposals", said).status, 201);
    EXPECT_EQ(collector.post("/api/v1/registry/proposals", said).status, 201); // sent again
    EXPECT_EQ(collector.get("/api/v1/registry/proposals?mine=true&state=open").at("items").as_array().size(), 1u);
    EXPECT_EQ(collector.put("/api/v1/registry/proposals/" + proposal + "/decision", json::object{{"agrees", true}}).code(), "forbidden");
    EXPECT_EQ(collector.post(path + "/changes", body).code(), "forbidden");
    const json::object fresh{{"proposal_id", other}, {"layer", "components"}, {"kind", "new"}, {"words", "新装垃圾箱"}, {"feature", json::object{{"geometry", point("A3")}, {"attributes", json::object{{"class_code", "03005"}}}}}};
    EXPECT_EQ(collector.post("/api/v1/registry/proposals", fresh).status, 201);
    EXPECT_EQ(system.get("/api/v1/registry/proposals/" + proposal).at("now").at("attributes").at("state").as_string(), "intact");
    const auto merged = system.put("/api/v1/registry/proposals/" + proposal + "/decision", json::object{{"agrees", true}, {"words", "属实"}});
    EXPECT_EQ(merged.text("state"), "merged") << merged.body;
    EXPECT_EQ(merged.at("now").at("attributes").at("state").as_string(), "missing");
    EXPECT_EQ(system.put("/api/v1/registry/proposals/" + proposal + "/decision", json::object{{"agrees", true}}).code(), "proposal_decided");
    EXPECT_EQ(system.put("/api/v1/registry/proposals/" + other + "/decision", json::object{{"agrees", true}}).code(), "bad_feature"); // nobody said who answers for it
    const auto edited = system.put("/api/v1/registry/proposals/" + other + "/decision", json::object{{"agrees", true}, {"feature", json::object{{"attributes", fields("03005")}}}});
    EXPECT_EQ(edited.text("state"), "merged") << edited.body;
    EXPECT_TRUE(edited.at("feature_id").is_string()) << edited.body; // what was new has got its code
    const auto wrong = id();
    EXPECT_EQ(collector.post("/api/v1/registry/proposals", json::object{{"proposal_id", wrong}, {"layer", "components"}, {"kind", "wrong"}, {"feature_id", grate}, {"words", "名称不对"}, {"feature", json::object{{"attributes", json::object{{"material", "铸铁"}}}}}}).status, 201);
    EXPECT_EQ(system.put("/api/v1/registry/proposals/" + wrong + "/decision", json::object{{"agrees", false}}).code(), "needs_reasons");
    EXPECT_EQ(system.put("/api/v1/registry/proposals/" + wrong + "/decision", json::object{{"agrees", false}, {"words", "现场为复合材料"}}).text("state"), "refused");
    EXPECT_EQ(system.get(path + "/features/" + grate).at("states").as_array().size(), 2u);
    answer_the_photos(city, path + "/features/" + grate + "/photos", path + "/features/" + std::string(edited.at("feature_id").as_string()) + "/photos");
    EXPECT_EQ(city.as("operator").get("/api/v1/cases?asset_id=" + grate).at("items").as_array().size(), 0u);
    EXPECT_EQ(system.get("/api/v1/registry/layers/nowhere").code(), "layer_unknown");
    EXPECT_EQ(system.post(path + "/changes", json::object{{"reason", "试验"}, {"puts", json::array{json::object{{"geometry", point("A1")}, {"attributes", json::object{{"colour", 1}}}}}}}).code(), "bad_member");
}

// Units reorganised and an emergency, answered once; whoever is merged away stays out of the way of the rest.
void answer_decisions(kit::HttpCity& city) {
    auto& system = city.as("system_admin");
    auto& commander = city.as("commander");
    const auto id = [&] { return format_uuid(city.city.new_id()); };
    const json::object plan{{"reorganisation_id", id()}, {"kind", "merge"}, {"day", format_date(city_date(city.city.clock.now_ms()))}, {"reason", "机构改革"}, {"document", "编办〔2026〕1号"},
                            {"units", json::array{"sanitation-b"}}, {"target", json::object{{"code", "sanitation-a"}}}};
    EXPECT_EQ(system.post("/api/v1/reorganisations/preview", plan).at("people").at("count").to_number<int>(), 1);
    EXPECT_EQ(system.post("/api/v1/reorganisations", plan).status, 201);
    auto later = plan;
    later["reorganisation_id"] = id();
    later["kind"] = "rename";
    later["day"] = "2026-11-01";
    later["units"] = json::array{"power"};
    later["target"] = json::object{{"name", "供电公司"}, {"short_name", "供电"}};
    const auto waiting = system.post("/api/v1/reorganisations", later);
    ASSERT_EQ(waiting.status, 201) << waiting.body;
    EXPECT_EQ(system.get("/api/v1/reorganisations/" + waiting.text("decision_id")).text("state"), "waiting");
    EXPECT_EQ(system.del("/api/v1/reorganisations/" + waiting.text("decision_id")).status, 204);
    city.installation->cases->decisions().run_job_once();
    EXPECT_EQ(system.get("/api/v1/reorganisations").at("items").as_array().size(), 2u);
    EXPECT_TRUE(system.get("/api/v1/reorganisations.csv").body.starts_with("\xef\xbb\xbf"));

    const auto mode = id();
    EXPECT_EQ(commander.get("/api/v1/emergency/settings").status, 200);
    EXPECT_EQ(commander.post("/api/v1/emergency/modes", json::object{{"mode_id", mode}, {"name", "台风“海神”防御"}, {"words", "市三防办通知"}, {"stages", json::array{"handle", "check"}}, {"regions", json::array{"440802"}}, {"classes", json::array{"2026/event/06"}}}).status, 201);
    city.installation->cases->decisions().run_job_once();
    EXPECT_EQ(commander.get("/api/v1/emergency/modes").at("items").as_array().size(), 1u);
    EXPECT_TRUE(commander.get("/api/v1/emergency/modes/" + mode).at("is_on").as_bool());
    const auto touched = commander.get("/api/v1/emergency/modes/" + mode + "/cases");
    ASSERT_GE(touched.at("items").as_array().size(), 1u);
    EXPECT_TRUE(touched.at("items").at(0).at("is_held").as_bool());
    const std::string held(touched.at("items").at(0).at("case_id").as_string());
    EXPECT_EQ(commander.get("/api/v1/cases/" + held).at("hold").at("stages").as_array().size(), 2u);
    EXPECT_EQ(commander.get("/api/v1/emergency/modes/" + mode + "/cases.csv").status, 200);
    auto drain = city.as("collector").report_at("A1");
    drain["kind"] = "component";
    drain["class_code"] = "01004";
    EXPECT_EQ(city.as("collector").post("/api/v1/reports", drain).status, 201);
    EXPECT_EQ(commander.get("/api/v1/emergency/priority?mode=" + mode + "&group=1").at("items").as_array().size(), 1u);
    EXPECT_EQ(commander.get("/api/v1/emergency/priority.csv").status, 200);
    const auto entry = id();
    EXPECT_EQ(city.as("collector").post("/api/v1/emergency/damage", json::object{{"entry_id", entry}, {"mode_id", mode}, {"kind", "tree"}, {"lon", city.city.center("A1").lon}, {"lat", city.city.center("A1").lat}, {"coord_type", "cgcs2000"},
                                                                                 {"address", "人民大道"}, {"amount", 3}, {"estimate_yuan", 4500}, {"media", json::array{json::value(city.as("collector").upload())}}, {"note", "堵住半幅路"}}).status, 201);
    EXPECT_EQ(commander.get("/api/v1/emergency/damage?kind=tree").at("items").as_array().size(), 1u);
    EXPECT_EQ(commander.get("/api/v1/emergency/damage-totals").at("estimate_yuan").to_number<int>(), 4500);
    EXPECT_TRUE(commander.get("/api/v1/emergency/damage.csv").body.starts_with("\xef\xbb\xbf灾损类型"));
    EXPECT_EQ(city.as("collector").put("/api/v1/emergency/damage/" + entry + "/strike", json::object{{"words", "重复登记"}}).status, 200);
    EXPECT_EQ(commander.post("/api/v1/emergency/modes/" + mode + "/end", json::object{{"words", "解除防风"}}).status, 200);
    city.installation->cases->decisions().run_job_once();
    EXPECT_EQ(city.as("evaluator").post("/api/v1/emergency/modes/" + mode + "/exclusion", json::object{{"exclusion_id", id()}, {"reason", "台风期间"}}).status, 201);
    EXPECT_EQ(commander.put("/api/v1/emergency/modes/" + mode + "/exclusion", json::object{{"agrees", true}}).status, 200);
    city.installation->cases->decisions().run_job_once();
    EXPECT_FALSE(commander.get("/api/v1/cases/" + held).at("excluded_by").is_null());
}

class HttpContract : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};
};

// Every file below a folder of the sources, with its text.
std::vector<std::pair<std::string, std::string>> sources() {
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(CHENGGE_SOURCE "/src"))
        if (entry.path().extension() == ".cpp" || entry.path().extension() == ".hpp") files.emplace_back(entry.path().string(), *load_file(entry.path().string()));
    return files;
}

struct Refusal {
    std::string file, code, arguments;
};

// Every place that makes a refusal with a literal code: fail("…"), Error{"…"}, problem(request, "…").
std::vector<Refusal> refusals() {
    std::vector<Refusal> found;
    const std::regex made(R"re((?:\bfail|\bError|\bproblem|refuse_until|answer)\s*[({]\s*(?:request,\s*)?\{?\s*"([a-z][a-z0-9_]+)")re");
    for (const auto& [file, text] : sources())
        for (auto match = std::sregex_iterator(text.begin(), text.end(), made); match != std::sregex_iterator(); ++match) {
            const auto begin = static_cast<std::size_t>(match->position());
            found.push_back({file, (*match)[1], text.substr(begin, text.find(';', begin) - begin)});
        }
    return found;
}

// What one is told of and the record of it; the gateway of messages is not there.
void answer_the_notices(kit::HttpCity& city, const std::string& id) {
    auto& leader = city.as("leader");
    for (const std::string path : {"", "?unread=true&limit=1", "/unread", "/preferences", "/outbox?channel=in_app", "/channels", "/templates"}) EXPECT_EQ(leader.get("/api/v1/notices" + path).status, 200) << path;
    EXPECT_EQ(leader.get("/api/v1/notices/templates/reporter-closed/preview?case=" + id).status, 200);
    EXPECT_TRUE(leader.get("/api/v1/notices/outbox.csv").body.starts_with("\xef\xbb\xbf生成时间"));
    EXPECT_EQ(leader.post("/api/v1/notices/read", json::object{{"all", true}}).at("unread").to_number<int>(), 0);
    EXPECT_EQ(leader.put("/api/v1/notices/preferences", json::object{{"email", true}, {"sms", false}, {"language", "zh"}, {"email_address", "zhang@example.gov.cn"}}).status, 200);
    notices::ChannelSettings channels;
    channels.sms.url = "http://127.0.0.1:1/";
    city.installation->notices->use_channels(channels);
    auto body = city.as("operator").report_at("A3");
    body["source"] = "hotline_12345";
    body["contact"] = json::object{{"name", "陈先生"}, {"phone", "13800138000"}};
    ASSERT_EQ(city.as("operator").post("/api/v1/reports", body).status, 201);
    ASSERT_EQ(city.as("operator").act(std::string(body["case_id"].as_string()), "accept").status, 200);
    bool is_dropped = false;
    for (int i = 0; i < 200 && !is_dropped; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        const auto record = leader.get("/api/v1/notices/outbox?channel=sms");
        for (const auto& one : record.at("items").as_array())
            is_dropped = is_dropped || leader.post("/api/v1/notices/outbox/" + std::string(one.at("notice_id").as_string()) + "/decisions", json::object{{"decision", "drop"}}).status == 200;
    }
    EXPECT_TRUE(is_dropped);
}

} // namespace

TEST_P(HttpContract, EveryOperationAnswersAsPromised) {
    auto& stranger = city.stranger();
    EXPECT_EQ(stranger.get("/healthz").body, "ok\n");
    EXPECT_NE(stranger.get("/metrics").body.find("\nchengge_up 1\n"), std::string::npos);
    EXPECT_EQ(stranger.get("/api/openapi.json").json, *platform::load_contract(CHENGGE_SOURCE "/api/openapi.yaml"));
    EXPECT_EQ(stranger.get("/api/v1/demo").text("city_name"), "小城");

    // The straight path; on the way every reading of a case.
    const auto id = city.closed_case();
    for (const std::string who : {"operator", "leader", "dispatcher", "district_a", "a_sanitation", "a_crew", "inspector", "collector", "commander", "evaluator"}) {
        auto& client = city.as(who);
        const auto seen = client.get("/api/v1/cases/" + id);
        ASSERT_EQ(seen.status, 200) << who;
        EXPECT_EQ(seen.text("state"), "closed");
        EXPECT_EQ(client.get("/api/v1/cases/" + seen.text("case_no")).text("case_id"), id);
        EXPECT_EQ(client.get("/api/v1/cases").at("items").as_array().size(), 1u) << who;
        EXPECT_EQ(client.get("/api/v1/cases/" + id + "?lang=en").status, 200);
    }

    // A citizen's case with a contact, half-way, for inbox, receivers, contact, requests.
    auto body = city.as("operator").report_at("A2");
    body["source"] = "hotline_12345";
    body["contact"] = json::object{{"name", "陈先生"}, {"phone", "13800138000"}, {"public", false}, {"call_back", true}};
    body["address"] = "人民大道 12 号";
    body["observed_at"] = "2026-09-29T08:50:00+08:00";
    ASSERT_EQ(city.as("operator").post("/api/v1/reports", body).status, 201);
    EXPECT_EQ(city.as("operator").post("/api/v1/reports", body).status, 200);
    const std::string open(body["case_id"].as_string());
    EXPECT_EQ(city.as("operator").get("/api/v1/cases/" + open + "/contact").text("phone"), "13800138000");
    ASSERT_EQ(city.as("operator").act(open, "accept").status, 200);
    EXPECT_GE(city.as("leader").get("/api/v1/inbox").at("items").as_array().size(), 1u);
    EXPECT_EQ(city.as("leader").get("/api/v1/inbox?light=green&limit=1").status, 200);
    ASSERT_EQ(city.as("leader").act(open, "file_case").status, 200);
    EXPECT_GE(city.as("dispatcher").get("/api/v1/cases/" + open + "/receivers?action=dispatch").at("items").as_array().size(), 2u);
    ASSERT_EQ(city.as("dispatcher").act(open, "dispatch").status, 200);
    ASSERT_EQ(city.as("district_a").act(open, "dispatch").status, 200);
    ASSERT_EQ(city.as("a_sanitation").act(open, "sign").status, 200);
    // More time is asked for; the ledger of it, and who acts for whom.
    ASSERT_EQ(city.as("a_sanitation").act(open, "ask_extension").status, 200);
    EXPECT_GE(city.as("leader").get("/api/v1/ledgers").at("items").as_array().size(), 1u);
    EXPECT_EQ(city.as("leader").get("/api/v1/ledgers/extension").at("items").as_array().size(), 1u);
    EXPECT_TRUE(city.as("leader").get("/api/v1/ledgers/extension/table.csv").body.starts_with("\xef\xbb\xbf"));
    const auto delegates = city.as("leader").get("/api/v1/delegates");
    ASSERT_FALSE(delegates.at("items").as_array().empty());
    const auto given = city.as("leader").post("/api/v1/delegations", json::object{{"to_person", delegates.at("items").at(0).at("person")}, {"from", "2026-09-30T08:00:00+08:00"},
                                                                                   {"to", "2026-10-02T18:00:00+08:00"}, {"reason", "外出开会"}});
    ASSERT_EQ(given.status, 201) << given.body;
    EXPECT_EQ(city.as("leader").get("/api/v1/delegations").at("items").as_array().size(), 1u);
    EXPECT_EQ(city.as("leader").del("/api/v1/delegations/" + given.text("delegation_id")).status, 204);
    // A report without a class gets it at acceptance.
    auto unclassed = city.as("citizen").report_at("N1");
    for (const auto* name : {"kind", "class_code"}) unclassed.erase(name);
    unclassed["source"] = "citizen_app";
    ASSERT_EQ(city.as("citizen").post("/api/v1/reports", unclassed).status, 201);
    const std::string plain(unclassed["case_id"].as_string());
    EXPECT_EQ(city.as("operator").act(plain, "accept").code(), "needs_class");
    EXPECT_EQ(city.as("operator").act(plain, "accept", [](json::object& step) { step["kind"] = "event", step["class_code"] = "06010"; }).status, 200);
    for (const auto& path : {"/api/v1/cases?q=垃圾", "/api/v1/cases?order=deadline&open=true", "/api/v1/cases?state=closed&kind=event", "/api/v1/cases?bbox=110,21,111,22",
                             "/api/v1/cases?region=440802&overdue=true", "/api/v1/cases?mine=true&limit=1", "/api/v1/cases?organisation=sanitation-a&from=2026-09-01"})
        EXPECT_EQ(city.as("operator").get(path).status, 200) << path;
    EXPECT_TRUE(city.as("operator").get("/api/v1/cases.csv").body.starts_with("\xef\xbb\xbf案卷号"));

    // The proof of a case, for who may hand it out.
    EXPECT_TRUE(city.as("leader").get("/api/v1/cases/" + open + "/evidence").body.starts_with("PK"));
    EXPECT_EQ(city.as("leader").get("/api/v1/cases/" + open + "/evidence?contact=no").status, 200);
    EXPECT_EQ(city.as("operator").get("/api/v1/cases/" + open + "/evidence").status, 403);

    // Photos in both forms and all sizes.
    const auto photo = kit::make_photo({.is_png = true});
    const auto media = city.as("collector").send({.method = Method::post, .path = "/api/v1/media", .body = photo, .content_type = "image/png",
                                                   .headers = {{"X-Media-Id", format_uuid(city.city.new_id())}}});
    ASSERT_EQ(media.status, 201);
    for (const std::string size : {"thumbnail", "large", "original"}) EXPECT_EQ(city.as("collector").get("/api/v1/media/" + media.text("media_id") + "/" + size).status, 200);
    const std::string form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + kit::make_photo({.seed = 9}) + "\r\n--x--\r\n";
    EXPECT_EQ(city.as("collector").send({.method = Method::post, .path = "/api/v1/media", .body = form, .content_type = "multipart/form-data; boundary=x"}).status, 201);

    // Rules, map, directory.
    for (const auto& path : {"/api/v1/rules/classes?kind=event&q=垃圾", "/api/v1/rules/classes?edition=2013", "/api/v1/rules/filing-rows?kind=event&class_code=06010", "/api/v1/rules/labels", "/api/v1/rules/simple-procedure",
                             "/api/v1/regions", "/api/v1/regions?outline=true", "/api/v1/grid/locate?lon=110.3605&lat=21.2695", "/api/v1/grid/cells?bbox=110.3,21.2,110.4,21.3",
                             "/api/v1/map/features?layers=road,water", "/api/v1/organisations", "/api/v1/people?q=人员&limit=2", "/api/v1/me", "/api/v1/sessions"})
        EXPECT_EQ(city.as("operator").get(path).status, 200) << path;
    EXPECT_EQ(city.as("operator").get("/api/v1/grid/cells/" + city.city.cell_code("A1")).status, 200);

    // Administrators, accounts, sessions.
    city.set_up();
    auto& system = city.as("system_admin");
    EXPECT_EQ(system.post("/api/v1/organisations", json::object{{"code", "greening"}, {"name", "园林局"}, {"kind", "department"}, {"parent_code", "city-command"}}).status, 201);
    const auto added = system.post("/api/v1/people", json::object{{"login", "lin"}, {"name", "林工"}, {"phone", "13900139000"}, {"organisation_code", "greening"},
                                                                  {"roles", json::array{"department_manager"}}});
    ASSERT_EQ(added.status, 201);
    const std::string lin(added.at("person").at("person_id").as_string());
    EXPECT_EQ(system.put("/api/v1/people/" + lin, json::object{{"name", "林工程师"}}).text("name"), "林工程师");
    const auto reset = city.as("security_admin").post("/api/v1/people/" + lin + "/password-reset", json::object{});
    auto person = city.sign_in("lin", reset.text("first_password"));
    EXPECT_EQ(person.get("/api/v1/cases").code(), "password_must_change");
    EXPECT_EQ(person.put("/api/v1/me/password", json::object{{"old_password", reset.text("first_password")}, {"new_password", "gong-yuan-lu-88"}}).status, 204);
    EXPECT_EQ(person.get("/api/v1/people/" + lin + "/phone").text("phone"), "13900139000");
    auto second = city.sign_in("lin", "gong-yuan-lu-88");
    const auto sessions = person.get("/api/v1/sessions");
    for (const auto& session : sessions.at("items").as_array())
        if (!session.at("is_current").as_bool()) {
            EXPECT_EQ(person.del("/api/v1/sessions/" + std::string(session.at("session_id").as_string())).status, 204);
        }
    EXPECT_EQ(second.get("/api/v1/me").code(), "unauthorized");
    EXPECT_EQ(person.del("/api/v1/sessions/current").status, 204);
    EXPECT_GE(city.as("audit_admin").get("/api/v1/access-log?limit=100").at("items").as_array().size(), 5u);

    // The responsibility list and what is dispatched by it.
    const json::object row{{"place_kind", "city"}, {"trade", "sanitation"}, {"competent", "sanitation"}};
    const auto listed = system.post("/api/v1/responsibility/rows", row);
    ASSERT_EQ(listed.status, 201);
    auto change = row;
    change["version"] = 1;
    change["note"] = "全市兜底";
    EXPECT_EQ(system.put("/api/v1/responsibility/rows/" + listed.text("code"), change).status, 200);
    for (const std::string path : {"rows", "rows.csv", "rows.xlsx", "features", "coverage", "roads", "switches", "answer?lon=110.3605&lat=21.2695&class_code=06010"})
        EXPECT_EQ(system.get("/api/v1/responsibility/" + path).status, 200) << path;
    EXPECT_EQ(system.get("/api/v1/responsibility/rows/" + listed.text("code")).status, 200);
    EXPECT_EQ(system.send({.method = Method::post, .path = "/api/v1/responsibility/import?check=yes", .body = system.get("/api/v1/responsibility/rows.xlsx").body, .content_type = "application/octet-stream"}).status, 200);
    EXPECT_EQ(system.put("/api/v1/responsibility/switches", json::object{{"edition", "2026"}, {"kind", "event"}, {"class_code", "06010"}, {"is_on", false}}).status, 204);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/dispatch/returns").status, 200);
    EXPECT_EQ(city.as("dispatcher").get("/api/v1/dispatch/automatic").status, 200);
    const json::object remark{{"step_id", format_uuid(city.city.new_id())}, {"action", "comment"}, {"version", 1}, {"opinion", "批量加注"}};
    EXPECT_EQ(city.as("operator").post("/api/v1/steps", json::object{{"items", json::array{json::object{{"case_id", open}, {"step", remark}}}}}).status, 200);

    kit::EventListener listener(city, city.as("operator"));
    ASSERT_EQ(city.as("operator").act(open, "comment", [](json::object& step) { step["opinion"] = "已电话告知"; }).status, 200);
    EXPECT_TRUE(listener.wait_for(open));

    // Somebody whose account came from a file chooses a password by the link.
    const kit::ScratchFolder files;
    save_file(files.path() + "/people.csv", "login,name,phone,organisation_code,roles\nfrom.a.file,新来的,,sanitation,handler\n");
    const auto imported = city.installation->identity->import_people(files.path() + "/people.csv", {}, false);
    ASSERT_EQ(imported.links.size(), 1u);
    EXPECT_EQ(stranger.post("/api/v1/password-links", json::object{{"secret", imported.links[0].secret}, {"password", "Lake-and-shore-2026"}}).status, 204);

    answer_the_intake_desk(city, open, id);
    answer_the_notices(city, id);
    if (HasFatalFailure()) return;
    answer_the_patrol(city, id);
    if (HasFatalFailure()) return;
    answer_decisions(city);
    if (HasFatalFailure()) return;
    answer_the_registry(city);
    answer_the_maps(city);
    if (HasFatalFailure()) return;
    answer_the_addresses(city);
    answer_the_survey(city);
    if (HasFatalFailure()) return;
    answer_the_shapes(city);
    answer_the_duty(city);
    if (HasFatalFailure()) return;

    // Nothing of the contract was left out.
    for (const auto& operation : city.contract.operations()) {
        const auto& statuses = city.answered[operation.method + " " + operation.path];
        EXPECT_TRUE(std::any_of(statuses.begin(), statuses.end(), [](int status) { return status < 300; })) << operation.method << " " << operation.path << " was never answered well";
    }
}

TEST_P(HttpContract, WithoutASessionEveryGuardedOperationIsRefused) {
    for (const auto& operation : city.contract.operations()) {
        if (operation.is_open) continue;
        auto path = std::regex_replace(operation.path, std::regex("\\{[a-z_]+\\}"), "00000000-0000-7000-8000-000000000001");
        const std::map<std::string, Method> methods{{"GET", Method::get}, {"POST", Method::post}, {"PUT", Method::put}, {"DELETE", Method::del}};
        const auto answer = city.stranger().send({.method = methods.at(operation.method), .path = path, .body = operation.method == "GET" ? "" : "{}"});
        EXPECT_EQ(answer.status, 401) << operation.method << " " << operation.path;
        EXPECT_EQ(answer.code(), "unauthorized");
    }
}

TEST_P(HttpContract, RoutesAndOperationsAreTheSameList) {
    const std::map<Method, std::string> names{{Method::get, "GET"}, {Method::post, "POST"}, {Method::put, "PUT"}, {Method::del, "DELETE"}};
    std::set<std::string> routes, operations;
    for (const auto& entry : city.server->routes()) routes.insert(names.at(entry.method) + " " + entry.pattern);
    for (const auto& operation : city.contract.operations()) operations.insert(operation.method + " " + operation.path);
    EXPECT_EQ(routes, operations);
}

ON_BOTH_ENGINES(HttpContract);

TEST(Refusals, EachHasARowAndEachRowIsUsed) {
    const auto table = *load_csv(CHENGGE_SOURCE "/api/errors.csv");
    std::map<std::string, std::string> sentences;
    for (const auto& row : table.rows) sentences[row.fields[0]] = row.fields[2] + row.fields[3];
    const auto all = refusals();
    ASSERT_GT(all.size(), 150u);
    for (const auto& refusal : all) {
        if (refusal.code == "nothing_to_do") continue; // rolls a job's round back, never answered
        const auto found = sentences.find(refusal.code);
        EXPECT_NE(found, sentences.end()) << refusal.file << " refuses with " << refusal.code << ", which has no sentence";
        if (found == sentences.end()) continue;
        // What the sentence wants to say must stand beside the code.
        const std::regex placeholder("\\{([a-z_]+)\\}");
        for (auto name = std::sregex_iterator(found->second.begin(), found->second.end(), placeholder); name != std::sregex_iterator(); ++name)
            EXPECT_NE(refusal.arguments.find("\"" + std::string((*name)[1]) + "\""), std::string::npos)
                << refusal.file << ": nothing fills {" << (*name)[1] << "} of " << refusal.code << " in " << refusal.arguments;
    }
    std::string text;
    for (const auto& [file, content] : sources()) text += content;
    for (const auto& [code, sentence] : sentences) EXPECT_NE(text.find("\"" + code + "\""), std::string::npos) << code << " is a sentence that nobody says";
}

namespace {

// A comma in an unquoted text of a flow mapping makes a key without a value.
void expect_no_empty_keys(const json::value& value, const std::string& where) {
    if (value.is_array())
        for (const auto& item : value.get_array()) expect_no_empty_keys(item, where + "[]");
    if (value.is_object())
        for (const auto& member : value.get_object()) {
            EXPECT_FALSE(member.value().is_null()) << where << "." << std::string(member.key());
            expect_no_empty_keys(member.value(), where + "." + std::string(member.key()));
        }
}

} // namespace

TEST(ContractCheck, TheDocumentIsWhole) { expect_no_empty_keys(*platform::load_contract(CHENGGE_SOURCE "/api/openapi.yaml"), ""); }

TEST(ContractCheck, FindsWhatDiffers) {
    const kit::Contract contract(*platform::load_contract(CHENGGE_SOURCE "/api/openapi.yaml"));
    const auto answer = [](const char* body, int status = 200) {
        auto response = http::Response::text(body, status < 400 ? "application/json" : "application/problem+json");
        response.status = status;
        return response;
    };
    const auto check = [&](const char* body) { return contract.check_answer("GET", "/api/v1/people/00000000-0000-7000-8000-000000000001/phone", answer(body)); };
    EXPECT_TRUE(check(R"({"phone":"1"})").empty());
    EXPECT_EQ(check(R"({"phone":1})").size(), 1u);            // another type
    EXPECT_EQ(check(R"({})").size(), 1u);                     // lacks a member
    EXPECT_EQ(check(R"({"phone":"1","name":"x"})").size(), 1u); // says more than was promised
    EXPECT_EQ(check(R"({"phone":null})").size(), 1u);
    EXPECT_FALSE(contract.check_answer("GET", "/api/v1/me", answer(R"({"code":"x"})", 403)).empty());
    EXPECT_FALSE(contract.check_answer("GET", "/api/v1/nowhere", answer("{}")).empty());
    EXPECT_FALSE(contract.check_value("CaseSummary", json::object{{"light", "blue"}}).empty());
}

} // namespace http_contract_test
