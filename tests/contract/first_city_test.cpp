// A real city from nothing, on both engines: master data taken from files, people who choose their
// passwords, and a case through it. The files are those of a whole demo city.
#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/case_audit.hpp"
#include "demo/city.hpp"
#include "demo/responsibility_plan.hpp"
#include "kit/database_kit.hpp"
#include "kit/photo_kit.hpp"
#include "platform/imports.hpp"
#include "platform/serve.hpp"

namespace first_city_test {

using namespace chengge;
using http::Method;

namespace {

const std::string password = "hai-tian-lu-38";

std::unique_ptr<platform::Installation> open_city(const std::string& folder, const std::string& database) {
    platform::InstallationOptions options{.data = folder, .database = database, .home = CHENGGE_SOURCE};
    options.config.platform.code = "440900";
    return std::move(*platform::Installation::open(options));
}

// The demo's master data as files, by way of a city that holds them.
void export_demo(const std::string& folder) {
    kit::ScratchFolder scratch;
    const auto plan = demo::make_city(1, "2026-01-01");
    auto city = open_city(scratch.path(), scratch.path() + "/chengge.db");
    ASSERT_TRUE(city->grid->replace_all(plan.regions, plan.cells, {}));
    std::vector<identity::IdentityService::NewOrganisation> organisations;
    for (const auto& one : plan.organisations) organisations.push_back({one.code, one.name, one.kind, one.parent_code, one.region_code});
    std::vector<identity::IdentityService::NewPerson> people;
    for (const auto& one : plan.people) people.push_back({.login = one.login, .name = one.name, .phone = one.phone, .organisation_code = one.organisation_code, .roles = one.roles, .password = std::nullopt});
    ASSERT_TRUE(city->identity->add_all(organisations, people));
    std::vector<responsibility::Row> rows;
    for (auto& row : demo::make_responsibility_rows(plan, "2026-01-01"))
        if (row.place_kind != "road") rows.push_back(std::move(row)); // roads are of a base map
    city->responsibility->add_all(std::move(rows), "演示数据");
    save_file(folder + "/regions.geojson", city->grid->export_regions(true));
    save_file(folder + "/cells.csv", city->grid->export_cells(false));
    save_file(folder + "/organisations.csv", city->identity->export_organisations());
    save_file(folder + "/people.csv", city->identity->export_people());
    save_file(folder + "/responsibilities.csv", city->responsibility->export_csv());
}

class FirstCity : public kit::OnBothEngines {
protected:
    void SetUp() override {
        export_demo(folder.path());
        city = open_city(folder.path() + "/city", database.url());
    }

    void expect_whole(const ImportReport& report, const std::string& counts) {
        EXPECT_EQ(platform::print_import_faults(report, Language::en), "");
        EXPECT_EQ(fmt_counts(report), counts);
    }
    static std::string fmt_counts(const ImportReport& report) {
        return std::to_string(report.added) + " added, " + std::to_string(report.changed) + " changed, " + std::to_string(report.unchanged) + " unchanged";
    }
    void import_all() {
        const auto file = [&](const char* name) { return folder.path() + "/" + name; };
        const auto is_region = [&](const std::string& code) { return city->grid->find_region(code) != nullptr; };
        for (const bool is_again : {false, true}) {
            const auto counts = [&](int rows) { return is_again ? "0 added, 0 changed, " + std::to_string(rows) + " unchanged" : std::to_string(rows) + " added, 0 changed, 0 unchanged"; };
            expect_whole(city->grid->import_regions(file("regions.geojson"), geo::CoordType::cgcs2000, {}), counts(87));
            expect_whole(city->grid->import_cells(file("cells.csv"), geo::CoordType::cgcs2000, {}), counts(7526));
            expect_whole(city->identity->import_organisations(file("organisations.csv"), {}, is_region), counts(165));
            auto people = city->identity->import_people(file("people.csv"), {}, false);
            expect_whole(people.report, counts(1020));
            if (!is_again) links = std::move(people.links);
            else EXPECT_TRUE(people.links.empty());
            expect_whole(platform::import_responsibilities(*city, file("responsibilities.csv"), {}), counts(165));
        }
    }

