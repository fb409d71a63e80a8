// Cities of earlier versions (tests/upgrade), opened by the program of today on both engines.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "cases/evidence.hpp"
#include "kit/database_kit.hpp"
#include "kit/photo_kit.hpp"
#include "platform/backup.hpp"
#include "platform/backup_files.hpp"
#include "platform/serve.hpp"
#include "storage/migrations.hpp"
#include "storage/snapshot.hpp"

namespace upgrade_contract_test {

using namespace chengge;
using namespace chengge::platform;
using http::Method;
namespace files = std::filesystem;

namespace {

constexpr const char* version = "0.1.0";
constexpr int schema_of_version = 6;

void run(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

class UpgradeContract : public kit::OnBothEngines {
protected:
    void SetUp() override {
        const std::string engine = is_postgres() ? "postgres" : "sqlite";
        make_folders(data);
        run("tar -C " + data + " -xf " CHENGGE_SOURCE "/tests/upgrade/" + version + "-" + engine + ".tar.xz");
        if (is_postgres()) {
            server = std::make_unique<storage::ScratchPostgres>(cluster.url());
            run("psql -q -v ON_ERROR_STOP=1 -d '" + server->url() + "' -f " + data + "/database.sql >/dev/null");
            live_as_long();
        }
        options.data = data;
        options.home = CHENGGE_SOURCE;
        if (is_postgres()) options.database = server->url();
        options.config.backup.folder = backups;
    }
    bool is_postgres() const { return GetParam() == storage::Engine::postgres; }
    // The feed is ordered by the server's transaction numbers. An upgrade meets the server on which the
    // city has always lived; this one is made as old. (To move a city there is chengge backup restore.)
    void live_as_long() {
        const auto file = scratch.path() + "/transactions.sql";
        std::string text;
        for (int i = 0; i < 2000; ++i) text += "SELECT pg_current_xact_id();\n";
        save_file(file, text);
        run("psql -q -d '" + server->url() + "' -f " + file + " >/dev/null");
    }

    // Everything that is in the database, as bytes that two states can be held against each other by.
    std::string contents() {
        if (!is_postgres()) {
            auto bytes = *load_file(data + "/chengge.db");
            // The counters of transactions in SQLite's header: an empty one counts, too.
            for (const std::size_t counter : {24, 92}) bytes.replace(counter, 4, 4, '\0');
            return bytes;
        }
        const auto file = scratch.path() + "/dump.sql";
        run("pg_dump --no-owner -d '" + server->url() + "' | grep -v '^-- Dumped\\|^.restrict\\|^.unrestrict' >" + file);
        return *load_file(file);
    }
    static int schema_of(storage::Database& database) { return storage::list_migrations(database).back().number; }
    static std::string faults_of(Installation& city) {
        const auto report = cases::audit_city({*city.database, *city.rules, &city.identity->keys(), city.media.get()}, {});
        if (!report) return report.error().code;
        EXPECT_EQ(report->photos, 1);
        std::string all;
        for (const auto& fault : report->faults) all += fault + "\n";
        return all;
    }
    // The next version of the product, of which a migration fails after others ran.
    std::string failing_product() {
        const auto next = scratch.path() + "/next";
        make_folders(next + "/db");
        for (const std::string folder : {"data", "api", "web"}) files::create_directory_symlink(std::string(CHENGGE_SOURCE) + "/" + folder, next + "/" + folder);
        files::copy(std::string(CHENGGE_SOURCE) + "/db/migrations", next + "/db/migrations", files::copy_options::recursive);
        save_file(next + "/db/migrations/9999_fails.sql", "-- Fails half way.\nCREATE TABLE half (x BIGINT);\nINSERT INTO half SELECT y FROM nowhere;\n");
        return next;
    }

    struct Answer {
        int status = 0;
        json::value json;
    };
    Answer ask(Method method, const std::string& path, const std::string& body, const std::string& token, const std::string& type = "application/json") {
        http::ClientRequest request{.method = method, .url = "http://127.0.0.1:" + std::to_string(served->port()) + "/api/v1/" + path, .body = body, .time_out_seconds = 60};
        if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
        if (!body.empty()) request.headers.emplace_back("Content-Type", type);
        const auto answer = http::fetch(request);
        return {answer.status, parse_json(answer.body).value_or(nullptr)};
    }
    std::string sign_in(const std::string& login) {
        const auto given = ask(Method::post, "sessions", to_json_text(json::object{{"name", login}, {"password", "chengge-demo-2026"}}), "");
        EXPECT_EQ(given.status, 201) << login << ": " << to_json_text(given.json);
        return std::string(given.json.at("token").as_string());
    }
    // The id of the case that was reported in these words.
    std::string find_case(const std::string& words) {
        const auto listed = ask(Method::get, "cases?limit=50", "", leader);
        for (const auto& item : listed.json.at("items").as_array())
            if (item.at("description").as_string() == words) return std::string(item.at("case_id").as_string());
        throw std::runtime_error("no case says " + words);
    }
    // Does what the person is allowed to; the case's state.
    std::string act(const std::string& login, const std::string& case_id, const std::string& action, const std::string& photo = "") {
        const auto token = login == "leader" ? leader : sign_in(login);
        const auto seen = ask(Method::get, "cases/" + case_id, "", token).json;
        json::object step{{"step_id", format_uuid(make_uuid(SystemClock().now_ms()))}, {"action", action}, {"version", seen.at("version")}};
        for (const auto& allowed : seen.at("allowed_actions").as_array()) {
            if (allowed.at("action").as_string() != action) continue;
            step["subject"] = allowed.at("subject");
            for (const auto& need : allowed.at("needs").as_array()) {
                if (need.as_string() == "opinion") step["opinion"] = "按要求办理";
                if (need.as_string() == "receiver") step["receiver"] = receiver_of(case_id, action, allowed.at("subject").as_object(), token);
            }
        }
        if (!photo.empty()) step["media"] = json::array{ask(Method::post, "media", photo, token, "image/jpeg").json.at("media_id")};
        const auto done = ask(Method::post, "cases/" + case_id + "/steps", to_json_text(step), token);
        EXPECT_EQ(done.status, 200) << login << " " << action << ": " << to_json_text(done.json);
        return done.status == 200 ? std::string(done.json.at("state").as_string()) : "";
    }
    json::object receiver_of(const std::string& case_id, const std::string& action, const json::object& subject, const std::string& token) {
        const auto choices = ask(Method::get, "cases/" + case_id + "/receivers?action=" + action + "&subject_kind=" + std::string(subject.at("kind").as_string()) + "&subject_id=" + std::string(subject.at("id").as_string()), "", token);
        json::object receiver;
        for (const auto* of : {"organisation", "person"})
            if (const auto* value = choices.json.at("items").as_array().front().as_object().if_contains(of); value != nullptr && value->is_string()) receiver[of] = *value;
        return receiver;
    }

    kit::ScratchFolder scratch;
    kit::TestDatabase cluster{GetParam()};
    std::unique_ptr<storage::ScratchPostgres> server;
    std::string data = scratch.path() + "/city", backups = scratch.path() + "/backups";
    InstallationOptions options;
    std::unique_ptr<Installation> city;
    std::unique_ptr<RunningServer> served;
    std::string leader;
};

ON_BOTH_ENGINES(UpgradeContract);

} // namespace

TEST_P(UpgradeContract, ACityOfAnEarlierVersionIsBackedUpMigratedAndGoesOn) {
    city = std::move(*Installation::open(options));
    EXPECT_GT(schema_of(*city->database), schema_of_version);
    const auto made = list_backups(backups);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0].reason, "upgrade");
    EXPECT_EQ(made[0].schema, schema_of_version); // made before, not after
    EXPECT_EQ(faults_of(*city), "");

