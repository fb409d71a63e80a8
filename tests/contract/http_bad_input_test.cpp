// What a server must survive: each bad request gets its status, a stable code and a clear Chinese
// sentence (HttpCity looks at every answer), and leaves nothing behind.
#include <chrono>
#include <filesystem>

#include "base/text.hpp"
#include "base/time.hpp"
#include "geo/coordinates.hpp"
#include "kit/http_kit.hpp"
#include "kit/photo_kit.hpp"
#include "storage/list_builder.hpp"

namespace http_bad_input_test {

using namespace chengge;
using http::Method;
using kit::Answer;
using kit::HttpClient;

namespace {

class HttpBadInput : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};

    Answer refused(const std::function<Answer()>& act, int status, const std::string& code) {
        auto before = city.stored();
        const auto answer = act();
        // The served city tells of its own work meanwhile (a case has its number): what the act itself had told it would tell again.
        if (auto after = city.stored(); after.at("feed_entries") != before.at("feed_entries")) {
            before.at("feed_entries") = after.at("feed_entries");
            EXPECT_EQ(after, before) << code;
            (void)act();
        }
        EXPECT_EQ(answer.status, status) << answer.body.substr(0, 300);
        EXPECT_EQ(answer.code(), code) << answer.body.substr(0, 300);
        EXPECT_EQ(city.stored(), before) << code;
        return answer;
    }
    Answer refused_report(const std::function<void(json::object&)>& edit, int status, const std::string& code) {
        auto body = city.as("collector").report_at("A1");
        edit(body);
        return refused([&] { return city.as("collector").post("/api/v1/reports", body); }, status, code);
    }
    Answer send_text(const std::string& who, const std::string& path, const std::string& text) {
        return city.as(who).send({.method = Method::post, .path = path, .body = text});
    }
    Answer send_photo(const std::string& bytes) {
        return city.as("collector").send({.method = Method::post, .path = "/api/v1/media", .body = bytes, .content_type = "image/jpeg"});
    }
    std::size_t count_files() const {
        std::size_t files = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(city.city.folder.path() + "/media")) files += entry.is_regular_file();
        return files;
    }
};

std::string four_bytes(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

// The PNG with other dimensions in its header, checksum and all.
std::string with_size(std::string png, std::uint32_t width, std::uint32_t height) {
    png.replace(16, 8, four_bytes(width) + four_bytes(height));
    std::uint32_t crc = 0xffffffff;
    for (const unsigned char byte : png.substr(12, 17)) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return png.replace(29, 4, four_bytes(~crc));
}

// Every way in which a member of an object of the contract can be of another type.
struct Variant {
    std::string what;
    json::object body;
};

void add_variants(const json::value& contract, const json::object& schema, const json::object& whole, const std::vector<std::string>& path, std::vector<Variant>& variants) {
    const json::value wrong[] = {7, true, "x", json::array{1}, json::object{{"a", 1}}};
    for (const auto& property : schema.at("properties").as_object()) {
        auto inner = property.value().as_object();
        if (const auto* reference = inner.if_contains("$ref")) {
            const auto text = std::string(reference->as_string());
            inner = contract.at("components").at("schemas").at(text.substr(text.rfind('/') + 1)).as_object();
        }
        const auto type = inner.at("type").as_string();
        for (const auto& value : wrong) {
            const bool fits = (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) || (type == "array" && value.is_array() && false) ||
                              (type == "object" && value.is_object()) || ((type == "number" || type == "integer") && value.is_int64());
            if (fits) continue;
            auto body = whole;
            json::object* at = &body;
            for (const auto& name : path) at = &(*at)[name].as_object();
            (*at)[property.key()] = value;
            variants.push_back({std::string(property.key()) + " = " + to_json_text(value), std::move(body)});
        }
        if (type == "object" && path.empty() && inner.contains("properties")) {
            auto deeper = whole;
            if (!deeper.contains(property.key())) deeper[property.key()] = json::object{};
            add_variants(contract, inner, deeper, {std::string(property.key())}, variants);
        }
    }
}

} // namespace