    struct Answer {
        int status = 0;
        json::value json;
    };
    Answer ask(Method method, const std::string& path, const std::string& body, const std::string& token, const std::string& type = "application/json") {
        http::ClientRequest request{.method = method, .url = "http://127.0.0.1:" + std::to_string(server->port()) + path, .body = body, .time_out_seconds = 60};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        if (!body.empty()) request.headers.emplace_back("Content-Type", type);
        const auto answer = http::fetch(request);
        return {answer.status, parse_json(answer.body).value_or(nullptr)};
    }
    // Chooses a password by the imported link, signs in with it; the token.
    std::string begin_work(const std::string& login) {
        const auto link = std::ranges::find(links, login, &identity::IdentityService::LinkGiven::login);
        if (link == links.end()) throw std::runtime_error("no link was made for " + login);
        EXPECT_EQ(ask(Method::post, "/api/v1/password-links", to_json_text(json::object{{"secret", link->secret}, {"password", password}}), "").status, 204);
        const auto given = ask(Method::post, "/api/v1/sessions", to_json_text(json::object{{"name", login}, {"password", password}}), "");
        EXPECT_EQ(given.status, 201) << to_json_text(given.json);
        return std::string(given.json.at("token").as_string());
    }
    // Does what the person is allowed, with what the action needs filled in; the case's state.
    std::string act(const std::string& token, const std::string& case_id, const std::string& action) {
        const auto path = "/api/v1/cases/" + case_id;
        const auto seen = ask(Method::get, path, "", token).json;
        json::object step{{"step_id", format_uuid(make_uuid(city->clock->now_ms()))}, {"action", action}, {"version", seen.at("version")}};
        for (const auto& allowed : seen.at("allowed_actions").as_array()) {
            if (allowed.at("action").as_string() != action) continue;
            step["subject"] = allowed.at("subject");
            for (const auto& need : allowed.at("needs").as_array()) {
                if (need.as_string() == "opinion") step["opinion"] = "按要求办理";
                if (need.as_string() == "filing_row") step["filing_row"] = ask(Method::get, "/api/v1/rules/filing-rows?kind=event&class_code=06010", "", token).json.at("items").as_array().front().at("id");
                if (need.as_string() != "receiver") continue;
                const auto& subject = allowed.at("subject").as_object();
                const auto choices = ask(Method::get, path + "/receivers?action=" + action + "&subject_kind=" + std::string(subject.at("kind").as_string()) + "&subject_id=" + std::string(subject.at("id").as_string()), "", token).json;
                step["receiver"] = json::object{{"organisation", choices.at("items").as_array().front().at("organisation")}};
            }
        }
        const auto done = ask(Method::post, path + "/steps", to_json_text(step), token);
        EXPECT_EQ(done.status, 200) << action << ": " << to_json_text(done.json);
        return done.status == 200 ? std::string(done.json.at("state").as_string()) : "";
    }

    kit::ScratchFolder folder;
    kit::TestDatabase database{GetParam()};
    std::unique_ptr<platform::Installation> city;
    std::unique_ptr<platform::RunningServer> server;
    std::vector<identity::IdentityService::LinkGiven> links;
};

ON_BOTH_ENGINES(FirstCity);

} // namespace

TEST_P(FirstCity, StartsFromFilesAndTakesACase) {
    import_all();
    ASSERT_EQ(links.size(), 1020u);
    server = std::make_unique<platform::RunningServer>(*city, platform::ServeOptions{.listen = "127.0.0.1:0"});
    const auto& cell = city->grid->cells()[1000];
    const auto place = geo::centroid(cell.outline);
    const auto collector = begin_work("collector-001"), intake = begin_work("operator"), leader = begin_work("leader"), dispatcher = begin_work("dispatcher");
    const auto photo = ask(Method::post, "/api/v1/media", kit::make_photo({}), collector, "image/jpeg");
    ASSERT_EQ(photo.status, 201) << to_json_text(photo.json);
    const auto id = format_uuid(make_uuid(city->clock->now_ms()));
    const auto reported = ask(Method::post, "/api/v1/reports",
                              to_json_text(json::object{{"case_id", id}, {"lon", place.lon}, {"lat", place.lat}, {"coord_type", "cgcs2000"}, {"description", "路边堆了一堆建筑垃圾"}, {"kind", "event"},
                                                        {"class_code", "06010"}, {"source", "collector"}, {"media", json::array{photo.json.at("media_id")}}}),
                              collector);
    ASSERT_EQ(reported.status, 201) << to_json_text(reported.json);
    EXPECT_EQ(reported.json.at("cell_code").as_string(), cell.code);
    EXPECT_EQ(act(intake, id, "accept"), "accepted");
    EXPECT_EQ(act(leader, id, "file_case"), "filed");
    EXPECT_EQ(act(dispatcher, id, "dispatch"), "dispatched");
    const auto seen = ask(Method::get, "/api/v1/cases/" + id, "", dispatcher).json;
    EXPECT_EQ(std::string(seen.at("case_no").as_string()).substr(0, 7), "440900-"); // the city's own code
    EXPECT_TRUE(cases::audit_cases(*city->database, *city->rules, city->identity->keys(), city->media.get(), 10).faults.empty());
}

} // namespace first_city_test