    served = std::make_unique<RunningServer>(*city, ServeOptions{.listen = "127.0.0.1:0"});
    leader = sign_in("leader");
    // What waited before the upgrade is done after it: handled, looked at, let through the gate, checked, closed.
    const auto handling = find_case("正在处置");
    const auto unit = std::string(ask(Method::get, "cases/" + handling, "", leader).json.at("assignments").as_array().back().at("organisation_code").as_string());
    const auto photo = kit::make_photo({});
    act(unit.substr(0, unit.find("-crew")) + "-crew-1-handler-1", handling, "feed_back", photo);
    act(unit.substr(0, unit.find("-crew")), handling, "approve_review");
    EXPECT_EQ(act("dispatcher-440802", handling, "approve_gate"), "handled");
    act("operator", handling, "send_check");
    EXPECT_EQ(act("inspector", handling, "check_pass", photo), "checked");
    EXPECT_EQ(act("leader", handling, "close"), "closed");
    // A contact that was sealed before is read by who may, and the next number follows the last.
    const auto waiting = find_case("市民来电：公交站旁雨水箅子缺失");
    EXPECT_EQ(ask(Method::get, "cases/" + waiting + "/contact", "", sign_in("operator")).json.at("phone").as_string(), "13922223333");
    EXPECT_EQ(act("operator", waiting, "accept"), "accepted");
    served.reset();
    const auto report = cases::audit_city({*city->database, *city->rules, &city->identity->keys(), city->media.get()}, {});
    ASSERT_TRUE(report);
    EXPECT_THAT(report->faults, testing::IsEmpty());
    EXPECT_EQ(report->steps, 55 + 7);
    // Nothing is left to be upgraded.
    city.reset();
    city = std::move(*Installation::open(options));
    EXPECT_EQ(std::ranges::count(list_backups(backups), "upgrade", &BackupManifest::reason), 1);
}

TEST_P(UpgradeContract, AFailedUpgradeLeavesEveryByteForTheProgramBefore) {
    const auto before = contents();
    options.home = failing_product();
    EXPECT_THROW((void)Installation::open(options), storage::DatabaseError);
    EXPECT_TRUE(contents() == before);
    if (!is_postgres()) {
        // Nor is there a log beside it that the program before would take over.
        EXPECT_FALSE(files::exists(data + "/chengge.db-wal") && files::file_size(data + "/chengge.db-wal") > 0);
    }
    const auto made = list_backups(backups);
    ASSERT_EQ(made.size(), 1u);
    // The backup is of the version before, too: its schema and its audit.
    EXPECT_EQ(made[0].schema, schema_of_version);
    VerifyOptions verify{.home = CHENGGE_SOURCE, .keys = data + "/keys"};
    if (is_postgres()) verify.database = server->url();
    const auto report = verify_backup(backups, made[0], verify);
    ASSERT_TRUE(report) << report.error().code;
    EXPECT_THAT(report->faults, testing::IsEmpty());
    EXPECT_EQ(report->cases, 9);
    EXPECT_EQ(report->steps, 55);
    // With the fault mended the upgrade runs.
    options.home = CHENGGE_SOURCE;
    city = std::move(*Installation::open(options));
    EXPECT_GT(schema_of(*city->database), schema_of_version);
    EXPECT_EQ(faults_of(*city), "");
}

} // namespace upgrade_contract_test