TEST_P(HttpBadInput, PlacesAndClassesThatAreNone) {
    refused_report([](json::object& body) { body["class_code"] = "99999"; }, 422, "class_unknown");
    refused_report([](json::object& body) { body["kind"] = "部件"; }, 422, "class_unknown");
    refused_report([](json::object& body) { body["filing_row"] = "没有"; }, 422, "filing_row_unknown");
    refused_report([](json::object& body) { body["lon"] = 110.20; }, 422, "outside_city");
    refused_report([](json::object& body) { body["coord_type"] = "北京54"; }, 422, "unknown_coord_type");
    refused_report([](json::object& body) { body["lon"] = 1e300; }, 422, "place_invalid");
    refused_report([](json::object& body) { body["lat"] = 91; }, 422, "place_invalid");
    refused_report([](json::object& body) { body["source"] = "电视"; }, 422, "source_unknown");
    refused_report([](json::object& body) { body["level"] = "天大"; }, 422, "level_unknown");
    // A phone's map coordinates sent as satellite ones lie half a kilometre off: said, not guessed.
    const auto shifted = geo::from_cgcs2000(city.city.center("A1"), geo::CoordType::gcj02);
    const auto suspect = refused_report([&](json::object& body) { body["lon"] = shifted.lon, body["lat"] = shifted.lat; }, 422, "datum_suspect");
    EXPECT_NE(suspect.detail().find("GCJ-02"), std::string::npos);
    const auto outside = refused([&] { return city.as("collector").get("/api/v1/grid/locate?lon=110.20&lat=21.27"); }, 422, "outside_city");
    EXPECT_GT(std::stod(outside.text("distance_m")), 10'000);
    for (const auto* query : {"lon=nan&lat=21", "lon=110", "lon=110,5&lat=21", "lon=1e999&lat=21"})
        refused([&] { return city.as("collector").get(std::string("/api/v1/grid/locate?") + query); }, 422, "bad_query_value");
}

TEST_P(HttpBadInput, TextThatIsNoJson) {
    auto& collector = city.as("collector");
    const auto good = to_json_text(collector.report_at("A1"));
    const auto with = [&](const std::string& from, const std::string& to) {
        auto text = good;
        return text.replace(text.find(from), from.size(), to);
    };
    const std::string description = "路边有一堆垃圾";
    std::vector<std::string> bad{"", "{", good + "x", good.substr(0, good.size() / 2), with("\"lon\":", "\"lon\":NaN,\"x\":"), with("\"lon\":", "\"lon\":Infinity,\"x\":"),
                                 with(description, "\xff\xfe"), with(description, "\xed\xa0\x80"), with(description, "\\ud800"), with(description, "\xc0\xaf"),
                                 std::string(100'000, '['), std::string(50'000, '[') + std::string(50'000, ']'), with("\"lon\":", "\"deep\":" + std::string(40, '[') + std::string(40, ']') + ",\"lon\":")};
    for (const auto& text : bad) refused([&] { return send_text("collector", "/api/v1/reports", text); }, 400, "bad_json");
    for (const auto* text : {"[]", "7", "\"x\"", "null", "true"}) refused([&] { return send_text("collector", "/api/v1/reports", text); }, 422, "bad_member");
    refused([&] { return send_text("collector", "/api/v1/reports", with(description, "a\\u0000b")); }, 422, "bad_member");
    // A number beyond a double.
    const auto huge = send_text("collector", "/api/v1/reports", with("\"lon\":", "\"lon\":1e999,\"x\":"));
    EXPECT_TRUE(huge.status == 400 || huge.status == 422);
    EXPECT_EQ(city.count_rows("cases"), 0);
    // More than a report can be.
    refused_report([](json::object& body) { body["description"] = std::string(300 * 1024, 'x'); }, 413, "body_too_large");
}

TEST_P(HttpBadInput, ReportsWithMembersThatDoNotFit) {
    refused_report([](json::object& body) { body.erase("description"); }, 422, "bad_member");
    refused_report([](json::object& body) { body["description"] = "   \n"; }, 422, "bad_member");
    refused_report([](json::object& body) { body["case_id"] = "7"; }, 422, "bad_member");
    refused_report([](json::object& body) { body["case_id"] = "00000000-0000-0000-0000-000000000000"; }, 422, "bad_member");
    refused_report([](json::object& body) { body["observed_at"] = "昨天"; }, 422, "bad_member");
    refused_report([](json::object& body) { body["media"] = json::array{"x"}; }, 422, "bad_member");
    refused_report([&](json::object& body) { body["media"] = json::array{json::value(format_uuid(city.city.new_id()))}; }, 404, "media_unknown");
    const auto of_another = city.as("collector2").upload();
    refused_report([&](json::object& body) { body["media"] = json::array{json::value(of_another)}; }, 404, "media_unknown");
    const auto own = city.as("collector").upload();
    refused_report([&](json::object& body) { body["media"] = json::array(21, json::value(own)); }, 422, "too_many_photos");
    const auto long_text = refused_report([](json::object& body) {
        std::string text;
        for (int i = 0; i < 2001; ++i) text += "长";
        body["description"] = text;
    }, 422, "bad_member");
    EXPECT_EQ(long_text.detail(), "“问题描述”填写有误：最多 2000 个字。请改正后再试。");
}

TEST_P(HttpBadInput, EveryMemberOfAnotherType) {
    const auto contract = *platform::load_contract(CHENGGE_SOURCE "/api/openapi.yaml");
    city.set_up();
    const auto id = city.as("collector").report("A1");
    auto report = city.as("collector").report_at("A2");
    report["contact"] = json::object{{"name", "陈先生"}, {"phone", "13800138000"}};
    const json::object step{{"step_id", format_uuid(city.city.new_id())}, {"action", "decline"}, {"version", 1}, {"opinion", "重复"},
                            {"subject", json::object{{"kind", "case"}, {"id", id}}}, {"receiver", json::object{{"organisation", "sanitation"}}}};
    const json::object person{{"login", "lin"}, {"name", "林工"}, {"organisation_code", "sanitation"}, {"roles", json::array{"handler"}}};
    const auto person_id = format_uuid(city.city.viewer("a_crew").person_id);
    struct Target {
        const char* who;
        Method method;
        std::string path, schema;
        json::object body;
    };
    const Target targets[] = {{"collector", Method::post, "/api/v1/reports", "NewReport", report},
                              {"operator", Method::post, "/api/v1/cases/" + id + "/steps", "NewStep", step},
                              {"system_admin", Method::post, "/api/v1/people", "NewPerson", person},
                              {"system_admin", Method::put, "/api/v1/people/" + person_id, "PersonChange", {}},
                              {"system_admin", Method::post, "/api/v1/organisations", "NewOrganisation", {{"code", "x1"}, {"name", "新单位"}, {"kind", "department"}}},
                              {"collector", Method::post, "/api/v1/sessions", "SignIn", {{"name", "lin"}, {"password", "x"}}}};
    int sent = 0;
    for (const auto& target : targets) {
        std::vector<Variant> variants;
        add_variants(contract, contract.at("components").at("schemas").at(target.schema).as_object(), target.body, {}, variants);
        const auto before = city.stored();
        for (const auto& variant : variants) {
            const auto answer = city.as(target.who).send({.method = target.method, .path = target.path, .body = to_json_text(variant.body)});
            EXPECT_EQ(answer.status, 422) << target.schema << ": " << variant.what << " " << answer.body.substr(0, 200);
            ++sent;
        }
        EXPECT_EQ(city.stored(), before) << target.schema;
    }
    EXPECT_GT(sent, 150);
}

TEST_P(HttpBadInput, PhotosThatAreNone) {
    const auto jpeg = kit::make_photo({.width = 640, .height = 480});
    const auto png = kit::make_photo({.width = 64, .height = 48, .is_png = true});
    refused([&] { return send_photo(jpeg.substr(0, jpeg.size() / 2)); }, 422, "photo_broken");
    refused([&] { return send_photo(jpeg.substr(0, 20)); }, 422, "photo_broken");
    refused([&] { return send_photo(with_size(png, 40'000, 40'000)); }, 422, "photo_too_many_pixels");
    refused([&] { return send_photo(with_size(png, 0xffffffff, 0xffffffff)); }, 422, "photo_broken");
    refused([&] { return send_photo("hello"); }, 415, "photo_type_unknown");
    refused([&] { return send_photo("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"); }, 415, "photo_type_unknown");
    refused([&] { return send_photo(std::string("GIF89a\x01\x00\x01\x00", 10)); }, 415, "photo_type_unknown");
    refused([&] { return send_photo(""); }, 415, "photo_type_unknown");
    refused([&] { return city.as("collector").send({.method = Method::post, .path = "/api/v1/media", .body = jpeg, .content_type = "image/jpeg", .headers = {{"X-Media-Id", "7"}}}); }, 422, "bad_member");
    refused([&] { return city.as("collector").send({.method = Method::post, .path = "/api/v1/media", .body = "--x--", .content_type = "multipart/form-data; boundary=x"}); }, 400, "bad_multipart");
    refused([&] { return send_photo(jpeg + std::string(21u << 20, 'x')); }, 413, "body_too_large");
    refused([&] { return send_photo(jpeg + std::string((20u << 20) + 1000, 'x')); }, 413, "photo_too_large");
    EXPECT_EQ(count_files(), 0u);
}

TEST_P(HttpBadInput, AGigabyteIsRefusedBeforeItIsSent) {
    const auto began = std::chrono::steady_clock::now();
    for (const std::string path : {"/api/v1/media", "/api/v1/reports"}) {
        kit::RawSocket socket(city.server->port());
        ASSERT_TRUE(socket.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + city.as("collector").token() +
                                "\r\nContent-Type: image/jpeg\r\nContent-Length: 1073741824\r\n\r\nfirst bytes"));
        EXPECT_TRUE(socket.read_until("body_too_large"));
        EXPECT_TRUE(socket.received().starts_with("HTTP/1.1 413 "));
        EXPECT_TRUE(kit::has_han(socket.received()));
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(8));
    EXPECT_EQ(city.stored().at("media"), 0);
}

TEST_P(HttpBadInput, ForeignWordsComeBackAsTheyWere) {
    const std::vector<std::string> words{"<script>alert('垃圾')</script><img src=x onerror=alert(1)>", "垃圾\"堆\\在\t路边\n第二行 \x7f", "😀井盖👩‍👩‍👧坏了🕳️", "𠮷野家𡈽门口𰻝面垃圾",
                                         "'; DROP TABLE cases; --", "%s%n${jndi:ldap://x}{{7*7}}"};
    for (const auto& text : words) {
        auto body = city.as("collector").report_at("A1");
        body["description"] = text;
        body["address"] = text.substr(0, text.find('\t'));
        const auto made = city.as("collector").post("/api/v1/reports", body);
        ASSERT_EQ(made.status, 201) << made.body;
        EXPECT_EQ(made.text("description"), text);
        EXPECT_EQ(made.header("X-Content-Type-Options"), "nosniff");
        const std::string id(body["case_id"].as_string());
        EXPECT_EQ(city.as("operator").get("/api/v1/cases/" + id).text("description"), text);
        const auto declined = city.as("operator").act(id, "decline", [&](json::object& step) { step["opinion"] = text; });
        ASSERT_EQ(declined.status, 200) << declined.body;
        EXPECT_EQ(std::string(declined.at("steps").as_array().back().at("opinion").as_string()), text);
    }
    for (const auto* search : {"𠮷野", "😀井盖", "\" OR 1=1 --", "垃圾' OR '1'='1", "垃圾*", "NEAR(垃圾 路边)", ":*", "!", "垃圾 & (", "\\", "(", "AND"})
        EXPECT_EQ(city.as("operator").get(std::string("/api/v1/cases?q=") + (search == std::string("垃圾 & (") ? "垃圾 %26 (" : search)).status, 200) << search;
}

TEST_P(HttpBadInput, AFormulaIsATextInTheExport) {
    for (const std::string text : {"=HYPERLINK(\"http://x\",\"点我\")", "+86垃圾", "-2+3", "@SUM(A1)", "\t=1+1垃圾"}) {
        auto body = city.as("collector").report_at("A1");
        body["description"] = text;
        body["address"] = text;
        ASSERT_EQ(city.as("collector").post("/api/v1/reports", body).status, 201);
    }
    const auto csv = city.as("operator").get("/api/v1/cases.csv").body;
    EXPECT_EQ(split(csv, '\n').size(), 7u);
    for (std::size_t at = 0; at + 1 < csv.size(); ++at) {
        const bool begins = csv[at] == ',' || csv[at] == '\n';
        const auto next = csv[at + 1] == '"' && at + 2 < csv.size() ? csv[at + 2] : csv[at + 1];
        // Commas inside a quoted text do not matter here: none of the samples has one before a sign.
        if (begins) {
            EXPECT_EQ(std::string("=+-@\t").find(next), std::string::npos) << csv.substr(at, 40);
        }
    }
    EXPECT_NE(csv.find("'=HYPERLINK"), std::string::npos);
}

TEST_P(HttpBadInput, TheServersClockRules) {
    for (const std::string observed : {"2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59+08:00", "0001-01-01T00:00:00Z"}) {
        auto body = city.as("collector").report_at("A1");
        body["observed_at"] = observed;
        const auto made = city.as("collector").post("/api/v1/reports", body);
        ASSERT_EQ(made.status, 201) << observed << made.body;
        EXPECT_EQ(made.text("reported_at"), format_rfc3339(city.city.clock.now_ms()));
        const auto detail = city.city.cases->get(made.text("case_id"), city.city.viewer("leader"));
        EXPECT_EQ(detail->stored.c.observed_ms, parse_instant(observed));
        EXPECT_EQ(detail->stored.c.reported_ms, city.city.clock.now_ms());
    }
}

TEST_P(HttpBadInput, TheSameAgainAndNotQuiteTheSame) {
    auto& collector = city.as("collector");
    auto body = collector.report_at("A1");
    const auto first = collector.post("/api/v1/reports", body);
    ASSERT_EQ(first.status, 201);
    const std::string id(body["case_id"].as_string());
    const auto before = city.stored();
    EXPECT_EQ(collector.post("/api/v1/reports", body).json, first.json);
    EXPECT_EQ(city.stored(), before);
    auto other = body;
    other["description"] = "别的内容";
    refused([&] { return collector.post("/api/v1/reports", other); }, 409, "case_id_taken");
    refused([&] { return city.as("collector2").post("/api/v1/reports", body); }, 409, "case_id_taken");

    json::object step{{"step_id", format_uuid(city.city.new_id())}, {"action", "decline"}, {"version", 1}, {"opinion", "重复上报"}};
    const auto path = "/api/v1/cases/" + id + "/steps";
    const auto done = city.as("operator").post(path, step);
    ASSERT_EQ(done.status, 200);
    const auto after = city.stored();
    EXPECT_EQ(city.as("operator").post(path, step).text("version"), done.text("version"));
    EXPECT_EQ(city.stored(), after);
    step["action"] = "accept";
    refused([&] { return city.as("operator").post(path, step); }, 409, "step_id_taken");
}

TEST_P(HttpBadInput, ActsThatMayNotBe) {
    const auto id = city.as("collector").report("A1");
    const auto path = "/api/v1/cases/" + id + "/steps";
    const auto step = [&](const std::string& action, std::int64_t version) {
        return json::object{{"step_id", format_uuid(city.city.new_id())}, {"action", action}, {"version", version}};
    };
    refused([&] { return city.as("operator").post(path, step("飞", 1)); }, 422, "action_unknown");
    refused([&] { return city.as("operator").post(path, step("close", 1)); }, 403, "action_not_allowed");
    refused([&] { return city.as("inspector").post(path, step("accept", 1)); }, 403, "action_not_allowed");
    refused([&] { return city.as("district_b").post(path, step("accept", 1)); }, 404, "case_unknown");
    refused([&] { return city.as("operator").post("/api/v1/cases/440800-20260929-00001/steps", step("accept", 1)); }, 404, "case_unknown");
    const auto refusal = refused([&] { return city.as("operator").post(path, step("decline", 1)); }, 422, "needs_opinion");
    EXPECT_NE(refusal.detail().find("不予受理"), std::string::npos);
    for (const std::int64_t version : {std::int64_t{0}, std::int64_t{2}, std::int64_t{-1}, std::int64_t{1} << 62}) {
        const auto stale = refused([&] { return city.as("operator").post(path, step("accept", version)); }, 409, "stale_version");
        EXPECT_EQ(stale.at("current").at("version"), json::value(1));
        EXPECT_EQ(stale.at("current").at("case_id"), json::value(id));
    }
    auto fraction = step("accept", 1);
    fraction["version"] = 1.5;
    refused([&] { return city.as("operator").post(path, fraction); }, 422, "bad_member");
    auto nowhere = step("accept", 1);
    nowhere["subject"] = json::object{{"kind", "assignment"}, {"id", format_uuid(city.city.new_id())}};
    refused([&] { return city.as("operator").post(path, nowhere); }, 422, "subject_unknown");

    ASSERT_EQ(city.as("operator").act(id, "accept").status, 200);
    for (int i = 0; i < 50 && city.as("leader").get("/api/v1/cases/" + id).at("case_no").is_null(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    refused([&] { return city.as("leader").act(id, "file_case", [](json::object& one) { one["filing_row"] = "没有"; }); }, 422, "filing_row_unknown");
    ASSERT_EQ(city.as("leader").act(id, "file_case").status, 200);
    refused([&] { return city.as("dispatcher").post(path, step("dispatch", 3)); }, 422, "needs_receiver");
    const auto to = [&](const std::string& organisation) {
        return [&, organisation] { return city.as("dispatcher").act(id, "dispatch", [&](json::object& one) { one["receiver"] = json::object{{"organisation", organisation}}; }); };
    };
    refused(to("没有这个单位"), 422, "receiver_unknown");
    refused(to("public"), 422, "receiver_not_fitting");
    ASSERT_EQ(to("command-a")().status, 200);
    ASSERT_EQ(city.as("district_a").act(id, "dispatch").status, 200);
    ASSERT_EQ(city.as("a_sanitation").act(id, "sign").status, 200);
    const auto seen = city.as("a_sanitation").get("/api/v1/cases/" + id);
    auto bare = step("feed_back", seen.at("version").as_int64());
    bare["subject"] = json::object{{"kind", "assignment"}, {"id", seen.at("assignments").as_array()[1].at("assignment_id")}};
    refused([&] { return city.as("a_sanitation").post(path, bare); }, 422, "needs_media");
}

TEST_P(HttpBadInput, QueriesThatAreNone) {
    auto& leader = city.as("leader");
    const auto text_cursor = storage::encode_cursor({storage::Value(std::string("x"))});
    const auto two_texts = storage::encode_cursor({storage::Value(std::string("x")), storage::Value(std::string("y"))});
    for (const auto& cursor : {std::string("x"), std::string("e30"), std::string("W10"), text_cursor, storage::encode_cursor({storage::Value()}), storage::encode_cursor({storage::Value(1.5)}), std::string(5000, 'A')}) {
        refused([&] { return leader.get("/api/v1/cases?cursor=" + cursor); }, 400, "bad_cursor");
        refused([&] { return leader.get("/api/v1/people?cursor=" + cursor); }, 400, "bad_cursor");
    }
    refused([&] { return leader.get("/api/v1/cases?order=deadline&cursor=" + two_texts); }, 400, "bad_cursor");
    refused([&] { return leader.get("/api/v1/inbox?cursor=" + two_texts); }, 400, "bad_cursor");
    refused([&] { return leader.get("/api/v1/inbox?cursor=" + text_cursor); }, 400, "bad_cursor");
    for (const auto* query : {"bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,2,3,4x", "bbox=nan,nan,nan,nan", "bbox=inf,1,2,3", "bbox=3,1,2,3", "bbox=1,2,3,4,5", "limit=0", "limit=201", "limit=abc",
                              "limit=1.5", "limit=-1", "from=gestern", "to=2026-13-01", "order=x", "kind=x", "overdue=vielleicht"})
        refused([&] { return leader.get(std::string("/api/v1/cases?") + query); }, 422, "bad_query_value");
    refused([&] { return leader.get("/api/v1/inbox?light=blue"); }, 422, "bad_query_value");
    refused([&] { return leader.get("/api/v1/grid/cells?bbox=1"); }, 422, "bad_query_value");
    refused([&] { return leader.get("/api/v1/grid/cells"); }, 422, "bad_query_value");
    refused([&] { return leader.get("/api/v1/stream?after=x"); }, 422, "bad_query_value");
    refused([&] { return leader.get("/api/v1/cases?q=%00"); }, 400, "bad_query");
    refused([&] { return leader.get("/api/v1/cases?q=%FF"); }, 400, "bad_query");
    refused([&] { return leader.get("/api/v1/cases/%00"); }, 400, "bad_path");
    refused([&] { return leader.get("/api/v1/cases/%ED%A0%80"); }, 400, "bad_path");
    for (const std::string name : {"q", "state", "stage", "class_code", "source", "region", "organisation"})
        EXPECT_EQ(leader.get("/api/v1/cases?" + name + "=" + std::string(3000, 'x') + "',%22%25").status, 200) << name;
    refused([&] { return leader.get("/api/v1/cases/" + std::string(2000, '9')); }, 404, "case_unknown");
    refused([&] { return leader.get("/api/v1/media/x/large"); }, 404, "media_unknown");
    refused([&] { return leader.get("/api/v1/grid/cells/x"); }, 404, "cell_unknown");
    refused([&] { return leader.get("/api/v1/people?organisation=没有"); }, 422, "organisation_unknown");
    refused([&] { return leader.get("/api/v1/nowhere"); }, 404, "not_found");
    refused([&] { return leader.put("/api/v1/cases", json::object{}); }, 405, "method_not_allowed");
    refused([&] { return leader.send({.method = Method::get, .path = "/api/v1/cases", .body = "", .headers = {{"X-Long", std::string(20'000, 'x')}}}); }, 431, "header_too_large");
}

TEST_P(HttpBadInput, SessionsThatAreNone) {
    const auto body = to_json_text(city.as("collector").report_at("A1"));
    const auto with_cookie = [&](const std::string& token, std::vector<std::pair<std::string, std::string>> headers) {
        headers.emplace_back("Cookie", "chengge_session=" + token);
        return city.stranger().send({.method = Method::post, .path = "/api/v1/reports", .body = body, .headers = std::move(headers)});
    };
    const auto token = city.as("collector").token();
    refused([&] { return with_cookie(token, {{"Origin", "https://evil.example"}}); }, 403, "foreign_origin");
    refused([&] { return with_cookie(token, {{"Origin", "null"}}); }, 403, "foreign_origin");
    refused([&] { return with_cookie(token, {{"Sec-Fetch-Site", "cross-site"}}); }, 403, "foreign_origin");
    refused([&] { return city.stranger().send({.method = Method::post, .path = "/api/v1/sessions", .body = "{}", .headers = {{"Origin", "https://evil.example"}}}); }, 403, "foreign_origin");
    refused([&] { return with_cookie("", {}); }, 401, "unauthorized");
    refused([&] { return with_cookie("x", {}); }, 401, "unauthorized");
    refused([&] { return with_cookie(token + "x", {}); }, 401, "unauthorized");
    refused([&] { return with_cookie(std::string(5000, 'x'), {}); }, 401, "unauthorized");
    refused([&] { return HttpClient(city, "\xff\xfe").get("/api/v1/me"); }, 401, "unauthorized");
    EXPECT_EQ(with_cookie(token, {{"Origin", city.url()}}).status, 201);
    // A day unused, a session has ended.
    city.city.clock.advance(25 * hour_ms);
    refused([&] { return city.as("collector").get("/api/v1/me"); }, 401, "unauthorized");
    refused([&] { return with_cookie(token, {{"Origin", city.url()}}); }, 401, "unauthorized");
    // A browser may call itself whatever it likes.
    city.set_up();
    const auto sign_in = to_json_text(json::object{{"name", "system_admin"}, {"password", "xin-hai-an-1949"}});
    EXPECT_EQ(city.stranger().send({.method = Method::post, .path = "/api/v1/sessions", .body = sign_in, .headers = {{"User-Agent", "\xff\xfe agent"}}}).status, 201);
    refused([&] { return city.stranger().post("/api/v1/sessions", json::object{{"name", "system_admin"}, {"password", "falsch"}}); }, 401, "bad_credentials");
    refused([&] { return city.stranger().post("/api/v1/demo/sessions", json::object{{"login", "niemand"}}); }, 404, "person_unknown");
}

TEST_P(HttpBadInput, CitizensAndAdministratorsStayOutsideStaffRooms) {
    city.set_up();
    const auto id = city.as("citizen").report("A1");
    const std::string staff_only[] = {"/api/v1/inbox", "/api/v1/cases.csv", "/api/v1/cases/" + id + "/contact", "/api/v1/people", "/api/v1/organisations", "/api/v1/access-log"};
    for (const auto& path : staff_only) refused([&] { return city.as("citizen").get(path); }, 403, "forbidden");
    refused([&] { return city.as("citizen").post("/api/v1/people", json::object{}); }, 403, "forbidden");
    refused([&] { return city.as("citizen").post("/api/v1/cases/" + id + "/steps", json::object{{"step_id", format_uuid(city.city.new_id())}, {"action", "accept"}, {"version", 1}}); }, 403,
            "action_not_allowed");
    EXPECT_EQ(city.as("citizen2").get("/api/v1/cases/" + id).code(), "case_unknown");
    for (const std::string who : {"system_admin", "security_admin", "audit_admin"})
        for (const std::string path : {"/api/v1/cases", "/api/v1/cases.csv", "/api/v1/inbox", "/api/v1/stream"})
            refused([&] { return city.as(who).get(path); }, 403, "forbidden");
    for (const std::string who : {"system_admin", "security_admin", "leader", "dispatcher"}) refused([&] { return city.as(who).get("/api/v1/access-log"); }, 403, "forbidden");
    refused([&] { return city.as("security_admin").post("/api/v1/people", json::object{{"login", "lin"}, {"name", "林工"}, {"organisation_code", "sanitation"}, {"roles", json::array{"handler"}}}); },
            403, "role_not_yours_to_give");
}

ON_BOTH_ENGINES(HttpBadInput);

} // namespace http_bad_input_test
